//! The text of each token says which one it is and when it was sent.

use std::fmt;

/// One token of an answer. As text: `#17@123456789;`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    /// Place in the answer, from 0.
    pub sequence: u32,
    /// When it was sent, on the clock of [`monotonic_nanos`]; 0 = not said.
    pub sent_nanos: u64,
}

impl Mark {
    /// Reads a text that is one whole mark and nothing else: two merged tokens or half of one are none.
    pub fn parse(text: &str) -> Option<Self> {
        let (sequence, sent) = text.strip_prefix('#')?.strip_suffix(';')?.split_once('@')?;
        Some(Self { sequence: sequence.parse().ok()?, sent_nanos: sent.parse().ok()? })
    }
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}@{};", self.sequence, self.sent_nanos)
    }
}

/// The kernel's monotonic clock, the same for all processes of the machine.
pub fn monotonic_nanos() -> u64 {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    u64::try_from(now.tv_sec).unwrap_or(0) * 1_000_000_000 + u64::try_from(now.tv_nsec).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_survives_the_way_through_text() {
        let mark = Mark { sequence: 17, sent_nanos: 123_456 };
        assert_eq!(Mark::parse(&mark.to_string()), Some(mark));
    }

    #[test]
    fn merged_and_split_marks_are_none() {
        for text in ["#1@2;#2@3;", "#1@2", "1@2;", "#1@", " #1@2;", ""] {
            assert_eq!(Mark::parse(text), None, "{text:?}");
        }
    }
}
