//! Redis slow, gone, emptied, full: requests go on within the shares of the replicas, and are counted together again
//! once it is back.

use super::{CHEAP, burst, pages, sharing, slow, three};
use crate::harness::{Answer, Http, OwnRedis, World, eventually};
use vestibule::domain::key::KeyKind;

/// Three replicas with a Redis of their own.
async fn with_own_redis() -> (OwnRedis, [World; 3]) {
    let redis = OwnRedis::start().await;
    // Late answers are to be seen here, but not those of a machine that is busy.
    let builder = sharing(&redis.url(), "vestibule").set("REDIS_PATIENCE_MILLIS", 1000).set("REDIS_LEAST_REPLICAS", 3);
    let replicas = three(builder.start().await).await;
    (redis, replicas)
}

async fn is_there(replicas: &[World; 3], there: bool) {
    for replica in replicas {
        let wanted = format!("vestibule_limits_shared {}", u8::from(there));
        eventually(async || {
            let metrics = replica.ops().get("/metrics").await;
            if metrics.text().lines().any(|line| line == wanted) { Ok(()) } else { Err("not yet") }
        })
        .await;
    }
}

async fn cheap(page: &Http, _: usize) -> Answer {
    page.get(CHEAP).await
}

#[tokio::test]
async fn without_redis_each_replica_lets_through_its_share_and_says_so() {
    let (redis, replicas) = with_own_redis().await;
    let pages = pages(&replicas, KeyKind::Secret, slow(30)).await;
    redis.way.cut();
    let counted = burst(&pages, 60, cheap).await;
    assert_eq!(counted.get(&200), Some(&30), "{counted:?}");
    assert_eq!(counted.get(&429), Some(&150), "no error, and never more than all have together: {counted:?}");
    let told = pages[0].get(CHEAP).await;
    assert_eq!(told.header("ratelimit-policy"), Some("\"key-minute\";q=1;w=60;burst=10;counted=\"replica\""));
    let metrics = replicas[0].ops().get("/metrics").await;
    assert!(!metrics.text().contains("vestibule_limits_decided_total{by=\"share\"} 0\n"), "{}", metrics.text());
    is_there(&replicas, false).await;

    // What was let through meanwhile counts.
    redis.way.open();
    is_there(&replicas, true).await;
    let counted = burst(&pages, 5, cheap).await;
    assert_eq!(counted.get(&200), None, "{counted:?}");
    assert_eq!(pages[0].get(CHEAP).await.header("ratelimit-policy"), Some("\"key-minute\";q=1;w=60;burst=30"));
}

#[tokio::test]
async fn what_is_used_up_stays_used_up_while_redis_is_away_and_after_it_has_forgotten_everything() {
    let (mut redis, replicas) = with_own_redis().await;
    let pages = pages(&replicas, KeyKind::Secret, slow(9)).await;
    assert_eq!(burst(&pages, 30, cheap).await.get(&200), Some(&9));
    redis.kill().await;
    is_there(&replicas, false).await;
    assert_eq!(burst(&pages, 30, cheap).await.get(&200), None, "every replica knows what was used");
    redis.begin_again().await;
    is_there(&replicas, true).await;
    assert_eq!(burst(&pages, 30, cheap).await.get(&200), None, "and tells the empty Redis");
    redis.command(&["FLUSHALL"]).await;
    assert_eq!(burst(&pages, 30, cheap).await.get(&200), None);
}

#[tokio::test]
async fn a_redis_that_does_not_answer_holds_nobody_up() {
    let (redis, replicas) = with_own_redis().await;
    let pages = pages(&replicas, KeyKind::Secret, slow(30)).await;
    redis.signal("STOP").await;
    let counted = burst(&pages, 60, cheap).await;
    assert_eq!(counted.keys().copied().collect::<Vec<_>>(), [200, 429], "{counted:?}");
    assert_eq!(counted.get(&200), Some(&30), "{counted:?}");
    is_there(&replicas, false).await;
    redis.signal("CONT").await;
    is_there(&replicas, true).await;
    assert_eq!(burst(&pages, 5, cheap).await.get(&200), None, "what was let through meanwhile counts");
}

#[tokio::test]
async fn a_redis_that_takes_no_writes_is_away() {
    let (redis, replicas) = with_own_redis().await;
    let pages = pages(&replicas, KeyKind::Secret, slow(30)).await;
    for (spoil, mend) in [
        (["REPLICAOF", "127.0.0.1", "1"], ["REPLICAOF", "NO", "ONE"]),
        (["CONFIG", "SET", "maxmemory 1"], ["CONFIG", "SET", "maxmemory 0"]),
    ] {
        let spoil: Vec<&str> = spoil.iter().flat_map(|part| part.split(' ')).collect();
        let mend: Vec<&str> = mend.iter().flat_map(|part| part.split(' ')).collect();
        redis.command(&spoil).await;
        let counted = burst(&pages, 5, cheap).await;
        assert!(counted.keys().all(|status| matches!(status, 200 | 429)), "{spoil:?}: {counted:?}");
        is_there(&replicas, false).await;
        redis.command(&mend).await;
        is_there(&replicas, true).await;
    }
    let counted = burst(&pages, 60, cheap).await;
    assert_eq!(counted.get(&200), None, "all was used up before: {counted:?}");
}
