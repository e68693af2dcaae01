//! Where a run's products come from: the store connection of its workspace, be it a feed or the platform itself.

use super::engine::{FeedStream, Plan, ReadError};
use super::feed::Format;
use super::product::{FORMAT_VERSION, Rules};
use crate::domain::clock::Ambient;
use crate::domain::store::{FeedFormat, StoreConnection};
use crate::domain::sync::{FeedValidators, SyncPhase, SyncScope, SyncTrigger};
use crate::storage::{ClaimedRun, Database, StorageError};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use std::fmt;
use std::sync::Arc;

/// A run with more failing products than this, in percent, fails, where no connection says otherwise.
const FAILURE_THRESHOLD_PERCENT: u8 = 5;
/// A run that would remove more of the products than this, in percent, removes none, where no connection says
/// otherwise.
const REMOVAL_THRESHOLD_PERCENT: u8 = 10;

/// Products of which a shop has said that they changed, read by one run at most. Each is a call or two.
const SINGLE_PRODUCTS: u16 = 100;

/// What of a connection's products is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    All,
    /// All of a feed, if it is not the one that is known by this.
    IfChanged(FeedValidators),
    /// Of a platform: what has changed since.
    ChangedSince(DateTime<Utc>),
    /// Of a platform: these, by its own ids.
    Products(Vec<String>),
}

/// Reads the products of a connection, with its credentials: from a feed, or as JSON lines that are made of what the
/// platform answers.
#[async_trait]
pub trait OpenFeed: fmt::Debug + Send + Sync {
    /// Begins to read.
    ///
    /// # Errors
    /// [`ReadError`]
    async fn open(&self, connection: &StoreConnection, wanted: Wanted) -> Result<FeedStream, ReadError>;
}

#[derive(Debug, Clone)]
pub struct Feeds {
    database: Database,
    opener: Arc<dyn OpenFeed>,
    ambient: Ambient,
}

/// What a run reads, and what it does with it.
#[derive(Debug)]
pub struct FoundFeed {
    pub plan: Plan,
    opener: Arc<dyn OpenFeed>,
    connection: Option<StoreConnection>,
    wanted: Wanted,
}

/// What became of looking for a feed.
#[derive(Debug)]
pub enum FindFeed {
    Found(Box<FoundFeed>),
    /// The workspace or its connection is gone, or has no feed.
    Missing,
}

impl Format {
    /// The one that a connection names.
    pub const fn of(format: FeedFormat) -> Self {
        match format {
            FeedFormat::GoogleXml => Self::GoogleXml,
            FeedFormat::GoogleTsv => Self::GoogleTsv,
            FeedFormat::Csv => Self::Csv,
            FeedFormat::Jsonl => Self::Jsonl,
        }
    }
}

impl Plan {
    /// What a sync of this workspace does; `connection` says how, where there is one.
    pub fn of(slug: &str, upstream_slug: &str, format: Format, connection: Option<&StoreConnection>) -> Self {
        let settings = connection.map(|connection| &connection.settings);
        let feed = settings.and_then(|settings| settings.feed.as_ref());
        Self {
            upstream_slug: upstream_slug.to_owned(),
            format,
            rules: settings.map(Rules::of).unwrap_or_default(),
            encoding: feed.and_then(|feed| feed.encoding),
            include_out_of_stock: settings.is_none_or(|settings| settings.include_out_of_stock),
            failure_threshold_percent: settings
                .map_or(FAILURE_THRESHOLD_PERCENT, |settings| settings.failure_threshold_percent),
            removal_threshold_percent: settings
                .map_or(REMOVAL_THRESHOLD_PERCENT, |settings| settings.removal_threshold_percent),
            // Stays the same whatever is changed, or all documents would be made anew.
            source: format!("Product catalogue of {slug}"),
        }
    }
}

impl Feeds {
    /// Looks into this database, and reads with this.
    pub fn new(database: Database, opener: Arc<dyn OpenFeed>, ambient: Ambient) -> Self {
        Self { database, opener, ambient }
    }

    /// The feed of a run. One that has read its feed to the end needs none.
    ///
    /// # Errors
    /// If the database cannot be asked.
    pub async fn find(&self, claimed: &ClaimedRun) -> Result<FindFeed, StorageError> {
        let run = &claimed.run;
        let connection = self.database.store_connections().find(run.tenant, run.workspace).await?;
        let Some((slug, upstream_slug)) = self.database.sync_runs().workspace_names(&claimed.claim).await? else {
            return Ok(FindFeed::Missing);
        };
        let is_there = connection.as_ref().is_some_and(|connection| match run.scope {
            SyncScope::Full => connection.settings.is_read(),
            SyncScope::Changes | SyncScope::Products => connection.settings.reads_changes(),
        });
        let is_read = run.phase != SyncPhase::Reading;
        if !is_there && !is_read {
            return Ok(FindFeed::Missing);
        }
        let format = connection.as_ref().and_then(|connection| Some(connection.settings.feed.as_ref()?.format));
        // What platforms answer is made JSON lines.
        let format = format.map_or(Format::Jsonl, Format::of);
        let wanted = if is_read { Wanted::All } else { self.wanted(claimed).await? };
        let plan = Plan::of(&slug, &upstream_slug, format, connection.as_ref());
        Ok(FindFeed::Found(Box::new(FoundFeed { plan, opener: Arc::clone(&self.opener), connection, wanted })))
    }

    async fn wanted(&self, claimed: &ClaimedRun) -> Result<Wanted, StorageError> {
        let (runs, run) = (self.database.sync_runs(), &claimed.run);
        Ok(match (run.scope, run.changed_since) {
            (SyncScope::Products, _) => {
                Wanted::Products(runs.take_noted(&claimed.claim, SINGLE_PRODUCTS, self.ambient.now()).await?)
            }
            (SyncScope::Changes, Some(since)) => Wanted::ChangedSince(since),
            // Whoever asks for a sync has it, and when a sale begins the same feed says something else.
            _ if run.trigger == SyncTrigger::Schedule && run.scheduled_for.is_some() && !run.dry_run => {
                let known = runs.validators(&claimed.claim, FORMAT_VERSION).await?;
                known.map_or(Wanted::All, Wanted::IfChanged)
            }
            _ => Wanted::All,
        })
    }
}

impl FoundFeed {
    /// Begins to read the feed.
    ///
    /// # Errors
    /// [`ReadError`]
    pub async fn open(&self) -> Result<FeedStream, ReadError> {
        match &self.connection {
            Some(connection) => self.opener.open(connection, self.wanted.clone()).await,
            None => Err(ReadError { code: "no_feed", message: "there is no store connection".to_owned() }),
        }
    }
}
