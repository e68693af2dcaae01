//! WooCommerce: pages that move while they are read, variations, sale dates, and a shop that asks for patience.

use super::{Connected, code};
use crate::harness::{Asked, Reply, Shop};
use crate::outbound::{Names, local};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use parking_lot::Mutex;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use url::Url;
use vestibule::domain::sync::{SyncScope, SyncStatus};

#[derive(Default)]
pub(super) struct State {
    pub(super) products: Vec<Value>,
    pub(super) variations: BTreeMap<u64, Vec<Value>>,
    /// Requests that are answered with 429 before others are answered.
    pub(super) patience: u32,
    /// Products that somebody removes after the first page was read.
    pub(super) removed_meanwhile: Vec<u64>,
    /// Whether the shop is down.
    pub(super) down: bool,
}

pub(super) type Shared = Arc<Mutex<State>>;

pub(super) fn product(id: u64, price: &str) -> Value {
    json!({
        "id": id, "parent_id": 0, "name": format!("Saw {id}"), "type": "simple", "status": "publish",
        "catalog_visibility": "visible", "description": "<p>It saws.</p>", "short_description": "", "sku": format!("S-{id}"),
        "price": price, "regular_price": price, "sale_price": "", "date_on_sale_from_gmt": null,
        "date_on_sale_to_gmt": null, "stock_status": "instock", "permalink": format!("https://shop.example/p/{id}"),
        "categories": [{"id": 1, "name": "Saws"}], "attributes": [], "images": []
    })
}

fn id(product: &Value) -> u64 {
    product["id"].as_u64().unwrap()
}

/// The REST interface, as far as products go.
pub(super) fn rest(state: &Shared, asked: &Asked) -> Reply {
    let state = &mut *state.lock();
    let pair = format!("Basic {}", STANDARD.encode("ck_0123456789abcdef:cs_0123456789abcdef"));
    if state.down {
        return Reply::new(503, "<h1>Briefly unavailable for scheduled maintenance</h1>");
    }
    if asked.header("authorization") != Some(&pair) {
        return Reply::json(401, &json!({"code": "woocommerce_rest_cannot_view", "message": "canary"}));
    }
    if state.patience > 0 {
        state.patience -= 1;
        return Reply::json(429, &json!({"code": "rate_limited"})).header("retry-after", "0");
    }
    let url = Url::parse(&format!("http://shop{}", asked.target)).unwrap();
    let query: BTreeMap<String, String> = url.query_pairs().into_owned().collect();
    let number = |name: &str, usual: usize| query.get(name).map_or(usual, |text| text.parse().unwrap());
    let path: Vec<&str> = url.path().strip_prefix("/wp-json/wc/v3/").unwrap().split('/').collect();
    match path[..] {
        ["data", "currencies", "current"] => Reply::json(200, &json!({"code": "EUR", "name": "Euro"})),
        ["products"] => {
            assert_eq!((query["orderby"].as_str(), query["order"].as_str()), ("id", "asc"));
            let wanted = |product: &&Value| query["status"] == "any" || product["status"] == query["status"].as_str();
            let mut found: Vec<Value> = state.products.iter().filter(wanted).cloned().collect();
            if query.contains_key("modified_after") {
                assert_eq!(query["dates_are_gmt"], "true");
                found.retain(|product| product["modified"] == true);
            }
            let total = found.len();
            let page = found.into_iter().skip(number("offset", 0)).take(number("per_page", 10)).collect::<Vec<_>>();
            let gone = std::mem::take(&mut state.removed_meanwhile);
            state.products.retain(|product| !gone.contains(&id(product)));
            Reply::json(200, &json!(page)).header("x-wp-total", &total.to_string())
        }
        ["products", one] => match state.products.iter().find(|product| id(product).to_string() == one) {
            Some(product) => Reply::json(200, product),
            None => Reply::json(404, &json!({"code": "woocommerce_rest_product_invalid_id", "message": "Invalid ID."})),
        },
        ["products", one, "variations"] => {
            let all = state.variations.get(&one.parse().unwrap()).cloned().unwrap_or_default();
            let (page, per_page) = (number("page", 1), number("per_page", 10));
            Reply::json(200, &json!(all.into_iter().skip((page - 1) * per_page).take(per_page).collect::<Vec<_>>()))
        }
        _ => Reply::json(404, &json!({"code": "rest_no_route"})),
    }
}

pub(super) fn store(url: &str) -> Value {
    json!({
        "platform": "woocommerce", "store_url": url, "catalog_source": "rest_api",
        "credentials": {
            "type": "consumer_key", "consumer_key": "ck_0123456789abcdef", "consumer_secret": "cs_0123456789abcdef",
            "webhook_secret": "canary-webhook-secret"
        }
    })
}

struct Scene {
    state: Shared,
    connected: Connected,
    shop: Shop,
}

async fn scene(state: State) -> Scene {
    let state: Shared = Arc::new(Mutex::new(state));
    let of_shop = Arc::clone(&state);
    let shop = Shop::start(move |asked| rest(&of_shop, asked)).await;
    let connected = Connected::to(&store(&shop.url()), local(Names::default()).0).await;
    Scene { state, connected, shop }
}

#[tokio::test]
async fn products_and_variations_are_read_with_what_they_cost() {
    let mut simple = product(1, "129.90");
    simple["attributes"] = json!([{"name": "Blade", "visible": true, "options": ["30 cm"]}]);
    (simple["sale_price"], simple["date_on_sale_from_gmt"]) = (json!("99.90"), json!("2020-01-01T00:00:00"));
    simple["date_on_sale_to_gmt"] = json!("2099-01-31T22:59:59");
    let mut over = product(2, "50");
    (over["sale_price"], over["date_on_sale_to_gmt"]) = (json!("1.00"), json!("2020-01-01T00:00:00"));
    let mut variable = product(3, "");
    variable["type"] = json!("variable");
    let (mut hidden, mut free) = (product(4, "1"), product(5, ""));
    hidden["catalog_visibility"] = json!("hidden");
    free["stock_status"] = json!("onbackorder");
    let variation = |id: u64, order: u64, price: &str, stock: &str, status: &str| {
        json!({"id": id, "status": status, "sku": "", "regular_price": price, "price": price, "sale_price": "",
               "stock_status": stock, "menu_order": order, "attributes": [{"name": "Zähne", "option": id.to_string()}]})
    };
    let variations = vec![
        variation(31, 2, "12.00", "outofstock", "publish"),
        variation(32, 1, "11.00", "instock", "publish"),
        variation(33, 3, "13.00", "instock", "private"),
    ];
    let state = State {
        products: vec![simple, over, variable, hidden, free],
        variations: [(3, variations)].into(),
        patience: 3,
        ..State::default()
    };
    let scene = scene(state).await;
    let run = scene.connected.run(SyncScope::Full).await;
    assert_eq!((run.status, code(&run)), (SyncStatus::Succeeded, None), "{run:?}");
    assert_eq!(scene.connected.keys().await, ["group:1", "group:2", "group:3", "group:5"]);
    insta::assert_snapshot!(scene.connected.offers().await.join("\n---\n"));
    // The connection's own credentials stand nowhere but in the header.
    assert!(
        scene.shop.asked().iter().all(|asked| !asked.target.contains("ck_0123") && !asked.target.contains("cs_0123"))
    );
}

#[tokio::test]
async fn a_list_that_moves_while_it_is_read_loses_no_product() {
    let state = State { products: (1..=350).map(|id| product(id, "5.00")).collect(), ..State::default() };
    let scene = scene(state).await;
    assert_eq!(scene.connected.run(SyncScope::Full).await.counts.added, 350);
    // All behind the first page move up by three places, and one of them is what the next page was to begin with.
    scene.state.lock().removed_meanwhile = vec![5, 50, 100];
    let run = scene.connected.run(SyncScope::Full).await;
    assert_eq!(run.status, SyncStatus::Succeeded, "{run:?}");
    // Those that were read before they were removed are still known; the next sync removes them.
    assert_eq!((run.counts.unchanged, run.counts.removed, run.counts.products_total), (350, 0, 350));
    let next = scene.connected.run(SyncScope::Full).await;
    assert_eq!((next.counts.unchanged, next.counts.removed), (347, 3));
    scene.connected.shop.assert_tidy(347).await;
}

#[tokio::test]
async fn what_is_no_whole_list_removes_nothing() {
    let state = State { products: (1..=20).map(|id| product(id, "5.00")).collect(), ..State::default() };
    let scene = scene(state).await;
    assert_eq!(scene.connected.run(SyncScope::Full).await.counts.added, 20);
    for (change, wanted) in [
        ((|state: &mut State| state.down = true) as fn(&mut State), "platform_failed"),
        (|state| state.patience = 99, "platform_throttled"),
        (|state| state.products.reverse(), "platform_contract"),
    ] {
        {
            let state = &mut *scene.state.lock();
            (state.down, state.patience) = (false, 0);
            state.products.sort_by_key(id);
            change(state);
        }
        let run = scene.connected.run(SyncScope::Full).await;
        assert_eq!((run.status, code(&run)), (SyncStatus::Failed, Some(wanted)), "{run:?}");
        assert_eq!(scene.connected.keys().await.len(), 20);
    }
}

#[tokio::test]
async fn only_what_has_changed_is_read_and_only_what_is_withdrawn_is_removed() {
    let state = State { products: (1..=20).map(|id| product(id, "5.00")).collect(), ..State::default() };
    let scene = scene(state).await;
    assert_eq!(scene.connected.run(SyncScope::Full).await.counts.added, 20);
    {
        let state = &mut *scene.state.lock();
        state.products[0] = product(1, "6.00");
        state.products[0]["modified"] = json!(true);
        (state.products[1]["status"], state.products[1]["modified"]) = (json!("draft"), json!(true));
        // Deleted: an incremental run does not see it.
        state.products.remove(2);
    }
    let run = scene.connected.run(SyncScope::Changes).await;
    assert_eq!((run.status, code(&run)), (SyncStatus::Succeeded, None), "{run:?}");
    assert_eq!((run.counts.updated, run.counts.removed, run.counts.products_total), (1, 1, 2));
    let full = scene.connected.run(SyncScope::Full).await;
    assert_eq!((full.counts.unchanged, full.counts.removed), (18, 1), "the one of all sees it");
    scene.connected.shop.assert_tidy(18).await;
}

#[tokio::test]
async fn more_withdrawals_than_the_set_share_are_withheld() {
    let state = State { products: (1..=20).map(|id| product(id, "5.00")).collect(), ..State::default() };
    let scene = scene(state).await;
    assert_eq!(scene.connected.run(SyncScope::Full).await.counts.added, 20);
    for product in scene.state.lock().products.iter_mut().take(15) {
        (product["status"], product["modified"]) = (json!("draft"), json!(true));
    }
    let run = scene.connected.run(SyncScope::Changes).await;
    assert_eq!(run.status, SyncStatus::Partial, "{run:?}");
    assert_eq!((run.removals_withheld.unwrap().count, run.counts.removed), (15, 0));
    assert_eq!(scene.connected.keys().await.len(), 20);
}
