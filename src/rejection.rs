//! The whole public error contract: one closed enum, rendered as `application/problem+json` (RFC 9457) or as the
//! frame that the AnythingLLM widget understands.
//!
//! Causes never go in here: they are logged where they happen, with the request id. What stands in a [`Rejection`] is
//! written for the caller.

mod shopper;

pub use crate::domain::faults::FieldError;
pub use shopper::ShopperLanguage;

use crate::domain::access::Scope;
use crate::domain::faults::Faults;
use crate::domain::ids::RequestId;
use crate::domain::json::Unreadable;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::Serialize;
use std::time::Duration;

/// Why a request was refused. The variants are the codes of `docs/errors`, one each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rejection {
    /// The request is not well-formed HTTP, or its path or a header is not acceptable.
    BadRequest(&'static str),
    /// No credential.
    Unauthenticated,
    /// The credential is not one of ours, mistyped, or wrong; or not acceptable in this place.
    InvalidToken(&'static str),
    /// Name or password is wrong; never says which.
    InvalidCredentials,
    /// The token's time is over.
    ExpiredToken,
    /// The key was revoked.
    KeyRevoked,
    /// The key's expiry has passed.
    KeyExpired,
    /// The key or its tenant is switched off.
    KeyDisabled,
    /// The key lacks a scope.
    InsufficientScope(Scope),
    /// A page on this origin may not use the key.
    ForbiddenOrigin(&'static str),
    /// This address may not use the key.
    ForbiddenIp,
    /// Not allowed, for a reason of its own.
    Forbidden(&'static str),
    /// No such thing, or not yours: both look alike.
    NotFound(&'static str),
    /// The path exists, but not with this method.
    MethodNotAllowed {
        /// The `Allow` header.
        allow: String,
    },
    /// Cannot be done in the present state.
    Conflict(&'static str),
    /// `If-Match` does not match.
    PreconditionFailed,
    /// `If-Match` is missing.
    PreconditionRequired,
    /// The body is over this row's limit.
    BodyTooLarge {
        /// In bytes.
        limit: u64,
    },
    /// The header section is over the limit.
    HeadersTooLarge {
        /// In bytes.
        limit: usize,
    },
    /// The request did not arrive in time.
    RequestTimeout,
    /// The body's media type is not supported.
    UnsupportedMediaType(&'static str),
    /// The body is not JSON.
    InvalidBody(String),
    /// Fields break rules.
    ValidationFailed(Vec<FieldError>),
    /// Too many requests for a while.
    RateLimited {
        /// When to try again.
        retry_after: Duration,
        /// Names of the limits that are used up.
        policies: Vec<&'static str>,
    },
    /// A quota of the day or month is used up.
    QuotaExceeded {
        /// When it begins anew.
        retry_after: Duration,
        /// Names of the quotas.
        policies: Vec<&'static str>,
    },
    /// Too many streams at the same time.
    TooManyStreams {
        /// The limit.
        limit: u32,
    },
    /// Too many logins.
    LoginThrottled {
        /// When to try again.
        retry_after: Duration,
    },
    /// AnythingLLM cannot be reached.
    UpstreamUnavailable,
    /// AnythingLLM or its model did not answer in time.
    UpstreamTimeout,
    /// AnythingLLM or its model failed.
    UpstreamError,
    /// AnythingLLM answered in a shape we do not know.
    UpstreamContract,
    /// A part of Vestibule is not available.
    ServiceUnavailable {
        /// When to try again.
        retry_after: Duration,
    },
    /// A defect of Vestibule.
    Internal,
}

/// Every code there is; `docs/errors` has a page for each.
pub const CODES: [&str; 33] = [
    "bad_request",
    "body_too_large",
    "conflict",
    "expired_token",
    "forbidden",
    "forbidden_ip",
    "forbidden_origin",
    "headers_too_large",
    "insufficient_scope",
    "internal",
    "invalid_body",
    "invalid_credentials",
    "invalid_token",
    "key_disabled",
    "key_expired",
    "key_revoked",
    "login_throttled",
    "method_not_allowed",
    "not_found",
    "precondition_failed",
    "precondition_required",
    "quota_exceeded",
    "rate_limited",
    "request_timeout",
    "service_unavailable",
    "too_many_streams",
    "unauthenticated",
    "unsupported_media_type",
    "upstream_contract",
    "upstream_error",
    "upstream_timeout",
    "upstream_unavailable",
    "validation_failed",
];

/// What a refused client gets to see.
#[derive(Debug, Serialize)]
struct Problem<'a> {
    #[serde(rename = "type")]
    kind: String,
    title: &'a str,
    status: u16,
    detail: String,
    instance: String,
    code: &'a str,
    request_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    errors: Option<&'a [FieldError]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    violated_policies: Option<&'a [&'static str]>,
}

/// The frame that ends a chat in AnythingLLM's widget with a sentence for the shopper (`upstream` BROWSER notes: without
/// a non-empty `error` the widget crashes, without `errorMsg` it says only "Server error").
#[derive(Debug, Serialize)]
struct WidgetAbort<'a> {
    id: &'a str,
    #[serde(rename = "type")]
    kind: &'a str,
    #[serde(rename = "textResponse")]
    text_response: Option<&'a str>,
    sources: [&'a str; 0],
    close: bool,
    error: &'a str,
    #[serde(rename = "errorMsg")]
    error_msg: &'a str,
}

/// Travels in the extensions of a refusal, so that the record names the code without reading the body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RejectionCode(pub &'static str);

/// How a row of the endpoint table tells its errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorShape {
    /// `application/problem+json`.
    Problem,
    /// The abort frame of AnythingLLM's widget, with the same status.
    WidgetFrame,
}

impl From<Unreadable> for Rejection {
    fn from(unreadable: Unreadable) -> Self {
        match unreadable {
            Unreadable::Text(why) => Self::InvalidBody(why),
            Unreadable::Field(fault) => Self::ValidationFailed(vec![fault]),
        }
    }
}

impl From<Faults> for Rejection {
    fn from(faults: Faults) -> Self {
        Self::ValidationFailed(faults.into_vec())
    }
}

impl Rejection {
    /// The stable code, its HTTP status and its title, one row a variant.
    fn contract(&self) -> (&'static str, StatusCode, &'static str) {
        use StatusCode as S;
        match self {
            Self::BadRequest(_) => ("bad_request", S::BAD_REQUEST, "Bad request"),
            Self::Unauthenticated => ("unauthenticated", S::UNAUTHORIZED, "Credential missing"),
            Self::InvalidToken(_) => ("invalid_token", S::UNAUTHORIZED, "Credential not valid"),
            Self::InvalidCredentials => ("invalid_credentials", S::UNAUTHORIZED, "Login refused"),
            Self::ExpiredToken => ("expired_token", S::UNAUTHORIZED, "Token expired"),
            Self::KeyRevoked => ("key_revoked", S::UNAUTHORIZED, "Key revoked"),
            Self::KeyExpired => ("key_expired", S::UNAUTHORIZED, "Key expired"),
            Self::KeyDisabled => ("key_disabled", S::UNAUTHORIZED, "Key disabled"),
            Self::InsufficientScope(_) => ("insufficient_scope", S::FORBIDDEN, "Scope missing"),
            Self::ForbiddenOrigin(_) => ("forbidden_origin", S::FORBIDDEN, "Origin not allowed"),
            Self::ForbiddenIp => ("forbidden_ip", S::FORBIDDEN, "Address not allowed"),
            Self::Forbidden(_) => ("forbidden", S::FORBIDDEN, "Not allowed"),
            Self::NotFound(_) => ("not_found", S::NOT_FOUND, "Not found"),
            Self::MethodNotAllowed { .. } => ("method_not_allowed", S::METHOD_NOT_ALLOWED, "Method not allowed"),
            Self::Conflict(_) => ("conflict", S::CONFLICT, "Conflict"),
            Self::PreconditionFailed => ("precondition_failed", S::PRECONDITION_FAILED, "Changed in the meantime"),
            Self::PreconditionRequired => ("precondition_required", S::PRECONDITION_REQUIRED, "If-Match missing"),
            Self::BodyTooLarge { .. } => ("body_too_large", S::PAYLOAD_TOO_LARGE, "Body too large"),
            Self::HeadersTooLarge { .. } => {
                ("headers_too_large", S::REQUEST_HEADER_FIELDS_TOO_LARGE, "Header section too large")
            }
            Self::RequestTimeout => ("request_timeout", S::REQUEST_TIMEOUT, "Request too slow"),
            Self::UnsupportedMediaType(_) => {
                ("unsupported_media_type", S::UNSUPPORTED_MEDIA_TYPE, "Media type not supported")
            }
            Self::InvalidBody(_) => ("invalid_body", S::BAD_REQUEST, "Body not readable"),
            Self::ValidationFailed(_) => ("validation_failed", S::UNPROCESSABLE_ENTITY, "Validation failed"),
            Self::RateLimited { .. } => ("rate_limited", S::TOO_MANY_REQUESTS, "Too many requests"),
            Self::QuotaExceeded { .. } => ("quota_exceeded", S::TOO_MANY_REQUESTS, "Quota used up"),
            Self::TooManyStreams { .. } => ("too_many_streams", S::TOO_MANY_REQUESTS, "Too many open streams"),
            Self::LoginThrottled { .. } => ("login_throttled", S::TOO_MANY_REQUESTS, "Too many logins"),
            Self::UpstreamUnavailable => ("upstream_unavailable", S::BAD_GATEWAY, "AnythingLLM not reachable"),
            Self::UpstreamTimeout => ("upstream_timeout", S::GATEWAY_TIMEOUT, "AnythingLLM too slow"),
            Self::UpstreamError => ("upstream_error", S::BAD_GATEWAY, "AnythingLLM failed"),
            Self::UpstreamContract => ("upstream_contract", S::BAD_GATEWAY, "AnythingLLM answered unexpectedly"),
            Self::ServiceUnavailable { .. } => {
                ("service_unavailable", S::SERVICE_UNAVAILABLE, "Temporarily not available")
            }
            Self::Internal => ("internal", S::INTERNAL_SERVER_ERROR, "Internal error"),
        }
    }

    /// The stable code of `docs/errors`.
    pub fn code(&self) -> &'static str {
        self.contract().0
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        self.contract().1
    }

    fn detail(&self) -> String {
        match self {
            Self::BadRequest(why)
            | Self::InvalidToken(why)
            | Self::ForbiddenOrigin(why)
            | Self::Forbidden(why)
            | Self::NotFound(why)
            | Self::Conflict(why)
            | Self::UnsupportedMediaType(why) => (*why).to_owned(),
            Self::InvalidBody(why) => why.clone(),
            Self::Unauthenticated => "This endpoint needs a key or token, sent as `Authorization: Bearer …`.".into(),
            Self::InvalidCredentials => "Name or password is wrong.".into(),
            Self::ExpiredToken => "The token's time is over; get a new one.".into(),
            Self::KeyRevoked => "This key was revoked and will not work again.".into(),
            Self::KeyExpired => "This key has reached its expiry.".into(),
            Self::KeyDisabled => "This key is switched off.".into(),
            Self::InsufficientScope(scope) => format!("The key lacks the scope `{scope}`."),
            Self::ForbiddenIp => "The key may not be used from this address.".into(),
            Self::MethodNotAllowed { allow } => format!("Allowed here: {allow}."),
            Self::PreconditionFailed => "The resource has changed since it was read.".into(),
            Self::PreconditionRequired => "Send the ETag you have read as `If-Match`.".into(),
            Self::BodyTooLarge { limit } => format!("The body may have at most {limit} bytes."),
            Self::HeadersTooLarge { limit } => format!("The header section may have at most {limit} bytes."),
            Self::RequestTimeout => "The request did not arrive within the time allowed.".into(),
            Self::ValidationFailed(errors) => errors.first().map_or_else(
                || "The request breaks a rule.".into(),
                |e| if e.field.is_empty() { e.message.clone() } else { format!("`{}`: {}", e.field, e.message) },
            ),
            Self::RateLimited { retry_after, .. } => {
                format!("Too many requests; try again in {} s.", whole_seconds(*retry_after))
            }
            Self::QuotaExceeded { retry_after, .. } => {
                format!("The quota is used up; it begins anew in {} s.", whole_seconds(*retry_after))
            }
            Self::TooManyStreams { limit } => format!("At most {limit} streams may be open at the same time."),
            Self::LoginThrottled { retry_after } => {
                format!("Too many login attempts; try again in {} s.", whole_seconds(*retry_after))
            }
            Self::UpstreamUnavailable => "The chat back end cannot be reached.".into(),
            Self::UpstreamTimeout => "The chat back end did not answer in time.".into(),
            Self::UpstreamError => "The chat back end could not answer.".into(),
            Self::UpstreamContract => "The chat back end answered in a way that is not understood.".into(),
            Self::ServiceUnavailable { .. } => "Temporarily not available; try again shortly.".into(),
            Self::Internal => "Something went wrong on our side; the request id helps to find it.".into(),
        }
    }

    fn retry_after(&self) -> Option<u64> {
        match self {
            Self::RateLimited { retry_after, .. }
            | Self::QuotaExceeded { retry_after, .. }
            | Self::LoginThrottled { retry_after }
            | Self::ServiceUnavailable { retry_after } => Some(whole_seconds(*retry_after)),
            Self::TooManyStreams { .. } => Some(1),
            _ => None,
        }
    }

    /// `WWW-Authenticate` of a 401 or a missing scope (RFC 6750 section 3): no error word when nothing was sent.
    fn challenge(&self) -> Option<String> {
        match self {
            Self::Unauthenticated | Self::InvalidCredentials => Some("Bearer realm=\"vestibule\"".into()),
            Self::InvalidToken(_) | Self::ExpiredToken | Self::KeyRevoked | Self::KeyExpired | Self::KeyDisabled => {
                Some("Bearer realm=\"vestibule\", error=\"invalid_token\"".into())
            }
            Self::InsufficientScope(scope) => {
                Some(format!("Bearer realm=\"vestibule\", error=\"insufficient_scope\", scope=\"{scope}\""))
            }
            _ => None,
        }
    }

    fn problem<'a>(&'a self, docs: &str, request_id: &'a RequestId) -> Problem<'a> {
        let (code, status, title) = self.contract();
        Problem {
            kind: format!("{docs}/docs/errors/{code}"),
            title,
            status: status.as_u16(),
            detail: self.detail(),
            instance: format!("urn:vestibule:request:{request_id}"),
            code,
            request_id: request_id.as_str(),
            errors: match self {
                Self::ValidationFailed(errors) => Some(errors),
                _ => None,
            },
            retry_after: self.retry_after(),
            violated_policies: match self {
                Self::RateLimited { policies, .. } | Self::QuotaExceeded { policies, .. } => Some(policies),
                Self::TooManyStreams { .. } => Some(&["max-streams"]),
                Self::LoginThrottled { .. } => Some(&["login-minute"]),
                _ => None,
            },
        }
    }

    /// The problem document, for the `error` event of a stream.
    ///
    /// `docs` is the public address under which `/docs/errors/<code>` is served.
    pub fn problem_json(&self, docs: &str, request_id: &RequestId) -> Vec<u8> {
        serde_json::to_vec(&self.problem(docs, request_id)).unwrap_or_default()
    }

    /// The widget's abort frame, for the widget paths and their streams.
    pub fn widget_frame(&self, language: ShopperLanguage, request_id: &RequestId) -> Vec<u8> {
        let frame = WidgetAbort {
            id: request_id.as_str(),
            kind: "abort",
            text_response: None,
            sources: [],
            close: true,
            error: self.code(),
            error_msg: self.shopper_sentence(language),
        };
        serde_json::to_vec(&frame).unwrap_or_default()
    }

    /// The whole answer: status, headers and body. `language` is for shoppers.
    pub fn response(
        &self,
        shape: ErrorShape,
        docs: &str,
        language: ShopperLanguage,
        request_id: &RequestId,
    ) -> http::Response<Bytes> {
        let (media_type, body) = match shape {
            ErrorShape::Problem => ("application/problem+json", self.problem_json(docs, request_id)),
            ErrorShape::WidgetFrame => ("application/json", self.widget_frame(language, request_id)),
        };
        let mut response = http::Response::new(Bytes::from(body));
        *response.status_mut() = self.status();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        insert(headers, header::RETRY_AFTER, self.retry_after().map(|s| s.to_string()));
        insert(headers, header::WWW_AUTHENTICATE, self.challenge());
        response.extensions_mut().insert(RejectionCode(self.code()));
        let headers = response.headers_mut();
        if let Self::MethodNotAllowed { allow } = self {
            insert(headers, header::ALLOW, Some(allow.clone()));
        }
        response
    }
}

fn insert(headers: &mut HeaderMap, name: header::HeaderName, value: Option<String>) {
    if let Some(value) = value.and_then(|v| HeaderValue::try_from(v).ok()) {
        headers.insert(name, value);
    }
}

/// Rounded up: `Retry-After` must not be too early.
fn whole_seconds(duration: Duration) -> u64 {
    duration.as_secs() + u64::from(duration.subsec_nanos() > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::clock::Ambient;
    use serde_json::Value;

    /// One of each. The `match` fails to compile when a variant is added and forgotten here.
    fn all() -> Vec<Rejection> {
        let second = Duration::from_millis(1500);
        let all = vec![
            Rejection::BadRequest("x"),
            Rejection::Unauthenticated,
            Rejection::InvalidToken("x"),
            Rejection::InvalidCredentials,
            Rejection::ExpiredToken,
            Rejection::KeyRevoked,
            Rejection::KeyExpired,
            Rejection::KeyDisabled,
            Rejection::InsufficientScope(Scope::ChatWrite),
            Rejection::ForbiddenOrigin("x"),
            Rejection::ForbiddenIp,
            Rejection::Forbidden("x"),
            Rejection::NotFound("x"),
            Rejection::MethodNotAllowed { allow: "POST".into() },
            Rejection::Conflict("x"),
            Rejection::PreconditionFailed,
            Rejection::PreconditionRequired,
            Rejection::BodyTooLarge { limit: 1 },
            Rejection::HeadersTooLarge { limit: 1 },
            Rejection::RequestTimeout,
            Rejection::UnsupportedMediaType("x"),
            Rejection::InvalidBody("x".into()),
            Rejection::ValidationFailed(vec![FieldError::new("message", "required", "is missing")]),
            Rejection::RateLimited { retry_after: second, policies: vec!["key-minute"] },
            Rejection::QuotaExceeded { retry_after: second, policies: vec!["messages-day"] },
            Rejection::TooManyStreams { limit: 1 },
            Rejection::LoginThrottled { retry_after: second },
            Rejection::UpstreamUnavailable,
            Rejection::UpstreamTimeout,
            Rejection::UpstreamError,
            Rejection::UpstreamContract,
            Rejection::ServiceUnavailable { retry_after: second },
            Rejection::Internal,
        ];
        assert_eq!(all.len(), CODES.len());
        all
    }

    #[test]
    fn codes_are_unique_and_listed() {
        let mut codes: Vec<&str> = all().iter().map(Rejection::code).collect();
        codes.sort_unstable();
        assert_eq!(codes, CODES);
    }

    #[test]
    fn every_problem_has_the_members_of_the_contract() {
        let id = RequestId::accept(Some("request-1"), &Ambient::system());
        for rejection in all() {
            let response =
                rejection.response(ErrorShape::Problem, "https://chat.example", ShopperLanguage::English, &id);
            let problem: Value = serde_json::from_slice(response.body()).unwrap();
            assert_eq!(problem["type"], format!("https://chat.example/docs/errors/{}", rejection.code()));
            assert_eq!(problem["status"], response.status().as_u16());
            assert_eq!(problem["request_id"], "request-1");
            for member in ["title", "detail", "instance", "code"] {
                assert!(problem[member].as_str().is_some_and(|text| !text.is_empty()), "{member}: {problem}");
            }
            assert_eq!(
                problem["retry_after"].as_u64().map(|s| s.to_string()).as_deref(),
                response.headers().get("retry-after").map(|v| v.to_str().unwrap())
            );
            assert_eq!(response.status() == 429, problem["violated_policies"].is_array(), "{problem}");
            assert_eq!(
                response.status() == 401,
                response.headers().get("www-authenticate").is_some_and(|_| response.status() == 401)
            );
        }
    }

    #[test]
    fn a_widget_always_gets_an_error_and_a_sentence() {
        let id = RequestId::accept(Some("request-1"), &Ambient::system());
        for (rejection, language) in all().iter().flat_map(|one| ShopperLanguage::ALL.map(|language| (one, language))) {
            let response = rejection.response(ErrorShape::WidgetFrame, "", language, &id);
            let frame: Value = serde_json::from_slice(response.body()).unwrap();
            assert_eq!(frame["type"], "abort");
            assert_eq!(frame["error"], rejection.code());
            assert_eq!(frame["close"], true);
            assert_eq!(frame["sources"], serde_json::json!([]));
            assert!(frame["errorMsg"].as_str().is_some_and(|text| text.ends_with('.')));
            assert!(frame["textResponse"].is_null());
        }
    }

    #[test]
    fn retry_after_is_never_too_early() {
        assert_eq!(whole_seconds(Duration::from_millis(1)), 1);
        assert_eq!(whole_seconds(Duration::from_millis(2000)), 2);
    }
}
