//! Where a run's feed comes from: the store connection of its workspace.

use super::engine::{FeedStream, Plan, ReadError};
use super::feed::Format;
use super::product::Rules;
use crate::domain::store::{FeedFormat, StoreConnection};
use crate::domain::sync::SyncPhase;
use crate::storage::{ClaimedRun, Database, StorageError};
use async_trait::async_trait;
use std::fmt;
use std::sync::Arc;

/// A run with more failing products than this, in percent, fails, where no connection says otherwise.
const FAILURE_THRESHOLD_PERCENT: u8 = 5;
/// A run that would remove more of the products than this, in percent, removes none, where no connection says
/// otherwise.
const REMOVAL_THRESHOLD_PERCENT: u8 = 10;

/// Reads the feed of a connection, with its credentials.
#[async_trait]
pub trait OpenFeed: fmt::Debug + Send + Sync {
    /// Begins to read.
    ///
    /// # Errors
    /// [`ReadError`]
    async fn open(&self, connection: &StoreConnection) -> Result<FeedStream, ReadError>;
}

#[derive(Debug, Clone)]
pub struct Feeds {
    database: Database,
    opener: Arc<dyn OpenFeed>,
}

/// What a run reads, and what it does with it.
#[derive(Debug)]
pub struct FoundFeed {
    pub plan: Plan,
    opener: Arc<dyn OpenFeed>,
    connection: Option<StoreConnection>,
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
    pub fn new(database: Database, opener: Arc<dyn OpenFeed>) -> Self {
        Self { database, opener }
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
        let format = connection.as_ref().and_then(|connection| Some(connection.settings.feed.as_ref()?.format));
        let is_read = run.phase != SyncPhase::Reading;
        if format.is_none() && !is_read {
            return Ok(FindFeed::Missing);
        }
        let format = format.map_or(Format::Jsonl, Format::of);
        let plan = Plan::of(&slug, &upstream_slug, format, connection.as_ref());
        Ok(FindFeed::Found(Box::new(FoundFeed { plan, opener: Arc::clone(&self.opener), connection })))
    }
}

impl FoundFeed {
    /// Begins to read the feed.
    ///
    /// # Errors
    /// [`ReadError`]
    pub async fn open(&self) -> Result<FeedStream, ReadError> {
        match &self.connection {
            Some(connection) => self.opener.open(connection).await,
            None => Err(ReadError { code: "no_feed", message: "there is no store connection".to_owned() }),
        }
    }
}
