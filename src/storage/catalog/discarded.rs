//! Documents in AnythingLLM that nobody needs any more: those that are known, and those that are to be looked for
//! because a call ended unseen.

use super::orphans::unknown;
use super::sync_runs::SyncClaim;
use crate::storage::workspaces::knowledge::changed_by_sync;
use crate::storage::{StorageError, SyncRuns, TenantTx};

impl SyncRuns<'_> {
    /// Documents that are to be removed from AnythingLLM, a limited number, in order from after `after`.
    #[tracing::instrument(name = "db.catalog_discarded.list", level = "debug", skip_all)]
    pub async fn discarded(self, claim: &SyncClaim, after: &str, limit: u16) -> Result<Vec<String>, StorageError> {
        self.claimed(claim, async |tx| {
            let locations = sqlx::query_scalar!(
                r#"
                SELECT location
                FROM vestibule.catalog_discarded
                WHERE tenant_id = $1
                  AND workspace_id = $2
                  AND location > $3
                ORDER BY location
                LIMIT $4
                "#,
                claim.tenant.0,
                claim.workspace.0,
                after,
                i64::from(limit),
            )
            .fetch_all(tx.connection())
            .await?;
            Ok(locations)
        })
        .await
    }

    /// Forgets documents that AnythingLLM has removed.
    #[tracing::instrument(name = "db.catalog_discarded.delete", level = "debug", skip_all)]
    pub async fn removed_upstream(self, claim: &SyncClaim, locations: &[String]) -> Result<(), StorageError> {
        self.claimed(claim, async |tx| {
            forget(tx, claim, locations).await?;
            changed_by_sync(tx, claim.tenant, claim.workspace).await
        })
        .await
    }

    /// Whether AnythingLLM may have documents of this workspace that nobody knows of: a call ended unseen.
    #[tracing::instrument(name = "db.catalog_state.sweep_needed", level = "debug", skip_all)]
    pub async fn sweep_needed(self, claim: &SyncClaim) -> Result<bool, StorageError> {
        self.claimed(claim, async |tx| {
            let needed = sqlx::query_scalar!(
                r#"
                SELECT
                  EXISTS (
                    SELECT
                    FROM vestibule.catalog_state
                    WHERE tenant_id = $1
                      AND workspace_id = $2
                      AND sweep_needed)
                  OR EXISTS (
                    SELECT
                    FROM vestibule.catalog_products
                    WHERE tenant_id = $1
                      AND workspace_id = $2
                      AND pending_id IS NOT NULL
                      AND pending_location IS NULL) AS "needed!"
                "#,
                claim.tenant.0,
                claim.workspace.0,
            )
            .fetch_one(tx.connection())
            .await?;
            Ok(needed)
        })
        .await
    }

    /// Notes whether AnythingLLM may have documents that nobody knows of.
    #[tracing::instrument(name = "db.catalog_state.set_sweep_needed", level = "debug", skip_all)]
    pub async fn set_sweep_needed(self, claim: &SyncClaim, needed: bool) -> Result<(), StorageError> {
        self.claimed(claim, async |tx| {
            sqlx::query!(
                r#"
                INSERT INTO vestibule.catalog_state (workspace_id, tenant_id, sweep_needed)
                VALUES ($2, $1, $3)
                ON CONFLICT ON CONSTRAINT catalog_state_pkey DO UPDATE
                SET sweep_needed = excluded.sweep_needed
                "#,
                claim.tenant.0,
                claim.workspace.0,
                needed,
            )
            .execute(tx.connection())
            .await?;
            if !needed {
                // Whatever was stored for them has been found.
                sqlx::query!(
                    r#"
                    UPDATE vestibule.catalog_products
                    SET pending_id = NULL,
                        pending_hash = NULL
                    WHERE tenant_id = $1
                      AND workspace_id = $2
                      AND pending_id IS NOT NULL
                      AND pending_location IS NULL
                    "#,
                    claim.tenant.0,
                    claim.workspace.0,
                )
                .execute(tx.connection())
                .await?;
            }
            Ok(())
        })
        .await
    }

    /// Discards those of these documents that nobody knows of. Says how many.
    #[tracing::instrument(name = "db.catalog_discarded.insert_unknown", level = "debug", skip_all)]
    pub async fn discard_unknown(self, claim: &SyncClaim, locations: &[String]) -> Result<u64, StorageError> {
        self.claimed(claim, async |tx| {
            let unknown = unknown(tx, claim.tenant, claim.workspace, locations).await?;
            let found = sqlx::query!(
                r#"
                INSERT INTO vestibule.catalog_discarded (workspace_id, tenant_id, location)
                SELECT $2, $1, new.location
                FROM unnest($3::text[]) AS new (location)
                ON CONFLICT DO NOTHING
                "#,
                claim.tenant.0,
                claim.workspace.0,
                &unknown,
            )
            .execute(tx.connection())
            .await?
            .rows_affected();
            Ok(found)
        })
        .await
    }
}

/// In a transaction with what follows from it.
pub(super) async fn forget(tx: &mut TenantTx, claim: &SyncClaim, locations: &[String]) -> Result<(), StorageError> {
    sqlx::query!(
        r#"
        DELETE FROM vestibule.catalog_discarded
        WHERE tenant_id = $1
          AND workspace_id = $2
          AND location = ANY($3)
        "#,
        claim.tenant.0,
        claim.workspace.0,
        locations,
    )
    .execute(tx.connection())
    .await?;
    Ok(())
}
