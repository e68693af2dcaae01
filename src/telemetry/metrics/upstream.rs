//! What calls of AnythingLLM count: how many run and wait, how long they waited, how many got no turn.

use super::{Buckets, Metrics};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};
use std::time::Duration;

/// A turn comes at once or within the few seconds that a call may wait.
const WAIT_SECONDS: [f64; 11] = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0];

/// To the head of an answer: milliseconds, or as long as embedding takes.
const RESPONSE_SECONDS: [f64; 13] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0, 120.0];

/// Counters of calls of AnythingLLM. Clones count into the same.
#[derive(Debug, Clone)]
pub struct UpstreamMetrics {
    running: Family<[(&'static str, &'static str); 1], Gauge>,
    waiting: Family<[(&'static str, &'static str); 1], Gauge>,
    waited: Family<[(&'static str, &'static str); 1], Histogram, Buckets>,
    refused: Family<[(&'static str, &'static str); 2], Counter>,
    connected_again: Counter,
    response: Family<[(&'static str, &'static str); 1], Histogram, Buckets>,
    passed: Histogram,
}

/// Those of one kind of call.
#[derive(Debug)]
pub struct CallMetrics {
    running: Gauge,
    waiting: Gauge,
    waited: Histogram,
    full: Counter,
    late: Counter,
    response: Histogram,
}

impl Default for UpstreamMetrics {
    fn default() -> Self {
        let response = Family::<_, Histogram, _>::new_with_constructor(Buckets(&RESPONSE_SECONDS));
        Self {
            passed: response.get_or_create_owned(&[("kind", "passed")]),
            response,
            running: Family::default(),
            waiting: Family::default(),
            waited: Family::new_with_constructor(Buckets(&WAIT_SECONDS)),
            refused: Family::default(),
            connected_again: Counter::default(),
        }
    }
}

impl UpstreamMetrics {
    /// The library adds `_total` and `_seconds` by itself.
    pub(super) fn register(&self, registry: &mut Registry) {
        registry.register("upstream_calls_running", "Calls of AnythingLLM in progress, by kind", self.running.clone());
        registry.register(
            "upstream_calls_waiting",
            "Calls that wait for their turn at AnythingLLM, by kind",
            self.waiting.clone(),
        );
        registry.register_with_unit(
            "upstream_turn_wait",
            "Time that calls waited for their turn, of those that had to",
            Unit::Seconds,
            self.waited.clone(),
        );
        for kind in ["chat", "call", "work"] {
            let _ = self.of(kind);
        }
        registry.register_with_unit(
            "upstream_response",
            "Time from a call of AnythingLLM to the head of its answer, by kind",
            Unit::Seconds,
            self.response.clone(),
        );
        registry.register("upstream_calls_refused", "Calls that got no turn, by kind and reason", self.refused.clone());
        registry.register(
            "upstream_connects_repeated",
            "Second attempts to connect to AnythingLLM",
            self.connected_again.clone(),
        );
    }

    pub fn of(&self, kind: &'static str) -> CallMetrics {
        let refused = |reason| self.refused.get_or_create_owned(&[("kind", kind), ("reason", reason)]);
        CallMetrics {
            running: self.running.get_or_create_owned(&[("kind", kind)]),
            waiting: self.waiting.get_or_create_owned(&[("kind", kind)]),
            waited: self.waited.get_or_create_owned(&[("kind", kind)]),
            full: refused("full"),
            late: refused("late"),
            response: self.response.get_or_create_owned(&[("kind", kind)]),
        }
    }

    /// The head of an answer that is passed through has come.
    pub fn passed(&self, after: Duration) {
        self.passed.observe(after.as_secs_f64());
    }

    pub fn connected_again(&self) {
        self.connected_again.inc();
    }
}

impl CallMetrics {
    pub fn began(&self) {
        self.running.inc();
    }

    pub fn ended(&self) {
        self.running.dec();
    }

    pub fn waits(&self) {
        self.waiting.inc();
    }

    pub fn waits_no_more(&self, after: Duration) {
        self.waiting.dec();
        self.waited.observe(after.as_secs_f64());
    }

    /// The head of an answer has come.
    pub fn answered(&self, after: Duration) {
        self.response.observe(after.as_secs_f64());
    }

    pub fn refused_full(&self) {
        self.full.inc();
    }

    pub fn refused_late(&self) {
        self.late.inc();
    }
}

impl Metrics {
    /// See [`UpstreamMetrics::passed`].
    pub fn upstream_passed(&self, after: Duration) {
        self.upstream.passed(after);
    }

    /// For those who call AnythingLLM.
    pub fn upstream(&self) -> UpstreamMetrics {
        self.upstream.clone()
    }
}
