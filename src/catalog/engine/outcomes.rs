//! What became of a run's products, as its report tells it, and what would become of them.

use super::embedding::{Batch, Job};
use super::{Attempt, Stop};
use crate::domain::sync::{OutcomeKind, SyncError, SyncOutcome, SyncPhase};

/// Where a product stands in the feed: its record, line and byte.
pub(super) type Place = Option<(u64, u64, u64)>;

impl Attempt<'_> {
    /// What storing and embedding these would come to: they are noted as being in the feed, and nothing is sent or
    /// changed.
    pub(super) async fn foresee(&mut self, batch: Batch) -> Result<(), Stop> {
        let runs = self.engine.database.sync_runs();
        let claim = &self.claimed.claim;
        let Batch { jobs, offers, mut outcomes, settled, cursor, .. } = batch;
        settled.add_to(&mut self.counts);
        for job in &jobs {
            let counter = if job.is_new { &mut self.counts.added } else { &mut self.counts.updated };
            *counter += 1;
            outcomes.push(embedded(job));
        }
        self.counts.products_done += u32::try_from(jobs.len()).unwrap_or(u32::MAX);
        let jobs = jobs.into_iter().map(|job| job.key);
        let keys: Vec<String> = offers.into_iter().map(|(key, _)| key).chain(jobs).collect();
        runs.seen(claim, &keys).await?;
        runs.keep_outcomes(claim, &outcomes).await?;
        Ok(runs.advance(claim, SyncPhase::Embedding, Some(&cursor), &self.counts).await?)
    }
}

pub(super) fn outcome(key: &str, place: Place, outcome: OutcomeKind) -> SyncOutcome {
    SyncOutcome {
        key: Some(key.to_owned()),
        outcome,
        product: Some(name_of(key).to_owned()),
        record_number: place.map(|(number, ..)| number),
        line: place.map(|(_, line, _)| line),
        byte: place.map(|(.., byte)| byte),
        code: None,
        message: None,
    }
}

/// The outcome of a document that is embedded.
pub(super) fn embedded(job: &Job) -> SyncOutcome {
    outcome(&job.key, job.place, if job.is_new { OutcomeKind::Added } else { OutcomeKind::Updated })
}

/// The outcome of one that is not, and why.
pub(super) fn failed(job: &Job, errors: &[SyncError]) -> SyncOutcome {
    let why = errors.iter().find(|error| error.product.as_deref() == Some(name_of(&job.key)));
    SyncOutcome {
        code: why.map(|error| error.code.clone()),
        message: why.map(|error| error.message.clone()),
        ..outcome(&job.key, job.place, OutcomeKind::Failed)
    }
}

pub(super) fn error(job: &Job, code: &str, message: &str) -> SyncError {
    SyncError {
        record_number: job.place.map(|(number, ..)| number),
        product: Some(name_of(&job.key).to_owned()),
        code: code.to_owned(),
        message: message.to_owned(),
    }
}

/// The shop's id of a product or of its group.
pub(super) fn name_of(key: &str) -> &str {
    key.split_once(':').map_or(key, |(_, id)| id)
}
