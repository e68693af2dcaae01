//! Answers that broke off, as far as whoever finds out what they took must know them, and what was found out.
//!
//! No words stand in it: texts are known by their digests.

use crate::domain::conversation::UpstreamSession;
use crate::domain::ids::{EventId, KeyId, RequestId, TenantId};
use crate::domain::usage::TokenUsage;
use chrono::{DateTime, NaiveDate, Utc};
use sha2::{Digest as _, Sha256};

/// An answer that broke off, whose usage event holds an estimate until its figures are found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnfinishedAnswer {
    /// Its usage event, and when that request arrived.
    pub event: EventId,
    pub at: DateTime<Utc>,
    pub tenant: TenantId,
    /// The workspace's name in AnythingLLM.
    pub upstream_slug: String,
    pub session: UpstreamSession,
    /// What was asked, with what was told before it.
    pub question: TextDigest,
    /// How the answer begins, without white space before it.
    pub beginning: TextDigest,
    pub asked_at: DateTime<Utc>,
    pub request_id: RequestId,
    /// None where the quota has no part in it.
    pub charged: Option<Charged>,
}

/// What a key's quota was charged with by estimate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Charged {
    pub key: KeyId,
    pub day: NaiveDate,
    pub tokens: u64,
}

/// What an answer took, found out after its usage event was recorded with an estimate. Counts once, however often it is
/// recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Correction {
    pub event: EventId,
    pub at: DateTime<Utc>,
    pub tenant: TenantId,
    pub tokens: TokenUsage,
    pub charged: Option<Charged>,
}

impl UnfinishedAnswer {
    /// It took these.
    pub fn took(&self, tokens: TokenUsage) -> Correction {
        let Self { event, at, tenant, charged, .. } = *self;
        Correction { event, at, tenant, tokens, charged }
    }
}

/// A text that can be known again, without its words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TextDigest {
    pub bytes: u32,
    pub sha256: [u8; 32],
}

impl TextDigest {
    pub fn of(text: &str) -> Self {
        let bytes = u32::try_from(text.len()).unwrap_or(u32::MAX);
        Self { bytes, sha256: Sha256::digest(text).into() }
    }

    pub fn is(&self, text: &str) -> bool {
        Self::of(text) == *self
    }

    /// Whether a text begins with this one.
    pub fn begins(&self, text: &str) -> bool {
        let beginning = usize::try_from(self.bytes).ok().and_then(|bytes| text.get(..bytes));
        beginning.is_some_and(|beginning| self.is(beginning))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_text_is_known_by_its_digest_and_by_nothing_else(text in "\\PC{0,20}", rest in "\\PC{0,20}", other in "\\PC{0,20}") {
            let digest = TextDigest::of(&text);
            let whole = format!("{text}{rest}");
            prop_assert!(digest.is(&text) && digest.begins(&whole));
            prop_assert_eq!(digest.is(&other), text == other);
            prop_assert_eq!(digest.begins(&other), other.starts_with(&text));
        }
    }
}
