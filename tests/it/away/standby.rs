//! A database that can only be read, as in a failover: what needs a row is refused, nothing is an error of ours.

use super::{away, chat, told};
use crate::harness::{KeySpec, World, eventually};
use serde_json::json;
use vestibule::domain::key::{KeyKind, KeyLimits};
use vestibule::domain::scope::Scope;

/// Lets nobody write any more.
async fn read_only(world: &World, on: bool) {
    let set = if on { "on" } else { "off" };
    world
        .sql(&format!(
            "SET TRANSACTION READ WRITE; DO $$ BEGIN
               EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = {set}', current_database());
             END $$"
        ))
        .await;
    let out = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
               WHERE datname = current_database() AND pid <> pg_backend_pid()";
    let _: Vec<i64> = world.query(out).await;
}

#[tokio::test]
async fn what_needs_a_row_is_refused_and_what_does_not_goes_on() {
    let world = World::start().await;
    let mut spec = world.spec(KeyKind::Secret);
    spec.scopes = Scope::ALL.into_iter().collect();
    let known = world.public().bearer(&world.key(spec.clone()).await);
    let limits = KeyLimits { messages_per_day: Some(9), ..KeyLimits::default() };
    let counted = world.public().bearer(&world.key(KeySpec { limits, ..spec }).await);
    let page = world.browser().await;
    assert_eq!(chat(&known, "one").await.status, 200);
    let ops = world.ops();
    assert_eq!(ops.get("/readyz").await.status, 200);

    read_only(&world, true).await;
    eventually(async || match ops.get("/readyz").await {
        ready if ready.status == 503 && ready.text().starts_with("database ok\nwritable no\n") => Ok(()),
        ready => Err(ready.text().to_owned()),
    })
    .await;
    assert_eq!(chat(&known, "one").await.status, 200, "its conversation is there");
    for (what, answer) in [
        ("a new conversation", chat(&known, "two").await),
        ("a page's", chat(&page, "two").await),
        ("a quota", chat(&counted, "one").await),
        ("a reset", known.delete("/api/v1/messages?session_id=one").await),
        ("under a key", known.with("idempotency-key", "a").post("/api/v1/chat", &super::question("one")).await),
        ("a new key", known.post("/api/v1/keys", &json!({"name": "x", "kind": "secret"})).await),
        ("a new store", known.send(http::Method::PUT, "/api/v1/workspaces/shop/store", "{}").await),
        ("a visitor", page.post("/api/v1/widget/session", &json!({})).await),
    ] {
        assert_ne!(answer.status.as_u16(), 500, "{what}: {}", answer.text());
        assert!(answer.status != 200 || what == "a visitor", "{what}: {}", answer.text());
        if answer.status.is_server_error() {
            assert_eq!(told(&answer), away(), "{what}");
        }
    }
    for path in ["/api/v1/keys", "/api/v1/conversations", "/api/v1/usage", "/api/v1/workspaces"] {
        let answer = known.get(path).await;
        assert!(!answer.status.is_server_error(), "{path}: {}", answer.text());
    }

    read_only(&world, false).await;
    eventually(async || match told(&chat(&known, "two").await) {
        (200, _) => Ok(()),
        refused => Err(refused),
    })
    .await;
    eventually(async || match ops.get("/readyz").await {
        ready if ready.status == 200 => Ok(()),
        ready => Err(ready.text().to_owned()),
    })
    .await;
}
