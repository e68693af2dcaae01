//! Listing workspaces page by page, and reading one of many documents.

use super::{WORKSPACES, make, manager, named, patch, show};
use crate::harness::World;
use serde_json::json;

#[tokio::test]
async fn pages_hold_every_workspace_once() {
    let world = World::start().await;
    let manager = manager(&world).await;
    for name in ["Aaa", "Bbb", "Ccc", "Ddd"] {
        make(&manager, &named(name)).await;
    }
    let mut slugs = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = manager.get(&format!("{WORKSPACES}?limit=2{cursor}")).await.json();
        slugs.extend(page["data"].as_array().unwrap().iter().map(|w| w["slug"].as_str().unwrap().to_owned()));
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
        assert_eq!(page["has_more"], true);
    }
    assert_eq!(slugs, ["shop", "aaa", "bbb", "ccc", "ddd"]);
    for (query, field) in
        [("limit=0", "limit"), ("cursor=x", "cursor"), ("archived=1", "archived"), ("sort=name", "sort")]
    {
        let answer = manager.get(&format!("{WORKSPACES}?{query}")).await;
        assert_eq!(answer.json()["errors"][0]["field"], field, "{query}");
    }
}

#[tokio::test]
async fn more_documents_than_an_answer_may_hold_are_in_nobodys_way() {
    let world = World::builder().set("UPSTREAM_MAX_BODY_BYTES", 65_536).start().await;
    let slug = world.workspace.upstream_slug.clone();
    for n in 0..300 {
        world.upstream.control().add_document(&slug, &format!("Article {n}"), "One of many articles.");
    }
    let manager = manager(&world).await;
    let shown = show(&manager, "shop").await;
    // As it was made in AnythingLLM: its settings were read.
    assert_eq!(shown["upstream"]["state"], "drifted", "{shown}");
    let changed = patch(&manager, "shop", "*", &json!({"settings": {"top_n": 3}})).await;
    assert_eq!(changed.status, 200, "{}", changed.text());
}
