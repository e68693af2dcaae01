//! `vestibule catalog`: syncs a catalogue from here, and shows how syncs went.
//!
//! A run that somebody else works on is followed; one whose process is gone is resumed.

mod prune;

pub(super) use prune::prune;

use crate::api::catalog::DetailView;
use crate::api::catalog::report::{heading, line};
use crate::catalog::engine::{Ended, Engine, FeedStream, Plan, ReadError};
use crate::catalog::feed::Format;
use crate::catalog::source::{Feeds, FindFeed};
use crate::cli::Settings;
use crate::cli::args::{CatalogReportArgs, CatalogStatusArgs, CatalogSyncArgs};
use crate::cli::failure::{Exit, Failure};
use crate::cli::follow::{self, Follower};
use crate::cli::output::Output;
use crate::cli::removals::engine;
use crate::cli::session::Session;
use crate::cli::stores::stores;
use crate::config::Need;
use crate::domain::ids::SyncRunId;
use crate::domain::store::{DecimalSeparator, FeedEncoding};
use crate::domain::sync::{SyncPhase, SyncRun, SyncScope, SyncSource, SyncStatus, SyncTrigger};
use crate::domain::workspace::Workspace;
use crate::storage::{ClaimedRun, NewSyncRun, StartSyncError};
use bytes::Bytes;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, watch};

/// Bytes read of a file at once.
const CHUNK: usize = 64 * 1024;
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

/// A feed of the caller's own, and what is said of how it is meant.
struct File {
    path: PathBuf,
    format: Format,
    encoding: Option<FeedEncoding>,
    decimal_separator: Option<DecimalSeparator>,
    currency: Option<String>,
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
            let is_meant = own || (self.file.is_none() && run.dry_run == how.dry_run);
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

impl File {
    /// A plan with what was said on the command line.
    fn meant(&self, plan: Plan) -> Plan {
        let mut rules = plan.rules;
        rules.decimal_separator = self.decimal_separator.or(rules.decimal_separator);
        rules.currency = self.currency.clone().or(rules.currency);
        Plan { encoding: self.encoding.or(plan.encoding), rules, ..plan }
    }
}

fn file(path: &Path, args: &CatalogSyncArgs) -> Result<File, Failure> {
    // What is packed says by its inner name how it is written.
    let packed = path.extension().is_some_and(|extension| extension == "gz" || extension == "zip");
    let named = if packed { path.file_stem().map_or(path, Path::new) } else { path };
    let format = match (args.format, named.extension().and_then(|extension| extension.to_str())) {
        (Some(format), _) => Format::of(format),
        (None, Some("xml" | "rss" | "atom")) => Format::GoogleXml,
        (None, Some("tsv" | "txt")) => Format::GoogleTsv,
        (None, Some("csv")) => Format::Csv,
        (None, Some("jsonl" | "ndjson")) => Format::Jsonl,
        (None, _) => return Err(Failure::usage("--format: must be given, because the file's name does not say it")),
    };
    if path != Path::new("-") && !path.is_file() {
        return Err(Failure::usage(format!("--feed: there is no file {}", path.display())));
    }
    if args.currency.as_ref().is_some_and(|code| code.len() != 3 || !code.bytes().all(|b| b.is_ascii_uppercase())) {
        return Err(Failure::usage("--currency: must be the three capital letters of ISO 4217, such as EUR"));
    }
    Ok(File {
        path: path.to_owned(),
        format,
        encoding: args.encoding,
        decimal_separator: args.decimal_separator,
        currency: args.currency.clone(),
    })
}

/// Reads on a thread of its own: reading a file or a pipe blocks.
async fn open(path: &Path) -> Result<FeedStream, ReadError> {
    let broken = |error: std::io::Error| ReadError { code: "file_unreadable", message: error.to_string() };
    let mut reader: Box<dyn Read + Send> = if path == Path::new("-") {
        Box::new(std::io::stdin())
    } else {
        let path = path.to_owned();
        let opened = tokio::task::spawn_blocking(move || std::fs::File::open(path)).await;
        Box::new(opened.map_err(std::io::Error::other).and_then(|opened| opened).map_err(broken)?)
    };
    let (pieces, received) = mpsc::channel(2);
    std::thread::spawn(move || {
        let mut chunk = vec![0; CHUNK];
        loop {
            let piece = match reader.read(&mut chunk) {
                Ok(0) => return,
                Ok(read) => Ok(Bytes::copy_from_slice(chunk.get(..read).unwrap_or_default())),
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(error) => Err(broken(error)),
            };
            let is_end = piece.is_err();
            if pieces.blocking_send(piece).is_err() || is_end {
                return;
            }
        }
    });
    let stream = futures_util::stream::unfold(received, |mut received| async move {
        let piece = received.recv().await?;
        Some((piece, received))
    });
    Ok(FeedStream::new(stream))
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

fn summary(run: &SyncRun) -> String {
    let counts = &run.counts;
    let numbers = format!(
        "{} products: {} added, {} updated, {} unchanged, {} removed, {} failed",
        counts.products_total, counts.added, counts.updated, counts.unchanged, counts.removed, counts.failed
    );
    let noted = if counts.noted > 0 { format!(", {} noted", counts.noted) } else { String::new() };
    let numbers = numbers + &noted;
    let status =
        if run.dry_run { format!("dry run, nothing was changed: {}", run.status) } else { run.status.to_string() };
    let mut text = match &run.error {
        Some(error) => format!("{status}: {} ({})\n{numbers}", error.message, error.code),
        None => format!("{status}: {numbers}"),
    };
    if let Some(withheld) = &run.removals_withheld {
        let more = usize::try_from(withheld.count).unwrap_or(usize::MAX).saturating_sub(withheld.products.len());
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        text = format!(
            "{text}\nremovals withheld: {}, because {}: {}{more}",
            withheld.count,
            withheld.reason.words(),
            withheld.products.join(", ")
        );
    }
    text
}

/// Lines of a report asked for at once.
const LINES: u16 = 1000;

/// `catalog report`
pub(super) async fn report(
    settings: &Settings,
    args: &CatalogReportArgs,
    out: &mut Output<'_>,
) -> Result<Exit, Failure> {
    let session = Session::of_tenant(settings, &[]).await?;
    let workspace = session.workspace(&args.workspace).await?;
    let runs = session.database.sync_runs();
    let run = match args.run {
        Some(id) => runs.find(session.tenant, workspace.id, SyncRunId(id)).await?,
        None => runs.list(session.tenant, workspace.id, None, 1).await?.pop(),
    };
    let run = run.ok_or_else(|| Failure::usage("there is no such sync"))?;
    if !args.json {
        out.text(&heading())?;
    }
    let mut after = 0;
    loop {
        let found = runs.outcomes(session.tenant, run.id, args.outcome, after, LINES).await?;
        let Some((last, _)) = found.last() else { return Ok(Exit::Done) };
        after = *last;
        for (_, outcome) in &found {
            if args.json {
                out.text(&serde_json::to_string(outcome).map_err(|error| Failure::new(error.to_string()))?)?;
            } else {
                out.text(&line(outcome))?;
            }
        }
    }
}

/// `catalog status`
pub(super) async fn status(
    settings: &Settings,
    args: &CatalogStatusArgs,
    out: &mut Output<'_>,
) -> Result<Exit, Failure> {
    let session = Session::of_tenant(settings, &[]).await?;
    let workspace = session.workspace(&args.workspace).await?;
    let runs = session.database.sync_runs().list(session.tenant, workspace.id, None, 10).await?;
    if args.json {
        let mut errors = Vec::new();
        for run in &runs {
            errors.push(session.database.sync_runs().errors(session.tenant, run.id).await?);
        }
        let shown = runs.iter().zip(&errors).map(|(run, errors)| DetailView::of(run, errors, session.ambient.now()));
        out.json(&shown.collect::<Vec<_>>())?;
        return Ok(Exit::Done);
    }
    let products = session.database.sync_runs().count_products(session.tenant, workspace.id).await?;
    out.text(&format!("{products} products have a document"))?;
    let row = |run: &SyncRun| {
        let counts = &run.counts;
        let done = run.percentage().map_or_else(|| "-".to_owned(), |percent| format!("{percent}%"));
        let numbers =
            [counts.added, counts.updated, counts.unchanged, counts.removed, counts.failed].map(|n| n.to_string());
        let [added, updated, unchanged, removed, failed] = numbers;
        let started = run.created_at.format("%Y-%m-%d %H:%M:%S").to_string();
        [started, run.status.to_string(), done, added, updated, unchanged, removed, failed]
    };
    let headings = ["STARTED", "STATUS", "DONE", "ADDED", "UPDATED", "UNCHANGED", "REMOVED", "FAILED"];
    out.table(headings, &runs.iter().map(row).collect::<Vec<_>>())?;
    Ok(Exit::Done)
}
