//! Whatever encoding a feed is in, as UTF-8.
//!
//! A byte order mark is believed first, then what somebody has told (a setting, the content type), then how the first
//! characters lie in the bytes, then the XML declaration. Without any of them it is UTF-8. A byte that is no text is
//! passed on as a byte that UTF-8 never has, so that its record is found faulty and no other.

use super::unpack::Sink;
use super::{FeedEncoding, FeedError};
use encoding_rs::{Decoder, DecoderResult, Encoding, UTF_8, UTF_16BE, UTF_16LE};
use std::fmt;

/// Stands in UTF-8 nowhere.
const NO_TEXT: [u8; 1] = [0xff];
/// As many bytes say how the text lies in them.
const HEAD: usize = 4;
/// Longest XML declaration, in bytes.
const MAX_DECLARATION: usize = 1024;
/// Text made at once, in bytes.
const BLOCK: usize = 8 * 1024;

#[derive(Debug)]
pub(super) struct Transcoder {
    told: Option<FeedEncoding>,
    is_xml: bool,
    way: Way,
}

enum Way {
    /// Too little has arrived.
    Looking(Vec<u8>),
    /// It is UTF-8 already; each record is looked at by itself.
    Plain,
    Decoding(Box<Decoder>),
}

impl fmt::Debug for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Looking(_) => "Looking",
            Self::Plain => "Plain",
            Self::Decoding(_) => "Decoding",
        })
    }
}

impl Transcoder {
    pub(super) const fn new(told: Option<FeedEncoding>, is_xml: bool) -> Self {
        Self { told, is_xml, way: Way::Looking(Vec::new()) }
    }

    pub(super) fn push(&mut self, bytes: &[u8], sink: Sink<'_>) -> Result<(), FeedError> {
        match &mut self.way {
            Way::Looking(seen) => {
                seen.extend_from_slice(bytes);
                if seen.len() < HEAD || (self.is_xml && declaration_is_open(seen)) {
                    return Ok(());
                }
                self.begin(sink)
            }
            Way::Plain => sink(bytes),
            Way::Decoding(decoder) => decode(decoder, bytes, false, sink),
        }
    }

    pub(super) fn finish(&mut self, sink: Sink<'_>) -> Result<(), FeedError> {
        if let Way::Looking(_) = self.way {
            self.begin(sink)?;
        }
        match &mut self.way {
            Way::Decoding(decoder) => decode(decoder, &[], true, sink),
            Way::Looking(_) | Way::Plain => Ok(()),
        }
    }

    fn begin(&mut self, sink: Sink<'_>) -> Result<(), FeedError> {
        let Way::Looking(seen) = &mut self.way else { return Ok(()) };
        let seen = std::mem::take(seen);
        let (encoding, mark) = match Encoding::for_bom(&seen) {
            Some(found) => found,
            None => (self.without_mark(&seen)?, 0),
        };
        self.way = if encoding == UTF_8 {
            Way::Plain
        } else {
            Way::Decoding(Box::new(encoding.new_decoder_without_bom_handling()))
        };
        self.push(seen.get(mark..).unwrap_or_default(), sink)
    }

    fn without_mark(&self, seen: &[u8]) -> Result<&'static Encoding, FeedError> {
        if let Some(told) = self.told {
            return Ok(told.encoding());
        }
        // No feed has a NUL: this is one half of an ASCII character.
        match seen {
            [0, second, ..] if *second != 0 => return Ok(UTF_16BE),
            [first, 0, ..] if *first != 0 => return Ok(UTF_16LE),
            _ => {}
        }
        let Some(label) = self.is_xml.then(|| declared(seen)).flatten() else { return Ok(UTF_8) };
        let Some(encoding) = Encoding::for_label_no_replacement(label) else {
            return Err(FeedError::Encoding("its XML declaration names an encoding that is not known"));
        };
        // Programs that write their text to a string first say UTF-16 and then save UTF-8; it can be read, so it is.
        Ok(if encoding == UTF_16LE || encoding == UTF_16BE { UTF_8 } else { encoding })
    }
}

fn decode(decoder: &mut Decoder, mut bytes: &[u8], last: bool, sink: Sink<'_>) -> Result<(), FeedError> {
    let mut block = [0; BLOCK];
    loop {
        let (result, read, written) = decoder.decode_to_utf8_without_replacement(bytes, &mut block, last);
        bytes = bytes.get(read..).unwrap_or_default();
        if written > 0 {
            sink(block.get(..written).unwrap_or_default())?;
        }
        match result {
            DecoderResult::InputEmpty => return Ok(()),
            DecoderResult::OutputFull => {}
            DecoderResult::Malformed(..) => sink(&NO_TEXT)?,
        }
    }
}

/// Whether an XML declaration has begun and is not at its end.
fn declaration_is_open(seen: &[u8]) -> bool {
    let begun = seen.starts_with(b"<?xml") || b"<?xml".starts_with(seen);
    begun && seen.len() < MAX_DECLARATION && !seen.contains(&b'>')
}

/// The encoding that an XML declaration names.
fn declared(seen: &[u8]) -> Option<&[u8]> {
    let inside = seen.strip_prefix(b"<?xml")?.split(|byte| *byte == b'>').next()?;
    let at = memchr::memmem::find(inside, b"encoding")?;
    inside.get(at..)?.split(|byte| matches!(byte, b'"' | b'\'')).nth(1)
}
