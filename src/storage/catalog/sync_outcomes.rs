//! What became of each record and product of a run, for whoever writes the feed; and what is missing in it.

use super::sync_runs::SyncClaim;
use crate::domain::audit::{AuditEntry, Author};
use crate::domain::clock::Ambient;
use crate::domain::ids::{SyncRunId, TenantId, WorkspaceId};
use crate::domain::sync::{MAX_WITHHELD_NAMED, OutcomeKind, SyncOutcome, WithheldReason};
use crate::storage::columns::{count, long, word};
use crate::storage::{StorageError, SyncRuns, TenantTx};
use std::collections::HashMap;

/// Runs of a workspace whose outcomes are kept.
const KEPT_RUNS: i64 = 5;

/// What a run's feed lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Missing {
    /// Products with documents.
    pub known: u32,
    /// Of these, those that the feed no longer has.
    pub missing: u32,
}

impl SyncRuns<'_> {
    /// Keeps outcomes. One of a product that there is already is replaced: somebody was interrupted in between.
    #[tracing::instrument(name = "db.sync_outcomes.insert", level = "debug", skip_all)]
    pub async fn keep_outcomes(self, claim: &SyncClaim, outcomes: &[SyncOutcome]) -> Result<(), StorageError> {
        if outcomes.is_empty() {
            return Ok(());
        }
        let cut = |text: &Option<String>, most: usize| text.as_ref().map(|text| text.chars().take(most).collect());
        let place = |number: Option<u64>| number.map(long);
        let keys: Vec<Option<String>> = outcomes.iter().map(|outcome| outcome.key.clone()).collect();
        let kinds: Vec<String> = outcomes.iter().map(|outcome| outcome.outcome.as_str().to_owned()).collect();
        let products: Vec<Option<String>> = outcomes.iter().map(|outcome| cut(&outcome.product, 300)).collect();
        let numbers: Vec<Option<i64>> = outcomes.iter().map(|outcome| place(outcome.record_number)).collect();
        let lines: Vec<Option<i64>> = outcomes.iter().map(|outcome| place(outcome.line)).collect();
        let bytes: Vec<Option<i64>> = outcomes.iter().map(|outcome| place(outcome.byte)).collect();
        let codes: Vec<Option<String>> = outcomes.iter().map(|outcome| outcome.code.clone()).collect();
        let messages: Vec<Option<String>> = outcomes.iter().map(|outcome| cut(&outcome.message, 500)).collect();
        self.claimed(claim, async |tx| {
            sqlx::query!(
                r#"
                INSERT INTO vestibule.sync_outcomes (
                  run_id, tenant_id, product_key, outcome, product, record_number, line, byte, code, message
                )
                SELECT $1, $2, new.*
                FROM unnest($3::text[], $4::text[], $5::text[], $6::bigint[], $7::bigint[], $8::bigint[], $9::text[],
                            $10::text[]) AS new (key, outcome, product, record_number, line, byte, code, message)
                ON CONFLICT (run_id, product_key) WHERE product_key IS NOT NULL DO UPDATE
                SET outcome = excluded.outcome,
                    code = excluded.code,
                    message = excluded.message
                "#,
                claim.run.0,
                claim.tenant.0,
                &keys as &[Option<String>],
                &kinds,
                &products as &[Option<String>],
                &numbers as &[Option<i64>],
                &lines as &[Option<i64>],
                &bytes as &[Option<i64>],
                &codes as &[Option<String>],
                &messages as &[Option<String>],
            )
            .execute(tx.connection())
            .await?;
            Ok(())
        })
        .await
    }

    /// A run's outcomes in the order in which they were found, from after `after`, each with its number.
    #[tracing::instrument(name = "db.sync_outcomes.list", level = "debug", skip_all)]
    pub async fn outcomes(
        self,
        tenant: TenantId,
        run: SyncRunId,
        kind: Option<OutcomeKind>,
        after: u64,
        limit: u16,
    ) -> Result<Vec<(u64, SyncOutcome)>, StorageError> {
        self.read_of(tenant, async |tx| {
            let rows = sqlx::query!(
                r#"
                SELECT number, outcome, product, record_number, line, byte, code, message
                FROM vestibule.sync_outcomes
                WHERE tenant_id = $1
                  AND run_id = $2
                  AND ($3::text IS NULL OR outcome = $3)
                  AND number > $4
                ORDER BY number
                LIMIT $5
                "#,
                tenant.0,
                run.0,
                kind.map(OutcomeKind::as_str),
                long(after),
                i64::from(limit),
            )
            .fetch_all(tx.connection())
            .await?;
            let outcomes = rows.into_iter().map(|row| {
                let outcome = SyncOutcome {
                    key: None,
                    outcome: word("outcome", &row.outcome)?,
                    product: row.product,
                    record_number: row.record_number.map(count),
                    line: row.line.map(count),
                    byte: row.byte.map(count),
                    code: row.code,
                    message: row.message,
                };
                Ok((count(row.number), outcome))
            });
            outcomes.collect()
        })
        .await
    }

    /// What the products are called that these outcomes of a run are about, by the outcomes' numbers; those that the
    /// catalogue no longer has are left out.
    #[tracing::instrument(name = "db.sync_outcomes.titles", level = "debug", skip_all)]
    pub async fn titles(
        self,
        (tenant, workspace): (TenantId, WorkspaceId),
        run: SyncRunId,
        numbers: &[u64],
    ) -> Result<HashMap<u64, String>, StorageError> {
        let numbers: Vec<i64> = numbers.iter().copied().map(long).collect();
        self.read_of(tenant, async |tx| {
            let rows = sqlx::query!(
                r#"
                SELECT o.number, p.card ->> 'title' AS title
                FROM vestibule.sync_outcomes o
                JOIN vestibule.catalog_products p
                  ON p.tenant_id = o.tenant_id AND p.product_key = coalesce(o.product_key, o.product)
                WHERE o.tenant_id = $1
                  AND o.run_id = $2
                  AND o.number = ANY ($3)
                  AND p.workspace_id = $4
                "#,
                tenant.0,
                run.0,
                &numbers,
                workspace.0,
            )
            .fetch_all(tx.connection())
            .await?;
            Ok(rows.into_iter().filter_map(|row| Some((count(row.number), row.title?))).collect())
        })
        .await
    }

    /// How many products with documents the run's feed does not have.
    #[tracing::instrument(name = "db.catalog_products.missing", level = "debug", skip_all)]
    pub async fn missing(self, claim: &SyncClaim) -> Result<Missing, StorageError> {
        self.claimed(claim, async |tx| {
            let row = sqlx::query!(
                r#"
                SELECT
                  count(*) AS "known!",
                  count(*) FILTER (WHERE CASE r.scope
                    WHEN 'full' THEN p.seen_in IS DISTINCT FROM r.id
                    ELSE p.product_key IN (SELECT product_key FROM vestibule.sync_gone WHERE tenant_id = $1 AND run_id = $3)
                  END) AS "missing!"
                FROM vestibule.catalog_products p
                JOIN vestibule.sync_runs r ON r.tenant_id = p.tenant_id AND r.id = $3
                WHERE p.tenant_id = $1
                  AND p.workspace_id = $2
                  AND p.location IS NOT NULL
                "#,
                claim.tenant.0,
                claim.workspace.0,
                claim.run.0,
            )
            .fetch_one(tx.connection())
            .await?;
            Ok(Missing { known: count(row.known), missing: count(row.missing) })
        })
        .await
    }

    /// Whether some of the products that the run's feed does not have stood behind the last of its records in a feed
    /// whose report is still kept.
    #[tracing::instrument(name = "db.sync_outcomes.behind", level = "debug", skip_all)]
    pub async fn lacks_an_end(self, claim: &SyncClaim, records: u64) -> Result<bool, StorageError> {
        self.claimed(claim, async |tx| {
            let found = sqlx::query_scalar!(
                r#"
                SELECT EXISTS (
                  SELECT
                  FROM vestibule.catalog_products p
                  JOIN vestibule.sync_runs r
                    ON r.tenant_id = p.tenant_id
                   AND r.workspace_id = p.workspace_id
                   AND r.scope = 'full'
                   AND r.id <> $3
                  JOIN vestibule.sync_outcomes o
                    ON o.tenant_id = r.tenant_id
                   AND o.run_id = r.id
                   AND o.product_key = p.product_key
                   AND o.record_number > $4
                  WHERE p.tenant_id = $1
                    AND p.workspace_id = $2
                    AND p.location IS NOT NULL
                    AND NOT EXISTS (
                      SELECT
                      FROM vestibule.sync_items i
                      WHERE i.tenant_id = $1
                        AND i.run_id = $3
                        AND i.product_key = p.product_key)) AS "found!"
                "#,
                claim.tenant.0,
                claim.workspace.0,
                claim.run.0,
                long(records),
            )
            .fetch_one(tx.connection())
            .await?;
            Ok(found)
        })
        .await
    }

    /// Keeps it as the outcome of every product that the run's feed does not have.
    #[tracing::instrument(name = "db.sync_outcomes.insert_missing", level = "debug", skip_all)]
    pub async fn keep_missing(self, claim: &SyncClaim, kind: OutcomeKind) -> Result<(), StorageError> {
        self.claimed(claim, async |tx| keep_missing(tx, claim, kind, None).await).await
    }

    /// Writes down that products which the run's feed does not have are not removed, and tells the audit log.
    #[tracing::instrument(name = "db.sync_runs.withhold", level = "debug", skip_all)]
    pub async fn withhold(
        self,
        claim: &SyncClaim,
        missing: u32,
        reason: WithheldReason,
        ambient: &Ambient,
    ) -> Result<(), StorageError> {
        self.claimed(claim, async |tx| {
            keep_missing(tx, claim, OutcomeKind::Withheld, Some(reason)).await?;
            let row = sqlx::query!(
                r#"
                UPDATE vestibule.sync_runs AS r
                SET withheld = $3,
                    withheld_reason = $4,
                    withheld_products = ARRAY(
                      SELECT coalesce(o.product, '')
                      FROM vestibule.sync_outcomes o
                      WHERE o.tenant_id = $1
                        AND o.run_id = $2
                        AND o.outcome = 'withheld'
                      ORDER BY o.number
                      LIMIT $5
                    )
                FROM vestibule.workspaces w
                WHERE r.tenant_id = $1
                  AND r.id = $2
                  AND w.tenant_id = r.tenant_id
                  AND w.id = r.workspace_id
                RETURNING w.slug, r.withheld_products
                "#,
                claim.tenant.0,
                claim.run.0,
                i32::try_from(missing).unwrap_or(i32::MAX),
                reason.as_str(),
                i64::try_from(MAX_WITHHELD_NAMED).unwrap_or(i64::MAX),
            )
            .fetch_one(tx.connection())
            .await?;
            let mut entry = AuditEntry::done("catalog.removals_withheld", format!("workspace:{}", row.slug));
            entry.after = Some(serde_json::json!({
                "run": claim.run,
                "count": missing,
                "reason": reason,
                "products": row.withheld_products,
            }));
            tx.record(&Author::system("catalog_sync"), &entry, ambient).await
        })
        .await
    }

    /// Drops the outcomes of this run, which is read anew, and of runs that are too old; a limited number at a time.
    #[tracing::instrument(name = "db.sync_outcomes.delete", level = "debug", skip_all)]
    pub(super) async fn forget_outcomes(self, claim: &SyncClaim) -> Result<(), StorageError> {
        loop {
            let dropped = self
                .database
                .claimed(claim, async |tx| {
                    let dropped = sqlx::query!(
                        r#"
                        DELETE FROM vestibule.sync_outcomes
                        WHERE ctid = ANY (ARRAY(
                          SELECT o.ctid
                          FROM vestibule.sync_outcomes o
                          JOIN vestibule.sync_runs r ON r.tenant_id = o.tenant_id AND r.id = o.run_id
                          JOIN vestibule.sync_runs own ON own.tenant_id = o.tenant_id AND own.id = $3
                          WHERE o.tenant_id = $1
                            AND r.workspace_id = $2
                            -- Those of single products are many, and must not push out the others.
                            AND (r.scope = 'products') = (own.scope = 'products')
                            AND r.id NOT IN (
                              SELECT id
                              FROM vestibule.sync_runs
                              WHERE tenant_id = $1
                                AND workspace_id = $2
                                AND id <> $3
                                AND (scope = 'products') = (own.scope = 'products')
                              ORDER BY id DESC
                              LIMIT $4
                            )
                          LIMIT 20000
                        ))
                        "#,
                        claim.tenant.0,
                        claim.workspace.0,
                        claim.run.0,
                        KEPT_RUNS - 1,
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
}

async fn keep_missing(
    tx: &mut TenantTx,
    claim: &SyncClaim,
    kind: OutcomeKind,
    reason: Option<WithheldReason>,
) -> Result<(), StorageError> {
    sqlx::query!(
        r#"
        INSERT INTO vestibule.sync_outcomes (run_id, tenant_id, product_key, outcome, product, code, message)
        SELECT $3, $1, p.product_key, $4, regexp_replace(p.product_key, '^(item|group):', ''), $5, $6
        FROM vestibule.catalog_products p
        JOIN vestibule.sync_runs r ON r.tenant_id = p.tenant_id AND r.id = $3
        WHERE p.tenant_id = $1
          AND p.workspace_id = $2
          AND p.location IS NOT NULL
          AND CASE r.scope
            WHEN 'full' THEN p.seen_in IS DISTINCT FROM r.id
            ELSE p.product_key IN (SELECT product_key FROM vestibule.sync_gone WHERE tenant_id = $1 AND run_id = $3)
          END
        ORDER BY p.product_key
        ON CONFLICT (run_id, product_key) WHERE product_key IS NOT NULL DO UPDATE
        SET outcome = excluded.outcome,
            code = excluded.code,
            message = excluded.message
        "#,
        claim.tenant.0,
        claim.workspace.0,
        claim.run.0,
        kind.as_str(),
        reason.map(WithheldReason::as_str),
        reason.map(WithheldReason::words),
    )
    .execute(tx.connection())
    .await?;
    Ok(())
}
