//! Reading product feeds: bytes in, in whatever pieces they arrive, records out.
//!
//! gzip and zip are undone and the encoding is made UTF-8 before the format is read. Memory is bounded whatever is
//! sent: a record is kept up to [`MAX_RECORD`] bytes, a longer one is passed over and told as an error of its own, and
//! one that does not end within [`MAX_SKIP`] ends the reading. The time is in proportion to the bytes. Knows nothing of
//! products: a record is names and texts.

mod delimited;
mod elements;
mod encoding;
mod expand;
mod foreign;
mod header;
mod json;
mod jsonl;
mod names;
mod record;
mod split;
mod unpack;
mod xml;
mod xml_elements;
mod xml_item;
mod xml_markup;
mod xml_names;
mod xml_text;
mod zip;

#[cfg(test)]
mod tests;

pub use crate::domain::store::FeedEncoding;
pub use names::{OPTION, OTHER_PRICE, WITHDRAWN};
pub use record::{BadRecord, Fault, Form, Owner, Place, Record};

use delimited::Delimited;
use encoding::Transcoder;
use foreign::Head;
use jsonl::JsonLines;
use std::borrow::Cow;
use unpack::Unpacker;
use xml::Xml;

/// Longest record that is read, in bytes.
pub const MAX_RECORD: usize = 256 * 1024;
/// Longest record that is passed over, in bytes; beyond it the feed is taken for broken.
pub const MAX_SKIP: usize = 16 * 1024 * 1024;
/// At most so many bytes are worked on at once, so that what comes of them is bounded too: gzip makes at most a
/// thousand bytes of one.
pub const PIECE: usize = 4 * 1024;
/// Longest feed, unpacked, in bytes.
pub const MAX_FEED: u64 = 8 * 1024 * 1024 * 1024;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Google product data, RSS 2.0 or Atom; also elements of their own as shop systems write them.
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
    /// An encoding that is not known, or another one than was said.
    #[error("the feed's encoding cannot be read: {0}")]
    Encoding(&'static str),
    /// Something else than a feed of this format.
    #[error("this is no feed of this format: {0}")]
    NotAFeed(Cow<'static, str>),
    #[error("the feed breaks off: {0}")]
    Truncated(&'static str),
    /// gzip or zip that cannot be undone.
    #[error("the feed cannot be unpacked: {0}")]
    Packed(&'static str),
    /// A record, or what stands before the first one, does not end.
    #[error("the feed has a record that does not end within {MAX_SKIP} bytes")]
    Endless,
    #[error("the feed has more than {MAX_FEED} bytes once it is unpacked")]
    TooLarge,
}

/// A record, or why one cannot be used.
pub type Entry = Result<Record, BadRecord>;

#[derive(Debug)]
pub struct Feed {
    unpacker: Unpacker,
    text: Text,
}

/// What follows once the bytes are unpacked.
#[derive(Debug)]
struct Text {
    transcoder: Transcoder,
    decoder: Decoder,
    head: Head,
    left: u64,
}

#[derive(Debug)]
enum Decoder {
    Xml(Box<Xml>),
    Delimited(Box<Delimited>),
    Jsonl(Box<JsonLines>),
}

impl Feed {
    /// A feed of which nothing has been read; its encoding is found out.
    pub fn new(format: Format) -> Self {
        Self::encoded(format, None)
    }

    /// A feed in an encoding that somebody has told; only a byte order mark is believed more.
    pub fn encoded(format: Format, encoding: Option<FeedEncoding>) -> Self {
        let decoder = match format {
            Format::GoogleXml => Decoder::Xml(Box::new(Xml::new())),
            Format::GoogleTsv => Decoder::Delimited(Box::new(Delimited::new(Some(b'\t')))),
            Format::Csv => Decoder::Delimited(Box::new(Delimited::new(None))),
            Format::Jsonl => Decoder::Jsonl(Box::new(JsonLines::new())),
        };
        let transcoder = Transcoder::new(encoding, format == Format::GoogleXml);
        Self { unpacker: Unpacker::new(), text: Text { transcoder, decoder, head: Head::default(), left: MAX_FEED } }
    }

    /// Reads on. At most [`PIECE`] bytes at once keep `entries` small.
    ///
    /// # Errors
    /// [`FeedError`]; nothing more can be read then.
    pub fn push(&mut self, bytes: &[u8], entries: &mut Vec<Entry>) -> Result<(), FeedError> {
        let text = &mut self.text;
        self.unpacker.push(bytes, &mut |plain| text.push(plain, entries))
    }

    /// The feed is at its end.
    ///
    /// # Errors
    /// [`FeedError`] when it should not be.
    pub fn finish(&mut self, entries: &mut Vec<Entry>) -> Result<(), FeedError> {
        let text = &mut self.text;
        self.unpacker.finish(&mut |plain| text.push(plain, entries))?;
        text.finish(entries)
    }
}

impl Text {
    fn push(&mut self, bytes: &[u8], entries: &mut Vec<Entry>) -> Result<(), FeedError> {
        let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        self.left = self.left.checked_sub(size).ok_or(FeedError::TooLarge)?;
        let (head, decoder) = (&mut self.head, &mut self.decoder);
        self.transcoder.push(bytes, &mut |text| head.read(text, |text| decoder.push(text, entries)))
    }

    fn finish(&mut self, entries: &mut Vec<Entry>) -> Result<(), FeedError> {
        let (head, decoder) = (&mut self.head, &mut self.decoder);
        self.transcoder.finish(&mut |text| head.read(text, |text| decoder.push(text, entries)))?;
        if self.head.is_refused() {
            return self.head.end(Ok(()));
        }
        let end = match &mut self.decoder {
            Decoder::Xml(xml) => xml.finish(entries),
            Decoder::Delimited(delimited) => delimited.finish(entries),
            Decoder::Jsonl(lines) => lines.finish(entries),
        };
        self.head.end(end)
    }
}

impl Decoder {
    fn push(&mut self, text: &[u8], entries: &mut Vec<Entry>) -> Result<(), FeedError> {
        match self {
            Self::Xml(xml) => xml.push(text, entries),
            Self::Delimited(delimited) => delimited.push(text, entries),
            Self::Jsonl(lines) => lines.push(text, entries),
        }
    }
}
