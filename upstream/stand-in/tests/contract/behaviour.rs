//! The stand-in's own behaviour: failures on request, stopping, what it reports.

use std::time::Duration;

use serde_json::{Value, json};
use vestibule_stand_in::{Control, Failure, Options, StandIn};

use crate::client::{Answer, Connection, exchange, request};
use crate::shape::frames;

const SOON: Duration = Duration::from_secs(10);

async fn stand_in() -> StandIn {
    let options = Options { token_delay: Duration::ZERO, ..Options::default() };
    let server = StandIn::start(options).await.expect("a free port");
    let slug = server.control().add_workspace("Shop");
    server.control().add_document(
        &slug,
        "Drill CD-18",
        "The CD-18 is a cordless drill. It has an 18 V battery and two gears. It weighs 1.4 kg.",
    );
    server
}

fn stream_request(server: &StandIn) -> Vec<u8> {
    let key = format!("Bearer {}", server.api_key());
    let headers = [("Authorization", key.as_str()), ("Content-Type", "application/json")];
    let body = json!({ "message": "cordless drill battery", "mode": "query", "sessionId": "s" });
    request("POST", "/api/v1/workspace/shop/stream-chat", &headers, body.to_string().as_bytes())
}

async fn stream(server: &StandIn) -> Answer {
    exchange(server.addr(), "POST", &stream_request(server)).await.expect("a head")
}

async fn get(server: &StandIn, path: &str) -> Option<Answer> {
    exchange(server.addr(), "GET", &request("GET", path, &[], b"")).await
}

fn kinds(answer: &Answer) -> Vec<String> {
    frames(&answer.text()).iter().map(|frame| frame["type"].as_str().unwrap_or("none").to_owned()).collect()
}

#[tokio::test]
async fn dropped_stream_ends_without_terminating_chunk() {
    let server = stand_in().await;
    server.control().fail_times(Failure::DropMidStream { after_frames: 3 }, 1);
    let dropped = stream(&server).await;
    assert_eq!(dropped.chunks.len(), 3);
    assert!(!dropped.complete);
    assert_eq!(server.control().aborted_streams(), 0);
    let whole = stream(&server).await;
    assert!(whole.complete);
    assert_eq!(kinds(&whole).last().map(String::as_str), Some("finalizeResponseStream"));
}

#[tokio::test]
async fn reset_stream_ends_in_a_reset() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let server = stand_in().await;
    server.control().fail(Failure::ResetMidStream { after_frames: 2 });
    let mut socket = tokio::net::TcpStream::connect(server.addr()).await.expect("listening");
    socket.write_all(&stream_request(&server)).await.expect("sent");
    let mut received = Vec::new();
    let error = socket.read_to_end(&mut received).await.expect_err("a reset");
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
}

#[tokio::test]
async fn split_stream_holds_the_same_frames() {
    let server = stand_in().await;
    let whole = kinds(&stream(&server).await);
    server.control().fail(Failure::Split { sizes: vec![1] });
    let split = stream(&server).await;
    assert!(split.complete);
    assert!(split.chunks.iter().all(|chunk| chunk.len() == 1));
    assert_eq!(kinds(&split), whole);
    server.control().heal();
    server.control().fail(Failure::Merge);
    let merged = stream(&server).await;
    assert_eq!(kinds(&merged), whole);
    assert!(merged.chunks.len() < whole.len() / 4, "{}", merged.chunks.len());
}

#[tokio::test]
async fn stream_without_finish_stays_open_until_the_client_leaves() {
    let server = stand_in().await;
    server.control().fail(Failure::NoFinish);
    let mut connection = Connection::open(server.addr()).await;
    connection.send(&stream_request(&server)).await;
    connection.head().await.expect("a head");
    let mut last = Vec::new();
    while !String::from_utf8_lossy(&last).contains("finalizeResponseStream") {
        last = connection.chunk().await.expect("a frame");
    }
    assert_eq!(server.control().open_streams(), 1);
    drop(connection);
    let left = |control: &Control| control.aborted_streams() == 1 && control.open_streams() == 0;
    assert!(server.control().until(left, SOON).await);
}

#[tokio::test]
async fn refused_request_is_reset_and_the_next_one_answered() {
    let server = stand_in().await;
    server.control().fail_times(Failure::Refuse, 1);
    assert!(get(&server, "/api/ping").await.is_none());
    assert_eq!(get(&server, "/api/ping").await.expect("an answer").status, 200);
}

#[tokio::test]
async fn hanging_request_is_received_and_never_answered() {
    let server = stand_in().await;
    server.control().fail_on("/api/v1", Failure::Hang);
    let mut connection = Connection::open(server.addr()).await;
    connection.send(&stream_request(&server)).await;
    let received = |control: &Control| control.requests().iter().any(|one| one.body_len > 0);
    assert!(server.control().until(received, SOON).await);
    // Everything outside the prefix works.
    assert_eq!(get(&server, "/api/ping").await.expect("an answer").status, 200);
    drop(connection);
    let closed = |control: &Control| control.open_connections() == 0;
    assert!(server.control().until(closed, SOON).await);
}

#[tokio::test]
async fn stream_that_hangs_after_its_head_sends_the_head() {
    let server = stand_in().await;
    server.control().fail(Failure::HangAfterHead);
    let mut connection = Connection::open(server.addr()).await;
    connection.send(&stream_request(&server)).await;
    let head = connection.head().await.expect("a head");
    assert_eq!(head.status, 200);
    assert_eq!(head.header("content-type"), Some("text/event-stream"));
}

#[tokio::test]
async fn whole_answers_can_be_replaced() {
    let server = stand_in().await;
    for (failure, status, content_type) in [
        (Failure::Html, 200, "text/html; charset=utf-8"),
        (Failure::Status500, 500, "text/plain; charset=utf-8"),
        (Failure::Status400Abort, 400, "application/json; charset=utf-8"),
    ] {
        server.control().fail_times(failure, 1);
        let answer = stream(&server).await;
        assert_eq!(answer.status, status);
        assert_eq!(answer.header("content-type"), Some(content_type));
    }
}

#[tokio::test]
async fn strange_frames_leave_the_answer_intact() {
    let server = stand_in().await;
    let told = |answer: &Answer| -> String {
        frames(&answer.text())
            .iter()
            .filter(|frame| frame["type"] == "textResponseChunk")
            .filter_map(|frame| frame["textResponse"].as_str().map(str::to_owned))
            .collect()
    };
    let plain = told(&stream(&server).await);
    server.control().fail_times(Failure::UnknownFrames, 1);
    let strange = stream(&server).await;
    assert_eq!(told(&strange), plain);
    let kinds = kinds(&strange);
    assert!(kinds.contains(&"agentThought".to_owned()), "{kinds:?}");
    assert!(kinds.contains(&"somethingInvented".to_owned()), "{kinds:?}");
    server.control().fail_times(Failure::Reasoning, 1);
    let thoughtful = told(&stream(&server).await);
    assert!(thoughtful.starts_with("<think>"), "{thoughtful}");
    assert!(thoughtful.contains("</think>"), "{thoughtful}");
}

#[tokio::test]
async fn broken_frames_stand_between_whole_ones() {
    let server = stand_in().await;
    server.control().fail_times(Failure::OversizedFrame, 1);
    let oversized = stream(&server).await;
    let longest = oversized.chunks.iter().map(Vec::len).max();
    assert!(longest.is_some_and(|length| length > 3_000_000), "{longest:?}");
    assert!(oversized.complete);
    server.control().fail_times(Failure::BadJsonFrame, 1);
    let broken = stream(&server).await.text();
    let unreadable = broken
        .split("\n\n")
        .filter_map(|frame| frame.strip_prefix("data: "))
        .filter(|json| serde_json::from_str::<Value>(json).is_err())
        .count();
    assert_eq!(unreadable, 1);
}

#[tokio::test]
async fn abort_frames_come_alone_or_before_the_end() {
    let server = stand_in().await;
    let error = "429 Rate limit reached".to_owned();
    server.control().fail_times(Failure::AbortFrame { error }, 1);
    assert_eq!(kinds(&stream(&server).await), ["abort"]);
    server.control().fail_times(Failure::AbortThenFinalize, 1);
    let kinds = kinds(&stream(&server).await);
    assert_eq!(kinds[kinds.len() - 2..], ["abort", "finalizeResponseStream"]);
}

#[tokio::test]
async fn answers_have_exactly_the_number_of_tokens_set() {
    let server = stand_in().await;
    server.control().set_tokens(Some(50));
    let kinds = kinds(&stream(&server).await);
    // Fifty tokens, the closing token, the last frame.
    assert_eq!(kinds.len(), 52);
}

#[tokio::test]
async fn stopped_server_cuts_streams_and_comes_back_with_its_data() {
    let server = stand_in().await;
    server.control().set_token_delay(Duration::from_millis(5));
    server.control().set_tokens(Some(100_000));
    let mut connection = Connection::open(server.addr()).await;
    connection.send(&stream_request(&server)).await;
    connection.head().await.expect("a head");
    connection.chunk().await.expect("a frame");
    server.stop().await;
    assert_eq!(server.control().open_connections(), 0);
    while connection.chunk().await.is_some_and(|chunk| !chunk.is_empty()) {}
    assert!(tokio::net::TcpStream::connect(server.addr()).await.is_err());
    server.control().set_tokens(None);
    server.restart().await.expect("the same port");
    assert!(stream(&server).await.text().contains("drill-cd-18.txt"));
}

#[tokio::test]
async fn dropped_handle_stops_the_server() {
    let server = stand_in().await;
    let control = server.control().clone();
    let mut connection = Connection::open(server.addr()).await;
    connection.send(&request("GET", "/api/ping", &[], b"")).await;
    connection.answer("GET", 0).await.expect("an answer");
    drop(server);
    assert!(control.until(|control| control.open_connections() == 0, SOON).await);
    assert!(connection.rest().await.is_empty());
}

#[tokio::test]
async fn received_requests_are_reported_in_order() {
    let server = stand_in().await;
    let body = format!("{{\"pad\":\"{}\"}}", "x".repeat(2 * 1024 * 1024));
    let headers = [("Content-Type", "application/json"), ("X-Request-Id", "one")];
    let first = request("POST", "/api/request-token?a=1", &headers, body.as_bytes());
    exchange(server.addr(), "POST", &first).await.expect("an answer");
    get(&server, "/api/ping").await.expect("an answer");
    let requests = server.control().requests();
    assert_eq!(requests.len(), 2);
    assert_eq!(requests[0].path_and_query, "/api/request-token?a=1");
    assert_eq!(requests[0].headers["x-request-id"], "one");
    assert_eq!(requests[0].body.len(), 1024 * 1024);
    assert_eq!(requests[0].body_len, body.len() as u64);
    assert_eq!(requests[1].path_and_query, "/api/ping");
    server.control().clear_requests();
    assert!(server.control().requests().is_empty());
}

#[tokio::test]
async fn control_surface_sets_failures_and_heals() {
    let server = stand_in().await;
    let put = |body: Value| request("PUT", "/__stand-in/control", &[], body.to_string().as_bytes());
    let orders = json!({
        "failure": { "drop_mid_stream": { "after_frames": 1 } },
        "path_prefix": "/api/v1",
        "times": 2,
        "token_delay_ms": 0,
        "tokens": 5,
    });
    let state = exchange(server.addr(), "PUT", &put(orders)).await.expect("an answer").json();
    assert_eq!(state["failures"][0]["times"], 2);
    assert_eq!(state["tokens"], 5);
    assert_eq!(stream(&server).await.chunks.len(), 1);
    // Even a server that refuses everything can be healed.
    exchange(server.addr(), "PUT", &put(json!({ "failure": "refuse" }))).await.expect("an answer");
    assert!(get(&server, "/api/ping").await.is_none());
    let delete = request("DELETE", "/__stand-in/control", &[], b"");
    let state = exchange(server.addr(), "DELETE", &delete).await.expect("an answer").json();
    assert_eq!(state["failures"], json!([]));
    assert_eq!(get(&server, "/api/ping").await.expect("an answer").status, 200);
    let nonsense = put(json!({ "failure": "explode" }));
    let refused = exchange(server.addr(), "PUT", &nonsense).await.expect("an answer");
    assert_eq!(refused.status, 400);
}

#[tokio::test]
async fn large_upload_is_counted_but_not_kept() {
    let server = stand_in().await;
    let line = "cordless drills and long texts\n";
    let file = line.repeat(8 * 1024 * 1024 / line.len());
    let body = format!(
        "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"big.txt\"\r\n\r\n{file}\r\n--b--\r\n"
    );
    let key = format!("Bearer {}", server.api_key());
    let headers = [("Authorization", key.as_str()), ("Content-Type", "multipart/form-data; boundary=b")];
    let bytes = request("POST", "/api/v1/document/upload", &headers, body.as_bytes());
    let answer = exchange(server.addr(), "POST", &bytes).await.expect("an answer").json();
    let document = &answer["documents"][0];
    assert_eq!(document["wordCount"], file.split_whitespace().count());
    let kept = document["pageContent"].as_str().map(str::len);
    assert_eq!(kept, Some(4 * 1024 * 1024));
    let noted = server.control().requests().pop().expect("the upload");
    assert_eq!(noted.body_len, body.len() as u64);
}

#[tokio::test]
async fn static_files_answer_ranges_and_conditions() {
    let server = stand_in().await;
    let path = "/embed/anythingllm-chat-widget.min.js";
    let whole = get(&server, path).await.expect("an answer");
    assert_eq!(whole.header("x-frame-options"), Some("DENY"));
    let range = request("GET", path, &[("Range", "bytes=0-9")], b"");
    let part = exchange(server.addr(), "GET", &range).await.expect("an answer");
    assert_eq!(part.status, 206);
    assert_eq!(part.body, whole.body[..10]);
    let tag = whole.header("etag").expect("a tag").to_owned();
    let same = request("GET", path, &[("If-None-Match", tag.as_str())], b"");
    let unchanged = exchange(server.addr(), "GET", &same).await.expect("an answer");
    assert_eq!(unchanged.status, 304);
}

#[tokio::test]
async fn single_sign_on_can_be_switched_off() {
    let server = StandIn::start(Options { simple_sso: false, ..Options::default() }).await.expect("a free port");
    let redeem = get(&server, "/api/request-token/sso/simple?token=x").await.expect("an answer");
    assert_eq!(redeem.status, 403);
    assert!(redeem.text().contains("Simple SSO is not enabled"), "{}", redeem.text());
}

#[tokio::test]
async fn embedding_progress_sends_its_head_at_once() {
    let server = stand_in().await;
    let login = json!({ "username": "admin", "password": "Admin-pass-1" }).to_string();
    let login = request("POST", "/api/request-token", &[("Content-Type", "text/plain")], login.as_bytes());
    let session = exchange(server.addr(), "POST", &login).await.expect("an answer").json();
    let token = format!("Bearer {}", session["token"].as_str().expect("a token"));
    let path = "/api/workspace/shop/embed-progress";
    let mut connection = Connection::open(server.addr()).await;
    connection.send(&request("GET", path, &[("Authorization", token.as_str())], b"")).await;
    let head = connection.head().await.expect("a head");
    assert_eq!(head.header("content-type"), Some("text/event-stream"));
}
