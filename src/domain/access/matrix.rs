//! Who may do what: one table, printed by a snapshot test, so that a change of it shows in review.
//!
//! A key needs its column and the scope itself; a user's role needs its column only. Which workspaces a user reaches is
//! another question: AnythingLLM's assignments answer it.

use super::Scope;
use crate::domain::key::KeyKind;
use crate::domain::user::Role;
use std::fmt;

/// What only people may do, by their role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Right {
    /// See who one is; list and end one's own sessions.
    OwnSessions,
    /// List and end the sessions of others.
    OthersSessions,
    Audit,
    Tenants,
    /// Manage the keys that access tokens are signed with.
    SigningKeys,
}

impl Right {
    /// The word in documentation and tests.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OwnSessions => "own sessions",
            Self::OthersSessions => "sessions of others",
            Self::Audit => "audit log",
            Self::Tenants => "tenants",
            Self::SigningKeys => "signing keys",
        }
    }
}

/// A row's name: something to be allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Permission {
    Scope(Scope),
    /// What only people may do.
    Right(Right),
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scope(scope) => f.pad(scope.as_str()),
            Self::Right(right) => f.pad(right.as_str()),
        }
    }
}

/// A column's name: who may be allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Holder {
    Key(KeyKind),
    User(Role),
}

#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "a table of yes and no")]
pub struct PermissionRow {
    pub permission: Permission,
    publishable: bool,
    secret: bool,
    default: bool,
    manager: bool,
    admin: bool,
}

const YES: bool = true;
const NO_: bool = false;

const fn scope(scope: Scope, [publishable, secret, default, manager, admin]: [bool; 5]) -> PermissionRow {
    PermissionRow { permission: Permission::Scope(scope), publishable, secret, default, manager, admin }
}

const fn right(right: Right, [default, manager, admin]: [bool; 3]) -> PermissionRow {
    PermissionRow { permission: Permission::Right(right), publishable: NO_, secret: NO_, default, manager, admin }
}

pub const MATRIX: &[PermissionRow] = &[
    //                           publishable, secret | default, manager, admin
    scope(Scope::ChatWrite, [YES, YES, YES, YES, YES]),
    scope(Scope::MessagesRead, [YES, YES, YES, YES, YES]),
    scope(Scope::KnowledgeQuery, [YES, YES, YES, YES, YES]),
    scope(Scope::WidgetRead, [YES, YES, NO_, YES, YES]),
    scope(Scope::FeedbackWrite, [YES, YES, YES, YES, YES]),
    scope(Scope::WorkspacesRead, [NO_, YES, NO_, YES, YES]),
    scope(Scope::WorkspacesWrite, [NO_, YES, NO_, YES, YES]),
    scope(Scope::DocumentsWrite, [NO_, YES, NO_, YES, YES]),
    scope(Scope::ConversationsRead, [NO_, YES, NO_, YES, YES]),
    scope(Scope::KeysRead, [NO_, YES, NO_, YES, YES]),
    scope(Scope::KeysWrite, [NO_, YES, NO_, YES, YES]),
    scope(Scope::UsageRead, [NO_, YES, NO_, YES, YES]),
    scope(Scope::PrivacyErase, [NO_, YES, NO_, YES, YES]),
    right(Right::OwnSessions, [YES, YES, YES]),
    right(Right::OthersSessions, [NO_, NO_, YES]),
    right(Right::Audit, [NO_, NO_, YES]),
    right(Right::Tenants, [NO_, NO_, YES]),
    right(Right::SigningKeys, [NO_, NO_, YES]),
];

impl PermissionRow {
    /// What stands in the holder's column.
    pub const fn allows(self, holder: Holder) -> bool {
        match holder {
            Holder::Key(KeyKind::Publishable) => self.publishable,
            Holder::Key(KeyKind::Secret) => self.secret,
            Holder::User(Role::Default) => self.default,
            Holder::User(Role::Manager) => self.manager,
            Holder::User(Role::Admin) => self.admin,
        }
    }
}

/// Whether the table allows it. What has no row is allowed to nobody.
pub fn allows(holder: Holder, permission: Permission) -> bool {
    MATRIX.iter().any(|row| row.permission == permission && row.allows(holder))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_the_published_one() {
        let holders = [
            ("publishable", Holder::Key(KeyKind::Publishable)),
            ("secret", Holder::Key(KeyKind::Secret)),
            ("default", Holder::User(Role::Default)),
            ("manager", Holder::User(Role::Manager)),
            ("admin", Holder::User(Role::Admin)),
        ];
        let mut table = format!("{:18}", "");
        table.extend(holders.map(|(name, _)| format!("  {name:11}")));
        for row in MATRIX {
            table.extend([format!("\n{:18}", row.permission)]);
            table.extend(holders.map(|(_, holder)| format!("  {:11}", if row.allows(holder) { "yes" } else { "-" })));
        }
        let table = table.lines().map(str::trim_end).collect::<Vec<_>>().join("\n");
        insta::assert_snapshot!("permissions", table);
    }

    #[test]
    fn every_permission_has_one_row() {
        for scope in Scope::ALL {
            assert_eq!(MATRIX.iter().filter(|row| row.permission == Permission::Scope(scope)).count(), 1, "{scope}");
            let publishable = allows(Holder::Key(KeyKind::Publishable), Permission::Scope(scope));
            assert_eq!(publishable, Scope::PUBLISHABLE.contains(&scope), "{scope}");
        }
        let rights = [Right::OwnSessions, Right::OthersSessions, Right::Audit, Right::Tenants, Right::SigningKeys];
        for right in rights {
            assert_eq!(MATRIX.iter().filter(|row| row.permission == Permission::Right(right)).count(), 1, "{right:?}");
        }
        assert_eq!(MATRIX.len(), Scope::ALL.len() + rights.len());
    }

    #[test]
    fn a_higher_role_may_do_all_that_a_lower_one_may() {
        for row in MATRIX {
            let allowed = Role::ALL.map(|role| row.allows(Holder::User(role)));
            assert!(allowed.is_sorted(), "{}", row.permission);
        }
    }
}
