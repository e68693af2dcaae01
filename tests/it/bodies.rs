//! What is refused of a request's body, and that the refusal names the fault without repeating what was sent.

use crate::harness::{Answer, Http, ORIGIN, World};
use http::Method;
use serde_json::{Value, json};

const CHAT: &str = "/api/v1/chat";
/// Stands in bodies that are refused, and must not come back.
const CANARY: &str = "canary-4711";

async fn send(http: &Http, body: impl Into<bytes::Bytes>) -> Answer {
    http.with("content-type", "application/json").send(Method::POST, CHAT, body).await
}

/// Field and code of the first broken rule.
fn rule(answer: &Answer) -> (String, String) {
    assert_eq!((answer.status.as_u16(), answer.code().as_str()), (422, "validation_failed"), "{}", answer.text());
    let error = answer.json()["errors"][0].clone();
    assert!(!error["message"].as_str().unwrap().is_empty());
    (error["field"].as_str().unwrap().to_owned(), error["code"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn what_is_not_json_is_told_by_its_place() {
    let world = World::start().await;
    let http = world.browser().await;
    let deep = format!("{}{}", "[".repeat(1000), "]".repeat(1000));
    let deep_object = format!("{}1{}", r#"{"message":"#.repeat(1000), "}".repeat(1000));
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("cut off", format!(r#"{{"message":"{CANARY}"#).into()),
        ("no quotes", format!("{{message: {CANARY}}}").into()),
        ("single quotes", format!("{{'message': '{CANARY}'}}").into()),
        ("a trailing comma", format!(r#"{{"message":"{CANARY}",}}"#).into()),
        ("a comment", format!(r#"{{"message":"x" /* {CANARY} */}}"#).into()),
        ("something behind it", format!(r#"{{"message":"x"}} {CANARY}"#).into()),
        ("two documents", format!(r#"{{"message":"x"}}{{"message":"{CANARY}"}}"#).into()),
        ("a form", format!("message={CANARY}").into()),
        ("XML", format!("<message>{CANARY}</message>").into()),
        ("NaN", r#"{"message":NaN}"#.into()),
        ("a bare line feed in a string", format!("{{\"message\":\"a\n{CANARY}\"}}").into()),
        ("half a surrogate", r#"{"message":"\ud800"}"#.into()),
        ("two byte order marks", format!("\u{feff}\u{feff}{{\"message\":\"{CANARY}\"}}").into()),
        ("a byte order mark within", format!("{{\u{feff}\"message\":\"{CANARY}\"}}").into()),
        ("invalid UTF-8 in a string", b"{\"message\":\"canary-4711 \xff\xfe\"}".to_vec()),
        ("overlong UTF-8", b"{\"message\":\"\xc0\xaf\"}".to_vec()),
        ("UTF-16", format!("{{\"message\":\"{CANARY}\"}}").encode_utf16().flat_map(u16::to_le_bytes).collect()),
        ("compressed", vec![0x1f, 0x8b, 0x08, 0, 0, 0, 0, 0]),
        ("too deep a list", deep.clone().into()),
        ("too deep a list in a field", format!(r#"{{"message":{deep}}}"#).into()),
        ("too deep a list in an unknown field", format!(r#"{{"message":"x","x":{deep}}}"#).into()),
        ("too deep an object", deep_object.into()),
        ("a number beyond all numbers", format!(r#"{{"message":"x","visitor":{}}}"#, "9".repeat(5000)).into()),
        ("the exponent of one", r#"{"message":1e999999}"#.into()),
    ];
    for (name, body) in cases {
        let answer = send(&http, body).await;
        assert!(!answer.text().contains("canary"), "{name}: {}", answer.text());
        assert!(answer.text().len() < 1000, "{name}: {}", answer.text());
        if answer.status == 422 {
            // Where the fault may as well be seen as one of the field's type.
            let (field, _) = rule(&answer);
            assert!(["message", "x", "visitor", ""].contains(&field.as_str()), "{name}: {}", answer.text());
            continue;
        }
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (400, "invalid_body"), "{name}");
        let detail = answer.json()["detail"].as_str().unwrap().to_owned();
        assert!(detail.contains("line ") && detail.contains("column "), "{name}: {detail}");
        assert_eq!(answer.header("access-control-allow-origin"), Some(ORIGIN), "{name}");
    }
    assert_eq!(world.upstream.control().request_count(), 0);
}

#[tokio::test]
async fn a_byte_order_mark_before_a_body_is_passed_over() {
    let world = World::start().await;
    let answer = send(&world.browser().await, "\u{feff}{\"message\":\"What does the drill cost?\"}").await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let key = world.publishable_key().await;
    let widget = world.public().with("origin", ORIGIN).with("content-type", "text/plain");
    let body = format!("\u{feff}{}", json!({"sessionId": uuid::Uuid::new_v4(), "message": "And the saw?"}));
    let answer = widget.send(Method::POST, &format!("/api/embed/{key}/stream-chat"), body).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let admin = world.public().with("content-type", "application/json");
    let body = "\u{feff}{\"username\":\"admin\",\"password\":\"Admin-pass-1\"}";
    assert_eq!(admin.send(Method::POST, "/api/v1/auth/login", body).await.status, 200);
}

#[tokio::test]
async fn the_place_of_a_fault_is_exact() {
    let world = World::start().await;
    let http = world.browser().await;
    let answer = send(&http, "{\n  \"message\": oops\n}").await;
    assert_eq!(answer.code(), "invalid_body");
    assert!(answer.json()["detail"].as_str().unwrap().contains("line 2, column 14"), "{}", answer.text());
}

#[tokio::test]
async fn an_empty_body_is_told_as_such() {
    let world = World::start().await;
    let http = world.browser().await;
    for body in ["", " ", "\r\n\t ", "\u{feff}"] {
        let answer = send(&http, body).await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (400, "invalid_body"), "{body:?}");
        assert!(answer.json()["detail"].as_str().unwrap().contains("empty"), "{}", answer.text());
    }
}

#[tokio::test]
async fn a_field_that_stands_twice_is_refused() {
    let world = World::start().await;
    let http = world.browser().await;
    for (body, field) in [
        (format!(r#"{{"message":"x","message":"{CANARY}"}}"#), "message"),
        (format!(r#"{{"message":"{CANARY}","mode":"chat","mode":"query"}}"#), "mode"),
        (format!(r#"{{"message":"x","visitor":{{"id":"a","id":"{CANARY}"}}}}"#), "visitor.id"),
    ] {
        let answer = send(&http, body).await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (400, "invalid_body"), "{}", answer.text());
        let detail = answer.json()["detail"].as_str().unwrap().to_owned();
        assert!(detail.contains(field) && detail.contains("twice"), "{detail}");
        assert!(!answer.text().contains(CANARY), "{}", answer.text());
    }
    assert_eq!(world.upstream.control().request_count(), 0);
}

#[tokio::test]
async fn every_broken_rule_of_a_chat_names_its_field() {
    let world = World::start().await;
    let http = world.browser().await;
    let long = "x".repeat(129);
    for (body, field, code) in [
        (json!({}), "message", "required"),
        (json!({"message": ""}), "message", "too_short"),
        (json!({"message": " \n\u{a0}"}), "message", "too_short"),
        (json!({"message": null}), "message", "type"),
        (json!({"message": 7}), "message", "type"),
        (json!({"message": [CANARY]}), "message", "type"),
        (json!({"message": {"text": CANARY}}), "message", "type"),
        (json!({"mesage": CANARY}), "mesage", "unknown"),
        (json!({"message": "x", "sessionId": CANARY}), "sessionId", "unknown"),
        (json!({"message": "x", "reset": true}), "reset", "unknown"),
        (json!({"message": "x", "attachments": []}), "attachments", "unknown"),
        (json!({"message": "x", "prompt": CANARY}), "prompt", "unknown"),
        (json!({"message": "x", "session_id": 7}), "session_id", "type"),
        (json!({"message": "x", "session_id": "a b"}), "session_id", "format"),
        (json!({"message": "x", "session_id": ""}), "session_id", "format"),
        (json!({"message": "x", "session_id": long}), "session_id", "format"),
        (json!({"message": "x", "workspace": ["shop"]}), "workspace", "type"),
        (json!({"message": "x", "mode": "automatic"}), "mode", "format"),
        (json!({"message": "x", "mode": "Query"}), "mode", "format"),
        (json!({"message": "x", "mode": 1}), "mode", "type"),
        (json!({"message": "x", "stream": "yes"}), "stream", "type"),
        (json!({"message": "x", "stream": 1}), "stream", "type"),
        (json!({"message": "x", "visitor": "v-1"}), "visitor", "type"),
        (json!({"message": "x", "visitor": {"name": CANARY}}), "visitor.name", "unknown"),
        (json!({"message": "x", "visitor": {"id": 7}}), "visitor.id", "type"),
        (json!({"message": "x", "visitor": {"id": ""}}), "visitor.id", "too_short"),
        (json!({"message": "x", "visitor": {"id": long}}), "visitor.id", "too_long"),
        (json!({"message": "x", "visitor": {"locale": "de_AT"}}), "visitor.locale", "format"),
        (json!([CANARY]), "", "type"),
        (json!([CANARY, null, null, null, false, null]), "", "type"),
        (json!({"message": "x", "visitor": [CANARY, "de"]}), "visitor", "type"),
        (json!(CANARY), "", "type"),
        (json!(7), "", "type"),
        (json!(null), "", "type"),
    ] {
        let answer = send(&http, body.to_string()).await;
        assert_eq!(rule(&answer), (field.to_owned(), code.to_owned()), "{body}: {}", answer.text());
        assert!(!answer.text().contains(CANARY), "{body}: {}", answer.text());
    }
    assert_eq!(world.upstream.control().request_count(), 0);
}

#[tokio::test]
async fn all_broken_rules_are_told_at_once() {
    let world = World::start().await;
    let body = json!({"message": "", "session_id": "a b", "visitor": {"id": "", "locale": "?"}});
    let problem = send(&world.browser().await, body.to_string()).await.json();
    let fields: Vec<&str> =
        problem["errors"].as_array().unwrap().iter().map(|e| e["field"].as_str().unwrap()).collect();
    assert_eq!(fields, ["message", "session_id", "visitor.id", "visitor.locale"]);
}

#[tokio::test]
async fn only_json_in_utf8_is_taken() {
    let world = World::start().await;
    let http = world.browser().await;
    let body = json!({"message": "What does the cordless drill NW-18 cost?"}).to_string();
    for good in [
        "application/json",
        "Application/JSON",
        "application/json; charset=utf-8",
        "application/json;charset=\"UTF-8\"",
    ] {
        let answer = http.with("content-type", good).send(Method::POST, CHAT, body.clone()).await;
        assert_eq!(answer.status, 200, "{good}: {}", answer.text());
    }
    world.upstream.control().clear_requests();
    let missing = http.send(Method::POST, CHAT, body.clone()).await;
    let mut answers = vec![("none", missing)];
    for bad in [
        "",
        "text/plain",
        "text/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/vnd.api+json",
        "application/jsonx",
        "application/json; charset=latin1",
        "application/json; charset=utf-16",
    ] {
        answers.push((bad, http.with("content-type", bad).send(Method::POST, CHAT, body.clone()).await));
    }
    for (name, answer) in answers {
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (415, "unsupported_media_type"), "{name}");
    }
    assert_eq!(world.upstream.control().request_count(), 0);
}

#[tokio::test]
async fn a_compressed_body_is_refused_whatever_it_is_called() {
    let world = World::start().await;
    let http = world.browser().await.with("content-encoding", "gzip").with("content-type", "application/json");
    for body in [vec![0x1f, 0x8b, 0x08, 0, 0, 0, 0, 0], br#"{"message":"not compressed at all"}"#.to_vec()] {
        let answer = http.send(Method::POST, CHAT, body).await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (415, "unsupported_media_type"));
    }
    assert_eq!(world.upstream.control().request_count(), 0);
}

#[tokio::test]
async fn messages_are_measured_in_characters_as_their_workspace_allows() {
    let world = World::start().await;
    world.change_settings("max_message_chars = 10").await;
    let http = world.browser().await;
    for good in ["0123456789", "Größe 42 €", "🛒🛒🛒🛒🛒🛒🛒🛒🛒🛒", "  34567890", "\u{2060}/reset abc"]
    {
        let answer = http.post(CHAT, &json!({"message": good})).await;
        if good.chars().count() <= 10 {
            assert_eq!(answer.status, 200, "{good}: {}", answer.text());
        }
    }
    let asked = world.upstream.control().request_count();
    for bad in ["0123456789a", "🛒🛒🛒🛒🛒🛒🛒🛒🛒🛒🛒", "         11"] {
        let answer = http.post(CHAT, &json!({"message": bad})).await;
        assert_eq!(rule(&answer), ("message".to_owned(), "too_long".to_owned()), "{bad}");
        assert!(answer.json()["errors"][0]["message"].as_str().unwrap().contains("10"), "{}", answer.text());
        let streamed = http.post(CHAT, &json!({"message": bad, "stream": true})).await;
        assert_eq!(rule(&streamed).1, "too_long");
    }
    assert_eq!(world.upstream.control().request_count(), asked);

    // The widget is told by a frame, with a sentence for the shopper.
    let key = world.publishable_key().await;
    let widget = world.public().with("origin", ORIGIN);
    let body = json!({"sessionId": uuid::Uuid::new_v4(), "message": "0123456789a"});
    let answer = widget.post(&format!("/api/embed/{key}/stream-chat"), &body).await;
    assert_eq!((answer.status.as_u16(), answer.json()["error"].as_str()), (422, Some("validation_failed")));
    assert!(answer.json()["errorMsg"].as_str().unwrap().contains("shorten"), "{}", answer.text());
}

#[tokio::test]
async fn the_longest_message_a_workspace_may_allow_fits_however_it_is_written() {
    let world = World::start().await;
    world.change_settings("max_message_chars = 32000").await;
    let http = world.browser().await;
    // Six bytes for each character, the most that JSON takes for one below U+10000.
    let escaped = format!(r#"{{"message":"{}"}}"#, r"\u00fc".repeat(32_000));
    let answer = send(&http, escaped).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let answer = send(&http, format!(r#"{{"message":"{}"}}"#, "🛒".repeat(32_000))).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let answer = send(&http, format!(r#"{{"message":"{}"}}"#, "x".repeat(300_000))).await;
    assert_eq!((answer.status.as_u16(), answer.code().as_str()), (413, "body_too_large"));
}

#[tokio::test]
async fn escaped_characters_reach_the_model_as_themselves() {
    let world = World::start().await;
    let http = world.server().await;
    let body = r#"{"message":"drill \u00fc \ud83d\uded2 \"quoted\" \\ \n end","mode":"chat"}"#;
    assert_eq!(send(&http, body).await.status, 200);
    let requests = world.upstream.control().requests();
    let sent: Value = serde_json::from_slice(&requests[0].body).unwrap();
    assert_eq!(sent["message"], "drill ü 🛒 \"quoted\" \\ \n end");
}

#[tokio::test]
async fn rows_without_a_body_drop_a_small_one_and_refuse_others() {
    let world = World::start().await;
    let http = world.server().await.with("content-type", "application/json");
    let path = "/api/v1/messages?session_id=one";
    for (method, plain) in [(Method::GET, 200), (Method::DELETE, 204)] {
        // Nothing in it counts.
        for small in ["{}".to_owned(), "null".to_owned(), json!({"session_id": "t w o"}).to_string(), "x".repeat(1024)]
        {
            assert_eq!(http.send(method.clone(), path, small).await.status, plain, "{method}");
        }
        assert_eq!(http.send(method.clone(), "/api/v1/messages", r#"{"session_id": "one"}"#).await.status, 422);
        let answer = http.send(method.clone(), path, "x".repeat(1025)).await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (413, "body_too_large"), "{method}");
    }
}
