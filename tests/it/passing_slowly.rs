//! Every kind of request that passes to AnythingLLM has a time, on both listeners: none waits for ever for an answer that
//! does not come or that stops in its middle.

use crate::harness::{Http, RawConnection, World, WorldBuilder};
use futures_util::future::join_all;
use http::Method;
use tokio::net::TcpListener;
use tokio::time::Instant;
use uuid::Uuid;
use vestibule_stand_in::Failure;

const SCRIPT: &str = "/embed/anythingllm-chat-widget.min.js";

fn hurried() -> WorldBuilder {
    World::builder()
        .set("WIDGET_LEGACY_EMBEDS", true)
        .set("UPSTREAM_PASSED_SECONDS", 3)
        .set("UPSTREAM_PASSED_WORK_SECONDS", 3)
        .set("UPSTREAM_PASSED_IDLE_SECONDS", 3)
        .set("UPSTREAM_STREAM_IDLE_SECONDS", 3)
        .set("CHAT_HEARTBEAT_SECONDS", 1)
}

/// A client, method, path and body of each kind of row.
fn rows(world: &World) -> Vec<(Http, Method, String, Vec<u8>)> {
    let (public, admin) = (world.public(), world.admin());
    let json = |client: &Http| client.with("content-type", "application/json");
    let upload = admin.with("content-type", "multipart/form-data; boundary=x");
    let embed = format!("/api/embed/{}/stream-chat", Uuid::new_v4());
    [
        (public.clone(), Method::GET, SCRIPT, &b""[..]),
        (json(&public), Method::POST, &*embed, b"{}"),
        (admin.clone(), Method::GET, "/", b""),
        (admin.clone(), Method::GET, "/api/ping", b""),
        (json(&admin), Method::POST, "/api/request-token", b"{}"),
        (json(&admin), Method::POST, "/api/workspace/shop/update", b"{}"),
        (json(&admin), Method::POST, "/api/workspace/shop/update-embeddings", b"{}"),
        (json(&admin), Method::POST, "/api/workspace/shop/stream-chat", b"{}"),
        (admin.clone(), Method::GET, "/api/workspace/shop/embed-progress", b""),
        // Larger than what is read before AnythingLLM is asked.
        (upload, Method::POST, "/api/workspace/shop/upload", &vec![b'x'; 300_000]),
    ]
    .map(|(client, method, path, body)| (client, method, path.to_owned(), body.to_vec()))
    .into()
}

#[tokio::test]
async fn an_answer_that_does_not_begin_is_a_timeout_on_every_row() {
    let world = hurried().start().await;
    world.upstream.control().fail(Failure::Hang);
    join_all(rows(&world).into_iter().map(async |(client, method, path, body)| {
        let answer = client.send(method, &path, body).await;
        assert_eq!(answer.status, 504, "{path}: {answer:?}");
        assert!(answer.text().contains("upstream_timeout"), "{path}: {answer:?}");
    }))
    .await;
}

const AGENT: &str = "GET /api/agent-invocation/5f0c8c0e-1111-4222-8333-444455556666 HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\n\
    upgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

#[tokio::test]
async fn a_websocket_that_does_not_begin_is_a_timeout() {
    // Its connections are made, and nobody looks at them.
    let mute = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", mute.local_addr().unwrap());
    let world = hurried().set("UPSTREAM_URL", url).start().await;
    let mut socket = RawConnection::open(world.running().admin).await;
    socket.send(AGENT).await;
    let told = socket.read_to_end().await;
    assert!(told.starts_with("HTTP/1.1 504 ") && told.contains("upstream_timeout"), "{told}");
}

#[tokio::test]
async fn a_websocket_that_is_silent_for_too_long_is_ended() {
    let agent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", agent.local_addr().unwrap());
    let world = hurried().set("UPSTREAM_URL", url).start().await;
    let silent = tokio::spawn(async move {
        let mut agent = RawConnection(agent.accept().await.unwrap().0);
        agent.read_until("\r\n\r\n").await;
        agent.send("HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n").await;
        agent.read_to_end().await
    });
    let mut socket = RawConnection::open(world.running().admin).await;
    socket.send(AGENT).await;
    let told = socket.read_to_end().await;
    assert!(told.starts_with("HTTP/1.1 101 "), "{told}");
    assert_eq!(silent.await.unwrap(), "", "and so is its other side");
}

#[tokio::test]
async fn an_answer_that_stops_in_its_middle_is_ended_on_every_row() {
    let world = hurried().start().await;
    world.upstream.control().fail(Failure::HangAfterHead);
    join_all(rows(&world).into_iter().map(async |(client, method, path, body)| {
        assert!(client.breaks_off(method, &path, body).await, "{path} looks whole");
    }))
    .await;
}

#[tokio::test]
async fn work_may_take_longer_than_a_page_and_silence_longer_than_a_head() {
    let world = World::builder()
        .set("UPSTREAM_PASSED_SECONDS", 3)
        .set("UPSTREAM_PASSED_WORK_SECONDS", 7)
        .set("UPSTREAM_PASSED_IDLE_SECONDS", 7)
        .start()
        .await;
    let (admin, control) = (world.admin(), world.upstream.control());
    control.fail_on("/api/ping", Failure::Hang);
    control.fail_on("/api/workspace/shop/update-embeddings", Failure::Hang);
    control.fail_on("/api/workspace/shop/embed-progress", Failure::HangAfterHead);
    let timed = async |call: std::pin::Pin<Box<dyn Future<Output = bool> + Send>>| {
        assert!(call.await);
        Instant::now()
    };
    let (page, work, idle) = (admin.clone(), admin.with("content-type", "application/json"), admin.clone());
    let (page, work, idle) = tokio::join!(
        timed(Box::pin(async move { page.get("/api/ping").await.status == 504 })),
        timed(Box::pin(async move {
            work.send(Method::POST, "/api/workspace/shop/update-embeddings", "{}").await.status == 504
        })),
        timed(Box::pin(
            async move { idle.breaks_off(Method::GET, "/api/workspace/shop/embed-progress", Vec::new()).await }
        )),
    );
    assert!(page < work && page < idle, "a page is given up first");
}
