//! Making a workspace, and setting its assistant up.

use super::{Staff, populated};
use crate::harness::World;
use serde_json::json;
use std::collections::BTreeMap;

/// The fields of the form on a page, as a browser would send them.
fn form_of(page: &str, action: &str) -> Vec<(String, String)> {
    let start = page.find(&format!("<form method=\"post\" action=\"{action}\"")).expect("the form");
    let form = &page[start..start + page[start..].find("</form>").unwrap()];
    let unescaped =
        |text: &str| text.replace("&quot;", "\"").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
    let attribute = |tag: &str, name: &str| {
        let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
        Some(unescaped(rest.split('"').next().unwrap()))
    };
    let mut fields = Vec::new();
    for part in form.split('<') {
        let tag = part.split('>').next().unwrap();
        if tag.starts_with("input ") {
            let is_box = attribute(tag, "type").as_deref() == Some("checkbox");
            if (!is_box || tag.contains(" checked"))
                && let Some(name) = attribute(tag, "name")
            {
                fields.push((name, attribute(tag, "value").unwrap_or_default()));
            }
        } else if tag.starts_with("textarea ") {
            let text = part.split_once('>').unwrap().1;
            fields.push((attribute(tag, "name").unwrap(), unescaped(text.strip_prefix('\n').unwrap_or(text))));
        } else if tag.starts_with("select ") {
            fields.push((attribute(tag, "name").unwrap(), String::new()));
        } else if tag.starts_with("option ") && tag.contains(" selected") {
            fields.last_mut().unwrap().1 = attribute(tag, "value").unwrap();
        }
    }
    fields.retain(|(name, _)| name != "form_token");
    fields
}

fn changed(fields: &[(String, String)], changes: &[(&str, &str)]) -> Vec<(String, String)> {
    let changes: BTreeMap<_, _> = changes.iter().copied().collect();
    let mut fields: Vec<_> = fields
        .iter()
        .map(|(name, value)| {
            (name.clone(), changes.get(name.as_str()).map_or(value.clone(), |value| (*value).to_owned()))
        })
        .collect();
    for (name, value) in changes {
        if !fields.iter().any(|(own, _)| own == name) {
            fields.push((name.to_owned(), value.to_owned()));
        }
    }
    fields
}

fn borrowed(fields: &[(String, String)]) -> Vec<(&str, &str)> {
    fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

struct Shop {
    world: World,
    mona: Staff,
    place: String,
}

impl Shop {
    async fn made() -> Self {
        let world = populated(World::builder()).await;
        let mut mona = Staff::log_in(&world, "mona").await;
        mona.page("/console/new-workspace").await;
        let form = [("name", "Alpine Store"), ("platform", "shopify"), ("settings.timezone", "Europe/Berlin")];
        let page = mona.done("/console/new-workspace", &form).await;
        assert!(page.contains("The workspace is made.") && page.contains("Alpine Store"), "{page}");
        Self { world, mona, place: "/console/workspaces/alpine-store/assistant".into() }
    }

    async fn content(&self) -> serde_json::Value {
        let login = json!({"username": "anna", "password": super::PASSWORD});
        let login = self.world.public().post("/api/v1/auth/login", &login).await.json();
        let api = self.world.public().bearer(login["access_token"].as_str().unwrap());
        api.get("/api/v1/workspaces/alpine-store").await.json()
    }
}

#[tokio::test]
async fn a_workspace_is_made_and_set_up() {
    let mut shop = Shop::made().await;
    let before = shop.content().await;
    let page = shop.mona.page(&shop.place).await;
    let fields = form_of(&page, &shop.place);
    // Saved as it is, nothing is different.
    let saved = shop.mona.done(&shop.place, &borrowed(&fields)).await;
    assert!(saved.contains("The settings are saved."), "{saved}");
    let after = shop.content().await;
    for group in ["settings", "widget", "support"] {
        assert_eq!(before[group], after[group], "{group}");
    }
    let fields = changed(
        &form_of(&saved, &shop.place),
        &[
            ("settings.prompt", "Be kind.\nBe short."),
            ("settings.top_n", "7"),
            ("widget.suggested", "Which drill?\nHow do I return it?"),
            ("widget.utm", "utm_source = chat"),
            ("hours.monday", "09:00-12:00, 13:00-18:00"),
            ("hours.exceptions", "2026-12-24 09:00-12:00 Christmas Eve\n2026-12-25 Christmas"),
        ],
    );
    let page = shop.mona.done(&shop.place, &borrowed(&fields)).await;
    assert!(page.contains("svg class=\"chart week\""), "the week is a picture: {page}");
    let now = shop.content().await;
    assert_eq!(now["settings"]["prompt"], "Be kind.\nBe short.");
    assert_eq!(now["settings"]["top_n"], 7);
    assert_eq!(now["widget"]["suggested"], json!(["Which drill?", "How do I return it?"]));
    assert_eq!(now["widget"]["utm"], json!({"utm_source": "chat"}));
    let hours = &now["support"]["business_hours"];
    assert_eq!(hours["weekly"].as_array().unwrap().len(), 2, "{hours}");
    assert_eq!(hours["exceptions"][0]["label"], "Christmas Eve");
    assert_eq!(hours["exceptions"][1]["intervals"], json!([]));
    // What is emptied is gone.
    let fields = changed(&form_of(&page, &shop.place), &[("widget.utm", ""), ("settings.top_n", "")]);
    shop.mona.done(&shop.place, &borrowed(&fields)).await;
    assert_eq!(shop.content().await["widget"]["utm"], json!({}));
}

/// The settings that the preview gives to the widget.
fn previewed(page: &str) -> serde_json::Value {
    let config = page.split("<vestibule-chat preview=\"").nth(1).unwrap_or_else(|| panic!("{page}"));
    let config = config.split('"').next().unwrap().replace("&quot;", "\"").replace("&lt;", "<").replace("&gt;", ">");
    serde_json::from_str(&config.replace("&amp;", "&")).unwrap()
}

#[tokio::test]
async fn the_widget_is_shown_with_what_was_typed_and_nothing_is_kept_of_it() {
    let mut shop = Shop::made().await;
    let page = shop.mona.get(&shop.place).await;
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("frame-src 'self'") && policy.contains("frame-ancestors 'none'"), "{policy}");
    let fields = form_of(page.text(), &shop.place);
    let preview = format!("{}/preview", shop.place);
    assert!(page.text().contains(&format!("<iframe name=\"widget-preview\" src=\"{preview}\"")), "{}", page.text());
    let requests = || shop.world.upstream.control().request_count();

    let saved = shop.mona.get(&preview).await;
    assert_eq!(saved.status, 200, "{}", saved.text());
    let policy = saved.header("content-security-policy").unwrap();
    for part in ["default-src 'none'", "script-src 'self'", "frame-ancestors 'self'", "form-action 'none'"] {
        assert!(policy.contains(part) && !policy.contains("unsafe"), "{policy}");
    }
    assert_eq!(saved.header("x-frame-options"), Some("SAMEORIGIN"));
    assert!(saved.text().contains("<script type=\"module\" src=\"/widget.js\">"), "{}", saved.text());
    let before = shop.content().await;
    let requests_before = requests();
    let (title, disclosure) = (previewed(saved.text())["title"].clone(), "You are chatting with an AI assistant.");
    assert_eq!(previewed(saved.text())["ai_disclosure"], disclosure);

    let changes = [
        ("widget.title", "Alpine \"<b>\" & co"),
        ("widget.brand_color", "#00AA55"),
        ("widget.greeting", "Servus!"),
        ("widget.suggested", "Which drill?\nHow do I return it?"),
        ("hours.monday", "09:00-12:00"),
        ("support.handoff_mode", "contact_form"),
        ("settings.locales", "de"),
        ("preview_language", "de"),
    ];
    let shown = shop.mona.post(&preview, &borrowed(&changed(&fields, &changes))).await;
    assert_eq!(shown.status, 200, "{}", shown.text());
    let config = previewed(shown.text());
    assert_eq!((&config["title"], &config["greeting"]), (&json!("Alpine \"<b>\" & co"), &json!("Servus!")));
    assert_eq!(config["appearance"]["brand_color"], "#00AA55");
    assert_eq!((&config["suggested"][1], &config["locale"]), (&json!("How do I return it?"), &json!("de")));
    assert_eq!(
        (&config["capabilities"]["handover"], &config["business_hours"]["reason"]),
        (&json!(true), &json!("weekly"))
    );
    assert!(shown.text().contains("<noscript>") && shown.text().contains("Servus!"), "{}", shown.text());

    let wrong = changed(&fields, &[("widget.brand_color", "green"), ("widget.title", "Never shown")]);
    let wrong = shop.mona.post(&preview, &borrowed(&wrong)).await;
    assert_eq!(wrong.status, 422, "{}", wrong.text());
    assert_eq!(previewed(wrong.text())["title"], title, "what is saved");
    assert!(wrong.text().contains("role=\"alert\"") && !wrong.text().contains("Never shown"), "{}", wrong.text());
    assert_eq!(requests(), requests_before, "AnythingLLM was not asked");
    assert_eq!(shop.content().await, before, "nothing was kept");
}

#[tokio::test]
async fn faults_stand_beside_their_settings() {
    let mut shop = Shop::made().await;
    let page = shop.mona.page(&shop.place).await;
    let wrong = [("settings.top_n", "99"), ("settings.timezone", "Europe/Atlantis"), ("hours.monday", "18:00-09:00")];
    let fields = changed(&form_of(&page, &shop.place), &wrong);
    let answer = shop.mona.post(&shop.place, &borrowed(&fields)).await;
    assert_eq!(answer.status, 422, "{}", answer.text());
    for id in ["f-settings-top_n-fault", "f-settings-timezone-fault", "f-hours-monday-fault"] {
        assert!(answer.text().contains(&format!("id=\"{id}\"")), "{id}: {}", answer.text());
    }
    assert!(!answer.text().contains("business_hours.weekly"), "{}", answer.text());
    assert!(answer.text().contains("Europe/Atlantis"));
}

#[tokio::test]
async fn a_conflict_shows_both_versions() {
    let mut shop = Shop::made().await;
    let page = shop.mona.page(&shop.place).await;
    let read = form_of(&page, &shop.place);
    let theirs = changed(&read, &[("widget.title", "Theirs")]);
    shop.mona.done(&shop.place, &borrowed(&theirs)).await;
    let mine = changed(&read, &[("widget.title", "Mine")]);
    let answer = shop.mona.post(&shop.place, &borrowed(&mine)).await;
    assert_eq!(answer.status, 412);
    assert!(super::as_read(answer.text()).contains("<td>Mine</td><td>Theirs</td>"), "{}", answer.text());
    let again = form_of(answer.text(), &shop.place);
    let saved = shop.mona.done(&shop.place, &borrowed(&again)).await;
    assert!(saved.contains(r#"name="widget.title" value="Mine""#), "{saved}");
}

#[tokio::test]
async fn what_was_changed_in_anythingllm_is_settled_either_way() {
    let mut shop = Shop::made().await;
    for take in ["upstream", "vestibule"] {
        let upstream = shop.content().await["upstream"]["slug"].as_str().unwrap().to_owned();
        let http = crate::harness::Http::new(shop.world.upstream.addr()).bearer(shop.world.upstream.api_key());
        let renamed =
            http.post(&format!("/api/v1/workspace/{upstream}/update"), &json!({"name": "Changed there"})).await;
        assert_eq!(renamed.status, 200, "{}", renamed.text());
        let page = shop.mona.page(&shop.place).await;
        assert!(page.contains("In AnythingLLM these settings are different."), "{page}");
        let page = shop.mona.done("/console/workspaces/alpine-store/settle", &[("take", take)]).await;
        assert!(
            page.contains("Both sides are the same again.") && !page.contains("these settings are different"),
            "{page}"
        );
        let fields = changed(&form_of(&page, &shop.place), &[("name", "Alpine Store")]);
        shop.mona.done(&shop.place, &borrowed(&fields)).await;
    }
}
