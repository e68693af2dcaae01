//! Places for streams: how many may run at the same time, for whom.

use super::Subject;
use std::fmt;

/// What a limit of streams is called in `violated_policies`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StreamPolicy {
    /// Of a key, or of a user.
    All,
    /// An address's share.
    PerIp,
    /// A visitor's share.
    PerVisitor,
}

impl StreamPolicy {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::All => "max-streams",
            Self::PerIp => "max-streams-per-ip",
            Self::PerVisitor => "max-streams-per-visitor",
        }
    }
}

/// One of `max` places that a running stream takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StreamPlace {
    pub policy: StreamPolicy,
    pub holder: Subject,
    pub max: u32,
}

/// All places of a holder are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StreamsFull {
    pub policy: StreamPolicy,
    pub max: u32,
}

/// The places of a running stream.
pub struct StreamSlot(#[expect(dead_code, reason = "held for its Drop")] Box<dyn Send + Sync>);

impl StreamSlot {
    /// Wraps what must be dropped to free the places.
    pub fn new(guard: impl Send + Sync + 'static) -> Self {
        Self(Box::new(guard))
    }
}

impl fmt::Debug for StreamSlot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StreamSlot")
    }
}
