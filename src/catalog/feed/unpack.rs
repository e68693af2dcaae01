//! gzip and zip undone, one in the other, too, told by how the bytes begin and not by a name: text never begins like
//! either.

use super::FeedError;
use super::zip::Zip;
use flate2::write::GzDecoder;
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
    Gzip(Box<Gzip>, Box<Unpacker>),
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
            Way::Gzip(gzip, inner) => gzip.push(bytes, &mut |plain| inner.push(plain, sink)),
            Way::Zip(zip, inner) => zip.push(bytes, &mut |plain| inner.push(plain, sink)),
        }
    }

    pub(super) fn finish(&mut self, sink: Sink<'_>) -> Result<(), FeedError> {
        if let Way::Looking(_) = self.way {
            self.begin(sink)?;
        }
        match &mut self.way {
            Way::Gzip(gzip, inner) => {
                gzip.finish(&mut |plain| inner.push(plain, sink))?;
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
            Way::Gzip(Box::new(Gzip::new()), inner)
        } else if is_zip {
            Way::Zip(Box::new(Zip::new()), inner)
        } else {
            Way::Plain
        };
        self.push(&seen, sink)
    }
}

/// The members of a gzip file, one behind the other. Zeros behind one are padding, as tapes and copies of whole blocks
/// leave it.
struct Gzip {
    member: GzDecoder<Vec<u8>>,
    /// Behind a member that is whole.
    between: bool,
}

impl Gzip {
    fn new() -> Self {
        Self { member: GzDecoder::new(Vec::new()), between: false }
    }

    fn push(&mut self, mut bytes: &[u8], sink: Sink<'_>) -> Result<(), FeedError> {
        let damaged = FeedError::Packed("its gzip is damaged");
        loop {
            if self.between {
                let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
                bytes = bytes.get(zeros..).unwrap_or_default();
            }
            if bytes.is_empty() {
                return Ok(());
            }
            if std::mem::take(&mut self.between) {
                self.member = GzDecoder::new(Vec::new());
            }
            let Ok(used) = self.member.write(bytes) else { return Err(damaged) };
            let is_over = used == 0;
            let flushed = if is_over { self.member.try_finish() } else { self.member.flush() };
            drain(&mut self.member, sink)?;
            if flushed.is_err() {
                return Err(damaged);
            }
            self.between = is_over;
            bytes = bytes.get(used..).unwrap_or_default();
        }
    }

    fn finish(&mut self, sink: Sink<'_>) -> Result<(), FeedError> {
        if self.between {
            return Ok(());
        }
        // Fails when the last member was cut.
        let finished = self.member.try_finish();
        drain(&mut self.member, sink)?;
        finished.map_err(|_| FeedError::Truncated("its gzip is cut off or damaged"))
    }
}

fn drain(decoder: &mut GzDecoder<Vec<u8>>, sink: Sink<'_>) -> Result<(), FeedError> {
    let unpacked = std::mem::take(decoder.get_mut());
    // One piece makes a thousand times as much, and what is packed in it a thousand times that.
    unpacked.chunks(super::PIECE).try_for_each(sink)
}
