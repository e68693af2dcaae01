//! What calls leave behind: no recording shows it, because it takes the next call to see. Vestibule builds on each of
//! these.

use crate::bench::{Bench, random};
use rstest::rstest;
use serde_json::{Value, json};
use vestibule_stand_in::VectorDatabase::{self, LanceDb, Pgvector};

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

#[rstest]
#[tokio::test]
async fn an_update_changes_what_it_names_and_drops_what_has_a_wrong_type(
    #[values(Pgvector, LanceDb)] vectors: VectorDatabase,
) {
    let Some(bench) = Bench::multi_user(vectors).await else { return };
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

#[rstest]
#[tokio::test]
async fn a_deleted_workspace_is_gone_and_its_name_is_free(#[values(Pgvector, LanceDb)] vectors: VectorDatabase) {
    let Some(bench) = Bench::multi_user(vectors).await else { return };
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

#[rstest]
#[tokio::test]
async fn members_are_added_replaced_and_never_emptied_by_manage_users(
    #[values(Pgvector, LanceDb)] vectors: VectorDatabase,
) {
    let Some(bench) = Bench::multi_user(vectors).await else { return };
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

#[rstest]
#[tokio::test]
async fn update_users_empties_a_workspace(#[values(Pgvector, LanceDb)] vectors: VectorDatabase) {
    let Some(bench) = Bench::multi_user(vectors).await else { return };
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

#[rstest]
#[tokio::test]
async fn only_lancedb_names_a_passage_whose_vectors_were_cached(#[values(Pgvector, LanceDb)] vectors: VectorDatabase) {
    let Some(bench) = Bench::multi_user(vectors).await else { return };
    let title = format!("cached-{}", random());
    let body = json!({ "textContent": format!("{title} {title} {title}"), "metadata": { "title": title } });
    let stored = bench.api("POST", "/api/v1/document/raw-text", &body).await;
    let document = &stored["documents"][0];
    for (recorded, first) in [("contract-docs", true), ("contract-query", false)] {
        let path = format!("/api/v1/workspace/{}", bench.names.get(recorded));
        bench.api("POST", &format!("{path}/update-embeddings"), &json!({ "adds": [document["location"]] })).await;
        let question = json!({ "query": title, "scoreThreshold": 0, "topN": 1 });
        let found = bench.api("POST", &format!("{path}/vector-search"), &question).await;
        let id = &found["results"][0]["id"];
        match (vectors, first) {
            (Pgvector, true) => assert_eq!(*id, document["id"], "as the document"),
            (Pgvector, false) => assert!(id.is_null(), "{id}"),
            (LanceDb, _) => assert!(id.is_string() && *id != document["id"], "{id}"),
        }
    }
    bench.finish().await;
}
