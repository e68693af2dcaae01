//! What the listeners do with bytes that are not a well-behaved HTTP client's.

use crate::harness::{RawConnection, World};
use serde_json::json;

async fn exchange(world: &World, bytes: impl AsRef<[u8]>) -> String {
    let mut connection = RawConnection::open(world.running().public).await;
    connection.send(bytes).await;
    connection.read_to_end().await
}

/// Status and problem code of a raw answer.
fn told(answer: &str) -> (&str, String) {
    let status = answer.split(' ').nth(1).unwrap_or_default();
    let body = answer.split_once("\r\n\r\n").map(|(_, body)| body).unwrap_or_default();
    let problem: serde_json::Value = serde_json::from_str(body.trim()).unwrap_or_else(|e| panic!("{e}: {answer}"));
    (status, problem["code"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn malformed_requests_get_a_problem_and_a_closed_connection() {
    let world = World::start().await;
    let cases = [
        ("no host", "GET /healthz HTTP/1.1\r\nconnection: close\r\n\r\n"),
        ("two hosts", "GET /healthz HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n"),
        ("bare line feeds", "GET /healthz HTTP/1.1\nhost: a\n\n"),
        ("one bare line feed", "GET /healthz HTTP/1.1\r\nhost: a\nx: y\r\n\r\n"),
        ("a bare carriage return", "GET /healthz HTTP/1.1\r\nhost: a\rx: y\r\n\r\n"),
        ("NUL", "GET /healthz\0 HTTP/1.1\r\nhost: a\r\n\r\n"),
        ("space before the colon", "GET /healthz HTTP/1.1\r\nhost : a\r\n\r\n"),
        ("folded header", "GET /healthz HTTP/1.1\r\nhost: a\r\nx: y\r\n z\r\n\r\n"),
        ("two lengths", "POST /api/v1/chat HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab"),
        ("length with sign", "POST /api/v1/chat HTTP/1.1\r\nhost: a\r\ncontent-length: +1\r\n\r\na"),
        (
            "unknown coding",
            "POST /api/v1/chat HTTP/1.1\r\nhost: a\r\ntransfer-encoding: gzip, chunked\r\nconnection: close\r\n\r\n0\r\n\r\n",
        ),
        (
            "coding not final",
            "POST /api/v1/chat HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked, gzip\r\n\r\n0\r\n\r\n",
        ),
        ("rubbish", "\x16\x03\x01\x02\x00\x01\x00\x01\r\n\r\n"),
        ("no version", "GET /healthz\r\n\r\n"),
        ("encoded slash", "GET /api%2fv1/chat HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n"),
        ("dot segments", "GET /docs/../api/v1/chat HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n"),
        ("encoded dots", "GET /docs/%2e%2e/chat HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n"),
        ("encoded NUL", "GET /docs/%00 HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n"),
        ("double encoding", "GET /docs/%252e%252e/chat HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n"),
        ("backslash", "GET /docs\\..\\chat HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n"),
    ];
    for (name, bytes) in cases {
        let answer = exchange(&world, bytes).await;
        assert_eq!(told(&answer), ("400", "bad_request".to_owned()), "{name}: {answer}");
    }
}

#[tokio::test]
async fn a_body_framed_twice_is_refused() {
    let world = World::start().await;
    let head = "POST /api/v1/chat HTTP/1.1\r\nhost: a\r\n";
    for framed in [
        "content-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        "transfer-encoding: chunked\r\ncontent-length: 4\r\n\r\n0\r\n\r\n",
        "content-length: 5\r\ncontent-length: 5\r\n\r\n0\r\n\r\n",
    ] {
        let smuggled = format!("{head}{framed}GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n");
        let answer = exchange(&world, &smuggled).await;
        assert_eq!(told(&answer), ("400", "bad_request".to_owned()), "{answer}");
        assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{answer}");
    }
}

#[tokio::test]
async fn a_head_over_the_limit_is_refused_with_431() {
    let world = World::start().await;
    let small = format!("GET /healthz HTTP/1.1\r\nhost: a\r\nconnection: close\r\nx: {}\r\n\r\n", "y".repeat(30_000));
    let answer = exchange(&world, small).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let large = format!("GET /healthz HTTP/1.1\r\nhost: a\r\nx: {}\r\n\r\n", "y".repeat(40_000));
    let answer = exchange(&world, large).await;
    assert_eq!(told(&answer), ("431", "headers_too_large".to_owned()));
}

#[tokio::test]
async fn a_head_that_drips_is_cut_at_its_deadline() {
    let world = World::builder().set("EDGE_HEADER_SECONDS", 1).start().await;
    let mut connection = RawConnection::open(world.running().public).await;
    connection.send("GET /healthz HTTP/1.1\r\nhost: a\r\nx-part: ").await;
    let answer = connection.read_to_end().await;
    assert_eq!(told(&answer), ("408", "request_timeout".to_owned()));
}

#[tokio::test]
async fn a_connection_carries_many_requests_also_after_refusals() {
    let world = World::start().await;
    let mut connection = RawConnection::open(world.running().public).await;
    for (request, status) in [
        ("GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n", "200"),
        ("GET /nothing HTTP/1.1\r\nhost: a\r\n\r\n", "404"),
        (
            "POST /api/v1/chat HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}",
            "401",
        ),
        ("PUT /api/v1/chat HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\n\r\nabc", "405"),
        ("GET /docs/errors/not_found HTTP/1.1\r\nhost: a\r\n\r\n", "200"),
    ] {
        connection.send(request).await;
        let answer = connection.read_answer().await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{request}: {answer}");
    }
}

#[tokio::test]
async fn an_alias_of_a_path_is_the_path_or_nothing() {
    let world = World::start().await;
    let public = world.public();
    for (path, status) in [
        ("/healthz", 200),
        ("/healthz/", 200),
        ("//healthz", 200),
        ("/%68ealthz", 200),
        ("/HEALTHZ", 404),
        ("/api/v1/documents", 404),
        ("/API/V1/documents", 404),
        ("/api//v1/documents", 404),
        ("/api/v1/documents/", 404),
        ("/%61pi/v1/auth", 404),
        ("/api/v1/system/env-dump", 404),
        ("/api/ping", 404),
        ("/", 404),
    ] {
        assert_eq!(public.get(path).await.status, status, "{path}");
    }
    assert_eq!(world.upstream.control().request_count(), 0);
}

#[tokio::test]
async fn request_ids_are_kept_when_they_are_well_formed() {
    let world = World::start().await;
    let kept = world.public().with("x-request-id", "order-4711_a").get("/healthz").await;
    assert_eq!(kept.header("x-request-id"), Some("order-4711_a"));
    for bad in ["short", "has space in it", &"x".repeat(65), "<script>alert"] {
        let replaced = world.public().with("x-request-id", bad).get("/healthz").await;
        let id = replaced.header("x-request-id").unwrap();
        assert_ne!(id, bad);
        assert_eq!(id.len(), 36);
    }
}

#[tokio::test]
async fn bodies_over_the_cap_are_refused_before_and_while_they_arrive() {
    let world = World::start().await;
    let browser = world.browser().await;
    let big = json!({"query": "x".repeat(70_000)});
    let answer = browser.post("/api/v1/knowledge/query", &big).await;
    assert_eq!(answer.status, 413);
    assert_eq!(answer.code(), "body_too_large");
    assert_eq!(answer.header("access-control-allow-origin"), Some(crate::harness::ORIGIN));

    let key = world.publishable_key().await;
    let chunk = format!("{:x}\r\n{}\r\n", 40_000, "x".repeat(40_000));
    let head = format!(
        "POST /api/v1/knowledge/query HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {key}\r\norigin: {}\r\n\
         content-type: application/json\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n",
        crate::harness::ORIGIN
    );
    let answer = exchange(&world, format!("{head}{chunk}{chunk}0\r\n\r\n")).await;
    assert_eq!(told_chunked(&answer), "413");
    assert_eq!(world.upstream.control().request_count(), 0);
}

fn told_chunked(answer: &str) -> &str {
    answer.split(' ').nth(1).unwrap_or_default()
}

#[tokio::test]
async fn too_many_requests_of_an_address_are_refused_before_anything_else() {
    let world = World::builder().set("LIMITS_FLOOD_PER_IP_PER_SECOND", 1).set("LIMITS_FLOOD_BURST", 3).start().await;
    let public = world.public().with("origin", crate::harness::ORIGIN);
    let mut statuses = Vec::new();
    for _ in 0..6 {
        statuses.push(public.get("/healthz").await.status.as_u16());
    }
    assert_eq!(statuses[..3], [200, 200, 200]);
    assert!(statuses[3..].contains(&429), "{statuses:?}");
    let refused = public.get("/api/v1/messages?session_id=x").await;
    if refused.status == 429 {
        assert_eq!(refused.code(), "rate_limited");
        assert!(refused.header("retry-after").is_some());
        assert_eq!(refused.header("access-control-allow-origin"), Some(crate::harness::ORIGIN));
    }
}

#[tokio::test]
async fn connections_of_an_address_are_capped() {
    let world = World::builder().set("EDGE_MAX_CONNECTIONS_PER_IP", 2).start().await;
    let mut open = Vec::new();
    for _ in 0..2 {
        let mut connection = RawConnection::open(world.running().public).await;
        connection.send("GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n").await;
        assert!(connection.read_until("ok\n").await.starts_with("HTTP/1.1 200"));
        open.push(connection);
    }
    let mut third = RawConnection::open(world.running().public).await;
    third.send("GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n").await;
    assert_eq!(third.read_to_end().await, "", "the third connection is closed without an answer");
}

#[tokio::test]
async fn both_listeners_share_one_count_of_connections() {
    let builder = World::builder().set("EDGE_MAX_CONNECTIONS", 2).set("EDGE_MAX_CONNECTIONS_PER_IP", 2);
    let world = builder.start().await;
    let (public, admin) = (world.running().public, world.running().admin);
    let mut open = Vec::new();
    for listener in [public, admin] {
        let mut connection = RawConnection::open(listener).await;
        connection.send("GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n").await;
        assert!(connection.read_until("ok\n").await.starts_with("HTTP/1.1 200"));
        open.push(connection);
    }
    for listener in [public, admin] {
        let mut third = RawConnection::open(listener).await;
        third.send("GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n").await;
        assert_eq!(third.read_to_end().await, "", "the third connection is closed without an answer");
    }
    let metrics = world.ops().get("/metrics").await;
    assert!(metrics.text().contains("vestibule_connections_refused_total{reason=\"full\"} 2"), "{}", metrics.text());
}

#[tokio::test]
async fn http2_is_spoken_in_the_clear_by_prior_knowledge() {
    let world = World::start().await;
    let tcp = tokio::net::TcpStream::connect(world.running().public).await.unwrap();
    let io = hyper_util::rt::TokioIo::new(tcp);
    let executor = hyper_util::rt::TokioExecutor::new();
    let (mut sender, connection) = hyper::client::conn::http2::handshake(executor, io).await.unwrap();
    tokio::spawn(connection);
    let request = http::Request::get("http://a/healthz").body(http_body_util::Empty::<bytes::Bytes>::new()).unwrap();
    let answer = sender.send_request(request).await.unwrap();
    assert_eq!(answer.status(), 200);
    let request = http::Request::get("http://a/nothing").body(http_body_util::Empty::<bytes::Bytes>::new()).unwrap();
    assert_eq!(sender.send_request(request).await.unwrap().status(), 404);
}

#[tokio::test]
async fn an_idle_connection_is_closed_after_its_time() {
    let world = World::builder().set("EDGE_KEEPALIVE_SECONDS", 1).start().await;
    for begun in ["", "GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n", "GET /nothing HTTP/1.1\r\nhost: a\r\n\r\n"] {
        let mut connection = RawConnection::open(world.running().public).await;
        connection.send(begun).await;
        if !begun.is_empty() {
            connection.read_answer().await;
        }
        assert_eq!(connection.read_to_end().await, "", "{begun}");
    }
}

#[tokio::test]
async fn a_client_that_wants_no_more_is_let_go_at_once() {
    let world = World::start().await;
    for last in ["GET /healthz HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n", "GET /healthz HTTP/1.0\r\n\r\n"] {
        assert!(exchange(&world, last).await.contains(" 200 "), "{last}");
    }
}

#[tokio::test]
async fn an_upload_over_the_cap_is_told_so_over_http2_too() {
    let world = World::start().await;
    let key = world.key(world.spec(vestibule::domain::key::KeyKind::Secret)).await;
    let tcp = tokio::net::TcpStream::connect(world.running().public).await.unwrap();
    let (io, executor) = (hyper_util::rt::TokioIo::new(tcp), hyper_util::rt::TokioExecutor::new());
    let (mut sender, connection) = hyper::client::conn::http2::handshake(executor, io).await.unwrap();
    tokio::spawn(connection);
    for length in [70_000, 2_000_000] {
        let body = http_body_util::Full::new(bytes::Bytes::from(vec![b'x'; length]));
        let request = http::Request::post("http://a/api/v1/knowledge/query")
            .header("authorization", format!("Bearer {key}"))
            .header("content-type", "application/json");
        let answer = sender.send_request(request.body(body).unwrap()).await.unwrap();
        assert_eq!(answer.status(), 413, "{length}");
        let body = http_body_util::BodyExt::collect(answer.into_body()).await.unwrap().to_bytes();
        let problem: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(problem["code"], "body_too_large");
    }
}
