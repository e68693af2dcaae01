//! Showing a run while it goes on: one line that changes at a terminal, a few plain lines elsewhere.

use crate::domain::sync::{SyncError, SyncPhase, SyncRun, SyncStatus};
use chrono::{DateTime, TimeDelta, Utc};
use std::io::{IsTerminal as _, Write as _};

/// Between two plain lines.
const PLAIN: TimeDelta = TimeDelta::seconds(5);

/// Shows runs on standard error, so that standard output has the result alone.
pub(super) struct Follower {
    quiet: bool,
    terminal: bool,
    last: Option<(DateTime<Utc>, String)>,
}

impl Follower {
    pub(super) fn new(quiet: bool) -> Self {
        Self { quiet, terminal: std::io::stderr().is_terminal(), last: None }
    }

    /// Shows how a run stands.
    pub(super) fn show(&mut self, run: &SyncRun, now: DateTime<Utc>) {
        if self.quiet {
            return;
        }
        let line = line(run, now);
        if self.last.as_ref().is_some_and(|(_, last)| *last == line) {
            return;
        }
        let over = run.status.is_over();
        // Where nobody looks at nothing can be done about it.
        if self.terminal {
            let _ = write!(std::io::stderr(), "\r\u{1b}[K{line}{}", if over { "\n" } else { "" });
        } else if over || self.last.as_ref().is_none_or(|(at, _)| now - *at >= PLAIN) {
            let _ = writeln!(std::io::stderr(), "{line}");
        } else {
            return;
        }
        let _ = std::io::stderr().flush();
        self.last = Some((now, line));
    }
}

/// How a run stands, in one line.
pub(super) fn line(run: &SyncRun, now: DateTime<Utc>) -> String {
    let counts = &run.counts;
    match (run.status, run.phase) {
        (SyncStatus::Queued | SyncStatus::Paused, _) => format!("{}: waits for a worker", run.status),
        (SyncStatus::Running, SyncPhase::Reading) => format!("reading: {} records", counts.records_read),
        (SyncStatus::Running, _) => {
            let mut line = format!(
                "{}: {}% {}/{} products",
                run.phase,
                run.percentage().unwrap_or(0),
                counts.products_done,
                counts.products_total
            );
            if let Some(speed) = run.speed(now) {
                line = format!("{line}, {} a minute", speed.per_minute);
                if let Some(left) = speed.remaining_seconds.filter(|left| *left > 0) {
                    line = format!("{line}, {} left", span(left));
                }
            }
            line
        }
        (status, _) => format!("{status}: {} products", counts.products_total),
    }
}

/// What went wrong with one product, in one line.
pub(super) fn error_line(error: &SyncError) -> String {
    let place = match (&error.product, error.record_number) {
        (Some(product), Some(number)) => format!("record {number}, product {product}"),
        (Some(product), None) => format!("product {product}"),
        (None, Some(number)) => format!("record {number}"),
        (None, None) => "feed".to_owned(),
    };
    format!("{place}: {} ({})", error.message, error.code)
}

fn span(seconds: u64) -> String {
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, s) => format!("{s} s"),
        (0, m, s) => format!("{m} min {s:02} s"),
        (h, m, _) => format!("{h} h {m:02} min"),
    }
}

#[cfg(test)]
mod tests {
    use super::span;

    #[test]
    fn spans_are_told_in_the_units_people_use() {
        for (seconds, told) in [(7, "7 s"), (61, "1 min 01 s"), (3600, "1 h 00 min"), (90_061, "25 h 01 min")] {
            assert_eq!(span(seconds), told);
        }
    }
}
