//! Why a workspace was not made, changed or removed.

use crate::anythingllm::UpstreamError;
use crate::domain::faults::Faults;
use crate::domain::ids::RequestId;
use crate::domain::sync::SyncRunError;
use crate::rejection::Rejection;
use crate::storage::{StorageError, StoreWorkspaceError};

#[derive(Debug, thiserror::Error)]
pub enum WorkspaceError {
    /// Rules of the input are broken.
    #[error("{0}")]
    Faults(Faults),
    #[error("there is no such workspace")]
    NotFound,
    /// It has another version by now.
    #[error("it was changed in between")]
    Changed,
    /// Cannot be done in the present state.
    #[error("{0}")]
    Conflict(&'static str),
    #[error(transparent)]
    Storage(#[from] StorageError),
    #[error("AnythingLLM: {0}")]
    Upstream(#[from] UpstreamError),
    /// The catalogue could not be removed; the same once more goes on with it.
    #[error("{}: {}", .0.code, .0.message)]
    Removal(SyncRunError),
}

impl WorkspaceError {
    pub(super) fn field(field: &str, code: &'static str, message: &str) -> Self {
        let mut faults = Faults::new();
        faults.push(field, code, message);
        Self::Faults(faults)
    }

    /// What the client is told. Logs the cause, so call it once.
    pub fn to_rejection(&self, request_id: &RequestId) -> Rejection {
        match self {
            Self::Faults(faults) => faults.clone().into(),
            Self::NotFound => Rejection::NotFound("There is no such workspace."),
            Self::Changed => Rejection::PreconditionFailed,
            Self::Conflict(why) => Rejection::Conflict(why),
            Self::Storage(error) => error.to_rejection(request_id),
            Self::Upstream(error) => error.to_rejection(request_id),
            Self::Removal(error) => removal_failed(error, request_id),
        }
    }
}

/// Its cause was logged where it failed.
pub fn removal_failed(error: &SyncRunError, request_id: &RequestId) -> Rejection {
    tracing::info!(%request_id, code = error.code, "a catalogue was not removed to its end");
    match error.code.as_str() {
        "workspace_in_use" => Rejection::Conflict("Somebody changed the workspace while its catalogue was removed."),
        "cancelled" => Rejection::Conflict("The removal was ended."),
        "service_unavailable" => Rejection::Internal,
        _ => Rejection::UpstreamError,
    }
}

impl From<StoreWorkspaceError> for WorkspaceError {
    fn from(error: StoreWorkspaceError) -> Self {
        match error {
            StoreWorkspaceError::SlugTaken => Self::Conflict("There is a workspace of this slug already."),
            StoreWorkspaceError::UpstreamSlugTaken => {
                Self::Conflict("The workspace in AnythingLLM belongs to another workspace already.")
            }
            StoreWorkspaceError::Changed => Self::Changed,
            StoreWorkspaceError::ExtraTooLarge => Self::field("extra", "too_long", "is too large to be stored"),
            StoreWorkspaceError::Storage(error) => Self::Storage(error),
        }
    }
}
