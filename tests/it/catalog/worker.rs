//! Workers of several replicas, and schedules.

use super::api::{connect, is_over, manager, until, world};
use super::csv;
use super::feed_server::FeedServer;
use crate::harness::eventually;
use serde_json::json;
use std::time::Duration;
use vestibule_stand_in::Failure;

#[tokio::test]
async fn a_replica_that_stops_gives_its_sync_to_another() {
    let mut first = world(1).await;
    let feed = FeedServer::serve(csv(0..5, |_| 5)).await;
    connect(&first, &feed.url()).await;
    let control = first.upstream.control().clone();
    control.fail_on("/api/v1/document/raw-text", Failure::Hang);
    let run = manager(&first).await.post("/api/v1/workspaces/shop/store/sync", &json!({})).await.json();
    let asked = |path: &str| control.requests().iter().any(|request| request.path_and_query == path);
    assert!(control.until(|_| asked("/api/v1/document/raw-text"), Duration::from_secs(20)).await);
    first.stop().await;
    let status: Vec<String> = first.query("SELECT status FROM vestibule.sync_runs").await;
    assert_eq!(status, ["paused"]);
    control.heal();
    let second = first.replica().await;
    let http = manager(&second).await;
    let run = until(&http, &run, is_over).await;
    assert_eq!((&run["status"], &run["products"]["added"]), (&json!("succeeded"), &json!(5)));
    assert_eq!(feed.reads(), 1, "it was read to its end before");
    let stored = control.stored_documents("vestibule-catalog/");
    assert_eq!(stored.len(), 5);
}

#[tokio::test]
async fn a_schedule_starts_one_sync_whoever_looks() {
    let first = world(2).await;
    let feed = FeedServer::serve(csv(0..5, |_| 5)).await;
    connect(&first, &feed.url()).await;
    // Its moment is every minute; the one that came while nobody looked is long over.
    first
        .sql("UPDATE vestibule.store_connections SET schedule_cron = '* * * * *', schedule_timezone = 'Europe/Berlin'")
        .await;
    let workspace = first.workspace.id;
    let tenant = first.workspace.tenant;
    let state = format!(
        "INSERT INTO vestibule.catalog_state (workspace_id, tenant_id, schedule, next_at)
         VALUES ('{workspace}', '{tenant}', '* * * * * Europe/Berlin', now() - interval '3 hours')
         ON CONFLICT (workspace_id) DO UPDATE SET schedule = excluded.schedule, next_at = excluded.next_at"
    );
    let second = first.replica().await;
    first.sql(&state).await;
    let count = "SELECT count(*) FROM vestibule.sync_runs WHERE status = 'succeeded' AND scheduled_for < now() - interval '1 hour'";
    eventually(async || match first.query::<i64>(count).await[..] {
        [1] => Ok(()),
        ref other => Err(other.to_vec()),
    })
    .await;
    let all = "SELECT count(*) FROM vestibule.sync_runs WHERE scheduled_for < now() - interval '1 hour'";
    assert_eq!(first.query::<i64>(all).await, [1]);
    let next = "SELECT count(*) FROM vestibule.catalog_state WHERE next_at > now() - interval '2 minutes'";
    assert_eq!(first.query::<i64>(next).await, [1]);
    let actors: Vec<String> =
        first.query("SELECT DISTINCT actor_kind FROM vestibule.audit_log WHERE action = 'catalog.sync_started'").await;
    assert_eq!(actors, ["system"]);
    drop(second);
}

#[tokio::test]
async fn a_schedule_that_is_new_waits_for_its_moment() {
    let world = world(1).await;
    let feed = FeedServer::serve(csv(0..5, |_| 5)).await;
    connect(&world, &feed.url()).await;
    // The 29th of February comes when it comes.
    world
        .sql("UPDATE vestibule.store_connections SET schedule_cron = '0 4 29 2 *', schedule_timezone = 'Europe/Berlin'")
        .await;
    let next = "SELECT next_at::text FROM vestibule.catalog_state WHERE next_at > now()";
    eventually(async || match world.query::<String>(next).await[..] {
        // Four in the morning of Berlin's winter.
        [ref next] if next.contains("-02-29 03:00:00") => Ok(()),
        ref other => Err(other.to_vec()),
    })
    .await;
    assert_eq!(world.query::<i64>("SELECT count(*) FROM vestibule.sync_runs").await, [0]);
}

#[tokio::test]
async fn when_a_sale_begins_or_ends_the_feed_is_synced_without_a_schedule() {
    let world = world(1).await;
    let feed = "id,title,price,sale_price,sale_price_effective_date\n\
                1,Saw,189.00 EUR,149.00 EUR,2025-11-24T00:00Z/2099-12-01T23:59Z\n\
                2,Plane,99.00 EUR,79.00 EUR,2098-11-24T00:00Z/2099-12-01T23:59Z\n";
    let feed = FeedServer::serve(feed.to_owned()).await;
    connect(&world, &feed.url()).await;
    let http = manager(&world).await;
    let run = http.post("/api/v1/workspaces/shop/store/sync", &json!({})).await.json();
    until(&http, &run, is_over).await;
    let next = "SELECT to_char(next_change_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI') FROM vestibule.catalog_state";
    assert_eq!(world.query::<String>(next).await, ["2098-11-24 00:00"]);
    // It has come.
    world.sql("UPDATE vestibule.catalog_state SET next_change_at = now() - interval '1 second'").await;
    let over = "SELECT count(*) FROM vestibule.sync_runs WHERE trigger = 'schedule' AND status = 'succeeded'";
    eventually(async || match world.query::<i64>(over).await[..] {
        [1] => Ok(()),
        ref other => Err(other.to_vec()),
    })
    .await;
    assert_eq!(world.query::<String>(next).await, ["2098-11-24 00:00"], "the next moment is known again");
    assert_eq!(feed.reads(), 2);
}
