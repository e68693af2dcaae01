//! Syncs over HTTP.

use super::csv;
use super::feed_server::FeedServer;
use crate::harness::{Http, World, eventually};
use serde_json::{Value, json};
use uuid::Uuid;
use vestibule::domain::key::KeyKind;
use vestibule::domain::scope::Scope;
use vestibule_stand_in::Failure;

/// A world whose shops may be on this machine.
pub(super) async fn world(workers: u32) -> World {
    World::builder()
        .set("CATALOG_WORKERS", workers)
        .set("CATALOG_POLL_MILLIS", 50)
        .set("CATALOG_LEASE_SECONDS", 2)
        .set("CATALOG_RETRY_MILLIS", 1)
        .set("OUTBOUND_ALLOWED_NETWORKS", "127.0.0.0/8")
        .start()
        .await
}

/// Gives the workspace a connection with this feed.
pub(super) async fn connect(world: &World, url: &str) {
    let (id, workspace, tenant) = (Uuid::now_v7(), world.workspace.id, world.workspace.tenant);
    world
        .sql(&format!(
            "INSERT INTO vestibule.store_connections
               (id, tenant_id, workspace_id, platform, store_url, catalog_source, feed_url, feed_format)
             VALUES ('{id}', '{tenant}', '{workspace}', 'feed', 'https://shop.example/', 'feed', '{url}', 'csv')"
        ))
        .await;
}

pub(super) async fn manager(world: &World) -> Http {
    let mut spec = world.spec(KeyKind::Secret);
    spec.scopes = [Scope::WorkspacesRead, Scope::WorkspacesWrite].into_iter().collect();
    world.public().bearer(&world.key(spec).await)
}

/// Waits for a run to be over, or whatever `wanted` says.
pub(super) async fn until(http: &Http, run: &Value, wanted: impl Fn(&Value) -> bool) -> Value {
    let path = format!("/api/v1/workspaces/shop/store/runs/{}", run["id"].as_str().unwrap());
    let mut seen = Value::Null;
    eventually(async || {
        let answer = http.get(&path).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        seen = answer.json();
        if wanted(&seen) { Ok(()) } else { Err(seen.clone()) }
    })
    .await;
    seen
}

pub(super) fn is_over(run: &Value) -> bool {
    run["finished_at"].is_string()
}

async fn start(http: &Http, body: &Value) -> Value {
    let answer = http.post("/api/v1/workspaces/shop/store/sync", body).await;
    assert_eq!(answer.status, 202, "{}", answer.text());
    answer.json()
}

#[tokio::test]
async fn a_sync_runs_in_the_background_and_can_be_looked_at() {
    let world = world(1).await;
    let feed = FeedServer::serve(csv(0..5, |_| 5) + "P9,,,,1 EUR,in_stock\n").await;
    connect(&world, &feed.url()).await;
    world.sql("UPDATE vestibule.store_connections SET failure_threshold_percent = 50").await;
    let http = manager(&world).await;
    let answer = http.send(http::Method::POST, "/api/v1/workspaces/shop/store/sync", "").await;
    assert_eq!(answer.status, 202, "{}", answer.text());
    let started = answer.json();
    assert_eq!((&started["trigger"], &started["source"]), (&json!("api"), &json!("connection")));
    let run = until(&http, &started, is_over).await;
    assert_eq!(run["status"], "partial", "{run}");
    assert_eq!((&run["percentage"], &run["phase"]), (&json!(100), &json!("done")));
    assert_eq!(
        run["products"],
        json!({"total": 6, "done": 6, "unchanged": 0, "added": 5, "updated": 0, "removed": 0, "failed": 1})
    );
    assert_eq!(run["errors"][0]["code"], "bad_title");
    assert_eq!((&run["errors"][0]["record"], &run["errors"][0]["product"]), (&json!(6), &json!("P9")));
    let again = until(&http, &start(&http, &json!({})).await, is_over).await;
    assert_eq!(again["products"]["unchanged"], 5);
    let list = http.get("/api/v1/workspaces/shop/store/runs?limit=1").await.json();
    assert_eq!((&list["data"][0]["id"], &list["has_more"]), (&again["id"], &json!(true)));
    let cursor = list["next_cursor"].as_str().unwrap();
    let rest = http.get(&format!("/api/v1/workspaces/shop/store/runs?cursor={cursor}")).await.json();
    assert_eq!((&rest["data"][0]["id"], &rest["has_more"]), (&run["id"], &json!(false)));
    let actions: Vec<String> = world.query("SELECT action FROM vestibule.audit_log ORDER BY id").await;
    assert_eq!(actions.iter().filter(|action| *action == "catalog.sync_started").count(), 2);
    let metrics = world.ops().get("/metrics").await;
    assert!(metrics.text().contains("vestibule_catalog_runs_total{status=\"partial\"} 2"), "{}", metrics.text());
}

#[tokio::test]
async fn one_sync_at_a_time() {
    let world = world(0).await;
    connect(&world, "http://127.0.0.1:1/feed.csv").await;
    let http = manager(&world).await;
    let run = start(&http, &json!({"allow_mass_removal": true})).await;
    assert_eq!((&run["status"], &run["allow_mass_removal"]), (&json!("queued"), &json!(true)));
    let answer = http.post("/api/v1/workspaces/shop/store/sync", &json!({})).await;
    assert_eq!((answer.status.as_u16(), answer.code().as_str()), (409, "conflict"));
}

#[tokio::test]
async fn what_cannot_be_synced_is_refused() {
    let world = world(0).await;
    let http = manager(&world).await;
    let answer = http.post("/api/v1/workspaces/shop/store/sync", &json!({})).await;
    assert_eq!((answer.status.as_u16(), answer.code().as_str()), (422, "validation_failed"));
    assert_eq!(answer.json()["errors"][0]["field"], "store");
    connect(&world, "http://127.0.0.1:1/feed.csv").await;
    for (body, field) in [(json!({"force": true}), "force"), (json!({"allow_mass_removal": 1}), "allow_mass_removal")] {
        let answer = http.post("/api/v1/workspaces/shop/store/sync", &body).await;
        assert_eq!((answer.status.as_u16(), &answer.json()["errors"][0]["field"]), (422, &json!(field)));
    }
    for (path, field) in [("runs?limit=0", "limit"), ("runs?cursor=x", "cursor"), ("runs?sort=x", "sort")] {
        let answer = http.get(&format!("/api/v1/workspaces/shop/store/{path}")).await;
        assert_eq!((answer.status.as_u16(), &answer.json()["errors"][0]["field"]), (422, &json!(field)));
    }
    for path in ["runs/x", &format!("runs/{}", Uuid::now_v7())] {
        assert_eq!(http.get(&format!("/api/v1/workspaces/shop/store/{path}")).await.status, 404);
        assert_eq!(http.post(&format!("/api/v1/workspaces/shop/store/{path}/cancel"), &json!({})).await.status, 404);
    }
}

#[tokio::test]
async fn a_run_is_seen_by_those_who_manage_its_workspace_alone() {
    let world = world(0).await;
    connect(&world, "http://127.0.0.1:1/feed.csv").await;
    let http = manager(&world).await;
    let run = start(&http, &json!({})).await;
    let id = run["id"].as_str().unwrap();
    let other = world.add_workspace("other").await;
    let mut spec = world.spec(KeyKind::Secret);
    spec.scopes = [Scope::WorkspacesRead, Scope::WorkspacesWrite].into_iter().collect();
    spec.workspace = Some(other.id);
    let stranger = world.public().bearer(&world.key(spec).await);
    for slug in ["shop", "other", "nowhere"] {
        let path = format!("/api/v1/workspaces/{slug}/store/runs/{id}");
        assert_eq!(stranger.get(&path).await.status, 404, "{slug}");
        assert_eq!(stranger.post(&format!("{path}/cancel"), &json!({})).await.status, 404, "{slug}");
    }
    assert_eq!(stranger.get(&format!("/api/v1/workspaces/shop/store/runs/{id}/report")).await.status, 404);
    assert_eq!(stranger.get("/api/v1/workspaces/shop/store/runs").await.status, 404);
    assert_eq!(stranger.post("/api/v1/workspaces/shop/store/sync", &json!({})).await.status, 404);
    let list = stranger.get("/api/v1/workspaces/other/store/runs").await.json();
    assert_eq!(list["data"], json!([]));
    let reader = world.server().await;
    assert_eq!(reader.get("/api/v1/workspaces/shop/store/runs").await.code(), "insufficient_scope");
    assert_eq!(world.public().get("/api/v1/workspaces/shop/store/runs").await.status, 401);
}

#[tokio::test]
async fn a_waiting_sync_is_ended_at_once_and_a_running_one_soon() {
    let world = world(1).await;
    let feed = FeedServer::serve(csv(0..5, |_| 5)).await;
    connect(&world, &feed.url()).await;
    let http = manager(&world).await;
    world.upstream.control().fail_on("/api/v1/document/raw-text", Failure::Hang);
    let run = start(&http, &json!({})).await;
    until(&http, &run, |run| run["phase"] == "embedding").await;
    let cancel = format!("/api/v1/workspaces/shop/store/runs/{}/cancel", run["id"].as_str().unwrap());
    let answer = http.post(&cancel, &json!({})).await;
    assert_eq!((answer.status.as_u16(), &answer.json()["cancel_requested"]), (202, &json!(true)));
    let run = until(&http, &run, is_over).await;
    assert_eq!((&run["status"], &run["error"]), (&json!("cancelled"), &Value::Null));
    // Again it changes nothing.
    assert_eq!(http.post(&cancel, &json!({})).await.json()["status"], "cancelled");
    let actions: Vec<String> = world.query("SELECT action FROM vestibule.audit_log ORDER BY id").await;
    assert_eq!(actions.iter().filter(|action| *action == "catalog.sync_cancelled").count(), 1);
}

#[tokio::test]
async fn a_feed_that_cannot_be_read_is_told_by_its_code() {
    let world = world(1).await;
    let http = manager(&world).await;
    let feed = FeedServer::answer("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n".into()).await;
    connect(&world, &feed.url()).await;
    let run = until(&http, &start(&http, &json!({})).await, is_over).await;
    assert_eq!((&run["status"], &run["error"]["code"]), (&json!("failed"), &json!("credentials_refused")));
    let feed =
        FeedServer::answer(format!("HTTP/1.1 200 OK\r\nContent-Length: 10000\r\n\r\n{}", csv(0..5, |_| 5))).await;
    world.sql(&format!("UPDATE vestibule.store_connections SET feed_url = '{}'", feed.url())).await;
    let run = until(&http, &start(&http, &json!({})).await, is_over).await;
    assert_eq!(run["error"]["code"], "connection_lost", "{run}");
    world.sql("UPDATE vestibule.store_connections SET feed_url = 'https://10.0.0.1/feed.csv'").await;
    let run = until(&http, &start(&http, &json!({})).await, is_over).await;
    assert_eq!(run["error"]["code"], "host_not_public", "{run}");
}
