//! Rows of `api_keys` and how they are read.

use crate::domain::ids::{KeyId, TenantId, WorkspaceId};
use crate::domain::key::{KeyContent, KeyLimits, KeyRecord, Revoked, Rotation, StoredKey, VisitorTokenUse};
use crate::domain::key::{KeyHash, PublicId};
use crate::domain::origin::{OriginPattern, OriginRules};
use crate::domain::scope::Scope;
use crate::domain::workspace::Workspace;
use crate::storage::columns::{optional, setting, word, words};
use crate::storage::{StorageError, workspaces};
use chrono::{DateTime, Utc};
use ipnet::IpNet;
use std::sync::Arc;
use uuid::Uuid;

/// The limits of a row: a macro, because the two rows have nothing else in common and neither fits into the other.
macro_rules! limits {
    ($row:expr) => {
        KeyLimits {
            per_minute: optional("per_minute", $row.per_minute)?,
            burst: optional("burst", $row.burst)?,
            per_ip_per_minute: optional("per_ip_per_minute", $row.per_ip_per_minute)?,
            per_visitor_per_minute: optional("per_visitor_per_minute", $row.per_visitor_per_minute)?,
            max_streams: optional("max_streams", $row.max_streams)?,
            messages_per_day: optional("messages_per_day", $row.messages_per_day)?,
            messages_per_month: optional("messages_per_month", $row.messages_per_month)?,
            tokens_per_day: optional("tokens_per_day", $row.tokens_per_day)?,
            tokens_per_month: optional("tokens_per_month", $row.tokens_per_month)?,
        }
    };
}

#[expect(clippy::struct_excessive_bools, reason = "the columns are what they are")]
pub(super) struct KeyRow {
    pub(super) id: Uuid,
    pub(super) tenant_id: Uuid,
    pub(super) tenant_active: bool,
    pub(super) key_hash: Vec<u8>,
    pub(super) kind: String,
    pub(super) env: String,
    pub(super) name: String,
    pub(super) scopes: Vec<String>,
    pub(super) allowed_origins: Vec<String>,
    pub(super) allow_any_origin: bool,
    pub(super) allow_null_origin: bool,
    pub(super) allow_app_origins: bool,
    pub(super) allowed_ips: Vec<IpNet>,
    pub(super) visitor_token_required: bool,
    pub(super) proof_of_work: bool,
    pub(super) per_minute: Option<i32>,
    pub(super) burst: Option<i32>,
    pub(super) per_ip_per_minute: Option<i32>,
    pub(super) per_visitor_per_minute: Option<i32>,
    pub(super) max_streams: Option<i32>,
    pub(super) messages_per_day: Option<i32>,
    pub(super) messages_per_month: Option<i32>,
    pub(super) tokens_per_day: Option<i64>,
    pub(super) tokens_per_month: Option<i64>,
    pub(super) enabled: bool,
    pub(super) expires_at: Option<DateTime<Utc>>,
    pub(super) revoked_at: Option<DateTime<Utc>>,
    pub(super) grace_pending: bool,
    pub(super) workspace_id: Option<Uuid>,
    pub(super) workspace_slug: Option<String>,
    pub(super) upstream_slug: Option<String>,
    pub(super) display_name: Option<String>,
    pub(super) workspace_status: Option<String>,
    pub(super) token_generation: Option<i32>,
    pub(super) identity_enabled: Option<bool>,
    pub(super) identity_enforced: Option<bool>,
    pub(super) chat_mode: Option<String>,
    pub(super) top_n: Option<i16>,
    pub(super) score_threshold: Option<f32>,
    pub(super) max_message_chars: Option<i32>,
    pub(super) max_stream_secs: Option<i32>,
}

impl KeyRow {
    pub(super) fn into_record(mut self, public_id: PublicId) -> Result<KeyRecord, StorageError> {
        let tenant = TenantId(self.tenant_id);
        let workspace = self.take_workspace(tenant)?;
        let hash: [u8; 32] = self.key_hash.try_into().map_err(|_| StorageError::corrupt("key_hash", "not 32 bytes"))?;
        let patterns = self.allowed_origins.iter().map(|text| {
            OriginPattern::parse(text).map_err(|_| StorageError::corrupt("allowed_origins", "not an origin"))
        });
        let patterns = patterns.collect::<Result<Vec<_>, _>>()?;
        Ok(KeyRecord {
            id: KeyId(self.id),
            tenant,
            tenant_active: self.tenant_active,
            public_id,
            hash: KeyHash::from_bytes(hash),
            kind: word("kind", &self.kind)?,
            env: word("env", &self.env)?,
            name: self.name,
            scopes: words::<Scope>("scopes", &self.scopes)?.into_iter().collect(),
            origins: OriginRules::new(patterns, self.allow_null_origin, self.allow_any_origin)
                .with_apps(self.allow_app_origins),
            workspace,
            allowed_ips: self.allowed_ips,
            visitor_token_required: self.visitor_token_required,
            proof_of_work: self.proof_of_work,
            limits: limits!(self),
            enabled: self.enabled,
            expires_at: self.expires_at,
            revoked_at: self.revoked_at,
            grace_pending: self.grace_pending,
        })
    }

    /// All of a workspace's columns or none: they come from an outer join.
    fn take_workspace(&mut self, tenant: TenantId) -> Result<Option<Arc<Workspace>>, StorageError> {
        let Some(id) = self.workspace_id else { return Ok(None) };
        let missing = || StorageError::corrupt("workspace", "has no settings");
        let workspace = workspaces::WorkspaceRow {
            id,
            tenant_id: tenant.0,
            slug: self.workspace_slug.take().ok_or_else(missing)?,
            upstream_slug: self.upstream_slug.take().ok_or_else(missing)?,
            display_name: self.display_name.take().ok_or_else(missing)?,
            status: self.workspace_status.take().ok_or_else(missing)?,
            token_generation: self.token_generation.ok_or_else(missing)?,
            identity_enabled: self.identity_enabled.ok_or_else(missing)?,
            identity_enforced: self.identity_enforced.ok_or_else(missing)?,
            chat_mode: self.chat_mode.take().ok_or_else(missing)?,
            top_n: self.top_n,
            score_threshold: self.score_threshold,
            max_message_chars: self.max_message_chars.ok_or_else(missing)?,
            max_stream_secs: self.max_stream_secs.ok_or_else(missing)?,
        };
        Ok(Some(Arc::new(workspace.into_workspace()?)))
    }
}

/// A key as those see it who manage keys.
#[expect(clippy::struct_excessive_bools, reason = "the columns are what they are")]
pub(super) struct StoredRow {
    pub(super) id: Uuid,
    pub(super) tenant_id: Uuid,
    pub(super) public_id: String,
    pub(super) last_four: Option<String>,
    pub(super) kind: String,
    pub(super) env: String,
    pub(super) workspace_id: Option<Uuid>,
    pub(super) workspace: Option<String>,
    pub(super) name: String,
    pub(super) scopes: Vec<String>,
    pub(super) allowed_origins: Vec<String>,
    pub(super) allow_any_origin: bool,
    pub(super) allow_null_origin: bool,
    pub(super) allow_app_origins: bool,
    pub(super) allowed_ips: Vec<IpNet>,
    pub(super) visitor_token_required: bool,
    pub(super) proof_of_work: bool,
    pub(super) per_minute: Option<i32>,
    pub(super) burst: Option<i32>,
    pub(super) per_ip_per_minute: Option<i32>,
    pub(super) per_visitor_per_minute: Option<i32>,
    pub(super) max_streams: Option<i32>,
    pub(super) messages_per_day: Option<i32>,
    pub(super) messages_per_month: Option<i32>,
    pub(super) tokens_per_day: Option<i64>,
    pub(super) tokens_per_month: Option<i64>,
    pub(super) enabled: bool,
    pub(super) expires_at: Option<DateTime<Utc>>,
    pub(super) rotated_from: Option<Uuid>,
    pub(super) grace_from: Option<String>,
    pub(super) grace_seconds: Option<i32>,
    pub(super) grace_pending: bool,
    pub(super) grace_until: Option<DateTime<Utc>>,
    pub(super) replaced_by: Option<Uuid>,
    pub(super) revoked_at: Option<DateTime<Utc>>,
    pub(super) revoked_by: Option<String>,
    pub(super) revoke_reason: Option<String>,
    pub(super) last_used_at: Option<DateTime<Utc>>,
    pub(super) created_by: String,
    pub(super) created_at: DateTime<Utc>,
    pub(super) updated_at: DateTime<Utc>,
    pub(super) version: i64,
}

impl StoredRow {
    pub(super) fn into_key(self) -> Result<StoredKey, StorageError> {
        let rotation = match (self.rotated_from, self.grace_from, self.grace_seconds) {
            (Some(from), Some(grace_from), Some(seconds)) => Some(Rotation {
                from: KeyId(from),
                grace_from: word("grace_from", &grace_from)?,
                grace_seconds: setting("grace_seconds", seconds)?,
                pending: self.grace_pending,
            }),
            _ => None,
        };
        let revoked = self.revoked_at.map(|at| Revoked {
            at,
            by: self.revoked_by.unwrap_or_default(),
            reason: self.revoke_reason,
        });
        Ok(StoredKey {
            id: KeyId(self.id),
            tenant: TenantId(self.tenant_id),
            public_id: word("public_id", &self.public_id)?,
            last_four: self.last_four,
            kind: word("kind", &self.kind)?,
            env: word("env", &self.env)?,
            workspace: self.workspace_id.map(WorkspaceId).zip(self.workspace),
            content: KeyContent {
                name: self.name,
                scopes: words("scopes", &self.scopes)?,
                allowed_origins: self.allowed_origins,
                allow_null_origin: self.allow_null_origin,
                allow_app_origins: self.allow_app_origins,
                allowed_ips: self.allowed_ips.iter().map(ToString::to_string).collect(),
                visitor_token: if self.visitor_token_required {
                    VisitorTokenUse::Required
                } else {
                    VisitorTokenUse::Optional
                },
                proof_of_work: self.proof_of_work,
                limits: limits!(self),
                expires_at: self.expires_at,
                enabled: self.enabled,
            },
            allow_any_origin: self.allow_any_origin,
            rotation,
            replaced_by: self.replaced_by.map(KeyId),
            grace_until: self.grace_until,
            revoked,
            last_used_at: self.last_used_at,
            created_by: self.created_by,
            created_at: self.created_at,
            updated_at: self.updated_at,
            version: self.version,
        })
    }
}

pub(super) fn scope_words(scopes: &[Scope]) -> Vec<String> {
    scopes.iter().map(|scope| scope.as_str().to_owned()).collect()
}
