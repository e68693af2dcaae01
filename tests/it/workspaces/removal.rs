//! Putting workspaces away and removing them.

use super::{WORKSPACES, make, manager, named, patch, show, upstream_slug, upstream_slugs};
use crate::harness::{Answer, Http, ORIGIN, World, eventually};
use serde_json::json;
use vestibule::domain::ids::WorkspaceId;
use vestibule::domain::key::KeyKind;
use vestibule_stand_in::Failure;

async fn remove(manager: &Http, slug: &str, query: &str) -> Answer {
    manager.with("if-match", "*").delete(&format!("{WORKSPACES}/{slug}{query}")).await
}

#[tokio::test]
async fn put_away_its_keys_stop_on_every_replica_and_come_back_with_it() {
    let world = World::start().await;
    let replica = world.replica().await;
    let manager = manager(&world).await;
    let made = make(&manager, &named("Seasonal")).await.json();
    let mut spec = world.spec(KeyKind::Publishable);
    spec.workspace = Some(WorkspaceId(made["id"].as_str().unwrap().parse().unwrap()));
    let key = world.key(spec).await;
    let shoppers = [&world, &replica].map(|world| world.public().bearer(&key).with("origin", ORIGIN));
    let asks = async |shopper: &Http| shopper.post("/api/v1/knowledge/query", &json!({"query": "drill"})).await;
    for shopper in &shoppers {
        assert_eq!(asks(shopper).await.status, 200);
    }
    assert_eq!(remove(&manager, "seasonal", "").await.status, 204);
    for shopper in &shoppers {
        eventually(async || match asks(shopper).await.status.as_u16() {
            404 => Ok(()),
            other => Err(other),
        })
        .await;
    }
    let listed = manager.get(WORKSPACES).await.json();
    assert!(listed["data"].as_array().unwrap().iter().all(|w| w["slug"] != "seasonal"));
    let listed = manager.get(&format!("{WORKSPACES}?archived=true")).await.json();
    assert!(listed["data"].as_array().unwrap().iter().any(|w| w["slug"] == "seasonal"));
    assert!(upstream_slugs(&world).await.contains(&upstream_slug(&made)));

    assert_eq!(patch(&manager, "seasonal", "*", &json!({"status": "active"})).await.status, 200);
    for shopper in &shoppers {
        eventually(async || match asks(shopper).await.status.as_u16() {
            200 => Ok(()),
            other => Err(other),
        })
        .await;
    }
}

#[tokio::test]
async fn purged_it_is_gone_on_both_sides_with_its_keys() {
    let world = World::start().await;
    let manager = manager(&world).await;
    let made = make(&manager, &named("Closed Down")).await.json();
    let mut spec = world.spec(KeyKind::Secret);
    spec.workspace = Some(WorkspaceId(made["id"].as_str().unwrap().parse().unwrap()));
    let key = world.key(spec).await;
    let answer = remove(&manager, "closed-down", "?purge=true").await;
    assert_eq!(
        (answer.status.as_u16(), answer.json()),
        (200, json!({"status": "removed", "documents": {"removed": 0, "kept": 0, "left": 0}}))
    );
    assert_eq!(manager.get(&format!("{WORKSPACES}/closed-down")).await.status, 404);
    assert!(!upstream_slugs(&world).await.contains(&upstream_slug(&made)));
    let server = world.public().bearer(&key);
    eventually(async || match server.get("/api/v1/messages?session_id=a").await.status.as_u16() {
        401 => Ok(()),
        other => Err(other),
    })
    .await;
    // The name is free again.
    make(&manager, &named("Closed Down")).await;
}

#[tokio::test]
async fn a_purge_that_was_interrupted_answers_nothing_and_can_be_repeated() {
    let world = World::builder().set("UPSTREAM_RESPONSE_MILLIS", 1000).start().await;
    let manager = manager(&world).await;
    let made = make(&manager, &named("Going")).await.json();
    world.upstream.control().fail_on("/api/v1/workspace/", Failure::Status500);
    let answer = remove(&manager, "going", "?purge=true").await;
    assert_eq!((answer.status.as_u16(), answer.code().as_str()), (502, "upstream_error"));
    world.upstream.control().heal();
    assert_eq!(show(&manager, "going").await["status"], "archived");
    assert_eq!(remove(&manager, "going", "?purge=true").await.status, 200);
    assert!(!upstream_slugs(&world).await.contains(&upstream_slug(&made)));
}

#[tokio::test]
async fn removal_needs_the_version_that_was_read() {
    let world = World::start().await;
    let manager = manager(&world).await;
    make(&manager, &named("Kept")).await;
    let path = format!("{WORKSPACES}/kept");
    assert_eq!(manager.delete(&path).await.code(), "precondition_required");
    assert_eq!(manager.with("if-match", "\"1\"").delete(&path).await.code(), "precondition_failed");
    assert_eq!(
        manager.with("if-match", "\"1\"").delete(&format!("{path}?purge=true")).await.code(),
        "precondition_failed"
    );
    assert_eq!(manager.with("if-match", "*").delete(&format!("{path}?purge=yes")).await.code(), "validation_failed");
    assert_eq!(manager.with("if-match", "\"2\"").delete(&path).await.status, 204);
    assert_eq!(remove(&manager, "nowhere", "").await.status, 404);
}
