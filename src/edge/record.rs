//! The record of each request, always made, also for refusals and broken connections: one access line, the metrics and,
//! where a tenant is known, one usage event.
//!
//! Fields are named here and nowhere else. Never recorded: paths (widget paths hold keys, AnythingLLM's hold invitation
//! codes), queries, bodies, credentials. Origins stand in usage events only, for the tenant they were used against.

use crate::domain::clock::Ambient;
use crate::domain::ids::{EventId, RequestId};
use crate::domain::key::KeyRecord;
use crate::domain::origin::Origin;
use crate::domain::usage::rollup::{NOTHING_FOUND, OK};
use crate::domain::usage::{LONGEST_MODEL, UsageEvent};
use crate::domain::user::{User, UserId};
use crate::edge::client::Exchanged;
use crate::edge::connection::Connection;
use crate::endpoints::Listener;
use crate::rejection::Rejection;
use crate::storage::UsageRecorder;
use crate::telemetry::metrics::{Metrics, Observation};
use crate::telemetry::spans::EndedRequest;
use crate::telemetry::{AccessLog, RequestFacts};
use chrono::{DateTime, Utc};
use serde::Serialize;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Route name of requests that reached no row.
pub(super) const UNROUTED: &str = "none";
/// What the names of the console's rows begin with.
const CONSOLE: &str = "console.";

#[derive(Debug, Clone)]
pub struct Recorder {
    pub metrics: Arc<Metrics>,
    pub usage: UsageRecorder,
    pub access_log: AccessLog,
    pub ambient: Ambient,
}

/// The fields of an access line.
#[derive(Serialize)]
struct AccessLine<'a> {
    request_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    trace_id: Option<&'a str>,
    listener: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    method: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    route: Option<&'a str>,
    status: u16,
    outcome: &'a str,
    client_ip: IpAddr,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<UserId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    workspace: Option<&'a str>,
    #[serde(flatten)]
    took: Option<Took>,
}

#[derive(Serialize)]
struct Took {
    total_ms: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_byte_ms: Option<f64>,
    upstream_ms: f64,
    gateway_us: u64,
    bytes_in: u64,
    bytes_out: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    prompt_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    completion_tokens: Option<u32>,
}

/// What is known of a request while it runs.
#[derive(Debug)]
pub(super) struct Running {
    pub(super) arrived: DateTime<Utc>,
    pub(super) started: Instant,
    pub(super) listener: Listener,
    pub(super) method: String,
    pub(super) client_ip: IpAddr,
    pub(super) request_id: RequestId,
    pub(super) trace_id: Option<String>,
    pub(super) route: &'static str,
    /// The pattern of that route's paths, once admitted.
    pub(super) path: Option<&'static str>,
    pub(super) key: Option<Arc<KeyRecord>>,
    pub(super) user: Option<Arc<User>>,
    pub(super) origin: Option<Origin>,
    pub(super) facts: Option<Arc<RequestFacts>>,
    /// A rejection's code, once refused.
    pub(super) refused: Option<&'static str>,
    /// Waited for the client to send or to read.
    pub(super) client_wait: Duration,
    pub(super) first_byte: Option<Duration>,
    pub(super) upstream_wait: Duration,
    /// The outcome in its usage event, once that is recorded.
    pub(super) settled: Option<&'static str>,
}

/// As much of an origin is kept; a host name has at most 253 characters.
const ORIGIN_CHARS: usize = 300;

/// The status of requests whose client left before there was one, as nginx has it. Nobody is sent it.
const NO_ANSWER: u16 = 499;

/// How a request ended on the wire.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ended {
    /// None when no head was sent.
    pub(super) status: Option<u16>,
    pub(super) bytes_in: u64,
    pub(super) bytes_out: u64,
    pub(super) broken: bool,
    /// We ended it, at the end of the drain time.
    pub(super) cut: bool,
}

impl Ended {
    pub(super) fn of(exchanged: Exchanged, broken: bool, connection: &Connection) -> Self {
        let Exchanged { status, bytes_in, bytes_out } = exchanged;
        Self { status, bytes_in, bytes_out, broken, cut: connection.is_cut() }
    }
}

impl Recorder {
    /// Records a head that was refused before it was a request: with what little is known.
    pub(super) fn record_refused_head(&self, connection: &Connection, rejection: &Rejection, request_id: &RequestId) {
        self.metrics.refused_head(UNROUTED, rejection.code());
        let status = rejection.status().as_u16();
        let line = AccessLine {
            request_id: request_id.as_str(),
            trace_id: None,
            listener: connection.listener.as_str(),
            method: None,
            route: None,
            status,
            outcome: rejection.code(),
            client_ip: connection.peer.ip().to_canonical(),
            key: None,
            user: None,
            workspace: None,
            took: None,
        };
        self.access_log.write(self.ambient.now(), Some(status), "request head refused", &line);
    }

    /// Records the usage of a request the end of whose answer is about to be sent: whoever has the answer finds it in
    /// the usage, whatever is killed. What the client does with the last bytes changes nothing any more.
    pub(super) fn settle(&self, running: &mut Running, status: u16, bytes_out: u64) {
        if running.settled.is_none() {
            let ended = Ended { status: Some(status), bytes_in: 0, bytes_out, broken: false, cut: false };
            let times = Times::of(running);
            let outcome = outcome(running, running.facts.as_deref(), ended);
            running.settled = Some(outcome);
            self.record_usage(running, ended, times, outcome);
        }
    }

    /// Records a request that has ended, and says how.
    pub(super) fn record(&self, running: &Running, ended: Ended) -> &'static str {
        let times = Times::of(running);
        let Times { total, upstream, gateway } = times;
        let facts = running.facts.as_deref();
        let outcome = running.settled.unwrap_or_else(|| outcome(running, facts, ended));
        let status = ended.status.unwrap_or(NO_ANSWER);
        // Of an answer that broke off they are counted, and told in its usage event, once they are known.
        let tokens = facts.filter(|facts| !facts.is_unfinished()).and_then(RequestFacts::tokens);

        self.metrics.observe_request(&Observation {
            route: running.route,
            outcome,
            total,
            first_byte: running.first_byte,
            first_token: facts.and_then(RequestFacts::first_token).map(|at| at - running.started),
            gateway,
        });
        if let Some(tokens) = tokens {
            self.metrics.count_tokens(tokens);
        }
        let key = running.key.as_deref().or(facts.and_then(RequestFacts::key));
        let workspace = facts.and_then(RequestFacts::workspace);
        let bound = key.and_then(|k| k.workspace.as_ref());
        let line = AccessLine {
            request_id: running.request_id.as_str(),
            trace_id: running.trace_id.as_deref(),
            listener: running.listener.as_str(),
            method: Some(&running.method),
            route: Some(running.route),
            status,
            outcome,
            client_ip: running.client_ip,
            key: key.map(|k| k.public_id.as_str()),
            user: running.user.as_deref().map(|u| u.id),
            workspace: workspace.map(|(_, slug)| slug).or(bound.map(|w| w.slug.as_str())),
            took: Some(Took {
                total_ms: millis(total),
                first_byte_ms: running.first_byte.map(millis),
                upstream_ms: millis(upstream),
                gateway_us: u64::try_from(gateway.as_micros()).unwrap_or(u64::MAX),
                bytes_in: ended.bytes_in,
                bytes_out: ended.bytes_out,
                prompt_tokens: tokens.map(|t| t.prompt),
                completion_tokens: tokens.map(|t| t.completion),
            }),
        };
        self.access_log.write(self.ambient.now(), ended.status, "request", &line);
        if running.settled.is_none() {
            self.record_usage(running, ended, times, outcome);
        }
        outcome
    }

    fn record_usage(&self, running: &Running, ended: Ended, times: Times, outcome: &'static str) {
        let facts = running.facts.as_deref();
        let key = running.key.as_deref().or(facts.and_then(RequestFacts::key));
        let user = running.user.as_deref();
        let workspace = facts.and_then(RequestFacts::workspace).map(|(id, _)| id);
        let bound = key.and_then(|k| k.workspace.as_ref());
        // Pages of staff, and what they ask in the playground, are no shoppers' usage of the workspace.
        let workspace = workspace.or(bound.map(|w| w.id)).filter(|_| !running.route.starts_with(CONSOLE));
        let outcome = match outcome {
            OK if facts.is_some_and(RequestFacts::is_nothing_found) => NOTHING_FOUND,
            other => other,
        };
        // Without a credential there is no tenant whose usage it could be.
        let Some(tenant) = key.map(|k| k.tenant).or(user.map(|u| u.tenant)) else { return };
        let id = facts.and_then(RequestFacts::event).map(|(id, _)| id);
        self.usage.record(UsageEvent {
            id: id.unwrap_or_else(|| EventId::new(&self.ambient)),
            at: running.arrived,
            tenant,
            request_id: running.request_id.clone(),
            workspace,
            key: key.map(|k| k.id),
            user: user.map(|u| u.id),
            visitor: facts.and_then(RequestFacts::visitor).map(str::to_owned),
            origin: running.origin.as_ref().map(|origin| kept(origin).to_owned()),
            cache: facts.and_then(RequestFacts::cache),
            route: running.route.into(),
            outcome: outcome.into(),
            http_status: ended.status.unwrap_or(NO_ANSWER),
            tokens: facts.and_then(RequestFacts::tokens),
            unfinished: facts.is_some_and(RequestFacts::is_unfinished),
            model: facts.and_then(RequestFacts::model).and_then(kept_model),
            first_byte: running.first_byte,
            total: times.total,
            gateway: times.gateway,
            bytes_out: ended.bytes_out,
        });
    }
}

impl Running {
    /// As its span tells of it.
    pub(super) fn described(&self, status: Option<u16>, outcome: &'static str) -> EndedRequest<'_> {
        let bound = || Some(self.key.as_deref()?.workspace.as_ref()?.slug.as_str());
        let workspace = self.facts.as_deref().and_then(RequestFacts::workspace).map(|(_, slug)| slug);
        EndedRequest {
            method: &self.method,
            route: self.path.map(|path| (self.route, path)),
            status,
            outcome,
            key: self.key.as_deref().map(|key| key.public_id.as_str()),
            workspace: workspace.or_else(bound),
        }
    }
}

/// As much of an origin as is kept.
fn kept(origin: &Origin) -> &str {
    let text = origin.as_str();
    text.get(..text.floor_char_boundary(ORIGIN_CHARS)).unwrap_or(text)
}

/// As much of a model's name as is kept.
fn kept_model(model: &str) -> Option<String> {
    let kept = model.get(..model.floor_char_boundary(LONGEST_MODEL)).unwrap_or(model);
    // PostgreSQL has no text with a NUL.
    Some(kept.replace('\0', "")).filter(|kept| !kept.is_empty())
}

/// What a request took so far.
#[derive(Debug, Clone, Copy)]
struct Times {
    total: Duration,
    upstream: Duration,
    gateway: Duration,
}

impl Times {
    fn of(running: &Running) -> Self {
        let total = running.started.elapsed();
        let told = running.facts.as_deref().map_or(Duration::ZERO, RequestFacts::upstream_wait);
        let upstream = running.upstream_wait + told;
        let gateway = total.saturating_sub(upstream).saturating_sub(running.client_wait);
        Self { total, upstream, gateway }
    }
}

fn outcome(running: &Running, facts: Option<&RequestFacts>, ended: Ended) -> &'static str {
    let told = running.refused.or_else(|| facts.and_then(RequestFacts::stream_error));
    if let Some(code) = told {
        return code;
    }
    if ended.cut {
        return "broken";
    }
    if facts.is_some_and(RequestFacts::client_left) {
        return "client_left";
    }
    match ended.status {
        None => "client_left",
        Some(_) if ended.broken => "broken",
        Some(400..=499) => "upstream_4xx",
        Some(500..) => "upstream_5xx",
        Some(_) => OK,
    }
}

#[expect(clippy::cast_precision_loss, reason = "milliseconds of a request are far below 2^52")]
fn millis(duration: Duration) -> f64 {
    (duration.as_micros() as f64) / 1000.0
}
