//! What goes on while the database is away, for how long, and what does not.

use super::{Scene, away, chat, metric, question, told, upstream_sessions};
use crate::harness::{KeySpec, eventually};
use serde_json::json;
use vestibule::domain::key::{KeyKind, KeyLimits};
use vestibule::domain::scope::Scope;

#[tokio::test]
async fn known_keys_go_on_in_conversations_that_are_known() {
    const ROOM: [(&str, &str); 2] = [("LIMITS_KEY_PER_MINUTE", "100000"), ("LIMITS_KEY_BURST", "100000")];
    for silent in [false, true] {
        let scene = Scene::set(&ROOM).await;
        let known = scene.stranger().await;
        assert_eq!(chat(&known, "one").await.status, 200);
        let unknown = scene.stranger().await;
        if silent {
            scene.front.silence();
        } else {
            scene.front.cut();
        }
        scene.knows(false).await;
        for _ in 0..5 {
            let answer = chat(&known, "one").await;
            assert_eq!(answer.status, 200, "{}", answer.text());
        }
        let sessions = upstream_sessions(&scene.world);
        assert!(sessions.len() == 6 && sessions.iter().all(|session| *session == sessions[0]), "{sessions:?}");
        // Until nothing in memory counts any more for itself.
        eventually(async || {
            known.get("/api/v1/keys").await;
            if metric(&scene.gateway, "vestibule_stale_answers_total").await > 0.0 { Ok(()) } else { Err("none") }
        })
        .await;
        let answer = chat(&known, "one").await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        // Nobody knows whether there is such a conversation, or such a key.
        assert_eq!(told(&chat(&known, "two").await), away());
        assert_eq!(told(&chat(&unknown, "one").await), away());
        scene.front.open();
        eventually(async || match told(&chat(&unknown, "one").await) {
            (200, _) => Ok(()),
            refused => Err(refused),
        })
        .await;
        assert_eq!(chat(&known, "two").await.status, 200);
    }
}

#[tokio::test]
async fn a_conversation_that_begins_meanwhile_is_written_later() {
    let scene = Scene::set(&[]).await;
    let known = scene.stranger().await;
    assert_eq!(chat(&known, "one").await.status, 200);
    scene.front.silence();
    scene.knows(false).await;
    // Without a session id: the gateway makes one, which nobody else can have.
    let begun = known.post("/api/v1/chat", &json!({"message": "What does the cordless drill NW-18 cost?"})).await;
    assert_eq!(begun.status, 200, "{}", begun.text());
    let session = begun.json()["session_id"].as_str().unwrap().to_owned();
    assert_eq!(chat(&known, &session).await.status, 200, "it goes on");
    assert_eq!(told(&known.delete(&format!("/api/v1/messages?session_id={session}")).await), away());
    scene.front.open();
    scene.knows(true).await;
    let stored = format!("SELECT upstream_session FROM vestibule.conversations WHERE session_id = '{session}'");
    eventually(async || match &scene.world.query::<String>(&stored).await[..] {
        [upstream] if *upstream == upstream_sessions(&scene.world)[1] => Ok(()),
        found => Err(format!("{found:?}")),
    })
    .await;
    // Also for a replica that has never seen it.
    let there = scene.world.public().bearer(known.header("authorization").trim_start_matches("Bearer "));
    assert_eq!(chat(&there, &session).await.status, 200);
    let sessions = upstream_sessions(&scene.world);
    assert!(sessions.len() == 4 && sessions[1..].iter().all(|session| *session == sessions[1]), "{sessions:?}");
    assert_eq!(known.delete(&format!("/api/v1/messages?session_id={session}")).await.status, 204);
    assert_eq!(chat(&known, &session).await.status, 200);
    assert_ne!(upstream_sessions(&scene.world)[4], sessions[1]);
}

/// A kept answer begins a conversation with a row of its own, which cannot be written now: AnythingLLM is asked.
#[tokio::test]
async fn a_conversation_begins_meanwhile_where_first_answers_are_kept() {
    let scene = Scene::set(&[]).await;
    scene.world.change_settings(r#"settings = settings || '{"answer_cache_ttl_secs": 600}'"#).await;
    let known = scene.stranger().await;
    let asked = async |message: &str| {
        let answer = known.post("/api/v1/chat", &json!({"message": message})).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()
    };
    let question = "What does the cordless drill NW-18 cost?";
    eventually(async || if asked(question).await["cached"] == true { Ok(()) } else { Err("not kept yet") }).await;
    scene.front.silence();
    scene.knows(false).await;
    for message in [question, "How long does delivery of the drill take?"] {
        let begun = asked(message).await;
        assert!(begun.get("cached").is_none(), "{begun}");
        let session = begun["session_id"].as_str().unwrap();
        assert_eq!(chat(&known, session).await.status, 200, "it goes on");
    }
    scene.front.open();
    scene.knows(true).await;
    eventually(async || if asked(question).await["cached"] == true { Ok(()) } else { Err("not given again") }).await;
}

#[tokio::test]
async fn nothing_that_changes_or_counts_is_answered_from_memory() {
    let scene = Scene::set(&[]).await;
    let limits = KeyLimits { messages_per_day: Some(9), ..KeyLimits::default() };
    let mut spec = KeySpec { limits, ..scene.world.spec(KeyKind::Secret) };
    spec.scopes = Scope::ALL.into_iter().collect();
    let counted = scene.back_end(&scene.key(spec.clone()).await);
    let known = scene.back_end(&scene.key(KeySpec { limits: KeyLimits::default(), ..spec }).await);
    for client in [&counted, &known] {
        assert_eq!(chat(client, "one").await.status, 200);
    }
    scene.front.cut();
    scene.knows(false).await;
    assert_eq!(chat(&known, "one").await.status, 200, "the key and its conversation are known");
    for (what, answer) in [
        ("a quota", chat(&counted, "one").await),
        ("a reset", known.delete("/api/v1/messages?session_id=one").await),
        ("a new key", known.post("/api/v1/keys", &json!({"name": "x", "kind": "secret"})).await),
        ("a key under a name", known.with("idempotency-key", "order-1").post("/api/v1/chat", &question("one")).await),
    ] {
        assert_eq!(told(&answer), away(), "{what}: {}", answer.text());
    }
}

#[tokio::test]
async fn what_is_remembered_is_believed_for_a_bounded_time() {
    let scene = Scene::set(&[("DATABASE_STALE_SECONDS", "4")]).await;
    let known = scene.stranger().await;
    assert_eq!(chat(&known, "one").await.status, 200);
    scene.front.cut();
    scene.knows(false).await;
    eventually(async || match told(&chat(&known, "one").await) {
        refused if refused == away() => Ok(()),
        found => Err(found),
    })
    .await;
    let ready = scene.gateway.ops().get("/readyz?known_keys").await;
    eventually(async || match scene.gateway.ops().get("/readyz?known_keys").await {
        ready if ready.status == 503 && ready.text().contains("known_keys no\n") => Ok(()),
        ready => Err(ready.text().to_owned()),
    })
    .await;
    drop(ready);
    scene.front.open();
    eventually(async || match told(&chat(&known, "one").await) {
        (200, _) => Ok(()),
        refused => Err(refused),
    })
    .await;
}

#[tokio::test]
async fn a_key_that_was_revoked_meanwhile_ends_with_the_absence() {
    let scene = Scene::set(&[]).await;
    let key = scene.key(scene.world.spec(KeyKind::Secret)).await;
    let client = scene.back_end(&key);
    assert_eq!(chat(&client, "one").await.status, 200);
    scene.front.cut();
    scene.knows(false).await;
    scene.world.revoke(&key).await;
    assert_eq!(chat(&client, "one").await.status, 200, "nobody could tell");
    scene.front.open();
    eventually(async || match told(&chat(&client, "one").await).1 {
        code if code == "key_revoked" => Ok(()),
        found => Err(found),
    })
    .await;
}
