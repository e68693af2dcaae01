//! Against guessing passwords: every failed login makes the next one wait longer.
//!
//! Counted three times over: for a name in the neighbourhood of an address, for an address, and for a name everywhere
//! it never logged in from. The last one never waits long, and does not hold where the name has logged in from: a
//! stranger who fails on purpose cannot lock anybody out. Counted over all replicas where they share Redis; while it is
//! away, and without it, in this process. Names are kept as digests only.

use crate::domain::address::Address;
use crate::domain::clock::Ambient;
use crate::limits::{Away, Counted, FailedLogins, Growth, Label};
use chrono::{DateTime, TimeDelta, Utc};
use ipnet::IpNet;
use moka::sync::Cache;
use parking_lot::Mutex;
use std::fmt;
use std::hash::Hash;
use std::net::IpAddr;
use std::time::Duration;

/// So many names, addresses and pairs are remembered.
const REMEMBERED: u64 = 100_000;
/// Failures are forgotten when there was none for this long.
const FORGOTTEN: Duration = Duration::from_secs(3600);
/// An address is known for this long after a login.
const KNOWN: Duration = Duration::from_secs(30 * 86_400);

/// A name in a neighbourhood: whoever has one address mostly has its neighbours.
type Pair = (Label, IpNet);

const OF_PAIR: Growth = Growth { free: 3, longest: 900 };
const OF_ADDRESS: Growth = Growth { free: 10, longest: 900 };
const OF_NAME: Growth = Growth { free: 20, longest: 30 };

/// The wait after so many failures.
fn grown(growth: Growth, failures: u32) -> TimeDelta {
    let longest = i64::from(growth.longest);
    match failures.checked_sub(growth.free) {
        None | Some(0) => TimeDelta::zero(),
        Some(more) => TimeDelta::seconds(1_i64.checked_shl(more.min(32) - 1).unwrap_or(longest).min(longest)),
    }
}

/// What one of so many replicas lets pass for nothing.
fn share(growth: Growth, replicas: u32) -> Growth {
    Growth { free: growth.free / replicas.max(1), ..growth }
}

#[derive(Debug, Clone, Copy)]
struct Tally {
    failures: u32,
    last: DateTime<Utc>,
}

type Tallies<Whose> = Cache<Whose, Tally>;

/// Decides when a login may be tried.
pub struct LoginThrottle {
    pairs: Tallies<Pair>,
    addresses: Tallies<Address>,
    names: Tallies<Label>,
    known: Cache<Pair, ()>,
    /// Looking and counting are one step, or parallel guesses would all pass before the first has failed.
    step: Mutex<()>,
    /// Where all replicas count; none without Redis.
    shared: Option<FailedLogins>,
    ambient: Ambient,
}

impl fmt::Debug for LoginThrottle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LoginThrottle")
    }
}

/// A login that may be tried. It counts as failed until told otherwise, so that giving up half-way wins nothing.
#[derive(Debug, Clone, Copy)]
pub(super) struct Attempt {
    pair: Pair,
    address: Address,
    name: Label,
}

impl LoginThrottle {
    /// A throttle in which nobody has failed yet, but for what the other replicas have counted.
    pub fn new(shared: Option<FailedLogins>, ambient: Ambient) -> Self {
        Self {
            pairs: tallies(),
            addresses: tallies(),
            names: tallies(),
            known: Cache::builder().max_capacity(REMEMBERED).time_to_live(KNOWN).build(),
            step: Mutex::new(()),
            shared,
            ambient,
        }
    }

    /// Asks whether this name may be tried from this address now, and counts the attempt.
    ///
    /// # Errors
    /// How long to wait. Nothing is counted then: waiting does not grow by asking.
    pub(super) async fn begin(&self, username: &str, ip: IpAddr) -> Result<Attempt, TimeDelta> {
        let (name, address) = (Label::of(username), Address::of(ip));
        let attempt = Attempt { pair: (name, address.neighbourhood()), address, name };
        let Some(shared) = &self.shared else { return self.begin_here(attempt, 1) };
        match shared.begin(&attempt.counted(), [OF_PAIR, OF_ADDRESS, OF_NAME], FORGOTTEN).await {
            Ok(Ok(())) => {
                // Kept here as well, for when Redis is away.
                let _step = self.step.lock();
                self.count(&attempt);
                Ok(attempt)
            }
            Ok(Err(wait)) => Err(TimeDelta::from_std(wait).unwrap_or(TimeDelta::MAX)),
            Err(Away) => self.begin_here(attempt, shared.replicas()),
        }
    }

    /// The same as one of so many replicas that know nothing of each other.
    fn begin_here(&self, attempt: Attempt, replicas: u32) -> Result<Attempt, TimeDelta> {
        let now = self.ambient.now();
        let _step = self.step.lock();
        let is_known = self.known.contains_key(&attempt.pair);
        let waits = [
            wait(&self.pairs, attempt.pair, share(OF_PAIR, replicas), now),
            wait(&self.addresses, attempt.address, share(OF_ADDRESS, replicas), now),
            if is_known { TimeDelta::zero() } else { wait(&self.names, attempt.name, share(OF_NAME, replicas), now) },
        ];
        let longest = waits.into_iter().max().unwrap_or_default();
        if longest > TimeDelta::zero() {
            return Err(longest);
        }
        self.count(&attempt);
        Ok(attempt)
    }

    /// Name and password were right: what failed before was mistyped.
    pub(super) async fn succeeded(&self, attempt: &Attempt) {
        if let Some(shared) = &self.shared {
            let _ = shared.succeeded(&attempt.counted(), KNOWN).await;
        }
        let _step = self.step.lock();
        let failures = self.pairs.remove(&attempt.pair).map_or(1, |tally| tally.failures);
        // Only this name's: somebody with an account must not guess others' by logging in now and then.
        take_back(&self.addresses, attempt.address, failures);
        take_back(&self.names, attempt.name, failures);
        self.known.insert(attempt.pair, ());
    }

    /// Nobody has found out whether they were right.
    pub(super) async fn undecided(&self, attempt: &Attempt) {
        if let Some(shared) = &self.shared {
            let _ = shared.undecided(&attempt.counted()).await;
        }
        let _step = self.step.lock();
        take_back(&self.pairs, attempt.pair, 1);
        take_back(&self.addresses, attempt.address, 1);
        take_back(&self.names, attempt.name, 1);
    }

    fn count(&self, attempt: &Attempt) {
        let now = self.ambient.now();
        count(&self.pairs, attempt.pair, now);
        count(&self.addresses, attempt.address, now);
        count(&self.names, attempt.name, now);
    }
}

impl Attempt {
    fn counted(&self) -> Counted {
        Counted { name: self.name, address: self.address.to_string(), place: self.pair.1.to_string() }
    }
}

fn tallies<Whose: Hash + Eq + Send + Sync + 'static>() -> Tallies<Whose> {
    Cache::builder().max_capacity(REMEMBERED).time_to_idle(FORGOTTEN).build()
}

fn wait<Whose>(tallies: &Tallies<Whose>, whose: Whose, growth: Growth, now: DateTime<Utc>) -> TimeDelta
where
    Whose: Copy + Hash + Eq + Send + Sync + 'static,
{
    let Some(tally) = tallies.get(&whose) else { return TimeDelta::zero() };
    tally.last + grown(growth, tally.failures) - now
}

fn count<Whose: Hash + Eq + Send + Sync + 'static>(tallies: &Tallies<Whose>, whose: Whose, now: DateTime<Utc>) {
    let failures = tallies.get(&whose).map_or(0, |tally| tally.failures);
    tallies.insert(whose, Tally { failures: failures.saturating_add(1), last: now });
}

fn take_back<Whose: Hash + Eq + Send + Sync + 'static>(tallies: &Tallies<Whose>, whose: Whose, failures: u32) {
    if let Some(tally) = tallies.get(&whose) {
        match tally.failures.saturating_sub(failures) {
            0 => tallies.invalidate(&whose),
            failures => tallies.insert(whose, Tally { failures, ..tally }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::clock::{Clock, SystemRandomness};
    use std::sync::Arc;

    #[derive(Debug)]
    struct Hands(Mutex<DateTime<Utc>>);

    impl Clock for Hands {
        fn now(&self) -> DateTime<Utc> {
            *self.0.lock()
        }
    }

    struct Bench {
        throttle: LoginThrottle,
        hands: Arc<Hands>,
    }

    impl Bench {
        fn new() -> Self {
            let hands = Arc::new(Hands(Mutex::new(DateTime::from_timestamp(1_800_000_000, 0).unwrap())));
            let ambient = Ambient { clock: Arc::clone(&hands) as _, randomness: Arc::new(SystemRandomness) };
            Self { throttle: LoginThrottle::new(None, ambient), hands }
        }

        async fn fail(&self, username: &str, ip: &str) -> Result<(), i64> {
            self.throttle.begin(username, ip.parse().unwrap()).await.map(|_| ()).map_err(|wait| wait.num_seconds())
        }

        async fn succeed(&self, username: &str, ip: &str) {
            let attempt = self.throttle.begin(username, ip.parse().unwrap()).await.unwrap();
            self.throttle.succeeded(&attempt).await;
        }

        fn pass(&self, seconds: i64) {
            *self.hands.0.lock() += TimeDelta::seconds(seconds);
        }
    }

    #[tokio::test]
    async fn the_wait_doubles_with_every_failure_up_to_a_quarter_of_an_hour() {
        let bench = Bench::new();
        for _ in 0..3 {
            assert_eq!(bench.fail("jane", "203.0.113.7").await, Ok(()));
        }
        assert_eq!(bench.fail("jane", "203.0.113.7").await, Ok(()));
        for wait in [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900] {
            assert_eq!(bench.fail("jane", "203.0.113.7").await, Err(wait));
            assert_eq!(bench.fail("jane", "203.0.113.99").await, Err(wait), "its neighbour is the same place");
            bench.pass(wait - 1);
            assert_eq!(bench.fail("jane", "203.0.113.7").await, Err(1));
            bench.pass(1);
            assert_eq!(bench.fail("jane", "203.0.113.7").await, Ok(()));
        }
    }

    #[tokio::test]
    async fn a_success_begins_anew() {
        let bench = Bench::new();
        for _ in 0..3 {
            bench.fail("jane", "203.0.113.7").await.unwrap();
        }
        bench.succeed("jane", "203.0.113.7").await;
        for _ in 0..4 {
            assert_eq!(bench.fail("jane", "203.0.113.7").await, Ok(()));
        }
        assert_eq!(bench.fail("jane", "203.0.113.7").await, Err(1));
    }

    #[tokio::test]
    async fn an_account_of_ones_own_buys_no_guesses_of_others() {
        let bench = Bench::new();
        for guess in 0..11 {
            assert_eq!(bench.fail(&format!("victim{guess}"), "203.0.113.7").await, Ok(()));
            if guess < 10 {
                bench.succeed("mallory", "203.0.113.7").await;
            }
        }
        assert_eq!(bench.fail("victim", "203.0.113.7").await, Err(1));
        assert_eq!(bench.fail("jane", "198.51.100.1").await, Ok(()), "other addresses are not concerned");
    }

    #[tokio::test]
    async fn the_addresses_of_a_64_are_one() {
        let bench = Bench::new();
        for guess in 0..10 {
            assert_eq!(bench.fail(&format!("victim{guess}"), &format!("2001:db8:1:2::{guess:x}")).await, Ok(()));
        }
        assert_eq!(bench.fail("another", "2001:db8:1:2:ffff::1").await, Ok(()));
        assert_eq!(bench.fail("yet another", "2001:db8:1:2:ffff::2").await, Err(1));
        assert_eq!(bench.fail("yet another", "2001:db8:1:3::1").await, Ok(()), "the next one is somebody else's");
        for guess in 0..11 {
            bench.fail(&format!("victim{guess}"), "192.0.2.1").await.unwrap();
        }
        assert_eq!(bench.fail("another", "::ffff:192.0.2.1").await, Err(1));
    }

    #[tokio::test]
    async fn strangers_cannot_lock_out_who_has_logged_in_from_elsewhere() {
        let bench = Bench::new();
        bench.succeed("jane", "198.51.100.1").await;
        for place in 0..200 {
            let _ = bench.fail("jane", &format!("203.0.{place}.1")).await;
        }
        assert_eq!(bench.fail("jane", "198.51.100.1").await, Ok(()), "known");
        let longest = bench.fail("jane", "192.0.2.1").await.unwrap_err();
        assert!((1..=30).contains(&longest), "{longest}: others wait, but not for long");
    }

    #[tokio::test]
    async fn what_was_not_decided_is_not_counted() {
        let bench = Bench::new();
        for _ in 0..50 {
            let attempt = bench.throttle.begin("jane", "203.0.113.7".parse().unwrap()).await.unwrap();
            bench.throttle.undecided(&attempt).await;
        }
        assert_eq!(bench.fail("jane", "203.0.113.7").await, Ok(()));
    }

    #[tokio::test]
    async fn asking_while_waiting_does_not_make_it_longer() {
        let bench = Bench::new();
        for _ in 0..5 {
            let _ = bench.fail("jane", "203.0.113.7").await;
        }
        for _ in 0..100 {
            assert_eq!(bench.fail("jane", "203.0.113.7").await, Err(1));
        }
    }
}
