//! Streams: what arrives is what AnythingLLM said, however its bytes came; silence is filled; a client that leaves
//! takes everything with it.

use crate::harness::{Event, Http, KeySpec, ORIGIN, PATIENCE, RawConnection, World, events_of, text_of};
use bytes::Bytes;
use http::{Method, Request};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http2::SendRequest;
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use uuid::Uuid;
use vestibule::domain::key::KeyKind;
use vestibule::domain::key::KeyLimits;
use vestibule_stand_in::{Control, Failure};

const QUESTION: &str = "What does the cordless drill NW-18 cost?";
/// An answer that does not end by itself while a test runs.
const ENDLESS: Failure = Failure::Slow { first_token_ms: 0, token_ms: 20 };
const SILENT: Failure = Failure::Slow { first_token_ms: 3_600_000, token_ms: 0 };

fn question(stream: bool) -> Value {
    json!({"message": QUESTION, "stream": stream})
}

async fn wait(control: &Control, what: impl Fn(&Control) -> bool) {
    assert!(control.until(what, PATIENCE).await, "{control:?}");
}

/// Without what is new in every answer.
fn comparable(mut events: Vec<Event>) -> Vec<Event> {
    for event in &mut events {
        if let Some(data) = event.data.as_object_mut() {
            data.remove("id");
            data.remove("session_id");
            // The stand-in's search is not exact to the last bit.
            for source in data.get_mut("sources").and_then(Value::as_array_mut).into_iter().flatten() {
                source["score"] = json!(format!("{:.6}", source["score"].as_f64().unwrap()));
            }
            if let Some(usage) = data.get_mut("usage").and_then(Value::as_object_mut) {
                usage.remove("duration_ms");
            }
        }
    }
    events
}

#[tokio::test]
async fn the_events_do_not_depend_on_how_the_bytes_arrive() {
    let world = World::start().await;
    let server = world.server().await;
    let control = world.upstream.control();
    control.set_tokens(Some(60));
    let plain = comparable(server.stream("/api/v1/chat", &question(true)).await.rest().await);
    assert_eq!(plain.iter().filter(|e| e.name == "delta").count(), 60, "one event for each of AnythingLLM's");
    for failure in [
        Failure::Split { sizes: vec![1] },
        Failure::Split { sizes: vec![2] },
        Failure::Split { sizes: vec![7] },
        Failure::Split { sizes: vec![500, 1, 33] },
        Failure::Merge,
    ] {
        control.fail(failure.clone());
        let events = comparable(server.stream("/api/v1/chat", &question(true)).await.rest().await);
        assert_eq!(events, plain, "{failure:?}");
        let whole = server.post("/api/v1/chat", &question(false)).await.json();
        assert_eq!(whole["answer"], text_of(&plain), "{failure:?}");
        control.heal();
    }
}

#[tokio::test]
async fn the_widgets_frames_do_not_depend_on_how_the_bytes_arrive() {
    let world = World::start().await;
    let path = format!("/api/embed/{}/stream-chat", world.publishable_key().await);
    let browser = world.public().with("origin", ORIGIN).with("content-type", "text/plain;charset=UTF-8");
    let control = world.upstream.control();
    let server = world.server().await;
    let whole = server.post("/api/v1/chat", &question(false)).await.json();
    for failure in [Failure::Merge, Failure::Split { sizes: vec![1] }, Failure::Split { sizes: vec![7] }] {
        control.fail(failure);
        let asked = json!({"sessionId": Uuid::new_v4(), "message": QUESTION}).to_string();
        let answer = browser.send(Method::POST, &path, asked).await;
        let frames = events_of(answer.text());
        let said: String = frames.iter().filter_map(|f| f.data["textResponse"].as_str()).collect();
        assert_eq!(said, whole["answer"].as_str().unwrap());
        assert!(frames.iter().all(|f| f.data["sources"] == json!([])), "{frames:?}");
        control.heal();
    }
}

#[tokio::test]
async fn silence_is_filled_with_comments() {
    let world = World::builder().set("CHAT_HEARTBEAT_SECONDS", 1).start().await;
    world.upstream.control().fail(SILENT);
    let mut stream = world.server().await.stream("/api/v1/chat", &question(true)).await;
    assert_eq!(stream.next().await.unwrap().name, "start");
    stream.comment().await;
    stream.comment().await;
    assert_eq!(world.upstream.control().open_streams(), 1);
}

/// A key with one place for a stream.
async fn with_one_place(world: &World) -> Http {
    let limits = KeyLimits { max_streams: Some(1), ..KeyLimits::default() };
    let key = world.key(KeySpec { limits, ..world.spec(KeyKind::Secret) }).await;
    world.public().bearer(&key)
}

/// Nothing of the answer is left in AnythingLLM, and the key's one place is free again.
async fn nothing_is_left(world: &World, client: &Http) {
    let control = world.upstream.control();
    wait(control, |c| c.open_streams() == 0 && c.open_connections() == 0).await;
    control.heal();
    let answer = client.post("/api/v1/chat", &question(false)).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
}

#[tokio::test]
async fn a_client_that_leaves_while_the_answer_runs_stops_it() {
    let world = World::start().await;
    let client = with_one_place(&world).await;
    let control = world.upstream.control();
    control.set_tokens(Some(100_000));
    control.fail(ENDLESS);
    let mut stream = client.stream("/api/v1/chat", &question(true)).await;
    for _ in 0..3 {
        stream.next().await.unwrap();
    }
    let second = client.post("/api/v1/chat", &question(true)).await;
    assert_eq!((second.status.as_u16(), second.code().as_str()), (429, "too_many_streams"));
    drop(stream);
    wait(control, |c| c.aborted_streams() == 1).await;
    control.set_tokens(None);
    nothing_is_left(&world, &client).await;
}

#[tokio::test]
async fn a_client_that_leaves_in_silence_stops_the_answer() {
    let world = World::start().await;
    let client = with_one_place(&world).await;
    let control = world.upstream.control();
    control.fail(SILENT);
    let mut stream = client.stream("/api/v1/chat", &question(true)).await;
    assert_eq!(stream.next().await.unwrap().name, "start");
    wait(control, |c| c.open_streams() == 1).await;
    drop(stream);
    wait(control, |c| c.aborted_streams() == 1).await;
    nothing_is_left(&world, &client).await;
}

/// Sends a chat on a connection of its own, waits until AnythingLLM has it, and leaves.
async fn ask_and_leave(world: &World, key: &str, body: &Value) {
    let asked = world.upstream.control().request_count();
    let body = body.to_string();
    let mut connection = RawConnection::open(world.running().public).await;
    let head = format!(
        "POST /api/v1/chat HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {key}\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n\r\n",
        body.len()
    );
    connection.send(format!("{head}{body}")).await;
    wait(world.upstream.control(), |c| c.request_count() > asked).await;
}

#[tokio::test]
async fn a_client_that_leaves_before_the_head_of_the_answer_stops_it() {
    let world = World::start().await;
    let limits = KeyLimits { max_streams: Some(1), ..KeyLimits::default() };
    let key = world.key(KeySpec { limits, ..world.spec(KeyKind::Secret) }).await;
    let client = world.public().bearer(&key);
    world.upstream.control().fail(Failure::Hang);
    ask_and_leave(&world, &key, &question(true)).await;
    nothing_is_left(&world, &client).await;
}

#[tokio::test]
async fn a_client_of_the_whole_answer_that_leaves_stops_it_too() {
    let world = World::start().await;
    let limits = KeyLimits { max_streams: Some(1), ..KeyLimits::default() };
    let key = world.key(KeySpec { limits, ..world.spec(KeyKind::Secret) }).await;
    let client = world.public().bearer(&key);
    world.upstream.control().fail(SILENT);
    ask_and_leave(&world, &key, &question(false)).await;
    wait(world.upstream.control(), |c| c.aborted_streams() == 1).await;
    nothing_is_left(&world, &client).await;
}

#[tokio::test]
async fn a_shopper_who_leaves_stops_the_widgets_answer() {
    let world = World::start().await;
    let key = world.publishable_key().await;
    let control = world.upstream.control();
    control.set_tokens(Some(100_000));
    control.fail(ENDLESS);
    let asked = json!({"sessionId": Uuid::new_v4(), "message": QUESTION});
    let browser = world.public().with("origin", ORIGIN);
    let mut stream = browser.stream(&format!("/api/embed/{key}/stream-chat"), &asked).await;
    stream.next().await.unwrap();
    drop(stream);
    wait(control, |c| c.aborted_streams() == 1 && c.open_streams() == 0 && c.open_connections() == 0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_streams_at_once_are_whole_and_in_order() {
    const STREAMS: u32 = 200;
    let world = World::builder()
        .set("EDGE_MAX_CONNECTIONS_PER_IP", 1000)
        .set("LIMITS_FLOOD_PER_IP_PER_SECOND", 10_000)
        .set("LIMITS_FLOOD_BURST", 10_000)
        // They all come at the same moment, and a test's program is slow.
        .set("DATABASE_ACQUIRE_MILLIS", 20_000)
        .start()
        .await;
    let limits =
        KeyLimits { per_minute: Some(10_000), burst: Some(10_000), max_streams: Some(STREAMS), ..KeyLimits::default() };
    let key = world.key(KeySpec { limits, ..world.spec(KeyKind::Secret) }).await;
    let client = world.public().bearer(&key);
    let control = world.upstream.control();
    control.set_tokens(Some(50));
    let wanted = comparable(client.stream("/api/v1/chat", &question(true)).await.rest().await);
    // All are open before any can end: the first token waits for the test.
    control.fail(Failure::Slow { first_token_ms: 3_000, token_ms: 2 });
    let mut running = tokio::task::JoinSet::new();
    for _ in 0..STREAMS {
        let client = client.clone();
        running.spawn(async move {
            let mut stream = client.stream("/api/v1/chat", &question(true)).await;
            assert_eq!(stream.status, 200);
            stream.rest().await
        });
    }
    let mut ids = BTreeSet::new();
    while let Some(events) = running.join_next().await {
        let events = events.unwrap();
        ids.insert(events[0].data["id"].as_str().unwrap().to_owned());
        assert_eq!(comparable(events), wanted);
    }
    assert_eq!(ids.len(), STREAMS as usize);
    wait(control, |c| c.open_streams() == 0).await;
}

#[tokio::test]
async fn an_http_1_0_client_gets_the_same_stream_without_chunks() {
    let world = World::start().await;
    let key = world.key(world.spec(KeyKind::Secret)).await;
    let body = question(true).to_string();
    let mut connection = RawConnection::open(world.running().public).await;
    let head = format!(
        "POST /api/v1/chat HTTP/1.0\r\nauthorization: Bearer {key}\r\ncontent-type: application/json\r\n\
         content-length: {}\r\nconnection: keep-alive\r\n\r\n",
        body.len()
    );
    connection.send(format!("{head}{body}")).await;
    let answer = connection.read_to_end().await;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.contains(" 200 "), "{head}");
    assert!(!head.to_lowercase().contains("transfer-encoding"), "{head}");
    let events = events_of(body);
    assert_eq!(events.last().unwrap().name, "done");
    assert!(text_of(&events).contains("189"));
}

#[tokio::test]
async fn head_tells_of_an_answer_without_giving_it() {
    let world = World::start().await;
    let get = world.public().get("/docs/errors/not_found").await;
    let mut connection = RawConnection::open(world.running().public).await;
    for _ in 0..2 {
        connection.send("HEAD /docs/errors/not_found HTTP/1.1\r\nhost: a\r\n\r\n").await;
        let head = connection.read_until("\r\n\r\n").await.to_lowercase();
        assert!(head.starts_with("http/1.1 200"), "{head}");
        assert!(head.contains(&format!("content-length: {}\r\n", get.body.len())), "{head}");
        assert!(head.ends_with("\r\n\r\n"), "{head}");
    }
    connection.send("HEAD /nothing HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").await;
    let refused = connection.read_to_end().await;
    assert!(refused.starts_with("HTTP/1.1 404") && refused.ends_with("\r\n\r\n"), "{refused}");
}

async fn http2(world: &World) -> SendRequest<Full<Bytes>> {
    let tcp = tokio::net::TcpStream::connect(world.running().public).await.unwrap();
    let handshake = hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(tcp));
    let (sender, connection) = handshake.await.unwrap();
    tokio::spawn(connection);
    sender
}

fn chat_over_http2(key: &str) -> Request<Full<Bytes>> {
    Request::post("http://chat.example/api/v1/chat")
        .header("authorization", format!("Bearer {key}"))
        .header("content-type", "application/json")
        .body(Full::new(question(true).to_string().into()))
        .unwrap()
}

#[tokio::test]
async fn http2_streams_carry_the_same_events() {
    let world = World::start().await;
    let key = world.key(world.spec(KeyKind::Secret)).await;
    let over_http1 = world.public().bearer(&key).stream("/api/v1/chat", &question(true)).await.rest().await;
    let mut connection = http2(&world).await;
    let answer = connection.send_request(chat_over_http2(&key)).await.unwrap();
    assert_eq!(answer.status(), 200);
    assert!(!answer.headers().contains_key("transfer-encoding"));
    let body = tokio::time::timeout(PATIENCE, answer.into_body().collect()).await.unwrap().unwrap().to_bytes();
    let events = events_of(std::str::from_utf8(&body).unwrap());
    assert_eq!(comparable(events), comparable(over_http1));
}

#[tokio::test]
async fn a_reset_http2_stream_stops_its_answer_and_leaves_the_others_alone() {
    let world = World::start().await;
    let key = world.key(world.spec(KeyKind::Secret)).await;
    let control = world.upstream.control();
    control.fail(SILENT);
    let mut connection = http2(&world).await;
    let left = connection.send_request(chat_over_http2(&key)).await.unwrap();
    let stays = connection.send_request(chat_over_http2(&key)).await.unwrap();
    wait(control, |c| c.open_streams() == 2).await;
    drop(left);
    wait(control, |c| c.aborted_streams() == 1 && c.open_streams() == 1).await;
    control.heal();
    let another = connection.send_request(chat_over_http2(&key)).await.unwrap();
    let body = tokio::time::timeout(PATIENCE, another.into_body().collect()).await.unwrap().unwrap().to_bytes();
    assert_eq!(events_of(std::str::from_utf8(&body).unwrap()).last().unwrap().name, "done");
    drop(stays);
    wait(control, |c| c.aborted_streams() == 2 && c.open_streams() == 0).await;
}
