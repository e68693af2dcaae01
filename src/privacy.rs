//! Erasing what was said: here, and in AnythingLLM, where it is read back until nothing is found. An order is a row
//! that a worker of any replica takes up, and another goes on with when that one dies.
//!
//! Nothing of the words or of who said them goes to a log or to the audit log.

mod upstream;
mod worker;

pub use worker::Worker;

use crate::domain::audit::Author;
use crate::domain::clock::Ambient;
use crate::domain::ids::{ErasureId, TenantId, WorkspaceId};
use crate::storage::{Affected, Database, Erasure, StorageError, Whose};
use std::sync::Arc;
use tokio::sync::Notify;

/// Orders to erase. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Erasures {
    database: Database,
    ambient: Ambient,
    /// Tells this process's worker that there is something to do.
    work: Arc<Notify>,
}

impl Erasures {
    pub fn new(database: Database, work: Arc<Notify>, ambient: Ambient) -> Self {
        Self { database, ambient, work }
    }

    /// Gives an order. It is in the audit log, without who is meant.
    ///
    /// # Errors
    /// Of the database.
    pub async fn order(
        &self,
        tenant: TenantId,
        workspace: WorkspaceId,
        whose: &Whose,
        by: &Author,
    ) -> Result<Erasure, StorageError> {
        let erasure = self.database.erasures().insert(tenant, workspace, whose, by, &self.ambient).await?;
        self.work.notify_one();
        Ok(erasure)
    }

    /// An order of the tenant's, with how far it is.
    ///
    /// # Errors
    /// Of the database.
    pub async fn find(&self, tenant: TenantId, id: ErasureId) -> Result<Option<Erasure>, StorageError> {
        self.database.erasures().find(tenant, id).await
    }

    /// What an order would remove, as far as this database knows.
    ///
    /// # Errors
    /// Of the database.
    pub async fn preview(
        &self,
        tenant: TenantId,
        workspace: WorkspaceId,
        whose: &Whose,
    ) -> Result<Affected, StorageError> {
        self.database.erasures().preview(tenant, workspace, whose, self.ambient.now()).await
    }

    /// The workspace's orders, the newest first; `before` is the last of the page before.
    ///
    /// # Errors
    /// Of the database.
    pub async fn list(
        &self,
        tenant: TenantId,
        workspace: WorkspaceId,
        before: Option<ErasureId>,
        limit: u16,
    ) -> Result<Vec<Erasure>, StorageError> {
        self.database.erasures().list(tenant, workspace, before, limit).await
    }

    /// How many conversations of an order are still to be emptied in AnythingLLM, as far as it is known by now.
    ///
    /// # Errors
    /// Of the database.
    pub async fn left(&self, tenant: TenantId, id: ErasureId) -> Result<u64, StorageError> {
        self.database.erasures().sessions_left(tenant, id).await
    }
}
