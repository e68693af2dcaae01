//! Catalogue syncs for those who manage a workspace: starting one, seeing how it goes, ending it. Nothing is synced
//! here: a run is stored, and a worker of any replica takes it up.

use crate::domain::access::Reached;
use crate::domain::audit::Author;
use crate::domain::clock::Ambient;
use crate::domain::faults::Faults;
use crate::domain::ids::{RequestId, SyncRunId, TenantId, WorkspaceId};
use crate::domain::product::{Offer, ProductCard};
use crate::domain::sync::{
    OutcomeKind, SyncError, SyncOutcome, SyncRun, SyncScope, SyncSource, SyncStatus, SyncTrigger,
};
use crate::domain::workspace::Workspace;
use crate::rejection::Rejection;
use crate::storage::{Database, NewSyncRun, StartSyncError, StorageError};
use moka::sync::Cache;
use std::collections::HashMap;
use std::sync::Arc;
use tokio::sync::Notify;

/// Why a sync was not started, shown or ended.
#[derive(Debug, thiserror::Error)]
pub enum CatalogError {
    /// Nothing says where products come from.
    #[error("the workspace has no store connection whose products can be read")]
    NoFeed,
    /// One that is not over is there.
    #[error("a sync of this workspace is going on")]
    Active,
    /// The workspace was removed meanwhile.
    #[error("there is no such workspace")]
    NoWorkspace,
    /// There is no such run, or it is another workspace's.
    #[error("there is no such sync run")]
    NoRun,
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl CatalogError {
    /// What the client is told. Logs the cause, so call it once.
    pub fn to_rejection(&self, request_id: &RequestId) -> Rejection {
        match self {
            Self::NoFeed => {
                let mut faults = Faults::new();
                let message = "the workspace has no store connection whose products can be read: of a feed, `admin_api` of Shopify or `rest_api` of WooCommerce";
                faults.push("store", "required", message);
                faults.into()
            }
            Self::Active => Rejection::Conflict("A sync of this workspace is going on."),
            Self::NoWorkspace => Rejection::NotFound("There is no such workspace."),
            Self::NoRun => Rejection::NotFound("There is no such sync run."),
            Self::Storage(error) => error.to_rejection(request_id),
        }
    }
}

impl From<StartSyncError> for CatalogError {
    fn from(error: StartSyncError) -> Self {
        match error {
            StartSyncError::Active => Self::Active,
            StartSyncError::NoWorkspace => Self::NoWorkspace,
            StartSyncError::Storage(error) => Self::Storage(error),
        }
    }
}

/// The syncs of an installation.
#[derive(Debug)]
pub struct CatalogService {
    database: Database,
    work: Arc<Notify>,
    /// Says that shops have told of changes.
    noted: Arc<Notify>,
    ambient: Ambient,
    /// Whether a workspace has offers, by the version of what its documents say: no chat asks the database.
    with_offers: Cache<(WorkspaceId, i64), bool>,
}

/// Workspaces of which is remembered whether they have offers.
const WITH_OFFERS: u64 = 10_000;

impl CatalogService {
    /// With what wakes those who work on syncs, and on single products of which shops have told.
    pub fn new(database: Database, (work, noted): (Arc<Notify>, Arc<Notify>), ambient: Ambient) -> Self {
        Self { database, work, noted, ambient, with_offers: Cache::new(WITH_OFFERS) }
    }

    /// Starts a sync of what the store connection reads: whether it may remove more than the set share of the
    /// products, and whether it changes nothing and only says what it would do.
    ///
    /// # Errors
    /// [`CatalogError::NoFeed`], [`CatalogError::Active`], [`CatalogError::NoWorkspace`], or of the database.
    pub async fn start(
        &self,
        workspace: &Reached,
        (allow_mass_removal, dry_run): (bool, bool),
        by: &Author,
    ) -> Result<SyncRun, CatalogError> {
        let connection = self.database.store_connections().find(workspace.tenant, workspace.id).await?;
        if connection.is_none_or(|connection| !connection.settings.is_read()) {
            return Err(CatalogError::NoFeed);
        }
        let new = NewSyncRun {
            tenant: workspace.tenant,
            workspace: workspace.id,
            slug: &workspace.slug,
            trigger: SyncTrigger::Api,
            source: SyncSource::Connection,
            scope: SyncScope::Full,
            changed_since: None,
            allow_mass_removal,
            dry_run,
        };
        let run = self.database.sync_runs().insert(&new, by, &self.ambient).await?;
        self.work.notify_one();
        Ok(run)
    }

    /// A shop has told of a product that changed: it is read soon.
    pub fn product_noted(&self) {
        self.noted.notify_one();
    }

    /// The workspace's runs, the newest first, from before the run `after`.
    ///
    /// # Errors
    /// Of the database.
    pub async fn list(
        &self,
        workspace: &Reached,
        after: Option<SyncRunId>,
        limit: u16,
    ) -> Result<Vec<SyncRun>, CatalogError> {
        Ok(self.database.sync_runs().list(workspace.tenant, workspace.id, after, limit).await?)
    }

    /// A run of the workspace, and what went wrong with single records and products.
    ///
    /// # Errors
    /// [`CatalogError::NoRun`], or of the database.
    pub async fn find(&self, workspace: &Reached, id: SyncRunId) -> Result<(SyncRun, Vec<SyncError>), CatalogError> {
        let runs = self.database.sync_runs();
        let run = runs.find(workspace.tenant, workspace.id, id).await?.ok_or(CatalogError::NoRun)?;
        let errors = runs.errors(workspace.tenant, id).await?;
        Ok((run, errors))
    }

    /// What became of each record and product of a run, from after the outcome `after`; each with its number.
    ///
    /// # Errors
    /// [`CatalogError::NoRun`], or of the database.
    pub async fn outcomes(
        &self,
        workspace: &Reached,
        id: SyncRunId,
        kind: Option<OutcomeKind>,
        after: u64,
        limit: u16,
    ) -> Result<Vec<(u64, SyncOutcome)>, CatalogError> {
        let runs = self.database.sync_runs();
        runs.find(workspace.tenant, workspace.id, id).await?.ok_or(CatalogError::NoRun)?;
        Ok(runs.outcomes(workspace.tenant, id, kind, after, limit).await?)
    }

    /// How the last run of each of these workspaces is that was meant: a dry run changes nothing, so nothing is wrong
    /// because of one. Those without a run are left out.
    ///
    /// # Errors
    /// Of the database.
    pub async fn last_of(
        &self,
        tenant: TenantId,
        workspaces: &[WorkspaceId],
    ) -> Result<HashMap<WorkspaceId, SyncStatus>, CatalogError> {
        Ok(self.database.sync_runs().last_of(tenant, workspaces).await?)
    }

    /// What the products of these outcomes are called, by the outcomes' numbers, as far as the catalogue has them.
    ///
    /// # Errors
    /// Of the database.
    pub async fn titles(
        &self,
        workspace: &Reached,
        id: SyncRunId,
        numbers: &[u64],
    ) -> Result<HashMap<u64, String>, CatalogError> {
        Ok(self.database.sync_runs().titles((workspace.tenant, workspace.id), id, numbers).await?)
    }

    /// Whether the workspace, whose documents are of this version, has products whose prices are to be told.
    ///
    /// # Errors
    /// Of the database, for a version that was not asked for yet.
    pub async fn has_offers(&self, workspace: &Workspace, knowledge_version: i64) -> Result<bool, StorageError> {
        let which = (workspace.id, knowledge_version);
        if let Some(has_offers) = self.with_offers.get(&which) {
            return Ok(has_offers);
        }
        let has_offers = Box::pin(self.database.sync_runs().has_offers(workspace.tenant, workspace.id)).await?;
        self.with_offers.insert(which, has_offers);
        Ok(has_offers)
    }

    /// The cards of the workspace's products, by their keys and in the order of these, from after the product `after`.
    ///
    /// # Errors
    /// Of the database.
    pub async fn cards(
        &self,
        workspace: &Reached,
        after: Option<&str>,
        limit: u16,
    ) -> Result<Vec<(String, ProductCard)>, StorageError> {
        self.database.sync_runs().cards(workspace.tenant, workspace.id, after, limit).await
    }

    /// What these products cost and whether they can be bought, by their keys.
    ///
    /// # Errors
    /// Of the database.
    pub async fn offers(&self, workspace: &Workspace, keys: &[String]) -> Result<Vec<(String, Offer)>, StorageError> {
        self.database.sync_runs().offers(workspace.tenant, workspace.id, keys).await
    }

    /// Ends a run; one that is over stays as it is.
    ///
    /// # Errors
    /// [`CatalogError::NoRun`], or of the database.
    pub async fn cancel(&self, workspace: &Reached, id: SyncRunId, by: &Author) -> Result<SyncRun, CatalogError> {
        let which = (workspace.id, workspace.slug.as_str());
        let run = self.database.sync_runs().cancel(workspace.tenant, which, id, by, &self.ambient).await?;
        run.ok_or(CatalogError::NoRun)
    }
}
