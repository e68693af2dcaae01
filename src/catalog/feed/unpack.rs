//! gzip and zip undone, one in the other, too, told by how the bytes begin and not by a name: text never begins like
//! either.

use super::FeedError;
use super::zip::Zip;
use flate2::write::MultiGzDecoder;
use std::io::Write as _;

/// How every gzip member begins (RFC 1952 section 2.3.1).
const GZIP: [u8; 2] = [0x1f, 0x8b];
/// How a zip archive begins: with its first member, or, when it is empty, with its end.
const ZIP: [[u8; 4]; 2] = [*b"PK\x03\x04", *b"PK\x05\x06"];
/// Layers that are undone: a server compresses what somebody has packed and named.
const MOST_LAYERS: u8 = 3;
/// As many bytes must be there before it is known how they begin.
const HEAD: usize = 4;

/// Takes what is unpacked.
pub(super) type Sink<'a> = &'a mut dyn FnMut(&[u8]) -> Result<(), FeedError>;

pub(super) struct Unpacker {
    way: Way,
    /// How many layers are around this one.
    depth: u8,
}

enum Way {
    /// Too little has arrived.
    Looking(Vec<u8>),
    Plain,
    /// What comes of it may be packed, too.
    Gzip(Box<MultiGzDecoder<Vec<u8>>>, Box<Unpacker>),
    Zip(Box<Zip>, Box<Unpacker>),
}

impl std::fmt::Debug for Unpacker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self.way {
            Way::Looking(_) => "Looking",
            Way::Plain => "Plain",
            Way::Gzip(..) => "Gzip",
            Way::Zip(..) => "Zip",
        })
    }
}

impl Unpacker {
    pub(super) const fn new() -> Self {
        Self { way: Way::Looking(Vec::new()), depth: 0 }
    }

    pub(super) fn push(&mut self, bytes: &[u8], sink: Sink<'_>) -> Result<(), FeedError> {
        match &mut self.way {
            Way::Looking(seen) => {
                seen.extend_from_slice(bytes);
                if seen.len() < HEAD { Ok(()) } else { self.begin(sink) }
            }
            Way::Plain => sink(bytes),
            Way::Gzip(decoder, inner) => {
                let written = decoder.write_all(bytes).and_then(|()| decoder.flush());
                drain(decoder, &mut |plain| inner.push(plain, sink))?;
                written.map_err(|_| FeedError::Packed("its gzip is damaged"))
            }
            Way::Zip(zip, inner) => zip.push(bytes, &mut |plain| inner.push(plain, sink)),
        }
    }

    pub(super) fn finish(&mut self, sink: Sink<'_>) -> Result<(), FeedError> {
        if let Way::Looking(_) = self.way {
            self.begin(sink)?;
        }
        match &mut self.way {
            Way::Gzip(decoder, inner) => {
                // Fails when the last member was cut.
                let finished = decoder.try_finish();
                drain(decoder, &mut |plain| inner.push(plain, sink))?;
                finished.map_err(|_| FeedError::Truncated("its gzip is cut off or damaged"))?;
                inner.finish(sink)
            }
            Way::Zip(zip, inner) => {
                zip.finish()?;
                inner.finish(sink)
            }
            Way::Looking(_) | Way::Plain => Ok(()),
        }
    }

    fn begin(&mut self, sink: Sink<'_>) -> Result<(), FeedError> {
        let Way::Looking(seen) = &mut self.way else { return Ok(()) };
        let seen = std::mem::take(seen);
        let is_zip = ZIP.iter().any(|begin| seen.starts_with(begin));
        if self.depth >= MOST_LAYERS && (is_zip || seen.starts_with(&GZIP)) {
            return Err(FeedError::Packed("it is packed more than three times"));
        }
        let inner = Box::new(Self { way: Way::Looking(Vec::new()), depth: self.depth + 1 });
        self.way = if seen.starts_with(&GZIP) {
            Way::Gzip(Box::new(MultiGzDecoder::new(Vec::new())), inner)
        } else if is_zip {
            Way::Zip(Box::new(Zip::new()), inner)
        } else {
            Way::Plain
        };
        self.push(&seen, sink)
    }
}

fn drain(decoder: &mut MultiGzDecoder<Vec<u8>>, sink: Sink<'_>) -> Result<(), FeedError> {
    let unpacked = std::mem::take(decoder.get_mut());
    // One piece makes a thousand times as much, and what is packed in it a thousand times that.
    unpacked.chunks(super::PIECE).try_for_each(sink)
}
