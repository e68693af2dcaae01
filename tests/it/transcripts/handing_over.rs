//! Hand-overs: what a shopper writes to people is kept once, read by staff, found, taken along, and erased.

use super::{
    ERASURES, LIST, QUESTION, ask, audited, faults, ids, keep_nothing, listed, ok, patch, staff, staff_with, told,
    written,
};
use crate::harness::{Answer, Http, KeySpec, ORIGIN, World, eventually};
use crate::visitors::{Visitor, identified, identity_token};
use serde_json::{Value, json};
use vestibule::domain::key::KeyKind;
use vestibule::domain::scope::Scope;

const HANDOVER: &str = "/api/v1/widget/handover";

/// What a shopper writes.
fn letter() -> Value {
    json!({
        "session_id": "s-1", "message": " Where is my order? ", "name": "Mona <b>", "email": "mona@example.com",
        "phone": "+49 30 123456", "order_number": "4711", "company": "ACME", "locale": "de-AT",
    })
}

fn with(field: &str, value: Value) -> Value {
    let mut letter = letter();
    letter[field] = value;
    letter
}

/// A world whose workspace has a form.
async fn world_with_form() -> World {
    let world = World::start().await;
    takes_forms(&world, r#"{"handoff_mode": "contact_form"}"#).await;
    world
}

/// Sets members of the group `support`, and waits until the gateway has heard of it.
async fn takes_forms(world: &World, support: &str) {
    world.change_settings(&format!("support = support || '{support}'")).await;
    let page = world.browser().await;
    eventually(async || {
        let config = ok(&page.get("/api/v1/widget/config").await);
        if config["capabilities"]["handover"] == true { Ok(()) } else { Err(config["support"].clone()) }
    })
    .await;
}

async fn hand_over(client: &Http, body: &Value) -> Value {
    let answer = client.post(HANDOVER, body).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.json()
}

#[tokio::test]
async fn what_a_shopper_writes_is_in_the_inbox_with_their_contact() {
    let world = world_with_form().await;
    let (page, staff) = (world.browser().await, staff(&world).await);
    let visitor = Visitor::arrive(&page, &json!({})).await;
    ask(&visitor.http, json!({"message": QUESTION, "session_id": "s-1"})).await;
    ask(&visitor.http, json!({"message": QUESTION, "session_id": "s-2"})).await;
    written(&world, 2).await;
    let all = listed(&staff, "", 2).await;
    let of_s1 = ids(&all)[1].clone();
    ok(&patch(&staff, &format!("{LIST}/{of_s1}"), Some("*"), &json!({"solved": true})).await);

    let kept = hand_over(&visitor.http, &letter()).await;
    assert_eq!(kept["session_id"], "s-1");
    let found = listed(&staff, "handed_over=true", 1).await;
    assert_eq!(ids(&found), std::slice::from_ref(&of_s1), "it belongs to the conversation");
    let row = &found["data"][0];
    assert_eq!((&row["handovers"], &row["handed_over_at"]), (&json!(1), &kept["created_at"]));
    assert_eq!((&row["solved"], &row["exchanges"]), (&json!(false), &json!(1)), "there is something to do again");
    assert_eq!(ids(&listed(&staff, "", 2).await)[0], of_s1, "the newest");
    assert_eq!(listed(&staff, "handed_over=false", 1).await["data"][0]["handovers"], 0);

    let transcript = ok(&staff.get(&format!("{LIST}/{of_s1}")).await);
    let [one] = &transcript["handovers_written"].as_array().unwrap()[..] else { panic!("{transcript}") };
    assert_eq!(one["id"], kept["id"]);
    assert_eq!(one["message"], "Where is my order?");
    assert_eq!(
        one["contact"],
        json!({"name": "Mona <b>", "email": "mona@example.com", "phone": "+49 30 123456", "order_number": "4711",
            "company": "ACME"})
    );
    assert_eq!((&one["origin"], &one["locale"], &one["consented"]), (&json!(ORIGIN), &json!("de-AT"), &json!(false)));
    // In the audit log, without a word of it.
    let log = audited(&world, "conversation.handed_over").await;
    assert_eq!(log, [format!("api_key conversation:{of_s1}  ")]);
}

#[tokio::test]
async fn the_same_once_more_is_the_same_hand_over_also_of_a_form_that_is_sent_twice_at_once() {
    let world = world_with_form().await;
    let (second, key) = (world.replica().await, world.publishable_key().await);
    let at = |world: &World| world.public().bearer(&key).with("origin", ORIGIN);
    let (here, there) = (at(&world), at(&second));
    let sent = letter();
    let answers = tokio::join!(here.post(HANDOVER, &sent), there.post(HANDOVER, &sent), here.post(HANDOVER, &sent));
    let answers: Vec<Answer> = [answers.0, answers.1, answers.2].into();
    let made: Vec<_> = answers.iter().filter(|answer| answer.status == 201).collect();
    assert_eq!(made.len(), 1, "{:?}", answers.iter().map(Answer::text).collect::<Vec<_>>());
    let again = there.post(HANDOVER, &sent).await;
    assert_eq!((again.status.as_u16(), again.json()), (200, made[0].json()));
    // Other words are another one, and the same words in another conversation.
    hand_over(&here, &with("message", json!("And my invoice?"))).await;
    hand_over(&here, &with("session_id", json!("s-2"))).await;
    assert_eq!(world.query::<i64>("SELECT count(*) FROM vestibule.handovers").await, [3]);
    assert_eq!(audited(&world, "conversation.handed_over").await.len(), 3);
}

#[tokio::test]
async fn every_fault_is_named_and_uses_up_nothing() {
    let world = world_with_form().await;
    let page = world.browser().await;
    let answer = page
        .post(
            HANDOVER,
            &json!({"session_id": "a b", "message": " ", "name": "x".repeat(201), "email": "nobody", "phone": "call",
                "order_number": "1\r\nBcc: x@y", "company": "a\u{0}b", "locale": "neither"}),
        )
        .await;
    let named = ["session_id", "locale", "name", "email", "phone", "order_number", "company", "message"];
    let all = faults(&answer);
    assert_eq!(all.iter().map(|(field, _)| field.as_str()).collect::<Vec<_>>(), named);
    for (body, field, code) in [
        (with("subject", json!("x")), "subject", "unknown"),
        (with("message", json!("x".repeat(4001))), "message", "too_long"),
        (with("message", json!("a\u{0}b")), "message", "format"),
        (with("email", json!("x".repeat(250) + "@y.example")), "email", "too_long"),
        (with("consent", json!("yes")), "consent", "type"),
        (json!({"session_id": "s-1", "message": "x"}), "email", "required"),
        (json!({"session_id": "s-1", "message": "x", "email": " "}), "email", "required"),
        (json!({"message": "x", "email": "a@b"}), "session_id", "required"),
    ] {
        assert_eq!(faults(&page.post(HANDOVER, &body).await), [(field.into(), code.into())], "{body}");
    }
    assert_eq!(world.query::<i64>("SELECT count(*) FROM vestibule.handovers").await, [0]);
    assert_eq!(world.query::<i64>("SELECT count(*) FROM vestibule.conversations").await, [0], "nothing was begun");
    // Longest of everything is fine.
    let longest = json!({"session_id": "s".repeat(128), "message": "\u{1F6D2}".repeat(4000), "name": "ü".repeat(200),
        "phone": "1".repeat(40), "order_number": "n".repeat(100), "company": "c".repeat(200)});
    hand_over(&page, &longest).await;
}

#[tokio::test]
async fn consent_is_asked_for_where_the_workspace_does() {
    let world = world_with_form().await;
    world.change_settings(r#"settings = settings || '{"consent_required": true}'"#).await;
    let page = world.browser().await;
    eventually(async || {
        let refused = page.post(HANDOVER, &letter()).await;
        if refused.status == 422 { Ok(()) } else { Err(refused.text().to_owned()) }
    })
    .await;
    assert_eq!(faults(&page.post(HANDOVER, &letter()).await), [("consent".into(), "required".into())]);
    hand_over(&page, &with("consent", json!(true))).await;
    assert_eq!(world.query::<bool>("SELECT consented FROM vestibule.handovers ORDER BY id DESC LIMIT 1").await, [true]);
}

#[tokio::test]
async fn only_workspaces_with_a_form_take_any() {
    let world = World::start().await;
    let page = world.browser().await;
    let none = (404, "not_found".to_owned());
    assert_eq!(told(&page.post(HANDOVER, &letter()).await), none, "off");
    let config = ok(&page.get("/api/v1/widget/config").await);
    assert_eq!(config["capabilities"], json!({"feedback": true, "handover": false}));
    world.change_settings(r#"support = support || '{"handoff_mode": "email", "contact_email": "a@b.example"}'"#).await;
    eventually(async || {
        let config = ok(&page.get("/api/v1/widget/config").await);
        if config["support"]["handoff_mode"] == "email" { Ok(()) } else { Err(config) }
    })
    .await;
    assert_eq!(told(&page.post(HANDOVER, &letter()).await), none);
    takes_forms(&world, r#"{"handoff_mode": "contact_form"}"#).await;
    // Who may not ask the assistant may not ask people either, and is told so beforehand.
    let key =
        world.key(KeySpec { scopes: [Scope::WidgetRead].into_iter().collect(), ..world.spec(KeyKind::Publishable) });
    let reader = world.public().bearer(&key.await).with("origin", ORIGIN);
    assert_eq!(told(&reader.post(HANDOVER, &letter()).await), (403, "insufficient_scope".into()));
    let config = ok(&reader.get("/api/v1/widget/config").await);
    assert_eq!(config["capabilities"], json!({"feedback": false, "handover": false}));
    assert_eq!(told(&world.public().post(HANDOVER, &letter()).await), (401, "unauthenticated".into()));
    let strange = page.with("origin", "https://evil.example");
    assert_eq!(told(&strange.post(HANDOVER, &letter()).await), (403, "forbidden_origin".into()));
    assert_eq!(told(&page.post(HANDOVER, &with("workspace", json!("other"))).await), none);
    let paused = page.post(&format!("{HANDOVER}?x=1"), &letter()).await;
    assert_eq!(faults(&paused), [("x".into(), "unknown".into())]);
    world.set_status(world.workspace.id, "paused").await;
    eventually(async || {
        let refused = page.post(HANDOVER, &letter()).await;
        if refused.status == 201 || refused.status == 200 { Err(refused.text().to_owned()) } else { Ok(()) }
    })
    .await;
}

#[tokio::test]
async fn a_conversation_of_somebody_else_is_not_reached_by_its_name() {
    let world = world_with_form().await;
    let (page, staff) = (world.browser().await, staff(&world).await);
    let (one, other) = (Visitor::arrive(&page, &json!({})).await, Visitor::arrive(&page, &json!({})).await);
    ask(&one.http, json!({"message": QUESTION, "session_id": "s-1"})).await;
    written(&world, 1).await;
    hand_over(&other.http, &letter()).await;
    let found = listed(&staff, "handed_over=true", 1).await;
    assert_eq!(found["data"][0]["exchanges"], 0, "a conversation of their own");
    assert_eq!(listed(&staff, "handed_over=false", 1).await["data"][0]["exchanges"], 1);
    assert_eq!(ok(&one.http.get("/api/v1/messages?session_id=s-1").await)["data"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn it_is_kept_and_found_where_no_transcripts_are_and_nothing_was_asked() {
    let world = world_with_form().await;
    keep_nothing(&world).await;
    let (page, staff) = (world.browser().await, staff(&world).await);
    let key = world.publishable_key().await;
    hand_over(&page, &letter()).await;
    for (query, count) in [
        ("", 1),
        ("q=order", 1),
        ("q=zebra", 0),
        ("locale=de", 1),
        ("locale=fr", 0),
        (&format!("origin={ORIGIN}"), 1),
        ("origin=https://other.example", 0),
        ("refused=false&failed=false", 1),
        ("refused=true", 0),
        ("failed=true", 0),
        ("feedback=up", 0),
        ("solved=false", 1),
        ("solved=true", 0),
        ("handed_over=true&from=2020-01-01T00:00:00Z", 1),
        ("to=2020-01-01T00:00:00Z", 0),
        ("handed_over=false", 0),
    ] {
        let page = ok(&staff.get(&format!("{LIST}?{query}")).await);
        assert_eq!(page["data"].as_array().unwrap().len(), count, "{query}");
        let export = staff.get(&format!("{LIST}/export?format=jsonl&{query}")).await;
        assert_eq!(export.text().lines().count(), count, "{query}: {}", export.text());
    }
    drop(key);
}

#[tokio::test]
async fn it_is_taken_along_with_the_conversations() {
    let world = world_with_form().await;
    let (page, staff) = (world.browser().await, staff(&world).await);
    ask(&page, json!({"message": QUESTION, "session_id": "s-1"})).await;
    written(&world, 1).await;
    hand_over(&page, &with("message", json!("=cmd|' /C calc'!A0, really?"))).await;
    let lines = staff.get(&format!("{LIST}/export?format=jsonl")).await;
    let lines: Vec<Value> = lines.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((&lines[0]["outcome"], &lines[1]["outcome"]), (&json!("answered"), &json!("handed_over")));
    assert_eq!(lines[1]["contact"]["email"], "mona@example.com");
    assert_eq!(lines[0]["conversation"], lines[1]["conversation"]);
    let csv = staff.get(&format!("{LIST}/export?format=csv")).await.text().to_owned();
    let rows: Vec<_> = csv.lines().collect();
    assert!(rows[0].ends_with(",cut,name,email,phone,order_number,company,solved,note,ai_generated"), "{}", rows[0]);
    assert!(
        rows[2].contains("handed_over") && rows[2].ends_with("mona@example.com,'+49 30 123456,4711,ACME,false,,false"),
        "{csv}"
    );
    assert!(!rows[2].contains(",=cmd") && !rows[2].contains("\"=cmd"), "no formula: {csv}");
    // More than one page of them.
    for n in 0..150 {
        world
            .sql(&format!(
                "INSERT INTO vestibule.handovers (id, tenant_id, workspace_id, conversation_id, at, email, message,
                   consented, digest)
                 SELECT gen_random_uuid(), tenant_id, workspace_id, conversation_id, now(), 'a@b', 'n-{n}', false,
                   sha256('{n}') FROM vestibule.transcripts"
            ))
            .await;
    }
    let lines = staff.get(&format!("{LIST}/export?format=jsonl")).await;
    assert_eq!(lines.text().lines().count(), 152);
    let transcript = ok(&staff.get(&format!("{LIST}/{}", ids(&listed(&staff, "", 1).await)[0])).await);
    assert_eq!(transcript["handovers_written"].as_array().unwrap().len(), 100, "the newest");
}

#[tokio::test]
async fn it_is_gone_when_the_visitor_is_erased_and_after_its_time() {
    let world = world_with_form().await;
    let (page, staff) = (world.browser().await, staff(&world).await);
    let (one, other) = (Visitor::arrive(&page, &json!({})).await, Visitor::arrive(&page, &json!({})).await);
    hand_over(&one.http, &with("message", json!("Swordfish"))).await;
    hand_over(&other.http, &letter()).await;
    let ordered = staff.post(ERASURES, &json!({"visitor_id": one.id})).await;
    let place = ordered.header("location").unwrap().to_owned();
    let mut receipt = Value::Null;
    eventually(async || {
        receipt = ok(&staff.get(&place).await);
        if receipt["finished_at"].is_null() { Err(receipt.clone()) } else { Ok(()) }
    })
    .await;
    assert_eq!((&receipt["removed"]["handovers"], &receipt["removed"]["conversations"]), (&json!(1), &json!(1)));
    assert_eq!(world.query::<String>("SELECT message FROM vestibule.handovers").await, ["Where is my order?"]);
    // The sweep's own work, with a clock of a year later.
    world.change_settings(r#"settings = settings || '{"retention_days": 30}', retention_days = 30"#).await;
    let (tenant, now) = (world.workspace.tenant, world.ambient.now());
    let kept = world.database.handovers().delete_beyond_retention(tenant, now + chrono::TimeDelta::days(29)).await;
    assert_eq!(kept, Ok(0));
    let gone = world.database.handovers().delete_beyond_retention(tenant, now + chrono::TimeDelta::days(31)).await;
    assert_eq!(gone, Ok(1));
}

#[tokio::test]
async fn there_are_few_a_day_of_a_visitor_and_of_an_address_and_customers_have_their_own() {
    let world = World::builder()
        .set("LIMITS_HANDOVERS_PER_IP_PER_DAY", 3)
        .set("LIMITS_HANDOVERS_PER_VISITOR_PER_DAY", 2)
        .start()
        .await;
    takes_forms(&world, r#"{"handoff_mode": "contact_form"}"#).await;
    let page = world.browser().await;
    let nth = |n: usize| with("message", json!(format!("number {n}")));
    let refused = async |client: &Http, n| {
        let answer = client.post(HANDOVER, &nth(n)).await;
        assert_eq!(answer.status, 429, "{}", answer.text());
        assert!(answer.header("retry-after").is_some());
        answer.json()["violated_policies"].clone()
    };
    let one = Visitor::arrive(&page, &json!({})).await;
    hand_over(&one.http, &nth(1)).await;
    // What is not good takes nothing.
    assert_eq!(one.http.post(HANDOVER, &with("email", json!("x"))).await.status, 422);
    hand_over(&one.http, &nth(2)).await;
    assert_eq!(refused(&one.http, 3).await, json!(["visitor-handovers-day"]));
    let other = Visitor::arrive(&page, &json!({})).await;
    hand_over(&other.http, &nth(1)).await;
    assert_eq!(refused(&other.http, 2).await, json!(["ip-handovers-day"]));
    // Whoever sends the key itself shares the address with their like.
    for n in 1..=3 {
        hand_over(&page, &nth(n)).await;
    }
    assert_eq!(refused(&page, 4).await, json!(["ip-handovers-day"]));
    // A customer whom the shop has named is not held up by others at the address, and a back end speaks for many.
    let secret = identified(&world, false).await;
    let key = world.publishable_key().await;
    let page = world.public().bearer(&key).with("origin", ORIGIN);
    let token = identity_token(&world, &secret, "customer-1");
    let customer = Visitor::arrive(&page, &json!({"identity_token": token})).await;
    hand_over(&customer.http, &nth(1)).await;
    hand_over(&customer.http, &nth(2)).await;
    assert_eq!(refused(&customer.http, 3).await, json!(["visitor-handovers-day"]));
    let back_end = staff_with(&world, &[Scope::ChatWrite]).await;
    for n in 1..=5 {
        hand_over(&back_end, &nth(n)).await;
    }
}

#[tokio::test]
async fn without_the_database_nothing_is_said_to_be_kept() {
    let world = world_with_form().await;
    let page = world.browser().await;
    hand_over(&page, &letter()).await;
    world.set_read_only(true).await;
    let refused = page.post(HANDOVER, &with("message", json!("Lost?"))).await;
    assert_eq!(told(&refused), (503, "service_unavailable".into()));
    assert!(!refused.text().contains("mona"), "{}", refused.text());
    world.set_read_only(false).await;
    eventually(async || {
        let answer = page.post(HANDOVER, &with("message", json!("Lost?"))).await;
        if answer.status == 201 { Ok(()) } else { Err(answer.text().to_owned()) }
    })
    .await;
    world.cut_off_the_database().await;
    let refused = page.post(HANDOVER, &with("message", json!("And now?"))).await;
    assert_eq!(told(&refused), (503, "service_unavailable".into()));
    world.restore_the_database().await;
}
