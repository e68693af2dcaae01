//! Credentials of feeds: read with them, refused without them, sent to nobody else, told to nobody, changed at any time.

use super::api::{is_over, until, world};
use crate::harness::{Http, KeySpec, Process, Reply, Shop, World};
use crate::secrets::dump;
use crate::stores::{STORE, manager, put};
use parking_lot::Mutex;
use serde_json::{Value, json};
use std::sync::Arc;
use vestibule::domain::key::KeyKind;
use vestibule::domain::scope::Scope;

const FEED: &str = "id,title,price\n1,Saw,5.00 EUR\n2,Plane,6.00 EUR\n";
/// `feed:canary-password` for the header of a name and password.
const BASIC: &str = "Basic ZmVlZDpjYW5hcnktcGFzc3dvcmQ=";

fn connection(url: &str, credentials: &Value) -> Value {
    json!({"platform": "feed", "store_url": "https://shop.example", "feed_format": "csv", "feed_url": url,
        "credentials": credentials})
}

fn basic(password: &str) -> Value {
    json!({"type": "basic", "username": "feed", "password": password})
}

fn bearer(token: &str) -> Value {
    json!({"type": "bearer", "token": token})
}

fn header(name: &str) -> Value {
    json!({"type": "header", "header_name": name, "header_value": "canary-key-0123456789"})
}

/// A feed for those who send this as `Authorization`.
async fn guarded(wanted: &'static str) -> Shop {
    Shop::start(move |asked| match asked.header("authorization") {
        Some(sent) if sent == wanted => Reply::new(200, FEED),
        _ => Reply::new(401, "who are you?").header("www-authenticate", "Basic realm=\"feed\""),
    })
    .await
}

async fn connected(world: &World, url: &str, credentials: &Value) -> Http {
    let http = manager(world).await;
    let made = put(&http, STORE, &connection(url, credentials)).await;
    assert!(made.status.is_success(), "{}", made.text());
    http
}

async fn sync(http: &Http) -> Value {
    let started = http.post(&format!("{STORE}/sync"), &json!({})).await;
    assert_eq!(started.status, 202, "{}", started.text());
    until(http, &started.json(), is_over).await
}

fn added(run: &Value) -> (&Value, &Value) {
    (&run["status"], &run["products"]["added"])
}

#[tokio::test]
async fn a_feed_is_read_with_a_name_and_password_a_token_or_a_parameter_of_its_address() {
    let token = "canary-token-0123456789";
    for (wanted, credentials) in [(BASIC, basic("canary-password")), ("Bearer canary-token-0123456789", bearer(token))]
    {
        let (world, shop) = (world(1).await, guarded(wanted).await);
        let http = connected(&world, &format!("{}/feed.csv", shop.url()), &credentials).await;
        let run = sync(&http).await;
        assert_eq!(added(&run), (&json!("succeeded"), &json!(2)), "{run}");
    }
    let shop = Shop::start(|asked| match asked.target.as_str() {
        "/feed.csv?shop=1&token=canary-query" => Reply::new(200, FEED),
        _ => Reply::new(403, ""),
    })
    .await;
    let world = world(1).await;
    let url = format!("{}/feed.csv?shop=1&token=canary-query", shop.url());
    let run = sync(&connected(&world, &url, &Value::Null).await).await;
    assert_eq!(added(&run), (&json!("succeeded"), &json!(2)), "{run}");
    assert_eq!(shop.asked()[0].header("authorization"), None);
}

#[tokio::test]
async fn a_feed_is_read_with_a_key_in_a_header_of_its_own_that_nobody_else_is_sent_or_told() {
    let stranger = Shop::start(|_| Reply::new(200, FEED)).await;
    let elsewhere = format!("{}/feed.csv", stranger.url());
    let shop = Shop::start(move |asked| match (asked.header("x-api-key"), asked.target.as_str()) {
        (Some("canary-key-0123456789"), "/away") => Reply::redirect(&elsewhere),
        (Some("canary-key-0123456789"), "/here") => Reply::redirect("/feed.csv"),
        (Some("canary-key-0123456789"), _) => Reply::new(200, FEED),
        _ => Reply::new(401, ""),
    })
    .await;
    let world = world(1).await;
    let http = connected(&world, &format!("{}/here", shop.url()), &header("X-Api-Key")).await;
    let run = sync(&http).await;
    assert_eq!(added(&run), (&json!("succeeded"), &json!(2)), "{run}");
    let shown = http.get(STORE).await;
    assert_eq!(shown.json()["credentials"]["type"], "header", "{}", shown.text());
    assert!(!shown.text().contains("canary") && !shown.text().contains("X-Api-Key"), "{}", shown.text());
    assert!(!dump(&world).await.contains("canary-key"), "sealed");
    let away = connection(&format!("{}/away", shop.url()), &header("X-Api-Key"));
    assert!(put(&http, STORE, &away).await.status.is_success());
    assert_eq!(sync(&http).await["status"], "succeeded");
    assert_eq!(stranger.asked().len(), 1);
    assert!(stranger.asked().iter().all(|asked| asked.header("x-api-key").is_none()), "it is for one host");
    assert!(shop.asked().iter().all(|asked| asked.header("authorization").is_none()));
    for name in ["Host", "Cookie", "Connection", "X-Forwarded-For", "X-A: b\r\nHost"] {
        let refused = put(&http, STORE, &connection(&format!("{}/here", shop.url()), &header(name))).await;
        assert_eq!(refused.status, 422, "{name}");
        assert_eq!(refused.json()["errors"][0]["field"], "credentials.header_name", "{}", refused.text());
        assert!(!refused.text().contains("canary"), "{}", refused.text());
    }
}

#[tokio::test]
async fn a_feed_that_refuses_the_credentials_fails_the_sync_and_costs_no_product() {
    let (world, shop) = (world(1).await, guarded(BASIC).await);
    let url = format!("{}/feed.csv", shop.url());
    let http = connected(&world, &url, &basic("canary-password")).await;
    assert_eq!(sync(&http).await["status"], "succeeded");
    for credentials in [basic("canary-wrong-one"), bearer("canary-wrong-token-00"), Value::Null] {
        assert!(put(&http, STORE, &connection(&url, &credentials)).await.status.is_success());
        let run = sync(&http).await;
        assert_eq!((&run["status"], &run["error"]["code"]), (&json!("failed"), &json!("credentials_refused")), "{run}");
        assert!(!run.to_string().contains("canary"), "{run}");
    }
    assert_eq!(world.query::<i64>("SELECT count(*) FROM vestibule.catalog_products").await, [2]);
}

#[tokio::test]
async fn what_was_given_for_one_host_is_not_sent_to_the_one_it_redirects_to() {
    let stranger = Shop::start(|_| Reply::new(200, FEED)).await;
    let elsewhere = format!("{}/feed.csv", stranger.url());
    let shop = Shop::start(move |asked| match asked.target.as_str() {
        "/here" => Reply::redirect("/feed.csv"),
        "/away" => Reply::redirect(&elsewhere),
        _ => Reply::new(200, FEED),
    })
    .await;
    for credentials in [basic("canary-password"), bearer("canary-token-0123456789")] {
        let world = world(1).await;
        let http = connected(&world, &format!("{}/here", shop.url()), &credentials).await;
        assert_eq!(sync(&http).await["status"], "succeeded");
        assert!(
            put(&http, STORE, &connection(&format!("{}/away", shop.url()), &credentials)).await.status.is_success()
        );
        assert_eq!(sync(&http).await["status"], "succeeded");
    }
    let asked = shop.asked();
    assert_eq!(asked.len(), 6, "each was asked at /here, at /feed.csv and at /away");
    assert!(asked.iter().all(|asked| asked.header("authorization").is_some()), "{asked:?}");
    let asked = stranger.asked();
    assert_eq!(asked.len(), 2);
    for asked in asked {
        let all = format!("{:?}", asked.headers);
        assert!(asked.header("authorization").is_none() && !all.contains("canary") && !all.contains(BASIC), "{all}");
    }
}

#[tokio::test]
async fn credentials_that_were_changed_are_what_the_next_sync_sends() {
    let world = world(1).await;
    let wanted = Arc::new(Mutex::new("Bearer canary-first-token-01".to_owned()));
    let now = Arc::clone(&wanted);
    let shop = Shop::start(move |asked| match asked.header("authorization") {
        Some(sent) if *sent == *now.lock() => Reply::new(200, FEED).header("etag", "\"1\""),
        _ => Reply::new(401, ""),
    })
    .await;
    let url = format!("{}/feed.csv", shop.url());
    let http = connected(&world, &url, &bearer("canary-first-token-01")).await;
    assert_eq!(sync(&http).await["status"], "succeeded");
    "Bearer canary-second-token-2".clone_into(&mut wanted.lock());
    assert_eq!(sync(&http).await["error"]["code"], "credentials_refused", "the shop takes the new one only");
    assert!(put(&http, STORE, &connection(&url, &bearer("canary-second-token-2"))).await.status.is_success());
    assert_eq!(sync(&http).await["status"], "succeeded");
    let sent: Vec<String> =
        shop.asked().iter().map(|asked| asked.header("authorization").unwrap_or_default().to_owned()).collect();
    assert_eq!(
        sent,
        ["Bearer canary-first-token-01", "Bearer canary-first-token-01", "Bearer canary-second-token-2"],
        "never both, and never the old one again"
    );
}

#[tokio::test]
async fn credentials_of_feeds_stand_in_no_log_report_audit_entry_error_or_metric() {
    let world = world(0).await;
    let settings = [
        ("VESTIBULE_LOG_LEVEL", "info,vestibule=trace"),
        ("VESTIBULE_OUTBOUND_ALLOWED_NETWORKS", "127.0.0.0/8"),
        ("VESTIBULE_CATALOG_WORKERS", "1"),
        ("VESTIBULE_CATALOG_POLL_MILLIS", "50"),
    ];
    let mut process = Process::serve(&world, &settings).await;
    let spec = KeySpec {
        scopes: [Scope::WorkspacesRead, Scope::WorkspacesWrite].into_iter().collect(),
        ..world.spec(KeyKind::Secret)
    };
    let client = process.public().bearer(&world.key(spec).await);
    let shop = Shop::start(|asked| match asked.target.split('?').next() {
        Some("/broken.csv") => Reply::new(200, "id,title,price\n1,Saw,5.00 EUR\n2,Plane,dear\n"),
        Some("/refused.csv") => Reply::new(401, "canary-said-by-shop"),
        _ => Reply::raw("canary-said-by-shop"),
    })
    .await;
    let mut seen = Vec::new();
    for path in ["broken.csv", "refused.csv", "raw.csv"] {
        let url = format!("{}/{path}?token=canary-query", shop.url());
        let made = put(&client, STORE, &connection(&url, &basic("canary-password"))).await;
        assert!(made.status.is_success(), "{}", made.text());
        let run = sync(&client).await;
        let report = format!("{STORE}/runs/{}/report", run["id"].as_str().unwrap());
        seen.push(run.to_string());
        for format in ["json", "csv"] {
            seen.push(client.get(&format!("{report}?format={format}")).await.text().to_owned());
        }
    }
    assert!(seen.iter().any(|text| text.contains("bad_price")), "{seen:?}");
    assert!(seen.iter().any(|text| text.contains("credentials_refused")), "{seen:?}");
    assert!(shop.asked().iter().all(|asked| asked.header("authorization") == Some(BASIC)));
    // The address is kept with its parameter, and shown to those who may read the connection.
    world.sql("UPDATE vestibule.store_connections SET feed_url = 'https://shop.example/feed.csv'").await;
    seen.push(dump(&world).await);
    seen.push(process.ops().get("/metrics").await.text().to_owned());
    process.signal("TERM").await;
    assert_eq!(process.exit().await, Some(0));
    process.line(|line| line["message"] == "stopped").await;
    let log = process.log();
    assert!(log.contains("a catalogue sync ended"), "the log is there");
    seen.push(log);
    for text in &seen {
        let at = text.find("canary").or_else(|| text.find(BASIC)).or_else(|| text.find("ZmVlZDpj"));
        assert!(at.is_none(), "{}", at.map(|at| text[at.saturating_sub(200)..].to_owned()).unwrap_or_default());
    }
}
