//! Rotation: a new key takes over, the old one has its grace.

use super::{answered, faults, make, manager, page, patch, path, publishable, secret, server, show, text, with};
use crate::harness::{Http, World, eventually};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use tokio::task::JoinSet;

async fn rotate(manager: &Http, key: &Value, body: &Value) -> Value {
    let answer = manager.post(&path(key, "/rotate"), body).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.json()
}

fn time(value: &Value, member: &str) -> DateTime<Utc> {
    text(value, member).parse().unwrap()
}

#[tokio::test]
async fn the_new_key_has_everything_of_the_old_one_and_both_work_during_the_grace() {
    let world = World::start().await;
    let manager = manager(&world).await;
    let limits = json!({"per_minute": 50, "tokens_per_day": 1000});
    let old = make(
        &manager,
        &with(publishable(&world), &json!({"limits": limits, "allow_null_origin": true, "allow_app_origins": true})),
    )
    .await;
    let new = rotate(&manager, &old, &json!({"grace_seconds": 3600})).await;
    assert_ne!(text(&new, "key"), text(&old, "key"));
    for member in [
        "name",
        "kind",
        "env",
        "workspace",
        "scopes",
        "allowed_origins",
        "allow_null_origin",
        "allow_app_origins",
        "allowed_ips",
        "visitor_token",
        "proof_of_work",
        "limits",
        "expires_at",
        "enabled",
    ] {
        assert_eq!(new[member], old[member], "{member}");
    }
    assert_eq!(
        new["rotation"],
        json!({"from": old["id"], "grace_from": "now", "grace_seconds": 3600, "grace_pending": false})
    );
    let before = show(&manager, &old).await;
    assert_eq!(before["replaced_by"], new["id"]);
    let left = time(&before, "grace_until") - world.ambient.now();
    assert!(left > TimeDelta::minutes(58) && left <= TimeDelta::hours(1), "{left}");
    assert_eq!(text(&before, "status"), "active");
    for key in [&old, &new] {
        assert_eq!(answered(&page(&world, key)).await, "200");
    }

    let later = world.later(TimeDelta::minutes(61)).await;
    let at =
        |world: &World, key: &Value| world.public().bearer(text(key, "key")).with("origin", crate::harness::ORIGIN);
    assert_eq!(answered(&at(&later, &old)).await, "key_expired");
    assert_eq!(answered(&at(&later, &new)).await, "200");
}

#[tokio::test]
async fn without_grace_the_old_key_ends_at_once() {
    let world = World::start().await;
    let manager = manager(&world).await;
    let old = make(&manager, &publishable(&world)).await;
    assert_eq!(answered(&page(&world, &old)).await, "200");
    let new = rotate(&manager, &old, &json!({"grace_seconds": 0})).await;
    assert_eq!(answered(&page(&world, &old)).await, "key_expired");
    assert_eq!(answered(&page(&world, &new)).await, "200");
    assert_eq!(text(&show(&manager, &old).await, "status"), "expired");
}

#[tokio::test]
async fn grace_from_first_use_begins_when_the_new_key_is_used() {
    let world = World::start().await;
    let manager = manager(&world).await;
    let old = make(&manager, &publishable(&world)).await;
    let new = rotate(&manager, &old, &json!({"grace_seconds": 0, "grace_from": "first_use"})).await;
    assert_eq!(new["rotation"]["grace_pending"], true);
    assert_eq!(show(&manager, &old).await["grace_until"], json!(null));
    for _ in 0..3 {
        assert_eq!(answered(&page(&world, &old)).await, "200");
    }
    // Refused, it is not used: somebody else's page does not end the old key.
    let elsewhere = page(&world, &new).with("origin", "https://evil.example");
    assert_eq!(answered(&elsewhere).await, "forbidden_origin");
    assert_eq!(show(&manager, &new).await["rotation"]["grace_pending"], true);

    assert_eq!(answered(&page(&world, &new)).await, "200");
    assert_eq!(answered(&page(&world, &old)).await, "key_expired", "at once, where the new one was used");
    assert_eq!(show(&manager, &new).await["rotation"]["grace_pending"], false);
    let begun: Vec<String> =
        world.query("SELECT actor_kind FROM vestibule.audit_log WHERE action = 'key.grace_begun'").await;
    assert_eq!(begun, ["system"], "once");
}

#[tokio::test]
async fn grace_never_goes_beyond_the_old_keys_expiry() {
    let world = World::start().await;
    let manager = manager(&world).await;
    let expires_at = world.ambient.now() + TimeDelta::hours(2);
    let expiring = json!({"expires_at": expires_at});
    for grace_from in ["now", "first_use"] {
        let old = make(&manager, &with(publishable(&world), &expiring)).await;
        let new = rotate(&manager, &old, &json!({"grace_seconds": 86_400, "grace_from": grace_from})).await;
        assert_eq!(answered(&page(&world, &new)).await, "200");
        let before = show(&manager, &old).await;
        assert_eq!(time(&before, "grace_until"), time(&before, "expires_at"), "{grace_from}");
    }
    // Nor does an expiry that comes nearer leave it behind.
    let old = make(&manager, &publishable(&world)).await;
    rotate(&manager, &old, &json!({"grace_seconds": 86_400})).await;
    let changed = patch(&manager, &old, &expiring).await.json();
    assert_eq!(time(&changed, "grace_until"), time(&changed, "expires_at"));
}

#[tokio::test]
async fn what_has_been_rotated_is_not_rotated_again_unless_its_successor_was_revoked() {
    let world = World::start().await;
    let manager = manager(&world).await;
    let old = make(&manager, &secret()).await;
    let (place, body) = (path(&old, "/rotate"), json!({}));
    let (one, two) = tokio::join!(manager.post(&place, &body), manager.post(&place, &body));
    let mut statuses = [one.status.as_u16(), two.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409]);
    let new = if one.status == 201 { one.json() } else { two.json() };
    assert_eq!(manager.post(&path(&old, "/rotate"), &json!({})).await.status, 409);
    manager.post(&path(&new, "/revoke"), &json!({})).await;
    let third = rotate(&manager, &old, &json!({})).await;
    assert_eq!(text(&third["rotation"], "from"), text(&old, "id"));
    // The chain goes on from the last one.
    rotate(&manager, &third, &json!({})).await;
}

#[tokio::test]
async fn bad_rotations_are_named() {
    let world = World::start().await;
    let manager = manager(&world).await;
    let key = make(&manager, &secret()).await;
    for (body, wanted) in [
        (json!({"grace_seconds": 2_592_001}), ("grace_seconds", "out_of_range")),
        (json!({"grace_seconds": -1}), ("grace_seconds", "out_of_range")),
        (json!({"grace_seconds": "1h"}), ("grace_seconds", "type")),
        (json!({"grace_from": "later"}), ("grace_from", "format")),
        (json!({"grace": 1}), ("grace", "unknown")),
    ] {
        let answer = manager.post(&path(&key, "/rotate"), &body).await;
        let found = faults(&answer);
        assert_eq!(found, [(wanted.0.to_owned(), wanted.1.to_owned())], "{body}");
    }
    let later = world.later(TimeDelta::days(2)).await;
    let expiring =
        make(&manager, &with(secret(), &json!({"expires_at": world.ambient.now() + TimeDelta::days(1)}))).await;
    let at = later.public().bearer(&manager_key_of(&world, &manager).await);
    let refused = at.post(&path(&expiring, "/rotate"), &json!({})).await;
    assert_eq!((refused.status.as_u16(), refused.code()), (409, "conflict".into()), "{}", refused.text());
}

async fn manager_key_of(world: &World, manager: &Http) -> String {
    let all = json!({"scopes": ["keys:read", "keys:write", "chat:write", "messages:read", "knowledge:query", "widget:read", "workspaces:read", "usage:read"]});
    let key = make(manager, &with(secret(), &all)).await;
    assert_eq!(server(world, &key).get(super::KEYS).await.status, 200);
    text(&key, "key").to_owned()
}

/// Clients that use the old key until they are given the new one, as in a deployment that goes round.
#[tokio::test]
async fn a_rotation_under_load_loses_no_request() {
    // One address asks for all of them.
    let world = World::builder().set("LIMITS_FLOOD_PER_IP_PER_SECOND", 100_000).set("LIMITS_FLOOD_BURST", 100_000);
    let world = Arc::new(world.start().await);
    let manager = manager(&world).await;
    let generous = json!({"per_minute": 1_000_000, "burst": 100_000});
    let old = make(&manager, &with(secret(), &json!({"limits": generous, "workspace": world.workspace.slug}))).await;
    let (rotated, asked, refused) =
        (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU32::new(0)), Arc::new(Mutex::new(Vec::new())));
    let new: Arc<std::sync::OnceLock<String>> = Arc::default();
    let mut clients = JoinSet::new();
    for _ in 0..8 {
        let (world, rotated, new) = (Arc::clone(&world), Arc::clone(&rotated), Arc::clone(&new));
        let (asked, refused, old) = (Arc::clone(&asked), Arc::clone(&refused), text(&old, "key").to_owned());
        clients.spawn(async move {
            let mut after = 0;
            while after < 20 {
                let key = new.get().filter(|_| rotated.load(Ordering::SeqCst)).unwrap_or(&old);
                let code = answered(&world.public().bearer(key)).await;
                if code != "200" {
                    refused.lock().unwrap().push(code);
                }
                asked.fetch_add(1, Ordering::SeqCst);
                after += u32::from(rotated.load(Ordering::SeqCst));
            }
        });
    }
    eventually(async || if asked.load(Ordering::SeqCst) > 40 { Ok(()) } else { Err(()) }).await;
    let made = rotate(&manager, &old, &json!({"grace_seconds": 60, "grace_from": "first_use"})).await;
    new.set(text(&made, "key").to_owned()).unwrap();
    let before = asked.load(Ordering::SeqCst);
    eventually(async || if asked.load(Ordering::SeqCst) > before + 20 { Ok(()) } else { Err(()) }).await;
    rotated.store(true, Ordering::SeqCst);
    while let Some(done) = clients.join_next().await {
        done.unwrap();
    }
    assert_eq!(*refused.lock().unwrap(), [""; 0], "of {}", asked.load(Ordering::SeqCst));
}
