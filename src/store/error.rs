//! Why something with a shop was not done, told apart by what the caller does about it.

use crate::crypto::seal::{SealError, UnsealError};
use crate::domain::faults::Faults;
use crate::domain::ids::RequestId;
use crate::domain::store::UnreadableBundle;
use crate::outbound::OutboundError;
use crate::rejection::Rejection;
use crate::storage::{PutStoreError, StorageError};
use std::time::Duration;

/// Why a connection was not stored, removed or checked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("what was given breaks rules")]
    Faults(Faults),
    /// It is not the version that was expected.
    #[error("the connection has changed")]
    Changed,
    #[error("the workspace has no connection to a shop")]
    NoConnection,
    #[error("there is no such workspace")]
    NoWorkspace,
    /// It was checked a moment ago, or too many checks are running.
    #[error("too many checks")]
    TooSoon {
        /// Until it makes sense again.
        retry_after: Duration,
    },
    /// The stored credentials do not open.
    #[error("the stored credentials cannot be opened: {0}")]
    Unseal(#[from] UnsealError),
    /// What was opened are no credentials.
    #[error("the stored credentials cannot be read")]
    Unreadable,
    /// They could not be sealed.
    #[error("{0}")]
    Seal(#[from] SealError),
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl StoreError {
    /// What the client is told. Logs the cause, so call it once.
    pub fn to_rejection(&self, request_id: &RequestId) -> Rejection {
        match self {
            Self::Faults(faults) => faults.clone().into(),
            Self::Changed => Rejection::PreconditionFailed,
            Self::NoConnection => Rejection::NotFound("The workspace has no connection to a shop."),
            Self::NoWorkspace => Rejection::NotFound("There is no such workspace."),
            Self::TooSoon { retry_after } => {
                Rejection::RateLimited { retry_after: *retry_after, policies: vec!["store-check"] }
            }
            Self::Storage(error) => error.to_rejection(request_id),
            Self::Unseal(_) | Self::Unreadable | Self::Seal(_) => {
                tracing::error!(%request_id, error = %self, "store credentials cannot be used");
                Rejection::Internal
            }
        }
    }
}

impl From<Faults> for StoreError {
    fn from(faults: Faults) -> Self {
        Self::Faults(faults)
    }
}

impl From<UnreadableBundle> for StoreError {
    fn from(_: UnreadableBundle) -> Self {
        Self::Unreadable
    }
}

impl From<PutStoreError> for StoreError {
    fn from(error: PutStoreError) -> Self {
        match error {
            PutStoreError::Changed => Self::Changed,
            PutStoreError::NoWorkspace => Self::NoWorkspace,
            PutStoreError::Storage(error) => Self::Storage(error),
            PutStoreError::CredentialsElsewhere => {
                let mut faults = Faults::new();
                let message = "must be given anew, or as null: the stored ones are for another platform, host or kind, \
                    and are never sent elsewhere";
                faults.push("credentials", "required", message);
                Self::Faults(faults)
            }
        }
    }
}

/// Why a feed is not there to be read.
#[derive(Debug, thiserror::Error)]
pub enum OpenFeedError {
    /// The connection reads no feed.
    #[error("the connection has no feed")]
    NoFeed,
    /// The server wants other credentials, or some.
    #[error("the feed's server refuses the credentials, or wants some")]
    Refused,
    /// The server answers with something else than a feed.
    #[error("the feed's server answers with status {0}")]
    Status(u16),
    #[error("{0}")]
    Outbound(#[from] OutboundError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl OpenFeedError {
    /// Stable, in the words of a check's finding.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoFeed => "no_feed",
            Self::Refused => "credentials_refused",
            Self::Status(404 | 410) => "feed_not_found",
            Self::Status(_) => "unexpected_status",
            Self::Outbound(error) => error.code(),
            Self::Store(_) => "internal",
        }
    }
}
