//! The playground: the question goes a shopper's way, with a key's limits, and is marked.

use super::{Staff, populated};
use crate::harness::{KeySpec, World, events_of};
use vestibule::domain::key::{ApiKey, KeyKind, KeyLimits};

const PAGE: &str = "/console/workspaces/shop/playground";
const ASK: &str = "/console/workspaces/shop/playground/ask";
const QUESTION: &str = "What does the cordless drill NW-18 cost?";

fn public_id(key: &str) -> String {
    ApiKey::parse(key).unwrap().public_id().to_string()
}

async fn limited(world: &World, limits: KeyLimits) -> String {
    public_id(&world.key(KeySpec { limits, ..world.spec(KeyKind::Publishable) }).await)
}

#[tokio::test]
async fn a_question_is_answered_whole_without_scripts() {
    let world = populated(World::builder()).await;
    let mut mona = Staff::log_in(&world, "mona").await;
    let empty = mona.page(PAGE).await;
    assert!(empty.contains("no publishable key that can be used") && empty.contains("/console/keys?workspace=shop"));
    let key = limited(&world, KeyLimits::default()).await;
    mona.page(PAGE).await;
    let answer = mona.post(ASK, &[("key", &key), ("message", QUESTION), ("locale", "de-AT")]).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert!(answer.header("ai-disclosure").is_some());
    let page = answer.text();
    assert!(
        page.contains("189 euros") && page.contains("<ol class=\"sources\">") && page.contains("stand-in-model"),
        "{page}"
    );
    assert!(page.contains("event: start") && page.contains("event: done"), "the raw events: {page}");
    assert!(page.contains("as a page of <bdi dir=\"auto\">https://shop.example</bdi>"));
    // It goes on where it was.
    let session = page.split("name=\"session_id\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    assert!(session.starts_with("playground-"), "{session}");
    let again = mona.post(ASK, &[("key", &key), ("message", QUESTION), ("session_id", &session)]).await;
    assert!(again.text().contains(&format!("value=\"{session}\"")));
    let conversations: Vec<i64> = world.query("SELECT count(*) FROM vestibule.conversations").await;
    assert_eq!(conversations, [1]);
    let foreign = mona.post(ASK, &[("key", &key), ("message", QUESTION), ("session_id", "order-4711")]).await;
    assert!(!foreign.text().contains("order-4711"), "no session but the playground's own");
}

#[tokio::test]
async fn with_the_script_the_answer_is_streamed() {
    let world = populated(World::builder()).await;
    let key = limited(&world, KeyLimits::default()).await;
    let mut mona = Staff::log_in(&world, "mona").await;
    mona.page(PAGE).await;
    let mut script = mona.clone();
    script.http = script.http.with("accept", "text/event-stream");
    let answer = script.post(ASK, &[("key", &key), ("message", QUESTION)]).await;
    assert!(answer.header("content-type").unwrap().starts_with("text/event-stream"));
    let names: Vec<_> = events_of(answer.text()).into_iter().map(|event| event.name).collect();
    assert_eq!((names.first().map(String::as_str), names.last().map(String::as_str)), (Some("start"), Some("done")));
    assert!(names.iter().any(|name| name == "sources"));
    let refused = script.post(ASK, &[("key", "none"), ("message", "")]).await;
    let events = events_of(refused.text());
    assert_eq!((events.len(), events[0].name.as_str()), (1, "error"));
    assert_eq!(events[0].data["code"], "validation_failed");
}

#[tokio::test]
async fn a_keys_limits_and_quotas_hold() {
    let world = populated(World::builder()).await;
    let once = limited(&world, KeyLimits { messages_per_day: Some(1), ..KeyLimits::default() }).await;
    let slow = limited(&world, KeyLimits { per_visitor_per_minute: Some(1), ..KeyLimits::default() }).await;
    let mut mona = Staff::log_in(&world, "mona").await;
    mona.page(PAGE).await;
    for (key, code) in [(&once, "quota_exceeded"), (&slow, "rate_limited")] {
        assert_eq!(mona.post(ASK, &[("key", key), ("message", QUESTION)]).await.status, 200, "{code}");
        let refused = mona.post(ASK, &[("key", key), ("message", QUESTION)]).await;
        assert_eq!(refused.status, 429, "{code}");
        assert!(refused.text().contains(code) && refused.text().contains(QUESTION), "{}", refused.text());
    }
    // Somebody else is another visitor.
    let mut anna = Staff::log_in(&world, "anna").await;
    anna.page(PAGE).await;
    assert_eq!(anna.post(ASK, &[("key", &slow), ("message", QUESTION)]).await.status, 200);
}

#[tokio::test]
async fn it_counts_for_the_key_and_is_marked() {
    let world = populated(World::builder()).await;
    let key = limited(&world, KeyLimits::default()).await;
    let mut mona = Staff::log_in(&world, "mona").await;
    mona.page(PAGE).await;
    let answer = mona.post(ASK, &[("key", &key), ("message", QUESTION)]).await;
    world.until_recorded(answer.header("x-request-id").unwrap()).await;
    let recorded: Vec<String> = world
        .query(
            "SELECT concat_ws(' ', e.route, e.outcome, k.public_id, e.user_id > 0, e.prompt_tokens > 0, e.origin, \
             starts_with(e.visitor, 'visitor:'))
             FROM vestibule.usage_events e JOIN vestibule.api_keys k ON k.id = e.api_key_id",
        )
        .await;
    assert_eq!(recorded, [format!("console.playground.ask ok {key} t t t")]);
    let own: Vec<i64> = world
        .query("SELECT count(*) FROM vestibule.usage_events WHERE workspace_id IS NULL AND api_key_id IS NOT NULL")
        .await;
    assert_eq!(own, [1], "no shopper's usage of the workspace");
    let sessions: Vec<String> = world.query("SELECT session_id FROM vestibule.conversations").await;
    assert!(sessions[0].starts_with("playground-"), "{sessions:?}");
}

#[tokio::test]
async fn no_key_but_a_usable_publishable_one_of_the_workspace() {
    let world = populated(World::builder()).await;
    let other = world.add_workspace("other").await;
    let revoked = world.publishable_key().await;
    world.revoke(&revoked).await;
    let keys = [
        (public_id(&world.key(world.spec(KeyKind::Secret)).await), 422),
        (public_id(&world.key(KeySpec { workspace: Some(other.id), ..world.spec(KeyKind::Publishable) }).await), 422),
        ("AAAAAAAAAAAA".into(), 422),
        ("<script>".into(), 422),
        (public_id(&revoked), 422),
    ];
    let good = limited(&world, KeyLimits::default()).await;
    let mut mona = Staff::log_in(&world, "mona").await;
    mona.page(PAGE).await;
    let asked = world.upstream.control().request_count();
    for (key, status) in &keys {
        let answer = mona.post(ASK, &[("key", key), ("message", "<script>alert(1)</script>")]).await;
        assert_eq!(answer.status.as_u16(), *status, "{key}: {}", answer.text());
        assert!(!answer.text().contains("<script>alert"), "{}", answer.text());
        assert!(answer.text().contains("&lt;script&gt;alert(1)&lt;/script&gt;"), "what was written stays");
    }
    for message in [String::new(), "x".repeat(4001)] {
        assert_eq!(mona.post(ASK, &[("key", good.as_str()), ("message", message.as_str())]).await.status, 422);
    }
    let bad = mona.post(ASK, &[("key", &good), ("message", "x"), ("locale", "de_AT")]).await;
    assert!(bad.text().contains("id=\"f-locale-fault\""), "{}", bad.text());
    assert_eq!(world.upstream.control().request_count(), asked, "AnythingLLM was asked nothing");
}

#[tokio::test]
async fn who_manages_no_keys_and_who_is_elsewhere() {
    let world = populated(World::builder()).await;
    let key = limited(&world, KeyLimits::default()).await;
    let mut dora = Staff::log_in(&world, "dora").await;
    dora.page("/console/people").await;
    assert_eq!(dora.get(PAGE).await.status, 403);
    assert_eq!(dora.post(ASK, &[("key", &key), ("message", QUESTION)]).await.status, 403);
    let mut mona = Staff::log_in(&world, "mona").await;
    mona.page(PAGE).await;
    assert_eq!(mona.get("/console/workspaces/none-such/playground").await.status, 404);
    let elsewhere = mona.post("/console/workspaces/none-such/playground/ask", &[("key", &key), ("message", "x")]).await;
    assert_eq!(elsewhere.status, 404);
    world.sql("UPDATE vestibule.workspaces SET status = 'paused' WHERE slug = 'shop'").await;
    crate::harness::eventually(async || {
        let page = mona.page(PAGE).await;
        if page.contains("This workspace is not active") { Ok(()) } else { Err(page) }
    })
    .await;
    assert_eq!(mona.post(ASK, &[("key", &key), ("message", QUESTION)]).await.status, 404, "as for every shopper");
}
