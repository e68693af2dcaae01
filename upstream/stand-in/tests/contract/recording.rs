//! Recordings: reading them, and turning them into requests for this run.

use std::path::{Path, PathBuf};

use serde_json::Value;
use vestibule_stand_in::VectorDatabase;

use crate::client::request;

/// Where the recordings are.
pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../recordings")
}

/// One recorded exchange.
pub(crate) struct Recording {
    pub(crate) name: String,
    pub(crate) value: Value,
    /// The vector database of the server that it is replayed to.
    pub(crate) vectors: VectorDatabase,
}

/// Names of this run in place of recorded ones.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names(Vec<(String, String)>);

/// The text with every name replaced by what stands for it; the list has the longest names first.
fn replaced(text: &str, names: &[(String, String)]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        if let Some((name, instead)) = names.iter().find(|(name, _)| rest.starts_with(name.as_str())) {
            out.push_str(instead);
            rest = &rest[name.len()..];
        } else {
            out.push(next);
            rest = &rest[next.len_utf8()..];
        }
    }
    out
}

impl Names {
    /// From now on `recorded` stands for `actual`.
    pub(crate) fn set(&mut self, recorded: &str, actual: &str) {
        self.0.retain(|(known, _)| known != recorded);
        self.0.push((recorded.to_owned(), actual.to_owned()));
        // Longer names first: one must not be replaced within another.
        self.0.sort_by_key(|(known, _)| usize::MAX - known.len());
    }

    pub(crate) fn get(&self, recorded: &str) -> String {
        self.0
            .iter()
            .find(|(known, _)| known == recorded)
            .map_or_else(|| panic!("{recorded} has no value"), |(_, actual)| actual.clone())
    }

    /// In one pass: an actual name may hold a recorded one.
    pub(crate) fn apply(&self, text: &str) -> String {
        replaced(text, &self.0)
    }

    /// The recorded names in place of those of this run, for an answer that is kept.
    pub(crate) fn undo(&self, text: &str) -> String {
        let mut back: Vec<_> = self.0.iter().map(|(recorded, actual)| (actual.clone(), recorded.clone())).collect();
        back.retain(|(actual, _)| !actual.is_empty());
        back.sort_by_key(|(actual, _)| usize::MAX - actual.len());
        replaced(text, &back)
    }

    fn apply_to(&self, value: &Value) -> Value {
        in_texts(value, &|text| self.apply(text))
    }

    /// `undo` for every text in a value.
    pub(crate) fn undo_in(&self, value: &Value) -> Value {
        in_texts(value, &|text| self.undo(text))
    }
}

fn in_texts(value: &Value, change: &impl Fn(&str) -> String) -> Value {
    match value {
        Value::String(text) => Value::String(change(text)),
        Value::Array(items) => items.iter().map(|item| in_texts(item, change)).collect(),
        Value::Object(fields) => fields.iter().map(|(name, field)| (name.clone(), in_texts(field, change))).collect(),
        other => other.clone(),
    }
}

/// What an answer tells only where the database is the one that most recordings were made with.
const DISTANCES: &[&str] = &["_distance", "distance"];

/// Takes the distances out of what was recorded.
pub(crate) fn without_distances(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(without_distances),
        Value::Object(fields) => {
            fields.retain(|name, _| !DISTANCES.contains(&name.as_str()));
            fields.values_mut().for_each(without_distances);
        }
        _ => {}
    }
}

impl Recording {
    /// The recording of this name that was made with this vector database, or else the one that holds for all: made with
    /// LanceDB, which alone tells distances.
    pub(crate) fn load_for(vectors: VectorDatabase, name: &str, names: &Names) -> Self {
        let own = format!("{name}.{}", vectors.name());
        let file = if folder().join(format!("{own}.json")).exists() { &own } else { name };
        let loaded = Self::load(file, names);
        Self { name: name.to_owned(), vectors, ..loaded }
    }

    pub(crate) fn load(name: &str, names: &Names) -> Self {
        let path = folder().join(format!("{name}.json"));
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let value: Value = serde_json::from_str(&text).expect("a recording is JSON");
        Self { name: name.to_owned(), value: names.apply_to(&value), vectors: VectorDatabase::LanceDb }
    }

    pub(crate) fn method(&self) -> &str {
        self.value["request"]["method"].as_str().unwrap_or("GET")
    }

    /// The bytes of the request.
    pub(crate) fn request(&self) -> Vec<u8> {
        let recorded = &self.value["request"];
        if let Some(bytes) = self.rebuilt() {
            return bytes;
        }
        if let Some(raw) = recorded["raw"].as_str() {
            // Characters of raw requests stand for single bytes.
            return raw.chars().map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?')).collect();
        }
        let skipped = ["content-length", "transfer-encoding"];
        let headers: Vec<(&str, &str)> = recorded["headers"]
            .as_object()
            .into_iter()
            .flatten()
            .filter(|(name, _)| !skipped.contains(&name.to_lowercase().as_str()))
            .filter_map(|(name, value)| Some((name.as_str(), value.as_str()?)))
            .collect();
        let body = match &recorded["body"] {
            Value::Null => String::new(),
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        request(self.method(), recorded["path"].as_str().expect("a path"), &headers, body.as_bytes())
    }

    /// Requests whose long part was left out of the recording, made anew from its name.
    fn rebuilt(&self) -> Option<Vec<u8>> {
        let size = self.name.rsplit('_').next()?.parse::<usize>().ok();
        let long = |size: usize| "a".repeat(size);
        let ping = "/api/ping";
        let headers: Vec<(String, String)> = match (self.name.as_str(), size) {
            // Byte for byte: with a space after each colon they are too long for the parser.
            ("http/headers_2500", _) => {
                let lines = (0..2500).map(|n| format!("x{n}:\r\n")).collect::<Vec<_>>().concat();
                return Some(format!("GET {ping} HTTP/1.1\r\nHost: upstream.test\r\n{lines}\r\n").into_bytes());
            }
            (name, Some(size)) if name.starts_with("http/header_size_") => {
                vec![("X-Big".to_owned(), long(size))]
            }
            (name, Some(size)) if name.starts_with("http/url_") => {
                let path = format!("{ping}?{}", long(size));
                return Some(request("GET", &path, &[], b""));
            }
            _ => return None,
        };
        let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        Some(request("GET", ping, &headers, b""))
    }

    /// The request with another body: the recorded one is cut off or not text.
    pub(crate) fn request_with(&self, body: &[u8]) -> Vec<u8> {
        let headers: Vec<(&str, &str)> = self.value["request"]["headers"]
            .as_object()
            .into_iter()
            .flatten()
            .filter(|(name, _)| !name.eq_ignore_ascii_case("content-length"))
            .filter_map(|(name, value)| Some((name.as_str(), value.as_str()?)))
            .collect();
        let path = self.value["request"]["path"].as_str().expect("a path");
        request(self.method(), path, &headers, body)
    }

    /// The recorded chunks of an event stream.
    pub(crate) fn stream(&self) -> Option<Vec<String>> {
        let chunks = self.value["sse"].as_array()?;
        (!chunks.is_empty())
            .then(|| chunks.iter().filter_map(|chunk| chunk["raw"].as_str().map(str::to_owned)).collect())
    }
}
