//! Accounts, memberships and single sign-on through the developer API.

use rstest::rstest;
use serde_json::json;
use vestibule_stand_in::VectorDatabase::{self, LanceDb, Pgvector};

use crate::bench::{Bench, random, skipped};

const USERS: &[&str] = &[
    "admin/is_multi_user_mode_multi",
    "admin/v1_users_new_duplicate",
    "admin/v1_users_new_weak_password",
    "admin/v1_users_new_bad_username",
    "admin/v1_users_new_bad_role",
    "admin/v1_users_multi",
    "admin/v1_admin_users",
    "admin/v1_user_update_missing",
    "admin/v1_user_delete_missing",
    "admin/v1_user_change_password",
    "malformed/jwt_after_password_change",
    "admin/v1_user_suspend",
    "admin/v1_update_env_bad",
    "admin/v1_env_dump",
    "admin/env_dump_ui",
    "admin/migrate_ui",
    "admin/v1_export_chats_bad",
    "admin/v1_vector_count",
    "admin/v1_system_multi",
];

/// Creates accounts of recorded names; a real server may have them already.
const NEW_USERS: &[&str] = &[
    "admin/v1_users_new_default",
    "admin/v1_users_new_limited",
    "admin/v1_users_new_suspend_me",
    "admin/v1_users_new_to_delete",
    "admin/ui_users_new_manager",
    "admin/v1_user_delete",
    "admin/v1_user_demote_last_admin",
];

const SSO: &[&str] = &[
    "admin/issue_auth_token",
    "admin/issue_auth_token_bad_id",
    "admin/issue_auth_token_missing_user",
    "admin/issue_auth_token_no_key",
    "admin/sso_simple_bad",
    "admin/sso_simple_missing",
];

const SSO_REDEEM: &[&str] = &["admin/sso_simple_good", "admin/sso_simple_reuse"];

const MEMBERS: &[&str] = &[
    "admin/v1_workspace_users",
    "admin/v1_workspace_update_users",
    "admin/v1_workspace_manage_users",
    "admin/v1_workspace_manage_users_bad_ids",
    "admin/v1_workspace_manage_users_missing_ws",
    "admin/v1_workspace_users_after",
];

const AFTER_CHATS: &[&str] = &["admin/v1_export_chats_json", "admin/v1_workspace_chats", "admin/v1_vector_count_after"];

const EVENTS: &[&str] = &["admin/ui_event_logs_after_xff", "roles/ui_system_event_logs_admin"];

pub(crate) const REPLAYED: &[&[&str]] = &[USERS, NEW_USERS, SSO, SSO_REDEEM, MEMBERS, AFTER_CHATS, EVENTS];

#[rstest]
#[tokio::test]
async fn accounts_are_managed_as_recorded(#[values(Pgvector, LanceDb)] vectors: VectorDatabase) {
    let Some(mut bench) = Bench::multi_user(vectors).await else { return };
    bench.replay(USERS).await;
    bench.finish().await;
}

#[rstest]
#[tokio::test]
async fn accounts_are_created_as_recorded(#[values(Pgvector, LanceDb)] vectors: VectorDatabase) {
    let Some(mut bench) = Bench::multi_user(vectors).await else { return };
    let root = bench.names.get("root1");
    for name in ["manager1", "user1", "limited1", "suspended1", "delete1"] {
        bench.names.set(name, &format!("{name}x{}", random()));
    }
    bench.replay(&NEW_USERS[..5]).await;
    let users = bench.api("GET", "/api/v1/users", &json!(null)).await;
    let id_of = |name: &str| {
        let users = users["users"].as_array().expect("users");
        let user = users.iter().find(|user| user["username"] == name);
        user.unwrap_or_else(|| panic!("{name}"))["id"].clone()
    };
    bench.names.set("/users/6", &format!("/users/{}", id_of(&bench.names.get("delete1"))));
    bench.replay(&NEW_USERS[5..6]).await;
    if bench.control().is_some() {
        let path = format!("/api/v1/admin/users/{}", id_of(&root));
        bench.api("DELETE", &path, &json!(null)).await;
        bench.replay(&NEW_USERS[6..]).await;
    }
    bench.finish().await;
}

#[rstest]
#[tokio::test]
async fn single_sign_on_tokens_work_once(#[values(Pgvector, LanceDb)] vectors: VectorDatabase) {
    let Some(mut bench) = Bench::multi_user(vectors).await else { return };
    bench.replay(SSO).await;
    let path = format!("/api/v1{}/issue-auth-token", bench.names.get("/users/3"));
    let issued = bench.api("GET", &path, &json!(null)).await;
    bench.names.set("<SSO_TOKEN>", issued["token"].as_str().expect("a token"));
    bench.replay(SSO_REDEEM).await;
    bench.finish().await;
}

#[rstest]
#[tokio::test]
async fn memberships_are_managed_as_recorded(#[values(Pgvector, LanceDb)] vectors: VectorDatabase) {
    let Some(mut bench) = Bench::multi_user(vectors).await else { return };
    bench.replay(MEMBERS).await;
    bench.finish().await;
}

#[rstest]
#[tokio::test]
async fn chats_of_everybody_are_listed_as_recorded(#[values(Pgvector, LanceDb)] vectors: VectorDatabase) {
    let Some(mut bench) = Bench::multi_user(vectors).await else { return };
    if bench.control().is_none() && bench.api_status("/api/v1/system/export-chats?type=json").await != 200 {
        skipped("the export of all chats", "an attachment without content, kept by somebody, breaks it on this server");
        return;
    }
    bench.documents().await;
    // One chat of a person, as in the recording: a key's chats look different.
    let admin = bench.names.get("<ADMIN_JWT>");
    let path = format!("/api/v1/workspace/{}/update", bench.names.get("contract-docs"));
    bench.api("POST", &path, &json!({ "chatMode": "chat" })).await;
    let path = format!("/api/workspace/{}/stream-chat", bench.names.get("contract-docs"));
    bench.call("POST", &path, &admin, &json!({ "message": "hello" })).await;
    bench.replay(AFTER_CHATS).await;
    bench.finish().await;
}

#[rstest]
#[tokio::test]
async fn failed_logins_are_in_the_event_log(#[values(Pgvector, LanceDb)] vectors: VectorDatabase) {
    let Some(mut bench) = Bench::multi_user(vectors).await else { return };
    // More than one page of them.
    bench.replay(&["auth/request_token_xff"; 12]).await;
    bench.replay(EVENTS).await;
    bench.finish().await;
}
