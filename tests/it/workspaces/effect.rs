//! Settings take effect on running replicas, under traffic.

use super::{make, manager, named, patch};
use crate::harness::{Http, World, eventually};
use serde_json::{Value, json};

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
