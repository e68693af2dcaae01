//! One JSON object a line, with Google's names in either spelling (`image_link`, `imageLink`).

use super::record::{BadRecord, Fault, Record, attribute};
use super::{Entry, FeedError, MAX_RECORD, MAX_SKIP};
use serde_json::Value;

#[derive(Debug)]
pub(super) struct JsonLines {
    line: Vec<u8>,
    /// Bytes of a line that is too long.
    skipped: usize,
    number: u64,
    any: bool,
}

impl JsonLines {
    pub(super) fn new() -> Self {
        Self { line: Vec::new(), skipped: 0, number: 0, any: false }
    }

    pub(super) fn push(&mut self, mut bytes: &[u8], entries: &mut Vec<Entry>) -> Result<(), FeedError> {
        while let Some(end) = memchr::memchr(b'\n', bytes) {
            let (line, rest) = bytes.split_at(end);
            self.take(line)?;
            self.end_line(entries)?;
            bytes = rest.get(1..).unwrap_or_default();
        }
        self.take(bytes)
    }

    pub(super) fn finish(&mut self, entries: &mut Vec<Entry>) -> Result<(), FeedError> {
        self.end_line(entries)
    }

    fn take(&mut self, bytes: &[u8]) -> Result<(), FeedError> {
        if self.skipped > 0 || self.line.len() + bytes.len() > MAX_RECORD {
            self.skipped += self.line.len() + bytes.len();
            self.line = Vec::new();
            return if self.skipped > MAX_SKIP { Err(FeedError::Endless) } else { Ok(()) };
        }
        self.line.extend_from_slice(bytes);
        Ok(())
    }

    fn end_line(&mut self, entries: &mut Vec<Entry>) -> Result<(), FeedError> {
        let too_large = std::mem::take(&mut self.skipped) > 0;
        let line = std::mem::take(&mut self.line);
        if line.trim_ascii().is_empty() && !too_large {
            return Ok(());
        }
        self.number += 1;
        let number = self.number;
        if too_large {
            entries.push(Err(BadRecord { number, fault: Fault::TooLarge }));
            return Ok(());
        }
        let read = read(number, &line);
        if !self.any && read.is_err() && matches!(line.trim_ascii().first(), Some(b'[' | b'<')) {
            return Err(FeedError::NotAFeed("its first line is not a JSON object"));
        }
        self.any |= read.is_ok();
        entries.push(read.map_err(|fault| BadRecord { number, fault }));
        Ok(())
    }
}

fn read(number: u64, line: &[u8]) -> Result<Record, Fault> {
    let text = std::str::from_utf8(line).map_err(|_| Fault::NotUtf8)?;
    let Ok(Value::Object(object)) = serde_json::from_str::<Value>(text) else { return Err(Fault::Malformed) };
    let mut record = Record::new(number);
    for (name, value) in &object {
        if let Some(name) = attribute(name) {
            add(&mut record, name, value);
        }
    }
    Ok(record)
}

fn add(record: &mut Record, name: &'static str, value: &Value) {
    match value {
        Value::String(text) => record.add(name, text),
        Value::Number(number) => record.add(name, &number.to_string()),
        Value::Bool(flag) => record.add(name, if *flag { "yes" } else { "no" }),
        Value::Array(values) => {
            for value in values.iter().filter(|value| !value.is_array()) {
                add(record, name, value);
            }
        }
        // Amounts of the Content API: {"value": "12.90", "currency": "EUR"}, {"value": 1.2, "unit": "kg"}.
        Value::Object(object) => {
            let part = |name: &str| match object.get(name) {
                Some(Value::String(text)) => text.clone(),
                Some(Value::Number(number)) => number.to_string(),
                _ => String::new(),
            };
            let unit = part("currency");
            let unit = if unit.is_empty() { part("unit") } else { unit };
            record.add(name, &format!("{} {unit}", part("value")));
        }
        Value::Null => {}
    }
}
