//! Feeds as shops really send them: nothing is lost in silence, and no wrong price is told.

use super::api::{connect, is_over, manager, until, world};
use super::feed_server::FeedServer;
use super::{Shop, csv, whole};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use vestibule::catalog::feed::Format;
use vestibule::domain::sync::{SyncRun, SyncStatus, WithheldReason};

macro_rules! feed {
    ($name:literal) => {
        include_str!(concat!("../../../src/catalog/corpus/feeds/", $name))
    };
}

/// What is told of a product's price.
async fn offer(shop: &Shop, title: &str) -> String {
    let offers =
        shop.world.query::<String>("SELECT offer FROM vestibule.catalog_products WHERE offer IS NOT NULL").await;
    offers.into_iter().find(|offer| offer.starts_with(&format!("{title} (product number "))).expect("it has an offer")
}

fn withheld(run: &SyncRun) -> (u32, WithheldReason, Vec<&str>) {
    let withheld = run.removals_withheld.as_ref().expect("removals are withheld");
    (withheld.count, withheld.reason, withheld.products.iter().map(String::as_str).collect())
}

#[tokio::test]
async fn an_inch_mark_at_the_start_of_a_field_costs_no_product() {
    let shop = Shop::open().await;
    shop.sync(Format::GoogleTsv, feed!("all-lines-whole.tsv")).await;
    let run = shop.sync(Format::GoogleTsv, feed!("inch-mark-at-the-start-of-a-field.tsv")).await;
    assert_eq!((run.status, run.counts.removed, run.counts.updated), (SyncStatus::Succeeded, 0, 2), "{run:?}");
    assert_eq!(run.removals_withheld, None);
    shop.assert_tidy(20).await;
    assert!(offer(&shop, "\"2 Zoll Rohrschelle").await.contains(": 5.00 EUR"));
    assert!(offer(&shop, "Rohr 2\"").await.contains(": 9.00 EUR"));
}

#[tokio::test]
async fn an_emoji_in_two_halves_freezes_nothing() {
    let shop = Shop::open().await;
    shop.sync(Format::GoogleXml, feed!("all-records-whole.xml")).await;
    let run = shop.sync(Format::GoogleXml, feed!("emoji-as-two-references.xml")).await;
    assert_eq!((run.status, run.counts.failed, run.counts.removed), (SyncStatus::Succeeded, 0, 2), "{run:?}");
    assert!(offer(&shop, "Tasse 😊").await.contains(": 7.00 EUR"));
    shop.assert_tidy(38).await;
}

#[tokio::test]
async fn a_sync_that_would_remove_too_many_removes_none_and_says_which() {
    let shop = Shop::open().await;
    shop.sync(Format::Csv, &csv(0..30, |_| 5)).await;
    // Four of thirty are more than ten percent.
    let feed = csv(0..26, |id| if id == 3 { 7 } else { 5 });
    let run = shop.sync(Format::Csv, &feed).await;
    assert_eq!((run.status, run.counts.removed, run.counts.updated), (SyncStatus::Partial, 0, 1), "{run:?}");
    assert_eq!(withheld(&run), (4, WithheldReason::TooMany, vec!["P26", "P27", "P28", "P29"]));
    shop.assert_tidy(30).await;
    let audited: Vec<Value> =
        shop.world.query("SELECT after FROM vestibule.audit_log WHERE action = 'catalog.removals_withheld'").await;
    assert_eq!(audited.len(), 1);
    assert_eq!((&audited[0]["count"], &audited[0]["reason"]), (&json!(4), &json!("too_many")));
    assert_eq!(audited[0]["products"], json!(["P26", "P27", "P28", "P29"]));
    // The share is a setting, and a person may allow it.
    let mut plan = shop.plan(Format::Csv);
    plan.removal_threshold_percent = 13;
    let claimed = shop.claim(false).await;
    let (_, run) = shop.work(&claimed, &plan, whole(&feed)).await;
    assert_eq!(withheld(&run).0, 4, "4 of 30 are more than 13 percent");
    let claimed = shop.claim(true).await;
    let (_, run) = shop.work(&claimed, &shop.plan(Format::Csv), whole(&feed)).await;
    assert_eq!((run.status, run.counts.removed), (SyncStatus::Succeeded, 4));
    shop.assert_tidy(26).await;
}

#[tokio::test]
async fn a_record_that_may_be_a_missing_product_keeps_it_and_one_that_says_whose_it_is_does_not() {
    let shop = Shop::open().await;
    shop.sync(Format::Csv, &csv(0..30, |_| 5)).await;
    let nobodys = csv(0..29, |_| 5) + ",without an id,,,1 EUR,in_stock\n";
    let run = shop.sync(Format::Csv, &nobodys).await;
    assert_eq!((run.status, run.counts.failed), (SyncStatus::Partial, 1));
    assert_eq!(withheld(&run), (1, WithheldReason::UnreadRecords, vec!["P29"]));
    shop.assert_tidy(30).await;
    // P3 lacks a column: it is known to be there, and P29 to be gone.
    let known = csv(0..29, |_| 5).replace("/p/3,5.00 EUR,in_stock", "/p/3,5.00 EUR");
    let run = shop.sync(Format::Csv, &known).await;
    assert_eq!((run.status, run.counts.failed, run.counts.removed), (SyncStatus::Partial, 1, 1), "{run:?}");
    shop.assert_tidy(29).await;
}

#[tokio::test]
async fn a_sale_is_told_while_it_holds_and_nothing_is_embedded_for_it() {
    let shop = Shop::open().await;
    let now: DateTime<Utc> = "2026-03-01T12:00:00Z".parse().unwrap();
    shop.clock.forward(now - shop.engine.ambient.now());
    let feed = "id,title,price,sale_price,sale_price_effective_date\n\
                1,Stichsaege,189.00 EUR,149.00 EUR,2026-03-02T00:00+0100/2026-03-08T23:59+0100\n\
                2,Fraese,99.00 EUR,79.00 EUR,\n";
    shop.sync(Format::Csv, feed).await;
    let (usual, sale) =
        ("189.00 EUR", "149.00 EUR (on sale, regular price 189.00 EUR, sale price holds until 2026-03-08 22:59)");
    let saw = |told: &str| format!("Stichsaege (product number 1): {told}");
    assert_eq!(offer(&shop, "Stichsaege").await, saw(usual));
    assert!(offer(&shop, "Fraese").await.ends_with(": 79.00 EUR (on sale, regular price 99.00 EUR)"));
    shop.world.upstream.control().clear_requests();
    for (hours, updated, told) in [(1, 0, usual), (24, 1, sale), (24 * 7, 1, usual)] {
        shop.clock.forward(TimeDelta::hours(hours));
        let run = shop.sync(Format::Csv, feed).await;
        assert_eq!((run.status, run.counts.updated), (SyncStatus::Succeeded, updated), "after {hours} hours");
        assert_eq!(offer(&shop, "Stichsaege").await, saw(told));
    }
    assert_eq!(shop.writes(), 0);
    shop.assert_tidy(2).await;
}

#[tokio::test]
async fn a_feed_is_read_in_the_encoding_that_its_server_or_its_connection_says() {
    let world = world(1).await;
    let windows = b"id;title;price\n1;D\xfcbel;5,00 \x80\n";
    let feed = FeedServer::serve_as("text/csv; charset=windows-1252", windows).await;
    connect(&world, &feed.url()).await;
    let http = manager(&world).await;
    let sync = async |added: u32, unchanged: u32| {
        let run = http.post("/api/v1/workspaces/shop/store/sync", &json!({})).await.json();
        let run = until(&http, &run, is_over).await;
        let products = &run["products"];
        assert_eq!((&products["added"], &products["unchanged"]), (&json!(added), &json!(unchanged)), "{run}");
    };
    sync(1, 0).await;
    let titles: Vec<String> = world.upstream.control().stored_documents("vestibule-catalog/");
    assert_eq!(titles.len(), 1);
    // Nobody says it there, but the connection does, and finds the same product.
    let feed = FeedServer::serve_as("application/octet-stream", windows).await;
    let set =
        format!("UPDATE vestibule.store_connections SET feed_url = '{}', feed_encoding = 'windows-1252'", feed.url());
    world.sql(&set).await;
    sync(0, 1).await;
}

/// A feed whose file was cut off while it was written or copied.
#[tokio::test]
async fn a_feed_that_is_cut_off_in_its_last_row_removes_nothing() {
    let whole_feed = csv(0..30, |_| 5);
    let rest = |behind: &str| whole_feed.find(behind).unwrap();
    for (what, cut) in [
        ("in the last word of P28", rest("\nP29,") - 3),
        ("in a field of P28", rest("\nP29,") - 20),
        ("right behind a digit of its price", rest("\nP29,") - 14),
        ("behind the whole of P28", rest("\nP29,")),
    ] {
        let shop = Shop::open().await;
        shop.sync(Format::Csv, &whole_feed).await;
        let run = shop.sync(Format::Csv, &whole_feed[..cut]).await;
        assert_eq!((run.status, run.counts.removed), (SyncStatus::Partial, 0), "{what}: {run:?}");
        assert_eq!(withheld(&run), (1, WithheldReason::UnreadRecords, vec!["P29"]), "{what}");
        let codes: Vec<String> =
            shop.world.query("SELECT code FROM vestibule.sync_errors ORDER BY record_number").await;
        assert_eq!(codes, ["cut_off"], "{what}");
        shop.assert_tidy(30).await;
        assert!(offer(&shop, "Article number 28").await.ends_with(": 5.00 EUR, in stock"), "{what}");
    }
}

#[tokio::test]
async fn a_feed_whose_last_line_never_has_an_end_may_lose_products_all_the_same() {
    let shop = Shop::open().await;
    let feed = |ids: std::ops::Range<u32>| csv(ids, |_| 5).trim_end().to_owned();
    shop.sync(Format::Csv, &feed(0..30)).await;
    let run = shop.sync(Format::Csv, &feed(1..30)).await;
    assert_eq!((run.status, run.counts.removed), (SyncStatus::Succeeded, 1), "the first one is gone: {run:?}");
    // The last one may be cut off; somebody may allow it.
    let shorter = feed(1..29);
    let run = shop.sync(Format::Csv, &shorter).await;
    assert_eq!(withheld(&run), (1, WithheldReason::UnreadRecords, vec!["P29"]));
    let claimed = shop.claim(true).await;
    let (_, run) = shop.work(&claimed, &shop.plan(Format::Csv), whole(&shorter)).await;
    assert_eq!(run.counts.removed, 1, "{run:?}");
    shop.assert_tidy(28).await;
}

#[tokio::test]
async fn a_nul_is_a_fault_of_its_record_and_not_of_the_database() {
    let shop = Shop::open().await;
    let feed = csv(0..60, |_| 5) + "N\0 1,too,few\nN\0 2,Title\0,,,,,,\nN3,Nul in a \0 title,,,5.00 EUR,in_stock\n";
    let run = shop.sync(Format::Csv, &feed).await;
    assert_eq!((run.status, run.counts.added, run.counts.failed), (SyncStatus::Partial, 61, 2), "{run:?}");
    let broken = "<products><product><id>1</id><title>Saw</title></product>\
                  <product><id>2\0</id><title>A &foo;</title></product></products>";
    let claimed = shop.claim(true).await;
    let (_, run) = shop.work(&claimed, &shop.plan(Format::GoogleXml), whole(broken)).await;
    assert_eq!((run.status, run.counts.added, run.counts.failed), (SyncStatus::Partial, 1, 1), "{run:?}");
}

#[tokio::test]
async fn one_bad_record_freezes_no_catalogue_however_small() {
    let shop = Shop::open().await;
    shop.sync(Format::Csv, &csv(0..6, |_| 5)).await;
    let feed = csv(0..6, |_| 6).replace("/p/3,6.00 EUR", "/p/3,on request");
    let run = shop.sync(Format::Csv, &feed).await;
    assert_eq!((run.status, run.counts.updated, run.counts.failed), (SyncStatus::Partial, 5, 1), "{run:?}");
    let told: Vec<String> = shop.world.query("SELECT message FROM vestibule.sync_errors").await;
    assert_eq!(told, ["the price is no amount with a currency: `on request`"]);
    shop.assert_tidy(6).await;
}

/// This runtime has one thread: whatever parsed on it would hold up everything else for as long as it takes.
#[tokio::test]
async fn a_hostile_feed_holds_nobody_up() {
    let shop = Shop::open().await;
    let hostile = "<a ".repeat(80 * 1024);
    // Less than is written at once, so that nothing else gives others a turn.
    let rows = (0..8).map(|id| format!("H{id},Title {id},{hostile}>,https://shop.example/h/{id},1.00 EUR,in_stock\n"));
    let feed = csv(0..2, |_| 5) + &rows.collect::<String>();
    let claimed = shop.claim(false).await;
    let plan = shop.plan(Format::Csv);
    let began = Instant::now();
    let work = shop.work(&claimed, &plan, whole(&feed));
    tokio::pin!(work);
    let mut turns = tokio::time::interval(Duration::from_millis(1));
    let (mut last, mut longest) = (began, Duration::ZERO);
    let run = loop {
        tokio::select! {
            (_, run) = &mut work => break run,
            _ = turns.tick() => {
                longest = longest.max(last.elapsed());
                last = Instant::now();
            }
        }
    };
    assert_eq!((run.status, run.counts.added), (SyncStatus::Succeeded, 10), "{run:?}");
    let whole = began.elapsed();
    assert!(longest < whole / 2, "others waited {longest:?} of {whole:?} for their turn");
}
