//! Brings a workspace's documents in AnythingLLM to what a feed says: reads it, compares, stores and embeds what is new
//! or changed, removes what is gone.
//!
//! Safe to kill at any point: every step writes what it is going to do before it calls AnythingLLM and what it has done
//! afterwards. One attempt works on a run; it says that it lives every third of the lease, and whoever takes over goes
//! on where it was. Nothing is ever removed because of a feed that was not read to its end.

mod clearing;
mod embedding;
mod failure;
mod leftovers;
mod outcomes;
mod parsing;
mod reading;
mod removing;
mod retry;

pub use failure::SyncFailure;
pub use reading::{FeedStream, ReadError};

use crate::anythingllm::Client;
use crate::catalog::feed::{FeedEncoding, Format};
use crate::catalog::product::{FORMAT_VERSION, Rules};
use crate::config;
use crate::domain::clock::Ambient;
use crate::domain::sync::{
    FeedValidators, RemovedDocuments, SyncCounts, SyncPhase, SyncScope, SyncSource, SyncStatus, SyncTrigger,
};
use crate::storage::{Beat, ClaimedRun, Database, StorageError};
use crate::telemetry::metrics::Metrics;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

#[derive(Debug, Clone)]
pub struct Engine {
    /// Where runs and documents are kept.
    pub database: Database,
    pub client: Client,
    pub ambient: Ambient,
    /// `[catalog]`
    pub settings: config::Catalog,
    pub metrics: Arc<Metrics>,
}

#[derive(Debug, Clone)]
pub struct Plan {
    /// The workspace's name in AnythingLLM.
    pub upstream_slug: String,
    pub format: Format,
    /// How the feed is meant where it does not say it itself.
    pub rules: Rules,
    /// What the feed is encoded in, if somebody has said it.
    pub encoding: Option<FeedEncoding>,
    /// Whether products that cannot be bought now are known, too.
    pub include_out_of_stock: bool,
    /// A run with more failing products than this, in percent, fails.
    pub failure_threshold_percent: u8,
    /// A run that would remove more of the products than this, in percent, withholds it.
    pub removal_threshold_percent: u8,
    /// Whose catalogue it is, as it stands in the documents.
    pub source: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    Over(SyncStatus),
    /// The whole catalogue is removed, as was asked for; after a purge the workspace and the run are gone, too.
    Cleared(RemovedDocuments),
    /// The run was given back: this process is stopping.
    Paused,
    /// The database was away; the run waits for whoever goes on with it.
    Interrupted,
    Lost,
}

/// Attempts after which a run fails whose attempts the database keeps ending.
const MOST_ATTEMPTS: u32 = 50;

/// Why an attempt goes no further.
#[derive(Debug)]
enum Stop {
    Failed(SyncFailure),
    Cancelled,
    Paused,
    Interrupted(StorageError),
    Lost,
}

impl From<StorageError> for Stop {
    fn from(error: StorageError) -> Self {
        match error {
            StorageError::Lost => Self::Lost,
            error if error.is_unavailable() => Self::Interrupted(error),
            error => Self::Failed(SyncFailure::storage(&error)),
        }
    }
}

impl From<SyncFailure> for Stop {
    fn from(failure: SyncFailure) -> Self {
        Self::Failed(failure)
    }
}

struct Attempt<'a> {
    engine: &'a Engine,
    claimed: &'a ClaimedRun,
    plan: &'a Plan,
    counts: SyncCounts,
    /// Removals were withheld.
    withheld: bool,
    /// The feed is what the catalogue was made of.
    is_unchanged: bool,
    /// The feed ends within its last line.
    ends_open: bool,
    /// What the feed's server says to know it by.
    validators: Option<FeedValidators>,
    /// What a removal has come to.
    cleared: Option<RemovedDocuments>,
    /// Documents that are stored and wait for the next ones to be stored while they are embedded.
    waiting: Option<embedding::StoredBatch>,
    /// Documents whose places others have taken, to be taken out of the workspace with the next call.
    outdated: Vec<String>,
}

impl Engine {
    /// Works on a run until it is over or `stop` says that this process ends. `open` gives the feed; it is waited for
    /// only when the feed has not been read to its end before.
    pub async fn run(
        &self,
        claimed: &ClaimedRun,
        plan: &Plan,
        open: BoxFuture<'_, Result<FeedStream, ReadError>>,
        stop: &mut watch::Receiver<bool>,
    ) -> Ended {
        let mut attempt = Attempt {
            engine: self,
            claimed,
            plan,
            counts: claimed.run.counts,
            withheld: false,
            is_unchanged: false,
            ends_open: false,
            validators: None,
            cleared: None,
            waiting: None,
            outdated: Vec::new(),
        };
        let stopping = async {
            // A sender that is gone will never say it.
            if stop.wait_for(|stop| *stop).await.is_err() {
                std::future::pending::<()>().await;
            }
        };
        let result = tokio::select! {
            // Large, so that it would make everything large that holds it.
            result = attempt.work(open).boxed() => result,
            beat = self.hold(claimed) => Err(beat),
            () = stopping => Err(Stop::Paused),
        };
        let (counts, withheld, cleared) = (attempt.counts, attempt.withheld, attempt.cleared);
        let ended = match (result, cleared) {
            (Ok(()), Some(documents)) => self.end_removal(claimed, documents, counts).await,
            (result, _) => self.end(claimed, result.map(|()| withheld), counts).await,
        };
        tracing::info!(run = %claimed.run.id, workspace = %claimed.run.workspace, ended = ended.word(), "a catalogue sync ended");
        ended
    }

    /// Says that the run is being worked on, until somebody wants it to end.
    async fn hold(&self, claimed: &ClaimedRun) -> Stop {
        let lease = self.lease();
        let mut known = self.ambient.now();
        loop {
            tokio::time::sleep(lease / 3).await;
            let now = self.ambient.now();
            match self.database.sync_runs().beat(&claimed.claim, lease, now).await {
                Ok(Beat::Held) => known = now,
                Ok(Beat::Cancel) => return Stop::Cancelled,
                Ok(Beat::Lost) => return Stop::Lost,
                // Until the lease ends nobody else takes the run.
                Err(_) if (now - known).to_std().is_ok_and(|silent| silent < lease) => {}
                Err(error) => return Stop::from(error),
            }
        }
    }

    pub(crate) fn lease(&self) -> Duration {
        Duration::from_secs(u64::from(self.settings.lease_seconds))
    }

    async fn end_removal(&self, claimed: &ClaimedRun, documents: RemovedDocuments, counts: SyncCounts) -> Ended {
        if claimed.run.trigger == SyncTrigger::Purge {
            self.metrics.catalog_run_ended(SyncStatus::Succeeded.as_str());
            return Ended::Cleared(documents);
        }
        match self.end(claimed, Ok(false), counts).await {
            Ended::Over(_) => Ended::Cleared(documents),
            other => other,
        }
    }

    /// A result that is good says whether removals were withheld.
    async fn end(&self, claimed: &ClaimedRun, result: Result<bool, Stop>, counts: SyncCounts) -> Ended {
        let runs = self.database.sync_runs();
        let (status, failure) = match result {
            Ok(withheld) if withheld || counts.failed > 0 => (SyncStatus::Partial, None),
            Ok(_) => (SyncStatus::Succeeded, None),
            Err(Stop::Cancelled) => (SyncStatus::Cancelled, None),
            Err(Stop::Failed(failure)) => (SyncStatus::Failed, Some(failure)),
            Err(Stop::Lost) => return Ended::Lost,
            Err(Stop::Interrupted(error)) if claimed.run.attempts >= MOST_ATTEMPTS => {
                (SyncStatus::Failed, Some(SyncFailure::storage(&error)))
            }
            Err(Stop::Interrupted(error)) => {
                tracing::warn!(run = %claimed.run.id, %error, "a catalogue sync was interrupted and is resumed");
                // If this does not work either, the lease ends by itself.
                let _ = runs.pause(&claimed.claim).await;
                return Ended::Interrupted;
            }
            Err(Stop::Paused) => {
                return match runs.pause(&claimed.claim).await {
                    Ok(()) => Ended::Paused,
                    Err(error) => unwritten(&error),
                };
            }
        };
        if let Some(failure) = &failure {
            tracing::warn!(run = %claimed.run.id, code = failure.code, cause = %failure.cause, "a catalogue sync failed");
        }
        let told = failure.as_ref().map(|failure| (failure.code, failure.message.as_str()));
        match runs.finish(&claimed.claim, status, told, &counts, self.ambient.now()).await {
            Ok(()) => {
                self.metrics.catalog_run_ended(status.as_str());
                Ended::Over(status)
            }
            Err(error) => unwritten(&error),
        }
    }
}

/// The run stays as it is and is taken up again once its lease has ended.
fn unwritten(error: &StorageError) -> Ended {
    if !matches!(error, StorageError::Lost) {
        tracing::error!(%error, "the end of a catalogue sync could not be written down");
    }
    Ended::Lost
}

impl Ended {
    fn word(&self) -> &'static str {
        match self {
            Self::Over(status) => status.as_str(),
            Self::Cleared(_) => "cleared",
            Self::Paused => "paused",
            Self::Interrupted => "interrupted",
            Self::Lost => "lost",
        }
    }
}

impl Attempt<'_> {
    async fn work(&mut self, open: BoxFuture<'_, Result<FeedStream, ReadError>>) -> Result<(), Stop> {
        if self.claimed.run.cancel_requested {
            return Err(Stop::Cancelled);
        }
        if self.claimed.run.trigger.is_removal() {
            return self.clear().await;
        }
        if self.claimed.run.phase == SyncPhase::Reading {
            self.read(open).await?;
            if self.is_unchanged {
                return Ok(());
            }
            self.judge_feed().await?;
        }
        if !self.claimed.run.dry_run {
            self.sweep().await?;
        }
        if self.claimed.run.phase != SyncPhase::Removing {
            self.embed().await?;
        }
        self.judge_failures()?;
        if !self.claimed.run.dry_run {
            self.engine.database.sync_runs().settle_change(&self.claimed.claim).await?;
        }
        self.remove().await?;
        if self.claimed.run.dry_run {
            return Ok(());
        }
        self.sweep().await?;
        self.remember_feed().await
    }

    /// So that the same feed need not be read again: only if nothing of it was left undone.
    async fn remember_feed(&self) -> Result<(), Stop> {
        let run = &self.claimed.run;
        let is_whole = run.scope == SyncScope::Full && self.counts.failed == 0 && !self.withheld;
        match &self.validators {
            Some(validators) if is_whole && run.source == SyncSource::Connection => {
                let runs = self.engine.database.sync_runs();
                Ok(runs.keep_validators(&self.claimed.claim, validators, FORMAT_VERSION).await?)
            }
            _ => Ok(()),
        }
    }
}
