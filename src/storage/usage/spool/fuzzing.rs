//! What must hold for any bytes in a segment; see `src/fuzzing.rs`.

use super::super::entry::Entry;
use super::segment::{Piece, read};

/// Reading ends, gives the same records in whatever pieces it is done, and what is read is what would be written.
///
/// # Panics
/// A rule is broken.
pub(crate) fn replay_spool(bytes: &[u8], most: usize) {
    let whole = read(bytes, 0, true, usize::MAX);
    let (mut entries, mut damaged, mut at) = (Vec::new(), 0, 0);
    while at < bytes.len() {
        let Piece { entries: more, end, damaged: new, .. } =
            read(bytes.get(at..).unwrap_or_default(), at as u64, true, most);
        assert!(end > at as u64, "it does not go on");
        at = usize::try_from(end).unwrap_or(usize::MAX);
        entries.extend(more);
        damaged += new;
    }
    assert_eq!((&entries, damaged), (&whole.entries, whole.damaged), "pieces change the records");
    for (_, entry) in entries {
        let mut again = Vec::new();
        entry.encode(&mut again);
        assert_eq!(Entry::decode(&again), Some(entry), "a record is another one when it is written again");
    }
}
