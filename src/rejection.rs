//! The whole public error contract: one closed enum, rendered as `application/problem+json` (RFC 9457) or as the
//! frame that the AnythingLLM widget understands.
//!
//! Causes never go in here: they are logged where they happen, with the request id. What stands in a [`Rejection`] is
//! written for the caller.

mod answer;
mod code;
mod german;
mod openai;
pub mod page;
mod shopper;

pub use crate::domain::faults::FieldError;
pub use code::Code;
pub use shopper::ShopperLanguage;

use crate::domain::faults::Faults;
use crate::domain::json::Unreadable;
use crate::domain::power::Excess;
use crate::domain::scope::Scope;
use http::{HeaderMap, StatusCode};
use std::time::Duration;

/// Why a request was refused. The variants are the codes of `docs/errors`, one each but for what is beyond somebody's
/// own power.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rejection {
    /// The request is not well-formed HTTP, or its path or a header is not acceptable.
    BadRequest(&'static str),
    Unauthenticated,
    /// The credential is not one of ours, mistyped, or wrong; or not acceptable in this place.
    InvalidToken(&'static str),
    /// Name or password is wrong; never says which.
    InvalidCredentials,
    ExpiredToken,
    KeyRevoked,
    KeyExpired,
    /// The key or its tenant is switched off.
    KeyDisabled,
    InsufficientScope(Scope),
    /// A page on this origin may not use the key.
    ForbiddenOrigin(&'static str),
    /// This address may not use the key.
    ForbiddenIp,
    /// Not allowed, for a reason of its own.
    Forbidden(&'static str),
    /// Somebody would be given more than whoever asks has. The code is that of a missing scope if scopes are among it.
    BeyondOwnPower(Excess),
    /// No such thing, or not yours: both look alike.
    NotFound(&'static str),
    /// The same of what a client of OpenAI's API calls a model.
    NoModel,
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
    ValidationFailed(Faults),
    /// Too many requests for a while.
    RateLimited {
        retry_after: Duration,
        /// Names of the limits that are used up.
        policies: Vec<&'static str>,
    },
    /// A quota of the day or month is used up.
    QuotaExceeded {
        retry_after: Duration,
        policies: Vec<&'static str>,
    },
    /// Too many streams at the same time.
    TooManyStreams {
        limit: u32,
        /// The limit's name.
        policy: &'static str,
    },
    LoginThrottled {
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
        retry_after: Duration,
    },
    Internal,
}

/// Travels in the extensions of a refusal, so that the record names the code without reading the body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RejectionCode(pub &'static str);

/// How a row of the endpoint table tells its errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorShape {
    /// `application/problem+json`.
    Problem,
    /// The object that OpenAI's clients understand, with the same status.
    OpenAi,
    /// The abort frame of AnythingLLM's widget, with the same status.
    WidgetFrame,
    /// The same, but to a page that is not allowed an empty history with status 200: AnythingLLM refuses a history to
    /// nobody, and its widget leaves the body of any other status unread, so that the request stays open.
    WidgetHistory,
    /// A page for people, as the console answers.
    Page,
}

impl ErrorShape {
    /// In which language: only the widget tells shoppers anything, the others are spared the parsing.
    pub fn language(self, headers: &HeaderMap) -> ShopperLanguage {
        match self {
            Self::Problem | Self::OpenAi => ShopperLanguage::default(),
            Self::WidgetFrame | Self::WidgetHistory => ShopperLanguage::of(headers),
            Self::Page => page::language(headers),
        }
    }

    /// Before a row is known, by where the request goes: the path says whose client it is.
    pub fn of_path(path: &str) -> Self {
        if path.starts_with("/openai/") { Self::OpenAi } else { Self::Problem }
    }

    /// What is answered in the place of a refusal, if it is not told.
    pub(crate) fn instead(self, code: Code) -> Option<&'static str> {
        (self == Self::WidgetHistory && code == Code::ForbiddenOrigin).then_some(r#"{"history":[]}"#)
    }
}

impl From<Unreadable> for Rejection {
    fn from(unreadable: Unreadable) -> Self {
        match unreadable {
            Unreadable::Text(why) => Self::InvalidBody(why),
            Unreadable::Fields(faults) => Self::ValidationFailed(faults),
        }
    }
}

impl From<Faults> for Rejection {
    fn from(faults: Faults) -> Self {
        Self::ValidationFailed(faults)
    }
}

impl Rejection {
    /// The workspace that a key is bound to is switched off or gone.
    pub const WORKSPACE_INACTIVE: Self = Self::NotFound("The key's workspace is not available.");

    pub fn kind(&self) -> Code {
        match self {
            Self::BadRequest(_) => Code::BadRequest,
            Self::Unauthenticated => Code::Unauthenticated,
            Self::InvalidToken(_) => Code::InvalidToken,
            Self::InvalidCredentials => Code::InvalidCredentials,
            Self::ExpiredToken => Code::ExpiredToken,
            Self::KeyRevoked => Code::KeyRevoked,
            Self::KeyExpired => Code::KeyExpired,
            Self::KeyDisabled => Code::KeyDisabled,
            Self::InsufficientScope(_) | Self::BeyondOwnPower(Excess { scope: Some(_), .. }) => Code::InsufficientScope,
            Self::ForbiddenOrigin(_) => Code::ForbiddenOrigin,
            Self::ForbiddenIp => Code::ForbiddenIp,
            Self::Forbidden(_) | Self::BeyondOwnPower(Excess { scope: None, .. }) => Code::Forbidden,
            Self::NotFound(_) | Self::NoModel => Code::NotFound,
            Self::MethodNotAllowed { .. } => Code::MethodNotAllowed,
            Self::Conflict(_) => Code::Conflict,
            Self::PreconditionFailed => Code::PreconditionFailed,
            Self::PreconditionRequired => Code::PreconditionRequired,
            Self::BodyTooLarge { .. } => Code::BodyTooLarge,
            Self::HeadersTooLarge { .. } => Code::HeadersTooLarge,
            Self::RequestTimeout => Code::RequestTimeout,
            Self::UnsupportedMediaType(_) => Code::UnsupportedMediaType,
            Self::InvalidBody(_) => Code::InvalidBody,
            Self::ValidationFailed(_) => Code::ValidationFailed,
            Self::RateLimited { .. } => Code::RateLimited,
            Self::QuotaExceeded { .. } => Code::QuotaExceeded,
            Self::TooManyStreams { .. } => Code::TooManyStreams,
            Self::LoginThrottled { .. } => Code::LoginThrottled,
            Self::UpstreamUnavailable => Code::UpstreamUnavailable,
            Self::UpstreamTimeout => Code::UpstreamTimeout,
            Self::UpstreamError => Code::UpstreamError,
            Self::UpstreamContract => Code::UpstreamContract,
            Self::ServiceUnavailable { .. } => Code::ServiceUnavailable,
            Self::Internal => Code::Internal,
        }
    }

    /// The stable code of `docs/errors`.
    pub fn code(&self) -> &'static str {
        self.kind().as_str()
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        self.kind().status()
    }
}

#[cfg(test)]
mod tests;
