//! What is kept, for whom, and how.

use super::{age, ask, came_from, common_redis, inside, keeping, names, pages, searches, three};
use crate::harness::Answer;
use chrono::TimeDelta;
use futures_util::future::join_all;
use redis::AsyncCommands as _;
use vestibule_stand_in::Failure;

#[tokio::test]
async fn what_one_replica_found_all_have_with_its_true_age() {
    let (url, prefix) = common_redis();
    let (replicas, [here, there, third]) = three(keeping(&url, &prefix)).await;
    let found = ask(&here, "battery of the drill").await;
    assert_eq!((came_from(&found), age(&found)), ("miss", None));
    names(&mut inside(&url).await, &prefix, 1).await;
    for page in [&there, &third, &here, &there] {
        let kept = ask(page, "  battery of\nthe drill ").await;
        assert_eq!(came_from(&kept), "hit");
        assert!((0..60).contains(&age(&kept).unwrap()), "{kept:?}");
        assert_eq!(kept.json()["results"], found.json()["results"]);
    }
    assert_eq!(searches(&replicas[0]), 1);

    let minutes = |minutes| replicas[0].later(TimeDelta::minutes(minutes));
    let [soon, late] = [minutes(5).await, minutes(11).await];
    for replica in [&soon, &late] {
        super::is_there(replica, true).await;
    }
    let key = here.header("authorization");
    let kept = ask(&soon.public().with("authorization", &key), "battery of the drill").await;
    assert_eq!(came_from(&kept), "hit");
    assert!((300..360).contains(&age(&kept).unwrap()), "{kept:?}");
    let over = ask(&late.public().with("authorization", &key), "battery of the drill").await;
    assert_eq!(came_from(&over), "miss", "its time is over");
}

#[tokio::test]
async fn of_sixty_on_three_replicas_who_ask_the_same_at_once_one_asks_anythingllm() {
    let (url, prefix) = common_redis();
    let (replicas, pages) = three(keeping(&url, &prefix)).await;
    let asking = (0..60).map(|number| ask(&pages[number % 3], "delivery time of the drill"));
    let answers = join_all(asking).await;
    assert_eq!(searches(&replicas[0]), 1);
    let misses = answers.iter().filter(|answer| came_from(answer) == "miss").count();
    assert_eq!(misses, 1);
    assert!(answers.iter().all(|answer| answer.json()["results"] == answers[0].json()["results"]));
}

#[tokio::test]
async fn a_failure_is_not_kept_and_lets_the_next_one_ask() {
    let (url, prefix) = common_redis();
    let (replicas, [here, there, _]) = three(keeping(&url, &prefix)).await;
    let control = replicas[0].upstream.control();
    control.fail_on_times("/api/v1/workspace/", Failure::Status500, 1);
    let body = serde_json::json!({"query": "drill"});
    assert_eq!(here.post("/api/v1/knowledge/query", &body).await.status, 502);
    assert_eq!(came_from(&ask(&there, "drill").await), "miss");
    names(&mut inside(&url).await, &prefix, 1).await;
}

#[tokio::test]
async fn whoever_leaves_while_asking_leaves_the_question_to_the_next() {
    let (url, prefix) = common_redis();
    let (replicas, [here, there, _]) = three(keeping(&url, &prefix)).await;
    let control = replicas[0].upstream.control();
    control.fail_on_times("/api/v1/workspace/", Failure::Hang, 1);
    let hanging = tokio::spawn(async move { ask(&here, "drill").await });
    assert!(control.until(|control| control.request_count() == 1, crate::harness::PATIENCE).await);
    hanging.abort();
    assert_eq!(came_from(&ask(&there, "drill").await), "miss");
}

#[tokio::test]
async fn redis_holds_nothing_that_can_be_read() {
    let (url, prefix) = common_redis();
    let (replicas, [here, ..]) = three(keeping(&url, &prefix)).await;
    ask(&here, "battery of the drill").await;
    ask(&here, "delivery").await;
    let mut redis = inside(&url).await;
    let names = names(&mut redis, &prefix, 2).await;
    let workspace = &replicas[0].workspace;
    let telling = [
        "battery",
        "drill",
        "delivery",
        "18 volt",
        "NW-18",
        "euros",
        "shop",
        "passages",
        "text",
        &workspace.upstream_slug,
        &workspace.id.to_string(),
        &workspace.id.0.simple().to_string(),
    ];
    for name in names {
        let value: Vec<u8> = redis.get(&name).await.unwrap();
        assert!(value.len() > 100);
        let both = format!("{} {}", name.trim_start_matches(&prefix), String::from_utf8_lossy(&value)).to_lowercase();
        for word in telling {
            assert!(!both.contains(&word.to_lowercase()), "{word} in {both}");
        }
        let left: i64 = redis.pttl(&name).await.unwrap();
        assert!((1..=600_000).contains(&left), "it ends with the workspace's time: {left}");
    }
}

/// Scores of the stand-in differ in their last digit from search to search.
fn texts(answer: &Answer) -> Vec<String> {
    let body = answer.json();
    let results = body["results"].as_array().unwrap().iter();
    results.map(|result| result["text"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn what_somebody_else_wrote_there_or_moved_is_no_answer() {
    let (url, prefix) = common_redis();
    let (replicas, [here, there, third]) = three(keeping(&url, &prefix)).await;
    let drill = texts(&ask(&here, "battery of the drill").await);
    ask(&here, "zebra").await;
    let mut redis = inside(&url).await;
    let names = names(&mut redis, &prefix, 2).await;
    let values: Vec<Vec<u8>> = redis.mget(&names).await.unwrap();
    for (name, value) in names.iter().zip(values.iter().rev()) {
        let () = redis.pset_ex(name, value.as_slice(), 600_000).await.unwrap();
    }
    let answer = ask(&there, "battery of the drill").await;
    assert_eq!((came_from(&answer), texts(&answer)), ("miss", drill.clone()), "each opens in its own place only");
    for name in &names {
        let () = redis.pset_ex(name, "garbage", 600_000).await.unwrap();
    }
    let answer = ask(&third, "battery of the drill").await;
    assert_eq!((came_from(&answer), texts(&answer)), ("miss", drill));
    drop(replicas);
}

#[tokio::test]
async fn another_workspace_or_another_root_key_finds_nothing_of_it() {
    let (url, prefix) = common_redis();
    let (replicas, [here, ..]) = three(keeping(&url, &prefix)).await;
    ask(&here, "drill").await;
    names(&mut inside(&url).await, &prefix, 1).await;
    // The same question in the same Redis, of an installation with another workspace of that name.
    let other = keeping(&url, &prefix).start().await;
    super::keep_for(&other, 600).await;
    let other = [other];
    let [page] = pages(&other).await;
    super::is_there(&other[0], true).await;
    assert_eq!(came_from(&ask(&page, "drill").await), "miss");
    assert_eq!((searches(&replicas[0]), searches(&other[0])), (1, 1));
}
