//! What calls leave behind: no recording shows it, because it takes the next call to see. Vestibule builds on each of
//! these.

use crate::bench::Bench;
use serde_json::{Value, json};

/// A workspace of the bench as AnythingLLM has it now.
async fn workspace(bench: &Bench, slug: &str) -> Value {
    bench.api("GET", &format!("/api/v1/workspace/{slug}"), &json!(null)).await["workspace"][0].clone()
}

/// The numbers of a workspace's members.
async fn members(bench: &Bench) -> Vec<Value> {
    let path = format!("/api/v1/admin{}users", bench.names.get("/workspaces/4/"));
    let answer = bench.api("GET", &path, &json!(null)).await;
    let mut ids: Vec<_> =
        answer["users"].as_array().expect("users").iter().map(|user| user["userId"].clone()).collect();
    ids.sort_by_key(Value::as_i64);
    ids
}

/// The number of a person of the bench.
fn user(bench: &Bench, recorded: &str) -> Value {
    let path = bench.names.get(recorded);
    path.rsplit('/').next().expect("a number").parse::<i64>().expect("a number").into()
}

async fn manage(bench: &Bench, body: &Value) -> (u16, Value) {
    let path = format!("/api/v1/admin/workspaces/{}/manage-users", bench.names.get("contract-docs"));
    let answer = bench.call("POST", &path, &bench.names.get("<API_KEY>"), body).await;
    (answer.status, answer.json())
}

#[tokio::test]
async fn an_update_changes_what_it_names_and_drops_what_has_a_wrong_type() {
    let bench = Bench::multi_user().await;
    let slug = bench.names.get("contract-query");
    let path = format!("/api/v1/workspace/{slug}/update");
    let before = workspace(&bench, &slug).await;
    bench.api("POST", &path, &json!({ "topN": 5 })).await;
    let after = workspace(&bench, &slug).await;
    assert_eq!(after["topN"], 5);
    for kept in
        ["name", "slug", "chatMode", "openAiTemp", "openAiHistory", "similarityThreshold", "queryRefusalResponse"]
    {
        assert_eq!(after[kept], before[kept], "{kept}");
    }
    let answer = bench.api("POST", &path, &json!({ "openAiTemp": "hot", "openAiHistory": 7 })).await;
    assert_eq!(answer["message"], Value::Null, "not a word about it");
    let after = workspace(&bench, &slug).await;
    assert_eq!((&after["openAiTemp"], &after["openAiHistory"]), (&before["openAiTemp"], &json!(7)));
}

#[tokio::test]
async fn a_deleted_workspace_is_gone_and_its_name_is_free() {
    let bench = Bench::multi_user().await;
    let made = bench.api("POST", "/api/v1/workspace/new", &json!({ "name": "Short lived" })).await;
    let slug = made["workspace"]["slug"].as_str().expect("a slug").to_owned();
    let path = format!("/api/v1/workspace/{slug}");
    let key = bench.names.get("<API_KEY>");
    assert_eq!(bench.call("DELETE", &path, &key, &json!(null)).await.status, 200);
    assert_eq!(workspace(&bench, &slug).await, Value::Null);
    let again = bench.api("POST", "/api/v1/workspace/new", &json!({ "name": "Short lived" })).await;
    assert_eq!(again["workspace"]["slug"], slug.as_str());
    bench.call("DELETE", &path, &key, &json!(null)).await;
}

#[tokio::test]
async fn members_are_added_replaced_and_never_emptied_by_manage_users() {
    let bench = Bench::multi_user().await;
    let (manager, dora) = (user(&bench, "/users/2"), user(&bench, "/users/3"));
    assert_eq!(manage(&bench, &json!({ "userIds": [dora] })).await.0, 200);
    assert_eq!(manage(&bench, &json!({ "userIds": [dora, manager, 999_999] })).await.0, 200);
    assert_eq!(members(&bench).await, [manager.clone(), dora.clone()], "one seat each, and none for nobody");
    let (status, answer) = manage(&bench, &json!({ "userIds": [manager], "reset": true })).await;
    assert_eq!((status, answer["users"].as_array().map(Vec::len)), (200, Some(1)));
    assert_eq!(members(&bench).await, std::slice::from_ref(&manager));
    let (status, answer) = manage(&bench, &json!({ "userIds": [], "reset": true })).await;
    assert_eq!((status, &answer["success"]), (404, &json!(false)));
    assert_eq!(members(&bench).await, [manager], "that is why emptying takes another call");
}

#[tokio::test]
async fn update_users_empties_a_workspace() {
    let bench = Bench::multi_user().await;
    bench.members().await;
    assert_eq!(members(&bench).await.len(), 2);
    let path = format!("/api/v1/admin{}update-users", bench.names.get("/workspaces/4/"));
    let answer = bench.api("POST", &path, &json!({ "userIds": [] })).await;
    assert_eq!(answer["success"], true);
    assert_eq!(members(&bench).await, Vec::<Value>::new());
    // With one bad id it does the same, which is why it is called for nothing else.
    bench.members().await;
    let answer = bench.api("POST", &path, &json!({ "userIds": [user(&bench, "/users/3"), 999_999] })).await;
    assert_eq!(answer["success"], true);
    assert_eq!(members(&bench).await, Vec::<Value>::new());
}
