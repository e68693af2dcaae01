//! Limits that several replicas share through Redis: exact while it is there, bounded while it is not.

mod exact;
mod faults;
mod model;
mod topologies;

use crate::harness::{Answer, Http, KeySpec, ORIGIN, World, WorldBuilder};
use futures_util::future::join_all;
use std::collections::BTreeMap;
use vestibule::domain::key::{KeyKind, KeyLimits};

const CHEAP: &str = "/api/v1/messages?session_id=nobody";

/// A world whose limits are counted in this Redis. Answers may take their time: the machine is busy with other tests,
/// and what is to be exact must not be decided by a share.
fn sharing(redis: &str, prefix: &str) -> WorldBuilder {
    World::builder().set("REDIS_URL", redis).set("REDIS_PREFIX", prefix).set("REDIS_PATIENCE_MILLIS", 20_000)
}

/// The Redis of all tests, and names in it that no other test has.
fn common_redis() -> (String, String) {
    let url = std::env::var("TEST_REDIS_URL").expect("`make test` starts a Redis and sets TEST_REDIS_URL");
    (url, format!("test:{}", uuid::Uuid::new_v4().simple()))
}

/// One world and two more replicas of it.
async fn three(world: World) -> [World; 3] {
    let (second, third) = (world.replica().await, world.replica().await);
    [world, second, third]
}

/// One a minute, and `burst` of them at once: no unit comes back while a test runs.
fn slow(burst: u32) -> KeyLimits {
    KeyLimits { per_minute: Some(1), burst: Some(burst), ..KeyLimits::default() }
}

/// The same page on each replica.
async fn pages(replicas: &[World; 3], kind: KeyKind, limits: KeyLimits) -> [Http; 3] {
    let key = replicas[0].key(KeySpec { limits, ..replicas[0].spec(kind) }).await;
    replicas.each_ref().map(|replica| {
        let http = replica.public().bearer(&key);
        if kind == KeyKind::Publishable { http.with("origin", ORIGIN) } else { http }
    })
}

/// Sends so many requests to each replica, all at once, and counts the answers by status.
async fn burst(pages: &[Http; 3], each: usize, send: impl AsyncFn(&Http, usize) -> Answer) -> BTreeMap<u16, usize> {
    let all = pages.iter().flat_map(|page| (0..each).map(move |number| (page, number)));
    let answers = join_all(all.map(|(page, number)| send(page, number))).await;
    let mut counted = BTreeMap::new();
    for answer in answers {
        *counted.entry(answer.status.as_u16()).or_default() += 1;
    }
    counted
}
