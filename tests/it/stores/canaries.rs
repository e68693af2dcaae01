//! Credentials of shops are seen by the shop alone: not in a log line at any level, a metric, an answer, a table or an
//! error.

use super::{CHECK, STORE, custom, put, with_local_shops};
use crate::harness::{KeySpec, Process, Reply, Shop};
use crate::secrets::dump;
use serde_json::json;
use vestibule::domain::key::KeyKind;
use vestibule::domain::scope::Scope;

const TOKEN: &str = "canary-0123456789-token-abcd";
const WRONG: &str = "canary wrong token";
const QUERY: &str = "canary-feed-query";

#[tokio::test]
async fn store_credentials_are_seen_by_the_shop_alone() {
    let world = with_local_shops().start().await;
    let settings =
        [("VESTIBULE_LOG_LEVEL", "info,vestibule=trace"), ("VESTIBULE_OUTBOUND_ALLOWED_NETWORKS", "127.0.0.0/8")];
    let mut process = Process::serve(&world, &settings).await;
    let spec = KeySpec {
        scopes: [Scope::WorkspacesRead, Scope::WorkspacesWrite].into_iter().collect(),
        ..world.spec(KeyKind::Secret)
    };
    let client = process.public().bearer(&world.key(spec).await);
    let shop = Shop::start(|asked| match asked.target.as_str() {
        "/broken" => Reply::raw("canary-said-by-shop"),
        _ => Reply::new(401, "canary-said-by-shop"),
    })
    .await;
    let with = |path: &str, token: &str| {
        let mut body = custom(&format!("{}{path}", shop.url()));
        body["credentials"] = json!({"type": "bearer", "token": token});
        body
    };
    let mut seen = Vec::new();
    for (path, token) in [("/", TOKEN), ("/broken", TOKEN), ("/", WRONG)] {
        seen.push(put(&client, STORE, &with(path, token)).await);
        seen.push(client.post(CHECK, &json!({})).await);
        seen.push(client.get(STORE).await);
    }
    let mut feed = json!({"platform": "feed", "store_url": "https://shop.example", "feed_format": "csv",
        "feed_url": format!("{}/feed?token={QUERY}", shop.url()),
        "credentials": {"type": "basic", "username": "feed", "password": TOKEN}});
    let made = put(&client, STORE, &feed).await;
    assert_eq!(made.status, 200, "{}", made.text());
    seen.push(client.post(CHECK, &json!({})).await);
    feed["credentials"]["type"] = json!(TOKEN);
    seen.push(put(&client, STORE, &feed).await);
    seen.push(client.delete(STORE).await);
    assert!(shop.asked().iter().any(|asked| asked.header("authorization") == Some(&format!("Bearer {TOKEN}"))));

    // While it is stored, and after.
    assert_eq!(put(&client, STORE, &with("/", TOKEN)).await.status, 201);
    let tables = dump(&world).await;
    let metrics = process.ops().get("/metrics").await;
    process.signal("TERM").await;
    assert_eq!(process.exit().await, Some(0));
    process.line(|line| line["message"] == "stopped").await;
    let log = process.log();
    assert!(log.contains("stores.put"), "the log is there");
    for answer in &seen {
        let text = format!("{:?} {}", answer.headers, answer.text());
        assert!(!text.contains("canary"), "{text}");
    }
    for (place, text) in [("log", log), ("metrics", metrics.text().to_owned())] {
        assert!(!text.contains("canary"), "{place}: {text}");
    }
    assert!(!tables.contains("canary"), "tables");
}
