//! What of AnythingLLM's answers reaches whom: headers for one hop reach nobody, shoppers get a short list, and a stream
//! is told as one wherever it comes from.

use crate::harness::{Answer, Http, ORIGIN, RawConnection, Reply, Shop, World};
use http::Method;
use serde_json::json;
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

const SCRIPT: &str = "/embed/anythingllm-chat-widget.min.js";

/// A server that says of itself whatever a server can say.
async fn talkative() -> Shop {
    Shop::start(|asked| {
        let content_type = match asked.target.as_str() {
            path if path.contains("stream") => "text/event-stream",
            SCRIPT => "application/javascript; charset=UTF-8",
            _ => "text/plain",
        };
        [
            ("content-type", content_type),
            ("keep-alive", "timeout=5"),
            ("proxy-authenticate", "Basic"),
            ("proxy-connection", "keep-alive"),
            ("proxy-anything", "x"),
            ("te", "trailers"),
            ("trailer", "x-sum"),
            ("upgrade", "h2c"),
            ("x-powered-by", "Express"),
            // The server itself adds `Connection: close`; a second line is as good as a list.
            ("connection", "x-internal"),
            ("x-internal", "1"),
            ("set-cookie", "a=b"),
            ("server", "AnythingLLM"),
            ("via", "1.1 inside"),
            ("x-of-its-own", "1"),
            ("etag", "\"1\""),
            ("last-modified", "Mon, 30 Nov 2026 00:00:00 GMT"),
            ("cache-control", "public, max-age=60"),
            ("vary", "Accept-Encoding"),
        ]
        .into_iter()
        .fold(Reply::new(200, "data: x\n\n"), |reply, (name, value)| reply.header(name, value))
    })
    .await
}

/// A gateway before such a server.
async fn before(server: &Shop) -> World {
    World::builder().set("UPSTREAM_URL", server.url()).set("WIDGET_LEGACY_EMBEDS", true).start().await
}

fn has_none(answer: &Answer, names: &[&str]) {
    for name in names {
        assert!(!answer.headers.contains_key(*name), "{name}: {answer:?}");
    }
}

const OF_ONE_HOP: [&str; 9] = [
    "keep-alive",
    "proxy-authenticate",
    "proxy-connection",
    "proxy-anything",
    "te",
    "trailer",
    "upgrade",
    "x-internal",
    "x-powered-by",
];

#[tokio::test]
async fn headers_of_one_hop_end_at_the_gateway() {
    let server = talkative().await;
    let world = before(&server).await;
    let staff = world.admin().get("/index.html").await;
    has_none(&staff, &OF_ONE_HOP);
    for (name, value) in [("set-cookie", "a=b"), ("server", "AnythingLLM"), ("x-of-its-own", "1"), ("etag", "\"1\"")] {
        assert_eq!(staff.header(name), Some(value));
    }
    for client in [world.public(), world.admin()] {
        let script = client.get(SCRIPT).await;
        has_none(&script, &OF_ONE_HOP);
        assert_eq!(script.text(), "data: x\n\n");
        assert_ne!(script.header("connection"), Some("x-internal"));
    }
}

#[tokio::test]
async fn shoppers_get_a_short_list_of_headers() {
    let server = talkative().await;
    let world = before(&server).await;
    let embed = "/api/embed/5f0c8c0e-1111-4222-8333-444455556666/5f0c8c0e-1111-4222-8333-444455557777";
    for path in [SCRIPT, "/embed/anythingllm-chat-widget.min.css", embed] {
        let answer = world.public().with("origin", ORIGIN).get(path).await;
        assert_eq!(answer.status, 200, "{path}");
        has_none(&answer, &OF_ONE_HOP);
        has_none(&answer, &["set-cookie", "server", "via", "x-of-its-own"]);
        for (name, value) in [
            ("etag", "\"1\""),
            ("last-modified", "Mon, 30 Nov 2026 00:00:00 GMT"),
            ("cache-control", "public, max-age=60"),
            ("x-content-type-options", "nosniff"),
        ] {
            assert_eq!(answer.header(name), Some(value), "{path}");
        }
        let vary: Vec<_> = answer.headers.get_all("vary").iter().map(|v| v.to_str().unwrap()).collect();
        assert!(vary.contains(&"Accept-Encoding"), "{path}: {vary:?}");
        assert_eq!(answer.header("content-length"), Some("9"), "{path}");
    }
}

#[tokio::test]
async fn streams_that_pass_say_that_they_are_streams() {
    let server = talkative().await;
    let world = before(&server).await;
    let embed = "/api/embed/5f0c8c0e-1111-4222-8333-444455556666/stream-chat";
    let body = json!({"sessionId": "5f0c8c0e-1111-4222-8333-444455557777", "message": "x"}).to_string();
    let asked: [(Http, &str); 2] =
        [(world.public().with("origin", ORIGIN), embed), (world.admin(), "/api/workspace/x/stream-chat")];
    for (client, path) in asked {
        let answer = client.with("content-type", "application/json").send(Method::POST, path, body.clone()).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(answer.header("content-type"), Some("text/event-stream; charset=utf-8"));
        assert_eq!(answer.header("cache-control"), Some("private, no-cache, no-transform"));
        assert_eq!(answer.header("x-accel-buffering"), Some("no"));
    }
}

#[tokio::test]
async fn headers_of_tracing_libraries_end_at_the_gateway() {
    let server = talkative().await;
    let world = before(&server).await;
    let traced = [
        ("sentry-trace", "1"),
        ("baggage", "a=b"),
        ("x-datadog-trace-id", "1"),
        ("newrelic", "x"),
        ("b3", "0"),
        ("x-requested-with", "XMLHttpRequest"),
    ];
    let client = traced.iter().fold(world.public(), |client, (name, value)| client.with(name, value));
    assert_eq!(client.get(SCRIPT).await.status, 200);
    let asked = server.asked();
    for (name, _) in traced {
        assert_eq!(asked.last().unwrap().header(name), None, "{name}");
    }
}

/// A server that answers everything with these bytes.
async fn saying(bytes: &'static str) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut asked = [0; 4096];
                let _ = client.read(&mut asked).await;
                let _ = client.write_all(bytes.as_bytes()).await;
                // Open, as a protocol of its own would be.
                while client.read(&mut asked).await.is_ok_and(|read| read > 0) {}
            });
        }
    });
    address
}

#[tokio::test]
async fn a_change_of_protocol_that_nobody_has_asked_for_is_no_answer() {
    let server =
        saying("HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\nanything").await;
    let world = World::builder().set("UPSTREAM_URL", format!("http://{server}")).start().await;
    for (client, path) in [(world.public(), SCRIPT), (world.admin(), SCRIPT), (world.admin(), "/api/ping")] {
        let answer = client.get(path).await;
        assert_eq!((answer.status.as_u16(), answer.code()), (502, "upstream_contract".to_owned()), "{path}");
    }
}

#[tokio::test]
async fn what_comes_before_an_answer_passes_without_what_is_not_for_shoppers() {
    let server = saying(
        "HTTP/1.1 103 Early Hints\r\nlink: </x>; rel=preload\r\nset-cookie: a=b\r\n\r\n\
         HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok",
    )
    .await;
    let world = World::builder().set("UPSTREAM_URL", format!("http://{server}")).start().await;
    let mut connection = RawConnection::open(world.running().public).await;
    connection.send(format!("GET {SCRIPT} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")).await;
    let told = connection.read_to_end().await.to_ascii_lowercase();
    assert!(told.ends_with("\r\n\r\nok") && told.contains("http/1.1 200 ok\r\n"), "{told}");
    assert!(!told.contains("set-cookie") && !told.contains("link:"), "{told}");
}
