//! Conversations and gaps, as a merchandiser goes through them in the morning.

use super::{Staff, populated};
use crate::harness::{World, eventually};
use serde_json::json;

const CONVERSATIONS: &str = "/console/workspaces/shop/conversations";
const GAPS: &str = "/console/workspaces/shop/gaps";
const IN_VAIN: &str = "Is the xylophone <script>alert(1)</script> made of quartz?";

async fn asked(world: &World, question: &str) -> serde_json::Value {
    let answer = world.server().await.post("/api/v1/chat", &json!({"message": question, "mode": "query"})).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

/// Waits until the page has the text, and gives the page.
async fn shows(staff: &mut Staff, path: &str, text: &str) -> String {
    let mut found = String::new();
    eventually(async || {
        found = staff.clone().page(path).await;
        if found.contains(text) { Ok(()) } else { Err(found.clone()) }
    })
    .await;
    staff.page(path).await
}

#[tokio::test]
async fn a_question_in_vain_leads_to_the_document_that_answers_it() {
    let world = populated(World::builder()).await;
    let mut mona = Staff::log_in(&world, "mona").await;
    assert!(mona.page(CONVERSATIONS).await.contains("Nobody has asked anything"));
    assert!(mona.page(GAPS).await.contains("Nothing was asked in vain"));
    assert_eq!(asked(&world, IN_VAIN).await["refused"], true);
    let list = shows(&mut mona, CONVERSATIONS, "xylophone").await;
    assert!(list.contains("Nothing found") && !list.contains("<script>alert"), "{list}");
    let gaps = shows(&mut mona, GAPS, "xylophone").await;
    assert!(!gaps.contains("<script>alert"), "{gaps}");

    let empty = mona.post(GAPS, &[("title", "Xylophones"), ("text", "")]).await;
    assert_eq!(empty.status, 422, "{}", empty.text());
    let text = "The xylophone is made of quartz and alert.";
    let written = mona.done(GAPS, &[("title", "Xylophones"), ("text", text)]).await;
    assert!(written.contains("The document is there"), "{written}");
    let again = asked(&world, "Is the xylophone made of quartz?").await;
    assert_eq!(again["refused"], false, "{again}");
}

#[tokio::test]
async fn a_conversation_is_read_noted_and_taken_along() {
    let world = populated(World::builder()).await;
    let mut mona = Staff::log_in(&world, "mona").await;
    asked(&world, "How strong is the drill?").await;
    let list = shows(&mut mona, CONVERSATIONS, "How strong is the drill?").await;
    let place = list.split("href=\"").filter_map(|part| part.split('"').next()).find(|place| {
        place.strip_prefix(CONVERSATIONS).and_then(|rest| rest.strip_prefix('/')).is_some_and(|id| id.len() == 36)
    });
    let place = place.unwrap().to_owned();
    let page = mona.page(&place).await;
    assert!(page.contains("Answered") && page.contains("What the answer rests on"), "{page}");
    let version = page.split("name=\"version\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let noted = mona.done(&place, &[("note", "<b>Ask the maker</b>"), ("solved", "yes"), ("version", &version)]).await;
    assert!(noted.contains("The note is kept") && noted.contains("&lt;b&gt;Ask the maker"), "{noted}");
    let late = mona.post(&place, &[("note", "over it"), ("version", &version)]).await;
    assert_eq!(late.status, 412, "{}", late.text());
    assert!(mona.page(&format!("{CONVERSATIONS}?which=solved")).await.contains("drill"));
    assert!(mona.page(&format!("{CONVERSATIONS}?which=refused")).await.contains("No conversation is like that"));
    let file = mona.get("/console/workspaces/shop/conversations-file?format=csv").await;
    assert!(file.status == 200 && file.text().contains("How strong is the drill?"), "{}", file.text());
    let log: Vec<String> = world.query("SELECT action FROM vestibule.audit_log").await;
    assert!(log.iter().any(|action| action == "conversation.read"), "{log:?}");
    mona.post("/console/language", &[("language", "de")]).await;
    assert!(mona.page(CONVERSATIONS).await.contains("Gespräche"));
}

#[tokio::test]
async fn conversations_are_for_whoever_manages_the_workspace() {
    let world = populated(World::builder()).await;
    let mut dora = Staff::log_in(&world, "dora").await;
    for path in [CONVERSATIONS, GAPS] {
        assert_eq!(dora.get(path).await.status, 403, "{path}");
    }
    let mut mona = Staff::log_in(&world, "mona").await;
    for path in ["/console/workspaces/none/conversations", "/console/workspaces/none/gaps"] {
        assert_eq!(mona.get(path).await.status, 404, "{path}");
    }
    let unknown = format!("{CONVERSATIONS}/01a22d88-cf3a-7f3b-ba17-7d9e73100781");
    assert_eq!(mona.get(&unknown).await.status, 404);
}
