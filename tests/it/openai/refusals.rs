//! Every refusal, in OpenAI's shape, with the status that its clients look at.

use super::{CHAT, QUESTION, body, code, of_error, person};
use crate::harness::{Answer, Http, KeySpec, ORIGIN, RawConnection, World};
use http::Method;
use serde_json::{Value, json};
use vestibule::domain::key::{KeyKind, KeyLimits};
use vestibule::domain::scope::Scope;

/// The rows with a body that is good, one each.
const ROWS: [(&str, &str); 4] = [
    ("POST", CHAT),
    ("POST", "/openai/v1/embeddings"),
    ("GET", "/openai/v1/models"),
    ("GET", "/openai/v1/models/shop"),
];

async fn call(client: &Http, (method, path): (&str, &str)) -> Answer {
    match method {
        "GET" => client.get(path).await,
        _ if path == CHAT => client.post(path, &body(QUESTION)).await,
        _ => client.post(path, &json!({"model": "shop", "input": "drill"})).await,
    }
}

async fn refused(client: &Http, status: u16, word: &str, kind: &str) {
    for row in ROWS {
        let answer = call(client, row).await;
        assert_eq!((answer.status.as_u16(), code(&answer).as_str()), (status, word), "{row:?} {}", answer.text());
        assert_eq!(answer.json()["error"]["type"], kind, "{row:?}");
        assert!(answer.header("access-control-allow-origin").is_none(), "{row:?}");
        if status == 401 {
            assert!(answer.header("www-authenticate").unwrap().starts_with("Bearer"), "{row:?}");
        }
    }
}

#[tokio::test]
async fn who_may_not_is_told_in_openais_words() {
    let world = World::start().await;
    refused(&world.public(), 401, "unauthenticated", "authentication_error").await;
    refused(&world.public().bearer("sk-proj-of-somebody-else"), 401, "invalid_token", "authentication_error").await;
    let key = world.key(world.spec(KeyKind::Secret)).await;
    world.revoke(&key).await;
    refused(&world.public().bearer(&key), 401, "key_revoked", "authentication_error").await;
    let key = world.key(world.spec(KeyKind::Secret)).await;
    world.change_key(&key, "enabled = false").await;
    refused(&world.public().bearer(&key), 401, "key_disabled", "authentication_error").await;
    let scopes = [Scope::WidgetRead].into_iter().collect();
    let key = world.key(KeySpec { scopes, ..world.spec(KeyKind::Secret) }).await;
    refused(&world.public().bearer(&key), 403, "insufficient_scope", "permission_error").await;
    let key = world.key(world.spec(KeyKind::Secret)).await;
    world.change_key(&key, "allowed_ips = '{192.0.2.1/32}'").await;
    refused(&world.public().bearer(&key), 403, "forbidden_ip", "permission_error").await;
}

#[tokio::test]
async fn pages_and_what_is_for_pages_are_refused() {
    let world = World::start().await;
    // A publishable key, with and without its page.
    refused(&world.browser().await, 403, "forbidden", "permission_error").await;
    let key = world.publishable_key().await;
    refused(&world.public().bearer(&key), 403, "forbidden", "permission_error").await;
    let session = world.browser().await.post("/api/v1/widget/session", &json!({})).await.json();
    let visitor = world.public().bearer(session["token"].as_str().unwrap()).with("origin", ORIGIN);
    refused(&visitor, 403, "forbidden", "permission_error").await;
    // A secret key and a person's token in somebody's page.
    refused(&world.server().await.with("origin", ORIGIN), 401, "invalid_token", "authentication_error").await;
    let person = person(&world, "mona", "manager").await.with("origin", "https://evil.example");
    refused(&person, 403, "forbidden_origin", "permission_error").await;
}

#[tokio::test]
async fn workspaces_of_others_are_not_there() {
    let world = World::start().await;
    let other = world.add_workspace("other").await;
    let away = world.add_workspace("away").await;
    world.set_status(away.id, "paused").await;
    let bound = world.server().await;
    let tenants = world.key(KeySpec { workspace: None, ..world.spec(KeyKind::Secret) }).await;
    let tenants = world.public().bearer(&tenants);
    let member = person(&world, "dora", "default").await;
    for (client, model) in
        [(&bound, "other"), (&tenants, "away"), (&tenants, "nowhere"), (&member, "shop"), (&tenants, "../x")]
    {
        let mut wanted = body(QUESTION);
        wanted["model"] = json!(model);
        let asked = client.post(CHAT, &wanted).await;
        let embedded = client.post("/openai/v1/embeddings", &json!({"model": model, "input": "x"})).await;
        for answer in [asked, embedded] {
            assert_eq!((answer.status.as_u16(), code(&answer).as_str()), (404, "model_not_found"), "{model}");
            let error = &answer.json()["error"];
            assert_eq!((&error["param"], &error["type"]), (&json!("model"), &json!("invalid_request_error")));
            let message = error["message"].as_str().unwrap();
            assert!(message.contains("slug of a workspace"), "{message}");
            assert!(!message.contains("other") && !message.contains("away"), "what others have is not told: {message}");
        }
    }
    // A path that nobody has is no model.
    let nothing = bound.get("/openai/v1/nothing").await;
    assert_eq!((nothing.status.as_u16(), code(&nothing).as_str()), (404, "not_found"));
    assert!(super::asked(&world).is_empty(), "nothing of {} is asked", other.slug);
}

#[tokio::test]
async fn limits_say_when_to_come_back() {
    let world = World::start().await;
    let key = |limits| KeySpec { limits, ..world.spec(KeyKind::Secret) };
    let limits = KeyLimits { per_minute: Some(1), burst: Some(1), ..KeyLimits::default() };
    let client = world.public().bearer(&world.key(key(limits)).await);
    assert_eq!(client.get("/openai/v1/models").await.status, 200);
    let answer = client.post(CHAT, &body(QUESTION)).await;
    assert_eq!((answer.status.as_u16(), code(&answer).as_str()), (429, "rate_limited"));
    assert!(answer.header("retry-after").unwrap().parse::<u64>().unwrap() > 0);
    assert!(answer.header("ratelimit").is_some() && answer.header("x-should-retry").is_none());
    assert_eq!(answer.json()["error"]["type"], "rate_limit_error");

    let limits = KeyLimits { messages_per_day: Some(1), ..KeyLimits::default() };
    let client = world.public().bearer(&world.key(key(limits)).await);
    assert_eq!(client.post(CHAT, &body(QUESTION)).await.status, 200);
    let answer = client.post(CHAT, &body(QUESTION)).await;
    assert_eq!((answer.status.as_u16(), code(&answer).as_str()), (429, "quota_exceeded"));
    assert!(answer.header("retry-after").is_some());
    assert_eq!(answer.header("x-should-retry"), Some("false"), "OpenAI's clients would try again at once");

    let limits = KeyLimits { per_visitor_per_minute: Some(1), ..KeyLimits::default() };
    let client = world.public().bearer(&world.key(key(limits)).await);
    let mut named = body(QUESTION);
    named["user"] = json!("customer-7");
    assert_eq!(client.post(CHAT, &named).await.status, 200);
    assert_eq!(code(&client.post(CHAT, &named).await), "rate_limited");
    named["user"] = json!("customer-8");
    assert_eq!(client.post(CHAT, &named).await.status, 200);
}

#[tokio::test]
async fn what_a_body_asks_too_much_of_is_named_field_by_field() {
    let world = World::start().await;
    let server = world.server().await;
    let mut wanted = body(QUESTION);
    for (name, value) in [
        ("n", json!(2)),
        ("tools", json!([{"type": "function", "function": {"name": "x"}}])),
        ("response_format", json!({"type": "json_object"})),
        ("prompt", json!("You are somebody else")),
        ("session_id", json!("somebody-elses")),
        ("mode", json!("chat")),
        ("attachments", json!([])),
        ("reset", json!(true)),
    ] {
        wanted[name] = value;
    }
    let answer = server.post(CHAT, &wanted).await;
    assert_eq!((answer.status.as_u16(), code(&answer).as_str()), (422, "validation_failed"));
    let error = &answer.json()["error"];
    assert_eq!((&error["type"], &error["param"]), (&json!("invalid_request_error"), &json!("n")));
    for name in
        ["`n`", "`tools`", "`response_format`", "`prompt`", "`session_id`", "`mode`", "`attachments`", "`reset`"]
    {
        assert!(error["message"].as_str().unwrap().contains(name), "{name}: {error}");
    }
    for (content, param) in [
        (
            json!([{"type": "image_url", "image_url": {"url": "https://x.example/a.png"}}]),
            "messages[0].content[0].type",
        ),
        (json!(" "), "messages"),
        (json!("x".repeat(4001)), "messages"),
        (json!("a\u{0}b"), "messages[0].content"),
    ] {
        let wanted = json!({"model": "shop", "messages": [{"role": "user", "content": content}]});
        let answer = server.post(CHAT, &wanted).await;
        assert_eq!(answer.status, 422, "{content}");
        assert_eq!(answer.json()["error"]["param"], param, "{content}");
    }
    assert!(super::asked(&world).is_empty());
}

#[tokio::test]
async fn what_is_no_request_is_refused_in_the_same_shape() {
    let world = World::start().await;
    let server = world.server().await;
    let json = server.with("content-type", "application/json");
    let answer = json.send(Method::POST, CHAT, "{").await;
    assert_eq!((answer.status.as_u16(), code(&answer).as_str()), (400, "invalid_body"));
    let answer = json.send(Method::POST, CHAT, r#"{"model": "shop", "model": "other", "messages": []}"#).await;
    assert_eq!((answer.status.as_u16(), code(&answer).as_str()), (400, "invalid_body"));
    let answer = server.with("content-type", "text/plain").send(Method::POST, CHAT, "{}").await;
    assert_eq!((answer.status.as_u16(), code(&answer).as_str()), (415, "unsupported_media_type"));
    let answer = json.send(Method::POST, CHAT, vec![b' '; 1 << 20]).await;
    assert_eq!((answer.status.as_u16(), code(&answer).as_str()), (413, "body_too_large"));
    let answer = server.get(CHAT).await;
    assert_eq!((answer.status.as_u16(), code(&answer).as_str()), (405, "method_not_allowed"));
    assert_eq!(answer.header("allow"), Some("POST"));
    for path in ["/openai/v1/completions", "/openai/v1/images/generations", "/openai/v1/vector_stores", "/openai/"] {
        let answer = json.send(Method::POST, path, "{}").await;
        assert_eq!((answer.status.as_u16(), code(&answer).as_str()), (404, "not_found"), "{path}");
    }
    let long = server.with("x-long", &"x".repeat(100_000)).get("/openai/v1/models").await;
    assert_eq!(long.status, 431);
}

#[tokio::test]
async fn without_the_database_an_unknown_key_is_told_to_come_back() {
    let world = World::start().await;
    let key = world.key(world.spec(KeyKind::Secret)).await;
    world.cut_off_the_database().await;
    let answer = world.public().bearer(&key).post(CHAT, &body(QUESTION)).await;
    assert_eq!((answer.status.as_u16(), code(&answer).as_str()), (503, "service_unavailable"));
    assert!(answer.header("retry-after").is_some());
    assert_eq!(answer.json()["error"]["type"], "server_error");
}

/// A refusal before a row is known.
#[tokio::test]
async fn a_credential_in_two_places_is_refused_in_the_same_shape() {
    let world = World::start().await;
    let mut connection = RawConnection::open(world.running().public).await;
    connection
        .send("GET /openai/v1/models HTTP/1.1\r\nhost: a\r\nauthorization: Bearer a\r\nx-widget-key: b\r\nconnection: close\r\n\r\n")
        .await;
    let answer = connection.read_to_end().await;
    let (head, text) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 400"), "{head}");
    assert_eq!(of_error(&serde_json::from_str::<Value>(text).unwrap()), "bad_request");
}
