//! What users may do with their role and their seats in AnythingLLM's workspaces.

use super::{CHEAP, PASSWORD, Person, populated, told, world};
use crate::harness::{ORIGIN, World, eventually};
use serde_json::json;
use vestibule::domain::key::KeyKind;

fn question(workspace: &str) -> serde_json::Value {
    json!({"message": "How long is the delivery of the drill?", "workspace": workspace, "session_id": "one"})
}

#[tokio::test]
async fn users_chat_read_back_search_and_begin_anew() {
    let world = populated().await;
    for name in ["dora", "mona", "anna"] {
        let person = Person::log_in(&world.public(), name).await;
        let client = person.client();
        let answer = client.post("/api/v1/chat", &question("shop")).await;
        assert_eq!(answer.status, 200, "{name}: {}", answer.text());
        assert_eq!(answer.json()["workspace"], "shop");
        let messages = client.get("/api/v1/messages?session_id=one&workspace=shop").await.json();
        assert_eq!(messages["data"].as_array().unwrap().len(), 2, "{name}: {messages}");
        let found = client.post("/api/v1/knowledge/query", &json!({"query": "drill", "workspace": "shop"})).await;
        assert_eq!(found.status, 200, "{name}: {}", found.text());
        assert_eq!(client.delete("/api/v1/messages?session_id=one&workspace=shop").await.status, 204);
        let messages = client.get("/api/v1/messages?session_id=one&workspace=shop").await.json();
        assert_eq!(messages["data"], json!([]), "{name}");
    }
}

#[tokio::test]
async fn a_user_must_say_which_workspace() {
    let world = populated().await;
    let client = Person::log_in(&world.public(), "dora").await.client();
    let answer = client.post("/api/v1/chat", &json!({"message": "hello"})).await;
    assert_eq!(told(&answer), (422, "validation_failed".into()));
    assert_eq!(answer.json()["errors"][0]["field"], "workspace");
    assert_eq!(told(&client.get("/api/v1/messages?session_id=x").await), (422, "validation_failed".into()));
    let answer = client.post("/api/v1/knowledge/query", &json!({"query": "drill"})).await;
    assert_eq!(told(&answer), (422, "validation_failed".into()));
}

#[tokio::test]
async fn a_default_user_reaches_only_the_assigned_workspaces_and_the_others_all() {
    let world = populated().await;
    world.add_workspace("other").await;
    let dora = Person::log_in(&world.public(), "dora").await;
    let client = dora.client();
    for workspace in ["other", "nothing"] {
        for answer in [
            client.post("/api/v1/chat", &question(workspace)).await,
            client.get(&format!("/api/v1/messages?session_id=one&workspace={workspace}")).await,
            client.delete(&format!("/api/v1/messages?session_id=one&workspace={workspace}")).await,
            client.post("/api/v1/knowledge/query", &json!({"query": "drill", "workspace": workspace})).await,
        ] {
            assert_eq!(told(&answer), (404, "not_found".into()), "{workspace}");
        }
    }
    for name in ["mona", "anna"] {
        let person = Person::log_in(&world.public(), name).await;
        assert_eq!(person.client().post("/api/v1/chat", &question("other")).await.status, 200, "{name}");
        let slugs: Vec<_> = person.body["user"]["workspaces"].as_array().unwrap().iter().map(|w| &w["slug"]).collect();
        assert_eq!(slugs, ["other", "shop"], "{name}");
    }
}

#[tokio::test]
async fn a_new_assignment_works_at_once_and_one_taken_away_ends() {
    let world = world().set("AUTH_MEMBERSHIP_SECONDS", 1).start().await;
    let control = world.upstream.control();
    control.add_user("dora", PASSWORD, "default");
    let upstream = world.workspace.upstream_slug.clone();
    let client = Person::log_in(&world.public(), "dora").await.client();
    assert_eq!(told(&client.post("/api/v1/chat", &question("shop")).await), (404, "not_found".into()));
    control.add_member(&upstream, "dora");
    eventually(async || {
        let answer = client.post("/api/v1/chat", &question("shop")).await;
        if answer.status == 200 { Ok(()) } else { Err(answer.status) }
    })
    .await;
    control.remove_member(&upstream, "dora");
    eventually(async || {
        let answer = client.post("/api/v1/chat", &question("shop")).await;
        if answer.status == 404 { Ok(()) } else { Err(answer.status) }
    })
    .await;
}

#[tokio::test]
async fn assignments_are_asked_for_once_in_a_while() {
    let world = populated().await;
    let client = Person::log_in(&world.public(), "dora").await.client();
    world.upstream.control().clear_requests();
    for _ in 0..5 {
        assert_eq!(client.get("/api/v1/messages?session_id=x&workspace=shop").await.status, 200);
    }
    assert!(world.upstream.control().requests().is_empty());
}

#[tokio::test]
async fn conversations_belong_to_the_user_whatever_the_device() {
    let world = populated().await;
    let (dora, again) = (Person::log_in(&world.public(), "dora").await, Person::log_in(&world.public(), "dora").await);
    let mona = Person::log_in(&world.public(), "mona").await;
    let server = world.server().await;
    assert_eq!(dora.client().post("/api/v1/chat", &question("shop")).await.status, 200);
    let path = "/api/v1/messages?session_id=one&workspace=shop";
    assert_eq!(again.client().get(path).await.json()["data"].as_array().unwrap().len(), 2);
    for stranger in [mona.client(), server] {
        assert_eq!(stranger.get(path).await.json()["data"], json!([]));
    }
    assert_eq!(mona.client().delete(path).await.status, 204);
    assert_eq!(dora.client().get(path).await.json()["data"].as_array().unwrap().len(), 2, "untouched");
}

#[tokio::test]
async fn rows_for_people_are_closed_to_keys_and_to_nobody() {
    let world = populated().await;
    let secret = world.server().await;
    let browser = world.browser().await;
    for path in ["/api/v1/auth/me", CHEAP] {
        assert_eq!(told(&world.public().get(path).await), (401, "unauthenticated".into()));
        for key in [&secret, &browser] {
            assert_eq!(told(&key.get(path).await), (403, "forbidden".into()), "{path}");
        }
    }
    let leaked = secret.with("origin", ORIGIN).get(CHEAP).await;
    assert_eq!(told(&leaked), (401, "invalid_token".into()), "that it leaked is said first");
}

#[tokio::test]
async fn a_token_is_not_taken_where_only_keys_may_stand() {
    let world = populated().await;
    let person = Person::log_in(&world.public(), "dora").await;
    let page = world.public().with("origin", ORIGIN);
    let answer = page.with("x-widget-key", &person.access).get(CHEAP).await;
    assert_eq!(told(&answer), (401, "invalid_token".into()));
    let widget = format!("/api/embed/{}/{}", person.access, uuid::Uuid::new_v4());
    assert_ne!(page.get(&widget).await.status, 200);
}

#[tokio::test]
async fn a_suspended_tenant_locks_its_users_out_and_lets_them_in_again() {
    let world: World = populated().await;
    let person = Person::log_in(&world.public(), "dora").await;
    assert_eq!(person.client().get(CHEAP).await.status, 200);
    for (status, expected) in [("suspended", 401), ("active", 200)] {
        world.sql(&format!("UPDATE vestibule.tenants SET status = '{status}'")).await;
        eventually(async || super::expect(&person.client(), CHEAP, expected).await).await;
    }
}

#[tokio::test]
async fn users_have_limits_of_their_own() {
    let world = world().set("LIMITS_USER_PER_MINUTE", 2).set("LIMITS_USER_BURST", 2).start().await;
    world.upstream.control().add_user("mona", PASSWORD, "manager");
    world.upstream.control().add_user("anna", PASSWORD, "admin");
    let mona = Person::log_in(&world.public(), "mona").await;
    let answers = [mona.client().get(CHEAP).await, mona.client().get(CHEAP).await, mona.client().get(CHEAP).await];
    assert_eq!(answers[0].header("ratelimit-policy"), Some("\"user-minute\";q=2;w=60"));
    assert_eq!(told(&answers[2]), (429, "rate_limited".into()));
    assert_eq!(answers[2].json()["violated_policies"], json!(["user-minute"]));
    assert_eq!(Person::log_in(&world.public(), "anna").await.client().get(CHEAP).await.status, 200);
    let key = world.key(world.spec(KeyKind::Secret)).await;
    let with_key = world.public().bearer(&key).get("/api/v1/messages?session_id=x").await;
    assert_eq!(with_key.status, 200);
}

#[tokio::test]
async fn a_session_ends_when_anythingllm_ends_the_one_behind_it() {
    let world = world().set("AUTH_MEMBERSHIP_SECONDS", 1).start().await;
    world.upstream.control().add_user("dora", PASSWORD, "default");
    let person = Person::log_in(&world.public(), "dora").await;
    world.upstream.control().suspend_user("dora", true);
    eventually(async || {
        let answer = person.client().get("/api/v1/messages?session_id=x&workspace=shop").await;
        if answer.status == 401 { Ok(()) } else { Err(answer.status) }
    })
    .await;
    assert_eq!(told(&person.client().get(CHEAP).await), (401, "invalid_token".into()));
    let reasons: Vec<String> = world.query("SELECT revoke_reason FROM vestibule.auth_sessions").await;
    assert_eq!(reasons, ["upstream_ended"]);
}

#[tokio::test]
async fn requests_of_users_are_in_the_usage_events() {
    let world = populated().await;
    let person = Person::log_in(&world.public(), "dora").await;
    assert_eq!(person.client().post("/api/v1/chat", &question("shop")).await.status, 200);
    eventually(async || {
        let events: Vec<i64> = world
            .query("SELECT count(*) FROM vestibule.usage_events WHERE route = 'chat.create' AND outcome = 'ok' AND api_key_id IS NULL")
            .await;
        if events == [1] { Ok(()) } else { Err(events) }
    })
    .await;
}
