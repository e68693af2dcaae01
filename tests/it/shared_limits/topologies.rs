//! A cluster, and a master that changes.

use super::{CHEAP, burst, pages, sharing, slow, three};
use crate::harness::{eventually, redis_program};
use vestibule::domain::key::KeyKind;

fn settings(text: &str) -> Vec<String> {
    text.split_whitespace().map(|word| if word == "''" { String::new() } else { word.to_owned() }).collect()
}

fn scratch() -> std::path::PathBuf {
    let path = std::env::temp_dir().join(format!("vestibule-redis-{}", uuid::Uuid::new_v4().simple()));
    std::fs::create_dir_all(&path).unwrap();
    path
}

async fn command(port: u16, command: &str) -> String {
    let port = port.to_string();
    let output = tokio::process::Command::new("redis-cli").args(["-p", &port]).args(command.split(' ')).output().await;
    String::from_utf8(output.unwrap().stdout).unwrap()
}

#[tokio::test]
async fn in_a_cluster_all_cells_of_a_request_are_in_one_place() {
    let scratch = scratch();
    let directory = scratch.display().to_string();
    let (_node, port) = redis_program("redis-server", |port| {
        settings(&format!("--port {port} --cluster-enabled yes --save '' --dir {directory} --bind 127.0.0.1"))
    })
    .await;
    command(port, "CLUSTER ADDSLOTSRANGE 0 16383").await;
    eventually(async || {
        let info = command(port, "CLUSTER INFO").await;
        if info.contains("cluster_state:ok") { Ok(()) } else { Err(info) }
    })
    .await;
    let url = format!("redis://127.0.0.1:{port}");
    let world = sharing(&url, "vestibule").set("REDIS_CLUSTER", true).start().await;
    let replicas = three(world).await;
    // A publishable key has cells of its own, of addresses and of visitors.
    let pages = pages(&replicas, KeyKind::Publishable, slow(8)).await;
    let counted = burst(&pages, 20, async |page, _| page.get(CHEAP).await).await;
    assert_eq!((counted.get(&200), counted.get(&429)), (Some(&8), Some(&52)), "{counted:?}");
    assert!(replicas[0].ops().get("/metrics").await.text().contains("by=\"share\"} 0\n"));
    std::fs::remove_dir_all(scratch).unwrap();
}

#[tokio::test]
async fn limits_outlive_the_master() {
    let scratch = scratch();
    let server = |port: u16, more: &str| {
        settings(&format!("--port {port} --save '' --dir {} --bind 127.0.0.1 {more}", scratch.display()))
    };
    let (mut master, master_port) = redis_program("redis-server", |port| server(port, "")).await;
    let replica_of = format!("--replicaof 127.0.0.1 {master_port} --repl-diskless-sync-delay 0");
    let (_replica, replica_port) = redis_program("redis-server", |port| server(port, &replica_of)).await;
    let file = scratch.join("sentinel.conf");
    let rules = format!(
        "sentinel monitor shop 127.0.0.1 {master_port} 1\nsentinel down-after-milliseconds shop 500\n\
         sentinel failover-timeout shop 3000\nbind 127.0.0.1\ndir {}\n",
        scratch.display()
    );
    std::fs::write(&file, rules).unwrap();
    let (_sentinel, sentinel_port) = redis_program("redis-server", |port| {
        vec![file.display().to_string(), "--sentinel".into(), "--port".into(), port.to_string()]
    })
    .await;
    eventually(async || {
        let known = command(sentinel_port, "SENTINEL REPLICAS shop").await;
        if known.contains(&replica_port.to_string()) { Ok(()) } else { Err(known) }
    })
    .await;

    let world = sharing(&format!("redis://127.0.0.1:{sentinel_port}"), "vestibule")
        .set("REDIS_SENTINEL_MASTER", "shop")
        .start()
        .await;
    let replicas = three(world).await;
    let pages = pages(&replicas, KeyKind::Secret, slow(8)).await;
    let counted = burst(&pages, 20, async |page, _| page.get(CHEAP).await).await;
    assert_eq!(counted.get(&200), Some(&8), "{counted:?}");
    eventually(async || {
        let keys = command(replica_port, "DBSIZE").await;
        if keys.trim() == "0" { Err(keys) } else { Ok(()) }
    })
    .await;
    master.kill().await.unwrap();
    eventually(async || {
        let role = command(replica_port, "ROLE").await;
        if role.starts_with("master") { Ok(()) } else { Err(role) }
    })
    .await;
    for replica in &replicas {
        eventually(async || {
            let metrics = replica.ops().get("/metrics").await;
            if metrics.text().contains("vestibule_limits_shared 1") { Ok(()) } else { Err("away") }
        })
        .await;
    }
    let counted = burst(&pages, 20, async |page, _| page.get(CHEAP).await).await;
    assert_eq!(counted.get(&200), None, "what was used up is used up: {counted:?}");
    std::fs::remove_dir_all(scratch).unwrap();
}
