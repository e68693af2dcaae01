//! Quotas: so many messages and tokens a day and month, counted over all replicas, charged for answers only.

use crate::harness::{Answer, Http, KeySpec, ORIGIN, World, eventually};
use chrono::TimeDelta;
use http::Method;
use serde_json::{Value, json};
use uuid::Uuid;
use vestibule::app::sweeps::Sweep;
use vestibule::domain::key::KeyLimits;
use vestibule::domain::key::{ApiKey, KeyKind};
use vestibule::domain::scope::Scope;
use vestibule_stand_in::Failure;

const QUESTION: &str = "How long does delivery take?";

async fn server_with(world: &World, limits: KeyLimits) -> (Http, String) {
    let mut spec = KeySpec { limits, ..world.spec(KeyKind::Secret) };
    spec.scopes = Scope::ALL.into_iter().collect();
    let key = world.key(spec).await;
    (world.public().bearer(&key), key)
}

async fn ask(http: &Http) -> Answer {
    http.post("/api/v1/chat", &json!({"message": QUESTION})).await
}

/// What is used of one quota, as the key itself is told.
async fn used(http: &Http, key: &str, policy: &str) -> u64 {
    let id = ApiKey::parse(key).unwrap().public_id();
    let body = http.get(&format!("/api/v1/keys/{id}/limits")).await.json();
    let quotas = body["quotas"].as_array().unwrap_or_else(|| panic!("{body}")).clone();
    quotas.iter().find(|quota| quota["policy"] == policy).unwrap()["used"].as_u64().unwrap()
}

fn refused_by(answer: &Answer) -> Vec<String> {
    assert_eq!((answer.status.as_u16(), answer.code().as_str()), (429, "quota_exceeded"), "{}", answer.text());
    assert!(answer.header("retry-after").is_some());
    let body = answer.json();
    body["violated_policies"].as_array().unwrap().iter().map(|p| p.as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn messages_of_a_day_are_counted_over_all_replicas() {
    let world = World::start().await;
    let other = world.replica().await;
    let (here, key) = server_with(&world, KeyLimits { messages_per_day: Some(3), ..KeyLimits::default() }).await;
    let there = other.public().bearer(&key);
    for http in [&here, &there, &here] {
        assert_eq!(ask(http).await.status, 200);
    }
    for http in [&here, &there] {
        assert_eq!(refused_by(&ask(http).await), ["messages-day"]);
    }
    assert_eq!(used(&here, &key, "messages-day").await, 3, "a refusal is not counted");
    // What costs nothing goes on.
    assert_eq!(here.get("/api/v1/messages?session_id=nobody").await.status, 200);

    // A day is one of the database's clock: a replica whose own is ahead has no other.
    let ahead = world.later(TimeDelta::days(1)).await;
    assert_eq!(refused_by(&ask(&ahead.public().bearer(&key)).await), ["messages-day"]);
    let _: Vec<i64> = world.query("UPDATE vestibule.quota_days SET day = day - 1 RETURNING 1::bigint").await;
    assert_eq!(ask(&here).await.status, 200, "the next day");
}

/// What sixty chats at once on two replicas came to, and the quota they had. Each takes some 100 tokens and more.
async fn sixty_at_once(world: &World, tokens_per_day: u64) -> u64 {
    world.upstream.control().set_tokens(Some(100));
    let other = world.replica().await;
    let limits = KeyLimits { tokens_per_day: Some(tokens_per_day), max_streams: Some(100), ..KeyLimits::default() };
    let (here, key) = server_with(world, limits).await;
    let there = other.public().bearer(&key);
    let chats = (0..60).map(|number| ask(if number % 2 == 0 { &here } else { &there }));
    let answers = futures_util::future::join_all(chats).await;
    let mut spent = 0;
    for answer in &answers {
        match answer.status.as_u16() {
            200 => spent += answer.json()["usage"]["total_tokens"].as_u64().unwrap(),
            _ => assert_eq!(refused_by(answer), ["tokens-day"]),
        }
    }
    assert!(spent > 0, "somebody was served");
    spent
}

#[tokio::test]
async fn chats_at_the_same_time_exceed_a_quota_of_tokens_by_one_answer_at_most() {
    let world = World::start().await;
    world.upstream.control().set_tokens(Some(100));
    let (free, _) = server_with(&world, KeyLimits::default()).await;
    let one = ask(&free).await.json()["usage"]["total_tokens"].as_u64().unwrap();
    for quota in [one, 4_000, 10_000] {
        let spent = sixty_at_once(&world, quota).await;
        assert!(spent <= quota + one, "{spent} of {quota}");
    }
}

#[tokio::test]
async fn with_a_longest_completion_a_quota_of_tokens_is_never_exceeded() {
    let world = World::builder().set("LIMITS_MAX_COMPLETION_TOKENS", 100).start().await;
    for quota in [2_000, 5_000, 12_000] {
        let spent = sixty_at_once(&world, quota).await;
        assert!(spent <= quota, "{spent} of {quota}");
    }
    let limits = KeyLimits { tokens_per_day: Some(1_000), ..KeyLimits::default() };
    let (http, _) = server_with(&world, limits).await;
    assert_eq!(refused_by(&ask(&http).await), ["tokens-day"], "an answer may take more than there is in a day");
}

#[tokio::test]
async fn an_answer_that_reaches_the_last_token_ends_with_an_error_that_says_so() {
    let world = World::start().await;
    world.upstream.control().set_tokens(Some(5_000));
    let limits = KeyLimits { tokens_per_day: Some(1_600), ..KeyLimits::default() };
    let (http, key) = server_with(&world, limits).await;
    let mut stream = http.stream("/api/v1/chat", &json!({"message": QUESTION, "stream": true})).await;
    let events = stream.rest().await;
    let pieces = events.iter().filter(|event| event.name == "delta").count();
    let last = events.last().unwrap();
    assert_eq!((last.name.as_str(), &last.data["code"]), ("error", &json!("quota_exceeded")));
    assert!((100..1_600).contains(&pieces), "it had begun, and did not go on for long: {pieces}");
    eventually(async || match used(&http, &key, "tokens-day").await {
        1_600 => Ok(()),
        found => Err(found),
    })
    .await;
    // A whole answer that does not come to its end is a refusal.
    let (http, _) = server_with(&world, limits).await;
    assert_eq!(refused_by(&ask(&http).await), ["tokens-day"]);
    let outcomes: Vec<String> = world.query("SELECT DISTINCT outcome FROM vestibule.usage_events").await;
    assert!(outcomes.iter().all(|outcome| matches!(outcome.as_str(), "ok" | "quota_exceeded")), "{outcomes:?}");
}

#[tokio::test]
async fn what_running_answers_hold_may_soon_be_free_again() {
    let world = World::start().await;
    world.upstream.control().set_tokens(Some(100_000));
    world.upstream.control().set_token_delay(std::time::Duration::from_millis(20));
    let limits = KeyLimits { tokens_per_day: Some(1_000), ..KeyLimits::default() };
    let (http, _) = server_with(&world, limits).await;
    let mut running = http.stream("/api/v1/chat", &json!({"message": QUESTION, "stream": true})).await;
    assert_eq!(running.next().await.unwrap().name, "start");
    let refused = ask(&http).await;
    assert_eq!(refused_by(&refused), ["tokens-day"]);
    assert_eq!(refused.header("retry-after"), Some("5"));
}

#[tokio::test]
async fn of_many_at_once_only_as_many_pass_as_there_are() {
    let world = World::start().await;
    let (http, _) = server_with(&world, KeyLimits { messages_per_month: Some(5), ..KeyLimits::default() }).await;
    let answers = futures_util::future::join_all((0..12).map(|_| ask(&http))).await;
    let passed = answers.iter().filter(|answer| answer.status == 200).count();
    assert_eq!(passed, 5);
    for refused in answers.iter().filter(|answer| answer.status != 200) {
        assert_eq!(refused_by(refused), ["messages-month"]);
    }
}

#[tokio::test]
async fn tokens_are_settled_at_what_anythingllm_reports() {
    let world = World::start().await;
    let limits = KeyLimits { tokens_per_day: Some(1_000_000), tokens_per_month: Some(1), ..KeyLimits::default() };
    let (_, spent) = server_with(&world, limits).await;
    let (http, key) = server_with(&world, KeyLimits { tokens_per_month: None, ..limits }).await;
    let mut reported = 0;
    for _ in 0..3 {
        let answer = ask(&http).await.json();
        reported += answer["usage"]["total_tokens"].as_u64().unwrap();
    }
    let mut stream = http.stream("/api/v1/chat", &json!({"message": QUESTION, "stream": true})).await;
    let done = stream.rest().await.pop().unwrap();
    reported += done.data["usage"]["total_tokens"].as_u64().unwrap();
    eventually(async || match used(&http, &key, "tokens-day").await {
        found if found == reported => Ok(()),
        found => Err((found, reported)),
    })
    .await;

    // The last answer may use more than is left; after it there is none.
    let http = world.public().bearer(&spent);
    assert_eq!(ask(&http).await.status, 200);
    eventually(async || match ask(&http).await.status.as_u16() {
        429 => Ok(()),
        other => Err(other),
    })
    .await;
    assert_eq!(refused_by(&ask(&http).await), ["tokens-month"]);
}

#[tokio::test]
async fn an_answer_that_never_came_is_not_charged() {
    let world = World::start().await;
    let (http, key) = server_with(&world, KeyLimits { messages_per_day: Some(2), ..KeyLimits::default() }).await;
    for failure in [Failure::Status500, Failure::AbortThenFinalize, Failure::Refuse] {
        world.upstream.control().fail(failure);
        for stream in [false, true] {
            http.post("/api/v1/chat", &json!({"message": QUESTION, "stream": stream})).await;
            eventually(async || match used(&http, &key, "messages-day").await {
                0 => Ok(()),
                found => Err(found),
            })
            .await;
        }
        world.upstream.control().heal();
    }
    assert_eq!(ask(&http).await.status, 200);
    assert_eq!(used(&http, &key, "messages-day").await, 1);
}

#[tokio::test]
async fn a_refusal_gives_the_other_limits_back() {
    let world = World::start().await;
    let limits = KeyLimits { messages_per_day: Some(1), per_minute: Some(4), burst: Some(4), ..KeyLimits::default() };
    let (http, _) = server_with(&world, limits).await;
    assert_eq!(ask(&http).await.status, 200);
    for _ in 0..10 {
        assert_eq!(refused_by(&ask(&http).await), ["messages-day"]);
    }
}

#[tokio::test]
async fn a_shopper_reads_in_their_language_that_it_is_over_for_now() {
    let world = World::start().await;
    let limits = KeyLimits { messages_per_day: Some(1), ..KeyLimits::default() };
    let key = world.key(KeySpec { limits, ..world.spec(KeyKind::Publishable) }).await;
    let page = world.public().with("origin", ORIGIN).with("content-type", "text/plain;charset=UTF-8");
    let say = async |languages: &str| {
        let body = json!({"message": QUESTION, "sessionId": Uuid::new_v4()}).to_string();
        page.with("accept-language", languages).send(Method::POST, &format!("/api/embed/{key}/stream-chat"), body).await
    };
    assert_eq!(say("en").await.status, 200);
    for (languages, sentence) in [
        ("de-AT,de;q=0.9", "Der Assistent hat sein Kontingent für jetzt aufgebraucht. Bitte kommen Sie später wieder."),
        ("pl", "The assistant has answered all it can for now. Please come back later."),
    ] {
        let answer = say(languages).await;
        let frame: Value = answer.json();
        assert_eq!((answer.status.as_u16(), &frame["error"]), (429, &json!("quota_exceeded")));
        assert_eq!((&frame["type"], &frame["errorMsg"]), (&json!("abort"), &json!(sentence)));
        assert!(answer.header("access-control-allow-origin").is_some(), "or the browser shows a network failure");
    }
}

#[tokio::test]
async fn without_a_database_a_key_with_a_quota_does_not_pass() {
    let world = World::start().await;
    let (http, _) = server_with(&world, KeyLimits { messages_per_day: Some(9), ..KeyLimits::default() }).await;
    assert_eq!(ask(&http).await.status, 200);
    world.cut_off_the_database().await;
    let answer = ask(&http).await;
    assert_eq!((answer.status.as_u16(), answer.code()), (503, "service_unavailable".into()));
}

#[tokio::test]
async fn days_long_past_are_forgotten_and_those_that_count_are_not() {
    let world = World::start().await;
    let (http, key) = server_with(&world, KeyLimits { messages_per_month: Some(9), ..KeyLimits::default() }).await;
    assert_eq!(ask(&http).await.status, 200);
    Sweep::Quotas.round(&world.database, &world.ambient).await;
    assert_eq!(used(&http, &key, "messages-month").await, 1);
    let later = world.later(TimeDelta::days(63)).await;
    Sweep::Quotas.round(&world.database, &later.ambient).await;
    let left: Vec<i64> = world.query("SELECT count(*) FROM vestibule.quota_days").await;
    assert_eq!(left, [0]);
}
