//! Answers to knowledge queries that replicas keep together in Redis: exact, sealed, asked for once, and never in the
//! way when Redis is.

mod changes;
mod faults;
mod kept;

use crate::harness::{Answer, Http, World, WorldBuilder, eventually};
use redis::AsyncCommands as _;
use redis::aio::MultiplexedConnection;
use serde_json::json;
use vestibule::domain::key::KeyKind;
use vestibule::domain::scope::Scope;

/// A world whose answers are kept in this Redis. They may take their time there: the machine is busy with other tests.
fn keeping(redis: &str, prefix: &str) -> WorldBuilder {
    World::builder()
        .set("CACHE_REDIS_URL", redis)
        .set("CACHE_REDIS_PREFIX", prefix)
        .set("CACHE_REDIS_PATIENCE_MILLIS", 20_000)
        .set("CATALOG_WORKERS", 0)
}

/// The Redis of all tests, and names in it that no other test has.
fn common_redis() -> (String, String) {
    let url = std::env::var("TEST_REDIS_URL").expect("`make test` starts a Redis and sets TEST_REDIS_URL");
    (url, format!("test:{}", uuid::Uuid::new_v4().simple()))
}

/// Three replicas whose workspace lets answers be kept for ten minutes, with a page on each; all keep them together.
async fn three(builder: WorldBuilder) -> ([World; 3], [Http; 3]) {
    let world = builder.start().await;
    let (second, third) = (world.replica().await, world.replica().await);
    let replicas = [world, second, third];
    keep_for(&replicas[0], 600).await;
    let pages = pages(&replicas).await;
    for replica in &replicas {
        is_there(replica, true).await;
    }
    (replicas, pages)
}

/// A client of each replica, all with the same key, which may manage the workspace too.
async fn pages<const N: usize>(replicas: &[World; N]) -> [Http; N] {
    let mut spec = replicas[0].spec(KeyKind::Secret);
    spec.scopes = Scope::ALL.into_iter().collect();
    let key = replicas[0].key(spec).await;
    replicas.each_ref().map(|replica| replica.public().bearer(&key))
}

async fn keep_for(world: &World, seconds: u32) {
    world.change_settings(&format!(r#"settings = settings || '{{"cache_ttl_secs": {seconds}}}'"#)).await;
}

/// Waits until a replica knows whether the cache's Redis is there.
async fn is_there(replica: &World, there: bool) {
    let wanted = format!("vestibule_redis_up{{use=\"cache\"}} {}", u8::from(there));
    eventually(async || {
        let metrics = replica.ops().get("/metrics").await;
        if metrics.text().lines().any(|line| line == wanted) { Ok(()) } else { Err("not yet") }
    })
    .await;
}

async fn ask(page: &Http, query: &str) -> Answer {
    let body = json!({"query": query, "score_threshold": 0});
    let answer = page.post("/api/v1/knowledge/query", &body).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer
}

fn came_from(answer: &Answer) -> &str {
    answer.header("x-cache").expect("X-Cache")
}

fn age(answer: &Answer) -> Option<i64> {
    answer.header("age").map(|age| age.parse().unwrap())
}

/// How often AnythingLLM was asked.
fn searches(world: &World) -> usize {
    let requests = world.upstream.control().requests();
    requests.iter().filter(|request| request.path_and_query.ends_with("/vector-search")).count()
}

/// A connection to the Redis of a test, to look into it and to spoil it.
async fn inside(url: &str) -> MultiplexedConnection {
    redis::Client::open(url).unwrap().get_multiplexed_async_connection().await.unwrap()
}

/// Names of the answers that are kept there. What is kept comes there a moment after its first reader has it.
async fn names(redis: &mut MultiplexedConnection, prefix: &str, count: usize) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    eventually(async || {
        names = redis.keys(format!("{prefix}:*:answer")).await.unwrap();
        if names.len() == count { Ok(()) } else { Err(names.clone()) }
    })
    .await;
    names
}
