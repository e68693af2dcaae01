//! Websocket handshakes and the frames behind them.

use rstest::rstest;
use serde_json::json;
use vestibule_stand_in::VectorDatabase::{self, LanceDb, Pgvector};

use crate::bench::Bench;
use crate::client::{Connection, request};

const SILENT: &[&str] = &["websocket/upgrade_other_path", "websocket/upgrade_v1_auth"];

const CLOSED: &[&str] = &["websocket/agent_invocation_unknown", "websocket/agent_invocation_reuse"];

pub(crate) const REPLAYED: &[&[&str]] = &[SILENT, CLOSED];

/// Shakes hands and returns the connection behind it.
async fn open(bench: &Bench, path: &str) -> Connection {
    let headers = [
        ("Connection", "Upgrade"),
        ("Upgrade", "websocket"),
        ("Sec-WebSocket-Version", "13"),
        ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ];
    let mut connection = Connection::open(bench.addr()).await;
    connection.send(&request("GET", path, &headers, b"")).await;
    let answer = connection.head().await.expect("an answer");
    assert_eq!(answer.status, 101, "{path}");
    // The pair of the example in RFC 6455.
    let accept = answer.header("sec-websocket-accept");
    assert_eq!(accept, Some("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
    connection
}

/// The text of an unmasked, short or medium frame.
async fn frame(connection: &mut Connection) -> (u8, String) {
    let head = connection.bytes(2).await.expect("a frame");
    let length = match head[1] {
        126 => {
            let raw = connection.bytes(2).await.expect("a length");
            usize::from(u16::from_be_bytes([raw[0], raw[1]]))
        }
        short => usize::from(short),
    };
    let payload = connection.bytes(length).await.expect("a payload");
    (head[0] & 15, String::from_utf8_lossy(&payload).into_owned())
}

fn masked(text: &str) -> Vec<u8> {
    let mut bytes = vec![0x81, 0x80 | u8::try_from(text.len()).expect("short"), 1, 2, 3, 4];
    bytes.extend(text.bytes().zip([1, 2, 3, 4].into_iter().cycle()).map(|(byte, mask)| byte ^ mask));
    bytes
}

/// The empty, masked closing frame with which a client answers one.
const CLOSE: [u8; 6] = [0x88, 0x80, 1, 2, 3, 4];

/// The frames of a recorded websocket.
fn recorded_frames(name: &str) -> Vec<serde_json::Value> {
    let recording = crate::recording::Recording::load(name, &crate::recording::Names::default());
    recording.value["frames"].as_array().expect("frames").clone()
}

/// The JSON in the text of a frame.
fn parsed(text: &serde_json::Value) -> serde_json::Value {
    serde_json::from_str(text.as_str().expect("text")).expect("JSON")
}

#[rstest]
#[tokio::test]
async fn every_path_shakes_hands(#[values(Pgvector, LanceDb)] vectors: VectorDatabase) {
    let Some(bench) = Bench::multi_user(vectors).await else { return };
    for name in SILENT {
        let recording = crate::recording::Recording::load(name, &bench.names);
        assert_eq!(recording.value["response"]["status"], 101);
        let path = recording.value["request"]["path"].as_str().expect("a path");
        open(&bench, path).await;
    }
    bench.finish().await;
}

#[rstest]
#[tokio::test]
async fn unknown_invocation_is_refused_in_a_frame(#[values(Pgvector, LanceDb)] vectors: VectorDatabase) {
    let Some(bench) = Bench::multi_user(vectors).await else { return };
    let expected = recorded_frames(CLOSED[0]);
    let path = "/api/agent-invocation/00000000-0000-4000-8000-000000000000";
    let mut socket = open(&bench, path).await;
    let (opcode, text) = frame(&mut socket).await;
    assert_eq!(json!(opcode), expected[0]["opcode"]);
    assert_eq!(parsed(&json!(text)), parsed(&expected[0]["payload"]));
    assert_eq!(json!(frame(&mut socket).await.0), expected[1]["opcode"]);
    socket.send(&CLOSE).await;
    assert!(socket.rest().await.is_empty());
    bench.finish().await;
}

#[rstest]
#[tokio::test]
async fn invocation_can_be_joined_once(#[values(Pgvector, LanceDb)] vectors: VectorDatabase) {
    let Some(bench) = Bench::multi_user(vectors).await else { return };
    bench.members().await;
    let path = format!("/api/workspace/{}/stream-chat", bench.names.get("contract-docs"));
    let user = bench.names.get("<USER_JWT>");
    let started = bench.call("POST", &path, &user, &json!({ "message": "@agent hello" })).await;
    let frames = crate::shape::frames(&started.text());
    let path = format!("/api/agent-invocation/{}", frames[0]["websocketUUID"].as_str().expect("a uuid"));
    let mut socket = open(&bench, &path).await;
    if bench.control().is_some() {
        socket.send(&masked("hello")).await;
        assert_eq!(frame(&mut socket).await, (1, "hello".to_owned()));
    } else {
        // Before an agent has said something, it does not listen either.
        assert_eq!(frame(&mut socket).await.0, 1);
    }
    socket.send(&masked("{\"type\":\"awaitingFeedback\",\"feedback\":\"/exit\"}")).await;
    while frame(&mut socket).await.0 != 8 {}
    socket.send(&CLOSE).await;
    socket.rest().await;
    let expected = recorded_frames(CLOSED[1]);
    // A real server notes a little later that the invocation is over; until then it lets everybody in.
    let mut refusal = json!(null);
    for _ in 0..20 {
        let mut again = open(&bench, &path).await;
        refusal = parsed(&json!(frame(&mut again).await.1));
        if bench.control().is_some() || refusal["type"] == "wssFailure" {
            break;
        }
        again.send(&masked("{\"type\":\"awaitingFeedback\",\"feedback\":\"/exit\"}")).await;
    }
    assert_eq!(refusal, parsed(&expected[0]["payload"]));
    bench.finish().await;
}
