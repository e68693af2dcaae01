//! Making keys.

use super::{KEYS, answered, faults, make, manager, page, publishable, secret, server, show, text, with};
use crate::harness::World;
use chrono::{TimeDelta, Utc};
use serde_json::json;

#[tokio::test]
async fn a_publishable_key_works_at_once_and_is_told_once() {
    let world = World::start().await;
    let manager = manager(&world).await;
    let answer = manager.post(KEYS, &publishable(&world)).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    let made = answer.json();
    assert_eq!(answer.header("location").unwrap(), format!("{KEYS}/{}", text(&made, "id")));
    assert_eq!((answer.header("etag"), answer.header("cache-control")), (Some("\"1\""), Some("no-store")));
    let key = text(&made, "key");
    assert!(key.starts_with("vst_pk_test_") && key.contains(text(&made, "public_id")));
    assert!(key.ends_with(text(&made, "last_four")));
    assert!(text(&made, "snippet").contains(&format!("/widget.js\" data-key=\"{key}\"")));
    let all = ["chat:write", "messages:read", "knowledge:query", "widget:read", "feedback:write"];
    assert_eq!(made["scopes"], json!(all));
    assert_eq!((text(&made, "status"), text(&made, "visitor_token")), ("active", "optional"));
    assert_eq!(text(&made, "workspace"), world.workspace.slug);
    assert_eq!(answered(&page(&world, &made)).await, "200");

    let shown = show(&manager, &made).await;
    assert_eq!((shown.get("key"), shown.get("snippet")), (None, None));
    let listed = manager.get(KEYS).await;
    assert!(!listed.text().contains(key), "never again");
    let by_name = manager.get(&format!("{KEYS}/{}", text(&made, "public_id"))).await.json();
    assert_eq!((&by_name["id"], &by_name["version"]), (&shown["id"], &shown["version"]), "by its public id");
}

#[tokio::test]
async fn a_secret_key_is_of_the_whole_tenant_unless_it_names_a_workspace() {
    let world = World::start().await;
    let manager = manager(&world).await;
    let whole = make(&manager, &secret()).await;
    assert_eq!((&whole["workspace"], &whole["snippet"]), (&json!(null), &json!(null)));
    assert!(text(&whole, "key").starts_with("vst_sk_test_"));
    let scopes = whole["scopes"].as_array().unwrap();
    assert!(scopes.contains(&json!("usage:read")) && !scopes.contains(&json!("keys:write")), "reads, and chats");
    let bound = make(&manager, &with(secret(), &json!({"workspace": world.workspace.slug, "env": "live"}))).await;
    assert_eq!(text(&bound, "workspace"), world.workspace.slug);
    assert!(text(&bound, "key").starts_with("vst_sk_live_"));
}

#[tokio::test]
async fn everything_about_a_key_can_be_said_when_it_is_made() {
    let world = World::start().await;
    let manager = manager(&world).await;
    let expires_at = (world.ambient.now() + TimeDelta::days(90)).to_rfc3339_opts(chrono::SecondsFormat::Micros, true);
    let limits = json!({
        "per_minute": 60, "burst": 10, "per_ip_per_minute": 20, "per_visitor_per_minute": 5, "max_streams": 3,
        "messages_per_day": 1000, "messages_per_month": 20000, "tokens_per_day": 5_000_000_000_u64, "tokens_per_month": 90_000_000_000_u64,
    });
    let body = with(
        publishable(&world),
        &json!({
            "scopes": ["widget:read", "chat:write", "chat:write"], "allowed_origins": ["HTTPS://Bücher.example:443", "https://*.shop.example"],
            "allow_null_origin": true, "allow_app_origins": true, "visitor_token": "required", "proof_of_work": true,
            "limits": limits,
            "expires_at": expires_at, "enabled": false,
        }),
    );
    let made = make(&manager, &body).await;
    assert_eq!(made["scopes"], json!(["chat:write", "widget:read"]));
    assert_eq!(made["allowed_origins"], json!(["https://xn--bcher-kva.example", "https://*.shop.example"]));
    assert_eq!((&made["allow_null_origin"], &made["proof_of_work"]), (&json!(true), &json!(true)));
    assert_eq!(made["allow_app_origins"], true);
    assert_eq!((text(&made, "visitor_token"), text(&made, "status")), ("required", "disabled"));
    assert_eq!(made["limits"], limits);
    assert_eq!(
        made["expires_at"]
            .as_str()
            .unwrap()
            .parse::<chrono::DateTime<Utc>>()
            .unwrap()
            .to_rfc3339_opts(chrono::SecondsFormat::Micros, true),
        expires_at
    );

    let ips = ["192.0.2.7", "2001:db8::/48", "::ffff:198.51.100.0/120", "192.0.2.7/32"];
    let made = make(&manager, &with(secret(), &json!({"allowed_ips": ips}))).await;
    assert_eq!(made["allowed_ips"], json!(["192.0.2.7/32", "2001:db8::/48", "198.51.100.0/24"]));
}

#[tokio::test]
async fn every_fault_is_named_and_no_key_is_made() {
    let world = World::start().await;
    let manager = manager(&world).await;
    let count = manager.get(KEYS).await.json()["data"].as_array().unwrap().len();
    let past = "2020-01-01T00:00:00Z";
    for (body, wanted) in [
        (json!({}), vec![("kind", "required")]),
        (
            json!({"kind": "private", "env": "prod", "workspace": "nowhere"}),
            vec![("kind", "format"), ("env", "format"), ("workspace", "conflict")],
        ),
        (json!({"kind": 7}), vec![("kind", "type")]),
        // PostgreSQL has no text with a NUL.
        (json!({"kind": "secret", "workspace": "sh\u{0}p"}), vec![("workspace", "conflict")]),
        (
            json!({"kind": "publishable", "name": " "}),
            vec![("workspace", "required"), ("name", "too_short"), ("allowed_origins", "required")],
        ),
        (
            with(
                publishable(&world),
                &json!({
                    "name": "two\nlines", "scopes": ["chat:write", "keys:write"], "env": "live",
                    "allowed_origins": ["shop.example", "https://*.com", "http://localhost:*", "https://fine.example"],
                    "allowed_ips": ["192.0.2.1"], "proof_of_work": true, "expires_at": past,
                    "limits": {"per_minute": 0, "tokens_per_day": 0},
                }),
            ),
            vec![
                ("name", "format"),
                ("scopes[1]", "conflict"),
                ("allowed_origins[0]", "format"),
                ("allowed_origins[1]", "format"),
                ("allowed_origins[2]", "conflict"),
                ("allowed_ips", "conflict"),
                ("proof_of_work", "conflict"),
                ("expires_at", "out_of_range"),
                ("limits.per_minute", "out_of_range"),
                ("limits.tokens_per_day", "out_of_range"),
            ],
        ),
        (
            with(
                secret(),
                &json!({
                    "allowed_origins": ["https://shop.example"], "allow_null_origin": true, "allow_app_origins": true,
                    "visitor_token": "required",
                    "allowed_ips": ["192.0.2.1/24", "shop.example", "192.0.2.0/33"], "scopes": [],
                }),
            ),
            vec![
                ("scopes", "required"),
                ("allowed_origins", "conflict"),
                ("allow_null_origin", "conflict"),
                ("allow_app_origins", "conflict"),
                ("allowed_ips[0]", "format"),
                ("allowed_ips[1]", "format"),
                ("allowed_ips[2]", "format"),
                ("visitor_token", "conflict"),
            ],
        ),
        (with(secret(), &json!({"scopes": ["everything"]})), vec![("scopes[0]", "format")]),
        (with(secret(), &json!({"colour": "red"})), vec![("colour", "unknown")]),
        (with(secret(), &json!({"limits": {"per_second": 1}})), vec![("limits.per_second", "unknown")]),
        // Nulls are what a merge patch takes out: they must not vanish unseen.
        (
            with(secret(), &json!({"colour": null, "limits": {"per_second": null, "per_hour": 1}})),
            vec![("colour", "unknown"), ("limits.per_second", "unknown"), ("limits.per_hour", "unknown")],
        ),
        (with(secret(), &json!({"limits": {"per_minute": -1}})), vec![("limits.per_minute", "out_of_range")]),
        (with(secret(), &json!({"name": "x".repeat(101)})), vec![("name", "too_long")]),
        (with(secret(), &json!({"visitor_token": "sometimes"})), vec![("visitor_token", "format")]),
    ] {
        let answer = manager.post(KEYS, &body).await;
        let found = faults(&answer);
        let found: Vec<_> = found.iter().map(|(field, code)| (field.as_str(), code.as_str())).collect();
        assert_eq!(found, wanted, "{body}: {}", answer.text());
    }
    assert_eq!(manager.get(KEYS).await.json()["data"].as_array().unwrap().len(), count);
}

#[tokio::test]
async fn a_key_with_addresses_is_refused_from_any_other() {
    // The tests come from 127.0.0.1; behind a trusted proxy the forwarded address counts.
    let world = World::builder().set("EDGE_TRUSTED_PROXIES", "127.0.0.1/32").start().await;
    let manager = manager(&world).await;
    let ips = json!({"allowed_ips": ["192.0.2.0/24", "2001:db8:7::/48"]});
    let key = make(&manager, &with(secret(), &with(ips, &json!({"workspace": world.workspace.slug})))).await;
    let server = server(&world, &key);
    assert_eq!(answered(&server).await, "forbidden_ip");
    for (from, wanted) in [
        ("192.0.2.9", "200"),
        ("192.0.3.9", "forbidden_ip"),
        ("2001:db8:7::1", "200"),
        ("2001:db8:8::1", "forbidden_ip"),
        ("::ffff:192.0.2.9", "200"),
        // The nearest address that is no trusted proxy counts; what stands before it anyone may write.
        ("192.0.2.9, 198.51.100.1", "forbidden_ip"),
        ("198.51.100.1, 192.0.2.9", "200"),
    ] {
        assert_eq!(answered(&server.with("x-forwarded-for", from)).await, wanted, "{from}");
    }
}
