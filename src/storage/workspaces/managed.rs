//! Shops: workspaces with everything their staff set. A change is one transaction: rows, version and audit entry.

use super::{rows, write};
use crate::domain::audit::{AuditEntry, Author};
use crate::domain::clock::Ambient;
use crate::domain::ids::{TenantId, WorkspaceId};
use crate::domain::workspace::{ManagedWorkspace, UpstreamState, WorkspaceContent};
use crate::storage::{Database, StorageError, TenantTx};
use sqlx::{Connection as _, PgConnection};
use uuid::Uuid;

/// The repository of shops.
#[derive(Debug, Clone, Copy)]
pub struct ManagedWorkspaces<'a> {
    database: &'a Database,
}

/// Why a shop was not stored.
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
    /// The database.
    #[error(transparent)]
    Storage(StorageError),
}

impl From<StorageError> for StoreWorkspaceError {
    fn from(error: StorageError) -> Self {
        match &error {
            StorageError::Conflict { constraint } => match constraint.as_str() {
                "workspaces_pkey" | "workspaces_slug_key" => Self::SlugTaken,
                "workspaces_upstream_slug_key" => Self::UpstreamSlugTaken,
                "workspace_settings_extra_size" => Self::ExtraTooLarge,
                _ => Self::Storage(error),
            },
            _ => Self::Storage(error),
        }
    }
}

/// What of a shop is changed.
#[derive(Debug, Clone, Copy)]
pub struct ManagedWorkspaceChange<'a> {
    /// The shop as it was read; its version must still be the stored one.
    pub shop: &'a ManagedWorkspace,
    /// What it has afterwards.
    pub content: &'a WorkspaceContent,
    /// Whether AnythingLLM has it afterwards.
    pub upstream_state: UpstreamState,
    /// Its name there afterwards.
    pub upstream_slug: &'a str,
}

/// While this lives, nobody else changes what the workspace is in AnythingLLM. Dropping it gives the lock back as well,
/// when the server notices that the connection is gone.
#[derive(Debug)]
pub struct WorkspaceLock(PgConnection);

impl WorkspaceLock {
    /// Gives the lock back.
    pub async fn release(self) {
        // The lock belongs to the connection and ends with it.
        let _ = self.0.close().await;
    }
}

impl<'a> ManagedWorkspaces<'a> {
    pub(in crate::storage) fn new(database: &'a Database) -> Self {
        Self { database }
    }

    /// The tenant's shop of this slug.
    ///
    /// # Errors
    /// If the database cannot be asked or a row cannot be read.
    #[tracing::instrument(name = "db.shops.find", level = "debug", skip_all)]
    pub async fn find(self, tenant: TenantId, slug: &str) -> Result<Option<ManagedWorkspace>, StorageError> {
        self.database
            .bounded(async {
                let mut tx = self.database.begin(tenant).await?;
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
                self.one(tx, id).await
            })
            .await
    }

    /// The tenant's shop of this id.
    ///
    /// # Errors
    /// If the database cannot be asked or a row cannot be read.
    #[tracing::instrument(name = "db.shops.find_by_id", level = "debug", skip_all)]
    pub async fn find_by_id(self, tenant: TenantId, id: WorkspaceId) -> Result<Option<ManagedWorkspace>, StorageError> {
        self.database
            .bounded(async {
                let tx = self.database.begin(tenant).await?;
                self.one(tx, Some(id.0)).await
            })
            .await
    }

    async fn one(self, mut tx: TenantTx, id: Option<Uuid>) -> Result<Option<ManagedWorkspace>, StorageError> {
        let shops = rows::load(&mut tx, id.as_slice()).await?;
        tx.commit().await?;
        Ok(shops.into_iter().next())
    }

    /// The tenant's shops in the order they were made, from after `after`. Those that are put away only on request.
    ///
    /// # Errors
    /// If the database cannot be asked or a row cannot be read.
    #[tracing::instrument(name = "db.shops.list", level = "debug", skip_all)]
    pub async fn list(
        self,
        tenant: TenantId,
        only: Option<WorkspaceId>,
        archived: bool,
        after: Option<WorkspaceId>,
        limit: u16,
    ) -> Result<Vec<ManagedWorkspace>, StorageError> {
        self.database
            .bounded(async {
                let mut tx = self.database.begin(tenant).await?;
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
                let shops = rows::load(&mut tx, &ids).await?;
                tx.commit().await?;
                Ok(shops)
            })
            .await
    }

    /// Stores a new shop.
    ///
    /// # Errors
    /// [`StoreWorkspaceError`]
    #[tracing::instrument(name = "db.shops.insert", level = "debug", skip_all)]
    pub async fn insert(
        self,
        shop: &ManagedWorkspace,
        by: &Author,
        entry: &AuditEntry,
        ambient: &Ambient,
    ) -> Result<(), StoreWorkspaceError> {
        let done = self.database.bounded(async {
            let mut tx = self.database.begin(shop.tenant).await?;
            write::insert(&mut tx, shop).await?;
            tx.record(by, entry, ambient).await?;
            tx.commit().await
        });
        Ok(done.await?)
    }

    /// Stores a change and counts the version up; tells the new version.
    ///
    /// # Errors
    /// [`StoreWorkspaceError::Changed`] if the stored version is another one than the shop's.
    #[tracing::instrument(name = "db.shops.update", level = "debug", skip_all)]
    pub async fn update(
        self,
        change: ManagedWorkspaceChange<'_>,
        by: &Author,
        entry: &AuditEntry,
        ambient: &Ambient,
    ) -> Result<i64, StoreWorkspaceError> {
        let done = self.database.bounded(async {
            let mut tx = self.database.begin(change.shop.tenant).await?;
            let Some(version) = write::update(&mut tx, change, ambient.now()).await? else { return Ok(None) };
            tx.record(by, entry, ambient).await?;
            tx.commit().await?;
            Ok(Some(version))
        });
        done.await?.ok_or(StoreWorkspaceError::Changed)
    }

    /// Removes a shop with its keys, conversations and connections. Usage and the audit log stay.
    ///
    /// # Errors
    /// [`StoreWorkspaceError::Changed`] if the stored version is another one than the shop's.
    #[tracing::instrument(name = "db.shops.delete", level = "debug", skip_all)]
    pub async fn delete(
        self,
        shop: &ManagedWorkspace,
        by: &Author,
        entry: &AuditEntry,
        ambient: &Ambient,
    ) -> Result<(), StoreWorkspaceError> {
        let done = self.database.bounded(async {
            let mut tx = self.database.begin(shop.tenant).await?;
            let deleted = sqlx::query!(
                r#"
                DELETE FROM vestibule.workspaces
                WHERE tenant_id = $1
                  AND id = $2
                  AND version = $3
                "#,
                shop.tenant.0,
                shop.id.0,
                shop.version,
            )
            .execute(tx.connection())
            .await?
            .rows_affected();
            if deleted == 0 {
                return Ok(false);
            }
            tx.record(by, entry, ambient).await?;
            tx.commit().await?;
            Ok(true)
        });
        if done.await? { Ok(()) } else { Err(StoreWorkspaceError::Changed) }
    }

    /// The lock of whoever makes or changes this workspace in AnythingLLM; none while somebody else holds it. On a
    /// connection of its own, because it is held while AnythingLLM is asked.
    ///
    /// # Errors
    /// If the database cannot be asked.
    #[tracing::instrument(name = "db.shops.lock", level = "debug", skip_all)]
    pub async fn lock(self, tenant: TenantId, slug: &str) -> Result<Option<WorkspaceLock>, StorageError> {
        self.database
            .bounded(async {
                let mut connection = self.database.login_connection("vestibule-shop").await?;
                let name = format!("vestibule shop {tenant} {slug}");
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
