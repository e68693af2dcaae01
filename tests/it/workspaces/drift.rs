//! What was changed in AnythingLLM's own interface is noticed and settled.

use super::{WORKSPACES, change_upstream, faults, make, manager, named, show, upstream, upstream_slug, upstream_slugs};
use crate::harness::{Answer, Http, World};
use serde_json::{Value, json};

async fn take(manager: &Http, slug: &str, side: &str) -> Answer {
    manager.post(&format!("{WORKSPACES}/{slug}/sync"), &json!({"take": side})).await
}

/// A workspace with three settings changed in AnythingLLM.
async fn drifted(world: &World, manager: &Http) -> (String, Value) {
    let made = make(manager, &named("Drifting")).await.json();
    let there = upstream_slug(&made);
    change_upstream(world, &there, &json!({"topN": 2, "name": "Renamed", "queryRefusalResponse": "Sorry."})).await;
    (there, made)
}

#[tokio::test]
async fn differences_are_shown_with_both_values() {
    let world = World::start().await;
    let manager = manager(&world).await;
    let (_, made) = drifted(&world, &manager).await;
    let seen = show(&manager, "drifting").await;
    assert_eq!(seen["upstream"]["state"], "drifted");
    assert_eq!(
        seen["settings"]["drift"],
        json!([
            {"field": "name", "vestibule": "Drifting", "upstream": "Renamed"},
            {"field": "settings.top_n", "vestibule": 6, "upstream": 2},
            {"field": "settings.refusal_message", "vestibule": made["settings"]["refusal_message"], "upstream": "Sorry."},
        ])
    );
}

#[tokio::test]
async fn ours_can_be_taken() {
    let world = World::start().await;
    let manager = manager(&world).await;
    let (there, _) = drifted(&world, &manager).await;
    let answer = take(&manager, "drifting", "vestibule").await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(upstream(&world, &there).await["topN"], 6);
    assert_eq!(upstream(&world, &there).await["name"], "Drifting");
    assert_eq!(show(&manager, "drifting").await["settings"]["drift"], json!([]));
}

#[tokio::test]
async fn theirs_can_be_taken() {
    let world = World::start().await;
    let manager = manager(&world).await;
    let (there, _) = drifted(&world, &manager).await;
    let answer = take(&manager, "drifting", "upstream").await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let body = answer.json();
    assert_eq!((&body["name"], &body["settings"]["top_n"]), (&json!("Renamed"), &json!(2)));
    assert_eq!(body["settings"]["refusal_message"], "Sorry.");
    assert_eq!(upstream(&world, &there).await["topN"], 2);
    assert_eq!(show(&manager, "drifting").await["settings"]["drift"], json!([]));
}

#[tokio::test]
async fn values_that_a_shop_cannot_have_are_not_taken() {
    let world = World::start().await;
    let manager = manager(&world).await;
    let (there, _) = drifted(&world, &manager).await;
    change_upstream(&world, &there, &json!({"topN": 500})).await;
    assert_eq!(faults(&take(&manager, "drifting", "upstream").await)[0].0, "settings.top_n");
    change_upstream(&world, &there, &json!({"topN": 2, "chatMode": "automatic"})).await;
    assert_eq!(faults(&take(&manager, "drifting", "upstream").await)[0].0, "settings.chat_mode");
    assert_eq!(faults(&take(&manager, "drifting", "both").await)[0].0, "take");
}

#[tokio::test]
async fn a_workspace_that_was_deleted_there_can_be_made_again() {
    let world = World::start().await;
    let manager = manager(&world).await;
    let (there, _) = drifted(&world, &manager).await;
    let address = world.upstream.url().trim_start_matches("http://").parse().unwrap();
    let upstream_client = Http::new(address).bearer(world.upstream.api_key());
    assert_eq!(upstream_client.delete(&format!("/api/v1/workspace/{there}")).await.status, 200);
    assert_eq!(show(&manager, "drifting").await["upstream"]["state"], "missing");
    let refused = take(&manager, "drifting", "upstream").await;
    assert_eq!((refused.status.as_u16(), refused.code().as_str()), (409, "conflict"));
    assert_eq!(take(&manager, "drifting", "vestibule").await.status, 200);
    assert!(upstream_slugs(&world).await.contains(&there));
    assert_eq!(show(&manager, "drifting").await["upstream"]["state"], "ready");
}

#[tokio::test]
async fn settling_respects_a_version_that_is_given() {
    let world = World::start().await;
    let manager = manager(&world).await;
    drifted(&world, &manager).await;
    let answer = take(&manager.with("if-match", "\"1\""), "drifting", "upstream").await;
    assert_eq!((answer.status.as_u16(), answer.code().as_str()), (412, "precondition_failed"));
    assert_eq!(take(&manager, "nowhere", "upstream").await.status, 404);
}
