//! Feeds that are not downloaded again, and schedules that read only what has changed.

use super::super::api::{connect, world};
use super::super::csv;
use super::woocommerce::{Shared, State, product, rest, store};
use crate::harness::{Ending, Reply, Shop, eventually};
use crate::stores::{STORE, manager, put};
use parking_lot::Mutex;
use std::sync::Arc;
use vestibule::domain::ids::TenantId;

/// The moment of the workspace's schedule has come.
async fn due(world: &crate::harness::World) {
    let (workspace, tenant) = (world.workspace.id, TenantId::DEFAULT);
    world.sql("UPDATE vestibule.store_connections SET schedule_cron = '0 4 29 2 *', schedule_timezone = 'UTC'").await;
    world
        .sql(&format!(
            "INSERT INTO vestibule.catalog_state (workspace_id, tenant_id, schedule, next_at)
             VALUES ('{workspace}', '{tenant}', '0 4 29 2 * UTC', now() - interval '1 second')
             ON CONFLICT (workspace_id) DO UPDATE SET schedule = excluded.schedule, next_at = excluded.next_at"
        ))
        .await;
}

/// Waits until so many runs are over; what became of each, the oldest first.
async fn over(world: &crate::harness::World, runs: usize) -> Vec<String> {
    let sql = "SELECT scope || ' ' || status || ' ' || unchanged || ' ' || added || ' ' || updated || ' ' || bytes_read
               FROM vestibule.sync_runs WHERE finished_at IS NOT NULL ORDER BY id";
    let mut seen = Vec::new();
    eventually(async || {
        seen = world.query::<String>(sql).await;
        if seen.len() == runs { Ok(()) } else { Err(seen.clone()) }
    })
    .await;
    seen
}

#[tokio::test]
async fn a_feed_that_has_not_changed_is_not_downloaded_again() {
    let world = world(1).await;
    let feed = csv(0..5, |_| 5);
    let length = feed.len();
    let shop = Shop::start(move |asked| match asked.header("if-none-match") {
        Some("\"v1\"") => Reply::new(304, ""),
        _ => Reply::new(200, feed.clone()).header("etag", "\"v1\"").header("content-type", "text/csv"),
    })
    .await;
    connect(&world, &format!("{}/feed.csv", shop.url())).await;
    due(&world).await;
    let first = format!("full succeeded 0 5 0 {length}");
    assert_eq!(over(&world, 1).await, std::slice::from_ref(&first));
    due(&world).await;
    assert_eq!(over(&world, 2).await, [first.clone(), "full succeeded 5 0 0 0".to_owned()]);
    let known: Vec<i64> = world.query("SELECT count(*) FROM vestibule.catalog_products").await;
    assert_eq!(known, [5], "nothing is removed");
    // Whoever asks for a sync has the feed read, and so has whoever has changed the connection.
    let http = super::super::api::manager(&world).await;
    http.post("/api/v1/workspaces/shop/store/sync", &serde_json::json!({})).await;
    let read = format!("full succeeded 5 0 0 {length}");
    assert_eq!(over(&world, 3).await[2], read);
    world.sql("UPDATE vestibule.store_connections SET feed_read_as = 1").await;
    due(&world).await;
    assert_eq!(over(&world, 4).await[3], read, "documents have another form by now");
    let asked: Vec<bool> = shop.asked().iter().map(|asked| asked.header("if-none-match").is_some()).collect();
    assert_eq!(asked, [false, true, false, false]);
}

#[tokio::test]
async fn a_download_that_breaks_off_is_gone_on_with() {
    let world = world(1).await;
    let feed = csv(0..50, |_| 5);
    let whole = feed.clone();
    let shop = Shop::start(move |asked| {
        let Some(range) = asked.header("range") else {
            return Reply::new(200, feed.clone()).header("etag", "\"v1\"").ending(Ending::Cut(1000));
        };
        assert_eq!(asked.header("if-range"), Some("\"v1\""));
        let from: usize = range.strip_prefix("bytes=").unwrap().strip_suffix('-').unwrap().parse().unwrap();
        let said = format!("bytes {from}-{}/{}", feed.len() - 1, feed.len());
        let reply = Reply::new(206, &feed.as_bytes()[from..]).header("content-range", &said).header("etag", "\"v1\"");
        if from == 1000 { reply.ending(Ending::Cut(500)) } else { reply }
    })
    .await;
    connect(&world, &format!("{}/feed.csv", shop.url())).await;
    due(&world).await;
    assert_eq!(over(&world, 1).await, [format!("full succeeded 0 50 0 {}", whole.len())]);
    let ranges: Vec<Option<String>> =
        shop.asked().iter().map(|asked| asked.header("range").map(str::to_owned)).collect();
    assert_eq!(ranges, [None, Some("bytes=1000-".to_owned()), Some("bytes=1500-".to_owned())]);
}

#[tokio::test]
async fn a_download_is_not_gone_on_with_as_another_feed() {
    let world = world(1).await;
    let (old, new) = (csv(0..50, |_| 5), csv(50..100, |_| 6));
    let shop = Shop::start(move |asked| match asked.header("range") {
        None => Reply::new(200, old.clone()).header("etag", "\"v1\"").ending(Ending::Cut(1000)),
        // It is not what If-Range names any more.
        Some(_) => Reply::new(200, new.clone()).header("etag", "\"v2\""),
    })
    .await;
    connect(&world, &format!("{}/feed.csv", shop.url())).await;
    due(&world).await;
    let seen = over(&world, 1).await;
    assert!(seen[0].starts_with("full failed 0 0 0 "), "{seen:?}");
    let codes: Vec<String> = world.query("SELECT error_code FROM vestibule.sync_runs").await;
    assert_eq!(codes, ["connection_lost"]);
}

#[tokio::test]
async fn a_schedule_reads_only_what_has_changed_until_all_is_due_again() {
    let world = world(1).await;
    let products = (1..=3).map(|id| product(id, "5.00")).collect();
    let state: Shared = Arc::new(Mutex::new(State { products, ..State::default() }));
    let of_shop = Arc::clone(&state);
    let shop = Shop::start(move |asked| rest(&of_shop, asked)).await;
    let answer = put(&manager(&world).await, STORE, &store(&shop.url())).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    let scopes = async |runs| {
        let seen = over(&world, runs).await;
        seen.iter().map(|run| run.split(' ').next().unwrap().to_owned()).collect::<Vec<_>>()
    };
    due(&world).await;
    assert_eq!(scopes(1).await, ["full"]);
    due(&world).await;
    assert_eq!(scopes(2).await, ["full", "changes"]);
    world.sql("UPDATE vestibule.store_connections SET fully_read_at = fully_read_at - interval '25 hours'").await;
    due(&world).await;
    assert_eq!(scopes(3).await, ["full", "changes", "full"]);
    // What was read was read of another connection.
    assert_eq!(put(&manager(&world).await, STORE, &store(&shop.url())).await.status, 200);
    due(&world).await;
    assert_eq!(scopes(4).await, ["full", "changes", "full", "full"]);
    let asked = shop.asked();
    let since = asked.iter().filter(|asked| asked.target.contains("modified_after=")).count();
    assert_eq!(since, 1);
}
