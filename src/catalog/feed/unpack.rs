//! gzip and zip undone, told by how the bytes begin and not by a name: text never begins like either.

use super::FeedError;
use super::zip::Zip;
use flate2::write::MultiGzDecoder;
use std::io::Write as _;

/// How every gzip member begins (RFC 1952 section 2.3.1).
const GZIP: [u8; 2] = [0x1f, 0x8b];
/// How a zip archive begins: with its first member, or, when it is empty, with its end.
const ZIP: [[u8; 4]; 2] = [*b"PK\x03\x04", *b"PK\x05\x06"];
/// As many bytes must be there before it is known how they begin.
const HEAD: usize = 4;

/// Takes what is unpacked.
pub(super) type Sink<'a> = &'a mut dyn FnMut(&[u8]) -> Result<(), FeedError>;

pub(super) enum Unpacker {
    /// Too little has arrived.
    Looking(Vec<u8>),
    Plain,
    Gzip(Box<MultiGzDecoder<Vec<u8>>>),
    Zip(Box<Zip>),
}

impl std::fmt::Debug for Unpacker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Looking(_) => "Looking",
            Self::Plain => "Plain",
            Self::Gzip(_) => "Gzip",
            Self::Zip(_) => "Zip",
        })
    }
}

impl Unpacker {
    pub(super) const fn new() -> Self {
        Self::Looking(Vec::new())
    }

    pub(super) fn push(&mut self, bytes: &[u8], sink: Sink<'_>) -> Result<(), FeedError> {
        match self {
            Self::Looking(seen) => {
                seen.extend_from_slice(bytes);
                if seen.len() < HEAD { Ok(()) } else { self.begin(sink) }
            }
            Self::Plain => sink(bytes),
            Self::Gzip(decoder) => {
                let written = decoder.write_all(bytes).and_then(|()| decoder.flush());
                drain(decoder, sink)?;
                written.map_err(|_| FeedError::Packed("its gzip is damaged"))
            }
            Self::Zip(zip) => zip.push(bytes, sink),
        }
    }

    pub(super) fn finish(&mut self, sink: Sink<'_>) -> Result<(), FeedError> {
        if let Self::Looking(_) = self {
            self.begin(sink)?;
        }
        match self {
            Self::Gzip(decoder) => {
                // Fails when the last member was cut.
                let finished = decoder.try_finish();
                drain(decoder, sink)?;
                finished.map_err(|_| FeedError::Truncated("its gzip is cut off or damaged"))
            }
            Self::Zip(zip) => zip.finish(),
            Self::Looking(_) | Self::Plain => Ok(()),
        }
    }

    fn begin(&mut self, sink: Sink<'_>) -> Result<(), FeedError> {
        let Self::Looking(seen) = self else { return Ok(()) };
        let seen = std::mem::take(seen);
        *self = if seen.starts_with(&GZIP) {
            Self::Gzip(Box::new(MultiGzDecoder::new(Vec::new())))
        } else if ZIP.iter().any(|begin| seen.starts_with(begin)) {
            Self::Zip(Box::new(Zip::new()))
        } else {
            Self::Plain
        };
        self.push(&seen, sink)
    }
}

fn drain(decoder: &mut MultiGzDecoder<Vec<u8>>, sink: Sink<'_>) -> Result<(), FeedError> {
    let unpacked = std::mem::take(decoder.get_mut());
    if unpacked.is_empty() { Ok(()) } else { sink(&unpacked) }
}
