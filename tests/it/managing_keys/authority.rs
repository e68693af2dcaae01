//! Who may manage which keys: nobody hands out more than they have.

use super::{KEYS, answered, make, manager, page, patch, path, publishable, secret, server, show, text, with};
use crate::harness::{Http, World};
use serde_json::json;

/// A secret key with these scopes, bound to the world's workspace or not.
async fn limited(world: &World, manager: &Http, scopes: &[&str], bound: bool) -> Http {
    let workspace = bound.then_some(&world.workspace.slug);
    server(world, &make(manager, &with(secret(), &json!({"scopes": scopes, "workspace": workspace}))).await)
}

#[tokio::test]
async fn a_key_makes_no_key_that_may_do_more() {
    let world = World::start().await;
    let manager = manager(&world).await;
    let maker = limited(&world, &manager, &["keys:read", "keys:write", "chat:write"], false).await;
    let more = maker.post(KEYS, &with(secret(), &json!({"scopes": ["chat:write", "privacy:erase"]}))).await;
    assert_eq!((more.status.as_u16(), more.code()), (403, "insufficient_scope".into()));
    let same = make(&maker, &with(secret(), &json!({"scopes": ["chat:write"]}))).await;
    // Not by a change, not by changing a stronger one, and not by having it told by a rotation.
    assert_eq!(
        patch(&maker, &same, &json!({"scopes": ["chat:write", "usage:read"]})).await.code(),
        "insufficient_scope"
    );
    let strong =
        make(&manager, &with(secret(), &json!({"scopes": ["privacy:erase"], "allowed_ips": ["192.0.2.1"]}))).await;
    assert_eq!(patch(&maker, &strong, &json!({"allowed_ips": []})).await.code(), "insufficient_scope");
    assert_eq!(patch(&maker, &strong, &json!({"scopes": ["chat:write"]})).await.code(), "insufficient_scope");
    assert_eq!(maker.post(&path(&strong, "/rotate"), &json!({})).await.code(), "insufficient_scope");
    assert_eq!(show(&manager, &strong).await["version"], 1);
    // Ending one is no power over anybody's data.
    assert_eq!(maker.post(&path(&strong, "/revoke"), &json!({})).await.status, 200);
}

#[tokio::test]
async fn a_key_of_a_workspace_knows_that_workspaces_keys_only() {
    let world = World::start().await;
    world.add_workspace("second-shop").await;
    let manager = manager(&world).await;
    let all = ["keys:read", "keys:write", "chat:write", "messages:read", "knowledge:query", "widget:read"];
    let own = limited(&world, &manager, &all, true).await;
    let elsewhere = json!({"workspace": "second-shop"});
    let there = make(&manager, &with(publishable(&world), &elsewhere)).await;
    let whole = make(&manager, &with(secret(), &json!({"scopes": ["chat:write"]}))).await;
    for hidden in [&there, &whole] {
        for answer in [
            own.get(&path(hidden, "")).await,
            own.get(&path(hidden, "/limits")).await,
            own.get(&path(hidden, "/snippet")).await,
            patch(&own, hidden, &json!({"enabled": false})).await,
            own.post(&path(hidden, "/rotate"), &json!({})).await,
            own.post(&path(hidden, "/revoke"), &json!({})).await,
        ] {
            assert_eq!((answer.status.as_u16(), answer.code()), (404, "not_found".into()));
        }
        assert_eq!(text(&show(&manager, hidden).await, "status"), "active");
    }
    let listed = own.get(KEYS).await.json();
    let workspaces: Vec<_> = listed["data"].as_array().unwrap().iter().map(|key| text(key, "workspace")).collect();
    assert!(!workspaces.is_empty() && workspaces.iter().all(|slug| *slug == world.workspace.slug), "{workspaces:?}");
    assert_eq!(own.get(&format!("{KEYS}?workspace=second-shop")).await.status, 404);
    // What it makes is bound as it is itself.
    let made = make(&own, &with(secret(), &json!({"scopes": ["chat:write"]}))).await;
    assert_eq!(text(&made, "workspace"), world.workspace.slug);
    let other = own.post(KEYS, &with(publishable(&world), &elsewhere)).await;
    assert_eq!(super::faults(&other), [("workspace".to_owned(), "conflict".to_owned())]);
}

#[tokio::test]
async fn reading_and_writing_are_scopes_of_their_own_and_no_publishable_key_has_them() {
    let world = World::start().await;
    let manager = manager(&world).await;
    let key = make(&manager, &publishable(&world)).await;
    let reader = limited(&world, &manager, &["keys:read", "chat:write"], false).await;
    assert_eq!(reader.get(KEYS).await.status, 200);
    assert_eq!(reader.post(KEYS, &secret()).await.code(), "insufficient_scope");
    assert_eq!(patch(&reader, &key, &json!({"enabled": false})).await.code(), "insufficient_scope");
    let writer = limited(&world, &manager, &["keys:write", "chat:write"], false).await;
    assert_eq!(writer.get(KEYS).await.code(), "insufficient_scope");
    let shopper = page(&world, &key);
    assert_eq!(shopper.get(KEYS).await.code(), "insufficient_scope");
    assert_eq!(shopper.post(KEYS, &secret()).await.code(), "insufficient_scope");
    assert_eq!(shopper.post(&path(&key, "/revoke"), &json!({})).await.code(), "insufficient_scope");
    assert_eq!(answered(&shopper).await, "200");
    assert_eq!(world.public().get(KEYS).await.status, 401);
}
