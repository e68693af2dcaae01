//! A refusal in the shape of OpenAI's API, whose clients look at the status first, then at `code`: ours, which are the
//! same everywhere, and OpenAI's own for a model that is not there.

use super::{Code, Rejection};
use crate::domain::faults::Faults;
use serde::Serialize;
use std::fmt::Write as _;

#[derive(Debug, Serialize)]
struct Envelope<'a> {
    error: Error<'a>,
}

/// Nothing may be left out: clients read all four.
#[derive(Debug, Serialize)]
struct Error<'a> {
    message: String,
    #[serde(rename = "type")]
    kind: &'static str,
    /// The first field that is wrong.
    param: Option<&'a str>,
    code: &'static str,
}

impl Rejection {
    pub(super) fn openai_json(&self) -> Vec<u8> {
        let faults = self.faults().map_or(&[][..], Faults::told);
        let mut message = self.detail();
        // The shape has room for one field; the sentence names them all.
        for fault in faults.iter().skip(1) {
            let _ = write!(message, " `{}`: {}", fault.field, fault.message);
        }
        let param = faults.first().map(|fault| fault.field.as_str()).filter(|field| !field.is_empty());
        // Their own word: clients that look for another model then do so by it.
        let (param, code) = match self {
            Self::NoModel => (Some("model"), "model_not_found"),
            _ => (param, self.code()),
        };
        let error = Error { message, kind: kind(self.kind()), param, code };
        serde_json::to_vec(&Envelope { error }).unwrap_or_default()
    }

    /// What is used up until tomorrow is not there in a second either: OpenAI's clients would ask again at once.
    pub(super) fn is_worth_another_try(&self) -> bool {
        !matches!(self.kind(), Code::QuotaExceeded | Code::Conflict)
    }
}

/// OpenAI's word for the kind of error.
const fn kind(code: Code) -> &'static str {
    match code {
        Code::Unauthenticated
        | Code::InvalidToken
        | Code::InvalidCredentials
        | Code::ExpiredToken
        | Code::KeyRevoked
        | Code::KeyExpired
        | Code::KeyDisabled => "authentication_error",
        Code::Forbidden | Code::ForbiddenIp | Code::ForbiddenOrigin | Code::InsufficientScope => "permission_error",
        Code::QuotaExceeded => "insufficient_quota",
        Code::RateLimited | Code::TooManyStreams | Code::LoginThrottled => "rate_limit_error",
        Code::BadRequest
        | Code::BodyTooLarge
        | Code::Conflict
        | Code::HeadersTooLarge
        | Code::InvalidBody
        | Code::MethodNotAllowed
        | Code::NotFound
        | Code::PreconditionFailed
        | Code::PreconditionRequired
        | Code::RequestTimeout
        | Code::UnsupportedMediaType
        | Code::ValidationFailed => "invalid_request_error",
        Code::Internal
        | Code::ServiceUnavailable
        | Code::UpstreamContract
        | Code::UpstreamError
        | Code::UpstreamTimeout
        | Code::UpstreamUnavailable => "server_error",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};
    use std::time::Duration;

    fn told(rejection: &Rejection) -> Value {
        serde_json::from_slice(&rejection.openai_json()).unwrap()
    }

    #[test]
    fn every_field_that_is_wrong_is_named() {
        let mut faults = Faults::new();
        faults.push("n", "out_of_range", "must be 1");
        faults.push("tools", "conflict", "no tools can be called");
        assert_eq!(
            told(&faults.into()),
            json!({"error": {"message": "`n`: must be 1 `tools`: no tools can be called",
                "type": "invalid_request_error", "param": "n", "code": "validation_failed"}})
        );
    }

    #[test]
    fn a_model_that_is_not_there_has_openais_own_code() {
        let error = told(&Rejection::NoModel);
        let error = &error["error"];
        let said = (&error["code"], &error["param"], &error["type"]);
        assert_eq!(said, (&json!("model_not_found"), &json!("model"), &json!("invalid_request_error")));
        assert!(error["message"].as_str().unwrap().contains("slug of a workspace"));
        assert_eq!(told(&Rejection::NotFound("x"))["error"]["code"], "not_found", "an endpoint that is not there");
    }

    #[test]
    fn what_is_wrong_with_the_caller_has_no_param() {
        let error = told(&Rejection::Unauthenticated);
        assert_eq!((&error["error"]["type"], &error["error"]["param"]), (&json!("authentication_error"), &Value::Null));
        let spent = Rejection::QuotaExceeded { retry_after: Duration::from_secs(5), policies: vec!["messages-day"] };
        assert_eq!(told(&spent)["error"]["type"], "insufficient_quota");
        assert!(!spent.is_worth_another_try());
    }
}
