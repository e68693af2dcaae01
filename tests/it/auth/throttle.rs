//! Guessing passwords: how it is slowed down, and for whom it is not.

use super::{PASSWORD, Person, populated, told, try_log_in, world};
use crate::harness::{Http, World, eventually};
use futures_util::future::join_all;
use vestibule_stand_in::Failure;

async fn behind_a_proxy() -> World {
    let world = world().set("EDGE_TRUSTED_PROXIES", "127.0.0.1").start().await;
    world.upstream.control().add_user("dora", PASSWORD, "default");
    world
}

fn from(world: &World, address: &str) -> Http {
    world.public().with("x-forwarded-for", address)
}

/// Fails until it is throttled; the number of guesses.
async fn guess(http: &Http, username: &str) -> usize {
    for guesses in 0.. {
        let answer = try_log_in(http, username, "wrong").await;
        if answer.status == 429 {
            assert_eq!(answer.code(), "login_throttled");
            let wait: u64 = answer.header("retry-after").expect("when to try again").parse().unwrap();
            assert!(wait >= 1);
            return guesses;
        }
        assert_eq!(told(&answer), (401, "invalid_credentials".into()));
    }
    unreachable!()
}

fn logins(world: &World) -> usize {
    let requests = world.upstream.control().requests();
    requests.iter().filter(|request| request.path_and_query == "/api/request-token").count()
}

#[tokio::test]
async fn guesses_are_throttled_without_asking_anythingllm() {
    let world = populated().await;
    let guesses = guess(&world.public(), "dora").await;
    // On a busy machine a wait may pass between two of them.
    assert!((3..=8).contains(&guesses), "{guesses}");
    assert_eq!(logins(&world), guesses);
    // Unknown names are throttled alike, or the difference would tell them.
    assert!((3..=8).contains(&guess(&world.public(), "nobody").await));
    let metrics = world.ops().get("/metrics").await;
    assert!(metrics.text().contains("vestibule_logins_total{outcome=\"login_throttled\"} 2"), "{}", metrics.text());
}

#[tokio::test]
async fn a_stranger_elsewhere_locks_nobody_out() {
    let world = behind_a_proxy().await;
    Person::log_in(&from(&world, "198.51.100.1"), "dora").await;
    for place in 1..40 {
        let stranger = from(&world, &format!("203.0.{place}.1"));
        try_log_in(&stranger, "dora", "wrong").await;
    }
    Person::log_in(&from(&world, "198.51.100.1"), "dora").await;
}

#[tokio::test]
async fn a_success_begins_anew() {
    let world = populated().await;
    for _ in 0..5 {
        for _ in 0..2 {
            assert_eq!(told(&try_log_in(&world.public(), "dora", "wrong").await), (401, "invalid_credentials".into()));
        }
        Person::log_in(&world.public(), "dora").await;
    }
}

#[tokio::test]
async fn the_wait_passes() {
    let world = populated().await;
    guess(&world.public(), "dora").await;
    eventually(async || {
        let answer = try_log_in(&world.public(), "dora", PASSWORD).await;
        if answer.status == 200 { Ok(()) } else { Err(answer.status) }
    })
    .await;
}

#[tokio::test]
async fn logins_of_an_address_are_limited_whatever_the_names() {
    let world = world().set("ADMIN_LOGINS_PER_IP_PER_MINUTE", 4).start().await;
    let mut answers = Vec::new();
    for name in ["a1", "a2", "a3", "a4", "a5"] {
        answers.push(told(&try_log_in(&world.public(), name, "wrong").await).0);
    }
    assert_eq!(answers, [401, 401, 401, 401, 429]);
    // On both listeners together.
    let body = serde_json::json!({"username": "a6", "password": "wrong"});
    assert_eq!(world.admin().post("/api/request-token", &body).await.status, 429);
}

#[tokio::test]
async fn no_more_logins_than_set_are_in_flight_upstream() {
    let world = world().set("AUTH_MAX_PARALLEL_LOGINS", 1).set("UPSTREAM_RESPONSE_MILLIS", 5000).start().await;
    let control = world.upstream.control();
    control.add_user("dora", PASSWORD, "manager");
    control.fail_on_times("/api/request-token", Failure::Hang, 1);
    let public = world.public();
    let held = tokio::spawn({
        let public = public.clone();
        async move { try_log_in(&public, "dora", PASSWORD).await }
    });
    eventually(async || if logins(&world) == 1 { Ok(()) } else { Err(()) }).await;
    let answers = join_all((0..5).map(|_| try_log_in(&public, "dora", PASSWORD))).await;
    for answer in answers {
        assert_eq!(told(&answer), (429, "login_throttled".into()));
        assert_eq!(answer.header("retry-after"), Some("1"));
    }
    assert_eq!(logins(&world), 1);
    assert_eq!(told(&held.await.unwrap()), (504, "upstream_timeout".into()));
    Person::log_in(&public, "dora").await;
}

#[tokio::test]
async fn the_place_of_a_login_is_kept_when_its_client_leaves() {
    let world = world().set("AUTH_MAX_PARALLEL_LOGINS", 1).start().await;
    world.upstream.control().fail_on_times("/api/request-token", Failure::Hang, 1);
    let public = world.public();
    let left = tokio::spawn({
        let public = public.clone();
        async move { try_log_in(&public, "dora", PASSWORD).await }
    });
    eventually(async || if logins(&world) == 1 { Ok(()) } else { Err(()) }).await;
    left.abort();
    let _ = left.await;
    for _ in 0..3 {
        let answer = try_log_in(&Http::new(world.running().public), "mona", PASSWORD).await;
        assert_eq!(told(&answer), (429, "login_throttled".into()));
    }
    assert_eq!(logins(&world), 1);
}
