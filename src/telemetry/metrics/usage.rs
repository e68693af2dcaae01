//! What adding up usage counts.

use super::Metrics;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;
use std::time::Duration;

#[derive(Debug, Default)]
pub(super) struct UsageMetrics {
    spooled_bytes: Gauge,
    unspooled: Counter,
    damaged: Counter,
    events: Counter,
    failures: Family<[(&'static str, &'static str); 1], Counter>,
    lag: Gauge,
}

impl UsageMetrics {
    /// The library adds `_total` by itself.
    pub(super) fn register(&self, registry: &mut Registry) {
        for what in ["rollup", "partitions", "retention"] {
            self.failures.get_or_create_owned(&[("what", what)]);
        }
        registry.register(
            "usage_spool_bytes",
            "Bytes of the segments of the usage spool that this process holds",
            self.spooled_bytes.clone(),
        );
        registry.register(
            "usage_spool_failures",
            "Records of usage that were kept in memory because the spool did not take them",
            self.unspooled.clone(),
        );
        registry.register(
            "usage_spool_damaged",
            "Places in segments of the usage spool that held no whole record",
            self.damaged.clone(),
        );
        registry.register("usage_events_rolled_up", "Usage events this process added to the sums", self.events.clone());
        registry.register(
            "usage_upkeep_failures",
            "Rounds of adding up usage and of keeping its partitions that failed",
            self.failures.clone(),
        );
        registry.register(
            "usage_rollup_lag_seconds",
            "Age of the oldest usage event that is not in the sums",
            self.lag.clone(),
        );
    }
}

impl Metrics {
    /// What the spool holds, how many records it did not take, and how many places of it were damaged.
    pub fn usage_spool(&self, bytes: u64, unspooled: u64, damaged: u64) {
        self.usage.spooled_bytes.set(i64::try_from(bytes).unwrap_or(i64::MAX));
        self.usage.unspooled.inc_by(unspooled);
        self.usage.damaged.inc_by(damaged);
    }

    /// Events were added to the sums.
    pub fn usage_rolled_up(&self, events: usize) {
        self.usage.events.inc_by(u64::try_from(events).unwrap_or(u64::MAX));
    }

    /// A round of `rollup`, `partitions` or `retention` failed.
    pub fn usage_upkeep_failed(&self, what: &'static str) {
        self.usage.failures.get_or_create_owned(&[("what", what)]).inc();
    }

    /// How old the oldest event is that is not in the sums.
    pub fn usage_rollup_lag(&self, lag: Duration) {
        self.usage.lag.set(i64::try_from(lag.as_secs()).unwrap_or(i64::MAX));
    }
}
