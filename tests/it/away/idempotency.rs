//! The key of a request whose gateway died, and an answer that cannot be kept.

use super::{Scene, away, question, told};
use crate::harness::{Answer, Http, PATIENCE, Process, World, eventually};
use std::time::Duration;
use vestibule::domain::key::KeyKind;

async fn ask(http: &Http) -> Answer {
    http.with("idempotency-key", "order-4711").post("/api/v1/chat", &question("one")).await
}

#[tokio::test]
async fn the_key_of_a_gateway_that_was_killed_is_free_after_seconds() {
    let world = World::builder()
        .set("LIMITS_IP_PER_MINUTE", 100_000)
        .set("LIMITS_KEY_PER_MINUTE", 100_000)
        .set("LIMITS_KEY_BURST", 100_000)
        .start()
        .await;
    let mut process = Process::serve(&world, &[]).await;
    let key = world.key(world.spec(KeyKind::Secret)).await;
    let control = world.upstream.control();
    control.set_tokens(Some(100_000));
    control.set_token_delay(Duration::from_millis(20));
    let there = process.public().bearer(&key);
    let cut = tokio::spawn(async move { ask(&there).await });
    assert!(control.until(|c| c.open_streams() == 1, PATIENCE).await, "nothing was asked");
    let here = world.public().bearer(&key);
    assert_eq!(told(&ask(&here).await), (409, "conflict".to_owned()), "it is being answered");
    process.signal("KILL").await;
    process.exit().await;
    assert!(cut.await.is_err(), "nobody answers");
    control.set_tokens(Some(3));
    control.set_token_delay(Duration::ZERO);
    // Twenty minutes would be beyond all patience.
    eventually(async || match told(&ask(&here).await) {
        (200, _) => Ok(()),
        refused => Err(refused),
    })
    .await;
    let first = ask(&here).await;
    assert_eq!(ask(&here).await.body, first.body);
}

#[tokio::test]
async fn an_answer_that_cannot_be_kept_is_not_given() {
    let scene = Scene::set(&[]).await;
    let client = scene.stranger().await;
    let control = scene.world.upstream.control();
    control.set_tokens(Some(200));
    control.set_token_delay(Duration::from_millis(20));
    let asking = tokio::spawn({
        let client = client.clone();
        async move { ask(&client).await }
    });
    assert!(control.until(|c| c.open_streams() == 1, PATIENCE).await, "nothing was asked");
    scene.front.cut();
    assert_eq!(told(&asking.await.unwrap()), away());
    scene.front.open();
    control.set_tokens(Some(3));
    control.set_token_delay(Duration::ZERO);
    eventually(async || match told(&ask(&client).await) {
        (200, _) => Ok(()),
        refused => Err(refused),
    })
    .await;
    let kept = ask(&client).await;
    for _ in 0..3 {
        assert_eq!(ask(&client).await.body, kept.body);
    }
}
