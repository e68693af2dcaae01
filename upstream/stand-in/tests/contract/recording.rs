//! Recordings: reading them, and turning them into requests for this run.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::client::request;

/// Where the recordings are.
pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../recordings")
}

/// One recorded exchange.
pub(crate) struct Recording {
    pub(crate) name: String,
    pub(crate) value: Value,
}

/// Names of this run in place of recorded ones.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names(Vec<(String, String)>);

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

    pub(crate) fn apply(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, (recorded, actual)| text.replace(recorded, actual))
    }

    fn apply_to(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.apply(text)),
            Value::Array(items) => items.iter().map(|item| self.apply_to(item)).collect(),
            Value::Object(fields) => fields.iter().map(|(name, field)| (name.clone(), self.apply_to(field))).collect(),
            other => other.clone(),
        }
    }
}

impl Recording {
    pub(crate) fn load(name: &str, names: &Names) -> Self {
        let path = folder().join(format!("{name}.json"));
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let value: Value = serde_json::from_str(&text).expect("a recording is JSON");
        Self { name: name.to_owned(), value: names.apply_to(&value) }
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
            ("http/headers_2500", _) => (0..2500).map(|n| (format!("x{n}"), String::new())).collect(),
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
