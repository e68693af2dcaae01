//! Webhooks: forged, replayed, late and lost ones, and how soon a product is fresh.

use super::offers;
use super::woocommerce::{Shared, State, product, rest, store};
use crate::harness::{Answer, Http, Shop, World, eventually};
use crate::stores::{STORE, manager, put};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::Method;
use parking_lot::Mutex;
use ring::hmac;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::{Duration, Instant};

const SECRET: &str = "canary-webhook-secret";

fn sign(secret: &str, body: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    STANDARD.encode(hmac::sign(&key, body.as_bytes()))
}

struct Scene {
    world: World,
    state: Shared,
    path: String,
    _shop: Shop,
}

impl Scene {
    async fn with(workers: u32, settings: &[(&str, &str)]) -> Self {
        let products = (1..=3).map(|id| product(id, "5.00")).collect();
        let state: Shared = Arc::new(Mutex::new(State { products, ..State::default() }));
        let of_shop = Arc::clone(&state);
        let shop = Shop::start(move |asked| rest(&of_shop, asked)).await;
        let mut world = World::builder()
            .set("CATALOG_WORKERS", workers)
            .set("CATALOG_LEASE_SECONDS", 2)
            .set("CATALOG_PLATFORM_PAUSE_MILLIS", 1)
            .set("OUTBOUND_ALLOWED_NETWORKS", "127.0.0.0/8");
        for (name, value) in settings {
            world = world.set(name, value);
        }
        let world = world.start().await;
        let answer = put(&manager(&world).await, STORE, &store(&shop.url())).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        let path = answer.json()["webhook_path"].as_str().unwrap().to_owned();
        Self { world, state, path, _shop: shop }
    }

    async fn deliver(&self, delivery: &str, topic: &str, body: &str, signature: &str) -> Answer {
        deliver(&self.world.public(), &self.path, delivery, topic, body, signature).await
    }

    /// As the shop sends it.
    async fn told(&self, delivery: &str, topic: &str, body: &Value) -> String {
        let body = body.to_string();
        let answer = self.deliver(delivery, topic, &body, &sign(SECRET, &body)).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()["result"].as_str().unwrap().to_owned()
    }

    async fn noted(&self) -> Vec<String> {
        self.world.query("SELECT product_ref FROM vestibule.store_changes ORDER BY product_ref").await
    }

    async fn until_known(&self, wanted: &[&str]) {
        eventually(async || {
            let offers = offers(&self.world).await;
            let is_there =
                offers.len() == wanted.len() && offers.iter().zip(wanted).all(|(offer, price)| offer.contains(price));
            if is_there { Ok(()) } else { Err(offers) }
        })
        .await;
    }
}

async fn deliver(http: &Http, path: &str, delivery: &str, topic: &str, body: &str, signature: &str) -> Answer {
    http.with("content-type", "application/json")
        .with("x-wc-webhook-topic", topic)
        .with("x-wc-webhook-delivery-id", delivery)
        .with("x-wc-webhook-signature", signature)
        .send(Method::POST, path, body.to_owned())
        .await
}

#[tokio::test]
async fn a_product_that_the_shop_tells_of_is_fresh_within_seconds() {
    let scene = Scene::with(1, &[]).await;
    for id in 1..=3 {
        assert_eq!(scene.told(&format!("d{id}"), "product.created", &json!({"id": id})).await, "noted");
    }
    scene.until_known(&["5.00", "5.00", "5.00"]).await;
    scene.state.lock().products[1] = product(2, "7.50");
    let began = Instant::now();
    // What the delivery says of the price is not believed.
    assert_eq!(scene.told("d4", "product.updated", &json!({"id": 2, "price": "0.01"})).await, "noted");
    scene.until_known(&["5.00", "7.50", "5.00"]).await;
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    // A variation is read with its product, and a product that is gone is removed.
    scene.state.lock().products.remove(0);
    assert_eq!(scene.told("d5", "product.updated", &json!({"id": 99, "parent_id": 2})).await, "noted");
    assert_eq!(scene.told("d6", "product.deleted", &json!({"id": 1})).await, "noted");
    scene.until_known(&["7.50", "5.00"]).await;
    eventually(async || match scene.noted().await[..] {
        [] => Ok(()),
        ref left => Err(left.to_vec()),
    })
    .await;
    let triggers: Vec<String> = scene.world.query("SELECT DISTINCT trigger || scope FROM vestibule.sync_runs").await;
    assert_eq!(triggers, ["webhookproducts"]);
}

#[tokio::test]
async fn only_what_the_shop_has_signed_is_taken() {
    let scene = Scene::with(0, &[]).await;
    let body = json!({"id": 2}).to_string();
    let good = sign(SECRET, &body);
    let nowhere = format!("/api/v1/store-webhooks/{}", uuid::Uuid::now_v7());
    let other = format!("{body} ");
    for (path, body, signature) in [
        (&scene.path, &body, sign("another secret", &body)),
        (&scene.path, &body, String::new()),
        (&scene.path, &body, "not base64!".to_owned()),
        (&scene.path, &body, STANDARD.encode([0; 32])),
        (&scene.path, &body, good[..20].to_owned()),
        (&scene.path, &other, good.clone()),
        (&nowhere, &body, good.clone()),
        (&"/api/v1/store-webhooks/x".to_owned(), &body, good.clone()),
    ] {
        let answer = deliver(&scene.world.public(), path, "d1", "product.updated", body, &signature).await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (401, "invalid_token"), "{path} {signature}");
    }
    assert_eq!(scene.noted().await, Vec::<String>::new());
    let told: Vec<String> =
        scene.world.query("SELECT actor_kind FROM vestibule.audit_log WHERE action = 'store.webhook_refused'").await;
    assert_eq!(told, ["system"], "once, however often somebody tries");
    let metrics = scene.world.ops().get("/metrics").await;
    let metrics = metrics.text();
    assert!(metrics.contains("store_deliveries_total{result=\"refused\"} 8"), "{metrics}");
    // The same with the right signature.
    assert_eq!(scene.deliver("d1", "product.updated", &body, &good).await.status, 200);
    assert_eq!(scene.noted().await, ["2"]);
}

#[tokio::test]
async fn a_delivery_counts_once_and_others_are_about_nothing() {
    let scene = Scene::with(0, &[]).await;
    assert_eq!(scene.told("d1", "product.updated", &json!({"id": 2})).await, "noted");
    scene.world.sql("UPDATE vestibule.store_changes SET noted_at = '2020-01-01'").await;
    assert_eq!(scene.told("d1", "product.updated", &json!({"id": 2})).await, "again");
    let since: Vec<String> = scene.world.query("SELECT noted_at::date::text FROM vestibule.store_changes").await;
    assert_eq!(since, ["2020-01-01"]);
    assert_eq!(scene.told("d2", "product.updated", &json!({"id": 2})).await, "noted");
    assert_eq!(scene.noted().await, ["2"], "said twice, it is read once");
    assert_eq!(scene.told("d3", "order.created", &json!({"id": 7})).await, "ignored");
    // What WooCommerce sends when somebody makes a webhook.
    let ping = scene.world.public().send(Method::POST, &scene.path, "webhook_id=12").await;
    assert_eq!((ping.status.as_u16(), ping.json()["result"].as_str()), (200, Some("ignored")));
    for body in ["{\"id\": \"2\"}", "[]", "nothing"] {
        let answer = scene.deliver("d4", "product.updated", body, &sign(SECRET, body)).await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (400, "bad_request"), "{body}");
    }
    let body = json!({"id": 2}).to_string();
    let nameless = scene.deliver("", "product.updated", &body, &sign(SECRET, &body)).await;
    assert_eq!(nameless.status, 400, "{}", nameless.text());
    let huge = format!("{{\"id\": 2, \"x\": \"{}\"}}", "x".repeat(2 * 1024 * 1024));
    assert_eq!(scene.deliver("d5", "product.updated", &huge, &sign(SECRET, &huge)).await.status, 413);
}

#[tokio::test]
async fn deliveries_have_a_limit_of_their_own() {
    let scene = Scene::with(0, &[("LIMITS_WEBHOOKS_PER_IP_PER_MINUTE", "2")]).await;
    let mut codes = Vec::new();
    for n in 0..3 {
        codes.push(scene.deliver(&format!("d{n}"), "product.updated", "{\"id\": 2}", "forged").await.status.as_u16());
    }
    assert_eq!(codes, [401, 401, 429]);
}

#[tokio::test]
async fn without_a_secret_nothing_is_taken() {
    let scene = Scene::with(0, &[]).await;
    let mut without = store("http://127.0.0.1:9");
    without["credentials"].as_object_mut().unwrap().remove("webhook_secret");
    let answer = put(&manager(&scene.world).await, STORE, &without).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert!(!answer.text().contains(SECRET));
    let body = "{\"id\": 2}";
    for signature in [sign(SECRET, body), sign("", body)] {
        assert_eq!(scene.deliver("d1", "product.updated", body, &signature).await.status, 401);
    }
}

#[tokio::test]
async fn what_a_shop_has_told_outlives_the_process() {
    let mut scene = Scene::with(0, &[]).await;
    for id in 1..=3 {
        scene.told(&format!("d{id}"), "product.updated", &json!({"id": id})).await;
    }
    scene.world.stop().await;
    // Somebody took it up and was killed over it.
    let second = scene.world.replica_with(&[("CATALOG_WORKERS", "1")]).await;
    eventually(async || {
        let offers = offers(&second).await;
        if offers.len() == 3 { Ok(()) } else { Err(offers) }
    })
    .await;
}

#[tokio::test]
async fn a_shop_that_is_down_is_asked_again_later() {
    let scene = Scene::with(1, &[]).await;
    scene.state.lock().down = true;
    scene.told("d1", "product.updated", &json!({"id": 2})).await;
    let waiting = "SELECT attempts FROM vestibule.store_changes WHERE not_before > now() AND taken_by IS NULL";
    eventually(async || match scene.world.query::<i32>(waiting).await[..] {
        [1] => Ok(()),
        ref other => Err(other.to_vec()),
    })
    .await;
    scene.state.lock().down = false;
    scene.world.sql("UPDATE vestibule.store_changes SET not_before = now()").await;
    scene.until_known(&["5.00"]).await;
}

#[tokio::test]
async fn shopifys_deliveries_are_of_one_shop() {
    let scene = Scene::with(0, &[]).await;
    let store = json!({
        "platform": "shopify", "store_url": "https://shop.example", "store_ref": "alpine.myshopify.com",
        "catalog_source": "admin_api",
        "credentials": {"type": "access_token", "access_token": "shpat_good", "webhook_secret": SECRET}
    });
    let answer = put(&manager(&scene.world).await, STORE, &store).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert!(!answer.text().contains(SECRET), "it is never shown");
    let body = "{\"id\": 788032119674292922}";
    let send = async |shop: &str, signature: &str| {
        let http = scene.world.public().with("x-shopify-topic", "products/update");
        let http = http.with("x-shopify-webhook-id", "b54557e4-bdd9-4b37-8a5f-bf7d70bcd043");
        let http = http.with("x-shopify-shop-domain", shop).with("x-shopify-hmac-sha256", signature);
        http.send(Method::POST, &scene.path, body).await.status.as_u16()
    };
    // One app's secret signs for every shop that has the app.
    assert_eq!(send("other.myshopify.com", &sign(SECRET, body)).await, 401);
    assert_eq!(send("alpine.myshopify.com", &sign("another", body)).await, 401);
    assert_eq!(scene.noted().await, Vec::<String>::new());
    assert_eq!(send("Alpine.myshopify.com", &sign(SECRET, body)).await, 200);
    assert_eq!(scene.noted().await, ["788032119674292922"]);
}

#[tokio::test]
async fn single_products_cost_neither_the_schedule_nor_what_others_have_told() {
    let scene = Scene::with(1, &[]).await;
    scene.state.lock().products[0]["sale_price"] = json!("4.00");
    scene.state.lock().products[0]["date_on_sale_to_gmt"] = json!("2099-01-01T00:00:00");
    let http = manager(&scene.world).await;
    http.post("/api/v1/workspaces/shop/store/sync", &json!({})).await;
    scene.until_known(&["4.00", "5.00", "5.00"]).await;
    // A product of no use is told, and holds up nothing.
    scene.state.lock().products[1]["regular_price"] = json!("on request");
    for n in 0..7 {
        scene.told(&format!("d{n}"), "product.updated", &json!({"id": 1 + n % 2})).await;
        eventually(async || match scene.noted().await[..] {
            [] => Ok(()),
            ref left => Err(left.to_vec()),
        })
        .await;
    }
    let ended = "SELECT DISTINCT status FROM vestibule.sync_runs WHERE scope = 'products' ORDER BY status";
    assert_eq!(scene.world.query::<String>(ended).await, ["partial", "succeeded"]);
    let report = "SELECT count(*) FROM vestibule.sync_outcomes o JOIN vestibule.sync_runs r ON r.id = o.run_id WHERE r.scope = 'full'";
    assert_eq!(scene.world.query::<i64>(report).await, [3], "the report of the sync of all is still there");
    let next = "SELECT next_change_at::date::text FROM vestibule.catalog_state";
    assert_eq!(scene.world.query::<String>(next).await, ["2099-01-01"], "the end of the sale is not forgotten");
}
