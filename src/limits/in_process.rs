//! The limiter of a single node: governor's GCRA over a store of our own that can take a unit back.
//!
//! Governor keeps one rate a limiter and our keys each have their own, so there is one governor limiter a distinct
//! rate. State is a `u64` a subject; subjects that are back at full allowance are forgotten by
//! [`Limiter::forget_idle`].

use crate::limits::{
    Counting, Exceeded, LimitState, Limiter, Policy, Rate, StreamPlace, StreamSlot, StreamsFull, Subject, Want,
};
use async_trait::async_trait;
use dashmap::DashMap;
use governor::clock::{Clock as _, DefaultClock, Reference as _};
use governor::middleware::StateInformationMiddleware;
use governor::nanos::Nanos;
use governor::state::StateStore;
use governor::{Quota, RateLimiter};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

const COUNTING: Counting = Counting::InProcess;

type Clock = DefaultClock;
type Governor = RateLimiter<Subject, Cells, Clock, StateInformationMiddleware>;

/// The time at which each subject's allowance is full again, in governor's nanoseconds.
#[derive(Debug, Clone, Default)]
struct Cells(Arc<DashMap<Subject, AtomicU64>>);

impl StateStore for Cells {
    type Key = Subject;

    fn measure_and_replace<T, F, E>(&self, subject: &Subject, decide: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        // The map's shard lock makes the read and the write one step.
        let cell = self.0.entry(*subject).or_default();
        let old = cell.load(Ordering::Relaxed);
        let (value, new) = decide((old > 0).then(|| Nanos::new(old)))?;
        cell.store(new.as_u64(), Ordering::Relaxed);
        Ok(value)
    }
}

impl Cells {
    fn give_back(&self, subject: &Subject, one: Duration) {
        if let Some(cell) = self.0.get(subject) {
            let one = u64::try_from(one.as_nanos()).unwrap_or(u64::MAX);
            // Only this map's users change the cell and each holds the shard, so load and store do not race.
            let _ =
                cell.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |full_at| Some(full_at.saturating_sub(one)));
        }
    }
}

#[derive(Debug)]
struct OneRate {
    governor: Governor,
    cells: Cells,
    clock: Clock,
    started: <Clock as governor::clock::Clock>::Instant,
    unit: Duration,
}

impl OneRate {
    fn new(rate: Rate, clock: &Clock) -> Self {
        let burst = NonZeroU32::new(rate.burst).unwrap_or(NonZeroU32::MIN);
        // None only for a unit that takes no time at all, which no rate has.
        let quota = Quota::with_period(rate.unit()).unwrap_or_else(|| Quota::per_minute(NonZeroU32::MIN));
        let quota = quota.allow_burst(burst);
        let cells = Cells::default();
        let governor = Governor::new(quota, cells.clone(), clock.clone());
        Self { governor, cells, clock: clock.clone(), started: clock.now(), unit: quota.replenish_interval() }
    }

    fn take(&self, want: &Want) -> Result<LimitState, Duration> {
        match self.governor.check_key(&want.subject) {
            Ok(left) => {
                let remaining = left.remaining_burst_capacity();
                let used = want.rate.burst.saturating_sub(remaining);
                Ok(LimitState {
                    policy: want.policy,
                    rate: want.rate,
                    remaining,
                    reset: self.unit * used,
                    counting: COUNTING,
                })
            }
            Err(not_until) => Err(not_until.wait_time_from(self.clock.now())),
        }
    }

    fn look(&self, want: &Want) -> LimitState {
        let now: Nanos = self.clock.now().duration_since(self.started);
        let full_at = self.cells.0.get(&want.subject).map_or(0, |cell| cell.load(Ordering::Relaxed));
        let reset = Duration::from_nanos(full_at.saturating_sub(now.as_u64()));
        let unit = self.unit.as_nanos().max(1);
        // A unit that has come back in part is not there yet.
        let used = u32::try_from(reset.as_nanos().div_ceil(unit)).unwrap_or(u32::MAX);
        let remaining = want.rate.burst.saturating_sub(used);
        LimitState { policy: want.policy, rate: want.rate, remaining, reset, counting: COUNTING }
    }

    fn forget_idle(&self) {
        let now: Nanos = self.clock.now().duration_since(self.started);
        self.cells.0.retain(|_, full_at| full_at.load(Ordering::Relaxed) > now.as_u64());
    }
}

/// A limit of which nobody has used anything.
fn untouched(want: &Want) -> LimitState {
    LimitState {
        policy: want.policy,
        rate: want.rate,
        remaining: want.rate.burst,
        reset: Duration::ZERO,
        counting: COUNTING,
    }
}

/// A limit with nothing left, of which one unit is back after `until`.
fn used_up(want: &Want, until: Duration) -> LimitState {
    let reset = until + want.rate.unit() * want.rate.burst.saturating_sub(1);
    LimitState { policy: want.policy, rate: want.rate, remaining: 0, reset, counting: COUNTING }
}

#[derive(Debug, Default)]
pub struct InProcess {
    rates: DashMap<(Policy, Rate), Arc<OneRate>>,
    streams: DashMap<Subject, Arc<AtomicU32>>,
    clock: Clock,
}

impl InProcess {
    /// A limiter in which nobody has used anything yet.
    pub fn new() -> Self {
        Self::default()
    }

    fn rate(&self, want: &Want) -> Arc<OneRate> {
        let key = (want.policy, want.rate);
        if let Some(found) = self.rates.get(&key) {
            return Arc::clone(&found);
        }
        Arc::clone(&self.rates.entry(key).or_insert_with(|| Arc::new(OneRate::new(want.rate, &self.clock))))
    }
}

#[async_trait]
impl Limiter for InProcess {
    async fn take(&self, wants: &[Want]) -> Result<Vec<LimitState>, Exceeded> {
        let mut states = Vec::with_capacity(wants.len());
        let mut refused = false;
        let mut taken = 0;
        // From the own end: what others share stays untouched once somebody's own allowance has refused.
        for want in wants.iter().rev() {
            let rate = self.rate(want);
            if refused {
                states.push(rate.look(want));
                continue;
            }
            match rate.take(want) {
                Ok(state) => {
                    states.push(state);
                    taken += 1;
                }
                Err(wait) => {
                    states.push(used_up(want, wait));
                    refused = true;
                }
            }
        }
        if !refused {
            states.reverse();
            return Ok(states);
        }
        self.give_back(wants.get(wants.len() - taken..).unwrap_or_default()).await;
        for state in states.iter_mut().take(taken) {
            *state = state.given_back();
        }
        states.reverse();
        Err(Exceeded::of(states))
    }

    async fn give_back(&self, wants: &[Want]) {
        for want in wants {
            let rate = self.rate(want);
            rate.cells.give_back(&want.subject, rate.unit);
        }
    }

    async fn look(&self, wants: &[Want]) -> Vec<LimitState> {
        let state = |want: &Want| {
            let known = self.rates.get(&(want.policy, want.rate)).map(|rate| rate.look(want));
            known.unwrap_or_else(|| untouched(want))
        };
        wants.iter().map(state).collect()
    }

    async fn open_streams(&self, holder: Subject) -> u32 {
        self.streams.get(&holder).map_or(0, |open| open.load(Ordering::Relaxed))
    }

    async fn open_stream(&self, places: &[StreamPlace]) -> Result<StreamSlot, StreamsFull> {
        let mut slots = Vec::with_capacity(places.len());
        for place in places.iter().rev() {
            let open = Arc::clone(&self.streams.entry(place.holder).or_default());
            let more = |n| (n < place.max).then_some(n + 1);
            if open.fetch_update(Ordering::AcqRel, Ordering::Acquire, more).is_err() {
                return Err(StreamsFull { policy: place.policy, max: place.max });
            }
            slots.push(Slot(open));
        }
        Ok(StreamSlot::new(slots))
    }

    fn forget_idle(&self) {
        self.rates.retain(|_, rate| {
            rate.forget_idle();
            !rate.cells.0.is_empty()
        });
        self.streams.retain(|_, open| open.load(Ordering::Relaxed) > 0 || Arc::strong_count(open) > 1);
    }
}

/// Frees its place when dropped.
struct Slot(Arc<AtomicU32>);

impl Drop for Slot {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::KeyId;
    use crate::limits::StreamPolicy;
    use uuid::Uuid;

    fn key(number: u128) -> Subject {
        Subject::Key(KeyId(Uuid::from_u128(number)))
    }

    fn want(policy: Policy, who: u128, per_minute: u32) -> Want {
        Want { policy, subject: key(who), rate: Rate::per_minute(per_minute, per_minute) }
    }

    fn place(policy: StreamPolicy, who: u128, max: u32) -> StreamPlace {
        StreamPlace { policy, holder: key(who), max }
    }

    #[tokio::test]
    async fn the_allowance_ends_and_says_when_it_is_back() {
        let limiter = InProcess::new();
        let wants = [want(Policy::KeyMinute, 1, 3)];
        for left in [2, 1, 0] {
            assert_eq!(limiter.take(&wants).await.unwrap()[0].remaining, left);
        }
        let exceeded = limiter.take(&wants).await.unwrap_err();
        assert_eq!(exceeded.policies, ["key-minute"]);
        assert!(exceeded.retry_after > Duration::ZERO && exceeded.retry_after <= Duration::from_secs(20));
    }

    #[tokio::test]
    async fn a_refused_request_uses_up_nothing() {
        let limiter = InProcess::new();
        let shared = want(Policy::KeyMinute, 1, 5);
        let own = want(Policy::IpMinute, 7, 1);
        limiter.take(&[shared, own]).await.unwrap();
        for _ in 0..100 {
            let exceeded = limiter.take(&[shared, own]).await.unwrap_err();
            assert_eq!(exceeded.policies, ["ip-minute"]);
            assert_eq!(exceeded.states.iter().map(|s| s.remaining).collect::<Vec<_>>(), [4, 0]);
        }
        assert_eq!(limiter.take(&[shared]).await.unwrap()[0].remaining, 3);
    }

    #[tokio::test]
    async fn what_is_given_back_can_be_taken_again() {
        let limiter = InProcess::new();
        let wants = [want(Policy::KeyMinute, 1, 1)];
        limiter.take(&wants).await.unwrap();
        limiter.give_back(&wants).await;
        limiter.take(&wants).await.unwrap();
        limiter.take(&wants).await.unwrap_err();
    }

    #[tokio::test]
    async fn looking_takes_nothing() {
        let limiter = InProcess::new();
        let wants = [want(Policy::KeyMinute, 1, 3)];
        assert_eq!(limiter.look(&wants).await[0].remaining, 3);
        limiter.take(&wants).await.unwrap();
        for _ in 0..5 {
            let state = limiter.look(&wants).await[0];
            assert_eq!(state.remaining, 2);
            assert!(state.reset > Duration::ZERO && state.reset <= Duration::from_secs(20));
        }
        let slot = limiter.open_stream(&[place(StreamPolicy::All, 1, 5)]).await;
        assert_eq!((limiter.open_streams(key(1)).await, limiter.open_streams(key(2)).await), (1, 0));
        drop(slot);
        assert_eq!(limiter.open_streams(key(1)).await, 0);
    }

    #[tokio::test]
    async fn subjects_and_rates_do_not_share() {
        let limiter = InProcess::new();
        limiter.take(&[want(Policy::KeyMinute, 1, 1)]).await.unwrap();
        limiter.take(&[want(Policy::KeyMinute, 2, 1)]).await.unwrap();
        limiter.take(&[want(Policy::VisitorMinute, 1, 1)]).await.unwrap();
    }

    #[tokio::test]
    async fn what_others_share_is_not_touched_by_whom_their_own_allowance_refuses() {
        let limiter = InProcess::new();
        let shared = want(Policy::KeyMinute, 1, 2);
        let own = want(Policy::IpMinute, 7, 1);
        limiter.take(&[shared, own]).await.unwrap();
        let before = limiter.look(&[shared]).await[0].remaining;
        let exceeded = limiter.take(&[shared, own]).await.unwrap_err();
        assert_eq!((exceeded.states[0].remaining, before), (1, 1));
        assert_eq!(exceeded.policies, ["ip-minute"]);
        // Once both are used up, both are named.
        limiter.take(&[shared]).await.unwrap();
        let exceeded = limiter.take(&[shared, own]).await.unwrap_err();
        assert_eq!(exceeded.policies, ["key-minute", "ip-minute"]);
        assert!(exceeded.retry_after > Duration::from_secs(55), "{exceeded:?}");
    }

    #[tokio::test]
    async fn a_days_share_comes_back_over_the_day() {
        let limiter = InProcess::new();
        let day = Want { policy: Policy::IpMessagesDay, subject: key(1), rate: Rate::per_day(4) };
        for _ in 0..4 {
            limiter.take(&[day]).await.unwrap();
        }
        let exceeded = limiter.take(&[day]).await.unwrap_err();
        assert!(exceeded.retry_after > Duration::from_secs(21_500), "{exceeded:?}");
        assert!(exceeded.retry_after <= Duration::from_secs(21_600), "{exceeded:?}");
    }

    #[tokio::test]
    async fn a_stream_takes_all_its_places_or_none_and_frees_them_when_dropped() {
        let limiter = InProcess::new();
        let places = |own| [place(StreamPolicy::All, 1, 2), place(StreamPolicy::PerIp, own, 1)];
        let first = limiter.open_stream(&places(7)).await.unwrap();
        for _ in 0..10 {
            let full = limiter.open_stream(&places(7)).await.unwrap_err();
            assert_eq!(full, StreamsFull { policy: StreamPolicy::PerIp, max: 1 });
        }
        assert_eq!(limiter.open_streams(key(1)).await, 1, "the refused ones took nothing");
        let second = limiter.open_stream(&places(8)).await.unwrap();
        let full = limiter.open_stream(&places(9)).await.unwrap_err();
        assert_eq!(full, StreamsFull { policy: StreamPolicy::All, max: 2 });
        assert_eq!(limiter.open_streams(key(9)).await, 0);
        drop((first, second));
        assert_eq!((limiter.open_streams(key(1)).await, limiter.open_streams(key(7)).await), (0, 0));
    }

    #[tokio::test]
    async fn idle_subjects_are_forgotten_and_busy_ones_kept() {
        let limiter = InProcess::new();
        let busy = [want(Policy::KeyMinute, 1, 1)];
        limiter.take(&busy).await.unwrap();
        limiter.forget_idle();
        limiter.take(&busy).await.unwrap_err();
        limiter.give_back(&busy).await;
        limiter.forget_idle();
        assert!(limiter.rates.is_empty());
    }
}
