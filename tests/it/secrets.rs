//! Secrets stay where they belong: not in log lines at any level, not in metrics, not in error answers, not in a table.

use crate::harness::{Http, ORIGIN, Process, SECRET_KEY, World};
use http::Method;
use serde_json::json;
use uuid::Uuid;
use vestibule::domain::key::KeyKind;
use vestibule_stand_in::{Failure, Options};

/// Words that clients send and that belong to them alone.
const MESSAGE: &str = "canary-message my order 4711 to Jane Doe, jane@example.com";
const QUERY: &str = "canary-query drill";
const PASSWORD: &str = "canary-password";
const TOKEN: &str = "canary.session.token";
const COOKIE: &str = "canary-cookie";
const CANARIES: [&str; 6] = ["canary-message", "jane@example.com", "canary-query", PASSWORD, TOKEN, COOKIE];

/// The endpoints, good and bad ways through them, with secrets wherever a client could put one. Returns what was
/// answered to those that failed.
async fn drive(world: &World, process: &Process, secret: &str, publishable: &str, session: &str) -> Vec<String> {
    let public = process.public().with("cookie", COOKIE);
    let server = public.bearer(secret);
    let browser = public.bearer(publishable).with("origin", ORIGIN);
    let chat = json!({"message": MESSAGE, "session_id": session});
    let streamed = json!({"message": MESSAGE, "session_id": session, "stream": true});
    let knowledge = json!({"query": QUERY});
    let widget = format!("/api/embed/{publishable}/stream-chat");
    let visit = Uuid::new_v4();
    let asked = json!({"sessionId": visit, "message": MESSAGE}).to_string();
    let shopper = public.with("origin", ORIGIN).with("content-type", "text/plain;charset=UTF-8");
    let mut failures = Vec::new();
    let mut keep = |answer: crate::harness::Answer| {
        if !answer.status.is_success() {
            failures.push(format!("{:?} {}", answer.headers, String::from_utf8_lossy(&answer.body)));
        }
    };
    for failure in [None, Some(Failure::Status500), Some(Failure::AbortFrame { error: "said upstream".into() })] {
        world.upstream.control().heal();
        if let Some(failure) = failure {
            world.upstream.control().fail(failure);
        }
        for client in [&server, &browser] {
            keep(client.post("/api/v1/chat", &chat).await);
            keep(client.with("idempotency-key", "order-4711").post("/api/v1/chat", &chat).await);
            keep(client.post("/api/v1/chat", &streamed).await);
            keep(client.get(&format!("/api/v1/messages?session_id={session}")).await);
            keep(client.post("/api/v1/knowledge/query", &knowledge).await);
        }
        keep(shopper.send(Method::POST, &widget, asked.clone()).await);
        keep(shopper.get(&format!("/api/embed/{publishable}/{visit}")).await);
        keep(process.admin().get("/api/ping").await);
    }
    world.upstream.control().heal();

    // Mistakes that clients make with their secrets.
    let broken = format!("{{\"message\": \"{MESSAGE}\", \"unknown\": \"{PASSWORD}\"}}");
    let json_body = server.with("content-type", "application/json");
    keep(json_body.send(Method::POST, "/api/v1/chat", broken).await);
    keep(json_body.send(Method::POST, "/api/v1/chat", format!("{{\"message\": {MESSAGE}")).await);
    keep(server.post("/api/v1/chat", &json!({"message": MESSAGE, "session_id": format!("{PASSWORD} {secret}")})).await);
    keep(server.post("/api/v1/chat", &json!({"message": MESSAGE, "mode": PASSWORD})).await);
    keep(server.get(&format!("/api/v1/messages?session_id={session}&unknown={PASSWORD}{secret}")).await);
    keep(server.get(&format!("/api/v1/messages?session_id={session}&cursor={PASSWORD}")).await);
    keep(public.bearer(TOKEN).post("/api/v1/chat", &chat).await);
    keep(public.bearer(&format!("{secret}x")).post("/api/v1/chat", &chat).await);
    keep(public.with("authorization", &format!("Basic {PASSWORD}")).post("/api/v1/chat", &chat).await);
    keep(server.with("origin", ORIGIN).post("/api/v1/chat", &chat).await);
    keep(public.bearer(publishable).with("origin", "https://evil.example").post("/api/v1/chat", &chat).await);
    keep(public.get(&format!("/{secret}")).await);
    keep(public.get(&format!("/api/embed/{secret}/{visit}")).await);
    keep(public.get(&format!("/nothing?token={TOKEN}&key={secret}")).await);
    keep(public.with("x-request-id", &format!("{PASSWORD} {secret}")).get("/healthz").await);
    keep(process.admin().bearer(secret).get("/api/v1/workspaces").await);
    keep(process.admin().post("/api/request-token", &json!({"username": "admin", "password": PASSWORD})).await);
    keep(process.admin().bearer(TOKEN).get("/api/workspaces").await);
    keep(server.delete(&format!("/api/v1/messages?session_id={session}")).await);

    world.upstream.stop().await;
    for client in [&server, &browser] {
        keep(client.post("/api/v1/chat", &chat).await);
        keep(client.post("/api/v1/knowledge/query", &knowledge).await);
    }
    keep(process.admin().bearer(TOKEN).get(&format!("/api/workspaces?key={TOKEN}")).await);
    failures
}

#[tokio::test]
async fn secrets_and_conversations_are_in_no_log_metric_error_or_table() {
    let upstream = Options { api_key: "UPSTREAM-CANARY-0000000-0000001".into(), ..Options::default() };
    let world = World::builder().upstream(upstream).start().await;
    let secret = world.key(world.spec(KeyKind::Secret)).await;
    let publishable = world.publishable_key().await;
    let settings = [("VESTIBULE_LOG_LEVEL", "info,vestibule=trace"), ("VESTIBULE_LIMITS_IP_PER_MINUTE", "1000")];
    let mut process = Process::serve(&world, &settings).await;
    let session = "canary-session-0815";
    let errors = drive(&world, &process, &secret, &publishable, session).await;
    assert!(errors.len() > 25, "the bad ways fail: {errors:#?}");
    let metrics = process.ops().get("/metrics").await.text().to_owned();
    process.signal("TERM").await;
    assert_eq!(process.exit().await, Some(0));
    process.line(|line| line["message"] == "stopped").await;
    let log = process.log();
    assert!(log.contains("\"route\":\"chat.create\""), "{log}");

    // The part of a key after its public id.
    let hidden = |key: &str| key[key.len() - 30..].to_owned();
    let mut canaries: Vec<String> = CANARIES.map(str::to_owned).into();
    canaries.extend([hidden(&secret), hidden(&publishable), world.upstream.api_key().to_owned()]);
    canaries.extend([SECRET_KEY.to_owned(), "postgres://".to_owned()]);
    let absent = |place: &str, text: &str, canaries: &[String]| {
        for canary in canaries {
            if let Some(at) = text.find(canary.as_str()) {
                let line = text[..at].rfind('\n').map_or(0, |n| n + 1);
                panic!("{canary:?} in {place}: {}", text[line..].lines().next().unwrap_or_default());
            }
        }
    };
    absent("metrics", &metrics, &canaries);
    for error in &errors {
        absent("an error", error, &canaries);
    }
    let tables = dump(&world).await;
    assert!(tables.contains("chat.create"), "{tables}");
    let (said, others): (Vec<_>, Vec<_>) = tables.lines().partition(|row| row.starts_with("vestibule.exchanges "));
    absent("a table", &others.join("\n"), &canaries);
    // Words are there where the workspace keeps them, and nothing else of a request.
    let words = ["canary-message", "jane@example.com"];
    let secrets: Vec<_> = canaries.iter().filter(|canary| !words.contains(&canary.as_str())).cloned().collect();
    absent("what was said", &said.join("\n"), &secrets);
    // What was said in it, and under which name AnythingLLM knows it.
    canaries.push(session.to_owned());
    let upstream_sessions: Vec<String> = world.query("SELECT upstream_session FROM vestibule.conversations").await;
    assert!(!upstream_sessions.is_empty());
    canaries.extend(upstream_sessions);
    absent("the log", &log, &canaries);
    absent("metrics", &metrics, &canaries);
    for error in &errors {
        absent("an error", error, &canaries);
    }
}

/// Every row of every table, as text.
pub(crate) async fn dump(world: &World) -> String {
    let tables = "SELECT quote_ident(table_schema) || '.' || quote_ident(table_name) FROM information_schema.tables
                  WHERE table_schema NOT IN ('pg_catalog', 'information_schema') AND table_type = 'BASE TABLE'";
    let mut text = String::new();
    for table in world.query::<String>(tables).await {
        let rows: Vec<String> = world.query(&format!("SELECT '{table} ' || t::text FROM {table} t")).await;
        text.push_str(&rows.join("\n"));
        text.push('\n');
    }
    text
}

#[tokio::test]
async fn keys_are_stored_as_hashes_only() {
    let world = World::start().await;
    let key = world.key(world.spec(KeyKind::Secret)).await;
    let listed = Http::new(world.running().public).bearer(&key).get("/api/v1/messages?session_id=x").await;
    assert_eq!(listed.status, 200);
    assert!(!dump(&world).await.contains(&key[key.len() - 30..]));
}
