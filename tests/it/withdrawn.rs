//! Running streams whose right to be answered ends: they are cut, and recorded with the reason that a new request would
//! be told.

use crate::harness::World;
use serde_json::json;
use std::time::Duration;
use vestibule::domain::key::KeyKind;

/// A world whose answers do not end.
async fn endless() -> World {
    let world = World::start().await;
    world.upstream.control().set_tokens(Some(100_000));
    world.upstream.control().set_token_delay(Duration::from_millis(20));
    world
}

#[tokio::test]
async fn a_stream_of_a_key_is_recorded_with_what_ended_the_key() {
    let world = endless().await;
    let question = json!({"message": "How long is the delivery?", "stream": true});
    let tenant_off = "UPDATE vestibule.tenants SET status = 'suspended'";
    for (what, change, code) in [
        ("revoked", Some("revoked_at = now(), revoked_by = 'test'"), "key_revoked"),
        (
            "expired",
            Some("expires_at = now() + interval '1 microsecond', created_at = now() - interval '1 day'"),
            "key_expired",
        ),
        ("disabled", Some("enabled = false"), "key_disabled"),
        ("workspace", None, "not_found"),
        ("tenant", None, "key_disabled"),
    ] {
        let key = world.key(world.spec(KeyKind::Secret)).await;
        let request_id = format!("cut-by-{what}");
        let client = world.public().bearer(&key).with("x-request-id", &request_id);
        let mut stream = client.stream("/api/v1/chat", &question).await;
        assert_eq!(stream.next().await.unwrap().name, "start", "{what}");
        match change {
            Some(set) => world.change_key(&key, set).await,
            None if what == "workspace" => world.set_status(world.workspace.id, "paused").await,
            None => world.sql(tenant_off).await,
        }
        world.recorded(&request_id, code).await;
        if what == "workspace" {
            world.set_status(world.workspace.id, "active").await;
        }
    }
}
