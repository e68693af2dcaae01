//! A key as those see it who manage keys: everything about it but what it could be made of.

use super::{KeyContent, KeyNature};
use crate::domain::ids::{KeyId, TenantId, WorkspaceId};
use crate::domain::key::{KeyEnv, KeyKind, PublicId};
use crate::domain::scope::{Scope, ScopeSet};
use crate::domain::words::words;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

words! {
    KeyStatus {
        Active = "active",
        Disabled = "disabled",
        /// Past its expiry, or past the grace after its rotation.
        Expired = "expired",
        Revoked = "revoked",
    }
}

words! {
    /// When the grace of a rotated key begins.
    GraceFrom {
        Now = "now",
        /// With the first use of the new key.
        FirstUse = "first_use",
    }
}

/// The longest grace, in seconds: 30 days.
pub const MOST_GRACE_SECONDS: u32 = 2_592_000;

/// That a key takes over from another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rotation {
    pub from: KeyId,
    /// When that key's grace begins.
    pub grace_from: GraceFrom,
    /// How long that key's grace is, 0 to [`MOST_GRACE_SECONDS`].
    pub grace_seconds: u32,
    /// It has not begun.
    pub pending: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revoked {
    /// Since when.
    pub at: DateTime<Utc>,
    pub by: String,
    /// Why, if it was said.
    pub reason: Option<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct StoredKey {
    pub id: KeyId,
    pub tenant: TenantId,
    /// The part that is safe to show.
    pub public_id: PublicId,
    /// The last four characters of the whole key; keys of the first releases have none.
    pub last_four: Option<String>,
    /// Publishable or secret.
    pub kind: KeyKind,
    pub env: KeyEnv,
    /// The workspace it is bound to, with its slug.
    pub workspace: Option<(WorkspaceId, String)>,
    pub content: KeyContent,
    /// Any page may use it, which only the database says.
    pub allow_any_origin: bool,
    /// Which key it takes over from.
    pub rotation: Option<Rotation>,
    /// The key that takes over from it, unless that was revoked.
    pub replaced_by: Option<KeyId>,
    /// The end of its grace, once another key has taken over and grace has begun.
    pub grace_until: Option<DateTime<Utc>>,
    pub revoked: Option<Revoked>,
    pub last_used_at: Option<DateTime<Utc>>,
    /// Who made it, `kind:id`.
    pub created_by: String,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub version: i64,
}

impl StoredKey {
    /// The moment from which it is refused: its expiry or the end of its grace, whichever is first.
    pub fn ends_at(&self) -> Option<DateTime<Utc>> {
        match (self.content.expires_at, self.grace_until) {
            (Some(expiry), Some(grace)) => Some(expiry.min(grace)),
            (one, other) => one.or(other),
        }
    }

    /// Whether it may be used at `now`.
    pub fn status(&self, now: DateTime<Utc>) -> KeyStatus {
        if self.revoked.as_ref().is_some_and(|revoked| revoked.at <= now) {
            return KeyStatus::Revoked;
        }
        if self.ends_at().is_some_and(|at| at <= now) {
            return KeyStatus::Expired;
        }
        if self.content.enabled { KeyStatus::Active } else { KeyStatus::Disabled }
    }

    /// What cannot be changed about it.
    pub fn nature(&self) -> KeyNature {
        KeyNature {
            kind: self.kind,
            env: self.env,
            any_origin: self.allow_any_origin,
            expires_at: self.content.expires_at,
        }
    }

    pub fn scopes(&self) -> ScopeSet {
        self.content.scopes.iter().copied().collect()
    }
}

/// What the audit log calls a key.
pub fn audit_target(public_id: &PublicId) -> String {
    format!("key:{public_id}")
}

/// What the audit log keeps of a key: everything that may be known of it.
pub fn audited(kind: KeyKind, env: KeyEnv, workspace: Option<WorkspaceId>, content: &KeyContent) -> Value {
    json!({
        "name": content.name,
        "kind": kind,
        "env": env,
        "workspace_id": workspace,
        "scopes": content.scopes.iter().map(|scope| Scope::as_str(*scope)).collect::<Vec<_>>(),
        "allowed_origins": content.allowed_origins,
        "allow_null_origin": content.allow_null_origin,
        "allow_app_origins": content.allow_app_origins,
        "allowed_ips": content.allowed_ips,
        "visitor_token": content.visitor_token,
        "proof_of_work": content.proof_of_work,
        "limits": content.limits,
        "expires_at": content.expires_at,
        "enabled": content.enabled,
    })
}
