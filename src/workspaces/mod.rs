//! Making, changing and removing workspaces on both sides: here and in AnythingLLM.
//!
//! PostgreSQL is the truth. Whatever AnythingLLM knows too is written there first, read back, and stored here only
//! then, under a lock for each workspace; so a failure leaves either nothing behind or a difference that
//! [`WorkspaceService::seen`] shows and [`WorkspaceService::sync`] settles. Never sends a chat.

mod change;
mod create;
mod defaults;
mod documents;
mod error;
mod remove;
mod sync;
mod upstream;

pub use change::Patch;
pub use create::NewManagedWorkspace;
pub use defaults::{BadDefaults, Defaults};
pub use error::{WorkspaceError, removal_failed};
pub use remove::{Purged, Waiting};
pub use sync::Side;
pub use upstream::{Seen, UpstreamSight};

use crate::anythingllm::Client;
use crate::cache::WorkspaceDirectory;
use crate::domain::audit::Author;
use crate::domain::clock::Ambient;
use crate::domain::ids::{TenantId, WorkspaceId};
use crate::domain::workspace::{ManagedWorkspace, WorkspaceContent};
use crate::storage::{Database, WorkspaceLock};
use serde_json::Value;
use std::sync::Arc;

/// Who works on which tenant's workspaces.
#[derive(Debug, Clone, Copy)]
pub struct Caller<'a> {
    pub tenant: TenantId,
    pub author: &'a Author,
}

/// The workspaces of an installation. Cheap to clone.
#[derive(Debug, Clone)]
pub struct WorkspaceService {
    database: Database,
    client: Client,
    /// So that what is changed here is seen here at once. The command line has none.
    directory: Option<Arc<WorkspaceDirectory>>,
    defaults: Defaults,
    ambient: Ambient,
}

/// A workspace after a change, with the paths of what was written to AnythingLLM and read back.
#[derive(Debug, Clone)]
pub struct Written {
    pub workspace: ManagedWorkspace,
    pub upstream_fields: Vec<&'static str>,
}

impl WorkspaceService {
    pub fn new(
        database: Database,
        client: Client,
        directory: Option<Arc<WorkspaceDirectory>>,
        defaults: Defaults,
        ambient: Ambient,
    ) -> Self {
        Self { database, client, directory, defaults, ambient }
    }

    /// A page of the tenant's workspaces, in the order they were made; `only` one of them.
    ///
    /// # Errors
    /// Of the database.
    pub async fn list(
        &self,
        tenant: TenantId,
        only: Option<WorkspaceId>,
        archived: bool,
        after: Option<WorkspaceId>,
        limit: u16,
    ) -> Result<Vec<ManagedWorkspace>, WorkspaceError> {
        Ok(self.database.managed_workspaces().list(tenant, only, archived, after, limit).await?)
    }

    /// The tenant's workspace of this slug.
    ///
    /// # Errors
    /// [`WorkspaceError::NotFound`], or of the database.
    pub async fn find(&self, tenant: TenantId, slug: &str) -> Result<ManagedWorkspace, WorkspaceError> {
        self.database.managed_workspaces().find(tenant, slug).await?.ok_or(WorkspaceError::NotFound)
    }

    /// The lock of everything that changes a workspace in AnythingLLM.
    async fn lock(&self, tenant: TenantId, slug: &str) -> Result<WorkspaceLock, WorkspaceError> {
        let lock = self.database.managed_workspaces().lock(tenant, slug).await?;
        lock.ok_or(WorkspaceError::Conflict("Somebody else is changing this workspace at this moment; try again."))
    }

    async fn forget(&self, tenant: TenantId, slug: &str) {
        if let Some(directory) = &self.directory {
            directory.forget(tenant, slug).await;
        }
    }
}

/// What the audit log calls a workspace.
fn target(slug: &str) -> String {
    format!("workspace:{slug}")
}

/// A workspace's content as JSON, to be changed.
fn as_json(content: &WorkspaceContent) -> Value {
    serde_json::to_value(content).unwrap_or_default()
}
