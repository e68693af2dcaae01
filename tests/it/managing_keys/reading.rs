//! Listing, searching, limits and snippets.

use super::{KEYS, faults, make, manager, patch, path, publishable, secret, server, show, text, with};
use crate::harness::{Http, World};
use base64::Engine as _;
use serde_json::{Value, json};
use sha2::Digest as _;

async fn names(manager: &Http, query: &str) -> Vec<String> {
    let answer = manager.get(&format!("{KEYS}?{query}")).await;
    assert_eq!(answer.status, 200, "{query}: {}", answer.text());
    let body = answer.json();
    body["data"].as_array().unwrap().iter().map(|key| text(key, "name").to_owned()).collect()
}

#[tokio::test]
async fn keys_are_found_by_what_is_known_of_them() {
    let world = World::start().await;
    world.add_workspace("second-shop").await;
    let manager = manager(&world).await;
    let web = make(&manager, &with(publishable(&world), &json!({"name": "Web"}))).await;
    let erp = make(&manager, &with(secret(), &json!({"name": "ERP", "workspace": "second-shop"}))).await;
    let off = make(&manager, &with(secret(), &json!({"name": "Old PIM", "env": "live", "enabled": false}))).await;
    let gone = make(&manager, &with(secret(), &json!({"name": "Leaked"}))).await;
    assert_eq!(manager.post(&path(&gone, "/revoke"), &json!({})).await.status, 200);

    assert_eq!(names(&manager, "limit=100").await, ["test", "Web", "ERP", "Old PIM", "Leaked"], "as they were made");
    for (query, wanted) in [
        ("kind=publishable", vec!["Web"]),
        ("env=live", vec!["test", "Old PIM"]),
        ("env=test", vec!["Web", "ERP", "Leaked"]),
        ("status=active", vec!["test", "Web", "ERP"]),
        ("status=disabled", vec!["Old PIM"]),
        ("status=revoked", vec!["Leaked"]),
        ("status=expired", vec![]),
        ("workspace=second-shop", vec!["ERP"]),
        ("q=pim", vec!["Old PIM"]),
        ("q=100%25", vec![]),
    ] {
        assert_eq!(names(&manager, query).await, wanted, "{query}");
    }
    assert_eq!(names(&manager, &format!("q={}", text(&web, "public_id"))).await, ["Web"]);
    assert_eq!(names(&manager, &format!("q={}", &text(&erp, "public_id")[..8])).await, ["ERP"]);
    assert!(names(&manager, &format!("q={}", text(&off, "last_four"))).await.contains(&"Old PIM".to_owned()));

    let answer = manager.get(&format!("{KEYS}?kind=x&env=x&status=x&q=&limit=0&sort=name")).await;
    let found: Vec<_> = faults(&answer).into_iter().map(|(field, _)| field).collect();
    assert_eq!(found, ["kind", "env", "status", "q", "limit", "sort"]);
    assert_eq!(manager.get(&format!("{KEYS}?workspace=nowhere")).await.status, 404);
    for query in ["q=a%00b", "workspace=sh%00p"] {
        assert_eq!(manager.get(&format!("{KEYS}?{query}")).await.status, 422, "{query}");
    }
}

#[tokio::test]
async fn pages_hold_every_key_once() {
    let world = World::start().await;
    let manager = manager(&world).await;
    for number in 0..4 {
        make(&manager, &with(secret(), &json!({"name": format!("key {number}")}))).await;
    }
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = manager.get(&format!("{KEYS}?limit=2{cursor}")).await.json();
        seen.extend(page["data"].as_array().unwrap().iter().map(|key| text(key, "name").to_owned()));
        if page["has_more"] == false {
            break;
        }
        cursor = format!("&cursor={}", text(&page, "next_cursor"));
    }
    assert_eq!(seen, ["test", "key 0", "key 1", "key 2", "key 3"]);
}

#[tokio::test]
async fn the_limits_in_force_say_what_is_left() {
    let world = World::start().await;
    let manager = manager(&world).await;
    let limits = json!({"per_minute": 5, "per_visitor_per_minute": 2, "max_streams": 7});
    let body = with(secret(), &json!({"workspace": world.workspace.slug, "limits": limits}));
    let key = make(&manager, &body).await;
    let rate = async |policy: &str| {
        let answer = manager.get(&path(&key, "/limits")).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let body: Value = answer.json();
        body["rates"].as_array().unwrap().iter().find(|rate| rate["policy"] == policy).cloned().unwrap_or_default()
    };
    assert_eq!(rate("key-minute").await["remaining"], 5);
    super::answered(&server(&world, &key)).await;
    let after = rate("key-minute").await;
    assert_eq!((&after["per_minute"], &after["burst"], &after["remaining"]), (&json!(5), &json!(5), &json!(4)));
    let visitor = rate("visitor-minute").await;
    assert_eq!((&visitor["per_minute"], &visitor["remaining"]), (&json!(2), &json!(null)), "of each visitor");
    assert_eq!(rate("ip-minute").await, Value::Null, "a secret key has none of its own accord");
    let streams = manager.get(&path(&key, "/limits")).await.json()["streams"].clone();
    assert_eq!(streams, json!({"limit": 7, "per_ip": null, "per_visitor": 5, "open": 0}));

    let web = make(&manager, &publishable(&world)).await;
    let body = manager.get(&path(&web, "/limits")).await.json();
    let policies: Vec<_> = body["rates"].as_array().unwrap().iter().map(|rate| text(rate, "policy")).collect();
    let shown = ["key-minute", "ip-minute", "visitor-minute", "ip-visitors-minute", "visitor-request-minute"];
    assert_eq!(policies, shown, "the configured ones");
    assert_eq!(body["streams"], json!({"limit": 50, "per_ip": 20, "per_visitor": 5, "open": 0}));
}

#[tokio::test]
async fn a_snippet_is_there_for_every_kind_of_shop_and_for_no_secret_key() {
    let world = World::start().await;
    let manager = manager(&world).await;
    let web = make(&manager, &publishable(&world)).await;
    world.change_settings(r##"widget = widget || '{"brand_color": "#AB12CD", "position": "bottom-left"}'"##).await;
    let body = manager.get(&path(&web, "/snippet")).await.json();
    let snippets = body["snippets"].as_array().unwrap();
    let platforms: Vec<_> = snippets.iter().map(|snippet| text(snippet, "platform")).collect();
    assert_eq!(platforms, ["html", "shopify", "woocommerce", "html_pinned"]);
    for snippet in snippets {
        let code = text(snippet, "code");
        assert!(code.contains(&format!("data-key=\"{}\"", text(&body, "placeholder"))), "{code}");
        assert!(code.contains("data-color=\"#AB12CD\"") && code.contains("data-position=\"bottom-left\""), "{code}");
        assert!(!code.contains(text(&web, "key")), "it is not known any more");
    }
    // What a browser would load is there, and is what it was told.
    let pinned = text(&snippets[3], "code");
    let attribute = |name: &str| pinned.split_once(&format!("{name}=\"")).unwrap().1.split_once('"').unwrap().0;
    let script = world.public().get(attribute("src").strip_prefix("https://chat.example").unwrap()).await;
    assert_eq!((script.status.as_u16(), script.header("access-control-allow-origin")), (200, Some("*")));
    assert_eq!(script.header("cache-control"), Some("public, max-age=31536000, immutable"));
    let hash = base64::engine::general_purpose::STANDARD.encode(sha2::Sha384::digest(&script.body));
    assert_eq!(attribute("integrity"), format!("sha384-{hash}"));
    assert_eq!(script.body, world.public().get("/widget.js").await.body);
    for nothing in ["/widget/widget.0000000000000000.js", "/widget/widget..js", "/widget/languages/xx.1.json"] {
        assert_eq!(world.public().get(nothing).await.status, 404, "{nothing}");
    }
    assert_eq!((&body["works"], &body["widget"]), (&json!(true), &json!("vestibule")));

    let theirs = path(&web, "/snippet?widget=anythingllm");
    let body = manager.get(&theirs).await.json();
    for snippet in body["snippets"].as_array().unwrap() {
        let code = text(snippet, "code");
        assert!(code.contains(&format!("data-embed-id=\"{}\"", text(&body, "placeholder"))), "{code}");
        assert!(code.contains("/api/embed\"") && code.contains("/embed/anythingllm-chat-widget.min.js\""), "{code}");
    }
    assert_eq!(body["works"], true);
    assert_eq!(patch(&manager, &web, &json!({"visitor_token": "required"})).await.status, 200);
    assert_eq!(manager.get(&theirs).await.json()["works"], false, "that widget cannot get tokens");
    assert_eq!(manager.get(&path(&web, "/snippet")).await.json()["works"], true);
    let unknown = manager.get(&path(&web, "/snippet?widget=mine")).await;
    assert_eq!((unknown.status.as_u16(), unknown.code()), (422, "validation_failed".into()));

    let erp = make(&manager, &secret()).await;
    let refused = manager.get(&path(&erp, "/snippet")).await;
    assert_eq!((refused.status.as_u16(), refused.code()), (409, "conflict".into()));
}

#[tokio::test]
async fn what_is_no_key_is_not_found() {
    let world = World::start().await;
    let manager = manager(&world).await;
    let unknown = uuid::Uuid::new_v4().to_string();
    for name in [unknown.as_str(), "aaaaaaaaaaaa", "a", "vst_pk_test_a", "%F0%9F%94%91"] {
        for (method, rest) in [
            ("GET", ""),
            ("GET", "/limits"),
            ("GET", "/snippet"),
            ("PATCH", ""),
            ("POST", "/rotate"),
            ("POST", "/revoke"),
        ] {
            let client = manager.with("content-type", "application/json");
            let body = if method == "GET" { "" } else { "{}" };
            let answer = client.send(method.parse().unwrap(), &format!("{KEYS}/{name}{rest}"), body).await;
            assert_eq!((answer.status.as_u16(), answer.code()), (404, "not_found".into()), "{method} {name}{rest}");
        }
    }
}

#[tokio::test]
async fn without_a_database_nothing_is_invented() {
    let world = World::start().await;
    let manager = manager(&world).await;
    let key = make(&manager, &secret()).await;
    show(&manager, &key).await;
    world.cut_off_the_database().await;
    for answer in [
        manager.get(KEYS).await,
        manager.get(&path(&key, "")).await,
        manager.post(KEYS, &secret()).await,
        patch(&manager, &key, &json!({"name": "x"})).await,
        manager.post(&path(&key, "/rotate"), &json!({})).await,
        manager.post(&path(&key, "/revoke"), &json!({})).await,
    ] {
        assert_eq!((answer.status.as_u16(), answer.code()), (503, "service_unavailable".into()), "{}", answer.text());
        assert!(answer.header("retry-after").is_some());
    }
}
