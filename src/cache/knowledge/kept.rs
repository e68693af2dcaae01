//! An answer that is kept, in memory and as bytes.

use crate::anythingllm::Passage;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;

/// What was found, and when.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Kept {
    pub(super) passages: Arc<[Passage]>,
    pub(super) found_at: DateTime<Utc>,
}

/// As it stands in Redis, before it is sealed.
#[derive(Serialize, Deserialize)]
struct Written<P> {
    /// Milliseconds since 1970.
    at: i64,
    passages: P,
}

impl Kept {
    pub(super) fn age(&self, now: DateTime<Utc>) -> TimeDelta {
        // The clock of the replica that found it may be ahead of ours.
        (now - self.found_at).max(TimeDelta::zero())
    }

    /// How much of `time` is left of it.
    pub(super) fn left_of(&self, time: Duration, now: DateTime<Utc>) -> Duration {
        time.saturating_sub(self.age(now).to_std().unwrap_or_default())
    }

    /// What it weighs in memory, about.
    pub(super) fn len(&self) -> usize {
        self.passages.iter().map(|passage| passage.text.len() + 512).sum()
    }

    pub(super) fn write(&self) -> Option<Vec<u8>> {
        let written = Written { at: self.found_at.timestamp_millis(), passages: &*self.passages };
        serde_json::to_vec(&written).ok()
    }

    /// Nothing, if another version wrote it in a way of its own.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let Written::<Vec<Passage>> { at, passages } = serde_json::from_slice(bytes).ok()?;
        Some(Self { passages: passages.into(), found_at: DateTime::from_timestamp_millis(at)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read() {
        let passage = Passage {
            id: Some("x".into()),
            text: "18 volt".into(),
            score: 0.1 + 0.2,
            title: None,
            url: Some("https://shop.example/".into()),
            author: Some("vestibule-catalog/a/b/c".into()),
            source: None,
            published: None,
            word_count: Some(2),
        };
        let found_at = DateTime::from_timestamp_millis(1_763_920_800_250).unwrap();
        let kept = Kept { passages: vec![passage].into(), found_at };
        assert_eq!(Kept::read(&kept.write().unwrap()), Some(kept.clone()));
        assert_eq!(Kept::read(b"{\"at\":1}"), None);
        let later = found_at + TimeDelta::seconds(40);
        assert_eq!(kept.left_of(Duration::from_secs(60), later), Duration::from_secs(20));
        assert_eq!(kept.left_of(Duration::from_secs(30), later), Duration::ZERO);
        assert_eq!(kept.age(found_at - TimeDelta::seconds(5)), TimeDelta::zero());
    }
}
