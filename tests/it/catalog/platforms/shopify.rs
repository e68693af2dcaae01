//! Shopify: bulk operations with everything that may become of them, and the limit that is counted in costs.

use super::{Connected, code};
use crate::harness::{Asked, Authority, Reply, Shop};
use crate::outbound::{Names, local_tls};
use parking_lot::Mutex;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::sync::Arc;
use vestibule::domain::sync::{SyncRun, SyncScope, SyncStatus};

/// What a shop answers, and what it was asked.
#[derive(Default)]
struct State {
    products: Vec<Value>,
    /// Queries that are answered with THROTTLED before others are answered.
    throttled: u32,
    /// Bulk operations that another one of the app is in the way of.
    busy: u32,
    /// Bulk operations that fail.
    failing: u32,
    /// Times that an operation is still running.
    running: u32,
    /// Requests for the file whose signature has ended.
    expired: u32,
    /// Where the file is said to be, instead of where it is.
    address: Option<String>,
    /// Products fewer in the file than Shopify says.
    lost: usize,
    operations: u32,
    queries: Vec<String>,
}

type Shared = Arc<Mutex<State>>;

fn product(id: u32, price: &str) -> Value {
    json!({
        "id": format!("gid://shopify/Product/{id}"),
        "title": format!("Drill {id}"),
        "descriptionHtml": "<p>Two gears &amp; a case</p>",
        "handle": format!("drill-{id}"),
        "vendor": "Nordwerk",
        "productType": "Drills",
        "status": "ACTIVE",
        "onlineStoreUrl": format!("https://shop.example/products/drill-{id}"),
        "publishedAt": "2026-01-01T00:00:00Z",
        "featuredMedia": {"preview": {"image": {"url": "https://cdn.example/1.jpg"}}},
        "variants": [
            variant(id * 10 + 2, 2, "large", price, None),
            variant(id * 10 + 1, 1, "small", "10.00", Some("12.50")),
        ]
    })
}

fn variant(id: u32, position: u32, size: &str, price: &str, before: Option<&str>) -> Value {
    json!({
        "id": format!("gid://shopify/ProductVariant/{id}"),
        "sku": format!("D-{id}"),
        "barcode": "4006381333931",
        "position": position,
        "price": price,
        "compareAtPrice": before,
        "availableForSale": true,
        "selectedOptions": [{"name": "Größe", "value": size}]
    })
}

/// A bulk operation's file: each product, and its variants behind it.
fn file(products: &[Value]) -> String {
    let mut text = String::new();
    for product in products {
        let mut fields = product.clone();
        let variants = fields.as_object_mut().unwrap().remove("variants").unwrap();
        writeln!(text, "{fields}").unwrap();
        for variant in variants.as_array().unwrap() {
            let mut row = variant.clone();
            row["__parentId"] = product["id"].clone();
            writeln!(text, "{row}").unwrap();
        }
    }
    text
}

fn admin(state: &Shared, asked: &Asked) -> Reply {
    let state = &mut *state.lock();
    if asked.header("x-shopify-access-token") != Some("shpat_good") {
        return Reply::json(401, &json!({"errors": "[API] Invalid API key or access token"}));
    }
    if asked.target != "/admin/api/2026-07/graphql.json" {
        return Reply::json(404, &json!({"errors": "Not Found"}));
    }
    if state.throttled > 0 {
        state.throttled -= 1;
        let status = json!({"maximumAvailable": 2000.0, "currentlyAvailable": 99.9, "restoreRate": 100.0});
        return Reply::json(
            200,
            &json!({
                "errors": [{"message": "Throttled", "extensions": {"code": "THROTTLED"}}],
                "extensions": {"cost": {"requestedQueryCost": 100, "actualQueryCost": null, "throttleStatus": status}}
            }),
        );
    }
    let body: Value = serde_json::from_str(&asked.body).unwrap();
    let query = body["query"].as_str().unwrap();
    let data = if query.contains("currencyCode } }") && !query.contains("product") {
        json!({"shop": {"currencyCode": "CHF"}})
    } else if query.contains("bulkOperationRunQuery") {
        state.queries.push(body["variables"]["query"].as_str().unwrap().to_owned());
        if state.busy > 0 {
            state.busy -= 1;
            let error = json!({"code": "OPERATION_IN_PROGRESS", "field": null, "message": "A bulk query operation is already in progress"});
            json!({"bulkOperationRunQuery": {"bulkOperation": null, "userErrors": [error]}})
        } else {
            state.operations += 1;
            let id = format!("gid://shopify/BulkOperation/{}", state.operations);
            json!({"bulkOperationRunQuery": {"bulkOperation": {"id": id, "status": "CREATED"}, "userErrors": []}})
        }
    } else if query.contains("BulkOperation") {
        let count = state.products.len().to_string();
        let url =
            state.address.clone().unwrap_or_else(|| "https://files.example/bulk?signature=canary-signature".to_owned());
        if state.running > 0 {
            state.running -= 1;
            json!({"node": {"status": "RUNNING", "errorCode": null, "url": null, "rootObjectCount": "1"}})
        } else if state.failing > 0 {
            state.failing -= 1;
            json!({"node": {"status": "FAILED", "errorCode": "TIMEOUT", "url": null, "rootObjectCount": "1",
                            "partialDataUrl": "https://files.example/partial"}})
        } else {
            let url = if state.products.is_empty() { Value::Null } else { json!(url) };
            json!({"node": {"status": "COMPLETED", "errorCode": null, "url": url, "rootObjectCount": count}})
        }
    } else {
        let id = body["variables"]["id"].as_str().unwrap();
        let found = state.products.iter().find(|product| product["id"] == id).cloned();
        let found = found.map(|mut product| {
            let all = product["variants"].as_array().unwrap().clone();
            // One a page, so that there are several.
            let at: usize = body["variables"]["after"].as_str().map_or(0, |after| after.parse().unwrap());
            let more = at + 1 < all.len();
            product["variants"] = json!({
                "nodes": all.get(at).into_iter().collect::<Vec<_>>(),
                "pageInfo": {"hasNextPage": more, "endCursor": (at + 1).to_string()}
            });
            product
        });
        json!({"product": found})
    };
    Reply::json(200, &json!({"data": data})).header("x-shopify-api-version", "2026-07")
}

fn files(state: &Shared, asked: &Asked) -> Reply {
    let state = &mut *state.lock();
    if !asked.target.starts_with("/bulk?") {
        return Reply::new(500, "nobody asks for partial results");
    }
    if state.expired > 0 {
        state.expired -= 1;
        return Reply::new(403, "<Error><Code>ExpiredToken</Code></Error>");
    }
    let end = state.products.len() - state.lost;
    Reply::new(200, file(&state.products[..end])).header("etag", "\"bulk\"").header("accept-ranges", "bytes")
}

/// A shop, the server of its files, and the workspace that reads it.
struct Scene {
    state: Shared,
    connected: Connected,
    admin: Shop,
    files: Shop,
}

async fn scene(change: impl FnOnce(&mut State), locale: &str) -> Scene {
    let authority = Authority::new();
    let mut made = State { products: (1..=3).map(|id| product(id, "20.00")).collect(), ..State::default() };
    change(&mut made);
    let state: Shared = Arc::new(Mutex::new(made));
    let (of_admin, of_files) = (Arc::clone(&state), Arc::clone(&state));
    let admin = Shop::start_tls(&authority, "alpine.myshopify.com", move |asked| admin(&of_admin, asked)).await;
    let files = Shop::start_tls(&authority, "files.example", move |asked| files(&of_files, asked)).await;
    let names = Names::default()
        .with("alpine.myshopify.com", &[&admin.address.to_string()])
        .with("files.example", &[&files.address.to_string()])
        .with("inside.example", &["10.0.0.1:443"]);
    let store = json!({
        "platform": "shopify", "store_url": "https://shop.example", "store_ref": "alpine.myshopify.com",
        "api_version": "2026-07", "catalog_source": "admin_api", "locale": locale,
        "credentials": {"type": "access_token", "access_token": "shpat_good"}
    });
    let connected = Connected::to(&store, local_tls(names, &authority)).await;
    Scene { state, connected, admin, files }
}

fn is_good(run: &SyncRun) {
    assert_eq!((run.status, code(run)), (SyncStatus::Succeeded, None), "{run:?}");
}

#[tokio::test]
async fn all_products_come_by_a_bulk_operation_whatever_stands_in_its_way() {
    let hindered = |state: &mut State| {
        (state.throttled, state.busy, state.running, state.expired, state.failing) = (2, 2, 2, 1, 1);
    };
    let scene = scene(hindered, "de").await;
    let run = scene.connected.run(SyncScope::Full).await;
    is_good(&run);
    assert_eq!((run.counts.added, run.counts.failed), (3, 0));
    assert_eq!(scene.connected.keys().await, ["group:1", "group:2", "group:3"]);
    // The variants in the shop's order; what is crossed out is the regular price.
    let offer = &scene.connected.offers().await[0];
    let small = offer.find("10.00 CHF").expect(offer);
    assert!(offer.contains("12.50") && small < offer.find("20.00 CHF").expect(offer), "{offer}");
    // One failed, one was read; two were not started.
    let (operations, queries) = {
        let state = scene.state.lock();
        (state.operations, state.queries.clone())
    };
    assert_eq!((operations, queries.len()), (2, 4));
    assert!(queries[0].contains("status:active"), "{queries:?}");
    let asked = scene.files.asked();
    assert_eq!(asked.len(), 2, "once with an address that had ended");
    assert!(asked.iter().all(|asked| asked.header("x-shopify-access-token").is_none()), "the token is for the shop");
    assert!(scene.admin.asked().iter().all(|asked| !asked.target.contains("shpat")));
    // The same again: nothing is made anew.
    let again = scene.connected.run(SyncScope::Full).await;
    is_good(&again);
    assert_eq!(again.counts.unchanged, 3);
}

#[tokio::test]
async fn the_price_of_the_connections_country_is_told() {
    let there = |state: &mut State| {
        for variant in state.products[0]["variants"].as_array_mut().unwrap() {
            variant["there"] = json!({
                "price": {"amount": "19.9", "currencyCode": "EUR"},
                "compareAtPrice": null
            });
        }
    };
    let scene = scene(there, "de-AT").await;
    is_good(&scene.connected.run(SyncScope::Full).await);
    let offers = scene.connected.offers().await;
    assert!(offers[0].contains("19.90 EUR") && !offers[0].contains("CHF"), "{offers:?}");
    assert!(scene.state.lock().queries[0].contains("country: AT"));
}

#[tokio::test]
async fn what_is_no_whole_catalogue_removes_nothing() {
    let scene = scene(|_| {}, "de").await;
    is_good(&scene.connected.run(SyncScope::Full).await);
    let before = scene.connected.keys().await;
    for (change, wanted) in [
        // A file that lacks a product without breaking off.
        ((|state: &mut State| state.lost = 1) as fn(&mut State), "platform_contract"),
        (|state| state.failing = 9, "platform_failed"),
        (|state| state.expired = 99, "platform_failed"),
        (|state| state.throttled = 99, "platform_throttled"),
        // Somebody else's machine, the operator's own, and none at all.
        (|state| state.address = Some("https://inside.example/bulk".to_owned()), "host_not_public"),
        (|state| state.address = Some("https://169.254.169.254/latest".to_owned()), "host_not_public"),
        (|state| state.address = Some("file:///etc/passwd".to_owned()), "https_required"),
        (|state| state.address = Some("https://user:canary@files.example/bulk".to_owned()), "address_not_callable"),
        (|state| state.address = Some("no address".to_owned()), "platform_contract"),
    ] {
        {
            let state = &mut *scene.state.lock();
            *state = State { products: std::mem::take(&mut state.products), ..State::default() };
            change(state);
        }
        let run = scene.connected.run(SyncScope::Full).await;
        assert_eq!((run.status, code(&run)), (SyncStatus::Failed, Some(wanted)), "{run:?}");
        let told = run.error.unwrap().message;
        assert!(!told.contains("shpat") && !told.contains("canary"), "{told}");
        assert_eq!(scene.connected.keys().await, before, "{wanted}");
    }
    assert!(scene.files.asked().iter().all(|asked| asked.target.starts_with("/bulk?")));
}

#[tokio::test]
async fn a_token_that_is_refused_is_told_and_removes_nothing() {
    let scene = scene(|_| {}, "de").await;
    is_good(&scene.connected.run(SyncScope::Full).await);
    let sql = "UPDATE vestibule.store_credentials SET expires_at = now() - interval '1 day'";
    scene.connected.shop.world.sql(sql).await;
    let asked = scene.admin.asked().len();
    let run = scene.connected.run(SyncScope::Full).await;
    assert_eq!((run.status, code(&run)), (SyncStatus::Failed, Some("credentials_expired")));
    assert_eq!(scene.admin.asked().len(), asked, "nothing is sent with a token that has ended");
    assert_eq!(scene.connected.keys().await.len(), 3);
}

#[tokio::test]
async fn only_what_has_changed_is_read_and_only_what_is_withdrawn_is_removed() {
    let scene = scene(|_| {}, "de").await;
    is_good(&scene.connected.run(SyncScope::Full).await);
    let all = std::mem::take(&mut scene.state.lock().products);
    let mut draft = all[1].clone();
    draft["status"] = json!("DRAFT");
    scene.state.lock().products = vec![product(1, "25.00"), draft];
    let run = scene.connected.run(SyncScope::Changes).await;
    is_good(&run);
    assert_eq!((run.counts.updated, run.counts.removed, run.counts.products_total), (1, 1, 2));
    assert_eq!(scene.connected.keys().await, ["group:1", "group:3"], "what was not read stays");
    let last = scene.state.lock().queries.last().unwrap().clone();
    assert!(last.contains("updated_at:>='") && !last.contains("status:active"), "{last}");
    assert!(scene.connected.offers().await[0].contains("25.00 CHF"));
    scene.connected.shop.assert_tidy(2).await;
}

#[tokio::test]
async fn single_products_are_read_as_a_sync_of_all_reads_them() {
    let scene = scene(|_| {}, "de").await;
    is_good(&scene.connected.run(SyncScope::Full).await);
    {
        let state = &mut *scene.state.lock();
        state.products[0] = product(1, "30.00");
        state.products.remove(2);
    }
    scene.connected.note(&["1", "2", "3"]).await;
    let run = scene.connected.run(SyncScope::Products).await;
    is_good(&run);
    assert_eq!((run.counts.updated, run.counts.unchanged, run.counts.removed), (1, 1, 1), "{run:?}");
    assert_eq!(scene.connected.keys().await, ["group:1", "group:2"]);
    assert!(scene.connected.offers().await[0].contains("30.00 CHF"));
    let left: Vec<i64> = scene.connected.shop.world.query("SELECT count(*) FROM vestibule.store_changes").await;
    assert_eq!(left, [0]);
    scene.connected.shop.assert_tidy(2).await;
}
