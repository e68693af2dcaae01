//! Who sends and reads slowly: nothing that others wait for is held while a client takes its time.

use super::scene::{PASSWORD, Scene};
use super::wires::{self, Way};
use super::{Attack, How, raw, raw_admin};
use crate::harness::RawConnection;
use How::{Sent, Steps};
use bytes::Bytes;
use futures_util::FutureExt as _;
use http::Request;
use serde_json::json;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use vestibule::endpoints::Listener;

const STAFF: Way = Way { listener: Listener::Admin, http2: false, tls: false, over: false };
const STAFF_HTTP2: Way = Way { http2: true, ..STAFF };

pub(super) const ATTACKS: &[Attack] = &[
    Attack {
        name: "logins that never arrive",
        does: "many logins to AnythingLLM with a length and one byte, over both versions of HTTP; meanwhile somebody logs in",
        how: Steps(|scene| unfinished_logins(scene).boxed()),
        expected: "the login went through at once -> a login",
    },
    Attack {
        name: "bodies that never arrive",
        does: "small ones with a length, in chunks, and for AnythingLLM",
        how: Sent(&[
            raw(
                "POST /api/v1/auth/login HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{",
            ),
            raw(
                "POST /api/v1/auth/login HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{",
            ),
            raw_admin(
                "POST /api/request-token HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{",
            ),
            raw_admin(
                "POST /api/request-token HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{",
            ),
            raw_admin(
                "POST /api/system/update-env HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{",
            ),
        ]),
        expected: "408 request_timeout -> nothing",
    },
    Attack {
        name: "uploads that drip",
        does: "a piece now and then, each sooner than any single wait would end; a large length, and chunks",
        how: Steps(|scene| dripping(scene).boxed()),
        expected: "408 request_timeout, within seconds -> POST /api/system/update-env",
    },
    Attack {
        name: "uploads that drip over HTTP/2",
        does: "the same in frames, and one that says nothing at all after its head",
        how: Steps(|scene| dripping_over_http2(scene).boxed()),
        expected: "408 request_timeout, within seconds -> POST /api/system/update-env",
    },
    Attack {
        name: "answers that are not read",
        does: "a thousand requests over HTTP/2 for the largest answer, with no room for any of its bytes",
        how: Steps(|scene| unread(scene).boxed()),
        expected: "the address is refused more, memory stays, others are served -> nothing",
    },
];

async fn unfinished_logins(scene: &Scene) -> String {
    let mut open = Vec::new();
    for begun in ["content-length: 100\r\n\r\n{", "transfer-encoding: chunked\r\n\r\n5\r\n{"] {
        for _ in 0..4 {
            let mut wire = wires::connect(scene, STAFF).await;
            let head = "POST /api/request-token HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n";
            wire.write_all(format!("{head}{begun}").as_bytes()).await.unwrap();
            open.push(wire);
        }
    }
    let (mut sender, connection) = h2::client::handshake(wires::connect(scene, STAFF_HTTP2).await).await.unwrap();
    tokio::spawn(connection);
    let mut streams = Vec::new();
    for _ in 0..4 {
        std::future::poll_fn(|cx| sender.poll_ready(cx)).await.unwrap();
        let request = Request::post("http://a/api/request-token").header("content-type", "application/json");
        let (answer, mut body) = sender.send_request(request.body(()).unwrap(), false).unwrap();
        body.send_data("{".into(), false).unwrap();
        streams.push((answer, body));
    }
    let began = Instant::now();
    let login = json!({"username": "anna", "password": PASSWORD});
    let answer = scene.process.admin().post("/api/request-token", &login).await;
    if answer.status != 200 || answer.json()["valid"] != true {
        return format!("{}: {}", answer.status, answer.text());
    }
    if began.elapsed() > Duration::from_millis(900) {
        return format!("after {:?}", began.elapsed());
    }
    "the login went through at once".to_owned()
}

async fn dripping(scene: &Scene) -> String {
    let mut seen = Vec::new();
    for (head, piece) in [
        ("content-length: 100000\r\n\r\n", "x"),
        ("transfer-encoding: chunked\r\n\r\n", "1\r\nx\r\n"),
        ("transfer-encoding: chunked\r\n\r\n2;", "x"),
    ] {
        let began = Instant::now();
        let mut wire = wires::connect(scene, STAFF).await;
        let request = "POST /api/system/update-env HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n";
        wire.write_all(format!("{request}{head}").as_bytes()).await.unwrap();
        let (mut reading, mut writing) = tokio::io::split(wire);
        let drip = async {
            loop {
                tokio::time::sleep(Duration::from_millis(100)).await;
                if writing.write_all(piece.as_bytes()).await.is_err() {
                    std::future::pending::<()>().await;
                }
            }
        };
        let mut answer = Vec::new();
        let read = async {
            let mut piece = [0; 4096];
            while let Ok(n @ 1..) = reading.read(&mut piece).await {
                answer.extend_from_slice(&piece[..n]);
            }
        };
        tokio::select! { () = drip => {}, () = read => {}, () = tokio::time::sleep(Duration::from_secs(15)) => {} }
        seen.push((super::told(&String::from_utf8_lossy(&answer)), began.elapsed()));
    }
    in_time(&seen)
}

async fn dripping_over_http2(scene: &Scene) -> String {
    let mut seen = Vec::new();
    for (length, drips) in [(Some(100_000), true), (None, true), (Some(100_000), false), (None, false)] {
        let began = Instant::now();
        let (mut sender, connection) = h2::client::handshake(wires::connect(scene, STAFF_HTTP2).await).await.unwrap();
        tokio::spawn(connection);
        let mut request = Request::post("http://a/api/system/update-env").header("content-type", "application/json");
        if let Some(length) = length {
            request = request.header("content-length", length);
        }
        let (answer, mut body) = sender.send_request(request.body(()).unwrap(), false).unwrap();
        let drip = async {
            loop {
                tokio::time::sleep(Duration::from_millis(100)).await;
                if !drips || body.send_data("x".into(), false).is_err() {
                    std::future::pending::<()>().await;
                }
            }
        };
        let read = async {
            let (head, mut body) = answer.await?.into_parts();
            let mut text = Vec::new();
            while let Some(Ok(piece)) = body.data().await {
                text.extend_from_slice(&piece);
            }
            let text = String::from_utf8_lossy(&text).into_owned();
            Ok::<_, h2::Error>(super::told(&format!("HTTP/1.1 {} x\r\n\r\n{text}", head.status.as_u16())))
        };
        let told = tokio::select! {
            () = drip => unreachable!(),
            read = read => read.unwrap_or_else(|error| format!("reset {:?}", error.reason())),
            () = tokio::time::sleep(Duration::from_secs(15)) => "still open".to_owned(),
        };
        seen.push((told, began.elapsed()));
    }
    in_time(&seen)
}

/// A second is what the settings give, two more are for what is still on its way.
fn in_time(seen: &[(String, Duration)]) -> String {
    let as_it_should =
        |(told, took): &(String, Duration)| told == "408 request_timeout" && *took < Duration::from_secs(8);
    if seen.iter().all(as_it_should) { "408 request_timeout, within seconds".to_owned() } else { format!("{seen:?}") }
}

async fn unread(scene: &Scene) -> String {
    let before = scene.process.peak_memory();
    let (mut refused, mut held) = (0, Vec::new());
    for _ in 0..10 {
        let mut builder = h2::client::Builder::new();
        builder.initial_window_size(0);
        let wire =
            wires::connect(scene, Way { listener: Listener::Public, http2: true, tls: false, over: false }).await;
        let (mut sender, connection) = builder.handshake::<_, Bytes>(wire).await.unwrap();
        tokio::spawn(connection);
        for _ in 0..100 {
            std::future::poll_fn(|cx| sender.poll_ready(cx)).await.unwrap();
            let request = Request::get("http://a/api/v1/openapi.json").body(()).unwrap();
            held.push(sender.send_request(request, true).unwrap().0);
        }
        // The heads come; the bodies have nowhere to go.
        for answer in held.iter_mut().rev().take(100) {
            if let Ok(Ok(answer)) = tokio::time::timeout(Duration::from_secs(5), answer).await {
                refused += usize::from(answer.status() == 429);
            }
        }
    }
    if refused < 400 {
        return format!("{refused} were refused");
    }
    let grown = scene.process.peak_memory().saturating_sub(before);
    if grown > 96 * 1024 * 1024 {
        return format!("{} KiB more", grown / 1024);
    }
    let neighbour = tokio::net::TcpSocket::new_v4().unwrap();
    neighbour.bind("127.0.0.2:0".parse().unwrap()).unwrap();
    let mut neighbour = RawConnection(neighbour.connect(scene.process.public).await.unwrap());
    neighbour.send("GET /healthz HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").await;
    let other = neighbour.read_to_end().await;
    drop(held);
    if !other.starts_with("HTTP/1.1 200") {
        return format!("others get {other}");
    }
    "the address is refused more, memory stays, others are served".to_owned()
}
