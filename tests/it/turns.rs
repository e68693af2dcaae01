//! Turns at AnythingLLM: what hangs there holds up its own kind only, one workspace leaves places to the others, and a
//! place is free again once nobody wants the answer.

use crate::harness::{Answer, Http, PATIENCE, RawConnection, World, WorldBuilder, eventually};
use serde_json::{Value, json};
use vestibule::domain::key::KeyKind;
use vestibule::domain::scope::Scope;
use vestibule::domain::workspace::Workspace;
use vestibule_stand_in::Failure;

fn question() -> Value {
    json!({"message": "What does the cordless drill NW-18 cost?"})
}

/// Without the limits that protect a gateway from one address and one key.
fn unlimited() -> WorldBuilder {
    let many = 100_000;
    World::builder()
        .set("LIMITS_FLOOD_PER_IP_PER_SECOND", many)
        .set("LIMITS_FLOOD_BURST", many)
        .set("LIMITS_KEY_PER_MINUTE", many)
        .set("LIMITS_KEY_BURST", many)
        .set("LIMITS_MAX_STREAMS", many)
        .set("EDGE_MAX_REQUESTS_PER_IP", many)
        .set("EDGE_MAX_CONNECTIONS_PER_IP", 9_000)
        .set("DATABASE_ACQUIRE_MILLIS", 60_000)
        .set("UPSTREAM_RESPONSE_MILLIS", 600_000)
}

/// A client for everything that is asked of a workspace here.
async fn client(world: &World, workspace: &Workspace) -> Http {
    let mut spec = world.spec(KeyKind::Secret);
    spec.workspace = Some(workspace.id);
    spec.scopes = Scope::PUBLISHABLE.into_iter().chain([Scope::KeysRead]).collect();
    world.public().bearer(&world.key(spec).await)
}

/// Lets AnythingLLM take chats of a workspace and never answer them.
fn hang_chats(world: &World, workspace: &Workspace) {
    let path = format!("/api/v1/workspace/{}/stream-chat", workspace.upstream_slug);
    world.upstream.control().fail_on(&path, Failure::Hang);
}

async fn ask(client: &Http) -> Answer {
    client.post("/api/v1/chat", &question()).await
}

/// Chats that wait; they leave when they are dropped.
async fn waiting(world: &World, client: &Http, count: usize) -> Vec<RawConnection> {
    let (control, before) = (world.upstream.control(), world.upstream.control().request_count());
    let body = question().to_string();
    let request = format!(
        "POST /api/v1/chat HTTP/1.1\r\nhost: a\r\nauthorization: {}\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n\r\n{body}",
        client.header("authorization"),
        body.len()
    );
    let mut chats = Vec::new();
    for _ in 0..count {
        let mut chat = RawConnection::open(world.running().public).await;
        chat.send(&request).await;
        chats.push(chat);
    }
    // They are many.
    assert!(control.until(|c| c.request_count() >= before + count, PATIENCE * 5).await, "{control:?}");
    chats
}

#[tokio::test]
async fn a_thousand_chats_that_hang_leave_histories_keys_and_health_answering() {
    let world = unlimited().start().await;
    let client = client(&world, &world.workspace).await;
    let asked = client.post("/api/v1/chat", &json!({"message": "Hello", "session_id": "cart-1"})).await;
    assert_eq!(asked.status, 200, "{}", asked.text());
    hang_chats(&world, &world.workspace);
    let chats = waiting(&world, &client, 1_000).await;
    for _ in 0..20 {
        let history = client.get("/api/v1/messages?session_id=cart-1").await;
        assert_eq!(history.status, 200, "{}", history.text());
        let found = client.post("/api/v1/knowledge/query", &json!({"query": "drill"})).await;
        assert_eq!(found.status, 200, "{}", found.text());
        assert_eq!(client.get("/api/v1/keys").await.status, 200);
        assert_eq!(client.get("/healthz").await.status, 200);
        assert_eq!(world.ops().get("/readyz").await.status, 200);
    }
    let metrics = world.ops().get("/metrics").await;
    assert!(metrics.text().contains("vestibule_upstream_calls_running{kind=\"chat\"} 1000\n"), "{}", metrics.text());
    drop(chats);
    let control = world.upstream.control();
    assert!(control.until(|c| c.open_connections() < 100, PATIENCE).await, "{control:?}");
}

#[tokio::test]
async fn a_workspace_whose_chats_hang_waits_for_itself() {
    let world = unlimited()
        .set("UPSTREAM_MAX_CHATS", 10)
        .set("UPSTREAM_QUEUE_PER_WORKSPACE", 3)
        .set("UPSTREAM_QUEUE_MILLIS", 500)
        .start()
        .await;
    let other = world.add_workspace("other").await;
    let (eager, modest) = (client(&world, &world.workspace).await, client(&world, &other).await);
    hang_chats(&world, &world.workspace);
    // Four fifths.
    let chats = waiting(&world, &eager, 8).await;
    let refused = ask(&eager).await;
    assert_eq!((refused.status.as_u16(), refused.code().as_str()), (503, "service_unavailable"));
    assert_eq!(refused.header("retry-after"), Some("2"));
    assert_eq!(ask(&modest).await.status, 200, "there are places that the eager one cannot have");
    let metrics = world.ops().get("/metrics").await;
    assert!(
        metrics.text().contains("vestibule_upstream_calls_refused_total{kind=\"chat\",reason=\"late\"} 1\n"),
        "{}",
        metrics.text()
    );

    // Clients that leave give their places back, whether the answer has begun or not.
    drop(chats);
    world.upstream.control().heal();
    eventually(async || match ask(&eager).await {
        answer if answer.status == 200 => Ok(()),
        answer => Err(answer.text().to_owned()),
    })
    .await;
}

#[tokio::test]
async fn a_full_line_is_refused_at_once_and_those_in_it_get_their_turn() {
    let world = unlimited()
        .set("UPSTREAM_MAX_CHATS", 1)
        .set("UPSTREAM_QUEUE_PER_WORKSPACE", 1)
        .set("UPSTREAM_QUEUE_MILLIS", 600_000)
        .start()
        .await;
    let client = client(&world, &world.workspace).await;
    hang_chats(&world, &world.workspace);
    let running = waiting(&world, &client, 1).await;
    let first = tokio::spawn({
        let client = client.clone();
        async move { ask(&client).await }
    });
    eventually(async || match world.ops().get("/metrics").await.text() {
        text if text.contains("vestibule_upstream_calls_waiting{kind=\"chat\"} 1\n") => Ok(()),
        text => Err(text.to_owned()),
    })
    .await;
    let second = ask(&client).await;
    assert_eq!((second.status.as_u16(), second.code().as_str()), (503, "service_unavailable"));
    world.upstream.control().heal();
    drop(running);
    assert_eq!(first.await.unwrap().status, 200);
}
