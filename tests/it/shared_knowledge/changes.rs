//! Whatever changes what a query finds makes the next one ask, on every replica.

use super::{ask, came_from, common_redis, keeping, three};
use crate::catalog::{Shop, csv};
use crate::harness::{Http, PATIENCE, World, eventually};
use http::Method;
use serde_json::json;
use vestibule::catalog::feed::Format;
use vestibule_stand_in::Failure;

const QUERY: &str = "drill kettle article";

async fn version(world: &World) -> i64 {
    let id = world.workspace.id;
    world.query(&format!("SELECT knowledge_version FROM vestibule.workspaces WHERE id = '{id}'")).await[0]
}

/// The next query asks, and finds something with these words.
async fn asks_anew(page: &Http, words: &str) {
    eventually(async || {
        let answer = ask(page, QUERY).await;
        if came_from(&answer) == "miss" && answer.text().contains(words) {
            Ok(())
        } else {
            Err(answer.text().to_owned())
        }
    })
    .await;
    assert_eq!(came_from(&ask(page, QUERY).await), "hit");
}

/// A session of AnythingLLM's own admin on the admin listener.
async fn interface(world: &World) -> Http {
    let credentials = json!({"username": "admin", "password": "Admin-pass-1"});
    let answer = world.admin().post("/api/request-token", &credentials).await;
    world.admin().bearer(answer.json()["token"].as_str().expect("a login"))
}

/// Stores a document in AnythingLLM, in no workspace, and tells where it is.
async fn stored(world: &World, text: &str) -> String {
    let body = json!({"textContent": text, "metadata": {"title": "Kettle"}});
    let developer = Http::new(world.upstream.addr()).bearer(world.upstream.api_key());
    let answer = developer.post("/api/v1/document/raw-text", &body).await;
    answer.json()["documents"][0]["location"].as_str().expect("a location").to_owned()
}

#[tokio::test]
async fn a_change_of_settings() {
    let (url, prefix) = common_redis();
    let (_replicas, [here, there, third]) = three(keeping(&url, &prefix)).await;
    for page in [&here, &there, &third] {
        ask(page, QUERY).await;
        assert_eq!(came_from(&ask(page, QUERY).await), "hit");
    }
    let manager = here.with("if-match", "*").with("content-type", "application/merge-patch+json");
    let patch = json!({"settings": {"top_n": 7}}).to_string();
    let changed = manager.send(Method::PATCH, "/api/v1/workspaces/shop", patch).await;
    assert_eq!(changed.status, 200, "{}", changed.text());
    eventually(async || if came_from(&ask(&there, QUERY).await) == "miss" { Ok(()) } else { Err("hit") }).await;
}

#[tokio::test]
async fn a_sync_that_embeds_and_one_that_removes_but_none_that_finds_everything_as_it_was() {
    let (url, prefix) = common_redis();
    let ([first, _second, _third], [_, there, third]) = three(keeping(&url, &prefix)).await;
    let shop = Shop::of(first);
    ask(&there, QUERY).await;
    assert_eq!(came_from(&ask(&third, QUERY).await), "hit");
    shop.sync(Format::Csv, &csv(1..4, |id| id)).await;
    asks_anew(&there, "Article number").await;

    let before = version(&shop.world).await;
    shop.sync(Format::Csv, &csv(1..4, |id| id)).await;
    assert_eq!(version(&shop.world).await, before, "nothing was embedded or removed");
    assert_eq!(came_from(&ask(&there, QUERY).await), "hit");

    shop.sync(Format::Csv, &csv(1..3, |id| id)).await;
    assert!(version(&shop.world).await > before);
    asks_anew(&third, "Article number 1").await;
    assert!(!ask(&third, QUERY).await.text().contains("Article number 3"));
}

#[tokio::test]
async fn documents_through_anythingllms_interface_and_its_developer_api() {
    let (url, prefix) = common_redis();
    let (replicas, [_, there, third]) = three(keeping(&url, &prefix)).await;
    let there_slug = replicas[0].workspace.upstream_slug.clone();
    ask(&there, QUERY).await;

    let location = stored(&replicas[0], "The kettle K-1 boils a litre.").await;
    let staff = interface(&replicas[0]).await;
    let path = format!("/api/workspace/{there_slug}/update-embeddings");
    assert_eq!(staff.post(&path, &json!({"adds": [location], "deletes": []})).await.status, 200);
    asks_anew(&there, "kettle K-1").await;

    let developer = replicas[2].admin().bearer(replicas[0].upstream.api_key());
    let body = json!({
        "textContent": "The kettle K-2 boils two litres.", "metadata": {"title": "Kettle"}, "addToWorkspaces": there_slug,
    });
    assert_eq!(developer.post("/api/v1/document/raw-text", &body).await.status, 200);
    asks_anew(&there, "kettle K-2").await;
    asks_anew_or_has(&third, "kettle K-2").await;

    let path = format!("/api/v1/workspace/{there_slug}/update-embeddings");
    assert_eq!(developer.post(&path, &json!({"adds": [], "deletes": [location]})).await.status, 200);
    eventually(async || {
        let answer = ask(&third, QUERY).await;
        if answer.text().contains("kettle K-1") { Err(answer.text().to_owned()) } else { Ok(()) }
    })
    .await;
}

/// Another replica may have asked already, and shares what it found.
async fn asks_anew_or_has(page: &Http, words: &str) {
    eventually(async || {
        let answer = ask(page, QUERY).await;
        if answer.text().contains(words) { Ok(()) } else { Err(answer.text().to_owned()) }
    })
    .await;
}

#[tokio::test]
async fn what_anythingllm_refuses_and_what_only_looks_changes_nothing() {
    let world = World::start().await;
    let slug = &world.workspace.upstream_slug;
    let before = version(&world).await;
    let stranger = world.admin();
    let path = format!("/api/v1/workspace/{slug}/update-embeddings");
    assert_eq!(stranger.post(&path, &json!({"adds": []})).await.status, 403);
    let developer = stranger.bearer(world.upstream.api_key());
    assert_eq!(developer.get(&format!("/api/v1/workspace/{slug}")).await.status, 200);
    let search = format!("/api/v1/workspace/{slug}/vector-search");
    assert_eq!(developer.post(&search, &json!({"query": "drill"})).await.status, 200);
    assert_eq!(version(&world).await, before);
}

#[tokio::test]
async fn what_all_workspaces_share_counts_for_each_and_a_workspace_for_itself() {
    let world = World::start().await;
    let other = world.add_workspace("other").await;
    let versions = async || -> Vec<i64> {
        world.query("SELECT knowledge_version FROM vestibule.workspaces ORDER BY slug = 'shop', slug").await
    };
    let developer = world.admin().bearer(world.upstream.api_key());
    let path = format!("/api/v1/workspace/{}/update-embeddings", other.upstream_slug);
    assert_eq!(developer.post(&path, &json!({"adds": []})).await.status, 200);
    assert_eq!(versions().await, [2, 1]);
    let remove = developer.with("content-type", "application/json");
    let body = json!({"names": ["custom-documents/none.json"]}).to_string();
    assert_eq!(remove.send(Method::DELETE, "/api/v1/system/remove-documents", body).await.status, 200);
    assert_eq!(versions().await, [3, 2]);
}

#[tokio::test]
async fn a_change_whose_answer_nobody_saw_counts_all_the_same() {
    let world = World::start().await;
    let before = version(&world).await;
    let control = world.upstream.control();
    control.fail_on("/api/v1/workspace/", Failure::Hang);
    let developer = world.admin().bearer(world.upstream.api_key());
    let path = format!("/api/v1/workspace/{}/update-embeddings", world.workspace.upstream_slug);
    let sending = tokio::spawn(async move { developer.post(&path, &json!({"adds": []})).await });
    assert!(control.until(|control| control.request_count() == 1, PATIENCE).await);
    sending.abort();
    eventually(async || if version(&world).await > before { Ok(()) } else { Err("not counted") }).await;
}

#[tokio::test]
async fn a_change_while_the_database_is_away_is_made_up_for() {
    let world = World::start().await;
    let before = version(&world).await;
    let developer = world.admin().bearer(world.upstream.api_key());
    let path = format!("/api/v1/workspace/{}/update-embeddings", world.workspace.upstream_slug);
    world.cut_off_the_database().await;
    assert_eq!(developer.post(&path, &json!({"adds": []})).await.status, 200, "the interface goes on");
    world.restore_the_database().await;
    eventually(async || if version(&world).await > before { Ok(()) } else { Err("not counted") }).await;
}
