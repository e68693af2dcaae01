//! Reading product feeds: bytes in, in whatever pieces they arrive, records out.
//!
//! Memory is bounded whatever is sent: a record is kept up to [`MAX_RECORD`] bytes, a longer one is passed over and
//! told as an error of its own, and one that does not end within [`MAX_SKIP`] ends the reading. Knows nothing of
//! products: a record is names and texts.

mod delimited;
mod jsonl;
mod record;
mod xml;
mod xml_item;

#[cfg(test)]
mod tests;

pub use record::{BadRecord, Fault, Record};

use delimited::Delimited;
use jsonl::JsonLines;
use xml::Xml;

/// Longest record that is read, in bytes.
pub const MAX_RECORD: usize = 256 * 1024;
/// Longest record that is passed over, in bytes; beyond it the feed is taken for broken.
pub const MAX_SKIP: usize = 16 * 1024 * 1024;
/// At most so many bytes are worked on at once, so that what comes of them is bounded too.
pub const PIECE: usize = 16 * 1024;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Google product data, RSS 2.0 or Atom.
    GoogleXml,
    /// Google product data, separated by tabs.
    GoogleTsv,
    /// Separated by commas, semicolons, tabs or bars, with a line of names.
    Csv,
    Jsonl,
}

/// The feed cannot be read any further.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FeedError {
    /// Another encoding than UTF-8.
    #[error("the feed is not UTF-8 ({0}); save it as UTF-8")]
    Encoding(&'static str),
    /// Something else than a feed of this format.
    #[error("this is no feed of this format: {0}")]
    NotAFeed(&'static str),
    #[error("the feed breaks off: {0}")]
    Truncated(&'static str),
    /// A record, or what stands before the first one, does not end.
    #[error("the feed has a record that does not end within {MAX_SKIP} bytes")]
    Endless,
}

/// A record, or why one cannot be used.
pub type Entry = Result<Record, BadRecord>;

#[derive(Debug)]
pub struct Feed {
    start: Start,
    decoder: Decoder,
}

/// The byte order mark, which may come in pieces.
#[derive(Debug)]
enum Start {
    Looking(Vec<u8>),
    Seen,
}

#[derive(Debug)]
enum Decoder {
    Xml(Xml),
    Delimited(Delimited),
    Jsonl(JsonLines),
}

impl Feed {
    /// A feed of which nothing has been read.
    pub fn new(format: Format) -> Self {
        let decoder = match format {
            Format::GoogleXml => Decoder::Xml(Xml::new()),
            Format::GoogleTsv => Decoder::Delimited(Delimited::new(Some(b'\t'))),
            Format::Csv => Decoder::Delimited(Delimited::new(None)),
            Format::Jsonl => Decoder::Jsonl(JsonLines::new()),
        };
        Self { start: Start::Looking(Vec::new()), decoder }
    }

    /// Reads on. At most [`PIECE`] bytes at once keep `entries` small.
    ///
    /// # Errors
    /// [`FeedError`]; nothing more can be read then.
    pub fn push(&mut self, bytes: &[u8], entries: &mut Vec<Entry>) -> Result<(), FeedError> {
        if let Start::Looking(seen) = &mut self.start {
            seen.extend_from_slice(bytes);
            if seen.len() < 3 {
                return Ok(());
            }
            let seen = std::mem::take(seen);
            return self.begin(&seen, entries);
        }
        self.decode(bytes, entries)
    }

    /// The feed is at its end.
    ///
    /// # Errors
    /// [`FeedError`] when it should not be.
    pub fn finish(&mut self, entries: &mut Vec<Entry>) -> Result<(), FeedError> {
        if let Start::Looking(seen) = &mut self.start {
            let seen = std::mem::take(seen);
            self.begin(&seen, entries)?;
        }
        match &mut self.decoder {
            Decoder::Xml(xml) => xml.finish(),
            Decoder::Delimited(delimited) => delimited.finish(entries),
            Decoder::Jsonl(lines) => lines.finish(entries),
        }
    }

    fn begin(&mut self, seen: &[u8], entries: &mut Vec<Entry>) -> Result<(), FeedError> {
        self.start = Start::Seen;
        if seen.starts_with(&[0xff, 0xfe]) || seen.starts_with(&[0xfe, 0xff]) {
            return Err(FeedError::Encoding("it begins as UTF-16"));
        }
        if seen.starts_with(&[0x1f, 0x8b]) {
            return Err(FeedError::NotAFeed("it is compressed"));
        }
        self.decode(seen.strip_prefix(&[0xef, 0xbb, 0xbf]).unwrap_or(seen), entries)
    }

    fn decode(&mut self, bytes: &[u8], entries: &mut Vec<Entry>) -> Result<(), FeedError> {
        match &mut self.decoder {
            Decoder::Xml(xml) => xml.push(bytes, entries),
            Decoder::Delimited(delimited) => delimited.push(bytes, entries),
            Decoder::Jsonl(lines) => lines.push(bytes, entries),
        }
    }
}
