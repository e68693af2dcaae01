//! Every recorded login, and what no answer may lead to.

use super::super::tests::recorded;
use super::*;
use crate::domain::user::{Role, UserId};
use proptest::prelude::*;

fn outcome(name: &str) -> Login {
    match meaning(&recorded(name)) {
        Ok(Meaning::Outcome(login)) => login,
        other => panic!("{name}: {other:?}"),
    }
}

fn valid(name: &str) -> LoggedIn {
    match outcome(name) {
        Login::Valid(login) => login,
        other => panic!("{name}: {other:?}"),
    }
}

#[test]
fn a_good_login_gives_the_user_and_their_session() {
    let login = valid("auth/request_token_admin_good");
    assert_eq!((login.user.id, login.user.role), (UserId(1), Role::Admin));
    assert_eq!(login.user.username, "admin");
    assert_eq!(login.session.expose_secret(), "<ADMIN_JWT>");
    assert!(login.recovery_codes.is_empty());
}

#[test]
fn the_first_login_gives_recovery_codes() {
    assert_eq!(valid("auth/request_token_first_login_recovery_codes").recovery_codes.len(), 4);
}

#[test]
fn a_token_of_single_sign_on_is_read_like_a_login() {
    assert_eq!(valid("admin/sso_simple_good").user.id, UserId(3));
}

#[test]
fn an_unknown_user_and_a_wrong_password_are_one_outcome() {
    for name in [
        "unknown_user",
        "bad_password",
        "empty",
        "no_body",
        "no_content_type",
        "username_case",
        "suspended_bad_password",
    ] {
        let outcome = outcome(&format!("auth/request_token_{name}"));
        assert!(matches!(outcome, Login::Refused), "{name}: {outcome:?}");
    }
}

#[test]
fn a_suspended_user_is_told_apart_only_with_the_right_password() {
    assert!(matches!(outcome("auth/request_token_suspended"), Login::Suspended));
}

#[test]
fn an_anythingllm_without_accounts_is_recognised_with_both_passwords() {
    assert!(matches!(outcome("auth/request_token_single_good"), Login::NoAccounts));
    assert!(matches!(outcome("auth/request_token_single_bad"), Login::NoAccounts));
}

#[test]
fn a_server_error_needs_a_second_look() {
    for name in ["auth/request_token_single_nopassword", "auth/request_token_single_missing"] {
        assert!(matches!(meaning(&recorded(name)), Ok(Meaning::Failure(UpstreamError::Failed { status: 500, .. }))));
    }
}

#[test]
fn logins_that_are_switched_off_are_told_as_such() {
    let body = r#"{"user":null,"valid":false,"token":null,"message":"[005] Login via credentials has been disabled by the administrator."}"#;
    let answer = UpstreamAnswer::recorded(403, true, body);
    assert!(matches!(meaning(&answer), Ok(Meaning::Outcome(Login::PasswordsOff))));
    // Somebody else's 403 is no word of AnythingLLM's about logins.
    let page = UpstreamAnswer::recorded(403, false, "<html>Forbidden</html>");
    assert!(matches!(meaning(&page), Err(UpstreamError::Contract(_))));
}

#[test]
fn a_login_is_never_valid_for_a_suspended_user_or_without_a_token() {
    let with = |suspended: u8, token: &str| {
        let body = format!(
            r#"{{"valid":true,"user":{{"id":1,"username":"a","role":"default","suspended":{suspended}}},"token":{token}}}"#
        );
        meaning(&UpstreamAnswer::recorded(200, true, body))
    };
    assert!(matches!(with(1, r#""t""#), Ok(Meaning::Outcome(Login::Suspended))));
    assert!(matches!(with(0, "null"), Err(UpstreamError::Contract(_))));
    assert!(matches!(with(0, r#""""#), Err(UpstreamError::Contract(_))));
    assert!(matches!(with(0, r#""t""#), Ok(Meaning::Outcome(Login::Valid(_)))));
}

#[test]
fn nothing_secret_is_shown() {
    let shown = format!("{:?}", valid("auth/request_token_first_login_recovery_codes"));
    assert!(!shown.contains("JWT") && !shown.contains("RECOVERY"), "{shown}");
}

proptest! {
    #[test]
    fn only_a_valid_answer_logs_in(
        status in prop::sample::select(vec![200u16, 201, 204, 400, 401, 403, 404, 429, 500, 502]),
        json: bool,
        valid: bool,
        message in "(\\[00[0-9]\\])?[a-z ]{0,20}",
        token in prop::option::of("[a-z]{0,3}"),
        user: bool,
    ) {
        let body = serde_json::json!({
            "valid": valid,
            "message": message,
            "token": token,
            "user": user.then(|| serde_json::json!({"id": 1, "username": "a", "role": "admin"})),
        });
        let login = meaning(&UpstreamAnswer::recorded(status, json, body.to_string()));
        let should = json && valid && user && token.is_some_and(|t| !t.is_empty()) && status == 200;
        prop_assert_eq!(matches!(login, Ok(Meaning::Outcome(Login::Valid(_)))), should);
    }

    #[test]
    fn no_answer_makes_the_reader_panic(status in 100u16..600, json: bool, body in ".{0,200}") {
        let _ = meaning(&UpstreamAnswer::recorded(status, json, body));
    }
}
