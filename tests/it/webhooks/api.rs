//! The endpoints.

use super::{HOOKS, Receiver, hook, world_of_receivers};
use crate::harness::{Answer, World};
use crate::stores::{manager, manager_of};
use http::Method;
use serde_json::json;
use vestibule::domain::ids::TenantId;
use vestibule::domain::scope::Scope;

fn fields(answer: &Answer) -> Vec<String> {
    assert_eq!(answer.code(), "validation_failed", "{}", answer.text());
    let body = answer.json();
    body["errors"].as_array().unwrap().iter().map(|fault| fault["field"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_webhook_is_made_shown_changed_and_removed_and_its_secret_is_told_once() {
    let world = World::start().await;
    let client = manager(&world).await;
    assert_eq!(client.get(HOOKS).await.json(), json!({"data": []}));
    let body = json!({
        "url": "https://hooks.example/in?token=t0ken",
        "description": "On call",
        "events": ["catalog.sync_failed", "key.quota_warning"],
    });
    let made = client.post(HOOKS, &body).await;
    assert_eq!((made.status.as_u16(), made.header("etag")), (201, Some("\"1\"")), "{}", made.text());
    let view = made.json();
    let secret = view["secret"].as_str().unwrap();
    assert!(secret.starts_with("whsec_") && secret.len() == 50, "{secret}");
    assert_eq!(view["events"], json!(["key.quota_warning", "catalog.sync_failed"]));
    assert_eq!((&view["enabled"], &view["refused_percent"]), (&json!(true), &json!(30)));
    let one = format!("{HOOKS}/{}", view["id"].as_str().unwrap());
    assert_eq!(made.header("location"), Some(one.as_str()));

    let shown = client.get(&one).await;
    assert_eq!(shown.json().get("secret"), None);
    assert_eq!(client.get(HOOKS).await.json()["data"], json!([shown.json()]));

    let patch = |etag: &'static str, body: serde_json::Value| {
        let client = client.with("content-type", "application/json").also("if-match", etag);
        let one = one.clone();
        async move { client.send(Method::PATCH, &one, body.to_string()).await }
    };
    assert_eq!(patch("\"7\"", json!({"enabled": false})).await.code(), "precondition_failed");
    let changed = patch("\"1\"", json!({"enabled": false, "events": ["key.expiring"]})).await;
    assert_eq!((changed.status.as_u16(), changed.header("etag")), (200, Some("\"2\"")));
    assert_eq!((&changed.json()["enabled"], &changed.json()["events"]), (&json!(false), &json!(["key.expiring"])));
    assert_eq!(changed.json()["url"], view["url"], "what is absent stays");

    let rotated = client.post(&format!("{one}/rotate-secret"), &json!({})).await;
    assert_eq!(rotated.status, 200, "{}", rotated.text());
    assert_ne!(rotated.json()["secret"], view["secret"]);
    assert!(rotated.json()["previous_secret_until"].is_string());

    assert_eq!(client.delete(&one).await.status, 204);
    assert_eq!(client.get(&one).await.code(), "not_found");
    assert_eq!(client.delete(&one).await.code(), "not_found");

    let log: Vec<String> =
        world.query("SELECT action || ' ' || coalesce(after::text, '') FROM vestibule.audit_log ORDER BY id").await;
    let log = log.join("\n");
    for action in ["webhook.created", "webhook.updated", "webhook.secret_rotated", "webhook.deleted"] {
        assert!(log.contains(action), "{action} in {log}");
    }
    assert!(!log.contains("t0ken") && !log.contains("whsec_"), "{log}");
}

#[tokio::test]
async fn every_fault_of_a_webhook_is_told() {
    let world = World::start().await;
    let client = manager(&world).await;
    let wrong = json!({"url": "ftp://x", "events": ["no.event"], "refused_percent": 101});
    assert_eq!(fields(&client.post(HOOKS, &wrong).await), ["events[0]", "refused_percent"]);
    for url in [
        "ftp://hooks.example/",
        "http://hooks.example/",
        "https://user:password@hooks.example/",
        "https://hooks.example/#part",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://169.254.169.254/latest/meta-data",
        "https://0x7f.1/",
        "",
    ] {
        let answer = client.post(HOOKS, &json!({"url": url, "events": ["key.expiring"]})).await;
        assert_eq!(fields(&answer), ["url"], "{url}");
    }
    let none = client.post(HOOKS, &json!({"url": "https://hooks.example/", "events": []})).await;
    assert_eq!(fields(&none), ["events"]);
    let unknown = client.post(HOOKS, &json!({"url": "https://hooks.example/", "events": [], "secret": "mine"})).await;
    assert_eq!(unknown.status, 422);
    assert_eq!(client.get(&format!("{HOOKS}?page=2")).await.code(), "validation_failed");
}

#[tokio::test]
async fn a_workspace_has_ten_webhooks_at_most() {
    let world = World::start().await;
    let client = manager(&world).await;
    let body = json!({"url": "https://hooks.example/", "events": ["key.expiring"]});
    for _ in 0..10 {
        assert_eq!(client.post(HOOKS, &body).await.status, 201);
    }
    assert_eq!(client.post(HOOKS, &body).await.code(), "conflict");
}

#[tokio::test]
async fn webhooks_are_for_whoever_manages_their_workspace() {
    let world = world_of_receivers().start().await;
    let (client, receiver) = (manager(&world).await, Receiver::start().await);
    let (id, _) = hook(&client, &receiver, &["key.expiring"]).await;
    let reader = manager_of(&world, &[Scope::WorkspacesRead]).await;
    assert_eq!(reader.get(&format!("{HOOKS}/{id}")).await.status, 200);
    for path in [HOOKS.to_owned(), format!("{HOOKS}/{id}/test"), format!("{HOOKS}/{id}/rotate-secret")] {
        assert_eq!(reader.post(&path, &json!({})).await.code(), "insufficient_scope", "{path}");
    }
    assert_eq!(reader.delete(&format!("{HOOKS}/{id}")).await.code(), "insufficient_scope");
    let chat_only = manager_of(&world, &[Scope::ChatWrite]).await;
    assert_eq!(chat_only.get(HOOKS).await.code(), "insufficient_scope");

    // Another workspace's, by the same caller's tenant: not there.
    world.add_workspace("other").await;
    let other = "/api/v1/workspaces/other/webhooks";
    assert_eq!(client.get(other).await.code(), "not_found", "the key is bound to its workspace");
    let count: Vec<i64> = world.query_of(TenantId::DEFAULT, "SELECT count(*) FROM vestibule.webhooks").await;
    assert_eq!(count, [1]);
    for path in [format!("{HOOKS}/nothing"), format!("{HOOKS}/01a22d88-cf3a-7f3b-ba17-7d9e73100781")] {
        assert_eq!(client.get(&path).await.code(), "not_found", "{path}");
        assert_eq!(client.post(&format!("{path}/test"), &json!({})).await.code(), "not_found", "{path}");
        assert_eq!(client.get(&format!("{path}/deliveries")).await.code(), "not_found", "{path}");
        let replay = format!("{path}/deliveries/01a22d88-cf3a-7f3b-ba17-7d9e73100781/replay");
        assert_eq!(client.post(&replay, &json!({})).await.code(), "not_found", "{path}");
    }
}
