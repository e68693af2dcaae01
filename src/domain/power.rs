//! How much somebody may do: one lattice over everything that a key can be bound by.
//!
//! Whoever gives something out, gives at most what they have. So what would be there afterwards, all of it, is compared
//! with what they have, never only what they asked to be different. Knows nothing of who asks for what: callers say
//! what their power is and what would be given.

mod limits;
#[cfg(test)]
mod tests;

pub use limits::Configured;

use crate::domain::access::{Holder, Permission, Principal, allows};
use crate::domain::faults::Faults;
use crate::domain::ids::WorkspaceId;
use crate::domain::key::{KeyContent, KeyEnv, KeyKind, KeyLimits, KeyNature, KeyRecord, StoredKey, VisitorTokenUse};
use crate::domain::origin::{OriginPattern, OriginRules};
use crate::domain::scope::{Scope, ScopeSet};
use crate::domain::user::Role;
use chrono::{DateTime, SecondsFormat, Utc};
use ipnet::IpNet;

/// What a fault of this kind is called.
const EXCEEDS: &str = "exceeds";

/// What somebody may do, or would be able to do.
#[derive(Debug, Clone, PartialEq)]
pub struct Power {
    /// A secret key may do all that a publishable one may, and is bound to no page.
    kind: KeyKind,
    /// Live keys count for more than test keys.
    env: KeyEnv,
    /// None: all of the tenant.
    workspace: Option<WorkspaceId>,
    scopes: ScopeSet,
    /// None: never.
    ends_at: Option<DateTime<Utc>>,
    /// None of them: from anywhere.
    addresses: Vec<IpNet>,
    origins: OriginRules,
    visitor_token_required: bool,
    proof_of_work: bool,
    /// Those in force.
    limits: KeyLimits,
}

/// What of a power is more than another's.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Excess {
    /// The first scope that is.
    pub scope: Option<Scope>,
    /// A fault for each field.
    pub faults: Faults,
}

impl Power {
    /// An operator's: everything.
    pub fn whole() -> Self {
        Self::unbound(Scope::ALL.into_iter().collect())
    }

    /// No scope at all.
    pub fn none() -> Self {
        Self { kind: KeyKind::Publishable, ..Self::unbound(ScopeSet::default()) }
    }

    /// A user has what their role has, for as long as they have it; nothing else binds them.
    pub fn of_role(role: Role) -> Self {
        match role {
            Role::Admin => Self::whole(),
            Role::Manager | Role::Default => Self::unbound(scopes_of(role)),
        }
    }

    pub fn of_principal(principal: &Principal, configured: &Configured) -> Self {
        match principal {
            Principal::Anonymous => Self::none(),
            // Visitors give nothing out.
            Principal::Visitor(visitor) => {
                Self { scopes: ScopeSet::default(), ..Self::of_record(visitor.key(), configured) }
            }
            Principal::Key(key) => Self::of_record(key, configured),
            Principal::User(user) => Self::of_role(user.role),
        }
    }

    fn of_record(key: &KeyRecord, configured: &Configured) -> Self {
        Self {
            kind: key.kind,
            env: key.env,
            workspace: key.workspace.as_ref().map(|workspace| workspace.id),
            scopes: key.scopes,
            ends_at: key.expires_at,
            addresses: key.allowed_ips.clone(),
            origins: key.origins.clone(),
            visitor_token_required: key.visitor_token_required,
            proof_of_work: key.proof_of_work,
            limits: configured.in_force(key.kind, &key.limits),
        }
    }

    /// Of a key that is to be made like this.
    pub fn of_new(
        nature: KeyNature,
        workspace: Option<WorkspaceId>,
        content: &KeyContent,
        configured: &Configured,
    ) -> Self {
        // All of it by name: what is new has to be thought of here.
        let KeyContent {
            name: _,
            scopes,
            allowed_origins,
            allow_null_origin,
            allow_app_origins,
            allowed_ips: _,
            visitor_token,
            proof_of_work,
            limits,
            expires_at,
            enabled: _,
        } = content;
        let patterns = allowed_origins.iter().filter_map(|text| OriginPattern::parse(text).ok()).collect();
        Self {
            kind: nature.kind,
            env: nature.env,
            workspace,
            scopes: scopes.iter().copied().collect(),
            ends_at: *expires_at,
            addresses: content.networks(),
            origins: OriginRules::new(patterns, *allow_null_origin, nature.any_origin).with_apps(*allow_app_origins),
            visitor_token_required: *visitor_token == VisitorTokenUse::Required,
            proof_of_work: *proof_of_work,
            limits: configured.in_force(nature.kind, limits),
        }
    }

    /// Of a key that is there, with this content. What ends with its grace is not given for longer.
    pub fn of_stored(key: &StoredKey, content: &KeyContent, configured: &Configured) -> Self {
        let power = Self::of_new(key.nature(), key.workspace.as_ref().map(|(id, _)| *id), content, configured);
        Self { ends_at: earlier(content.expires_at, key.grace_until), ..power }
    }

    /// Of whom a workspace is assigned to: they are let in for good, from anywhere and without a quota. That they may
    /// be let in at all is what the scope of the endpoint says, and how fast they may ask is the same for all users.
    pub fn of_member(workspace: WorkspaceId) -> Self {
        Self {
            kind: KeyKind::Publishable,
            env: KeyEnv::Test,
            workspace: Some(workspace),
            limits: limits::NO_QUOTA,
            ..Self::unbound(ScopeSet::default())
        }
    }

    /// Of whom is believed who a workspace's visitors are, for good and from anywhere. How often they may ask then is
    /// a publishable key's.
    pub fn of_identity(workspace: WorkspaceId) -> Self {
        Self { limits: limits::NOTHING, ..Self::of_member(workspace) }
    }

    /// Of whom what shoppers write to people of a workspace is sent to, for good and wherever they are.
    /// None: of a workspace that is yet to be made.
    pub fn of_desk(workspace: Option<WorkspaceId>) -> Self {
        Self {
            kind: KeyKind::Publishable,
            env: KeyEnv::Test,
            workspace,
            limits: limits::NOTHING,
            ..Self::unbound([Scope::ConversationsRead].into_iter().collect())
        }
    }

    pub fn has(&self, scope: Scope) -> bool {
        self.scopes.contains(scope)
    }

    fn unbound(scopes: ScopeSet) -> Self {
        Self {
            kind: KeyKind::Secret,
            env: KeyEnv::Live,
            workspace: None,
            scopes,
            ends_at: None,
            addresses: Vec::new(),
            origins: OriginRules::new(Vec::new(), true, true).with_apps(true),
            visitor_token_required: false,
            proof_of_work: false,
            limits: KeyLimits::default(),
        }
    }

    /// The only workspace that it is about; none = all of the tenant.
    pub fn workspace(&self) -> Option<WorkspaceId> {
        self.workspace
    }

    /// Whether it lies within `own`, in every attribute.
    ///
    /// # Errors
    /// All in which it does not.
    pub fn within(&self, own: &Self) -> Result<(), Excess> {
        let mut excess = Excess::default();
        self.exceed_nature(own, &mut excess.faults);
        self.exceed_scopes(own, &mut excess);
        self.exceed_time_and_place(own, &mut excess.faults);
        if own.kind == KeyKind::Publishable {
            self.exceed_pages(own, &mut excess.faults);
        }
        limits::exceed(&self.limits, &own.limits, &mut excess.faults);
        if excess.faults.is_empty() { Ok(()) } else { Err(excess) }
    }

    fn exceed_nature(&self, own: &Self, faults: &mut Faults) {
        if own.kind == KeyKind::Publishable && self.kind == KeyKind::Secret {
            faults.push("kind", EXCEEDS, "would be a secret key; whoever asks has a publishable one");
        }
        if own.env == KeyEnv::Test && self.env == KeyEnv::Live {
            faults.push("env", EXCEEDS, "would be a live key; whoever asks has a test key");
        }
        if own.workspace.is_some() && self.workspace != own.workspace {
            faults.push("workspace", EXCEEDS, "must be the workspace that whoever asks is bound to");
        }
    }

    fn exceed_scopes(&self, own: &Self, excess: &mut Excess) {
        let beyond: Vec<_> = self.scopes.iter().filter(|scope| !own.scopes.contains(*scope)).collect();
        if let Some(first) = beyond.first() {
            let words: Vec<_> = beyond.iter().map(|scope| format!("`{scope}`")).collect();
            excess.scope = Some(*first);
            excess.faults.push("scopes", EXCEEDS, format!("whoever asks does not have {}", words.join(", ")));
        }
    }

    fn exceed_time_and_place(&self, own: &Self, faults: &mut Faults) {
        if let Some(end) = own.ends_at
            && self.ends_at.is_none_or(|at| at > end)
        {
            let end = end.to_rfc3339_opts(SecondsFormat::AutoSi, true);
            faults.push("expires_at", EXCEEDS, format!("must be at the latest {end}, the end of whoever asks"));
        }
        if own.addresses.is_empty() {
            return;
        }
        let mine = if self.kind == KeyKind::Publishable { &[] } else { self.addresses.as_slice() };
        // As sets: neighbouring networks are the one that they make up.
        let theirs = IpNet::aggregate(&own.addresses);
        if mine.is_empty() {
            let why = "would be for any address; whoever asks is bound to some, and can give out only what is, too";
            faults.push("allowed_ips", EXCEEDS, why);
        } else if !mine.iter().all(|net| theirs.iter().any(|own| own.contains(net))) {
            faults.push("allowed_ips", EXCEEDS, "must lie within the addresses that whoever asks is bound to");
        }
    }

    /// What binds publishable keys only.
    fn exceed_pages(&self, own: &Self, faults: &mut Faults) {
        if !own.origins.cover(&self.origins) {
            faults.push("allowed_origins", EXCEEDS, "must be among the pages of whoever asks");
        }
        if self.origins.allow_null() && !own.origins.allow_null() {
            faults.push("allow_null_origin", EXCEEDS, "whoever asks does not have it");
        }
        if self.origins.allow_apps() && !own.origins.allow_apps() {
            faults.push("allow_app_origins", EXCEEDS, "whoever asks does not have it");
        }
        if own.visitor_token_required && !self.visitor_token_required {
            faults.push("visitor_token", EXCEEDS, "must be `required`, as for whoever asks");
        }
        if own.proof_of_work && !self.proof_of_work {
            faults.push("proof_of_work", EXCEEDS, "must be asked for, as from whoever asks");
        }
    }
}

fn scopes_of(role: Role) -> ScopeSet {
    Scope::ALL.into_iter().filter(|scope| allows(Holder::User(role), Permission::Scope(*scope))).collect()
}

fn earlier(one: Option<DateTime<Utc>>, other: Option<DateTime<Utc>>) -> Option<DateTime<Utc>> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}
