//! Answers, and the headers express puts around them.
//!
//! Endpoints choose a `Reply`; `ETag`, CORS and connection headers are added in one place.

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use bytes::Bytes;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::{Method, Response, StatusCode, Version};
use serde_json::{Value, json};
use sha1::{Digest, Sha1};
use uuid::Uuid;

use crate::wire::ReplyBody;

/// What an endpoint answers.
pub(crate) enum Reply {
    /// A complete answer.
    Full {
        status: StatusCode,
        content_type: Option<&'static str>,
        body: Bytes,
        /// Headers beyond those every answer has.
        extra: Vec<(HeaderName, HeaderValue)>,
        etag: bool,
    },
    /// An event stream, or a head after which nothing comes.
    Stream { body: ReplyBody, content_type: Option<&'static str> },
    /// What node answers to a request it cannot read.
    Unreadable,
    /// No answer at all: the connection stays open.
    Silence,
    /// No answer: the connection is reset.
    Reset,
}

const JSON: &str = "application/json; charset=utf-8";
const HTML: &str = "text/html; charset=utf-8";
const TEXT: &str = "text/plain; charset=utf-8";

impl Reply {
    fn full(status: StatusCode, content_type: Option<&'static str>, body: impl Into<Bytes>) -> Self {
        Self::Full { status, content_type, body: body.into(), extra: Vec::new(), etag: true }
    }

    /// 200 with JSON.
    pub(crate) fn json(value: &Value) -> Self {
        Self::status_json(StatusCode::OK, value)
    }

    pub(crate) fn status_json(status: StatusCode, value: &Value) -> Self {
        Self::full(status, Some(JSON), value.to_string())
    }

    /// `sendStatus`: the reason phrase as text.
    pub(crate) fn status(status: StatusCode) -> Self {
        Self::full(status, Some(TEXT), status.canonical_reason().unwrap_or_default())
    }

    /// `status().send(text)`: express calls a bare string HTML.
    pub(crate) fn html(status: StatusCode, text: impl Into<Bytes>) -> Self {
        Self::full(status, Some(HTML), text)
    }

    /// `status().end()`.
    pub(crate) fn empty(status: StatusCode) -> Self {
        Self::Full { status, content_type: None, body: Bytes::new(), extra: Vec::new(), etag: false }
    }

    /// An endpoint threw.
    pub(crate) fn error() -> Self {
        Self::status(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// A body parser or the router threw.
    pub(crate) fn error_page(status: StatusCode) -> Self {
        let reason = status.canonical_reason().unwrap_or_default();
        let page = format!(
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>Error</title>\n</head>\n<body>\n<pre>{reason}</pre>\n</body>\n</html>\n"
        );
        Self::Full {
            status,
            content_type: Some(HTML),
            body: page.into(),
            extra: vec![
                (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'")),
                (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
            ],
            etag: false,
        }
    }

    pub(crate) fn bad_request_page() -> Self {
        Self::error_page(StatusCode::BAD_REQUEST)
    }

    pub(crate) fn unsupported_media_type() -> Self {
        Self::error_page(StatusCode::UNSUPPORTED_MEDIA_TYPE)
    }

    /// The object by which chat endpoints refuse.
    pub(crate) fn abort(status: StatusCode, error: &str) -> Self {
        Self::status_json(status, &abort_object(error))
    }
}

/// The abort object of chat endpoints.
pub(crate) fn abort_object(error: &str) -> Value {
    json!({
        "id": Uuid::new_v4(),
        "type": "abort",
        "textResponse": null,
        "sources": [],
        "close": true,
        "error": error,
    })
}

/// What of the request the headers of the answer depend on.
pub(crate) struct Asker {
    pub(crate) method: Method,
    pub(crate) origin: Option<HeaderValue>,
    pub(crate) if_none_match: Option<HeaderValue>,
    pub(crate) keep_alive: bool,
}

impl Asker {
    pub(crate) fn new(method: &Method, version: Version, headers: &HeaderMap) -> Self {
        let connection = headers
            .get(header::CONNECTION)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
            .to_ascii_lowercase();
        let keep_alive =
            if version == Version::HTTP_10 { connection.contains("keep-alive") } else { !connection.contains("close") };
        Self {
            method: method.clone(),
            origin: headers.get(header::ORIGIN).cloned(),
            if_none_match: headers.get(header::IF_NONE_MATCH).cloned(),
            keep_alive,
        }
    }
}

/// The weak `ETag` of express: length and hash of the body.
fn weak_etag(body: &[u8]) -> HeaderValue {
    let hash = STANDARD_NO_PAD.encode(Sha1::digest(body));
    let tag = format!("W/\"{:x}-{}\"", body.len(), &hash[..27.min(hash.len())]);
    HeaderValue::try_from(tag).unwrap_or_else(|_| HeaderValue::from_static("W/\"0\""))
}

/// The answer to a preflight: given to every OPTIONS before routing.
pub(crate) fn preflight(asked_headers: Option<&HeaderValue>) -> Reply {
    let mut extra = vec![
        (header::VARY, HeaderValue::from_static("Origin, Access-Control-Request-Headers")),
        (header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET,HEAD,PUT,PATCH,POST,DELETE")),
        (header::CONTENT_LENGTH, HeaderValue::from_static("0")),
    ];
    if let Some(asked) = asked_headers {
        extra.push((header::ACCESS_CONTROL_ALLOW_HEADERS, asked.clone()));
    }
    Reply::Full { status: StatusCode::NO_CONTENT, content_type: None, body: Bytes::new(), extra, etag: false }
}

/// An answer from below express: no body, and the connection ends.
pub(crate) fn refusal(status: StatusCode) -> Response<ReplyBody> {
    let mut response = Response::new(ReplyBody::full(Bytes::new()));
    *response.status_mut() = status;
    let close = HeaderValue::from_static("close");
    response.headers_mut().insert(header::CONNECTION, close);
    response
}

/// Turns a reply into a response. `None` if there is to be no answer.
pub(crate) fn finish(reply: Reply, asker: &Asker) -> Option<Response<ReplyBody>> {
    let mut response = match reply {
        Reply::Silence | Reply::Reset => return None,
        Reply::Unreadable => return Some(refusal(StatusCode::BAD_REQUEST)),
        Reply::Stream { body, content_type } => {
            let mut response = Response::new(body);
            base_headers(response.headers_mut(), asker);
            if let Some(content_type) = content_type {
                let headers = response.headers_mut();
                headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
                headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
                headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
            }
            let connection = HeaderValue::from_static("keep-alive");
            response.headers_mut().insert(header::CONNECTION, connection);
            return Some(response);
        }
        Reply::Full { status, content_type, body, extra, etag } => {
            full_response(status, content_type, body, extra, etag, asker)
        }
    };
    let headers = response.headers_mut();
    if asker.keep_alive {
        headers.insert(header::CONNECTION, HeaderValue::from_static("keep-alive"));
        headers.insert("keep-alive", HeaderValue::from_static("timeout=5"));
    } else {
        headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    Some(response)
}

fn base_headers(headers: &mut HeaderMap, asker: &Asker) {
    headers.insert("x-powered-by", HeaderValue::from_static("Express"));
    headers.insert(header::VARY, HeaderValue::from_static("Origin"));
    if let Some(origin) = &asker.origin {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
    }
}

fn full_response(
    status: StatusCode,
    content_type: Option<&'static str>,
    body: Bytes,
    extra: Vec<(HeaderName, HeaderValue)>,
    etag: bool,
    asker: &Asker,
) -> Response<ReplyBody> {
    let mut headers = HeaderMap::new();
    base_headers(&mut headers, asker);
    if let Some(content_type) = content_type {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    }
    let has_length = status != StatusCode::NO_CONTENT;
    if has_length {
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(body.len()));
    }
    if etag {
        headers.insert(header::ETAG, weak_etag(&body));
    }
    for (name, value) in extra {
        headers.insert(name, value);
    }
    let asks = matches!(asker.method, Method::GET | Method::HEAD) && status == StatusCode::OK;
    let unchanged = asks && headers.get(header::ETAG).is_some_and(|tag| asker.names(tag));
    let mut response = Response::new(ReplyBody::full(body));
    *response.status_mut() = status;
    if unchanged {
        headers.remove(header::CONTENT_TYPE);
        headers.remove(header::CONTENT_LENGTH);
        response = Response::new(ReplyBody::full(Bytes::new()));
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    }
    *response.headers_mut() = headers;
    response
}

impl Asker {
    /// Whether `If-None-Match` names this tag; weak comparison.
    fn names(&self, tag: &HeaderValue) -> bool {
        let (Some(asked), Ok(tag)) = (&self.if_none_match, tag.to_str()) else {
            return false;
        };
        let strip = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
        asked.to_str().is_ok_and(|asked| asked == "*" || asked.split(',').any(|one| strip(one) == strip(tag)))
    }
}
