//! API keys and logins in multi-user mode.

use rstest::rstest;
use serde_json::json;
use vestibule_stand_in::VectorDatabase::{self, LanceDb, Pgvector};

use crate::bench::{Bench, random, skipped};
use crate::client::{exchange, request};
use crate::recording::Recording;

const API_KEY: &[&str] = &[
    "auth/ping",
    "auth/v1_auth_valid",
    "auth/v1_auth_after_restart",
    "auth/v1_auth_missing",
    "auth/v1_auth_invalid",
    "auth/v1_auth_empty_bearer",
    "auth/v1_auth_trailing_junk",
    "auth/v1_auth_two_spaces",
    "auth/v1_auth_lowercase_scheme",
    "auth/v1_auth_lowercased_key",
    "auth/v1_auth_other_scheme",
    "auth/v1_auth_no_scheme",
    "auth/v1_auth_key_in_query",
    "auth/v1_auth_x_api_key",
    "malformed/v1_auth_with_admin_jwt",
];

const REVOCATION: &[&str] =
    &["auth/v1_auth_key2_before_delete", "auth/delete_api_key", "auth/v1_auth_key2_after_delete"];

/// Needs the name and password of the administrator the recordings were made with.
const RECORDED_ADMIN: &[&str] = &[
    "auth/request_token_admin_good",
    "auth/request_token_text_plain",
    "auth/request_token_form",
    "auth/request_token_bad_password",
];

const LOGIN: &[&str] = &[
    "auth/request_token_unknown_user",
    "auth/request_token_username_case",
    "auth/request_token_empty",
    "auth/request_token_no_body",
    "auth/request_token_no_content_type",
    "auth/request_token_xff",
    "auth/check_token_admin",
    "auth/refresh_user_admin",
    "malformed/jwt_check_token_bad",
];

const SUSPENDED: &[&str] =
    &["auth/request_token_suspended", "auth/request_token_suspended_bad_password", "auth/ui_workspaces_suspended_jwt"];

const FIRST_LOGIN: &[&str] = &["auth/request_token_first_login_recovery_codes"];

/// The recordings keep one of the two headers, so they are sent anew.
const TWO_HEADERS: &[&str] = &["auth/v1_auth_duplicate_header_good_first", "auth/v1_auth_duplicate_header_bad_first"];

pub(crate) const REPLAYED: &[&[&str]] =
    &[API_KEY, REVOCATION, RECORDED_ADMIN, LOGIN, SUSPENDED, FIRST_LOGIN, TWO_HEADERS];

#[rstest]
#[tokio::test]
async fn api_keys_are_checked_as_recorded(#[values(Pgvector, LanceDb)] vectors: VectorDatabase) {
    let Some(mut bench) = Bench::multi_user(vectors).await else { return };
    bench.replay(API_KEY).await;
    let admin = bench.names.get("<ADMIN_JWT>");
    let made = bench.call("POST", "/api/admin/generate-api-key", &admin, &json!({ "name": "second" })).await.json();
    let secret = made["apiKey"]["secret"].as_str().expect("a secret").to_owned();
    bench.names.set("<API_KEY_2>", &secret);
    let path = format!("delete-api-key/{}", made["apiKey"]["id"]);
    bench.names.set("delete-api-key/2", &path);
    bench.replay(REVOCATION).await;
    bench.finish().await;
}

#[rstest]
#[tokio::test]
async fn logins_are_answered_as_recorded(#[values(Pgvector, LanceDb)] vectors: VectorDatabase) {
    let Some(mut bench) = Bench::multi_user(vectors).await else { return };
    if bench.control().is_some() {
        bench.login("admin", "Admin-pass-1").await;
        bench.replay(RECORDED_ADMIN).await;
    } else {
        skipped("the recorded administrator", "a real server has another one");
    }
    bench.replay(LOGIN).await;
    bench.finish().await;
}

#[rstest]
#[tokio::test]
async fn suspension_shuts_out_at_once(#[values(Pgvector, LanceDb)] vectors: VectorDatabase) {
    let Some(mut bench) = Bench::multi_user(vectors).await else { return };
    let path = format!("/api/v1/admin{}", bench.names.get("/users/5"));
    bench.api("POST", &path, &json!({ "suspended": 1 })).await;
    bench.replay(SUSPENDED).await;
    bench.finish().await;
}

#[rstest]
#[tokio::test]
async fn first_login_hands_out_recovery_codes_once(#[values(Pgvector, LanceDb)] vectors: VectorDatabase) {
    let Some(mut bench) = Bench::multi_user(vectors).await else { return };
    let name = format!("fresh{}", random());
    let body = json!({ "username": name, "password": "User-pass-1", "role": "default" });
    bench.api("POST", "/api/v1/admin/users/new", &body).await;
    bench.names.set("fresh523", &name);
    bench.replay(FIRST_LOGIN).await;
    let again = json!({ "username": name, "password": "User-pass-1" });
    let answer = bench.call("POST", "/api/request-token", "", &again).await.json();
    assert!(answer.get("recoveryCodes").is_none(), "{answer}");
    bench.finish().await;
}

#[rstest]
#[tokio::test]
async fn first_of_two_authorization_headers_counts(#[values(Pgvector, LanceDb)] vectors: VectorDatabase) {
    let Some(bench) = Bench::multi_user(vectors).await else { return };
    let good = format!("Bearer {}", bench.names.get("<API_KEY>"));
    for (name, tokens) in TWO_HEADERS.iter().zip([[good.as_str(), "Bearer bad"], ["Bearer bad", good.as_str()]]) {
        let headers = tokens.map(|token| ("Authorization", token));
        let bytes = request("GET", "/api/v1/auth", &headers, b"");
        let answer = exchange(bench.addr(), "GET", &bytes).await.expect("an answer");
        let recorded = Recording::load(name, &bench.names);
        assert_eq!(recorded.value["response"]["status"], answer.status, "{name}");
        assert_eq!(recorded.value["response"]["body"], answer.json(), "{name}");
    }
    bench.finish().await;
}
