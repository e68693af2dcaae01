//! The codes of the error contract: word, HTTP status, title and page, one line each.

use http::StatusCode;
use serde::{Serialize, Serializer};

macro_rules! codes {
    ($($code:ident = $word:literal, $status:ident, $title:literal;)*) => {
        /// A stable word for why a request was refused. `docs/errors` has a page for each.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $(#[doc = $title] $code,)*
        }

        impl Code {
            /// Every code there is, by its word.
            pub const ALL: &[Self] = &[$(Self::$code),*];

            /// The word that programs look at.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$code => $word,)*
                }
            }

            /// The HTTP status that it always comes with.
            pub const fn status(self) -> StatusCode {
                match self {
                    $(Self::$code => StatusCode::$status,)*
                }
            }

            pub const fn title(self) -> &'static str {
                match self {
                    $(Self::$code => $title,)*
                }
            }

            /// The page about it, in Markdown.
            pub const fn page(self) -> &'static str {
                match self {
                    $(Self::$code => include_str!(concat!("../../docs/errors/", $word, ".md")),)*
                }
            }
        }
    };
}

codes! {
    BadRequest = "bad_request", BAD_REQUEST, "Bad request";
    BodyTooLarge = "body_too_large", PAYLOAD_TOO_LARGE, "Body too large";
    Conflict = "conflict", CONFLICT, "Conflict";
    ExpiredToken = "expired_token", UNAUTHORIZED, "Token expired";
    Forbidden = "forbidden", FORBIDDEN, "Not allowed";
    ForbiddenIp = "forbidden_ip", FORBIDDEN, "Address not allowed";
    ForbiddenOrigin = "forbidden_origin", FORBIDDEN, "Origin not allowed";
    HeadersTooLarge = "headers_too_large", REQUEST_HEADER_FIELDS_TOO_LARGE, "Header section too large";
    InsufficientScope = "insufficient_scope", FORBIDDEN, "Scope missing";
    Internal = "internal", INTERNAL_SERVER_ERROR, "Internal error";
    InvalidBody = "invalid_body", BAD_REQUEST, "Body not readable";
    InvalidCredentials = "invalid_credentials", UNAUTHORIZED, "Login refused";
    InvalidToken = "invalid_token", UNAUTHORIZED, "Credential not valid";
    KeyDisabled = "key_disabled", UNAUTHORIZED, "Key disabled";
    KeyExpired = "key_expired", UNAUTHORIZED, "Key expired";
    KeyRevoked = "key_revoked", UNAUTHORIZED, "Key revoked";
    LoginThrottled = "login_throttled", TOO_MANY_REQUESTS, "Too many logins";
    MethodNotAllowed = "method_not_allowed", METHOD_NOT_ALLOWED, "Method not allowed";
    NotFound = "not_found", NOT_FOUND, "Not found";
    PreconditionFailed = "precondition_failed", PRECONDITION_FAILED, "Changed in the meantime";
    PreconditionRequired = "precondition_required", PRECONDITION_REQUIRED, "If-Match missing";
    QuotaExceeded = "quota_exceeded", TOO_MANY_REQUESTS, "Quota used up";
    RateLimited = "rate_limited", TOO_MANY_REQUESTS, "Too many requests";
    RequestTimeout = "request_timeout", REQUEST_TIMEOUT, "Request too slow";
    ServiceUnavailable = "service_unavailable", SERVICE_UNAVAILABLE, "Temporarily not available";
    TooManyStreams = "too_many_streams", TOO_MANY_REQUESTS, "Too many open streams";
    Unauthenticated = "unauthenticated", UNAUTHORIZED, "Credential missing";
    UnsupportedMediaType = "unsupported_media_type", UNSUPPORTED_MEDIA_TYPE, "Media type not supported";
    UpstreamContract = "upstream_contract", BAD_GATEWAY, "AnythingLLM answered unexpectedly";
    UpstreamError = "upstream_error", BAD_GATEWAY, "AnythingLLM failed";
    UpstreamTimeout = "upstream_timeout", GATEWAY_TIMEOUT, "AnythingLLM too slow";
    UpstreamUnavailable = "upstream_unavailable", BAD_GATEWAY, "AnythingLLM not reachable";
    ValidationFailed = "validation_failed", UNPROCESSABLE_ENTITY, "Validation failed";
}

impl Code {
    /// How any call to AnythingLLM can fail.
    pub const UPSTREAM: &[Self] =
        &[Self::UpstreamUnavailable, Self::UpstreamError, Self::UpstreamContract, Self::UpstreamTimeout];

    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.as_str() == word)
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
