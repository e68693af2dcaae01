//! What is too long for a field comes back with its form: nobody types it twice.

use super::{Staff, populated};
use crate::harness::World;
use serde_json::json;
use vestibule::domain::key::{ApiKey, KeyKind};

/// More than any other body may have; a document of so many signs has a fault, and is read all the same.
const LONG: usize = 300 * 1024;
const GAPS: &str = "/console/workspaces/shop/gaps";

#[tokio::test]
async fn every_form_comes_back_with_what_was_typed_and_the_fault_beside_its_field() {
    let world = populated(World::builder()).await;
    let key = world.key(world.spec(KeyKind::Publishable)).await;
    let key = format!("/console/keys/{}", ApiKey::parse(&key).unwrap().public_id());
    let asked = world.server().await.post("/api/v1/chat", &json!({"message": "What does the drill cost?"})).await;
    assert_eq!(asked.status, 200, "{}", asked.text());
    let mut mona = Staff::log_in(&world, "mona").await;
    let list = "/console/workspaces/shop/conversations";
    let mut conversation = String::new();
    crate::harness::eventually(async || {
        let page = mona.clone().page(list).await;
        let mut places = page.split("href=\"").filter_map(|part| part.split('"').next());
        match places.find(|place| place.strip_prefix(list).is_some_and(|id| id.len() == 37)) {
            Some(place) => {
                conversation = place.to_owned();
                Ok(())
            }
            None => Err(page),
        }
    })
    .await;
    let long = "x".repeat(LONG);
    let long = long.as_str();
    let revoke = format!("{key}/revoke");
    for (path, fields, field) in [
        (GAPS, vec![("title", "Returns"), ("text", long)], "text"),
        (GAPS, vec![("title", long), ("text", "Free.")], "title"),
        (conversation.as_str(), vec![("note", long), ("version", "1")], "note"),
        ("/console/new-workspace", vec![("name", long)], "name"),
        ("/console/new-key", vec![("kind", "publishable"), ("name", long)], "name"),
        (
            "/console/new-key",
            vec![("kind", "publishable"), ("name", "x"), ("allowed_origins", long)],
            "allowed_origins",
        ),
        (key.as_str(), vec![("name", long)], "name"),
        (revoke.as_str(), vec![("reason", long)], "reason"),
        ("/console/workspaces/shop/assistant", vec![("name", "Shop"), ("settings.prompt", long)], "settings-prompt"),
        ("/console/workspaces/shop/assistant", vec![("name", "Shop"), ("widget.greeting", long)], "widget-greeting"),
        ("/console/workspaces/shop/catalogue/store", vec![("platform", "feed"), ("store_url", long)], "store_url"),
        (
            "/console/workspaces/shop/new-webhook",
            vec![("url", "https://h.example"), ("description", long)],
            "description",
        ),
        ("/console/workspaces/shop/privacy/find", vec![("subject", long)], "subject"),
    ] {
        mona.get("/console").await;
        let answer = mona.post(path, &fields).await;
        assert_eq!(answer.status, 422, "{path} {field}: {}", &answer.text()[..answer.text().len().min(2000)]);
        let page = answer.text();
        assert!(page.contains(&format!("id=\"f-{field}-fault\"")), "{path} {field}: no fault at the field");
        assert!(page.contains(long), "{path} {field}: what was typed is gone");
    }
}

/// 50,000 signs that take nine bytes each on the way.
#[tokio::test]
async fn the_longest_document_is_written_in_any_script() {
    let world = populated(World::builder()).await;
    let mut mona = Staff::log_in(&world, "mona").await;
    mona.page(GAPS).await;
    let text = "語".repeat(50_000);
    let page = mona.done(GAPS, &[("title", "長い"), ("text", &text)]).await;
    assert!(page.contains("The document is there"), "{page}");
}

#[tokio::test]
async fn what_is_too_long_for_any_form_is_refused_with_what_to_do() {
    let world = populated(World::builder()).await;
    let mut mona = Staff::log_in(&world, "mona").await;
    let huge = "x".repeat(2 * 1024 * 1024);
    let answer = mona.post(GAPS, &[("title", "Returns"), ("text", &huge)]).await;
    assert_eq!(answer.status, 413);
    assert!(answer.text().contains("Your browser still has what you typed"), "{}", answer.text());
    // Nobody needs to be logged in for that one.
    let login = Staff::stranger(world.admin()).post("/console/login", &[("username", &huge[..100 * 1024])]).await;
    assert_eq!(login.status, 413);
}
