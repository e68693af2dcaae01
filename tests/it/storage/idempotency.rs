//! Idempotency keys: one works, the others wait or get the same answer.

use super::fixture::{Fixture, within};
use chrono::{DateTime, Utc};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use vestibule::domain::clock::{Ambient, Clock};
use vestibule::domain::ids::TenantId;
use vestibule::storage::{Begin, Claim, IdempotentRequest, Lease};

const HOUR: Duration = Duration::from_secs(3600);

#[derive(Debug)]
struct SetClock(Mutex<DateTime<Utc>>);

impl Clock for SetClock {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap()
    }
}

struct Keys {
    fixture: Fixture,
    clock: Arc<SetClock>,
    ambient: Ambient,
    lease: Lease,
}

impl Keys {
    async fn new() -> Self {
        let fixture = Fixture::new().await;
        let clock = Arc::new(SetClock(Mutex::new(fixture.ambient.now())));
        let ambient = Ambient { clock: clock.clone(), randomness: fixture.ambient.randomness.clone() };
        Self { fixture, clock, ambient, lease: Lease::PRODUCT }
    }

    fn pass(&self, time: Duration) {
        *self.clock.0.lock().unwrap() += time;
    }

    async fn begin(&self, fingerprint: u8) -> Begin {
        self.begin_as("key:1", fingerprint).await
    }

    async fn begin_as(&self, principal: &str, fingerprint: u8) -> Begin {
        let request =
            IdempotentRequest { tenant: TenantId::DEFAULT, principal, key: "order-7", fingerprint: [fingerprint; 32] };
        let keys = self.fixture.database.idempotency_keys();
        keys.begin(&request, HOUR, self.lease, &self.ambient).await.unwrap()
    }

    /// As a version leaves its claims that gives no sign of life.
    async fn never_beats(&self) {
        let sql = "UPDATE vestibule.idempotency_keys SET beat_at = NULL, beat_claim = NULL";
        self.fixture.test_database.run(TenantId::DEFAULT, sql).await;
    }

    async fn claim(&self, fingerprint: u8) -> Claim {
        match self.begin(fingerprint).await {
            Begin::Fresh(claim) => claim,
            other => panic!("{other:?}"),
        }
    }

    async fn finish(&self, claim: &Claim, body: &[u8]) -> bool {
        self.fixture.database.idempotency_keys().finish(claim, 200, body).await.unwrap()
    }
}

fn replay(body: &[u8]) -> Begin {
    Begin::Replay { status: 200, body: body.to_vec() }
}

#[tokio::test]
async fn of_many_at_once_one_answers() {
    let keys = Keys::new().await;
    let begun = within(futures_util::future::join_all((0..50).map(|_| keys.begin(1)))).await;
    let fresh = begun.iter().filter(|begin| matches!(begin, Begin::Fresh(_))).count();
    let in_flight = begun.iter().filter(|begin| **begin == Begin::InFlight).count();
    assert_eq!((fresh, in_flight), (1, 49));
}

#[tokio::test]
async fn the_same_is_answered_again_and_another_body_refused() {
    let keys = Keys::new().await;
    let claim = keys.claim(1).await;
    assert_eq!(keys.begin(1).await, Begin::InFlight);
    assert_eq!(keys.begin(2).await, Begin::Mismatch);
    assert!(keys.finish(&claim, b"answer").await);
    assert_eq!(keys.begin(1).await, replay(b"answer"));
    assert_eq!(keys.begin(2).await, Begin::Mismatch);
    assert!(matches!(keys.begin_as("key:2", 1).await, Begin::Fresh(_)), "another caller's key is another key");
    assert!(!keys.finish(&claim, b"again").await, "an answer is not replaced");
}

#[tokio::test]
async fn an_empty_answer_is_an_answer() {
    let keys = Keys::new().await;
    let claim = keys.claim(1).await;
    assert!(keys.finish(&claim, b"").await);
    assert_eq!(keys.begin(1).await, replay(b""));
}

#[tokio::test]
async fn an_abandoned_key_is_free_again() {
    let keys = Keys::new().await;
    let claim = keys.claim(1).await;
    keys.fixture.database.idempotency_keys().abandon(&claim).await.unwrap();
    let second = keys.claim(2).await;
    keys.fixture.database.idempotency_keys().abandon(&claim).await.unwrap();
    assert_eq!(keys.begin(2).await, Begin::InFlight, "the first one's claim is no longer good for anything");
    assert!(keys.finish(&second, b"answer").await);
    keys.fixture.database.idempotency_keys().abandon(&second).await.unwrap();
    assert_eq!(keys.begin(2).await, replay(b"answer"), "done is done");
}

#[tokio::test]
async fn what_a_dead_gateway_of_an_earlier_version_began_is_taken_over() {
    let keys = Keys::new().await;
    let dead = keys.claim(1).await;
    keys.never_beats().await;
    keys.pass(Duration::from_secs(19 * 60));
    assert_eq!(keys.begin(1).await, Begin::InFlight);
    keys.pass(Duration::from_secs(2 * 60));
    assert_eq!(keys.begin(2).await, Begin::Mismatch, "only by the same request");
    let begun = within(futures_util::future::join_all((0..20).map(|_| keys.begin(1)))).await;
    let mut fresh = begun.iter().filter_map(|begin| match begin {
        Begin::Fresh(claim) => Some(claim),
        _ => None,
    });
    let (Some(second), None) = (fresh.next(), fresh.next()) else { panic!("{begun:?}") };
    assert!(!keys.finish(&dead, b"late").await, "the dead one was alive after all, and too late");
    assert!(keys.finish(second, b"answer").await);
    assert_eq!(keys.begin(1).await, replay(b"answer"));
}

#[tokio::test]
async fn a_claim_is_the_holders_for_as_long_as_it_beats() {
    let mut keys = Keys::new().await;
    let first = keys.claim(1).await;
    let repository = || keys.fixture.database.idempotency_keys();
    assert!(repository().beat(&first).await.unwrap());
    // Whatever the clocks of replicas say.
    keys.pass(Duration::from_secs(30 * 60));
    assert_eq!(keys.begin(1).await, Begin::InFlight);
    // Its last beat is longer ago than nothing.
    keys.lease = Lease { length: Duration::ZERO, ..Lease::PRODUCT };
    assert_eq!(keys.begin(2).await, Begin::Mismatch, "only by the same request");
    let second = keys.claim(1).await;
    let repository = keys.fixture.database.idempotency_keys();
    assert!(!repository.beat(&first).await.unwrap(), "it has been taken over");
    assert!(!keys.finish(&first, b"late").await);
    assert!(repository.beat(&second).await.unwrap());
    assert!(keys.finish(&second, b"answer").await);
    assert!(!repository.beat(&second).await.unwrap(), "nothing is left to be kept alive");
    assert_eq!(keys.begin(1).await, replay(b"answer"));
}

#[tokio::test]
async fn an_expired_key_is_as_good_as_new() {
    let keys = Keys::new().await;
    let claim = keys.claim(1).await;
    assert!(keys.finish(&claim, b"answer").await);
    let repository = keys.fixture.database.idempotency_keys();
    assert_eq!(repository.delete_expired(TenantId::DEFAULT, &keys.ambient).await.unwrap(), 0);
    keys.pass(HOUR);
    keys.claim(2).await;
    keys.pass(HOUR);
    assert_eq!(repository.delete_expired(TenantId::DEFAULT, &keys.ambient).await.unwrap(), 1);
}
