//! The proof that a caller may use a workspace. A permit is for a row of the endpoint table; which workspace is meant
//! is only known once the request is read.

use super::{Permit, Principal};
use crate::domain::owner::Owner;
use crate::domain::workspace::Workspace;
use std::ops::Deref;
use std::sync::Arc;

/// A workspace that the caller may use. Only [`Permit::reach`] and [`Permit::manage`] make one.
#[derive(Debug, Clone)]
pub struct Reached {
    workspace: Arc<Workspace>,
    owner: Owner,
    _proof: (),
}

impl Reached {
    /// Whose conversations in it are the caller's.
    pub fn owner(&self) -> Owner {
        self.owner
    }
}

impl Deref for Reached {
    type Target = Workspace;

    fn deref(&self) -> &Workspace {
        &self.workspace
    }
}

impl Permit {
    /// For what a workspace is there for. `is_assigned`: AnythingLLM has given it to the user, if a user is asking.
    ///
    /// None for a workspace that is not active, and for one of somebody else's.
    pub fn reach(&self, workspace: Arc<Workspace>, is_assigned: bool) -> Option<Reached> {
        let is_user = matches!(self.principal(), Principal::User(_));
        if !workspace.is_active() || is_user && !is_assigned {
            return None;
        }
        self.manage(workspace)
    }

    /// For managing it, in whatever status it is.
    ///
    /// None for a workspace of another tenant, and for another one than the key is bound to.
    pub fn manage(&self, workspace: Arc<Workspace>) -> Option<Reached> {
        let elsewhere = self.bound_workspace().is_some_and(|bound| bound.id != workspace.id);
        if elsewhere || self.principal().tenant() != Some(workspace.tenant) {
            return None;
        }
        let owner = self.owner()?;
        Some(Reached { workspace, owner, _proof: () })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::access::{Access, Provenance, authorize};
    use crate::domain::ids::{AuthSessionId, TenantId, WorkspaceId};
    use crate::domain::scope::Scope;
    use crate::domain::user::{Role, User};
    use crate::domain::workspace::{ChatSettings, VisitorSettings, WorkspaceStatus};
    use uuid::Uuid;

    fn permit() -> Permit {
        let user = User {
            tenant: TenantId::DEFAULT,
            id: "7".parse().unwrap(),
            username: "mona".into(),
            role: Role::Manager,
            session: AuthSessionId(Uuid::nil()),
        };
        let principal = Principal::User(Arc::new(user));
        authorize(Access::Scope(Scope::ChatWrite), principal, &Provenance::default()).unwrap()
    }

    fn workspace(tenant: TenantId, status: WorkspaceStatus) -> Arc<Workspace> {
        Arc::new(Workspace {
            id: WorkspaceId(Uuid::nil()),
            tenant,
            slug: "shop".into(),
            upstream_slug: "shop".into(),
            display_name: "Shop".into(),
            status,
            settings: ChatSettings::default(),
            visitors: VisitorSettings::default(),
        })
    }

    #[test]
    fn a_user_reaches_what_is_assigned_active_and_of_the_tenant() {
        let (own, other) = (TenantId::DEFAULT, TenantId(Uuid::from_u128(9)));
        assert!(permit().reach(workspace(own, WorkspaceStatus::Active), true).is_some());
        assert!(permit().reach(workspace(own, WorkspaceStatus::Active), false).is_none());
        assert!(permit().reach(workspace(own, WorkspaceStatus::Paused), true).is_none());
        assert!(permit().reach(workspace(other, WorkspaceStatus::Active), true).is_none());
    }

    #[test]
    fn managing_asks_for_the_tenant_and_not_for_the_status() {
        assert!(permit().manage(workspace(TenantId::DEFAULT, WorkspaceStatus::Paused)).is_some());
        assert!(permit().manage(workspace(TenantId(Uuid::from_u128(9)), WorkspaceStatus::Active)).is_none());
    }
}
