//! Erasing: what was said is gone, here and in AnythingLLM, and what others said is not.

use super::{ERASURES, LIST, QUESTION, STRANGE, ask, audited, faults, ids, listed, ok, staff, told, written};
use crate::harness::{Answer, Http, KeySpec, Process, World, eventually};
use crate::visitors::{Visitor, identified, identity_token};
use serde_json::{Value, json};
use std::time::Instant;
use uuid::Uuid;
use vestibule::domain::key::{KeyKind, KeyLimits};
use vestibule_stand_in::Failure;

/// Orders it, and waits for the receipt.
async fn erased(staff: &Http, order: &Value) -> Value {
    let ordered = staff.post(ERASURES, order).await;
    assert_eq!(ordered.status, 202, "{}", ordered.text());
    finished(staff, ordered.header("location").unwrap()).await
}

/// The receipt, once there is nothing left to do. However long it takes: it goes on.
async fn finished(staff: &Http, place: &str) -> Value {
    let mut receipt = ok(&staff.get(place).await);
    while receipt["finished_at"].is_null() {
        let before = receipt;
        receipt = before.clone();
        eventually(async || {
            receipt = ok(&staff.get(place).await);
            if receipt == before { Err(receipt.clone()) } else { Ok(()) }
        })
        .await;
    }
    receipt
}

/// Everything that AnythingLLM has stored of anybody.
async fn stored_upstream(world: &World) -> Vec<String> {
    chats_upstream(world).await.into_iter().map(|(_, prompt)| prompt).collect()
}

/// The same with the chats' numbers.
async fn chats_upstream(world: &World) -> Vec<(i64, String)> {
    let base = world.upstream.url();
    let address = base.trim_start_matches("http://").parse().unwrap();
    let client = Http::new(address).bearer(world.upstream.api_key());
    let mut all = Vec::new();
    for page in 0.. {
        let chats = ok(&client.post("/api/v1/admin/workspace-chats", &json!({"offset": page})).await);
        let rows = chats["chats"].as_array().unwrap().clone();
        all.extend(rows.iter().map(|row| (row["id"].as_i64().unwrap(), row["prompt"].as_str().unwrap().to_owned())));
        if chats["hasPages"] == false {
            break;
        }
    }
    all
}

async fn accounts_upstream(world: &World) -> Vec<String> {
    let address = world.upstream.url().trim_start_matches("http://").parse().unwrap();
    let client = Http::new(address).bearer(world.upstream.api_key());
    let users = ok(&client.get("/api/v1/admin/users").await);
    users["users"].as_array().unwrap().iter().map(|user| user["username"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn all_of_a_visitors_words_are_gone_everywhere_and_nobody_elses() {
    let world = World::start().await;
    let (page, staff) = (world.browser().await, staff(&world).await);
    let (one, other) = (Visitor::arrive(&page, &json!({})).await, Visitor::arrive(&page, &json!({})).await);
    let body = json!({"message": "Swordfish: what does the drill cost?", "session_id": "s-1"});
    let first = one.http.with("idempotency-key", "k-1").post("/api/v1/chat", &body).await.json();
    ask(&one.http, json!({"message": "Swordfish again?", "session_id": "s-1"})).await;
    // Begun anew: what was said before is still in AnythingLLM.
    assert_eq!(one.http.delete("/api/v1/messages?session_id=s-1").await.status, 204);
    ask(&one.http, json!({"message": "Swordfish once more?", "session_id": "s-1"})).await;
    ask(&other.http, json!({"message": QUESTION, "session_id": "s-1"})).await;
    written(&world, 4).await;
    ok(&one
        .http
        .post(
            &format!("/api/v1/messages/{}/feedback", first["id"].as_str().unwrap()),
            &json!({"value": "down", "reason": "Swordfish"}),
        )
        .await);
    let accounts = accounts_upstream(&world).await;
    assert_eq!(stored_upstream(&world).await.len(), 4);

    let receipt = erased(&staff, &json!({"visitor_id": one.id})).await;
    assert_eq!(
        (&receipt["status"], &receipt["kind"], &receipt["remaining"]),
        (&json!("done"), &json!("visitor"), &json!([]))
    );
    let removed = &receipt["removed"];
    assert_eq!((&removed["conversations"], &removed["exchanges"]), (&json!(1), &json!(3)));
    assert_eq!((&removed["idempotent_answers"], &removed["upstream_sessions"]), (&json!(1), &json!(2)));
    assert_eq!(removed["upstream_chats"], 3);
    assert!(removed["usage_events"].as_u64().unwrap() >= 4, "{receipt}");
    assert!(!receipt["out_of_reach"].as_array().unwrap().is_empty());

    assert_eq!(stored_upstream(&world).await, [QUESTION], "what the other one said");
    assert_eq!(accounts_upstream(&world).await, accounts, "the account is gone, too");
    assert_eq!(listed(&staff, "", 1).await["data"][0]["question"], QUESTION);
    assert_eq!(ok(&other.http.get("/api/v1/messages?session_id=s-1").await)["data"].as_array().unwrap().len(), 2);
    assert_eq!(ok(&one.http.get("/api/v1/messages?session_id=s-1").await)["data"], json!([]));
    // The same request is asked anew, not answered from what was kept.
    let again = one.http.with("idempotency-key", "k-1").post("/api/v1/chat", &body).await.json();
    assert_ne!(again["id"], first["id"]);

    // Nothing anywhere in the database says the word, nor who it was that said it.
    erased(&staff, &json!({"visitor_id": one.id})).await;
    let tables = "SELECT c.relname::text FROM pg_class c WHERE c.relnamespace = 'vestibule'::regnamespace AND c.relkind IN ('r', 'p')";
    let name = world.query::<String>("SELECT visitor FROM vestibule.conversations WHERE visitor IS NOT NULL").await;
    for table in world.query::<String>(tables).await {
        let query = format!("SELECT coalesce(string_agg(t::text, ' '), '') FROM vestibule.{table} AS t");
        let [all] = &world.query::<String>(&query).await[..] else { panic!("one text") };
        assert!(!all.to_lowercase().contains("swordfish"), "{table}: {all}");
    }
    assert_eq!(name.len(), 1, "the other one is still known");
    let log = audited(&world, "erasure.ordered").await;
    assert!(log[0].contains(r#""kind": "visitor""#), "{log:?}");
    assert_eq!(audited(&world, "erasure.finished").await.len(), 2);
}

#[tokio::test]
async fn a_customers_words_go_by_the_shops_name_for_them_also_those_of_before_they_logged_in() {
    let world = World::start().await;
    let (page, staff) = (world.browser().await, staff(&world).await);
    let secret = identified(&world, false).await;
    let anonymous = Visitor::arrive(&page, &json!({})).await;
    ask(&anonymous.http, json!({"message": QUESTION})).await;
    let token = identity_token(&world, &secret, "anna");
    let anna = Visitor::arrive(&page, &json!({"visitor_id": anonymous.id, "identity_token": token})).await;
    ask(&anna.http, json!({"message": QUESTION})).await;
    let berta = Visitor::arrive(&page, &json!({"identity_token": identity_token(&world, &secret, "berta")})).await;
    ask(&berta.http, json!({"message": STRANGE})).await;
    written(&world, 3).await;
    let receipt = erased(&staff, &json!({"subject": "anna"})).await;
    assert_eq!((&receipt["status"], &receipt["removed"]["conversations"]), (&json!("done"), &json!(2)), "{receipt}");
    assert_eq!(stored_upstream(&world).await, [STRANGE]);
    // Somebody whom nobody knows has said nothing.
    let nobody = erased(&staff, &json!({"subject": "carla"})).await;
    assert_eq!((&nobody["status"], &nobody["removed"]["conversations"]), (&json!("done"), &json!(0)));
    listed(&staff, "", 1).await;
}

#[tokio::test]
async fn a_conversation_goes_alone_and_what_is_old_goes_with_all_its_visitors() {
    let world = World::start().await;
    let (page, staff) = (world.browser().await, staff(&world).await);
    for (count, message) in ["one drill?", "two drill?", "three drill?"].into_iter().enumerate() {
        ask(&page, json!({"message": message, "visitor": {"id": "v"}})).await;
        written(&world, i64::try_from(count).unwrap() + 1).await;
    }
    let [_, second, first] = &ids(&listed(&staff, "", 3).await)[..] else { panic!("three") };
    let receipt = erased(&staff, &json!({"conversation_id": second})).await;
    assert_eq!(receipt["removed"]["upstream_chats"], 1, "{receipt}");
    assert_eq!(told(&staff.get(&format!("{LIST}/{second}")).await), (404, "not_found".into()));
    assert_eq!(stored_upstream(&world).await, ["three drill?", "one drill?"]);

    world.sql(&format!(
        "UPDATE vestibule.conversations SET started_at = now() - interval '9 days', last_at = now() - interval '9 days' WHERE id = '{first}'"
    )).await;
    let before = (world.ambient.now() - chrono::TimeDelta::days(8)).to_rfc3339();
    let receipt = erased(&staff, &json!({"before": before})).await;
    assert_eq!((&receipt["status"], &receipt["removed"]["conversations"]), (&json!("done"), &json!(1)));
    assert_eq!(stored_upstream(&world).await, ["three drill?"]);
}

#[tokio::test]
async fn what_is_no_order_is_refused_and_another_workspaces_receipt_is_not_there() {
    let world = World::start().await;
    let own = staff(&world).await;
    let order = |body: Value| {
        let own = own.clone();
        async move { own.post(ERASURES, &body).await }
    };
    let fault = |answer: Answer| faults(&answer)[0].clone();
    assert_eq!(fault(order(json!({})).await), ("visitor_id".into(), "required".into()));
    assert_eq!(
        fault(order(json!({"subject": "a", "visitor_id": "b"})).await),
        ("visitor_id".into(), "conflict".into())
    );
    assert_eq!(fault(order(json!({"subject": "a", "why": "b"})).await), ("why".into(), "unknown".into()));
    assert_eq!(fault(order(json!({"before": "2999-01-01T00:00:00Z"})).await), ("before".into(), "out_of_range".into()));
    assert_eq!(told(&order(json!({"subject": "a", "workspace": "other"})).await), (404, "not_found".into()));
    let other = world.add_workspace("other").await;
    let scopes = vestibule::domain::scope::Scope::ALL.into_iter().collect();
    let key = world.key(KeySpec { workspace: Some(other.id), scopes, ..world.spec(KeyKind::Secret) }).await;
    let stranger = world.public().bearer(&key);
    let made = order(json!({"conversation_id": Uuid::new_v4()})).await.json();
    let place = format!("{ERASURES}/{}", made["id"].as_str().unwrap());
    assert_eq!(told(&stranger.get(&place).await), (404, "not_found".into()));
    assert_eq!(own.get(&place).await.status, 200);
    for missing in [Uuid::new_v4().to_string(), "x".into()] {
        assert_eq!(told(&own.get(&format!("{ERASURES}/{missing}")).await), (404, "not_found".into()));
    }
    let whole = KeySpec { workspace: None, scopes, ..world.spec(KeyKind::Secret) };
    let whole = world.public().bearer(&world.key(whole).await);
    assert_eq!(fault(whole.post(ERASURES, &json!({"subject": "a"})).await), ("workspace".into(), "required".into()));
}

#[tokio::test]
async fn what_anythingllm_keeps_is_said_and_the_next_order_removes_it() {
    let world = World::start().await;
    let (page, staff) = (world.browser().await, staff(&world).await);
    ask(&page, json!({"message": QUESTION, "visitor": {"id": "v-7"}})).await;
    written(&world, 1).await;
    let control = world.upstream.control();
    control.fail_on("/api/system/workspace-chats", Failure::Status500);
    let receipt = erased(&staff, &json!({"visitor_id": "v-7"})).await;
    assert_eq!((&receipt["status"], &receipt["removed"]["conversations"]), (&json!("incomplete"), &json!(1)));
    let remaining = receipt["remaining"][0].as_str().unwrap();
    assert!(remaining.starts_with("1 conversations in AnythingLLM"), "{remaining}");
    assert_eq!(stored_upstream(&world).await, [QUESTION]);
    control.heal();
    let receipt = erased(&staff, &json!({"visitor_id": "v-7"})).await;
    assert_eq!((&receipt["status"], &receipt["removed"]["upstream_chats"]), (&json!("done"), &json!(1)), "{receipt}");
    assert_eq!(stored_upstream(&world).await, Vec::<String>::new());
}

/// For a gateway of its own, which is looked at often.
const UNLIMITED: [(&str, &str); 2] =
    [("VESTIBULE_LIMITS_FLOOD_PER_IP_PER_SECOND", "1000000"), ("VESTIBULE_LIMITS_FLOOD_BURST", "1000000")];

/// How many conversations are erased in the test that is timed.
fn many() -> usize {
    std::env::var("TEST_ERASED").ok().and_then(|text| text.parse().ok()).unwrap_or(150)
}

#[tokio::test]
async fn an_erasure_whose_worker_is_killed_is_finished_by_another() {
    let many_at_once = ["LIMITS_FLOOD_PER_IP_PER_SECOND", "LIMITS_FLOOD_BURST", "LIMITS_IP_PER_MINUTE"];
    let builder = many_at_once.into_iter().fold(World::builder(), |builder, name| builder.set(name, 1_000_000));
    let mut world = builder.start().await;
    let much = Some(1_000_000);
    let limits = KeyLimits { per_minute: much, burst: much, per_visitor_per_minute: much, ..KeyLimits::default() };
    let scopes = vestibule::domain::scope::Scope::ALL.into_iter().collect();
    let key = world.key(KeySpec { scopes, limits, ..world.spec(KeyKind::Secret) }).await;
    let client = world.public().bearer(&key);
    let count = many();
    for _ in 0..count {
        ask(&client, json!({"message": STRANGE, "visitor": {"id": "v-9"}})).await;
    }
    ask(&client, json!({"message": QUESTION, "visitor": {"id": "v-10"}})).await;
    written(&world, i64::try_from(count).unwrap() + 1).await;
    world.stop().await;
    // One chat is never removed while the first worker lives: it cannot have finished when it is killed.
    let chats = chats_upstream(&world).await;
    let (kept, _) = chats.iter().find(|(_, prompt)| prompt == STRANGE).unwrap();
    let control = world.upstream.control();
    control.fail_on(&format!("/api/system/workspace-chats/{kept}"), Failure::Hang);

    let process = Process::serve(&world, &UNLIMITED).await;
    let begun = Instant::now();
    let staff = process.public().bearer(&key);
    let made = staff.post(ERASURES, &json!({"visitor_id": "v-9"})).await;
    assert_eq!(made.status, 202, "{}", made.text());
    let place = made.header("location").unwrap().to_owned();
    // In the middle of AnythingLLM's chats.
    eventually(async || {
        let left = stored_upstream(&world).await.len();
        if left <= count - count / 10 { Ok(()) } else { Err(left) }
    })
    .await;
    process.kill().await;
    control.heal();
    // The lease of whoever died runs out.
    world.sql("UPDATE vestibule.erasures SET lease_until = now() - interval '1 second' WHERE status = 'running'").await;
    let next = Process::serve(&world, &UNLIMITED).await;
    let staff = next.public().bearer(&key);
    let receipt = finished(&staff, &place).await;
    println!("{count} conversations were erased in {:?}, with a worker killed", begun.elapsed());
    assert_eq!(
        (&receipt["status"], &receipt["removed"]["conversations"]),
        (&json!("done"), &json!(count)),
        "{receipt}"
    );
    assert_eq!(receipt["removed"]["upstream_sessions"], count);
    assert_eq!(stored_upstream(&world).await, [QUESTION]);
    assert!(accounts_upstream(&world).await.iter().all(|name| !name.starts_with("vestibule-erasure")));
    next.kill().await;
}
