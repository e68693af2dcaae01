//! What is known of one request while Pingora's hooks deal with it. Data only: the hooks decide.

use crate::edge::connection::Connection;
use crate::edge::connections::RequestPlace;
use crate::edge::knowledge::Change;
use crate::edge::leash::Progress;
use crate::edge::patience::Patience;
use crate::edge::protocol::Asked;
use crate::edge::record::Running;
use crate::gate::Admitted;
use crate::limits::Place;
use crate::telemetry::metrics;
use crate::telemetry::spans::Span;
use crate::telemetry::trace_context::TraceContext;
use std::sync::Arc;
use std::time::Instant;

/// What the hooks pass on from one to the next.
#[derive(Debug)]
pub(super) struct RequestContext {
    pub(super) connection: Arc<Connection>,
    pub(super) running: Running,
    pub(super) from_trusted: bool,
    pub(super) trace: TraceContext,
    /// Of the request, and of the call that it is passed through with.
    pub(super) span: Span,
    pub(super) upstream_span: Span,
    pub(super) admitted: Option<Arc<Admitted>>,
    pub(super) asked: Asked,
    /// Among those of its address that run at the same time.
    pub(super) place: Option<RequestPlace>,
    /// Only while AnythingLLM works on it: never while the client sends or reads.
    pub(super) login: Option<Place>,
    pub(super) body: PassedBody,
    /// What it changes of what AnythingLLM's workspaces hold, until that is told to all replicas.
    pub(super) change: Option<Change>,
    pub(super) upstream_began: Option<Instant>,
    /// How long AnythingLLM may take, where the request passes.
    pub(super) patience: Option<Patience>,
    /// A second attempt to connect was made.
    pub(super) connected_again: bool,
    /// Counts the request as running until it is dropped.
    pub(super) _in_flight: metrics::Running,
}

/// The body of a request on its way to AnythingLLM.
#[derive(Debug)]
pub(super) struct PassedBody {
    pub(super) limit: u64,
    pub(super) seen: u64,
    pub(super) began: Instant,
    /// It was there before AnythingLLM was called.
    pub(super) is_whole: bool,
    /// For requests whose waits pingora does not bound as they should be.
    pub(super) progress: Option<Arc<Progress>>,
}

impl PassedBody {
    pub(super) fn new(limit: u64) -> Self {
        Self { limit, seen: 0, began: Instant::now(), is_whole: false, progress: None }
    }
}
