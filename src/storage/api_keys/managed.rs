//! Keys as those see and change them who manage keys. Every change is written down in its own transaction.

use super::rows::{StoredRow, scope_words};
use super::{ApiKeys, InsertKeyError};
use crate::domain::audit::{AuditEntry, Author};
use crate::domain::clock::Ambient;
use crate::domain::ids::{KeyId, TenantId, WorkspaceId};
use crate::domain::key::{KeyContent, KeyStatus, StoredKey, VisitorTokenUse, audit_target, audited};
use crate::domain::key::{KeyEnv, KeyFormatError, KeyKind, PublicId};
use crate::storage::StorageError;
use crate::storage::columns::{int, long};
use chrono::{DateTime, Utc};
use ipnet::IpNet;
use serde_json::json;
use std::str::FromStr;
use uuid::Uuid;

/// A key by either of its names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyName {
    Id(KeyId),
    /// By the part that is safe to show.
    PublicId(PublicId),
}

impl KeyName {
    /// Row id and public id, of which a row must have the one that is known.
    fn columns(self) -> (Option<Uuid>, Option<String>) {
        match self {
            Self::Id(id) => (Some(id.0), None),
            Self::PublicId(public_id) => (None, Some(public_id.to_string())),
        }
    }
}

impl FromStr for KeyName {
    type Err = KeyFormatError;

    fn from_str(text: &str) -> Result<Self, KeyFormatError> {
        match Uuid::try_parse(text) {
            Ok(id) => Ok(Self::Id(KeyId(id))),
            Err(_) => text.parse().map(Self::PublicId),
        }
    }
}

/// Which keys are wanted; `None` leaves nothing out.
#[derive(Debug, Clone, Default)]
pub struct KeyFilter {
    pub name: Option<KeyName>,
    pub workspace: Option<WorkspaceId>,
    pub kind: Option<KeyKind>,
    pub env: Option<KeyEnv>,
    pub status: Option<KeyStatus>,
    /// Whose public id begins so, whose last four characters are these, or whose name has this in it.
    pub search: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreKeyError {
    /// It was changed or revoked in between.
    #[error("it was changed in between")]
    Changed,
    /// Another key has taken over from it.
    #[error("another key has taken over from it")]
    Replaced,
    /// The new key could not be stored.
    #[error(transparent)]
    Insert(InsertKeyError),
    #[error(transparent)]
    Storage(StorageError),
}

impl From<StorageError> for StoreKeyError {
    fn from(error: StorageError) -> Self {
        if error.violates("api_keys_one_successor") {
            return Self::Replaced;
        }
        match InsertKeyError::from(error) {
            InsertKeyError::Storage(error) => Self::Storage(error),
            refused => Self::Insert(refused),
        }
    }
}

impl ApiKeys<'_> {
    /// The tenant's keys in the order they were made, from after the key `after`.
    #[tracing::instrument(name = "db.api_keys.list", level = "debug", skip_all)]
    pub async fn list(
        self,
        tenant: TenantId,
        filter: &KeyFilter,
        now: DateTime<Utc>,
        after: Option<KeyId>,
        limit: u16,
    ) -> Result<Vec<StoredKey>, StorageError> {
        let (id, public_id) = filter.name.map(KeyName::columns).unwrap_or_default();
        self.read_of(tenant, async |tx| {
            let rows = sqlx::query_as!(
                StoredRow,
                r#"
                SELECT
                  k.id, k.tenant_id, k.public_id, k.last_four, k.kind, k.env, k.workspace_id,
                  w.slug AS "workspace?", k.name, k.scopes, k.allowed_origins, k.allow_any_origin,
                  k.allow_null_origin, k.allow_app_origins, k.allowed_ips AS "allowed_ips: Vec<IpNet>", k.visitor_token_required,
                  k.proof_of_work, k.per_minute, k.burst, k.per_ip_per_minute, k.per_visitor_per_minute,
                  k.max_streams, k.messages_per_day, k.messages_per_month, k.tokens_per_day, k.tokens_per_month,
                  k.enabled, k.expires_at, k.rotated_from, k.grace_from, k.grace_seconds, k.grace_pending,
                  k.grace_until, n.id AS "replaced_by?", k.revoked_at, k.revoked_by, k.revoke_reason,
                  k.last_used_at, k.created_by, k.created_at, k.updated_at, k.version
                FROM vestibule.api_keys k
                LEFT JOIN vestibule.workspaces w ON w.tenant_id = k.tenant_id AND w.id = k.workspace_id
                LEFT JOIN vestibule.api_keys n
                  ON n.tenant_id = k.tenant_id AND n.rotated_from = k.id AND n.revoked_at IS NULL
                WHERE k.tenant_id = $1
                  AND ($2::uuid IS NULL OR k.id = $2)
                  AND ($3::text IS NULL OR k.public_id = $3)
                  AND ($4::uuid IS NULL OR k.workspace_id = $4)
                  AND ($5::text IS NULL OR k.kind = $5)
                  AND ($6::text IS NULL OR k.env = $6)
                  AND ($7::text IS NULL OR $7 = CASE
                    WHEN k.revoked_at <= $9 THEN 'revoked'
                    WHEN least(k.expires_at, k.grace_until) <= $9 THEN 'expired'
                    WHEN k.enabled THEN 'active'
                    ELSE 'disabled'
                  END)
                  AND ($8::text IS NULL OR starts_with(k.public_id, $8) OR k.last_four = $8
                    OR strpos(lower(k.name), lower($8)) > 0)
                  AND ($10::uuid IS NULL OR k.id > $10)
                ORDER BY k.id
                LIMIT $11
                "#,
                tenant.0,
                id,
                public_id,
                filter.workspace.map(|w| w.0),
                filter.kind.map(KeyKind::as_str),
                filter.env.map(KeyEnv::as_str),
                filter.status.map(KeyStatus::as_str),
                filter.search,
                now,
                after.map(|k| k.0),
                i64::from(limit),
            )
            .fetch_all(tx.connection())
            .await?;
            rows.into_iter().map(StoredRow::into_key).collect()
        })
        .await
    }

    pub async fn get(
        self,
        tenant: TenantId,
        name: KeyName,
        now: DateTime<Utc>,
    ) -> Result<Option<StoredKey>, StorageError> {
        let filter = KeyFilter { name: Some(name), ..KeyFilter::default() };
        Ok(self.list(tenant, &filter, now, None, 1).await?.pop())
    }

    /// Gives a key other content, if it is still as it was `before`.
    #[tracing::instrument(name = "db.api_keys.update", level = "debug", skip_all)]
    pub async fn update(
        self,
        before: &StoredKey,
        content: &KeyContent,
        by: &Author,
        ambient: &Ambient,
    ) -> Result<(), StoreKeyError> {
        let audited = |content| audited(before.kind, before.env, before.workspace.as_ref().map(|w| w.0), content);
        let (was, is) = (audited(&before.content), audited(content));
        let entry = AuditEntry::changed("key.updated", audit_target(&before.public_id), was, is);
        let limits = content.limits;
        let changed = self.tenant(before.tenant, async |tx| {
            let done = sqlx::query!(
                r#"
                UPDATE vestibule.api_keys
                SET name = $4,
                    scopes = $5,
                    allowed_origins = $6,
                    allow_null_origin = $7,
                    allowed_ips = $8,
                    visitor_token_required = $9,
                    proof_of_work = $10,
                    per_minute = $11,
                    burst = $12,
                    per_ip_per_minute = $13,
                    per_visitor_per_minute = $14,
                    max_streams = $15,
                    messages_per_day = $16,
                    messages_per_month = $17,
                    tokens_per_day = $18,
                    tokens_per_month = $19,
                    expires_at = $20,
                    -- `least` alone would make a grace of an expiry.
                    grace_until = CASE WHEN grace_until IS NOT NULL THEN least(grace_until, $20) END,
                    enabled = $21,
                    updated_at = $22,
                    allow_app_origins = $23,
                    version = version + 1
                WHERE tenant_id = $1
                  AND id = $2
                  AND version = $3
                  AND revoked_at IS NULL
                "#,
                before.tenant.0,
                before.id.0,
                before.version,
                content.name,
                &scope_words(&content.scopes),
                &content.allowed_origins,
                content.allow_null_origin,
                &content.networks() as &[IpNet],
                content.visitor_token == VisitorTokenUse::Required,
                content.proof_of_work,
                limits.per_minute.map(int),
                limits.burst.map(int),
                limits.per_ip_per_minute.map(int),
                limits.per_visitor_per_minute.map(int),
                limits.max_streams.map(int),
                limits.messages_per_day.map(int),
                limits.messages_per_month.map(int),
                limits.tokens_per_day.map(long),
                limits.tokens_per_month.map(long),
                content.expires_at,
                content.enabled,
                ambient.now(),
                content.allow_app_origins,
            )
            .execute(tx.connection())
            .await?;
            if done.rows_affected() == 0 {
                return Ok(false);
            }
            tx.record(by, &entry, ambient).await?;
            Ok::<_, StorageError>(true)
        });
        if changed.await? { Ok(()) } else { Err(StoreKeyError::Changed) }
    }

    /// Revokes a key for good. One that is revoked already keeps its first revocation; then it answers false. None: the
    /// tenant has no such key.
    #[tracing::instrument(name = "db.api_keys.revoke", level = "debug", skip_all)]
    pub async fn revoke(
        self,
        tenant: TenantId,
        name: KeyName,
        reason: Option<&str>,
        by: &Author,
        ambient: &Ambient,
    ) -> Result<Option<bool>, StorageError> {
        let (id, public_id) = name.columns();
        let at = ambient.now();
        self.tenant(tenant, async |tx| {
            let found = sqlx::query!(
                r#"
                SELECT id, public_id, revoked_at
                FROM vestibule.api_keys
                WHERE tenant_id = $1
                  AND (id = $2 OR public_id = $3)
                FOR UPDATE
                "#,
                tenant.0,
                id,
                public_id,
            )
            .fetch_optional(tx.connection())
            .await?;
            let Some(found) = found else { return Ok(None) };
            if found.revoked_at.is_some() {
                return Ok(Some(false));
            }
            sqlx::query!(
                r#"
                UPDATE vestibule.api_keys
                SET revoked_at = $3,
                    revoked_by = $4,
                    revoke_reason = $5,
                    updated_at = $3,
                    version = version + 1
                WHERE tenant_id = $1
                  AND id = $2
                "#,
                tenant.0,
                found.id,
                at,
                by.label(),
                reason,
            )
            .execute(tx.connection())
            .await?;
            let change = json!({"revoked_at": at, "reason": reason});
            let entry = AuditEntry::created("key.revoked", format!("key:{}", found.public_id), change);
            tx.record(by, &entry, ambient).await?;
            Ok(Some(true))
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_named_by_either_id() {
        assert!(matches!("0199d4c0-0000-7000-8000-000000000001".parse(), Ok(KeyName::Id(_))));
        assert!(matches!("abcDEF123456".parse(), Ok(KeyName::PublicId(_))));
        for text in ["", "abc", "abcDEF12345\u{e4}", "abcDEF1234567"] {
            assert!(text.parse::<KeyName>().is_err(), "{text}");
        }
    }
}
