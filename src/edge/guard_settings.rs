//! What guards the head of a request on each connection of a listener.

use crate::edge::record::Recorder;
use std::time::Duration;

/// What a connection needs to guard and to refuse.
#[derive(Debug)]
pub(super) struct GuardSettings {
    /// Largest head, in bytes.
    pub(super) max_header_bytes: usize,
    /// Time for a whole head, from its first byte.
    pub(super) header_time: Duration,
    /// Time to the first byte.
    pub(super) idle_time: Duration,
    /// Address of the documentation, for problem types.
    pub(super) docs: String,
    /// Told about every head that is refused here.
    pub(super) recorder: Recorder,
}
