//! Workspaces: workspaces with everything their staff set. A change is one transaction: rows, version and audit entry.

use super::{rows, write};
use crate::domain::audit::{AuditEntry, Author};
use crate::domain::clock::Ambient;
use crate::domain::ids::{TenantId, WorkspaceId};
use crate::domain::nul::has_nul;
use crate::domain::workspace::{ManagedWorkspace, UpstreamState, WorkspaceContent};
use crate::storage::locks::LockName;
use crate::storage::{ManagedWorkspaces, StorageError, TenantTx};
use sqlx::{Connection as _, PgConnection};
use std::time::Duration;
use uuid::Uuid;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreWorkspaceError {
    /// The tenant has a workspace of this slug.
    #[error("there is such a workspace already")]
    SlugTaken,
    /// AnythingLLM's workspace belongs to another of ours.
    #[error("AnythingLLM's workspace is in use by another workspace")]
    UpstreamSlugTaken,
    /// It was changed or removed since it was read.
    #[error("it was changed in between")]
    Changed,
    /// `extra` is larger in the database than anybody could know.
    #[error("`extra` is too large")]
    ExtraTooLarge,
    #[error(transparent)]
    Storage(StorageError),
}

impl From<StorageError> for StoreWorkspaceError {
    fn from(error: StorageError) -> Self {
        match error.constraint() {
            Some("workspaces_pkey" | "workspaces_slug_key") => Self::SlugTaken,
            Some("workspaces_upstream_slug_key") => Self::UpstreamSlugTaken,
            Some("workspace_settings_extra_size") => Self::ExtraTooLarge,
            _ => Self::Storage(error),
        }
    }
}

/// What of a workspace is changed.
#[derive(Debug, Clone, Copy)]
pub struct ManagedWorkspaceChange<'a> {
    /// The workspace as it was read; its version must still be the stored one.
    pub workspace: &'a ManagedWorkspace,
    /// What it has afterwards.
    pub content: &'a WorkspaceContent,
    /// Whether AnythingLLM has it afterwards.
    pub upstream_state: UpstreamState,
    /// Its name there afterwards.
    pub upstream_slug: &'a str,
}

/// A server that does not take the lock back in this time does it when the connection is gone.
const RELEASE_TIME: Duration = Duration::from_secs(1);

/// While this lives, nobody else changes what the workspace is in AnythingLLM. Dropping it gives the lock back as well,
/// when the server notices that the connection is gone.
#[derive(Debug)]
pub struct WorkspaceLock(PgConnection);

impl WorkspaceLock {
    pub async fn release(mut self) {
        // Given back before the caller is answered: with a connection that is only closed it ends when the server notices,
        // and who asks again at once would be refused.
        let given_back = sqlx::raw_sql("SELECT pg_advisory_unlock_all()").execute(&mut self.0);
        if tokio::time::timeout(RELEASE_TIME, given_back).await.is_ok() {
            let _ = self.0.close().await;
        }
    }
}

impl ManagedWorkspaces<'_> {
    #[tracing::instrument(name = "db.managed_workspaces.find", level = "debug", skip_all)]
    pub async fn find(self, tenant: TenantId, slug: &str) -> Result<Option<ManagedWorkspace>, StorageError> {
        if has_nul(slug) {
            return Ok(None);
        }
        self.read_of(tenant, async |tx| {
            let id = sqlx::query_scalar!(
                r#"
                SELECT id
                FROM vestibule.workspaces
                WHERE tenant_id = $1
                  AND slug = $2
                "#,
                tenant.0,
                slug,
            )
            .fetch_optional(tx.connection())
            .await?;
            one(tx, id).await
        })
        .await
    }

    #[tracing::instrument(name = "db.managed_workspaces.find_by_id", level = "debug", skip_all)]
    pub async fn find_by_id(self, tenant: TenantId, id: WorkspaceId) -> Result<Option<ManagedWorkspace>, StorageError> {
        self.read_of(tenant, async |tx| one(tx, Some(id.0)).await).await
    }

    /// The tenant's workspaces in the order they were made, from after `after`. Those that are put away only on request.
    #[tracing::instrument(name = "db.managed_workspaces.list", level = "debug", skip_all)]
    pub async fn list(
        self,
        tenant: TenantId,
        only: Option<WorkspaceId>,
        archived: bool,
        after: Option<WorkspaceId>,
        limit: u16,
    ) -> Result<Vec<ManagedWorkspace>, StorageError> {
        self.read_of(tenant, async |tx| {
            let ids = sqlx::query_scalar!(
                r#"
                SELECT id
                FROM vestibule.workspaces
                WHERE tenant_id = $1
                  AND ($2::uuid IS NULL OR id = $2)
                  AND ($3 OR status <> 'archived')
                  AND ($4::uuid IS NULL OR id > $4)
                ORDER BY id
                LIMIT $5
                "#,
                tenant.0,
                only.map(|id| id.0),
                archived,
                after.map(|id| id.0),
                i64::from(limit),
            )
            .fetch_all(tx.connection())
            .await?;
            rows::load(tx, &ids).await
        })
        .await
    }

    #[tracing::instrument(name = "db.managed_workspaces.insert", level = "debug", skip_all)]
    pub async fn insert(
        self,
        workspace: &ManagedWorkspace,
        by: &Author,
        entry: &AuditEntry,
        ambient: &Ambient,
    ) -> Result<(), StoreWorkspaceError> {
        self.tenant(workspace.tenant, async |tx| {
            write::insert(tx, workspace).await?;
            Ok(tx.record(by, entry, ambient).await?)
        })
        .await
    }

    /// Stores a change and counts the version up; tells the new version.
    #[tracing::instrument(name = "db.managed_workspaces.update", level = "debug", skip_all)]
    pub async fn update(
        self,
        change: ManagedWorkspaceChange<'_>,
        by: &Author,
        entry: &AuditEntry,
        ambient: &Ambient,
    ) -> Result<i64, StoreWorkspaceError> {
        self.tenant(change.workspace.tenant, async |tx| {
            let version = write::update(tx, change, ambient.now()).await?;
            let version = version.ok_or(StoreWorkspaceError::Changed)?;
            tx.record(by, entry, ambient).await?;
            Ok(version)
        })
        .await
    }

    /// Removes a workspace with its keys, conversations and connections. Usage and the audit log stay.
    #[tracing::instrument(name = "db.managed_workspaces.delete", level = "debug", skip_all)]
    pub async fn delete(
        self,
        workspace: &ManagedWorkspace,
        by: &Author,
        entry: &AuditEntry,
        ambient: &Ambient,
    ) -> Result<(), StoreWorkspaceError> {
        let done = self.tenant(workspace.tenant, async |tx| {
            let deleted = sqlx::query!(
                r#"
                DELETE FROM vestibule.workspaces
                WHERE tenant_id = $1
                  AND id = $2
                  AND version = $3
                "#,
                workspace.tenant.0,
                workspace.id.0,
                workspace.version,
            )
            .execute(tx.connection())
            .await?
            .rows_affected();
            if deleted == 0 {
                return Ok(false);
            }
            tx.record(by, entry, ambient).await?;
            Ok::<_, StorageError>(true)
        });
        if done.await? { Ok(()) } else { Err(StoreWorkspaceError::Changed) }
    }

    /// The lock of whoever makes or changes this workspace in AnythingLLM; none while somebody else holds it. On a
    /// connection of its own, because it is held while AnythingLLM is asked.
    #[tracing::instrument(name = "db.managed_workspaces.lock", level = "debug", skip_all)]
    pub async fn lock(self, tenant: TenantId, slug: &str) -> Result<Option<WorkspaceLock>, StorageError> {
        self.bounded(async {
            let mut connection = self.login_connection("vestibule-workspace").await?;
            let name = LockName::Workspace(tenant, slug).text();
            let locked: bool =
                sqlx::query_scalar!(r#"SELECT pg_try_advisory_lock(hashtextextended($1, 0)) AS "locked!""#, name)
                    .fetch_one(&mut connection)
                    .await?;
            if locked {
                return Ok(Some(WorkspaceLock(connection)));
            }
            let _ = connection.close().await;
            Ok(None)
        })
        .await
    }
}

async fn one(tx: &mut TenantTx, id: Option<Uuid>) -> Result<Option<ManagedWorkspace>, StorageError> {
    Ok(rows::load(tx, id.as_slice()).await?.pop())
}
