//! Why a run failed, for its row and for the log.

use super::reading::ReadError;
use crate::anythingllm::UpstreamError;
use crate::catalog::feed::FeedError;
use crate::storage::StorageError;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyncFailure {
    /// Stable; listed in `docs/catalog.md`.
    pub code: &'static str,
    /// For whoever asked for the run. Of what others said it holds the names of a feed's columns at most.
    pub message: String,
    pub cause: String,
}

impl SyncFailure {
    pub(super) fn new(code: &'static str, message: impl Into<String>) -> Self {
        let message = message.into();
        Self { code, cause: message.clone(), message }
    }

    pub(super) fn storage(error: &StorageError) -> Self {
        Self {
            code: "service_unavailable",
            message: "the database could not be used; the next sync goes on where this one was".to_owned(),
            cause: error.to_string(),
        }
    }

    pub(super) fn upstream(error: &UpstreamError) -> Self {
        let (code, message) = match error {
            UpstreamError::NotFound => ("workspace_missing_upstream", "AnythingLLM has no such workspace any more"),
            UpstreamError::BadKey => ("upstream_error", "AnythingLLM does not accept the gateway's API key"),
            UpstreamError::Contract(_) | UpstreamError::TooLarge { .. } => {
                ("upstream_contract", "AnythingLLM answered in a way that is not understood")
            }
            _ => ("upstream_unavailable", "AnythingLLM could not be used; the next sync goes on where this one was"),
        };
        Self { code, message: message.to_owned(), cause: error.to_string() }
    }

    pub(super) fn feed(error: &FeedError) -> Self {
        let code = match error {
            FeedError::Encoding(_) => "feed_encoding",
            FeedError::NotAFeed(_) => "feed_format",
            FeedError::Truncated(_) => "feed_truncated",
            FeedError::Packed(_) => "feed_packed",
            FeedError::Endless => "feed_endless",
            FeedError::TooLarge => "feed_too_large",
        };
        // The log has no words of the feed's.
        Self { code, message: error.to_string(), cause: code.to_owned() }
    }

    pub(super) fn read(error: &ReadError) -> Self {
        Self { code: error.code, message: error.message.clone(), cause: error.message.clone() }
    }
}
