//! People: AnythingLLM's users, as a login made them known here. Their roles are its roles.
//!
//! Never holds a password or a token.

use crate::domain::ids::{AuthSessionId, TenantId};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// AnythingLLM's number of a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UserId(pub i64);

impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The text is not a user's number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a user's id is a whole number, 1 or more")]
pub struct BadUserId;

impl FromStr for UserId {
    type Err = BadUserId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // Digits only: `+7` and `7` would otherwise be two names of one user.
        let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) && !text.starts_with('0');
        text.parse().ok().filter(|_| digits).map(Self).ok_or(BadUserId)
    }
}

/// What a user may do (`upstream` recordings `roles/`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Uses the workspaces that AnythingLLM assigned.
    Default,
    /// Sees every workspace and manages them.
    Manager,
    Admin,
}

impl Role {
    pub const ALL: [Self; 3] = [Self::Default, Self::Manager, Self::Admin];

    /// AnythingLLM's word, also in JSON, SQL and tokens.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Manager => "manager",
            Self::Admin => "admin",
        }
    }

    /// Whether AnythingLLM lets this role into every workspace, assigned or not.
    pub const fn sees_every_workspace(self) -> bool {
        matches!(self, Self::Manager | Self::Admin)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text is not a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a role is `default`, `manager` or `admin`")]
pub struct UnknownRole;

impl FromStr for Role {
    type Err = UnknownRole;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|role| role.as_str() == text).ok_or(UnknownRole)
    }
}

/// A user who is logged in, as of the last login or refresh.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    pub id: UserId,
    pub tenant: TenantId,
    pub username: String,
    pub role: Role,
    /// The login that the request belongs to.
    pub session: AuthSessionId,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_and_ids_are_read_as_they_are_written() {
        for role in Role::ALL {
            assert_eq!(role.as_str().parse(), Ok(role));
        }
        assert_eq!("Admin".parse::<Role>(), Err(UnknownRole));
        assert_eq!("17".parse(), Ok(UserId(17)));
        for text in ["", "0", "-1", "+1", "01", " 1", "1.0", "9223372036854775808", "a"] {
            assert_eq!(text.parse::<UserId>(), Err(BadUserId), "{text}");
        }
    }
}
