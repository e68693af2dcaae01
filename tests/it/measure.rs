//! Temporary: what the search beside a streamed chat costs.
use crate::harness::{Process, World};
use serde_json::json;
use std::time::Instant;
use vestibule::domain::key::KeyKind;
use vestibule_stand_in::Failure;

fn cpu(pid: u32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let fields: Vec<&str> = stat.rsplit_once(") ").unwrap().1.split(' ').collect();
    (fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap()) * 10.0
}

#[tokio::test]
#[ignore = "by hand"]
async fn measure() {
    let world = World::builder().start().await;
    let limits = vestibule::domain::key::KeyLimits {
        per_minute: Some(1_000_000),
        burst: Some(100_000),
        visitor_per_minute: Some(1_000_000),
        ..Default::default()
    };
    let key = world.key(crate::harness::KeySpec { limits, ..world.spec(KeyKind::Secret) }).await;
    for wait in [0, 20, 300] {
        if wait > 0 {
            world.upstream.control().fail(Failure::Slow { first_token_ms: wait, token_ms: 0 });
        }
        for round in 0..2 {
            for check in ["true", "false"] {
                let settings = [
                    ("VESTIBULE_CHAT_CHECK_PASSAGES", check),
                    ("VESTIBULE_LIMITS_IP_PER_MINUTE", "1000000"),
                    ("VESTIBULE_EDGE_FLOOD_PER_SECOND", "100000"),
                ];
                let process = Process::serve(&world, &settings[..2]).await;
                let http = process.public().bearer(&key);
                let body = json!({"message": "What does the cordless drill NW-18 cost?", "stream": true});
                let n = if wait > 100 { 60 } else { 300 };
                for _ in 0..20 {
                    http.stream("/api/v1/chat", &body).await.rest().await;
                }
                let (mut first, began, used) = (Vec::new(), Instant::now(), cpu(process.pid()));
                for _ in 0..n {
                    let at = Instant::now();
                    let mut stream = http.stream("/api/v1/chat", &body).await;
                    while stream.next().await.unwrap().name != "delta" {}
                    first.push(at.elapsed().as_secs_f64() * 1000.0);
                    assert_eq!(stream.rest().await.last().unwrap().name, "done");
                }
                first.sort_by(f64::total_cmp);
                println!(
                    "model waits {wait} ms, round {round}, check {check}: first delta p50 {:.2} ms p99 {:.2} ms, gateway cpu {:.2} ms a chat, {:.2} ms a chat in all",
                    first[n / 2],
                    first[n * 99 / 100],
                    (cpu(process.pid()) - used) / n as f64,
                    began.elapsed().as_secs_f64() * 1000.0 / n as f64
                );
            }
        }
        world.upstream.control().heal();
    }
}
