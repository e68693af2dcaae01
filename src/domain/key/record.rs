//! What the gate must know about a key, loaded in one look-up and kept in memory.

use super::{KeyEnv, KeyHash, KeyKind, KeyLimits, PublicId};
use crate::domain::ids::{KeyId, TenantId};
use crate::domain::origin::OriginRules;
use crate::domain::scope::ScopeSet;
use crate::domain::workspace::Workspace;
use chrono::{DateTime, Utc};
use ipnet::IpNet;
use std::net::IpAddr;
use std::sync::Arc;

/// A key as stored, joined with its workspace.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub struct KeyRecord {
    pub id: KeyId,
    pub tenant: TenantId,
    /// Whether the tenant may use the product at all.
    pub tenant_active: bool,
    /// The part of the key that is safe to show.
    pub public_id: PublicId,
    /// What the presented key must hash to.
    pub hash: KeyHash,
    /// Publishable or secret.
    pub kind: KeyKind,
    pub env: KeyEnv,
    pub name: String,
    pub scopes: ScopeSet,
    /// Where a publishable key may be used.
    pub origins: OriginRules,
    /// The workspace it is bound to; none only for tenant-wide secret keys.
    pub workspace: Option<Arc<Workspace>>,
    /// The addresses a secret key may be used from; none = any.
    pub allowed_ips: Vec<IpNet>,
    /// Whether browsers must trade it for a visitor token first: its own setting, or that its workspace must know who
    /// visitors are.
    pub visitor_token_required: bool,
    /// Whether a visitor token costs a proof of work.
    pub proof_of_work: bool,
    /// Its own limits; where absent the configured defaults apply.
    pub limits: KeyLimits,
    /// Switched off without being revoked.
    pub enabled: bool,
    /// Refused from then on: its expiry or the end of its grace, whichever is first.
    pub expires_at: Option<DateTime<Utc>>,
    /// Refused since then.
    pub revoked_at: Option<DateTime<Utc>>,
    /// With its first use the grace of the key before it begins.
    pub grace_pending: bool,
}

/// Why a key that exists is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyUnusable {
    Revoked,
    Expired,
    /// Switched off, or its tenant is.
    Disabled,
}

impl KeyRecord {
    /// Whether the key may be used from this address; without a list from any. An IPv4 address that came as an IPv6 one
    /// is what it is.
    pub fn may_come_from(&self, ip: Option<IpAddr>) -> bool {
        self.allowed_ips.is_empty()
            || ip.is_some_and(|ip| self.allowed_ips.iter().any(|net| net.contains(&ip.to_canonical())))
    }

    /// Whether the key may be used at `now`. Asked on every request, also when the record comes from memory.
    ///
    /// # Errors
    /// The first reason that applies.
    pub fn usable(&self, now: DateTime<Utc>) -> Result<(), KeyUnusable> {
        if self.revoked_at.is_some_and(|at| at <= now) {
            return Err(KeyUnusable::Revoked);
        }
        if self.expires_at.is_some_and(|at| at <= now) {
            return Err(KeyUnusable::Expired);
        }
        if !self.enabled || !self.tenant_active {
            return Err(KeyUnusable::Disabled);
        }
        Ok(())
    }
}
