//! What a run has read of its feed. Rows of one product need not stand together there, so they are put down here and
//! read back product by product.

use super::offers::read_card;
use super::readings::{begin, forget_validators};
use super::sync_runs::{SyncClaim, advance, keep_errors};
use crate::domain::product::Offer;
use crate::domain::sync::{SyncCounts, SyncError, SyncPhase};
use crate::storage::columns::{count, long};
use crate::storage::{StorageError, SyncRuns};
use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::types::Json;

/// One row of a feed.
#[derive(Debug, Clone)]
pub struct SyncItem {
    pub product_key: String,
    /// Its own id, unique within the product.
    pub item_id: String,
    pub number: u64,
    /// Where it begins in the feed.
    pub line: u64,
    pub byte: u64,
    /// What it says; none when it is not usable, but the product is known to be in the feed.
    pub item: Option<Value>,
}

/// A product as the feed and as AnythingLLM have it.
#[derive(Debug, Clone)]
pub struct SyncProduct {
    /// What it is known by.
    pub key: String,
    /// Its usable items in the order of the feed, up to a bound.
    pub items: Vec<Value>,
    /// Usable items beyond the bound.
    pub more: u32,
    /// Where its first usable item stands: its number, line and byte.
    pub place: Option<(u64, u64, u64)>,
    /// Digest of what is embedded.
    pub content_hash: Option<Vec<u8>>,
    /// Digest of what was going to be embedded when somebody stopped.
    pub pending_hash: Option<Vec<u8>>,
    /// Where that was stored.
    pub pending_location: Option<String>,
    /// Where what is embedded was stored.
    pub location: Option<String>,
    /// What is told of its price and availability.
    pub offer: Offer,
}

/// What a feed means for the documents there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SyncPlan {
    pub products: u32,
    /// Products with documents.
    pub known: u32,
    /// Of these, those that the feed no longer has.
    pub missing: u32,
}

impl SyncRuns<'_> {
    /// Drops what was read, a limited number of rows at a time.
    #[tracing::instrument(name = "db.sync_items.delete", level = "debug", skip_all)]
    pub async fn drop_items(self, claim: &SyncClaim) -> Result<(), StorageError> {
        loop {
            let dropped = self
                .database
                .claimed(claim, async |tx| {
                    let dropped = sqlx::query!(
                        r#"
                        DELETE FROM vestibule.sync_items
                        WHERE ctid = ANY (ARRAY(
                          SELECT ctid
                          FROM vestibule.sync_items
                          WHERE tenant_id = $1
                            AND run_id = $2
                          LIMIT 20000
                        ))
                        "#,
                        claim.tenant.0,
                        claim.run.0,
                    )
                    .execute(tx.connection())
                    .await?
                    .rows_affected();
                    Ok(dropped)
                })
                .await?;
            if dropped == 0 {
                return Ok(());
            }
        }
    }

    /// Begins reading anew: what an attempt before has read of the feed is dropped with its errors.
    #[tracing::instrument(name = "db.sync_items.begin", level = "debug", skip_all)]
    pub async fn begin_reading(self, claim: &SyncClaim, now: DateTime<Utc>) -> Result<(), StorageError> {
        self.drop_items(claim).await?;
        self.forget_outcomes(claim).await?;
        self.claimed(claim, async |tx| {
            sqlx::query!(
                "DELETE FROM vestibule.sync_errors WHERE tenant_id = $1 AND run_id = $2",
                claim.tenant.0,
                claim.run.0,
            )
            .execute(tx.connection())
            .await?;
            advance(tx, claim, SyncPhase::Reading, None, &SyncCounts::default()).await?;
            forget_validators(tx, claim).await?;
            begin(tx, claim, now).await
        })
        .await
    }

    /// Keeps items and errors, and says how far the reading is. Gives the numbers of items that were there already:
    /// their id stands in the feed twice.
    #[tracing::instrument(name = "db.sync_items.insert", level = "debug", skip_all)]
    pub async fn keep_items(
        self,
        claim: &SyncClaim,
        items: &[SyncItem],
        errors: &[SyncError],
        counts: &SyncCounts,
    ) -> Result<Vec<u64>, StorageError> {
        let keys: Vec<String> = items.iter().map(|item| item.product_key.clone()).collect();
        let ids: Vec<String> = items.iter().map(|item| item.item_id.clone()).collect();
        let numbers: Vec<i64> = items.iter().map(|item| long(item.number)).collect();
        let lines: Vec<i64> = items.iter().map(|item| long(item.line)).collect();
        let bytes: Vec<i64> = items.iter().map(|item| long(item.byte)).collect();
        let values: Vec<Option<Json<&Value>>> = items.iter().map(|item| item.item.as_ref().map(Json)).collect();
        self.claimed(claim, async |tx| {
            let kept = sqlx::query_scalar!(
                r#"
                INSERT INTO vestibule.sync_items (run_id, tenant_id, product_key, item_id, number, line, byte, item)
                SELECT $1, $2, key, id, number, line, byte, item
                FROM unnest($3::text[], $4::text[], $5::bigint[], $6::bigint[], $7::bigint[], $8::jsonb[])
                       AS new (key, id, number, line, byte, item)
                ON CONFLICT DO NOTHING
                RETURNING number
                "#,
                claim.run.0,
                claim.tenant.0,
                &keys,
                &ids,
                &numbers,
                &lines,
                &bytes,
                &values as &[Option<Json<&Value>>],
            )
            .fetch_all(tx.connection())
            .await?;
            keep_errors(tx, claim, errors).await?;
            advance(tx, claim, SyncPhase::Reading, None, counts).await?;
            let kept: std::collections::HashSet<i64> = kept.into_iter().collect();
            let twice = numbers.iter().filter(|number| !kept.contains(number));
            Ok(twice.filter_map(|number| u64::try_from(*number).ok()).collect())
        })
        .await
    }

    /// What the feed means for the documents there are.
    #[tracing::instrument(name = "db.sync_items.plan", level = "debug", skip_all)]
    pub async fn plan(self, claim: &SyncClaim) -> Result<SyncPlan, StorageError> {
        self.claimed(claim, async |tx| {
            let row = sqlx::query!(
                r#"
                SELECT
                  (SELECT count(DISTINCT product_key)
                   FROM vestibule.sync_items
                   WHERE tenant_id = $1
                     AND run_id = $2) AS "products!",
                  count(*) AS "known!",
                  count(*) FILTER (WHERE NOT EXISTS (
                    SELECT
                    FROM vestibule.sync_items i
                    WHERE i.tenant_id = $1
                      AND i.run_id = $2
                      AND i.product_key = p.product_key)) AS "missing!"
                FROM vestibule.catalog_products p
                WHERE p.tenant_id = $1
                  AND p.workspace_id = $3
                  AND p.location IS NOT NULL
                "#,
                claim.tenant.0,
                claim.run.0,
                claim.workspace.0,
            )
            .fetch_one(tx.connection())
            .await?;
            Ok(SyncPlan { products: count(row.products), known: count(row.known), missing: count(row.missing) })
        })
        .await
    }

    /// The next products of the feed in the order of their keys, with at most `variants` items each.
    #[tracing::instrument(name = "db.sync_items.products", level = "debug", skip_all)]
    pub async fn products(
        self,
        claim: &SyncClaim,
        after: &str,
        variants: u32,
        limit: u16,
    ) -> Result<Vec<SyncProduct>, StorageError> {
        self.claimed(claim, async |tx| {
            // These rows are minutes old, so the planner knows nothing of them, takes them for few, and would read and
            // sort all that are left for each key of each page.
            sqlx::raw_sql("SET LOCAL enable_sort = off").execute(tx.connection()).await?;
            let rows = sqlx::query!(
                r#"
                -- From key to key by the index: DISTINCT would read all rows for each page.
                WITH RECURSIVE page AS (
                  (SELECT product_key, 1 AS place
                   FROM vestibule.sync_items
                   WHERE tenant_id = $1
                     AND run_id = $2
                     AND product_key > $4
                   ORDER BY run_id, product_key
                   LIMIT 1)
                  UNION ALL
                  SELECT next.product_key, page.place + 1
                  FROM page
                  CROSS JOIN LATERAL (
                    SELECT i.product_key
                    FROM vestibule.sync_items i
                    WHERE i.tenant_id = $1
                      AND i.run_id = $2
                      AND i.product_key > page.product_key
                    ORDER BY i.run_id, i.product_key
                    LIMIT 1
                  ) AS next
                  WHERE page.place < $6::bigint
                )
                SELECT
                  page.product_key AS "key!",
                  coalesce(found.items, '[]') AS "items!: Json<Vec<Value>>",
                  coalesce(found.usable, 0) AS "usable!",
                  found.number AS "number?", found.line AS "line?", found.byte AS "byte?",
                  p.content_hash AS "content_hash?", p.pending_hash AS "pending_hash?",
                  p.pending_location AS "pending_location?", p.location AS "location?", p.offer AS "offer?",
                  p.card AS "card?: Json<Value>"
                FROM page
                LEFT JOIN LATERAL (
                  SELECT
                    jsonb_agg(ranked.item ORDER BY ranked.number) FILTER (WHERE ranked.place <= $5) AS items,
                    count(*) AS usable,
                    -- Later ones have greater ones, all three.
                    min(ranked.number) AS number,
                    min(ranked.line) AS line,
                    min(ranked.byte) AS byte
                  FROM (
                    SELECT i.item, i.number, i.line, i.byte, row_number() OVER (ORDER BY i.number) AS place
                    FROM vestibule.sync_items i
                    WHERE i.tenant_id = $1
                      AND i.run_id = $2
                      AND i.product_key = page.product_key
                      AND i.item IS NOT NULL
                  ) AS ranked
                ) AS found ON true
                -- LATERAL with a LIMIT: a look-up for each key, never a join that reads the whole catalogue.
                LEFT JOIN LATERAL (
                  SELECT known.content_hash, known.pending_hash, known.pending_location, known.location, known.offer,
                    known.card
                  FROM vestibule.catalog_products known
                  WHERE known.tenant_id = $1
                    AND known.workspace_id = $3
                    AND known.product_key = page.product_key
                  LIMIT 1
                ) AS p ON true
                ORDER BY page.product_key
                "#,
                claim.tenant.0,
                claim.run.0,
                claim.workspace.0,
                after,
                i64::from(variants),
                i64::from(limit),
            )
            .fetch_all(tx.connection())
            .await?;
            let product = rows.into_iter().map(|row| {
                let shown = i64::try_from(row.items.0.len()).unwrap_or(i64::MAX);
                let place = row.number.zip(row.line).zip(row.byte);
                SyncProduct {
                    key: row.key,
                    place: place.map(|((number, line), byte)| (count(number), count(line), count(byte))),
                    more: u32::try_from(row.usable - shown).unwrap_or(0),
                    items: row.items.0,
                    content_hash: row.content_hash,
                    pending_hash: row.pending_hash,
                    pending_location: row.pending_location,
                    location: row.location,
                    offer: Offer { words: row.offer, card: row.card.and_then(|card| read_card(card.0)) },
                }
            });
            Ok(product.collect())
        })
        .await
    }
}
