//! `GET /api/v1/widget/config`: what a widget is shown, in which language, and for how long it may be kept.

use crate::harness::{Answer, Http, ORIGIN, World, WorldBuilder, eventually};
use chrono::{DateTime, Utc};
use http::Method;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use vestibule::domain::clock::{Ambient, Clock, SystemRandomness};
use vestibule::domain::key::KeyKind;
use vestibule::domain::scope::Scope;

const CONFIG: &str = "/api/v1/widget/config";

/// A clock that stands until it is set.
#[derive(Debug)]
struct Standing(AtomicI64);

impl Standing {
    fn at(time: &str) -> Arc<Self> {
        let clock = Arc::new(Self(AtomicI64::new(0)));
        clock.set(time);
        clock
    }

    fn set(&self, time: &str) {
        let time: DateTime<Utc> = time.parse().unwrap();
        self.0.store(time.timestamp_millis(), Ordering::SeqCst);
    }
}

impl Clock for Standing {
    fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(self.0.load(Ordering::SeqCst)).unwrap()
    }
}

fn world_at(clock: &Arc<Standing>) -> WorldBuilder {
    let clock: Arc<dyn Clock> = Arc::clone(clock) as _;
    World::builder().ambient(Ambient { clock, randomness: Arc::new(SystemRandomness) })
}

/// Changes the workspace through the API, as its staff does.
async fn change(world: &World, patch: &Value) {
    let mut spec = world.spec(KeyKind::Secret);
    spec.scopes = [Scope::WorkspacesRead, Scope::WorkspacesWrite, Scope::ConversationsRead].into_iter().collect();
    let staff = world.public().bearer(&world.key(spec).await).with("if-match", "*");
    let staff = staff.with("content-type", "application/merge-patch+json");
    let answer = staff.send(Method::PATCH, "/api/v1/workspaces/shop", patch.to_string()).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
}

async fn shown(http: &Http, query: &str) -> Answer {
    let answer = http.get(&format!("{CONFIG}{query}")).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer
}

/// For `eventually`: whether the title is this one.
async fn titled(http: &Http, title: &str) -> Result<(), Value> {
    let found = shown(http, "").await.json()["title"].clone();
    if found == title { Ok(()) } else { Err(found) }
}

fn branded() -> Value {
    json!({
        "settings": {
            "prompt": "private-prompt", "refusal_message": "private-refusal",
            "default_locale": "en", "locales": ["de-DE"], "currency": "CHF", "country": "CH", "timezone": "Europe/Berlin",
            "consent_required": true, "privacy_url": "https://shop.example/privacy"
        },
        "widget": {
            "title": "Advice", "greeting": "Hello", "brand_color": "#112233", "theme": "dark",
            "suggested": ["Where is my order?"], "card_fields": ["title", "price"], "utm": {"utm_source": "chat"},
            "translations": {"de": {"title": "Beratung", "greeting": "Guten Tag", "ai_disclosure": "Hier antwortet eine KI."}}
        },
        "support": {
            "handoff_mode": "webhook", "webhook_url": "https://private-hook.example/in", "contact_email": "help@shop.example",
            "trigger_phrases": ["private-phrase"], "after_refusals": 2, "after_hours": "contact_form",
            "business_hours": {"weekly": [{"day": "monday", "opens": "09:00", "closes": "18:00"}]}
        },
        "extra": {"note": "private-note"}
    })
}

#[tokio::test]
async fn a_new_workspace_shows_the_defaults_and_that_an_ai_answers() {
    let world = World::start().await;
    let config = shown(&world.browser().await, "").await.json();
    assert_eq!(
        (&config["workspace"], &config["locale"], &config["locales"]),
        (&json!("shop"), &json!("en"), &json!(["en"]))
    );
    assert_eq!(config["ai_disclosure"], "You are chatting with an AI assistant.");
    assert_eq!(config["appearance"]["brand_color"], "#1F6FEB");
    assert_eq!(config["support"]["handoff_mode"], "off");
    let hours = json!({"open": true, "reason": "not_configured", "label": null, "opens_at": null, "closes_at": null});
    assert_eq!(config["business_hours"], hours);
    assert_eq!(config["privacy"], json!({"consent_required": false, "privacy_url": null}));
}

#[tokio::test]
async fn what_staff_sets_is_shown_and_nothing_that_is_not_for_shoppers() {
    let clock = Standing::at("2026-06-01T06:59:30Z");
    let world = world_at(&clock).start().await;
    let browser = world.browser().await;
    change(&world, &branded()).await;
    eventually(async || titled(&browser, "Advice").await).await;
    let answer = shown(&browser, "").await;
    let config = answer.json();
    assert_eq!((&config["greeting"], &config["suggested"]), (&json!("Hello"), &json!(["Where is my order?"])));
    assert_eq!(
        (&config["appearance"]["brand_color"], &config["appearance"]["theme"]),
        (&json!("#112233"), &json!("dark"))
    );
    assert_eq!(config["cards"]["fields"], json!(["title", "price"]));
    assert_eq!(config["cards"]["utm"], json!({"utm_source": "chat"}));
    let privacy = json!({"consent_required": true, "privacy_url": "https://shop.example/privacy"});
    assert_eq!(config["privacy"], privacy);
    assert_eq!(config["market"], json!({"currency": "CHF", "country": "CH", "prices_include_tax": true}));
    assert_eq!(
        (&config["support"]["handoff_mode"], &config["support"]["email"]),
        (&json!("webhook"), &json!("help@shop.example"))
    );
    assert_eq!(
        (&config["support"]["after_refusals"], &config["support"]["after_hours"]),
        (&json!(2), &json!("contact_form"))
    );
    assert!(!answer.text().contains("private-"), "{}", answer.text());
    assert!(!answer.text().contains(&world.workspace.upstream_slug), "{}", answer.text());
}

#[tokio::test]
async fn the_language_is_the_pages_or_else_the_browsers_or_else_the_shops() {
    let world = World::start().await;
    let browser = world.browser().await;
    change(&world, &branded()).await;
    eventually(async || titled(&browser, "Advice").await).await;
    for (query, languages, locale, title) in [
        ("", None, "en", "Advice"),
        ("", Some("de-AT,de;q=0.9,en;q=0.8"), "de-DE", "Beratung"),
        ("", Some("fr, *;q=0.1"), "en", "Advice"),
        ("", Some("rubbish;;q=x,,"), "en", "Advice"),
        ("?locale=de", Some("en"), "de-DE", "Beratung"),
        ("?locale=DE-ch", None, "de-DE", "Beratung"),
        ("?locale=fr", Some("de"), "de-DE", "Beratung"),
    ] {
        let http = languages.map_or_else(|| browser.clone(), |languages| browser.with("accept-language", languages));
        let answer = shown(&http, query).await;
        let config = answer.json();
        assert_eq!((&config["locale"], &config["title"]), (&json!(locale), &json!(title)), "{query} {languages:?}");
        assert_eq!(answer.header("content-language"), Some(locale));
    }
    let german = shown(&browser, "?locale=de").await.json();
    assert_eq!(german["ai_disclosure"], "Hier antwortet eine KI.");
    assert_eq!(german["suggested"], json!(["Where is my order?"]), "what is not translated stays");
    for query in ["?locale=german!", "?locale=", "?locale=de&locale=en", "?language=de"] {
        let answer = browser.get(&format!("{CONFIG}{query}")).await;
        assert_eq!((answer.status.as_u16(), answer.code()), (422, "validation_failed".into()), "{query}");
    }
}

#[tokio::test]
async fn an_answer_may_be_kept_until_the_shop_opens_or_closes_and_no_longer() {
    let clock = Standing::at("2026-06-01T06:59:30Z");
    let world = world_at(&clock).start().await;
    let browser = world.browser().await;
    change(&world, &branded()).await;
    eventually(async || titled(&browser, "Advice").await).await;
    let before = shown(&browser, "").await;
    assert_eq!(before.header("cache-control"), Some("public, max-age=30"));
    let hours = &before.json()["business_hours"];
    assert_eq!((&hours["open"], &hours["reason"]), (&json!(false), &json!("weekly")));
    assert_eq!((&hours["opens_at"], &hours["closes_at"]), (&json!("2026-06-01T07:00:00Z"), &Value::Null));

    clock.set("2026-06-01T07:00:00Z");
    let tag = before.header("etag").unwrap().to_owned();
    let after = shown(&browser.with("if-none-match", &tag), "").await;
    assert_eq!(after.header("cache-control"), Some("public, max-age=60"));
    let hours = &after.json()["business_hours"];
    assert_eq!((&hours["open"], &hours["closes_at"]), (&json!(true), &json!("2026-06-01T16:00:00Z")));

    clock.set("2026-06-01T15:59:59.500Z");
    assert_eq!(shown(&browser, "").await.header("cache-control"), Some("public, max-age=0"));
}

#[tokio::test]
async fn what_a_client_has_already_is_not_sent_again() {
    let world = World::start().await;
    let browser = world.browser().await;
    let first = shown(&browser, "").await;
    let tag = first.header("etag").unwrap();
    assert!(tag.starts_with('"') && tag.ends_with('"'), "{tag} is strong");
    let vary: Vec<_> = first.headers.get_all("vary").iter().map(|v| v.to_str().unwrap()).collect();
    let vary = vary.join(", ");
    for name in ["Origin", "Accept-Language", "Authorization", "X-Widget-Key"] {
        assert!(vary.contains(name), "{vary}");
    }
    for known in [tag.to_owned(), format!("W/{tag}"), format!("\"x\", {tag}"), "*".to_owned()] {
        let answer = browser.with("if-none-match", &known).get(CONFIG).await;
        assert_eq!(answer.status, 304, "{known}");
        assert!(answer.body.is_empty());
        assert_eq!(answer.header("etag"), Some(tag));
        assert_eq!(answer.header("cache-control"), Some("public, max-age=60"));
        assert_eq!(answer.header("access-control-allow-origin"), Some(ORIGIN));
    }
    assert_eq!(browser.with("if-none-match", "\"x\"").get(CONFIG).await.status, 200);
    let german = shown(&browser.with("if-none-match", "\"x\""), "?locale=de").await;
    assert_eq!(german.header("etag"), Some(tag), "the same bytes have the same tag");
}

#[tokio::test]
async fn caches_on_the_way_keep_only_what_a_publishable_key_was_told() {
    let world = World::start().await;
    let key = world.publishable_key().await;
    let page = world.public().with("origin", ORIGIN);
    for browser in [page.bearer(&key), page.with("x-widget-key", &key)] {
        assert_eq!(shown(&browser, "").await.header("cache-control"), Some("public, max-age=60"));
    }
    let server = world.server().await;
    assert_eq!(shown(&server, "").await.header("cache-control"), Some("private, max-age=60"));
    let refused = page.get(CONFIG).await;
    assert_eq!((refused.status.as_u16(), refused.code()), (401, "unauthenticated".into()));
    assert_eq!(refused.header("cache-control"), Some("no-store"));
}

#[tokio::test]
async fn only_who_may_show_the_widget_is_told() {
    let world = World::start().await;
    let key = world.publishable_key().await;
    let elsewhere = world.public().bearer(&key).with("origin", "https://other.example").get(CONFIG).await;
    assert_eq!((elsewhere.status.as_u16(), elsewhere.code()), (403, "forbidden_origin".into()));
    let nowhere = world.public().bearer(&key).get(CONFIG).await;
    assert_eq!((nowhere.status.as_u16(), nowhere.code()), (403, "forbidden_origin".into()));
    let mut spec = world.spec(KeyKind::Publishable);
    spec.scopes = [Scope::ChatWrite].into_iter().collect();
    let chat_only = world.public().bearer(&world.key(spec).await).with("origin", ORIGIN).get(CONFIG).await;
    assert_eq!((chat_only.status.as_u16(), chat_only.code()), (403, "insufficient_scope".into()));
    let other = world.browser().await.get(&format!("{CONFIG}?workspace=other")).await;
    assert_eq!((other.status.as_u16(), other.code()), (404, "not_found".into()));
    let mut spec = world.spec(KeyKind::Secret);
    spec.workspace = None;
    let tenant_wide = world.public().bearer(&world.key(spec).await);
    assert_eq!(tenant_wide.get(CONFIG).await.status, 422, "which workspace?");
    assert_eq!(shown(&tenant_wide, "?workspace=shop").await.json()["workspace"], "shop");
    world.set_status(world.workspace.id, "paused").await;
    eventually(async || {
        let answer = tenant_wide.get(&format!("{CONFIG}?workspace=shop")).await;
        if answer.status == 404 { Ok(()) } else { Err(answer.status) }
    })
    .await;
}

#[tokio::test]
async fn a_change_on_one_replica_is_shown_by_the_other() {
    let world = World::start().await;
    let replica = world.replica().await;
    let key = world.publishable_key().await;
    let (here, there) = (world.public(), replica.public());
    let [here, there] = [here, there].map(|http| http.bearer(&key).with("origin", ORIGIN));
    for http in [&here, &there] {
        assert_eq!(titled(http, "Chat").await, Ok(()));
    }
    change(&world, &json!({"widget": {"title": "Changed"}})).await;
    for http in [&here, &there] {
        eventually(async || titled(http, "Changed").await).await;
    }
}

#[tokio::test]
async fn it_is_served_from_memory() {
    let world = World::start().await;
    let browser = world.browser().await;
    let first = shown(&browser, "").await;
    world.upstream.control().clear_requests();
    let held = world.lock("vestibule.workspaces").await;
    let again = shown(&browser, "").await;
    assert_eq!(first.body, again.body);
    assert!(world.upstream.control().requests().is_empty());
    held.release().await;
}
