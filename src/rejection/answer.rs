//! A refusal as it is sent: problem document or widget frame, with the headers that belong to it.

use super::page;
use super::{ErrorShape, FieldError, Rejection, RejectionCode, ShopperLanguage};
use crate::domain::faults::Faults;
use crate::domain::ids::RequestId;
use crate::domain::power::Excess;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::Serialize;
use std::time::Duration;

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
    /// How many more were found.
    #[serde(skip_serializing_if = "Option::is_none")]
    more_errors: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    violated_policies: Option<&'a [&'static str]>,
}

/// The frame that ends a chat in AnythingLLM's widget with a sentence for the shopper (`upstream` BROWSER notes:
/// without a non-empty `error` the widget crashes, without `errorMsg` it says only "Server error").
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

impl Rejection {
    /// What is wrong, for whoever sent the request.
    pub fn detail(&self) -> String {
        match self {
            Self::BadRequest(why)
            | Self::InvalidToken(why)
            | Self::ForbiddenOrigin(why)
            | Self::Forbidden(why)
            | Self::NotFound(why)
            | Self::Conflict(why)
            | Self::UnsupportedMediaType(why) => (*why).to_owned(),
            Self::InvalidBody(why) => why.clone(),
            Self::NoModel => "There is no such model: `model` is the slug of a workspace, and `GET /openai/v1/models` \
                lists those that you reach."
                .into(),
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
            Self::BeyondOwnPower(Excess { faults, .. }) => {
                let fields: Vec<_> = faults.told().iter().map(|fault| format!("`{}`", fault.field)).collect();
                format!("This would give more than whoever asks has: {}.", fields.join(", "))
            }
            Self::ValidationFailed(faults) => {
                let first = faults.told().first().map_or_else(
                    || "The request breaks a rule.".into(),
                    |e| if e.field.is_empty() { e.message.clone() } else { format!("`{}`: {}", e.field, e.message) },
                );
                // Those that are told can be seen; only what is not told has to be said.
                if faults.more() > 0 { format!("{first} (and {} more than are told)", faults.more()) } else { first }
            }
            Self::RateLimited { retry_after, .. } => {
                format!("Too many requests; try again in {} s.", whole_seconds(*retry_after))
            }
            Self::QuotaExceeded { retry_after, .. } => {
                format!("The quota is used up; it begins anew in {} s.", whole_seconds(*retry_after))
            }
            Self::TooManyStreams { limit, policy } => {
                let whose = match *policy {
                    "max-streams-per-ip" => " from one address",
                    "max-streams-per-visitor" => " for one visitor",
                    _ => "",
                };
                format!("At most {limit} streams may be open at the same time{whose}.")
            }
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

    /// The broken rules of fields.
    pub(super) fn faults(&self) -> Option<&Faults> {
        match self {
            Self::ValidationFailed(faults) | Self::BeyondOwnPower(Excess { faults, .. }) => Some(faults),
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
            Self::InsufficientScope(scope) | Self::BeyondOwnPower(Excess { scope: Some(scope), .. }) => {
                Some(format!("Bearer realm=\"vestibule\", error=\"insufficient_scope\", scope=\"{scope}\""))
            }
            _ => None,
        }
    }

    fn problem<'a>(&'a self, docs: &str, request_id: &'a RequestId) -> Problem<'a> {
        let code = self.kind();
        Problem {
            kind: format!("{docs}/docs/errors/{}", code.as_str()),
            title: code.title(),
            status: code.status().as_u16(),
            detail: self.detail(),
            instance: format!("urn:vestibule:request:{request_id}"),
            code: code.as_str(),
            request_id: request_id.as_str(),
            errors: self.faults().map(Faults::told),
            more_errors: self.faults().map(Faults::more).filter(|more| *more > 0),
            retry_after: self.retry_after(),
            violated_policies: match self {
                Self::RateLimited { policies, .. } | Self::QuotaExceeded { policies, .. } => Some(policies),
                Self::TooManyStreams { policy, .. } => Some(std::slice::from_ref(policy)),
                Self::LoginThrottled { .. } => Some(&["login-minute"]),
                _ => None,
            },
        }
    }

    /// The problem document. `docs` is the public address under which `/docs/errors/<code>` is served.
    pub(crate) fn problem_json(&self, docs: &str, request_id: &RequestId) -> Vec<u8> {
        serde_json::to_vec(&self.problem(docs, request_id)).unwrap_or_default()
    }

    /// The widget's abort frame, for the widget paths and their streams.
    pub(crate) fn widget_frame(&self, language: ShopperLanguage, request_id: &RequestId) -> Vec<u8> {
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

    /// The last event of a stream that has failed, in the form of its row.
    pub fn last_event(
        &self,
        shape: ErrorShape,
        docs: &str,
        language: ShopperLanguage,
        request_id: &RequestId,
    ) -> Vec<u8> {
        let (begin, data): (&[u8], _) = match shape {
            ErrorShape::Problem | ErrorShape::Page => (b"event: error\ndata: ", self.problem_json(docs, request_id)),
            ErrorShape::OpenAi => (b"data: ", self.openai_json()),
            ErrorShape::WidgetFrame | ErrorShape::WidgetHistory => (b"data: ", self.widget_frame(language, request_id)),
        };
        [begin, &data, b"\n\n"].concat()
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
            ErrorShape::OpenAi => ("application/json", self.openai_json()),
            ErrorShape::WidgetFrame | ErrorShape::WidgetHistory => {
                ("application/json", self.widget_frame(language, request_id))
            }
            ErrorShape::Page => (page::HTML, page::of(self, language, request_id)),
        };
        let instead = shape.instead(self.kind());
        let body = instead.map_or_else(|| Bytes::from(body), |text| Bytes::from_static(text.as_bytes()));
        let mut response = http::Response::new(body);
        *response.status_mut() = if instead.is_some() { StatusCode::OK } else { self.status() };
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if shape == ErrorShape::Page {
            page::protect(headers);
        }
        insert(headers, header::RETRY_AFTER, self.retry_after().map(|s| s.to_string()));
        insert(headers, header::WWW_AUTHENTICATE, self.challenge());
        response.extensions_mut().insert(RejectionCode(self.code()));
        let headers = response.headers_mut();
        if shape == ErrorShape::OpenAi && !self.is_worth_another_try() {
            headers.insert("x-should-retry", HeaderValue::from_static("false"));
        }
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
pub(super) fn whole_seconds(duration: Duration) -> u64 {
    duration.as_secs() + u64::from(duration.subsec_nanos() > 0)
}
