//! As slow as the real server, where that was measured: storing, embedding and removing documents.
//!
//! Off unless switched on. Texts are stored one after the other, as one process does it; embedding and removing wait for
//! each other, as another one does these.

use std::time::Duration;

use http::Method;
use serde_json::Value;
use tokio::sync::Mutex;

use crate::call::{Body, Call};
use crate::control::Control;

/// Time for each document.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Slowness {
    /// `raw-text`.
    pub store: Duration,
    /// One that `update-embeddings` adds.
    pub embed: Duration,
    /// One that `update-embeddings` takes out.
    pub unembed: Duration,
    /// One that `remove-documents` removes.
    pub remove: Duration,
}

impl Slowness {
    /// As the release 1.16.0 with PostgreSQL and pgvector was measured, with 5,000 documents. What was measured as one
    /// time, 426 ms for taking a document out and removing it, is split like this: taking out makes the same calls of the
    /// database as embedding.
    pub const MEASURED: Self = Self {
        store: Duration::from_millis(96),
        embed: Duration::from_millis(46),
        unembed: Duration::from_millis(46),
        remove: Duration::from_millis(380),
    };

    /// So many times as fast.
    #[must_use]
    pub fn divided(self, by: u32) -> Self {
        let Self { store, embed, unembed, remove } = self;
        Self { store: store / by, embed: embed / by, unembed: unembed / by, remove: remove / by }
    }
}

/// The two processes.
#[derive(Debug, Default)]
pub(crate) struct Workers {
    collector: Mutex<()>,
    server: Mutex<()>,
}

/// Takes the time that this call takes.
pub(crate) async fn take_time(control: &Control, call: &Call) {
    let slowness = control.slowness();
    if slowness == Slowness::default() {
        return;
    }
    let segments: Vec<&str> = call.lower.iter().map(String::as_str).collect();
    let count = |field: &str| match &call.body {
        Body::Parsed(body) => body.get(field).and_then(Value::as_array).map_or(0, Vec::len),
        Body::Absent | Body::Text(_) => 0,
    };
    let times = |each: Duration, count: usize| each * u32::try_from(count).unwrap_or(u32::MAX);
    match (&call.method, segments.as_slice()) {
        (&Method::POST, ["api", "v1", "document", "raw-text"]) => {
            let _turn = control.workers().collector.lock().await;
            tokio::time::sleep(slowness.store).await;
        }
        (&Method::POST, ["api", "v1", "workspace", _, "update-embeddings"]) => {
            let _turn = control.workers().server.lock().await;
            let time = times(slowness.embed, count("adds")) + times(slowness.unembed, count("deletes"));
            tokio::time::sleep(time).await;
        }
        (&Method::DELETE, ["api", "v1", "system", "remove-documents"]) => {
            let _turn = control.workers().server.lock().await;
            tokio::time::sleep(times(slowness.remove, count("names"))).await;
        }
        _ => {}
    }
}
