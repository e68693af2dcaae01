//! What is kept of a question and its answer, and what is not.

use super::{LIST, QUESTION, STRANGE, ask, audited, ids, keep_nothing, listed, ok, staff, transcript, written};
use crate::harness::{ORIGIN, World, eventually};
use serde_json::{Value, json};
use std::time::Duration;
use uuid::Uuid;
use vestibule::app::sweeps::Sweep;
use vestibule_stand_in::Failure;

#[tokio::test]
async fn what_was_asked_is_there_with_its_answer_its_sources_and_its_page() {
    let world = World::start().await;
    let (page, staff) = (world.browser().await, staff(&world).await);
    let body = json!({"message": QUESTION, "visitor": {"id": "v-1", "locale": "de-AT"}});
    let answer = ask(&page, body).await;
    let list = listed(&staff, "", 1).await;
    let row = &list["data"][0];
    assert_eq!((&row["exchanges"], &row["refused"], &row["failed"]), (&json!(1), &json!(0), &json!(0)));
    assert_eq!((&row["question"], &row["origin"], &row["locale"]), (&json!(QUESTION), &json!(ORIGIN), &json!("de-AT")));
    assert_eq!((&row["visitor"], &row["customer"], &row["solved"]), (&json!("v-1"), &Value::Null, &json!(false)));
    // Whoever knows it would read on in the shopper's place.
    assert!(!list.to_string().contains(answer["session_id"].as_str().unwrap()), "{list}");

    let said = transcript(&staff, "").await;
    let message = &said["messages"][0];
    assert_eq!(message["id"], answer["id"]);
    assert_eq!((&message["question"], &message["answer"]), (&json!(QUESTION), &answer["answer"]));
    assert_eq!(
        (&message["outcome"], &message["code"], &message["cached"]),
        (&json!("answered"), &Value::Null, &json!(false))
    );
    assert_eq!(message["sources"][0]["title"], answer["sources"][0]["title"]);
    assert_eq!(message["completion_tokens"], answer["usage"]["completion_tokens"]);
    assert_eq!((&message["question_cut"], &message["answer_cut"]), (&json!(false), &json!(false)));
    // Who has read it stands in the audit log, and not what it says.
    let read = audited(&world, "conversation.read").await;
    assert_eq!(read.len(), 1, "{read:?}");
    assert!(read[0].starts_with("api_key conversation:") && !read[0].contains("drill"), "{read:?}");
}

#[tokio::test]
async fn a_stream_and_anythingllms_widget_are_kept_as_an_answer_is() {
    let world = World::start().await;
    let (key, staff) = (world.publishable_key().await, staff(&world).await);
    let page = world.public().bearer(&key).with("origin", ORIGIN);
    let streamed = page.post("/api/v1/chat", &json!({"message": QUESTION, "stream": true})).await;
    let events = crate::harness::events_of(streamed.text());
    let said = transcript(&staff, "").await;
    assert_eq!(said["messages"][0]["answer"], crate::harness::text_of(&events));
    assert_eq!(said["messages"][0]["id"], events[0].data["id"]);

    let session = Uuid::new_v4();
    let body = json!({"sessionId": session, "message": STRANGE});
    let widget = world.public().with("origin", ORIGIN);
    let answer = widget.post(&format!("/api/embed/{key}/stream-chat"), &body).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let said = transcript(&staff, "refused=true").await;
    let message = &said["messages"][0];
    assert_eq!((&message["question"], &message["outcome"]), (&json!(STRANGE), &json!("refused")));
    assert!(answer.text().contains(message["answer"].as_str().unwrap()), "{message}");
    assert!(answer.text().contains(message["id"].as_str().unwrap()), "{message}");
}

#[tokio::test]
async fn how_it_ended_is_told_when_it_did_not_end_well() {
    let world = World::start().await;
    let (page, staff) = (world.browser().await, staff(&world).await);
    let control = world.upstream.control();
    // Before the answer began, and in the middle of it.
    control.fail_times(Failure::Status500, 1);
    page.post("/api/v1/chat", &json!({"message": "one"})).await;
    control.fail_times(Failure::DropMidStream { after_frames: 2 }, 1);
    page.post("/api/v1/chat", &json!({"message": QUESTION, "stream": true})).await;
    let failed = listed(&staff, "failed=true", 2).await;
    assert!(failed["data"].as_array().unwrap().iter().all(|row| row["failed"] == 1), "{failed}");
    let newest = ok(&staff.get(&format!("{LIST}/{}", ids(&failed)[0])).await);
    assert_eq!(newest["messages"][0]["code"], "upstream_error");
    assert_eq!(newest["messages"][0]["outcome"], "failed");

    // The client leaves: what was told by then is kept.
    control.heal();
    control.set_token_delay(Duration::from_millis(200));
    let mut stream = page.stream("/api/v1/chat", &json!({"message": QUESTION, "stream": true})).await;
    while stream.next().await.expect("it is not over yet").name != "delta" {}
    drop(stream);
    let left = async || {
        let outcomes = world.query::<String>("SELECT outcome FROM vestibule.exchanges ORDER BY at DESC").await;
        if outcomes.first().is_some_and(|outcome| outcome == "left") { Ok(()) } else { Err(outcomes) }
    };
    eventually(left).await;
    listed(&staff, "failed=false", 1).await;
}

#[tokio::test]
async fn where_no_transcripts_are_kept_no_word_is_and_the_outcome_is_known() {
    let world = World::start().await;
    let (page, staff) = (world.browser().await, staff(&world).await);
    keep_nothing(&world).await;
    let settled = async || {
        let request = page.post("/api/v1/chat", &json!({"message": "Swordfish umbrella?"})).await;
        assert_eq!(request.status, 200);
        let query = "SELECT question IS NULL FROM vestibule.exchanges ORDER BY at DESC LIMIT 1";
        if world.query::<bool>(query).await == [true] { Ok(()) } else { Err("words are kept yet") }
    };
    eventually(settled).await;
    let answer = ask(&page, json!({"message": "Swordfish quartz?"})).await;
    assert_eq!(answer["refused"], true);
    let id = answer["id"].as_str().unwrap();
    let mut conversation = None;
    eventually(async || {
        let query = format!("SELECT conversation_id::text FROM vestibule.exchanges WHERE id = '{id}'");
        conversation = world.query::<String>(&query).await.pop();
        conversation.as_ref().map(drop).ok_or("not written yet")
    })
    .await;
    // Those of before the setting was followed.
    world.sql("DELETE FROM vestibule.exchanges WHERE question IS NOT NULL").await;
    let said = ok(&staff.get(&format!("{LIST}/{}", conversation.unwrap())).await);
    let message = &said["messages"][0];
    assert_eq!(
        (&message["question"], &message["answer"], &message["sources"]),
        (&Value::Null, &Value::Null, &json!([]))
    );
    assert_eq!((&said["question"], &message["outcome"]), (&Value::Null, &json!("refused")));
    assert_eq!(ok(&staff.get(super::GAPS).await)["data"], json!([]));
    // A reason is words, too.
    let path = format!("/api/v1/messages/{}/feedback", answer["id"].as_str().unwrap());
    let rated = ok(&page.post(&path, &json!({"value": "down", "reason": "Swordfish!"})).await);
    assert_eq!((&rated["value"], &rated["reason"]), (&json!("down"), &Value::Null));
    let everything = "SELECT coalesce(string_agg(e::text, ' '), '') FROM vestibule.exchanges AS e";
    let [all] = &world.query::<String>(everything).await[..] else { panic!("one text") };
    assert!(!all.to_lowercase().contains("swordfish"), "{all}");
    assert!(all.contains("down"), "{all}");
}

#[tokio::test]
async fn what_is_long_is_cut_and_says_so() {
    let world = World::start().await;
    world.change_settings(r#"settings = settings || '{"max_message_chars": 32000}', max_message_chars = 32000"#).await;
    let (server, staff) = (world.server().await, staff(&world).await);
    let long = format!("{QUESTION} {}", "x".repeat(20_000));
    let asked = async || {
        let answer = server.post("/api/v1/chat", &json!({"message": long})).await;
        if answer.status == 200 { Ok(()) } else { Err(answer.text().to_owned()) }
    };
    eventually(asked).await;
    let said = transcript(&staff, "").await;
    let message = &said["messages"][0];
    assert_eq!(message["question_cut"], true);
    let kept = message["question"].as_str().unwrap();
    assert!(kept.len() == 16 * 1024 && long.starts_with(kept));
}

#[tokio::test]
async fn words_leave_with_the_retention() {
    let world = World::start().await;
    let (page, staff) = (world.browser().await, staff(&world).await);
    let session = ask(&page, json!({"message": QUESTION})).await["session_id"].clone();
    ask(&page, json!({"message": "And the battery of the drill?", "session_id": session})).await;
    written(&world, 2).await;
    world.change_settings("retention_days = 30").await;
    // One is older than that, and the conversation goes on.
    world.sql("UPDATE vestibule.exchanges SET at = at - interval '31 days' WHERE question LIKE 'What%'").await;
    Sweep::Transcripts.round(&world.database, &world.ambient).await;
    let said = transcript(&staff, "").await;
    assert_eq!(said["messages"].as_array().unwrap().len(), 1);
    assert_eq!(said["messages"][0]["question"], "And the battery of the drill?");
    // With the conversation everything of it goes.
    world.sql("UPDATE vestibule.conversations SET started_at = now() - interval '40 days', last_at = now() - interval '40 days'").await;
    Sweep::Conversations.round(&world.database, &world.ambient).await;
    listed(&staff, "", 0).await;
    written(&world, 0).await;
}

#[tokio::test]
async fn an_exchange_of_a_conversation_that_is_gone_is_not_brought_back() {
    let world = World::start().await;
    let page = world.browser().await;
    let mut table = world.lock("vestibule.exchanges").await;
    ask(&page, json!({"message": QUESTION})).await;
    table.awaited().await;
    table.release().await;
    written(&world, 1).await;
    let mut table = world.lock("vestibule.usage_marks").await;
    ask(&page, json!({"message": STRANGE})).await;
    table.awaited().await;
    world.sql("DELETE FROM vestibule.conversations").await;
    table.release().await;
    let marker = page.with("x-request-id", "after-it-was-gone");
    ask(&marker, json!({"message": QUESTION})).await;
    world.until_recorded("after-it-was-gone").await;
    let kept = world.query::<String>("SELECT question FROM vestibule.exchanges").await;
    assert_eq!(kept, [QUESTION], "only the last one has a conversation");
}
