//! The readers against what a real AnythingLLM said.

use super::*;
use crate::anythingllm::client::UpstreamAnswer;
use proptest::prelude::*;
use serde_json::Value;
use std::path::Path;

pub(super) fn recorded(name: &str) -> UpstreamAnswer {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("upstream/recordings/{name}.json"));
    let recording: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let response = &recording["response"];
    let json = response["headers"]["Content-Type"].as_str().is_some_and(|kind| kind.starts_with("application/json"));
    let body = match &response["body"] {
        Value::String(text) => text.clone(),
        body => body.to_string(),
    };
    UpstreamAnswer::recorded(response["status"].as_u64().unwrap().try_into().unwrap(), json, body)
}

fn users(name: &str) -> Vec<UpstreamUser> {
    let rows: Users = recorded(name).json().unwrap();
    rows.users.into_iter().map(|row| row.try_into().unwrap()).collect()
}

#[test]
fn all_recorded_users_are_understood() {
    let all = users("admin/v1_admin_users");
    let told: Vec<_> = all.iter().map(|user| (user.id.0, user.username.as_str(), user.role)).collect();
    assert_eq!(
        told,
        [
            (1, "admin", Role::Admin),
            (2, "manager1", Role::Manager),
            (3, "user1", Role::Default),
            (4, "limited1", Role::Default),
            (5, "suspended1", Role::Default)
        ]
    );
}

#[test]
fn suspension_is_understood_as_a_number_and_as_a_truth_value() {
    for (said, suspended) in [("0", false), ("1", true), ("true", true), ("false", false)] {
        let row = format!(r#"{{"id":1,"username":"a","role":"admin","suspended":{said}}}"#);
        let user: UpstreamUser = serde_json::from_str::<UserRow>(&row).unwrap().try_into().unwrap();
        assert_eq!(user.suspended, suspended, "{said}");
    }
}

#[test]
fn a_role_that_is_not_known_is_a_broken_contract() {
    let row: UserRow = serde_json::from_str(r#"{"id":1,"username":"a","role":"owner"}"#).unwrap();
    assert!(matches!(UpstreamUser::try_from(row), Err(UpstreamError::Contract(_))));
}

#[test]
fn every_recorded_end_of_a_session_is_understood() {
    for name in [
        "auth/ui_workspaces_suspended_jwt",
        "malformed/jwt_expired",
        "malformed/jwt_deleted_user",
        "malformed/jwt_after_restart_other_secret",
        "malformed/jwt_wrong_secret",
        "malformed/jwt_alg_none",
    ] {
        assert!(says_session_over(recorded(name).json().ok()), "{name}");
    }
}

#[test]
fn an_anythingllm_without_accounts_says_nothing_about_a_session() {
    assert!(!says_session_over(recorded("auth/ui_workspaces_single_password_bad_token").json().ok()));
    assert!(!says_session_over(recorded("admin/ui_admin_users_single").json().ok()));
}

#[test]
fn assigned_workspaces_are_read() {
    let list = |name| recorded(name).json::<Workspaces>().unwrap().workspaces;
    let mine = list("roles/ui_workspaces_default_member");
    assert_eq!(mine, [AssignedWorkspace { slug: "contract-docs".into(), name: "Contract Docs".into() }]);
    assert_eq!(list("roles/ui_workspaces_default"), []);
    assert_eq!(list("roles/ui_workspaces_admin").len(), 1);
}

proptest! {
    #[test]
    fn no_answer_makes_the_readers_panic(status in 100u16..600, json: bool, body in ".{0,200}") {
        let answer = UpstreamAnswer::recorded(status, json, body);
        let _ = answer.json::<Users>();
        let _ = answer.json::<Workspaces>();
        let _ = says_session_over(answer.json().ok());
    }
}
