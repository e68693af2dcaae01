//! A zip archive with one file, read from its beginning to its end as it arrives (APPNOTE.TXT 6.3.10).
//!
//! The directory at the end of an archive is what other readers begin with; here it is only waited for, as the sign
//! that the archive is whole. Folders, hidden files and what macOS and Windows put beside files are passed over.

use super::FeedError;
use super::unpack::Sink;
use flate2::{Decompress, FlushDecompress, Status};

const LOCAL: [u8; 4] = *b"PK\x03\x04";
const DIRECTORY: [u8; 4] = *b"PK\x01\x02";
const DESCRIPTOR: [u8; 4] = *b"PK\x07\x08";
/// A local header without name and extra field.
const HEADER: usize = 30;
/// Longest name with extra field, in bytes.
const MAX_NAMES: usize = 64 * 1024;
/// What Windows puts beside files.
const BESIDE: [&[u8]; 2] = [b"Thumbs.db", b"desktop.ini"];
/// Unpacked at once, in bytes.
const BLOCK: usize = 32 * 1024;
// General purpose bits: a password is needed; sizes stand behind the data.
const ENCRYPTED: u16 = 1;
const SIZES_BEHIND: u16 = 1 << 3;

pub(super) struct Zip {
    at: At,
    /// What cannot be understood before more of it is there.
    head: Vec<u8>,
    found: bool,
}

enum At {
    Header,
    /// In data that is not compressed, with so many bytes left.
    Stored {
        left: u64,
        sum: Sum,
    },
    Deflated {
        inflate: Decompress,
        sum: Sum,
    },
    /// Behind data whose sum and sizes follow it.
    Descriptor(Sum),
    /// In the directory: nothing more is needed.
    Done,
}

/// What the data must come to.
struct Sum {
    hasher: crc32fast::Hasher,
    /// None: it stands behind the data.
    expected: Option<u32>,
    /// A file, and not a folder or the like.
    is_file: bool,
}

impl Zip {
    pub(super) const fn new() -> Self {
        Self { at: At::Header, head: Vec::new(), found: false }
    }

    pub(super) fn push(&mut self, mut bytes: &[u8], sink: Sink<'_>) -> Result<(), FeedError> {
        while !bytes.is_empty() {
            bytes = match &mut self.at {
                At::Done => return Ok(()),
                At::Header | At::Descriptor(_) => {
                    self.head.extend_from_slice(bytes);
                    let head = std::mem::take(&mut self.head);
                    let used = self.begin(&head)?;
                    let rest = head.get(used..).unwrap_or_default();
                    if used == 0 {
                        self.head = head;
                        return Ok(());
                    }
                    return self.push(rest, sink);
                }
                At::Stored { left, sum } => {
                    let size = usize::try_from(*left).unwrap_or(usize::MAX).min(bytes.len());
                    let (data, rest) = bytes.split_at(size);
                    *left -= u64::try_from(size).unwrap_or(*left);
                    sum.take(data, sink)?;
                    if *left == 0 {
                        self.end()?;
                    }
                    rest
                }
                At::Deflated { inflate, sum } => {
                    let (rest, ended) = step(inflate, sum, bytes, sink)?;
                    if ended {
                        self.end()?;
                    }
                    rest
                }
            };
        }
        Ok(())
    }

    pub(super) fn finish(&self) -> Result<(), FeedError> {
        match self.at {
            At::Done if self.found => Ok(()),
            At::Done => Err(FeedError::NotAFeed("it is a zip archive without a file".into())),
            _ => Err(FeedError::Truncated("its zip archive is cut off")),
        }
    }

    /// Understands what stands between data. Gives how many bytes of `head` that took; 0 when more is needed.
    fn begin(&mut self, head: &[u8]) -> Result<usize, FeedError> {
        if let At::Descriptor(sum) = &mut self.at {
            return match descriptor(head, sum)? {
                None => Ok(0),
                Some(size) => {
                    self.at = At::Header;
                    Ok(size)
                }
            };
        }
        let Some(signature) = head.first_chunk::<4>() else { return Ok(0) };
        if *signature != LOCAL {
            // The directory, or the end of an archive without members.
            if !signature.starts_with(b"PK") {
                return Err(FeedError::Packed("its zip archive is damaged"));
            }
            self.at = At::Done;
            return Ok(head.len());
        }
        let (Some(name_size), Some(extra_size)) = (short(head, 26), short(head, 28)) else { return Ok(0) };
        let names = usize::from(name_size) + usize::from(extra_size);
        if names > MAX_NAMES {
            return Err(FeedError::Packed("its zip archive is damaged"));
        }
        if head.len() < HEADER + names {
            return Ok(0);
        }
        let name = head.get(HEADER..HEADER + usize::from(name_size)).unwrap_or_default();
        if name == b"[Content_Types].xml" || name.starts_with(b"xl/") {
            return Err(FeedError::NotAFeed("it is an Excel workbook: save it as CSV".into()));
        }
        let own = name.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
        let is_beside = own.starts_with(b".") || name.starts_with(b"__MACOSX/") || BESIDE.contains(&own);
        let is_file = !own.is_empty() && !is_beside;
        if is_file && std::mem::replace(&mut self.found, true) {
            return Err(FeedError::NotAFeed("it is a zip archive with more than one file".into()));
        }
        self.at = member(head, is_file)?;
        if let At::Stored { left: 0, .. } = self.at {
            self.end()?;
        }
        Ok(HEADER + names)
    }

    /// The data of a member is at its end.
    fn end(&mut self) -> Result<(), FeedError> {
        match std::mem::replace(&mut self.at, At::Header) {
            At::Stored { sum, .. } | At::Deflated { sum, .. } if sum.expected.is_some() => sum.check(),
            At::Stored { sum, .. } | At::Deflated { sum, .. } => {
                self.at = At::Descriptor(sum);
                Ok(())
            }
            other => {
                self.at = other;
                Ok(())
            }
        }
    }
}

impl Sum {
    fn take(&mut self, data: &[u8], sink: Sink<'_>) -> Result<(), FeedError> {
        self.hasher.update(data);
        if self.is_file { sink(data) } else { Ok(()) }
    }

    fn check(self) -> Result<(), FeedError> {
        if self.expected.is_none_or(|expected| expected == self.hasher.finalize()) {
            Ok(())
        } else {
            Err(FeedError::Packed("the sum of its zip archive is wrong"))
        }
    }
}

fn member(head: &[u8], is_file: bool) -> Result<At, FeedError> {
    let (flags, method) = (short(head, 6).unwrap_or_default(), short(head, 8).unwrap_or_default());
    if flags & ENCRYPTED != 0 {
        return Err(FeedError::Packed("its zip archive has a password"));
    }
    let behind = flags & SIZES_BEHIND != 0;
    let expected = if behind { None } else { long(head, 14) };
    let sum = Sum { hasher: crc32fast::Hasher::new(), expected, is_file };
    let size = long(head, 18).unwrap_or_default();
    match method {
        // Where data that is not compressed ends is known from its size alone; u32::MAX: it stands elsewhere.
        0 if (!behind || size > 0) && size != u32::MAX => Ok(At::Stored { left: u64::from(size), sum }),
        8 => Ok(At::Deflated { inflate: Decompress::new(false), sum }),
        _ => Err(FeedError::Packed("its zip archive is compressed in a way that is not known")),
    }
}

/// Unpacks one block. Gives what is left of the bytes, and whether the data is at its end.
fn step<'b>(
    inflate: &mut Decompress,
    sum: &mut Sum,
    bytes: &'b [u8],
    sink: Sink<'_>,
) -> Result<(&'b [u8], bool), FeedError> {
    let mut block = vec![0; BLOCK];
    let mut rest = bytes;
    loop {
        let (read, written) = (inflate.total_in(), inflate.total_out());
        let damaged = FeedError::Packed("its zip archive is damaged");
        let Ok(status) = inflate.decompress(rest, &mut block, FlushDecompress::None) else { return Err(damaged) };
        let read = usize::try_from(inflate.total_in() - read).unwrap_or(usize::MAX);
        let written = usize::try_from(inflate.total_out() - written).unwrap_or_default();
        rest = rest.get(read..).unwrap_or_default();
        sum.take(block.get(..written).unwrap_or_default(), sink)?;
        if status == Status::StreamEnd {
            return Ok((rest, true));
        }
        // A full block may have more behind it that needs no further bytes.
        if (rest.is_empty() && written < BLOCK) || (read == 0 && written == 0) {
            return if rest.is_empty() { Ok((rest, false)) } else { Err(damaged) };
        }
    }
}

/// The sum and the sizes behind the data, with or without a signature, of 4 or 8 bytes each: what follows them tells.
/// Gives its size, or none when more is needed.
fn descriptor(head: &[u8], sum: &mut Sum) -> Result<Option<usize>, FeedError> {
    // The longest one with the signature that follows.
    if head.len() < 28 {
        return Ok(None);
    }
    let signed = if head.starts_with(&DESCRIPTOR) { 4 } else { 0 };
    let follows = |size: usize| {
        let next = head.get(signed + size..signed + size + 4);
        next.is_some_and(|next| next == LOCAL || next == DIRECTORY)
    };
    let size = [12, 20].into_iter().find(|size| follows(*size));
    let Some(size) = size else { return Err(FeedError::Packed("its zip archive is damaged")) };
    let expected = long(head, signed);
    let hasher = std::mem::take(&mut sum.hasher);
    Sum { hasher, expected, is_file: sum.is_file }.check()?;
    Ok(Some(signed + size))
}

fn short(bytes: &[u8], at: usize) -> Option<u16> {
    let (two, _) = bytes.get(at..)?.split_first_chunk::<2>()?;
    Some(u16::from_le_bytes(*two))
}

fn long(bytes: &[u8], at: usize) -> Option<u32> {
    let (four, _) = bytes.get(at..)?.split_first_chunk::<4>()?;
    Some(u32::from_le_bytes(*four))
}
