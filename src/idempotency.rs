//! Requests with an `Idempotency-Key`: the same key and body answer the same, without asking the model twice. Only good
//! answers are kept, so a failed request can be tried again under its key; and only what is kept is given. Whoever
//! answers says all the time that it still does, so the key of a gateway that died is free after seconds.

use crate::domain::clock::Ambient;
use crate::domain::faults::Faults;
use crate::domain::ids::RequestId;
use crate::rejection::Rejection;
use crate::storage::{Begin, Claim, Database, IdempotentRequest, Lease, StorageError};
use std::time::Duration;
use tokio_util::task::AbortOnDropHandle;

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

/// What became of an answer that was to be kept.
#[derive(Debug)]
pub enum Kept {
    /// It will be given whenever the request is sent again.
    Here,
    /// Another attempt had taken over and was done first: its answer is the one.
    Other { status: u16, body: Vec<u8> },
}

/// Knows which requests were answered.
#[derive(Debug)]
pub struct Idempotency {
    database: Database,
    remembered: Duration,
    lease: Lease,
    ambient: Ambient,
}

impl Idempotency {
    pub fn new(database: Database, remembered: Duration, ambient: Ambient) -> Self {
        Self { database, remembered, lease: Lease::PRODUCT, ambient }
    }

    /// Looks whether this request was answered before.
    ///
    /// # Errors
    /// [`IdempotencyError`]
    pub async fn begin(&self, request: &IdempotentRequest<'_>) -> Result<Attempt, IdempotencyError> {
        let keys = self.database.idempotency_keys();
        match keys.begin(request, self.remembered, self.lease, &self.ambient).await? {
            Begin::Fresh(claim) => Ok(Attempt::Fresh(Held::new(&self.database, claim, self.lease))),
            Begin::Replay { status, body } => Ok(Attempt::Replay { status, body }),
            Begin::InFlight => Err(IdempotencyError::InFlight),
            Begin::Mismatch => Err(IdempotencyError::Mismatch),
        }
    }

    /// Keeps the answer for the next time. Only what is kept may be given: otherwise the request, sent again, would get
    /// another answer.
    ///
    /// # Errors
    /// [`IdempotencyError::InFlight`] if another attempt has taken over and is not done; of the database.
    pub async fn keep(
        &self,
        request: &IdempotentRequest<'_>,
        held: Held,
        status: u16,
        body: &[u8],
    ) -> Result<Kept, IdempotencyError> {
        if held.finish(status, body).await? {
            return Ok(Kept::Here);
        }
        match self.begin(request).await? {
            Attempt::Replay { status, body } => Ok(Kept::Other { status, body }),
            // The other one has given the key back meanwhile.
            Attempt::Fresh(held) => {
                if held.finish(status, body).await? {
                    Ok(Kept::Here)
                } else {
                    Err(IdempotencyError::InFlight)
                }
            }
        }
    }
}

/// The claim to a key, kept alive until it is dropped. Dropped without [`Idempotency::keep`], because the answer failed
/// or the client left, it gives the key back.
#[derive(Debug)]
pub struct Held {
    database: Database,
    claim: Option<Claim>,
    beating: AbortOnDropHandle<()>,
}

impl Held {
    fn new(database: &Database, claim: Claim, lease: Lease) -> Self {
        let beating = AbortOnDropHandle::new(tokio::spawn(beat(database.clone(), claim.clone(), lease)));
        Self { database: database.clone(), claim: Some(claim), beating }
    }

    /// Whether the answer is kept; not if the claim was taken over. The same may be said twice: what was done when the
    /// connection was lost is done.
    async fn finish(mut self, status: u16, body: &[u8]) -> Result<bool, StorageError> {
        let Some(claim) = self.claim.take() else { return Ok(false) };
        let keys = self.database.idempotency_keys();
        let done = keys.finish(&claim, status, body).await;
        match done {
            Ok(kept) => Ok(kept),
            Err(error) if error.is_unavailable() => {
                tracing::warn!(%error, "an answer could not be kept for its `Idempotency-Key`; trying once more");
                let again = keys.finish(&claim, status, body).await;
                if again.is_err() {
                    // Not given, so it must not be kept either: gives the key back when it is dropped.
                    self.claim = Some(claim);
                }
                again
            }
            Err(error) => {
                self.claim = Some(claim);
                Err(error)
            }
        }
    }
}

async fn beat(database: Database, claim: Claim, lease: Lease) {
    loop {
        tokio::time::sleep(lease.beat).await;
        match database.idempotency_keys().beat(&claim).await {
            Ok(true) => {}
            // Taken over, or answered.
            Ok(false) => return,
            Err(error) => tracing::warn!(%error, "the claim to an `Idempotency-Key` could not be kept alive"),
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.beating.abort();
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
