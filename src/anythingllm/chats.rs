//! Removing what AnythingLLM has stored of conversations.
//!
//! No call with the API key removes a chat (`pg/ui_workspace_chat_delete_with_api_key`); the interface's does, with the
//! session of a manager or an admin. It takes a number, and -1 stands there for every chat of the installation: so a
//! number is a type of its own here, which cannot be less than one.

use crate::anythingllm::client::{Ask, Client, Credential};
use crate::anythingllm::error::{Said, UpstreamError};
use secrecy::SecretString;
use serde::Deserialize;
use std::num::NonZeroU64;

/// The number of one stored question with its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChatNumber(NonZeroU64);

impl ChatNumber {
    /// None for everything that is no number of one chat.
    pub fn of(number: i64) -> Option<Self> {
        u64::try_from(number).ok().and_then(NonZeroU64::new).map(Self)
    }
}

#[derive(Deserialize)]
struct Removed {
    success: bool,
    #[serde(default)]
    error: Option<String>,
}

impl Client {
    /// Removes one stored question with its answer for good (`pg/ui_workspace_chat_delete`); one that is not there is no
    /// fault (`pg/ui_workspace_chat_delete_missing`). `session` is a manager's or an admin's.
    ///
    /// # Errors
    /// No answer, or it was refused.
    pub async fn remove_chat(&self, chat: ChatNumber, session: &SecretString) -> Result<(), UpstreamError> {
        let path = format!("/api/system/workspace-chats/{}", chat.0);
        let removed: Removed = self.json(Ask::delete(path).with(Credential::Session(session))).await?;
        if removed.success {
            return Ok(());
        }
        Err(UpstreamError::Refused(Said::new(removed.error.as_deref().unwrap_or("the chat was not removed"))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// -1 would remove every chat of the installation.
        #[test]
        fn no_number_stands_for_more_than_one_chat(number in any::<i64>()) {
            prop_assert_eq!(ChatNumber::of(number).is_some(), number > 0);
        }
    }

    #[test]
    fn neither_nothing_nor_all_is_a_number() {
        assert!([-1, 0, i64::MIN].into_iter().all(|number| ChatNumber::of(number).is_none()));
        assert_eq!(ChatNumber::of(7).map(|number| number.0.get()), Some(7));
    }
}
