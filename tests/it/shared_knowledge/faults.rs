//! Redis gone, hanging, full; AnythingLLM failing.

use super::{age, ask, came_from, common_redis, inside, is_there, keep_for, keeping, names, pages, searches, three};
use crate::harness::{OwnRedis, World, WorldBuilder};
use chrono::TimeDelta;
use serde_json::json;
use std::time::{Duration, Instant};
use vestibule_stand_in::Failure;

fn with_own(redis: &OwnRedis) -> WorldBuilder {
    // Late answers are to be seen here, but not those of a machine that is busy.
    keeping(&redis.url(), "vestibule-cache").set("CACHE_REDIS_PATIENCE_MILLIS", 1000)
}

#[tokio::test]
async fn a_redis_that_is_killed_in_between_costs_nobody_an_answer() {
    let mut redis = OwnRedis::start().await;
    let (replicas, pages) = three(with_own(&redis)).await;
    assert_eq!(came_from(&ask(&pages[0], "drill").await), "miss");
    names(&mut inside(&redis.url()).await, "vestibule-cache", 1).await;
    assert_eq!(came_from(&ask(&pages[1], "drill").await), "hit");
    redis.kill().await;
    assert_eq!(came_from(&ask(&pages[0], "drill").await), "hit", "from memory");
    assert_eq!(came_from(&ask(&pages[2], "drill").await), "miss", "each for itself");
    assert_eq!(came_from(&ask(&pages[2], "drill").await), "hit");
    assert_eq!(came_from(&ask(&pages[1], "battery").await), "miss");
    assert_eq!(came_from(&ask(&pages[0], "battery").await), "miss");
    for replica in &replicas {
        is_there(replica, false).await;
    }

    redis.begin_again().await;
    for replica in &replicas {
        is_there(replica, true).await;
    }
    assert_eq!(came_from(&ask(&pages[0], "euros").await), "miss");
    names(&mut inside(&redis.url()).await, "vestibule-cache", 1).await;
    assert_eq!(came_from(&ask(&pages[1], "euros").await), "hit", "together again");
}

#[tokio::test]
async fn nobody_waits_for_a_redis_that_does_not_answer() {
    let redis = OwnRedis::start().await;
    let (replicas, pages) = three(with_own(&redis)).await;
    redis.signal("STOP").await;
    let began = Instant::now();
    assert_eq!(came_from(&ask(&pages[0], "drill").await), "miss");
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    for query in ["battery", "euros", "delivery"] {
        ask(&pages[0], query).await;
    }
    is_there(&replicas[0], false).await;
    redis.signal("CONT").await;
    is_there(&replicas[0], true).await;
}

#[tokio::test]
async fn a_redis_that_takes_no_writes_is_no_cache() {
    let redis = OwnRedis::start().await;
    let (replicas, pages) = three(with_own(&redis)).await;
    redis.command(&["CONFIG", "SET", "maxmemory", "1"]).await;
    for (page, query) in pages.iter().zip(["drill", "drill", "battery"]) {
        assert_eq!(came_from(&ask(page, query).await), "miss");
    }
    is_there(&replicas[0], false).await;
}

#[tokio::test]
async fn an_answer_past_its_time_stands_in_while_anythingllm_fails_where_the_operator_allows_it() {
    let (url, prefix) = common_redis();
    let world = keeping(&url, &prefix).set("CACHE_STALE_IF_ERROR_SECONDS", 3600).start().await;
    keep_for(&world, 60).await;
    let (later, strict) =
        (world.later(TimeDelta::minutes(10)).await, world.replica_with(&[("CACHE_STALE_IF_ERROR_SECONDS", "0")]).await);
    let replicas: [World; 3] = [world, later, strict];
    let [now, then, strict] = pages(&replicas).await;
    for replica in &replicas {
        is_there(replica, true).await;
    }
    let found = ask(&now, "drill").await;
    names(&mut inside(&url).await, &prefix, 1).await;
    let control = replicas[0].upstream.control();
    control.fail_on("/api/v1/workspace/", Failure::Status500);
    let stale = ask(&then, "drill").await;
    assert_eq!(came_from(&stale), "stale");
    assert!(age(&stale).unwrap() >= 600, "{stale:?}");
    assert_eq!(stale.json()["results"], found.json()["results"]);
    let body = json!({"query": "battery"});
    assert_eq!(then.post("/api/v1/knowledge/query", &body).await.status, 502, "nothing stands in for this one");
    assert_eq!(strict.post("/api/v1/knowledge/query", &body).await.status, 502);
    control.heal();
    crate::harness::eventually(async || match came_from(&ask(&then, "drill").await) {
        "stale" => Err("still stale"),
        _ => Ok(()),
    })
    .await;
    assert!(searches(&replicas[0]) >= 3);
}
