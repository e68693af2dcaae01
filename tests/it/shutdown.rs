//! The end: nothing new is taken, what runs is finished whole, what cannot end is told so, and nothing idle holds anybody
//! up.

use crate::harness::{Http, ORIGIN, PATIENCE, RawConnection, World};
use bytes::Bytes;
use http_body_util::Empty;
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde_json::{Value, json};
use std::net::SocketAddr;
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use vestibule::domain::key::KeyKind;
use vestibule_stand_in::{Control, Failure};

/// Longer than any test waits: whoever waits for it has found a defect.
const NEVER: u32 = 3600;

fn question() -> Value {
    json!({"message": "What does the cordless drill NW-18 cost?", "stream": true})
}

async fn wait(control: &Control, what: impl Fn(&Control) -> bool) {
    assert!(control.until(what, PATIENCE).await, "{control:?}");
}

/// Stops the gateway in the background.
fn stop(world: &mut World) -> JoinHandle<()> {
    tokio::spawn(world.gateway.take().expect("it runs").stop())
}

async fn stopped(stopping: JoinHandle<()>) {
    tokio::time::timeout(PATIENCE, stopping).await.expect("the gateway stops").unwrap();
}

/// Until the listener takes no more connections.
async fn refused(address: SocketAddr) {
    let refused = async {
        while TcpStream::connect(address).await.is_ok() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, refused).await.expect("new connections are refused");
}

#[tokio::test]
async fn running_streams_finish_whole_and_nothing_new_is_taken() {
    let mut world = World::builder().set("SHUTDOWN_DRAIN_SECONDS", 30).start().await;
    let (public, ops) = (world.running().public, world.ops());
    assert_eq!(ops.get("/readyz").await.status, 200);
    let control = world.upstream.control().clone();
    control.set_tokens(Some(30));
    // It cannot end before the stop has begun: the first token comes late.
    control.fail(Failure::Slow { first_token_ms: 1_500, token_ms: 5 });
    let mut stream = world.server().await.stream("/api/v1/chat", &question()).await;
    assert_eq!(stream.next().await.unwrap().name, "start");
    wait(&control, |c| c.open_streams() == 1).await;

    let stopping = stop(&mut world);
    refused(public).await;
    let ready = ops.get("/readyz").await;
    assert_eq!(ready.status, 503);
    assert!(ready.text().contains("accepting no"), "{}", ready.text());
    assert_eq!(ops.get("/healthz").await.status, 200, "it lives until the end");

    let events = stream.rest().await;
    assert_eq!(events.iter().filter(|e| e.name == "delta").count(), 30);
    assert_eq!(events.last().unwrap().name, "done");
    stopped(stopping).await;
    assert_eq!(control.aborted_streams(), 0);
}

#[tokio::test]
async fn a_connection_that_carried_a_finished_stream_is_closed_after_it() {
    let mut world = World::builder().set("SHUTDOWN_DRAIN_SECONDS", NEVER).start().await;
    let key = world.key(world.spec(KeyKind::Secret)).await;
    let control = world.upstream.control().clone();
    control.fail(Failure::Slow { first_token_ms: 1_000, token_ms: 1 });
    let body = question().to_string();
    let mut connection = RawConnection::open(world.running().public).await;
    let head = format!(
        "POST /api/v1/chat HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {key}\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n\r\n",
        body.len()
    );
    connection.send(format!("{head}{body}")).await;
    wait(&control, |c| c.open_streams() == 1).await;
    let stopping = stop(&mut world);
    let answer = connection.read_to_end().await;
    assert!(answer.contains("event: done\n") && answer.ends_with("\r\n0\r\n\r\n"), "{answer}");
    stopped(stopping).await;
}

#[tokio::test]
async fn idle_connections_hold_nobody_up() {
    let mut world = World::builder().set("SHUTDOWN_DRAIN_SECONDS", NEVER).start().await;
    let (public, admin) = (world.running().public, world.running().admin);
    let mut idle = Vec::new();
    for (address, request) in [
        (public, "GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n"),
        (public, "GET /nothing HTTP/1.1\r\nhost: a\r\n\r\n"),
        (admin, "GET /api/ping HTTP/1.1\r\nhost: a\r\n\r\n"),
    ] {
        let mut connection = RawConnection::open(address).await;
        connection.send(request).await;
        connection.read_answer().await;
        idle.push(connection);
    }
    let (io, executor) = (TokioIo::new(TcpStream::connect(public).await.unwrap()), TokioExecutor::new());
    let (mut http2, connection) = hyper::client::conn::http2::handshake(executor, io).await.unwrap();
    let http2_ends = tokio::spawn(connection);
    let request = http::Request::get("http://a/healthz").body(Empty::<Bytes>::new()).unwrap();
    assert_eq!(http2.send_request(request).await.unwrap().status(), 200);

    let stopping = stop(&mut world);
    for connection in &mut idle {
        assert_eq!(connection.read_to_end().await, "");
    }
    tokio::time::timeout(PATIENCE, http2_ends).await.expect("HTTP/2 is ended").unwrap().unwrap();
    stopped(stopping).await;
}

#[tokio::test]
async fn connections_without_a_whole_request_hold_nobody_up() {
    let mut world = World::builder().set("SHUTDOWN_DRAIN_SECONDS", NEVER).start().await;
    let public = world.running().public;
    let mut waiting = Vec::new();
    for begun in ["", "GET", "GET /healthz HTTP/1.1\r\nhost: a\r\nx-part: ", "PRI * HTTP/2.0\r\n"] {
        let mut connection = RawConnection::open(public).await;
        connection.send(begun).await;
        waiting.push(connection);
    }
    // Connections are taken in order, so these four have been.
    assert_eq!(Http::new(public).get("/healthz").await.status, 200);
    let stopping = stop(&mut world);
    for connection in &mut waiting {
        connection.read_to_end().await;
    }
    stopped(stopping).await;
}

/// A chat over a connection of its own, with all that is to be known of it.
async fn chat(world: &World, path: &str, headers: &str, body: &Value) -> RawConnection {
    let body = body.to_string();
    let mut connection = RawConnection::open(world.running().public).await;
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n{headers}content-length: {}\r\n\r\n",
        body.len()
    );
    connection.send(format!("{head}{body}")).await;
    connection
}

#[tokio::test]
async fn what_does_not_end_is_told_so_at_the_end_of_the_drain_time() {
    let mut world = World::builder().set("SHUTDOWN_DRAIN_SECONDS", 1).start().await;
    let control = world.upstream.control().clone();
    control.set_tokens(Some(100_000));
    control.fail(Failure::Slow { first_token_ms: 0, token_ms: 20 });
    let key = world.key(world.spec(KeyKind::Secret)).await;
    let page = world.publishable_key().await;
    let bearer = format!("authorization: Bearer {key}\r\n");
    let mut streamed = chat(&world, "/api/v1/chat", &bearer, &question()).await;
    let mut whole = chat(&world, "/api/v1/chat", &bearer, &json!({"message": question()["message"]})).await;
    let session = uuid::Uuid::new_v4();
    let frames = json!({"message": question()["message"], "sessionId": session});
    let origin = format!("origin: {ORIGIN}\r\n");
    let mut widget = chat(&world, &format!("/api/embed/{page}/stream-chat"), &origin, &frames).await;
    streamed.read_until("event: delta").await;
    widget.read_until("textResponseChunk").await;
    wait(&control, |c| c.open_streams() == 3).await;
    stopped(stop(&mut world)).await;

    let streamed = streamed.read_to_end().await;
    let (_, last) = streamed.rsplit_once("event: error\ndata: ").unwrap_or_else(|| panic!("{streamed}"));
    assert!(last.contains("\"code\":\"service_unavailable\"") && last.contains("\"retry_after\":1"), "{last}");
    assert!(streamed.ends_with("\n\n\r\n0\r\n\r\n"), "it ends as a stream does: {last}");
    let whole = whole.read_to_end().await;
    assert!(whole.starts_with("HTTP/1.1 503 ") && whole.contains("application/problem+json"), "{whole}");
    assert!(
        whole.to_lowercase().contains("retry-after: 1\r\n") && whole.contains("\"code\":\"service_unavailable\""),
        "{whole}"
    );
    let widget = widget.read_to_end().await;
    let (_, last) = widget.rsplit_once("data: ").unwrap_or_else(|| panic!("{widget}"));
    assert!(last.contains("\"type\":\"abort\"") && last.contains("\"error\":\"service_unavailable\""), "{last}");

    wait(&control, |c| c.aborted_streams() == 3 && c.open_connections() == 0).await;
    let outcomes: Vec<String> = world.query("SELECT outcome FROM vestibule.usage_events").await;
    assert_eq!(outcomes, ["service_unavailable"; 3]);
}

#[tokio::test]
async fn what_passes_and_does_not_end_is_cut_at_the_end_of_the_drain_time() {
    let mut world = World::builder().set("SHUTDOWN_DRAIN_SECONDS", 1).start().await;
    world.upstream.control().fail(Failure::HangAfterHead);
    let mut connection = RawConnection::open(world.running().admin).await;
    connection.send("GET /api/ping HTTP/1.1\r\nhost: a\r\n\r\n").await;
    connection.read_until("\r\n\r\n").await;
    stopped(stop(&mut world)).await;
    assert_eq!(connection.read_to_end().await, "", "it does not look whole");
}

#[tokio::test]
async fn an_answer_that_ended_by_us_is_not_charged() {
    let mut world = World::builder().set("SHUTDOWN_DRAIN_SECONDS", 0).start().await;
    let control = world.upstream.control().clone();
    control.set_tokens(Some(100_000));
    control.fail(Failure::Slow { first_token_ms: 0, token_ms: 20 });
    let mut spec = world.spec(KeyKind::Secret);
    spec.limits.messages_per_day = Some(10);
    let key = world.key(spec).await;
    let mut streamed = chat(&world, "/api/v1/chat", &format!("authorization: Bearer {key}\r\n"), &question()).await;
    streamed.read_until("event: delta").await;
    stopped(stop(&mut world)).await;
    let messages: Vec<i64> = world.query("SELECT messages::bigint FROM vestibule.quota_days").await;
    assert_eq!(messages, [0]);
}

#[tokio::test]
async fn a_request_that_ended_while_stopping_is_recorded() {
    let mut world = World::builder().set("USAGE_FLUSH_MILLIS", 60_000).start().await;
    let control = world.upstream.control().clone();
    control.fail(Failure::Slow { first_token_ms: 500, token_ms: 1 });
    let mut stream = world.server().await.stream("/api/v1/chat", &question()).await;
    stream.next().await.unwrap();
    let stopping = stop(&mut world);
    assert_eq!(stream.rest().await.last().unwrap().name, "done");
    stopped(stopping).await;
    let outcomes: Vec<String> = world.query("SELECT outcome FROM vestibule.usage_events").await;
    assert_eq!(outcomes, ["ok"]);
}

#[tokio::test]
async fn a_request_whose_http2_connection_is_gone_is_waited_for_and_recorded() {
    let mut world = World::start().await;
    let public = world.running().public;
    let key = world.key(world.spec(KeyKind::Secret)).await;
    let socket = TcpStream::connect(public).await.unwrap().into_std().unwrap();
    let io = TokioIo::new(TcpStream::from_std(socket.try_clone().unwrap()).unwrap());
    let (mut http2, connection) = hyper::client::conn::http2::handshake(TokioExecutor::new(), io).await.unwrap();
    tokio::spawn(connection);
    let mut keys = world.lock("vestibule.api_keys").await;
    let request =
        http::Request::get("http://a/api/v1/messages?session_id=x").header("authorization", format!("Bearer {key}"));
    let asked = tokio::spawn(http2.send_request(request.body(Empty::<Bytes>::new()).unwrap()));
    keys.awaited().await;
    socket.shutdown(std::net::Shutdown::Both).unwrap();
    assert!(asked.await.unwrap().is_err());

    let stopping = stop(&mut world);
    refused(public).await;
    keys.release().await;
    stopped(stopping).await;
    let outcomes: Vec<String> = world.query("SELECT outcome FROM vestibule.usage_events").await;
    // Its body broke off; that nobody could be told so is no fault of AnythingLLM's.
    assert_eq!(outcomes, ["bad_request"]);
}
