//! Redis: whether it is there, and who decides about limits.

use super::Metrics;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

type Label = [(&'static str, &'static str); 1];

#[derive(Debug, Default)]
pub(super) struct RedisMetrics {
    up: Gauge,
    shared: Gauge,
    failures: Family<Label, Counter>,
    decided: Family<Label, Counter>,
}

impl RedisMetrics {
    /// The library adds `_total` by itself.
    pub(super) fn register(&self, registry: &mut Registry) {
        registry.register("redis_up", "Whether Redis is used (1) or not (0)", self.up.clone());
        registry.register(
            "limits_shared",
            "Whether limits are counted over all replicas (1) or this one counts alone (0)",
            self.shared.clone(),
        );
        registry.register("redis_failures", "Calls of Redis that failed, by how", self.failures.clone());
        registry.register(
            "limits_decided",
            "Decisions about limits: by `redis`, from the `memory` of its last refusal, or within the `share` of this replica while Redis is away",
            self.decided.clone(),
        );
    }
}

impl Metrics {
    pub fn redis_up(&self, up: bool) {
        self.redis.up.set(i64::from(up));
    }

    /// Limits are counted over all replicas, or not.
    pub fn limits_shared(&self, shared: bool) {
        self.redis.shared.set(i64::from(shared));
    }

    /// A call failed: `late` or `error`.
    pub fn redis_failed(&self, how: &'static str) {
        self.redis.failures.get_or_create(&[("how", how)]).inc();
    }

    /// Limits were decided: by `redis`, from `memory`, or within the `share`.
    pub fn limits_decided(&self, by: &'static str) {
        self.redis.decided.get_or_create(&[("by", by)]).inc();
    }
}
