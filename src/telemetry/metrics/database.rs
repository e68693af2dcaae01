//! What is counted of the database's absence.

use super::Metrics;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

/// Whether the database is there, and what was answered without it.
#[derive(Debug, Default)]
pub(super) struct DatabaseMetrics {
    up: Gauge,
    stale_answers: Counter,
}

impl DatabaseMetrics {
    /// The library adds `_total` by itself.
    pub(super) fn register(&self, registry: &mut Registry) {
        registry.register("database_up", "Whether the database is known to be away (0) or not (1)", self.up.clone());
        registry.register(
            "stale_answers",
            "Lookups answered from memory because the database was away; what was revoked meanwhile is not heard",
            self.stale_answers.clone(),
        );
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
}
