//! What is left of a request: one usage event, and counts whose labels no client can choose. And what the operator's
//! probes are told.

use crate::harness::{Answer, Http, KeySpec, ORIGIN, PATIENCE, RawConnection, World, eventually};
use http::Method;
use serde_json::{Value, json};
use uuid::Uuid;
use vestibule::domain::key::KeyLimits;
use vestibule::domain::key::{ApiKey, KeyKind};
use vestibule_stand_in::{Control, Failure};

const QUESTION: &str = "What does the cordless drill NW-18 cost?";

fn question(stream: bool) -> Value {
    json!({"message": QUESTION, "stream": stream})
}

async fn wait(control: &Control, what: impl Fn(&Control) -> bool) {
    assert!(control.until(what, PATIENCE).await, "{control:?}");
}

fn status_is(answer: Answer, status: u16) -> Result<(), Answer> {
    if answer.status == status { Ok(()) } else { Err(answer) }
}

/// The usage event of a request, once the gateway has stopped and all are written.
async fn event(world: &World, request_id: &str) -> Value {
    let query = format!(
        "SELECT to_jsonb(e) || jsonb_build_object('workspace', w.slug, 'public_id', k.public_id)
         FROM vestibule.usage_events e
         LEFT JOIN vestibule.workspaces w ON w.id = e.workspace_id
         LEFT JOIN vestibule.api_keys k ON k.id = e.api_key_id
         WHERE request_id = '{request_id}'"
    );
    let mut events: Vec<Value> = world.query(&query).await;
    assert_eq!(events.len(), 1, "one event for {request_id}: {events:?}");
    events.remove(0)
}

fn public_id(key: &str) -> String {
    ApiKey::parse(key).unwrap().public_id().to_string()
}

#[tokio::test]
async fn every_request_of_a_key_leaves_one_usage_event() {
    let mut world = World::start().await;
    let key = world.key(world.spec(KeyKind::Secret)).await;
    let poor = KeyLimits { per_minute: Some(1), burst: Some(1), ..KeyLimits::default() };
    let poor = world.key(KeySpec { limits: poor, ..world.spec(KeyKind::Secret) }).await;
    let revoked = world.key(world.spec(KeyKind::Secret)).await;
    world.revoke(&revoked).await;
    let client = |id: &str| world.public().bearer(&key).with("x-request-id", id);
    let control = world.upstream.control();

    let visited = json!({"message": QUESTION, "visitor": {"id": "v-1"}});
    assert_eq!(client("chat-whole").post("/api/v1/chat", &visited).await.status, 200);
    client("chat-stream").stream("/api/v1/chat", &question(true)).await.rest().await;
    assert_eq!(client("chat-invalid").post("/api/v1/chat", &json!({"message": ""})).await.status, 422);
    assert_eq!(client("knowledge-1").post("/api/v1/knowledge/query", &json!({"query": "drill"})).await.status, 200);
    assert_eq!(client("messages-1").get("/api/v1/messages?session_id=x").await.status, 200);
    let poor = world.public().bearer(&poor);
    assert_eq!(poor.get("/api/v1/messages?session_id=x").await.status, 200);
    assert_eq!(poor.with("x-request-id", "chat-too-many").post("/api/v1/chat", &question(false)).await.status, 429);

    control.fail(Failure::Status500);
    assert_eq!(client("chat-failed").post("/api/v1/chat", &question(false)).await.status, 502);
    control.heal();
    control.fail(Failure::DropMidStream { after_frames: 3 });
    client("chat-broken").stream("/api/v1/chat", &question(true)).await.rest().await;
    control.heal();
    world.stop().await;

    let routes: Vec<(&str, &str, &str, u16)> = vec![
        ("chat-whole", "chat.create", "ok", 200),
        ("chat-stream", "chat.create", "ok", 200),
        ("chat-invalid", "chat.create", "validation_failed", 422),
        ("knowledge-1", "knowledge.query", "ok", 200),
        ("messages-1", "messages.list", "ok", 200),
        ("chat-too-many", "chat.create", "rate_limited", 429),
        ("chat-failed", "chat.create", "upstream_error", 502),
        ("chat-broken", "chat.create", "upstream_error", 200),
    ];
    for (id, route, outcome, status) in routes {
        let event = event(&world, id).await;
        assert_eq!(event["route"], route, "{event}");
        assert_eq!(event["outcome"], outcome, "{event}");
        assert_eq!(event["http_status"], status, "{event}");
        assert_eq!(event["workspace"], "shop", "{event}");
        if id != "chat-too-many" {
            assert_eq!(event["public_id"], public_id(&key), "{event}");
        }
        let tokens = matches!(id, "chat-whole" | "chat-stream" | "chat-broken");
        assert_eq!(event["completion_tokens"].as_u64().unwrap_or(0) > 0, tokens, "{event}");
        assert!(event["total_us"].as_i64().unwrap() >= event["gateway_us"].as_i64().unwrap(), "{event}");
        assert!(event["first_byte_us"].is_number() && event["bytes_out"].as_i64().unwrap() > 0, "{event}");
    }
    assert_eq!(event(&world, "chat-whole").await["visitor"], "v-1");
    assert_eq!(event(&world, "chat-whole").await["tokens_estimated"], false);
    let broken = event(&world, "chat-broken").await;
    assert_eq!(broken["tokens_estimated"], true, "AnythingLLM has stored nothing: {broken}");
    assert!(broken["prompt_tokens"].as_u64().unwrap() > 0, "{broken}");
}

#[tokio::test]
async fn clients_that_leave_are_recorded_like_all_others() {
    let mut world = World::start().await;
    let key = world.key(world.spec(KeyKind::Secret)).await;
    let control = world.upstream.control();
    control.set_tokens(Some(100_000));
    control.fail(Failure::Slow { first_token_ms: 0, token_ms: 20 });
    let client = world.public().bearer(&key);
    let mut stream = client.with("x-request-id", "left-streaming").stream("/api/v1/chat", &question(true)).await;
    for _ in 0..3 {
        stream.next().await.unwrap();
    }
    drop(stream);
    wait(control, |c| c.aborted_streams() == 1).await;
    control.heal();

    // Gone before there was an answer: no status was ever sent.
    control.fail(Failure::Hang);
    let body = question(false).to_string();
    let mut connection = RawConnection::open(world.running().public).await;
    let head = format!(
        "POST /api/v1/chat HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {key}\r\nx-request-id: left-waiting\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    let asked = control.request_count();
    connection.send(format!("{head}{body}")).await;
    wait(control, |c| c.request_count() > asked).await;
    drop(connection);
    wait(control, |c| c.open_connections() == 0).await;
    control.heal();
    control.set_tokens(None);
    assert_eq!(client.with("x-request-id", "came-later").post("/api/v1/chat", &question(false)).await.status, 200);
    world.stop().await;

    let streaming = event(&world, "left-streaming").await;
    assert_eq!(streaming["outcome"], "client_left", "{streaming}");
    assert_eq!(streaming["http_status"], 200, "{streaming}");
    assert!(streaming["completion_tokens"].as_u64().unwrap() > 0, "what was generated is accounted for: {streaming}");
    assert_eq!(streaming["tokens_estimated"], false, "AnythingLLM has stored what it took: {streaming}");
    let waiting = event(&world, "left-waiting").await;
    assert_eq!(waiting["outcome"], "client_left", "{waiting}");
    assert_eq!(waiting["first_byte_us"], Value::Null, "{waiting}");
    assert_eq!(event(&world, "came-later").await["outcome"], "ok");
}

#[tokio::test]
async fn metrics_count_by_names_of_ours_only() {
    let world = World::start().await;
    let key = world.publishable_key().await;
    let control = world.upstream.control();
    let browser = world.public().bearer(&key).with("origin", ORIGIN);
    assert_eq!(browser.post("/api/v1/chat", &question(false)).await.status, 200);
    assert_eq!(browser.post("/api/v1/knowledge/query", &json!({"query": "drill"})).await.status, 200);
    let elsewhere = world.public().bearer(&key).with("origin", "https://evil.example");
    assert_eq!(elsewhere.post("/api/v1/chat", &question(false)).await.status, 403);
    let widget = format!("/api/embed/{key}/stream-chat");
    let asked = json!({"sessionId": Uuid::new_v4(), "message": QUESTION}).to_string();
    let text = world.public().with("origin", ORIGIN).with("content-type", "text/plain");
    assert_eq!(text.send(Method::POST, &widget, asked).await.status, 200);
    for path in ["/secret-page-7", "/api/v1/unknown-7", "/embed/canary-7.js", "/docs/errors/canary-7"] {
        world.public().get(path).await;
    }
    world.public().send(Method::from_bytes(b"CANARY").unwrap(), "/api/v1/chat", "").await;
    world.admin().get("/api/ping?canary-7").await;
    let mut connection = RawConnection::open(world.running().public).await;
    connection.send("GET /canary-7 HTTP/1.1\nhost: a\n\n").await;
    assert!(connection.read_to_end().await.starts_with("HTTP/1.1 400 "));
    control.fail(Failure::Status500);
    assert_eq!(browser.post("/api/v1/chat", &question(false)).await.status, 502);
    control.heal();

    let answer = world.ops().with("accept", "application/openmetrics-text").get("/metrics").await;
    assert_eq!(answer.status, 200);
    assert!(answer.header("content-type").unwrap().starts_with("application/openmetrics-text"));
    let text = answer.text();
    let value = |name: &str| -> f64 {
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.unwrap_or_else(|| panic!("no {name} in:\n{text}")).parse().unwrap()
    };
    for (route, outcome, count) in [
        ("chat.create", "ok", 1.0),
        ("chat.create", "forbidden_origin", 1.0),
        ("chat.create", "upstream_error", 1.0),
        ("knowledge.query", "ok", 1.0),
        ("widget.chat", "ok", 1.0),
        ("admin.passthrough", "ok", 1.0),
        ("none", "not_found", 3.0),
        ("docs.error", "not_found", 1.0),
        ("none", "method_not_allowed", 1.0),
        ("none", "bad_request", 1.0),
    ] {
        let name = format!("vestibule_requests_total{{route=\"{route}\",outcome=\"{outcome}\"}}");
        assert!((value(&name) - count).abs() < 0.5, "{name} is {}:\n{text}", value(&name));
    }
    assert!(value("vestibule_overhead_seconds_count{route=\"chat.create\"}") >= 3.0);
    assert!(value("vestibule_overhead_seconds_bucket{le=\"+Inf\",route=\"knowledge.query\"}") >= 1.0);
    assert!(value("vestibule_tokens_total{direction=\"completion\"}") > 0.0);
    assert!(text.trim_end().ends_with("# EOF"));

    let mut words = vec![key.as_str(), "canary", "CANARY", "secret-page", "shop.example", "evil.example", "127.0.0.1"];
    let public_id = public_id(&key);
    words.push(&public_id);
    words.push(&world.workspace.upstream_slug);
    for word in words {
        assert!(!text.contains(word), "{word} in:\n{text}");
    }
}

#[tokio::test]
async fn probes_tell_life_from_readiness() {
    let world = World::start().await;
    let ops = world.ops();
    assert_eq!(ops.get("/healthz").await.status, 200);
    // That changes are heard is proved a moment after the start.
    let whole = "database ok\nwritable ok\nschema ok\nsecret_key ok\ntasks ok\nchanges_heard ok\naccepting ok\n";
    eventually(async || {
        let ready = ops.get("/readyz").await;
        if (ready.status.as_u16(), ready.text()) == (200, whole) { Ok(()) } else { Err(ready.text().to_owned()) }
    })
    .await;
    assert_eq!(ops.get("/nothing").await.status, 404);
    assert_eq!(ops.send(Method::POST, "/metrics", "").await.status, 405);

    // An AnythingLLM that is away is told request by request.
    world.upstream.stop().await;
    assert_eq!(ops.get("/readyz").await.status, 200);

    world.cut_off_the_database().await;
    assert_eq!(ops.get("/healthz").await.status, 200);
    let ready = ops.get("/readyz").await;
    assert_eq!(ready.status, 503);
    assert!(ready.text().contains("database no"), "{}", ready.text());
    assert_eq!(ops.get("/metrics").await.status, 200);
    assert_eq!(Http::new(world.running().public).get("/healthz").await.status, 200);

    world.restore_the_database().await;
    eventually(async || status_is(ops.get("/readyz").await, 200)).await;
}

#[tokio::test]
async fn without_its_database_the_gateway_says_so_and_recovers() {
    let world = World::start().await;
    let known = world.server().await;
    assert_eq!(known.post("/api/v1/chat", &question(false)).await.status, 200);
    let unknown = world.server().await;
    world.cut_off_the_database().await;
    let answer = unknown.post("/api/v1/chat", &question(false)).await;
    assert_eq!((answer.status.as_u16(), answer.code().as_str()), (503, "service_unavailable"));
    assert!(answer.header("retry-after").is_some());
    world.restore_the_database().await;
    eventually(async || status_is(unknown.post("/api/v1/chat", &question(false)).await, 200)).await;
    assert_eq!(known.post("/api/v1/chat", &question(false)).await.status, 200);
}
