//! Working on a run: who has it, until when, and how far they are. Whoever has lost a run can write nothing of it any
//! more, however late they notice.

use super::{SyncRuns, one};
use crate::domain::clock::Ambient;
use crate::domain::ids::{SyncRunId, TenantId, WorkspaceId};
use crate::domain::sync::{MAX_SYNC_ERRORS, SyncCounts, SyncError, SyncPhase, SyncRun, SyncStatus};
use crate::storage::numbers::{int, long};
use crate::storage::{Database, StorageError, TenantTx};
use chrono::{DateTime, TimeDelta, Utc};
use std::time::Duration;
use uuid::Uuid;

/// The right to work on a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SyncClaim {
    pub(in crate::storage) tenant: TenantId,
    pub(in crate::storage) workspace: WorkspaceId,
    pub(in crate::storage) run: SyncRunId,
    holder: Uuid,
}

/// A run with the right to work on it.
#[derive(Debug, Clone)]
pub struct ClaimedRun {
    /// The right.
    pub claim: SyncClaim,
    /// The run as it was taken up.
    pub run: SyncRun,
}

/// What a sign of life was answered with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Beat {
    /// Go on.
    Held,
    /// Somebody wants the run to end.
    Cancel,
    /// Somebody else has it, or it is over.
    Lost,
}

impl SyncClaim {
    /// The run.
    pub fn run(&self) -> SyncRunId {
        self.run
    }

    /// Its workspace.
    pub fn workspace(&self) -> WorkspaceId {
        self.workspace
    }

    /// Its tenant.
    pub fn tenant(&self) -> TenantId {
        self.tenant
    }
}

impl Database {
    /// A transaction that only whoever has the run gets. The run's row is locked, so it cannot be lost before the end.
    pub(in crate::storage) async fn begin_claimed(&self, claim: &SyncClaim) -> Result<TenantTx, StorageError> {
        let mut tx = self.begin(claim.tenant).await?;
        let held = sqlx::query_scalar!(
            r#"
            SELECT true AS "held!"
            FROM vestibule.sync_runs
            WHERE tenant_id = $1
              AND id = $2
              AND holder = $3
            FOR UPDATE
            "#,
            claim.tenant.0,
            claim.run.0,
            claim.holder,
        )
        .fetch_optional(tx.connection())
        .await?;
        match held {
            Some(_) => Ok(tx),
            None => Err(StorageError::Lost),
        }
    }
}

impl SyncRuns<'_> {
    /// Takes up the oldest run of the tenant that waits, or whose holder was not heard of in time, and that anybody can go
    /// on with: a feed that came from somebody's file is read only by whoever has the file.
    ///
    /// # Errors
    /// If the database cannot be asked or a row cannot be read.
    #[tracing::instrument(name = "db.sync_runs.claim_next", level = "debug", skip_all)]
    pub async fn claim_next(
        self,
        tenant: TenantId,
        lease: Duration,
        ambient: &Ambient,
    ) -> Result<Option<ClaimedRun>, StorageError> {
        self.claim(tenant, None, lease, ambient).await
    }

    /// Takes up this run, if it waits or its holder was not heard of in time.
    ///
    /// # Errors
    /// If the database cannot be asked or a row cannot be read.
    #[tracing::instrument(name = "db.sync_runs.claim_this", level = "debug", skip_all)]
    pub async fn claim_this(
        self,
        tenant: TenantId,
        run: SyncRunId,
        lease: Duration,
        ambient: &Ambient,
    ) -> Result<Option<ClaimedRun>, StorageError> {
        self.claim(tenant, Some(run), lease, ambient).await
    }

    async fn claim(
        self,
        tenant: TenantId,
        wanted: Option<SyncRunId>,
        lease: Duration,
        ambient: &Ambient,
    ) -> Result<Option<ClaimedRun>, StorageError> {
        let (holder, now) = (ambient.uuid(), ambient.now());
        self.database
            .bounded(async {
                let mut tx = self.database.begin(tenant).await?;
                let claimed = sqlx::query!(
                    r#"
                    UPDATE vestibule.sync_runs
                    SET status = 'running',
                        holder = $3,
                        lease_until = $5,
                        attempts = attempts + 1,
                        started_at = coalesce(started_at, $4),
                        attempt_started_at = $4,
                        attempt_done_from = products_done
                    WHERE id = (
                      SELECT id
                      FROM vestibule.sync_runs
                      WHERE tenant_id = $1
                        AND (status IN ('queued', 'paused') OR (status = 'running' AND lease_until < $4))
                        AND CASE
                              WHEN $2::uuid IS NULL THEN source = 'connection' OR phase <> 'reading'
                              ELSE id = $2
                            END
                      ORDER BY id
                      LIMIT 1
                      FOR UPDATE SKIP LOCKED
                    )
                    RETURNING id, workspace_id
                    "#,
                    tenant.0,
                    wanted.map(|run| run.0),
                    holder,
                    now,
                    until(now, lease),
                )
                .fetch_optional(tx.connection())
                .await?;
                let Some(row) = claimed else {
                    tx.commit().await?;
                    return Ok(None);
                };
                let run = SyncRunId(row.id);
                let claim = SyncClaim { tenant, workspace: WorkspaceId(row.workspace_id), run, holder };
                let run = one(&mut tx, run).await?;
                tx.commit().await?;
                Ok(run.map(|run| ClaimedRun { claim, run }))
            })
            .await
    }

    /// Ends runs of files whose reader is gone: nobody else can read them again. Says how many.
    ///
    /// # Errors
    /// If the database cannot be asked.
    #[tracing::instrument(name = "db.sync_runs.end_abandoned", level = "debug", skip_all)]
    pub async fn end_abandoned(self, tenant: TenantId, now: DateTime<Utc>) -> Result<u64, StorageError> {
        self.database
            .bounded(async {
                let mut tx = self.database.begin(tenant).await?;
                let ended = sqlx::query!(
                    r#"
                    UPDATE vestibule.sync_runs
                    SET status = 'failed',
                        phase = 'done',
                        holder = NULL,
                        lease_until = NULL,
                        finished_at = $2::timestamptz,
                        error_code = 'interrupted',
                        error_message = 'the command that read the file was stopped; run it again'
                    WHERE tenant_id = $1
                      AND source = 'file'
                      AND phase = 'reading'
                      AND (status = 'paused' OR (status = 'running' AND lease_until < $2::timestamptz - interval '1 minute')
                           OR (status = 'queued' AND created_at < $2::timestamptz - interval '1 minute'))
                    "#,
                    tenant.0,
                    now,
                )
                .execute(tx.connection())
                .await?
                .rows_affected();
                tx.commit().await?;
                Ok(ended)
            })
            .await
    }

    /// A sign of life.
    ///
    /// # Errors
    /// If the database cannot be asked; the run is then still held until the lease ends.
    #[tracing::instrument(name = "db.sync_runs.beat", level = "debug", skip_all)]
    pub async fn beat(self, claim: &SyncClaim, lease: Duration, now: DateTime<Utc>) -> Result<Beat, StorageError> {
        self.database
            .bounded(async {
                let mut tx = self.database.begin(claim.tenant).await?;
                let beat = sqlx::query_scalar!(
                    r#"
                    UPDATE vestibule.sync_runs
                    SET lease_until = $4
                    WHERE tenant_id = $1
                      AND id = $2
                      AND holder = $3
                    RETURNING cancel_requested
                    "#,
                    claim.tenant.0,
                    claim.run.0,
                    claim.holder,
                    until(now, lease),
                )
                .fetch_optional(tx.connection())
                .await?;
                tx.commit().await?;
                Ok(match beat {
                    Some(false) => Beat::Held,
                    Some(true) => Beat::Cancel,
                    None => Beat::Lost,
                })
            })
            .await
    }

    /// Writes down how far a run is.
    ///
    /// # Errors
    /// [`StorageError::Lost`] if somebody else has it by now.
    #[tracing::instrument(name = "db.sync_runs.advance", level = "debug", skip_all)]
    pub async fn advance(
        self,
        claim: &SyncClaim,
        phase: SyncPhase,
        cursor: Option<&str>,
        counts: &SyncCounts,
    ) -> Result<(), StorageError> {
        self.database
            .bounded(async {
                let mut tx = self.database.begin_claimed(claim).await?;
                advance(&mut tx, claim, phase, cursor, counts).await?;
                tx.commit().await
            })
            .await
    }

    /// Begins a phase in which products are counted: its rate is reckoned from now.
    ///
    /// # Errors
    /// As [`Self::advance`].
    #[tracing::instrument(name = "db.sync_runs.begin_phase", level = "debug", skip_all)]
    pub async fn begin_phase(
        self,
        claim: &SyncClaim,
        phase: SyncPhase,
        counts: &SyncCounts,
        now: DateTime<Utc>,
    ) -> Result<(), StorageError> {
        self.database
            .bounded(async {
                let mut tx = self.database.begin_claimed(claim).await?;
                advance(&mut tx, claim, phase, None, counts).await?;
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
                tx.commit().await
            })
            .await
    }

    /// Ends a run and drops what it had read. `failure` goes with [`SyncStatus::Failed`] and with nothing else.
    ///
    /// # Errors
    /// [`StorageError::Lost`] if somebody else has it by now.
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
        self.database
            .bounded(async {
                let mut tx = self.database.begin_claimed(claim).await?;
                advance(&mut tx, claim, SyncPhase::Done, None, counts).await?;
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
                tx.commit().await
            })
            .await
    }

    /// Gives a run back for somebody else to go on with.
    ///
    /// # Errors
    /// [`StorageError::Lost`] if somebody else has it by now.
    #[tracing::instrument(name = "db.sync_runs.pause", level = "debug", skip_all)]
    pub async fn pause(self, claim: &SyncClaim) -> Result<(), StorageError> {
        self.database
            .bounded(async {
                let mut tx = self.database.begin_claimed(claim).await?;
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
                tx.commit().await
            })
            .await
    }
}

/// When a lease that is given now ends.
fn until(now: DateTime<Utc>, lease: Duration) -> DateTime<Utc> {
    TimeDelta::from_std(lease).ok().and_then(|lease| now.checked_add_signed(lease)).unwrap_or(now)
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
            unknown_failed = $14
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
