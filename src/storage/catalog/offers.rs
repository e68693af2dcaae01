//! What products cost and whether they can be bought: kept beside their documents, told with questions.

use super::sync_runs::SyncClaim;
use crate::domain::ids::{TenantId, WorkspaceId};
use crate::domain::product::{Offer, ProductCard};
use crate::storage::workspaces::knowledge::changed_by_sync;
use crate::storage::{StorageError, SyncRuns};
use chrono::{DateTime, Utc};
use serde_json::Value;

impl SyncRuns<'_> {
    /// Keeps the offers of products, and notes that the feed has the products.
    #[tracing::instrument(name = "db.catalog_products.change_offers", level = "debug", skip_all)]
    pub async fn change_offers(
        self,
        claim: &SyncClaim,
        offers: &[(String, Offer)],
        now: DateTime<Utc>,
    ) -> Result<(), StorageError> {
        if offers.is_empty() {
            return Ok(());
        }
        let keys: Vec<String> = offers.iter().map(|(key, _)| key.clone()).collect();
        let texts: Vec<Option<String>> = offers.iter().map(|(_, offer)| offer.words.clone()).collect();
        let written = |card: &ProductCard| serde_json::to_string(card).ok();
        let cards: Vec<Option<String>> =
            offers.iter().map(|(_, offer)| offer.card.as_ref().and_then(written)).collect();
        self.claimed(claim, async |tx| {
            sqlx::query!(
                r#"
                UPDATE vestibule.catalog_products p
                SET offer = new.offer,
                    card = new.card::jsonb,
                    seen_in = $3,
                    updated_at = $6
                FROM unnest($4::text[], $5::text[], $7::text[]) AS new (key, offer, card)
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
                &cards as &[Option<String>],
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
                    AND (offer IS NOT NULL OR card IS NOT NULL)) AS "has!"
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
    ) -> Result<Vec<(String, Offer)>, StorageError> {
        self.read_of(tenant, async |tx| {
            let rows = sqlx::query!(
                r#"
                SELECT
                  product_key,
                  offer,
                  card
                FROM vestibule.catalog_products
                WHERE tenant_id = $1
                  AND workspace_id = $2
                  AND product_key = ANY($3)
                  AND (offer IS NOT NULL OR card IS NOT NULL)
                "#,
                tenant.0,
                workspace.0,
                keys,
            )
            .fetch_all(tx.connection())
            .await?;
            let offer = |words, card: Option<Value>| Offer { words, card: card.and_then(read_card) };
            Ok(rows.into_iter().map(|row| (row.product_key, offer(row.offer, row.card))).collect())
        })
        .await
    }

    /// The cards of the workspace's products that are embedded, by their keys and in the order of these, from after the
    /// product `after`.
    #[tracing::instrument(name = "db.catalog_products.cards", level = "debug", skip_all)]
    pub async fn cards(
        self,
        tenant: TenantId,
        workspace: WorkspaceId,
        after: Option<&str>,
        limit: u16,
    ) -> Result<Vec<(String, ProductCard)>, StorageError> {
        self.read_of(tenant, async |tx| {
            let rows = sqlx::query!(
                r#"
                SELECT
                  product_key,
                  card AS "card!"
                FROM vestibule.catalog_products
                WHERE tenant_id = $1
                  AND workspace_id = $2
                  AND card IS NOT NULL
                  AND content_hash IS NOT NULL
                  AND ($3::text IS NULL OR product_key > $3)
                ORDER BY product_key
                LIMIT $4
                "#,
                tenant.0,
                workspace.0,
                after,
                i64::from(limit),
            )
            .fetch_all(tx.connection())
            .await?;
            Ok(rows.into_iter().filter_map(|row| Some((row.product_key, read_card(row.card)?))).collect())
        })
        .await
    }
}

/// None for one that a version to come has written otherwise: the product is then shown without.
pub(super) fn read_card(card: Value) -> Option<ProductCard> {
    serde_json::from_value(card).ok()
}
