//! How soon three replicas follow a change. The bounds of the contract are far from what is measured here: a test that
//! needs longer than them waits for a machine, so it waits for the fact and reads the measured time from the metrics.

use super::{answered, make, manager, patch, path, publishable, text};
use crate::harness::{Http, ORIGIN, PATIENCE, World, eventually};
use serde_json::{Value, json};
use vestibule_stand_in::Failure;

/// A model that thinks for ever.
const SILENT: Failure = Failure::Slow { first_token_ms: 3_600_000, token_ms: 0 };

async fn three(world: &World) -> [World; 2] {
    [world.replica().await, world.replica().await]
}

/// How many changes of keys a replica has measured, and how many within a quarter of a second.
async fn measured(replica: &World) -> (u32, u32) {
    let metrics = replica.ops().get("/metrics").await;
    let number = |prefix: &str| {
        let line = metrics.text().lines().find(|line| line.starts_with(prefix));
        line.and_then(|line| line.rsplit(' ').next()).map_or(0, |number| number.parse().unwrap())
    };
    (number("vestibule_key_propagation_seconds_count"), number("vestibule_key_propagation_seconds_bucket{le=\"0.25\"}"))
}

#[tokio::test]
async fn every_replica_follows_and_measures_how_long_it_took() {
    let world = World::start().await;
    let [second, third] = three(&world).await;
    let manager = manager(&world).await;
    let key = make(&manager, &publishable(&world)).await;
    let pages: Vec<Http> = [&world, &second, &third]
        .map(|replica| replica.public().bearer(text(&key, "key")).with("origin", ORIGIN))
        .to_vec();
    let all = async |wanted: &str| {
        for page in &pages {
            eventually(async || match answered(page).await {
                found if found == wanted => Ok(()),
                found => Err(found),
            })
            .await;
        }
    };
    all("200").await;
    let change = async |change: Value| assert_eq!(patch(&manager, &key, &change).await.status, 200);
    change(json!({"enabled": false})).await;
    all("key_disabled").await;
    change(json!({"enabled": true})).await;
    all("200").await;
    change(json!({"allowed_origins": ["https://other.example"]})).await;
    all("forbidden_origin").await;
    change(json!({"allowed_origins": [ORIGIN]})).await;
    all("200").await;
    manager.post(&path(&key, "/revoke"), &json!({})).await;
    all("key_revoked").await;
    for replica in [&world, &second, &third] {
        eventually(async || match measured(replica).await {
            (all, _) if all >= 6 => Ok(()),
            found => Err(found),
        })
        .await;
        let (all, in_time) = measured(replica).await;
        assert!(in_time <= all);
    }
}

#[tokio::test]
async fn a_revocation_cuts_running_streams_on_every_replica() {
    let world = World::start().await;
    let [second, third] = three(&world).await;
    let manager = manager(&world).await;
    let key = make(&manager, &publishable(&world)).await;
    world.upstream.control().fail(SILENT);
    let mut streams = Vec::new();
    for replica in [&world, &second, &third] {
        let http = replica.public().bearer(text(&key, "key")).with("origin", ORIGIN);
        let mut stream =
            http.stream("/api/v1/chat", &json!({"message": "How long does delivery take?", "stream": true})).await;
        assert_eq!(stream.next().await.unwrap().name, "start");
        streams.push(stream);
    }
    manager.post(&path(&key, "/revoke"), &json!({"reason": "leaked"})).await;
    // Cut, without a word: whoever holds the key is not owed one.
    let control = world.upstream.control();
    assert!(control.until(|control| control.open_streams() == 0, PATIENCE).await, "a generation goes on");
    assert_eq!(control.aborted_streams(), 3);
}
