//! What was asked is kept once, whatever dies.

use super::QUESTION;
use crate::harness::{KeySpec, Process, World, eventually};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;
use tokio::sync::Mutex;
use tokio::task::JoinSet;
use vestibule::domain::key::{KeyKind, KeyLimits};

const UNLIMITED: [(&str, &str); 4] = [
    ("VESTIBULE_LIMITS_FLOOD_PER_IP_PER_SECOND", "100000"),
    ("VESTIBULE_LIMITS_FLOOD_BURST", "100000"),
    ("VESTIBULE_LIMITS_IP_PER_MINUTE", "1000000"),
    ("VESTIBULE_LIMITS_MAX_STREAMS", "1000"),
];

/// Clients that ask until the gateway is killed; gives the ids of the answers that they have.
async fn killed_under_load(process: Process, key: &str, count: usize) -> BTreeSet<String> {
    let answered = Arc::new(Mutex::new(BTreeSet::new()));
    let mut clients = JoinSet::new();
    for _ in 0..6 {
        let (client, answered) = (process.public().bearer(key), Arc::clone(&answered));
        clients.spawn(async move {
            loop {
                let mut stream = client.stream("/api/v1/chat", &json!({"message": QUESTION, "stream": true})).await;
                let mut id = None;
                while let Some(event) = stream.next().await {
                    match event.name.as_str() {
                        "start" => id = event.data["id"].as_str().map(str::to_owned),
                        "done" => answered.lock().await.extend(id.take()),
                        _ => {}
                    }
                }
            }
        });
    }
    eventually(async || {
        let so_far = answered.lock().await.len();
        if so_far >= count { Ok(()) } else { Err(so_far) }
    })
    .await;
    process.kill().await;
    clients.abort_all();
    while clients.join_next().await.is_some() {}
    std::mem::take(&mut *answered.lock().await)
}

#[tokio::test]
async fn a_gateway_that_is_killed_under_load_loses_no_exchange_and_keeps_none_twice() {
    let mut world = World::start().await;
    let limits = KeyLimits { per_minute: Some(1_000_000), burst: Some(1_000_000), ..KeyLimits::default() };
    let key = world.key(KeySpec { limits, ..world.spec(KeyKind::Secret) }).await;
    world.stop().await;
    let mut answered = BTreeSet::new();
    for _ in 0..2 {
        let process = Process::serve(&world, &UNLIMITED).await;
        answered.extend(killed_under_load(process, &key, 40).await);
    }
    let last = Process::serve(&world, &UNLIMITED).await;
    eventually(async || {
        let kept: BTreeSet<String> =
            world.query::<String>("SELECT id::text FROM vestibule.exchanges").await.into_iter().collect();
        let missing: Vec<_> = answered.difference(&kept).collect();
        if missing.is_empty() { Ok(()) } else { Err((missing.len(), answered.len())) }
    })
    .await;
    // With their words, and one of each.
    let words = "SELECT count(*) FROM vestibule.exchanges WHERE outcome = 'answered' AND question IS NULL";
    assert_eq!(world.query::<i64>(words).await, [0]);
    last.kill().await;
}

#[tokio::test]
async fn segments_have_a_format_that_the_version_before_leaves_alone() {
    let world = World::start().await;
    let client = world.server().await;
    let answer: Value = client.post("/api/v1/chat", &json!({"message": QUESTION})).await.json();
    assert!(answer["id"].is_string(), "{answer}");
    let first_line = |path: &std::path::Path| std::fs::read(path).unwrap_or_default();
    let segments: Vec<_> = std::fs::read_dir(world.spool()).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(!segments.is_empty());
    for segment in segments {
        let begin = first_line(&segment);
        // The versions before read `vestibule usage 2` at most: they would pass over what they do not know.
        assert!(
            begin.starts_with(b"vestibule usage 3 "),
            "{:?}",
            String::from_utf8_lossy(&begin[..begin.len().min(40)])
        );
    }
}
