//! Keys that ask for a proof of work before they give a visitor token.

use super::{CHEAP, SESSION, Visitor, faults, page, told};
use crate::harness::{Http, ORIGIN, World, eventually};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::TimeDelta;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use vestibule::app::sweeps::Sweep;

const CHALLENGE: &str = "/api/v1/widget/challenge";

/// A page whose key asks for work, a little of it.
async fn asking(world: &World) -> (Http, String) {
    let (page, key) = page(world).await;
    world.change_key(&key, "visitor_token_required = true, proof_of_work = true").await;
    eventually(async || match page.get(CHALLENGE).await {
        answer if answer.status == 200 => Ok(()),
        answer => Err(answer.text().to_owned()),
    })
    .await;
    (page, key)
}

async fn world() -> World {
    World::builder().set("VISITOR_PROOF_MAX_NUMBER", 500).set("DATABASE_STATEMENT_MILLIS", 2000).start().await
}

/// What ALTCHA's client does.
fn solve(challenge: &Value) -> Value {
    let text = |name: &str| challenge[name].as_str().unwrap();
    assert_eq!(text("algorithm"), "SHA-256");
    let number = (0..=challenge["maxnumber"].as_u64().unwrap()).find(|number| {
        let hash = Sha256::digest(format!("{}{number}", text("salt")));
        hash.iter().map(|byte| format!("{byte:02x}")).collect::<String>() == text("challenge")
    });
    json!({"algorithm": "SHA-256", "challenge": text("challenge"), "number": number.unwrap(), "salt": text("salt"),
        "signature": text("signature"), "took": 3})
}

fn proof(solution: &Value) -> Value {
    json!({"proof": STANDARD.encode(solution.to_string())})
}

async fn solved(page: &Http) -> Value {
    let challenge = page.get(CHALLENGE).await;
    assert_eq!(challenge.status, 200, "{}", challenge.text());
    assert_eq!(challenge.header("cache-control"), Some("no-store"));
    proof(&solve(&challenge.json()))
}

#[tokio::test]
async fn a_solution_is_good_for_one_token() {
    let world = world().await;
    let (page, _) = asking(&world).await;
    let missing = page.post(SESSION, &json!({})).await;
    assert_eq!(told(&missing), (403, "forbidden".into()));
    assert!(missing.text().contains(CHALLENGE), "{}", missing.text());
    let proof = solved(&page).await;
    let visitor = Visitor::arrive(&page, &proof).await;
    assert_eq!(visitor.http.get(CHEAP).await.status, 200);
    assert_eq!(faults(&page.post(SESSION, &proof).await), [("proof".into(), "conflict".into())]);
    // Not on another replica, either.
    let replica = world.replica().await;
    let elsewhere = replica.public().with("origin", ORIGIN);
    let answer = elsewhere.with("authorization", &page.header("authorization")).post(SESSION, &proof).await;
    assert_eq!(faults(&answer), [("proof".into(), "conflict".into())]);
    // Renewing costs nothing.
    let renewed = Visitor::arrive(&visitor.http, &json!({})).await;
    let with_proof = renewed.http.post(SESSION, &solved(&page).await).await;
    assert_eq!(faults(&with_proof), [("proof".into(), "unknown".into())]);
}

#[tokio::test]
async fn two_who_spend_a_solution_at_once_get_one_token() {
    let world = world().await;
    let (page, _) = asking(&world).await;
    let proof = solved(&page).await;
    let tries = (0..8).map(|_| page.post(SESSION, &proof));
    let answers = futures_util::future::join_all(tries).await;
    let good = answers.iter().filter(|answer| answer.status == 200).count();
    assert_eq!(good, 1, "{answers:?}");
}

#[tokio::test]
async fn a_solution_counts_for_its_key_and_for_minutes() {
    let world = world().await;
    let (page, _) = asking(&world).await;
    let (other, _) = asking(&world).await;
    let proof = solved(&page).await;
    assert_eq!(faults(&other.post(SESSION, &proof).await), [("proof".into(), "format".into())]);
    let later = world.later(TimeDelta::seconds(305)).await;
    let there = later.public().with("origin", ORIGIN).with("authorization", &page.header("authorization"));
    let answer = there.post(SESSION, &proof).await;
    assert_eq!(faults(&answer), [("proof".into(), "format".into())]);
    assert!(answer.text().contains("expired"), "{}", answer.text());
    let mut wrong = solve(&page.get(CHALLENGE).await.json());
    wrong["number"] = json!(wrong["number"].as_u64().unwrap() + 1);
    for body in
        [self::proof(&wrong), json!({"proof": "x"}), json!({"proof": ""}), json!({"proof": STANDARD.encode("{}")})]
    {
        assert_eq!(faults(&page.post(SESSION, &body).await), [("proof".into(), "format".into())], "{body}");
    }
    // None of it has spent the good one.
    Visitor::arrive(&page, &proof).await;
}

#[tokio::test]
async fn a_key_that_asks_for_none_takes_none() {
    let world = world().await;
    let (asking, _) = asking(&world).await;
    let (page, _) = page(&world).await;
    assert_eq!(told(&page.get(CHALLENGE).await), (404, "not_found".into()));
    assert_eq!(faults(&page.post(SESSION, &solved(&asking).await).await), [("proof".into(), "unknown".into())]);
    assert_eq!(told(&world.public().get(CHALLENGE).await), (401, "unauthenticated".into()));
    assert_eq!(told(&world.server().await.get(CHALLENGE).await), (403, "forbidden".into()));
    assert_eq!(faults(&asking.get(&format!("{CHALLENGE}?x=1")).await), [("x".into(), "unknown".into())]);
}

#[tokio::test]
async fn without_the_database_no_solution_is_spent() {
    let world = world().await;
    let (page, _) = asking(&world).await;
    let proof = solved(&page).await;
    let lock = world.lock("vestibule.spent_proofs").await;
    let answer = page.post(SESSION, &proof).await;
    assert_eq!(told(&answer), (503, "service_unavailable".into()), "{}", answer.text());
    lock.release().await;
    Visitor::arrive(&page, &proof).await;
}

#[tokio::test]
async fn spent_solutions_are_forgotten_once_they_have_expired() {
    let world = world().await;
    let (page, _) = asking(&world).await;
    Visitor::arrive(&page, &solved(&page).await).await;
    let count = "SELECT count(*) FROM vestibule.spent_proofs";
    Sweep::SpentProofs.round(&world.database, &world.ambient).await;
    assert_eq!(world.query::<i64>(count).await, [1]);
    let later = world.later(TimeDelta::seconds(400)).await;
    Sweep::SpentProofs.round(&later.database, &later.ambient).await;
    assert_eq!(world.query::<i64>(count).await, [0]);
}
