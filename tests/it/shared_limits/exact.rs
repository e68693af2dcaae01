//! Three replicas let through what one would.

use super::{CHEAP, burst, common_redis, pages, sharing, slow, three};
use crate::harness::{Process, eventually};
use serde_json::{Value, json};
use std::time::Duration;
use vestibule::domain::key::{KeyKind, KeyLimits};

fn stream() -> Value {
    json!({"message": "What does the cordless drill NW-18 cost?", "stream": true})
}

#[tokio::test]
async fn a_burst_on_three_replicas_gets_the_allowance_of_one() {
    let (redis, prefix) = common_redis();
    let replicas = three(sharing(&redis, &prefix).start().await).await;
    let pages = pages(&replicas, KeyKind::Secret, slow(8)).await;
    let counted = burst(&pages, 134, async |page, _| page.get(CHEAP).await).await;
    assert_eq!(counted.get(&200), Some(&8), "{counted:?}");
    assert_eq!(counted.get(&429), Some(&394), "{counted:?}");
    // Whoever starts later is told the same.
    let fourth = replicas[0].replica().await;
    let late = fourth.public().bearer(&pages[0].header("authorization")["Bearer ".len()..]).get(CHEAP).await;
    assert_eq!((late.status.as_u16(), late.code().as_str()), (429, "rate_limited"));
    assert_eq!(late.json()["violated_policies"], json!(["key-minute"]));
}

#[tokio::test]
async fn what_is_left_is_told_alike_by_all() {
    let (redis, prefix) = common_redis();
    let replicas = three(sharing(&redis, &prefix).start().await).await;
    let pages = pages(&replicas, KeyKind::Secret, slow(30)).await;
    for (asked, page) in pages.iter().cycle().take(9).enumerate() {
        let answer = page.get(CHEAP).await;
        assert_eq!(answer.header("ratelimit-policy"), Some("\"key-minute\";q=1;w=60;burst=30"));
        let left = answer.header("ratelimit").unwrap().to_owned();
        assert!(left.starts_with(&format!("\"key-minute\";r={};", 29 - asked)), "{left}");
    }
}

#[tokio::test]
async fn a_client_that_waits_as_told_is_let_in() {
    let (redis, prefix) = common_redis();
    let replicas = three(sharing(&redis, &prefix).start().await).await;
    let limits = KeyLimits { per_minute: Some(60), burst: Some(3), ..KeyLimits::default() };
    let pages = pages(&replicas, KeyKind::Secret, limits).await;
    let mut waits = Vec::new();
    for page in pages.iter().cycle().take(30) {
        let answer = page.get(CHEAP).await;
        if answer.status == 429 {
            waits.push(answer.header("retry-after").unwrap().parse::<u64>().unwrap());
        }
    }
    assert!(!waits.is_empty() && waits.iter().all(|wait| *wait == 1), "a unit is there in a second: {waits:?}");
    // No replica refuses from memory what has come back.
    for page in &pages {
        eventually(async || match page.get(CHEAP).await.status.as_u16() {
            200 => Ok(()),
            other => Err(other),
        })
        .await;
    }
}

#[tokio::test]
async fn streams_of_three_replicas_share_their_places() {
    let (redis, prefix) = common_redis();
    let world = sharing(&redis, &prefix).start().await;
    world.upstream.control().set_tokens(Some(100_000));
    world.upstream.control().set_token_delay(Duration::from_millis(20));
    let replicas = three(world).await;
    let limits = KeyLimits { max_streams: Some(4), ..KeyLimits::default() };
    let pages = pages(&replicas, KeyKind::Secret, limits).await;
    let mut open = Vec::new();
    let mut refused = 0;
    for page in pages.iter().cycle().take(24) {
        let mut stream = page.stream("/api/v1/chat", &stream()).await;
        match stream.status.as_u16() {
            200 => {
                assert_eq!(stream.next().await.unwrap().name, "start");
                open.push(stream);
            }
            status => {
                assert_eq!(status, 429);
                refused += 1;
            }
        }
    }
    assert_eq!((open.len(), refused), (4, 20));
    // A place that one replica gives back is there for another.
    drop(open.swap_remove(0));
    eventually(async || match pages[2].stream("/api/v1/chat", &stream()).await.status.as_u16() {
        200 => Ok(()),
        other => Err(other),
    })
    .await;
}

#[tokio::test]
async fn places_of_a_replica_that_was_killed_are_free_again() {
    let (redis, prefix) = common_redis();
    let world = sharing(&redis, &prefix).start().await;
    world.upstream.control().set_tokens(Some(100_000));
    world.upstream.control().set_token_delay(Duration::from_millis(20));
    let settings = [("VESTIBULE_REDIS_URL", redis.as_str()), ("VESTIBULE_REDIS_PREFIX", prefix.as_str())];
    let mut other = Process::serve(&world, &settings).await;
    let limits = KeyLimits { max_streams: Some(1), ..KeyLimits::default() };
    let key = world.key(crate::harness::KeySpec { limits, ..world.spec(KeyKind::Secret) }).await;
    let mut held = other.public().bearer(&key).stream("/api/v1/chat", &stream()).await;
    assert_eq!(held.next().await.unwrap().name, "start");
    let here = world.public().bearer(&key);
    assert_eq!(here.post("/api/v1/chat", &stream()).await.code(), "too_many_streams");
    other.signal("KILL").await;
    other.exit().await;
    world.upstream.control().set_tokens(Some(3));
    world.upstream.control().set_token_delay(Duration::ZERO);
    eventually(async || match here.post("/api/v1/chat", &json!({"message": "And now?"})).await.status.as_u16() {
        200 => Ok(()),
        other => Err(other),
    })
    .await;
}

#[tokio::test]
async fn guesses_on_three_replicas_are_counted_together() {
    let (redis, prefix) = common_redis();
    let world = sharing(&redis, &prefix)
        .set("AUTH_LOGIN_FAILURE_MILLIS", 1)
        .set("ADMIN_LOGINS_PER_IP_PER_MINUTE", 1000)
        .set("AUTH_MAX_PARALLEL_LOGINS", 100)
        .start()
        .await;
    world.upstream.control().add_user("dora", "correct horse battery", "default");
    let replicas = three(world).await;
    let pages = replicas.each_ref().map(crate::harness::World::public);
    let counted = burst(&pages, 12, async |page, number| {
        page.post("/api/v1/auth/login", &json!({"username": "dora", "password": format!("wrong {number}")})).await
    })
    .await;
    let asked = replicas[0].upstream.control().requests();
    let asked = asked.iter().filter(|request| request.path_and_query == "/api/request-token").count();
    // Three that cost nothing and one that makes the next one wait; on a busy machine the first wait may pass.
    assert!((4..=6).contains(&asked), "{asked}: {counted:?}");
    assert_eq!(counted.get(&401), Some(&asked), "{counted:?}");
}

#[tokio::test]
async fn a_day_of_messages_is_a_day_for_all_replicas() {
    let (redis, prefix) = common_redis();
    let replicas = three(sharing(&redis, &prefix).start().await).await;
    let limits = KeyLimits { messages_per_day: Some(5), per_visitor_per_minute: Some(1000), ..KeyLimits::default() };
    let pages = pages(&replicas, KeyKind::Secret, limits).await;
    let counted = burst(&pages, 12, async |page, number| {
        page.post("/api/v1/chat", &json!({"message": "Hello", "visitor": {"id": format!("v{number}")}})).await
    })
    .await;
    assert_eq!(counted.get(&200), Some(&5), "{counted:?}");
    assert_eq!(counted.get(&429), Some(&31), "{counted:?}");
}
