//! Whose conversations are whose, and how they are found again.

use super::{CHEAP, Visitor, faults, identified, identity_token, page, told};
use crate::harness::{KeySpec, World, eventually};
use chrono::TimeDelta;
use serde_json::json;
use vestibule::app::sweeps::Sweep;
use vestibule::domain::key::KeyKind;

#[tokio::test]
async fn another_visitors_session_id_opens_nothing() {
    let world = World::start().await;
    let (page, _) = page(&world).await;
    let (one, other) = (Visitor::arrive(&page, &json!({})).await, Visitor::arrive(&page, &json!({})).await);
    one.ask("same").await;
    assert_eq!(other.said("same").await, 0);
    // The same session id of another visitor, and of the key alone, is another conversation.
    other.ask("same").await;
    other.ask("same").await;
    page.post("/api/v1/chat", &json!({"message": "x", "session_id": "same"})).await;
    assert_eq!(one.said("same").await, 2);
    assert_eq!(other.said("same").await, 4);
    let upstream: Vec<String> = world.query("SELECT DISTINCT upstream_session FROM vestibule.conversations").await;
    assert_eq!(upstream.len(), 3);
    let reset = other.http.delete("/api/v1/messages?session_id=same").await;
    assert_eq!(reset.status, 204);
    assert_eq!((one.said("same").await, other.said("same").await), (2, 0));
}

#[tokio::test]
async fn a_list_has_the_callers_own_and_newest_first() {
    let world = World::start().await;
    let (page, _) = page(&world).await;
    let (one, other) = (Visitor::arrive(&page, &json!({})).await, Visitor::arrive(&page, &json!({})).await);
    other.ask("theirs").await;
    for session in ["a", "b", "c"] {
        one.ask(session).await;
    }
    one.ask("b").await;
    assert_eq!(one.conversations().await, ["c", "b", "a"]);
    let first = one.http.get(&format!("{CHEAP}?limit=2")).await.json();
    assert_eq!(first["has_more"], true);
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = one.http.get(&format!("{CHEAP}?limit=2&cursor={cursor}")).await.json();
    assert_eq!((&second["has_more"], &second["next_cursor"]), (&json!(false), &json!(null)));
    assert_eq!(second["data"][0]["session_id"], "a");
    // Counted by the batch writer, a moment later.
    let counted = async || {
        let list = one.http.get(CHEAP).await.json();
        let conversation = list["data"][1].clone();
        if conversation["messages"] == 2 && conversation["last_at"].as_str() >= conversation["started_at"].as_str() {
            Ok(())
        } else {
            Err(conversation)
        }
    };
    eventually(counted).await;
    for (query, field) in [("limit=0", "limit"), ("cursor=x", "cursor"), ("page=1", "page")] {
        assert_eq!(faults(&one.http.get(&format!("{CHEAP}?{query}")).await)[0].0, field);
    }
    assert_eq!(told(&one.http.get(&format!("{CHEAP}?workspace=other")).await), (404, "not_found".into()));
}

#[tokio::test]
async fn a_publishable_key_alone_lists_nobodys_conversations() {
    let world = World::start().await;
    let (page, _) = page(&world).await;
    page.post("/api/v1/chat", &json!({"message": "x", "session_id": "of-a-shopper"})).await;
    let answer = page.get(CHEAP).await;
    assert_eq!(told(&answer), (403, "forbidden".into()));
    assert!(!answer.text().contains("of-a-shopper"));
    let server = world.server().await;
    server.post("/api/v1/chat", &json!({"message": "x", "session_id": "of-the-server"})).await;
    assert_eq!(server.get(CHEAP).await.json()["data"][0]["session_id"], "of-the-server");
    let tenant_wide = world.key(KeySpec { workspace: None, ..world.spec(KeyKind::Secret) }).await;
    let tenant_wide = world.public().bearer(&tenant_wide);
    assert_eq!(faults(&tenant_wide.get(CHEAP).await), [("workspace".into(), "required".into())]);
    assert_eq!(tenant_wide.get(&format!("{CHEAP}?workspace=shop")).await.json()["data"], json!([]));
}

#[tokio::test]
async fn what_a_shop_does_not_keep_is_not_listed() {
    let world = World::start().await;
    let (page, _) = page(&world).await;
    let visitor = Visitor::arrive(&page, &json!({})).await;
    visitor.ask("s1").await;
    // The message is counted behind the answer, and moves `last_at`.
    eventually(async || {
        let counts: Vec<i32> = world.query("SELECT message_count FROM vestibule.conversations").await;
        if counts.iter().all(|count| *count > 0) { Ok(()) } else { Err(counts) }
    })
    .await;
    world.change_settings("retention_days = 7").await;
    world.sql("UPDATE vestibule.conversations SET started_at = now() - interval '8 days', last_at = now() - interval '8 days'").await;
    eventually(async || {
        let list = visitor.conversations().await;
        if list.is_empty() { Ok(()) } else { Err(list) }
    })
    .await;
    visitor.ask("s2").await;
    assert_eq!(visitor.conversations().await, ["s2"]);
    Sweep::Conversations.round(&world.database, &world.ambient).await;
    let kept: Vec<String> = world.query("SELECT session_id FROM vestibule.conversations").await;
    assert_eq!(kept, ["s2"], "the sweep knows no difference between owners");
    world.change_settings(r#"settings = settings || '{"store_transcripts": false}'"#).await;
    eventually(async || {
        let list = visitor.conversations().await;
        if list.is_empty() { Ok(()) } else { Err(list) }
    })
    .await;
}

#[tokio::test]
async fn a_customer_finds_their_conversations_on_another_device() {
    let world = World::start().await;
    let secret = identified(&world, false).await;
    let (phone, _) = page(&world).await;
    let (computer, _) = page(&world).await;
    let token = |subject: &str| json!({"identity_token": identity_token(&world, &secret, subject)});
    let anna = Visitor::arrive(&phone, &token("anna")).await;
    anna.ask("returns").await;
    let at_home = Visitor::arrive(&computer, &token("anna")).await;
    assert_ne!(at_home.id, anna.id);
    assert_eq!(at_home.conversations().await, ["returns"]);
    assert_eq!(at_home.said("returns").await, 2);
    let bert = Visitor::arrive(&computer, &token("bert")).await;
    assert!(bert.conversations().await.is_empty());
    assert_eq!(bert.said("returns").await, 0);
    // Logged out, the browser is nobody in particular again.
    let out = Visitor::arrive(&computer, &json!({"visitor_id": at_home.id})).await;
    assert!(out.conversations().await.is_empty());
    assert_eq!(out.said("returns").await, 0);
    let stored: Vec<String> = world.query("SELECT owner || coalesce(visitor, '') FROM vestibule.conversations").await;
    assert!(stored.iter().all(|text| !text.contains("anna")), "{stored:?}");
}

#[tokio::test]
async fn a_visitor_who_logs_in_takes_their_conversations_along_once() {
    let world = World::start().await;
    let secret = identified(&world, false).await;
    let (page, _) = page(&world).await;
    let earlier = Visitor::arrive(&page, &json!({"identity_token": identity_token(&world, &secret, "anna")})).await;
    earlier.ask("main").await;
    let anonymous = Visitor::arrive(&page, &json!({})).await;
    anonymous.ask("main").await;
    anonymous.ask("main").await;
    anonymous.ask("shipping").await;
    let body = json!({"visitor_id": anonymous.id, "identity_token": identity_token(&world, &secret, "anna")});
    let anna = Visitor::arrive(&page, &body).await;
    let all = anna.conversations().await;
    assert_eq!(all.len(), 3, "{all:?}");
    assert_eq!(anna.said("shipping").await, 2);
    assert_eq!(anna.said("main").await, 2, "the customer's own");
    let renamed = all.iter().find(|session| session.starts_with("main.")).unwrap();
    assert_eq!(anna.said(renamed).await, 4, "and the visitor's of the same name beside it");
    // The token that the browser had before opens them no more.
    let lost = async || {
        let left = (anonymous.conversations().await, anonymous.said("shipping").await);
        if left == (Vec::new(), 0) { Ok(()) } else { Err(left) }
    };
    eventually(lost).await;
    // Whoever logs in next in this browser gets none of it.
    let body = json!({"visitor_id": anonymous.id, "identity_token": identity_token(&world, &secret, "bert")});
    assert!(Visitor::arrive(&page, &body).await.conversations().await.is_empty());
    assert_eq!(anna.conversations().await.len(), 3);
}

#[tokio::test]
async fn a_customer_is_named_in_the_middle_of_a_visit() {
    let world = World::start().await;
    let secret = identified(&world, false).await;
    let (page, _) = page(&world).await;
    let anonymous = Visitor::arrive(&page, &json!({})).await;
    anonymous.ask("s1").await;
    let named = json!({"identity_token": identity_token(&world, &secret, "anna")});
    let anna = Visitor::arrive(&anonymous.http, &named).await;
    assert_eq!(anna.id, anonymous.id);
    assert_eq!(anna.conversations().await, ["s1"]);
    // Renewed without being named again, they stay who they are.
    let renewed = Visitor::arrive(&anna.http, &json!({})).await;
    assert_eq!(renewed.claims()["ref"], anna.claims()["ref"]);
    assert_eq!(renewed.conversations().await, ["s1"]);
    // Another customer in the same browser takes nothing along.
    let other = json!({"identity_token": identity_token(&world, &secret, "bert")});
    let bert = Visitor::arrive(&anna.http, &other).await;
    assert!(bert.conversations().await.is_empty());
    assert_eq!(anna.conversations().await, ["s1"]);
    let later = world.later(TimeDelta::minutes(5)).await;
    let there = later.public().bearer(&renewed.token).with("origin", crate::harness::ORIGIN);
    assert_eq!(there.get(CHEAP).await.json()["data"][0]["session_id"], "s1");
}
