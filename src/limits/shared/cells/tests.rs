//! Replicas, a Redis and a network between them, all simulated: requests arrive, calls and answers get lost, Redis is
//! emptied, replicas die, clocks are apart. A failing case is printed with its seed.

use super::*;
use crate::domain::ids::KeyId;
use proptest::prelude::*;
use std::collections::HashMap;
use uuid::Uuid;

const SECOND: Micros = 1_000_000;

#[derive(Debug, Clone, Copy)]
enum Network {
    Works,
    /// The call does not arrive.
    CallLost,
    /// It arrives, and its answer does not.
    AnswerLost,
}

#[derive(Debug, Clone)]
enum Event {
    Ask { replica: usize, network: Network },
    Pass(Micros),
    Empty,
    Die { replica: usize },
}

fn event() -> impl Strategy<Value = Event> {
    let network = prop_oneof![
        6 => Just(Network::Works),
        2 => Just(Network::CallLost),
        1 => Just(Network::AnswerLost),
    ];
    prop_oneof![
        20 => (0..3_usize, network).prop_map(|(replica, network)| Event::Ask { replica, network }),
        4 => (0..20 * SECOND).prop_map(Event::Pass),
        1 => Just(Event::Empty),
        1 => (0..3_usize).prop_map(|replica| Event::Die { replica }),
    ]
}

/// What `allowances.lua` does, for one cell.
#[derive(Debug, Default)]
struct Simulated {
    cells: HashMap<Arc<str>, Micros>,
}

impl Simulated {
    fn take(&mut self, told: &Told, rate: Rate, now: Micros) -> (usize, Micros) {
        let Gcra { unit, all } = Gcra::of(rate);
        let held = self.cells.get(&told.name).copied().unwrap_or(told.known);
        let full_at = (held.max(now) + i64::from(told.owed) * unit).min(now + all);
        let refuses = full_at + unit > now + all;
        let full_at = if refuses { full_at } else { full_at + unit };
        if !refuses || told.owed > 0 {
            self.cells.insert(Arc::clone(&told.name), full_at);
        }
        (usize::from(refuses), full_at)
    }
}

struct Replica {
    cells: Cells,
    /// How far its clock is from that of Redis.
    apart: Micros,
}

impl Replica {
    fn new(apart: Micros) -> Self {
        Self { cells: Cells::new("simulated"), apart }
    }

    /// Whether a request is let through.
    fn ask(&self, want: Want, redis: &mut Simulated, network: Network, now: Micros) -> bool {
        let (wants, own) = ([want], now + self.apart);
        if self.cells.refuse(&wants, own).is_err() {
            return false;
        }
        let told = self.cells.tell(&wants);
        let answer = match network {
            Network::CallLost => None,
            Network::AnswerLost => {
                redis.take(&told[0], want.rate, now);
                None
            }
            Network::Works => Some(redis.take(&told[0], want.rate, now)),
        };
        if let Some((refused, full_at)) = answer {
            return self.cells.hear(&wants, &Heard { now, refused, full_at: &[full_at] }, own).is_ok();
        }
        self.cells.unheard(&wants, &told);
        self.cells.take_share(&wants, 3, own).is_ok()
    }
}

fn want(units: u32, burst: u32) -> Want {
    Want { policy: Policy::KeyMinute, subject: Subject::Key(KeyId(Uuid::nil())), rate: Rate::per_minute(units, burst) }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever is lost: over any time, what three replicas let through is the burst and what has come back, and for
    /// each time that a replica went on alone, died or Redis was emptied, its share once more.
    #[test]
    fn nothing_that_is_lost_lifts_a_limit(
        events in prop::collection::vec(event(), 1..300),
        (units, burst) in (3..200_u32, 3..100_u32),
        apart in prop::array::uniform3(-100_000 * SECOND..100_000 * SECOND),
    ) {
        let want = want(units, burst);
        let unit = Gcra::of(want.rate).unit;
        let mut redis = Simulated::default();
        let mut replicas = apart.map(Replica::new);
        let (mut now, start) = (1_800_000_000 * SECOND, 1_800_000_000 * SECOND);
        let mut through = 0_i64;
        // A share is at most what one replica has of the burst, rounded, and of the rate.
        let mut faults = 0_i64;
        let mut alone = [false; 3];
        for event in events {
            match event {
                Event::Ask { replica, network } => {
                    let works = matches!(network, Network::Works);
                    if !works && !alone[replica] {
                        faults += 1;
                    }
                    alone[replica] = !works;
                    through += i64::from(replicas[replica].ask(want, &mut redis, network, now));
                }
                Event::Pass(time) => now += time,
                Event::Empty => {
                    redis.cells.clear();
                    faults += 3;
                }
                Event::Die { replica } => {
                    replicas[replica] = Replica::new(apart[replica]);
                    faults += 1;
                    alone[replica] = false;
                }
            }
            let back = (now - start) / unit;
            let share = i64::from(burst / 3).max(1) + 1;
            let allowed = i64::from(burst) + back + back / 3 + faults * share;
            prop_assert!(through <= allowed, "{through} let through, {allowed} allowed, {faults} faults");
        }
    }

    /// While nothing is lost, three replicas are one gateway.
    #[test]
    fn while_nothing_is_lost_three_replicas_let_through_what_one_would(
        asks in prop::collection::vec((0..3_usize, 0..2 * SECOND), 1..300),
        (units, burst) in (1..200_u32, 1..100_u32),
        apart in prop::array::uniform3(-100_000 * SECOND..100_000 * SECOND),
    ) {
        let want = want(units, burst);
        let gcra = Gcra::of(want.rate);
        let mut redis = Simulated::default();
        let replicas = apart.map(Replica::new);
        let (mut now, mut full_at) = (1_800_000_000 * SECOND, 0);
        for (replica, time) in asks {
            now += time;
            let one_would = gcra.take(full_at, now);
            let passed = replicas[replica].ask(want, &mut redis, Network::Works, now);
            prop_assert_eq!(passed, one_would.is_ok());
            full_at = one_would.unwrap_or(full_at);
        }
    }
}
