//! Why something was not done with a webhook.

use crate::crypto::seal::SealError;
use crate::domain::faults::Faults;
use crate::domain::ids::RequestId;
use crate::domain::webhook::MOST_WEBHOOKS;
use crate::rejection::Rejection;
use crate::storage::StorageError;
use thiserror::Error;

#[derive(Debug, Error)]
pub enum WebhookError {
    #[error("there is no such webhook")]
    Missing,
    /// It is not the version that was expected.
    #[error("the webhook has changed")]
    Changed,
    #[error("the workspace has {MOST_WEBHOOKS} webhooks already")]
    TooMany,
    /// Rules of the input are broken.
    #[error("{}", .0.lines(|fault| format!("{}: {}", fault.field, fault.message)))]
    Faults(Faults),
    #[error(transparent)]
    Seal(#[from] SealError),
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl WebhookError {
    pub(super) fn fault(field: &str, code: &'static str, message: impl Into<String>) -> Self {
        let mut faults = Faults::new();
        faults.push(field, code, message);
        Self::Faults(faults)
    }

    /// What the client is told. Logs the cause, so call it once.
    pub fn to_rejection(&self, request_id: &RequestId) -> Rejection {
        match self {
            Self::Missing => Rejection::NotFound("There is no such webhook, or no such message."),
            Self::Changed => Rejection::PreconditionFailed,
            Self::TooMany => Rejection::Conflict("The workspace has as many webhooks as it may."),
            Self::Faults(faults) => faults.clone().into(),
            Self::Storage(error) => error.to_rejection(request_id),
            Self::Seal(error) => {
                tracing::error!(%request_id, %error, "the secret of a webhook cannot be sealed");
                Rejection::Internal
            }
        }
    }
}
