//! Rows separated by commas, semicolons, tabs or bars, the first of them with the names.
//!
//! A row is what stands on a line, or goes on over further lines while a quote is open (RFC 4180). A quote that is open
//! only because somebody wrote an inch mark is a character: that is told by the lines behind it, which are rows of
//! their own then. A row that has not as many columns as there are names is a fault, and is of no use: nobody knows
//! which of its fields is missing.

use super::header::{Header, delimiter_line, sniff};
use super::record::{BadRecord, Fault, Owner, Place, Record};
use super::split::{blank_lines, is_open_after, literal, quoted, unblanked};
use super::{Entry, FeedError, MAX_RECORD, MAX_SKIP};
use std::borrow::Cow;

/// Longest line of names, in bytes.
const MAX_HEADER: usize = 64 * 1024;

#[derive(Debug)]
pub(super) struct Delimited {
    delimiter: Option<u8>,
    /// Tabs stand in no field, so a row whose columns are right without regard to quotes is meant so.
    tabs_first: bool,
    header: Option<Header>,
    /// The line that is being read.
    line: Vec<u8>,
    /// Where it begins.
    begin: Place,
    /// Bytes of it, when it is too long.
    skipped: usize,
    /// Whole lines of a row in which a quote is open, joined by line feeds.
    row: Vec<u8>,
    /// Where each of them begins: in `row`, and in the feed.
    lines: Vec<(usize, Place)>,
    /// A carriage return was the last byte: a line feed belongs to it.
    after_return: bool,
    /// The line that is looked at is the feed's last one, and has no end.
    ends_open: bool,
    /// Where the next byte stands; the number is that of the last record.
    at: Place,
}

impl Delimited {
    /// `None`: found out from the line of names.
    pub(super) fn new(delimiter: Option<u8>) -> Self {
        let at = Place { number: 0, line: 1, byte: 0 };
        Self {
            delimiter,
            tabs_first: delimiter == Some(b'\t'),
            header: None,
            line: Vec::new(),
            begin: at,
            skipped: 0,
            row: Vec::new(),
            lines: Vec::new(),
            after_return: false,
            ends_open: false,
            at,
        }
    }

    pub(super) fn push(&mut self, mut bytes: &[u8], entries: &mut Vec<Entry>) -> Result<(), FeedError> {
        if self.after_return && !bytes.is_empty() {
            self.after_return = false;
            if let [b'\n', rest @ ..] = bytes {
                self.at.byte += 1;
                self.begin.byte += 1;
                bytes = rest;
            }
        }
        loop {
            if self.line.is_empty() && self.skipped == 0 && self.lines.is_empty() {
                let (size, lines) = blank_lines(bytes);
                self.at.byte += u64::try_from(size).unwrap_or(0);
                self.at.line += lines;
                self.begin = self.at;
                bytes = bytes.get(size..).unwrap_or_default();
            }
            let Some(end) = memchr::memchr2(b'\n', b'\r', bytes) else { break };
            let (line, rest) = bytes.split_at(end);
            self.take(line)?;
            let size = if rest.starts_with(b"\r\n") { 2 } else { 1 };
            self.after_return = rest == b"\r";
            self.at.byte += if size == 2 { 2 } else { 1 };
            self.at.line += 1;
            self.end_line(entries)?;
            self.begin = self.at;
            bytes = rest.get(size..).unwrap_or_default();
        }
        self.take(bytes)
    }

    pub(super) fn finish(&mut self, entries: &mut Vec<Entry>) -> Result<(), FeedError> {
        if !self.line.is_empty() || self.skipped > 0 {
            self.ends_open = true;
            self.end_line(entries)?;
        }
        // A quote that has no end was none, unless the feed is cut off behind it.
        self.apart(entries);
        Ok(())
    }

    /// Keeps a part of a line.
    fn take(&mut self, bytes: &[u8]) -> Result<(), FeedError> {
        self.at.byte += u64::try_from(bytes.len()).unwrap_or(0);
        let limit = if self.header.is_none() { MAX_HEADER } else { MAX_RECORD };
        if self.skipped == 0 && self.line.len() + bytes.len() <= limit {
            self.line.extend_from_slice(bytes);
            return Ok(());
        }
        if self.header.is_none() {
            return Err(FeedError::NotAFeed("its first line does not end".into()));
        }
        self.skipped += bytes.len();
        if self.skipped > MAX_SKIP { Err(FeedError::Endless) } else { Ok(()) }
    }

    fn end_line(&mut self, entries: &mut Vec<Entry>) -> Result<(), FeedError> {
        if self.line.is_empty() && self.skipped == 0 && self.lines.is_empty() {
            return Ok(());
        }
        let (line, begin) = (std::mem::take(&mut self.line), self.begin);
        let too_large = std::mem::take(&mut self.skipped) > 0;
        let Some(header) = &self.header else {
            let read = self.name_columns(&line);
            // Lines before that of the names may say anything.
            return if self.header.is_none() && line.trim_ascii().starts_with(b"#") { Ok(()) } else { read };
        };
        let delimiter = header.delimiter;
        if too_large {
            self.apart(entries);
            let owner = header_owner(self.header.as_ref(), &String::from_utf8_lossy(&line));
            self.bad(begin, Fault::TooLarge, owner, entries);
            return Ok(());
        }
        let was_open = !self.lines.is_empty();
        if !was_open && (line.is_empty() || self.is_whole_without_quotes(&line)) {
            self.single(&line, begin, entries);
            return Ok(());
        }
        let is_open = is_open_after(&line, delimiter, was_open);
        if !was_open && !is_open {
            self.single(&line, begin, entries);
            return Ok(());
        }
        if self.row.len() + line.len() >= MAX_RECORD {
            self.apart(entries);
            self.line_apart(&line, begin, entries);
            return Ok(());
        }
        if was_open {
            self.row.push(b'\n');
        }
        self.lines.push((self.row.len(), begin));
        self.row.extend_from_slice(&line);
        if !is_open {
            self.several(entries);
        }
        Ok(())
    }

    fn name_columns(&mut self, line: &[u8]) -> Result<(), FeedError> {
        let line = std::str::from_utf8(line).map_err(|_| {
            super::foreign::of_bytes(line).unwrap_or(FeedError::Encoding(
                "its first line is not text in the encoding it is said to be in; set `feed_encoding`",
            ))
        })?;
        if line.trim().is_empty() {
            return Ok(());
        }
        // Excel's own way to say it.
        if let Some(delimiter) = delimiter_line(line) {
            self.delimiter = Some(delimiter);
            return Ok(());
        }
        if let Some(other) = super::foreign::of_text(line.as_bytes()) {
            return Err(other);
        }
        let delimiter = self.delimiter.unwrap_or_else(|| sniff(line));
        self.header = Some(Header::read(line, delimiter)?);
        Ok(())
    }

    fn is_whole_without_quotes(&self, line: &[u8]) -> bool {
        let Some(header) = self.header.as_ref().filter(|_| self.tabs_first) else { return false };
        std::str::from_utf8(line).is_ok_and(|line| header.fits(&literal(line, header.delimiter)))
    }

    /// A row on one line.
    fn single(&mut self, line: &[u8], begin: Place, entries: &mut Vec<Entry>) {
        let Some(header) = &mut self.header else { return };
        let delimiter = header.delimiter;
        let Ok(text) = std::str::from_utf8(line) else {
            let owner = header.owner(&literal(&String::from_utf8_lossy(line), delimiter));
            return self.bad(begin, Fault::Undecodable, owner, entries);
        };
        let plain = literal(text, delimiter);
        if plain.iter().all(|field| field.trim().is_empty()) {
            return;
        }
        let fields = if self.tabs_first && header.fits(&plain) { None } else { quoted(text, delimiter) };
        if let Some(fields) = fields.filter(|fields| header.fits_first(fields)) {
            return self.row_of(&fields, begin, entries);
        }
        // A quote with a blank before it: `1, "a, b"`.
        let unblanked = if header.fits(&plain) { None } else { unblanked(text, delimiter) };
        let fields = unblanked.as_deref().and_then(|text| quoted(text, delimiter));
        let fields = fields.filter(|fields| header.fits(fields)).unwrap_or(plain);
        self.row_of(&fields, begin, entries);
    }

    /// A row over several lines, or rows that a quote has joined.
    fn several(&mut self, entries: &mut Vec<Entry>) {
        let Some(header) = &self.header else { return };
        let Ok(row) = std::str::from_utf8(&self.row) else { return self.apart(entries) };
        let mut behind = self.lines.iter().skip(1).map(|(start, _)| *start).peekable();
        let mut swallows = false;
        while let Some(start) = behind.next() {
            let end = behind.peek().map_or(row.len(), |next| next - 1);
            swallows |= header.looks_like_a_row(row.get(start..end).unwrap_or_default());
        }
        match quoted(row, header.delimiter) {
            Some(fields) if !swallows && header.fits(&fields) => {
                let fields: Vec<Cow<'_, str>> =
                    fields.into_iter().map(|field| Cow::Owned(field.into_owned())).collect();
                let begin = self.lines.first().map_or(self.begin, |(_, begin)| *begin);
                (self.row, self.lines) = (Vec::new(), Vec::new());
                self.row_of(&fields, begin, entries);
            }
            _ => self.apart(entries),
        }
    }

    /// What an open quote has joined, line by line: it was a character. What is no row by itself is a fault.
    fn apart(&mut self, entries: &mut Vec<Entry>) {
        let (row, lines) = (std::mem::take(&mut self.row), std::mem::take(&mut self.lines));
        let ends_open = std::mem::take(&mut self.ends_open);
        let mut lines = lines.into_iter().peekable();
        while let Some((start, begin)) = lines.next() {
            let end = lines.peek().map_or(row.len(), |(next, _)| next - 1);
            self.ends_open = ends_open && lines.peek().is_none();
            self.line_apart(row.get(start..end).unwrap_or_default(), begin, entries);
        }
        self.ends_open = ends_open;
    }

    fn line_apart(&mut self, line: &[u8], begin: Place, entries: &mut Vec<Entry>) {
        let Some(header) = &self.header else { return };
        let lossy = String::from_utf8_lossy(line);
        if lossy.trim().is_empty() {
            return;
        }
        if matches!(lossy, Cow::Borrowed(_)) && header.looks_like_a_row(&lossy) {
            let fields = literal(&lossy, header.delimiter);
            return self.row_of(&fields, begin, entries);
        }
        // Perhaps a line of a description: its first word is nobody's id.
        self.bad(begin, Fault::Columns, None, entries);
    }

    fn row_of(&mut self, fields: &[Cow<'_, str>], begin: Place, entries: &mut Vec<Entry>) {
        let Some(header) = &mut self.header else { return };
        if header.is_repeated(fields) {
            return;
        }
        if !header.fits_first(fields) {
            let owner = header.owner(fields);
            return self.bad(begin, Fault::Columns, owner, entries);
        }
        self.at.number += 1;
        let mut record = Record::new(Place { number: self.at.number, ..begin });
        header.fill(&mut record, fields);
        header.learn(&record);
        record.ends_open = self.ends_open;
        entries.push(Ok(record));
    }

    fn bad(&mut self, begin: Place, fault: Fault, owner: Option<Owner>, entries: &mut Vec<Entry>) {
        let fault = if self.ends_open && fault == Fault::Columns { Fault::CutOff } else { fault };
        self.at.number += 1;
        entries.push(Err(BadRecord { place: Place { number: self.at.number, ..begin }, fault, owner }));
    }
}

fn header_owner(header: Option<&Header>, line: &str) -> Option<Owner> {
    let header = header?;
    header.owner(&literal(line, header.delimiter))
}
