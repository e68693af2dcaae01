//! Rows separated by commas, semicolons, tabs or bars, the first of them with the names. Quoting is that of RFC 4180,
//! which is also Google's for fields with tabs or line ends.

use super::record::{BadRecord, Fault, Record, attribute};
use super::{Entry, FeedError, MAX_RECORD, MAX_SKIP};
use csv_core::{ReadRecordResult, Reader, ReaderBuilder};

/// Columns of a row at most.
const MAX_COLUMNS: usize = 512;
/// Longest line of names, in bytes.
const MAX_HEADER: usize = 64 * 1024;
/// What may stand between columns when the format does not say.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

pub(super) struct Delimited {
    delimiter: Option<u8>,
    /// What was read before the delimiter was known.
    head: Vec<u8>,
    reader: Option<Box<Reader>>,
    names: Vec<Option<&'static str>>,
    has_names: bool,
    fields: Vec<u8>,
    filled: usize,
    ends: Vec<usize>,
    ended: usize,
    /// Bytes of a row that is too large.
    skipped: usize,
    number: u64,
}

impl std::fmt::Debug for Delimited {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Delimited")
            .field("delimiter", &self.delimiter)
            .field("number", &self.number)
            .finish_non_exhaustive()
    }
}

impl Delimited {
    /// `None`: found out from the line of names.
    pub(super) fn new(delimiter: Option<u8>) -> Self {
        Self {
            delimiter,
            head: Vec::new(),
            reader: None,
            names: Vec::new(),
            has_names: false,
            fields: vec![0; 4096],
            filled: 0,
            ends: vec![0; MAX_COLUMNS],
            ended: 0,
            skipped: 0,
            number: 0,
        }
    }

    pub(super) fn push(&mut self, bytes: &[u8], entries: &mut Vec<Entry>) -> Result<(), FeedError> {
        if self.reader.is_some() {
            return self.rows(bytes, entries);
        }
        self.head.extend_from_slice(bytes);
        if memchr::memchr2(b'\n', b'\r', &self.head).is_none() {
            return if self.head.len() > MAX_HEADER {
                Err(FeedError::NotAFeed("its first line does not end"))
            } else {
                Ok(())
            };
        }
        self.begin(entries)
    }

    pub(super) fn finish(&mut self, entries: &mut Vec<Entry>) -> Result<(), FeedError> {
        if self.reader.is_none() {
            if self.head.is_empty() {
                return Ok(());
            }
            self.head.push(b'\n');
            self.begin(entries)?;
        }
        // An empty input tells the reader that this is the end. A quote that is still open has then swallowed the rest.
        self.rows(&[], entries)
    }

    fn begin(&mut self, entries: &mut Vec<Entry>) -> Result<(), FeedError> {
        let head = std::mem::take(&mut self.head);
        let end = memchr::memchr2(b'\n', b'\r', &head).unwrap_or(head.len());
        let line = head.get(..end).unwrap_or_default();
        let delimiter = self.delimiter.unwrap_or_else(|| sniff(line));
        self.reader = Some(Box::new(ReaderBuilder::new().delimiter(delimiter).build()));
        self.rows(&head, entries)
    }

    fn rows(&mut self, mut bytes: &[u8], entries: &mut Vec<Entry>) -> Result<(), FeedError> {
        let at_end = bytes.is_empty();
        let Some(mut reader) = self.reader.take() else { return Ok(()) };
        let done = loop {
            let (fields, ends) = (
                self.fields.get_mut(self.filled..).unwrap_or_default(),
                self.ends.get_mut(self.ended..).unwrap_or_default(),
            );
            let (result, read, written, ended) = reader.read_record(bytes, fields, ends);
            bytes = bytes.get(read..).unwrap_or_default();
            self.filled += written;
            self.ended += ended;
            if self.skipped > 0 {
                self.skipped += read;
                if self.skipped > MAX_SKIP {
                    break Err(FeedError::Endless);
                }
            }
            match result {
                ReadRecordResult::InputEmpty => {
                    if !at_end {
                        break Ok(());
                    }
                }
                ReadRecordResult::OutputFull => self.grow(),
                ReadRecordResult::OutputEndsFull => self.skip(),
                ReadRecordResult::Record => {
                    if let Err(error) = self.row(entries) {
                        break Err(error);
                    }
                }
                ReadRecordResult::End => break Ok(()),
            }
        };
        self.reader = Some(reader);
        done
    }

    /// Makes room for the row, or begins to pass it over.
    fn grow(&mut self) {
        if self.skipped == 0 && self.fields.len() < MAX_RECORD {
            self.fields.resize((self.fields.len() * 2).min(MAX_RECORD), 0);
        } else {
            self.skip();
        }
    }

    fn skip(&mut self) {
        self.skipped += self.filled.max(1);
        (self.filled, self.ended) = (0, 0);
    }

    fn row(&mut self, entries: &mut Vec<Entry>) -> Result<(), FeedError> {
        let too_large = std::mem::take(&mut self.skipped) > 0;
        let (filled, ended) = (std::mem::take(&mut self.filled), std::mem::take(&mut self.ended));
        if !self.has_names {
            if too_large {
                return Err(FeedError::NotAFeed("its first line is too long"));
            }
            return self.name_columns(filled, ended);
        }
        self.number += 1;
        let number = self.number;
        let read = if too_large { Err(Fault::TooLarge) } else { self.read(filled, ended) };
        // One large row must not keep its room for the rest of the feed.
        if self.fields.len() > 64 * 1024 {
            self.fields = vec![0; 4096];
        }
        entries.push(read.map_err(|fault| BadRecord { number, fault }));
        Ok(())
    }

    fn columns(&self, filled: usize, ended: usize) -> Result<Vec<&str>, Fault> {
        let fields = std::str::from_utf8(self.fields.get(..filled).unwrap_or_default()).map_err(|_| Fault::NotUtf8)?;
        let mut start = 0;
        let mut columns = Vec::with_capacity(ended);
        for end in self.ends.get(..ended).unwrap_or_default() {
            // Two halves of a character on both sides of a delimiter are UTF-8 only together.
            columns.push(fields.get(start..*end).ok_or(Fault::NotUtf8)?);
            start = *end;
        }
        Ok(columns)
    }

    fn name_columns(&mut self, filled: usize, ended: usize) -> Result<(), FeedError> {
        let columns = self.columns(filled, ended).map_err(|_| FeedError::Encoding("in its first line"))?;
        let mut names: Vec<Option<&'static str>> = Vec::with_capacity(columns.len());
        for column in columns {
            names.push(attribute(column));
        }
        let has = |name: &'static str| names.contains(&Some(name));
        if !has("id") {
            return Err(FeedError::NotAFeed("its first line names no column `id`"));
        }
        if !has("title") {
            return Err(FeedError::NotAFeed("its first line names no column `title`"));
        }
        (self.names, self.has_names) = (names, true);
        Ok(())
    }

    fn read(&self, filled: usize, ended: usize) -> Result<Record, Fault> {
        let columns = self.columns(filled, ended)?;
        if columns.iter().skip(self.names.len()).any(|column| !column.trim().is_empty()) {
            return Err(Fault::TooManyColumns);
        }
        let mut record = Record::new(self.number);
        for (name, column) in self.names.iter().zip(columns) {
            if let Some(name) = name {
                record.add(name, column);
            }
        }
        Ok(record)
    }
}

/// The delimiter that stands most often in the line of names, outside of quotes.
fn sniff(line: &[u8]) -> u8 {
    let mut counts = [0_usize; DELIMITERS.len()];
    let mut quoted = false;
    for byte in line {
        quoted ^= *byte == b'"';
        if !quoted
            && let Some(at) = DELIMITERS.iter().position(|delimiter| delimiter == byte)
            && let Some(count) = counts.get_mut(at)
        {
            *count += 1;
        }
    }
    let most = DELIMITERS.iter().zip(counts).rev().max_by_key(|(_, count)| *count);
    most.map_or(b',', |(delimiter, _)| *delimiter)
}
