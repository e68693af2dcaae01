//! A database that is away is told at once, and its return is noticed.

use super::{Scene, away, chat, told};
use crate::harness::eventually;
use std::time::{Duration, Instant};

/// Half of what a request would wait if each found out for itself, and many times of what is promised.
const SOON: Duration = Duration::from_secs(5);

#[tokio::test]
async fn nobody_waits_for_a_database_that_is_known_to_be_away() {
    for silent in [false, true] {
        let scene = Scene::set(&[("DATABASE_STALE_SECONDS", "0")]).await;
        let known = scene.stranger().await;
        assert_eq!(chat(&known, "one").await.status, 200);
        let unknown = scene.stranger().await;
        if silent {
            scene.front.silence();
        } else {
            scene.front.cut();
        }
        let asked = Instant::now();
        assert_eq!(told(&chat(&unknown, "one").await), away(), "silent: {silent}");
        assert!(asked.elapsed() < SOON, "silent: {silent}: the first one waited for {:?}", asked.elapsed());
        scene.knows(false).await;
        // Each would wait for seconds: together for a quarter of an hour.
        let (asked, before) = (Instant::now(), scene.front.connections());
        for _ in 0..200 {
            let answer = chat(&unknown, "one").await;
            assert_eq!(told(&answer), away());
            assert!(answer.header("retry-after").is_some());
        }
        assert!(asked.elapsed() < 2 * SOON, "silent: {silent}: two hundred waited for {:?}", asked.elapsed());
        // Probes only, a few a second.
        let tried = scene.front.connections() - before;
        assert!(tried < 100, "silent: {silent}: {tried} connections for 200 requests");
        scene.front.open();
        scene.knows(true).await;
        eventually(async || match told(&chat(&unknown, "one").await) {
            (200, _) => Ok(()),
            refused => Err(refused),
        })
        .await;
    }
}

#[tokio::test]
async fn whoever_waits_when_it_goes_away_is_told_with_the_others() {
    let scene = Scene::set(&[("DATABASE_STALE_SECONDS", "0")]).await;
    let strangers = futures_util::future::join_all((0..40).map(|_| scene.stranger())).await;
    scene.front.silence();
    // More than the pool has connections: most of them wait for one.
    let asked = Instant::now();
    let answers = futures_util::future::join_all(strangers.iter().map(|stranger| chat(stranger, "one"))).await;
    assert!(answers.iter().all(|answer| told(answer) == away()), "{answers:?}");
    assert!(asked.elapsed() < SOON, "{:?}", asked.elapsed());
}

#[tokio::test]
async fn a_probe_of_readiness_is_answered_while_the_database_is_silent() {
    let scene = Scene::set(&[]).await;
    let ops = scene.gateway.ops();
    assert_eq!(ops.get("/readyz").await.status, 200);
    scene.front.silence();
    let asked = Instant::now();
    scene.knows(false).await;
    let ready = ops.get("/readyz").await;
    assert!(asked.elapsed() < SOON, "{:?}", asked.elapsed());
    assert_eq!(ready.status, 503);
    assert!(ready.text().starts_with("database no\nwritable no\n"), "{}", ready.text());
    assert!(ready.text().contains("known_keys ok\n"), "{}", ready.text());
    // For those who send requests here as long as somebody can be served.
    assert_eq!(ops.get("/readyz?known_keys").await.status, 200);
    scene.front.open();
    eventually(async || match ops.get("/readyz").await {
        ready if ready.status == 200 => Ok(()),
        ready => Err(ready.text().to_owned()),
    })
    .await;
    assert!(!ops.get("/readyz").await.text().contains("known_keys"));
}

#[tokio::test]
async fn a_table_that_is_locked_is_no_database_that_is_away() {
    let scene = Scene::set(&[("DATABASE_STATEMENT_MILLIS", "20000")]).await;
    let known = scene.stranger().await;
    assert_eq!(chat(&known, "one").await.status, 200);
    let mut held = scene.world.lock("vestibule.conversations").await;
    let before = scene.front.connections();
    let waiting = tokio::spawn({
        let known = known.clone();
        async move { chat(&known, "two").await }
    });
    held.awaited().await;
    // Somebody looks, and finds the database.
    eventually(async || if scene.front.connections() > before { Ok(()) } else { Err("nobody looks") }).await;
    scene.knows(true).await;
    assert_eq!(chat(&known, "one").await.status, 200);
    held.release().await;
    assert_eq!(waiting.await.unwrap().status, 200);
}
