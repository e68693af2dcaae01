//! What is counted of the database: its absence, and what its connections are waited for.

use super::{Buckets, Metrics};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::MetricConstructor as _;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};
use std::time::Duration;

/// A connection is there at once, or somebody has to give one back.
const WAIT_SECONDS: [f64; 11] = [0.000_1, 0.000_5, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0];

/// How long connections were waited for. Clones count into the same; a default one counts for nobody.
#[derive(Debug, Clone)]
pub struct PoolWaits(Histogram);

impl Default for PoolWaits {
    fn default() -> Self {
        Self(Buckets(&WAIT_SECONDS).new_metric())
    }
}

impl PoolWaits {
    /// Somebody waited for a connection, whether they got one or not.
    pub fn waited(&self, waited: Duration) {
        self.0.observe(waited.as_secs_f64());
    }
}

/// Whether the database is there, and what was answered without it.
#[derive(Debug, Default)]
pub(super) struct DatabaseMetrics {
    up: Gauge,
    stale_answers: Counter,
    waits: PoolWaits,
    used: Gauge,
    idle: Gauge,
}

impl DatabaseMetrics {
    /// The library adds `_total` and `_seconds` by itself.
    pub(super) fn register(&self, registry: &mut Registry) {
        registry.register("database_up", "Whether the database is known to be away (0) or not (1)", self.up.clone());
        registry.register(
            "stale_answers",
            "Lookups answered from memory because the database was away; what was revoked meanwhile is not heard",
            self.stale_answers.clone(),
        );
        registry.register_with_unit(
            "database_connection_wait",
            "Time that a connection of the pool was waited for",
            Unit::Seconds,
            self.waits.0.clone(),
        );
        registry.register("database_connections_used", "Connections of the pool in use", self.used.clone());
        registry.register("database_connections_idle", "Connections of the pool that nobody uses", self.idle.clone());
    }
}

impl Metrics {
    /// Whether the database is there.
    pub fn database_up(&self, up: bool) {
        self.database.up.set(i64::from(up));
    }

    /// So many lookups more were answered from memory because the database was away.
    pub fn stale_answers(&self, count: u64) {
        self.database.stale_answers.inc_by(count);
    }

    /// For the pool of connections.
    pub fn pool_waits(&self) -> PoolWaits {
        self.database.waits.clone()
    }

    /// The connections of the pool.
    pub fn database_connections(&self, used: u32, idle: u32) {
        self.database.used.set(i64::from(used));
        self.database.idle.set(i64::from(idle));
    }
}
