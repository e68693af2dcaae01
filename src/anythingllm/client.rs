//! The pooled HTTP client. It knows how to ask AnythingLLM and how AnythingLLM says no; what is asked stands in the
//! other files of this module.
//!
//! Every call has a timeout, every answer a size cap, and an answer is believed only if its content type says JSON:
//! AnythingLLM answers unknown paths with a web page and status 200 (`http/unknown_path`).

use crate::anythingllm::error::{Said, UpstreamError};
use crate::anythingllm::wire::ErrorBody;
use crate::config;
use crate::domain::ids::RequestId;
use crate::domain::usage::RequestFacts;
use arc_swap::ArcSwap;
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, Request, Response, StatusCode, Uri, header, uri};
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::{self, Client as Pool};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, timeout};
use tokio_rustls::rustls::crypto::ring;

/// Read buffer of a connection, in bytes. A frame of a chat is some 150 bytes, so hyper's 8 KiB would only be memory
/// held by every silent stream.
const READ_BUFFER: usize = 4 * 1024;

/// The header under which logs on both sides can be put together.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What stands for itself in a path segment; everything else of a slug is percent-encoded.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// Talks to AnythingLLM's developer API under one API key. Cheap to clone; clones share connections and key.
#[derive(Debug, Clone)]
pub struct Client(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    pool: Pool<HttpsConnector<HttpConnector>, Full<Bytes>>,
    base: Base,
    authorization: ArcSwap<HeaderValue>,
    limits: Limits,
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

/// The address of AnythingLLM, taken apart once.
#[derive(Debug)]
struct Base {
    scheme: uri::Scheme,
    authority: uri::Authority,
    /// Without a trailing slash; empty for the root.
    prefix: String,
}

/// `[upstream]` cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BadUpstreamConfig {
    /// The address.
    #[error("`upstream.url` must be an http or https address without a query")]
    Url,
    /// The key.
    #[error("`upstream.api_key` has characters that cannot stand in a header")]
    ApiKey,
    /// TLS.
    #[error("TLS cannot be set up: {0}")]
    Tls(tokio_rustls::rustls::Error),
}

/// The request on whose behalf AnythingLLM is called: its id goes along, and the time it waits is written down.
#[derive(Debug, Clone, Copy)]
pub struct OnBehalf<'a> {
    /// Sent as `X-Request-Id`.
    pub request_id: &'a RequestId,
    /// Where the waiting is added up.
    pub facts: &'a Arc<RequestFacts>,
}

/// One call.
#[derive(Debug)]
pub(super) struct Ask<'a> {
    method: Method,
    path: String,
    body: Bytes,
    within: Option<Duration>,
    on_behalf: Option<OnBehalf<'a>>,
}

impl<'a> Ask<'a> {
    pub(super) fn get(path: impl Into<String>) -> Self {
        Self { method: Method::GET, path: path.into(), body: Bytes::new(), within: None, on_behalf: None }
    }

    pub(super) fn post(path: impl Into<String>, body: &impl Serialize) -> Result<Self, UpstreamError> {
        let body = serde_json::to_vec(body).map_err(|error| UpstreamError::Contract(Said::of(&error)))?;
        Ok(Self { method: Method::POST, body: body.into(), ..Self::get(path) })
    }

    /// With a timeout of its own, for calls that embed documents while the caller waits.
    pub(super) fn within(self, time: Duration) -> Self {
        Self { within: Some(time), ..self }
    }

    pub(super) fn on_behalf(self, request: OnBehalf<'a>) -> Self {
        Self { on_behalf: Some(request), ..self }
    }

    /// `/api/v1/workspace/{slug}{rest}`, whatever characters the slug has.
    pub(super) fn workspace_path(slug: &str, rest: &str) -> String {
        format!("/api/v1/workspace/{}{rest}", utf8_percent_encode(slug, SEGMENT))
    }
}

/// Adds the time it lives to the time a request has waited for AnythingLLM, also when the call is given up half-way.
struct Waiting<'a>(&'a RequestFacts, Instant);

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
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_connect_timeout(Some(Duration::from_millis(upstream.connect_millis)));
        let connector = HttpsConnectorBuilder::new()
            .with_provider_and_webpki_roots(ring::default_provider())
            .map_err(BadUpstreamConfig::Tls)?
            .https_or_http()
            .enable_http1()
            .wrap_connector(tcp);
        let pool = Pool::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(Duration::from_millis(upstream.pool_idle_millis))
            .pool_max_idle_per_host(upstream.pool_max_idle)
            .http1_read_buf_exact_size(READ_BUFFER)
            .build(connector);
        Ok(Self(Arc::new(Inner {
            pool,
            base: Base::parse(&upstream.url)?,
            authorization: ArcSwap::from_pointee(bearer(&upstream.api_key)?),
            limits: Limits {
                response: Duration::from_millis(upstream.response_millis),
                stream_idle: Duration::from_secs(upstream.stream_idle_seconds),
                frame: upstream.max_frame_bytes,
                body: upstream.max_body_bytes,
            },
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

    /// A call that is answered with JSON.
    pub(super) async fn json<T: DeserializeOwned>(&self, ask: Ask<'_>) -> Result<T, UpstreamError> {
        let (time, on_behalf) = (ask.within, ask.on_behalf);
        let call = async {
            let (status, json, body) = self.read(self.send(ask).await?).await?;
            if !status.is_success() || !json {
                return Err(refusal(status, json, &body));
            }
            serde_json::from_slice(&body).map_err(|error| UpstreamError::Contract(Said::of(&error)))
        };
        self.bounded(time, on_behalf, call).await
    }

    /// A call that is answered with a stream. Returns with its head.
    pub(super) async fn stream(&self, ask: Ask<'_>) -> Result<Incoming, UpstreamError> {
        let (time, on_behalf) = (ask.within, ask.on_behalf);
        let call = async {
            let response = self.send(ask).await?;
            if response.status() == StatusCode::OK && is_media_type(&response, "text/event-stream") {
                return Ok(response.into_body());
            }
            let (status, json, body) = self.read(response).await?;
            Err(refusal(status, json, &body))
        };
        self.bounded(time, on_behalf, call).await
    }

    async fn bounded<T>(
        &self,
        time: Option<Duration>,
        on_behalf: Option<OnBehalf<'_>>,
        call: impl Future<Output = Result<T, UpstreamError>>,
    ) -> Result<T, UpstreamError> {
        let _waiting = on_behalf.map(|request| Waiting(request.facts, Instant::now()));
        let time = time.unwrap_or(self.0.limits.response);
        timeout(time, call).await.unwrap_or(Err(UpstreamError::Timeout("no answer in time")))
    }

    async fn send(&self, ask: Ask<'_>) -> Result<Response<Incoming>, UpstreamError> {
        let request = self.request(ask)?;
        self.0.pool.request(request).await.map_err(|error| connection_error(&error))
    }

    fn request(&self, ask: Ask<'_>) -> Result<Request<Full<Bytes>>, UpstreamError> {
        let mut request = Request::new(Full::new(ask.body));
        *request.uri_mut() = self.0.base.join(&ask.path)?;
        let headers = request.headers_mut();
        headers.insert(header::AUTHORIZATION, HeaderValue::clone(&self.0.authorization.load()));
        if ask.method == Method::POST {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        if let Some(id) = ask.on_behalf.and_then(|on| HeaderValue::try_from(on.request_id.as_str()).ok()) {
            headers.insert(REQUEST_ID, id);
        }
        *request.method_mut() = ask.method;
        Ok(request)
    }

    async fn read(&self, response: Response<Incoming>) -> Result<(StatusCode, bool, Bytes), UpstreamError> {
        let (status, json) = (response.status(), is_media_type(&response, "application/json"));
        let limit = self.0.limits.body;
        let body = Limited::new(response.into_body(), limit).collect().await.map_err(|error| {
            if error.is::<LengthLimitError>() {
                UpstreamError::TooLarge { limit }
            } else {
                UpstreamError::Reset(Said::of(&*error))
            }
        })?;
        Ok((status, json, body.to_bytes()))
    }
}

impl Base {
    fn parse(url: &str) -> Result<Self, BadUpstreamConfig> {
        let parts = url.parse::<Uri>().map_err(|_| BadUpstreamConfig::Url)?.into_parts();
        let scheme = parts.scheme.filter(|s| *s == uri::Scheme::HTTP || *s == uri::Scheme::HTTPS);
        let path = parts.path_and_query;
        if path.as_ref().is_some_and(|p| p.query().is_some()) {
            return Err(BadUpstreamConfig::Url);
        }
        Ok(Self {
            scheme: scheme.ok_or(BadUpstreamConfig::Url)?,
            authority: parts.authority.ok_or(BadUpstreamConfig::Url)?,
            prefix: path.map_or_else(String::new, |p| p.path().trim_end_matches('/').to_owned()),
        })
    }

    fn join(&self, path: &str) -> Result<Uri, UpstreamError> {
        Uri::builder()
            .scheme(self.scheme.clone())
            .authority(self.authority.clone())
            .path_and_query(format!("{}{path}", self.prefix))
            .build()
            .map_err(|error| UpstreamError::Contract(Said::of(&error)))
    }
}

fn bearer(key: &SecretString) -> Result<HeaderValue, BadUpstreamConfig> {
    let mut value = HeaderValue::try_from(format!("Bearer {}", key.expose_secret().trim()))
        .map_err(|_| BadUpstreamConfig::ApiKey)?;
    value.set_sensitive(true);
    Ok(value)
}

fn is_media_type<B>(response: &Response<B>, wanted: &str) -> bool {
    let Some(value) = response.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()) else { return false };
    value.split(';').next().is_some_and(|essence| essence.trim().eq_ignore_ascii_case(wanted))
}

fn connection_error(error: &legacy::Error) -> UpstreamError {
    let said = Said::of(error);
    if error.is_connect() {
        return UpstreamError::Connect(said);
    }
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if error.downcast_ref::<hyper::Error>().is_some_and(hyper::Error::is_parse) {
            return UpstreamError::Contract(said);
        }
        cause = error.source();
    }
    UpstreamError::Reset(said)
}

/// What an answer other than a good one means (contract notes, section 2).
fn refusal(status: StatusCode, json: bool, body: &[u8]) -> UpstreamError {
    let said = if json {
        serde_json::from_slice::<ErrorBody>(body).ok().and_then(ErrorBody::into_words).unwrap_or_default()
    } else {
        String::from_utf8_lossy(body.get(..body.len().min(512)).unwrap_or_default()).into_owned()
    };
    match status {
        StatusCode::FORBIDDEN => UpstreamError::BadKey,
        StatusCode::NOT_FOUND => UpstreamError::NotFound,
        StatusCode::BAD_REQUEST if said == "Bad Request" || said.ends_with("is not a valid workspace.") => {
            UpstreamError::NotFound
        }
        StatusCode::BAD_REQUEST if json => UpstreamError::Refused(Said::new(&said)),
        StatusCode::UNAUTHORIZED | StatusCode::UNPROCESSABLE_ENTITY => UpstreamError::Refused(Said::new(&said)),
        _ if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS => {
            UpstreamError::Failed { status: status.as_u16(), said: Said::new(&said) }
        }
        _ => UpstreamError::Contract(Said::new(&format!("status {status} with {}", kind(json, &said)))),
    }
}

fn kind(json: bool, text: &str) -> &'static str {
    if json {
        "unknown JSON"
    } else if text.trim_start().starts_with('<') {
        "a web page; the path is unknown there"
    } else {
        "something that is not JSON"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(status: u16, body: &str) -> UpstreamError {
        refusal(StatusCode::from_u16(status).unwrap(), body.starts_with('{'), body.as_bytes())
    }

    #[test]
    fn all_ways_to_say_no_such_workspace_are_understood() {
        for (status, body) in [
            (400, r#"{"id":"x","type":"abort","close":true,"error":"Workspace nope is not a valid workspace."}"#),
            (400, r#"{"message":"Workspace nope is not a valid workspace."}"#),
            (400, "Bad Request"),
            (404, "Not Found"),
        ] {
            assert!(matches!(refused(status, body), UpstreamError::NotFound), "{status} {body}");
        }
    }

    #[test]
    fn a_bad_key_is_its_own_error() {
        assert!(matches!(refused(403, r#"{"error":"No valid api key found."}"#), UpstreamError::BadKey));
    }

    #[test]
    fn a_web_page_with_status_200_is_a_broken_contract() {
        let error = refused(200, "<!doctype html><html></html>");
        assert!(matches!(&error, UpstreamError::Contract(_)), "{error}");
        assert!(error.to_string().contains("a web page"));
    }

    #[test]
    fn a_server_error_keeps_its_words_for_the_log() {
        let error = refused(500, r#"{"success":false,"error":"Document processing API is not online."}"#);
        assert_eq!(error.to_string(), "AnythingLLM failed with status 500: Document processing API is not online.");
    }

    #[test]
    fn addresses_may_have_a_path_but_no_query() {
        assert_eq!(Base::parse("http://a:3001").unwrap().join("/api/ping").unwrap(), "http://a:3001/api/ping");
        assert_eq!(Base::parse("https://a/llm/").unwrap().join("/api/ping").unwrap(), "https://a/llm/api/ping");
        for bad in ["", "a:3001", "ftp://a", "http://a/?x=1", "/api"] {
            assert!(Base::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn slugs_cannot_leave_their_segment() {
        assert_eq!(Ask::workspace_path("a/../b?c", "/chats"), "/api/v1/workspace/a%2F..%2Fb%3Fc/chats");
    }
}
