//! What catalogue syncs count.

use super::Metrics;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

#[derive(Debug, Default)]
pub(super) struct CatalogMetrics {
    runs: Family<[(&'static str, &'static str); 1], Counter>,
    products: Family<[(&'static str, &'static str); 1], Counter>,
    retries: Counter,
    running: Gauge,
    deliveries: Family<[(&'static str, &'static str); 1], Counter>,
}

impl CatalogMetrics {
    /// The library adds `_total` by itself.
    pub(super) fn register(&self, registry: &mut Registry) {
        for status in ["succeeded", "partial", "failed", "cancelled"] {
            self.runs.get_or_create_owned(&[("status", status)]);
        }
        for outcome in ["embedded", "failed"] {
            self.products.get_or_create_owned(&[("outcome", outcome)]);
        }
        for result in ["noted", "again", "ignored", "malformed", "refused"] {
            self.deliveries.get_or_create_owned(&[("result", result)]);
        }
        registry.register("catalog_runs", "Catalogue syncs that ended, by status", self.runs.clone());
        registry.register(
            "catalog_products",
            "Products whose document was embedded, or failed to be",
            self.products.clone(),
        );
        registry.register(
            "catalog_upstream_retries",
            "Calls of AnythingLLM that catalogue syncs made again",
            self.retries.clone(),
        );
        registry.register(
            "store_deliveries",
            "Deliveries of shops' webhooks, by what became of them",
            self.deliveries.clone(),
        );
        registry.register("catalog_runs_running", "Catalogue syncs this process works on", self.running.clone());
    }
}

impl Metrics {
    pub fn catalog_run_ended(&self, status: &'static str) {
        self.catalog.runs.get_or_create_owned(&[("status", status)]).inc();
    }

    pub fn catalog_products(&self, embedded: usize, failed: usize) {
        for (outcome, count) in [("embedded", embedded), ("failed", failed)] {
            let count = u64::try_from(count).unwrap_or(u64::MAX);
            self.catalog.products.get_or_create_owned(&[("outcome", outcome)]).inc_by(count);
        }
    }

    pub fn store_delivery(&self, result: &'static str) {
        self.catalog.deliveries.get_or_create_owned(&[("result", result)]).inc();
    }

    pub fn catalog_upstream_retried(&self) {
        self.catalog.retries.inc();
    }

    /// A sync is being worked on for as long as the guard lives.
    pub fn catalog_run_started(&self) -> super::Running {
        super::Running::new(&self.catalog.running)
    }
}
