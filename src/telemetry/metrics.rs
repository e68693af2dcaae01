//! Counters and histograms for Prometheus.
//!
//! Every label has few values, known to the program: endpoint names, rejection codes, listener names. Never a path,
//! key, origin, address or anything else a client can choose.

mod catalog;
mod database;
mod process;
mod registered;
mod sharing;
mod tasks;
mod text;
mod traces;
mod upstream;
mod usage;

pub use database::PoolWaits;
pub use text::MetricsFormat;
pub use traces::TraceExports;
pub use upstream::{CallMetrics, UpstreamMetrics};

use crate::domain::usage::TokenUsage;
use catalog::CatalogMetrics;
use database::DatabaseMetrics;
use parking_lot::RwLock;
use process::ProcessMetrics;
use prometheus_client::encoding::text::{encode_eof, encode_registry};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::{Family, MetricConstructor};
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use sharing::RedisMetrics;
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tasks::TaskMetrics;
use text::for_prometheus;
use usage::UsageMetrics;

type Label = [(&'static str, &'static str); 1];
/// Route and outcome.
type RouteOutcome = [(&'static str, &'static str); 2];

/// A whole request: an answer from memory takes a fraction of a millisecond, a chat a minute.
const REQUEST_SECONDS: [f64; 16] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 180.0];
/// The gateway's own share, of which microseconds matter.
const OVERHEAD_SECONDS: [f64; 14] =
    [0.000_05, 0.000_1, 0.000_15, 0.000_2, 0.000_3, 0.000_5, 0.000_75, 0.001, 0.002, 0.005, 0.01, 0.025, 0.1, 0.5];

/// How soon a change of a key is followed: milliseconds, a second if something is slow, five at the latest.
const PROPAGATION_SECONDS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0];

/// What requests count under that reached no row, and how most of them end.
const NO_ROUTE: &str = "none";
const NO_OUTCOME: &str = "not_found";

/// A histogram with these upper bounds.
#[derive(Debug, Clone, Copy)]
struct Buckets(&'static [f64]);

impl MetricConstructor<Histogram> for Buckets {
    fn new_metric(&self) -> Histogram {
        Histogram::new(self.0.iter().copied())
    }
}

type Histograms = Family<Label, Histogram, Buckets>;

#[derive(Debug, Clone, Copy)]
pub struct Observation {
    pub route: &'static str,
    /// `ok`, a rejection code, or `client_left`.
    pub outcome: &'static str,
    pub total: Duration,
    /// Time to the first byte of the answer, if one was sent.
    pub first_byte: Option<Duration>,
    /// Time to the first piece of text of a model, if there was one.
    pub first_token: Option<Duration>,
    /// The gateway's own share: total minus waiting for AnythingLLM and for the client.
    pub gateway: Duration,
}

/// What one route counts, looked up once a request.
#[derive(Debug)]
struct Route {
    duration: Histogram,
    first_byte: Histogram,
    overhead: Histogram,
    /// A handful: searching it is cheaper than hashing.
    outcomes: RwLock<Vec<(&'static str, Counter)>>,
}

/// All metrics of the process. Shared by reference.
pub struct Metrics {
    registry: Registry,
    /// What has no prefix.
    process: Registry,
    routes: RwLock<HashMap<&'static str, Arc<Route>>>,
    requests: Family<RouteOutcome, Counter>,
    duration: Histograms,
    first_byte: Histograms,
    first_token: Histogram,
    overhead: Histograms,
    in_flight: Gauge,
    streams: Gauge,
    connections: Family<Label, Gauge>,
    connections_refused: Family<Label, Counter>,
    clients_unbelieved: Family<Label, Counter>,
    upstream_errors: Family<Label, Counter>,
    prompt_tokens: Counter,
    completion_tokens: Counter,
    usage_events_dropped: Counter,
    change_listener_up: Gauge,
    key_propagation: Histogram,
    logins: Family<Label, Counter>,
    refreshes: Family<Label, Counter>,
    sessions_ended: Family<Label, Counter>,
    catalog: CatalogMetrics,
    database: DatabaseMetrics,
    redis: RedisMetrics,
    tasks: TaskMetrics,
    upstream: UpstreamMetrics,
    usage: UsageMetrics,
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Metrics")
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

/// Counts one more of something until it is dropped.
#[derive(Debug)]
#[must_use = "it counts only while it lives"]
pub struct Running(Gauge);

impl Running {
    fn new(gauge: &Gauge) -> Self {
        gauge.inc();
        Self(gauge.clone())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.dec();
    }
}

impl Metrics {
    pub fn new() -> Self {
        Self::exporting(&TraceExports::default())
    }

    /// With what is counted of the export of traces.
    pub fn exporting(exports: &TraceExports) -> Self {
        let tokens = Family::<Label, Counter>::default();
        let metrics = Self {
            registry: Registry::with_prefix("vestibule"),
            process: Registry::default(),
            routes: RwLock::default(),
            requests: Family::default(),
            duration: Family::new_with_constructor(Buckets(&REQUEST_SECONDS)),
            first_byte: Family::new_with_constructor(Buckets(&REQUEST_SECONDS)),
            first_token: Buckets(&REQUEST_SECONDS).new_metric(),
            overhead: Family::new_with_constructor(Buckets(&OVERHEAD_SECONDS)),
            in_flight: Gauge::default(),
            streams: Gauge::default(),
            connections: Family::default(),
            connections_refused: Family::default(),
            clients_unbelieved: Family::default(),
            upstream_errors: Family::default(),
            prompt_tokens: tokens.get_or_create_owned(&[("direction", "prompt")]),
            completion_tokens: tokens.get_or_create_owned(&[("direction", "completion")]),
            usage_events_dropped: Counter::default(),
            change_listener_up: Gauge::default(),
            key_propagation: Buckets(&PROPAGATION_SECONDS).new_metric(),
            logins: Family::default(),
            refreshes: Family::default(),
            sessions_ended: Family::default(),
            catalog: CatalogMetrics::default(),
            database: DatabaseMetrics::default(),
            redis: RedisMetrics::default(),
            tasks: TaskMetrics::default(),
            upstream: UpstreamMetrics::default(),
            usage: UsageMetrics::default(),
        };
        metrics.registered(tokens, exports)
    }

    /// These routes are counted from zero.
    pub fn expect_routes(&self, names: impl IntoIterator<Item = &'static str>) {
        for name in names {
            self.requests.get_or_create_owned(&[("route", name), ("outcome", "ok")]);
        }
    }

    /// Everything, as text of this format.
    pub fn render(&self, format: MetricsFormat) -> String {
        let mut text = String::with_capacity(32 * 1024);
        let told = encode_registry(&mut text, &self.registry)
            .and_then(|()| encode_registry(&mut text, &self.process))
            .and_then(|()| encode_eof(&mut text));
        // Writing to a String cannot fail; if a metric's own encoder did, half a page would be worse than none.
        match (told, format) {
            (Ok(()), MetricsFormat::OpenMetrics) => text,
            (Ok(()), MetricsFormat::Prometheus) => for_prometheus(&text),
            (Err(fmt::Error), _) => String::new(),
        }
    }

    pub fn observe_request(&self, seen: &Observation) {
        let route = self.route(seen.route);
        self.outcome(&route, seen.route, seen.outcome);
        route.duration.observe(seen.total.as_secs_f64());
        if let Some(first_byte) = seen.first_byte {
            route.first_byte.observe(first_byte.as_secs_f64());
        }
        if let Some(first_token) = seen.first_token {
            self.first_token.observe(first_token.as_secs_f64());
        }
        route.overhead.observe(seen.gateway.as_secs_f64());
    }

    pub fn count_tokens(&self, tokens: TokenUsage) {
        self.prompt_tokens.inc_by(u64::from(tokens.prompt));
        self.completion_tokens.inc_by(u64::from(tokens.completion));
    }

    /// Counts a request whose head was refused. It has no times: it was never answered by what answers requests.
    pub fn refused_head(&self, route: &'static str, outcome: &'static str) {
        self.outcome(&self.route(route), route, outcome);
    }

    fn route(&self, name: &'static str) -> Arc<Route> {
        if let Some(route) = self.routes.read().get(name) {
            return Arc::clone(route);
        }
        let labels = [("route", name)];
        let route = Route {
            duration: self.duration.get_or_create_owned(&labels),
            first_byte: self.first_byte.get_or_create_owned(&labels),
            overhead: self.overhead.get_or_create_owned(&labels),
            outcomes: RwLock::default(),
        };
        Arc::clone(self.routes.write().entry(name).or_insert(Arc::new(route)))
    }

    fn outcome(&self, route: &Route, name: &'static str, outcome: &'static str) {
        if let Some((_, counter)) = route.outcomes.read().iter().find(|(known, _)| *known == outcome) {
            counter.inc();
            return;
        }
        // Two at once leave two rows for the same counter, which is harmless.
        let counter = self.requests.get_or_create_owned(&[("route", name), ("outcome", outcome)]);
        counter.inc();
        route.outcomes.write().push((outcome, counter));
    }

    /// A request is being answered for as long as the guard lives.
    pub fn request_started(&self) -> Running {
        Running::new(&self.in_flight)
    }

    /// A stream is running for as long as the guard lives.
    pub fn stream_opened(&self) -> Running {
        Running::new(&self.streams)
    }

    /// A client connected to this listener.
    pub fn connection_opened(&self, listener: &'static str) {
        self.connections.get_or_create(&[("listener", listener)]).inc();
    }

    pub fn connection_closed(&self, listener: &'static str) {
        self.connections.get_or_create(&[("listener", listener)]).dec();
    }

    /// A connection was closed at once.
    pub fn connection_refused(&self, reason: &'static str) {
        self.connections_refused.get_or_create(&[("reason", reason)]).inc();
    }

    /// Somebody who is no trusted proxy named another client: `private` or `public`, as the sender's address is.
    pub fn client_unbelieved(&self, peer: &'static str) {
        self.clients_unbelieved.get_or_create(&[("peer", peer)]).inc();
    }

    /// A call of AnythingLLM failed.
    pub fn upstream_error(&self, kind: &'static str) {
        self.upstream_errors.get_or_create(&[("kind", kind)]).inc();
    }

    pub fn usage_events_dropped(&self, count: u64) {
        self.usage_events_dropped.inc_by(count);
    }

    /// Somebody tried to log in: `ok` or a rejection code.
    pub fn login(&self, outcome: &'static str) {
        self.logins.get_or_create(&[("outcome", outcome)]).inc();
    }

    /// A refresh token was used: `ok`, `repeated` for an answer given again, or a rejection code.
    pub fn refresh(&self, outcome: &'static str) {
        self.refreshes.get_or_create(&[("outcome", outcome)]).inc();
    }

    /// A session ended before its time.
    pub fn session_ended(&self, reason: &'static str) {
        self.sessions_ended.get_or_create(&[("reason", reason)]).inc();
    }

    /// Whether changes in the database are heard.
    pub fn change_listener_up(&self, up: bool) {
        self.change_listener_up.set(i64::from(up));
    }

    /// A change of a key is followed, so long after it was made.
    pub fn key_propagated(&self, took: Duration) {
        self.key_propagation.observe(took.as_secs_f64());
    }
}

#[cfg(test)]
mod tests;
