//! Redis: whether it is there, and who decides about limits.

use super::{Buckets, Metrics};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};
use std::time::Duration;

type Label = [(&'static str, &'static str); 1];
type TwoLabels = [(&'static str, &'static str); 2];

/// What there may be a Redis for.
const USES: [&str; 2] = ["limits", "cache"];

/// A call takes a fraction of a millisecond, or the patience there is.
const ANSWER_SECONDS: [f64; 10] = [0.000_1, 0.000_25, 0.000_5, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 1.0];

#[derive(Debug)]
pub(super) struct RedisMetrics {
    up: Family<Label, Gauge>,
    shared: Gauge,
    failures: Family<TwoLabels, Counter>,
    decided: Family<Label, Counter>,
    answers: Family<Label, Histogram, Buckets>,
}

impl Default for RedisMetrics {
    fn default() -> Self {
        Self {
            up: Family::default(),
            shared: Gauge::default(),
            failures: Family::default(),
            decided: Family::default(),
            answers: Family::new_with_constructor(Buckets(&ANSWER_SECONDS)),
        }
    }
}

impl RedisMetrics {
    /// The library adds `_total` by itself.
    pub(super) fn register(&self, registry: &mut Registry) {
        for usage in USES {
            self.up.get_or_create_owned(&[("use", usage)]).set(0);
            self.answers.get_or_create_owned(&[("use", usage)]);
            for how in ["late", "error"] {
                self.failures.get_or_create_owned(&[("use", usage), ("how", how)]);
            }
        }
        for by in ["redis", "memory", "share"] {
            self.decided.get_or_create_owned(&[("by", by)]);
        }
        registry.register_with_unit(
            "redis_answer",
            "Time to an answer of Redis, by what for",
            Unit::Seconds,
            self.answers.clone(),
        );
        registry.register("redis_up", "Whether Redis is used (1) or not (0), by what for", self.up.clone());
        registry.register(
            "limits_shared",
            "Whether limits are counted over all replicas (1) or this one counts alone (0)",
            self.shared.clone(),
        );
        registry.register("redis_failures", "Calls of Redis that failed, by what for and how", self.failures.clone());
        registry.register(
            "limits_decided",
            "Decisions about limits: by `redis`, from the `memory` of its last refusal, or within the `share` of this replica while Redis is away",
            self.decided.clone(),
        );
    }
}

impl Metrics {
    pub fn redis_up(&self, usage: &'static str, up: bool) {
        self.redis.up.get_or_create(&[("use", usage)]).set(i64::from(up));
    }

    /// Limits are counted over all replicas, or not.
    pub fn limits_shared(&self, shared: bool) {
        self.redis.shared.set(i64::from(shared));
    }

    /// Redis answered.
    pub fn redis_answered(&self, usage: &'static str, took: Duration) {
        self.redis.answers.get_or_create(&[("use", usage)]).observe(took.as_secs_f64());
    }

    /// A call failed: `late` or `error`.
    pub fn redis_failed(&self, usage: &'static str, how: &'static str) {
        self.redis.failures.get_or_create(&[("use", usage), ("how", how)]).inc();
    }

    /// Limits were decided: by `redis`, from `memory`, or within the `share`.
    pub fn limits_decided(&self, by: &'static str) {
        self.redis.decided.get_or_create(&[("by", by)]).inc();
    }
}
