//! Settings take effect on running replicas, under traffic.

use super::{make, manager, manager_key, named, patch};
use crate::harness::{Http, World, eventually};
use chrono::TimeDelta;
use serde_json::{Value, json};
use vestibule::domain::ids::TenantId;
use vestibule_stand_in::Failure;

async fn chat(client: &Http, message: &str) -> (u16, Value) {
    let answer = client.post("/api/v1/chat", &json!({"workspace": "live", "message": message})).await;
    (answer.status.as_u16(), answer.json())
}

#[tokio::test]
async fn both_replicas_follow_a_change_while_they_answer() {
    let world = World::start().await;
    let replica = world.replica().await;
    let here = manager(&world).await;
    let there = manager(&replica).await;
    make(&here, &named("Live")).await;
    assert_eq!(chat(&there, "x").await.1["mode"], "query");

    let traffic = {
        let clients = [here.clone(), there.clone()];
        tokio::spawn(async move {
            for _ in 0..20 {
                for client in &clients {
                    let (status, body) = chat(client, "hello").await;
                    assert_eq!(status, 200, "{body}");
                }
            }
        })
    };
    let change =
        json!({"settings": {"chat_mode": "chat", "max_message_chars": 10, "ai_disclosure": "A machine answers."}});
    assert_eq!(patch(&here, "live", "*", &change).await.status, 200);
    for client in [&here, &there] {
        eventually(async || {
            let (_, body) = chat(client, "x").await;
            if body["mode"] == "chat" { Ok(()) } else { Err(body) }
        })
        .await;
        let (status, body) = chat(client, "longer than ten").await;
        assert_eq!((status, &body["errors"][0]["field"]), (422, &json!("message")), "{body}");
    }
    traffic.await.unwrap();
}

#[tokio::test]
async fn what_is_older_than_the_retention_cannot_be_read_again() {
    let world = World::start().await;
    let later = world.later(TimeDelta::days(10)).await;
    // The same key, whose conversation it is.
    let key = manager_key(&world).await;
    let (today, then) = (world.public().bearer(&key), later.public().bearer(&key));
    make(&today, &named("Live")).await;
    let session = today.post("/api/v1/chat", &json!({"workspace": "live", "message": "hello"})).await.json();
    let path = format!("/api/v1/messages?workspace=live&session_id={}", session["session_id"].as_str().unwrap());
    let messages = async |client: &Http| client.get(&path).await.json()["data"].as_array().unwrap().len();
    assert_eq!((messages(&today).await, messages(&then).await), (2, 2));

    assert_eq!(patch(&today, "live", "*", &json!({"settings": {"retention_days": 9}})).await.status, 200);
    eventually(async || if messages(&then).await == 0 { Ok(()) } else { Err("still there") }).await;
    assert_eq!(messages(&today).await, 2);
    let forgotten =
        later.database.conversations().delete_beyond_retention(TenantId::DEFAULT, later.ambient.now()).await;
    assert_eq!(forgotten, Ok(1));

    assert_eq!(patch(&today, "live", "*", &json!({"settings": {"store_transcripts": false}})).await.status, 200);
    eventually(async || if messages(&today).await == 0 { Ok(()) } else { Err("still there") }).await;
}

#[tokio::test]
async fn answers_are_kept_where_and_while_the_workspace_says_so() {
    let world = World::start().await;
    let manager = manager(&world).await;
    let made = make(&manager, &json!({"name": "Live", "settings": {"cache_ttl_secs": 600}})).await.json();
    let there = made["upstream"]["slug"].as_str().unwrap();
    world.upstream.control().add_document(there, "Kettle", "The kettle K-1 costs 29 euros.");
    let searches = || {
        let requests = world.upstream.control().requests();
        requests.iter().filter(|request| request.path_and_query.ends_with("/vector-search")).count()
    };
    let ask = async |query: &str| {
        let answer = manager.post("/api/v1/knowledge/query", &json!({"workspace": "live", "query": query})).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        (answer.header("x-cache").unwrap().to_owned(), answer.header("age").is_some(), answer.json()["results"].clone())
    };
    let (first, second) = (ask("kettle price").await, ask(" kettle  price").await);
    assert_eq!((first.0.as_str(), first.1), ("miss", false));
    assert_eq!((second.0.as_str(), second.1, &second.2), ("hit", true, &first.2));
    assert_eq!(searches(), 1);
    assert_eq!(ask("kettle").await.0, "miss");

    // Any change of the settings makes all of them unknown.
    assert_eq!(patch(&manager, "live", "*", &json!({"settings": {"top_n": 1}})).await.status, 200);
    eventually(async || match ask("kettle price").await.0.as_str() {
        "miss" => Ok(()),
        other => Err(other.to_owned()),
    })
    .await;
    assert_eq!(patch(&manager, "live", "*", &json!({"settings": {"cache_ttl_secs": 0}})).await.status, 200);
    eventually(async || match ask("kettle price").await.0.as_str() {
        "bypass" => Ok(()),
        other => Err(other.to_owned()),
    })
    .await;
}

#[tokio::test]
async fn of_many_who_ask_the_same_at_once_one_asks_anythingllm_and_failures_are_not_kept() {
    let world = World::start().await;
    let manager = manager(&world).await;
    make(&manager, &json!({"name": "Live", "settings": {"cache_ttl_secs": 600}})).await;
    let body = json!({"workspace": "live", "query": "kettle"});
    world.upstream.control().fail_on_times("/api/v1/workspace/", Failure::Status500, 1);
    assert_eq!(manager.post("/api/v1/knowledge/query", &body).await.status, 502);
    world.upstream.control().clear_requests();
    let calls = (0..8).map(|_| {
        let (manager, body) = (manager.clone(), body.clone());
        tokio::spawn(async move { manager.post("/api/v1/knowledge/query", &body).await.status.as_u16() })
    });
    for call in calls.collect::<Vec<_>>() {
        assert_eq!(call.await.unwrap(), 200);
    }
    assert_eq!(world.upstream.control().request_count(), 1);
}
