//! Holds what the clients saw against what was promised: answers against the faults they met, usage against answers.

use super::client::{Kind, Seen};
use super::faults::{Struck, is_good};
use super::fleet::Fleet;
use super::load::Record;
use crate::harness::{PATIENCE, eventually};
use std::collections::{BTreeMap, BTreeSet};

/// What a run has shown.
#[derive(Debug)]
pub(super) struct Verdict {
    pub(super) asked: usize,
    /// Answered completely, so to be found in the usage.
    pub(super) whole: usize,
    pub(super) lost: Vec<String>,
    pub(super) twice: Vec<String>,
    /// In the usage, and never asked.
    pub(super) unasked: Vec<String>,
    /// Answered as no fault that they met explains.
    pub(super) wrong: Vec<String>,
    /// Usage in the sums, which must be as many as there are events.
    summed: (i64, usize),
}

impl Verdict {
    /// Waits for the usage, and compares.
    pub(super) async fn of(fleet: &Fleet, struck: &[Struck]) -> Self {
        let records = fleet.ledger.records();
        let wrong = records.iter().filter(|record| !is_explained(record, struck));
        let wrong = wrong.map(|record| told(record, struck)).collect();
        let whole: BTreeSet<&str> = records.iter().filter(|r| is_usage(r)).map(|r| r.id.as_str()).collect();
        let mut events = BTreeMap::new();
        let mut lost = Vec::new();
        let complete = eventually(async || {
            events = events_of(fleet).await;
            lost = whole.iter().filter(|id| !events.contains_key(**id)).map(|id| (*id).to_owned()).collect();
            if lost.is_empty() { Ok(()) } else { Err(lost.len()) }
        });
        // What never comes is told with everything else.
        let _ = tokio::time::timeout(PATIENCE * 9 / 10, complete).await;
        let asked: BTreeSet<&str> = records.iter().map(|record| record.id.as_str()).collect();
        let twice = events.iter().filter(|(_, count)| **count > 1).map(|(id, _)| id.clone()).collect();
        let unasked = events.keys().filter(|id| !asked.contains(id.as_str())).cloned().collect();
        let sums = "SELECT coalesce(sum(requests), 0)::bigint + (SELECT count(*) FROM vestibule.usage_pending)
                    FROM vestibule.usage_rollups
                    WHERE granularity = 'hour' AND scope = 'tenant' AND dimension = 'none'";
        let [summed] = fleet.world.query::<i64>(sums).await[..] else { panic!("one sum") };
        let summed = (summed, events.values().sum());
        Self { asked: records.len(), whole: whole.len(), lost, twice, unasked, wrong, summed }
    }

    /// Fails with everything that did not hold.
    pub(super) fn assert_kept(&self) {
        let some = |ids: &[String]| ids.iter().take(10).cloned().collect::<Vec<_>>().join(" ");
        let wrong: Vec<_> = self.wrong.iter().take(10).collect();
        let kept = self.lost.is_empty() && self.twice.is_empty() && self.unasked.is_empty() && self.wrong.is_empty();
        assert!(
            kept,
            "of {} requests {} were answered whole; lost {}: {}; twice {}: {}; never asked {}: {}; wrong {}: {:#?}",
            self.asked,
            self.whole,
            self.lost.len(),
            some(&self.lost),
            self.twice.len(),
            some(&self.twice),
            self.unasked.len(),
            some(&self.unasked),
            self.wrong.len(),
            wrong
        );
        assert_eq!(usize::try_from(self.summed.0).unwrap(), self.summed.1, "the sums");
    }
}

/// Whose key nobody could look up is nobody's usage; everything else that was answered completely is somebody's.
fn is_usage(record: &Record) -> bool {
    matches!(record.seen, Seen::Whole { .. }) && record.kind != Kind::Stranger
}

fn is_explained(record: &Record, struck: &[Struck]) -> bool {
    // They are asked only while nobody can know them.
    let is_refused = record.kind == Kind::Stranger && record.seen == Seen::Whole { status: 503, failed: false };
    is_good(record) || is_refused || struck.iter().any(|fault| fault.met(record) && fault.fault.allows(record))
}

/// For whoever has to find out why.
fn told(record: &Record, struck: &[Struck]) -> String {
    let met: Vec<_> = struck
        .iter()
        .filter(|fault| fault.met(record))
        .map(|one| {
            let (since, mended) =
                (record.from.saturating_duration_since(one.from), one.mended.duration_since(one.from));
            format!("{:?} {since:.1?} after it began, it was mended after {mended:.1?}", one.fault)
        })
        .collect();
    let took = record.until - record.from;
    let Record { id, replica, kind, seen, note, .. } = record;
    format!("{id} {kind:?} of replica {replica:?}: {seen:?} after {took:.1?}, met {met:?}: {note}")
}

/// How often each request stands in the usage.
async fn events_of(fleet: &Fleet) -> BTreeMap<String, usize> {
    let mut events = BTreeMap::new();
    for id in fleet.world.query::<String>("SELECT request_id FROM vestibule.usage_events").await {
        *events.entry(id).or_default() += 1;
    }
    events
}
