//! `Idempotency-Key`: a question that is sent again is not asked again.

use crate::harness::{Answer, Http, PATIENCE, World, eventually};
use serde_json::{Value, json};
use std::time::Duration;
use vestibule_stand_in::Failure;

fn question() -> Value {
    json!({"message": "What does the cordless drill NW-18 cost?"})
}

async fn ask(http: &Http, key: &str, body: &Value) -> Answer {
    http.with("idempotency-key", key).post("/api/v1/chat", body).await
}

fn asked(world: &World) -> usize {
    world.upstream.control().requests().iter().filter(|r| r.path_and_query.ends_with("/stream-chat")).count()
}

#[tokio::test]
async fn the_same_request_gets_the_same_answer_without_asking_twice() {
    let world = World::start().await;
    let replica = world.replica().await;
    let key = world.key(world.spec(vestibule::domain::key::KeyKind::Secret)).await;
    let [here, there] = [&world, &replica].map(|w| w.public().bearer(&key));
    let first = ask(&here, "order-4711", &question()).await;
    assert_eq!(first.status, 200, "{}", first.text());
    for http in [&here, &there, &here] {
        let again = ask(http, "order-4711", &question()).await;
        assert_eq!(again.status, 200);
        assert_eq!(again.body, first.body);
        assert_eq!(again.header("content-type"), first.header("content-type"));
        assert_ne!(again.header("x-request-id"), first.header("x-request-id"));
    }
    assert_eq!(asked(&world), 1);
    // Without the key, or under another, it is a new question.
    assert_ne!(here.post("/api/v1/chat", &question()).await.body, first.body);
    assert_ne!(ask(&here, "order-4712", &question()).await.body, first.body);
    assert_eq!(asked(&world), 3);
}

#[tokio::test]
async fn another_request_under_the_same_key_is_refused() {
    let world = World::start().await;
    let http = world.server().await;
    let first = ask(&http, "order-4711", &question()).await;
    for other in [
        json!({"message": "What does the cordless drill NW-18 weigh?"}),
        json!({"message": "What does the cordless drill NW-18 cost?", "session_id": "x"}),
    ] {
        let answer = ask(&http, "order-4711", &other).await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (422, "validation_failed"), "{other}");
        assert_eq!(answer.json()["errors"][0]["field"], "Idempotency-Key");
    }
    assert_eq!(ask(&http, "order-4711", &question()).await.body, first.body);
    assert_eq!(asked(&world), 1);
}

#[tokio::test]
async fn a_request_that_is_still_being_answered_is_a_conflict() {
    let world = World::start().await;
    let http = world.server().await;
    let control = world.upstream.control();
    control.set_tokens(Some(100_000));
    control.set_token_delay(Duration::from_millis(20));
    let first = tokio::spawn({
        let http = http.clone();
        async move { ask(&http, "order-4711", &question()).await }
    });
    assert!(control.until(|c| c.open_streams() == 1, PATIENCE).await, "nothing was asked");
    let second = ask(&http, "order-4711", &question()).await;
    assert_eq!((second.status.as_u16(), second.code().as_str()), (409, "conflict"), "{}", second.text());
    assert_eq!(asked(&world), 1);

    // Whoever asked leaves: the key is free again.
    first.abort();
    assert!(control.until(|c| c.open_streams() == 0, PATIENCE).await, "the generation goes on");
    control.set_tokens(Some(3));
    control.set_token_delay(Duration::ZERO);
    eventually(async || {
        let answer = ask(&http, "order-4711", &question()).await;
        if answer.status == 200 { Ok(()) } else { Err(answer.code()) }
    })
    .await;
}

#[tokio::test]
async fn of_many_that_ask_at_once_one_asks_anythingllm() {
    let world = World::start().await;
    let http = world.server().await;
    let mut together = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let http = http.clone();
        together.spawn(async move { ask(&http, "order-4711", &question()).await });
    }
    let answers = together.join_all().await;
    let good: Vec<_> = answers.iter().filter(|a| a.status == 200).collect();
    assert!(!good.is_empty());
    assert!(good.iter().all(|a| a.body == good[0].body));
    assert!(answers.iter().all(|a| a.status == 200 || a.status == 409), "{answers:?}");
    assert_eq!(asked(&world), 1);
}

#[tokio::test]
async fn callers_may_choose_the_same_key() {
    let world = World::start().await;
    let (one, two) = (world.server().await, world.server().await);
    let first = ask(&one, "1", &question()).await;
    let second = ask(&two, "1", &json!({"message": "Which battery does the cordless drill have?"})).await;
    assert_eq!((first.status.as_u16(), second.status.as_u16()), (200, 200), "{}", second.text());
    assert_ne!(first.json()["session_id"], second.json()["session_id"]);
    assert_eq!(asked(&world), 2);
}

#[tokio::test]
async fn shoppers_of_one_page_do_not_get_each_others_answers() {
    let world = World::builder().set("EDGE_TRUSTED_PROXIES", "127.0.0.0/8").start().await;
    let page = world.browser().await;
    let from = |ip: &str| page.with("x-forwarded-for", ip);
    let first = ask(&from("198.51.100.1"), "1", &question()).await;
    let second = ask(&from("198.51.100.2"), "1", &question()).await;
    assert_eq!((first.status.as_u16(), second.status.as_u16()), (200, 200));
    assert_ne!(first.json()["session_id"], second.json()["session_id"]);
    assert_eq!(ask(&from("198.51.100.1"), "1", &question()).await.body, first.body);
    assert_eq!(asked(&world), 2);
}

#[tokio::test]
async fn a_failed_request_can_be_tried_again() {
    let world = World::start().await;
    let http = world.server().await;
    world.upstream.control().fail_times(Failure::Status500, 1);
    assert_eq!(ask(&http, "order-4711", &question()).await.status, 502);
    // Its body was never answered, so it may as well be mended.
    eventually(async || {
        let answer = ask(&http, "order-4711", &json!({"message": "Which battery does the cordless drill have?"})).await;
        if answer.status == 200 { Ok(()) } else { Err(answer.code()) }
    })
    .await;
    // What is refused before anything is asked leaves no trace either.
    assert_eq!(ask(&http, "order-4712", &json!({"message": ""})).await.status, 422);
    assert_eq!(ask(&http, "order-4712", &question()).await.status, 200);
}

#[tokio::test]
async fn streams_are_never_replayed() {
    let world = World::start().await;
    let http = world.server().await.with("idempotency-key", "order-4711");
    let body = json!({"message": "What does the cordless drill NW-18 cost?", "stream": true});
    for _ in 0..2 {
        let events = http.stream("/api/v1/chat", &body).await.rest().await;
        assert_eq!(events.last().unwrap().name, "done");
    }
    assert_eq!(asked(&world), 2);
    // Nor do they use the key up.
    assert_eq!(ask(&http, "order-4711", &question()).await.status, 200);
}

#[tokio::test]
async fn what_is_no_key_is_refused() {
    let world = World::start().await;
    let http = world.server().await;
    let long = "x".repeat(256);
    for bad in ["", " ", long.as_str()] {
        let answer = ask(&http, bad, &question()).await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (400, "bad_request"), "{bad:?}");
    }
    let twice = http.with("idempotency-key", "a").also("idempotency-key", "b");
    assert_eq!(twice.post("/api/v1/chat", &question()).await.status, 400);
    assert_eq!(asked(&world), 0);
    assert_eq!(ask(&http, &"x".repeat(255), &question()).await.status, 200);
}
