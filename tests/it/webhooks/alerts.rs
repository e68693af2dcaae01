//! What is told by itself, once, whoever looks.

use super::{HOOKS, Receiver, hook, payload, world_of_receivers};
use crate::harness::KeySpec;
use crate::stores::manager;
use chrono::TimeDelta;
use http::Method;
use serde_json::json;
use vestibule::domain::ids::TenantId;
use vestibule::domain::key::{KeyKind, KeyLimits};
use vestibule_stand_in::Failure;

#[tokio::test]
async fn a_quota_is_told_at_80_percent_and_at_its_end_once_by_three_replicas() {
    let world = world_of_receivers().start().await;
    let _replicas = [world.replica().await, world.replica().await];
    let (client, receiver) = (manager(&world).await, Receiver::start().await);
    hook(&client, &receiver, &["key.quota_warning", "key.quota_reached"]).await;
    let limits = KeyLimits { messages_per_day: Some(5), ..KeyLimits::default() };
    let key = world.key(KeySpec { limits, ..world.spec(KeyKind::Secret) }).await;
    let shop = world.public().bearer(&key);
    let ask = async || shop.post("/api/v1/chat", &json!({"message": "How long does delivery take?"})).await.status;
    for _ in 0..4 {
        assert_eq!(ask().await, 200);
    }
    let got = receiver.got_so_many(1).await.swap_remove(0);
    let told = payload(&got);
    assert_eq!(told["type"], "key.quota_warning");
    let data = &told["data"];
    assert_eq!((&data["quota"], &data["limit"], &data["used"]), (&json!("messages_per_day"), &json!(5), &json!(4)));
    assert!(!got.body.contains(&key), "{}", got.body);
    assert_eq!(ask().await, 200);
    receiver.got_so_many(2).await;
    assert_eq!(receiver.events(), ["key.quota_warning", "key.quota_reached"]);
    let count: Vec<i64> = world.query("SELECT count(*) FROM vestibule.webhook_deliveries").await;
    assert_eq!(count, [2]);
}

#[tokio::test]
async fn a_key_that_ends_is_told_a_week_and_a_day_before() {
    let mut world = world_of_receivers().start().await;
    let (client, receiver) = (manager(&world).await, Receiver::start().await);
    hook(&client, &receiver, &["key.expiring"]).await;
    let ends = |days| Some(world.ambient.now() + TimeDelta::days(days));
    world.key(KeySpec { expires_at: ends(6), ..world.spec(KeyKind::Secret) }).await;
    world.key(KeySpec { expires_at: ends(30), ..world.spec(KeyKind::Secret) }).await;
    let got = receiver.got_so_many(1).await.swap_remove(0);
    assert_eq!(payload(&got)["data"]["within"], "a_week");
    // One replica looks at a time: as long as the one of today does, the one of then finds that somebody has looked.
    world.stop().await;
    let later = world.later(TimeDelta::hours(5 * 24 + 12)).await;
    let got = receiver.got_so_many(2).await.swap_remove(1);
    assert_eq!(payload(&got)["data"]["within"], "a_day");
    drop(later);
}

#[tokio::test]
async fn a_failed_sync_is_told_with_its_reason() {
    let world = world_of_receivers().start().await;
    let (client, receiver) = (manager(&world).await, Receiver::start().await);
    hook(&client, &receiver, &["catalog.sync_failed"]).await;
    world
        .sql_of(
            TenantId::DEFAULT,
            "INSERT INTO vestibule.sync_runs
               (id, tenant_id, workspace_id, trigger, source, status, error_code, error_message, created_at, finished_at)
             SELECT gen_random_uuid(), tenant_id, id, 'schedule', 'connection', 'failed', 'feed_unreadable', 'No feed.', now(), now()
             FROM vestibule.workspaces WHERE slug = 'shop'",
        )
        .await;
    let told = payload(&receiver.got_so_many(1).await[0]);
    assert_eq!((&told["type"], &told["data"]["code"]), (&json!("catalog.sync_failed"), &json!("feed_unreadable")));
}

#[tokio::test]
async fn that_anythingllm_is_away_and_back_is_told_once_by_two_replicas() {
    let world = world_of_receivers().set("WEBHOOKS_UPSTREAM_AWAY_SECONDS", 1).start().await;
    let _replica = world.replica().await;
    let (client, receiver) = (manager(&world).await, Receiver::start().await);
    hook(&client, &receiver, &["upstream.unavailable", "upstream.recovered"]).await;
    let control = world.upstream.control();
    control.fail(Failure::Refuse);
    receiver.got_so_many(1).await;
    control.heal();
    receiver.got_so_many(2).await;
    assert_eq!(receiver.events(), ["upstream.unavailable", "upstream.recovered"]);
}

#[tokio::test]
async fn that_many_answers_found_nothing_is_told_once_an_hour() {
    let world = world_of_receivers().start().await;
    let (client, receiver) = (manager(&world).await, Receiver::start().await);
    let body = json!({"url": receiver.url(), "events": ["answers.refused"], "refused_percent": 50});
    assert_eq!(client.post(HOOKS, &body).await.status, 201);
    let shop = world.server().await;
    let ask = async |question: &str| {
        let asked = json!({"message": question, "mode": "query"});
        let answer = shop.post("/api/v1/chat", &asked).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()["refused"] == json!(true)
    };
    for _ in 0..9 {
        assert!(!ask("How strong is the drill?").await);
    }
    for _ in 0..12 {
        assert!(ask("xylophone quantum philharmonic").await);
    }
    let told = payload(&receiver.got_so_many(1).await[0]);
    assert_eq!((&told["type"], &told["data"]["refused"]), (&json!("answers.refused"), &json!(12)), "{told}");
    let count: Vec<i64> = world.query("SELECT count(*) FROM vestibule.webhook_deliveries").await;
    assert_eq!(count, [1]);
}

#[tokio::test]
async fn who_does_not_want_to_know_is_not_told() {
    let world = world_of_receivers().start().await;
    let (client, wants, does_not) = (manager(&world).await, Receiver::start().await, Receiver::start().await);
    hook(&client, &does_not, &["key.quota_reached"]).await;
    let (off, _) = hook(&client, &does_not, &["key.expiring"]).await;
    let patch = client.with("content-type", "application/json");
    patch.send(Method::PATCH, &format!("{HOOKS}/{off}"), json!({"enabled": false}).to_string()).await;
    hook(&client, &wants, &["key.expiring"]).await;
    let ends = Some(world.ambient.now() + TimeDelta::hours(6));
    world.key(KeySpec { expires_at: ends, ..world.spec(KeyKind::Secret) }).await;
    wants.got_so_many(1).await;
    assert!(does_not.got().is_empty());
}

#[tokio::test]
async fn a_shopper_who_asks_for_a_person_is_told_once_a_conversation() {
    let world = world_of_receivers().start().await;
    let (client, receiver) = (manager(&world).await, Receiver::start().await);
    hook(&client, &receiver, &["conversation.handed_over"]).await;
    let settings = "/api/v1/workspaces/shop";
    let etag = client.get(settings).await.header("etag").unwrap().to_owned();
    let patch = client.with("content-type", "application/merge-patch+json").also("if-match", &etag);
    let support = json!({"support": {
        "handoff_mode": "email", "contact_email": "help@shop.example", "trigger_phrases": ["a person"],
    }});
    let patched = patch.send(Method::PATCH, settings, support.to_string()).await;
    assert_eq!(patched.status, 200, "{}", patched.text());
    let shop = world.server().await;
    for (session, question) in [
        ("one", "How strong is the drill?"),
        ("one", "Let me talk to a person!"),
        ("one", "A person, please."),
        ("two", "Is there a person?"),
    ] {
        let answer = shop.post("/api/v1/chat", &json!({"message": question, "session_id": session})).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
    let got = receiver.got_so_many(2).await;
    let sessions: Vec<_> = got.iter().map(|got| payload(got)["data"]["session_id"].clone()).collect();
    assert_eq!(sessions, [json!("one"), json!("two")]);
    assert!(!got[0].body.contains("talk"), "what was said stays here");
}
