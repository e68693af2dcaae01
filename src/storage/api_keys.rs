//! API keys: the lookup the gate makes, making one, and noting its use. What managing them takes is in `managed`,
//! rotation in `rotation`.

mod managed;
mod rotation;
mod rows;
mod worrying;

pub use managed::{KeyFilter, KeyName, StoreKeyError};
pub use worrying::{KeysOf, Worry, WorryingKey};

use super::columns::{int, long};
use super::{ApiKeys, StorageError, TenantTx};
use crate::domain::audit::{AuditEntry, Author};
use crate::domain::clock::Ambient;
use crate::domain::ids::{KeyId, TenantId, WorkspaceId};
use crate::domain::key::{self, KeyContent, KeyRecord, Rotation, VisitorTokenUse, audit_target, audited};
use crate::domain::key::{KeyEnv, KeyHash, KeyKind, PublicId};
use chrono::{DateTime, Utc};
use ipnet::IpNet;
use rows::{KeyRow, scope_words};
use uuid::Uuid;

/// A key to be stored. The schema checks it once more.
#[derive(Debug, Clone)]
pub struct NewKey {
    pub id: KeyId,
    pub tenant: TenantId,
    /// Required for publishable keys.
    pub workspace: Option<WorkspaceId>,
    /// The part that is safe to show.
    pub public_id: PublicId,
    /// The last four characters of the whole key.
    pub last_four: String,
    pub hash: KeyHash,
    pub kind: KeyKind,
    pub env: KeyEnv,
    /// What may be changed later.
    pub content: KeyContent,
    /// Any page may use it.
    pub allow_any_origin: bool,
    /// Which key it takes over from.
    pub rotation: Option<Rotation>,
    /// Who made it, `kind:id`.
    pub created_by: String,
    pub created_at: DateTime<Utc>,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InsertKeyError {
    /// The id, public id or hash exists.
    #[error("there is such a key already")]
    Taken,
    /// The workspace does not exist, or is another tenant's.
    #[error("there is no such workspace")]
    NoWorkspace,
    /// An origin pattern is none, or one that only test keys may have.
    #[error("`{0}` is not an origin this key may have")]
    BadOrigin(String),
    #[error(transparent)]
    Storage(StorageError),
}

impl ApiKeys<'_> {
    /// The key with its tenant, workspace and settings, in one round trip: the one query that needs no tenant.
    ///
    /// The caller compares the presented key with [`KeyRecord::hash`] in constant time.
    #[tracing::instrument(name = "db.api_keys.find", level = "debug", skip_all)]
    pub async fn find(self, public_id: &PublicId) -> Result<Option<KeyRecord>, StorageError> {
        self.read(async |connection| {
            let row = sqlx::query_as!(
                KeyRow,
                r#"
                SELECT
                  id AS "id!", tenant_id AS "tenant_id!", tenant_active AS "tenant_active!",
                  key_hash AS "key_hash!", kind AS "kind!", env AS "env!", name AS "name!", scopes AS "scopes!",
                  allowed_origins AS "allowed_origins!", allow_any_origin AS "allow_any_origin!",
                  allow_null_origin AS "allow_null_origin!",
                  vestibule.api_key_allows_apps($1) AS "allow_app_origins!", allowed_ips AS "allowed_ips!: Vec<IpNet>",
                  visitor_token_required AS "visitor_token_required!", proof_of_work AS "proof_of_work!",
                  per_minute, burst, per_ip_per_minute, per_visitor_per_minute, max_streams, messages_per_day,
                  messages_per_month, tokens_per_day, tokens_per_month, enabled AS "enabled!", expires_at,
                  revoked_at, grace_pending AS "grace_pending!", workspace_id, workspace_slug, upstream_slug,
                  display_name, workspace_status, token_generation, identity_enabled, identity_enforced,
                  chat_mode, top_n, score_threshold, max_message_chars, max_stream_secs
                FROM vestibule.find_api_key($1)
                "#,
                public_id.to_string(),
            )
            .fetch_optional(connection)
            .await?;
            row.map(|row| row.into_record(*public_id)).transpose()
        })
        .await
    }

    /// Stores a key, and writes its making down.
    #[tracing::instrument(name = "db.api_keys.insert", level = "debug", skip_all)]
    pub async fn insert(self, key: &NewKey, by: &Author, ambient: &Ambient) -> Result<(), InsertKeyError> {
        key.refuse_bad_origins()?;
        self.tenant(key.tenant, async |tx| {
            insert(tx, key).await?;
            let entry = AuditEntry::created("key.created", audit_target(&key.public_id), key.audited());
            Ok(tx.record(by, &entry, ambient).await?)
        })
        .await
    }
}

impl NewKey {
    /// The schema does not know what an origin is.
    fn refuse_bad_origins(&self) -> Result<(), InsertKeyError> {
        match self.content.allowed_origins.iter().find(|text| key::origin(text, self.env).is_err()) {
            Some(bad) => Err(InsertKeyError::BadOrigin(bad.clone())),
            None => Ok(()),
        }
    }

    fn audited(&self) -> serde_json::Value {
        audited(self.kind, self.env, self.workspace, &self.content)
    }
}

impl From<StorageError> for InsertKeyError {
    fn from(error: StorageError) -> Self {
        match error.constraint() {
            Some("api_keys_pkey" | "api_keys_public_id_key" | "api_keys_key_hash_key") => Self::Taken,
            Some("api_keys_workspace_fkey") => Self::NoWorkspace,
            _ => Self::Storage(error),
        }
    }
}

async fn insert(tx: &mut TenantTx, key: &NewKey) -> Result<(), StorageError> {
    let NewKey { content, rotation, .. } = key;
    let limits = content.limits;
    sqlx::query!(
        r#"
        INSERT INTO vestibule.api_keys (
          id, tenant_id, workspace_id, public_id, last_four, kind, env, key_hash, name, scopes, allowed_origins,
          allow_any_origin, allow_null_origin, allowed_ips, visitor_token_required, proof_of_work, per_minute,
          burst, per_ip_per_minute, per_visitor_per_minute, max_streams, messages_per_day, messages_per_month,
          tokens_per_day, tokens_per_month, expires_at, enabled, rotated_from, grace_from, grace_seconds,
          grace_pending, created_by, created_at, updated_at, allow_app_origins
        )
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23,
          $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $33, $34)
        "#,
        key.id.0,
        key.tenant.0,
        key.workspace.map(|w| w.0),
        key.public_id.as_str(),
        key.last_four,
        key.kind.as_str(),
        key.env.as_str(),
        key.hash.as_bytes().as_slice(),
        content.name,
        &scope_words(&content.scopes),
        &content.allowed_origins,
        key.allow_any_origin,
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
        rotation.map(|r| r.from.0),
        rotation.map(|r| r.grace_from.as_str()),
        rotation.map(|r| int(r.grace_seconds)),
        rotation.is_some_and(|r| r.pending),
        key.created_by,
        key.created_at,
        content.allow_app_origins,
    )
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// Notes when keys were last used: to the minute and only forward, so that a busy key is written once a minute and
/// batches may arrive in any order.
pub(super) async fn touch(tx: &mut TenantTx, ids: &[Uuid], used_at: &[DateTime<Utc>]) -> Result<(), StorageError> {
    sqlx::query!(
        r#"
        UPDATE vestibule.api_keys k
        SET last_used_at = date_trunc('minute', used.at)
        FROM UNNEST($1::uuid[], $2::timestamptz[]) AS used (id, at)
        WHERE k.id = used.id
          AND (k.last_used_at IS NULL OR k.last_used_at < date_trunc('minute', used.at))
        "#,
        ids,
        used_at,
    )
    .execute(tx.connection())
    .await?;
    Ok(())
}
