//! Compares an answer with a recorded one: constants exactly, everything else by shape.

use serde_json::Value;

use crate::client::Answer;
use crate::recording::Recording;

/// Fields whose text is part of the contract.
const CONSTANTS: &[&str] = &[
    "allowlist_domains",
    "chat_mode",
    "chatMode",
    "error",
    "errorMsg",
    "message",
    "queryRefusalResponse",
    "role",
    "type",
];

/// Whether these are empty depends on the embedder, not on the contract.
const SEARCH_LUCK: &[&str] = &["sources"];

/// Lists whose rows depend on what else is on the server: only keys and types are compared.
const LISTINGS: &[&str] =
    &["apiKeys", "chats", "documents", "embeds", "history", "items", "logs", "users", "workspaces"];

/// Headers that must be there, or not be there, with the recorded value.
const HEADERS: &[&str] = &[
    "accept-ranges",
    "access-control-allow-headers",
    "access-control-allow-methods",
    "access-control-allow-origin",
    "cache-control",
    "connection",
    "content-security-policy",
    "content-type",
    "keep-alive",
    "vary",
    "x-content-type-options",
    "x-frame-options",
];

/// What is different. Empty if the answer fits the recording.
pub(crate) fn differences(recording: &Recording, answer: &Answer) -> Vec<String> {
    let recorded = &recording.value["response"];
    let mut found = Vec::new();
    if recorded["status"] != answer.status {
        found.push(format!("status {} instead of {}: {:.200}", answer.status, recorded["status"], answer.text()));
        return found;
    }
    headers(recorded, answer, &mut found);
    if let Some(chunks) = recording.stream() {
        stream(&chunks, answer, &mut found);
    } else {
        body(&recorded["body"], answer, &mut found);
    }
    found
}

fn headers(recorded: &Value, answer: &Answer, found: &mut Vec<String>) {
    let expected = |name: &str| {
        recorded["headers"]
            .as_object()
            .into_iter()
            .flatten()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .and_then(|(_, value)| value.as_str())
    };
    for name in HEADERS {
        if expected(name) != answer.header(name) {
            found.push(format!("{name}: {:?} instead of {:?}", answer.header(name), expected(name)));
        }
    }
    if expected("etag").is_some() != answer.header("etag").is_some() {
        found.push(format!("etag: {:?}", answer.header("etag")));
    }
}

fn body(recorded: &Value, answer: &Answer, found: &mut Vec<String>) {
    let text = answer.text();
    match recorded {
        Value::Null => {}
        Value::String(expected) if expected.starts_with("<HTML page") => {
            if !text.to_lowercase().contains("<!doctype html>") {
                found.push(format!("no web page: {text:.100}"));
            }
        }
        Value::String(expected) => {
            if *expected != text {
                found.push(format!("{text:?} instead of {expected:?}"));
            }
        }
        expected => match serde_json::from_str(&text) {
            Ok(actual) => shape("$", expected, &actual, false, found),
            Err(_) => found.push(format!("no JSON: {text:.200}")),
        },
    }
}

/// The JSON of every frame of an event stream.
pub(crate) fn frames(bytes: &str) -> Vec<Value> {
    bytes
        .split("\n\n")
        .filter(|frame| !frame.is_empty())
        .map(|frame| {
            let json = frame.strip_prefix("data: ").expect("a data frame");
            serde_json::from_str(json).expect("JSON in a frame")
        })
        .collect()
}

/// Runs of tokens count as one: answers differ in length.
fn collapse(frames: Vec<Value>) -> Vec<Value> {
    let mut kept: Vec<Value> = Vec::new();
    let token = |frame: &Value| frame["type"] == "textResponseChunk" && frame["close"] == false;
    for frame in frames {
        if !(token(&frame) && kept.last().is_some_and(token)) {
            kept.push(frame);
        }
    }
    kept
}

fn stream(recorded: &[String], answer: &Answer, found: &mut Vec<String>) {
    for chunk in &answer.chunks {
        let text = String::from_utf8_lossy(chunk);
        if text.matches("\n\n").count() != 1 || !text.ends_with("\n\n") {
            found.push(format!("a chunk is not one frame: {text:?}"));
            return;
        }
    }
    let expected = collapse(frames(&recorded.concat()));
    let actual = collapse(frames(&answer.text()));
    let kinds = |frames: &[Value]| {
        let kinds: Vec<String> = frames.iter().map(|frame| frame["type"].to_string()).collect();
        kinds.join(" ")
    };
    if kinds(&expected) != kinds(&actual) {
        found.push(format!("frames {} instead of {}", kinds(&actual), kinds(&expected)));
        return;
    }
    for (place, (expected, actual)) in expected.iter().zip(&actual).enumerate() {
        shape(&format!("frame {place} $"), expected, actual, false, found);
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// Compares two values: keys and types, and unless `loose` constants.
fn shape(path: &str, expected: &Value, actual: &Value, loose: bool, found: &mut Vec<String>) {
    match (expected, actual) {
        (Value::Object(expected), Value::Object(actual)) => {
            for name in expected.keys().filter(|name| !actual.contains_key(*name)) {
                found.push(format!("{path}.{name} is missing"));
            }
            for name in actual.keys().filter(|name| !expected.contains_key(*name)) {
                found.push(format!("{path}.{name} is new"));
            }
            for (name, expected) in expected {
                if let Some(actual) = actual.get(name) {
                    field(&format!("{path}.{name}"), name, expected, actual, loose, found);
                }
            }
        }
        (Value::Array(expected), Value::Array(actual)) => {
            if expected.is_empty() != actual.is_empty() {
                found.push(format!("{path} has {} entries instead of {}", actual.len(), expected.len()));
            }
            if let Some(first) = expected.first() {
                for (place, actual) in actual.iter().enumerate() {
                    let expected = expected.get(place).unwrap_or(first);
                    shape(&format!("{path}[{place}]"), expected, actual, loose, found);
                }
            }
        }
        // A column one row has no value in.
        (Value::Null, _) | (_, Value::Null) if loose => {}
        (Value::Bool(expected), Value::Bool(actual)) if !loose && expected != actual => {
            found.push(format!("{path} is {actual}"));
        }
        _ if kind(expected) != kind(actual) => {
            found.push(format!("{path} is {} instead of {}", kind(actual), kind(expected)));
        }
        _ => {}
    }
}

fn field(path: &str, name: &str, expected: &Value, actual: &Value, loose: bool, found: &mut Vec<String>) {
    if SEARCH_LUCK.contains(&name)
        && let (Some(expected), Some(actual)) = (expected.as_array(), actual.as_array())
        && (expected.is_empty() || actual.is_empty())
    {
        return;
    }
    // Question and answer alternate, whatever else is in a history.
    let constant = CONSTANTS.contains(&name) && !loose;
    let turn = name == "role" && path.contains(".history[");
    if (constant || turn) && expected.is_string() && expected != actual {
        found.push(format!("{path} is {actual} instead of {expected}"));
        return;
    }
    let loose = loose || (LISTINGS.contains(&name) && expected.is_array());
    shape(path, expected, actual, loose, found);
}
