//! Which users AnythingLLM has assigned to a workspace, and changing that.
//!
//! Changes go through `manage-users`, which leaves out ids that are nobody's. `update-users` empties the workspace
//! before it looks at the ids, and with one bad id leaves it empty and reports success (source study 3); it is never
//! called.

use crate::anythingllm::client::{Ask, Client, OnBehalf};
use crate::anythingllm::error::{Said, UpstreamError};
use crate::domain::user::{Role, UserId};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A user whom a workspace is assigned to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpstreamMember {
    pub user: UserId,
    pub username: String,
    pub role: Role,
    pub assigned_at: Option<DateTime<Utc>>,
}

/// The answer of a change (`admin/v1_workspace_manage_users`).
#[derive(Deserialize)]
struct Managed {
    success: bool,
    #[serde(default)]
    error: Option<String>,
    #[serde(default)]
    users: Vec<MemberRow>,
}

/// The answer to a question (`admin/v1_workspace_users_after`).
#[derive(Deserialize)]
struct Assigned {
    users: Vec<MemberRow>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct MemberRow {
    user_id: i64,
    username: String,
    role: String,
    #[serde(default)]
    last_updated_at: Option<DateTime<Utc>>,
}

/// All accounts (`admin/v1_admin_users`).
#[derive(Deserialize)]
struct Users {
    users: Vec<Account>,
}

#[derive(Deserialize)]
struct Account {
    id: i64,
    role: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct MembersBody<'a> {
    user_ids: &'a [UserId],
    reset: bool,
}

impl Client {
    /// A workspace's members, by their number. AnythingLLM knows this by the workspace's own number only.
    ///
    /// # Errors
    /// No answer, or none that can be understood.
    pub async fn members(
        &self,
        workspace: i64,
        request: Option<OnBehalf<'_>>,
    ) -> Result<Vec<UpstreamMember>, UpstreamError> {
        let ask = Ask::get(format!("/api/v1/admin/workspaces/{workspace}/users")).on_behalf(request);
        members(self.json::<Assigned>(ask).await?.users)
    }

    /// Gives a user a workspace and takes none away; gives the members there are now.
    ///
    /// # Errors
    /// No answer, or it was refused: the user is not there (`admin/v1_workspace_manage_users_bad_ids`), or the
    /// workspace (`admin/v1_workspace_manage_users_missing_ws`).
    pub async fn assign(
        &self,
        workspace: &str,
        user: UserId,
        request: Option<OnBehalf<'_>>,
    ) -> Result<Vec<UpstreamMember>, UpstreamError> {
        self.manage(workspace, &MembersBody { user_ids: &[user], reset: false }, request).await
    }

    /// Leaves a workspace to these users and no others; gives the members there are now. Not for an empty list, which
    /// AnythingLLM refuses.
    ///
    /// # Errors
    /// As [`Self::assign`].
    pub async fn assign_only(
        &self,
        workspace: &str,
        users: &[UserId],
        request: Option<OnBehalf<'_>>,
    ) -> Result<Vec<UpstreamMember>, UpstreamError> {
        self.manage(workspace, &MembersBody { user_ids: users, reset: true }, request).await
    }

    /// An admin who is not `other`. Admins see every workspace, so making one a member changes nothing for anybody.
    ///
    /// # Errors
    /// No answer, or none that can be understood.
    pub async fn an_admin_besides(
        &self,
        other: UserId,
        request: Option<OnBehalf<'_>>,
    ) -> Result<Option<UserId>, UpstreamError> {
        let all: Users = self.json(Ask::get("/api/v1/admin/users").on_behalf(request)).await?;
        let admins = all.users.into_iter().filter(|user| user.role == Role::Admin.as_str() && user.id != other.0);
        Ok(admins.map(|user| UserId(user.id)).next())
    }

    async fn manage(
        &self,
        workspace: &str,
        change: &MembersBody<'_>,
        request: Option<OnBehalf<'_>>,
    ) -> Result<Vec<UpstreamMember>, UpstreamError> {
        let path = Ask::admin_workspace_path(workspace, "/manage-users");
        let ask = Ask::post(path, change)?.on_behalf(request);
        self.json::<Managed>(ask).await?.members()
    }
}

impl Managed {
    /// AnythingLLM answers 200 also when it has not done it.
    fn members(self) -> Result<Vec<UpstreamMember>, UpstreamError> {
        if self.success { members(self.users) } else { Err(refused(self.error)) }
    }
}

fn refused(words: Option<String>) -> UpstreamError {
    UpstreamError::Refused(Said::new(&words.unwrap_or_default()))
}

/// One of each user: nothing keeps AnythingLLM from assigning a workspace twice.
fn members(rows: Vec<MemberRow>) -> Result<Vec<UpstreamMember>, UpstreamError> {
    let mut found = BTreeMap::new();
    for row in rows {
        let role = row.role.parse().map_err(|_| UpstreamError::Contract(Said::new("a member with an unknown role")))?;
        let user = UserId(row.user_id);
        let assigned_at = row.last_updated_at;
        found.entry(user).or_insert(UpstreamMember { user, username: row.username, role, assigned_at });
    }
    Ok(found.into_values().collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn recorded(name: &str) -> Value {
        let path = format!("{}/upstream/recordings/admin/{name}.json", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(path).expect("the recording");
        serde_json::from_str::<Value>(&text).expect("JSON")["response"]["body"].clone()
    }

    #[test]
    fn recorded_members_are_understood() {
        let managed: Managed = serde_json::from_value(recorded("v1_workspace_manage_users")).expect("an answer");
        let found = managed.members().expect("members");
        let short: Vec<_> = found.iter().map(|member| (member.user.0, member.username.as_str(), member.role)).collect();
        assert_eq!(
            short,
            [(2, "manager1", Role::Manager), (3, "user1", Role::Default), (4, "limited1", Role::Default)]
        );
        assert!(found.iter().all(|member| member.assigned_at.is_some()));
        let assigned: Assigned = serde_json::from_value(recorded("v1_workspace_users_after")).expect("an answer");
        assert_eq!(members(assigned.users).expect("members"), found);
    }

    #[test]
    fn a_refused_change_is_an_error() {
        let managed: Managed =
            serde_json::from_value(recorded("v1_workspace_manage_users_bad_ids")).expect("an answer");
        assert!(matches!(managed.members(), Err(UpstreamError::Refused(_))));
    }

    #[test]
    fn a_member_who_is_there_twice_is_told_once() {
        let row = json!({"userId": 7, "username": "dora", "role": "default"});
        let assigned: Assigned = serde_json::from_value(json!({"users": [row, row]})).expect("an answer");
        assert_eq!(members(assigned.users).expect("members").len(), 1);
        let odd: Assigned = serde_json::from_value(json!({"users": [{"userId": 7, "username": "x", "role": "root"}]}))
            .expect("an answer");
        assert!(matches!(members(odd.users), Err(UpstreamError::Contract(_))));
    }
}
