//! How it goes, and what is wrong.

use super::{Staff, populated};
use crate::harness::{ORIGIN, World, eventually};
use serde_json::json;
use vestibule::domain::key::KeyKind;

#[tokio::test]
async fn questions_are_counted_by_how_they_went() {
    let world = populated(World::builder()).await;
    let key = world.key(world.spec(KeyKind::Publishable)).await;
    let shop = world.public().bearer(&key).with("origin", ORIGIN);
    // One is answered, one finds nothing, and one is no question: it is refused.
    for message in ["What does the cordless drill NW-18 cost?", "Zebra quartz umbrella?", ""] {
        shop.post("/api/v1/chat", &json!({"message": message, "session_id": "s-1"})).await;
    }
    // What is no question is not counted as one.
    shop.get("/api/v1/widget/config").await;
    let mona = Staff::log_in(&world, "mona").await;
    for place in ["/console", &format!("/console/workspaces/{}", world.workspace.slug)] {
        eventually(async || {
            let page = mona.clone().page(place).await;
            let (_, rest) = page.split_once("Questions today</dt><dd><strong>").unwrap();
            let counted = rest.starts_with("2</strong>") && rest.contains("50% answered");
            if counted { Ok(()) } else { Err(page.clone()) }
        })
        .await;
    }
}

#[tokio::test]
async fn what_is_wrong_is_told_with_what_helps() {
    let world = populated(World::builder()).await;
    let mut mona = Staff::log_in(&world, "mona").await;
    let place = format!("/console/workspaces/{}", world.workspace.slug);
    let soon = world.ambient.now() + chrono::TimeDelta::days(3);
    world.key(crate::harness::KeySpec { expires_at: Some(soon), ..world.spec(KeyKind::Secret) }).await;
    let page = mona.page(&place).await;
    assert!(page.contains(" ends on ") && page.contains("Look at the key"), "{page}");
    assert_eq!(mona.get("/console/workspaces/none-such").await.status, 404);
}

#[tokio::test]
async fn members_are_told_what_they_may_do() {
    let world = populated(World::builder()).await;
    let mut dora = Staff::log_in(&world, "dora").await;
    let page = dora.page("/console").await;
    assert!(page.contains("You can chat") && !page.contains("/console/keys"), "{page}");
}
