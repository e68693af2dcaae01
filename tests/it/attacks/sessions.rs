//! Conversations of others: reading, continuing and forgetting them.

use super::scene::{SAID, Scene};
use super::{Attack, How, OWNER, PAGE, SERVER, get, shot};
use How::{Sent, Steps};
use futures_util::FutureExt as _;
use serde_json::{Value, json};

pub(super) const ATTACKS: &[Attack] = &[
    Attack {
        name: "another key's session id",
        does: "keys of the same workspace and of others read a conversation by its id, which they have seen",
        how: Steps(|scene| read_by_others(scene).boxed()),
        expected: "no word of it -> nothing",
    },
    Attack {
        name: "continuing another key's conversation",
        does: "the shop's back end asks under the session id of a shopper, what was said before",
        how: Steps(|scene| continued(scene).boxed()),
        expected: "200, in a session of its own -> a plain question",
    },
    Attack {
        name: "forgetting another key's conversation",
        does: "another key resets it by its id",
        how: Steps(|scene| forgotten(scene).boxed()),
        expected: "204, and the shopper's is still there -> a history",
    },
    Attack {
        name: "AnythingLLM's name of a session",
        does: "the random name under which AnythingLLM keeps the conversation, used as a session id",
        how: Steps(|scene| by_upstream_name(scene).boxed()),
        expected: "no word of it -> nothing",
    },
    Attack {
        name: "session ids that are no ids",
        does: "wildcards, SQL, paths, `null`, control characters, too long",
        how: Sent(&[
            get("GET /api/v1/messages?session_id=%25", &[PAGE]),
            get("GET /api/v1/messages?session_id=*", &[PAGE]),
            get("GET /api/v1/messages?session_id='%20OR%201=1%20--", &[PAGE]),
            get("GET /api/v1/messages?session_id=../x", &[PAGE]),
            get("GET /api/v1/messages?session_id=a%0d%0ab", &[PAGE]),
            get("GET /api/v1/messages?session_id=a%00b", &[PAGE]),
            get("GET /api/v1/messages?session_id=", &[PAGE]),
            get("GET /api/v1/messages?session_id=<x1100>", &[PAGE]),
            get("GET /api/v1/messages?session_id=%ff", &[PAGE]),
            shot("POST /api/v1/chat", &[PAGE], r#"{"message":"hello","session_id":"a b"}"#),
            shot("POST /api/v1/chat", &[PAGE], r#"{"message":"hello","session_id":""}"#),
            shot("POST /api/v1/chat", &[PAGE], r#"{"message":"hello","session_id":["a"]}"#),
        ]),
        expected: "422 validation_failed -> nothing",
    },
    Attack {
        name: "no session at all",
        does: "in AnythingLLM no session is the history that all share, and a reset without one reaches everybody",
        how: Sent(&[
            get("GET /api/v1/messages", &[PAGE]),
            shot("DELETE /api/v1/messages", &[PAGE], ""),
            shot("POST /api/embed/<pk>/stream-chat", &["origin: https://shop.example"], r#"{"message":"hello"}"#),
            shot(
                "POST /api/embed/<pk>/stream-chat",
                &["origin: https://shop.example"],
                r#"{"message":"hello","sessionId":null}"#,
            ),
            shot(
                "POST /api/embed/<pk>/stream-chat",
                &["origin: https://shop.example"],
                r#"{"message":"hello","sessionId":"guessable"}"#,
            ),
        ]),
        expected: "422 validation_failed -> nothing",
    },
    Attack {
        name: "session given twice",
        does: "two values of one parameter or field, and AnythingLLM's own parameters",
        how: Sent(&[
            get("GET /api/v1/messages?session_id=a&session_id=<victim>", &[PAGE]),
            get("GET /api/v1/messages?session_id=a&apiSessionId=<victim>", &[PAGE]),
            get("GET /api/v1/messages?session_id=a&session_id[]=b", &[PAGE]),
            get("GET /api/v1/messages?session_id=a&limit=-1", &[PAGE]),
            get("GET /api/v1/messages?session_id=a&limit=99999999999999999999", &[PAGE]),
            get("GET /api/v1/messages?session_id=a&cursor='%20OR%201=1", &[PAGE]),
        ]),
        expected: "422 validation_failed -> nothing",
    },
    Attack {
        name: "another key's idempotency key",
        does: "the `Idempotency-Key` and body of a question that another key has asked",
        how: Steps(|scene| replayed(scene).boxed()),
        expected: "another answer in another session -> a plain question",
    },
    Attack {
        name: "one idempotency key, two bodies",
        does: "a stored answer is asked for with another question",
        how: Steps(|scene| two_bodies(scene).boxed()),
        expected: "200, then 422 validation_failed -> a plain question",
    },
    Attack {
        name: "a chat in the name of a visitor",
        does: "`visitor.id` is a label: naming another's opens no conversation of theirs",
        how: Sent(&[
            get("GET /api/v1/messages?session_id=x&visitor=v-1", &[PAGE]),
            get("GET /api/v1/messages?session_id=x&visitor_id=v-1", &[SERVER]),
            get("GET /api/v1/messages?session_id=x&workspace=shop&user_id=1", &[OWNER]),
        ]),
        expected: "422 validation_failed -> nothing",
    },
];

fn mentions(text: &str) -> bool {
    text.contains(SAID) || text.contains("4711-geheim")
}

async fn read_by_others(scene: &Scene) -> String {
    let victim = scene.word("victim");
    let path = format!("/api/v1/messages?session_id={victim}");
    let widget = scene.process.public().with("origin", "https://shop.example");
    let answers = [
        scene.bearer("pk_other").with("origin", "https://shop.example").get(&path).await,
        scene.bearer("pk_null").with("origin", "null").get(&path).await,
        scene.bearer("sk").get(&path).await,
        scene.bearer("sk_all").get(&format!("{path}&workspace=shop")).await,
        scene.bearer("jwt_admin").get(&format!("{path}&workspace=shop")).await,
        widget.get(&format!("/api/embed/{}/{victim}", scene.word("pk_other"))).await,
    ];
    match answers.iter().find(|answer| answer.status != 200 || mentions(answer.text())) {
        None => "no word of it".to_owned(),
        Some(answer) => format!("{answer:?}"),
    }
}

/// The sessions of the questions that AnythingLLM was asked.
fn upstream_sessions(scene: &Scene) -> Vec<String> {
    let requests = scene.world.upstream.control().requests();
    let chats = requests.iter().filter(|request| request.path_and_query.ends_with("/stream-chat"));
    chats
        .map(|chat| serde_json::from_slice::<Value>(&chat.body).unwrap()["sessionId"].as_str().unwrap().to_owned())
        .collect()
}

async fn victims_name(scene: &Scene) -> String {
    let sql = format!(
        "SELECT upstream_session FROM vestibule.conversations WHERE session_id = '{}' ORDER BY started_at LIMIT 1",
        scene.word("victim")
    );
    scene.world.query::<String>(&sql).await.remove(0)
}

async fn continued(scene: &Scene) -> String {
    let name = victims_name(scene).await;
    let question = json!({"message": "What did I say?", "session_id": scene.word("victim"), "mode": "chat"});
    let answer = scene.bearer("sk").post("/api/v1/chat", &question).await;
    let own = upstream_sessions(scene).iter().all(|session| *session != name) && !mentions(answer.text());
    format!("{}, in a session {}", answer.status.as_u16(), if own { "of its own" } else { "OF ANOTHER" })
}

async fn forgotten(scene: &Scene) -> String {
    let path = format!("/api/v1/messages?session_id={}", scene.word("victim"));
    let reset = scene.bearer("sk").delete(&path).await.status.as_u16();
    let there = mentions(scene.page().get(&path).await.text());
    format!("{reset}, and the shopper's is {}", if there { "still there" } else { "GONE" })
}

async fn by_upstream_name(scene: &Scene) -> String {
    let name = victims_name(scene).await;
    let answer = scene.page().get(&format!("/api/v1/messages?session_id={name}")).await;
    if answer.status == 200 && !mentions(answer.text()) { "no word of it".to_owned() } else { format!("{answer:?}") }
}

async fn replayed(scene: &Scene) -> String {
    let question = json!({"message": "Where is it?", "mode": "chat"});
    let mut sessions = Vec::new();
    for http in [scene.page(), scene.bearer("sk")] {
        let answer = http.with("idempotency-key", "order-4711-once").post("/api/v1/chat", &question).await;
        sessions.push(answer.json()["session_id"].as_str().unwrap_or_default().to_owned());
    }
    if sessions[0] == sessions[1] {
        "the same answer".to_owned()
    } else {
        "another answer in another session".to_owned()
    }
}

async fn two_bodies(scene: &Scene) -> String {
    let page = scene.page().with("idempotency-key", "order-4712-once");
    let first = page.post("/api/v1/chat", &json!({"message": "Where is it?", "mode": "chat"})).await;
    let second = page.post("/api/v1/chat", &json!({"message": "Where else?", "mode": "chat"})).await;
    format!("{}, then {} {}", first.status.as_u16(), second.status.as_u16(), second.code())
}
