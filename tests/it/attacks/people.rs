//! People who have logged in, their tokens, and logins. Forged tokens have a file of their own (`auth/attacks.rs`).

use super::scene::{PASSWORD, Scene};
use super::{Attack, How, get, raw, shot};
use How::{Sent, Steps};
use futures_util::FutureExt as _;
use serde_json::json;

const DORA: &str = "authorization: Bearer <jwt>";
const EVE: &str = "authorization: Bearer <jwt_eve>";
const MONA: &str = "authorization: Bearer <jwt_manager>";

pub(super) const ATTACKS: &[Attack] = &[
    Attack {
        name: "a role that is too small",
        does: "somebody with the role `default` manages workspaces",
        how: Sent(&[
            shot("POST /api/v1/workspaces", &[DORA], r#"{"name":"mine","platform":"custom"}"#),
            shot("PATCH /api/v1/workspaces/shop", &[DORA, "if-match: *"], r#"{"name":"mine"}"#),
            shot("DELETE /api/v1/workspaces/shop?purge=true", &[DORA, "if-match: *"], ""),
            shot("PUT /api/v1/workspaces/shop/members/<user_id>", &[DORA], ""),
            get("GET /api/v1/audit", &[DORA]),
            get("GET /api/v1/audit", &[MONA]),
        ]),
        expected: "403 forbidden -> nothing",
    },
    Attack {
        name: "a workspace that is not theirs",
        does: "somebody with the role `default` chats in a workspace that AnythingLLM did not assign to them",
        how: Sent(&[
            shot("POST /api/v1/chat", &[EVE], r#"{"message":"hello","workspace":"shop"}"#),
            shot("POST /api/v1/knowledge/query", &[EVE], r#"{"query":"drill","workspace":"shop"}"#),
            get("GET /api/v1/messages?session_id=<victim>&workspace=shop", &[EVE]),
            shot("POST /api/v1/chat", &[DORA], r#"{"message":"hello","workspace":"other"}"#),
        ]),
        expected: "404 not_found -> nothing",
    },
    Attack {
        name: "a refresh token as an access token",
        does: "the long-lived one where the short-lived one belongs",
        how: Sent(&[
            get("GET /api/v1/auth/me", &["authorization: Bearer <refresh>"]),
            get("GET /api/v1/messages?session_id=x&workspace=shop", &["authorization: Bearer <refresh>"]),
        ]),
        expected: "401 invalid_token -> nothing",
    },
    Attack {
        name: "an access token as a refresh token",
        does: "and texts that are neither",
        how: Sent(&[
            shot("POST /api/v1/auth/refresh", &[], r#"{"refresh_token":"<jwt>"}"#),
            shot("POST /api/v1/auth/refresh", &[], r#"{"refresh_token":"<sk_all>"}"#),
            shot("POST /api/v1/auth/refresh", &[], r#"{"refresh_token":"<refresh>x"}"#),
        ]),
        expected: "401 invalid_token -> nothing",
    },
    Attack {
        name: "a token nobody signed",
        does: "`alg: none`, an empty signature, a signature of somebody else's, a token of AnythingLLM's form",
        how: Sent(&[
            get(
                "GET /api/v1/auth/me",
                &["authorization: Bearer eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0.eyJzdWIiOiIxIiwicm9sZSI6ImFkbWluIn0."],
            ),
            get(
                "GET /api/v1/auth/me",
                &[
                    "authorization: Bearer eyJhbGciOiJFZERTQSIsInR5cCI6ImF0K2p3dCJ9.eyJzdWIiOiIxIiwicm9sZSI6ImFkbWluIn0.AAAA",
                ],
            ),
            get(
                "GET /api/v1/auth/me",
                &[
                    "authorization: Bearer eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpZCI6MSwidXNlcm5hbWUiOiJhbm5hIn0.c2lnbmF0dXJl",
                ],
            ),
            get("GET /api/v1/auth/me", &["authorization: Bearer <jwt>x"]),
            get("GET /api/v1/auth/me", &["authorization: Bearer .."]),
        ]),
        expected: "401 invalid_token -> nothing",
    },
    Attack {
        name: "an access token in the widget's header",
        does: "`X-Widget-Key` is for keys alone",
        how: Sent(&[get("GET /api/v1/auth/me", &["x-widget-key: <jwt_admin>"])]),
        expected: "401 invalid_token -> nothing",
    },
    Attack {
        name: "an access token after logout",
        does: "the token has not expired, its session is over",
        how: Steps(|scene| after_logout(scene).boxed()),
        expected: "200, then 401 invalid_token -> a login",
    },
    Attack {
        name: "ending somebody else's session",
        does: "by its id, with the role `default`; and asking for another user's sessions",
        how: Steps(|scene| others_sessions(scene).boxed()),
        expected: "other's session 404 and still alive, list of others 403 forbidden -> nothing",
    },
    Attack {
        name: "a login with objects and lists",
        does: "fields that a database driver might take for operators",
        how: Sent(&[
            shot("POST /api/v1/auth/login", &[], r#"{"username":{"$ne":null},"password":{"$ne":null}}"#),
            shot("POST /api/v1/auth/login", &[], r#"{"username":["anna"],"password":["x"]}"#),
            shot("POST /api/v1/auth/login", &[], r#"{"username":"anna","password":true}"#),
            shot("POST /api/v1/auth/login", &[], r#"{"username":"anna","password":"x","role":"admin"}"#),
        ]),
        expected: "422 validation_failed -> nothing",
    },
    Attack {
        name: "a login by SQL",
        does: "quotes and comments for names and passwords; the answer is that for any wrong password",
        how: Sent(&[
            shot("POST /api/v1/auth/login", &[], r#"{"username":"anna' --","password":"x"}"#),
            shot("POST /api/v1/auth/login", &[], r#"{"username":"' OR 1=1 --","password":"' OR 1=1 --"}"#),
            shot("POST /api/v1/auth/login", &[], r#"{"username":"anna","password":"wrong"}"#),
        ]),
        expected: "401 invalid_credentials -> a login",
    },
    Attack {
        name: "AnythingLLM's login and recovery from outside",
        does: "its own ways in, on the public listener",
        how: Sent(&[
            shot("POST /api/request-token", &[], r#"{"username":"anna","password":"x"}"#),
            shot("POST /api/system/recover-account", &[], r#"{"username":"anna","recoveryCodes":["x","y"]}"#),
            shot("POST /api/system/reset-password", &[], r#"{"token":"x","newPassword":"y","confirmPassword":"y"}"#),
            get("GET /api/request-token/sso/simple?token=x", &[]),
            raw(
                "GET /api/v1/users/1/issue-auth-token HTTP/1.1\r\nhost: chat.example\r\nauthorization: Bearer <upstream_key>\r\nconnection: close\r\n\r\n",
            ),
        ]),
        expected: "404 not_found -> nothing",
    },
];

async fn after_logout(scene: &Scene) -> String {
    let login =
        scene.process.public().post("/api/v1/auth/login", &json!({"username": "eve", "password": PASSWORD})).await;
    let token = login.json()["access_token"].as_str().unwrap().to_owned();
    let eve = scene.process.public().bearer(&token);
    let before = eve.get("/api/v1/auth/sessions").await.status.as_u16();
    eve.post("/api/v1/auth/logout", &json!({})).await;
    let after = eve.get("/api/v1/auth/sessions").await;
    format!("{before}, then {} {}", after.status.as_u16(), after.code())
}

async fn others_sessions(scene: &Scene) -> String {
    let (dora, eve) = (scene.bearer("jwt"), scene.bearer("jwt_eve"));
    let session = dora.get("/api/v1/auth/sessions").await.json()["data"][0]["id"].as_str().unwrap().to_owned();
    let ended = eve.delete(&format!("/api/v1/auth/sessions/{session}")).await.status.as_u16();
    let alive = dora.get("/api/v1/auth/sessions").await.status == 200;
    let listed = eve.get(&format!("/api/v1/auth/sessions?user_id={}", scene.word("user_id"))).await;
    let alive = if alive { "still alive" } else { "GONE" };
    format!("other's session {ended} and {alive}, list of others {} {}", listed.status.as_u16(), listed.code())
}
