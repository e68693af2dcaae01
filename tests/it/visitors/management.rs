//! Managing identity: who may, what is shown, what is written down.

use super::{IDENTITY, REVOKE, ROTATE, faults, manager, page, put, told};
use crate::harness::{KeySpec, World};
use serde_json::{Value, json};
use vestibule::domain::key::KeyKind;
use vestibule::domain::scope::Scope;

#[tokio::test]
async fn a_secret_is_told_once_and_its_hint_afterwards() {
    let world = World::start().await;
    let manager = manager(&world).await;
    let none = manager.get(IDENTITY).await.json();
    let expected = json!({"enabled": false, "enforced": false, "switched_at": null, "switched_by": null, "secret": null,
        "token_generation": 1});
    assert_eq!(none, expected);
    let too_soon = put(&manager, IDENTITY, &json!({"enabled": true, "enforced": false})).await;
    assert_eq!(told(&too_soon), (409, "conflict".into()));
    assert!(too_soon.text().contains("rotate-secret"));
    let made = manager.post(ROTATE, &json!({})).await;
    assert_eq!(made.status, 200, "{}", made.text());
    assert_eq!(made.header("cache-control"), Some("no-store"));
    let made = made.json();
    let secret = made["secret"].as_str().unwrap();
    assert!(secret.starts_with("vst_is_") && secret.len() == 50, "{secret}");
    assert_eq!(made["previous_expires_at"], Value::Null, "there was none before");
    let answer = put(&manager, IDENTITY, &json!({"enabled": true, "enforced": true})).await;
    let shown = answer.json();
    assert_eq!((&shown["enabled"], &shown["enforced"]), (&json!(true), &json!(true)));
    assert_eq!(shown["switched_by"], "test");
    assert_eq!(shown["secret"]["hint"].as_str().unwrap(), &secret[46..]);
    assert_eq!(shown["secret"]["made_by"], "test");
    assert!(!answer.text().contains(secret));
    assert_eq!(manager.get(IDENTITY).await.json(), shown);
    let again = manager.post(ROTATE, &json!({"grace_seconds": 60})).await.json();
    assert!(again["previous_expires_at"].is_string());
    let stored: Vec<String> = world.query("SELECT t::text FROM vestibule.identity_secrets AS t").await;
    assert!(!stored[0].contains(secret));
}

#[tokio::test]
async fn what_is_sent_must_make_sense() {
    let world = World::start().await;
    let manager = manager(&world).await;
    manager.post(ROTATE, &json!({})).await;
    for (body, field, code) in [
        (json!({"enabled": false, "enforced": true}), "enforced", "conflict"),
        (json!({"enabled": true}), "enforced", "required"),
        (json!({"enabled": "yes", "enforced": false}), "enabled", "type"),
        (json!({"enabled": true, "enforced": false, "secret": "mine"}), "secret", "unknown"),
    ] {
        assert_eq!(faults(&put(&manager, IDENTITY, &body).await), [(field.into(), code.into())]);
    }
    for (body, code) in
        [(json!({"grace_seconds": 604_801}), "out_of_range"), (json!({"grace_seconds": -1}), "out_of_range")]
    {
        assert_eq!(faults(&manager.post(ROTATE, &body).await)[0], ("grace_seconds".into(), code.into()), "{body}");
    }
    assert_eq!(faults(&manager.post(REVOKE, &json!({"all": true})).await), [("all".into(), "unknown".into())]);
}

#[tokio::test]
async fn only_those_who_manage_the_workspace_may() {
    let world = World::start().await;
    world.add_workspace("other").await;
    let reader = {
        let scopes = [Scope::WorkspacesRead].into_iter().collect();
        world.public().bearer(&world.key(KeySpec { scopes, ..world.spec(KeyKind::Secret) }).await)
    };
    assert_eq!(reader.get(IDENTITY).await.status, 200);
    assert_eq!(told(&reader.post(ROTATE, &json!({})).await), (403, "insufficient_scope".into()));
    assert_eq!(told(&reader.post(REVOKE, &json!({})).await), (403, "insufficient_scope".into()));
    let answer = put(&reader, IDENTITY, &json!({"enabled": false, "enforced": false})).await;
    assert_eq!(told(&answer), (403, "insufficient_scope".into()));
    let (page, _) = page(&world).await;
    assert_eq!(told(&page.get(IDENTITY).await), (403, "insufficient_scope".into()));
    let manager = manager(&world).await;
    for path in ["/api/v1/workspaces/other/identity", "/api/v1/workspaces/none/identity"] {
        assert_eq!(told(&manager.get(path).await), (404, "not_found".into()));
        let answer = put(&manager, path, &json!({"enabled": false, "enforced": false})).await;
        assert_eq!(told(&answer), (404, "not_found".into()));
        assert_eq!(told(&manager.post(&format!("{path}/rotate-secret"), &json!({})).await), (404, "not_found".into()));
    }
    let elsewhere = manager.post("/api/v1/workspaces/other/visitor-tokens/revoke", &json!({})).await;
    assert_eq!(told(&elsewhere), (404, "not_found".into()));
}

#[tokio::test]
async fn changes_are_written_down_without_the_secret() {
    let world = World::start().await;
    let manager = manager(&world).await;
    let first = manager.post(ROTATE, &json!({})).await.json();
    put(&manager, IDENTITY, &json!({"enabled": true, "enforced": false})).await;
    assert_eq!(manager.post(REVOKE, &json!({})).await.json(), json!({"token_generation": 2}));
    manager.post(ROTATE, &json!({"grace_seconds": 0})).await;
    let entries: Vec<Value> = world
        .query("SELECT jsonb_build_object('action', action, 'target', target, 'before', before, 'after', after) FROM vestibule.audit_log WHERE action <> 'key.created' ORDER BY id")
        .await;
    let actions: Vec<_> = entries.iter().map(|entry| entry["action"].as_str().unwrap()).collect();
    assert_eq!(
        actions,
        ["identity.secret_rotated", "identity.switched", "visitor_tokens.revoked", "identity.secret_rotated"]
    );
    assert!(entries.iter().all(|entry| entry["target"] == "workspace:shop"));
    assert_eq!(entries[0]["before"], Value::Null);
    assert_eq!((&entries[1]["before"], &entries[1]["after"]), (&json!({"enabled": false}), &json!({"enabled": true})));
    assert_eq!(
        (&entries[2]["before"], &entries[2]["after"]),
        (&json!({"token_generation": 1}), &json!({"token_generation": 2}))
    );
    assert_eq!(entries[3]["before"]["hint"], first["hint"]);
    let secret = first["secret"].as_str().unwrap();
    assert!(entries.iter().all(|entry| !entry.to_string().contains(secret)));
}
