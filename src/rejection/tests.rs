use super::answer::whole_seconds;
use super::*;
use crate::domain::clock::Ambient;
use crate::domain::ids::RequestId;
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
        Rejection::ValidationFailed(FieldError::new("message", "required", "is missing").into()),
        Rejection::RateLimited { retry_after: second, policies: vec!["key-minute"] },
        Rejection::QuotaExceeded { retry_after: second, policies: vec!["messages-day"] },
        Rejection::TooManyStreams { limit: 1, policy: "max-streams" },
        Rejection::LoginThrottled { retry_after: second },
        Rejection::UpstreamUnavailable,
        Rejection::UpstreamTimeout,
        Rejection::UpstreamError,
        Rejection::UpstreamContract,
        Rejection::ServiceUnavailable { retry_after: second },
        Rejection::Internal,
    ];
    assert_eq!(all.len(), Code::ALL.len());
    all
}

#[test]
fn codes_are_unique_and_listed() {
    let mut codes: Vec<&str> = all().iter().map(Rejection::code).collect();
    codes.sort_unstable();
    let words: Vec<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
    assert_eq!(codes, words);
}

#[test]
fn every_problem_has_the_members_of_the_contract() {
    let id = RequestId::accept(Some("request-1"), &Ambient::system());
    for rejection in all() {
        let response = rejection.response(ErrorShape::Problem, "https://chat.example", ShopperLanguage::English, &id);
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
