//! How far a run is, and how it ends.

use super::SyncClaim;
use crate::domain::sync::{MAX_SYNC_ERRORS, SyncCounts, SyncError, SyncPhase, SyncStatus};
use crate::storage::catalog::readings::settle;
use crate::storage::columns::{int, long};
use crate::storage::workspaces::knowledge::changed_by_sync;
use crate::storage::{StorageError, SyncRuns, TenantTx};
use chrono::{DateTime, Utc};

impl SyncRuns<'_> {
    /// Writes down how far a run is.
    #[tracing::instrument(name = "db.sync_runs.advance", level = "debug", skip_all)]
    pub async fn advance(
        self,
        claim: &SyncClaim,
        phase: SyncPhase,
        cursor: Option<&str>,
        counts: &SyncCounts,
    ) -> Result<(), StorageError> {
        self.claimed(claim, async |tx| advance(tx, claim, phase, cursor, counts).await).await
    }

    /// Begins a phase in which products are counted: its rate is reckoned from now.
    #[tracing::instrument(name = "db.sync_runs.begin_phase", level = "debug", skip_all)]
    pub async fn begin_phase(
        self,
        claim: &SyncClaim,
        phase: SyncPhase,
        counts: &SyncCounts,
        now: DateTime<Utc>,
    ) -> Result<(), StorageError> {
        self.claimed(claim, async |tx| {
            advance(tx, claim, phase, None, counts).await?;
            sqlx::query!(
                r#"
                UPDATE vestibule.sync_runs
                SET attempt_started_at = $3,
                    attempt_done_from = products_done
                WHERE tenant_id = $1
                  AND id = $2
                "#,
                claim.tenant.0,
                claim.run.0,
                now,
            )
            .execute(tx.connection())
            .await?;
            Ok(())
        })
        .await
    }

    /// Ends a run and drops what it had read. `failure` goes with [`SyncStatus::Failed`] and with nothing else.
    #[tracing::instrument(name = "db.sync_runs.finish", level = "debug", skip_all)]
    pub async fn finish(
        self,
        claim: &SyncClaim,
        status: SyncStatus,
        failure: Option<(&str, &str)>,
        counts: &SyncCounts,
        now: DateTime<Utc>,
    ) -> Result<(), StorageError> {
        self.drop_items(claim).await?;
        self.claimed(claim, async |tx| {
            advance(tx, claim, SyncPhase::Done, None, counts).await?;
            sqlx::query!(
                r#"
                UPDATE vestibule.sync_runs
                SET status = $3,
                    holder = NULL,
                    lease_until = NULL,
                    error_code = $4,
                    error_message = $5,
                    finished_at = $6
                WHERE tenant_id = $1
                  AND id = $2
                "#,
                claim.tenant.0,
                claim.run.0,
                status.as_str(),
                failure.map(|(code, _)| code),
                failure.map(|(_, message)| message.chars().take(500).collect::<String>()),
                now,
            )
            .execute(tx.connection())
            .await?;
            settle(tx, claim, matches!(status, SyncStatus::Succeeded | SyncStatus::Partial), now).await?;
            if matches!(status, SyncStatus::Failed | SyncStatus::Cancelled) {
                // The last call of AnythingLLM may have worked unseen.
                changed_by_sync(tx, claim.tenant, claim.workspace).await?;
            }
            Ok(())
        })
        .await
    }

    /// Gives a run back for somebody else to go on with.
    #[tracing::instrument(name = "db.sync_runs.pause", level = "debug", skip_all)]
    pub async fn pause(self, claim: &SyncClaim) -> Result<(), StorageError> {
        self.claimed(claim, async |tx| {
            sqlx::query!(
                r#"
                UPDATE vestibule.sync_runs
                SET status = 'paused',
                    holder = NULL,
                    lease_until = NULL
                WHERE tenant_id = $1
                  AND id = $2
                "#,
                claim.tenant.0,
                claim.run.0,
            )
            .execute(tx.connection())
            .await?;
            // As when it ends before its time.
            changed_by_sync(tx, claim.tenant, claim.workspace).await
        })
        .await
    }
}

/// Writes down how far a run is, in the transaction of what was done.
pub(in crate::storage) async fn advance(
    tx: &mut TenantTx,
    claim: &SyncClaim,
    phase: SyncPhase,
    cursor: Option<&str>,
    counts: &SyncCounts,
) -> Result<(), StorageError> {
    sqlx::query!(
        r#"
        UPDATE vestibule.sync_runs
        SET phase = $3,
            cursor = coalesce($4, cursor),
            records_read = $5,
            bytes_read = $6,
            products_total = $7,
            products_done = $8,
            unchanged = $9,
            added = $10,
            updated = $11,
            removed = $12,
            failed = $13,
            unknown_failed = $14,
            noted = $15
        WHERE tenant_id = $1
          AND id = $2
        "#,
        claim.tenant.0,
        claim.run.0,
        phase.as_str(),
        cursor,
        long(counts.records_read),
        long(counts.bytes_read),
        int(counts.products_total),
        int(counts.products_done),
        int(counts.unchanged),
        int(counts.added),
        int(counts.updated),
        int(counts.removed),
        int(counts.failed),
        int(counts.unknown_failed),
        int(counts.noted),
    )
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// Keeps errors, up to the bound.
pub(in crate::storage) async fn keep_errors(
    tx: &mut TenantTx,
    claim: &SyncClaim,
    errors: &[SyncError],
) -> Result<(), StorageError> {
    if errors.is_empty() {
        return Ok(());
    }
    let cut = |text: &str, most: usize| text.chars().take(most).collect::<String>();
    let numbers: Vec<Option<i64>> = errors.iter().map(|error| error.record_number.map(long)).collect();
    let products: Vec<Option<String>> =
        errors.iter().map(|error| error.product.as_deref().map(|product| cut(product, 300))).collect();
    let codes: Vec<String> = errors.iter().map(|error| error.code.clone()).collect();
    let messages: Vec<String> = errors.iter().map(|error| cut(&error.message, 500)).collect();
    sqlx::query!(
        r#"
        INSERT INTO vestibule.sync_errors (run_id, tenant_id, number, record_number, product, code, message)
        SELECT $1, $2, had.number + new.place, new.record_number, new.product, new.code, new.message
        FROM unnest($3::bigint[], $4::text[], $5::text[], $6::text[])
               WITH ORDINALITY AS new (record_number, product, code, message, place),
             (SELECT coalesce(max(number), 0) AS number
              FROM vestibule.sync_errors
              WHERE tenant_id = $2
                AND run_id = $1) AS had
        WHERE had.number + new.place <= $7
        "#,
        claim.run.0,
        claim.tenant.0,
        &numbers as &[Option<i64>],
        &products as &[Option<String>],
        &codes,
        &messages,
        i64::from(MAX_SYNC_ERRORS),
    )
    .execute(tx.connection())
    .await?;
    Ok(())
}
