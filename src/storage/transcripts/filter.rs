//! Which exchanges are meant.

use crate::domain::exchange::Thumb;
use crate::domain::ids::KeyId;
use crate::domain::owner::Owner;
use chrono::{DateTime, Utc};

/// Whose conversations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PersonFilter {
    /// Of this visitor or customer, by the name that is stored of them.
    Owner(String),
    /// Of whoever the client called so.
    Label(String),
}

impl PersonFilter {
    pub fn owner(owner: Owner) -> Self {
        Self::Owner(owner.storage_key())
    }

    pub(in crate::storage) fn as_str(&self) -> &str {
        match self {
            Self::Owner(name) | Self::Label(name) => name,
        }
    }
}

/// Conversations with an exchange that is all of this.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExchangeFilter {
    pub refused: Option<bool>,
    pub failed: Option<bool>,
    pub feedback: Option<Thumb>,
    pub key: Option<KeyId>,
    pub origin: Option<String>,
    /// The language, or one of its kind: `de` is `de-AT` as well.
    pub locale: Option<String>,
    pub visitor: Option<PersonFilter>,
    pub subject: Option<PersonFilter>,
    pub from: Option<DateTime<Utc>>,
    pub to: Option<DateTime<Utc>>,
    /// Words that are in question or answer, as one types into a search.
    pub words: Option<String>,
    pub solved: Option<bool>,
    /// Something was written to people in it.
    pub handed_over: Option<bool>,
    /// Asked by staff in the playground.
    pub staff: Option<bool>,
}

impl ExchangeFilter {
    /// Whether a hand-over can be all of this: none is refused, failed, or thought of by a reader.
    pub(in crate::storage) fn means_handovers(&self) -> bool {
        self.refused != Some(true)
            && self.failed != Some(true)
            && self.feedback.is_none()
            && self.handed_over != Some(false)
            && self.staff != Some(true)
    }

    /// The rarest thing that every conversation that is meant has in common, as `transcript_traits` names it: by it the
    /// list finds them without looking at all others. In the order of how rare they are.
    pub(in crate::storage) fn rarest_trait(&self) -> Option<String> {
        let word = |is_meant: bool, word: &str| is_meant.then(|| word.to_owned());
        word(self.staff == Some(true), "staff")
            .or_else(|| word(self.failed == Some(true), "failed"))
            .or_else(|| self.feedback.map(|thumb| thumb.as_str().to_owned()))
            .or_else(|| word(self.handed_over == Some(true), "handed_over"))
            .or_else(|| self.locale.as_ref().map(|locale| format!("locale {}", locale.to_lowercase())))
            .or_else(|| word(self.refused == Some(true), "refused"))
            .or_else(|| word(self.solved == Some(true), "solved"))
            .or_else(|| self.origin.as_ref().map(|origin| format!("origin {origin}")))
            .or_else(|| self.key.map(|key| format!("key {}", key.0)))
    }
}
