//! Random lives of a session: three tabs of one browser, a network that loses and delays, gateways that die, a thief.

use super::*;
use proptest::prelude::*;
use std::collections::HashMap;

const RULES: Rules = Rules { reuse: TimeDelta::seconds(10), idle: TimeDelta::days(7), most_rotations: 32 };
const ABSOLUTE: TimeDelta = TimeDelta::days(30);
const TABS: usize = 3;

fn start() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap()
}

/// What the network and the gateway do to one request.
#[derive(Debug, Clone, Copy)]
enum Fate {
    Answered,
    /// The gateway dies, or PostgreSQL fails, before anything is stored.
    DiesBeforeCommit,
    /// Stored, but nobody learns of it.
    ReplyLost,
}

#[derive(Debug, Clone, Copy)]
enum Step {
    Wait(i64),
    /// A tab reads the shared storage and sends what it finds.
    Send(usize),
    /// The tab's request reaches the gateway.
    Arrive(usize, Fate),
    Deliver(usize),
    Steal,
    Replay,
    Logout,
}

fn step() -> impl Strategy<Value = Step> {
    let tab = 0..TABS;
    let fate = prop_oneof![
        6 => Just(Fate::Answered),
        1 => Just(Fate::DiesBeforeCommit),
        2 => Just(Fate::ReplyLost),
    ];
    prop_oneof![
        8 => tab.clone().prop_map(Step::Send),
        8 => (tab.clone(), fate).prop_map(|(tab, fate)| Step::Arrive(tab, fate)),
        8 => tab.prop_map(Step::Deliver),
        6 => (0_i64..4_000).prop_map(Step::Wait),
        2 => (4_000_i64..4_000_000).prop_map(Step::Wait),
        1 => (4_000_000_i64..900_000_000).prop_map(Step::Wait),
    ]
}

fn step_with_a_thief() -> impl Strategy<Value = Step> {
    prop_oneof![20 => step(), 2 => Just(Step::Steal), 3 => Just(Step::Replay), 1 => Just(Step::Logout)]
}

/// A tab's request or answer under way.
#[derive(Debug, Clone, Copy)]
struct Flight {
    sent: Counter,
    sent_at: DateTime<Utc>,
    answer: Option<Counter>,
}

/// The session with a perfect memory, against which the bounded one is held.
struct World {
    now: DateTime<Utc>,
    family: Family,
    ended: Option<&'static str>,
    /// Of every counter: when it was superseded or last gave the newest again.
    history: HashMap<Counter, DateTime<Utc>>,
    storage: Counter,
    flights: [Option<Flight>; TABS],
    stolen: Option<Counter>,
    robbed: bool,
}

impl World {
    fn new() -> Self {
        let now = start();
        Self {
            now,
            family: Family::begin(now, ABSOLUTE, &RULES),
            ended: None,
            history: HashMap::new(),
            storage: 0,
            flights: [None; TABS],
            stolen: None,
            robbed: false,
        }
    }

    fn wait(&mut self, millis: i64) {
        self.now += TimeDelta::milliseconds(millis);
        for flight in &mut self.flights {
            // As the guide tells clients: give a refresh up, answer and all, after half the time for reuse. One tab may
            // read the token just before another's answer arrives, and then its own request needs time, too.
            if flight.is_some_and(|f| self.now - f.sent_at >= RULES.reuse / 2) {
                *flight = None;
            }
        }
    }

    /// What ought to happen to this counter, by the whole history.
    fn is_acceptable(&self, counter: Counter) -> bool {
        let recent = || self.history.get(&counter).is_some_and(|at| self.now - *at < RULES.reuse);
        counter == self.family.counter || counter + 1 == self.family.counter || recent()
    }

    /// The gateway's part: the answer's counter, or none.
    fn present(&mut self, counter: Counter, commits: bool) -> Result<Counter, Refused> {
        let expired = self.now >= self.family.expires_at();
        let acceptable = self.is_acceptable(counter);
        let before = self.family.counter;
        match rotate(&self.family, counter, self.now, &RULES) {
            Ok(rotated) => {
                assert!(!expired && acceptable, "{counter} of {before} was accepted");
                assert_eq!(rotated.is_new, counter == before);
                assert_eq!(rotated.family.counter, before + u64::from(rotated.is_new));
                assert!(rotated.family.superseded_at.len() <= RULES.most_rotations);
                assert!(rotated.family.expires_at() <= start() + ABSOLUTE);
                if commits {
                    if counter + 1 >= before {
                        self.history.insert(counter, self.now);
                    }
                    self.family = rotated.family.clone();
                }
                Ok(rotated.family.counter)
            }
            Err(Refused::Expired) => {
                assert!(expired);
                self.ended.get_or_insert("expired");
                Err(Refused::Expired)
            }
            Err(Refused::Replayed) => {
                assert!(!acceptable, "{counter} of {before} was taken for theft");
                self.ended.get_or_insert("replayed");
                Err(Refused::Replayed)
            }
            Err(refused @ Refused::TooOften { retry_after }) => {
                assert!(counter == before && retry_after > TimeDelta::zero() && retry_after <= RULES.reuse);
                assert!(rotate(&self.family, counter, self.now + retry_after, &RULES).is_ok());
                Err(refused)
            }
        }
    }

    fn take(&mut self, step: Step) {
        match step {
            Step::Wait(millis) => self.wait(millis),
            Step::Send(tab) if self.flights[tab].is_none() => {
                self.flights[tab] = Some(Flight { sent: self.storage, sent_at: self.now, answer: None });
            }
            Step::Arrive(tab, fate) if self.ended.is_none() => {
                let Some(flight) = self.flights[tab].filter(|f| f.answer.is_none()) else { return };
                let answer = self.present(flight.sent, !matches!(fate, Fate::DiesBeforeCommit));
                assert!(answer != Err(Refused::Replayed) || self.robbed, "an honest client was thrown out");
                self.flights[tab] = match (fate, answer) {
                    (Fate::Answered, Ok(answer)) => Some(Flight { answer: Some(answer), ..flight }),
                    _ => None,
                };
            }
            Step::Deliver(tab) => {
                let Some((flight, answer)) = self.flights[tab].and_then(|f| Some((f, f.answer?))) else { return };
                // As the guide tells clients: keep the answer only if no other tab was faster.
                if self.storage == flight.sent {
                    self.storage = answer;
                }
                self.flights[tab] = None;
            }
            Step::Steal => self.stolen = Some(self.storage),
            Step::Replay if self.ended.is_none() => {
                let Some(stolen) = self.stolen else { return };
                let stale = !self.is_acceptable(stolen) && self.now < self.family.expires_at();
                self.robbed = true;
                match self.present(stolen, true) {
                    Ok(next) => self.stolen = Some(next),
                    Err(_) => self.stolen = None,
                }
                assert!(!stale || self.ended == Some("replayed"), "a stale replay was not caught");
            }
            Step::Logout => _ = self.ended.get_or_insert("logout"),
            Step::Send(_) | Step::Arrive(..) | Step::Replay => {}
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn an_honest_client_is_never_thrown_out(steps in proptest::collection::vec(step(), 1..200)) {
        let mut world = World::new();
        for step in steps {
            world.take(step);
        }
        prop_assert_ne!(world.ended, Some("replayed"));
    }

    #[test]
    fn every_stale_replay_ends_the_session(steps in proptest::collection::vec(step_with_a_thief(), 1..200)) {
        let mut world = World::new();
        for step in steps {
            world.take(step);
        }
    }
}

fn rotated(family: &Family, counter: Counter, now: DateTime<Utc>) -> Family {
    rotate(family, counter, now, &RULES).unwrap().family
}

#[test]
fn a_thief_and_a_client_who_take_turns_are_told_apart_once_one_is_two_steps_behind() {
    let now = start();
    let family = Family::begin(now, ABSOLUTE, &RULES);
    let family = rotated(&family, 0, now);
    let family = rotated(&family, 1, now + TimeDelta::minutes(15));
    assert_eq!(rotate(&family, 0, now + TimeDelta::minutes(16), &RULES), Err(Refused::Replayed));
}

#[test]
fn a_lost_reply_is_given_again_hours_later() {
    let now = start();
    let family = rotated(&Family::begin(now, ABSOLUTE, &RULES), 0, now);
    let again = rotate(&family, 0, now + TimeDelta::hours(9), &RULES).unwrap();
    assert_eq!((again.family.counter, again.is_new), (1, false));
}

#[test]
fn a_session_ends_when_it_is_idle_and_at_its_absolute_end() {
    let now = start();
    let family = Family::begin(now, ABSOLUTE, &RULES);
    assert!(rotate(&family, 0, now + RULES.idle - TimeDelta::seconds(1), &RULES).is_ok());
    assert_eq!(rotate(&family, 0, now + RULES.idle, &RULES), Err(Refused::Expired));
    let mut family = family;
    for day in 0..29 {
        family = rotated(&family, family.counter, now + TimeDelta::days(day));
    }
    assert_eq!(family.expires_at(), now + ABSOLUTE);
    assert_eq!(rotate(&family, 29, now + ABSOLUTE, &RULES), Err(Refused::Expired));
}

#[test]
fn a_counter_that_was_never_reached_is_a_replay() {
    let family = Family::begin(start(), ABSOLUTE, &RULES);
    assert_eq!(rotate(&family, 1, start(), &RULES), Err(Refused::Replayed));
    assert_eq!(rotate(&family, u64::MAX, start(), &RULES), Err(Refused::Replayed));
}

#[test]
fn refreshing_in_a_loop_is_slowed_down_and_not_punished() {
    let mut family = Family::begin(start(), ABSOLUTE, &RULES);
    for _ in 0..RULES.most_rotations {
        family = rotated(&family, family.counter, start());
    }
    let refused = rotate(&family, family.counter, start(), &RULES);
    assert_eq!(refused, Err(Refused::TooOften { retry_after: RULES.reuse }));
    assert!(rotate(&family, 0, start(), &RULES).is_ok(), "all of them are remembered");
}
