//! Pingora's hooks: the order of things for each request. Decisions are the gate's, bytes are pingora's, answers of our own
//! are the api's.

use crate::domain::clock::Ambient;
use crate::domain::ids::RequestId;
use crate::edge::connection::Connection;
use crate::edge::cors;
use crate::edge::hygiene::{self, Forwarded, TrustedProxies};
use crate::edge::record::{Ended, Recorder, Running, UNROUTED};
use crate::edge::service::{self, Answerer, BodyLimits, ServiceBody};
use crate::edge::upstream::{UpstreamPeer, UpstreamTimes};
use crate::endpoints::path::canonicalise;
use crate::endpoints::{Answer, BodyCap, Cost, Endpoint, Listener};
use crate::gate::{Admitted, Arrival, Gate, Refused};
use crate::limits::{Flood, LimitState};
use crate::rejection::{ErrorShape, Rejection, RejectionCode};
use crate::telemetry::trace_context::TraceContext;
use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Response, header};
use http_body_util::{BodyExt as _, Full};
use pingora::http::{RequestHeader, ResponseHeader};
use pingora::modules::http::HttpModules;
use pingora::prelude::*;
use pingora::proxy::FailToProxy;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Sizes, times and addresses of the edge.
#[derive(Debug, Clone)]
pub struct EdgeConfig {
    /// The parsed sections of the configuration.
    pub edge: crate::config::Edge,
    /// See [`crate::config::Admin`].
    pub admin: crate::config::Admin,
    /// See [`crate::config::Limits`].
    pub limits: crate::config::Limits,
    /// See [`crate::config::Upstream`].
    pub upstream: crate::config::Upstream,
    /// Where AnythingLLM is.
    pub upstream_url: url::Url,
    /// Address of the documentation, for problem types.
    pub docs: String,
}

/// What all requests share.
#[derive(Debug)]
pub struct Edge {
    gate: Gate,
    answerer: Arc<dyn Answerer>,
    recorder: Recorder,
    ambient: Ambient,
    trusted: TrustedProxies,
    public_flood: Flood,
    admin_flood: Flood,
    bodies: BodyLimits,
    upload_bytes: u64,
    json_bytes: u64,
    write_time: Duration,
    keepalive_seconds: u64,
    logins: Arc<Semaphore>,
    upstream: Arc<UpstreamPeer>,
    docs: String,
}

/// Waiting for a place among the logins in flight.
const LOGIN_WAIT: Duration = Duration::from_secs(2);
/// A login may hold its place for this long, a JSON body of the admin UI may be this large unless it is an upload.
const LOGIN_BODY_BYTES: u64 = 64 * 1024;

impl Edge {
    /// The edge in front of `gate` and `answerer`.
    pub fn new(config: EdgeConfig, gate: Gate, answerer: Arc<dyn Answerer>, recorder: Recorder) -> Arc<Self> {
        let EdgeConfig { edge, admin, limits, upstream, upstream_url, docs } = config;
        let times = UpstreamTimes {
            connect: Duration::from_millis(upstream.connect_millis),
            pool_idle: Duration::from_millis(upstream.pool_idle_millis),
        };
        Arc::new(Self {
            gate,
            answerer,
            ambient: recorder.ambient.clone(),
            recorder,
            trusted: TrustedProxies::new(edge.trusted_proxies),
            public_flood: Flood::new(limits.flood_per_ip_per_second, limits.flood_burst),
            admin_flood: Flood::new(limits.admin_flood_per_ip_per_second, limits.admin_flood_burst),
            bodies: BodyLimits {
                json: edge.json_body_bytes,
                chat: edge.chat_body_bytes,
                time: Duration::from_secs(edge.body_seconds),
            },
            upload_bytes: admin.upload_bytes,
            json_bytes: admin.json_body_bytes,
            write_time: Duration::from_secs(edge.write_seconds),
            keepalive_seconds: edge.keepalive_seconds,
            logins: Arc::new(Semaphore::new(admin.max_parallel_logins as usize)),
            upstream: Arc::new(UpstreamPeer::new(&upstream_url, times)),
            docs,
        })
    }

    /// Keeps what changes with time in order: AnythingLLM's address, addresses that flooded us.
    pub async fn maintain(self: Arc<Self>) {
        self.upstream.resolve().await;
        let upstream = Arc::clone(&self.upstream).follow();
        let floods = async {
            loop {
                tokio::time::sleep(Duration::from_secs(60)).await;
                self.public_flood.forget_idle();
                self.admin_flood.forget_idle();
            }
        };
        tokio::join!(upstream, floods);
    }

    pub(super) fn trusts(&self, ip: std::net::IpAddr) -> bool {
        self.trusted.contains(ip)
    }

    pub(super) fn recorder(&self) -> &Recorder {
        &self.recorder
    }

    fn flood(&self, listener: Listener) -> &Flood {
        match listener {
            Listener::Public => &self.public_flood,
            Listener::Admin => &self.admin_flood,
        }
    }

    /// From the head to an admitted request, or to the answer that was given instead.
    async fn admit(&self, session: &Session, request: &RequestContext) -> Result<Admitted, Refused> {
        let head: &http::request::Parts = session.req_header();
        if std::str::from_utf8(session.req_header().raw_path()).is_err() {
            return Err(Rejection::BadRequest("The path is not UTF-8.").into());
        }
        hygiene::check_head(head)?;
        let arrival = Arrival {
            listener: request.connection.listener,
            client_ip: request.running.client_ip,
            request_id: request.running.request_id.clone(),
            own_origin: hygiene::own_origin(head, request.connection.tls, request.from_trusted),
        };
        self.gate.admit(arrival, head).await
    }

    /// Sends a small answer of our own.
    async fn send(&self, session: &mut Session, request: &mut RequestContext, response: Response<Bytes>) -> Result<()> {
        let drained = service::drain(session).await;
        if !drained {
            session.set_keepalive(None);
        }
        let body = |bytes| Full::new(bytes).map_err(|never: std::convert::Infallible| match never {}).boxed_unsync();
        let response = response.map(body);
        self.write(session, request, response, None).await
    }

    async fn refuse(&self, session: &mut Session, request: &mut RequestContext, refused: Refused) -> Result<()> {
        request.running.refused = Some(refused.rejection.code());
        let shape = refused.endpoint.map_or(ErrorShape::Problem, |row| row.errors);
        if let Some(row) = refused.endpoint {
            request.running.route = row.name;
        }
        if refused.key.is_some() {
            request.running.key = refused.key;
        }
        let mut response = refused.rejection.response(shape, &self.docs, &request.running.request_id);
        response.headers_mut().extend(rate_limit_headers(&refused.limits));
        cors::expose(&session.req_header().headers, refused.endpoint, response.headers_mut());
        self.send(session, request, response).await
    }

    async fn write(
        &self,
        session: &mut Session,
        request: &mut RequestContext,
        mut response: Response<ServiceBody>,
        admitted: Option<&Admitted>,
    ) -> Result<()> {
        let headers = response.headers_mut();
        headers.insert("x-request-id", header_value(request.running.request_id.as_str()));
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        for (name, value) in rate_limit_headers(&admitted.map(Admitted::limit_states).unwrap_or_default()) {
            headers.insert(name, value);
        }
        let withdrawn = async {
            match admitted {
                Some(admitted) => self.gate.until_withdrawn(admitted).await,
                None => std::future::pending().await,
            }
        };
        let streams = http_body::Body::size_hint(response.body()).exact().is_none();
        let _open = streams.then(|| self.recorder.metrics.stream_opened());
        service::write(session, response, &mut request.running, withdrawn).await
    }

    /// Answers a service row.
    async fn serve(&self, session: &mut Session, request: &mut RequestContext, admitted: Admitted) -> Result<()> {
        let endpoint = admitted.endpoint();
        let began = Instant::now();
        let body = self.bodies.read(session, endpoint).await;
        request.running.client_wait += began.elapsed();
        let key = request.running.key.clone();
        let body = match body {
            Ok(body) => body,
            Err(rejection) => {
                let limits = admitted.limit_states();
                let refused = Refused { rejection, endpoint: Some(endpoint), key, limits };
                return self.refuse(session, request, refused).await;
            }
        };
        let head = session.req_header();
        let mut to_api = http::Request::new(body);
        // Only what handlers read: a header that is not listed here cannot change an answer.
        for name in
            [header::ACCEPT, header::CONTENT_TYPE, header::IF_NONE_MATCH, HeaderName::from_static("idempotency-key")]
        {
            for value in head.headers.get_all(&name) {
                to_api.headers_mut().append(name.clone(), value.clone());
            }
        }
        *to_api.method_mut() = endpoint.method.clone();
        *to_api.uri_mut() = forward_uri(&admitted)?;
        let admitted = Arc::new(admitted);
        let Some(mut response) = service::call(&*self.answerer, session, to_api, Arc::clone(&admitted)).await else {
            admitted.facts().set_client_left();
            session.set_keepalive(None);
            return Ok(());
        };
        if response.status().is_client_error() || response.status().is_server_error() {
            request.running.refused = response.extensions().get::<RejectionCode>().map(|code| code.0);
        }
        cors::expose(&session.req_header().headers, Some(endpoint), response.headers_mut());
        self.write(session, request, response, Some(&admitted)).await.inspect_err(|error| {
            if error.esource() == &pingora::ErrorSource::Downstream || error.etype != ErrorType::InternalError {
                admitted.facts().set_client_left();
            }
        })
    }

    /// Lets a proxy row through to pingora, once its own conditions hold.
    async fn pass(&self, session: &mut Session, request: &mut RequestContext, admitted: Admitted) -> Result<bool> {
        let endpoint = admitted.endpoint();
        let limit = self.proxied_body_limit(session, endpoint);
        let declared = session.req_header().headers.get(header::CONTENT_LENGTH);
        let declared = declared.and_then(|v| v.to_str().ok()?.parse::<u64>().ok()).unwrap_or(0);
        let rejection = if declared > limit {
            Some(Rejection::BodyTooLarge { limit })
        } else if endpoint.cost == Cost::Login {
            match tokio::time::timeout(LOGIN_WAIT, Arc::clone(&self.logins).acquire_owned()).await {
                Ok(Ok(permit)) => {
                    request.login = Some(permit);
                    None
                }
                _ => Some(Rejection::LoginThrottled { retry_after: LOGIN_WAIT }),
            }
        } else {
            None
        };
        if let Some(rejection) = rejection {
            self.refuse(session, request, Refused { endpoint: Some(endpoint), ..Refused::from(rejection) }).await?;
            return Ok(true);
        }
        request.body_limit = limit;
        request.admitted = Some(admitted);
        Ok(false)
    }

    fn proxied_body_limit(&self, session: &Session, endpoint: &Endpoint) -> u64 {
        let multipart = session
            .req_header()
            .headers
            .get(header::CONTENT_TYPE)
            .is_some_and(|v| v.as_bytes().get(..10).is_some_and(|start| start.eq_ignore_ascii_case(b"multipart/")));
        match endpoint.body {
            BodyCap::None => 0,
            BodyCap::Upload if multipart => self.upload_bytes,
            // AnythingLLM parses JSON of up to 3 GB in memory, before it looks at credentials.
            BodyCap::Upload => self.json_bytes,
            BodyCap::Json => LOGIN_BODY_BYTES,
            BodyCap::Chat => self.bodies.chat as u64,
        }
    }
}

/// The path and query as routed, never the client's bytes.
fn forward_uri(admitted: &Admitted) -> Result<http::Uri> {
    let path = admitted.path().to_forward();
    let text = match admitted.query() {
        Some(query) => format!("{path}?{query}"),
        None => path,
    };
    text.parse().or_err(ErrorType::InternalError, "canonical path")
}

fn header_value(text: &str) -> HeaderValue {
    HeaderValue::try_from(text).unwrap_or_else(|_| HeaderValue::from_static(""))
}

/// `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers-11).
fn rate_limit_headers(states: &[LimitState]) -> Vec<(HeaderName, HeaderValue)> {
    if states.is_empty() {
        return Vec::new();
    }
    let list =
        |item: &dyn Fn(&LimitState) -> String| header_value(&states.iter().map(item).collect::<Vec<_>>().join(", "));
    let policy = list(&|s| format!("\"{}\";q={};w=60", s.policy.as_str(), s.rate.per_minute));
    let left = list(&|s| {
        let reset = s.reset.as_secs() + u64::from(s.reset.subsec_nanos() > 0);
        format!("\"{}\";r={};t={reset}", s.policy.as_str(), s.remaining)
    });
    vec![(HeaderName::from_static("ratelimit-policy"), policy), (HeaderName::from_static("ratelimit"), left)]
}

/// What the hooks pass on from one to the next.
#[derive(Debug)]
pub(super) struct RequestContext {
    connection: Arc<Connection>,
    running: Running,
    from_trusted: bool,
    trace: TraceContext,
    admitted: Option<Admitted>,
    login: Option<OwnedSemaphorePermit>,
    body_limit: u64,
    body_seen: u64,
    upstream_began: Option<Instant>,
    /// Counts the request as running until it is dropped.
    _in_flight: crate::telemetry::metrics::Running,
}

/// The hooks themselves.
#[derive(Debug, Clone)]
pub(super) struct Hooks(pub(super) Arc<Edge>);

fn context(ctx: &mut Option<RequestContext>) -> Result<&mut RequestContext> {
    // `early_request_filter` fills it before anything else runs.
    ctx.as_mut().or_err(ErrorType::InternalError, "request without context")
}

#[async_trait]
impl ProxyHttp for Hooks {
    type CTX = Option<RequestContext>;

    fn new_ctx(&self) -> Self::CTX {
        None
    }

    /// No modules: compression alone costs every request a buffer.
    fn init_downstream_modules(&self, _modules: &mut HttpModules) {}

    async fn early_request_filter(&self, session: &mut Session, ctx: &mut Self::CTX) -> Result<()> {
        let edge = &self.0;
        let digest = session.digest().and_then(|d| d.proxy_digest.as_ref());
        let connection = digest
            .and_then(|d| d.user_data.as_ref()?.downcast_ref::<Arc<Connection>>().cloned())
            .or_err(ErrorType::InternalError, "connection without digest")?;
        connection.request_begins();
        session.set_write_timeout(Some(edge.write_time));
        if session.get_keepalive().is_some() {
            // Pingora would wait for the next request for ever.
            session.set_keepalive(Some(edge.keepalive_seconds));
        }
        let head = session.req_header();
        let from_trusted = edge.trusted.contains(connection.peer.ip());
        let text = |name: &str| head.headers.get(name).and_then(|v| v.to_str().ok());
        let trace = TraceContext::accept(text("traceparent"), from_trusted, &*edge.ambient.randomness);
        let running = Running {
            arrived: edge.ambient.now(),
            started: Instant::now(),
            listener: connection.listener,
            method: head.method.as_str().chars().take(16).collect(),
            client_ip: edge.trusted.client_ip(connection.peer.ip(), &head.headers),
            request_id: RequestId::accept(text("x-request-id"), &edge.ambient),
            trace_id: Some(trace.trace_id().to_string()),
            route: UNROUTED,
            key: None,
            facts: None,
            refused: None,
            client_wait: Duration::ZERO,
            first_byte: None,
            upstream_wait: Duration::ZERO,
        };
        *ctx = Some(RequestContext {
            connection,
            running,
            from_trusted,
            trace,
            admitted: None,
            login: None,
            body_limit: 0,
            body_seen: 0,
            upstream_began: None,
            _in_flight: edge.recorder.metrics.request_started(),
        });
        Ok(())
    }

    async fn request_filter(&self, session: &mut Session, ctx: &mut Self::CTX) -> Result<bool> {
        let request = context(ctx)?;
        let edge = &self.0;
        if let Err(retry_after) = edge.flood(request.connection.listener).check(request.running.client_ip) {
            let rejection = Rejection::RateLimited { retry_after, policies: vec!["address-second"] };
            edge.refuse(session, request, rejection.into()).await?;
            return Ok(true);
        }
        if cors::is_preflight(session.req_header())
            && let Ok(path) = canonicalise(session.req_header().uri.path())
            && let Some(rows) = edge.gate.matcher().rows(&path)
            && (request.connection.listener == Listener::Public || rows.iter().all(|row| row.cors))
        {
            request.running.route = "preflight";
            let response = cors::preflight(session.req_header(), rows).map(|()| Bytes::new());
            edge.send(session, request, response).await?;
            return Ok(true);
        }
        match edge.admit(session, request).await {
            Err(refused) => edge.refuse(session, request, refused).await.map(|()| true),
            Ok(admitted) => {
                request.running.route = admitted.endpoint().name;
                request.running.key = admitted.principal().key().cloned();
                request.running.facts = Some(Arc::clone(admitted.facts()));
                match admitted.endpoint().answer {
                    Answer::Service(_) => edge.serve(session, request, admitted).await.map(|()| true),
                    Answer::Proxy(_) => edge.pass(session, request, admitted).await,
                }
            }
        }
    }

    async fn upstream_peer(&self, _session: &mut Session, ctx: &mut Self::CTX) -> Result<Box<HttpPeer>> {
        let request = context(ctx)?;
        // Fails closed: nothing reaches AnythingLLM without having been admitted to a proxy row.
        let admitted = request.admitted.as_ref().or_err(ErrorType::InternalError, "not admitted")?;
        if !matches!(admitted.endpoint().answer, Answer::Proxy(_)) {
            return Error::e_explain(ErrorType::InternalError, "not a proxy row");
        }
        request.upstream_began = Some(Instant::now());
        let peer = self.0.upstream.find().await.or_err(ErrorType::ConnectError, "AnythingLLM has no known address")?;
        Ok(Box::new(HttpPeer::clone(&peer)))
    }

    async fn request_body_filter(
        &self,
        _session: &mut Session,
        body: &mut Option<Bytes>,
        _end_of_stream: bool,
        ctx: &mut Self::CTX,
    ) -> Result<()> {
        let request = context(ctx)?;
        request.body_seen += body.as_ref().map_or(0, Bytes::len) as u64;
        let websocket =
            request.admitted.as_ref().is_some_and(|a| a.endpoint().name == crate::endpoints::WEBSOCKET.name);
        if request.body_seen > request.body_limit && !websocket {
            return Error::e_explain(ErrorType::HTTPStatus(413), "body over the limit");
        }
        Ok(())
    }

    async fn upstream_request_filter(
        &self,
        session: &mut Session,
        upstream: &mut RequestHeader,
        ctx: &mut Self::CTX,
    ) -> Result<()> {
        let request = context(ctx)?;
        let admitted = request.admitted.as_ref().or_err(ErrorType::InternalError, "not admitted")?;
        let uri = match admitted.endpoint().answer {
            Answer::Proxy(Some(path)) => http::Uri::from_static(path),
            Answer::Proxy(None) | Answer::Service(_) => forward_uri(admitted)?,
        };
        upstream.set_uri(uri);
        if admitted.endpoint().access != crate::endpoints::Access::Upstream {
            // These rows need no credential upstream, so none goes there.
            for name in [header::AUTHORIZATION, header::COOKIE, HeaderName::from_static(crate::auth::WIDGET_KEY_HEADER)]
            {
                upstream.remove_header(&name);
            }
        }
        let head: &http::request::Parts = session.req_header();
        let forwarded = Forwarded::new(head, request.running.client_ip, request.connection.tls, request.from_trusted);
        forwarded.apply(|name, value| match value {
            // Names and values are valid already, so this cannot fail.
            Some(value) => drop(upstream.insert_header(name, value)),
            None => drop(upstream.remove_header(&name)),
        });
        upstream.insert_header("x-request-id", request.running.request_id.as_str())?;
        upstream.insert_header("traceparent", request.trace.to_header())?;
        upstream.remove_header("tracestate");
        upstream.remove_header("baggage");
        Ok(())
    }

    async fn response_filter(
        &self,
        session: &mut Session,
        response: &mut ResponseHeader,
        ctx: &mut Self::CTX,
    ) -> Result<()> {
        let request = context(ctx)?;
        if let Some(began) = request.upstream_began {
            request.running.upstream_wait = began.elapsed();
        }
        request.running.first_byte.get_or_insert_with(|| request.running.started.elapsed());
        response.remove_header("x-powered-by");
        response.insert_header("x-request-id", request.running.request_id.as_str())?;
        if request.connection.listener == Listener::Public {
            // AnythingLLM reflects any origin; on this listener the gate has decided.
            response.remove_header("access-control-allow-origin");
            response.insert_header(header::X_CONTENT_TYPE_OPTIONS, "nosniff")?;
            let mut headers = http::HeaderMap::new();
            let endpoint = request.admitted.as_ref().map(Admitted::endpoint);
            cors::expose(&session.req_header().headers, endpoint, &mut headers);
            for (name, value) in &headers {
                response.insert_header(name.clone(), value.clone())?;
            }
        }
        Ok(())
    }

    async fn fail_to_proxy(&self, session: &mut Session, error: &Error, ctx: &mut Self::CTX) -> FailToProxy {
        let closed = FailToProxy { error_code: 0, can_reuse_downstream: false };
        let Ok(request) = context(ctx) else { return closed };
        request.connection.will_close();
        session.set_keepalive(None);
        let rejection = rejection_of(error, request.body_limit);
        let is_ours = request.upstream_began.is_none();
        // Before AnythingLLM is asked nothing can fail but our own doings and the client's connection.
        let client_left = is_ours && (session.response_written().is_some() || error.etype != ErrorType::InternalError)
            || error.esource() == &ErrorSource::Downstream && !matches!(error.etype, ErrorType::HTTPStatus(_));
        if client_left {
            if let Some(facts) = &request.running.facts {
                facts.set_client_left();
            }
            return closed;
        }
        tracing::warn!(
            request_id = request.running.request_id.as_str(),
            route = request.running.route,
            error = %error,
            "a request could not be passed through"
        );
        let status = rejection.status();
        if session.response_written().is_some() {
            // The head is out: the broken connection tells the client.
            request.running.refused = Some(rejection.code());
            return FailToProxy { error_code: status.as_u16(), can_reuse_downstream: false };
        }
        let endpoint = request.admitted.as_ref().map(Admitted::endpoint);
        let refused = Refused { endpoint, key: request.running.key.clone(), ..Refused::from(rejection) };
        let _ = self.0.refuse(session, request, refused).await;
        FailToProxy { error_code: status.as_u16(), can_reuse_downstream: false }
    }

    fn suppress_error_log(&self, _session: &Session, _ctx: &Self::CTX, _error: &Error) -> bool {
        // Logged above, once, with the request id.
        true
    }

    async fn logging(&self, session: &mut Session, error: Option<&Error>, ctx: &mut Self::CTX) {
        let Some(request) = ctx.as_mut() else { return };
        request.login = None;
        let status = session.response_written().map(|head| head.status.as_u16());
        let ended = Ended {
            status,
            bytes_in: session.body_bytes_read() as u64,
            bytes_out: session.body_bytes_sent() as u64,
            broken: error.is_some(),
            cut: request.connection.is_cut(),
        };
        self.0.recorder.record(&request.running, ended);
        if error.is_none() && session.is_body_done() {
            request.connection.request_ends();
        } else {
            session.set_keepalive(None);
            request.connection.will_close();
        }
    }
}

/// What a failure to pass a request through is to the client.
fn rejection_of(error: &Error, body_limit: u64) -> Rejection {
    match error.etype {
        ErrorType::HTTPStatus(413) => Rejection::BodyTooLarge { limit: body_limit },
        ErrorType::ConnectTimedout | ErrorType::ReadTimedout | ErrorType::WriteTimedout => Rejection::UpstreamTimeout,
        ErrorType::InternalError if error.esource() != &ErrorSource::Upstream => Rejection::Internal,
        ErrorType::InvalidHTTPHeader => Rejection::UpstreamContract,
        _ => Rejection::UpstreamUnavailable,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::{Policy, Rate};
    use http::StatusCode;

    #[test]
    fn limits_are_told_as_structured_fields() {
        let state = LimitState {
            policy: Policy::KeyMinute,
            rate: Rate { per_minute: 60, burst: 60 },
            remaining: 12,
            reset: Duration::from_millis(29_500),
        };
        let headers = rate_limit_headers(&[state, LimitState { policy: Policy::IpMinute, ..state }]);
        assert_eq!(headers[0].1, "\"key-minute\";q=60;w=60, \"ip-minute\";q=60;w=60");
        assert_eq!(headers[1].1, "\"key-minute\";r=12;t=30, \"ip-minute\";r=12;t=30");
        assert!(rate_limit_headers(&[]).is_empty());
    }

    #[test]
    fn an_unknown_failure_is_never_told_as_ours() {
        let error = Error::explain(ErrorType::ConnectRefused, "x");
        assert_eq!(rejection_of(&error, 0).status(), StatusCode::BAD_GATEWAY);
    }
}
