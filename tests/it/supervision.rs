//! Background tasks that panic: they come back, and operators see it.

use crate::harness::{Http, World, eventually};
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use vestibule::domain::clock::{Ambient, Randomness, SystemRandomness};

/// Randomness that can be broken for those who ask for a single byte: of all that runs without trouble, only the pause
/// between two rounds of adding usage up does.
#[derive(Debug, Default)]
struct Breakable {
    broken: AtomicBool,
}

impl Randomness for Breakable {
    fn fill(&self, bytes: &mut [u8]) {
        assert!(bytes.len() > 1 || !self.broken.load(Ordering::SeqCst), "no randomness");
        SystemRandomness.fill(bytes);
    }
}

async fn restarts(ops: &Http, task: &str) -> u32 {
    let metrics = ops.get("/metrics").await.text().to_owned();
    let series = format!("vestibule_task_restarts_total{{task=\"{task}\"}} ");
    let line = metrics.lines().find_map(|line| line.strip_prefix(&series));
    line.unwrap_or_else(|| panic!("no {series} in {metrics}")).parse().unwrap()
}

/// Waits until `/readyz` gives this status, and gives what it says.
async fn ready(ops: &Http, status: u16) -> String {
    let mut said = String::new();
    eventually(async || {
        let answer = ops.get("/readyz").await;
        said = answer.text().to_owned();
        if answer.status == status { Ok(()) } else { Err(said.clone()) }
    })
    .await;
    said
}

#[tokio::test]
async fn a_task_that_panics_comes_back_and_is_named_while_it_keeps_failing() {
    let randomness = Arc::new(Breakable::default());
    let ambient = Ambient { randomness: Arc::clone(&randomness) as _, ..Ambient::system() };
    let world = World::builder().set("USAGE_ROLLUP_MILLIS", 100).ambient(ambient).start().await;
    let ops = world.ops();
    for task in ["usage_rollup", "usage_writer", "change_listener", "public_listener", "catalog_worker"] {
        assert_eq!(restarts(&ops, task).await, 0, "{task}");
    }
    randomness.broken.store(true, Ordering::SeqCst);
    assert_eq!(
        ready(&ops, 503).await,
        "database ok\nwritable ok\nschema ok\nsecret_key ok\ntasks no\nchanges_heard ok\nusage_rollup no\naccepting ok\n"
    );
    assert!(restarts(&ops, "usage_rollup").await >= 5);
    assert_eq!(restarts(&ops, "usage_writer").await, 0);
    // The others go on.
    let answer = world.server().await.post("/api/v1/chat", &json!({"message": "What does the drill cost?"})).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    randomness.broken.store(false, Ordering::SeqCst);
    assert_eq!(
        ready(&ops, 200).await,
        "database ok\nwritable ok\nschema ok\nsecret_key ok\ntasks ok\nchanges_heard ok\naccepting ok\n"
    );
}
