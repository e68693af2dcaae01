//! HTTP to addresses that customers name: their shops and feeds.
//!
//! Whoever may name an address could name one inside the operator's network, so nothing here trusts a URL. Only https;
//! every address that the host resolves to must be on the public internet; the connection goes to an address that was
//! judged, so a second answer of DNS changes nothing; every redirect is judged like the first address, and credentials
//! do not follow to another host. Everything is bounded: connecting, waiting, idling, the whole, the size. The proxy
//! variables of the environment are not looked at. `outbound.allowed_networks` exempts networks of the operator's own.
//!
//! Knows nothing of shops and must not log an address together with a credential.

mod body;
mod connect;
mod error;
mod resolve;
mod resume;
mod rules;
mod signing;

pub use body::Body;
pub use error::{BadOutboundConfig, OutboundError};
pub use resolve::{Resolve, SystemResolver};
pub use signing::RequestSigner;

use crate::config;
use body::Bounds;
use bytes::Bytes;
use connect::Connector;
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode, header};
use http_body_util::Full;
use resume::Resume;
use rules::Rules;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};
use tokio_rustls::rustls::pki_types::CertificateDer;
use url::Url;

const MOST_REDIRECTS: usize = 5;

/// Calls addresses of customers. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Outbound(Arc<Inner>);

#[derive(Debug, Clone)]
struct Inner {
    connector: Connector,
    /// Says in every request who sends it.
    signer: Option<RequestSigner>,
    head: Duration,
    idle: Duration,
    total: Duration,
    bytes: u64,
}

#[derive(Debug, Clone)]
pub struct Ask {
    pub url: Url,
    /// `GET` follows redirects; a redirect of anything else is the answer.
    pub method: Method,
    pub headers: HeaderMap,
    /// Sent only to the scheme, host and port of [`Self::url`]. Mark the values as sensitive.
    pub credentials: HeaderMap,
    pub body: Bytes,
    /// For the whole call with its body, instead of `outbound.total_seconds` where that is longer.
    pub within: Option<Duration>,
    /// Whether a good answer that breaks off is gone on with, where the server can do that.
    pub resumes: bool,
}

/// An answer with its head read and its body to come.
#[derive(Debug)]
pub struct OutboundAnswer {
    /// Any but a redirect that was followed.
    pub status: StatusCode,
    pub headers: HeaderMap,
    /// Where it came from, after redirects.
    pub url: Url,
    pub body: Body,
}

impl Ask {
    /// A `GET` without credentials.
    pub fn get(url: Url) -> Self {
        Self {
            url,
            method: Method::GET,
            headers: HeaderMap::new(),
            credentials: HeaderMap::new(),
            body: Bytes::new(),
            within: None,
            resumes: false,
        }
    }
}

impl Outbound {
    /// With the section `[outbound]` and the operating system's resolver.
    ///
    /// # Errors
    /// If TLS cannot be set up.
    pub fn new(config: &config::Outbound) -> Result<Self, BadOutboundConfig> {
        Self::with(config, Arc::new(SystemResolver), &[])
    }

    /// As [`Self::new`], with another resolver and with more certificate authorities besides those that browsers trust.
    ///
    /// # Errors
    /// If TLS cannot be set up.
    pub fn with(
        config: &config::Outbound,
        resolver: Arc<dyn Resolve>,
        authorities: &[CertificateDer<'static>],
    ) -> Result<Self, BadOutboundConfig> {
        let rules = Rules::new(config.allowed_networks.clone());
        let patience = Duration::from_millis(config.connect_millis);
        let mut all = config::authorities("outbound.ca_file", &config.ca_file)?;
        all.extend_from_slice(authorities);
        let connector = Connector::new(rules, resolver, &all, patience)?;
        Ok(Self(Arc::new(Inner {
            connector,
            signer: None,
            head: Duration::from_millis(config.response_millis),
            idle: Duration::from_millis(config.idle_millis),
            total: Duration::from_secs(config.total_seconds),
            bytes: config.max_body_bytes,
        })))
    }

    /// The same with requests that are signed.
    #[must_use]
    pub fn signed_by(&self, signer: RequestSigner) -> Self {
        Self(Arc::new(Inner { signer: Some(signer), ..(*self.0).clone() }))
    }

    /// Judges an address as far as it can be without resolving its host, for whoever stores it: the whole rule is
    /// applied again with every call.
    ///
    /// # Errors
    /// Why it may not be called.
    pub fn acceptable(&self, url: &Url) -> Result<(), OutboundError> {
        self.0.connector.rules().target(url).map(drop)
    }

    /// Calls an address and returns with the head of the answer.
    ///
    /// # Errors
    /// [`OutboundError`]. An answer of any status is not one.
    pub async fn send(&self, ask: Ask) -> Result<OutboundAnswer, OutboundError> {
        let inner = &*self.0;
        let total = ask.within.map_or(inner.total, |within| within.min(inner.total));
        let end = Instant::now() + total;
        let mut url = ask.url.clone();
        let mut redirects = 0;
        loop {
            let due = (Instant::now() + inner.head).min(end);
            let call = async {
                let target = inner.connector.rules().target(&url)?;
                let link = inner.connector.connect(&target).await?;
                let mut request = request(&ask, &url)?;
                if let Some(signer) = &inner.signer {
                    signer.sign(&url, request.headers_mut());
                }
                link.ask(request).await
            };
            let (answer, driver) = match timeout_at(due, call).await.unwrap_or(Err(OutboundError::Timeout)) {
                Ok(answered) => answered,
                Err(OutboundError::Address(_) | OutboundError::NotHttps) if redirects > 0 => {
                    return Err(OutboundError::BadRedirect);
                }
                // Of a name nothing more is told than of one that was given.
                Err(OutboundError::NoPublicHost) if redirects > 0 && url.domain().is_none() => {
                    return Err(OutboundError::BadRedirect);
                }
                Err(error) => return Err(error),
            };
            let (head, incoming) = answer.into_parts();
            if ask.method == Method::GET && is_redirect(head.status) {
                redirects += 1;
                if redirects > MOST_REDIRECTS {
                    return Err(OutboundError::TooManyRedirects);
                }
                url = destination(&url, &head.headers)?;
                continue;
            }
            let bounds = Bounds { idle: inner.idle, end, bytes: inner.bytes };
            let resume = Resume::of(self, &ask, head.status, &head.headers);
            let body = Body::new(incoming, driver, is_gzip(&head.headers)?, bounds, resume);
            return Ok(OutboundAnswer { status: head.status, headers: head.headers, url, body });
        }
    }
}

fn request(ask: &Ask, url: &Url) -> Result<Request<Full<Bytes>>, OutboundError> {
    let mut request = Request::new(Full::new(ask.body.clone()));
    *request.method_mut() = ask.method.clone();
    let path = &url[url::Position::BeforePath..url::Position::AfterQuery];
    *request.uri_mut() = path.parse().map_err(|_| OutboundError::Address("cannot be sent"))?;
    let headers = request.headers_mut();
    headers.extend(ask.headers.clone());
    if same_place(&ask.url, url) {
        headers.extend(ask.credentials.clone());
    }
    let host = &url[url::Position::BeforeHost..url::Position::AfterPort];
    headers.insert(header::HOST, HeaderValue::try_from(host).map_err(|_| OutboundError::Address("has no host"))?);
    headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
    headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    let agent = concat!("Vestibule/", env!("CARGO_PKG_VERSION"));
    headers.entry(header::USER_AGENT).or_insert(HeaderValue::from_static(agent));
    Ok(request)
}

/// Where credentials may go: exactly where they were meant for. Another port may be another service.
fn same_place(one: &Url, other: &Url) -> bool {
    (one.scheme(), one.host(), one.port_or_known_default())
        == (other.scheme(), other.host(), other.port_or_known_default())
}

fn is_redirect(status: StatusCode) -> bool {
    matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308)
}

fn destination(from: &Url, headers: &HeaderMap) -> Result<Url, OutboundError> {
    let location = headers.get(header::LOCATION).and_then(|value| value.to_str().ok());
    let to = from.join(location.ok_or(OutboundError::BadRedirect)?).map_err(|_| OutboundError::BadRedirect)?;
    // From a protected address to one that anybody on the way may read and change.
    if from.scheme() == "https" && to.scheme() != "https" {
        return Err(OutboundError::BadRedirect);
    }
    Ok(to)
}

fn is_gzip(headers: &HeaderMap) -> Result<bool, OutboundError> {
    let Some(coding) = headers.get(header::CONTENT_ENCODING) else { return Ok(false) };
    match coding.to_str().map(|coding| coding.trim().to_ascii_lowercase()).as_deref() {
        Ok("" | "identity") => Ok(false),
        Ok("gzip" | "x-gzip") => Ok(true),
        _ => Err(OutboundError::Encoding),
    }
}
