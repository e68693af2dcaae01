//! One JSON object a line, with Google's or OpenAI's names in either spelling (`image_link`, `imageLink`).

use super::json;
use super::record::{BadRecord, Fault, Owner, Place, Record};
use super::{Entry, FeedError, MAX_RECORD, MAX_SKIP};
use serde_json::Value;

#[derive(Debug)]
pub(super) struct JsonLines {
    line: Vec<u8>,
    /// Bytes of a line that is too long.
    skipped: usize,
    /// Where the line begins; the number is that of the last record.
    at: Place,
    any: bool,
}

impl JsonLines {
    pub(super) fn new() -> Self {
        Self { line: Vec::new(), skipped: 0, at: Place { number: 0, line: 1, byte: 0 }, any: false }
    }

    pub(super) fn push(&mut self, mut bytes: &[u8], entries: &mut Vec<Entry>) -> Result<(), FeedError> {
        while let Some(end) = memchr::memchr(b'\n', bytes) {
            let (line, rest) = bytes.split_at(end);
            self.take(line)?;
            let size = self.line.len() + self.skipped + 1;
            self.end_line(entries)?;
            self.at.line += 1;
            self.at.byte += u64::try_from(size).unwrap_or(0);
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
        self.at.number += 1;
        let place = self.at;
        if too_large {
            entries.push(Err(BadRecord { place, fault: Fault::TooLarge, owner: None }));
            return Ok(());
        }
        let read = read(place, &line);
        if !self.any && read.is_err() && matches!(line.trim_ascii().first(), Some(b'[' | b'<')) {
            return Err(FeedError::NotAFeed("its first line is not a JSON object"));
        }
        self.any |= read.is_ok();
        entries.push(read);
        Ok(())
    }
}

fn read(place: Place, line: &[u8]) -> Entry {
    let Ok(text) = std::str::from_utf8(line) else {
        let record = record(place, &String::from_utf8_lossy(line));
        let owner: Option<Owner> = record.and_then(|record| record.owner());
        return Err(BadRecord { place, fault: Fault::Undecodable, owner });
    };
    record(place, text).ok_or(BadRecord { place, fault: Fault::Malformed, owner: None })
}

fn record(place: Place, text: &str) -> Option<Record> {
    let Ok(Value::Object(object)) = serde_json::from_str(text) else { return None };
    let mut record = Record::new(place);
    json::attributes(&mut record, &object);
    Some(record)
}
