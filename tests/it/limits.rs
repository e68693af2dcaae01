//! How often and how many at once: what is counted, for whom, and what a refused client is told.
//!
//! Rates here are so low that no unit comes back while a test runs: one a minute, with a burst on top.

use crate::harness::{Answer, Http, KeySpec, ORIGIN, PATIENCE, World, eventually};
use serde_json::{Value, json};
use std::time::Duration;
use uuid::Uuid;
use vestibule::domain::key::KeyKind;
use vestibule::domain::key::KeyLimits;

const CHEAP: &str = "/api/v1/messages?session_id=nobody";

/// One a minute, and `burst` of them at once.
fn slow(burst: u32) -> KeyLimits {
    KeyLimits { per_minute: Some(1), burst: Some(burst), ..KeyLimits::default() }
}

async fn page(world: &World, limits: KeyLimits) -> Http {
    let key = world.key(KeySpec { limits, ..world.spec(KeyKind::Publishable) }).await;
    world.public().bearer(&key).with("origin", ORIGIN)
}

fn ask(visitor: &str) -> Value {
    json!({"message": "What does the cordless drill NW-18 cost?", "visitor": {"id": visitor}})
}

/// The parameters of one policy in a `RateLimit` or `RateLimit-Policy` header.
fn item<'a>(answer: &'a Answer, header: &str, policy: &str) -> Option<&'a str> {
    let value = answer.header(header)?;
    value.split(", ").find_map(|item| item.strip_prefix(&format!("\"{policy}\";")))
}

/// What is left of one policy.
fn left(answer: &Answer, policy: &str) -> u32 {
    let item = item(answer, "ratelimit", policy).unwrap_or_else(|| panic!("no {policy}: {answer:?}"));
    item.split(';').find_map(|p| p.strip_prefix("r=")).unwrap().parse().unwrap()
}

/// That the answer is a whole 429, which names `policies`.
fn assert_limited(answer: &Answer, policies: &[&str]) {
    assert_eq!((answer.status.as_u16(), answer.code().as_str()), (429, "rate_limited"), "{}", answer.text());
    let problem = answer.json();
    let seconds: u64 = answer.header("retry-after").expect("Retry-After").parse().unwrap();
    assert!((1..=60).contains(&seconds), "{seconds}");
    assert_eq!(problem["retry_after"], seconds);
    assert_eq!(problem["violated_policies"], json!(policies));
    for policy in policies {
        assert_eq!(left(answer, policy), 0);
        assert!(item(answer, "ratelimit-policy", policy).is_some(), "{answer:?}");
    }
    assert_eq!(answer.header("access-control-allow-origin"), Some(ORIGIN));
}

#[tokio::test]
async fn a_key_has_so_many_requests_and_is_told_what_is_left() {
    let world = World::start().await;
    let http = page(&world, slow(3)).await;
    for remaining in [2, 1, 0] {
        let answer = http.get(CHEAP).await;
        assert_eq!(answer.status, 200);
        assert_eq!(item(&answer, "ratelimit-policy", "key-minute"), Some("q=1;w=60;burst=3"));
        assert!(item(&answer, "ratelimit-policy", "ip-minute").is_some(), "{answer:?}");
        assert_eq!(left(&answer, "key-minute"), remaining);
    }
    assert_limited(&http.get(CHEAP).await, &["key-minute"]);
    // Every endpoint of the key counts against the same allowance.
    assert_limited(&http.post("/api/v1/chat", &ask("v")).await, &["key-minute"]);
    assert_limited(&http.post("/api/v1/knowledge/query", &json!({"query": "drill"})).await, &["key-minute"]);
    assert_eq!(world.upstream.control().request_count(), 0);
    // Other keys have theirs.
    assert_eq!(page(&world, slow(1)).await.get(CHEAP).await.status, 200);
}

#[tokio::test]
async fn the_widget_is_told_of_limits_by_a_frame() {
    let world = World::start().await;
    let key = world.key(KeySpec { limits: slow(1), ..world.spec(KeyKind::Publishable) }).await;
    let http = world.public().with("origin", ORIGIN);
    let path = format!("/api/embed/{key}/{}", Uuid::new_v4());
    assert_eq!(http.get(&path).await.status, 200);
    let answer = http.get(&path).await;
    assert_eq!(answer.status, 429);
    assert_eq!(answer.json()["type"], "abort");
    assert_eq!(answer.json()["error"], "rate_limited");
    assert!(answer.header("retry-after").is_some());
    assert_eq!(answer.header("access-control-allow-origin"), Some(ORIGIN));
}

#[tokio::test]
async fn refused_requests_do_not_count() {
    let world = World::start().await;
    let http = page(&world, slow(2)).await;
    for _ in 0..5 {
        assert_eq!(http.with("origin", "https://elsewhere.example").get(CHEAP).await.status, 403);
    }
    assert_eq!(left(&http.get(CHEAP).await, "key-minute"), 1);
}

#[tokio::test]
async fn an_address_has_so_many_requests_with_a_publishable_key() {
    let world = World::builder().set("EDGE_TRUSTED_PROXIES", "127.0.0.0/8").start().await;
    let limits = KeyLimits { per_ip_per_minute: Some(1), ..slow(10) };
    let http = page(&world, limits).await;
    let from = |ip: &str| http.with("x-forwarded-for", ip);
    let first = from("198.51.100.1").get(CHEAP).await;
    assert_eq!(first.status, 200);
    assert_eq!(left(&first, "ip-minute"), 0);
    for _ in 0..5 {
        assert_limited(&from("198.51.100.1").get(CHEAP).await, &["ip-minute"]);
    }
    // The refused ones took nothing from the key.
    let other = from("198.51.100.2").get(CHEAP).await;
    assert_eq!(other.status, 200);
    assert_eq!(left(&other, "key-minute"), 8);
    // A customer commonly has a whole /64.
    assert_eq!(from("2001:db8:1:2::1").get(CHEAP).await.status, 200);
    assert_limited(&from("2001:db8:1:2:ffff::9").get(CHEAP).await, &["ip-minute"]);
    assert_eq!(from("2001:db8:1:3::1").get(CHEAP).await.status, 200);
    // What stands left of the last hop is the client's own invention.
    assert_limited(&from("203.0.113.9, 198.51.100.1").get(CHEAP).await, &["ip-minute"]);
}

#[tokio::test]
async fn a_shops_back_end_is_not_limited_by_address_unless_its_key_says_so() {
    let world = World::builder().set("LIMITS_IP_PER_MINUTE", 1).start().await;
    let server = world.server().await;
    for _ in 0..5 {
        let answer = server.get(CHEAP).await;
        assert_eq!(answer.status, 200);
        assert_eq!(item(&answer, "ratelimit", "ip-minute"), None);
    }
    let browser = world.browser().await;
    assert_eq!(browser.get(CHEAP).await.status, 200);
    assert_limited(&browser.get(CHEAP).await, &["ip-minute"]);

    let limits = KeyLimits { per_ip_per_minute: Some(1), ..KeyLimits::default() };
    let key = world.key(KeySpec { limits, ..world.spec(KeyKind::Secret) }).await;
    let limited = world.public().bearer(&key);
    assert_eq!(limited.get(CHEAP).await.status, 200);
    assert_eq!(limited.get(CHEAP).await.json()["violated_policies"], json!(["ip-minute"]));
}

#[tokio::test]
async fn a_refusal_names_every_limit_that_is_used_up() {
    let world = World::start().await;
    let http = page(&world, KeyLimits { per_ip_per_minute: Some(1), ..slow(1) }).await;
    assert_eq!(http.get(CHEAP).await.status, 200);
    assert_limited(&http.get(CHEAP).await, &["key-minute", "ip-minute"]);
}

#[tokio::test]
async fn an_eager_visitor_does_not_use_up_the_keys_allowance() {
    let world = World::start().await;
    let http = page(&world, KeyLimits { per_visitor_per_minute: Some(1), ..slow(10) }).await;
    let first = http.post("/api/v1/chat", &ask("eager")).await;
    assert_eq!(first.status, 200, "{}", first.text());
    assert_eq!((left(&first, "key-minute"), left(&first, "visitor-minute")), (9, 0));
    let asked = world.upstream.control().request_count();
    for session in ["a", "b", "c"] {
        let mut question = ask("eager");
        question["session_id"] = session.into();
        assert_limited(&http.post("/api/v1/chat", &question).await, &["visitor-minute"]);
    }
    let mut streamed = ask("eager");
    streamed["stream"] = true.into();
    assert_limited(&http.post("/api/v1/chat", &streamed).await, &["visitor-minute"]);
    assert_eq!(world.upstream.control().request_count(), asked);

    let other = http.post("/api/v1/chat", &ask("patient")).await;
    assert_eq!(other.status, 200);
    assert_eq!(left(&other, "key-minute"), 8);
}

#[tokio::test]
async fn a_session_stands_for_the_visitor_where_none_is_named() {
    let world = World::start().await;
    let limits = KeyLimits { per_visitor_per_minute: Some(1), ..KeyLimits::default() };
    let http = page(&world, limits).await;
    let session = |id: &str| json!({"message": "What does the cordless drill cost?", "session_id": id});
    assert_eq!(http.post("/api/v1/chat", &session("one")).await.status, 200);
    assert_limited(&http.post("/api/v1/chat", &session("one")).await, &["visitor-minute"]);
    assert_eq!(http.post("/api/v1/chat", &session("two")).await.status, 200);

    // A page that names nobody at all is counted, too: it would begin anew with every question.
    let nobody = json!({"message": "What does the cordless drill cost?"});
    assert_eq!(http.post("/api/v1/chat", &nobody).await.status, 200);
    assert_limited(&http.post("/api/v1/chat", &nobody).await, &["visitor-minute"]);

    let key = world.key(KeySpec { limits, ..world.spec(KeyKind::Publishable) }).await;
    let widget = world.public().with("origin", ORIGIN);
    let path = format!("/api/embed/{key}/stream-chat");
    let frame = |id: Uuid| json!({"sessionId": id, "message": "What does the cordless drill cost?"});
    let (one, two) = (Uuid::new_v4(), Uuid::new_v4());
    assert_eq!(widget.post(&path, &frame(one)).await.status, 200);
    let refused = widget.post(&path, &frame(one)).await;
    assert_eq!((refused.status.as_u16(), refused.json()["error"].as_str()), (429, Some("rate_limited")));
    assert_eq!(widget.post(&path, &frame(two)).await.status, 200);
}

/// A world whose answers go on for as long as the test wants, and a key with one place for streams.
async fn endless() -> (World, Http) {
    let world = World::start().await;
    world.upstream.control().set_tokens(Some(100_000));
    world.upstream.control().set_token_delay(Duration::from_millis(20));
    let http = page(&world, KeyLimits { max_streams: Some(1), ..slow(50) }).await;
    (world, http)
}

fn stream() -> Value {
    json!({"message": "What does the cordless drill NW-18 cost?", "stream": true})
}

/// Answers come to their end from now on.
fn end_answers(world: &World) {
    world.upstream.control().set_tokens(Some(3));
    world.upstream.control().set_token_delay(Duration::ZERO);
}

#[tokio::test]
async fn a_key_has_so_many_streams_at_once() {
    let (world, http) = endless().await;
    let mut first = http.stream("/api/v1/chat", &stream()).await;
    assert_eq!(first.next().await.unwrap().name, "start");

    let before = left(&http.get(CHEAP).await, "key-minute");
    for body in [stream(), ask("someone")] {
        let answer = http.post("/api/v1/chat", &body).await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (429, "too_many_streams"), "{}", answer.text());
        assert_eq!(answer.header("retry-after"), Some("1"));
        assert_eq!(answer.json()["retry_after"], 1);
        assert_eq!(answer.json()["violated_policies"], json!(["max-streams"]));
        assert_eq!(answer.header("access-control-allow-origin"), Some(ORIGIN));
    }
    let requests = world.upstream.control().requests();
    let asked = requests.iter().filter(|request| request.path_and_query.ends_with("/stream-chat"));
    assert_eq!(asked.count(), 1);
    // They took nothing: this request is the only one that counts.
    assert_eq!(left(&http.get(CHEAP).await, "key-minute"), before - 1);

    // Another key has its own places.
    end_answers(&world);
    let other = page(&world, KeyLimits { max_streams: Some(1), ..KeyLimits::default() }).await;
    assert_eq!(other.post("/api/v1/chat", &ask("someone")).await.status, 200);
}

#[tokio::test]
async fn a_place_is_free_again_when_the_client_leaves() {
    let (world, http) = endless().await;
    let mut first = http.stream("/api/v1/chat", &stream()).await;
    assert_eq!(first.next().await.unwrap().name, "start");
    drop(first);
    let control = world.upstream.control();
    assert!(control.until(|c| c.open_streams() == 0, PATIENCE).await, "the generation goes on");
    end_answers(&world);
    eventually(async || {
        let answer = http.post("/api/v1/chat", &ask("next")).await;
        if answer.status == 200 { Ok(()) } else { Err(answer.code()) }
    })
    .await;
}

#[tokio::test]
async fn a_place_is_free_again_when_the_answer_ends_or_fails() {
    let world = World::start().await;
    let http = page(&world, KeyLimits { max_streams: Some(1), ..slow(50) }).await;
    for _ in 0..3 {
        let mut stream = http.stream("/api/v1/chat", &stream()).await;
        assert_eq!(stream.rest().await.last().unwrap().name, "done");
        assert_eq!(http.post("/api/v1/chat", &ask("someone")).await.status, 200);
    }
    let control = world.upstream.control();
    control.fail_times(vestibule_stand_in::Failure::Status500, 1);
    assert_eq!(http.post("/api/v1/chat", &ask("someone")).await.status, 502);
    control.fail_times(vestibule_stand_in::Failure::DropMidStream { after_frames: 1 }, 1);
    let mut broken = http.stream("/api/v1/chat", &stream()).await;
    assert_eq!(broken.rest().await.last().unwrap().name, "error");
    assert_eq!(http.post("/api/v1/chat", &ask("someone")).await.status, 200);
}

#[tokio::test]
async fn what_a_refused_visitor_wanted_leaves_no_stream_open() {
    let world = World::start().await;
    let limits = KeyLimits { per_visitor_per_minute: Some(1), max_streams: Some(1), ..slow(10) };
    let http = page(&world, limits).await;
    assert_eq!(http.post("/api/v1/chat", &ask("eager")).await.status, 200);
    assert_limited(&http.post("/api/v1/chat", &ask("eager")).await, &["visitor-minute"]);
    assert_eq!(http.post("/api/v1/chat", &ask("patient")).await.status, 200);
}
