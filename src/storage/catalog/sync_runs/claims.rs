//! Working on a run: who has it, and until when. Whoever has lost a run can write nothing of it any
//! more, however late they notice.

use super::one;
use crate::domain::clock::Ambient;
use crate::domain::ids::{SyncRunId, TenantId, WorkspaceId};
use crate::domain::sync::SyncRun;
use crate::storage::{Database, StorageError, SyncRuns, TenantTx};
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
    pub claim: SyncClaim,
    /// The run as it was taken up.
    pub run: SyncRun,
}

/// Which run is to be taken up.
#[derive(Debug, Clone, Copy)]
enum Which {
    This(SyncRunId),
    /// The next one of single products, or of anything else.
    Next {
        single: bool,
    },
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
    pub fn run(&self) -> SyncRunId {
        self.run
    }

    pub fn workspace(&self) -> WorkspaceId {
        self.workspace
    }

    pub fn tenant(&self) -> TenantId {
        self.tenant
    }
}

impl Database {
    /// As [`Self::tenant`], for whoever has the run. Its row is locked, so it cannot be lost before the end.
    pub(in crate::storage) async fn claimed<T>(
        &self,
        claim: &SyncClaim,
        work: impl AsyncFnOnce(&mut TenantTx) -> Result<T, StorageError>,
    ) -> Result<T, StorageError> {
        self.tenant(claim.tenant, async |tx| {
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
            );
            held.fetch_optional(tx.connection()).await?.ok_or(StorageError::Lost)?;
            work(tx).await
        })
        .await
    }
}

impl SyncRuns<'_> {
    /// Takes up the oldest run of the tenant that waits, or whose holder was not heard of in time, and that anybody can
    /// go on with: a feed that came from somebody's file is read only by whoever has the file. `single`: only runs of
    /// single products, and otherwise none of these.
    #[tracing::instrument(name = "db.sync_runs.claim_next", level = "debug", skip_all)]
    pub async fn claim_next(
        self,
        tenant: TenantId,
        single: bool,
        lease: Duration,
        ambient: &Ambient,
    ) -> Result<Option<ClaimedRun>, StorageError> {
        self.claim(tenant, Which::Next { single }, lease, ambient).await
    }

    /// Takes up this run, if it waits or its holder was not heard of in time.
    #[tracing::instrument(name = "db.sync_runs.claim_this", level = "debug", skip_all)]
    pub async fn claim_this(
        self,
        tenant: TenantId,
        run: SyncRunId,
        lease: Duration,
        ambient: &Ambient,
    ) -> Result<Option<ClaimedRun>, StorageError> {
        self.claim(tenant, Which::This(run), lease, ambient).await
    }

    async fn claim(
        self,
        tenant: TenantId,
        which: Which,
        lease: Duration,
        ambient: &Ambient,
    ) -> Result<Option<ClaimedRun>, StorageError> {
        let (holder, now) = (ambient.uuid(), ambient.now());
        let (wanted, single) = match which {
            Which::This(run) => (Some(run), false),
            Which::Next { single } => (None, single),
        };
        self.tenant(tenant, async |tx| {
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
                          WHEN $2::uuid IS NULL THEN
                            (source = 'connection' OR phase <> 'reading') AND (scope = 'products') = $6
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
                single,
            )
            .fetch_optional(tx.connection())
            .await?;
            let Some(row) = claimed else { return Ok(None) };
            let run = SyncRunId(row.id);
            let claim = SyncClaim { tenant, workspace: WorkspaceId(row.workspace_id), run, holder };
            let run = one(tx, run).await?;
            Ok(run.map(|run| ClaimedRun { claim, run }))
        })
        .await
    }

    /// Ends runs of files whose reader is gone: nobody else can read them again. Says how many.
    #[tracing::instrument(name = "db.sync_runs.end_abandoned", level = "debug", skip_all)]
    pub async fn end_abandoned(self, tenant: TenantId, now: DateTime<Utc>) -> Result<u64, StorageError> {
        self.tenant(tenant, async |tx| {
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
            Ok(ended)
        })
        .await
    }

    /// A sign of life. If it fails, the run is still held until the lease ends.
    #[tracing::instrument(name = "db.sync_runs.beat", level = "debug", skip_all)]
    pub async fn beat(self, claim: &SyncClaim, lease: Duration, now: DateTime<Utc>) -> Result<Beat, StorageError> {
        self.tenant(claim.tenant, async |tx| {
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
            Ok(match beat {
                Some(false) => Beat::Held,
                Some(true) => Beat::Cancel,
                None => Beat::Lost,
            })
        })
        .await
    }
}

/// When a lease that is given now ends.
fn until(now: DateTime<Utc>, lease: Duration) -> DateTime<Utc> {
    TimeDelta::from_std(lease).ok().and_then(|lease| now.checked_add_signed(lease)).unwrap_or(now)
}
