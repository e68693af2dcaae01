//! Store connections and their sealed credentials. Sees no credential: sealing and opening is for `store`.

mod rows;
mod statements;

use super::catalog::begin_removal;
use super::columns::word;
use super::{NewRemoval, StorageError, StoreConnections};
use crate::domain::audit::{AuditEntry, Author};
use crate::domain::clock::Ambient;
use crate::domain::ids::{StoreConnectionId, TenantId, WorkspaceId};
use crate::domain::sealed::Sealed;
use crate::domain::store::{CredentialKind, CredentialSummary, StoreConnection, StoreSettings, StoreStatus, audited};
use crate::domain::sync::{SyncRun, SyncTrigger};
use crate::domain::workspace::Workspace;
use rows::{StoreConnectionRow, find, select_connections};

/// Credentials as they are stored.
#[derive(Debug, Clone)]
pub struct SealedCredentials {
    /// What may be shown of them.
    pub summary: CredentialSummary,
    pub sealed: Sealed,
}

/// What becomes of the stored credentials.
#[derive(Debug, Clone)]
pub enum CredentialChange {
    /// They stay, if they are for the same platform and may be sent to the same place.
    Keep,
    Remove,
    /// These come in their place.
    Replace(Box<SealedCredentials>),
}

/// Which version of a connection somebody has in mind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expected {
    /// Any, or none.
    Whatever,
    /// Any, but there must be one.
    Present,
    Versions(Vec<i64>),
}

/// Why a connection was not changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PutStoreError {
    /// It is not the version that was expected.
    #[error("the connection has changed")]
    Changed,
    /// There are stored credentials, and they must not be sent to where the connection leads now.
    #[error("the stored credentials are for another place")]
    CredentialsElsewhere,
    #[error("there is no such workspace")]
    NoWorkspace,
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// What became of a connection that was to be removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeletedStore {
    /// There was none.
    Missing,
    Deleted {
        /// What removes the catalogue, if there is one.
        removal: Option<Box<SyncRun>>,
    },
}

/// What became of a connection.
#[derive(Debug, Clone)]
pub struct PutStore {
    /// As it is now.
    pub connection: StoreConnection,
    pub created: bool,
}

impl Expected {
    fn holds(&self, version: Option<i64>) -> bool {
        match (self, version) {
            (Self::Whatever, _) | (Self::Present, Some(_)) => true,
            (Self::Versions(versions), Some(version)) => versions.contains(&version),
            (Self::Present | Self::Versions(_), None) => false,
        }
    }
}

impl StoreConnections<'_> {
    #[tracing::instrument(name = "db.store_connections.find", level = "debug", skip_all)]
    pub async fn find(self, tenant: TenantId, workspace: WorkspaceId) -> Result<Option<StoreConnection>, StorageError> {
        self.read_of(tenant, async |tx| find(tx, tenant, workspace).await).await
    }

    /// Connections that are read by a schedule, in the order of their ids, from after `after`.
    #[tracing::instrument(name = "db.store_connections.list_scheduled", level = "debug", skip_all)]
    pub async fn list_scheduled(
        self,
        tenant: TenantId,
        after: Option<StoreConnectionId>,
        limit: u16,
    ) -> Result<Vec<StoreConnection>, StorageError> {
        self.read_of(tenant, async |tx| {
            let rows = select_connections!(
                r#"
                WHERE s.tenant_id = $1
                  AND s.schedule_cron IS NOT NULL
                  AND ($2::uuid IS NULL OR s.id > $2)
                ORDER BY s.id
                LIMIT $3
                "#,
                tenant.0,
                after.map(|id| id.0),
                i64::from(limit),
            )
            .fetch_all(tx.connection())
            .await?;
            rows.into_iter().map(StoreConnectionRow::into_connection).collect()
        })
        .await
    }

    /// The sealed credentials of a connection.
    #[tracing::instrument(name = "db.store_connections.find_credentials", level = "debug", skip_all)]
    pub async fn find_credentials(
        self,
        tenant: TenantId,
        connection: StoreConnectionId,
    ) -> Result<Option<SealedCredentials>, StorageError> {
        self.read_of(tenant, async |tx| {
            let row = sqlx::query!(
                r#"
                SELECT auth_type, secret, seal_key_id, hint, expires_at, refresh_expires_at, rotated_at
                FROM vestibule.store_credentials
                WHERE tenant_id = $1
                  AND connection_id = $2
                "#,
                tenant.0,
                connection.0,
            )
            .fetch_optional(tx.connection())
            .await?;
            let Some(row) = row else { return Ok(None) };
            Ok(Some(SealedCredentials {
                summary: CredentialSummary {
                    kind: word("auth_type", &row.auth_type)?,
                    hint: row.hint,
                    expires_at: row.expires_at,
                    refresh_expires_at: row.refresh_expires_at,
                    rotated_at: row.rotated_at,
                },
                sealed: Sealed { key_id: row.seal_key_id, bytes: row.secret },
            }))
        })
        .await
    }

    /// Connections of the tenant whose credentials are sealed under another root key than this one, in the order of
    /// their ids, from after `after`.
    #[tracing::instrument(name = "db.store_connections.list_sealed_elsewhere", level = "debug", skip_all)]
    pub async fn list_sealed_elsewhere(
        self,
        tenant: TenantId,
        key_id: &str,
        after: Option<StoreConnectionId>,
        limit: u16,
    ) -> Result<Vec<StoreConnection>, StorageError> {
        self.read_of(tenant, async |tx| {
            let rows = select_connections!(
                r#"
                WHERE s.tenant_id = $1
                  AND c.seal_key_id <> $2
                  AND ($3::uuid IS NULL OR s.id > $3)
                ORDER BY s.id
                LIMIT $4
                "#,
                tenant.0,
                key_id,
                after.map(|id| id.0),
                i64::from(limit),
            )
            .fetch_all(tx.connection())
            .await?;
            rows.into_iter().map(StoreConnectionRow::into_connection).collect()
        })
        .await
    }

    /// Puts another seal of the same credentials in the place of `old`. False: it is not that one any more.
    #[tracing::instrument(name = "db.store_connections.reseal", level = "debug", skip_all)]
    pub async fn reseal(
        self,
        tenant: TenantId,
        connection: StoreConnectionId,
        old: &Sealed,
        new: &Sealed,
    ) -> Result<bool, StorageError> {
        self.tenant(tenant, async |tx| {
            let done = sqlx::query!(
                r#"
                UPDATE vestibule.store_credentials
                SET secret = $4,
                    seal_key_id = $5
                WHERE tenant_id = $1
                  AND connection_id = $2
                  AND secret = $3
                "#,
                tenant.0,
                connection.0,
                old.bytes,
                new.bytes,
                new.key_id,
            )
            .execute(tx.connection())
            .await?;
            Ok(done.rows_affected() == 1)
        })
        .await
    }

    /// Makes the workspace's connection, or puts another in the place of the one there is. What a check has found is
    /// forgotten when it may not hold any more.
    #[tracing::instrument(name = "db.store_connections.put", level = "debug", skip_all)]
    pub async fn put(
        self,
        workspace: &Workspace,
        settings: &StoreSettings,
        credentials: &CredentialChange,
        expected: &Expected,
        by: &Author,
        ambient: &Ambient,
    ) -> Result<PutStore, PutStoreError> {
        self.tenant(workspace.tenant, async |tx| {
            // Two that come together wait for each other here, also while there is no connection to lock.
            if !statements::lock_workspace(tx, workspace.tenant, workspace.id).await? {
                return Err(PutStoreError::NoWorkspace);
            }
            let old = find(tx, workspace.tenant, workspace.id).await?;
            if !expected.holds(old.as_ref().map(|old| old.version)) {
                return Err(PutStoreError::Changed);
            }
            let stored = old.as_ref().and_then(|old| old.credentials.as_ref().map(|summary| (old, summary)));
            if let (CredentialChange::Keep, Some((old, summary))) = (credentials, stored)
                && !may_keep(&old.settings, summary, settings)
            {
                return Err(PutStoreError::CredentialsElsewhere);
            }
            let kept = matches!(credentials, CredentialChange::Keep);
            let id = if let Some(old) = &old {
                let same = kept && old.settings.is_reached_as(settings);
                if !kept {
                    statements::delete_credentials(tx, old.id).await?;
                }
                statements::update(tx, old.id, settings, !same, ambient.now()).await?;
                old.id
            } else {
                let id = StoreConnectionId::new(ambient);
                statements::insert(tx, id, workspace, settings, ambient.now()).await?;
                id
            };
            if let CredentialChange::Replace(new) = credentials {
                statements::insert_credentials(tx, id, workspace.tenant, settings.platform, new).await?;
            }
            let new = find(tx, workspace.tenant, workspace.id).await?;
            let new = new.ok_or_else(|| StorageError::corrupt("store_connections", "gone"))?;
            let after = audited(&new.settings, new.credentials.as_ref());
            let entry = match &old {
                Some(old) => {
                    let before = audited(&old.settings, old.credentials.as_ref());
                    AuditEntry::changed("store.updated", target(workspace), before, after)
                }
                None => AuditEntry::created("store.created", target(workspace), after),
            };
            tx.record(by, &entry, ambient).await?;
            Ok(PutStore { connection: new, created: old.is_none() })
        })
        .await
    }

    /// Removes the workspace's connection with its credentials, and begins the removal of its catalogue.
    #[tracing::instrument(name = "db.store_connections.delete", level = "debug", skip_all)]
    pub async fn delete(
        self,
        workspace: &Workspace,
        expected: &Expected,
        by: &Author,
        ambient: &Ambient,
    ) -> Result<DeletedStore, PutStoreError> {
        self.tenant(workspace.tenant, async |tx| {
            statements::lock_workspace(tx, workspace.tenant, workspace.id).await?;
            let old = find(tx, workspace.tenant, workspace.id).await?;
            let Some(old) = old else { return Ok(DeletedStore::Missing) };
            if !expected.holds(Some(old.version)) {
                return Err(PutStoreError::Changed);
            }
            statements::delete(tx, old.id).await?;
            let before = audited(&old.settings, old.credentials.as_ref());
            tx.record(by, &AuditEntry::removed("store.removed", target(workspace), before), ambient).await?;
            let (tenant, slug, trigger) = (workspace.tenant, workspace.slug.as_str(), SyncTrigger::Disconnect);
            let new = NewRemoval { tenant, workspace: workspace.id, slug, trigger };
            let removal = begin_removal(tx, new, by, ambient).await?;
            Ok(DeletedStore::Deleted { removal: removal.map(Box::new) })
        })
        .await
    }

    /// Writes down what a check of `checked` has found. None: the connection was changed or removed meanwhile, and the
    /// finding says nothing about what is there now.
    #[tracing::instrument(name = "db.store_connections.record_check", level = "debug", skip_all)]
    pub async fn record_check(
        self,
        workspace: &Workspace,
        checked: &StoreConnection,
        status: StoreStatus,
        error_code: Option<&str>,
        by: &Author,
        ambient: &Ambient,
    ) -> Result<Option<StoreConnection>, StorageError> {
        self.tenant(workspace.tenant, async |tx| {
            if !statements::record_check(tx, checked, status, error_code, ambient.now()).await? {
                return Ok(None);
            }
            let now = find(tx, workspace.tenant, workspace.id).await?;
            let now = now.ok_or_else(|| StorageError::corrupt("store_connections", "gone"))?;
            let found = |status: StoreStatus, code: Option<&str>| {
                serde_json::json!({ "status": status, "last_error_code": code })
            };
            let entry = AuditEntry {
                action: "store.checked",
                target: target(workspace),
                before: Some(found(checked.status, checked.last_error_code.as_deref())),
                after: Some(found(status, error_code)),
            };
            tx.record(by, &entry, ambient).await?;
            Ok(Some(now))
        })
        .await
    }
}

/// Whether credentials that were stored for `old` may be used for `new`: they must never go to another place.
fn may_keep(old: &StoreSettings, summary: &CredentialSummary, new: &StoreSettings) -> bool {
    old.platform == new.platform
        && old.credential_audience() == new.credential_audience()
        && CredentialKind::of_use(new.platform, new.catalog_source).contains(&summary.kind)
}

fn target(workspace: &Workspace) -> String {
    format!("store:{}", workspace.slug)
}
