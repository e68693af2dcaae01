//! Listing workspaces page by page.

use super::{WORKSPACES, make, manager, named};
use crate::harness::World;

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
