//! How keys are printed.

use crate::domain::key::{KeyEnv, KeyKind, PublicId};
use crate::domain::key::{KeyLimits, KeyStatus, StoredKey, VisitorTokenUse};
use crate::domain::scope::Scope;
use chrono::{DateTime, Utc};
use serde::Serialize;

/// A key that was just made.
#[derive(Serialize)]
pub(super) struct Shown<'a> {
    pub(super) key: &'a str,
    #[serde(flatten)]
    pub(super) stored: KeyOut,
}

/// A key as JSON.
#[derive(Serialize)]
pub(super) struct KeyOut {
    public_id: PublicId,
    last_four: Option<String>,
    kind: KeyKind,
    env: KeyEnv,
    workspace: Option<String>,
    name: String,
    status: KeyStatus,
    scopes: Vec<&'static str>,
    allowed_origins: Vec<String>,
    allow_null_origin: bool,
    allowed_ips: Vec<String>,
    visitor_token: VisitorTokenUse,
    proof_of_work: bool,
    limits: KeyLimits,
    expires_at: Option<DateTime<Utc>>,
    grace_until: Option<DateTime<Utc>>,
    revoked_at: Option<DateTime<Utc>>,
    revoke_reason: Option<String>,
    last_used_at: Option<DateTime<Utc>>,
    created_by: String,
    created_at: DateTime<Utc>,
}

impl KeyOut {
    pub(super) fn new(key: &StoredKey, now: DateTime<Utc>) -> Self {
        let content = key.content.clone();
        let (revoked_at, revoke_reason) = key.revoked.clone().map(|revoked| (revoked.at, revoked.reason)).unzip();
        Self {
            status: key.status(now),
            public_id: key.public_id,
            last_four: key.last_four.clone(),
            kind: key.kind,
            env: key.env,
            workspace: key.workspace.as_ref().map(|(_, slug)| slug.clone()),
            name: content.name,
            scopes: words(&content.scopes),
            allowed_origins: content.allowed_origins,
            allow_null_origin: content.allow_null_origin,
            allowed_ips: content.allowed_ips,
            visitor_token: content.visitor_token,
            proof_of_work: content.proof_of_work,
            limits: content.limits,
            expires_at: content.expires_at,
            grace_until: key.grace_until,
            revoked_at,
            revoke_reason: revoke_reason.flatten(),
            last_used_at: key.last_used_at,
            created_by: key.created_by.clone(),
            created_at: key.created_at,
        }
    }

    pub(super) fn row(&self) -> [String; 8] {
        [
            self.public_id.to_string(),
            self.kind.as_str().to_owned(),
            self.env.as_str().to_owned(),
            self.workspace.clone().unwrap_or_else(|| "(all)".to_owned()),
            self.status.to_string(),
            self.grace_until.or(self.expires_at).map_or_else(|| "never".to_owned(), day),
            self.last_used_at.map_or_else(|| "never".to_owned(), |at| at.format("%Y-%m-%d %H:%M").to_string()),
            self.name.clone(),
        ]
    }
}

pub(super) fn words(scopes: &[Scope]) -> Vec<&'static str> {
    scopes.iter().map(|scope| scope.as_str()).collect()
}

pub(super) fn day(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d").to_string()
}
