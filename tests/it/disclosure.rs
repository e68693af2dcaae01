//! That an AI answers is told to the shopper before the first message, is waived only with a written reason, and is
//! marked for machines wherever an answer stands (Regulation (EU) 2024/1689, article 50).

use crate::harness::{Answer, Http, KeySpec, ORIGIN, World, WorldBuilder, events_of, eventually};
use http::Method;
use serde_json::{Value, json};
use uuid::Uuid;
use vestibule::domain::key::KeyKind;
use vestibule::domain::scope::Scope;

const QUESTION: &str = "What does the cordless drill NW-18 cost?";
const DISCLOSURE: &str = "You are chatting with an AI assistant.";
const REASON: &str = "The page shows the sentence itself, above the chat.";
const MARK: Option<&str> = Some("mode=ai-originated");

fn world() -> WorldBuilder {
    World::builder()
}

async fn change(world: &World, patch: &Value) -> Answer {
    let scopes = [Scope::WorkspacesRead, Scope::WorkspacesWrite].into_iter().collect();
    let key = world.key(KeySpec { scopes, ..world.spec(KeyKind::Secret) }).await;
    let staff = world.public().bearer(&key).with("if-match", "*");
    let staff = staff.with("content-type", "application/merge-patch+json");
    staff.send(Method::PATCH, "/api/v1/workspaces/shop", patch.to_string()).await
}

/// What the widget that we have shows when it opens.
async fn opened(page: &Http, key: &str, session: Uuid) -> Vec<Value> {
    let answer = page.get(&format!("/api/embed/{key}/{session}")).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["history"].as_array().unwrap().clone()
}

#[tokio::test]
async fn the_widget_opens_with_it_in_the_shoppers_language_and_with_the_greeting() {
    let world = world().start().await;
    let key = world.publishable_key().await;
    let page = world.public().with("origin", ORIGIN);
    let session = Uuid::new_v4();
    let first = opened(&page, &key, session).await;
    assert_eq!((first.len(), &first[0]["content"], &first[0]["role"]), (1, &json!(DISCLOSURE), &json!("assistant")));
    let asked = json!({"sessionId": session, "message": QUESTION}).to_string();
    let text = page.with("content-type", "text/plain");
    let chat = text.send(Method::POST, &format!("/api/embed/{key}/stream-chat"), asked).await;
    assert_eq!(chat.header("ai-disclosure"), MARK);
    let after = opened(&page, &key, session).await;
    assert_eq!((after.len(), &after[0]["content"], &after[1]["content"]), (3, &json!(DISCLOSURE), &json!(QUESTION)));

    let german = json!({
        "settings": {"locales": ["de"]},
        "widget": {"greeting": "Hello!", "translations": {"de": {"greeting": "Guten Tag!", "ai_disclosure": "Hier antwortet eine KI."}}}
    });
    assert_eq!(change(&world, &german).await.status, 200);
    eventually(async || {
        let shown = opened(&page.with("accept-language", "de-AT"), &key, Uuid::new_v4()).await;
        if shown[0]["content"] == "Hier antwortet eine KI.\n\nGuten Tag!" { Ok(()) } else { Err(shown) }
    })
    .await;
}

#[tokio::test]
async fn it_is_waived_only_with_a_written_reason_which_the_audit_log_keeps() {
    let world = world().start().await;
    let (key, browser) = (world.publishable_key().await, world.browser().await);
    let page = world.public().with("origin", ORIGIN);
    for (patch, field) in [
        (json!({"ai_disclosure": ""}), "settings.ai_disclosure"),
        (json!({"ai_disclosure": "   "}), "settings.ai_disclosure"),
        (json!({"ai_disclosure": "\u{200b}"}), "settings.ai_disclosure"),
        (json!({"ai_disclosure_waiver": "\u{200b}".repeat(25)}), "settings.ai_disclosure_waiver"),
        (json!({"ai_disclosure_waiver": "\u{3164}".repeat(25)}), "settings.ai_disclosure_waiver"),
        (json!({"ai_disclosure_waiver": ""}), "settings.ai_disclosure_waiver"),
        (json!({"ai_disclosure_waiver": "no"}), "settings.ai_disclosure_waiver"),
        (json!({"ai_disclosure_waiver": format!("a{}b", " ".repeat(3))}), "settings.ai_disclosure_waiver"),
        (json!({"ai_disclosure_waiver": " ".repeat(40)}), "settings.ai_disclosure_waiver"),
        (json!({"ai_disclosure_waiver": "x".repeat(1001)}), "settings.ai_disclosure_waiver"),
    ] {
        let answer = change(&world, &json!({"settings": patch})).await;
        assert_eq!((answer.status.as_u16(), &answer.json()["errors"][0]["field"]), (422, &json!(field)), "{patch}");
    }
    // A merge patch that removes the sentence brings its default back.
    assert_eq!(change(&world, &json!({"settings": {"ai_disclosure": null}})).await.status, 200);
    assert_eq!(browser.get("/api/v1/widget/config").await.json()["ai_disclosure"], DISCLOSURE);
    assert_eq!(opened(&page, &key, Uuid::new_v4()).await.len(), 1);

    let waived = change(&world, &json!({"settings": {"ai_disclosure_waiver": REASON}})).await;
    assert_eq!(waived.status, 200, "{}", waived.text());
    assert_eq!(waived.json()["settings"]["ai_disclosure_waiver"], REASON);
    eventually(async || {
        let config = browser.get("/api/v1/widget/config").await.json();
        if config["ai_disclosure"].is_null() { Ok(()) } else { Err(config) }
    })
    .await;
    assert!(opened(&page, &key, Uuid::new_v4()).await.is_empty());
    // Nor does a translation bring it back.
    let german = json!({"settings": {"locales": ["en", "de"]}, "widget": {"translations": {"de": {"title": "Beratung", "ai_disclosure": "Hier antwortet eine KI."}}}});
    assert_eq!(change(&world, &german).await.status, 200);
    eventually(async || {
        let config = browser.get("/api/v1/widget/config?locale=de").await.json();
        let is_known = config["title"] == "Beratung" && config["ai_disclosure"].is_null();
        if is_known { Ok(()) } else { Err(config) }
    })
    .await;
    let entries = "
        SELECT after::text FROM vestibule.audit_log
        WHERE action = 'workspace.updated' ORDER BY id DESC LIMIT 1 OFFSET 1";
    let entry = world.query::<String>(entries).await;
    assert!(entry[0].contains(REASON), "{entry:?}");

    let back = change(&world, &json!({"settings": {"ai_disclosure_waiver": null}})).await;
    assert_eq!((back.status.as_u16(), &back.json()["settings"]["ai_disclosure"]), (200, &json!(DISCLOSURE)));
    eventually(async || {
        let config = browser.get("/api/v1/widget/config").await.json();
        if config["ai_disclosure"] == DISCLOSURE { Ok(()) } else { Err(config) }
    })
    .await;
}

#[tokio::test]
async fn what_a_model_has_written_is_marked_wherever_it_stands() {
    let world = world().start().await;
    let (browser, server) = (world.browser().await, world.server().await);
    let question = json!({"message": QUESTION, "session_id": "marked"});
    let once = server.with("idempotency-key", "marked-1");
    for _ in 0..2 {
        let answer = once.post("/api/v1/chat", &question).await;
        assert_eq!((answer.header("ai-disclosure"), &answer.json()["ai_generated"]), (MARK, &json!(true)));
    }
    let streamed = json!({"message": QUESTION, "stream": true});
    let answer = browser.post("/api/v1/chat", &streamed).await;
    assert_eq!(answer.header("ai-disclosure"), MARK);
    assert!(answer.header("access-control-expose-headers").unwrap().contains("AI-Disclosure"), "pages may read it");
    let events = events_of(answer.text());
    assert_eq!(events.last().unwrap().data["ai_generated"], true);

    let history = server.get("/api/v1/messages?session_id=marked").await;
    assert_eq!(history.header("ai-disclosure"), MARK);
    let marks: Vec<_> = history.json()["data"].as_array().unwrap().iter().map(|m| m["ai_generated"].clone()).collect();
    assert_eq!(marks, [json!(false), json!(true)]);

    // The shop's own sentence, for which no model was asked.
    let refused = server.post("/api/v1/chat", &json!({"message": "zebra giraffe"})).await.json();
    assert_eq!((&refused["refused"], &refused["ai_generated"]), (&json!(true), &json!(false)));
    let refused = browser.post("/api/v1/chat", &json!({"message": "zebra giraffe", "stream": true})).await;
    assert_eq!(events_of(refused.text()).last().unwrap().data["ai_generated"], false);
    // What no model has written carries no mark.
    let found = server.post("/api/v1/knowledge/query", &json!({"query": "drill"})).await;
    assert_eq!((found.status.as_u16(), found.header("ai-disclosure")), (200, None));
    assert_eq!(server.post("/api/v1/chat", &json!({})).await.header("ai-disclosure"), None);
}
