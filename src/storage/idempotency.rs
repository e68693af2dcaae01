//! `Idempotency-Key`: who works on a request, and what it was answered.

use super::columns::setting;
use super::{IdempotencyKeys, StorageError};
use crate::domain::clock::Ambient;
use crate::domain::ids::TenantId;
use chrono::TimeDelta;
use sqlx::postgres::types::PgInterval;
use std::time::Duration;
use uuid::Uuid;

/// An attempt of a version that gives no sign of life, and has not ended after this long, never will: it went down with
/// its gateway. Above the longest stream.
const STALE: TimeDelta = TimeDelta::minutes(20);

/// Signs of life of an attempt, and how long after the last of them it counts as gone with its gateway.
#[derive(Debug, Clone, Copy)]
pub struct Lease {
    pub beat: Duration,
    pub length: Duration,
}

impl Lease {
    /// A beat may be lost, and a machine be busy.
    pub const PRODUCT: Self = Self { beat: Duration::from_secs(2), length: Duration::from_secs(8) };
}

/// A request that carries an idempotency key.
#[derive(Debug, Clone, Copy)]
pub struct IdempotentRequest<'a> {
    pub tenant: TenantId,
    /// Who is asking: keys of different callers do not meet.
    pub principal: &'a str,
    /// The header's value, 1 to 255 characters.
    pub key: &'a str,
    /// Digest of everything the answer depends on.
    pub fingerprint: [u8; 32],
}

/// What is to be done with a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Begin {
    /// Answer it, then [`IdempotencyKeys::finish`] or [`IdempotencyKeys::abandon`] the claim.
    Fresh(Claim),
    /// Somebody is answering it now.
    InFlight,
    /// It was answered: send the same again.
    Replay { status: u16, body: Vec<u8> },
    /// The key was used with another request.
    Mismatch,
}

/// The right to answer a request. Lost when the attempt is taken over as stale.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    tenant: TenantId,
    principal: String,
    key: String,
    id: Uuid,
}

const ZERO: PgInterval = PgInterval { months: 0, days: 0, microseconds: 0 };

impl IdempotencyKeys<'_> {
    /// Decides in one statement what is to be done. Of many that ask at once, one gets [`Begin::Fresh`].
    #[tracing::instrument(name = "db.idempotency_keys.begin", level = "debug", skip_all)]
    pub async fn begin(
        self,
        request: &IdempotentRequest<'_>,
        time_to_live: Duration,
        lease: Lease,
        ambient: &Ambient,
    ) -> Result<Begin, StorageError> {
        let (claim, now) = (ambient.uuid(), ambient.now());
        let time_to_live = TimeDelta::from_std(time_to_live).unwrap_or(TimeDelta::MAX);
        let silence = PgInterval { microseconds: i64::try_from(lease.length.as_micros()).unwrap_or(i64::MAX), ..ZERO };
        self.read(async |connection| {
            let row = sqlx::query!(
                r#"
                SELECT outcome AS "outcome!", status, body
                FROM vestibule.claim_idempotent($1, $2, $3, $4, $5, $6, $7, $8, $9)
                "#,
                request.tenant.0,
                request.principal,
                request.key,
                request.fingerprint.as_slice(),
                claim,
                now,
                now.checked_add_signed(time_to_live).unwrap_or(now),
                now - STALE,
                silence,
            )
            .fetch_one(connection)
            .await?;
            match (row.outcome.as_str(), row.status, row.body) {
                ("fresh", ..) => Ok(Begin::Fresh(Claim {
                    tenant: request.tenant,
                    principal: request.principal.to_owned(),
                    key: request.key.to_owned(),
                    id: claim,
                })),
                ("in_flight", ..) => Ok(Begin::InFlight),
                ("mismatch", ..) => Ok(Begin::Mismatch),
                ("replay", Some(status), Some(body)) => {
                    let status = setting("status", status)?;
                    Ok(Begin::Replay { status, body })
                }
                _ => Err(StorageError::corrupt("outcome", "unknown value")),
            }
        })
        .await
    }

    /// Says that the attempt goes on. `Ok(false)`: the claim was taken over, or its answer is kept already.
    #[tracing::instrument(name = "db.idempotency_keys.beat", level = "debug", skip_all)]
    pub async fn beat(self, claim: &Claim) -> Result<bool, StorageError> {
        self.tenant(claim.tenant, async |tx| {
            let done = sqlx::query!(
                r#"
                UPDATE vestibule.idempotency_keys
                SET beat_at = clock_timestamp(),
                    beat_claim = claim
                WHERE tenant_id = $1
                  AND principal = $2
                  AND key = $3
                  AND claim = $4
                  AND state = 'in_progress'
                "#,
                claim.tenant.0,
                claim.principal,
                claim.key,
                claim.id,
            )
            .execute(tx.connection())
            .await?;
            Ok(done.rows_affected() == 1)
        })
        .await
    }

    /// Keeps the answer. `Ok(false)`: the claim was taken over, and the other's answer counts.
    #[tracing::instrument(name = "db.idempotency_keys.finish", level = "debug", skip_all)]
    pub async fn finish(self, claim: &Claim, status: u16, body: &[u8]) -> Result<bool, StorageError> {
        self.tenant(claim.tenant, async |tx| {
            let done = sqlx::query!(
                r#"
                UPDATE vestibule.idempotency_keys
                SET state = 'done',
                    status = $5,
                    body = $6
                WHERE tenant_id = $1
                  AND principal = $2
                  AND key = $3
                  AND claim = $4
                  AND state = 'in_progress'
                "#,
                claim.tenant.0,
                claim.principal,
                claim.key,
                claim.id,
                i16::try_from(status).unwrap_or(i16::MAX),
                body,
            )
            .execute(tx.connection())
            .await?;
            Ok(done.rows_affected() == 1)
        })
        .await
    }

    /// Gives the key back, so that the request may be tried again: after an answer that should not be kept.
    #[tracing::instrument(name = "db.idempotency_keys.abandon", level = "debug", skip_all)]
    pub async fn abandon(self, claim: &Claim) -> Result<(), StorageError> {
        self.tenant(claim.tenant, async |tx| {
            sqlx::query!(
                r#"
                DELETE FROM vestibule.idempotency_keys
                WHERE tenant_id = $1
                  AND principal = $2
                  AND key = $3
                  AND claim = $4
                  AND state = 'in_progress'
                "#,
                claim.tenant.0,
                claim.principal,
                claim.key,
                claim.id,
            )
            .execute(tx.connection())
            .await?;
            Ok(())
        })
        .await
    }

    /// Deletes what has expired, a limited number at a time; says how many. To be called now and then.
    #[tracing::instrument(name = "db.idempotency_keys.delete_expired", level = "debug", skip_all)]
    pub async fn delete_expired(self, tenant: TenantId, ambient: &Ambient) -> Result<u64, StorageError> {
        self.tenant(tenant, async |tx| {
            let deleted = sqlx::query!(
                r#"
                DELETE FROM vestibule.idempotency_keys
                WHERE ctid = ANY (ARRAY(
                  SELECT ctid
                  FROM vestibule.idempotency_keys
                  WHERE tenant_id = $1
                    AND expires_at <= $2
                  LIMIT 1000
                ))
                "#,
                tenant.0,
                ambient.now(),
            )
            .execute(tx.connection())
            .await?;
            Ok(deleted.rows_affected())
        })
        .await
    }
}
