//! HTTP/1.1 has two ways through the gateway: its own, and Pingora's, to which a connection goes over with its first
//! request that is not for the gateway. No client can tell which one it is on.

use crate::harness::{ORIGIN, PATIENCE, RawConnection, World};
use serde_json::json;
use vestibule::domain::key::KeyKind;
use vestibule_stand_in::Failure;

const QUESTION: &str = "What does the cordless drill NW-18 cost?";

/// Without what is another in every answer: the time it took is one of them, which may have a digit more.
fn comparable(answer: &str) -> String {
    let mut changing = vec!["date:", "ratelimit:", "x-cache:", "age:"];
    let (head, behind) = answer.split_once("\r\n\r\n").unwrap_or_default();
    if behind.contains("\"took_ms\"") {
        let head = head.to_ascii_lowercase();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
        let (body, next) = behind.split_at(length.parse().unwrap());
        assert!(body.trim_end().ends_with('}') && (next.is_empty() || next.starts_with("HTTP/1.1 ")), "{answer}");
        changing.push("content-length:");
    }
    let lines = answer.split("\r\n").filter(|line| {
        let line = line.to_ascii_lowercase();
        !changing.iter().any(|name| line.starts_with(name))
    });
    lines.map(|line| line.split("\"took_ms\"").next().unwrap()).collect::<Vec<_>>().join("\r\n")
}

fn request(line: &str, headers: &str, body: &str) -> String {
    let length = if body.is_empty() { String::new() } else { format!("content-length: {}\r\n", body.len()) };
    format!("{line} HTTP/1.1\r\nhost: a\r\nx-request-id: the-same-0001\r\n{headers}{length}\r\n{body}")
}

/// Everything that is sent for it, until the connection is closed.
async fn told(world: &World, sent: &str, by_pingora: bool) -> String {
    let mut connection = RawConnection::open(world.running().public).await;
    if by_pingora {
        connection.go_over().await;
    }
    connection.send(sent).await;
    connection.read_to_end().await
}

#[tokio::test]
async fn answers_are_the_same_on_the_wire() {
    let world = World::start().await;
    let key = world.key(world.spec(KeyKind::Secret)).await;
    let publishable = world.publishable_key().await;
    let secret = format!("authorization: Bearer {key}\r\ncontent-type: application/json\r\n");
    let page = format!("authorization: Bearer {publishable}\r\norigin: {ORIGIN}\r\ncontent-type: application/json\r\n");
    let query = json!({"query": QUESTION}).to_string();
    // So that both are answered from what is kept.
    let asked = request("POST /api/v1/knowledge/query", &format!("{secret}connection: close\r\n"), &query);
    assert!(told(&world, &asked, false).await.starts_with("HTTP/1.1 200"));
    let large = "x".repeat(70_000);
    for (line, headers, body) in [
        ("GET /healthz", "", ""),
        ("HEAD /healthz", "", ""),
        ("GET /healthz", "connection: keep-alive, close\r\n", ""),
        ("GET //healthz/?a=b", "", ""),
        ("GET /docs/errors/not_found", "", ""),
        ("GET /docs/errors/not_found", "accept-encoding: gzip\r\n", ""),
        ("GET /api/v1/openapi.json", "", ""),
        ("POST /api/v1/knowledge/query", &secret, &query),
        ("POST /api/v1/knowledge/query", &page, &query),
        ("POST /api/v1/knowledge/query", &page, "{"),
        ("POST /api/v1/knowledge/query", &secret, ""),
        ("POST /api/v1/knowledge/query", "", &query),
        ("POST /api/v1/knowledge/query", "authorization: Bearer vst_sk_live_nobodys\r\n", &query),
        ("POST /api/v1/knowledge/query", &format!("{page}content-encoding: gzip\r\n"), &query),
        ("POST /api/v1/knowledge/query", &secret, &large),
        ("POST /api/v1/knowledge/query", &format!("{secret}content-length: 99999999999\r\n\r\n{{"), ""),
        ("GET /api/v1/widget/config", &page, ""),
        ("GET /api/v1/widget/config", &format!("{page}if-none-match: *\r\n"), ""),
        ("OPTIONS /api/v1/chat", &format!("origin: {ORIGIN}\r\naccess-control-request-method: POST\r\n"), ""),
        ("GET /healthz", "connection: host\r\n", ""),
        ("GET /healthz", "x-request-id: another-0001\r\n", ""),
        ("GET /healthz", "", "body"),
        ("GET /healthz", "", &large),
        ("DELETE /api/v1/messages?session_id=nobodys", &secret, "{}"),
        ("DELETE /api/v1/messages?session_id=nobodys", &secret, &large),
        ("GET http://a/healthz", "", ""),
        ("GET http://a:80/healthz", "", ""),
        ("GET HTTP://A:/healthz?x=y", "", ""),
        ("POST https://a:443/api/v1/knowledge/query", &secret, &query),
    ] {
        // Where the connection can carry another, it is closed by a second request, which says so and is answered, too.
        let end = "GET /healthz HTTP/1.1\r\nhost: a\r\nx-request-id: the-same-0002\r\nconnection: close\r\n\r\n";
        let mut seen = Vec::new();
        for by_pingora in [false, true] {
            let mut connection = RawConnection::open(world.running().public).await;
            if by_pingora {
                connection.go_over().await;
            }
            connection.send(request(line, headers, body)).await;
            let begin = connection.read_until("\r\n\r\n").await;
            if !begin.to_ascii_lowercase().contains("\r\nconnection: close\r\n") {
                connection.send(end).await;
            }
            seen.push(comparable(&format!("{begin}{}", connection.read_to_end().await)));
        }
        assert!(seen[1].starts_with("HTTP/1.1 "), "{line}: {seen:?}");
        assert_eq!(seen[0], seen[1], "{line} {headers}");
    }
}

#[tokio::test]
async fn a_stream_is_framed_the_same_way() {
    let world = World::start().await;
    let key = world.key(world.spec(KeyKind::Secret)).await;
    let secret = format!("authorization: Bearer {key}\r\ncontent-type: application/json\r\n");
    let chat = json!({"message": QUESTION, "stream": true}).to_string();
    for line in ["POST /api/v1/chat", "HEAD /healthz"] {
        let sent =
            request(line, &format!("{secret}connection: close\r\n"), if line.starts_with('P') { &chat } else { "" });
        let mut heads = Vec::new();
        for by_pingora in [false, true] {
            let answer = told(&world, &sent, by_pingora).await;
            let (head, body) = answer.split_once("\r\n\r\n").unwrap();
            assert!(
                line.starts_with('H') || body.contains("event: done\n") && body.ends_with("\r\n0\r\n\r\n"),
                "{body}"
            );
            heads.push(comparable(head));
        }
        assert_eq!(heads[0], heads[1]);
    }
}

#[tokio::test]
async fn a_connection_goes_over_with_what_was_read_and_carries_everything_after_it() {
    let world = World::start().await;
    let mut connection = RawConnection::open(world.running().admin).await;
    for _ in 0..2 {
        for (sent, status) in [
            ("GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n", "200"),
            ("POST /api/v1/chat HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\n{}", "401"),
            // Of ours, but not plain; then AnythingLLM's.
            ("POST /api/v1/chat HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", "401"),
            ("GET /api/ping HTTP/1.1\r\nhost: a\r\n\r\n", "200"),
        ] {
            connection.send(sent).await;
            let answer = connection.read_answer().await;
            assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{sent}: {answer}");
        }
    }
    assert!(world.upstream.control().request_count() >= 2);
}

#[tokio::test]
async fn a_head_may_come_byte_by_byte_on_either_way() {
    let world = World::start().await;
    for target in ["/healthz", "/nothing"] {
        let mut connection = RawConnection::open(world.running().public).await;
        for _ in 0..2 {
            for byte in format!("\r\nGET {target} HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n\r\n").bytes() {
                connection.send([byte]).await;
                tokio::task::yield_now().await;
            }
            let answer = connection.read_answer().await;
            assert!(answer.starts_with("HTTP/1.1 200") == (target == "/healthz"), "{answer}");
        }
    }
}

#[tokio::test]
async fn a_host_may_be_told_twice_in_two_spellings_on_either_way_and_listener() {
    let world = World::start().await;
    for (listener, target) in [(world.running().public, "/healthz"), (world.running().admin, "/api/ping")] {
        let mut connection = RawConnection::open(listener).await;
        for by_pingora in [false, true] {
            if by_pingora {
                connection.go_over().await;
            }
            let head = format!("GET http://chat.example:80{target} HTTP/1.1\r\nhost: Chat.Example\r\n\r\n");
            connection.send(&head).await;
            let answer = connection.read_answer().await;
            assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
            for byte in head.bytes() {
                connection.send([byte]).await;
                tokio::task::yield_now().await;
            }
            let answer = connection.read_answer().await;
            assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        }
        for other in ["chat.example:443", "chat.example.", "evil.example"] {
            let mut connection = RawConnection::open(listener).await;
            connection.send(format!("GET http://{other}{target} HTTP/1.1\r\nhost: chat.example\r\n\r\n")).await;
            let answer = connection.read_to_end().await;
            assert!(answer.starts_with("HTTP/1.1 400") && answer.contains("\"code\":\"bad_request\""), "{answer}");
        }
    }
    let seen: Vec<_> =
        world.upstream.control().requests().iter().map(|request| request.path_and_query.clone()).collect();
    assert!(seen.iter().all(|path| path == "/api/ping"), "{seen:?}");
}

#[tokio::test]
async fn http2_begins_a_connection_or_not_at_all() {
    let world = World::start().await;
    let preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    let mut connection = RawConnection::open(world.running().public).await;
    connection.send("GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n").await;
    connection.read_answer().await;
    connection.send(preface).await;
    let answer = connection.read_to_end().await;
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
    // In pieces, of which the first could be a request.
    let mut connection = RawConnection::open(world.running().public).await;
    for piece in [&preface[..18], &preface[18..], "\0\0\0\x04\0\0\0\0\0"] {
        connection.send(piece).await;
        tokio::task::yield_now().await;
    }
    let mut settings = [0; 9];
    let read = tokio::io::AsyncReadExt::read_exact(&mut connection.0, &mut settings);
    tokio::time::timeout(PATIENCE, read).await.expect("frames").unwrap();
    assert_eq!(settings[3], 4, "a frame of settings");
}

#[tokio::test]
async fn whoever_sends_the_next_request_early_gets_this_answer_and_an_end() {
    let world = World::start().await;
    let key = world.key(world.spec(KeyKind::Secret)).await;
    world.upstream.control().fail(Failure::Slow { first_token_ms: 200, token_ms: 1 });
    let body = json!({"message": QUESTION, "stream": true}).to_string();
    let secret = format!("authorization: Bearer {key}\r\ncontent-type: application/json\r\n");
    let next = "GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n";
    for by_pingora in [false, true] {
        let mut connection = RawConnection::open(world.running().public).await;
        if by_pingora {
            connection.go_over().await;
        }
        connection.send(request("POST /api/v1/chat", &secret, &body)).await;
        connection.read_until("event: start").await;
        connection.send(next).await;
        let rest = connection.read_to_end().await;
        assert!(rest.contains("event: done\n") && rest.ends_with("\r\n0\r\n\r\n"), "{rest}");
        assert!(!rest.contains("HTTP/1.1 "), "{rest}");
        // In one piece with the first.
        let both = format!("{}{next}", request("POST /api/v1/chat", &secret, &body));
        let rest = told(&world, &both, by_pingora).await;
        assert_eq!(rest.matches("HTTP/1.1 ").count(), 1, "{rest}");
        assert!(rest.ends_with("\r\n0\r\n\r\n"), "{rest}");
    }
}

#[tokio::test]
async fn whoever_leaves_takes_the_answer_along_and_is_written_down_alike() {
    let world = World::start().await;
    let key = world.key(world.spec(KeyKind::Secret)).await;
    let control = world.upstream.control();
    control.fail(Failure::Slow { first_token_ms: 0, token_ms: 20 });
    control.set_tokens(Some(100_000));
    let secret = format!("authorization: Bearer {key}\r\ncontent-type: application/json\r\n");
    let body = json!({"message": QUESTION, "stream": true}).to_string();
    for (by_pingora, id) in [(false, "left-directly-1"), (true, "left-pingora-01")] {
        let mut connection = RawConnection::open(world.running().public).await;
        if by_pingora {
            connection.go_over().await;
        }
        connection.send(request("POST /api/v1/chat", &secret, &body).replace("the-same-0001", id)).await;
        connection.read_until("event: delta").await;
        let open = control.open_streams();
        assert_eq!(open, 1);
        drop(connection);
        assert!(control.until(|c| c.open_streams() == 0, PATIENCE).await);
        world.recorded(id, "client_left").await;
    }
}
