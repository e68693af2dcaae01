//! Turns at AnythingLLM: so many calls are in progress at the same time, the others stand in a short line, one for each
//! workspace, and the lines are served in rotation. A workspace that asks for more than its share waits for itself.
//!
//! A turn lasts until what was asked for is over or nobody wants it any more: it is given back when it is dropped.

mod lines;

use crate::telemetry::metrics::CallMetrics;
use lines::Lines;
use parking_lot::Mutex;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout};

/// Who may call now. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Turns(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    lines: Mutex<Lines<oneshot::Sender<Turn>>>,
    wait: Duration,
    metrics: CallMetrics,
}

/// One call in progress.
#[derive(Debug)]
#[must_use = "the call is in progress only while it lives"]
pub(super) struct Turn {
    shared: Arc<Shared>,
    workspace: Arc<str>,
}

/// No turn came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoTurn {
    /// The workspace's line is full.
    Full,
    /// It did not come in time.
    Late,
}

/// A place in a line, left when it is dropped.
struct Waiting<'a> {
    shared: &'a Shared,
    workspace: &'a str,
    number: u64,
    since: Instant,
}

impl Turns {
    /// `limit` calls at the same time, of each workspace `room` more in line, for as long as `wait`.
    pub(super) fn new(limit: usize, room: usize, wait: Duration, metrics: CallMetrics) -> Self {
        Self(Arc::new(Shared { lines: Mutex::new(Lines::new(limit, room)), wait, metrics }))
    }

    /// The head of a call's answer has come.
    pub(super) fn answered(&self, after: Duration) {
        self.0.metrics.answered(after);
    }

    /// A turn for a call of `workspace`; calls that are for none share a line.
    ///
    /// # Errors
    /// [`NoTurn`]
    pub(super) async fn take(&self, workspace: &str) -> Result<Turn, NoTurn> {
        let shared = &self.0;
        let (mut turn, waiting) = {
            let mut lines = shared.lines.lock();
            if let Some(workspace) = lines.begin(workspace) {
                drop(lines);
                return Ok(Turn::begun(shared, workspace));
            }
            let (give, turn) = oneshot::channel();
            let Some(number) = lines.stand(workspace, give) else {
                shared.metrics.refused_full();
                return Err(NoTurn::Full);
            };
            (turn, Waiting { shared, workspace, number, since: Instant::now() })
        };
        shared.metrics.waits();
        let came = timeout(shared.wait, &mut turn).await;
        drop(waiting);
        match came {
            Ok(Ok(turn)) => Ok(turn),
            // A turn that came at the last moment is as good.
            Ok(Err(_)) | Err(_) => turn.try_recv().map_err(|_| {
                shared.metrics.refused_late();
                NoTurn::Late
            }),
        }
    }
}

impl Turn {
    fn begun(shared: &Arc<Shared>, workspace: Arc<str>) -> Self {
        shared.metrics.began();
        Self { shared: Arc::clone(shared), workspace }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.shared.metrics.ended();
        let next = self.shared.lines.lock().end(&self.workspace);
        // Whoever has just given up gives the turn back at once, which calls the one after them.
        for (workspace, give) in next {
            let _ = give.send(Self::begun(&self.shared, workspace));
        }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.shared.lines.lock().leave(self.workspace, self.number);
        self.shared.metrics.waits_no_more(self.since.elapsed());
    }
}

#[cfg(test)]
mod tests;
