//! Whose conversation is whose: what keeps sessions apart, what a reset forgets, what a history shows.

use crate::harness::{Http, KeySpec, ORIGIN, World, eventually, text_of};
use serde_json::{Value, json};
use std::collections::HashSet;
use uuid::Uuid;
use vestibule::domain::key::KeyKind;

/// Asks so that the answer is stored, and returns the answer.
async fn say(http: &Http, session: &str, message: &str) -> Value {
    let answer = http.post("/api/v1/chat", &json!({"message": message, "session_id": session, "mode": "chat"})).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

async fn history(http: &Http, session: &str) -> Vec<Value> {
    let answer = http.get(&format!("/api/v1/messages?session_id={session}&limit=100")).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["data"].as_array().unwrap().clone()
}

/// What the person said, in order.
fn questions(history: &[Value]) -> Vec<&str> {
    history.iter().filter(|m| m["role"] == "user").map(|m| m["content"].as_str().unwrap()).collect()
}

/// The session names that AnythingLLM has seen in questions, in order.
fn upstream_sessions(world: &World) -> Vec<String> {
    let requests = world.upstream.control().requests();
    let chats = requests.iter().filter(|r| r.path_and_query.ends_with("/stream-chat"));
    chats.map(|r| serde_json::from_slice::<Value>(&r.body).unwrap()["sessionId"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn sessions_of_a_key_are_kept_apart() {
    let world = World::start().await;
    let http = world.browser().await;
    say(&http, "one", "first question").await;
    say(&http, "two", "second question").await;
    say(&http, "one", "third question").await;
    assert_eq!(questions(&history(&http, "one").await), ["first question", "third question"]);
    assert_eq!(questions(&history(&http, "two").await), ["second question"]);
    assert!(history(&http, "three").await.is_empty());
    let sessions = upstream_sessions(&world);
    assert_eq!(sessions[0], sessions[2]);
    assert_ne!(sessions[0], sessions[1]);
}

#[tokio::test]
async fn the_same_session_id_under_two_keys_is_two_conversations() {
    let world = World::start().await;
    let other_workspace = world.add_workspace("other").await;
    let (one, two) = (world.browser().await, world.server().await);
    let bound_elsewhere = KeySpec { workspace: Some(other_workspace.id), ..world.spec(KeyKind::Secret) };
    let three = world.public().bearer(&world.key(bound_elsewhere).await);
    let whole = world.public().bearer(&world.key(KeySpec { workspace: None, ..world.spec(KeyKind::Secret) }).await);
    for (http, message) in [(&one, "of one"), (&two, "of two"), (&three, "of three")] {
        say(http, "cart-1", message).await;
    }
    for workspace in ["shop", "other"] {
        let body = json!({"message": format!("whole in {workspace}"), "session_id": "cart-1", "workspace": workspace, "mode": "chat"});
        assert_eq!(whole.post("/api/v1/chat", &body).await.status, 200);
    }
    assert_eq!(questions(&history(&one, "cart-1").await), ["of one"]);
    assert_eq!(questions(&history(&two, "cart-1").await), ["of two"]);
    assert_eq!(questions(&history(&three, "cart-1").await), ["of three"]);
    for workspace in ["shop", "other"] {
        let path = format!("/api/v1/messages?session_id=cart-1&workspace={workspace}");
        let data = whole.get(&path).await.json()["data"].as_array().unwrap().clone();
        assert_eq!(questions(&data), [format!("whole in {workspace}")]);
    }
    let sessions: HashSet<_> = upstream_sessions(&world).into_iter().collect();
    assert_eq!(sessions.len(), 5);

    // A reset is the key's own, too.
    assert_eq!(one.delete("/api/v1/messages?session_id=cart-1").await.status, 204);
    assert!(history(&one, "cart-1").await.is_empty());
    assert_eq!(questions(&history(&two, "cart-1").await), ["of two"]);
}

#[tokio::test]
async fn what_anythingllm_calls_a_session_is_never_told_and_never_the_clients_word() {
    let world = World::start().await;
    let key = world.publishable_key().await;
    let http = world.public().bearer(&key).with("origin", ORIGIN);
    let session = Uuid::new_v4().to_string();
    let widget = world.public().with("origin", ORIGIN);
    let chat = json!({"message": "What does the cordless drill NW-18 cost?", "session_id": session});
    let streamed =
        json!({"message": "What does the cordless drill NW-18 cost?", "session_id": session, "stream": true});
    let framed = json!({"message": "What does the cordless drill NW-18 cost?", "sessionId": session});
    let answers = [
        http.post("/api/v1/chat", &chat).await,
        http.post("/api/v1/chat", &streamed).await,
        http.get(&format!("/api/v1/messages?session_id={session}")).await,
        widget.post(&format!("/api/embed/{key}/stream-chat"), &framed).await,
        widget.get(&format!("/api/embed/{key}/{session}")).await,
        http.delete(&format!("/api/v1/messages?session_id={session}")).await,
        http.post("/api/v1/chat", &chat).await,
        widget.delete(&format!("/api/embed/{key}/{session}")).await,
    ];
    let sessions: HashSet<_> = upstream_sessions(&world).into_iter().collect();
    // The widget's conversation is the one its key has under that id: it began once and was reset once.
    assert_eq!(sessions.len(), 2);
    for upstream in &sessions {
        assert!(!upstream.contains(&session) && !session.contains(upstream), "{upstream}");
        for answer in &answers {
            assert!(answer.status.is_success(), "{}", answer.text());
            assert!(!answer.text().contains(upstream), "{}", answer.text());
            assert!(!format!("{:?}", answer.headers).contains(upstream), "{answer:?}");
        }
        // Nor is it a key to anything.
        assert!(history(&http, upstream).await.is_empty());
    }
}

#[tokio::test]
async fn a_session_that_is_not_named_is_made_and_returned() {
    let world = World::start().await;
    for http in [world.browser().await, world.server().await] {
        let mut made = HashSet::new();
        for stream in [false, true, false, true] {
            let body = json!({"message": "Where is my order?", "stream": stream, "mode": "chat"});
            let session = if stream {
                let events = http.stream("/api/v1/chat", &body).await.rest().await;
                assert!(!text_of(&events).is_empty());
                events[0].data["session_id"].as_str().unwrap().to_owned()
            } else {
                http.post("/api/v1/chat", &body).await.json()["session_id"].as_str().unwrap().to_owned()
            };
            assert_eq!(questions(&history(&http, &session).await), ["Where is my order?"]);
            assert_eq!(say(&http, &session, "And now?").await["session_id"], session.as_str());
            assert_eq!(questions(&history(&http, &session).await), ["Where is my order?", "And now?"]);
            assert!(made.insert(session));
        }
    }
}

#[tokio::test]
async fn what_is_no_session_id_is_refused_wherever_one_is_asked_for() {
    let world = World::start().await;
    let http = world.server().await;
    let long = "x".repeat(129);
    for bad in ["", " ", "a b", "a/b", "ü", "a\u{0}b", "../x", "a?b", "a,b", long.as_str()] {
        let encoded: String = bad.bytes().map(|b| format!("%{b:02x}")).collect();
        for answer in [
            http.post("/api/v1/chat", &json!({"message": "x", "session_id": bad})).await,
            http.get(&format!("/api/v1/messages?session_id={encoded}")).await,
            http.delete(&format!("/api/v1/messages?session_id={encoded}")).await,
        ] {
            assert_eq!((answer.status.as_u16(), answer.code().as_str()), (422, "validation_failed"), "{bad:?}");
            assert_eq!(answer.json()["errors"][0]["field"], "session_id", "{bad:?}");
        }
    }
    for answer in [http.get("/api/v1/messages").await, http.delete("/api/v1/messages").await] {
        assert_eq!(answer.status, 422);
        assert_eq!(
            answer.json()["errors"][0],
            json!({"field": "session_id", "code": "required", "message": "must be given"})
        );
    }
    assert_eq!(world.upstream.control().request_count(), 0);
    let good = format!("A.z_0:9-{}", "x".repeat(120));
    assert_eq!(say(&http, &good, "hello").await["session_id"], good.as_str());
}

#[tokio::test]
async fn a_reset_begins_anew_and_the_old_text_cannot_be_read_again() {
    let world = World::start().await;
    let http = world.browser().await;
    let path = "/api/v1/messages?session_id=cart-1";
    say(&http, "cart-1", "my address is secret").await;
    let reset = http.delete(path).await;
    assert_eq!((reset.status.as_u16(), reset.text()), (204, ""));
    assert_eq!(reset.header("content-length"), None, "a 204 has none (RFC 9110 section 8.6)");
    assert!(history(&http, "cart-1").await.is_empty());
    // Once more does no harm, also where there is nothing.
    assert_eq!(http.delete(path).await.status, 204);
    assert_eq!(http.delete("/api/v1/messages?session_id=never-used").await.status, 204);

    say(&http, "cart-1", "something new").await;
    assert_eq!(questions(&history(&http, "cart-1").await), ["something new"]);
    let sessions = upstream_sessions(&world);
    assert_ne!(sessions[0], sessions[1]);
    // AnythingLLM is never told to forget: without a session it would wipe everybody's history.
    for request in world.upstream.control().requests() {
        assert_ne!(request.method, http::Method::DELETE);
        assert!(!String::from_utf8_lossy(&request.body).contains("\"reset\""));
    }
}

#[tokio::test]
async fn replicas_see_one_conversation_and_one_reset() {
    let world = World::start().await;
    let replica = world.replica().await;
    let key = world.publishable_key().await;
    let [here, there] = [&world, &replica].map(|w| w.public().bearer(&key).with("origin", ORIGIN));
    say(&here, "cart-1", "first").await;
    say(&there, "cart-1", "second").await;
    say(&here, "cart-1", "third").await;
    for http in [&here, &there] {
        assert_eq!(questions(&history(http, "cart-1").await), ["first", "second", "third"]);
    }
    let old: HashSet<_> = upstream_sessions(&world).into_iter().collect();
    assert_eq!(old.len(), 1);

    assert_eq!(here.delete("/api/v1/messages?session_id=cart-1").await.status, 204);
    assert!(history(&here, "cart-1").await.is_empty());
    // The other one had it in memory.
    eventually(async || {
        let left = history(&there, "cart-1").await;
        if left.is_empty() { Ok(()) } else { Err(left) }
    })
    .await;
    say(&there, "cart-1", "fourth").await;
    say(&here, "cart-1", "fifth").await;
    assert_eq!(questions(&history(&there, "cart-1").await), ["fourth", "fifth"]);
    let all: HashSet<_> = upstream_sessions(&world).into_iter().collect();
    assert_eq!(all.difference(&old).count(), 1);
}

#[tokio::test]
async fn a_history_is_read_in_pages_from_its_end() {
    let world = World::start().await;
    let http = world.browser().await;
    let asked: Vec<String> = (1..=5).map(|n| format!("question number {n}")).collect();
    for question in &asked {
        say(&http, "long", question).await;
    }
    say(&http, "other", "in another conversation").await;
    let whole = history(&http, "long").await;
    assert_eq!(questions(&whole), asked);
    let roles: Vec<&str> = whole.iter().map(|m| m["role"].as_str().unwrap()).collect();
    assert_eq!(roles, ["user", "assistant"].repeat(5));

    for limit in [1, 3, 4, 10] {
        let (mut read, mut cursor, mut pages) = (Vec::new(), String::new(), 0);
        loop {
            let answer = http.get(&format!("/api/v1/messages?session_id=long&limit={limit}{cursor}")).await;
            let page = answer.json();
            let data = page["data"].as_array().unwrap();
            assert!(data.len() <= limit);
            read.splice(0..0, data.iter().cloned());
            pages += 1;
            assert_eq!(page["has_more"], read.len() < whole.len());
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        assert_eq!(read, whole, "in pages of {limit}");
        assert_eq!(pages, whole.len().div_ceil(limit));
    }
    let first = http.get("/api/v1/messages?session_id=long").await.json();
    assert_eq!((first["data"].as_array().unwrap().len(), &first["has_more"]), (10, &json!(false)));
    assert!(first["next_cursor"].is_null());
}

#[tokio::test]
async fn a_stored_message_shows_what_was_said_and_nothing_of_the_installation() {
    let world = World::start().await;
    let http = world.browser().await;
    say(&http, "one", "@agent what does the cordless drill NW-18 cost?").await;
    let messages = history(&http, "one").await;
    let fields = |m: &Value| m.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(fields(&messages[0]), ["ai_generated", "content", "created_at", "id", "role"]);
    assert_eq!(fields(&messages[1]), ["ai_generated", "content", "created_at", "id", "refused", "role", "sources"]);
    assert_eq!(fields(&messages[1]["sources"][0]), ["id", "score", "text", "title", "url"]);
    // As it was typed, not as it was made harmless.
    assert_eq!(messages[0]["content"], "@agent what does the cordless drill NW-18 cost?");
    for message in &messages {
        let id = Uuid::parse_str(message["id"].as_str().unwrap()).expect("ids are UUIDs");
        assert_eq!(id.get_version_num(), 7, "{id}");
        let at = message["created_at"].as_str().unwrap();
        assert!(at.ends_with('Z') && chrono::DateTime::parse_from_rfc3339(at).is_ok(), "{at}");
    }
    assert_ne!(messages[0]["id"], messages[1]["id"]);
    assert_eq!(history(&http, "one").await, messages, "ids stay the same");
}

#[tokio::test]
async fn parameters_of_a_history_are_checked() {
    let world = World::start().await;
    let http = world.server().await;
    say(&http, "one", "hello").await;
    for (query, field) in [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=-1", "limit"),
        ("limit=ten", "limit"),
        ("limit=", "limit"),
        ("limit=1&limit=2", "limit"),
        ("cursor=", "cursor"),
        ("cursor=nonsense", "cursor"),
        ("offset=2", "offset"),
        ("session_id=two", "session_id"),
    ] {
        let answer = http.get(&format!("/api/v1/messages?session_id=one&{query}")).await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (422, "validation_failed"), "{query}");
        assert_eq!(answer.json()["errors"][0]["field"], field, "{query}");
    }
    let several = http.get("/api/v1/messages?limit=0&order=asc").await.json();
    let fields: Vec<&str> =
        several["errors"].as_array().unwrap().iter().map(|e| e["field"].as_str().unwrap()).collect();
    assert_eq!(fields, ["session_id", "limit", "order"]);
}
