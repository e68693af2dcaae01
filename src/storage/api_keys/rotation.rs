//! One key takes over from another: both rows change in one transaction, or neither.

use super::managed::StoreKeyError;
use super::{ApiKeys, NewKey, insert};
use crate::domain::audit::{AuditEntry, Author};
use crate::domain::clock::Ambient;
use crate::domain::ids::{KeyId, TenantId};
use crate::domain::key::PublicId;
use crate::domain::key::{GraceFrom, Rotation, StoredKey, audit_target};
use crate::storage::StorageError;
use crate::storage::columns::word;
use chrono::TimeDelta;
use serde_json::json;

impl ApiKeys<'_> {
    /// Stores the key that takes over from `before`, and begins the grace of that one if it begins now. `before` must
    /// be as it was read.
    #[tracing::instrument(name = "db.api_keys.rotate", level = "debug", skip_all)]
    pub async fn rotate(
        self,
        before: &StoredKey,
        new: &NewKey,
        rotation: Rotation,
        by: &Author,
        ambient: &Ambient,
    ) -> Result<(), StoreKeyError> {
        new.refuse_bad_origins().map_err(StoreKeyError::Insert)?;
        let now = ambient.now();
        let grace_end = match rotation.grace_from {
            GraceFrom::Now => Some(now + TimeDelta::seconds(rotation.grace_seconds.into())),
            GraceFrom::FirstUse => None,
        };
        let rotated = self.tenant(before.tenant, async |tx| {
            let ended = sqlx::query!(
                r#"
                UPDATE vestibule.api_keys
                SET grace_until = CASE
                      WHEN $4::timestamptz IS NULL THEN grace_until
                      -- Rotated once more, it does not live longer.
                      ELSE least(expires_at, grace_until, $4)
                    END,
                    updated_at = $5,
                    version = version + 1
                WHERE tenant_id = $1
                  AND id = $2
                  AND version = $3
                  AND revoked_at IS NULL
                "#,
                before.tenant.0,
                before.id.0,
                before.version,
                grace_end,
                now,
            )
            .execute(tx.connection())
            .await?;
            if ended.rows_affected() == 0 {
                return Ok(false);
            }
            insert(tx, new).await?;
            let change = json!({
                "key": new.public_id,
                "grace_from": rotation.grace_from,
                "grace_seconds": rotation.grace_seconds,
                "grace_until": grace_end,
            });
            let rotated = AuditEntry::created("key.rotated", audit_target(&before.public_id), change);
            tx.record(by, &rotated, ambient).await?;
            let made = AuditEntry::created("key.created", audit_target(&new.public_id), new.audited());
            tx.record(by, &made, ambient).await?;
            Ok::<_, StorageError>(true)
        });
        if rotated.await? { Ok(()) } else { Err(StoreKeyError::Changed) }
    }

    /// The new key was used for the first time: the grace of the one before begins, once. Tells which one that is.
    /// If it fails, the next use tries again.
    #[tracing::instrument(name = "db.api_keys.begin_grace", level = "debug", skip_all)]
    pub async fn begin_grace(
        self,
        tenant: TenantId,
        new: KeyId,
        ambient: &Ambient,
    ) -> Result<Option<PublicId>, StorageError> {
        let now = ambient.now();
        self.tenant(tenant, async |tx| {
            let began = sqlx::query!(
                r#"
                UPDATE vestibule.api_keys
                SET grace_pending = false,
                    updated_at = $3,
                    version = version + 1
                WHERE tenant_id = $1
                  AND id = $2
                  AND grace_pending
                RETURNING
                  rotated_from AS "rotated_from!",
                  grace_seconds AS "grace_seconds!"
                "#,
                tenant.0,
                new.0,
                now,
            )
            .fetch_optional(tx.connection())
            .await?;
            let Some(began) = began else { return Ok(None) };
            let grace_end = now + TimeDelta::seconds(began.grace_seconds.into());
            let ended = sqlx::query!(
                r#"
                UPDATE vestibule.api_keys
                SET grace_until = least(expires_at, grace_until, $3),
                    updated_at = $4,
                    version = version + 1
                WHERE tenant_id = $1
                  AND id = $2
                RETURNING public_id, grace_until
                "#,
                tenant.0,
                began.rotated_from,
                grace_end,
                now,
            )
            .fetch_one(tx.connection())
            .await?;
            let change = json!({"grace_until": ended.grace_until});
            let entry = AuditEntry::created("key.grace_begun", format!("key:{}", ended.public_id), change);
            tx.record(&Author::system("rotation"), &entry, ambient).await?;
            word("public_id", &ended.public_id).map(Some)
        })
        .await
    }
}
