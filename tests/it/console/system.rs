//! The installation as an admin sees it.

use super::{Staff, populated};
use crate::harness::{SECRET_KEY, World, eventually};
use vestibule_stand_in::{Failure, Options};

/// Waits until the page says so: a replica listens a moment after its start.
async fn told(staff: &mut Staff, words: &str) {
    eventually(async || {
        let page = staff.page("/console/system").await;
        if page.contains(words) { Ok(()) } else { Err(page) }
    })
    .await;
}

#[tokio::test]
async fn versions_health_replicas_and_settings_are_shown_and_no_secret() {
    let world = populated(World::builder().set("LOG_LEVEL", "info,vestibule=warn")).await;
    let mut anna = Staff::log_in(&world, "anna").await;
    let page = anna.page("/console/system").await;
    for told in [
        env!("CARGO_PKG_VERSION"),
        "generic-openai, stand-in-model",
        "The database answers",
        "signs now",
        "info,vestibule=warn",
        "VESTIBULE_LOG_LEVEL",
        "off: Redis",
    ] {
        assert!(page.contains(told), "{told}: {page}");
    }
    for secret in [SECRET_KEY, world.upstream.api_key(), world.database_url().as_str()] {
        assert!(!page.contains(secret), "{secret} is shown");
    }
    assert!(page.contains("set, hidden"));
    told(&mut anna, "One replica listens").await;
    let _another = world.replica().await;
    told(&mut anna, "2 replicas listen").await;
}

#[tokio::test]
async fn what_does_not_answer_is_told_and_holds_nothing_up() {
    let world = populated(World::builder()).await;
    let mut anna = Staff::log_in(&world, "anna").await;
    world.upstream.control().fail(Failure::Refuse);
    let page = anna.page("/console/system").await;
    assert!(page.contains("does not answer") && page.contains("The database answers"), "{page}");
}

#[tokio::test]
async fn anythingllm_is_opened_signed_in() {
    let world = populated(World::builder()).await;
    for name in ["anna", "dora"] {
        let mut staff = Staff::log_in(&world, name).await;
        staff.page("/console/people").await;
        let page = staff.post("/console/anythingllm", &[]).await;
        assert_eq!(page.status, 200, "{}", page.text());
        let link = page.text().split("href=\"").find(|rest| rest.contains("/sso/simple?token=")).unwrap();
        let token = link.split('"').next().unwrap().split_once("token=").unwrap().1.to_owned();
        let redeemed = world.admin().get(&format!("/api/request-token/sso/simple?token={token}")).await;
        assert_eq!(redeemed.json()["user"]["username"], name);
    }
    let without = populated(World::builder().upstream(Options { simple_sso: false, ..Options::default() })).await;
    let mut anna = Staff::log_in(&without, "anna").await;
    anna.page("/console/system").await;
    let page = anna.post("/console/anythingllm", &[]).await;
    assert!(page.text().contains("SIMPLE_SSO_ENABLED is not set there"), "{}", page.text());
}

#[tokio::test]
async fn nobody_but_an_admin_sees_the_system() {
    let world = populated(World::builder()).await;
    for name in ["mona", "dora"] {
        assert_eq!(Staff::log_in(&world, name).await.get("/console/system").await.status, 403, "{name}");
    }
}
