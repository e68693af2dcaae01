//! How long syncs take before an AnythingLLM that is as slow as the real one. For whoever measures: prints, and takes
//! minutes. `docs/catalog.md` has the figures.

use super::{Shop, csv, priced};
use crate::harness::World;
use std::fmt::Write as _;
use std::time::Instant;
use vestibule::catalog::feed::Format;
use vestibule::domain::sync::{SyncRun, SyncStatus};
use vestibule_stand_in::Slowness;

/// So many times as fast as the real one. What is printed holds the gateway's own time, too, and the stand-in's.
const FASTER: u32 = 10;

async fn shop() -> Shop {
    let shop = Shop::of(World::builder().set("CATALOG_WORKERS", 0).start().await);
    shop.world.upstream.control().set_slowness(Slowness::MEASURED.divided(FASTER));
    shop
}

async fn timed(shop: &Shop, what: &str, feed: &str) -> SyncRun {
    let began = Instant::now();
    let run = shop.sync(Format::Csv, feed).await;
    let took = began.elapsed();
    assert_eq!(run.status, SyncStatus::Succeeded, "{run:?}");
    println!("{what}: {took:?}; {:?}", run.counts);
    run
}

#[tokio::test]
#[ignore = "takes minutes and prints"]
async fn syncs_before_a_server_that_is_as_slow_as_the_real_one() {
    let shop = shop().await;
    timed(&shop, "5,000 new products", &priced(0..5000, 5)).await;
    timed(&shop, "nothing changed", &priced(0..5000, 5)).await;
    timed(&shop, "5,000 changed prices", &priced(0..5000, 6)).await;
    timed(
        &shop,
        "100 changed texts",
        &csv(0..100, |_| 7)
            .lines()
            .chain(priced(100..5000, 6).lines().skip(1))
            .fold(String::new(), |feed, line| feed + line + "\n"),
    )
    .await;
    shop.assert_tidy(5000).await;
}

#[tokio::test]
#[ignore = "takes minutes and prints"]
async fn ten_thousand_prices() {
    let shop = Shop::of(World::builder().set("CATALOG_WORKERS", 0).start().await);
    // What is stored and embedded does not matter here.
    timed(&shop, "10,000 new products, without slowness", &priced(0..10_000, 5)).await;
    shop.world.upstream.control().set_slowness(Slowness::MEASURED);
    let began = Instant::now();
    let run = shop.sync(Format::Csv, &priced(0..10_000, 6)).await;
    println!("10,000 changed prices, at the measured slowness: {:?}; {:?}", began.elapsed(), run.counts);
    assert_eq!(run.counts.updated, 10_000);
}

/// What answers everything there is must stand in nobody's way, and in no memory.
#[tokio::test]
#[ignore = "takes minutes and prints"]
async fn ten_thousand_documents_and_a_thousand_workspaces() {
    let shop = Shop::of(World::builder().set("CATALOG_WORKERS", 0).start().await);
    let control = shop.world.upstream.control();
    let slug = shop.world.workspace.upstream_slug.clone();
    for n in 0..10_000 {
        control.add_document(&slug, &format!("Article {n}"), &format!("The article q{n}q of the shop."));
    }
    for n in 0..1000 {
        control.add_workspace(&format!("Other {n}"));
    }
    let client = &shop.engine.client;
    let seen = |what: &str, began: Instant| println!("| {what} | {} |", began.elapsed().as_millis());
    for _ in 0..3 {
        let began = Instant::now();
        assert!(client.find_workspace(&slug).await.unwrap().is_some());
        seen("settings of a workspace with 10,000 documents", began);
        let began = Instant::now();
        assert!(client.count_documents(&slug).await.unwrap() >= 10_000);
        seen("its documents, counted", began);
        let began = Instant::now();
        assert!(client.list_workspaces().await.unwrap().len() > 1000);
        seen("1,000 workspaces", began);
        let began = Instant::now();
        let found = vestibule::catalog::orphans::find(&shop.engine.database, client, 20).await.unwrap();
        assert!(found.looked_at >= 10_000 && !found.has_more);
        seen("10,000 documents looked through for orphans", began);
    }
}

/// Markup that costs most, a thousand records of it, while somebody chats.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes a minute and prints"]
async fn chats_while_a_hostile_feed_is_read() {
    let world = World::builder()
        .set("CATALOG_WORKERS", 0)
        .set("LIMITS_KEY_PER_MINUTE", 100_000)
        .set("LIMITS_KEY_BURST", 100_000)
        .set("LIMITS_FLOOD_PER_IP_PER_SECOND", 100_000)
        .set("LIMITS_FLOOD_BURST", 100_000)
        .start()
        .await;
    let shop = Shop::of(world);
    let server = shop.world.server().await;
    let chats = async |what: &str| {
        let mut took = Vec::new();
        for n in 0..200 {
            let began = Instant::now();
            let question = serde_json::json!({"message": "What do you have?", "session_id": format!("speed-{n}")});
            assert_eq!(server.post("/api/v1/chat", &question).await.status, 200);
            took.push(began.elapsed());
        }
        took.sort();
        println!("{what}: chats took {:?} in the middle, {:?} at the 99th of a hundred", took[100], took[197]);
    };
    chats("idle").await;
    let markup = ["<a ".repeat(80_000), "<style></style>".repeat(16_000), "&lt;b&gt;".repeat(26_000)];
    let mut feed = String::from("id\ttitle\tdescription\n");
    for n in 0..1000 {
        writeln!(feed, "P{n}\tSaw\t{}", markup[n % markup.len()]).unwrap();
    }
    let claimed = shop.claim_as(false, true).await;
    let plan = shop.plan(Format::GoogleTsv);
    let began = Instant::now();
    let reading = shop.work(&claimed, &plan, super::whole(&feed));
    let ((_, run), ()) = tokio::join!(reading, chats("while it is read"));
    println!("{} bytes of it took {:?}; {:?}", feed.len(), began.elapsed(), run.counts);
}
