//! API keys: the lookup the gate makes, and what managing them takes.

mod rows;

use super::{Database, StorageError, TenantTx};
use crate::domain::access::ScopeSet;
use crate::domain::api_key::{KeyEnv, KeyHash, KeyKind, PublicId};
use crate::domain::ids::{KeyId, TenantId, WorkspaceId};
use crate::domain::key::{KeyLimits, KeyRecord};
use crate::domain::origin::OriginPattern;
use chrono::{DateTime, Utc};
use ipnet::IpNet;
use rows::{KeyRow, ListingRow, parse, to_sql};
use uuid::Uuid;

/// The repository of keys.
#[derive(Debug, Clone, Copy)]
pub struct ApiKeys<'a> {
    database: &'a Database,
}

/// A key to be stored. The schema checks it once more.
#[derive(Debug, Clone)]
pub struct NewKey {
    /// Row id.
    pub id: KeyId,
    /// Owner.
    pub tenant: TenantId,
    /// Required for publishable keys.
    pub workspace: Option<WorkspaceId>,
    /// The part that is safe to show.
    pub public_id: PublicId,
    /// Of the whole key.
    pub hash: KeyHash,
    /// Publishable or secret.
    pub kind: KeyKind,
    /// Live or test.
    pub env: KeyEnv,
    /// For people, 1 to 100 characters.
    pub name: String,
    /// At least one; publishable keys only `Scope::PUBLISHABLE`.
    pub scopes: ScopeSet,
    /// Origin patterns as written.
    pub allowed_origins: Vec<String>,
    /// Any page may use it.
    pub allow_any_origin: bool,
    /// Pages without an origin may use it.
    pub allow_null_origin: bool,
    /// Browsers must trade it for a visitor token first.
    pub visitor_token_required: bool,
    /// Its own limits.
    pub limits: KeyLimits,
    /// Refused from then on.
    pub expires_at: Option<DateTime<Utc>>,
    /// Who made it: `cli`, `key:<uuid>`.
    pub created_by: String,
    /// When.
    pub created_at: DateTime<Utc>,
}

/// Why a key was not stored.
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
    /// The database.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// A key by either of its names.
#[derive(Debug, Clone, Copy)]
pub enum KeyName<'a> {
    /// By row id.
    Id(KeyId),
    /// By the part that is safe to show.
    PublicId(&'a PublicId),
}

/// A key that is revoked, now or before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revocation {
    /// Row id.
    pub id: KeyId,
    /// The part that is safe to show.
    pub public_id: PublicId,
    /// Since when.
    pub revoked_at: DateTime<Utc>,
}

/// A key as shown to those who manage keys.
#[derive(Debug, Clone)]
pub struct KeyListing {
    /// Row id.
    pub id: KeyId,
    /// The part that is safe to show.
    pub public_id: PublicId,
    /// Publishable or secret.
    pub kind: KeyKind,
    /// Live or test.
    pub env: KeyEnv,
    /// For people.
    pub name: String,
    /// Slug of the workspace it is bound to.
    pub workspace: Option<String>,
    /// What it may do.
    pub scopes: ScopeSet,
    /// Origin patterns as written.
    pub allowed_origins: Vec<String>,
    /// Any page may use it.
    pub allow_any_origin: bool,
    /// Switched on.
    pub enabled: bool,
    /// Refused from then on.
    pub expires_at: Option<DateTime<Utc>>,
    /// Refused since then.
    pub revoked_at: Option<DateTime<Utc>>,
    /// Why it was revoked.
    pub revoke_reason: Option<String>,
    /// Last use, to the minute.
    pub last_used_at: Option<DateTime<Utc>>,
    /// Who made it.
    pub created_by: String,
    /// When.
    pub created_at: DateTime<Utc>,
}

impl<'a> ApiKeys<'a> {
    pub(super) fn new(database: &'a Database) -> Self {
        Self { database }
    }

    /// The key with its tenant, workspace and settings, in one round trip: the one query that needs no tenant.
    ///
    /// The caller compares the presented key with [`KeyRecord::hash`] in constant time.
    ///
    /// # Errors
    /// If the database cannot be asked or the row cannot be read.
    #[tracing::instrument(name = "db.api_keys.find", level = "debug", skip_all)]
    pub async fn find(self, public_id: &PublicId) -> Result<Option<KeyRecord>, StorageError> {
        self.database
            .bounded(async {
                let row = sqlx::query_as!(
                    KeyRow,
                    r#"
                    SELECT
                      id AS "id!",
                      tenant_id AS "tenant_id!",
                      tenant_active AS "tenant_active!",
                      key_hash AS "key_hash!",
                      kind AS "kind!",
                      env AS "env!",
                      name AS "name!",
                      scopes AS "scopes!",
                      allowed_origins AS "allowed_origins!",
                      allow_any_origin AS "allow_any_origin!",
                      allow_null_origin AS "allow_null_origin!",
                      allowed_ips AS "allowed_ips!: Vec<IpNet>",
                      visitor_token_required AS "visitor_token_required!",
                      proof_of_work AS "proof_of_work!",
                      per_minute,
                      burst,
                      per_ip_per_minute,
                      per_visitor_per_minute,
                      max_streams,
                      messages_per_day,
                      messages_per_month,
                      tokens_per_day,
                      tokens_per_month,
                      enabled AS "enabled!",
                      expires_at,
                      revoked_at,
                      grace_pending AS "grace_pending!",
                      workspace_id,
                      workspace_slug,
                      upstream_slug,
                      display_name,
                      workspace_status,
                      token_generation,
                      identity_enabled,
                      identity_enforced,
                      chat_mode,
                      top_n,
                      score_threshold,
                      max_message_chars,
                      max_stream_secs
                    FROM vestibule.find_api_key($1)
                    "#,
                    public_id.to_string(),
                )
                .fetch_optional(&self.database.pool)
                .await?;
                row.map(|row| row.into_record(*public_id)).transpose()
            })
            .await
    }

    /// Stores a key.
    ///
    /// # Errors
    /// [`InsertKeyError`]; a rule of the schema is [`StorageError::Conflict`].
    #[tracing::instrument(name = "db.api_keys.insert", level = "debug", skip_all)]
    pub async fn insert(self, key: &NewKey) -> Result<(), InsertKeyError> {
        let acceptable = |text: &&String| {
            OriginPattern::parse(text).is_ok_and(|pattern| key.env == KeyEnv::Test || !pattern.needs_test_key())
        };
        if let Some(bad) = key.allowed_origins.iter().find(|text| !acceptable(text)) {
            return Err(InsertKeyError::BadOrigin(bad.clone()));
        }
        let done = self.database.bounded(async {
            let scopes: Vec<String> = key.scopes.iter().map(|s| s.as_str().to_owned()).collect();
            let mut tx = self.database.begin(key.tenant).await?;
            sqlx::query!(
                r#"
                INSERT INTO vestibule.api_keys (
                  id,
                  tenant_id,
                  workspace_id,
                  public_id,
                  kind,
                  env,
                  key_hash,
                  name,
                  scopes,
                  allowed_origins,
                  allow_any_origin,
                  allow_null_origin,
                  visitor_token_required,
                  per_minute,
                  burst,
                  per_ip_per_minute,
                  per_visitor_per_minute,
                  max_streams,
                  expires_at,
                  created_by,
                  created_at
                )
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)
                "#,
                key.id.0,
                key.tenant.0,
                key.workspace.map(|w| w.0),
                key.public_id.to_string(),
                key.kind.as_str(),
                key.env.as_str(),
                key.hash.as_bytes().as_slice(),
                key.name,
                &scopes,
                &key.allowed_origins,
                key.allow_any_origin,
                key.allow_null_origin,
                key.visitor_token_required,
                to_sql(key.limits.per_minute),
                to_sql(key.limits.burst),
                to_sql(key.limits.per_ip_per_minute),
                to_sql(key.limits.per_visitor_per_minute),
                to_sql(key.limits.max_streams),
                key.expires_at,
                key.created_by,
                key.created_at,
            )
            .execute(tx.connection())
            .await?;
            tx.commit().await
        });
        done.await.map_err(|error| match &error {
            StorageError::Conflict { constraint } => match constraint.as_str() {
                "api_keys_pkey" | "api_keys_public_id_key" | "api_keys_key_hash_key" => InsertKeyError::Taken,
                "api_keys_workspace_fkey" => InsertKeyError::NoWorkspace,
                _ => InsertKeyError::Storage(error),
            },
            _ => InsertKeyError::Storage(error),
        })
    }

    /// The tenant's keys in the order they were made, from after the key `after`.
    ///
    /// # Errors
    /// If the database cannot be asked or a row cannot be read.
    #[tracing::instrument(name = "db.api_keys.list", level = "debug", skip_all)]
    pub async fn list(
        self,
        tenant: TenantId,
        after: Option<KeyId>,
        limit: u16,
    ) -> Result<Vec<KeyListing>, StorageError> {
        self.database
            .bounded(async {
                let mut tx = self.database.begin(tenant).await?;
                let rows = sqlx::query_as!(
                    ListingRow,
                    r#"
                    SELECT
                      k.id,
                      k.public_id,
                      k.kind,
                      k.env,
                      k.name,
                      w.slug AS "workspace?",
                      k.scopes,
                      k.allowed_origins,
                      k.allow_any_origin,
                      k.enabled,
                      k.expires_at,
                      k.revoked_at,
                      k.revoke_reason,
                      k.last_used_at,
                      k.created_by,
                      k.created_at
                    FROM vestibule.api_keys k
                    LEFT JOIN vestibule.workspaces w ON w.tenant_id = k.tenant_id AND w.id = k.workspace_id
                    WHERE k.tenant_id = $1
                      AND ($2::uuid IS NULL OR k.id > $2)
                    ORDER BY k.id
                    LIMIT $3
                    "#,
                    tenant.0,
                    after.map(|k| k.0),
                    i64::from(limit),
                )
                .fetch_all(tx.connection())
                .await?;
                tx.commit().await?;
                rows.into_iter().map(ListingRow::into_listing).collect()
            })
            .await
    }

    /// Revokes a key for good. One that is revoked already keeps its first revocation.
    ///
    /// # Errors
    /// If the database cannot be asked. `Ok(None)`: the tenant has no such key.
    #[tracing::instrument(name = "db.api_keys.revoke", level = "debug", skip_all)]
    pub async fn revoke(
        self,
        tenant: TenantId,
        key: KeyName<'_>,
        reason: Option<&str>,
        by: &str,
        at: DateTime<Utc>,
    ) -> Result<Option<Revocation>, StorageError> {
        let (id, public_id) = match key {
            KeyName::Id(id) => (Some(id.0), None),
            KeyName::PublicId(public_id) => (None, Some(public_id.to_string())),
        };
        self.database
            .bounded(async {
                let mut tx = self.database.begin(tenant).await?;
                let row = sqlx::query!(
                    r#"
                    UPDATE vestibule.api_keys
                    SET revoked_at = coalesce(revoked_at, $4),
                        revoked_by = coalesce(revoked_by, $5),
                        revoke_reason = CASE WHEN revoked_at IS NULL THEN $6 ELSE revoke_reason END
                    WHERE tenant_id = $1
                      AND (id = $2 OR public_id = $3)
                    RETURNING
                      id,
                      public_id,
                      revoked_at AS "revoked_at!"
                    "#,
                    tenant.0,
                    id,
                    public_id,
                    at,
                    by,
                    reason,
                )
                .fetch_optional(tx.connection())
                .await?;
                tx.commit().await?;
                row.map(|row| {
                    Ok(Revocation {
                        id: KeyId(row.id),
                        public_id: parse("public_id", &row.public_id)?,
                        revoked_at: row.revoked_at,
                    })
                })
                .transpose()
            })
            .await
    }
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
