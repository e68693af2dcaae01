//! The pooled HTTP client. It knows how to ask AnythingLLM and how AnythingLLM says no; what is asked stands in the
//! other files of this module.
//!
//! Every call has a timeout, every answer a size cap, and an answer is believed only if its content type says JSON:
//! AnythingLLM answers unknown paths with a web page and status 200 (`http/unknown_path`).

mod ask;
mod base;
mod refusal;

pub(super) use ask::{Ask, Credential};

use crate::anythingllm::connections::{self, Answer, Body, Connections};
use crate::anythingllm::error::{Said, UpstreamError};
use crate::anythingllm::turns::{NoTurn, Turn, Turns};
use crate::config::{self, BadAuthorities};
use crate::domain::ids::RequestId;
use crate::telemetry::RequestFacts;
use crate::telemetry::metrics::UpstreamMetrics;
use crate::telemetry::spans::Span;
use arc_swap::ArcSwap;
use base::Base;
use bytes::Bytes;
use http::{HeaderValue, Method, StatusCode};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper_rustls::HttpsConnectorBuilder;
use hyper_util::client::legacy::connect::HttpConnector;
use refusal::refusal;
use secrecy::{ExposeSecret as _, SecretString};
use serde::de::DeserializeOwned;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, timeout};
use tokio_rustls::rustls::ClientConfig;
use tokio_rustls::rustls::crypto::ring;

/// The header under which logs on both sides can be put together.
const REQUEST_ID: &str = "x-request-id";
/// The header by which a trace goes on in AnythingLLM, or in what stands before it.
const TRACEPARENT: &str = "traceparent";
/// What the head of a request fits in, in bytes.
const LARGE_HEAD: usize = 512;
/// However short connections are kept.
const LEAST_SWEEP: Duration = Duration::from_secs(1);

/// Talks to AnythingLLM's developer API under one API key. Cheap to clone; clones share connections and key.
#[derive(Debug, Clone)]
pub struct Client(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    connections: Arc<Connections>,
    base: Base,
    authorization: ArcSwap<HeaderValue>,
    limits: Limits,
    /// Apart, so that a thousand chats that wait for a model do not keep anybody from reading a history.
    chats: Turns,
    calls: Turns,
    /// What embeds documents while the caller waits: minutes each.
    work: Turns,
}

/// How long and how large answers may be.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// To a whole JSON answer, and to the head of a stream.
    pub(super) response: Duration,
    /// A stream that is silent for this long has failed.
    pub(super) stream_idle: Duration,
    /// Of a frame, in bytes.
    pub(super) frame: usize,
    /// Of a JSON answer, in bytes.
    pub(super) body: usize,
}

/// `[upstream]` cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BadUpstreamConfig {
    #[error("`upstream.url` must be an http or https address without a query")]
    Url,
    #[error("`upstream.api_key` has characters that cannot stand in a header")]
    ApiKey,
    #[error("{0}")]
    Authorities(#[from] BadAuthorities),
    #[error("TLS cannot be set up: {0}")]
    Tls(#[from] tokio_rustls::rustls::Error),
}

/// The request on whose behalf AnythingLLM is called: its id goes along, and the time it waits is written down.
#[derive(Debug, Clone, Copy)]
pub struct OnBehalf<'a> {
    /// Sent as `X-Request-Id`.
    pub request_id: &'a RequestId,
    /// Where the waiting is added up.
    pub facts: &'a Arc<RequestFacts>,
}

#[derive(Debug)]
pub(super) struct UpstreamAnswer {
    pub(super) status: StatusCode,
    /// Whether its content type says JSON.
    json: bool,
    body: Bytes,
}

/// Adds the time it lives to the time a request has waited for AnythingLLM, also when the call is given up half-way.
struct Waiting<'a>(&'a RequestFacts, Instant);

/// A call that has its turn.
struct Begun<'a> {
    turn: Turn,
    time: Duration,
    _waiting: Option<Waiting<'a>>,
}

impl Begun<'_> {
    async fn bounded<T>(&self, call: impl Future<Output = Result<T, UpstreamError>>) -> Result<T, UpstreamError> {
        timeout(self.time, call).await.unwrap_or(Err(UpstreamError::Timeout("no answer in time")))
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.add_upstream_wait(self.1.elapsed());
    }
}

impl Client {
    /// A client for the AnythingLLM of `upstream`. Connects when first used.
    ///
    /// # Errors
    /// An address or key that cannot be used.
    pub fn new(upstream: &config::Upstream) -> Result<Self, BadUpstreamConfig> {
        Self::counted(upstream, &UpstreamMetrics::default())
    }

    /// One whose calls are counted in `metrics`.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn counted(upstream: &config::Upstream, metrics: &UpstreamMetrics) -> Result<Self, BadUpstreamConfig> {
        let connect = Duration::from_millis(upstream.connect_millis);
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_connect_timeout(Some(connect));
        let authorities = config::authorities("upstream.ca_file", &upstream.ca_file)?;
        let tls = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_root_certificates(config::trusted(&authorities))
            .with_no_client_auth();
        let connector =
            HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http().enable_http1().wrap_connector(tcp);
        let base = Base::parse(&upstream.url)?;
        let times = connections::Times { connect, idle: Duration::from_millis(upstream.pool_idle_millis) };
        let address = base.address().clone();
        let connections = Connections::new(connector, address, times, upstream.pool_max_idle, metrics.clone());
        let wait = Duration::from_millis(upstream.queue_millis);
        let turns = |kind, limit| Turns::new(limit, upstream.queue_per_workspace, wait, metrics.of(kind));
        Ok(Self(Arc::new(Inner {
            connections,
            base,
            authorization: ArcSwap::from_pointee(bearer(&upstream.api_key)?),
            limits: Limits {
                response: Duration::from_millis(upstream.response_millis),
                stream_idle: Duration::from_secs(upstream.stream_idle_seconds),
                frame: upstream.max_frame_bytes,
                body: upstream.max_body_bytes,
            },
            chats: turns("chat", upstream.max_chats),
            calls: turns("call", upstream.max_calls),
            work: turns("work", upstream.max_calls),
        })))
    }

    /// Uses another API key from the next call on.
    ///
    /// # Errors
    /// [`BadUpstreamConfig::ApiKey`]
    pub fn set_api_key(&self, key: &SecretString) -> Result<(), BadUpstreamConfig> {
        self.0.authorization.store(Arc::new(bearer(key)?));
        Ok(())
    }

    pub(super) fn limits(&self) -> Limits {
        self.0.limits
    }

    /// Closes connections that nobody wanted for a while. To be called now and then, as often as the pause that is
    /// returned says.
    pub fn sweep(&self) -> Duration {
        self.0.connections.sweep();
        LEAST_SWEEP.max(self.0.connections.idle_time())
    }

    /// A call that is answered with JSON.
    pub(super) async fn json<T: DeserializeOwned>(&self, ask: Ask<'_>) -> Result<T, UpstreamError> {
        let turns = self.turns_of(&ask);
        let begun = self.begin(&ask, turns).await?;
        let call = async {
            let answer = self.read(self.send(ask, turns).await?).await?;
            if answer.status.is_success() { answer.json() } else { Err(answer.refusal()) }
        };
        begun.bounded(call).await
    }

    /// A call whose answer means something with every status.
    pub(super) async fn answer(&self, ask: Ask<'_>) -> Result<UpstreamAnswer, UpstreamError> {
        let turns = self.turns_of(&ask);
        let begun = self.begin(&ask, turns).await?;
        begun.bounded(async { self.read(self.send(ask, turns).await?).await }).await
    }

    /// A call whose JSON answer may be too large to keep: `each` sees it piece by piece.
    pub(super) async fn pieces(&self, ask: Ask<'_>, mut each: impl FnMut(&[u8])) -> Result<(), UpstreamError> {
        let turns = self.turns_of(&ask);
        let begun = self.begin(&ask, turns).await?;
        let call = async {
            let answer = self.send(ask, turns).await?;
            if !answer.status.is_success() || !is_media_type(&answer, "application/json") {
                return Err(self.read(answer).await?.refusal());
            }
            let mut body = answer.body;
            while let Some(frame) = body.frame().await {
                let frame = frame.map_err(|error| UpstreamError::Reset(Said::of(&error)))?;
                if let Some(piece) = frame.data_ref() {
                    each(piece);
                }
            }
            Ok(())
        };
        begun.bounded(call).await
    }

    /// A chat, which is answered with a stream. Returns with its head, and with the turn that lasts as long as the
    /// stream.
    pub(super) async fn stream(&self, ask: Ask<'_>) -> Result<(Body, Turn), UpstreamError> {
        let begun = self.begin(&ask, &self.0.chats).await?;
        let call = async {
            let answer = self.send(ask, &self.0.chats).await?;
            if answer.status == StatusCode::OK && is_media_type(&answer, "text/event-stream") {
                return Ok(answer.body);
            }
            Err(self.read(answer).await?.refusal())
        };
        let body = begun.bounded(call).await?;
        Ok((body, begun.turn))
    }

    fn turns_of(&self, ask: &Ask<'_>) -> &Turns {
        if ask.within.is_some() { &self.0.work } else { &self.0.calls }
    }

    /// Waits for the call's turn.
    async fn begin<'a>(&self, ask: &Ask<'a>, turns: &Turns) -> Result<Begun<'a>, UpstreamError> {
        let waiting = ask.on_behalf.map(|request| Waiting(request.facts, Instant::now()));
        let turn = turns.take(ask.workspace()).await.map_err(|none| {
            UpstreamError::Busy(match none {
                NoTurn::Full => "too many calls of the workspace wait",
                NoTurn::Late => "no call ended in time",
            })
        })?;
        Ok(Begun { turn, time: ask.within.unwrap_or(self.0.limits.response), _waiting: waiting })
    }

    async fn send(&self, ask: Ask<'_>, turns: &Turns) -> Result<Answer, UpstreamError> {
        let span = Span::upstream(|| ask.described(&self.0.base));
        let asked = Instant::now();
        let sent = self.0.connections.send(&self.request(&ask, &span)?).await;
        match &sent {
            Ok(answer) => {
                turns.answered(asked.elapsed());
                span.answered(answer.status.as_u16());
            }
            Err(error) => span.failed(error.code()),
        }
        let answer = sent?;
        Ok(Answer { body: answer.body.within(span), ..answer })
    }

    /// A request as it is written.
    fn request(&self, ask: &Ask<'_>, span: &Span) -> Result<Vec<u8>, UpstreamError> {
        let target = self.0.base.join(&ask.path)?;
        let target = target.path_and_query().map_or("/", |target| target.as_str());
        let mut request = Vec::with_capacity(LARGE_HEAD + ask.body.len());
        for part in [ask.method.as_str(), " ", target, " HTTP/1.1\r\n"] {
            request.extend_from_slice(part.as_bytes());
        }
        // A `HeaderValue` has no line ends.
        let mut header = |name: &str, value: &HeaderValue| {
            for part in [name.as_bytes(), b": ", value.as_bytes(), b"\r\n"] {
                request.extend_from_slice(part);
            }
        };
        header("host", self.0.base.host());
        match ask.credential {
            Credential::Key => header("authorization", &self.0.authorization.load()),
            Credential::Session(token) => {
                let unusable = |_| UpstreamError::Contract(Said::new("its session token cannot stand in a header"));
                header("authorization", &bearer(token).map_err(unusable)?);
            }
            Credential::None => {}
        }
        if ask.method == Method::POST || !ask.body.is_empty() {
            header("content-type", &HeaderValue::from_static("application/json"));
            header("content-length", &HeaderValue::from(ask.body.len()));
        }
        if let Some(id) = ask.on_behalf.and_then(|on| HeaderValue::try_from(on.request_id.as_str()).ok()) {
            header(REQUEST_ID, &id);
        }
        let trace = span.traceparent().map(HeaderValue::try_from);
        let continued = || Some(HeaderValue::try_from(ask.on_behalf?.facts.traceparent()?));
        if let Some(Ok(trace)) = trace.or_else(continued) {
            header(TRACEPARENT, &trace);
        }
        request.extend_from_slice(b"\r\n");
        request.extend_from_slice(&ask.body);
        Ok(request)
    }

    async fn read(&self, answer: Answer) -> Result<UpstreamAnswer, UpstreamError> {
        let (status, json) = (answer.status, is_media_type(&answer, "application/json"));
        let limit = self.0.limits.body;
        let body = Limited::new(answer.body, limit).collect().await.map_err(|error| {
            if error.is::<LengthLimitError>() {
                UpstreamError::TooLarge { limit }
            } else {
                UpstreamError::Reset(Said::of(&*error))
            }
        })?;
        Ok(UpstreamAnswer { status, json, body: body.to_bytes() })
    }
}

impl UpstreamAnswer {
    #[cfg(test)]
    pub(super) fn recorded(status: u16, json: bool, body: impl Into<Bytes>) -> Self {
        let status = StatusCode::from_u16(status).unwrap_or_default();
        Self { status, json, body: body.into() }
    }

    /// Reads it, whatever its status.
    pub(super) fn json<T: DeserializeOwned>(&self) -> Result<T, UpstreamError> {
        if !self.json {
            return Err(self.refusal());
        }
        serde_json::from_slice(&self.body).map_err(|error| UpstreamError::Contract(Said::of(&error)))
    }

    /// Whether it is the plain `OK` of calls that have nothing to tell (`workspaces/delete`), and not a web page.
    pub(super) fn is_ok(&self) -> bool {
        self.status == StatusCode::OK && self.body.as_ref() == b"OK"
    }

    pub(super) fn is_json(&self) -> bool {
        self.json
    }

    pub(super) fn is_empty(&self) -> bool {
        self.body.is_empty()
    }

    /// What it means where only a good answer was of use.
    pub(super) fn refusal(&self) -> UpstreamError {
        refusal(self.status, self.json, &self.body)
    }
}

fn bearer(key: &SecretString) -> Result<HeaderValue, BadUpstreamConfig> {
    let mut value = HeaderValue::try_from(format!("Bearer {}", key.expose_secret().trim()))
        .map_err(|_| BadUpstreamConfig::ApiKey)?;
    value.set_sensitive(true);
    Ok(value)
}

fn is_media_type(answer: &Answer, wanted: &str) -> bool {
    let Some(value) = answer.content_type.as_ref().and_then(|value| value.to_str().ok()) else { return false };
    value.split(';').next().is_some_and(|essence| essence.trim().eq_ignore_ascii_case(wanted))
}
