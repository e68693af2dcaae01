//! What is HTTP/2's own: tunnels, and targets that its library reads for us.

use crate::harness::{PATIENCE, World};
use bytes::Bytes;
use h2::ext::Protocol;
use http::{Method, Request, Version};
use serde_json::Value;
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Whoever asks for a tunnel does not end its side before the answer; for a body that is refused, that long is waited.
const AT_ONCE: Duration = Duration::from_secs(2);

#[tokio::test]
async fn whoever_asks_for_a_tunnel_is_answered_at_once() {
    let world = World::start().await;
    let plain = || Request::builder().method(Method::CONNECT).version(Version::HTTP_2).uri("chat.example:443");
    let extended = |path: &str, protocol: &'static str| {
        let request = Request::builder().method(Method::CONNECT).version(Version::HTTP_2);
        let request = request.uri(format!("http://chat.example{path}")).header("sec-websocket-version", "13");
        request.extension(Protocol::from_static(protocol))
    };
    let script = "/embed/anythingllm-chat-widget.min.js";
    let agent = "/api/agent-invocation/5f0c8c0e-1111-4222-8333-444455556666";
    for listener in [world.running().public, world.running().admin] {
        let tcp = TcpStream::connect(listener).await.unwrap();
        let (mut sender, connection) = h2::client::handshake(tcp).await.unwrap();
        let driver = tokio::spawn(connection);
        let requests = [
            plain(),
            extended("/healthz", "websocket"),
            extended(script, "websocket"),
            extended(agent, "websocket"),
            extended("/", "connect-udp"),
        ];
        for request in requests {
            let began = Instant::now();
            std::future::poll_fn(|cx| sender.poll_ready(cx)).await.unwrap();
            let (answer, mut tunnel) = sender.send_request(request.body(()).unwrap(), false).unwrap();
            let answer = tokio::time::timeout(PATIENCE, answer).await.expect("an answer").unwrap();
            assert_eq!(answer.status(), 400);
            let mut body = answer.into_body();
            let problem = body.data().await.expect("a problem").unwrap();
            assert_eq!(serde_json::from_slice::<Value>(&problem).unwrap()["code"], "bad_request");
            assert!(began.elapsed() < AT_ONCE, "{:?}", began.elapsed());
            // Nothing of the tunnel is there.
            let _ = tunnel.send_data(Bytes::from_static(b"hello"), true);
        }
        // The connection goes on.
        std::future::poll_fn(|cx| sender.poll_ready(cx)).await.unwrap();
        let request = Request::get("http://chat.example/healthz").version(Version::HTTP_2).body(()).unwrap();
        let (answer, _) = sender.send_request(request, true).unwrap();
        assert_eq!(tokio::time::timeout(PATIENCE, answer).await.expect("an answer").unwrap().status(), 200);
        driver.abort();
    }
    assert_eq!(world.upstream.control().request_count(), 0);
}

/// The first byte of the head of the answer (RFC 7541 section 6.1: 0x88 is status 200, 0x8d is 404) to a `GET` of this
/// path, which is sent as it is: libraries for clients leave fragments out.
async fn first_byte_of_answer(listener: SocketAddr, path: &str) -> u8 {
    let mut connection = TcpStream::connect(listener).await.unwrap();
    let mut sent = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0".to_vec();
    // `GET`, `http`; `:authority` and `:path` in full.
    let mut fields = vec![0x82, 0x86, 0x01, 1, b'a', 0x04, u8::try_from(path.len()).unwrap()];
    fields.extend_from_slice(path.as_bytes());
    sent.extend_from_slice(&[0, 0, u8::try_from(fields.len()).unwrap(), 0x01, 0x05, 0, 0, 0, 1]);
    sent.extend_from_slice(&fields);
    connection.write_all(&sent).await.unwrap();
    let read = async {
        loop {
            let mut frame = [0; 9];
            connection.read_exact(&mut frame).await.unwrap();
            let mut payload = vec![0; usize::from(frame[1]) << 8 | usize::from(frame[2])];
            connection.read_exact(&mut payload).await.unwrap();
            if frame[3] == 1 {
                // A change of the table's size may stand in front (section 6.3).
                return *payload.iter().find(|byte| *byte & 0xe0 != 0x20).unwrap();
            }
        }
    };
    tokio::time::timeout(PATIENCE, read).await.expect("an answer")
}

#[tokio::test]
async fn what_stands_behind_a_number_sign_is_not_there_for_anybody() {
    let world = World::start().await;
    let (public, admin) = (world.running().public, world.running().admin);
    for (path, first) in [
        ("/healthz", 0x88),
        ("/healthz#x", 0x88),
        ("/healthz?a=b#c", 0x88),
        ("/healthz#/../api/env-dump", 0x88),
        ("/api/env-dump#/../healthz", 0x8d),
    ] {
        for listener in [public, admin] {
            assert_eq!(first_byte_of_answer(listener, path).await, first, "{path}");
        }
    }
    assert_eq!(first_byte_of_answer(public, "/nothing#/healthz").await, 0x8d);
    assert_eq!(world.upstream.control().request_count(), 0);
    for path in ["/api/ping#x", "/api/ping#/../env-dump"] {
        assert_eq!(first_byte_of_answer(admin, path).await, 0x88, "{path}");
    }
    let seen: Vec<_> =
        world.upstream.control().requests().iter().map(|request| request.path_and_query.clone()).collect();
    assert_eq!(seen, ["/api/ping"; 2]);
}
