//! OpenAI's API: its shapes, for secret keys and people.

mod answers;
mod failures;
mod refusals;
mod streams;

use crate::harness::{Answer, Http, World};
use serde_json::{Value, json};

const CHAT: &str = "/openai/v1/chat/completions";
const QUESTION: &str = "What does the cordless drill NW-18 cost?";

/// A body with this question.
fn body(question: &str) -> Value {
    json!({"model": "shop", "messages": [{"role": "user", "content": question}]})
}

fn streamed(question: &str) -> Value {
    let mut body = body(question);
    body["stream"] = json!(true);
    body
}

/// The code of an error in OpenAI's shape, of which nothing is missing.
fn code(answer: &Answer) -> String {
    assert_eq!(answer.header("content-type"), Some("application/json"), "{answer:?}");
    of_error(&answer.json())
}

fn of_error(body: &Value) -> String {
    let fields: Vec<&str> = body.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(fields, ["error"], "{body}");
    let error = &body["error"];
    let fields: Vec<&str> = error.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(fields, ["code", "message", "param", "type"], "{body}");
    assert!(!error["message"].as_str().unwrap().is_empty() && error["type"].is_string(), "{body}");
    error["code"].as_str().unwrap().to_owned()
}

/// The chunks of a stream, and whether it ends with `[DONE]`.
fn chunks(text: &str) -> (Vec<Value>, bool) {
    let mut data: Vec<&str> = text
        .split_terminator("\n\n")
        .filter(|event| !event.starts_with(':'))
        .map(|event| event.strip_prefix("data: ").unwrap_or_else(|| panic!("no data: {event:?}")))
        .collect();
    let done = data.pop_if(|last| *last == "[DONE]").is_some();
    (data.into_iter().map(|chunk| serde_json::from_str(chunk).expect("a chunk is JSON")).collect(), done)
}

fn text_of(chunks: &[Value]) -> String {
    chunks.iter().filter_map(|chunk| chunk["choices"][0]["delta"]["content"].as_str()).collect()
}

/// What reached AnythingLLM in chats: the message and the session of each.
fn asked(world: &World) -> Vec<(String, String)> {
    let requests = world.upstream.control().requests();
    let chats = requests.iter().filter(|request| request.path_and_query.ends_with("/stream-chat"));
    let read = |body: &[u8]| {
        let body: Value = serde_json::from_slice(body).unwrap();
        let fields: Vec<&str> = body.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(fields, ["message", "mode", "sessionId"]);
        (body["message"].as_str().unwrap().to_owned(), body["sessionId"].as_str().unwrap().to_owned())
    };
    chats.map(|request| read(&request.body)).collect()
}

/// A person who has logged in.
async fn person(world: &World, name: &str, role: &str) -> Http {
    world.upstream.control().add_user(name, "User-pass-1", role);
    let login = json!({"username": name, "password": "User-pass-1"});
    let answer = world.public().post("/api/v1/auth/login", &login).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    world.public().bearer(answer.json()["access_token"].as_str().unwrap())
}
