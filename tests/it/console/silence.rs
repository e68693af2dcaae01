//! AnythingLLM takes what it is sent and never answers: pages are shown all the same, without what it would have said.

use super::{Staff, populated};
use crate::harness::World;
use chrono::TimeDelta;
use futures_util::future::join_all;
use std::time::Duration;
use vestibule::domain::key::KeyKind;
use vestibule_stand_in::Failure;

/// Far more than the two seconds that a page waits, and far less than an answer may be waited for.
const PATIENCE: Duration = Duration::from_secs(20);

async fn world() -> World {
    let builder = World::builder().set("AUTH_USER_CHECK_MILLIS", 60_000).set("UPSTREAM_RESPONSE_MILLIS", 60_000);
    populated(builder).await
}

async fn within(staff: &mut Staff, path: &str) -> crate::harness::Answer {
    let asked = tokio::time::timeout(PATIENCE, staff.get(path)).await;
    asked.unwrap_or_else(|_| panic!("{path} waits for AnythingLLM"))
}

#[tokio::test]
async fn every_page_is_shown() {
    let world = world().await;
    let key = world.key(world.spec(KeyKind::Publishable)).await;
    let key = vestibule::domain::key::ApiKey::parse(&key).unwrap().public_id().to_string();
    let shop = world.server().await;
    let asked = shop.post("/api/v1/chat", &serde_json::json!({"message": "What does the drill cost?"})).await;
    assert_eq!(asked.status, 200, "{}", asked.text());
    let anna = Staff::log_in(&world, "anna").await;
    let list = "/console/workspaces/shop/conversations";
    let mut look = String::new();
    crate::harness::eventually(async || {
        let page = anna.clone().page(list).await;
        let mut places = page.split("href=\"").filter_map(|part| part.split('"').next());
        let Some(place) = places.find(|place| place.strip_prefix(list).is_some_and(|id| id.len() == 37)) else {
            return Err(page);
        };
        let page = anna.clone().page(place).await;
        let mut places = page.split("href=\"").filter_map(|part| part.split(['"', '#']).next());
        look = places.find(|place| place.contains("?look=")).unwrap().to_owned();
        Ok(())
    })
    .await;
    world.upstream.control().fail(Failure::Hang);
    let paths: Vec<String> = [
        "/console",
        "/console/keys",
        "/console/new-key",
        "/console/new-workspace",
        "/console/workspaces/shop",
        list,
        "/console/workspaces/shop/gaps",
        "/console/workspaces/shop/assistant",
        "/console/workspaces/shop/catalogue",
        "/console/workspaces/shop/catalogue/store",
        "/console/workspaces/shop/playground",
        "/console/workspaces/shop/webhooks",
        "/console/workspaces/shop/privacy",
        "/console/usage",
        "/console/people?workspace=shop",
        "/console/audit",
        "/console/system",
    ]
    .map(str::to_owned)
    .into_iter()
    .chain([format!("/console/keys/{key}"), look])
    .collect();
    join_all(paths.iter().map(|path| {
        let mut anna = anna.clone();
        async move {
            let answer = within(&mut anna, path).await;
            assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        }
    }))
    .await;
    let mut anna = anna;
    let open = tokio::time::timeout(PATIENCE, anna.post("/console/anythingllm", &[])).await.expect("it is answered");
    assert_eq!(open.status, 504, "{}", open.text());
}

/// When it is time to ask again who somebody is, AnythingLLM is asked for that, too.
#[tokio::test]
async fn a_session_goes_on() {
    let world = world().await;
    for name in ["mona", "dora"] {
        let mut staff = Staff::log_in(&world, name).await;
        let later = world.later(TimeDelta::minutes(16)).await;
        staff.http = later.admin().with("sec-fetch-site", "same-origin");
        world.upstream.control().fail(Failure::Hang);
        let before = staff.cookies.clone();
        let answer = within(&mut staff, "/console").await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_ne!(staff.cookies, before, "it was renewed");
        world.upstream.control().heal();
    }
}
