//! Why a key was not made, changed or rotated.

use crate::domain::faults::Faults;
use crate::domain::ids::RequestId;
use crate::domain::power::Excess;
use crate::rejection::Rejection;
use crate::storage::{InsertKeyError, StorageError, StoreKeyError};

#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// Rules of the input are broken.
    #[error("{0}")]
    Faults(Faults),
    /// There is no such key, or the caller must not know of it.
    #[error("there is no such key")]
    NotFound,
    /// It has another version by now.
    #[error("it was changed in between")]
    Changed,
    /// Cannot be done in the present state.
    #[error("{0}")]
    Conflict(&'static str),
    /// It would be a key with more power than the caller has.
    #[error("the key would have more power than whoever asks: {}", .0.faults)]
    Beyond(Excess),
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl KeyError {
    pub(super) const REPLACED: Self =
        Self::Conflict("Another key has taken over from this one already; rotate that one, or revoke it first.");

    /// What the client is told. Logs the cause, so call it once.
    pub fn to_rejection(&self, request_id: &RequestId) -> Rejection {
        match self {
            Self::Faults(faults) => faults.clone().into(),
            Self::NotFound => Rejection::NotFound("There is no such key."),
            Self::Changed => Rejection::PreconditionFailed,
            Self::Conflict(why) => Rejection::Conflict(why),
            Self::Beyond(excess) => Rejection::BeyondOwnPower(excess.clone()),
            Self::Storage(error) => error.to_rejection(request_id),
        }
    }
}

impl From<Excess> for KeyError {
    fn from(excess: Excess) -> Self {
        Self::Beyond(excess)
    }
}

impl From<InsertKeyError> for KeyError {
    fn from(error: InsertKeyError) -> Self {
        match error {
            // Ids and hashes are drawn, so this is a draw that came twice.
            InsertKeyError::Taken => Self::Conflict("The key could not be made; try again."),
            InsertKeyError::NoWorkspace => {
                let mut faults = Faults::new();
                faults.push("workspace", "conflict", "there is no such workspace any more");
                Self::Faults(faults)
            }
            InsertKeyError::BadOrigin(_) => {
                let mut faults = Faults::new();
                faults.push("allowed_origins", "format", "has an origin that this key cannot have");
                Self::Faults(faults)
            }
            InsertKeyError::Storage(error) => Self::Storage(error),
        }
    }
}

impl From<StoreKeyError> for KeyError {
    fn from(error: StoreKeyError) -> Self {
        match error {
            StoreKeyError::Changed => Self::Conflict("Somebody else is changing this key at this moment; try again."),
            StoreKeyError::Replaced => Self::REPLACED,
            StoreKeyError::Insert(error) => error.into(),
            StoreKeyError::Storage(error) => Self::Storage(error),
        }
    }
}
