//! What holds for forms and pages of every kind: ids, labels, languages, what was typed, and sessions that are over.

use super::{Staff, populated};
use crate::harness::{World, eventually};
use serde_json::json;
use std::collections::BTreeSet;
use vestibule::domain::key::KeyKind;

const ASSISTANT: &str = "/console/workspaces/shop/assistant";
const STORE: &str = "/console/workspaces/shop/catalogue/store";
const GAPS: &str = "/console/workspaces/shop/gaps";

/// The values of an attribute, in the order of the page.
fn values<'a>(page: &'a str, name: &str) -> Vec<&'a str> {
    let begin = format!(" {name}=\"");
    page.match_indices(&begin).map(|(at, _)| page[at + begin.len()..].split('"').next().unwrap()).collect()
}

fn check_ids(path: &str, page: &str) {
    let all = values(page, "id");
    let ids: BTreeSet<_> = all.iter().copied().collect();
    let twice: Vec<_> = ids.iter().filter(|id| all.iter().filter(|own| own == id).count() > 1).collect();
    assert!(twice.is_empty(), "{path} has ids twice: {twice:?}");
    for name in ["for", "aria-describedby"] {
        for id in values(page, name).into_iter().flat_map(str::split_whitespace) {
            assert!(ids.contains(id), "{path}: {name}={id} leads nowhere");
        }
    }
    for id in values(page, "href").into_iter().filter_map(|place| place.strip_prefix('#')) {
        assert!(ids.contains(id), "{path}: #{id} leads nowhere");
    }
}

async fn ask_in_vain(world: &World, questions: &[&str]) {
    let shop = world.server().await;
    for question in questions {
        let answer = shop.post("/api/v1/chat", &json!({"message": question, "mode": "query"})).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
}

#[tokio::test]
async fn every_id_stands_once_and_every_label_leads_to_its_field() {
    let world = populated(World::builder()).await;
    let mut anna = Staff::log_in(&world, "anna").await;
    let key = world.key(world.spec(KeyKind::Publishable)).await;
    let key = key.split('_').nth(3).unwrap()[..12].to_owned();
    ask_in_vain(&world, &["Is the xylophone made of quartz?", "Does the zeppelin fly to Quito?"]).await;
    eventually(async || {
        let page = anna.clone().page(GAPS).await;
        if page.matches("<article>").count() > 1 { Ok(()) } else { Err(page) }
    })
    .await;
    anna.page(STORE).await;
    let store = [("platform", "feed"), ("store_url", "https://shop.example"), ("feed_url", "https://shop.example/f")];
    anna.done(STORE, &[&store[..], &[("feed_format", "csv"), ("credentials", "none")]].concat()).await;
    for path in [
        "/console",
        "/console/login?over=yes",
        "/console/keys",
        &format!("/console/keys/{key}"),
        "/console/new-key",
        "/console/new-key?kind=secret",
        "/console/new-workspace",
        "/console/workspaces/shop",
        ASSISTANT,
        "/console/workspaces/shop/conversations",
        GAPS,
        "/console/workspaces/shop/catalogue",
        STORE,
        "/console/workspaces/shop/playground",
        "/console/workspaces/shop/webhooks",
        "/console/workspaces/shop/new-webhook",
        "/console/workspaces/shop/privacy",
        "/console/usage",
        "/console/people?workspace=shop",
        "/console/audit",
        "/console/system",
    ] {
        check_ids(path, &anna.page(path).await);
    }
    for (path, fields) in [
        ("/console/new-key", vec![("kind", "publishable"), ("allowed_origins", "x\ny"), ("limits.burst", "0")]),
        (GAPS, vec![("title", ""), ("text", "")]),
        (STORE, vec![("platform", "shopify"), ("store_url", "x"), ("schedule.every", "own")]),
        ("/console/new-workspace", vec![("name", ""), ("settings.default_locale", "x y")]),
    ] {
        let answer = anna.post(path, &fields).await;
        assert_eq!(answer.status, 422, "{path}: {}", answer.text());
        check_ids(path, answer.text());
    }
}

#[tokio::test]
async fn faults_name_labels_and_not_paths() {
    let world = populated(World::builder()).await;
    let mut mona = Staff::log_in(&world, "mona").await;
    mona.page("/console/new-key").await;
    let form = [("kind", "publishable"), ("name", "x"), ("allowed_origins", "x/y"), ("limits.per_minute", "0")];
    let page = mona.post("/console/new-key", &form).await.text().to_owned();
    assert!(page.contains(">Pages it may be used in, entry 1</a>"), "{page}");
    assert!(page.contains(">Requests a minute</a>") && !page.contains(">limits.per_minute"), "{page}");
    let usage = mona.get("/console/usage?zone=x").await;
    assert!(
        !usage.text().contains("Nothing was saved") && usage.text().contains("cannot be shown"),
        "{}",
        usage.text()
    );

    mona.post("/console/language", &[("language", "de")]).await;
    let page = mona.post("/console/new-key", &form).await.text().to_owned();
    assert!(page.contains("Eintrag 1</a>") && !page.contains("must "), "{page}");
    let usage = mona.get("/console/usage?zone=x").await;
    assert!(usage.text().contains("Diese Zeitzone gibt es nicht."), "{}", usage.text());
}

#[tokio::test]
async fn german_pages_refuse_in_german() {
    let world = populated(World::builder()).await;
    let mut dora = Staff::log_in(&world, "dora").await;
    dora.post("/console/language", &[("language", "de")]).await;
    let missing = dora.get("/console/nothing").await;
    assert!(missing.text().contains("Diese Seite gibt es in der Konsole nicht."), "{}", missing.text());
    let forbidden = dora.get("/console/keys").await;
    assert_eq!(forbidden.status, 403);
    for english in ["Your ", "The ", "There ", "This "] {
        for page in [missing.text(), forbidden.text()] {
            assert!(!page.contains(&format!("<p>{english}")), "{page}");
        }
    }
    let mut mona = Staff::log_in(&world, "mona").await;
    mona.post("/console/language", &[("language", "de")]).await;
    world.key(world.spec(KeyKind::Publishable)).await;
    let playground = mona.page("/console/workspaces/shop/playground").await;
    assert!(playground.contains("AnythingLLM ist nicht erreichbar."), "what the script may have to say: {playground}");
    assert!(!playground.contains("data-events="), "the script would take it for an address: {playground}");
}

#[tokio::test]
async fn typed_credentials_never_vanish() {
    let world = populated(World::builder()).await;
    let mut mona = Staff::log_in(&world, "mona").await;
    let form = mona.page(STORE).await;
    assert!(!form.contains("value=\"keep\""), "nothing is stored that could be kept: {form}");
    let base = [
        ("platform", "feed"),
        ("store_url", "https://shop.example"),
        ("feed_url", "https://shop.example/f"),
        ("feed_format", "csv"),
        ("credentials.token", "sekrit-sekrit-sekrit"),
    ];
    for choice in ["keep", "none", ""] {
        let answer = mona.post(STORE, &[&base[..], &[("credentials", choice)]].concat()).await;
        assert_eq!(answer.status, 422, "{choice}: {}", answer.text());
        assert!(answer.text().contains("id=\"f-credentials-fault\"") && !answer.text().contains("sekrit"), "{choice}");
    }
    assert_eq!(world.query::<i64>("SELECT count(*) FROM vestibule.store_connections").await, [0]);
    mona.done(STORE, &[&base[..], &[("credentials", "bearer")]].concat()).await;
    let form = mona.page(STORE).await;
    assert!(form.contains("value=\"keep\"") && form.contains("krit"), "{form}");
}

#[tokio::test]
async fn schedules_are_chosen_and_others_typed() {
    let world = populated(World::builder()).await;
    let mut mona = Staff::log_in(&world, "mona").await;
    mona.page(STORE).await;
    let base = [
        ("platform", "feed"),
        ("store_url", "https://shop.example"),
        ("feed_url", "https://shop.example/f"),
        ("feed_format", "csv"),
        ("credentials", "none"),
    ];
    let cron = async || world.query::<Option<String>>("SELECT schedule_cron FROM vestibule.store_connections").await;
    for (fields, stored) in [
        (vec![("schedule.every", "30 4 * * *")], Some("30 4 * * *")),
        (vec![("schedule.every", "own"), ("schedule.cron", "5 5 * * *")], Some("5 5 * * *")),
        // Typed, and not chosen: it counts.
        (vec![("schedule.every", ""), ("schedule.cron", "6 6 * * *")], Some("6 6 * * *")),
        (vec![("schedule.every", "")], None),
    ] {
        mona.done(STORE, &[&base[..], &fields].concat()).await;
        assert_eq!(cron().await, [stored.map(str::to_owned)], "{fields:?}");
    }
}

#[tokio::test]
async fn opening_hours_are_typed_as_people_write_them() {
    let world = populated(World::builder()).await;
    let mut mona = Staff::log_in(&world, "mona").await;
    mona.post("/console/language", &[("language", "de")]).await;
    mona.page(ASSISTANT).await;
    let base = [("name", "Shop"), ("status", "active")];
    let wrong =
        [("hours.monday", "9:00-12:00, 13:00-18:00"), ("hours.saturday", "zehn"), ("hours.exceptions", "24.12. 10-12")];
    let answer = mona.post(ASSISTANT, &[&base[..], &wrong].concat()).await;
    assert_eq!(answer.status, 422, "{}", answer.text());
    let page = answer.text();
    assert!(
        page.contains("id=\"f-hours-saturday-fault\"") && page.contains("id=\"f-hours-exceptions-fault\""),
        "{page}"
    );
    assert!(page.contains(">Samstag</a>") && !page.contains(">support.") && !page.contains("must be"), "{page}");
    assert!(!page.contains("f-hours-monday-fault") && page.contains("value=\"zehn\""), "{page}");
    let right = [("hours.monday", "9-12, 13:30-18"), ("hours.exceptions", "24.12.2026 10-12 Heiligabend")];
    let page = mona.done(ASSISTANT, &[&base[..], &right].concat()).await;
    assert!(page.contains("value=\"09:00-12:00, 13:30-18:00\""), "{page}");
    assert!(page.contains("2026-12-24 10:00-12:00 Heiligabend"), "{page}");
}

#[tokio::test]
async fn the_longest_prompt_fits_its_form() {
    let world = populated(World::builder()).await;
    let mut mona = Staff::log_in(&world, "mona").await;
    mona.page(ASSISTANT).await;
    let prompt = "ж".repeat(20_000);
    let page = mona.done(ASSISTANT, &[("name", "Shop"), ("status", "active"), ("settings.prompt", &prompt)]).await;
    assert!(page.contains(&prompt), "it is there");
}

#[tokio::test]
async fn a_key_is_shown_once_and_loading_its_page_again_makes_no_other() {
    let world = populated(World::builder()).await;
    let mut mona = Staff::log_in(&world, "mona").await;
    mona.page("/console/new-key").await;
    let form = [
        ("kind", "publishable"),
        ("env", "live"),
        ("name", "Storefront"),
        ("workspace", "shop"),
        ("allowed_origins", "https://shop.example"),
        ("scopes", "chat:write"),
    ];
    let made = mona.post("/console/new-key", &form).await;
    assert_eq!(made.status, 303, "{}", made.text());
    assert!(!format!("{:?}", made.headers).contains("vst_"), "it is sealed");
    let place = made.header("location").unwrap().to_owned();
    // Neither another page nor another session can open it.
    let mut other = Staff::log_in(&world, "mona").await;
    other.cookies.insert("vestibule_console_once".into(), mona.cookies["vestibule_console_once"].clone());
    assert!(!other.page(&place).await.contains("<code>vst_"));
    assert!(mona.page(&place).await.contains("<code>vst_"));
    let again = mona.page(&place).await;
    assert!(!again.contains("<code>vst_") && again.contains("PASTE_YOUR_PUBLISHABLE_KEY_HERE"), "{again}");
    assert!(again.contains("Put your key in the place of"), "{again}");
    assert!(again.contains("mona (user:"), "who has made it: {again}");
    assert_eq!(world.query::<i64>("SELECT count(*) FROM vestibule.api_keys WHERE name = 'Storefront'").await, [1]);
}

#[tokio::test]
async fn a_form_that_came_too_late_leads_to_the_login_and_back_to_its_page() {
    let world = populated(World::builder()).await;
    let mut mona = Staff::log_in(&world, "mona").await;
    mona.page("/console/new-key").await;
    mona.cookies.clear();
    mona.http = mona.http.with("referer", "https://staff.example/console/new-key?workspace=shop");
    let late = mona.post("/console/new-key", &[("name", "x")]).await;
    let place = late.header("location").unwrap().to_owned();
    assert_eq!(
        (late.status.as_u16(), place.as_str()),
        (303, "/console/login?next=%2Fconsole%2Fnew-key%3Fworkspace%3Dshop&unsent=yes")
    );
    let login = mona.page(&place).await;
    assert!(login.contains("what you sent was not saved") && login.contains("data-unsent"), "{login}");
    assert!(login.contains("value=\"/console/new-key?workspace=shop\""), "{login}");
}

#[tokio::test]
async fn who_is_in_goes_on_and_who_ends_the_session_leaves_nothing_behind() {
    let world = populated(World::builder()).await;
    let mut mona = Staff::log_in(&world, "mona").await;
    let login = mona.get("/console/login?next=%2Fconsole%2Fkeys").await;
    assert_eq!((login.status.as_u16(), login.header("location")), (303, Some("/console/keys")));
    mona.page("/console/keys?q=a").await;
    let spoken = mona.post("/console/language", &[("language", "de"), ("next", "/console/keys?q=a")]).await;
    assert_eq!(spoken.header("location"), Some("/console/keys?q=a"));
    let spoken = mona.post("/console/language", &[("language", "en"), ("next", "//evil.example")]).await;
    assert_eq!(spoken.header("location"), Some("/console"));
    mona.page("/console/people").await;
    let ended = mona.post("/console/people/sessions/end", &[]).await;
    assert_eq!(ended.header("location"), Some("/console/login?over=yes"));
    assert!(!mona.cookies.contains_key("vestibule_console"), "{:?}", mona.cookies.keys());
}

#[tokio::test]
async fn every_page_of_a_workspace_is_found_from_all_workspaces() {
    let world = populated(World::builder()).await;
    let mut anna = Staff::log_in(&world, "anna").await;
    for page in ["conversations", "assistant", "catalogue", "playground", "privacy", "webhooks"] {
        let home = anna.page("/console").await;
        assert!(home.contains(&format!("href=\"/console/workspaces/shop/{page}\"")), "{page}: {home}");
    }
    let audit = anna.page("/console/audit").await;
    let menu = audit.split("class=\"menu\"").nth(1).unwrap().split("</details>").next().unwrap();
    assert!(menu.contains("href=\"/console/workspaces/shop\""), "choosing a workspace leads to it: {menu}");
}

#[tokio::test]
async fn a_name_that_is_taken_is_said_at_its_field() {
    let world = populated(World::builder()).await;
    let mut mona = Staff::log_in(&world, "mona").await;
    mona.page("/console/new-workspace").await;
    let answer = mona.post("/console/new-workspace", &[("name", "Another <b>"), ("slug", "shop")]).await;
    assert_eq!(answer.status, 409, "{}", answer.text());
    assert!(
        answer.text().contains("id=\"f-slug-fault\"") && answer.text().contains("Another &lt;b&gt;"),
        "{}",
        answer.text()
    );
}

#[tokio::test]
async fn dates_beside_another_period_are_not_taken_without_a_word() {
    let world = populated(World::builder()).await;
    let mut mona = Staff::log_in(&world, "mona").await;
    let told = mona.page("/console/usage?period=7d&from=2026-11-01&to=2026-11-02").await;
    assert!(told.contains("From and to were left out") && !told.contains("value=\"2026-11-01\""), "{told}");
    let own = mona.page("/console/usage?from=2026-11-01&to=2026-11-02").await;
    assert!(!own.contains("were left out") && own.contains("value=\"2026-11-01\""), "{own}");
    let far = mona.get("/console/usage?period=own&from=1900-01-01&to=2100-01-01&by=hour").await;
    assert!(far.text().contains("From and to must be days"), "{}", far.text());
}

#[tokio::test]
async fn a_conflict_shows_no_colours_that_only_browsers_tell_apart() {
    let world = populated(World::builder()).await;
    let mut mona = Staff::log_in(&world, "mona").await;
    mona.page(ASSISTANT).await;
    let form = [("name", "Mine"), ("status", "active"), ("version", "0")];
    // The default, as browsers send it.
    let colour = "#1f6feb";
    let answer = mona.post(ASSISTANT, &[&form[..], &[("widget.brand_color", colour)]].concat()).await;
    assert_eq!(answer.status, 412, "{}", answer.text());
    assert!(
        super::as_read(answer.text()).contains("<td>Mine</td>")
            && !super::as_read(answer.text()).contains(&format!("<td>{colour}</td>")),
        "{}",
        answer.text()
    );
}

#[tokio::test]
async fn a_reason_that_is_too_long_stays_in_its_form() {
    let world = populated(World::builder()).await;
    let mut mona = Staff::log_in(&world, "mona").await;
    let key = world.key(world.spec(KeyKind::Publishable)).await;
    let place = format!("/console/keys/{}", &key.split('_').nth(3).unwrap()[..12]);
    mona.page(&place).await;
    let reason = "why ".repeat(200);
    let answer = mona.post(&format!("{place}/revoke"), &[("reason", &reason)]).await;
    assert_eq!(answer.status, 422, "{}", answer.text());
    assert!(
        answer.text().contains("id=\"f-reason-fault\"") && answer.text().contains(reason.trim()),
        "{}",
        answer.text()
    );
}
