//! The audit log: who changed what, for admins.

use super::{Staff, populated};
use crate::harness::World;
use vestibule::domain::audit::{AuditEntry, Author};
use vestibule::domain::ids::TenantId;

async fn noted(world: &World, name: &str, target: &str) {
    let entry = AuditEntry::changed(
        "workspace.updated",
        target.into(),
        serde_json::json!({"name": "Old", "settings": {"top_n": 4}}),
        serde_json::json!({"name": "<script>alert(1)</script>", "settings": {"top_n": 8}}),
    );
    world.database.audit_log().append(TenantId::DEFAULT, &Author::cli(name), &entry, &world.ambient).await.unwrap();
}

#[tokio::test]
async fn entries_show_who_changed_what_and_both_sides() {
    let world = populated(World::builder()).await;
    let mut anna = Staff::log_in(&world, "anna").await;
    let empty = anna.page("/console/audit").await;
    assert!(empty.contains("Entries appear with the first change"), "{empty}");
    noted(&world, "<b>root</b>", "workspace:<i>").await;
    let page = anna.page("/console/audit").await;
    for told in [
        "&lt;b&gt;root&lt;/b&gt;",
        "workspace:&lt;i&gt;",
        "<code>settings.top_n</code>",
        "<code>4</code>",
        "<code>8</code>",
        "&lt;script&gt;alert(1)&lt;/script&gt;",
    ] {
        assert!(page.contains(told), "{told}: {page}");
    }
    assert!(!page.contains("<script>alert") && !page.contains("<b>root"), "{page}");
    anna.post("/console/language", &[("language", "de")]).await;
    assert!(anna.page("/console/audit").await.contains("Vorher und nachher"));
}

#[tokio::test]
async fn entries_are_found_by_filters_and_page_by_page() {
    let world = populated(World::builder()).await;
    for number in 0..25 {
        noted(&world, "root", &format!("workspace:w{number:02}")).await;
    }
    noted(&world, "other", "workspace:other").await;
    let mut anna = Staff::log_in(&world, "anna").await;
    let first = anna.page("/console/audit?action=workspace&actor=root&actor_kind=cli").await;
    // Not which is the last on it: within a millisecond no entry is before another.
    assert!(first.contains("workspace:w24") && !first.contains("workspace:w00") && !first.contains("workspace:other"));
    let (_, rest) = first.split_once("class=\"pager\"").expect("there are more");
    let next = rest.split("href=\"").nth(1).unwrap().split('"').next().unwrap().replace("&amp;", "&");
    assert!(next.contains("actor=root"), "the filter goes along: {next}");
    assert!(anna.page(&next).await.contains("workspace:w00"));
    let none = anna.page("/console/audit?target=workspace%3Anone").await;
    assert!(none.contains("Nothing matches these filters."), "{none}");
    let today = world.ambient.now().date_naive();
    assert!(anna.page(&format!("/console/audit?from={today}&to={today}")).await.contains("workspace:other"));
    anna.page("/console/new-key").await;
    let form = [
        ("kind", "publishable"),
        ("name", "By name"),
        ("workspace", "shop"),
        ("scopes", "chat:write"),
        ("allowed_origins", "https://shop.example"),
    ];
    anna.done("/console/new-key", &form).await;
    assert!(anna.page("/console/audit?actor=anna").await.contains("key.created"), "people are found by their names");
    assert_eq!(anna.get("/console/audit?from=yesterday").await.status, 422);
    assert_eq!(anna.get("/console/audit?what=1").await.status, 422);
}

#[tokio::test]
async fn nobody_but_an_admin_sees_it() {
    let world = populated(World::builder()).await;
    for name in ["mona", "dora"] {
        let mut staff = Staff::log_in(&world, name).await;
        assert_eq!(staff.get("/console/audit").await.status, 403, "{name}");
        assert!(!staff.page("/console/people").await.contains("/console/audit"), "nor the way to it");
    }
    assert_eq!(Staff::stranger(world.admin()).get("/console/audit").await.status, 303);
}
