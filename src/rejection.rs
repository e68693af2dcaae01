//! The whole public error contract: one closed enum, rendered as `application/problem+json` (RFC 9457) or as the
//! frame that the AnythingLLM widget understands.
//!
//! Causes never go in here: they are logged where they happen, with the request id. What stands in a [`Rejection`] is
//! written for the caller.

mod answer;
mod shopper;

pub use crate::domain::faults::FieldError;
pub use shopper::ShopperLanguage;

use crate::domain::faults::Faults;
use crate::domain::json::Unreadable;
use crate::domain::scope::Scope;
use http::{HeaderMap, StatusCode};
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

impl ErrorShape {
    /// In which language: only the widget tells shoppers anything, the others are spared the parsing.
    pub fn language(self, headers: &HeaderMap) -> ShopperLanguage {
        match self {
            Self::Problem => ShopperLanguage::default(),
            Self::WidgetFrame => ShopperLanguage::of(headers),
        }
    }
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
    /// The workspace that a key is bound to is switched off or gone.
    pub const WORKSPACE_INACTIVE: Self = Self::NotFound("The key's workspace is not available.");

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
}

#[cfg(test)]
mod tests;
