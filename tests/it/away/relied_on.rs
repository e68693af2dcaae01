//! What was written on one replica is so on all others before it is answered.

use super::{chat, told, upstream_sessions};
use crate::harness::{Http, KeySpec, ORIGIN, World};
use http::Method;
use serde_json::json;
use vestibule::domain::key::{ApiKey, KeyKind};
use vestibule::domain::scope::Scope;

const ROUNDS: usize = 5;

struct Three([World; 3]);

impl Three {
    async fn start() -> Self {
        let mut world = World::builder();
        for limit in ["IP_PER_MINUTE", "KEY_PER_MINUTE", "KEY_BURST", "VISITOR_PER_MINUTE", "MAX_STREAMS"] {
            world = world.set(&format!("LIMITS_{limit}"), 100_000);
        }
        for limit in ["FLOOD_PER_IP_PER_SECOND", "FLOOD_BURST"] {
            world = world.set(&format!("LIMITS_{limit}"), 10_000);
        }
        let world = world.start().await;
        let (second, third) = (world.replica().await, world.replica().await);
        Self([world, second, third])
    }

    fn first(&self) -> &World {
        &self.0[0]
    }

    fn clients(&self, key: &str) -> [Http; 3] {
        self.0.each_ref().map(|replica| replica.public().bearer(key))
    }

    async fn key(&self, kind: KeyKind, all_scopes: bool) -> String {
        let mut spec: KeySpec = self.first().spec(kind);
        if all_scopes {
            spec.scopes = Scope::ALL.into_iter().collect();
        }
        self.first().key(spec).await
    }
}

#[tokio::test]
async fn after_a_reset_no_replica_goes_on_with_the_old_conversation() {
    let three = Three::start().await;
    let clients = three.clients(&three.key(KeyKind::Secret, false).await);
    for round in 0..ROUNDS {
        for client in &clients {
            assert_eq!(chat(client, "cart").await.status, 200);
        }
        let before = upstream_sessions(three.first());
        let old = before.last().unwrap().clone();
        assert_eq!(clients[round % 3].delete("/api/v1/messages?session_id=cart").await.status, 204);
        let chats = (0..60).map(|number| chat(&clients[number % 3], "cart"));
        let answers = futures_util::future::join_all(chats).await;
        assert!(answers.iter().all(|answer| answer.status == 200), "{answers:?}");
        let after = upstream_sessions(three.first()).split_off(before.len());
        let in_the_old = after.iter().filter(|session| **session == old).count();
        assert_eq!((after.len(), in_the_old), (60, 0), "round {round}");
    }
}

#[tokio::test]
async fn what_becomes_of_a_key_is_so_everywhere() {
    let three = Three::start().await;
    let managers = three.clients(&three.key(KeyKind::Secret, true).await);
    for round in 0..ROUNDS {
        let key = three.key(KeyKind::Publishable, false).await;
        let path = format!("/api/v1/keys/{}", ApiKey::parse(&key).unwrap().public_id());
        let pages = three.clients(&key).map(|client| client.with("origin", ORIGIN));
        let all = async |wanted: &str| {
            let answers = futures_util::future::join_all(pages.iter().map(|page| chat(page, "cart"))).await;
            let found: Vec<_> = answers.iter().map(|answer| told(answer).1).collect();
            assert_eq!(found, [wanted; 3], "round {round}");
        };
        all("").await;
        let manager = managers[round % 3].with("content-type", "application/merge-patch+json");
        for (change, wanted) in [
            (json!({"enabled": false}), "key_disabled"),
            (json!({"enabled": true}), ""),
            (json!({"allowed_origins": ["https://other.example"]}), "forbidden_origin"),
            (json!({"allowed_origins": [ORIGIN]}), ""),
        ] {
            let changed = manager.send(Method::PATCH, &path, change.to_string()).await;
            assert_eq!(changed.status, 200, "{}", changed.text());
            all(wanted).await;
        }
        assert_eq!(managers[(round + 1) % 3].post(&format!("{path}/revoke"), &json!({})).await.status, 200);
        all("key_revoked").await;
    }
}

#[tokio::test]
async fn what_becomes_of_a_workspace_or_a_login_is_so_everywhere() {
    let three = Three::start().await;
    let mut spec = KeySpec { workspace: None, ..three.first().spec(KeyKind::Secret) };
    spec.scopes = Scope::ALL.into_iter().collect();
    let managers = three.clients(&three.first().key(spec).await);
    assert_eq!(managers[0].post("/api/v1/workspaces", &json!({"name": "Live"})).await.status, 201);
    let long = json!({"workspace": "live", "message": "longer than ten"});
    three.first().upstream.control().add_user("mona", "User-pass-1", "manager");
    for round in 0..ROUNDS {
        for (most, wanted) in [(10, 422), (100, 200)] {
            let change = json!({"settings": {"max_message_chars": most}}).to_string();
            let manager =
                managers[round % 3].with("if-match", "*").with("content-type", "application/merge-patch+json");
            assert_eq!(manager.send(Method::PATCH, "/api/v1/workspaces/live", change).await.status, 200);
            let answers =
                futures_util::future::join_all(managers.iter().map(|client| client.post("/api/v1/chat", &long))).await;
            assert!(answers.iter().all(|answer| answer.status == wanted), "round {round}: {answers:?}");
        }
        let login = json!({"username": "mona", "password": "User-pass-1"});
        let login = three.0[round % 3].public().post("/api/v1/auth/login", &login).await;
        assert_eq!(login.status, 200, "{}", login.text());
        let people = three.clients(login.json()["access_token"].as_str().unwrap());
        for person in &people {
            let answer = person.get("/api/v1/auth/me").await;
            assert_eq!(answer.status, 200, "round {round}: {}", answer.text());
        }
        let out = people[(round + 1) % 3].post("/api/v1/auth/logout", &json!({})).await;
        assert!(out.status.is_success(), "{}", out.text());
        for person in &people {
            assert_eq!(told(&person.get("/api/v1/auth/me").await), (401, "invalid_token".to_owned()), "round {round}");
        }
    }
}

#[tokio::test]
async fn a_replica_that_ended_is_not_waited_for() {
    let mut three = Three::start().await;
    let key = three.key(KeyKind::Secret, false).await;
    let clients = three.clients(&key);
    for client in &clients {
        assert_eq!(chat(client, "cart").await.status, 200);
    }
    three.0[2].stop().await;
    let asked = std::time::Instant::now();
    for _ in 0..20 {
        assert_eq!(clients[0].delete("/api/v1/messages?session_id=cart").await.status, 204);
    }
    assert!(asked.elapsed() < std::time::Duration::from_secs(20), "{:?}", asked.elapsed());
}
