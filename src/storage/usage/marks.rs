//! Marks: how far the records of a segment are written for a tenant. Read and moved in the transaction that writes, so
//! that each record counts once, however often it is tried.

use crate::domain::ids::TenantId;
use crate::storage::columns::long;
use crate::storage::{StorageError, TenantTx, UsageMarks};
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// Where the records end that are written. Nobody else writes of this segment until the transaction ends: also not an
/// earlier attempt whose fate is unknown.
pub(super) async fn hold(tx: &mut TenantTx, segment: Uuid) -> Result<u64, StorageError> {
    let position = sqlx::query_scalar!(
        r#"
        INSERT INTO vestibule.usage_marks AS mark (tenant_id, segment)
        VALUES (vestibule.current_tenant(), $1)
        ON CONFLICT (tenant_id, segment) DO UPDATE
        SET moved_at = now()
        RETURNING position
        "#,
        segment,
    )
    .fetch_one(tx.connection())
    .await?;
    Ok(u64::try_from(position).unwrap_or_default())
}

pub(super) async fn advance(tx: &mut TenantTx, segment: Uuid, position: u64) -> Result<(), StorageError> {
    sqlx::query!(
        r#"
        UPDATE vestibule.usage_marks
        SET position = $2
        WHERE tenant_id = vestibule.current_tenant()
          AND segment = $1
        "#,
        segment,
        long(position),
    )
    .execute(tx.connection())
    .await?;
    Ok(())
}

impl UsageMarks<'_> {
    /// Forgets a segment that is gone.
    #[tracing::instrument(name = "db.usage_marks.delete", level = "debug", skip_all)]
    pub(super) async fn delete(self, tenant: TenantId, segment: Uuid) -> Result<(), StorageError> {
        self.tenant(tenant, async |tx| {
            sqlx::query!("DELETE FROM vestibule.usage_marks WHERE tenant_id = $1 AND segment = $2", tenant.0, segment)
                .execute(tx.connection())
                .await?;
            Ok(())
        })
        .await
    }

    /// Forgets what has not moved since: left by processes that were killed, and which answers broke off. Gives how many
    /// marks.
    #[tracing::instrument(name = "db.usage_marks.delete_before", level = "debug", skip_all)]
    pub async fn delete_before(self, tenant: TenantId, moved: DateTime<Utc>) -> Result<u64, StorageError> {
        self.tenant(tenant, async |tx| {
            let deleted = sqlx::query!(
                "DELETE FROM vestibule.usage_marks WHERE tenant_id = $1 AND moved_at < $2",
                tenant.0,
                moved
            )
            .execute(tx.connection())
            .await?;
            sqlx::query!(
                "DELETE FROM vestibule.usage_corrections WHERE tenant_id = $1 AND moved_at < $2",
                tenant.0,
                moved
            )
            .execute(tx.connection())
            .await?;
            Ok(deleted.rows_affected())
        })
        .await
    }
}
