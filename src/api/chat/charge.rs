//! What a chat costs of its key's quotas: taken before AnythingLLM is asked, settled when the answer is over, however
//! it ends.

use crate::api::ApiState;
use crate::api::response::OrReject as _;
use crate::domain::quota::{Quota, Reservation, wait};
use crate::gate::Admitted;
use crate::rejection::Rejection;
use crate::storage::UsageRecorder;
use crate::telemetry::RequestFacts;
use std::sync::Arc;

/// What was taken. Settled when dropped: nothing is charged unless the answer has begun and did not fail.
#[derive(Debug)]
pub(in crate::api) struct Charge {
    reservation: Reservation,
    answered: bool,
    facts: Arc<RequestFacts>,
    recorder: UsageRecorder,
}

impl Charge {
    /// Takes one message of the key's quotas; none for users, and for keys without a quota.
    ///
    /// # Errors
    /// `quota_exceeded`, naming the quotas that are used up; then the limits that the gate took are given back.
    /// `service_unavailable` when nobody knows what is left.
    pub(super) async fn take(state: &ApiState, admitted: &Admitted) -> Result<Option<Self>, Rejection> {
        let Some(key) = admitted.principal().key().filter(|key| key.limits.has_quota()) else { return Ok(None) };
        let now = state.ambient.now();
        match state.keys.take_quota(key).await.or_reject(admitted)? {
            Ok(reservation) => Ok(Some(Self {
                reservation,
                answered: false,
                facts: Arc::clone(admitted.facts()),
                recorder: state.usage.clone(),
            })),
            Err(used) => {
                admitted.give_back().await;
                let used_up = used.used_up(&key.limits);
                let policies = used_up.iter().map(|quota| Quota::as_str(*quota)).collect();
                Err(Rejection::QuotaExceeded { retry_after: wait(&used_up, now), policies })
            }
        }
    }

    /// AnythingLLM has begun to answer.
    pub(super) fn begun(&mut self) {
        self.answered = true;
    }

    /// The answer has failed.
    pub(super) fn failed(&mut self) {
        self.answered = false;
    }
}

impl Drop for Charge {
    fn drop(&mut self) {
        // Also an answer that we ended ourselves has failed.
        let answered = self.answered && self.facts.stream_error().is_none();
        self.recorder.record_settlement(self.reservation.settled(answered, self.facts.tokens()));
    }
}
