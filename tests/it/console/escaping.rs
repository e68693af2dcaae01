//! A hostile tenant's words in every page stay words.

use super::{Staff, populated};
use crate::harness::World;
use serde_json::json;
use vestibule::domain::scope::Scope;

const HOSTILE: &str = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>";

#[tokio::test]
async fn markup_in_names_stays_text_in_every_page() {
    let world = populated(World::builder()).await;
    let mut anna = Staff::log_in(&world, "anna").await;
    let login = json!({"username": "anna", "password": super::PASSWORD});
    let login = world.public().post("/api/v1/auth/login", &login).await.json();
    let api = world.public().bearer(login["access_token"].as_str().unwrap());
    let made = api
        .post("/api/v1/workspaces", &json!({"name": HOSTILE, "slug": "hostile", "widget": {"title": HOSTILE, "greeting": HOSTILE, "suggested": [HOSTILE]}, "settings": {"prompt": HOSTILE}}))
        .await;
    assert_eq!(made.status, 201, "{}", made.text());
    let scopes = Scope::PUBLISHABLE.map(Scope::as_str);
    let key = json!({"kind": "publishable", "name": HOSTILE, "workspace": "hostile", "scopes": scopes, "allowed_origins": ["https://shop.example"]});
    let key = api.post("/api/v1/keys", &key).await;
    assert_eq!(key.status, 201, "{}", key.text());
    let id = key.json()["public_id"].as_str().unwrap().to_owned();
    let search: String = url::form_urlencoded::byte_serialize(HOSTILE.as_bytes()).collect();
    let search = format!("/console/keys?q={search}");
    for path in [
        "/console",
        "/console/keys",
        &format!("/console/keys/{id}"),
        "/console/keys?workspace=hostile",
        "/console/new-key?workspace=hostile",
        "/console/workspaces/hostile",
        "/console/workspaces/hostile/assistant",
        "/console/workspaces/hostile/assistant/preview",
        "/console/workspaces/hostile/catalogue",
        "/console/workspaces/hostile/catalogue/store",
        "/console/workspaces/hostile/playground",
        "/console/workspaces/hostile/privacy",
        "/console/workspaces/hostile/webhooks",
        "/console/workspaces/hostile/new-webhook",
        "/console/workspaces/hostile/conversations",
        "/console/workspaces/hostile/gaps",
        "/console/usage?workspace=hostile",
        "/console/people?workspace=hostile",
        "/console/audit",
        &search,
    ] {
        let page = anna.page(path).await;
        assert!(!page.contains("<script>alert") && !page.contains("<img src=x"), "{path}: {page}");
        assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"), "{path} shows it: {page}");
    }
    let login = Staff::stranger(world.admin()).page("/console/login?next=%22%3E%3Cscript%3Ealert(1)").await;
    assert!(!login.contains("<script>alert"), "{login}");
}
