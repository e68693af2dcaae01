//! Usage is exact, whatever dies: what a client was answered completely is in the usage once, although gateways are
//! killed, the database is away, read-only or locked, or an answer about a write was lost.

mod failover;

use crate::harness::{KeySpec, Process, World, eventually};
use parking_lot::Mutex;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use vestibule::domain::key::{KeyKind, KeyLimits};
use vestibule_stand_in::Failure;

const QUESTION: &str = "What does the cordless drill NW-18 cost?";

/// Requests of every kind of end: a whole document, a stream, an answer from the documents, refusals.
fn requests() -> Vec<(&'static str, &'static str, Value)> {
    vec![
        ("POST", "/api/v1/knowledge/query", json!({"query": "drill"})),
        ("POST", "/api/v1/chat", json!({"message": QUESTION})),
        ("POST", "/api/v1/chat", json!({"message": QUESTION, "stream": true})),
        ("POST", "/api/v1/chat", json!({"message": ""})),
        ("GET", "/api/v1/workspaces", Value::Null),
        ("HEAD", "/api/v1/messages?session_id=x", Value::Null),
    ]
}

/// Whether an answer is whole, as its framing says.
fn is_whole(method: &str, answer: &[u8]) -> bool {
    let Some(end) = answer.windows(4).position(|window| window == b"\r\n\r\n") else { return false };
    let (head, body) = (String::from_utf8_lossy(&answer[..end]).to_lowercase(), &answer[end + 4..]);
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok());
    match length {
        _ if method == "HEAD" => true,
        Some(length) => body.len() >= length,
        // Whoever reads events does not wait for the last chunk.
        None => {
            let text = String::from_utf8_lossy(body);
            text.split_once("event: done\ndata: ").is_some_and(|(_, rest)| rest.contains("\n\n"))
                || text.ends_with("0\r\n\r\n")
        }
    }
}

/// Asks once, on a connection of its own, and gives the status of an answer that came to its end.
async fn ask(address: SocketAddr, key: &str, id: &str, request: &(&str, &str, Value)) -> Option<u16> {
    let (method, path, body) = request;
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let head = format!(
        "{method} {path} HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {key}\r\nx-request-id: {id}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    let mut connection = TcpStream::connect(address).await.ok()?;
    connection.write_all(head.as_bytes()).await.ok()?;
    let mut answer = Vec::new();
    while !is_whole(method, &answer) {
        match connection.read_buf(&mut answer).await {
            Ok(1..) => {}
            _ => break,
        }
    }
    let status = std::str::from_utf8(answer.get(9..12)?).ok()?.parse().ok()?;
    is_whole(method, &answer).then_some(status)
}

/// Clients that ask all the time.
struct Load {
    stop: Arc<AtomicBool>,
    answered: Arc<Mutex<BTreeSet<String>>>,
    clients: JoinSet<()>,
}

impl Load {
    fn start(address: SocketAddr, key: &str, round: u32) -> Self {
        let (stop, answered, count) =
            (Arc::<AtomicBool>::default(), Arc::<Mutex<BTreeSet<String>>>::default(), Arc::<AtomicU64>::default());
        let mut clients = JoinSet::new();
        for client in 0..8_usize {
            let (stop, answered, count, key) =
                (Arc::clone(&stop), Arc::clone(&answered), Arc::clone(&count), key.to_owned());
            clients.spawn(async move {
                let requests = requests();
                for turn in client.. {
                    if stop.load(Ordering::Relaxed) {
                        return;
                    }
                    let id = format!("round-{round}-{}", count.fetch_add(1, Ordering::Relaxed));
                    // Without its database a gateway may not know whose request it refuses.
                    let answer = ask(address, &key, &id, &requests[turn % requests.len()]).await;
                    if answer.is_some_and(|status| status != 503) {
                        answered.lock().insert(id);
                    }
                }
            });
        }
        Self { stop, answered, clients }
    }

    /// Until so many were answered.
    async fn has_answered(&self, count: usize) {
        eventually(async || {
            let answered = self.answered.lock().len();
            if answered >= count { Ok(()) } else { Err(answered) }
        })
        .await;
    }

    async fn stop(mut self) -> BTreeSet<String> {
        self.stop.store(true, Ordering::Relaxed);
        while let Some(ended) = self.clients.join_next().await {
            ended.unwrap();
        }
        std::mem::take(&mut self.answered.lock())
    }
}

/// How often each request stands in the usage.
async fn events(world: &World) -> BTreeMap<String, usize> {
    let mut events = BTreeMap::new();
    for id in world.query::<String>("SELECT request_id FROM vestibule.usage_events").await {
        *events.entry(id).or_default() += 1;
    }
    events
}

/// Waits until every answered request is in the usage, and looks whether each is there once, in the sums too.
async fn reconcile(world: &World, answered: &BTreeSet<String>) {
    eventually(async || {
        let events = events(world).await;
        let missing: Vec<_> = answered.iter().filter(|id| !events.contains_key(*id)).cloned().collect();
        if missing.is_empty() { Ok(()) } else { Err((missing.len(), answered.len(), missing.into_iter().next())) }
    })
    .await;
    let events = events(world).await;
    let twice: Vec<_> = events.iter().filter(|(_, count)| **count > 1).collect();
    assert!(twice.is_empty(), "{twice:?}");
    let sums = "SELECT coalesce(sum(requests), 0)::bigint + (SELECT count(*) FROM vestibule.usage_pending)
                FROM vestibule.usage_rollups
                WHERE granularity = 'hour' AND scope = 'tenant' AND dimension = 'none'";
    let [counted] = world.query::<i64>(sums).await[..] else { panic!("one sum") };
    assert_eq!(usize::try_from(counted).unwrap(), events.len(), "the sums");
}

/// A key that is let do as much as it likes.
async fn key(world: &World) -> String {
    let limits = KeyLimits { per_minute: Some(1_000_000), burst: Some(1_000_000), ..KeyLimits::default() };
    world.key(KeySpec { limits, ..world.spec(KeyKind::Secret) }).await
}

const UNLIMITED: [(&str, &str); 4] = [
    ("VESTIBULE_LIMITS_FLOOD_PER_IP_PER_SECOND", "100000"),
    ("VESTIBULE_LIMITS_FLOOD_BURST", "100000"),
    ("VESTIBULE_LIMITS_IP_PER_MINUTE", "1000000"),
    ("VESTIBULE_LIMITS_MAX_STREAMS", "1000"),
];

/// How often it is killed: more when it is asked for.
fn rounds() -> u32 {
    std::env::var("TEST_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(3)
}

#[tokio::test]
async fn a_gateway_that_is_killed_under_load_loses_nothing_and_counts_nothing_twice() {
    let mut world = World::start().await;
    let key = key(&world).await;
    world.stop().await;
    let mut answered = BTreeSet::new();
    for round in 0..rounds() {
        // It replays what the one before has left, while it is asked anew.
        let process = Process::serve(&world, &UNLIMITED).await;
        let load = Load::start(process.public, &key, round);
        load.has_answered(60 + 40 * (round as usize % 4)).await;
        process.kill().await;
        answered.extend(load.stop().await);
    }
    let last = Process::serve(&world, &UNLIMITED).await;
    reconcile(&world, &answered).await;
    let damaged = last.ops().get("/metrics").await;
    assert!(damaged.text().contains("vestibule_usage_spool_damaged_total"), "{}", damaged.text());
}

#[tokio::test]
async fn what_is_between_spool_and_database_when_a_gateway_is_killed_is_taken_over_by_another() {
    let world = World::start().await;
    let key = key(&world).await;
    let process = Process::serve(&world, &UNLIMITED).await;
    let mut table = world.lock("vestibule.usage_events").await;
    let load = Load::start(process.public, &key, 0);
    load.has_answered(50).await;
    table.awaited().await;
    process.kill().await;
    let answered = load.stop().await;
    table.release().await;
    // The world's own gateway has the same folder.
    reconcile(&world, &answered).await;
}

#[tokio::test]
async fn the_end_of_a_stream_is_recorded_before_it_is_told() {
    let mut world = World::start().await;
    let key = key(&world).await;
    // AnythingLLM does not end its stream: nothing but the last event says that the answer is over.
    world.upstream.control().fail(Failure::NoFinish);
    world.stop().await;
    let process = Process::serve(&world, &UNLIMITED).await;
    let client = process.public().bearer(&key).with("x-request-id", "told-at-its-end");
    let mut stream = client.stream("/api/v1/chat", &json!({"message": QUESTION, "stream": true})).await;
    while stream.next().await.expect("it is not over yet").name != "done" {}
    process.kill().await;
    let next = Process::serve(&world, &UNLIMITED).await;
    world.until_recorded("told-at-its-end").await;
    let tokens = "SELECT completion_tokens FROM vestibule.usage_events WHERE request_id = 'told-at-its-end'";
    assert!(world.query::<Option<i32>>(tokens).await[0].unwrap() > 0);
    next.kill().await;
}

#[tokio::test]
async fn a_database_that_is_read_only_gone_or_locked_costs_no_usage() {
    let world = World::start().await;
    let key = key(&world).await;
    let process = Process::serve(&world, &UNLIMITED).await;
    let mut answered = BTreeSet::new();
    let mut round = 0;
    let mut under_load = async |count: usize, answered: &mut BTreeSet<String>| {
        let load = Load::start(process.public, &key, round);
        round += 1;
        load.has_answered(count).await;
        answered.extend(load.stop().await);
    };
    under_load(20, &mut answered).await;
    world.set_read_only(true).await;
    under_load(40, &mut answered).await;
    process.line(|line| line["message"] == "usage cannot be written now; it is kept").await;
    // The key can be read, a conversation cannot be begun.
    let client = process.public().bearer(&key).with("x-request-id", "while-read-only");
    client.post("/api/v1/chat", &json!({"message": QUESTION})).await;
    answered.insert("while-read-only".to_owned());
    world.set_read_only(false).await;
    for _ in 0..3 {
        under_load(20, &mut answered).await;
        world.end_connections().await;
    }
    let mut table = world.lock("vestibule.usage_events").await;
    under_load(20, &mut answered).await;
    table.awaited().await;
    table.release().await;
    world.cut_off_the_database().await;
    world.restore_the_database().await;
    under_load(20, &mut answered).await;
    reconcile(&world, &answered).await;
    let text = process.ops().get("/metrics").await.text().to_owned();
    assert!(text.contains("\nvestibule_usage_events_dropped_total 0"), "{text}");
}

#[tokio::test]
async fn usage_goes_on_in_memory_where_its_folder_cannot_be_used() {
    let world = World::start().await;
    let key = key(&world).await;
    let file = world.spool().with_extension("file");
    std::fs::write(&file, "a file, not a folder").unwrap();
    let folder = file.display().to_string();
    let mut process = Process::serve(&world, &[("VESTIBULE_USAGE_SPOOL_DIR", &folder)]).await;
    process.line(|line| line["message"] == "usage cannot be put into its spool; it is kept in memory").await;
    let client = process.public().bearer(&key).with("x-request-id", "without-a-spool");
    assert_eq!(client.post("/api/v1/knowledge/query", &json!({"query": "drill"})).await.status, 200);
    assert_eq!(process.ops().get("/readyz").await.status, 200);
    world.until_recorded("without-a-spool").await;
    process.signal("TERM").await;
    assert_eq!(process.exit().await, Some(0));
    std::fs::remove_file(file).unwrap();
}

#[tokio::test]
async fn without_a_database_at_the_end_usage_waits_for_the_next_start() {
    let mut world = World::start().await;
    let key = key(&world).await;
    world.stop().await;
    let mut process = Process::serve(&world, &UNLIMITED).await;
    let table = world.lock("vestibule.usage_events").await;
    let client = process.public().bearer(&key).with("x-request-id", "waits-for-a-start");
    assert_eq!(client.post("/api/v1/knowledge/query", &json!({"query": "drill"})).await.status, 200);
    world.cut_off_the_database().await;
    process.signal("TERM").await;
    tokio::time::timeout(Duration::from_secs(40), process.exit()).await.unwrap();
    process.line(|line| line["message"].as_str().is_some_and(|m| m.starts_with("usage stays in the spool"))).await;
    world.restore_the_database().await;
    drop(table);
    let _next = Process::serve(&world, &UNLIMITED).await;
    world.until_recorded("waits-for-a-start").await;
}
