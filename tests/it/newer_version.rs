//! A version of AnythingLLM to come, which says more than the pinned one: nobody notices, and nothing of it comes
//! through.

use crate::harness::{Http, ORIGIN, World, events_of};
use http::Method;
use serde_json::{Value, json};
use uuid::Uuid;
use vestibule_stand_in::Failure;

const QUESTION: &str = "What does the cordless drill NW-18 cost?";

/// What clients are told, without what differs from call to call.
#[derive(Debug, PartialEq)]
struct Told {
    answer: Value,
    streamed: Vec<(String, Value)>,
    widget: String,
    history: usize,
    passages: Value,
    messages: usize,
}

/// Nothing that was invented has come through.
fn clean(text: &str) -> &str {
    assert!(!text.to_lowercase().contains("invented"), "{text}");
    text
}

async fn told(world: &World, server: &Http, key: &str) -> Told {
    let session = Uuid::new_v4().to_string();
    let question = json!({"message": QUESTION, "session_id": session});
    let whole = server.post("/api/v1/chat", &question).await;
    assert_eq!(whole.status, 200, "{}", whole.text());
    clean(whole.text());
    let streamed = server.post("/api/v1/chat", &json!({"message": QUESTION, "stream": true})).await;
    let streamed = events_of(clean(streamed.text()));
    assert_eq!(streamed.last().map(|event| event.name.as_str()), Some("done"), "{streamed:?}");
    let streamed = streamed.into_iter().filter(|event| event.name == "delta" || event.name == "sources");
    let streamed = streamed.map(|event| (event.name, without_ids(event.data))).collect();
    let page = world.public().with("origin", ORIGIN);
    let asked = json!({"sessionId": session, "message": QUESTION}).to_string();
    let path = format!("/api/embed/{key}");
    let widget = page
        .with("content-type", "text/plain;charset=UTF-8")
        .send(Method::POST, &format!("{path}/stream-chat"), asked)
        .await;
    let widget = events_of(clean(widget.text()));
    assert_eq!(widget.last().map(|frame| &frame.data["close"]), Some(&json!(true)), "{widget:?}");
    let widget = widget.iter().filter_map(|frame| frame.data["textResponse"].as_str()).collect();
    let history = page.get(&format!("{path}/{session}")).await;
    clean(history.text());
    let passages = server.post("/api/v1/knowledge/query", &json!({"query": QUESTION})).await;
    clean(passages.text());
    let messages = server.get(&format!("/api/v1/messages?session_id={session}")).await;
    clean(messages.text());
    Told {
        answer: whole.json()["answer"].clone(),
        streamed,
        widget,
        history: history.json()["history"].as_array().map_or(0, Vec::len),
        passages: without_ids(passages.json()),
        messages: messages.json()["data"].as_array().map_or(0, Vec::len),
    }
}

fn without_ids(value: Value) -> Value {
    match value {
        Value::Array(items) => items.into_iter().map(without_ids).collect(),
        Value::Object(fields) => {
            let kept = fields
                .into_iter()
                .filter(|(name, _)| !["id", "took_ms"].contains(&name.as_str()) && !name.ends_with("_id"));
            kept.map(|(name, field)| (name, without_ids(field))).collect()
        }
        other => other,
    }
}

#[tokio::test]
async fn new_frames_and_fields_change_nothing_and_reach_nobody() {
    let world = World::start().await;
    let (server, key) = (world.server().await, world.publishable_key().await);
    let expected = told(&world, &server, &key).await;
    assert!(expected.answer.as_str().is_some_and(|text| text.contains("189 euros")), "{expected:?}");
    assert!(expected.history > 1 && expected.messages > 1, "{expected:?}");
    let control = world.upstream.control();
    control.fail(Failure::NewerVersion);
    assert_eq!(told(&world, &server, &key).await, expected);
    // It was there to be noticed.
    let direct = Http::new(world.upstream.addr()).bearer(world.upstream.api_key());
    assert!(direct.get("/api/v1/workspaces").await.text().contains("inventedText"));
}
