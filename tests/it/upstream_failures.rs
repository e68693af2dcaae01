//! What clients are told when AnythingLLM fails, in every way in which it can, and that the gateway works on
//! afterwards.

use crate::harness::{Http, ORIGIN, World, events_of};
use http::Method;
use serde_json::{Value, json};
use std::time::Duration;
use uuid::Uuid;
use vestibule_stand_in::Failure;

const QUESTION: &str = "What does the cordless drill NW-18 cost?";

/// Said by AnythingLLM in one of its failures, or telling of its place: never to be read by a client.
const INTERNAL: [&str; 9] = [
    "Internal Server Error",
    "Message is empty",
    "Premature close",
    "GenericOpenAI",
    "the provider's own words",
    "No valid api key",
    "<!doctype",
    "<html",
    "127.0.0.1",
];

/// The ways to AnythingLLM.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Door {
    Chat,
    ChatStream,
    Widget,
    Messages,
    Knowledge,
}

const ALL: [Door; 5] = [Door::Chat, Door::ChatStream, Door::Widget, Door::Messages, Door::Knowledge];
const CHATS: [Door; 3] = [Door::Chat, Door::ChatStream, Door::Widget];

/// How a call went: its status, and `ok` or the code of the failure, wherever it was told.
type Outcome = (u16, String);

/// The clients of all doors.
struct Clients {
    server: Http,
    browser: Http,
    key: String,
}

impl Clients {
    /// With one conversation, so that there are messages to read.
    async fn of(world: &World) -> Self {
        let key = world.publishable_key().await;
        let clients = Self { server: world.server().await, browser: world.public().with("origin", ORIGIN), key };
        let asked = clients.server.post("/api/v1/chat", &json!({"message": QUESTION, "session_id": "cart-1"})).await;
        assert_eq!(asked.status, 200, "{}", asked.text());
        clients
    }

    async fn call(&self, door: Door) -> Outcome {
        let answer = match door {
            Door::Chat => self.server.post("/api/v1/chat", &json!({"message": QUESTION})).await,
            Door::ChatStream => self.server.post("/api/v1/chat", &json!({"message": QUESTION, "stream": true})).await,
            Door::Widget => {
                let question = json!({"sessionId": Uuid::new_v4(), "message": QUESTION}).to_string();
                let path = format!("/api/embed/{}/stream-chat", self.key);
                self.browser.with("content-type", "text/plain;charset=UTF-8").send(Method::POST, &path, question).await
            }
            Door::Messages => self.server.get("/api/v1/messages?session_id=cart-1").await,
            Door::Knowledge => self.server.post("/api/v1/knowledge/query", &json!({"query": QUESTION})).await,
        };
        for words in INTERNAL {
            assert!(!answer.text().contains(words), "{door:?} tells {words:?}: {}", answer.text());
        }
        let said = match door {
            Door::Widget if answer.status == 200 => widget_stream(answer.text()),
            Door::Widget => {
                assert_eq!(answer.header("access-control-allow-origin"), Some(ORIGIN), "{answer:?}");
                abort(&answer.json())
            }
            Door::ChatStream if answer.status == 200 => chat_stream(answer.text()),
            _ if answer.status == 200 => "ok".to_owned(),
            _ => answer.code(),
        };
        (answer.status.as_u16(), said)
    }
}

/// What a stream of ours ends with.
fn chat_stream(text: &str) -> String {
    let events = events_of(text);
    assert_eq!(events[0].name, "start", "{text}");
    let (last, before) = events.split_last().unwrap();
    assert!(before.iter().all(|e| e.name != "error" && e.name != "done"), "{text}");
    match last.name.as_str() {
        "done" => "ok".to_owned(),
        "error" => {
            assert!(last.data["type"].as_str().unwrap().ends_with(last.data["code"].as_str().unwrap()), "{text}");
            assert!(last.data["request_id"].is_string(), "{text}");
            last.data["code"].as_str().unwrap().to_owned()
        }
        other => panic!("the stream ends with {other}: {text}"),
    }
}

/// What a stream of the widget's frames ends with.
fn widget_stream(text: &str) -> String {
    let frames = events_of(text);
    let (last, before) = frames.split_last().unwrap();
    assert!(before.iter().all(|f| f.data["close"] == false && f.data["type"] != "abort"), "{text}");
    assert_eq!(last.data["close"], true, "{text}");
    if last.data["type"] == "abort" { abort(&last.data) } else { "ok".to_owned() }
}

/// The code in an abort frame that the widget can show.
fn abort(frame: &Value) -> String {
    assert_eq!(frame["type"], "abort", "{frame}");
    assert_eq!(frame["close"], true, "{frame}");
    assert_eq!(frame["textResponse"], Value::Null, "{frame}");
    assert_eq!(frame["sources"], json!([]), "{frame}");
    assert!(!frame["errorMsg"].as_str().unwrap().is_empty(), "{frame}");
    frame["error"].as_str().unwrap().to_owned()
}

/// Breaks AnythingLLM in a way that shows before the head of its answer: every door answers with the status.
async fn told_by_status(world: &World, failure: Failure, status: u16, code: &str) {
    let clients = Clients::of(world).await;
    let control = world.upstream.control();
    control.fail(failure.clone());
    for door in ALL {
        assert_eq!(clients.call(door).await, (status, code.to_owned()), "{failure:?} {door:?}");
    }
    control.heal();
    works_on(world, &clients).await;
}

/// Breaks it in a way that shows in the stream.
async fn told_in_the_stream(world: &World, failure: Failure, status: u16, code: &str) {
    let clients = Clients::of(world).await;
    let control = world.upstream.control();
    control.fail(failure.clone());
    let code = code.to_owned();
    assert_eq!(clients.call(Door::Chat).await, (status, code.clone()), "{failure:?}");
    assert_eq!(clients.call(Door::ChatStream).await, (200, code.clone()), "{failure:?}");
    assert_eq!(clients.call(Door::Widget).await, (200, code), "{failure:?}");
    control.heal();
    works_on(world, &clients).await;
}

async fn works_on(world: &World, clients: &Clients) {
    for door in ALL {
        assert_eq!(clients.call(door).await, (200, "ok".to_owned()), "{door:?} afterwards");
    }
    let control = world.upstream.control();
    assert!(control.until(|c| c.open_streams() == 0, Duration::from_secs(20)).await, "{control:?}");
}

#[tokio::test]
async fn an_upstream_that_is_down_is_unavailable_until_it_is_back() {
    let world = World::start().await;
    let clients = Clients::of(&world).await;
    world.upstream.stop().await;
    for door in ALL {
        assert_eq!(clients.call(door).await, (502, "upstream_unavailable".to_owned()), "{door:?}");
    }
    world.upstream.restart().await.unwrap();
    works_on(&world, &clients).await;
}

#[tokio::test]
async fn a_connection_reset_before_the_answer_is_an_upstream_error() {
    told_by_status(&World::start().await, Failure::Refuse, 502, "upstream_error").await;
}

#[tokio::test]
async fn silence_instead_of_an_answer_is_a_timeout() {
    let world = World::builder().set("UPSTREAM_CONNECT_MILLIS", 400).set("UPSTREAM_RESPONSE_MILLIS", 400).start().await;
    told_by_status(&world, Failure::Hang, 504, "upstream_timeout").await;
}

#[tokio::test]
async fn a_web_page_instead_of_an_answer_breaks_the_contract() {
    told_by_status(&World::start().await, Failure::Html, 502, "upstream_contract").await;
}

#[tokio::test]
async fn a_server_error_is_an_upstream_error() {
    told_by_status(&World::start().await, Failure::Status500, 502, "upstream_error").await;
}

#[tokio::test]
async fn a_refusal_is_an_upstream_error() {
    told_by_status(&World::start().await, Failure::Status400Abort, 502, "upstream_error").await;
}

#[tokio::test]
async fn a_head_without_a_body_is_a_timeout() {
    let world =
        World::builder().set("UPSTREAM_RESPONSE_MILLIS", 1_000).set("UPSTREAM_STREAM_IDLE_SECONDS", 1).start().await;
    let clients = Clients::of(&world).await;
    world.upstream.control().fail(Failure::HangAfterHead);
    for door in ALL {
        // A stream has begun by then, so its status is out.
        let status = if matches!(door, Door::ChatStream | Door::Widget) { 200 } else { 504 };
        assert_eq!(clients.call(door).await, (status, "upstream_timeout".to_owned()), "{door:?}");
    }
    world.upstream.control().heal();
    works_on(&world, &clients).await;
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_told_as_an_error_in_its_stream() {
    let world = World::start().await;
    for after_frames in [0, 1, 5] {
        told_in_the_stream(&world, Failure::DropMidStream { after_frames }, 502, "upstream_error").await;
    }
    told_in_the_stream(&world, Failure::ResetMidStream { after_frames: 2 }, 502, "upstream_error").await;
}

#[tokio::test]
async fn an_aborted_answer_is_told_as_an_error_in_its_stream() {
    let world = World::start().await;
    let error = "500 the provider's own words".to_owned();
    told_in_the_stream(&world, Failure::AbortFrame { error }, 502, "upstream_error").await;
    told_in_the_stream(&world, Failure::AbortThenFinalize, 502, "upstream_error").await;
}

#[tokio::test]
async fn frames_that_are_no_frames_break_the_contract() {
    let world = World::start().await;
    told_in_the_stream(&world, Failure::BadJsonFrame, 502, "upstream_contract").await;
    told_in_the_stream(&world, Failure::OversizedFrame, 502, "upstream_contract").await;
}

#[tokio::test]
async fn a_failing_embedder_is_an_upstream_error_where_documents_are_searched() {
    let world = World::start().await;
    let clients = Clients::of(&world).await;
    world.upstream.control().fail(Failure::EmbedderError);
    let code = "upstream_error".to_owned();
    assert_eq!(clients.call(Door::Chat).await, (502, code.clone()));
    assert_eq!(clients.call(Door::ChatStream).await, (200, code.clone()));
    assert_eq!(clients.call(Door::Widget).await, (200, code.clone()));
    assert_eq!(clients.call(Door::Knowledge).await, (502, code));
    assert_eq!(clients.call(Door::Messages).await, (200, "ok".to_owned()));
    world.upstream.control().heal();
    works_on(&world, &clients).await;
}

#[tokio::test]
async fn oddities_that_are_no_failures_spoil_no_answer() {
    let world = World::start().await;
    let clients = Clients::of(&world).await;
    let control = world.upstream.control();
    for failure in [
        Failure::UnknownFrames,
        Failure::NoFinish,
        Failure::Merge,
        Failure::Reasoning,
        Failure::Slow { first_token_ms: 5, token_ms: 1 },
        Failure::Split { sizes: vec![3] },
    ] {
        control.fail(failure.clone());
        for door in CHATS {
            assert_eq!(clients.call(door).await, (200, "ok".to_owned()), "{failure:?} {door:?}");
        }
        control.heal();
    }
    // Also the response that was never ended has been given up.
    assert!(control.until(|c| c.open_streams() == 0, Duration::from_secs(20)).await, "{control:?}");
}

#[tokio::test]
async fn reasoning_is_told_apart_from_the_answer() {
    let world = World::start().await;
    world.upstream.control().fail(Failure::Reasoning);
    let server = world.server().await;
    let whole = server.post("/api/v1/chat", &json!({"message": QUESTION})).await.json();
    let streamed = server.post("/api/v1/chat", &json!({"message": QUESTION, "stream": true})).await;
    let events = events_of(streamed.text());
    let text = |reasoning: bool| -> String {
        let deltas = events.iter().filter(|e| e.name == "delta" && (e.data["kind"] == "reasoning") == reasoning);
        deltas.map(|e| e.data["text"].as_str().unwrap()).collect()
    };
    assert_eq!(text(false), whole["answer"].as_str().unwrap());
    assert!(!text(true).is_empty());
    assert!(!streamed.text().contains("<think>"), "{}", streamed.text());
}

#[tokio::test]
async fn an_api_key_that_anythingllm_no_longer_takes_is_not_the_callers_fault() {
    let world = World::start().await;
    let clients = Clients::of(&world).await;
    world.upstream.control().replace_api_keys("ANOTHER-0000000-0000000-0000001");
    for door in ALL {
        assert_eq!(clients.call(door).await, (502, "upstream_error".to_owned()), "{door:?}");
    }
    world.upstream.control().replace_api_keys(world.upstream.api_key());
    works_on(&world, &clients).await;
}

#[tokio::test]
async fn a_workspace_deleted_in_anythingllm_is_not_the_callers_fault() {
    let world = World::start().await;
    let clients = Clients::of(&world).await;
    let direct = Http::new(world.upstream.addr()).bearer(world.upstream.api_key());
    let path = format!("/api/v1/workspace/{}", world.workspace.upstream_slug);
    assert_eq!(direct.delete(&path).await.status, 200);
    for door in ALL {
        assert_eq!(clients.call(door).await, (502, "upstream_error".to_owned()), "{door:?}");
    }
}

#[tokio::test]
async fn files_and_pages_that_are_passed_through_fail_as_problems_too() {
    let world = World::builder().set("UPSTREAM_CONNECT_MILLIS", 500).start().await;
    let script = "/embed/anythingllm-chat-widget.min.js";
    assert_eq!(world.public().get(script).await.status, 200);
    assert_eq!(world.admin().get("/api/ping").await.status, 200);
    world.upstream.stop().await;
    for (client, path) in [(world.public(), script), (world.admin(), "/api/ping")] {
        let answer = client.get(path).await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (502, "upstream_unavailable"), "{path}");
    }
    world.upstream.restart().await.unwrap();
    world.upstream.control().fail_times(Failure::Refuse, 1);
    let answer = world.admin().send(Method::POST, "/api/some/form", "x").await;
    assert_eq!((answer.status.as_u16(), answer.code().as_str()), (502, "upstream_unavailable"));
    assert_eq!(world.public().get(script).await.status, 200);
    assert_eq!(world.admin().get("/api/ping").await.status, 200);
}
