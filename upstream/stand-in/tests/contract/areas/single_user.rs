//! A fresh server: open, then with a password, then with accounts.

use rstest::rstest;
use serde_json::json;
use vestibule_stand_in::VectorDatabase::{self, LanceDb, Pgvector};

use crate::bench::Bench;

const OPEN: &[&str] = &[
    "auth/onboarding",
    "auth/multi_user_mode_false",
    "auth/setup_complete_single",
    "auth/check_token_single_nopassword",
    "auth/request_token_single_nopassword",
    "auth/api_keys_list_single",
    "auth/generate_api_key_single",
    "malformed/ui_workspaces_single_open",
    "admin/admin_users_single",
    "admin/v1_users_single",
    "admin/v1_system_single",
    "admin/is_multi_user_mode_single",
    "admin/issue_auth_token_single",
    "admin/ui_admin_users_single",
    "admin/sso_simple_single",
    "auth/update_password_single",
];

const WITH_PASSWORD: &[&str] = &[
    "auth/request_token_single_bad",
    "auth/request_token_single_good",
    "auth/request_token_single_missing",
    "auth/check_token_single_good",
    "auth/check_token_single_bad",
    "auth/ui_workspaces_single_password_no_token",
    "auth/ui_workspaces_single_password_bad_token",
    "auth/ui_workspaces_single_password_good_token",
    "auth/ui_with_api_key_single_password",
    "auth/v1_with_session_jwt_single",
    "auth/generate_api_key_single_password_no_token",
    "auth/update_password_disable",
];

const OPEN_AGAIN: &[&str] = &[
    "auth/ui_workspaces_single_after_disable",
    "workspaces/new_single",
    "chat/stream_chat_single_mode",
    "chat/ui_stream_chat_single_open",
    "auth/enable_multi_user_bad_password",
    "auth/enable_multi_user",
    "auth/multi_user_mode_true",
    "auth/setup_complete_multi",
    "auth/enable_multi_user_again",
];

pub(crate) const REPLAYED: &[&[&str]] = &[OPEN, WITH_PASSWORD, OPEN_AGAIN];

#[rstest]
#[tokio::test]
async fn fresh_server_becomes_one_with_accounts_as_recorded(#[values(Pgvector, LanceDb)] vectors: VectorDatabase) {
    let Some(mut bench) = Bench::single_user(vectors).await else {
        return;
    };
    bench.replay(OPEN).await;
    bench.names.set("<JWT>", "not.a.token");
    let password = json!({ "password": "local-single-pass-1" });
    let answer = bench.call("POST", "/api/request-token", "", &password).await.json();
    let token = answer["token"].as_str().expect("a token").to_owned();
    bench.names.set("<SINGLE_JWT>", &token);
    bench.replay(WITH_PASSWORD).await;
    bench.replay(OPEN_AGAIN).await;
    bench.finish().await;
}
