//! What a chat costs of its key's quotas: taken before AnythingLLM is asked, settled when the answer is over, however
//! it ends.

use super::ask::Question;
use crate::api::ApiState;
use crate::api::response::OrReject as _;
use crate::domain::ids::RequestId;
use crate::domain::key::{KeyLimits, KeyRecord};
use crate::domain::quota::{Meter, Quota, Reservation, Taken};
use crate::domain::usage::unfinished::Charged;
use crate::gate::Admitted;
use crate::keys::KeyService;
use crate::rejection::Rejection;
use crate::storage::{Spent, StorageError, UsageRecorder};
use crate::telemetry::RequestFacts;
use futures_util::future::BoxFuture;
use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

/// What was taken. Settled when dropped: nothing is charged unless the answer has begun and did not fail.
pub(in crate::api) struct Charge {
    /// None once it is settled.
    reservation: Option<Reservation>,
    key: Arc<KeyRecord>,
    meter: Meter,
    /// More tokens are being reserved, before the answer goes on.
    extending: Option<BoxFuture<'static, Result<Result<u64, Spent>, StorageError>>>,
    answered: bool,
    spent: bool,
    facts: Arc<RequestFacts>,
    recorder: UsageRecorder,
    keys: KeyService,
}

impl fmt::Debug for Charge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Charge").field("reservation", &self.reservation).finish_non_exhaustive()
    }
}

/// Why an answer does not go on.
#[derive(Debug)]
pub(in crate::api) enum Stopped {
    /// The key's last token is used.
    Quota { retry_after: Duration, policies: Vec<&'static str> },
    /// Nobody knows what is left.
    Storage(StorageError),
}

impl Stopped {
    pub(super) fn to_rejection(&self, request_id: &RequestId) -> Rejection {
        match self {
            Self::Quota { retry_after, policies } => {
                Rejection::QuotaExceeded { retry_after: *retry_after, policies: policies.clone() }
            }
            Self::Storage(error) => error.to_rejection(request_id),
        }
    }
}

impl Charge {
    /// Takes one message of the key's quotas and reserves tokens for the answer; none for users, and for keys without a
    /// quota.
    ///
    /// # Errors
    /// `quota_exceeded`, naming the quotas that are used up; then the limits that the gate took are given back.
    /// `service_unavailable` when nobody knows what is left.
    pub(super) async fn take(
        state: &ApiState,
        admitted: &Admitted,
        question: &Question,
    ) -> Result<Option<Self>, Rejection> {
        let Some(key) = admitted.principal().key().filter(|key| key.limits.has_quota()) else { return Ok(None) };
        // No tokenizer makes more tokens than there are bytes.
        let earlier: usize = question.earlier.iter().map(|said| said.text.len()).sum();
        let asked = (question.message.len() + earlier) as u64;
        // Boxed, so that keys without a quota do not carry it along.
        let taken = Box::pin(state.keys.take_quota(key, question.workspace.id, asked, state.longest_completion)).await;
        match taken.or_reject(admitted)? {
            Ok(Taken { reservation, completion }) => Ok(Some(Self {
                reservation: Some(reservation),
                key: Arc::clone(key),
                meter: Meter::new(completion),
                extending: None,
                answered: false,
                spent: false,
                facts: Arc::clone(admitted.facts()),
                recorder: state.usage.clone(),
                keys: state.keys.clone(),
            })),
            Err(spent) => {
                admitted.give_back().await;
                let (retry_after, policies) = used_up(&spent, &key.limits);
                Err(Rejection::QuotaExceeded { retry_after, policies })
            }
        }
    }

    /// AnythingLLM has begun to answer.
    pub(super) fn begun(&mut self) {
        self.answered = true;
    }

    /// An answer that is kept is given again: it is a message and takes no tokens.
    pub(super) fn begun_for_nothing(&mut self) {
        self.answered = true;
        self.meter = Meter::new(u64::MAX);
    }

    /// The answer has failed.
    pub(super) fn failed(&mut self) {
        self.answered = false;
    }

    /// A piece of the answer has come.
    pub(super) fn count(&mut self, text: &str) {
        if !self.key.limits.has_token_quota() {
            return;
        }
        if let (Some(more), Some(reservation)) = (self.meter.count(text), self.reservation) {
            let (keys, key) = (self.keys.clone(), Arc::clone(&self.key));
            let extend = async move { keys.extend_quota(&reservation, &key.limits, more).await };
            self.extending = Some(Box::pin(extend));
        }
    }

    /// Ready when the answer may go on.
    ///
    /// # Errors
    /// It may not: what has come of it is charged with all that was reserved.
    pub(super) fn poll_go_on(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Stopped>> {
        let Some(extending) = &mut self.extending else { return Poll::Ready(Ok(())) };
        let extended = ready!(extending.as_mut().poll(cx));
        self.extending = None;
        Poll::Ready(match extended {
            Ok(Ok(more)) => {
                self.meter.reserved(more);
                if let Some(reservation) = &mut self.reservation {
                    reservation.tokens += more;
                }
                Ok(())
            }
            Ok(Err(spent)) => {
                self.spent = true;
                let (retry_after, policies) = used_up(&spent, &self.key.limits);
                Err(Stopped::Quota { retry_after, policies })
            }
            Err(error) => {
                self.spent = true;
                Err(Stopped::Storage(error))
            }
        })
    }
}

fn used_up(spent: &Spent, limits: &KeyLimits) -> (Duration, Vec<&'static str>) {
    let quotas = spent.used.used_up(limits);
    (spent.used.wait(&quotas, limits, spent.at), quotas.iter().map(|quota| Quota::as_str(*quota)).collect())
}

impl Charge {
    /// Settles what the chat came to; once. Says what was charged that a correction may change: none where nothing was, or
    /// all that the key had.
    pub(super) fn settle(&mut self) -> Option<Charged> {
        let reservation = self.reservation.take()?;
        // Also an answer that we ended ourselves has failed, unless it was all that the key had.
        let answered = self.spent || (self.answered && self.facts.stream_error().is_none());
        let tokens = self.facts.tokens().filter(|_| !self.spent);
        let settlement = reservation.settled(answered, tokens);
        self.recorder.record_settlement(settlement);
        let Reservation { key, day, .. } = reservation;
        (answered && !self.spent).then_some(Charged { key, day, tokens: settlement.tokens })
    }
}

impl Drop for Charge {
    fn drop(&mut self) {
        self.settle();
    }
}
