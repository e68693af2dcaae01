//! JSON objects with Google's or OpenAI's names in either spelling (`image_link`, `imageLink`): one a line, or in lists
//! as shop systems and interfaces write them.

use super::elements::{Elements, Kept, Manner, Step, is_empty_list};
use super::record::{BadRecord, Fault, Owner, Place, Record};
use super::split::blank_lines;
use super::{Entry, FeedError, MAX_RECORD, expand, foreign, json};
use serde_json::{Map, Value};

/// Separates the records of JSON text sequences (RFC 7464).
const SEPARATOR: char = '\u{1e}';

#[derive(Debug)]
pub(super) struct JsonLines {
    elements: Elements,
    /// All there is, while it is not known how the objects stand.
    head: Vec<u8>,
    head_at: Place,
    /// The line or the object that is being read.
    kept: Kept,
    /// Where the object begins that is being read.
    begin: Option<Place>,
    /// Where the line begins, or the next byte stands; the number is that of the last record.
    at: Place,
    any: bool,
}

impl JsonLines {
    pub(super) fn new() -> Self {
        let at = Place { number: 0, line: 1, byte: 0 };
        Self {
            elements: Elements::new(),
            head: Vec::new(),
            head_at: at,
            kept: Kept::default(),
            begin: None,
            at,
            any: false,
        }
    }

    pub(super) fn push(&mut self, mut bytes: &[u8], entries: &mut Vec<Entry>) -> Result<(), FeedError> {
        while let Some((byte, rest)) = bytes.split_first() {
            if self.elements.manner == Manner::Lines {
                return self.lines(bytes, entries);
            }
            let is_between = self.head.is_empty() && self.begin.is_none();
            let (blank, lines) = if is_between { blank_lines(bytes) } else { (0, 0) };
            if blank > 0 {
                self.at.byte += u64::try_from(blank).unwrap_or(0);
                self.at.line += lines;
                bytes = bytes.get(blank..).unwrap_or_default();
                continue;
            }
            self.byte(*byte, entries)?;
            bytes = rest;
        }
        Ok(())
    }

    pub(super) fn finish(&mut self, entries: &mut Vec<Entry>) -> Result<(), FeedError> {
        match self.elements.manner {
            Manner::Inside(_) if !self.elements.is_at_rest() => Err(FeedError::Truncated("its JSON is not closed")),
            Manner::Inside(_) => Ok(()),
            Manner::Unknown => {
                self.be_lines(entries)?;
                self.end_line(entries)
            }
            Manner::Lines => self.end_line(entries),
        }
    }

    /// A byte of a feed whose lines say nothing, or not yet.
    fn byte(&mut self, byte: u8, entries: &mut Vec<Entry>) -> Result<(), FeedError> {
        let was_unknown = self.elements.manner == Manner::Unknown;
        let step = self.elements.step(byte);
        if was_unknown && !(self.head.is_empty() && byte.is_ascii_whitespace()) {
            if self.head.is_empty() {
                self.head_at = self.at;
            }
            self.head.push(byte);
        }
        match self.elements.manner {
            Manner::Lines => return self.be_lines(entries),
            Manner::Unknown if self.head.len() > MAX_RECORD => {
                self.elements.manner = Manner::Lines;
                return self.be_lines(entries);
            }
            Manner::Inside(0) if was_unknown => {
                self.begin = Some(self.head_at);
                self.kept.push(&std::mem::take(&mut self.head))?;
            }
            _ if step == Step::Begins => {
                self.begin = Some(self.at);
                self.kept.push(&[byte])?;
            }
            _ if self.begin.is_some() => self.kept.push(&[byte])?,
            _ => {}
        }
        if !matches!(self.elements.manner, Manner::Unknown) {
            self.head.clear();
        }
        if step == Step::Ends
            && let Some(begin) = self.begin.take()
        {
            let object = self.kept.take();
            self.object(object.as_deref(), begin, entries)?;
        }
        self.at.byte += 1;
        self.at.line += u64::from(byte == b'\n');
        Ok(())
    }

    /// What was looked at so far is lines.
    fn be_lines(&mut self, entries: &mut Vec<Entry>) -> Result<(), FeedError> {
        self.elements.manner = Manner::Lines;
        let head = std::mem::take(&mut self.head);
        let number = self.at.number;
        self.at = Place { number, ..self.head_at };
        self.lines(&head, entries)
    }

    fn lines(&mut self, mut bytes: &[u8], entries: &mut Vec<Entry>) -> Result<(), FeedError> {
        loop {
            if self.kept.len() == 0 {
                let (blank, lines) = blank_lines(bytes);
                self.at.byte += u64::try_from(blank).unwrap_or(0);
                self.at.line += lines;
                bytes = bytes.get(blank..).unwrap_or_default();
            }
            let Some(end) = memchr::memchr(b'\n', bytes) else { break };
            let (line, rest) = bytes.split_at(end);
            self.kept.push(line)?;
            let size = self.kept.len() + 1;
            self.end_line(entries)?;
            self.at.line += 1;
            self.at.byte += u64::try_from(size).unwrap_or(0);
            bytes = rest.get(1..).unwrap_or_default();
        }
        self.kept.push(bytes)
    }

    fn end_line(&mut self, entries: &mut Vec<Entry>) -> Result<(), FeedError> {
        let line = self.kept.take();
        if line.as_ref().is_some_and(|line| line.trim_ascii().is_empty()) {
            return Ok(());
        }
        let before = entries.len();
        self.object(line.as_deref(), self.at, entries)?;
        let is_read = entries.iter().skip(before).any(Result::is_ok);
        if !self.any
            && !is_read
            && let Some(other) = line.as_deref().and_then(not_json)
        {
            entries.truncate(before);
            return Err(other);
        }
        Ok(())
    }

    /// What is an object, or a line that should be one; none: it was too long.
    fn object(&mut self, text: Option<&[u8]>, begin: Place, entries: &mut Vec<Entry>) -> Result<(), FeedError> {
        let read = text.map_or_else(|| Err((Fault::TooLarge, None)), read);
        match read {
            // As the first one, it is what a server says in the place of a feed, or a feed without a product.
            Ok(objects) if !self.any && objects.iter().all(is_empty_list) => {}
            Ok(objects) => {
                if let Some(error) = objects.first().filter(|_| !self.any).and_then(foreign::of_object) {
                    return Err(error);
                }
                self.any = true;
                for object in objects {
                    let mut record = Record::new(self.next(begin));
                    json::attributes(&mut record, &object);
                    entries.push(Ok(record));
                }
            }
            Err((fault, owner)) => {
                let place = self.next(begin);
                entries.push(Err(BadRecord { place, fault, owner }));
            }
        }
        Ok(())
    }

    fn next(&mut self, begin: Place) -> Place {
        self.at.number += 1;
        Place { number: self.at.number, ..begin }
    }
}

/// What a first line is that is no JSON.
fn not_json(line: &[u8]) -> Option<FeedError> {
    let line = line.trim_ascii();
    if matches!(line.first(), Some(b'{' | b'[' | 0x1e)) {
        return None;
    }
    let other = foreign::of_text(line);
    Some(other.unwrap_or_else(|| FeedError::NotAFeed("its first line is not a JSON object".into())))
}

type Object = Map<String, Value>;

/// The objects of a text that are a product or a variant each.
fn read(text: &[u8]) -> Result<Vec<Object>, (Fault, Option<Owner>)> {
    let Ok(text) = std::str::from_utf8(text) else {
        let objects = objects(&String::from_utf8_lossy(text)).unwrap_or_default();
        let owner = objects.first().and_then(|object| {
            let mut record = Record::new(Place::default());
            json::attributes(&mut record, object);
            record.owner()
        });
        return Err((Fault::Undecodable, owner));
    };
    objects(text).ok_or((Fault::Malformed, None))
}

fn objects(text: &str) -> Option<Vec<Object>> {
    let text = text.trim().trim_start_matches(SEPARATOR).trim_end_matches(',');
    let mut all = Vec::new();
    for value in serde_json::Deserializer::from_str(text).into_iter::<Value>() {
        let Ok(Value::Object(object)) = value else { return None };
        expand::variants(object, &mut all);
    }
    (!all.is_empty()).then_some(all)
}
