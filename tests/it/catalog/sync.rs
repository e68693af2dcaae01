//! What one sync after the other does.

use super::{Shop, csv, pieces, whole};
use crate::harness::{World, eventually};
use bytes::Bytes;
use serde_json::{Value, json};
use vestibule::catalog::engine::{Ended, ReadError};
use vestibule::catalog::feed::Format;
use vestibule::domain::sync::{SyncCounts, SyncPhase, SyncRun, SyncStatus};
use vestibule::storage::SyncItem;
use vestibule_stand_in::Failure;

const RSS: &str = r#"<rss xmlns:g="http://base.google.com/ns/1.0"><channel>
<item><g:id>T-8</g:id><g:item_group_id>T</g:item_group_id><title>Torque wrench Zephyr</title><g:price>89.00 EUR</g:price><g:size>8 mm</g:size>
<link>https://shop.example/torque-wrench-zephyr</link><description><![CDATA[<p>Clicks at the &ouml;set torque.</p>]]></description><g:availability>in stock</g:availability></item>
<item><g:id>H-1</g:id><title>Hammer Boreas</title><link>https://shop.example/hammer-boreas</link><g:price>19.00 EUR</g:price></item>
<item><g:id>T-10</g:id><g:item_group_id>T</g:item_group_id><title>Torque wrench Zephyr</title><g:price>99.00 EUR</g:price><g:size>10 mm</g:size><g:availability>out of stock</g:availability></item>
</channel></rss>"#;

fn failure(run: &SyncRun) -> &str {
    assert_eq!(run.status, SyncStatus::Failed, "{run:?}");
    &run.error.as_ref().unwrap().code
}

async fn codes(shop: &Shop, run: &SyncRun) -> Vec<String> {
    let errors = shop.engine.database.sync_runs().errors(run.tenant, run.id).await.unwrap();
    errors.into_iter().map(|error| error.code).collect()
}

async fn found(world: &World, query: &str) -> Vec<Value> {
    let answer = world.server().await.post("/api/v1/knowledge/query", &json!({"query": query})).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["results"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_question_about_a_product_is_answered_from_the_feed() {
    let shop = Shop::open().await;
    let run = shop.sync(Format::GoogleXml, RSS).await;
    assert_eq!(run.status, SyncStatus::Succeeded, "{run:?}");
    assert_eq!((run.counts.records_read, run.counts.products_total, run.counts.added), (3, 2, 2));
    shop.assert_tidy(2).await;
    let question = json!({"message": "Is the torque wrench Zephyr 10 mm in stock?"});
    let answer = shop.world.server().await.post("/api/v1/chat", &question).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let source = &answer.json()["sources"][0];
    assert_eq!(source["url"], "https://shop.example/torque-wrench-zephyr", "{source}");
    assert_eq!(source["title"], "Torque wrench Zephyr", "{source}");
    let text = source["text"].as_str().unwrap();
    assert!(text.contains("T-10 | 10 mm"), "{text}");
    assert!(text.contains("Clicks at the öset torque."), "{text}");
}

#[tokio::test]
async fn what_goes_to_anythingllm_has_its_place_in_every_field() {
    let shop = Shop::open().await;
    shop.sync(Format::GoogleXml, RSS).await;
    let requests = shop.world.upstream.control().requests();
    let stored: Vec<Value> = requests
        .iter()
        .filter(|request| request.path_and_query == "/api/v1/document/raw-text")
        .map(|request| serde_json::from_slice(&request.body).unwrap())
        .collect();
    let hammer = stored.iter().find(|body| body["metadata"]["title"] == "Hammer Boreas").expect("it was stored");
    let metadata = &hammer["metadata"];
    assert_eq!(metadata["url"], "https://shop.example/hammer-boreas");
    assert_eq!(metadata["chunkSource"], "link://https://shop.example/hammer-boreas");
    assert_eq!(metadata["docSource"], "Product catalogue of shop");
    assert!(metadata["docAuthor"].as_str().unwrap().starts_with("vestibule-catalog/"));
}

#[tokio::test]
async fn the_same_feed_again_changes_nothing() {
    let shop = Shop::open().await;
    let feed = csv(0..11, |_| 5);
    let first = shop.sync(Format::Csv, &feed).await;
    assert_eq!((first.status, first.counts.added), (SyncStatus::Succeeded, 11));
    shop.world.upstream.control().clear_requests();
    let second = shop.sync(Format::Csv, &feed).await;
    assert_eq!((second.status, second.counts.unchanged, second.counts.products_done), (SyncStatus::Succeeded, 11, 11));
    assert_eq!(second.percentage(), Some(100));
    assert_eq!(shop.writes(), 0);
    shop.assert_tidy(11).await;
}

#[tokio::test]
async fn only_what_has_changed_is_sent_and_what_is_gone_is_removed() {
    let shop = Shop::open().await;
    shop.sync(Format::Csv, &csv(0..20, |_| 5)).await;
    let before = shop.embedded();
    assert_eq!(found(&shop.world, "article q9q").await[0]["url"], "https://shop.example/p/9");
    // 8 and 9 are gone, 3 costs something else, 20 is new.
    let feed = csv((0..8).chain(10..21), |id| if id == 3 { 7 } else { 5 });
    let run = shop.sync(Format::Csv, &feed).await;
    let counts = run.counts;
    assert_eq!((counts.added, counts.updated, counts.unchanged, counts.removed), (1, 1, 17, 2), "{run:?}");
    shop.assert_tidy(19).await;
    let after = shop.embedded();
    assert_eq!(after.iter().filter(|location| before.contains(location)).count(), 17);
    let third = &found(&shop.world, "article q3q").await[0];
    assert!(third["text"].as_str().unwrap().contains("edition 7"), "{third}");
    assert!(third["offer"].as_str().unwrap().contains("7.00 EUR"), "{third}");
    let gone = found(&shop.world, "q9q").await;
    assert!(gone.iter().all(|result| result["url"] != "https://shop.example/p/9"), "{gone:?}");
}

#[tokio::test]
async fn other_documents_of_the_workspace_are_left_alone() {
    let shop = Shop::open().await;
    let slug = &shop.world.workspace.upstream_slug;
    let before = shop.world.upstream.control().embedded_documents(slug);
    shop.sync(Format::Csv, &csv(0..2, |_| 5)).await;
    shop.sync(Format::Csv, &csv(1..3, |_| 6)).await;
    let after = shop.world.upstream.control().embedded_documents(slug);
    assert!(before.iter().all(|location| after.contains(location)));
}

#[tokio::test]
async fn a_feed_that_breaks_off_removes_nothing() {
    let shop = Shop::open().await;
    shop.sync(Format::Csv, &csv(0..10, |_| 5)).await;
    let broken = ReadError { code: "connection_lost", message: "the feed broke off".into() };
    let part = csv(0..9, |_| 5);
    for (feed, code) in [
        (pieces(vec![Ok(Bytes::from(part)), Err(broken)]), "connection_lost"),
        (whole("id,name\n1,a\n"), "feed_format"),
        (whole("id,title\n"), "mass_removal"),
        (pieces(vec![]), "mass_removal"),
    ] {
        let claimed = shop.claim(false).await;
        let (ended, run) = shop.work(&claimed, &shop.plan(Format::Csv), feed).await;
        assert_eq!((ended, failure(&run)), (Ended::Over(SyncStatus::Failed), code));
        shop.assert_tidy(10).await;
    }
    let cut = &RSS[..RSS.len() - 20];
    assert_eq!(failure(&shop.sync(Format::GoogleXml, cut).await), "feed_truncated");
    shop.assert_tidy(10).await;
}

#[tokio::test]
async fn more_than_half_of_the_products_are_removed_only_if_that_is_allowed() {
    let shop = Shop::open().await;
    shop.sync(Format::Csv, &csv(0..10, |_| 5)).await;
    let run = shop.sync(Format::Csv, &csv(0..4, |_| 5)).await;
    assert_eq!(failure(&run), "mass_removal");
    assert_eq!(
        run.error.unwrap().message,
        "the feed lacks 6 of 10 products, and a sync removes more than half of them only if that is allowed"
    );
    shop.assert_tidy(10).await;
    let claimed = shop.claim(true).await;
    let (_, run) = shop.work(&claimed, &shop.plan(Format::Csv), whole(&csv(0..1, |_| 5))).await;
    assert_eq!((run.status, run.counts.removed), (SyncStatus::Succeeded, 9));
    shop.assert_tidy(1).await;
}

#[tokio::test]
async fn an_empty_feed_for_an_empty_catalogue_is_a_mistake() {
    let shop = Shop::open().await;
    assert_eq!(failure(&shop.sync(Format::Csv, "id,title\n").await), "feed_empty");
}

#[tokio::test]
async fn a_broken_record_fails_alone_and_its_product_stays() {
    let shop = Shop::open().await;
    shop.sync(Format::Csv, &csv(0..30, |_| 5)).await;
    // P7 has a price that is none.
    let feed = csv(0..30, |_| 5).replace("/p/7,5.00 EUR", "/p/7,cheap");
    let run = shop.sync(Format::Csv, &feed).await;
    assert_eq!((run.status, run.counts.failed, run.counts.removed), (SyncStatus::Partial, 1, 0));
    let errors = shop.engine.database.sync_runs().errors(run.tenant, run.id).await.unwrap();
    assert_eq!(
        (errors[0].code.as_str(), errors[0].product.as_deref(), errors[0].record_number),
        ("bad_price", Some("P7"), Some(8))
    );
    shop.assert_tidy(30).await;
}

#[tokio::test]
async fn while_a_record_cannot_be_told_to_be_of_any_product_nothing_is_removed() {
    let shop = Shop::open().await;
    shop.sync(Format::Csv, &csv(0..30, |_| 5)).await;
    let mut feed = csv(0..29, |_| 5);
    feed += ",without an id,,,1 EUR,in_stock\n";
    let run = shop.sync(Format::Csv, &feed).await;
    assert_eq!((run.status, run.counts.removed), (SyncStatus::Partial, 0));
    shop.assert_tidy(30).await;
}

#[tokio::test]
async fn too_many_errors_end_the_sync_before_it_changes_anything() {
    let shop = Shop::open().await;
    shop.sync(Format::Csv, &csv(0..10, |_| 5)).await;
    shop.world.upstream.control().clear_requests();
    // One alone would be let pass.
    let feed = csv(0..10, |_| 6).replace("/p/7,6.00 EUR", "/p/7,cheap").replace("/p/8,6.00 EUR", "/p/8,cheap");
    let run = shop.sync(Format::Csv, &feed).await;
    assert_eq!(failure(&run), "too_many_errors");
    assert_eq!(shop.writes(), 0);
    shop.assert_tidy(10).await;
    let claimed = shop.claim(false).await;
    let mut plan = shop.plan(Format::Csv);
    plan.failure_threshold_percent = 20;
    let (_, run) = shop.work(&claimed, &plan, whole(&feed)).await;
    assert_eq!((run.status, run.counts.updated), (SyncStatus::Partial, 8));
}

#[tokio::test]
async fn an_id_that_stands_twice_counts_once_and_is_told() {
    let shop = Shop::open().await;
    let feed = csv((0..30).chain([3]), |_| 5);
    let run = shop.sync(Format::Csv, &feed).await;
    assert_eq!((run.status, run.counts.added, run.counts.failed), (SyncStatus::Partial, 30, 1));
    assert_eq!(codes(&shop, &run).await, ["duplicate_id"]);
    shop.assert_tidy(30).await;
}

#[tokio::test]
async fn products_that_cannot_be_bought_are_left_out_if_the_shop_wants_that() {
    let shop = Shop::open().await;
    let feed = csv(0..4, |_| 5).replace("/p/2,5.00 EUR,in_stock", "/p/2,5.00 EUR,out_of_stock");
    let mut plan = shop.plan(Format::Csv);
    plan.include_out_of_stock = false;
    let claimed = shop.claim(false).await;
    let (_, run) = shop.work(&claimed, &plan, whole(&feed)).await;
    assert_eq!((run.status, run.counts.added), (SyncStatus::Succeeded, 3));
}

#[tokio::test]
async fn what_anythingllm_does_not_embed_without_a_word_is_an_error() {
    let shop = Shop::open().await;
    shop.world.upstream.control().set_embedding_fails(true);
    let run = shop.sync(Format::Csv, &csv(0..3, |_| 5)).await;
    assert_eq!(failure(&run), "too_many_errors");
    assert_eq!(codes(&shop, &run).await, ["not_embedded"; 3]);
    shop.world.upstream.control().set_embedding_fails(false);
    let run = shop.sync(Format::Csv, &csv(0..3, |_| 5)).await;
    assert_eq!((run.status, run.counts.added), (SyncStatus::Succeeded, 3));
    shop.assert_tidy(3).await;
}

#[tokio::test]
async fn a_failure_that_passes_is_waited_for() {
    let shop = Shop::open().await;
    let control = shop.world.upstream.control();
    control.fail_on_times("/api/v1/document/raw-text", Failure::Status500, 1);
    control.fail_on_times("/api/v1/workspace/", Failure::Refuse, 1);
    let run = shop.sync(Format::Csv, &csv(0..3, |_| 5)).await;
    assert_eq!((run.status, run.counts.added), (SyncStatus::Succeeded, 3), "{run:?}");
    shop.assert_tidy(3).await;
}

#[tokio::test]
async fn while_anythingllm_is_away_a_sync_fails_and_the_next_one_goes_on() {
    let shop = Shop::open().await;
    let control = shop.world.upstream.control();
    // All is embedded, and what was there before is not removed.
    control.fail_on("/api/v1/system/remove-documents", Failure::Status500);
    shop.sync(Format::Csv, &csv(0..6, |_| 5)).await;
    let run = shop.sync(Format::Csv, &csv(0..6, |id| id + 10)).await;
    assert_eq!(failure(&run), "upstream_unavailable");
    assert_eq!((run.counts.updated, run.phase), (6, SyncPhase::Done));
    control.heal();
    let run = shop.sync(Format::Csv, &csv(0..6, |id| id + 10)).await;
    assert_eq!((run.status, run.counts.updated, run.counts.unchanged), (SyncStatus::Succeeded, 0, 6), "{run:?}");
    shop.assert_tidy(6).await;
}

#[tokio::test]
async fn when_the_document_processor_is_down_the_sync_fails_as_a_whole() {
    let shop = Shop::open().await;
    shop.world.upstream.control().fail_on("/api/v1/document/raw-text", Failure::Status500);
    let run = shop.sync(Format::Csv, &csv(0..4, |_| 5)).await;
    assert_eq!(failure(&run), "upstream_unavailable");
    shop.world.upstream.control().heal();
    assert_eq!(shop.sync(Format::Csv, &csv(0..4, |_| 5)).await.status, SyncStatus::Succeeded);
    shop.assert_tidy(4).await;
}

#[tokio::test]
async fn every_format_gives_the_same_documents() {
    let shop = Shop::open().await;
    for (n, (format, feed)) in [
        (Format::Csv, "id;title;price\nA;Plane;5 EUR\n".to_owned()),
        (Format::GoogleTsv, "id\ttitle\tprice\nA\tPlane\t5 EUR\n".to_owned()),
        (Format::Jsonl, r#"{"id":"A","title":"Plane","price":{"value":"5","currency":"EUR"}}"#.to_owned()),
        (Format::GoogleXml, "<rss><item><id>A</id><title>Plane</title><price>EUR 5</price></item></rss>".to_owned()),
    ]
    .into_iter()
    .enumerate()
    {
        let counts = shop.sync(format, &feed).await.counts;
        assert_eq!((counts.added, counts.unchanged), if n == 0 { (1, 0) } else { (0, 1) }, "{format:?}");
    }
}

/// PostgreSQL tidies up nothing in tests, so it knows as little of these rows as it does right after a feed was read.
#[tokio::test]
async fn a_page_of_products_reads_its_own_rows_and_not_all_that_are_left() {
    let shop = Shop::open().await;
    let claim = shop.claim(false).await.claim;
    let runs = shop.engine.database.sync_runs();
    let items: Vec<SyncItem> = (0..3000)
        .map(|number| {
            let item_id = format!("P{number:04}");
            let item = Some(json!({"title": "Screw"}));
            SyncItem { product_key: format!("item:{item_id}"), item_id, number, line: number, byte: number, item }
        })
        .collect();
    runs.keep_items(&claim, &items, &[], &SyncCounts::default()).await.unwrap();
    let counted = async |column: &str| -> i64 {
        let sql = format!("SELECT coalesce({column}, 0)::bigint FROM pg_stat_user_tables WHERE relname = 'sync_items'");
        shop.world.query(&sql).await[0]
    };
    // A connection tells what it has done a moment later.
    let passes = async |column: &str, bound: i64| {
        eventually(async || {
            let seen = counted(column).await;
            if seen > bound { Ok(()) } else { Err(seen) }
        })
        .await;
    };
    passes("n_tup_ins", 2999).await;
    let read = "seq_tup_read + idx_tup_fetch";
    let before = counted(read).await;
    let page = runs.products(&claim, "item:P0999", 100, 50).await.unwrap();
    assert_eq!((page.len(), page[0].key.as_str(), page[49].key.as_str()), (50, "item:P1000", "item:P1049"));
    passes(read, before).await;
    let rows = counted(read).await - before;
    assert!(rows <= 200, "{rows} rows were read for 50 products");
}
