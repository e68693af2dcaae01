//! Privacy as staff see it: what is kept, finding what somebody said, erasing it once it is meant, and the receipt.

use super::{Staff, foreign_workspace, populated};
use crate::harness::{World, eventually};
use crate::visitors::identified;
use serde_json::json;
use uuid::Uuid;
use vestibule::domain::audit::Author;
use vestibule::storage::Whose;
use vestibule_stand_in::Failure;

const PAGE: &str = "/console/workspaces/shop/privacy";
const FIND: &str = "/console/workspaces/shop/privacy/find";
const ERASE: &str = "/console/workspaces/shop/privacy/erasures";
const HOSTILE: &str = "\"'><script>alert(1)</script>";

/// Asks as each of these visitors, and waits until it is kept.
async fn asked(world: &World, visitors: &[&str]) {
    let shop = world.server().await;
    let before = kept(world).await;
    for (count, visitor) in visitors.iter().enumerate() {
        let question = json!({"message": format!("Drill of {count}?"), "visitor": {"id": visitor}});
        let answer = shop.post("/api/v1/chat", &question).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
    until_kept(world, before + i64::try_from(visitors.len()).unwrap()).await;
}

async fn until_kept(world: &World, wanted: i64) {
    eventually(async || match kept(world).await {
        found if found == wanted => Ok(()),
        found => Err(found),
    })
    .await;
}

async fn kept(world: &World) -> i64 {
    world.query::<i64>("SELECT count(*) FROM vestibule.exchanges").await[0]
}

async fn ordered(world: &World) -> i64 {
    world.query::<i64>("SELECT count(*) FROM vestibule.erasures").await[0]
}

/// The number that a page shows under this name.
fn counted(page: &str, name: &str) -> String {
    let (_, rest) =
        page.split_once(&format!("<dt>{name}</dt><dd><strong>")).unwrap_or_else(|| panic!("{name}: {page}"));
    rest.split('<').next().unwrap().to_owned()
}

/// The number in this row of a receipt.
fn in_receipt(page: &str, place: &str) -> String {
    let row = format!("<th scope=\"row\">{place}</th><td>");
    let (_, rest) = page.split_once(&row).unwrap_or_else(|| panic!("{place}: {page}"));
    rest.split('<').next().unwrap().to_owned()
}

/// Orders an erasure; gives where its receipt is, once it is finished, and the receipt.
async fn erased(staff: &mut Staff, field: (&str, &str)) -> (String, String) {
    let answer = staff.post(ERASE, &[field, ("sure", "yes")]).await;
    assert_eq!(answer.status, 303, "{}", answer.text());
    let place = answer.header("location").unwrap().to_owned();
    eventually(async || {
        let part = staff.clone().page(&format!("{place}/progress")).await;
        if part.contains("data-live") { Err(part) } else { Ok(()) }
    })
    .await;
    let receipt = staff.page(&place).await;
    (place, receipt)
}

#[tokio::test]
async fn somebody_is_found_counted_and_erased_once_it_is_meant_with_a_receipt() {
    let world = populated(World::builder()).await;
    let mut mona = Staff::log_in(&world, "mona").await;
    let empty = mona.page(PAGE).await;
    assert!(empty.contains("Nothing was erased yet") && empty.contains("90 days later"), "{empty}");
    asked(&world, &["v-7", "v-7", "v-8"]).await;

    let found = mona.post(FIND, &[("visitor_id", "v-7")]).await;
    assert_eq!(found.status, 200, "{}", found.text());
    let page = found.text().to_owned();
    assert_eq!((counted(&page, "Conversations"), counted(&page, "Questions with answers")), ("2".into(), "2".into()));
    assert!(
        page.contains("This cannot be undone.") && page.contains("<code><bdi dir=\"auto\">v-7</bdi></code>"),
        "{page}"
    );
    assert!(page.contains(r#"name="visitor_id" value="v-7""#), "{page}");

    let unsure = mona.post(ERASE, &[("visitor_id", "v-7")]).await;
    assert_eq!(unsure.status, 422, "{}", unsure.text());
    assert!(unsure.text().contains("id=\"f-sure-fault\""), "{}", unsure.text());
    assert_eq!((ordered(&world).await, kept(&world).await), (0, 3), "looking changes nothing");

    let (place, receipt) = erased(&mut mona, ("visitor_id", "v-7")).await;
    assert!(receipt.contains(">done<") && receipt.contains("Nothing that can be found."), "{receipt}");
    assert!(!receipt.contains("v-7") && !receipt.contains("data-live") && !receipt.contains("http-equiv"), "{receipt}");
    let here = "Conversations here, with transcripts, notes and feedback";
    assert_eq!(in_receipt(&receipt, here), "2");
    assert_eq!(in_receipt(&receipt, "Conversations in AnythingLLM, read back and found empty"), "2");
    for place in ["backups of the databases", "what the model's provider keeps"] {
        assert!(receipt.contains(place), "{place}: {receipt}");
    }
    assert_eq!(kept(&world).await, 1, "what somebody else said is there");

    let list = mona.page(PAGE).await;
    assert!(list.contains(&format!("href=\"{place}\"")) && list.contains("A visitor"), "{list}");
    assert!(!list.contains("Nothing was erased yet"));
    let log: Vec<String> = world
        .query("SELECT action || ' ' || actor_kind || ' ' || coalesce(after::text, '') FROM vestibule.audit_log")
        .await;
    assert!(log.iter().any(|entry| entry.starts_with("erasure.ordered user")), "{log:?}");
    assert!(log.iter().all(|entry| !entry.contains("v-7")), "{log:?}");
    mona.post("/console/language", &[("language", "de")]).await;
    assert!(mona.page(&place).await.contains("Beleg einer Löschung"));
}

#[tokio::test]
async fn a_conversations_page_leads_to_erasing_it_and_all_that_its_visitor_said() {
    let world = populated(World::builder()).await;
    let mut mona = Staff::log_in(&world, "mona").await;
    asked(&world, &["v-7", "v-7"]).await;
    let id: Vec<Uuid> = world.query("SELECT id FROM vestibule.conversations ORDER BY id LIMIT 1").await;
    let id = id[0].to_string();
    let page = mona.page(&format!("/console/workspaces/shop/conversations/{id}")).await;
    for (name, value) in [("conversation_id", id.as_str()), ("visitor_id", "v-7")] {
        assert!(page.contains(&format!(r#"<input type="hidden" name="{name}" value="{value}">"#)), "{page}");
    }
    assert!(page.contains(&format!("action=\"{FIND}\"")) && !page.contains("this customer"), "{page}");
    let of_one = mona.post(FIND, &[("conversation_id", &id)]).await;
    assert_eq!(counted(of_one.text(), "Conversations"), "1");
    let of_all = mona.post(FIND, &[("visitor_id", "v-7")]).await;
    assert_eq!(counted(of_all.text(), "Conversations"), "2");
    erased(&mut mona, ("conversation_id", &id)).await;
    assert_eq!(mona.get(&format!("/console/workspaces/shop/conversations/{id}")).await.status, 404);
    assert_eq!(kept(&world).await, 1);
}

#[tokio::test]
async fn a_customer_is_found_by_the_shops_name_and_what_is_old_by_the_workspaces_day() {
    let world = populated(World::builder()).await;
    let mut mona = Staff::log_in(&world, "mona").await;
    let nobody = mona.post(FIND, &[("subject", "anna")]).await;
    assert!(nobody.text().contains("No conversation is found."), "{}", nobody.text());
    let secret = identified(&world, false).await;
    let token = crate::visitors::identity_token(&world, &secret, "anna");
    let browser = world.browser().await;
    let anna = crate::visitors::Visitor::arrive(&browser, &json!({"identity_token": token})).await;
    anna.http.post("/api/v1/chat", &json!({"message": "Which drill?"})).await;
    until_kept(&world, 1).await;
    asked(&world, &["v-8"]).await;
    let found = mona.post(FIND, &[("subject", "anna")]).await;
    assert_eq!(counted(found.text(), "Conversations"), "1", "{}", found.text());

    world.sql(
        "UPDATE vestibule.conversations SET started_at = '2026-03-01T22:30:00Z', last_at = '2026-03-01T22:59:59Z' WHERE visitor = 'v-8'",
    )
    .await;
    world.change_settings(r#"settings = settings || '{"timezone": "Europe/Berlin"}'"#).await;
    eventually(async || {
        let page = mona.clone().post(FIND, &[("before", "2026-03-02")]).await.text().to_owned();
        if page.contains("2 Mar 2026, 00:00") { Ok(()) } else { Err(page) }
    })
    .await;
    // Midnight in Berlin is an hour before that of UTC.
    let found = mona.post(FIND, &[("before", "2026-03-02")]).await;
    assert_eq!(counted(found.text(), "Conversations"), "1");
    assert_eq!(counted(found.text(), "First begun"), "1 Mar 2026");
    let sooner = mona.post(FIND, &[("before", "2026-03-01")]).await;
    assert_eq!(counted(sooner.text(), "Conversations"), "0");
    let (_, receipt) = erased(&mut mona, ("before", "2026-03-02")).await;
    assert!(receipt.contains("Everything before a day"), "{receipt}");
    assert_eq!(kept(&world).await, 1);
}

#[tokio::test]
async fn what_is_no_order_is_told_beside_its_field_and_what_was_typed_stays_text() {
    let world = populated(World::builder()).await;
    let mut mona = Staff::log_in(&world, "mona").await;
    mona.page(PAGE).await;
    let long = "x".repeat(301);
    for (fields, wrong) in [
        (&[][..], "visitor_id"),
        (&[("visitor_id", "a"), ("subject", "b")], "visitor_id"),
        (&[("visitor_id", long.as_str())], "visitor_id"),
        (&[("subject", long.as_str())], "subject"),
        (&[("conversation_id", HOSTILE)], "conversation_id"),
        (&[("before", "yesterday")], "before"),
        (&[("before", "9999-12-31")], "before"),
        (&[("before", "2199-12-31")], "before"),
    ] {
        for path in [FIND, ERASE] {
            let fields: Vec<_> = fields.iter().copied().chain([("sure", "yes")]).collect();
            let answer = mona.post(path, &fields).await;
            assert_eq!(answer.status, 422, "{fields:?}: {}", answer.text());
            assert!(answer.text().contains(&format!("id=\"f-{wrong}-fault\"")), "{fields:?}: {}", answer.text());
            assert!(!answer.text().contains("<script>alert"), "{}", answer.text());
        }
    }
    let strange = mona.post(FIND, &[("visitor_id", HOSTILE)]).await;
    assert_eq!(strange.status, 200);
    let text = strange.text();
    assert!(!text.contains("<script>alert") && text.contains("&lt;script&gt;alert(1)&lt;/script&gt;"), "{text}");
    assert_eq!(ordered(&world).await, 0);
}

#[tokio::test]
async fn what_is_kept_is_said_as_it_is_set() {
    let world = populated(World::builder().set("USAGE_RETENTION_DAYS", 77)).await;
    let mut mona = Staff::log_in(&world, "mona").await;
    let page = mona.page(PAGE).await;
    assert!(page.contains("Question, answer, how the passages begin") && page.contains("77 days later"), "{page}");
    world.change_settings(r#"retention_days = NULL, settings = settings || '{"store_transcripts": false}'"#).await;
    eventually(async || {
        let page = mona.clone().page(PAGE).await;
        let said = page.contains("No words: only that something was asked") && page.contains("no end is set");
        if said { Ok(()) } else { Err(page) }
    })
    .await;
}

#[tokio::test]
async fn while_it_goes_it_shows_how_far_it_is() {
    let world = populated(World::builder()).await;
    let mut mona = Staff::log_in(&world, "mona").await;
    asked(&world, &["v-7"]).await;
    let control = world.upstream.control();
    control.fail_on("/api/system/workspace-chats", Failure::Hang);
    let answer = mona.post(ERASE, &[("visitor_id", "v-7"), ("sure", "yes")]).await;
    let place = answer.header("location").unwrap().to_owned();
    eventually(async || {
        let page = mona.clone().page(&place).await;
        if page.contains("0 of 1 conversations in AnythingLLM are empty.") { Ok(()) } else { Err(page) }
    })
    .await;
    let page = mona.page(&place).await;
    let live = format!("data-live=\"{place}/progress\"");
    assert!(page.contains(&live) && page.contains("<noscript><meta http-equiv=\"refresh\""), "{page}");
    let part = mona.page(&format!("{place}/progress")).await;
    assert!(part.starts_with("<div data-live=") && !part.contains("<html"), "{part}");
}

#[tokio::test]
async fn what_anythingllm_keeps_is_said_with_what_to_do_about_it() {
    let world = populated(World::builder()).await;
    let mut mona = Staff::log_in(&world, "mona").await;
    asked(&world, &["v-7"]).await;
    let control = world.upstream.control();
    control.fail_on("/api/system/workspace-chats", Failure::Status500);
    let (_, page) = erased(&mut mona, ("visitor_id", "v-7")).await;
    assert!(page.contains(">something is left<") && page.contains("order the same once more"), "{page}");
    assert!(page.contains("1 conversations in AnythingLLM: it did not let them be removed"), "{page}");
    control.heal();
    let found = mona.post(FIND, &[("visitor_id", "v-7")]).await;
    assert_eq!(counted(found.text(), "Left by earlier erasures"), "1");
    let (_, receipt) = erased(&mut mona, ("visitor_id", "v-7")).await;
    assert!(receipt.contains(">done<"), "{receipt}");
    assert_eq!(in_receipt(&receipt, "Conversations in AnythingLLM, read back and found empty"), "1");
}

#[tokio::test]
async fn more_erasures_than_a_page_holds_are_paged() {
    let world = populated(World::builder()).await;
    let mut mona = Staff::log_in(&world, "mona").await;
    let erasures = world.database.erasures();
    for _ in 0..21 {
        let (whose, by) = (Whose::Conversation(Uuid::new_v4()), Author::cli("<b>test</b>"));
        erasures.insert(world.workspace.tenant, world.workspace.id, &whose, &by, &world.ambient).await.unwrap();
    }
    let rows = |page: &str| page.matches("<th scope=\"row\"><a href=").count();
    let first = mona.page(PAGE).await;
    assert_eq!(rows(&first), 20, "{first}");
    assert!(!first.contains("<b>test"), "{first}");
    let next = first.split("href=\"").find_map(|part| part.split('"').next().filter(|part| part.contains("?cursor=")));
    assert_eq!(rows(&mona.page(next.unwrap()).await), 1);
    assert_eq!(mona.get(&format!("{PAGE}?cursor=none")).await.status, 422);
}

#[tokio::test]
async fn nobody_else_sees_or_orders_an_erasure() {
    let world = populated(World::builder()).await;
    let mut dora = Staff::log_in(&world, "dora").await;
    let mut mona = Staff::log_in(&world, "mona").await;
    mona.page(PAGE).await;
    assert_eq!(dora.get(PAGE).await.status, 403);
    for path in [FIND, ERASE] {
        assert_eq!(dora.post(path, &[("visitor_id", "v"), ("sure", "yes")]).await.status, 403, "{path}");
    }
    let (by, ambient) = (Author::cli("test"), &world.ambient);
    let whose = Whose::Conversation(Uuid::new_v4());
    let other = world.add_workspace("other").await;
    let foreign = foreign_workspace(&world).await;
    let erasures = world.database.erasures();
    for elsewhere in [&other, &foreign] {
        let made = erasures.insert(elsewhere.tenant, elsewhere.id, &whose, &by, ambient).await.unwrap();
        for path in [format!("{ERASE}/{}", made.id), format!("{ERASE}/{}/progress", made.id)] {
            assert_eq!(mona.get(&path).await.status, 404, "{path}");
        }
        assert!(!mona.page(PAGE).await.contains(&made.id.to_string()));
    }
    for slug in [foreign.slug.as_str(), "none-such"] {
        let place = format!("/console/workspaces/{slug}/privacy");
        assert_eq!(mona.get(&place).await.status, 404, "{slug}");
        for path in [format!("{place}/find"), format!("{place}/erasures")] {
            assert_eq!(mona.post(&path, &[("visitor_id", "v"), ("sure", "yes")]).await.status, 404, "{path}");
        }
    }
    for id in ["none", "01a22d88-cf3a-7f3b-ba17-7d9e73100781"] {
        assert_eq!(mona.get(&format!("{ERASE}/{id}")).await.status, 404, "{id}");
    }
    assert_eq!(ordered(&world).await, 1, "the other workspace's");
}

#[tokio::test]
async fn without_the_database_nothing_is_ordered_and_that_is_said() {
    let world = populated(World::builder()).await;
    let mut mona = Staff::log_in(&world, "mona").await;
    mona.page(PAGE).await;
    world.cut_off_the_database().await;
    for answer in [
        mona.get(PAGE).await,
        mona.post(FIND, &[("visitor_id", "v-7")]).await,
        mona.post(ERASE, &[("visitor_id", "v-7"), ("sure", "yes")]).await,
    ] {
        assert_eq!(answer.status, 503, "{}", answer.text());
        assert!(answer.text().contains("<html") && !answer.text().contains("v-7"), "{}", answer.text());
    }
    world.restore_the_database().await;
    assert_eq!(ordered(&world).await, 0);
}
