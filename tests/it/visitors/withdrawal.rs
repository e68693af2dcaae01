//! What ends visitor tokens before their time.

use super::{CHEAP, IDENTITY, REVOKE, SESSION, Visitor, identified, identity_token, manager, page, put, told};
use crate::harness::{Http, World, eventually};
use serde_json::json;
use std::time::Duration;

/// Waits until the client is refused like this.
async fn refused(http: &Http, status: u16, code: &str) {
    eventually(async || match told(&http.get(CHEAP).await) {
        found if found == (status, code.to_owned()) => Ok(()),
        other => Err(other),
    })
    .await;
}

#[tokio::test]
async fn revoking_ends_all_tokens_of_the_workspace_on_every_replica() {
    let world = World::start().await;
    let replica = world.replica().await;
    let (page, _) = page(&world).await;
    let visitor = Visitor::arrive(&page, &json!({})).await;
    visitor.ask("s1").await;
    let there = replica.public().bearer(&visitor.token).with("origin", crate::harness::ORIGIN);
    assert_eq!(there.get(CHEAP).await.status, 200);
    let revoked = manager(&world).await.post(REVOKE, &json!({})).await;
    assert_eq!(revoked.json(), json!({"token_generation": 2}));
    refused(&visitor.http, 401, "invalid_token").await;
    refused(&there, 401, "invalid_token").await;
    assert_eq!(
        told(&visitor.http.post(SESSION, &json!({})).await),
        (401, "invalid_token".into()),
        "no way to renew it"
    );
    // The page begins anew, and the visitor is who they were.
    let again = Visitor::arrive(&page, &json!({"visitor_id": visitor.id})).await;
    assert_eq!(again.claims()["gen"], 2);
    assert_eq!(again.conversations().await, ["s1"]);
}

#[tokio::test]
async fn what_happens_to_the_key_happens_to_its_tokens() {
    let world = World::start().await;
    for (set, status, code) in [
        ("enabled = false", 401, "key_disabled"),
        ("expires_at = now() + interval '1 microsecond', created_at = now() - interval '1 day'", 401, "key_expired"),
        ("revoked_at = now(), revoked_by = 'test'", 401, "key_revoked"),
        ("allowed_origins = '{https://other.example}'", 403, "forbidden_origin"),
        ("scopes = '{chat:write}'", 403, "insufficient_scope"),
    ] {
        let (page, key) = page(&world).await;
        let visitor = Visitor::arrive(&page, &json!({})).await;
        assert_eq!(visitor.http.get(CHEAP).await.status, 200);
        world.change_key(&key, set).await;
        refused(&visitor.http, status, code).await;
    }
    let (page, _) = page(&world).await;
    let visitor = Visitor::arrive(&page, &json!({})).await;
    world.set_status(world.workspace.id, "paused").await;
    refused(&visitor.http, 404, "not_found").await;
}

#[tokio::test]
async fn a_running_answer_is_cut_when_its_token_is_withdrawn() {
    let world = World::start().await;
    let secret = identified(&world, false).await;
    let control = world.upstream.control();
    control.set_token_delay(Duration::from_millis(50));
    control.set_tokens(Some(10_000));
    let manager = manager(&world).await;
    let body = json!({"message": "What does the cordless drill NW-18 cost?", "stream": true});
    let visit = json!({"identity_token": identity_token(&world, &secret, "anna")});
    let cases = [
        ("token-revoked", "invalid_token"),
        ("identity-off", "invalid_token"),
        ("identity-asked-for", "invalid_token"),
        ("origin", "forbidden_origin"),
        ("key-off", "key_disabled"),
    ];
    for (withdraw, code) in cases {
        let (page, key) = page(&world).await;
        let identified = if withdraw == "identity-asked-for" { json!({}) } else { visit.clone() };
        let visitor = Visitor::arrive(&page, &identified).await;
        let id = format!("cut-by-{withdraw}");
        let mut stream = visitor.http.with("x-request-id", &id).stream("/api/v1/chat", &body).await;
        assert_eq!(stream.next().await.unwrap().name, "start");
        assert_eq!(stream.next().await.unwrap().name, "delta");
        let identity = async |enabled: bool, enforced: bool| {
            let done = put(&manager, IDENTITY, &json!({"enabled": enabled, "enforced": enforced})).await;
            assert_eq!(done.status, 200, "{}", done.text());
        };
        match withdraw {
            "token-revoked" => assert_eq!(manager.post(REVOKE, &json!({})).await.status, 200),
            "identity-off" => identity(false, false).await,
            "identity-asked-for" => identity(true, true).await,
            "origin" => world.change_key(&key, "allowed_origins = '{https://other.example}'").await,
            _ => world.change_key(&key, "enabled = false").await,
        }
        assert!(control.until(|c| c.open_streams() == 0, crate::harness::PATIENCE).await, "{withdraw}");
        world.recorded(&id, code).await;
        identity(true, false).await;
    }
    assert_eq!(control.aborted_streams(), cases.len());
}
