//! A customer by a pseudonym: the shop's own name for them is hashed under a key of the workspace and then forgotten.

use ring::hmac;
use serde::{Deserialize, Serialize};
use std::fmt;
use uuid::Uuid;

/// Longest name that a shop may have for a customer, in characters.
pub const MAX_SUBJECT_CHARS: usize = 128;

/// A customer of a workspace: the same for the same name in the same workspace. Whoever reads it cannot tell the name,
/// nor that it is a customer of another workspace as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SubjectRef(Uuid);

/// What a workspace's customers are hashed with.
#[derive(Debug, Clone)]
pub struct SubjectKey(hmac::Key);

impl SubjectKey {
    /// Takes 32 random bytes.
    pub fn new(bytes: &[u8]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, bytes))
    }

    /// The pseudonym of a customer: 122 bits of an HMAC, so that two never meet.
    pub fn subject_ref(&self, subject: &str) -> SubjectRef {
        let tag = hmac::sign(&self.0, subject.as_bytes());
        let head = tag.as_ref().first_chunk::<16>().copied().unwrap_or_default();
        SubjectRef(uuid::Builder::from_custom_bytes(head).into_uuid())
    }
}

impl fmt::Display for SubjectRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
