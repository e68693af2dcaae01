//! The link into AnythingLLM's interface: once, for its user, and told to nobody else.

use super::{Person, populated, world};
use crate::harness::{Http, Process};
use http::Method;
use serde_json::{Value, json};
use vestibule::domain::key::KeyKind;
use vestibule_stand_in::{Failure, Options};

const PATH: &str = "/api/v1/auth/ui-link";

/// Path and query of a link on this listener.
fn on<'a>(link: &'a str, base: &str) -> &'a str {
    link.strip_prefix(base).unwrap_or_else(|| panic!("{link} is not on {base}"))
}

/// What AnythingLLM's page does with the link.
async fn redeem(admin: &Http, link: &str) -> (u16, Value) {
    let (_, token) = link.split_once("token=").unwrap();
    let answer = admin.get(&format!("/api/request-token/sso/simple?token={token}")).await;
    (answer.status.as_u16(), answer.json())
}

#[tokio::test]
async fn every_role_gets_a_link_that_signs_in_once_on_the_admin_listener() {
    let world = populated().await;
    let base = world.config.admin_url();
    for name in ["anna", "mona", "dora"] {
        let person = Person::log_in(&world.public(), name).await;
        let answer = person.client().send(Method::POST, PATH, "").await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        let body = answer.json();
        assert_eq!(body["expires_in"], 360);
        let link = body["url"].as_str().unwrap();
        let page = world.admin().get(on(link, &base)).await;
        assert_eq!((page.status.as_u16(), page.header("content-type")), (200, Some("text/html; charset=utf-8")));
        let (status, signed_in) = redeem(&world.admin(), link).await;
        assert_eq!((status, &signed_in["user"]["username"]), (200, &json!(name)));
        let ui = world.admin().bearer(signed_in["token"].as_str().unwrap());
        assert_eq!(ui.get("/api/system/check-token").await.status, 200);
        assert_eq!(redeem(&world.admin(), link).await.0, 401);
    }
}

#[tokio::test]
async fn links_name_the_address_that_staff_use() {
    let world = world().set("ADMIN_URL", "https://staff.example/").start().await;
    world.upstream.control().add_user("anna", super::PASSWORD, "admin");
    let anna = Person::log_in(&world.public(), "anna").await;
    let answer = anna.client().send(Method::POST, PATH, "{}").await.json();
    assert!(answer["url"].as_str().unwrap().starts_with("https://staff.example/sso/simple?token="), "{answer}");
}

#[tokio::test]
async fn only_a_user_gets_one() {
    let world = populated().await;
    assert_eq!(world.public().send(Method::POST, PATH, "").await.code(), "unauthenticated");
    let key = world.key(world.spec(KeyKind::Secret)).await;
    assert_eq!(world.public().bearer(&key).send(Method::POST, PATH, "").await.code(), "forbidden");
    let anna = Person::log_in(&world.public(), "anna").await;
    assert_eq!(anna.client().send(Method::POST, &format!("{PATH}?user_id=1"), "").await.code(), "validation_failed");
    anna.log_out("").await;
    assert_eq!(anna.client().send(Method::POST, PATH, "").await.status, 401);
    let issued = |request: &vestibule_stand_in::ReceivedRequest| request.path_and_query.contains("issue-auth-token");
    assert!(!world.upstream.control().requests().iter().any(issued));
}

#[tokio::test]
async fn a_deleted_user_gets_none_and_a_suspended_one_cannot_use_it() {
    let world = populated().await;
    let (dora, mona) = (Person::log_in(&world.public(), "dora").await, Person::log_in(&world.public(), "mona").await);
    world.upstream.control().suspend_user("dora", true);
    let answer = dora.client().send(Method::POST, PATH, "").await;
    if answer.status == 200 {
        assert_eq!(redeem(&world.admin(), answer.json()["url"].as_str().unwrap()).await.0, 401);
    } else {
        assert_eq!(answer.status, 401, "{}", answer.text());
    }
    world.upstream.control().delete_user("mona");
    assert_eq!(mona.client().send(Method::POST, PATH, "").await.code(), "invalid_token");
}

#[tokio::test]
async fn an_anythingllm_without_single_sign_on_is_told_as_such() {
    let world = world().upstream(Options { simple_sso: false, ..Options::default() }).start().await;
    world.upstream.control().add_user("anna", super::PASSWORD, "admin");
    let anna = Person::log_in(&world.public(), "anna").await;
    let answer = anna.client().send(Method::POST, PATH, "").await;
    assert_eq!(answer.code(), "conflict");
    assert!(answer.json()["detail"].as_str().unwrap().contains("SIMPLE_SSO_ENABLED"), "{}", answer.text());
}

#[tokio::test]
async fn every_failure_of_anythingllm_is_one_of_ours() {
    let world = world().set("UPSTREAM_CONNECT_MILLIS", 2000).set("UPSTREAM_RESPONSE_MILLIS", 2000).start().await;
    world.upstream.control().add_user("anna", super::PASSWORD, "admin");
    let anna = Person::log_in(&world.public(), "anna").await;
    let failures = [
        (Failure::Refuse, "upstream_error"),
        (Failure::Hang, "upstream_timeout"),
        (Failure::HangAfterHead, "upstream_timeout"),
        (Failure::Html, "upstream_contract"),
        (Failure::Status500, "upstream_error"),
        (Failure::Status400Abort, "upstream_error"),
    ];
    for (failure, code) in failures {
        world.upstream.control().fail_on("/api/v1/users", failure.clone());
        let answer = anna.client().send(Method::POST, PATH, "").await;
        assert_eq!(answer.code(), code, "{failure:?}");
        world.upstream.control().heal();
    }
    world.upstream.control().replace_api_keys("ANOTHER");
    assert_eq!(anna.client().send(Method::POST, PATH, "").await.code(), "upstream_error");
    world.upstream.stop().await;
    assert_eq!(anna.client().send(Method::POST, PATH, "").await.code(), "upstream_unavailable");
}

#[tokio::test]
async fn the_token_of_a_link_is_in_no_log_and_no_metric() {
    let world = populated().await;
    let process = Process::serve(&world, &[("VESTIBULE_LOG_LEVEL", "info,vestibule=trace")]).await;
    let anna = Person::log_in(&process.public(), "anna").await;
    let answer = anna.client().with("x-request-id", "ui-link-made").send(Method::POST, PATH, "").await;
    let link = answer.json()["url"].as_str().unwrap().to_owned();
    let (_, token) = link.split_once("token=").unwrap();
    process.admin().get(&format!("/sso/simple?token={token}")).await;
    let path = format!("/api/request-token/sso/simple?token={token}");
    let redeemed = process.admin().with("x-request-id", "ui-link-used").get(&path).await;
    assert_eq!(redeemed.status, 200);
    process.line(|line| line["request_id"] == "ui-link-used" && line["message"] == "request").await;
    let metrics = process.ops().get("/metrics").await;
    // Percent-encoded in the link, plain in AnythingLLM's answer.
    let plain = percent_encoding::percent_decode_str(token).decode_utf8().unwrap().into_owned();
    for secret in [token, &plain] {
        assert!(!process.log().contains(secret), "{:?}", process.log().lines().find(|line| line.contains(secret)));
        assert!(!metrics.text().contains(secret));
    }
}
