//! The admin listener: AnythingLLM as it is, minus what is dangerous, and nothing of ours in what it is sent.

use crate::harness::{Answer, Http, PATIENCE, Process, RawConnection, World};
use http::{HeaderMap, Method};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use vestibule::domain::key::KeyKind;
use vestibule_stand_in::{Control, Failure, Options, ReceivedRequest};

async fn wait(control: &Control, what: impl Fn(&Control) -> bool) {
    assert!(control.until(what, PATIENCE).await, "{control:?}");
}

/// Headers of an answer, without those that belong to a connection or to one exchange, and without the one that is
/// taken away on purpose.
fn told(answer: &Answer) -> Vec<(String, String)> {
    let own = ["date", "connection", "keep-alive", "transfer-encoding", "x-request-id", "x-powered-by"];
    let headers = answer.headers.iter().map(|(n, v)| (n.to_string(), v.to_str().unwrap().to_owned()));
    let mut headers: Vec<_> = headers.filter(|(name, _)| !own.contains(&name.as_str())).collect();
    headers.sort();
    headers
}

/// Asks AnythingLLM directly and through the admin listener; both must answer the same.
async fn same(world: &World, with: &[(&'static str, &str)], method: Method, path: &str, body: &str) -> Answer {
    let dress = |client: Http| with.iter().fold(client, |client, (name, value)| client.with(name, value));
    let direct = dress(Http::new(world.upstream.addr())).send(method.clone(), path, body.to_owned()).await;
    let passed = dress(world.admin()).send(method.clone(), path, body.to_owned()).await;
    assert_eq!(passed.status, direct.status, "{method} {path}");
    assert_eq!(told(&passed), told(&direct), "{method} {path}");
    assert_eq!(passed.body, direct.body, "{method} {path}");
    passed
}

/// A session of AnythingLLM's own admin.
async fn login(client: &Http) -> String {
    let credentials = json!({"username": "admin", "password": "Admin-pass-1"});
    let answer = client.post("/api/request-token", &credentials).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["token"].as_str().unwrap().to_owned()
}

fn last(world: &World) -> ReceivedRequest {
    world.upstream.control().requests().pop().expect("a request reached AnythingLLM")
}

#[tokio::test]
async fn pages_and_files_pass_untouched() {
    let world = World::start().await;
    for path in
        ["/", "/index.js", "/index.css", "/favicon.png", "/robots.txt", "/workspace/any/page?x=%20y", "/api/ping"]
    {
        same(&world, &[], Method::GET, path, "").await;
        same(&world, &[("if-none-match", "W/\"no-such\"")], Method::GET, path, "").await;
    }
    let script = same(&world, &[], Method::GET, "/index.js", "").await;
    assert_eq!(script.header("x-frame-options"), Some("DENY"));
    let part = same(&world, &[("range", "bytes=2-11")], Method::GET, "/index.js", "").await;
    assert_eq!((part.status.as_u16(), part.body.len()), (206, 10));
    let beyond = same(&world, &[("range", "bytes=99999999-")], Method::GET, "/index.js", "").await;
    assert_eq!(beyond.status, 416);
    let whole = same(&world, &[], Method::GET, "/api/setup-complete", "").await;
    let etag = whole.header("etag").unwrap().to_owned();
    let known = same(&world, &[("if-none-match", &etag)], Method::GET, "/api/setup-complete", "").await;
    assert_eq!((known.status.as_u16(), known.body.len()), (304, 0));
    let head = world.admin().send(Method::HEAD, "/index.js", "").await;
    assert_eq!((head.status.as_u16(), head.body.len()), (200, 0));
    assert_eq!(head.header("content-length"), script.header("content-length"));
}

#[tokio::test]
async fn the_apis_of_anythingllm_pass_untouched() {
    let world = World::start().await;
    let token = format!("Bearer {}", login(&world.admin()).await);
    let signed_in = [("authorization", token.as_str()), ("content-type", "text/plain;charset=UTF-8")];
    same(&world, &[("authorization", "null")], Method::GET, "/api/setup-complete", "").await;
    same(&world, &[("authorization", "null")], Method::GET, "/api/workspaces", "").await;
    same(&world, &signed_in, Method::GET, "/api/workspaces", "").await;
    same(&world, &signed_in, Method::GET, "/api/system/check-token", "").await;
    same(&world, &signed_in, Method::GET, "/api/admin/users", "").await;
    same(&world, &signed_in, Method::POST, "/api/system/update-env", r#"{"LLMProvider":"x"}"#).await;
    let made = world.admin().with("authorization", &token).with("content-type", "text/plain;charset=UTF-8");
    let made = made.send(Method::POST, "/api/workspace/new", r#"{"name":"By The UI"}"#).await;
    assert_eq!(made.json()["workspace"]["name"], "By The UI", "{}", made.text());
    assert_eq!(last(&world).headers["content-type"], "text/plain;charset=UTF-8");

    let developer = format!("Bearer {}", world.upstream.api_key());
    let developer = [("authorization", developer.as_str()), ("content-type", "application/json")];
    same(&world, &developer, Method::GET, "/api/v1/auth", "").await;
    same(&world, &developer, Method::GET, "/api/v1/workspaces", "").await;
    same(&world, &developer, Method::POST, "/api/v1/workspace/new", "{}").await;
    same(&world, &[("authorization", "Bearer wrong")], Method::GET, "/api/v1/workspaces", "").await;
    // A path that AnythingLLM does not know is its web page, whatever the method.
    same(&world, &[], Method::PUT, "/api/no/such/thing", "x").await;
}

#[tokio::test]
async fn the_management_of_embeds_is_told_from_the_widgets_paths() {
    let world = World::start().await;
    let embed = world.upstream.control().add_embed(&world.workspace.upstream_slug);
    for (method, path) in [
        (Method::POST, "/api/embed/update/7"),
        (Method::DELETE, "/api/embed/7"),
        (Method::POST, "/api/embed/chats"),
        (Method::DELETE, "/api/embed/chats/7"),
        (Method::GET, "/api/embeds"),
        (Method::POST, "/api/embeds/new"),
        (Method::PUT, "/api/embed/7/stream-chat"),
    ] {
        same(&world, &[], method.clone(), path, "").await;
        assert_eq!((last(&world).method, last(&world).path_and_query.as_str()), (method.clone(), path));
        let asked = world.upstream.control().request_count();
        let outside = world.public().send(method.clone(), path, "").await;
        assert!([404, 405].contains(&outside.status.as_u16()), "{method} {path}: {}", outside.status);
        assert_eq!(world.upstream.control().request_count(), asked);
    }
    let session = "5f0c8c0e-1111-4222-8333-444455556666";
    same(&world, &[], Method::GET, &format!("/api/embed/{embed}/{session}"), "").await;
    let outside = world.public().get(&format!("/api/embed/{embed}/{session}")).await;
    assert_eq!(outside.status, 404, "embeds of AnythingLLM's own are not for the public listener");
}

#[tokio::test]
async fn embeds_of_anythingllm_work_in_public_only_when_asked_for() {
    let world = World::builder().set("WIDGET_LEGACY_EMBEDS", true).start().await;
    let control = world.upstream.control();
    let embed = control.add_embed(&world.workspace.upstream_slug);
    let session = "5f0c8c0e-1111-4222-8333-444455556666";
    let asked = json!({"sessionId": session, "message": "What does the drill cost?"}).to_string();
    let client = world.public().with("content-type", "text/plain");
    let answer = client.send(Method::POST, &format!("/api/embed/{embed}/stream-chat"), asked).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert!(answer.text().contains("textResponse"), "{}", answer.text());
    assert_eq!(client.get(&format!("/api/embed/{embed}/{session}")).await.status, 200);
    let asked = control.request_count();
    for (method, path) in [
        (Method::POST, "/api/embed/new/stream-chat".to_owned()),
        (Method::DELETE, format!("/api/embed/{embed}")),
        (Method::POST, format!("/api/embed/update/{embed}")),
        (Method::DELETE, "/api/embed/chats/7".to_owned()),
    ] {
        assert_eq!(client.send(method.clone(), &path, "").await.status, 404, "{method} {path}");
    }
    assert_eq!(control.request_count(), asked);
}

#[tokio::test]
async fn what_rewrites_anythingllms_settings_is_blocked_under_every_name() {
    let world = World::start().await;
    let control = world.upstream.control();
    for path in [
        "/api/env-dump",
        "/api/env-dump/",
        "/api/env-dump?x=1",
        "/api/env-dump/x",
        "/API/Env-Dump",
        "//api/env-dump",
        "/api//env-dump",
        "/api///env-dump//",
        "/%61pi/env-dump",
        "/api/env%2Ddump",
        "/api/env%2ddump/",
        "/api%2Fenv-dump",
        "/api/%2e/env-dump",
        "/api/./env-dump",
        "/api/x/../env-dump",
        "/api/x/%2e%2e/env-dump",
        "/api/env-dump%00",
        "/api/env-dump%20",
        "/api\\env-dump",
        "/api/v1/system/env-dump",
        "/api/V1/System/ENV-DUMP/",
        "/api/v1//system/env-dump",
        "/api/v1/system/%65nv-dump",
        "/api/migrate",
        "/api/Migrate/",
        "/api/%6Digrate",
        "//api//migrate",
    ] {
        for method in ["GET", "POST", "HEAD", "get"] {
            let mut connection = RawConnection::open(world.running().admin).await;
            connection.send(format!("{method} {path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")).await;
            let answer = connection.read_to_end().await;
            let status = answer.split(' ').nth(1).unwrap_or_default();
            let dangerous: Vec<_> = control
                .requests()
                .into_iter()
                .map(|r| r.path_and_query)
                .filter(|p| p.to_lowercase().contains("dump") || p.to_lowercase().contains("migrate"))
                .filter(|p| p != "/api/env-dump%20")
                .collect();
            assert_eq!(dangerous, Vec::<String>::new(), "{method} {path}");
            assert!(["400", "404"].contains(&status) || path.ends_with("%20"), "{method} {path}: {answer}");
        }
    }
}

#[tokio::test]
async fn logins_of_an_address_are_throttled_under_every_name() {
    let world = World::builder().set("ADMIN_LOGINS_PER_IP_PER_MINUTE", 3).start().await;
    let wrong = json!({"username": "admin", "password": "guess"});
    let admin = world.admin();
    for path in ["/api/request-token", "/api//Request-Token/", "/api/system/recover-account"] {
        assert_eq!(admin.post(path, &wrong).await.status, 200, "{path}");
    }
    let asked = world.upstream.control().request_count();
    for path in ["/api/request-token", "/API/request%2Dtoken", "/api/system/reset-password"] {
        let refused = admin.post(path, &wrong).await;
        assert_eq!((refused.status.as_u16(), refused.code().as_str()), (429, "login_throttled"), "{path}");
        let after: u64 = refused.header("retry-after").unwrap().parse().unwrap();
        assert!((1..=60).contains(&after), "{after}");
    }
    assert_eq!(admin.get("/api/request-token/sso/simple?token=guess").await.status, 429);
    assert_eq!(world.upstream.control().request_count(), asked);
    assert_eq!(admin.get("/api/ping").await.status, 200, "everything else goes on");
}

#[tokio::test]
async fn anythingllm_works_on_few_logins_at_once() {
    let world =
        World::builder().set("ADMIN_MAX_PARALLEL_LOGINS", 1).set("ADMIN_LOGINS_PER_IP_PER_MINUTE", 100).start().await;
    let control = world.upstream.control();
    control.fail_on_times("/api/request-token", Failure::Hang, 1);
    let credentials = json!({"username": "admin", "password": "Admin-pass-1"}).to_string();
    let mut first = RawConnection::open(world.running().admin).await;
    let head = format!(
        "POST /api/request-token HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        credentials.len()
    );
    first.send(format!("{head}{credentials}")).await;
    wait(control, |c| c.request_count() == 1).await;
    let admin = world.admin().with("content-type", "application/json");
    let second = admin.send(Method::POST, "/api/request-token", credentials.clone()).await;
    assert_eq!((second.status.as_u16(), second.code().as_str()), (429, "login_throttled"));
    assert!(second.header("retry-after").is_some());
    assert_eq!(control.request_count(), 1, "AnythingLLM has not seen the second");
    drop(first);
    wait(control, |c| c.open_connections() == 0).await;
    login(&world.admin()).await;
}

#[tokio::test]
async fn keys_of_ours_never_leave_for_anythingllm() {
    let world = World::start().await;
    let control = world.upstream.control();
    let keys = [world.key(world.spec(KeyKind::Secret)).await, world.publishable_key().await];
    for key in &keys {
        let credentials = [
            ("authorization", format!("Bearer {key}")),
            ("authorization", format!("bearer  {key}")),
            ("authorization", format!("Basic {key}")),
            ("authorization", key.clone()),
            ("authorization", format!("Bearer x {key}")),
            ("x-widget-key", key.clone()),
        ];
        for (name, value) in credentials {
            for path in
                ["/api/v1/auth", "/api/v1/workspaces", "/api/ping", "/", "/embed/anythingllm-chat-widget.min.js"]
            {
                world.admin().with(name, &value).get(path).await;
                world.public().with(name, &value).get(path).await;
            }
            world.admin().with(name, &value).post("/api/v1/workspace/new", &json!({"name": "x"})).await;
        }
        for path in [
            format!("/api/embed/{key}"),
            format!("/api/embed/{key}/a/b"),
            format!("/API/embed/{key}/stream-chat"),
            format!("/anything/{key}"),
            format!("/api/ping?key={key}"),
            format!("/embed/anythingllm-chat-widget.min.js?key={key}"),
        ] {
            for method in [Method::GET, Method::PUT, Method::POST] {
                world.admin().send(method.clone(), &path, "").await;
                world.public().send(method, &path, "").await;
            }
        }
    }
    for request in control.requests() {
        let text = format!("{} {:?}", request.path_and_query, request.headers);
        for key in &keys {
            assert!(!text.contains(key.as_str()), "{text}");
        }
    }
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Vec<&'a str> {
    headers.get_all(name).iter().map(|v| v.to_str().unwrap()).collect()
}

#[tokio::test]
async fn what_a_stranger_says_about_the_way_is_not_passed_on() {
    let world = World::start().await;
    let forged = [
        ("x-forwarded-for", "198.51.100.7"),
        ("x-forwarded-proto", "https"),
        ("x-forwarded-host", "evil.example"),
        ("x-forwarded-port", "1"),
        ("x-real-ip", "198.51.100.7"),
        ("forwarded", "for=198.51.100.7"),
        ("x-original-url", "/api/env-dump"),
        ("x-rewrite-url", "/api/env-dump"),
        ("tracestate", "a=b"),
        ("baggage", "a=b"),
        ("x-kept", "yes"),
    ];
    let client = forged.iter().fold(world.admin(), |client, (name, value)| client.with(name, value));
    let client = client.with("x-request-id", "order-4711").with("host", "admin.example");
    let answer = client.get("/api/ping").await;
    assert_eq!((answer.status.as_u16(), answer.header("x-request-id")), (200, Some("order-4711")));
    let seen = last(&world).headers;
    assert_eq!(header(&seen, "x-forwarded-for"), ["127.0.0.1"]);
    assert_eq!(header(&seen, "x-forwarded-proto"), ["http"]);
    assert_eq!(header(&seen, "x-forwarded-host"), ["admin.example"]);
    assert_eq!(header(&seen, "x-request-id"), ["order-4711"]);
    assert_eq!(header(&seen, "x-kept"), ["yes"]);
    for name in
        ["x-forwarded-port", "x-real-ip", "forwarded", "x-original-url", "x-rewrite-url", "tracestate", "baggage"]
    {
        assert_eq!(header(&seen, name), Vec::<&str>::new(), "{name}");
    }
}

#[tokio::test]
async fn trusted_proxies_say_who_is_asking() {
    let world = World::builder()
        .set("EDGE_TRUSTED_PROXIES", "127.0.0.0/8,10.0.0.0/8")
        .set("ADMIN_LOGINS_PER_IP_PER_MINUTE", 1)
        .start()
        .await;
    let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let client = world
        .admin()
        .with("x-forwarded-for", "203.0.113.9, 198.51.100.7, 10.1.2.3")
        .with("x-forwarded-proto", "https")
        .with("x-forwarded-host", "admin.shop.example")
        .with("traceparent", trace);
    assert_eq!(client.get("/api/ping").await.status, 200);
    let seen = last(&world).headers;
    assert_eq!(header(&seen, "x-forwarded-for"), ["198.51.100.7"]);
    assert_eq!(header(&seen, "x-forwarded-proto"), ["https"]);
    assert_eq!(header(&seen, "x-forwarded-host"), ["admin.shop.example"]);
    let parent = header(&seen, "traceparent");
    assert_eq!(parent.len(), 1);
    assert!(parent[0].starts_with("00-4bf92f3577b34da6a3ce929d0e0e4736-"), "{parent:?}");

    // Limits count the one who is asking, too.
    let wrong = json!({"username": "admin", "password": "guess"});
    assert_eq!(client.post("/api/request-token", &wrong).await.status, 200);
    assert_eq!(client.post("/api/request-token", &wrong).await.status, 429);
    let other = world.admin().with("x-forwarded-for", "198.51.100.8");
    assert_eq!(other.post("/api/request-token", &wrong).await.status, 200);
}

#[tokio::test]
async fn a_strangers_trace_is_not_continued_and_every_request_has_one() {
    let world = World::start().await;
    world.admin().with("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01").get("/api/ping").await;
    world.admin().get("/api/ping").await;
    for request in world.upstream.control().requests() {
        let parent = header(&request.headers, "traceparent");
        assert_eq!(parent.len(), 1, "{parent:?}");
        assert_eq!(parent[0].len(), 55, "{parent:?}");
        let id = header(&request.headers, "x-request-id");
        assert_eq!((id.len(), id[0].len()), (1, 36), "{id:?}");
    }
}

#[tokio::test]
async fn headers_of_one_hop_end_at_it() {
    let world = World::start().await;
    let mut connection = RawConnection::open(world.running().admin).await;
    connection
        .send(
            "GET /api/ping HTTP/1.1\r\nhost: a\r\nconnection: close, x-drop\r\nx-drop: 1\r\nx-stay: 1\r\n\
             keep-alive: timeout=9\r\nte: trailers\r\nproxy-connection: keep-alive\r\n\r\n",
        )
        .await;
    let answer = connection.read_to_end().await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let seen = last(&world).headers;
    assert_eq!(header(&seen, "x-stay"), ["1"]);
    for name in ["x-drop", "keep-alive", "te", "proxy-connection", "transfer-encoding"] {
        assert_eq!(header(&seen, name), Vec::<&str>::new(), "{name}");
    }
    assert!(!header(&seen, "connection").contains(&"close, x-drop"));
}

/// A masked text frame, as clients send it.
fn frame(text: &str) -> Vec<u8> {
    let mask = [1, 2, 3, 4];
    let mut frame = vec![0x81, 0x80 | u8::try_from(text.len()).unwrap()];
    frame.extend_from_slice(&mask);
    frame.extend(text.bytes().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    frame
}

fn upgrade(path: &str) -> String {
    format!(
        "GET {path} HTTP/1.1\r\nhost: a\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n\
         sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
}

#[tokio::test]
async fn the_agents_websocket_speaks_both_ways() {
    let world = World::start().await;
    let control = world.upstream.control();
    let client = world.admin().bearer(&login(&world.admin()).await);
    let path = format!("/api/workspace/{}/stream-chat", world.workspace.upstream_slug);
    let answer =
        client.with("content-type", "text/plain").send(Method::POST, &path, r#"{"message":"@agent hello"}"#).await;
    let frames = crate::harness::events_of(answer.text());
    let uuid = frames.iter().find_map(|f| f.data["websocketUUID"].as_str()).expect("an agent takes over");

    let mut socket = RawConnection::open(world.running().admin).await;
    socket.send(upgrade(&format!("/api/agent-invocation/{uuid}"))).await;
    let head = socket.read_until("\r\n\r\n").await;
    assert!(head.starts_with("HTTP/1.1 101"), "{head}");
    for text in ["one", "two", &"three ".repeat(20)] {
        socket.send(frame(text)).await;
        assert!(socket.read_until(text).await.contains(text));
    }
    drop(socket);
    wait(control, |c| c.open_connections() == 0).await;
}

#[tokio::test]
async fn nothing_else_is_upgraded() {
    let world = World::start().await;
    let control = world.upstream.control();
    for path in ["/api/ping", "/", "/api/agent-invocation/not-a-uuid", "/api/agent-invocation/", "/api/v1/auth"] {
        let mut socket = RawConnection::open(world.running().admin).await;
        socket.send(upgrade(path)).await;
        let answer = socket.read_answer().await;
        assert!(answer.starts_with("HTTP/1.1 400"), "{path}: {answer}");
        let mut socket = RawConnection::open(world.running().public).await;
        socket.send(upgrade(path)).await;
        let answer = socket.read_answer().await;
        assert!(answer.starts_with("HTTP/1.1 400"), "{path}: {answer}");
    }
    let uuid = "/api/agent-invocation/5f0c8c0e-1111-4222-8333-444455556666";
    let mut socket = RawConnection::open(world.running().public).await;
    socket.send(upgrade(uuid)).await;
    assert!(socket.read_answer().await.starts_with("HTTP/1.1 400"));
    assert_eq!(control.request_count(), 0);
}

/// The head of a form with one file of `length` bytes, and what surrounds the file.
fn upload(key: &str, length: usize) -> (String, String, String) {
    let before = "--b\r\ncontent-disposition: form-data; name=\"file\"; filename=\"big.txt\"\r\n\
                  content-type: text/plain\r\n\r\n";
    let after = "\r\n--b--\r\n";
    let head = format!(
        "POST /api/v1/document/upload HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {key}\r\n\
         content-type: multipart/form-data; boundary=b\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
        before.len() + length + after.len()
    );
    (head, before.to_owned(), after.to_owned())
}

async fn send_file(address: std::net::SocketAddr, key: &str, length: usize) -> String {
    let (head, before, after) = upload(key, length);
    let mut connection = RawConnection::open(address).await;
    connection.send(format!("{head}{before}")).await;
    let piece = vec![b'x'; 64 * 1024];
    let mut left = length;
    while left > 0 {
        let now = left.min(piece.len());
        if connection.0.write_all(&piece[..now]).await.is_err() {
            break;
        }
        left -= now;
    }
    connection.send(after).await;
    connection.read_to_end().await
}

#[tokio::test]
async fn a_large_upload_passes_without_being_held_in_memory() {
    const LARGE: usize = 100 * 1024 * 1024;
    let world = World::start().await;
    let process = Process::serve(&world, &[]).await;
    let key = world.upstream.api_key();
    let small = send_file(process.admin, key, 1024 * 1024).await;
    assert!(small.starts_with("HTTP/1.1 200"), "{small}");
    let before = process.peak_memory();
    let answer = send_file(process.admin, key, LARGE).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let grown = process.peak_memory().saturating_sub(before);
    assert!(grown < 32 * 1024 * 1024, "the program's memory grew by {grown} bytes");
    let received = last(&world);
    assert!(received.body_len > LARGE as u64, "{}", received.body_len);
}

#[tokio::test]
async fn bodies_over_the_caps_are_refused() {
    const MIB: usize = 1024 * 1024;
    let world = World::builder().set("ADMIN_UPLOAD_BYTES", 3 * MIB).set("ADMIN_JSON_BODY_BYTES", MIB).start().await;
    let admin = world.running().admin;
    let control = world.upstream.control();
    let key = world.upstream.api_key();
    assert!(send_file(admin, key, 2 * MIB).await.starts_with("HTTP/1.1 200"));
    let asked = control.request_count();
    let declared = send_file(admin, key, 3 * MIB).await;
    assert!(declared.starts_with("HTTP/1.1 413"), "{declared}");
    assert!(declared.contains("\"code\":\"body_too_large\""), "{declared}");
    let json = world.admin().post("/api/system/update-env", &json!({"x": "y".repeat(MIB)})).await;
    assert_eq!((json.status.as_u16(), json.code().as_str()), (413, "body_too_large"));
    assert_eq!(control.request_count(), asked, "what is declared too large does not reach AnythingLLM");

    // What does not say how long it is, is cut when it becomes too long.
    for content_type in ["multipart/form-data; boundary=b", "application/json"] {
        let mut connection = RawConnection::open(admin).await;
        let head = format!(
            "POST /api/v1/document/upload HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {key}\r\n\
             content-type: {content_type}\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n"
        );
        connection.send(head).await;
        let chunk = format!("{:x}\r\n{}\r\n", 100_000, "x".repeat(100_000));
        for _ in 0..40 {
            connection.send(&chunk).await;
        }
        connection.send("0\r\n\r\n").await;
        let answer = connection.read_to_end().await;
        assert!(answer.starts_with("HTTP/1.1 413"), "{content_type}: {answer}");
        assert!(answer.contains("\"code\":\"body_too_large\""), "{content_type}: {answer}");
    }
}

#[tokio::test]
async fn the_progress_stream_of_the_document_manager_opens_at_once_and_stays() {
    let world = World::builder().upstream(Options::default()).start().await;
    let token = login(&world.admin()).await;
    let control = world.upstream.control();
    let path = format!("/api/workspace/{}/embed-progress", world.workspace.upstream_slug);
    let mut connection = RawConnection::open(world.running().admin).await;
    connection.send(format!("GET {path} HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {token}\r\n\r\n")).await;
    let head = connection.read_until("\r\n\r\n").await.to_lowercase();
    assert!(head.starts_with("http/1.1 200") && head.contains("text/event-stream"), "{head}");
    let open = control.open_connections();
    assert!(open >= 1);
    drop(connection);
    wait(control, |c| c.open_connections() < open).await;
}

#[tokio::test]
async fn a_wrong_login_stays_a_200_of_anythingllms() {
    let world = World::start().await;
    let wrong: Value = json!({"username": "admin", "password": "guess"});
    let answer = world.admin().post("/api/request-token", &wrong).await;
    assert_eq!((answer.status.as_u16(), &answer.json()["valid"]), (200, &json!(false)));
}
