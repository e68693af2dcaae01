//! `vestibule catalog`: syncs a catalogue from here, and shows how syncs went.
//!
//! A run that somebody else works on is followed; one whose process is gone is resumed.

mod file;
mod prune;
mod show;

pub(super) use prune::prune;
pub(super) use show::{report, status};

use crate::api::catalog::DetailView;
use crate::catalog::engine::{Ended, Engine, Plan};
use crate::catalog::source::{Feeds, FindFeed};
use crate::cli::Settings;
use crate::cli::args::CatalogSyncArgs;
use crate::cli::failure::{Exit, Failure};
use crate::cli::follow::{self, Follower};
use crate::cli::output::Output;
use crate::cli::removals::engine;
use crate::cli::session::Session;
use crate::cli::stores::stores;
use crate::config::Need;
use crate::domain::ids::SyncRunId;
use crate::domain::sync::{SyncPhase, SyncRun, SyncScope, SyncSource, SyncStatus, SyncTrigger};
use crate::domain::workspace::Workspace;
use crate::storage::{ClaimedRun, NewSyncRun, StartSyncError};
use file::{File, file, open};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use show::summary;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// Between two looks at a run that somebody else works on.
const LOOK: Duration = Duration::from_millis(500);

/// What is synced, and with what.
struct Sync<'a> {
    session: &'a Session,
    engine: Engine,
    feeds: Feeds,
    workspace: Workspace,
    file: Option<File>,
    follower: Follower,
    stop: watch::Receiver<bool>,
}

/// What a sync may do.
#[derive(Debug, Clone, Copy)]
struct How {
    allow_mass_removal: bool,
    dry_run: bool,
}

/// `catalog sync`
pub(super) async fn sync(settings: &Settings, args: &CatalogSyncArgs, out: &mut Output<'_>) -> Result<Exit, Failure> {
    let session = Session::of_tenant(settings, &[Need::Upstream, Need::SecretKey]).await?;
    let workspace = session.workspace(&args.workspace).await?;
    let client = session.upstream().await?;
    let file = args.feed.as_deref().map(|path| file(path, args)).transpose()?;
    let engine = engine(&session, client);
    let feeds = Feeds::new(session.database.clone(), Arc::new(stores(&session).await?), session.ambient.clone());
    let (stopping, stop) = watch::channel(false);
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    let mut sync =
        Sync { session: &session, engine, feeds, workspace, file, follower: Follower::new(args.quiet), stop };
    let how = How { allow_mass_removal: args.allow_mass_removal, dry_run: args.dry_run };
    let work = sync.run(how);
    tokio::pin!(work);
    let run = tokio::select! {
        run = &mut work => run?,
        interrupted = tokio::signal::ctrl_c() => { interrupted?; stopping.send_replace(true); work.await? }
        _ = terminate.recv() => { stopping.send_replace(true); work.await? }
    };
    let exit = exit(&run);
    let errors = session.database.sync_runs().errors(session.tenant, run.id).await?;
    if args.json {
        out.json(&DetailView::of(&run, &errors, session.ambient.now()))?;
    } else {
        out.text(&summary(&run))?;
        for error in errors.iter().take(10) {
            out.text(&format!("  {}", follow::error_line(error)))?;
        }
        if run.source == SyncSource::File && !run.dry_run {
            let at = session.database.sync_runs().next_change(session.tenant, run.workspace).await?;
            if let Some(at) = at {
                // Nobody else can read the file.
                out.text(&format!(
                    "a sale begins or ends at {}: sync the file again then",
                    at.format("%Y-%m-%d %H:%M UTC")
                ))?;
            }
        }
    }
    Ok(exit)
}

impl Sync<'_> {
    /// Until a run has ended that is what was asked for.
    async fn run(&mut self, how: How) -> Result<SyncRun, Failure> {
        let runs = self.session.database.sync_runs();
        let source = if self.file.is_some() { SyncSource::File } else { SyncSource::Connection };
        if self.file.is_none() {
            self.has_feed().await?;
        }
        loop {
            let new = NewSyncRun {
                tenant: self.session.tenant,
                workspace: self.workspace.id,
                slug: &self.workspace.slug,
                trigger: SyncTrigger::Cli,
                source,
                scope: SyncScope::Full,
                changed_since: None,
                allow_mass_removal: how.allow_mass_removal,
                dry_run: how.dry_run,
            };
            let (run, own) = match runs.insert(&new, &Session::author(), &self.session.ambient).await {
                Ok(run) => (run, true),
                Err(StartSyncError::Active) => match runs.find_active(self.session.tenant, self.workspace.id).await? {
                    Some(run) => (run, false),
                    None => continue,
                },
                Err(StartSyncError::NoWorkspace) => {
                    return Err(Failure::usage("the workspace does not exist any more"));
                }
                Err(StartSyncError::Storage(error)) => return Err(error.into()),
            };
            let run = self.see_through(run.id).await?;
            // What somebody else read is not the file that was named now, unless they were stopped in the middle of it.
            let is_same = self.file.is_none() && run.dry_run == how.dry_run && run.scope == SyncScope::Full;
            let is_meant = own || is_same;
            if is_meant || !run.status.is_over() {
                return Ok(run);
            }
        }
    }

    /// Works on a run, or watches who does, until it is over.
    async fn see_through(&mut self, id: SyncRunId) -> Result<SyncRun, Failure> {
        let runs = self.session.database.sync_runs();
        let tenant = self.session.tenant;
        loop {
            let Some(run) = runs.find(tenant, self.workspace.id, id).await? else {
                return Err(Failure::new("the sync is not there any more"));
            };
            self.follower.show(&run, self.session.ambient.now());
            if run.status.is_over() {
                return Ok(run);
            }
            let is_read = run.phase != SyncPhase::Reading;
            let can_read = is_read || run.source == SyncSource::Connection || self.file.is_some();
            if !can_read {
                runs.end_abandoned(tenant, self.session.ambient.now()).await?;
            }
            if can_read
                && let Some(claimed) = runs.claim_this(tenant, id, self.engine.lease(), &self.session.ambient).await?
                && self.work(&claimed).await? == Ended::Paused
            {
                let run = runs.find(tenant, self.workspace.id, id).await?;
                return run.ok_or_else(|| Failure::new("the sync is not there any more"));
            }
            if *self.stop.borrow() {
                return Ok(run);
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    async fn work(&mut self, claimed: &ClaimedRun) -> Result<Ended, Failure> {
        let mut stop = self.stop.clone();
        let engine = self.engine.clone();
        if let Some(file) = &self.file
            && claimed.run.source == SyncSource::File
        {
            let connection =
                self.session.database.store_connections().find(claimed.run.tenant, claimed.run.workspace).await?;
            let (slug, upstream_slug) = (&self.workspace.slug, &self.workspace.upstream_slug);
            let plan = file.meant(Plan::of(slug, upstream_slug, file.format, connection.as_ref()));
            let path = file.path.clone();
            let work = engine.run(claimed, &plan, open(&path).boxed(), &mut stop);
            return self.watched(claimed, work.boxed()).await;
        }
        match self.feeds.find(claimed).await? {
            FindFeed::Found(found) => {
                let work = engine.run(claimed, &found.plan, found.open().boxed(), &mut stop);
                self.watched(claimed, work.boxed()).await
            }
            FindFeed::Missing => {
                let failure = ("no_feed", "the workspace has no store connection whose products can be read");
                let (now, counts) = (self.session.ambient.now(), &claimed.run.counts);
                let runs = self.session.database.sync_runs();
                runs.finish(&claimed.claim, SyncStatus::Failed, Some(failure), counts, now).await?;
                Ok(Ended::Over(SyncStatus::Failed))
            }
        }
    }

    /// Shows how a run goes while it does. Both at once: work that waits holds connections and locks that looking
    /// needs.
    async fn watched(&mut self, claimed: &ClaimedRun, work: BoxFuture<'_, Ended>) -> Result<Ended, Failure> {
        let runs = self.session.database.sync_runs();
        let show = async {
            let mut look = tokio::time::interval(LOOK);
            loop {
                look.tick().await;
                // The run goes on, whether or not it can be shown.
                if let Ok(Some(run)) = runs.find(claimed.run.tenant, claimed.run.workspace, claimed.run.id).await {
                    self.follower.show(&run, self.session.ambient.now());
                }
            }
        };
        tokio::select! {
            ended = work => Ok(ended),
            never = show => never,
        }
    }

    async fn has_feed(&self) -> Result<(), Failure> {
        let connection = self.session.database.store_connections().find(self.session.tenant, self.workspace.id).await?;
        if connection.is_some_and(|connection| connection.settings.is_read()) {
            return Ok(());
        }
        Err(Failure::usage(format!(
            "`{}` has no store connection whose products can be read; name a file with --feed",
            self.workspace.slug
        )))
    }
}

fn exit(run: &SyncRun) -> Exit {
    match (run.status, &run.error) {
        (SyncStatus::Succeeded | SyncStatus::Partial, _) => Exit::Done,
        (_, Some(error)) if matches!(error.code.as_str(), "upstream_unavailable" | "service_unavailable") => {
            Exit::Unavailable
        }
        _ => Exit::Failed,
    }
}
