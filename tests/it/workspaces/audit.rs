//! The audit log tells who changed what, and cannot be altered.

use super::{WORKSPACES, make, manager, named, patch};
use crate::harness::{Http, World};
use serde_json::{Value, json};

/// The admin of AnythingLLM, logged in.
async fn admin(world: &World, username: &str, role: &str) -> Http {
    world.upstream.control().add_user(username, "User-pass-1", role);
    let login = json!({"username": username, "password": "User-pass-1"});
    let answer = world.public().post("/api/v1/auth/login", &login).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    world.public().bearer(answer.json()["access_token"].as_str().unwrap())
}

async fn entries(admin: &Http, query: &str) -> Vec<Value> {
    let answer = admin.get(&format!("/api/v1/audit{query}")).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["data"].as_array().unwrap().clone()
}

fn actions(entries: &[Value]) -> Vec<&str> {
    entries.iter().map(|entry| entry["action"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn every_change_of_a_workspace_is_written_down_with_its_author() {
    let world = World::start().await;
    let admin = admin(&world, "anna", "admin").await;
    let manager = manager(&world).await;
    make(&manager, &named("Audited")).await;
    let webhook = "https://hooks.shop.example/services/canary-4711";
    let change = json!({"settings": {"top_n": 3}, "support": {"handoff_mode": "webhook", "webhook_url": webhook}});
    assert_eq!(patch(&admin.with("x-request-id", "audit-request-1"), "audited", "*", &change).await.status, 200);
    assert_eq!(admin.with("if-match", "*").delete(&format!("{WORKSPACES}/audited?purge=true")).await.status, 200);

    let all = entries(&admin, "?target=workspace:audited").await;
    assert_eq!(
        actions(&all),
        ["workspace.purged", "workspace.archived", "workspace.updated", "workspace.created", "workspace.begun"]
    );
    let updated = &all[2];
    assert_eq!((&updated["actor"]["kind"], &updated["actor"]["name"]), (&json!("user"), &json!("anna")));
    assert_eq!(updated["request_id"], "audit-request-1");
    assert_eq!(updated["ip_prefix"], "127.0.0.0/24");
    assert_eq!(updated["before"]["settings"], json!({"top_n": 6}));
    assert_eq!(updated["after"]["settings"], json!({"top_n": 3}));
    assert!(updated["after"]["support"]["webhook_url"].as_str().unwrap().contains("[redacted]"));
    assert!(all.iter().all(|entry| !entry.to_string().contains("canary-4711")));
    assert_eq!(all[3]["actor"]["kind"], "api_key");
    assert_eq!(all[3]["after"]["name"], "Audited");
}

#[tokio::test]
async fn entries_are_found_by_who_what_and_when() {
    let world = World::start().await;
    let admin = admin(&world, "anna", "admin").await;
    let manager = manager(&world).await;
    make(&manager, &named("One")).await;
    make(&admin, &named("Two")).await;
    assert_eq!(entries(&admin, "?actor_kind=user").await.len(), 2);
    assert_eq!(entries(&admin, "?action=workspace.created").await.len(), 2);
    assert_eq!(entries(&admin, "?action=workspace").await.len(), 4);
    assert_eq!(entries(&admin, "?action=work").await.len(), 0);
    assert_eq!(entries(&admin, "?to=2020-01-01T00:00:00Z").await.len(), 0);
    assert_eq!(entries(&admin, "?from=2020-01-01T00:00:00Z&target=workspace:two").await.len(), 2);
    let page = admin.get("/api/v1/audit?limit=3").await.json();
    assert_eq!((page["data"].as_array().unwrap().len(), &page["has_more"]), (3, &json!(true)));
    let rest = entries(&admin, &format!("?limit=3&cursor={}", page["next_cursor"].as_str().unwrap())).await;
    assert_eq!(rest.len(), 2, "the first workspace, and the manager's key");
    for (query, field) in
        [("actor_kind=x", "actor_kind"), ("from=yesterday", "from"), ("cursor=1", "cursor"), ("who=x", "who")]
    {
        assert_eq!(admin.get(&format!("/api/v1/audit?{query}")).await.json()["errors"][0]["field"], field, "{query}");
    }
}

#[tokio::test]
async fn only_admins_read_it() {
    let world = World::start().await;
    let mona = admin(&world, "mona", "manager").await;
    assert_eq!(mona.get("/api/v1/audit").await.code(), "forbidden");
    assert_eq!(manager(&world).await.get("/api/v1/audit").await.status, 403);
    assert_eq!(world.public().get("/api/v1/audit").await.status, 401);
}
