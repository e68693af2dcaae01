//! What became of each product: reports, and syncs that only say what they would do.

use super::api::{connect, is_over, manager, until, world};
use super::feed_server::FeedServer;
use super::{Shop, csv, priced, whole};
use chrono::TimeDelta;
use serde_json::{Value, json};
use uuid::Uuid;
use vestibule::catalog::feed::Format;
use vestibule::domain::sync::{OutcomeKind, SyncRun, SyncStatus};

/// An outcome: which, of what, on which line, why.
type Told = (OutcomeKind, Option<String>, Option<u64>, Option<String>);

async fn outcomes(shop: &Shop, run: &SyncRun) -> Vec<Told> {
    let found = shop.engine.database.sync_runs().outcomes(run.tenant, run.id, None, 0, 1000).await.unwrap();
    let mut told: Vec<_> =
        found.into_iter().map(|(_, outcome)| (outcome.outcome, outcome.product, outcome.line, outcome.code)).collect();
    told.sort_by_key(|(kind, product, ..)| (kind.as_str(), product.clone()));
    told
}

fn told(kind: OutcomeKind, product: &str, line: Option<u64>, code: Option<&str>) -> Told {
    (kind, Some(product.to_owned()), line, code.map(str::to_owned))
}

/// Thirty products, of which one is gone, one new, one dearer, one broken and one said to be available tomorrow.
fn changed() -> String {
    csv((0..29).chain([50]), |id| if id == 3 { 7 } else { 5 })
        .replace("/p/4,5.00 EUR", "/p/4,cheap")
        .replace("/p/5,5.00 EUR,in_stock", "/p/5,5.00 EUR,tomorrow")
}

fn expected(last: OutcomeKind) -> Vec<Told> {
    use OutcomeKind::{Added, Noted, Refused, Unchanged, Updated};
    let mut all = vec![
        told(Added, "P50", Some(31), None),
        told(Noted, "P5", Some(7), Some("unknown_availability")),
        told(Refused, "P4", Some(6), Some("bad_price")),
        told(last, "P29", None, None),
        told(Updated, "P3", Some(5), None),
        told(Updated, "P5", Some(7), None),
    ];
    all.extend(
        (0..29).filter(|id| ![3, 4, 5].contains(id)).map(|id| told(Unchanged, &format!("P{id}"), Some(id + 2), None)),
    );
    all.sort_by_key(|(kind, product, ..)| (kind.as_str(), product.clone()));
    all
}

#[tokio::test]
async fn a_report_tells_of_each_product_what_became_of_it_and_where_it_stands() {
    let shop = Shop::open().await;
    shop.sync(Format::Csv, &csv(0..30, |_| 5)).await;
    let run = shop.sync(Format::Csv, &changed()).await;
    assert_eq!((run.status, run.counts.removed, run.counts.noted), (SyncStatus::Partial, 1, 1), "{run:?}");
    assert_eq!(outcomes(&shop, &run).await, expected(OutcomeKind::Removed));
}

#[tokio::test]
async fn a_dry_run_says_what_a_sync_would_do_and_changes_nothing() {
    let shop = Shop::open().await;
    shop.sync(Format::Csv, &csv(0..30, |_| 5)).await;
    shop.world.upstream.control().clear_requests();
    let claimed = shop.claim_as(false, true).await;
    let (_, dry) = shop.work(&claimed, &shop.plan(Format::Csv), whole(&changed())).await;
    assert!(dry.dry_run);
    assert_eq!(shop.world.upstream.control().request_count(), 0, "AnythingLLM is not called");
    assert_eq!(outcomes(&shop, &dry).await, expected(OutcomeKind::Removed));
    shop.assert_tidy(30).await;
    let run = shop.sync(Format::Csv, &changed()).await;
    assert_eq!((run.status, run.counts), (dry.status, dry.counts), "it does what it said");
}

#[tokio::test]
async fn a_changed_price_is_reported_and_a_dry_run_foresees_it_and_tells_nobody() {
    let shop = Shop::open().await;
    let offers = "SELECT offer FROM vestibule.catalog_products WHERE offer LIKE '%: 6.00 EUR, in stock'";
    shop.sync(Format::Csv, &priced(0..30, 5)).await;
    // Twenty cost something else, and one is gone.
    let feed = priced(0..20, 6) + priced(20..29, 5).split_once('\n').unwrap().1;
    let claimed = shop.claim_as(false, true).await;
    let (_, dry) = shop.work(&claimed, &shop.plan(Format::Csv), whole(&feed)).await;
    assert_eq!((dry.counts.updated, dry.counts.unchanged, dry.counts.removed), (20, 9, 1), "{dry:?}");
    assert_eq!(shop.world.query::<String>(offers).await.len(), 0);
    shop.assert_tidy(30).await;
    let run = shop.sync(Format::Csv, &feed).await;
    assert_eq!((run.status, run.counts), (SyncStatus::Succeeded, dry.counts), "it does what it said");
    assert_eq!(shop.world.query::<String>(offers).await.len(), 20);
    let (foreseen, mut happened) = (outcomes(&shop, &dry).await, outcomes(&shop, &run).await);
    assert_eq!(foreseen, happened);
    assert_eq!(happened.iter().filter(|(kind, ..)| *kind == OutcomeKind::Updated).count(), 20);
    assert!(happened.contains(&told(OutcomeKind::Updated, "P3", Some(5), None)));
    happened = outcomes(&shop, &shop.sync(Format::Csv, &feed).await).await;
    assert!(happened.iter().all(|(kind, ..)| *kind == OutcomeKind::Unchanged), "{happened:?}");
}

#[tokio::test]
async fn reports_of_old_syncs_are_dropped() {
    let shop = Shop::open().await;
    let mut runs = Vec::new();
    for price in 0..6 {
        // Later runs have greater ids.
        shop.clock.forward(TimeDelta::seconds(1));
        runs.push(shop.sync(Format::Csv, &csv(0..2, |_| price)).await);
    }
    assert_eq!(outcomes(&shop, &runs[0]).await, []);
    for run in &runs[1..] {
        assert_eq!(outcomes(&shop, run).await.len(), 2);
    }
}

#[tokio::test]
async fn a_report_is_read_over_the_api_by_pages_and_as_one_file() {
    let world = world(1).await;
    let feed = FeedServer::serve(csv(0..5, |_| 5).replace("P3,", "=cmd(),")).await;
    connect(&world, &feed.url()).await;
    let http = manager(&world).await;
    let started = http.post("/api/v1/workspaces/shop/store/sync?dry_run=true", &json!({})).await;
    assert_eq!((started.status.as_u16(), &started.json()["dry_run"]), (202, &json!(true)), "{}", started.text());
    let run = until(&http, &started.json(), is_over).await;
    assert_eq!((&run["status"], &run["products"]["added"]), (&json!("succeeded"), &json!(5)));
    assert_eq!(world.upstream.control().stored_documents("vestibule-catalog/").len(), 0);
    let path = format!("/api/v1/workspaces/shop/store/runs/{}/report", run["id"].as_str().unwrap());
    let first = http.get(&format!("{path}?limit=3")).await.json();
    assert_eq!((first["data"].as_array().unwrap().len(), &first["has_more"]), (3, &json!(true)));
    let next = http.get(&format!("{path}?limit=3&cursor={}", first["next_cursor"])).await.json();
    assert_eq!(
        (next["data"].as_array().unwrap().len(), &next["has_more"], &next["next_cursor"]),
        (2, &json!(false), &Value::Null)
    );
    let added = http.get(&format!("{path}?outcome=added&limit=1")).await.json();
    let first = &added["data"][0];
    assert_eq!((&first["product"], &first["record"], &first["line"]), (&json!("=cmd()"), &json!(4), &json!(5)));
    assert_eq!(http.get(&format!("{path}?outcome=removed")).await.json()["data"], json!([]));
    for file in [http.get(&format!("{path}?format=csv")).await, http.with("accept", "text/csv").get(&path).await] {
        assert_eq!(file.header("content-type"), Some("text/csv; charset=utf-8; header=present"));
        let lines: Vec<&str> = file.text().lines().collect();
        assert_eq!((lines.len(), lines[0]), (6, "outcome,product,record,line,byte,code,message"));
        assert!(lines.iter().any(|line| line.starts_with("added,'=cmd(),4,5,")), "{lines:?}");
    }
    for (query, field) in [
        ("outcome=lost", "outcome"),
        ("limit=0", "limit"),
        ("cursor=x", "cursor"),
        ("format=xml", "format"),
        ("x=1", "x"),
    ] {
        let answer = http.get(&format!("{path}?{query}")).await;
        assert_eq!((answer.status.as_u16(), &answer.json()["errors"][0]["field"]), (422, &json!(field)), "{query}");
    }
    for format in ["json", "csv"] {
        let none = format!("/api/v1/workspaces/shop/store/runs/{}/report?format={format}", Uuid::now_v7());
        assert_eq!(http.get(&none).await.code(), "not_found");
    }
}
