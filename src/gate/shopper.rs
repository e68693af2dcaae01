//! One more way to be admitted: a person who was let in asks as a shopper with one of the tenant's keys would. The
//! key's limits are taken, as the gate takes them of a visitor.

use super::refusal::{forbidden, rate_limited};
use super::wants::wants;
use super::{Admitted, Grant};
use crate::domain::visitor::Visitor;
use crate::endpoints::Cost;
use crate::rejection::Rejection;
use parking_lot::Mutex;
use std::sync::Arc;

impl Admitted {
    /// The same request as a chat of this visitor. It is recorded as usage of the visitor's key, with the person who
    /// asks and with the row that they ask at, so that it can be told from what shoppers ask.
    ///
    /// # Errors
    /// `forbidden`, `forbidden_origin`, `insufficient_scope` as the visitor would be told, or for somebody who manages
    /// no keys; `rate_limited`.
    pub async fn as_shopper(&self, visitor: Visitor) -> Result<Self, Rejection> {
        let visitor = Arc::new(visitor);
        let permit = self.permit.as_shopper(Arc::clone(&visitor), self.client_ip()).map_err(forbidden)?;
        self.facts.set_key(visitor.key());
        if let Some(user) = self.principal().user() {
            self.facts.set_asker(user.id);
        }
        self.facts.set_visitor(&visitor.owner().storage_key());
        let limiter = Arc::clone(&self.grant.limiter);
        let wants = wants(&self.grant.rates, Cost::Chat, permit.principal(), self.address());
        let states = limiter.take(&wants).await.map_err(rate_limited)?;
        let grant = Grant { wants, states: Mutex::new(states), limiter, rates: self.grant.rates };
        Ok(Self {
            matched: self.matched.clone(),
            permit,
            grant,
            arrival: self.arrival.clone(),
            language: self.language,
            facts: Arc::clone(&self.facts),
            renewed: None,
            since: self.since,
        })
    }
}
