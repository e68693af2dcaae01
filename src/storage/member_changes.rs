//! Changes of who is assigned to a workspace. The assignments themselves are AnythingLLM's and nothing of them is kept
//! here: this repository lets one change happen at a time, writes it into the audit log, and tells all replicas.

use super::locks::LockName;
use super::{Database, MemberChanges, StorageError, TenantTx};
use crate::domain::audit::{AuditEntry, Author};
use crate::domain::clock::Ambient;
use crate::domain::ids::{TenantId, WorkspaceId};
use crate::domain::user::UserId;
use serde_json::json;

/// The right to change who is assigned to one workspace, until it is dropped. Holds a connection: have few at a time.
pub struct MemberChange {
    database: Database,
    tx: TenantTx,
    tenant: TenantId,
}

impl std::fmt::Debug for MemberChange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MemberChange").field("tenant", &self.tenant).finish_non_exhaustive()
    }
}

impl MemberChanges<'_> {
    /// Waits until nobody else changes who is assigned to the workspace; none if the tenant has no such workspace.
    /// Fails if somebody else takes too long.
    #[tracing::instrument(name = "db.member_changes.begin", level = "debug", skip_all)]
    pub async fn begin(self, tenant: TenantId, workspace: WorkspaceId) -> Result<Option<MemberChange>, StorageError> {
        self.bounded(async {
            let mut tx = self.database.begin(tenant).await?;
            let found = sqlx::query_scalar!(
                r#"
                SELECT id
                FROM vestibule.workspaces
                WHERE tenant_id = $1
                  AND id = $2
                "#,
                tenant.0,
                workspace.0,
            )
            .fetch_optional(tx.connection())
            .await?;
            if found.is_none() {
                return Ok(None);
            }
            // AnythingLLM is asked while the transaction is open, which takes longer than transactions may idle.
            sqlx::query!("SET LOCAL idle_in_transaction_session_timeout = '60s'").execute(tx.connection()).await?;
            sqlx::query!(
                r#"SELECT 1 AS "locked" FROM pg_advisory_xact_lock(hashtextextended($1, 0))"#,
                LockName::Members(workspace).text(),
            )
            .fetch_one(tx.connection())
            .await?;
            Ok(Some(MemberChange { database: self.database.clone(), tx, tenant }))
        })
        .await
    }
}

impl MemberChange {
    /// Writes down what is about to be done. Nothing of it stays without [`Self::commit`]. If it fails,
    /// do not do it.
    #[tracing::instrument(name = "db.member_changes.record", level = "debug", skip_all)]
    pub async fn record(&mut self, by: &Author, entry: &AuditEntry, ambient: &Ambient) -> Result<(), StorageError> {
        let Self { database, tx, .. } = self;
        database.bounded(tx.record(by, entry, ambient)).await
    }

    /// Keeps what was written down, and tells all replicas that this user's assignments have changed.
    #[tracing::instrument(name = "db.member_changes.commit", level = "debug", skip_all)]
    pub async fn commit(self, user: UserId) -> Result<(), StorageError> {
        let Self { database, mut tx, tenant } = self;
        let told = json!({"kind": "membership", "tenant": tenant.0, "user": user}).to_string();
        database
            .bounded(async {
                sqlx::query!(r#"SELECT 1 AS "told" FROM pg_notify('vestibule_changes', $1)"#, told)
                    .fetch_one(tx.connection())
                    .await?;
                tx.commit().await
            })
            .await
    }
}
