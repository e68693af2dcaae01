//! What is known of one request while Pingora's hooks deal with it. Data only: the hooks decide.

use crate::edge::connection::Connection;
use crate::edge::record::Running;
use crate::gate::Admitted;
use crate::limits::Place;
use crate::telemetry::metrics;
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
    pub(super) admitted: Option<Admitted>,
    pub(super) login: Option<Place>,
    pub(super) body_limit: u64,
    pub(super) body_seen: u64,
    pub(super) upstream_began: Option<Instant>,
    /// Counts the request as running until it is dropped.
    pub(super) _in_flight: metrics::Running,
}
