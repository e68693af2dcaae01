//! Compares an answer with a recorded one: constants exactly, everything else by shape.

use serde_json::Value;
use vestibule_stand_in::VectorDatabase;

use crate::client::Answer;
use crate::recording::{Recording, without_distances};

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

/// Of a real server whose embedder and data nobody knows, these too, and how many there are.
const REAL_LUCK: &[&str] = &["results", "sources"];

/// What a real server's environment decides: types are compared, and which fields there are is only told.
const ENVIRONMENT: &[&str] = &["settings"];

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

/// What is different.
#[derive(Debug, Default)]
pub(crate) struct Differences {
    /// Breaks the contract. Empty if the answer fits the recording.
    pub(crate) broken: Vec<String>,
    /// Comes with the set-up of the server.
    pub(crate) told: Vec<String>,
    /// Whether data and environment of the server are those that were recorded.
    known: bool,
    vectors: VectorDatabase,
}

impl Differences {
    fn push(&mut self, difference: String) {
        self.broken.push(difference);
    }
}

/// Compares an answer with its recording. `known` says whether data and environment of the server are the recorded ones.
pub(crate) fn differences(recording: &Recording, answer: &Answer, known: bool) -> Differences {
    let mut recorded = recording.value["response"].clone();
    let tells_distances = recording.vectors == VectorDatabase::LanceDb;
    if !tells_distances {
        without_distances(&mut recorded["body"]);
    }
    let recorded = &recorded;
    let mut found = Differences { known, vectors: recording.vectors, ..Differences::default() };
    if recorded["status"] != answer.status {
        found.push(format!("status {} instead of {}: {:.200}", answer.status, recorded["status"], answer.text()));
        return found;
    }
    headers(recorded, answer, &mut found);
    if let Some(chunks) = recording.stream() {
        let mut expected = frames(&chunks.concat());
        if !tells_distances {
            expected.iter_mut().for_each(without_distances);
        }
        stream(expected, answer, &mut found);
    } else {
        body(&recorded["body"], answer, &mut found);
    }
    found
}

fn headers(recorded: &Value, answer: &Answer, found: &mut Differences) {
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

fn body(recorded: &Value, answer: &Answer, found: &mut Differences) {
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

fn stream(recorded: Vec<Value>, answer: &Answer, found: &mut Differences) {
    for chunk in &answer.chunks {
        let text = String::from_utf8_lossy(chunk);
        if text.matches("\n\n").count() != 1 || !text.ends_with("\n\n") {
            found.push(format!("a chunk is not one frame: {text:?}"));
            return;
        }
    }
    let expected = collapse(recorded);
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
fn shape(path: &str, expected: &Value, actual: &Value, loose: bool, found: &mut Differences) {
    match (expected, actual) {
        (Value::Object(expected), Value::Object(actual)) => {
            // Passages whose vectors come from the cache have none with pgvector.
            let nameless = found.vectors == VectorDatabase::Pgvector && is_passage(path);
            let missing = expected.keys().filter(|name| !(actual.contains_key(*name) || nameless && *name == "id"));
            let missing = missing.map(|name| format!("{path}.{name} is missing"));
            let new = actual.keys().filter(|name| !expected.contains_key(*name));
            let new = new.map(|name| format!("{path}.{name} is new"));
            let environment = !found.known && ENVIRONMENT.iter().any(|name| path.ends_with(&format!(".{name}")));
            let list = if environment { &mut found.told } else { &mut found.broken };
            list.extend(missing.chain(new));
            for (name, expected) in expected {
                if let Some(actual) = actual.get(name) {
                    field(&format!("{path}.{name}"), name, expected, actual, loose, found);
                }
            }
        }
        (Value::Array(expected), Value::Array(actual)) => {
            // In a list of whatever else there is, lists may be empty or not.
            if expected.is_empty() != actual.is_empty() && !loose {
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

/// Whether this is the path of a source or a search result.
fn is_passage(path: &str) -> bool {
    [".sources[", ".results["].iter().any(|list| path.rfind(list).is_some_and(|at| path[at + list.len()..].len() < 4))
}

/// What pgvector tells where the recording, made with LanceDB, has something else.
fn told_by_pgvector(name: &str, actual: &Value) -> bool {
    match name {
        // A number only as long as there is no table.
        "vectorCount" => actual.is_string() || *actual == 0,
        "PGVectorConnectionString" => *actual == true,
        _ => false,
    }
}

fn field(path: &str, name: &str, expected: &Value, actual: &Value, loose: bool, found: &mut Differences) {
    if let (Some(expected), Some(actual)) = (expected.as_array(), actual.as_array()) {
        if SEARCH_LUCK.contains(&name) && (expected.is_empty() || actual.is_empty()) {
            return;
        }
        if REAL_LUCK.contains(&name) && !found.known {
            for (place, (expected, actual)) in expected.iter().zip(actual).enumerate() {
                shape(&format!("{path}[{place}]"), expected, actual, loose, found);
            }
            return;
        }
    }
    if found.vectors == VectorDatabase::Pgvector && told_by_pgvector(name, actual) {
        return;
    }
    // On a real server there may be more of everything.
    if name == "hasPages" && !found.known {
        return;
    }
    // Question and answer alternate, whatever else is in a history.
    let constant = CONSTANTS.contains(&name) && !loose;
    let turn = name == "role" && path.contains(".history[");
    if (constant || turn) && expected.is_string() && expected != actual {
        found.push(format!("{path} is {actual} instead of {expected}"));
        return;
    }
    let listing = LISTINGS.contains(&name) && expected.is_array();
    if listing
        && !loose
        && let (Some(expected), Some(actual)) = (expected.as_array(), actual.as_array())
        && expected.is_empty() != actual.is_empty()
    {
        found.push(format!("{path} has {} entries instead of {}", actual.len(), expected.len()));
    }
    let loose = loose || listing || (ENVIRONMENT.contains(&name) && !found.known);
    shape(path, expected, actual, loose, found);
}
