//! Changing keys by merge patches, and revoking them.

use super::{answered, faults, make, manager, page, patch, path, publishable, secret, show, text};
use crate::harness::World;
use http::Method;
use serde_json::{Value, json};

#[tokio::test]
async fn a_patch_changes_what_it_names_and_takes_effect() {
    let world = World::start().await;
    let manager = manager(&world).await;
    let key = make(&manager, &publishable(&world)).await;
    let page = page(&world, &key);
    assert_eq!(answered(&page).await, "200");

    let answer =
        patch(&manager, &key, &json!({"allowed_origins": ["https://other.example"], "limits": {"burst": 9}})).await;
    assert_eq!((answer.status.as_u16(), answer.header("etag")), (200, Some("\"2\"")), "{}", answer.text());
    let after = answer.json();
    assert_eq!((&after["allowed_origins"], &after["limits"]["burst"]), (&json!(["https://other.example"]), &json!(9)));
    assert_eq!((text(&after, "name"), &after["version"]), ("Storefront", &json!(2)), "the rest stays");
    assert_eq!(answered(&page).await, "forbidden_origin");
    assert_eq!(answered(&page.with("origin", "https://other.example")).await, "200");

    let back = patch(&manager, &key, &json!({"limits": {"burst": null}, "scopes": ["chat:write"]})).await.json();
    assert_eq!((&back["limits"]["burst"], &back["scopes"]), (&json!(null), &json!(["chat:write"])));
    assert_eq!(answered(&page.with("origin", "https://other.example")).await, "insufficient_scope");
    // To the minute, and requests were made meanwhile.
    let timeless = |mut key: Value| {
        key["last_used_at"].take();
        key
    };
    assert_eq!(timeless(show(&manager, &key).await), timeless(back));
    assert_eq!(patch(&manager, &key, &json!({})).await.json()["version"], 3, "nothing changed");
}

#[tokio::test]
async fn a_key_is_switched_off_and_on() {
    let world = World::start().await;
    let manager = manager(&world).await;
    let key = make(&manager, &publishable(&world)).await;
    let page = page(&world, &key);
    let off = patch(&manager, &key, &json!({"enabled": false})).await.json();
    assert_eq!((text(&off, "status"), answered(&page).await.as_str()), ("disabled", "key_disabled"));
    let on = patch(&manager, &key, &json!({"enabled": true})).await.json();
    assert_eq!((text(&on, "status"), answered(&page).await.as_str()), ("active", "200"));
}

#[tokio::test]
async fn of_two_changes_of_one_version_one_wins() {
    let world = World::start().await;
    let manager = manager(&world).await;
    let key = make(&manager, &secret()).await;
    let change = async |tag: &str, name: &str| {
        let client = manager.with("if-match", tag).with("content-type", "application/json");
        client.send(Method::PATCH, &path(&key, ""), json!({"name": name}).to_string()).await
    };
    assert_eq!(change("\"1\"", "first").await.status, 200);
    let late = change("\"1\"", "second").await;
    assert_eq!((late.status.as_u16(), late.code()), (412, "precondition_failed".into()));
    assert_eq!(change("*", "third").await.status, 200);

    // Without a version, changes of different fields both happen.
    let (name, limits) = (json!({"name": "fourth"}), json!({"limits": {"burst": 3}}));
    let both = tokio::join!(patch(&manager, &key, &name), patch(&manager, &key, &limits));
    assert_eq!((both.0.status.as_u16(), both.1.status.as_u16()), (200, 200));
    let after = show(&manager, &key).await;
    assert_eq!((text(&after, "name"), &after["limits"]["burst"]), ("fourth", &json!(3)));
}

#[tokio::test]
async fn what_cannot_be_changed_and_what_breaks_a_rule_is_named() {
    let world = World::start().await;
    let manager = manager(&world).await;
    let key = make(&manager, &publishable(&world)).await;
    let before = show(&manager, &key).await;
    for (change, wanted) in [
        (
            json!({"kind": "secret", "env": "live", "workspace": null}),
            vec![("kind", "conflict"), ("env", "conflict"), ("workspace", "conflict")],
        ),
        (json!({"id": "x"}), vec![("id", "unknown")]),
        (json!({"allowed_origins": [], "name": null}), vec![("name", "too_short"), ("allowed_origins", "required")]),
        (json!({"expires_at": "2020-01-01T00:00:00Z"}), vec![("expires_at", "out_of_range")]),
        (json!({"expires_at": "tomorrow"}), vec![("expires_at", "type")]),
        (json!({"limits": []}), vec![("limits", "type")]),
    ] {
        let answer = patch(&manager, &key, &change).await;
        let found = faults(&answer);
        let found: Vec<_> = found.iter().map(|(field, code)| (field.as_str(), code.as_str())).collect();
        assert_eq!(found, wanted, "{change}: {}", answer.text());
    }
    assert_eq!(show(&manager, &key).await, before);
}

#[tokio::test]
async fn a_revoked_key_stays_revoked() {
    let world = World::start().await;
    let manager = manager(&world).await;
    let key = make(&manager, &publishable(&world)).await;
    let page = page(&world, &key);
    let revoke = async |reason: &str| manager.post(&path(&key, "/revoke"), &json!({"reason": reason})).await.json();
    let first = revoke("was in a repository").await;
    assert_eq!((text(&first, "status"), text(&first, "revoke_reason")), ("revoked", "was in a repository"));
    assert!(text(&first, "revoked_by").starts_with("api_key:"));
    assert_eq!(answered(&page).await, "key_revoked");
    let again = revoke("again").await;
    for field in ["revoked_at", "revoked_by", "revoke_reason", "version"] {
        assert_eq!(again[field], first[field], "the first revocation stands");
    }
    let changed = patch(&manager, &key, &json!({"enabled": true})).await;
    assert_eq!((changed.status.as_u16(), changed.code()), (409, "conflict".into()));
    let rotated = manager.post(&path(&key, "/rotate"), &json!({})).await;
    assert_eq!((rotated.status.as_u16(), rotated.code()), (409, "conflict".into()));
    let long = manager.post(&path(&key, "/revoke"), &json!({"reason": "x".repeat(501)})).await;
    assert_eq!(faults(&long), [("reason".to_owned(), "too_long".to_owned())]);
}

#[tokio::test]
async fn every_change_is_written_down_without_the_key() {
    let world = World::start().await;
    let manager = manager(&world).await;
    let key = make(&manager, &publishable(&world)).await;
    patch(&manager, &key, &json!({"name": "Renamed"})).await;
    let rotated = manager.post(&path(&key, "/rotate"), &json!({"grace_seconds": 60})).await.json();
    manager.post(&path(&key, "/revoke"), &json!({"reason": "leaked"})).await;
    let target = format!("key:{}", text(&key, "public_id"));
    let sql = format!(
        "SELECT action || ' ' || coalesce(before::text, '') || ' ' || after::text FROM vestibule.audit_log WHERE target = '{target}' ORDER BY id"
    );
    let written: Vec<String> = world.query(&sql).await;
    let actions: Vec<_> = written.iter().map(|line| line.split(' ').next().unwrap()).collect();
    assert_eq!(actions, ["key.created", "key.updated", "key.rotated", "key.revoked"]);
    assert!(written[1].contains(r#"{"name": "Storefront"} {"name": "Renamed"}"#), "{}", written[1]);
    assert!(written[3].contains("leaked"));
    for secret in [text(&key, "key"), text(&rotated, "key")] {
        let hidden = &secret[secret.len() - 38..];
        assert!(written.iter().all(|line| !line.contains(hidden)), "{written:?}");
    }
}

#[tokio::test]
async fn the_same_name_twice_and_deep_json_are_refused() {
    let world = World::start().await;
    let manager = manager(&world).await.with("content-type", "application/json");
    for body in [
        r#"{"kind": "secret", "kind": "publishable", "name": "x"}"#.to_owned(),
        format!("{{\"kind\": {}1{}}}", "[".repeat(1000), "]".repeat(1000)),
        "[]".to_owned(),
        "nonsense".to_owned(),
    ] {
        let answer = manager.send(Method::POST, super::KEYS, body.clone()).await;
        assert!([400, 422].contains(&answer.status.as_u16()), "{body:.40}: {}", answer.text());
    }
}
