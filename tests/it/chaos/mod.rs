//! Three replicas under load, and everything that they stand on is killed, stopped, cut, emptied and slowed down. What
//! the clients received is held against what was promised, and against the usage in the database.
//!
//! `make test` runs a small part. `make chaos` runs all of it and writes what it has seen into `docs/reliability.md`;
//! see `scripts/chaos.sh` for its variables, which are read here.

mod client;
mod faults;
mod fleet;
mod haproxy;
mod load;
mod page;
mod rolling;
mod verdict;

use faults::{Fault, Struck, strike};
use fleet::Fleet;
use load::Load;
use std::time::{Duration, Instant};
use verdict::Verdict;

/// How much of it is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// Beside all other tests.
    Part,
    /// Every fault once.
    Short,
    /// Every fault, again and again for so long.
    Long(Duration),
}

impl Form {
    fn of_this_run() -> Self {
        let minutes = std::env::var("MINUTES").ok().and_then(|text| text.parse().ok()).unwrap_or(9);
        match std::env::var("CHAOS").as_deref() {
            Ok("long") => Self::Long(Duration::from_secs(60 * minutes)),
            Ok("short") => Self::Short,
            _ => Self::Part,
        }
    }
}

/// Numbers from a seed, which is printed: the same seed strikes in the same order.
#[derive(Debug)]
struct Seed(u64);

impl Seed {
    fn of_this_run() -> Self {
        let given = std::env::var("CHAOS_SEED").ok().and_then(|text| text.parse().ok());
        Self(given.unwrap_or_else(|| u64::from(uuid::Uuid::new_v4().as_fields().0)))
    }

    /// `SplitMix64`.
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % bound as u64).unwrap()
    }

    fn shuffled(&mut self) -> Vec<Fault> {
        let mut faults = Fault::ALL.to_vec();
        for at in (1..faults.len()).rev() {
            faults.swap(at, self.below(at + 1));
        }
        faults
    }
}

/// What is seen by whoever watches a long run.
fn say(text: &str) {
    use std::io::Write as _;
    let _ = writeln!(std::io::stderr(), "{text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_dies_answers_are_counted_once_and_everything_works_again() {
    let (form, mut seed) = (Form::of_this_run(), Seed::of_this_run());
    say(&format!("CHAOS_SEED={}", seed.0));
    let mut fleet = Fleet::start(seed.0).await;
    let load = Load::start(&fleet, Duration::from_millis(if form == Form::Part { 25 } else { 40 }));
    let begun = Instant::now();
    let mut struck = Vec::<Struck>::new();
    let few =
        [Fault::GatewayKilled(seed.below(fleet::REPLICAS)), Fault::RedisCut, Fault::DatabaseCut, Fault::UpstreamCut];
    'run: loop {
        let faults = if form == Form::Part { few.to_vec() } else { seed.shuffled() };
        for fault in faults {
            let hold = if form == Form::Part { 10 } else { 20 + seed.below(60) as u64 };
            say(&format!("{:7.1} s {fault:?}", begun.elapsed().as_secs_f64()));
            let one = strike(fault, &mut fleet, &load, hold).await;
            say(&format!(
                "{:7.1} s           works again after {:.1?} {:?}",
                begun.elapsed().as_secs_f64(),
                one.recovery,
                one.limits
            ));
            struck.push(one);
            if let Form::Long(time) = form
                && begun.elapsed() > time
                && struck.len() >= Fault::ALL.len()
            {
                break 'run;
            }
        }
        if !matches!(form, Form::Long(_)) {
            break;
        }
    }
    load.stop().await;
    let verdict = Verdict::of(&fleet, &struck).await;
    let text = page::of_faults(&fleet.ledger.records(), &struck, &verdict);
    say(&text);
    verdict.assert_kept();
    for Struck { fault, limits, .. } in &struck {
        if let Some(limits) = limits {
            assert!(limits.passed <= 2 * limits.limit, "{fault:?}: {limits:?}");
        }
    }
    page::write("faults", &text);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rolling_restart_behind_haproxy_fails_nobody() {
    let form = Form::of_this_run();
    let given = std::env::var("CHAOS_RATE").ok().and_then(|text| text.parse().ok());
    let (rate, rounds) = match form {
        Form::Part => (40, 1),
        Form::Short => (100, 1),
        Form::Long(_) => (500, 2),
    };
    let mut fleet = Fleet::start(Seed::of_this_run().0).await;
    let Some(rolled) = rolling::restart_all(&mut fleet, given.unwrap_or(rate), rounds).await else {
        say("HAProxy is not installed: this passes without having run");
        return;
    };
    let verdict = Verdict::of(&fleet, &[]).await;
    let text = page::of_restarts(&rolled, &verdict);
    say(&text);
    verdict.assert_kept();
    page::write("restarts", &text);
}
