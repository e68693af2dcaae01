//! What readers think of answers.

use super::{QUESTION, ask, faults, listed, ok, staff, staff_with, told, transcript};
use crate::harness::{Http, KeySpec, ORIGIN, World, eventually};
use crate::visitors::Visitor;
use serde_json::{Value, json};
use uuid::Uuid;
use vestibule::domain::key::KeyKind;
use vestibule::domain::scope::Scope;

fn path(answer: &Value) -> String {
    format!("/api/v1/messages/{}/feedback", answer["id"].as_str().unwrap())
}

async fn rate(client: &Http, answer: &Value, value: &str) -> crate::harness::Answer {
    client.post(&path(answer), &json!({"value": value})).await
}

#[tokio::test]
async fn whoever_had_the_answer_rates_it_at_once_changes_their_mind_and_nobody_else_does() {
    let world = World::start().await;
    let staff = staff(&world).await;
    let page = world.browser().await;
    let answer = ask(&page, json!({"message": QUESTION})).await;
    // At once: what was answered may not be in the database yet.
    let rated = ok(&page.post(&path(&answer), &json!({"value": "down", "reason": " Which currency? "})).await);
    assert_eq!(rated, json!({"id": answer["id"], "value": "down", "reason": "Which currency?"}));
    assert_eq!(ok(&rate(&page, &answer, "down").await)["reason"], Value::Null, "the same, without a reason");
    assert_eq!(transcript(&staff, "feedback=down").await["messages"][0]["feedback"], "down");
    ok(&rate(&page, &answer, "up").await);
    listed(&staff, "feedback=down", 0).await;
    assert_eq!(listed(&staff, "feedback=up", 1).await["data"][0]["up"], 1);

    // Another key, another visitor, a key of the shop's back end: to them there is no such answer.
    let visitor = Visitor::arrive(&page, &json!({})).await;
    for stranger in [&world.browser().await, &visitor.http, &world.server().await] {
        assert_eq!(told(&rate(stranger, &answer, "down").await), (404, "not_found".into()));
    }
    let theirs = ask(&visitor.http, json!({"message": QUESTION})).await;
    assert_eq!(told(&rate(&page, &theirs, "down").await), (404, "not_found".into()));
    ok(&rate(&visitor.http, &theirs, "up").await);
    listed(&staff, "feedback=up", 2).await;
}

#[tokio::test]
async fn an_answer_is_rated_by_its_id_in_the_history_too() {
    let world = World::start().await;
    let (page, staff) = (world.browser().await, staff(&world).await);
    let answer = ask(&page, json!({"message": QUESTION})).await;
    let session = answer["session_id"].as_str().unwrap();
    let history = ok(&page.get(&format!("/api/v1/messages?session_id={session}")).await);
    let shown = &history["data"][1];
    assert_eq!(shown["role"], "assistant");
    ok(&rate(&page, shown, "down").await);
    assert_eq!(transcript(&staff, "feedback=down").await["messages"][0]["id"], answer["id"]);
    // A question is no answer.
    assert_eq!(told(&rate(&page, &history["data"][0], "up").await), (404, "not_found".into()));
}

#[tokio::test]
async fn a_history_tells_its_reader_what_they_think_and_nobody_else() {
    let world = World::start().await;
    let page = world.browser().await;
    let session = "thumbs-1";
    let told = async |client: &Http| {
        let history = ok(&client.get(&format!("/api/v1/messages?session_id={session}")).await);
        let thumb = |message: &Value| message.get("feedback").cloned();
        history["data"].as_array().unwrap().iter().map(thumb).collect::<Vec<_>>()
    };
    let first = ask(&page, json!({"message": QUESTION, "session_id": session})).await;
    ask(&page, json!({"message": QUESTION, "session_id": session})).await;
    assert_eq!(told(&page).await, [None, None, None, None], "nothing was said yet");
    ok(&rate(&page, &first, "down").await);
    assert_eq!(told(&page).await, [None, Some(json!("down")), None, None]);
    // By its id in the history, and with another opinion.
    let history = ok(&page.get(&format!("/api/v1/messages?session_id={session}&limit=1")).await);
    ok(&rate(&page, &history["data"][0], "up").await);
    ok(&rate(&page, &first, "up").await);
    assert_eq!(told(&page).await, [None, Some(json!("up")), None, Some(json!("up"))]);
    let second = world.replica().await;
    let elsewhere = second.public().bearer(&world.publishable_key().await).with("origin", ORIGIN);
    assert_eq!(told(&elsewhere).await, [], "another key's conversation of the same name is another one");
    // Anew, nothing of it is left.
    assert_eq!(page.delete(&format!("/api/v1/messages?session_id={session}")).await.status, 204);
    ask(&page, json!({"message": QUESTION, "session_id": session})).await;
    assert_eq!(told(&page).await, [None, None]);
}

#[tokio::test]
async fn a_history_is_shown_without_ratings_when_they_cannot_be_read() {
    let world = World::start().await;
    let page = world.browser().await;
    let answer = ask(&page, json!({"message": QUESTION, "session_id": "thumbs-2"})).await;
    ok(&rate(&page, &answer, "up").await);
    world.sql("ALTER TABLE vestibule.exchanges RENAME TO put_away").await;
    let history = ok(&page.get("/api/v1/messages?session_id=thumbs-2").await);
    assert_eq!(history["data"].as_array().unwrap().len(), 2);
    assert_eq!(history["data"][1].get("feedback"), None);
}

#[tokio::test]
async fn what_is_no_rating_is_refused() {
    let world = World::start().await;
    let page = world.browser().await;
    let answer = ask(&page, json!({"message": QUESTION})).await;
    for (body, field, code) in [
        (json!({}), "value", "required"),
        (json!({"value": "sideways"}), "value", "format"),
        (json!({"value": "up", "stars": 5}), "stars", "unknown"),
        (json!({"value": "up", "reason": "x".repeat(501)}), "reason", "too_long"),
        (json!({"value": "up", "reason": "a\u{0}b"}), "reason", "format"),
    ] {
        assert_eq!(faults(&page.post(&path(&answer), &body).await), [(field.into(), code.into())], "{body}");
    }
    let old = Uuid::parse_str("01890000-0000-7000-8000-000000000000").unwrap();
    for id in [old.to_string(), Uuid::nil().to_string(), "x".into()] {
        let missing = page.post(&format!("/api/v1/messages/{id}/feedback"), &json!({"value": "up"})).await;
        assert_eq!(told(&missing), (404, "not_found".into()), "{id}");
    }
    let strange = page.with("origin", "https://evil.example");
    assert_eq!(told(&rate(&strange, &answer, "up").await), (403, "forbidden_origin".into()));
    let without = staff_with(&world, &[Scope::ChatWrite, Scope::WidgetRead]).await;
    assert_eq!(told(&rate(&without, &answer, "up").await), (403, "insufficient_scope".into()));
    assert_eq!(told(&rate(&world.public(), &answer, "up").await), (401, "unauthenticated".into()));
}

#[tokio::test]
async fn a_widget_is_told_whether_its_readers_may_rate() {
    let world = World::start().await;
    let may = |client: Http| async move {
        ok(&client.get("/api/v1/widget/config").await)["capabilities"]["feedback"].clone()
    };
    let page = world.browser().await;
    assert_eq!(may(page.clone()).await, true);
    let visitor = Visitor::arrive(&page, &json!({})).await;
    assert_eq!(may(visitor.http.clone()).await, true);
    // A key from before this could be done.
    let scopes = Scope::PUBLISHABLE.into_iter().filter(|scope| *scope != Scope::FeedbackWrite).collect();
    let key = world.key(KeySpec { scopes, ..world.spec(KeyKind::Publishable) }).await;
    let older = world.public().bearer(&key).with("origin", ORIGIN);
    assert_eq!(may(older.clone()).await, false);
    let session = ok(&older.post("/api/v1/widget/session", &json!({})).await);
    assert_eq!(session["config"]["capabilities"], json!({"feedback": false, "handover": false}));
}

#[tokio::test]
async fn any_replica_takes_it() {
    let world = World::start().await;
    let (second, third) = (world.replica().await, world.replica().await);
    let key = world.publishable_key().await;
    let at = |world: &World| world.public().bearer(&key).with("origin", ORIGIN);
    for one in [&world, &second, &third] {
        let answer = ask(&at(one), json!({"message": QUESTION})).await;
        for other in [&second, &third, &world] {
            ok(&rate(&at(other), &answer, "up").await);
        }
    }
    eventually(async || {
        let found = world.query::<i64>("SELECT count(*) FROM vestibule.exchanges WHERE feedback = 'up'").await;
        if found == [3] { Ok(()) } else { Err(found) }
    })
    .await;
}
