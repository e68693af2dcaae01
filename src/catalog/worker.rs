//! Works on syncs in the background: starts those whose schedule has come, takes up those that wait, and goes on with
//! those whose process is gone. Any number of workers in any number of replicas may run; the database decides who gets
//! what.

use super::engine::{Ended, Engine};
use super::source::{Feeds, FindFeed};
use crate::domain::ids::TenantId;
use crate::domain::store::{Schedule, ScheduleInput};
use crate::domain::sync::SyncStatus;
use crate::storage::{ClaimedRun, ScheduledSync, StorageError};
use chrono::TimeDelta;
use futures_util::FutureExt as _;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, watch};

/// A worker, not yet working.
#[derive(Debug)]
pub struct Worker {
    engine: Engine,
    feeds: Feeds,
    work: Arc<Notify>,
    stop: watch::Receiver<bool>,
    /// Reads single products of which shops say that they changed, and nothing else: they must not wait for a sync of
    /// all that runs for hours.
    of_single: bool,
}

impl Worker {
    /// `work` says that there is some; without it a worker looks now and then. When `stop` becomes true, a run that is
    /// being worked on is given back.
    pub fn new(engine: Engine, feeds: Feeds, work: Arc<Notify>, stop: watch::Receiver<bool>) -> Self {
        Self { engine, feeds, work, stop, of_single: false }
    }

    /// The same for single products of which shops say that they changed.
    #[must_use]
    pub fn of_single_products(self) -> Self {
        Self { of_single: true, ..self }
    }

    /// Works until told to stop.
    pub async fn run(mut self) {
        let pause = Duration::from_millis(self.engine.settings.poll_millis);
        let mut told = false;
        loop {
            match self.round().await {
                Ok(()) => told = false,
                Err(error) if !told => {
                    tracing::warn!(%error, "catalogue syncs cannot be looked for now");
                    told = true;
                }
                Err(_) => {}
            }
            if *self.stop.borrow() {
                return;
            }
            tokio::select! {
                () = self.work.notified() => {}
                () = tokio::time::sleep(pause) => {}
                stopped = self.stop.wait_for(|stop| *stop) => {
                    drop(stopped);
                    return;
                }
            }
        }
    }

    /// Does all the work there is now.
    async fn round(&mut self) -> Result<(), StorageError> {
        let runs = self.engine.database.clone();
        for tenant in runs.sync_runs().tenants().await? {
            let now = self.engine.ambient.now();
            if self.of_single {
                self.start_noted(tenant).await?;
            } else {
                runs.sync_runs().end_abandoned(tenant, now).await?;
                for scheduled in runs.sync_runs().scheduled(tenant).await? {
                    self.schedule(tenant, &scheduled).await?;
                }
                self.start_changed(tenant).await?;
            }
            let (lease, ambient) = (self.engine.lease(), self.engine.ambient.clone());
            while let Some(claimed) = runs.sync_runs().claim_next(tenant, self.of_single, lease, &ambient).await? {
                self.take_up(&claimed).await?;
                if *self.stop.borrow() {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// Starts a run if the schedule's moment has come. Moments that passed while nobody looked are one.
    async fn schedule(&self, tenant: TenantId, scheduled: &ScheduledSync) -> Result<(), StorageError> {
        let now = self.engine.ambient.now();
        let due = scheduled.next_at.is_some_and(|next| next <= now);
        if scheduled.next_at.is_some() && !due {
            return Ok(());
        }
        let input = ScheduleInput { cron: scheduled.cron.clone(), timezone: Some(scheduled.timezone.clone()) };
        let next = Schedule::check(&input).ok().and_then(|schedule| schedule.next_after(now));
        if next.is_none() && scheduled.next_at.is_none() {
            return Ok(());
        }
        let runs = self.engine.database.sync_runs();
        match runs.move_on(tenant, scheduled, next, (due, self.full_every()), &self.engine.ambient).await {
            Ok(started) => {
                if started {
                    tracing::info!(workspace = %scheduled.workspace, "a catalogue sync is started by its schedule");
                }
                Ok(())
            }
            // Somebody has started one at the same moment.
            Err(StorageError::Conflict { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    fn full_every(&self) -> TimeDelta {
        TimeDelta::hours(i64::from(self.engine.settings.full_sync_hours))
    }

    /// Starts runs of the products of which shops have said that they changed.
    async fn start_noted(&self, tenant: TenantId) -> Result<(), StorageError> {
        match self.engine.database.sync_runs().start_noted(tenant, &self.engine.ambient).await {
            // Somebody has started one at the same moment; what is noted stays.
            Ok(_) | Err(StorageError::Conflict { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Starts runs where a sale has begun or ended since the last one: the feed says the same, and means another price.
    async fn start_changed(&self, tenant: TenantId) -> Result<(), StorageError> {
        match self.engine.database.sync_runs().start_changed(tenant, &self.engine.ambient).await {
            Ok(started) => {
                for workspace in started {
                    tracing::info!(%workspace, "a catalogue sync is started because a sale begins or ends");
                }
                Ok(())
            }
            // Somebody has started one at the same moment; the next round sees it.
            Err(StorageError::Conflict { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    async fn take_up(&mut self, claimed: &ClaimedRun) -> Result<(), StorageError> {
        let _running = self.engine.metrics.catalog_run_started();
        let run = &claimed.run;
        tracing::info!(run = %run.id, workspace = %run.workspace, attempt = run.attempts, "a catalogue sync is worked on");
        let found = match self.feeds.find(claimed).await? {
            FindFeed::Found(found) => found,
            FindFeed::Missing => {
                let failure = ("no_feed", "the workspace has no store connection whose products can be read");
                let now = self.engine.ambient.now();
                let runs = self.engine.database.sync_runs();
                return match runs.finish(&claimed.claim, SyncStatus::Failed, Some(failure), &run.counts, now).await {
                    Err(StorageError::Lost) => Ok(()),
                    other => other,
                };
            }
        };
        let ended = self.engine.run(claimed, &found.plan, found.open().boxed(), &mut self.stop).await;
        if ended == Ended::Lost {
            tracing::warn!(run = %run.id, "a catalogue sync was lost to another worker, or its end could not be written");
        }
        Ok(())
    }
}
