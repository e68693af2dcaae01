//! Which document each product has in AnythingLLM, and which documents nobody needs any more.
//!
//! What is going to be done is written before AnythingLLM is called and what was done afterwards, each in one
//! transaction with the run's progress. So a process may be killed at any point: nothing is lost, and what a call left
//! behind whose end nobody saw is found by its `pending_id`.

use super::sync_runs::{SyncClaim, advance, keep_errors};
use crate::domain::ids::{TenantId, WorkspaceId};
use crate::domain::sync::{SyncCounts, SyncError, SyncPhase};
use crate::storage::workspaces::knowledge::changed_by_sync;
use crate::storage::{StorageError, SyncRuns};
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// A document that is going to be stored.
#[derive(Debug, Clone)]
pub struct Intent {
    pub product_key: String,
    /// Goes along with the document, so that it can be recognised.
    pub pending_id: Uuid,
    pub hash: [u8; 32],
}

impl SyncRuns<'_> {
    /// Notes that these products are in the feed and need nothing else.
    #[tracing::instrument(name = "db.catalog_products.seen", level = "debug", skip_all)]
    pub async fn seen(self, claim: &SyncClaim, keys: &[String]) -> Result<(), StorageError> {
        if keys.is_empty() {
            return Ok(());
        }
        self.claimed(claim, async |tx| {
            sqlx::query!(
                r#"
                UPDATE vestibule.catalog_products
                SET seen_in = $3
                WHERE tenant_id = $1
                  AND workspace_id = $2
                  AND product_key = ANY($4)
                "#,
                claim.tenant.0,
                claim.workspace.0,
                claim.run.0,
                keys,
            )
            .execute(tx.connection())
            .await?;
            Ok(())
        })
        .await
    }

    /// Writes down which documents are going to be stored. What an earlier attempt stored for these products and never
    /// embedded is discarded, and what it may have stored without anybody seeing it is to be looked for.
    #[tracing::instrument(name = "db.catalog_products.intend", level = "debug", skip_all)]
    pub async fn intend(self, claim: &SyncClaim, intents: &[Intent], now: DateTime<Utc>) -> Result<(), StorageError> {
        if intents.is_empty() {
            return Ok(());
        }
        let keys: Vec<String> = intents.iter().map(|intent| intent.product_key.clone()).collect();
        let ids: Vec<Uuid> = intents.iter().map(|intent| intent.pending_id).collect();
        let hashes: Vec<Vec<u8>> = intents.iter().map(|intent| intent.hash.to_vec()).collect();
        self.claimed(claim, async |tx| {
            sqlx::query!(
                r#"
                INSERT INTO vestibule.catalog_discarded (workspace_id, tenant_id, location)
                SELECT workspace_id, tenant_id, pending_location
                FROM vestibule.catalog_products
                WHERE tenant_id = $1
                  AND workspace_id = $2
                  AND product_key = ANY($3)
                  AND pending_location IS NOT NULL
                ON CONFLICT DO NOTHING
                "#,
                claim.tenant.0,
                claim.workspace.0,
                &keys,
            )
            .execute(tx.connection())
            .await?;
            sqlx::query!(
                r#"
                INSERT INTO vestibule.catalog_products
                  AS p (workspace_id, tenant_id, product_key, pending_id, pending_hash, seen_in, updated_at)
                SELECT $2, $1, new.key, new.id, new.hash, $4, $7
                FROM unnest($3::text[], $5::uuid[], $6::bytea[]) AS new (key, id, hash)
                ON CONFLICT ON CONSTRAINT catalog_products_pkey DO UPDATE
                SET pending_id = excluded.pending_id,
                    pending_hash = excluded.pending_hash,
                    pending_location = NULL,
                    seen_in = excluded.seen_in,
                    updated_at = excluded.updated_at
                "#,
                claim.tenant.0,
                claim.workspace.0,
                &keys,
                claim.run.0,
                &ids,
                &hashes,
                now,
            )
            .execute(tx.connection())
            .await?;
            Ok(())
        })
        .await
    }

    /// Notes where a document was stored.
    #[tracing::instrument(name = "db.catalog_products.stored", level = "debug", skip_all)]
    pub async fn stored(self, claim: &SyncClaim, intent: &Intent, location: &str) -> Result<(), StorageError> {
        self.claimed(claim, async |tx| {
            sqlx::query!(
                r#"
                UPDATE vestibule.catalog_products
                SET pending_location = $5
                WHERE tenant_id = $1
                  AND workspace_id = $2
                  AND product_key = $3
                  AND pending_id = $4
                "#,
                claim.tenant.0,
                claim.workspace.0,
                intent.product_key,
                intent.pending_id,
                location,
            )
            .execute(tx.connection())
            .await?;
            Ok(())
        })
        .await
    }

    /// Ends a batch: what was embedded takes the place of what was there, what was not is discarded, and the run is so
    /// much further.
    #[tracing::instrument(name = "db.catalog_products.embedded", level = "debug", skip_all)]
    pub async fn embedded(
        self,
        claim: &SyncClaim,
        (embedded, failed): (&[String], &[String]),
        errors: &[SyncError],
        (cursor, counts): (&str, &SyncCounts),
        now: DateTime<Utc>,
    ) -> Result<(), StorageError> {
        self.claimed(claim, async |tx| {
            sqlx::query!(
                r#"
                INSERT INTO vestibule.catalog_discarded (workspace_id, tenant_id, location)
                SELECT
                  workspace_id,
                  tenant_id,
                  CASE WHEN product_key = ANY($3) THEN location ELSE pending_location END AS location
                FROM vestibule.catalog_products
                WHERE tenant_id = $1
                  AND workspace_id = $2
                  AND ((product_key = ANY($3) AND location IS NOT NULL AND pending_location IS NOT NULL)
                       OR (product_key = ANY($4) AND pending_location IS NOT NULL))
                ON CONFLICT DO NOTHING
                "#,
                claim.tenant.0,
                claim.workspace.0,
                embedded,
                failed,
            )
            .execute(tx.connection())
            .await?;
            sqlx::query!(
                r#"
                UPDATE vestibule.catalog_products
                SET content_hash = CASE WHEN product_key = ANY($3) THEN pending_hash ELSE content_hash END,
                    location = CASE WHEN product_key = ANY($3) THEN pending_location ELSE location END,
                    pending_id = NULL,
                    pending_hash = NULL,
                    pending_location = NULL,
                    seen_in = $5,
                    updated_at = $6
                WHERE tenant_id = $1
                  AND workspace_id = $2
                  AND ((product_key = ANY($3) AND pending_location IS NOT NULL) OR product_key = ANY($4))
                "#,
                claim.tenant.0,
                claim.workspace.0,
                embedded,
                failed,
                claim.run.0,
                now,
            )
            .execute(tx.connection())
            .await?;
            keep_errors(tx, claim, errors).await?;
            advance(tx, claim, SyncPhase::Embedding, Some(cursor), counts).await?;
            changed_by_sync(tx, claim.tenant, claim.workspace).await
        })
        .await
    }

    /// Gives up the documents of products that the run's feed does not have, a limited number at a time. Says how many
    /// had a document.
    #[tracing::instrument(name = "db.catalog_products.forget_missing", level = "debug", skip_all)]
    pub async fn forget_missing(self, claim: &SyncClaim, counts: &mut SyncCounts) -> Result<u64, StorageError> {
        let before = *counts;
        let forgotten = self
            .database
            .claimed(claim, async |tx| {
                let gone = sqlx::query!(
                    r#"
                    DELETE FROM vestibule.catalog_products
                    WHERE ctid = ANY (ARRAY(
                      SELECT p.ctid
                      FROM vestibule.catalog_products p
                      JOIN vestibule.sync_runs r ON r.tenant_id = p.tenant_id AND r.id = $3
                      WHERE p.tenant_id = $1
                        AND p.workspace_id = $2
                        AND CASE r.scope
                          WHEN 'full' THEN p.seen_in IS DISTINCT FROM r.id
                          ELSE p.product_key IN (SELECT product_key FROM vestibule.sync_gone WHERE tenant_id = $1 AND run_id = $3)
                        END
                      LIMIT 1000
                    ))
                    RETURNING location, pending_location
                    "#,
                    claim.tenant.0,
                    claim.workspace.0,
                    claim.run.0,
                )
                .fetch_all(tx.connection())
                .await?;
                let documents = gone.iter().filter(|row| row.location.is_some()).count();
                counts.removed = before.removed.saturating_add(u32::try_from(documents).unwrap_or(u32::MAX));
                let forgotten = u64::try_from(gone.len()).unwrap_or(u64::MAX);
                let locations: Vec<String> =
                    gone.into_iter().flat_map(|row| [row.location, row.pending_location]).flatten().collect();
                sqlx::query!(
                    r#"
                    INSERT INTO vestibule.catalog_discarded (workspace_id, tenant_id, location)
                    SELECT $2, $1, location
                    FROM unnest($3::text[]) AS new (location)
                    ON CONFLICT DO NOTHING
                    "#,
                    claim.tenant.0,
                    claim.workspace.0,
                    &locations,
                )
                .execute(tx.connection())
                .await?;
                advance(tx, claim, SyncPhase::Removing, None, counts).await?;
                Ok(forgotten)
            })
            .await;
        if forgotten.is_err() {
            *counts = before;
        }
        forgotten
    }

    /// How many products have a document.
    #[tracing::instrument(name = "db.catalog_products.count", level = "debug", skip_all)]
    pub async fn count_products(self, tenant: TenantId, workspace: WorkspaceId) -> Result<u64, StorageError> {
        self.read_of(tenant, async |tx| {
            let count = sqlx::query_scalar!(
                r#"
                SELECT count(*) AS "count!"
                FROM vestibule.catalog_products
                WHERE tenant_id = $1
                  AND workspace_id = $2
                  AND location IS NOT NULL
                "#,
                tenant.0,
                workspace.0,
            )
            .fetch_one(tx.connection())
            .await?;
            Ok(u64::try_from(count).unwrap_or(0))
        })
        .await
    }
}
