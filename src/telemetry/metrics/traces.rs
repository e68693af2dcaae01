//! What became of the spans that were to be exported. Begins before the other metrics, with the log.

use prometheus_client::metrics::counter::Counter;
use prometheus_client::registry::Registry;

/// Counters of exported spans. Clones count into the same.
#[derive(Debug, Clone, Default)]
pub struct TraceExports {
    exported: Counter,
    lost: Counter,
    failures: Counter,
}

impl TraceExports {
    /// The library adds `_total` by itself.
    pub(super) fn register(&self, registry: &mut Registry) {
        registry.register("trace_spans_exported", "Spans that the collector has taken", self.exported.clone());
        registry.register("trace_spans_lost", "Spans that the collector has not taken", self.lost.clone());
        registry.register(
            "trace_export_failures",
            "Batches of spans that the collector did not take",
            self.failures.clone(),
        );
    }

    /// A batch was taken.
    pub(in crate::telemetry) fn sent(&self, spans: u64) {
        self.exported.inc_by(spans);
    }

    /// A batch was not taken.
    pub(in crate::telemetry) fn lost(&self, spans: u64) {
        self.lost.inc_by(spans);
        self.failures.inc();
    }

    /// Exported, lost, and batches that failed.
    #[cfg(test)]
    pub(in crate::telemetry) fn counted(&self) -> (u64, u64, u64) {
        (self.exported.get(), self.lost.get(), self.failures.get())
    }
}
