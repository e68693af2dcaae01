//! What the supervision of background tasks counts.

use super::Metrics;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;

/// Counters of supervised tasks.
#[derive(Debug, Default)]
pub(super) struct TaskMetrics {
    restarts: Family<[(&'static str, &'static str); 1], Counter>,
}

impl TaskMetrics {
    /// The library adds `_total` by itself.
    pub(super) fn register(&self, registry: &mut Registry) {
        registry.register(
            "task_restarts",
            "Panics of background tasks, each of which was started again",
            self.restarts.clone(),
        );
    }
}

impl Metrics {
    /// A task is supervised; it is counted from zero.
    pub fn task_supervised(&self, task: &'static str) {
        self.tasks.restarts.get_or_create_owned(&[("task", task)]);
    }

    /// A task panicked and is started again.
    pub fn task_restarted(&self, task: &'static str) {
        self.tasks.restarts.get_or_create_owned(&[("task", task)]).inc();
    }
}
