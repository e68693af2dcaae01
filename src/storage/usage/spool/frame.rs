//! Records in the bytes of a segment: length, checksum, payload. Reading never fails: what a killed process or a failing
//! disk has left is told from what is whole.

use std::ops::Range;

/// Length and checksum, both little-endian.
const HEAD: usize = 8;
/// No record is larger, in bytes; the largest of ours has about 1,300.
pub(in crate::storage::usage) const MOST: usize = 64 * 1024;

/// What stands at a place of a segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Frame {
    /// A record whose payload is there; the next one begins at `end`.
    Whole { payload: Range<usize>, end: usize },
    /// A record that is not what was written; the next one begins at `end`.
    Damaged { end: usize },
    /// The bytes end before the record does.
    Short,
    /// No record, and nothing says where the next one begins.
    Lost,
}

/// Appends a record whose payload `write` appends.
pub(super) fn put(out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    let at = out.len();
    out.extend_from_slice(&[0; HEAD]);
    write(out);
    let length = u32::try_from(out.len() - at - HEAD).unwrap_or(u32::MAX).to_le_bytes();
    let payload = out.get(at + HEAD..).unwrap_or_default();
    let sum = checksum(length, payload).to_le_bytes();
    if let Some(head) = out.get_mut(at..at + HEAD) {
        head[..4].copy_from_slice(&length);
        head[4..].copy_from_slice(&sum);
    }
}

/// What begins at `at`.
pub(super) fn next(bytes: &[u8], at: usize) -> Frame {
    let Some(head) = bytes.get(at..).and_then(<[u8]>::first_chunk::<HEAD>) else { return Frame::Short };
    let [l0, l1, l2, l3, s0, s1, s2, s3] = *head;
    let length = [l0, l1, l2, l3];
    let size = u32::from_le_bytes(length) as usize;
    if size == 0 || size > MOST {
        return Frame::Lost;
    }
    let (start, end) = (at + HEAD, at + HEAD + size);
    let Some(payload) = bytes.get(start..end) else { return Frame::Short };
    if checksum(length, payload) == u32::from_le_bytes([s0, s1, s2, s3]) {
        Frame::Whole { payload: start..end, end }
    } else {
        Frame::Damaged { end }
    }
}

/// Over the length too, so that zeros are no record.
fn checksum(length: [u8; 4], payload: &[u8]) -> u32 {
    let mut sum = crc32fast::Hasher::new();
    sum.update(&length);
    sum.update(payload);
    sum.finalize()
}
