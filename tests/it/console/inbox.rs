//! Conversations and gaps, as a merchandiser goes through them in the morning.

use super::{Staff, populated};
use crate::harness::{World, eventually};
use serde_json::json;
use vestibule_stand_in::Failure;

const CONVERSATIONS: &str = "/console/workspaces/shop/conversations";
const GAPS: &str = "/console/workspaces/shop/gaps";
const IN_VAIN: &str = "Is the xylophone <script>alert(1)</script> made of quartz?";

async fn asked(world: &World, question: &str) -> serde_json::Value {
    let answer = world.server().await.post("/api/v1/chat", &json!({"message": question, "mode": "query"})).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

/// The first conversation that a page leads to.
fn place_of_first(list: &str) -> String {
    let places = list.split("href=\"").filter_map(|part| part.split('"').next());
    let is_one = |place: &&str| {
        place.strip_prefix(CONVERSATIONS).and_then(|rest| rest.strip_prefix('/')).is_some_and(|id| id.len() == 36)
    };
    places.into_iter().find(is_one).unwrap_or_else(|| panic!("{list}")).to_owned()
}

/// Where a conversation's page shows what would be found for its first question.
fn look_of(page: &str) -> String {
    let mut places = page.split("href=\"").filter_map(|part| part.split('"').next());
    let look = places.find(|href| href.contains("?look=")).unwrap_or_else(|| panic!("{page}"));
    look.split('#').next().unwrap().to_owned()
}

/// Waits until the page has the text, and gives the page.
async fn shows(staff: &mut Staff, path: &str, text: &str) -> String {
    let mut found = String::new();
    eventually(async || {
        found = staff.clone().page(path).await;
        if found.contains(text) { Ok(()) } else { Err(found.clone()) }
    })
    .await;
    staff.page(path).await
}

#[tokio::test]
async fn a_question_in_vain_leads_to_the_document_that_answers_it() {
    let world = populated(World::builder()).await;
    let mut mona = Staff::log_in(&world, "mona").await;
    assert!(mona.page(CONVERSATIONS).await.contains("Nobody has asked anything"));
    assert!(mona.page(GAPS).await.contains("Nothing was asked in vain"));
    assert_eq!(asked(&world, IN_VAIN).await["refused"], true);
    let list = shows(&mut mona, CONVERSATIONS, "xylophone").await;
    assert!(list.contains("Nothing found") && !list.contains("<script>alert"), "{list}");
    let gaps = shows(&mut mona, GAPS, "xylophone").await;
    assert!(!gaps.contains("<script>alert"), "{gaps}");

    let empty = mona.post(GAPS, &[("title", "Xylophones"), ("text", "")]).await;
    assert_eq!(empty.status, 422, "{}", empty.text());
    let text = "The xylophone is made of quartz and alert.";
    let written = mona.done(GAPS, &[("title", "Xylophones"), ("text", text)]).await;
    assert!(written.contains("The document is there"), "{written}");
    let again = asked(&world, "Is the xylophone made of quartz?").await;
    assert_eq!(again["refused"], false, "{again}");
}

#[tokio::test]
async fn a_conversation_is_read_noted_and_taken_along() {
    let world = populated(World::builder()).await;
    let mut mona = Staff::log_in(&world, "mona").await;
    asked(&world, "How strong is the drill?").await;
    let list = shows(&mut mona, CONVERSATIONS, "How strong is the drill?").await;
    let place = place_of_first(&list);
    let page = mona.page(&place).await;
    assert!(page.contains("Answered") && page.contains("What the answer rests on"), "{page}");
    let version = page.split("name=\"version\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let noted = mona.done(&place, &[("note", "<b>Ask the maker</b>"), ("solved", "yes"), ("version", &version)]).await;
    assert!(noted.contains("The note is kept") && noted.contains("&lt;b&gt;Ask the maker"), "{noted}");
    let late = mona.post(&place, &[("note", "over it"), ("version", &version)]).await;
    assert_eq!(late.status, 412, "{}", late.text());
    assert!(late.text().contains("over it") && late.text().contains("&lt;b&gt;Ask the maker"), "{}", late.text());
    let newer = late.text().split("name=\"version\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let long = "y".repeat(4001);
    let refused = mona.post(&place, &[("note", &long), ("version", &newer)]).await;
    assert_eq!(refused.status, 422);
    assert!(refused.text().contains(&long) && refused.text().contains("f-note-fault"), "{}", refused.text());
    assert!(mona.page(&format!("{CONVERSATIONS}?which=solved")).await.contains("drill"));
    assert!(mona.page(&format!("{CONVERSATIONS}?which=refused")).await.contains("No conversation is like that"));
    let file = mona.get("/console/workspaces/shop/conversations-file?format=csv").await;
    assert!(file.status == 200 && file.text().contains("How strong is the drill?"), "{}", file.text());
    assert!(file.text().contains(",true,<b>Ask the maker</b>"), "{}", file.text());
    let audited: Vec<String> = world.query("SELECT action FROM vestibule.audit_log").await;
    assert!(audited.iter().any(|action| action == "conversation.read"), "{audited:?}");
    mona.post("/console/language", &[("language", "de")]).await;
    assert!(mona.page(CONVERSATIONS).await.contains("Gespräche"));
}

/// The addresses that a page leads to.
fn links(page: &str) -> Vec<String> {
    page.split("href=\"").skip(1).filter_map(|part| part.split('"').next()).map(str::to_owned).collect()
}

/// What the forms of a page are sent to.
fn actions(page: &str) -> Vec<String> {
    page.split("action=\"").skip(1).filter_map(|part| part.split('"').next()).map(str::to_owned).collect()
}

#[tokio::test]
async fn a_gap_that_is_dealt_with_comes_back_when_it_is_asked_again() {
    let world = populated(World::builder()).await;
    let mut mona = Staff::log_in(&world, "mona").await;
    for _ in 0..2 {
        asked(&world, "Do you sell a xylophone?").await;
    }
    let gaps = shows(&mut mona, GAPS, "Asked: 2").await;
    let settle = actions(&gaps).into_iter().find(|action| action.ends_with("/settle")).unwrap();
    let settled = mona.done(&settle, &[]).await;
    assert!(settled.contains("It is dealt with") && settled.contains("Nothing was asked in vain"), "{settled}");
    asked(&world, "do you SELL a xylophone").await;
    let back = shows(&mut mona, GAPS, "xylophone").await;
    assert!(back.contains("Asked: 1"), "what was asked since then: {back}");
    for id in ["01a22d88-cf3a-7f3b-ba17-7d9e73100781", "x"] {
        assert_eq!(mona.post(&format!("{GAPS}/{id}/settle"), &[]).await.status, 404);
    }
    let log: Vec<String> = world.query("SELECT target FROM vestibule.audit_log WHERE action = 'gap.settled'").await;
    assert!(log.len() == 1 && log[0].starts_with("exchange:"), "{log:?}");
}

#[tokio::test]
async fn a_gap_leads_to_one_form_to_the_playground_and_to_one_document() {
    let world = populated(World::builder()).await;
    let mut mona = Staff::log_in(&world, "mona").await;
    asked(&world, IN_VAIN).await;
    asked(&world, "Do you sell a zither?").await;
    shows(&mut mona, GAPS, "zither").await;
    let gaps = mona.page(GAPS).await;
    assert!(!gaps.contains("id=\"f-title\""), "no form before one is wanted: {gaps}");
    let write = links(&gaps).into_iter().find(|link| link.contains("?write=")).unwrap();
    let form = mona.page(write.split('#').next().unwrap()).await;
    assert_eq!(form.matches("id=\"f-title\"").count(), 1, "{form}");
    world.key(world.spec(vestibule::domain::key::KeyKind::Publishable)).await;
    let ask = links(&gaps).into_iter().find(|link| link.contains("/playground?ask=")).unwrap();
    assert!(mona.page(&ask).await.contains("Do you sell a zither?"), "the question is brought along");

    let document = [("title", "Zithers"), ("text", "We sell a zither for 80 euros.")];
    let control = world.upstream.control();
    control.fail_on_times("/api/v1/document/raw-text", Failure::Status500, 1);
    let failed = mona.post(GAPS, &document).await;
    assert_eq!(failed.status, 502, "{}", failed.text());
    assert!(failed.text().contains("for 80 euros"), "what was typed is not lost: {}", failed.text());
    for _ in 0..2 {
        let page = mona.done(GAPS, &document).await;
        let made = actions(&page).into_iter().filter(|action| action.contains("/gaps/documents/")).count();
        assert_eq!(made, 1, "the same is not made twice: {page}");
    }
    let page = mona.page(GAPS).await;
    let remove = actions(&page).into_iter().find(|action| action.contains("/gaps/documents/")).unwrap();
    assert!(mona.done(&remove, &[]).await.contains("The document is gone"));
    assert_eq!(mona.post(&remove, &[]).await.status, 404);
    assert_eq!(mona.post(&format!("{GAPS}/documents/x"), &[]).await.status, 404);
    // And can be written anew.
    assert!(mona.done(GAPS, &document).await.contains("Zithers"));
}

#[tokio::test]
async fn questions_of_staff_stand_apart() {
    let world = populated(World::builder()).await;
    let key = world.publishable_key().await;
    let public_id = vestibule::domain::key::ApiKey::parse(&key).unwrap().public_id().to_string();
    let mut mona = Staff::log_in(&world, "mona").await;
    mona.page("/console/workspaces/shop/playground").await;
    let place = "/console/workspaces/shop/playground/ask";
    mona.post(place, &[("key", &public_id), ("message", "Do you sell a zither?")]).await;
    let staff = shows(&mut mona, &format!("{CONVERSATIONS}?which=staff"), "zither").await;
    assert!(staff.contains("From the playground</span>"), "{staff}");
    asked(&world, IN_VAIN).await;
    shows(&mut mona, GAPS, "xylophone").await;
    let file = mona.get("/console/workspaces/shop/conversations-file?format=csv").await.text().to_owned();
    for shown in [mona.page(CONVERSATIONS).await, mona.page(GAPS).await, file] {
        assert!(shown.contains("xylophone") && !shown.contains("zither"), "{shown}");
    }
}

#[tokio::test]
async fn conversations_are_found_by_what_people_type() {
    let world = populated(World::builder()).await;
    let key = world.publishable_key().await;
    let public_id = vestibule::domain::key::ApiKey::parse(&key).unwrap().public_id().to_string();
    let shop = world.public().bearer(&key).with("origin", crate::harness::ORIGIN);
    let mut mona = Staff::log_in(&world, "mona").await;
    let first = json!({"message": "Einhornsättel and saddles for the NW-18?", "session_id": "s-1", "visitor": {"locale": "de-AT"}});
    assert_eq!(shop.post("/api/v1/chat", &first).await.status, 200);
    assert_eq!(shop.post("/api/v1/chat", &json!({"message": "And a zither?", "session_id": "s-1"})).await.status, 200);
    shows(&mut mona, CONVERSATIONS, "zither").await;
    let host = crate::harness::ORIGIN.trim_start_matches("https://");
    let day = world.ambient.now().format("%Y-%m-%d").to_string();
    for query in [
        "q=saddle".to_owned(),
        "q=einhorn".to_owned(),
        "q=nw18".to_owned(),
        "q=NW-18".to_owned(),
        "q=drum+or+saddles".to_owned(),
        "q=%22saddles+for%22+-drum".to_owned(),
        "locale=de&q=saddle".to_owned(),
        format!("origin={host}%2F&q=saddle"),
        format!("key={public_id}&q=saddle"),
        format!("from={day}&to={day}&q=saddle"),
    ] {
        let page = mona.page(&format!("{CONVERSATIONS}?{query}")).await;
        assert!(page.contains("Einhornsättel"), "the question that is meant, not the newest: {query} {page}");
    }
    for query in [
        "which=refused_open&q=saddle",
        "q=sattel",
        "q=nw19",
        "q=%22saddles+the%22",
        "q=saddle+-nw18",
        "locale=fr",
        "origin=elsewhere.example",
        "key=AAAAAAAAAAAA",
        "key=x",
        "to=2020-01-01",
        "visitor=nobody",
        "which=staff",
    ] {
        let page = mona.page(&format!("{CONVERSATIONS}?{query}")).await;
        assert!(page.contains("No conversation is like that"), "{query} {page}");
    }
    assert!(mona.page(&format!("{CONVERSATIONS}?which=refused_open&q=zither")).await.contains("And a zither?"));
}

#[tokio::test]
async fn what_a_shopper_wrote_to_people_waits_there_with_their_contact() {
    let world = populated(World::builder()).await;
    world.change_settings(r#"support = support || '{"handoff_mode": "contact_form"}'"#).await;
    let mut mona = Staff::log_in(&world, "mona").await;
    let shop = world.server().await;
    let letter = json!({
        "session_id": "s-1", "message": "Where is it? <script>alert(1)</script>", "name": "\"><img src=x>",
        "email": "\"><img@example.com", "phone": "+49 (30) 1234", "order_number": "<b>4711", "company": "<i>ACME",
    });
    eventually(async || {
        let answer = shop.post("/api/v1/widget/handover", &letter).await;
        if answer.status == 201 { Ok(()) } else { Err(answer.text().to_owned()) }
    })
    .await;
    let list = mona.page(&format!("{CONVERSATIONS}?which=waiting")).await;
    assert!(list.contains("Handed over") && list.contains("written to people at once"), "{list}");
    assert!(mona.page(&format!("{CONVERSATIONS}?which=refused")).await.contains("No conversation is like that"));
    let page = mona.page(&place_of_first(&list)).await;
    assert!(page.contains("Written to you") && page.contains("Where is it? &lt;script&gt;"), "{page}");
    assert!(
        page.contains("href=\"tel:+49301234\"") && page.contains("href=\"mailto:%22%3E%3Cimg%40example.com\""),
        "{page}"
    );
    assert!(!page.contains("<script>alert") && !page.contains("<img") && !page.contains("<b>4711"), "{page}");
    let version = page.split("name=\"version\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    mona.done(&place_of_first(&list), &[("solved", "yes"), ("version", &version)]).await;
    assert!(mona.page(&format!("{CONVERSATIONS}?which=waiting")).await.contains("No conversation is like that"));
    assert!(mona.page(&format!("{CONVERSATIONS}?which=handed_over")).await.contains("Handed over"));
    mona.post("/console/language", &[("language", "de")]).await;
    assert!(mona.page(&place_of_first(&list)).await.contains("An Sie geschrieben"));
}

#[tokio::test]
async fn what_would_be_found_for_a_question_now_is_shown_on_demand_and_its_failure_in_place() {
    let world = populated(World::builder()).await;
    let mut mona = Staff::log_in(&world, "mona").await;
    asked(&world, "How strong is the drill?").await;
    let list = shows(&mut mona, CONVERSATIONS, "How strong is the drill?").await;
    let place = place_of_first(&list);
    let searches = || {
        let asked = world.upstream.control().requests();
        asked.iter().filter(|request| request.path_and_query.ends_with("/vector-search")).count()
    };
    let before = searches();
    let page = mona.page(&place).await;
    assert_eq!(searches(), before, "nothing is looked for before somebody asks");
    let found = mona.page(&look_of(&page)).await;
    let shown = found.split("class=\"found\"").nth(1).unwrap_or_else(|| panic!("{found}"));
    assert!(shown.contains("<ol>") && shown.to_lowercase().contains("drill"), "{shown}");
    // Another conversation's question, or none, is nothing to look for.
    for other in ["01a22d88-cf3a-7f3b-ba17-7d9e73100781", "x"] {
        assert!(!mona.page(&format!("{place}?look={other}")).await.contains("class=\"found\""), "{other}");
    }
    asked(&world, IN_VAIN).await;
    let list = shows(&mut mona, CONVERSATIONS, "xylophone").await;
    let other = mona.page(&place_of_first(&list)).await;
    let search = format!("/api/v1/workspace/{}/vector-search", world.workspace.upstream_slug);
    world.upstream.control().fail_on(&search, Failure::Refuse);
    let failed = mona.page(&look_of(&other)).await;
    assert!(failed.contains("cannot be shown now") && failed.contains("<code>upstream_error</code>"), "{failed}");
    assert!(failed.contains("xylophone"), "the conversation is there all the same");
    world.upstream.control().heal();
    let nothing = mona.page(&look_of(&other)).await;
    assert!(nothing.contains("The documents hold nothing about this."), "{nothing}");
}

#[tokio::test]
async fn conversations_are_for_whoever_manages_the_workspace() {
    let world = populated(World::builder()).await;
    let mut dora = Staff::log_in(&world, "dora").await;
    for path in [CONVERSATIONS, GAPS] {
        assert_eq!(dora.get(path).await.status, 403, "{path}");
    }
    let mut mona = Staff::log_in(&world, "mona").await;
    for path in ["/console/workspaces/none/conversations", "/console/workspaces/none/gaps"] {
        assert_eq!(mona.get(path).await.status, 404, "{path}");
    }
    let unknown = format!("{CONVERSATIONS}/01a22d88-cf3a-7f3b-ba17-7d9e73100781");
    assert_eq!(mona.get(&unknown).await.status, 404);
}
