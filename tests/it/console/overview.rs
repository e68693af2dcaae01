//! How it goes, and what is wrong.

use super::{Staff, foreign_workspace, populated};
use crate::harness::{Http, KeySpec, ORIGIN, World, eventually};
use chrono::TimeDelta;
use serde_json::json;
use vestibule::domain::key::{ApiKey, KeyKind, KeyLimits};
use vestibule_stand_in::Failure;

/// The row of a workspace on the page of all.
fn row<'a>(page: &'a str, slug: &str) -> &'a str {
    let begin = format!("<tr><th scope=\"row\"><a href=\"/console/workspaces/{slug}\">");
    let (_, rest) = page.split_once(&begin).unwrap_or_else(|| panic!("{slug} has no row: {page}"));
    rest.split("</tr>").next().unwrap()
}

/// The numbers of a row.
fn numbers(row: &str) -> Vec<&str> {
    row.split("<td class=\"number\">").skip(1).map(|cell| cell.split('<').next().unwrap()).collect()
}

/// A run of a workspace's catalogue that ended so.
async fn ran(world: &World, slug: &str, status: &str, dry: bool) {
    world
        .sql(&format!(
            "INSERT INTO vestibule.sync_runs
               (id, tenant_id, workspace_id, trigger, source, status, phase, dry_run, error_code, created_at, started_at,
                finished_at)
             SELECT '{}', tenant_id, id, 'api', 'connection', '{status}', 'done', {dry},
                    CASE '{status}' WHEN 'failed' THEN 'feed_unreadable' END, now(), now(), now()
             FROM vestibule.workspaces WHERE slug = '{slug}'",
            world.ambient.uuid(),
        ))
        .await;
}

#[tokio::test]
async fn every_workspace_stands_there_with_its_numbers_and_what_is_wrong_with_it() {
    let world = populated(World::builder()).await;
    let other = world.add_workspace("garden").await;
    world.add_workspace("quiet").await;
    let foreign = foreign_workspace(&world).await;
    let shop = world.public().bearer(&world.publishable_key().await).with("origin", ORIGIN);
    for message in ["What does the cordless drill NW-18 cost?", "Zebra quartz umbrella?"] {
        shop.post("/api/v1/chat", &json!({"message": message, "session_id": "s-1"})).await;
    }
    // A dry run changes nothing, so nothing is wrong because of one.
    for (slug, status, dry) in [("shop", "failed", false), ("quiet", "failed", true), ("quiet", "partial", true)] {
        ran(&world, slug, status, dry).await;
    }
    ran(&world, "shop", "partial", true).await;
    ran(&world, "garden", "partial", false).await;
    let spec = KeySpec { workspace: Some(other.id), ..world.spec(KeyKind::Secret) };
    let soon = world.ambient.now() + TimeDelta::days(3);
    world.key(KeySpec { expires_at: Some(soon), ..spec }).await;
    let limits = KeyLimits { messages_per_day: Some(10), ..KeyLimits::default() };
    let nearly = world.key(KeySpec { limits, ..world.spec(KeyKind::Publishable) }).await;
    let public_id = ApiKey::parse(&nearly).unwrap().public_id();
    world
        .sql(&format!(
            "INSERT INTO vestibule.quota_days (tenant_id, api_key_id, day, messages, tokens)
             SELECT tenant_id, id, (now() AT TIME ZONE 'UTC')::date, 8, 0 FROM vestibule.api_keys
             WHERE public_id = '{public_id}'"
        ))
        .await;
    let later = world.ambient.now() + TimeDelta::days(30);
    world.key(KeySpec { expires_at: Some(later), ..world.spec(KeyKind::Secret) }).await;
    let mona = Staff::log_in(&world, "mona").await;
    eventually(async || {
        let page = mona.clone().page("/console").await;
        let counted = numbers(row(&page, "shop")) == ["2", "2", "1", "1", "0"];
        if counted { Ok(()) } else { Err(page) }
    })
    .await;
    world.upstream.control().clear_requests();
    let page = mona.clone().page("/console").await;
    let asked = world.upstream.control().requests().into_iter().map(|request| request.path_and_query);
    let asked: Vec<_> = asked.filter(|path| path.starts_with("/api/v1/workspace")).collect();
    assert_eq!(asked, ["/api/v1/workspaces"], "one question for all of them");
    let shop = row(&page, "shop");
    assert!(shop.contains("The last sync of the catalogue failed.") && shop.contains("shop/catalogue\">"), "{shop}");
    assert!(
        shop.contains("has used 80% of a quota") && shop.contains(&format!("/console/keys/{public_id}\"")),
        "{shop}"
    );
    let garden = row(&page, "garden");
    assert!(garden.contains("ended in part") && garden.contains("garden/catalogue\">See why"), "{garden}");
    assert!(garden.contains(" ends on ") && garden.contains("Look at the key"), "{garden}");
    assert_eq!(numbers(garden), ["0", "0", "0", "0", "0"]);
    let quiet = row(&page, "quiet");
    assert!(!quiet.contains("See why"), "{quiet}");
    assert_eq!(page.matches(" ends on ").count(), 1, "the one that lives on is not told of: {page}");
    assert!(!page.contains(&foreign.slug) && !page.contains("Nothing is wrong"), "{page}");

    // What was changed or removed in AnythingLLM.
    let http = Http::new(world.upstream.addr()).bearer(world.upstream.api_key());
    let removed = http.delete(&format!("/api/v1/workspace/{}", other.upstream_slug)).await;
    assert_eq!(removed.status, 200, "{}", removed.text());
    let page = mona.clone().page("/console").await;
    assert!(row(&page, "garden").contains("was deleted in AnythingLLM"), "{page}");
    world.upstream.control().fail_on("/api/v1/workspaces", Failure::Status500);
    let page = mona.clone().page("/console").await;
    assert_eq!(page.matches("AnythingLLM cannot be reached").count(), 1, "told once: {page}");
    assert!(row(&page, "shop").contains("The last sync of the catalogue failed."), "{page}");
}

#[tokio::test]
async fn a_page_has_some_workspaces_and_leads_to_the_next() {
    let world = populated(World::builder()).await;
    for number in 0..24 {
        world.add_workspace(&format!("shop-{number}")).await;
    }
    ran(&world, "shop-23", "failed", false).await;
    let mut mona = Staff::log_in(&world, "mona").await;
    let page = mona.page("/console").await;
    assert_eq!(page.matches("<tr><th scope=\"row\"><a href=\"/console/workspaces/").count(), 20, "{page}");
    assert!(!page.contains("Nothing is wrong that is known here"), "nothing is said of the others: {page}");
    let next = page.split("href=\"").filter_map(|part| part.split('"').next()).find(|place| place.contains("?cursor="));
    let rest = mona.page(next.unwrap()).await;
    assert_eq!(rest.matches("<tr><th scope=\"row\"><a href=\"/console/workspaces/").count(), 5, "{rest}");
    let mut places = rest.split("href=\"").filter_map(|part| part.split('"').next());
    assert!(!places.any(|place| place.contains("?cursor=")), "{rest}");
    let both = page + &rest;
    assert!(row(&both, "shop-23").contains("The last sync of the catalogue failed."), "{both}");
    assert_eq!(mona.get("/console?cursor=x").await.status, 422);
}

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
