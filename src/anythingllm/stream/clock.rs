//! How long a stream may stand still, and how long it may take.

use super::SETTLE;
use crate::anythingllm::deadline::Deadline;
use crate::telemetry::RequestFacts;
use std::time::Duration;
use tokio::time::Instant;

#[derive(Debug)]
pub(super) struct Clock {
    pub(super) started: Instant,
    /// The stream must be over by then, however lively it is.
    pub(super) end: Instant,
    pub(super) idle: Duration,
    pub(super) deadline: Deadline,
    pub(super) waiting_since: Option<Instant>,
}

impl Clock {
    pub(super) fn moves(&mut self, facts: &RequestFacts) -> Instant {
        let now = Instant::now();
        if let Some(since) = self.waiting_since.take() {
            facts.add_upstream_wait(now - since);
        }
        self.deadline.move_to(self.end.min(now + self.idle));
        now
    }

    pub(super) fn stands(&mut self) {
        self.waiting_since.get_or_insert_with(Instant::now);
    }

    /// From now on only the formalities are missing.
    pub(super) fn hurry(&mut self) {
        self.idle = self.idle.min(SETTLE);
        self.deadline.move_to(self.end.min(Instant::now() + self.idle));
    }
}
