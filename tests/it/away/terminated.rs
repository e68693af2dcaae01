//! Connections that PostgreSQL ends, under load: nobody who reads or begins anew is told.

use super::chat;
use crate::harness::{KeySpec, World};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use vestibule::domain::key::KeyKind;
use vestibule::domain::scope::Scope;

#[tokio::test]
async fn who_reads_or_begins_anew_does_not_notice_that_connections_are_ended() {
    let world = World::builder()
        .set("LIMITS_IP_PER_MINUTE", 1_000_000)
        .set("LIMITS_FLOOD_PER_IP_PER_SECOND", 10_000)
        .set("LIMITS_FLOOD_BURST", 10_000)
        .set("LIMITS_KEY_PER_MINUTE", 100_000)
        .set("LIMITS_KEY_BURST", 100_000)
        .start()
        .await;
    let mut spec = KeySpec { workspace: None, ..world.spec(KeyKind::Secret) };
    spec.scopes = Scope::ALL.into_iter().collect();
    let client = world.public().bearer(&world.key(spec).await);
    let bound = world.server().await;
    assert_eq!(chat(&bound, "one").await.status, 200);
    let (stop, answered) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let mut reading = tokio::task::JoinSet::new();
    for path in
        ["/api/v1/keys", "/api/v1/conversations?workspace=shop", "/api/v1/workspaces", "/api/v1/usage"].repeat(2)
    {
        let (client, stop, answered) = (client.clone(), Arc::clone(&stop), Arc::clone(&answered));
        reading.spawn(async move {
            while !stop.load(Ordering::Relaxed) {
                let answer = client.get(path).await;
                assert_eq!(answer.status, 200, "{path}: {}", answer.text());
                answered.fetch_add(1, Ordering::Relaxed);
            }
        });
    }
    let (resetting, stopped) = (client.clone(), Arc::clone(&stop));
    reading.spawn(async move {
        while !stopped.load(Ordering::Relaxed) {
            let answer = resetting.delete("/api/v1/messages?session_id=one&workspace=shop").await;
            assert_eq!(answer.status, 204, "{}", answer.text());
        }
    });
    let mut ended = 0;
    for _ in 0..12 {
        let before = answered.load(Ordering::Relaxed);
        let out = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
                   WHERE datname = current_database() AND application_name = 'vestibule'";
        ended += world.query::<i64>(out).await[0];
        crate::harness::eventually(async || {
            let now = answered.load(Ordering::Relaxed);
            if now >= before + 20 || reading.len() < 9 { Ok(()) } else { Err(now) }
        })
        .await;
    }
    stop.store(true, Ordering::Relaxed);
    while let Some(read) = reading.join_next().await {
        read.unwrap();
    }
    assert!(ended > 20, "{ended} connections were ended");
}
