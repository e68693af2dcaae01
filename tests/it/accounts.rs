//! AnythingLLM's accounts as its client sees them: logins, users, and the workspaces they may use.

use crate::harness::configured;
use secrecy::{ExposeSecret as _, SecretString};
use std::time::Duration;
use vestibule::anythingllm::{Assignments, Client, LoggedIn, Login, UpstreamError};
use vestibule::domain::user::{Role, UserId};
use vestibule_stand_in::{Credentials, Failure, Mode, Options, StandIn};

const PASSWORD: &str = "User-pass-1";

/// A client of `upstream` that soon gives up.
fn client(upstream: &StandIn) -> Client {
    let variables = [
        ("VESTIBULE_UPSTREAM_URL", upstream.url()),
        ("VESTIBULE_UPSTREAM_API_KEY", upstream.api_key().to_owned()),
        ("VESTIBULE_UPSTREAM_CONNECT_MILLIS", "2000".to_owned()),
        ("VESTIBULE_UPSTREAM_RESPONSE_MILLIS", "2000".to_owned()),
    ];
    let config = configured(variables.map(|(name, value)| (name.to_owned(), value)).into());
    Client::new(&config.upstream).unwrap()
}

async fn started(mode: Mode) -> (StandIn, Client) {
    let admin = Credentials { username: "admin".to_owned(), password: PASSWORD.to_owned() };
    let options = Options { mode, admin, token_delay: Duration::ZERO, ..Options::default() };
    let upstream = StandIn::start(options).await.unwrap();
    let client = client(&upstream);
    (upstream, client)
}

async fn log_in(client: &Client, username: &str, password: &str) -> Result<Login, UpstreamError> {
    client.log_in(username, &SecretString::from(password), None).await
}

async fn logged_in(client: &Client, username: &str) -> LoggedIn {
    match log_in(client, username, PASSWORD).await {
        Ok(Login::Valid(login)) => login,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_user_logs_in_and_gets_recovery_codes_once() {
    let (upstream, client) = started(Mode::MultiUser).await;
    let id = upstream.control().add_user("anna", PASSWORD, "manager");
    let first = logged_in(&client, "anna").await;
    assert_eq!((first.user.id, first.user.role), (UserId(id.try_into().unwrap()), Role::Manager));
    assert_eq!(first.recovery_codes.len(), 4);
    assert!(logged_in(&client, "anna").await.recovery_codes.is_empty());
}

#[tokio::test]
async fn a_login_goes_out_without_our_api_key() {
    let (upstream, client) = started(Mode::MultiUser).await;
    logged_in(&client, "admin").await;
    let requests = upstream.control().requests();
    assert_eq!(requests.len(), 1);
    assert!(requests[0].headers.get("authorization").is_none(), "{:?}", requests[0].headers);
}

#[tokio::test]
async fn an_unknown_name_and_a_wrong_password_cannot_be_told_apart() {
    let (_upstream, client) = started(Mode::MultiUser).await;
    for (name, password) in [("nobody", PASSWORD), ("admin", "wrong"), ("Admin", PASSWORD), ("", "")] {
        let login = log_in(&client, name, password).await;
        assert!(matches!(login, Ok(Login::Refused)), "{name} {login:?}");
    }
}

#[tokio::test]
async fn only_the_right_password_tells_of_a_suspension() {
    let (upstream, client) = started(Mode::MultiUser).await;
    upstream.control().add_user("anna", PASSWORD, "default");
    upstream.control().suspend_user("anna", true);
    assert!(matches!(log_in(&client, "anna", PASSWORD).await, Ok(Login::Suspended)));
    assert!(matches!(log_in(&client, "anna", "wrong").await, Ok(Login::Refused)));
}

#[tokio::test]
async fn without_accounts_there_is_no_login_whatever_the_password() {
    for mode in [Mode::SingleUserOpen, Mode::SingleUserPassword(PASSWORD.to_owned())] {
        let (_upstream, client) = started(mode.clone()).await;
        assert!(!client.has_accounts().await.unwrap());
        for password in [PASSWORD, "wrong"] {
            let login = log_in(&client, "admin", password).await;
            assert!(matches!(login, Ok(Login::NoAccounts)), "{mode:?} {login:?}");
        }
    }
}

#[tokio::test]
async fn a_server_error_is_not_taken_for_missing_accounts() {
    let (upstream, client) = started(Mode::MultiUser).await;
    upstream.control().fail_on_times("/api/request-token", Failure::Status500, 1);
    let login = log_in(&client, "admin", PASSWORD).await;
    assert!(matches!(login, Err(UpstreamError::Failed { status: 500, .. })), "{login:?}");
    assert!(client.has_accounts().await.unwrap());
}

#[tokio::test]
async fn a_user_is_found_as_they_are_now_and_missed_once_deleted() {
    let (upstream, client) = started(Mode::MultiUser).await;
    let id = UserId(upstream.control().add_user("anna", PASSWORD, "default").try_into().unwrap());
    let found = client.find_user(id, None).await.unwrap().unwrap();
    assert_eq!((found.username.as_str(), found.role, found.suspended), ("anna", Role::Default, false));
    upstream.control().suspend_user("anna", true);
    assert!(client.find_user(id, None).await.unwrap().unwrap().suspended);
    upstream.control().delete_user("anna");
    assert_eq!(client.find_user(id, None).await.unwrap(), None);
}

#[tokio::test]
async fn no_user_counts_as_deleted_while_there_are_no_accounts_or_our_key_is_refused() {
    let (_upstream, client) = started(Mode::SingleUserPassword(PASSWORD.to_owned())).await;
    let found = client.find_user(UserId(1), None).await;
    assert!(matches!(found, Err(UpstreamError::Refused(_))), "{found:?}");
    let (upstream, client) = started(Mode::MultiUser).await;
    upstream.control().replace_api_keys("ANOTHER-0000000-0000000-0000001");
    let found = client.find_user(UserId(1), None).await;
    assert!(matches!(found, Err(UpstreamError::BadKey)), "{found:?}");
}

async fn slugs(client: &Client, session: &SecretString) -> Vec<String> {
    match client.assigned_workspaces(session, None).await {
        Ok(Assignments::Workspaces(all)) => all.into_iter().map(|workspace| workspace.slug).collect(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_default_user_sees_what_is_assigned_and_an_admin_everything() {
    let (upstream, client) = started(Mode::MultiUser).await;
    let (shop, other) = (upstream.control().add_workspace("Shop"), upstream.control().add_workspace("Other"));
    upstream.control().add_user("anna", PASSWORD, "default");
    upstream.control().add_member(&shop, "anna");
    let anna = logged_in(&client, "anna").await;
    assert_eq!(slugs(&client, &anna.session).await, std::slice::from_ref(&shop));
    upstream.control().remove_member(&shop, "anna");
    assert!(slugs(&client, &anna.session).await.is_empty());
    let admin = logged_in(&client, "admin").await;
    assert_eq!(slugs(&client, &admin.session).await, [shop, other]);
}

#[tokio::test]
async fn a_session_is_over_for_whoever_is_suspended_or_deleted_and_was_never_one_for_strangers() {
    let (upstream, client) = started(Mode::MultiUser).await;
    upstream.control().add_user("anna", PASSWORD, "default");
    let anna = logged_in(&client, "anna").await;
    upstream.control().suspend_user("anna", true);
    let over = |answer| assert!(matches!(answer, Ok(Assignments::SessionOver)), "{answer:?}");
    over(client.assigned_workspaces(&anna.session, None).await);
    upstream.control().suspend_user("anna", false);
    slugs(&client, &anna.session).await;
    upstream.control().delete_user("anna");
    over(client.assigned_workspaces(&anna.session, None).await);
    over(client.assigned_workspaces(&upstream.api_key().into(), None).await);
}

#[tokio::test]
async fn a_token_that_cannot_stand_in_a_header_is_never_sent() {
    let (upstream, client) = started(Mode::MultiUser).await;
    let answer = client.assigned_workspaces(&"two\nlines".into(), None).await;
    assert!(matches!(answer, Err(UpstreamError::Contract(_))), "{answer:?}");
    assert!(upstream.control().requests().is_empty());
}

#[tokio::test]
async fn every_failure_of_anythingllm_is_an_error_and_no_outcome() {
    let (upstream, client) = started(Mode::MultiUser).await;
    let session = logged_in(&client, "admin").await.session;
    let failures = [
        Failure::Refuse,
        Failure::Hang,
        Failure::HangAfterHead,
        Failure::Html,
        Failure::Status500,
        Failure::Status400Abort,
    ];
    for failure in failures {
        upstream.control().fail(failure.clone());
        let (login, user, workspaces, accounts) = tokio::join!(
            log_in(&client, "admin", PASSWORD),
            client.find_user(UserId(1), None),
            client.assigned_workspaces(&session, None),
            client.has_accounts(),
        );
        for error in [login.err(), user.err(), workspaces.err(), accounts.err()] {
            let error = error.unwrap_or_else(|| panic!("{failure:?} went unnoticed"));
            let fits = match failure {
                Failure::Refuse => matches!(error, UpstreamError::Reset(_)),
                Failure::Hang | Failure::HangAfterHead => matches!(error, UpstreamError::Timeout(_)),
                Failure::Html => matches!(error, UpstreamError::Contract(_)),
                Failure::Status500 => matches!(error, UpstreamError::Failed { status: 500, .. }),
                _ => matches!(error, UpstreamError::Refused(_)),
            };
            assert!(fits, "{failure:?}: {error:?}");
            assert!(!error.to_string().contains(session.expose_secret()) && !error.to_string().contains(PASSWORD));
        }
        upstream.control().heal();
    }
    upstream.stop().await;
    assert!(matches!(log_in(&client, "admin", PASSWORD).await, Err(UpstreamError::Connect(_))));
}
