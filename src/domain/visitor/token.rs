//! What a visitor token is bound to, and the visitor that it stands for while it counts.

use super::{SubjectRef, VisitorId};
use crate::domain::ids::{TenantId, WorkspaceId};
use crate::domain::key::KeyRecord;
use crate::domain::key::{KeyKind, PublicId};
use crate::domain::origin::Origin;
use crate::domain::owner::Owner;
use chrono::{DateTime, Utc};
use std::sync::Arc;

/// What a visitor token is bound to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VisitorToken {
    /// The publishable key it was given for.
    pub key: PublicId,
    /// The tenant of key and workspace.
    pub tenant: TenantId,
    /// The workspace that the key was bound to.
    pub workspace: WorkspaceId,
    pub origin: Origin,
    /// The workspace's token generation then.
    pub generation: u32,
    pub visitor: VisitorId,
    /// The customer that the shop says it is.
    pub subject: Option<SubjectRef>,
    /// When the first token of this session was given out: renewing does not move it.
    pub session_began: DateTime<Utc>,
}

/// Why a genuine token counts no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Withdrawn {
    /// The workspace's tokens were revoked, or the key is another workspace's now.
    Revoked,
    /// The key's list of origins has the token's no more.
    Origin,
    /// The shop does not say who its visitors are any more, and the token rests on that.
    IdentityOff,
    /// The shop has to say who its visitors are by now, and has not done so for this token.
    IdentityMissing,
}

/// A visitor whose token counts: made by [`VisitorToken::with`] only.
#[derive(Debug, Clone)]
pub struct Visitor {
    token: Arc<VisitorToken>,
    key: Arc<KeyRecord>,
}

impl VisitorToken {
    /// Whether the token counts while its key and workspace are like this. Asked with every use, and of running streams
    /// whenever the key has changed.
    ///
    /// # Errors
    /// The first reason that applies.
    pub fn counts(&self, key: &KeyRecord) -> Result<(), Withdrawn> {
        let workspace = key.workspace.as_deref().filter(|w| w.id == self.workspace && w.tenant == self.tenant);
        let workspace = workspace.ok_or(Withdrawn::Revoked)?;
        let rules = &workspace.visitors;
        if key.kind != KeyKind::Publishable || key.public_id != self.key || rules.token_generation != self.generation {
            return Err(Withdrawn::Revoked);
        }
        match self.subject {
            Some(_) if !rules.identity_enabled => return Err(Withdrawn::IdentityOff),
            None if rules.identity_enforced => return Err(Withdrawn::IdentityMissing),
            Some(_) | None => {}
        }
        if key.origins.allows(&self.origin) { Ok(()) } else { Err(Withdrawn::Origin) }
    }

    /// Whose conversations its holder has: a customer's are theirs on whatever device.
    pub fn owner(&self) -> Owner {
        self.subject.map_or(Owner::Visitor(self.visitor), Owner::Subject)
    }

    /// The visitor, with the key as it is now.
    ///
    /// # Errors
    /// As [`Self::counts`].
    pub fn with(self: Arc<Self>, key: Arc<KeyRecord>) -> Result<Visitor, Withdrawn> {
        self.counts(&key)?;
        Ok(Visitor { token: self, key })
    }
}

impl Visitor {
    /// What the token is bound to.
    pub fn token(&self) -> &VisitorToken {
        &self.token
    }

    /// Its key, whose scopes and limits hold.
    pub fn key(&self) -> &Arc<KeyRecord> {
        &self.key
    }

    pub fn owner(&self) -> Owner {
        self.token.owner()
    }
}

#[cfg(test)]
mod tests;
