//! Keeps what a server answered, in the form of the recordings.
//!
//! For recording a further version: with `CONTRACT_KEEP` set to a folder, every replayed exchange is written there. What is
//! secret or named for one run becomes the recorded name again. It compares nothing.

use std::path::Path;

use serde_json::{Map, Value, json};

use crate::client::Answer;
use crate::recording::{Names, Recording};

/// Longer bodies say nothing that a recording needs.
const LONGEST_BODY: usize = 200_000;

/// Writes the exchange, if a folder is named for it.
pub(crate) fn keep(recording: &Recording, request: &[u8], answer: &Answer, names: &Names) {
    let Some(folder) = std::env::var_os("CONTRACT_KEEP") else { return };
    if request.len().max(answer.body.len()) > LONGEST_BODY {
        return;
    }
    let path = Path::new(&folder).join(format!("{}.json", recording.name));
    let written = path.parent().map_or(Ok(()), std::fs::create_dir_all);
    let text = format!("{:#}\n", exchange(recording, answer, names));
    written.and_then(|()| std::fs::write(&path, text)).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
}

fn exchange(recording: &Recording, answer: &Answer, names: &Names) -> Value {
    let streamed = answer.header("content-type").is_some_and(|kind| kind.starts_with("text/event-stream"));
    let headers: Map<String, Value> =
        answer.headers.iter().map(|(name, value)| (name.clone(), json!(names.undo(value)))).collect();
    let text = names.undo(&answer.text());
    let body = match serde_json::from_str::<Value>(&text) {
        _ if streamed => Value::Null,
        Ok(json) => json,
        Err(_) if text.to_lowercase().contains("<!doctype html>") => json!("<HTML page>"),
        Err(_) => json!(text),
    };
    let chunks = answer.chunks.iter().map(|chunk| json!({ "raw": names.undo(&String::from_utf8_lossy(chunk)) }));
    let mut kept = json!({
        "name": recording.name,
        "mode": recording.value["mode"],
        "request": names.undo_in(&recording.value["request"]),
        "response": { "status": answer.status, "headers": headers, "body": body },
        "note": recording.value["note"],
    });
    if streamed {
        kept["sse"] = chunks.collect();
    }
    kept
}
