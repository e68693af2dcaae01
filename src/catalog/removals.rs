//! Removing whole catalogues for those who wait for it: whoever asks works on it for a while, and a worker goes on.

use super::engine::{Ended, Engine, Plan, ReadError};
use super::feed::Format;
use crate::domain::audit::Author;
use crate::domain::ids::{TenantId, WorkspaceId};
use crate::domain::sync::{RemovedDocuments, SyncRun, SyncStatus};
use crate::storage::{NewRemoval, StorageError};
use futures_util::FutureExt as _;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, watch};

/// Between two looks at a removal that somebody else works on.
const LOOK: Duration = Duration::from_millis(250);

/// What became of a removal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Removal {
    /// All is gone.
    Done(RemovedDocuments),
    /// It goes on in the background.
    GoesOn(Box<SyncRun>),
    /// It ended before its time; the same once more goes on with it.
    Failed(Box<SyncRun>),
}

/// The removals of an installation. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Removals {
    engine: Engine,
    work: Arc<Notify>,
}

impl Removals {
    /// `work` wakes the workers.
    pub fn new(engine: Engine, work: Arc<Notify>) -> Self {
        Self { engine, work }
    }

    /// Begins the removal of a workspace's catalogue. None: there is nothing of one.
    ///
    /// # Errors
    /// Of the database.
    pub async fn begin(&self, new: NewRemoval<'_>, by: &Author) -> Result<Option<SyncRun>, StorageError> {
        self.engine.database.sync_runs().begin_removal(new, by, &self.engine.ambient).await
    }

    /// The removal of the workspace's catalogue that is going on.
    ///
    /// # Errors
    /// Of the database.
    pub async fn active(&self, tenant: TenantId, workspace: WorkspaceId) -> Result<Option<SyncRun>, StorageError> {
        let active = self.engine.database.sync_runs().find_active(tenant, workspace).await?;
        Ok(active.filter(|run| run.trigger.is_removal()))
    }

    /// Works on a removal, or watches who does, for as long as this; `shown` is told now and then how it goes.
    ///
    /// # Errors
    /// Of the database.
    pub async fn see_through(
        &self,
        run: SyncRun,
        upstream_slug: &str,
        within: Duration,
        shown: &mut (dyn FnMut(&SyncRun) + Send),
    ) -> Result<Removal, StorageError> {
        let (stopping, stop) = watch::channel(false);
        let mut work = self.work_on(run.clone(), upstream_slug, stop).boxed();
        let mut look = tokio::time::interval(LOOK);
        let deadline = tokio::time::sleep(within);
        tokio::pin!(deadline);
        loop {
            tokio::select! {
                ended = &mut work => return ended,
                () = &mut deadline, if !*stopping.borrow() => { stopping.send_replace(true); }
                _ = look.tick() => {
                    // The removal goes on, whether or not it can be shown.
                    if let Ok(Some(now)) = self.find(&run).await {
                        shown(&now);
                    }
                }
            }
        }
    }

    async fn work_on(
        &self,
        run: SyncRun,
        upstream_slug: &str,
        mut stop: watch::Receiver<bool>,
    ) -> Result<Removal, StorageError> {
        let runs = self.engine.database.sync_runs();
        let mut last = run;
        loop {
            let claimed = runs.claim_this(last.tenant, last.id, self.engine.lease(), &self.engine.ambient).await?;
            if let Some(claimed) = claimed {
                let plan = Plan::of("", upstream_slug, Format::Jsonl, None);
                let unread = async { Err(ReadError { code: "no_feed", message: "a removal reads none".to_owned() }) };
                let ended = self.engine.run(&claimed, &plan, unread.boxed(), &mut stop).await;
                if let Ended::Cleared(documents) = ended {
                    return Ok(Removal::Done(documents));
                }
            }
            match self.find(&last).await? {
                Some(now) => last = now,
                // Somebody else has ended it with its workspace.
                None => return Ok(Removal::Done(RemovedDocuments { removed: last.counts.removed, kept: None })),
            }
            if last.status == SyncStatus::Succeeded {
                return Ok(Removal::Done(RemovedDocuments { removed: last.counts.removed, kept: None }));
            }
            if last.status.is_over() {
                return Ok(Removal::Failed(Box::new(last)));
            }
            if *stop.borrow() {
                self.work.notify_one();
                return Ok(Removal::GoesOn(Box::new(last)));
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    async fn find(&self, run: &SyncRun) -> Result<Option<SyncRun>, StorageError> {
        self.engine.database.sync_runs().find(run.tenant, run.workspace, run.id).await
    }
}
