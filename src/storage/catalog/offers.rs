//! What products cost and whether they can be bought: kept beside their documents, told with questions.

use super::sync_runs::SyncClaim;
use crate::domain::ids::{TenantId, WorkspaceId};
use crate::storage::workspaces::knowledge::changed_by_sync;
use crate::storage::{StorageError, SyncRuns};
use chrono::{DateTime, Utc};

impl SyncRuns<'_> {
    /// Keeps the offers of products, and notes that the feed has the products.
    #[tracing::instrument(name = "db.catalog_products.change_offers", level = "debug", skip_all)]
    pub async fn change_offers(
        self,
        claim: &SyncClaim,
        offers: &[(String, Option<String>)],
        now: DateTime<Utc>,
    ) -> Result<(), StorageError> {
        if offers.is_empty() {
            return Ok(());
        }
        let keys: Vec<String> = offers.iter().map(|(key, _)| key.clone()).collect();
        let texts: Vec<Option<String>> = offers.iter().map(|(_, offer)| offer.clone()).collect();
        self.claimed(claim, async |tx| {
            sqlx::query!(
                r#"
                UPDATE vestibule.catalog_products p
                SET offer = new.offer,
                    seen_in = $3,
                    updated_at = $6
                FROM unnest($4::text[], $5::text[]) AS new (key, offer)
                WHERE p.tenant_id = $1
                  AND p.workspace_id = $2
                  AND p.product_key = new.key
                "#,
                claim.tenant.0,
                claim.workspace.0,
                claim.run.0,
                &keys,
                &texts as &[Option<String>],
                now,
            )
            .execute(tx.connection())
            .await?;
            changed_by_sync(tx, claim.tenant, claim.workspace).await
        })
        .await
    }

    /// Whether the workspace has products with offers.
    #[tracing::instrument(name = "db.catalog_products.has_offers", level = "debug", skip_all)]
    pub async fn has_offers(self, tenant: TenantId, workspace: WorkspaceId) -> Result<bool, StorageError> {
        self.read_of(tenant, async |tx| {
            let has = sqlx::query_scalar!(
                r#"
                SELECT EXISTS (
                  SELECT
                  FROM vestibule.catalog_products
                  WHERE tenant_id = $1
                    AND workspace_id = $2
                    AND offer IS NOT NULL) AS "has!"
                "#,
                tenant.0,
                workspace.0,
            )
            .fetch_one(tx.connection())
            .await?;
            Ok(has)
        })
        .await
    }

    /// The offers of these products, by their keys.
    #[tracing::instrument(name = "db.catalog_products.offers", level = "debug", skip_all)]
    pub async fn offers(
        self,
        tenant: TenantId,
        workspace: WorkspaceId,
        keys: &[String],
    ) -> Result<Vec<(String, String)>, StorageError> {
        self.read_of(tenant, async |tx| {
            let rows = sqlx::query!(
                r#"
                SELECT product_key, offer AS "offer!"
                FROM vestibule.catalog_products
                WHERE tenant_id = $1
                  AND workspace_id = $2
                  AND product_key = ANY($3)
                  AND offer IS NOT NULL
                "#,
                tenant.0,
                workspace.0,
                keys,
            )
            .fetch_all(tx.connection())
            .await?;
            Ok(rows.into_iter().map(|row| (row.product_key, row.offer)).collect())
        })
        .await
    }
}
