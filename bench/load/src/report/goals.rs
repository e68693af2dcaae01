//! What was promised, and by how much it is kept.

use super::raw::{Metric, Raw};
use super::rows::{ROWS, STREAMS};
use super::table::{dash, number, render};
use std::fmt;

/// Where a number should lie.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Bound {
    AtMost(f64),
    AtLeast(f64),
}

impl Bound {
    fn holds(self, value: f64) -> bool {
        match self {
            Self::AtMost(bound) => value <= bound,
            Self::AtLeast(bound) => value >= bound,
        }
    }

    pub(super) fn verdict(self, value: f64) -> &'static str {
        if self.holds(value) { "ok" } else { "missed" }
    }

    fn by(self, value: f64) -> String {
        let (Self::AtMost(bound) | Self::AtLeast(bound)) = self;
        if bound == 0.0 {
            return number(value);
        }
        let percent = (value / bound - 1.0) * 100.0;
        format!("{:.0} % {}", percent.abs(), if percent <= 0.0 { "below" } else { "above" })
    }
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtMost(bound) => write!(f, "<= {bound}"),
            Self::AtLeast(bound) => write!(f, ">= {bound}"),
        }
    }
}

struct Goal {
    what: String,
    unit: &'static str,
    bound: Bound,
    measured: Option<f64>,
}

/// Every goal with its measurement.
pub(super) fn table(raw: &Raw) -> String {
    let head = ["goal", "bound", "measured", "to the bound", ""];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for goal in all(raw) {
        rows.push(vec![
            goal.what,
            format!("{}{}", goal.bound, goal.unit),
            goal.measured.map_or_else(|| "not measured".to_owned(), |value| format!("{}{}", number(value), goal.unit)),
            goal.measured.map_or_else(dash, |value| goal.bound.by(value)),
            goal.measured.map_or_else(dash, |value| goal.bound.verdict(value).to_owned()),
        ]);
    }
    render(&rows)
}

fn all(raw: &Raw) -> Vec<Goal> {
    let mut goals = Vec::new();
    for row in &ROWS {
        let Some(against) = &row.against else {
            continue;
        };
        let Some((what, bound)) = &against.goal else {
            continue;
        };
        let measured = raw.ratio(row.id, against.id, against.metric).map(|ratio| ratio.median);
        goals.push(Goal { what: (*what).to_owned(), unit: " x", bound: *bound, measured });
    }
    let plain = |row, metric| raw.spread(row, Metric::Plain(metric)).map(|spread| spread.median);
    let added = |metric| Some(plain("vestibule-streams", metric)? - plain("direct-streams", metric)?);
    let ratio = |metric| Some(plain("keys-million", metric)? / plain("keys-few", metric)?);
    let broken = || {
        let rows = STREAMS.iter().filter(|(id, _)| id.starts_with("vestibule")).map(|(id, _)| *id);
        let rows = rows.chain(["vestibule-sse", "intact-c1", "intact-c7", "intact-c1000000"]);
        rows.map(|row| raw.sum(row, "errors")).sum::<Option<f64>>()
    };
    let saved = || {
        let (asked, upstream) = (raw.sum("mix", "requests")?, raw.sum("mix", "upstream")?);
        Some((1.0 - upstream / asked) * 100.0)
    };
    let ms = " ms";
    let mut goal = |what: &str, unit, bound, measured| {
        goals.push(Goal { what: what.to_owned(), unit, bound, measured });
    };
    goal("added time to first token, p99, 1,000 streams", ms, Bound::AtMost(2.0), added("first_token_p99_ms"));
    goal("added change of the gap between events, p99", ms, Bound::AtMost(1.0), added("stretch_p99_ms"));
    goal("added time from a token's sending to its arrival, p99", ms, Bound::AtMost(1.0), added("delay_p99_ms"));
    goal("streams with an event merged, split, lost or reordered", "", Bound::AtMost(0.0), broken());
    goal("memory of an idle stream", " KiB", Bound::AtMost(40.0), plain("vestibule-streams", "kib_per_stream"));
    goal("a key's first request, 1,000,000 keys to few, p50", " x", Bound::AtMost(1.1), ratio("cold_p50_ms"));
    goal("its next requests, 1,000,000 keys to few, p50", " x", Bound::AtMost(1.1), ratio("warm_p50_ms"));
    goal("a first question from the cache, alone, p99", ms, Bound::AtMost(5.0), plain("alone", "cached_p99_ms"));
    goal("chats of the mix that AnythingLLM is not asked", " %", Bound::AtLeast(30.0), saved());
    goal("start to ready", ms, Bound::AtMost(1000.0), plain("start", "ready_ms"));
    goals
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_says_whether_and_by_how_much() {
        assert_eq!(Bound::AtMost(2.0).verdict(2.0), "ok");
        assert_eq!(Bound::AtMost(2.0).by(2.5), "25 % above");
        assert_eq!(Bound::AtLeast(0.85).verdict(0.8), "missed");
        assert_eq!(Bound::AtMost(0.0).by(3.0), "3.00");
    }

    #[test]
    fn a_goal_without_numbers_is_not_kept() {
        assert!(all(&Raw::default()).iter().all(|goal| goal.measured.is_none()));
    }
}
