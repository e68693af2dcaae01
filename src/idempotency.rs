//! Requests with an `Idempotency-Key`: the same key and body answer the same, without asking the model twice. Only good
//! answers are kept, so a failed request can be tried again under its key.

use crate::domain::clock::Ambient;
use crate::domain::faults::Faults;
use crate::domain::ids::RequestId;
use crate::rejection::Rejection;
use crate::storage::{Begin, Claim, Database, IdempotentRequest, StorageError};
use std::time::Duration;

/// Why a request is not answered.
#[derive(Debug, thiserror::Error)]
pub enum IdempotencyError {
    /// The same is being answered now.
    #[error("a request with this key is being answered")]
    InFlight,
    /// The key was used with another request.
    #[error("the key was used with another request")]
    Mismatch,
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl IdempotencyError {
    /// What the client is told. Logs the cause, so call it once.
    pub fn to_rejection(&self, request_id: &RequestId) -> Rejection {
        match self {
            Self::InFlight => {
                Rejection::Conflict("A request with this `Idempotency-Key` is being answered; try again later.")
            }
            Self::Mismatch => {
                let mut faults = Faults::new();
                faults.push("Idempotency-Key", "format", "was used with another request");
                faults.into()
            }
            Self::Storage(error) => error.to_rejection(request_id),
        }
    }
}

/// What is to be done with a request.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "made once a request, and taken apart at once")]
pub enum Attempt {
    Fresh(Held),
    Replay {
        /// HTTP status.
        status: u16,
        body: Vec<u8>,
    },
}

/// Knows which requests were answered.
#[derive(Debug)]
pub struct Idempotency {
    database: Database,
    remembered: Duration,
    ambient: Ambient,
}

impl Idempotency {
    pub fn new(database: Database, remembered: Duration, ambient: Ambient) -> Self {
        Self { database, remembered, ambient }
    }

    /// Looks whether this request was answered before.
    ///
    /// # Errors
    /// [`IdempotencyError`]
    pub async fn begin(&self, request: &IdempotentRequest<'_>) -> Result<Attempt, IdempotencyError> {
        match self.database.idempotency_keys().begin(request, self.remembered, &self.ambient).await? {
            Begin::Fresh(claim) => Ok(Attempt::Fresh(Held { database: self.database.clone(), claim: Some(claim) })),
            Begin::Replay { status, body } => Ok(Attempt::Replay { status, body }),
            Begin::InFlight => Err(IdempotencyError::InFlight),
            Begin::Mismatch => Err(IdempotencyError::Mismatch),
        }
    }
}

/// The claim to a key. Dropped without [`Held::keep`], because the answer failed or the client left, it gives the key
/// back.
#[derive(Debug)]
pub struct Held {
    database: Database,
    claim: Option<Claim>,
}

impl Held {
    /// Keeps the answer for the next time. That it cannot be kept is no reason not to send it.
    pub async fn keep(mut self, status: u16, body: &[u8]) {
        if let Some(claim) = self.claim.take()
            && let Err(error) = self.database.idempotency_keys().finish(&claim, status, body).await
        {
            tracing::warn!(%error, "an answer could not be kept for its `Idempotency-Key`");
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let (Some(claim), Ok(runtime)) = (self.claim.take(), tokio::runtime::Handle::try_current()) else { return };
        let database = self.database.clone();
        // Holds nothing but the claim: the answer it was for is gone already.
        runtime.spawn(async move {
            if let Err(error) = database.idempotency_keys().abandon(&claim).await {
                tracing::warn!(%error, "an `Idempotency-Key` could not be given back; it is free when its time is over");
            }
        });
    }
}
