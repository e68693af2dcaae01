//! Who a conversation belongs to, and the session name AnythingLLM knows it by.
//!
//! What a client calls `session_id` never reaches AnythingLLM: it is only unique within its owner, and the random
//! upstream session cannot be guessed. So nobody reads or extends another's conversation by naming it.

use std::fmt;
use std::sync::Arc;

/// A session id chosen by the client or made for it: 1 to 128 of `[A-Za-z0-9_.:-]`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ChatSessionId(Arc<str>);

/// The text is not a session id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a session id is 1 to 128 of the characters A-Z a-z 0-9 _ . : -")]
pub struct BadSessionId;

impl ChatSessionId {
    /// Checks length and alphabet.
    ///
    /// # Errors
    /// [`BadSessionId`] for anything else.
    pub fn parse(text: &str) -> Result<Self, BadSessionId> {
        let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b':' | b'-');
        if (1..=128).contains(&text.len()) && text.bytes().all(allowed) {
            Ok(Self(text.into()))
        } else {
            Err(BadSessionId)
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ChatSessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

const OPENED: char = 'k';

/// The session name sent to AnythingLLM: random, never shown to anyone else.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct UpstreamSession(Arc<str>);

impl UpstreamSession {
    pub fn new(text: &str) -> Self {
        Self(text.into())
    }

    /// The name of a session whose conversation begins with an opening that AnythingLLM has not seen: `random` holds
    /// hexadecimal digits only, so that no other begins like this.
    pub fn opened(random: &str) -> Self {
        Self(format!("{OPENED}{random}").into())
    }

    /// See [`Self::opened`].
    pub fn has_opening(&self) -> bool {
        self.0.starts_with(OPENED)
    }

    /// The name, for the upstream request and for storage only.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for UpstreamSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UpstreamSession(..)")
    }
}
