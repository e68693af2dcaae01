//! How much of it a caller may hand out.

use super::KeyError;
use crate::domain::access::{Holder, Permission, Principal, allows};
use crate::domain::ids::WorkspaceId;
use crate::domain::key::StoredKey;
use crate::domain::scope::{Scope, ScopeSet};
use crate::domain::user::Role;

/// What a caller may know of and hand out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Authority {
    /// The only workspace whose keys they may know of; none = all of the tenant.
    pub workspace: Option<WorkspaceId>,
    /// The scopes that keys of theirs may have.
    pub scopes: ScopeSet,
}

impl Authority {
    pub fn whole() -> Self {
        Self { workspace: None, scopes: Scope::ALL.into_iter().collect() }
    }

    /// A key hands out what it has, a manager what managers may do themselves, an admin everything.
    pub fn of(principal: &Principal) -> Self {
        match principal {
            Principal::Anonymous => Self { workspace: None, scopes: ScopeSet::default() },
            // Visitors hand out nothing.
            Principal::Visitor(visitor) => {
                Self { workspace: Some(visitor.token().workspace), scopes: ScopeSet::default() }
            }
            Principal::Key(key) => Self { workspace: key.workspace.as_ref().map(|w| w.id), scopes: key.scopes },
            Principal::User(user) if user.role == Role::Admin => Self::whole(),
            Principal::User(user) => {
                let may = |scope: &Scope| allows(Holder::User(user.role), Permission::Scope(*scope));
                Self { workspace: None, scopes: Scope::ALL.into_iter().filter(may).collect() }
            }
        }
    }

    /// Whether the key is one that they may know of.
    pub(super) fn knows(&self, key: &StoredKey) -> bool {
        self.workspace.is_none_or(|own| key.workspace.as_ref().is_some_and(|(id, _)| *id == own))
    }

    /// Whether they may hand these out.
    ///
    /// # Errors
    /// The first scope that they do not have.
    pub(super) fn hands_out(&self, scopes: impl IntoIterator<Item = Scope>) -> Result<(), KeyError> {
        match scopes.into_iter().find(|scope| !self.scopes.contains(*scope)) {
            Some(scope) => Err(KeyError::Beyond(scope)),
            None => Ok(()),
        }
    }
}
