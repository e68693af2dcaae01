//! Checks against small servers that answer as the platforms' documentation says.

use super::{CHECK, STORE, custom, manager, put, with_local_shops};
use crate::harness::{Asked, Authority, Ending, Reply, Shop, World};
use crate::outbound::{Names, local, local_tls, settings};
use serde_json::{Value, json};
use std::sync::Arc;
use vestibule::crypto::seal::Purpose;
use vestibule::domain::audit::Author;
use vestibule::domain::store::StoreStatus::{AuthFailed, Degraded, Healthy};
use vestibule::domain::store::{StoreInput, StoreStatus};
use vestibule::outbound::Outbound;
use vestibule::storage::Expected;
use vestibule::store::{Finding, StoreError, StoreService};

/// Connections of a world's workspace, calling through `outbound`.
fn stores(world: &World, outbound: Outbound) -> StoreService {
    let sealer = world.config.root_key().unwrap().sealer(Purpose::StoreCredentials);
    StoreService::new(world.database.clone(), outbound, sealer, world.ambient.clone())
}

/// Connects as `body` says and checks.
async fn found(world: &World, stores: &StoreService, body: &Value) -> Finding {
    let mut body = body.clone();
    // With credentials said either way, what was found before is forgotten, and no pause is asked for.
    body.as_object_mut().unwrap().entry("credentials").or_insert(Value::Null);
    let input: StoreInput = serde_json::from_value(body).unwrap();
    let by = Author::system("test");
    stores.put(&world.workspace, &input, &Expected::Whatever, &by).await.unwrap_or_else(|e| panic!("{e:?}"));
    let (connection, finding) = stores.check(&world.workspace, &by).await.unwrap();
    assert_eq!(connection.status, finding.status);
    assert_eq!(connection.last_error_code.as_deref(), finding.code);
    assert!(connection.last_checked_at.is_some());
    assert!(finding.message.ends_with('.') && !finding.message.contains("127.0.0.1"), "{}", finding.message);
    finding
}

type Handler = fn(&Asked) -> Reply;

fn shopify() -> Value {
    json!({
        "platform": "shopify",
        "store_url": "https://shop.example",
        "store_ref": "alpine.myshopify.com",
        "api_version": "2026-07",
        "catalog_source": "admin_api",
        "credentials": {"type": "access_token", "access_token": "shpat_good"}
    })
}

fn graphql(version: &str, body: &Value) -> Reply {
    Reply::json(200, body).header("x-shopify-api-version", version)
}

fn products() -> Value {
    json!({"data": {"shop": {"name": "Alpine"}, "products": {"edges": [{"node": {"id": "gid://shopify/Product/1"}}]}}})
}

fn admin(asked: &Asked) -> Reply {
    let token = asked.header("x-shopify-access-token").unwrap_or_default();
    let error = |code: &str| json!({"errors": [{"message": "x", "extensions": {"code": code}}]});
    match (asked.method.as_str(), asked.target.as_str(), token) {
        ("POST", "/admin/api/2026-07/graphql.json", "shpat_good") if asked.body.contains("products(first: 1)") => {
            graphql("2026-07", &products())
        }
        ("POST", "/admin/api/2024-01/graphql.json", "shpat_good") => graphql("2025-10", &products()),
        (_, _, "shpat_scope") => graphql("2026-07", &error("ACCESS_DENIED")),
        (_, _, "shpat_busy") => graphql("2026-07", &error("THROTTLED")),
        (_, _, "shpat_frozen") => Reply::json(402, &json!({"errors": "Unavailable Shop"})),
        (_, _, "shpat_locked") => Reply::json(423, &json!({"errors": "Locked"})),
        (_, _, "shpat_other") => Reply::json(403, &json!({"errors": "[API] access denied"})),
        (_, _, "shpat_gone") => Reply::json(404, &json!({"errors": "Not Found"})),
        (_, _, "shpat_odd") => Reply::json(200, &json!({"data": {}})),
        (_, _, "shpat_page") => Reply::new(200, "<html>canary-page</html>"),
        (_, _, "shpat_failed") => Reply::new(500, "canary-error"),
        _ => Reply::json(
            401,
            &json!({"errors": "[API] Invalid API key or access token (unrecognized login or wrong password)"}),
        ),
    }
}

#[tokio::test]
async fn shopifys_admin_api() {
    let (world, authority) = (World::start().await, Authority::new());
    let shop = Shop::start_tls(&authority, "alpine.myshopify.com", admin).await;
    let names = Names::default().with("alpine.myshopify.com", &[&shop.address.to_string()]);
    let stores = stores(&world, local_tls(names, &authority));
    for (token, status, code) in [
        ("shpat_good", Healthy, None),
        ("shpat_wrong", AuthFailed, Some("credentials_refused")),
        ("shpat_scope", AuthFailed, Some("scope_missing")),
        ("shpat_other", AuthFailed, Some("access_denied")),
        ("shpat_busy", Degraded, Some("platform_throttled")),
        ("shpat_frozen", Degraded, Some("shop_frozen")),
        ("shpat_locked", Degraded, Some("shop_locked")),
        ("shpat_gone", Degraded, Some("shop_not_found")),
        ("shpat_odd", Degraded, Some("unexpected_answer")),
        ("shpat_page", Degraded, Some("unexpected_answer")),
        ("shpat_failed", Degraded, Some("platform_failed")),
    ] {
        let mut body = shopify();
        body["credentials"]["access_token"] = json!(token);
        let finding = found(&world, &stores, &body).await;
        assert_eq!((finding.status, finding.code), (status, code), "{token}");
        assert!(!finding.message.contains("canary") && !finding.message.contains(token), "{}", finding.message);
    }
    let mut old = shopify();
    old["api_version"] = json!("2024-01");
    let finding = found(&world, &stores, &old).await;
    assert_eq!((finding.status, finding.code), (Degraded, Some("api_version_retired")));
    assert!(finding.message.contains("2024-01") && finding.message.contains("2025-10"), "{}", finding.message);
    // Nothing is asked without credentials, or with some that have ended.
    let before = shop.asked().len();
    let mut without = shopify();
    without["credentials"] = Value::Null;
    assert_eq!(found(&world, &stores, &without).await.code, Some("credentials_missing"));
    let mut ended = shopify();
    ended["credentials"]["expires_at"] = json!("2020-01-01T00:00:00Z");
    let finding = found(&world, &stores, &ended).await;
    assert_eq!((finding.status, finding.code), (AuthFailed, Some("credentials_expired")));
    assert_eq!(shop.asked().len(), before);
}

#[tokio::test]
async fn shopifys_storefront() {
    let (world, authority) = (World::start().await, Authority::new());
    let shop = Shop::start_tls(&authority, "alpine.myshopify.com", |asked| {
        let public = asked.header("x-shopify-storefront-access-token");
        let private = asked.header("shopify-storefront-private-token");
        match (asked.target.as_str(), public, private) {
            ("/api/mcp", ..) if asked.body.contains("tools/list") => Reply::json(
                200,
                &json!({"jsonrpc": "2.0", "id": 1, "result": {"tools": [{"name": "search_shop_catalog"}]}}),
            ),
            ("/api/2026-07/graphql.json", None | Some("publictoken"), None)
            | ("/api/2026-07/graphql.json", None, Some("shpat_private")) => graphql("2026-07", &products()),
            _ => graphql("2026-07", &json!({"errors": [{"message": "", "extensions": {"code": "UNAUTHORIZED"}}]})),
        }
    })
    .await;
    let names = Names::default().with("alpine.myshopify.com", &[&shop.address.to_string()]);
    let stores = stores(&world, local_tls(names, &authority));
    let mut body = shopify();
    body["catalog_source"] = json!("storefront_api");
    for (token, code) in [
        (None, None),
        (Some("publictoken"), None),
        (Some("shpat_private"), None),
        (Some("wrong"), Some("credentials_refused")),
    ] {
        body["credentials"] = token.map_or(Value::Null, |token| json!({"type": "access_token", "access_token": token}));
        assert_eq!(found(&world, &stores, &body).await.code, code, "{token:?}");
    }
    body["catalog_source"] = json!("storefront_mcp");
    body["credentials"] = Value::Null;
    assert_eq!(found(&world, &stores, &body).await.status, Healthy);
    assert!(shop.asked().last().unwrap().header("authorization").is_none());

    for (reply, code) in [
        (Reply::redirect("https://alpine.myshopify.com/password"), "storefront_closed"),
        (Reply::json(200, &json!({"result": {"tools": [{"name": "get_cart"}]}})), "mcp_without_catalog"),
        (Reply::new(404, ""), "shop_not_found"),
    ] {
        let shop = Shop::start_tls(&authority, "alpine.myshopify.com", move |_| reply.clone()).await;
        let names = Names::default().with("alpine.myshopify.com", &[&shop.address.to_string()]);
        let stores = self::stores(&world, local_tls(names, &authority));
        let finding = found(&world, &stores, &body).await;
        assert_eq!((finding.status, finding.code), (Degraded, Some(code)));
    }
}

#[tokio::test]
async fn bigcommerce() {
    let (world, authority) = (World::start().await, Authority::new());
    let shop = Shop::start_tls(&authority, "api.bigcommerce.com", |asked| {
        assert_eq!(asked.target, "/stores/abc123/v3/catalog/products?limit=1&include_fields=id");
        match asked.header("x-auth-token").unwrap_or_default() {
            "good" => Reply::json(200, &json!({"data": [{"id": 77}], "meta": {"pagination": {"total": 12}}})),
            "scope" => Reply::json(
                403,
                &json!({"status": 403, "title": "You don't have a required scope to access the endpoint"}),
            ),
            "odd" => Reply::json(200, &json!({})),
            "busy" => Reply::json(429, &json!({})).header("x-rate-limit-time-reset-ms", "1000"),
            _ => Reply::json(401, &json!({"status": 401, "title": "Unauthorized"})),
        }
    })
    .await;
    let names = Names::default().with("api.bigcommerce.com", &[&shop.address.to_string()]);
    let stores = stores(&world, local_tls(names, &authority));
    for (token, status, code) in [
        ("good", Healthy, None),
        ("scope", AuthFailed, Some("scope_missing")),
        ("wrong", AuthFailed, Some("credentials_refused")),
        ("odd", Degraded, Some("unexpected_answer")),
        ("busy", Degraded, Some("platform_throttled")),
    ] {
        let body = json!({"platform": "bigcommerce", "store_url": "https://shop.example", "store_ref": "abc123",
            "credentials": {"type": "access_token", "access_token": token}});
        let finding = found(&world, &stores, &body).await;
        assert_eq!((finding.status, finding.code), (status, code), "{token}");
    }
}

/// Checks one platform's connection against servers that answer each in one way.
async fn each(body: impl Fn(&str) -> Value, cases: &[(Handler, StoreStatus, Option<&str>)]) {
    let world = World::start().await;
    let stores = stores(&world, local(Names::default()).0);
    for (at, (handler, status, code)) in cases.iter().enumerate() {
        let shop = Shop::start(*handler).await;
        let finding = found(&world, &stores, &body(&shop.url())).await;
        assert_eq!((finding.status, finding.code), (*status, *code), "case {at}: {}", finding.message);
        assert!(!finding.message.contains("canary"), "{}", finding.message);
        assert_eq!(shop.asked().len(), 1, "case {at}");
    }
}

fn woo_error(status: u16, code: &str) -> Reply {
    Reply::json(status, &json!({"code": code, "message": "canary", "data": {"status": status}}))
}

#[tokio::test]
async fn woocommerces_rest_api() {
    let body = |url: &str| {
        json!({"platform": "woocommerce", "store_url": format!("{url}/wordpress/"),
            "credentials": {"type": "consumer_key", "consumer_key": "ck_key", "consumer_secret": "cs_secret"}})
    };
    let good: Handler = |asked| {
        assert_eq!(asked.target, "/wordpress/wp-json/wc/v3/products?per_page=1&_fields=id");
        // ck_key:cs_secret
        assert_eq!(asked.header("authorization"), Some("Basic Y2tfa2V5OmNzX3NlY3JldA=="));
        Reply::json(200, &json!([{"id": 794}]))
    };
    each(
        body,
        &[
            (good, Healthy, None),
            (|_| Reply::json(200, &json!([])), Healthy, None),
            (|_| woo_error(401, "woocommerce_rest_authentication_error"), AuthFailed, Some("credentials_refused")),
            (|_| woo_error(401, "woocommerce_rest_cannot_view"), AuthFailed, Some("authorization_not_seen")),
            (|_| Reply::new(401, "canary"), AuthFailed, Some("credentials_refused")),
            (|_| woo_error(404, "rest_no_route"), Degraded, Some("rest_disabled")),
            (|_| Reply::new(200, "<html>canary</html>"), Degraded, Some("rest_disabled")),
            (|_| woo_error(403, "rest_forbidden"), Degraded, Some("rest_blocked")),
            (|_| Reply::new(503, "canary"), Degraded, Some("platform_failed")),
        ],
    )
    .await;
}

#[tokio::test]
async fn woocommerces_store_api() {
    let body = |url: &str| json!({"platform": "woocommerce", "store_url": url, "catalog_source": "storefront_api"});
    let good: Handler = |asked| {
        assert_eq!(asked.target, "/wp-json/wc/store/v1/products?per_page=1&_fields=id");
        assert!(asked.header("authorization").is_none());
        Reply::json(200, &json!([{"id": 1}]))
    };
    each(body, &[(good, Healthy, None), (|_| woo_error(404, "rest_no_route"), Degraded, Some("rest_disabled"))]).await;
}

#[tokio::test]
async fn magentos_rest_api() {
    let body = |url: &str| {
        json!({"platform": "magento", "store_url": url, "store_ref": "de",
            "credentials": {"type": "bearer", "token": "token"}})
    };
    let good: Handler = |asked| {
        assert_eq!(asked.target, "/rest/de/V1/products?searchCriteria%5BpageSize%5D=1&fields=total_count");
        assert_eq!(asked.header("authorization"), Some("Bearer token"));
        Reply::json(200, &json!({"total_count": 2046}))
    };
    let refused: Handler = |_| {
        let parameters = json!({"resources": "Magento_Catalog::products"});
        Reply::json(
            401,
            &json!({"message": "The consumer isn't authorized to access %resources.", "parameters": parameters}),
        )
    };
    let view: Handler = |_| {
        Reply::json(
            404,
            &json!({"message": "The store that was requested wasn't found. Verify the store and try again."}),
        )
    };
    each(
        body,
        &[
            (good, Healthy, None),
            (refused, AuthFailed, Some("credentials_refused")),
            (view, Degraded, Some("store_view_unknown")),
            (
                |_| Reply::json(404, &json!({"message": "Request does not match any route."})),
                Degraded,
                Some("rest_disabled"),
            ),
            (|_| Reply::new(200, "<html>"), Degraded, Some("rest_disabled")),
        ],
    )
    .await;
}

#[tokio::test]
async fn magentos_graphql() {
    let body = |url: &str| json!({"platform": "magento", "store_url": url, "store_ref": "de", "catalog_source": "storefront_api"});
    let good: Handler = |asked| {
        assert_eq!((asked.target.as_str(), asked.header("store")), ("/graphql", Some("de")));
        Reply::json(200, &json!({"data": {"storeConfig": {"code": "de"}}}))
    };
    let view: Handler = |_| Reply::json(400, &json!({"errors": [{"message": "Requested store is not found"}]}));
    each(
        body,
        &[
            (good, Healthy, None),
            (view, Degraded, Some("store_view_unknown")),
            (|_| Reply::new(404, ""), Degraded, Some("rest_disabled")),
        ],
    )
    .await;
}

#[tokio::test]
async fn feeds() {
    let body = |url: &str| {
        json!({"platform": "feed", "store_url": "https://shop.example", "feed_url": format!("{url}/feed.csv?token=1"),
            "feed_format": "csv", "credentials": {"type": "basic", "username": "feed", "password": "secret"}})
    };
    let good: Handler = |asked| {
        assert_eq!(asked.target, "/feed.csv?token=1");
        assert_eq!(asked.header("authorization"), Some("Basic ZmVlZDpzZWNyZXQ="));
        Reply::new(200, "id,title,link,price\n1,Drill,https://shop.example/1,9.00 EUR\n")
    };
    // Much longer than what is read of it.
    let long: Handler = |_| {
        Reply::new(200, "id,title,link,price\n".to_owned() + &"1,Straße,https://shop.example/1,9 EUR\n".repeat(50_000))
    };
    each(
        body,
        &[
            (good, Healthy, None),
            (long, Healthy, None),
            (|_| Reply::new(401, ""), AuthFailed, Some("credentials_refused")),
            (|_| Reply::new(403, ""), AuthFailed, Some("access_denied")),
            (|_| Reply::new(404, ""), Degraded, Some("feed_not_found")),
            (|_| Reply::new(200, ""), Degraded, Some("feed_empty")),
            (|_| Reply::new(200, "<!doctype html><html>canary"), Degraded, Some("feed_is_a_page")),
            (|_| Reply::new(200, "sku;name\n"), Degraded, Some("feed_format_differs")),
            (
                |_| Reply::new(200, b"id,title,link,price\n1,Stra\xdfe,https://shop.example/1,9 EUR\n".to_vec()),
                Degraded,
                Some("feed_not_utf8"),
            ),
            (|_| Reply::new(200, "id,title\n").ending(Ending::Cut(4)), Degraded, Some("connection_lost")),
            (|_| Reply::raw("canary"), Degraded, Some("not_http")),
        ],
    )
    .await;
}

#[tokio::test]
async fn a_shop_that_cannot_be_reached_is_a_finding() {
    let world = World::start().await;
    let shop = Shop::start(|_| Reply::redirect("http://169.254.169.254/latest/meta-data/")).await;
    let stores = stores(&world, local(Names::default()).0);
    let redirected = found(&world, &stores, &custom(&shop.url())).await;
    assert_eq!((redirected.status, redirected.code), (Degraded, Some("redirect_not_allowed")));
    assert!(!redirected.message.contains("169.254"), "{}", redirected.message);
    drop(shop);
    let names = Names::default().with("inside.example", &["10.0.0.1:443"]);
    let strict = Outbound::with(&settings(""), Arc::new(names), &[]).unwrap();
    let strict = self::stores(&world, strict);
    // One answer for both, or a check would tell which names there are inside.
    let inside = found(&world, &strict, &custom("https://inside.example")).await;
    assert_eq!((inside.status, inside.code), (Degraded, Some("host_not_public")));
    assert_eq!(inside, found(&world, &strict, &custom("https://nowhere.example")).await);
    assert!(!inside.message.contains("10.0.0.1"), "{}", inside.message);
    // Taken and given back at once: nobody listens there now.
    let free = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let gone = found(&world, &stores, &custom(&format!("http://{free}"))).await;
    assert_eq!(gone.code, Some("connect_failed"));
}

#[tokio::test]
async fn a_check_is_answered_kept_and_written_down() {
    let world = with_local_shops().start().await;
    let client = manager(&world).await;
    let shop = Shop::start(|_| Reply::new(200, "hello")).await;
    assert_eq!(put(&client, STORE, &custom(&shop.url())).await.status, 201);
    let checked = client.post(CHECK, &json!({})).await;
    assert_eq!(checked.status, 200, "{}", checked.text());
    let finding = checked.json();
    assert_eq!((&finding["status"], &finding["code"]), (&json!("healthy"), &json!(null)));
    let shown = client.get(STORE).await;
    assert_eq!(shown.json()["status"], "healthy");
    assert_eq!(shown.json()["last_checked_at"], finding["checked_at"]);
    // Nothing that can be set has changed.
    assert_eq!(shown.header("etag"), Some("\"1\""));
    let log: Vec<Value> = world.query("SELECT after FROM vestibule.audit_log WHERE action = 'store.checked'").await;
    assert_eq!(log, [json!({"status": "healthy", "last_error_code": null})]);

    let again = client.post(CHECK, &json!({})).await;
    assert_eq!(again.code(), "rate_limited");
    assert_eq!(again.json()["violated_policies"], json!(["store-check"]));
    assert_eq!(shop.asked().len(), 1);
    // A change of what is not asked about keeps the finding; another address does not.
    let mut priced = custom(&shop.url());
    priced["currency"] = json!("EUR");
    assert_eq!(put(&client, STORE, &priced).await.json()["status"], "healthy");
    let moved = put(&client, STORE, &custom(&format!("{}/de", shop.url()))).await.json();
    assert_eq!((&moved["status"], &moved["last_checked_at"]), (&json!("pending"), &json!(null)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_check_of_what_was_changed_meanwhile_is_not_kept() {
    let world = World::start().await;
    let stores = stores(&world, local(Names::default()).0);
    let by = Author::system("test");
    let connect = async |url: &str| {
        let input: StoreInput = serde_json::from_value(custom(url)).unwrap();
        stores.put(&world.workspace, &input, &Expected::Whatever, &by).await.unwrap()
    };
    let (asked, mut is_asked) = tokio::sync::mpsc::unbounded_channel();
    let (go, may_go) = std::sync::mpsc::channel::<()>();
    let may_go = parking_lot::Mutex::new(may_go);
    let shop = Shop::start(move |_| {
        asked.send(()).unwrap();
        tokio::task::block_in_place(|| may_go.lock().recv().unwrap());
        Reply::new(200, "")
    });
    let shop = shop.await;
    connect(&shop.url()).await;
    let check = stores.check(&world.workspace, &by);
    let change = async {
        is_asked.recv().await.unwrap();
        let changed = connect("https://other.example").await;
        go.send(()).unwrap();
        changed
    };
    let (checked, _) = tokio::join!(check, change);
    assert_eq!(checked.unwrap().1.status, Healthy);
    let now = stores.find(&world.workspace).await.unwrap().unwrap();
    assert_eq!((now.status, now.version), (StoreStatus::Pending, 2));
}

#[tokio::test]
async fn few_checks_run_at_the_same_time() {
    let world = World::start().await;
    let stores = stores(&world, local(Names::default()).0);
    let by = Author::system("test");
    // Takes connections and says nothing until it is gone.
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let input: StoreInput =
        serde_json::from_value(custom(&format!("http://{}", silent.local_addr().unwrap()))).unwrap();
    stores.put(&world.workspace, &input, &Expected::Whatever, &by).await.unwrap();
    let mut running = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let (stores, workspace, by) = (stores.clone(), world.workspace.clone(), by.clone());
        running.spawn(async move { stores.check(&workspace, &by).await.map(drop) });
    }
    let mut held = Vec::new();
    for _ in 0..8 {
        held.push(silent.accept().await.unwrap());
    }
    let ninth = stores.check(&world.workspace, &by).await;
    assert!(matches!(ninth, Err(StoreError::TooSoon { .. })), "{ninth:?}");
    drop(held);
    while let Some(done) = running.join_next().await {
        done.unwrap().unwrap();
    }
}
