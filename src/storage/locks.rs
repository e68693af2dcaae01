//! Advisory locks: PostgreSQL has one space of numbers for all of them, so their names are made here and nowhere else.
//!
//! Each kind begins with words of its own, so that no slug makes the name of one kind that of another. The names are
//! those that replicas of earlier versions know, and must never change. Two more stand in functions of the schema:
//! `vestibule.usage_partitions`, and the ids of keys whose quota is counted, which are hashed under a number of their
//! own.

use crate::domain::ids::{TenantId, WorkspaceId};

/// What somebody works on alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LockName<'a> {
    /// Who is assigned to a workspace.
    Members(WorkspaceId),
    /// A workspace here and in AnythingLLM.
    Workspace(TenantId, &'a str),
    /// Adding up a tenant's usage events.
    RollUp(TenantId),
}

impl LockName<'_> {
    /// To be hashed to a number by `hashtextextended(…, 0)`.
    pub(super) fn text(self) -> String {
        match self {
            Self::Members(workspace) => format!("members:{workspace}"),
            Self::Workspace(tenant, slug) => format!("vestibule shop {tenant} {slug}"),
            Self::RollUp(tenant) => format!("vestibule.usage {tenant}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::clock::Ambient;
    use std::collections::HashSet;

    #[test]
    fn no_name_of_one_kind_is_that_of_another() {
        let (tenant, workspace) = (TenantId::DEFAULT, WorkspaceId::new(&Ambient::system()));
        let others = [LockName::Members(workspace), LockName::RollUp(tenant)];
        let mut names: Vec<String> = others.map(LockName::text).into();
        for slug in names.clone().iter().map(String::as_str).chain(["", "a", "a b", "vestibule.usage_partitions"]) {
            names.push(LockName::Workspace(tenant, slug).text());
        }
        names.push("vestibule.usage_partitions".to_owned());
        assert_eq!(names.iter().collect::<HashSet<_>>().len(), names.len());
    }

    #[test]
    fn the_names_are_those_of_earlier_versions() {
        let tenant = TenantId::DEFAULT;
        assert_eq!(LockName::RollUp(tenant).text(), "vestibule.usage 00000000-0000-7000-8000-000000000001");
        let workspace = LockName::Workspace(tenant, "shop").text();
        assert_eq!(workspace, "vestibule shop 00000000-0000-7000-8000-000000000001 shop");
        let members = LockName::Members(WorkspaceId(tenant.0)).text();
        assert_eq!(members, "members:00000000-0000-7000-8000-000000000001");
    }
}
