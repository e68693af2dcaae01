//! Which pages a publishable key works in, and what every answer says to the browser about it.

use crate::harness::{Answer, Http, KeySpec, ORIGIN, World, eventually};
use http::Method;
use serde_json::json;
use uuid::Uuid;
use vestibule::domain::key::KeyLimits;
use vestibule::domain::key::{ApiKey, KeyKind};
use vestibule::domain::scope::Scope;
use vestibule::endpoints::endpoints;

const CHEAP: &str = "/api/v1/messages?session_id=nobody";
const ALLOWED: u16 = 200;
const REFUSED: u16 = 403;

/// What a browser lets a page see of an answer.
fn assert_readable_by(origin: &str, answer: &Answer) {
    assert_eq!(answer.header("access-control-allow-origin"), Some(origin), "{answer:?}");
    assert_eq!(answer.headers.get_all("access-control-allow-origin").iter().count(), 1);
    assert!(answer.header("access-control-allow-credentials").is_none(), "{answer:?}");
    assert!(varies(answer), "{answer:?}");
    let exposed = answer.header("access-control-expose-headers").expect("exposed headers").to_ascii_lowercase();
    let exposed: Vec<&str> = exposed.split(',').map(str::trim).collect();
    for name in ["ratelimit", "ratelimit-policy", "retry-after", "x-request-id"] {
        assert!(exposed.contains(&name), "{name} is not among {exposed:?}");
    }
}

fn varies(answer: &Answer) -> bool {
    let vary = answer.headers.get_all("vary").iter().filter_map(|v| v.to_str().ok()).flat_map(|v| v.split(','));
    vary.map(str::trim).any(|name| name.eq_ignore_ascii_case("origin"))
}

async fn key_for(world: &World, origins: &[&str]) -> String {
    let origins = origins.iter().map(|&o| o.to_owned()).collect();
    world.key(KeySpec { origins, ..world.spec(KeyKind::Publishable) }).await
}

#[tokio::test]
async fn a_key_works_on_the_pages_of_its_list_and_on_no_others() {
    let world = World::start().await;
    let cases: &[(&[&str], &[(&str, u16)])] = &[
        (
            &["https://shop.example"],
            &[
                ("https://shop.example", ALLOWED),
                ("https://shop.example:443", ALLOWED),
                ("https://SHOP.Example", ALLOWED),
                ("HTTPS://shop.example", ALLOWED),
                ("http://shop.example", REFUSED),
                ("https://shop.example:8443", REFUSED),
                ("https://www.shop.example", REFUSED),
                ("https://evilshop.example", REFUSED),
                ("https://shop.example.evil.example", REFUSED),
                ("https://shop.exampl", REFUSED),
                ("https://xn--shp-ted.example", REFUSED),
                ("null", REFUSED),
            ],
        ),
        (
            &["https://*.shop.example"],
            &[
                ("https://www.shop.example", ALLOWED),
                ("https://a.b.shop.example", ALLOWED),
                ("https://WWW.shop.example:443", ALLOWED),
                ("https://shop.example", REFUSED),
                ("https://evilshop.example", REFUSED),
                ("https://x-shop.example", REFUSED),
                ("http://www.shop.example", REFUSED),
                ("https://www.shop.example:8443", REFUSED),
                ("https://www.shop.example.evil.example", REFUSED),
            ],
        ),
        (
            &["https://shop.example:8443", "https://*.shop.example:9443"],
            &[
                ("https://shop.example:8443", ALLOWED),
                ("https://www.shop.example:9443", ALLOWED),
                ("https://shop.example", REFUSED),
                ("https://shop.example:443", REFUSED),
                ("https://www.shop.example:8443", REFUSED),
            ],
        ),
        (
            &["https://BÜCHER.example", "https://xn--fa-hia.example"],
            &[
                ("https://xn--bcher-kva.example", ALLOWED),
                ("https://XN--BCHER-KVA.example", ALLOWED),
                ("https://xn--fa-hia.example", ALLOWED),
                ("https://bucher.example", REFUSED),
                ("https://fass.example", REFUSED),
            ],
        ),
        (
            &["http://localhost:*", "http://127.0.0.1:3000", "http://[::1]:*"],
            &[
                ("http://localhost", ALLOWED),
                ("http://localhost:5173", ALLOWED),
                ("http://LOCALHOST:65535", ALLOWED),
                ("http://127.0.0.1:3000", ALLOWED),
                ("http://[::1]:8000", ALLOWED),
                ("https://localhost:5173", REFUSED),
                ("http://127.0.0.1:3001", REFUSED),
                ("http://127.0.0.2:3000", REFUSED),
                ("http://localhost.evil.example:5173", REFUSED),
                ("http://x.localhost:5173", REFUSED),
            ],
        ),
    ];
    for (patterns, pages) in cases {
        let http = world.public().bearer(&key_for(&world, patterns).await);
        for (origin, expected) in *pages {
            let answer = http.with("origin", origin).get(CHEAP).await;
            assert_eq!(answer.status, *expected, "{origin} with {patterns:?}: {}", answer.text());
            // A refusal is told to the page as well: what it says is no secret, and silence looks like a network
            // failure.
            assert_readable_by(origin, &answer);
            if *expected == REFUSED {
                assert_eq!(answer.code(), "forbidden_origin");
                let others = patterns.iter().find(|pattern| answer.text().contains(*pattern));
                assert_eq!(others, None, "the list is the shop's own affair");
            }
        }
    }
}

#[tokio::test]
async fn what_is_no_origin_is_refused_and_not_echoed() {
    let world = World::start().await;
    let key = key_for(&world, &["https://shop.example", "https://*.shop.example"]).await;
    let http = world.public().bearer(&key);
    for origin in [
        "",
        "*",
        "shop.example",
        "https://",
        "https://shop.example/",
        "https://shop.example/path",
        "https://user@shop.example",
        "https://shop.example.",
        "https://shop.example:",
        "https://shop.example:0443",
        "https://shop.example:99999",
        "https://*.shop.example",
        "https://shop.example https://www.shop.example",
        "https://shop.example, https://www.shop.example",
        "https://shop.example\thttps://www.shop.example",
        "https://shop%2eexample",
        "file://",
        "chrome-extension://abcdefghijklmnop",
        "NULL",
    ] {
        let answer = http.with("origin", origin).get(CHEAP).await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (403, "forbidden_origin"), "{origin:?}");
        assert_eq!(answer.header("access-control-allow-origin"), None, "{origin:?}");
        assert!(varies(&answer), "{origin:?}");
    }
    for http in
        [http.with("origin", ORIGIN).also("origin", ORIGIN), http.with_bytes("origin", b"https://shop\xff.example")]
    {
        let answer = http.get(CHEAP).await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (400, "bad_request"), "{http:?}");
        assert_eq!(answer.header("access-control-allow-origin").filter(|&echoed| echoed != ORIGIN), None);
    }
}

#[tokio::test]
async fn null_is_allowed_by_its_switch_only() {
    let world = World::start().await;
    for (set, origin, expected) in [
        ("allow_null_origin = true", "null", ALLOWED),
        ("allow_null_origin = true", "https://elsewhere.example", REFUSED),
        ("allow_any_origin = true", "null", REFUSED),
        ("allow_any_origin = true", "https://elsewhere.example", ALLOWED),
        ("allow_any_origin = true", "https://elsewhere.example/", REFUSED),
    ] {
        let key = world.publishable_key().await;
        world.change_key(&key, set).await;
        let answer = world.public().bearer(&key).with("origin", origin).get(CHEAP).await;
        assert_eq!(answer.status, expected, "{set}, {origin}: {}", answer.text());
    }
}

#[tokio::test]
async fn apps_are_allowed_by_their_switch_only() {
    let world = World::start().await;
    const APPS: [&str; 3] = ["capacitor://localhost", "ionic://localhost", "https://localhost"];
    let key = world.publishable_key().await;
    let manager = {
        let scopes = [Scope::KeysRead, Scope::KeysWrite].into_iter().chain(Scope::PUBLISHABLE).collect();
        world.public().bearer(&world.key(KeySpec { scopes, ..world.spec(KeyKind::Secret) }).await)
    };
    let id = ApiKey::parse(&key).unwrap().public_id();
    let path = format!("/api/v1/keys/{id}");
    let switch = async |on: bool| {
        let switched = json!({"allow_app_origins": on}).to_string();
        let json = manager.with("content-type", "application/merge-patch+json");
        let answer = json.send(Method::PATCH, &path, switched).await;
        assert_eq!(
            (answer.status.as_u16(), &answer.json()["allow_app_origins"]),
            (200, &json!(on)),
            "{}",
            answer.text()
        );
    };
    let asked = async |origin: &str| world.public().bearer(&key).with("origin", origin).get(CHEAP).await;
    for origin in APPS {
        assert_eq!(asked(origin).await.code(), "forbidden_origin", "{origin}");
    }
    switch(true).await;
    for origin in APPS {
        eventually(async || {
            let answer = asked(origin).await;
            if answer.status == ALLOWED { Ok(()) } else { Err(answer.text().to_owned()) }
        })
        .await;
        assert_readable_by(origin, &asked(origin).await);
        let ask = world.public().with("origin", origin).with("access-control-request-method", "POST");
        let preflight = ask.send(Method::OPTIONS, "/api/v1/chat", "").await;
        assert_eq!(preflight.header("access-control-allow-origin"), Some(origin));
    }
    // Nothing that is only like an app, and no other page.
    for origin in [
        "capacitor://localhost:80",
        "capacitor://app",
        "Capacitor://localhost",
        "capacitor://localhost/",
        "ionic://shop.example",
        "tauri://localhost",
        "http://localhost",
        "https://localhost:8443",
        "https://localhost.evil.example",
        "file://localhost",
        "null",
        "https://elsewhere.example",
    ] {
        assert_eq!(asked(origin).await.status, REFUSED, "{origin}");
    }
    assert_eq!(asked(ORIGIN).await.status, ALLOWED, "the shop's page goes on");
    switch(false).await;
    eventually(async || {
        let answer = asked(APPS[0]).await;
        if answer.status == REFUSED { Ok(()) } else { Err(answer.status) }
    })
    .await;
    // A switch, and no entry of the list; no app is any page; a secret key has none.
    let listed = json!({"allowed_origins": ["capacitor://localhost"]}).to_string();
    let refused = manager.with("content-type", "application/json").send(Method::PATCH, &path, listed).await;
    assert_eq!(refused.status, 422);
    assert!(refused.text().contains("allow_app_origins"), "{}", refused.text());
    world.change_key(&key, "allow_any_origin = true").await;
    eventually(async || {
        let answer = asked("https://elsewhere.example").await;
        if answer.status == ALLOWED { Ok(()) } else { Err(answer.status) }
    })
    .await;
    assert_eq!(asked(APPS[0]).await.status, REFUSED);
}

#[tokio::test]
async fn a_publishable_key_without_a_page_is_refused() {
    let world = World::start().await;
    let key = world.publishable_key().await;
    let session = Uuid::new_v4();
    let http = world.public().bearer(&key);
    for answer in [
        http.get(CHEAP).await,
        http.delete(CHEAP).await,
        http.post("/api/v1/chat", &json!({"message": "hello"})).await,
        http.post("/api/v1/knowledge/query", &json!({"query": "drill"})).await,
        // A referrer is no origin.
        http.with("referer", "https://shop.example/cart").get(CHEAP).await,
    ] {
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (403, "forbidden_origin"));
        assert!(answer.json()["detail"].as_str().unwrap().contains("secret key"), "{}", answer.text());
        assert!(varies(&answer));
    }
    let history = world.public().get(&format!("/api/embed/{key}/{session}")).await;
    assert_eq!((history.status.as_u16(), history.json()), (200, json!({"history": []})));
    for answer in [
        world.public().delete(&format!("/api/embed/{key}/{session}")).await,
        world
            .public()
            .post(&format!("/api/embed/{key}/stream-chat"), &json!({"sessionId": session, "message": "x"}))
            .await,
    ] {
        assert_eq!((answer.status.as_u16(), answer.json()["error"].as_str()), (403, Some("forbidden_origin")));
    }
    assert_eq!(world.upstream.control().request_count(), 0);
}

#[tokio::test]
async fn the_gateways_own_pages_count_as_their_origin_on_gets_that_say_so() {
    let world = World::start().await;
    let own = format!("http://{}", world.running().public);
    let key = key_for(&world, &[&own]).await;
    let page = world.public().bearer(&key).with("sec-fetch-site", "same-origin");
    let session = Uuid::new_v4();
    assert_eq!(page.get(CHEAP).await.status, ALLOWED);
    assert_eq!(page.send(Method::HEAD, CHEAP, "").await.status, ALLOWED);
    let widget = world.public().with("sec-fetch-site", "same-origin");
    assert_eq!(widget.get(&format!("/api/embed/{key}/{session}")).await.status, ALLOWED);

    // Browsers send `Origin` with everything but GET and HEAD.
    assert_eq!(page.delete(CHEAP).await.status, REFUSED);
    assert_eq!(page.post("/api/v1/knowledge/query", &json!({"query": "drill"})).await.status, REFUSED);
    for site in ["same-site", "cross-site", "none", "Same-Origin", "same-origin, same-origin"] {
        assert_eq!(page.with("sec-fetch-site", site).get(CHEAP).await.status, REFUSED, "{site}");
    }
    // An origin that is named is what counts.
    assert_eq!(page.with("origin", ORIGIN).get(CHEAP).await.status, REFUSED);
    let elsewhere = world.public().bearer(&key_for(&world, &[ORIGIN]).await).with("sec-fetch-site", "same-origin");
    assert_eq!(elsewhere.get(CHEAP).await.status, REFUSED);
}

#[tokio::test]
async fn the_own_origin_is_believed_from_trusted_proxies_only() {
    let forwarded = |world: &World, key: &str| {
        let http = world.public().bearer(key).with("sec-fetch-site", "same-origin");
        http.with("x-forwarded-host", "chat.example").with("x-forwarded-proto", "https")
    };
    let stranger = World::start().await;
    let key = key_for(&stranger, &["https://chat.example"]).await;
    assert_eq!(forwarded(&stranger, &key).get(CHEAP).await.status, REFUSED);

    let behind_proxy = World::builder().set("EDGE_TRUSTED_PROXIES", "127.0.0.0/8").start().await;
    let key = key_for(&behind_proxy, &["https://chat.example"]).await;
    assert_eq!(forwarded(&behind_proxy, &key).get(CHEAP).await.status, ALLOWED);
    let http = forwarded(&behind_proxy, &key).with("x-forwarded-proto", "http");
    assert_eq!(http.get(CHEAP).await.status, REFUSED);
}

#[tokio::test]
async fn a_page_can_read_every_kind_of_answer() {
    let world = World::start().await;
    let key = world.publishable_key().await;
    let http = world.public().bearer(&key).with("origin", ORIGIN);
    let no_key = world.public().with("origin", ORIGIN);
    let few = world.key(KeySpec {
        limits: KeyLimits { per_minute: Some(1), ..KeyLimits::default() },
        ..world.spec(KeyKind::Publishable)
    });
    let limited = world.public().bearer(&few.await).with("origin", ORIGIN);
    assert_eq!(limited.get(CHEAP).await.status, 200);
    let question = json!({"message": "What does the cordless drill NW-18 cost?"});
    let foreign = json!({"message": "x", "workspace": "other"});
    let large = json!({"query": "x".repeat(70_000)});
    let cases = [
        (200, http.post("/api/v1/chat", &question).await),
        (204, http.delete(CHEAP).await),
        (400, http.with("content-type", "application/json").send(Method::POST, "/api/v1/chat", "{").await),
        (401, no_key.get(CHEAP).await),
        (403, http.with("origin", "https://elsewhere.example").get(CHEAP).await),
        (404, http.post("/api/v1/chat", &foreign).await),
        (404, http.get("/api/v1/nothing").await),
        (405, http.send(Method::PUT, "/api/v1/chat", "").await),
        (413, http.post("/api/v1/knowledge/query", &large).await),
        (415, http.with("content-type", "text/plain").send(Method::POST, "/api/v1/chat", "{}").await),
        (422, http.post("/api/v1/chat", &json!({"message": ""})).await),
        (429, limited.get(CHEAP).await),
    ];
    for (status, answer) in &cases {
        assert_eq!(answer.status, *status, "{}", answer.text());
        let origin = if *status == 403 { "https://elsewhere.example" } else { ORIGIN };
        assert_readable_by(origin, answer);
    }
    world.upstream.stop().await;
    let answer = http.post("/api/v1/chat", &question).await;
    assert_eq!((answer.status.as_u16(), answer.code().as_str()), (502, "upstream_unavailable"));
    assert_readable_by(ORIGIN, &answer);
    let stream = http.stream("/api/v1/chat", &json!({"message": "x", "stream": true})).await;
    assert_eq!(stream.status, 502);
    assert_eq!(stream.headers["access-control-allow-origin"], ORIGIN);
}

#[tokio::test]
async fn answers_without_a_page_still_vary_by_origin() {
    let world = World::start().await;
    let server = world.server().await;
    for answer in [server.get(CHEAP).await, world.public().get(CHEAP).await] {
        assert!(varies(&answer), "a shared cache would hand this to a page: {answer:?}");
        assert_eq!(answer.header("access-control-allow-origin"), None);
    }
}

fn preflight(http: &Http, method: &str) -> Http {
    let headers = "authorization,content-type,x-widget-key,idempotency-key";
    http.with("access-control-request-method", method).with("access-control-request-headers", headers)
}

#[tokio::test]
async fn preflights_are_answered_before_keys_and_limits() {
    let world = World::start().await;
    let limits = KeyLimits { per_minute: Some(1), per_ip_per_minute: Some(1), ..KeyLimits::default() };
    let key = world.key(KeySpec { limits, ..world.spec(KeyKind::Publishable) }).await;
    let page = world.public().with("origin", "https://elsewhere.example");
    let mut rows = 0;
    for row in endpoints().filter(|row| row.cors) {
        let session = Uuid::new_v4().to_string();
        for key in [key.as_str(), "vst_pk_live_unknown"] {
            let path = row.path.replace("{key}", key).replace("{session}", &session);
            let answer = preflight(&page, row.method.as_str()).options(&path).await;
            assert_eq!(answer.status, 204, "{}: {answer:?}", row.name);
            assert!(answer.body.is_empty());
            assert_eq!(answer.header("access-control-allow-origin"), Some("https://elsewhere.example"), "{}", row.name);
            assert!(varies(&answer), "{}", row.name);
            let methods = answer.header("access-control-allow-methods").unwrap();
            assert!(methods.split(", ").any(|method| method == row.method.as_str()), "{}: {methods}", row.name);
            let headers = answer.header("access-control-allow-headers").unwrap().to_ascii_lowercase();
            for asked in [
                "authorization",
                "content-type",
                "x-widget-key",
                "idempotency-key",
                "sentry-trace",
                "baggage",
                "traceparent",
                "tracestate",
                "x-datadog-trace-id",
                "x-datadog-parent-id",
                "x-datadog-sampling-priority",
                "newrelic",
                "b3",
                "x-b3-traceid",
                "x-requested-with",
                "x-cloud-trace-context",
                "adrum",
                "x-dtpc",
                "sw8",
                "eagleeye-traceid",
                "x-posthog-session-id",
                "x-csrf-token",
            ] {
                assert!(headers.split(", ").any(|header| header == asked), "{}: {headers}", row.name);
            }
            assert!(answer.header("access-control-max-age").unwrap().parse::<u32>().unwrap() > 0);
            assert!(answer.header("ratelimit").is_none());
        }
        rows += 1;
    }
    assert!(rows >= 7, "{rows}");
    // None of them was counted against the key: its one request is still there.
    let http = world.public().bearer(&key).with("origin", ORIGIN);
    assert_eq!(http.get(CHEAP).await.status, 200);
    assert_eq!(http.get(CHEAP).await.status, 429);
    // And the limit of the key does not stop them.
    assert_eq!(preflight(&page, "POST").options("/api/v1/chat").await.status, 204);
    assert_eq!(world.upstream.control().request_count(), 0);
}

#[tokio::test]
async fn preflights_allow_nothing_where_pages_have_no_business() {
    let world = World::start().await;
    let page = world.public().with("origin", ORIGIN);
    for row in endpoints().filter(|row| !row.cors) {
        let path = row.path.replace("{file}", "x.js").replace("{code}", "not_found").replace("{model}", "shop");
        let answer = preflight(&page, row.method.as_str()).options(&path).await;
        assert_eq!(answer.header("access-control-allow-origin"), None, "{}", row.name);
        assert_eq!(answer.header("access-control-allow-methods"), None, "{}", row.name);
    }
    for path in ["/nothing", "/api/v1/workspace/shop", "/api/v1/system/env-dump", "/api/ping", "/api/embed"] {
        let answer = preflight(&page, "GET").options(path).await;
        assert_eq!(answer.status, 404, "{path}: {}", answer.text());
        assert_eq!(answer.header("access-control-allow-methods"), None, "{path}");
    }
    // What is no origin gets no permission.
    for origin in ["https://shop.example/", "file://", "https://a.example https://b.example"] {
        let answer = preflight(&world.public().with("origin", origin), "POST").options("/api/v1/chat").await;
        assert_eq!(answer.header("access-control-allow-origin"), None, "{origin}");
        assert_eq!(answer.header("access-control-allow-methods"), None, "{origin}");
    }
    assert_eq!(world.upstream.control().request_count(), 0);
}

#[tokio::test]
async fn an_options_request_that_is_no_preflight_is_a_method_that_is_not_there() {
    let world = World::start().await;
    let answer = world.public().with("origin", ORIGIN).options("/api/v1/chat").await;
    assert_eq!((answer.status.as_u16(), answer.code().as_str()), (405, "method_not_allowed"));
    assert_eq!(answer.header("allow"), Some("POST"));
    let answer = world.public().with("access-control-request-method", "POST").options("/api/v1/chat").await;
    assert_eq!(answer.status, 405);
}
