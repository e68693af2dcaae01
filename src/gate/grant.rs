//! What a request has taken from the limits, and what it takes once its body is read. Whatever refuses, everything is
//! given back.

use super::refusal::rate_limited;
use super::wants::{Asking, asking_want, handover_wants, stream_places};
use super::{Admitted, Rates};
use crate::domain::access::Principal;
use crate::domain::address::Address;
use crate::limits::{LimitState, Limiter, StreamSlot, Want};
use crate::rejection::Rejection;
use parking_lot::Mutex;
use std::sync::Arc;

/// What was taken from the limits; what is left goes into the answer's headers.
#[derive(Debug)]
pub struct Grant {
    pub(super) wants: Vec<Want>,
    pub(super) states: Mutex<Vec<LimitState>>,
    pub(super) limiter: Arc<dyn Limiter>,
    pub(super) rates: Rates,
}

impl Grant {
    async fn give_back(&self) {
        self.limiter.give_back(&self.wants).await;
        for state in self.states.lock().iter_mut() {
            *state = state.given_back();
        }
    }
}

impl Admitted {
    /// Where the limits stand, for the `RateLimit` headers.
    pub fn limit_states(&self) -> Vec<LimitState> {
        self.grant.states.lock().clone()
    }

    /// What the client's address counts as.
    pub fn address(&self) -> Address {
        Address::of(self.arrival.client_ip)
    }

    /// Counts a chat against its visitor or session, which is only known once the body is read. A refusal gives back
    /// what the gate took, so that one eager visitor does not use up the key's allowance.
    ///
    /// # Errors
    /// `rate_limited`
    pub async fn limit_visitor(&self, asking: Asking<'_>) -> Result<(), Rejection> {
        let Some(key) = self.principal().key() else { return Ok(()) };
        self.take(&[asking_want(key, asking, self.address(), &self.grant.rates)]).await
    }

    /// Counts a hand-over against its visitor and their address, once it is known to be a good one. A refusal gives back
    /// what the gate took.
    ///
    /// # Errors
    /// `rate_limited`
    pub async fn limit_handover(&self) -> Result<(), Rejection> {
        self.take(&handover_wants(&self.grant.rates, self.principal(), self.address())).await
    }

    async fn take(&self, wants: &[Want]) -> Result<(), Rejection> {
        if wants.is_empty() {
            return Ok(());
        }
        match self.grant.limiter.take(wants).await {
            Ok(states) => {
                self.grant.states.lock().extend(states);
                Ok(())
            }
            Err(exceeded) => {
                self.grant.give_back().await;
                self.grant.states.lock().extend_from_slice(&exceeded.states);
                Err(rate_limited(exceeded))
            }
        }
    }

    /// Gives back what the gate took, because the request is refused after all.
    pub async fn give_back(&self) {
        self.grant.give_back().await;
    }

    /// Takes a place for a running stream of the key or user, and of whoever shares them. `named` is the client's name
    /// for the visitor. A refusal gives back what the gate took.
    ///
    /// # Errors
    /// `too_many_streams`
    pub async fn open_stream(&self, named: Option<&str>) -> Result<Option<StreamSlot>, Rejection> {
        if matches!(self.principal(), Principal::Anonymous) {
            return Ok(None);
        }
        let places = stream_places(&self.grant.rates, self.principal(), named, self.address());
        match self.grant.limiter.open_stream(&places).await {
            Ok(slot) => Ok(Some(slot)),
            Err(full) => {
                self.grant.give_back().await;
                Err(Rejection::TooManyStreams { limit: full.max, policy: full.policy.as_str() })
            }
        }
    }
}
