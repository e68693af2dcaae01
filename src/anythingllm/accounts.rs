//! AnythingLLM's accounts: who can log in, who somebody is, and what they may see.
//!
//! Passwords and session tokens go through here and are never kept, shown or logged.

mod link;
mod login;
mod manage;

pub use link::LoginLink;
pub use login::{LoggedIn, Login};

use crate::anythingllm::client::{Ask, Client, Credential, OnBehalf};
use crate::anythingllm::error::{Said, UpstreamError};
use crate::anythingllm::wire::ErrorBody;
use crate::domain::user::{Role, UserId};
use http::StatusCode;
use secrecy::SecretString;
use serde::Deserialize;

/// A user as AnythingLLM has them now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpstreamUser {
    pub id: UserId,
    /// The name they log in with; an admin may change it.
    pub username: String,
    pub role: Role,
    pub suspended: bool,
}

/// A workspace somebody may use.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct AssignedWorkspace {
    /// Its name in AnythingLLM's paths.
    pub slug: String,
    pub name: String,
}

/// What a user's session may see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Assignments {
    /// These; for a manager or an admin all there are (`roles/ui_workspaces_manager`).
    Workspaces(Vec<AssignedWorkspace>),
    /// AnythingLLM does not accept the session any more: expired, signed with another secret, or its user is suspended
    /// (`auth/ui_workspaces_suspended_jwt`) or deleted.
    SessionOver,
}

/// A row of AnythingLLM's users (`admin/v1_admin_users`).
#[derive(Deserialize)]
pub(super) struct UserRow {
    id: i64,
    username: String,
    role: String,
    #[serde(default)]
    suspended: Suspended,
}

/// 0 or 1 where it was recorded; read as a truth value as well, because that depends on the database it keeps.
#[derive(Deserialize)]
#[serde(untagged)]
enum Suspended {
    Flag(bool),
    Number(i64),
}

impl Default for Suspended {
    fn default() -> Self {
        Self::Flag(false)
    }
}

impl TryFrom<UserRow> for UpstreamUser {
    type Error = UpstreamError;

    fn try_from(row: UserRow) -> Result<Self, UpstreamError> {
        Ok(Self {
            id: UserId(row.id),
            role: row.role.parse().map_err(|_| UpstreamError::Contract(Said::new("a user with an unknown role")))?,
            suspended: match row.suspended {
                Suspended::Flag(flag) => flag,
                Suspended::Number(number) => number != 0,
            },
            username: row.username,
        })
    }
}

#[derive(Deserialize)]
struct Users {
    users: Vec<UserRow>,
}

#[derive(Deserialize)]
struct Workspaces {
    workspaces: Vec<AssignedWorkspace>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Mode {
    multi_user_mode: bool,
}

/// How AnythingLLM says that a session is over, in multi-user mode. The same status with other words comes from an
/// AnythingLLM without accounts, or one that could not read its settings, and says nothing about the session.
const SESSION_OVER: [&str; 4] =
    ["No auth token found.", "Invalid auth token.", "Invalid auth for user.", "User is suspended from system"];

impl Client {
    /// The user of this number; none when they were deleted.
    ///
    /// There is no call for one user, so all of them are read (`admin/v1_admin_users`); `GET /api/v1/users` is shorter
    /// but does not tell who is suspended (`admin/v1_users_multi`).
    ///
    /// # Errors
    /// No answer or none that can be understood; [`UpstreamError::Refused`] while there are no accounts
    /// (`admin/admin_users_single`).
    pub async fn find_user(
        &self,
        id: UserId,
        request: Option<OnBehalf<'_>>,
    ) -> Result<Option<UpstreamUser>, UpstreamError> {
        let all: Users = self.json(Ask::get("/api/v1/admin/users").on_behalf(request)).await?;
        // Only the one that is asked for must be understood.
        all.users.into_iter().find(|row| row.id == id.0).map(UpstreamUser::try_from).transpose()
    }

    /// All users, by their number. One whose role nobody knows is left out.
    ///
    /// # Errors
    /// As [`Self::find_user`].
    pub async fn users(&self, request: Option<OnBehalf<'_>>) -> Result<Vec<UpstreamUser>, UpstreamError> {
        let all: Users = self.json(Ask::get("/api/v1/admin/users").on_behalf(request)).await?;
        let mut users: Vec<_> = all.users.into_iter().filter_map(|row| UpstreamUser::try_from(row).ok()).collect();
        users.sort_by_key(|user| user.id);
        Ok(users)
    }

    /// The workspaces that the user of this session may use (`roles/ui_workspaces_default_member`): the one place where
    /// AnythingLLM applies its memberships.
    ///
    /// # Errors
    /// No answer, or none that can be understood.
    pub async fn assigned_workspaces(
        &self,
        session: &SecretString,
        request: Option<OnBehalf<'_>>,
    ) -> Result<Assignments, UpstreamError> {
        let ask = Ask::get("/api/workspaces").with(Credential::Session(session)).on_behalf(request);
        let answer = self.answer(ask).await?;
        match answer.status {
            status if status.is_success() => Ok(Assignments::Workspaces(answer.json::<Workspaces>()?.workspaces)),
            StatusCode::UNAUTHORIZED if says_session_over(answer.json().ok()) => Ok(Assignments::SessionOver),
            _ => Err(answer.refusal()),
        }
    }

    /// Whether people have accounts there; asked without a key (`auth/multi_user_mode_true`).
    ///
    /// # Errors
    /// No answer, or none that can be understood.
    pub async fn has_accounts(&self) -> Result<bool, UpstreamError> {
        let ask = Ask::get("/api/system/multi-user-mode").with(Credential::None);
        Ok(self.json::<Mode>(ask).await?.multi_user_mode)
    }
}

fn says_session_over(body: Option<ErrorBody>) -> bool {
    body.and_then(ErrorBody::into_words).is_some_and(|words| SESSION_OVER.contains(&words.as_str()))
}

#[cfg(test)]
mod tests;
