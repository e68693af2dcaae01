use super::*;
use crate::domain::json;
use crate::domain::workspace::market::Country;
use proptest::prelude::*;
use serde_json::json;

/// Fields and codes of what is wrong with a content that has these members.
fn wrong(members: Value) -> Vec<(String, &'static str)> {
    let mut content = json!({"name": "Shop"});
    json::merge_patch(&mut content, members);
    match WorkspaceContent::read(content) {
        Ok(_) => Vec::new(),
        Err(faults) => faults.into_vec().into_iter().map(|fault| (fault.field, fault.code)).collect(),
    }
}

#[test]
fn the_defaults_are_valid_and_their_own_spelling() {
    let content = WorkspaceContent::named("Shop");
    assert_eq!(content.clone().checked().unwrap(), content);
}

#[test]
fn every_broken_rule_names_its_field() {
    let long = |length: usize| "x".repeat(length);
    for (members, field, code) in [
        (json!({"name": ""}), "name", "too_short"),
        (json!({"name": long(201)}), "name", "too_long"),
        (json!({"name": "a\nb"}), "name", "format"),
        (json!({"status": "on"}), "status", "format"),
        (json!({"nmae": "x"}), "nmae", "unknown"),
        (json!({"settings": []}), "settings", "type"),
        (json!({"settings": {"chat_mode": "automatic"}}), "settings.chat_mode", "format"),
        (json!({"settings": {"top_n": 0}}), "settings.top_n", "out_of_range"),
        (json!({"settings": {"top_n": 21}}), "settings.top_n", "out_of_range"),
        (json!({"settings": {"top_n": "4"}}), "settings.top_n", "type"),
        (json!({"settings": {"score_threshold": 1.1}}), "settings.score_threshold", "out_of_range"),
        (json!({"settings": {"prompt": ""}}), "settings.prompt", "too_short"),
        (json!({"settings": {"prompt": long(20_001)}}), "settings.prompt", "too_long"),
        (json!({"settings": {"prompt": "a\u{0}"}}), "settings.prompt", "format"),
        (json!({"settings": {"refusal_message": long(2001)}}), "settings.refusal_message", "too_long"),
        (json!({"settings": {"temperature": 2.1}}), "settings.temperature", "out_of_range"),
        (json!({"settings": {"history_messages": 101}}), "settings.history_messages", "out_of_range"),
        (json!({"settings": {"max_message_chars": 0}}), "settings.max_message_chars", "out_of_range"),
        (json!({"settings": {"max_message_chars": 32_001}}), "settings.max_message_chars", "out_of_range"),
        (json!({"settings": {"max_stream_secs": 4}}), "settings.max_stream_secs", "out_of_range"),
        (json!({"settings": {"max_stream_secs": 901}}), "settings.max_stream_secs", "out_of_range"),
        (json!({"settings": {"cache_ttl_secs": 86_401}}), "settings.cache_ttl_secs", "out_of_range"),
        (json!({"settings": {"default_locale": "german"}}), "settings.default_locale", "format"),
        (json!({"settings": {"locales": ["de", "xx-"]}}), "settings.locales[1]", "format"),
        (json!({"settings": {"locales": ["de", "DE"]}}), "settings.locales[1]", "conflict"),
        (json!({"settings": {"currency": "EURO"}}), "settings.currency", "format"),
        (json!({"settings": {"country": "Germany"}}), "settings.country", "format"),
        (json!({"settings": {"timezone": "Berlin"}}), "settings.timezone", "format"),
        (json!({"settings": {"retention_days": 0}}), "settings.retention_days", "out_of_range"),
        (json!({"settings": {"retention_days": 3651}}), "settings.retention_days", "out_of_range"),
        (json!({"settings": {"privacy_url": "http://shop.example/privacy"}}), "settings.privacy_url", "format"),
        (json!({"settings": {"privacy_url": "https://a:b@shop.example/"}}), "settings.privacy_url", "format"),
        (
            json!({"settings": {"privacy_url": format!("https://shop.example/{}", long(2000))}}),
            "settings.privacy_url",
            "too_long",
        ),
        (json!({"settings": {"ai_disclosure": ""}}), "settings.ai_disclosure", "too_short"),
        (json!({"settings": {"ai_disclosure": long(501)}}), "settings.ai_disclosure", "too_long"),
        (json!({"widget": {"title": ""}}), "widget.title", "too_short"),
        (json!({"widget": {"title": long(61)}}), "widget.title", "too_long"),
        (json!({"widget": {"tagline": long(121)}}), "widget.tagline", "too_long"),
        (json!({"widget": {"greeting": long(1001)}}), "widget.greeting", "too_long"),
        (json!({"widget": {"placeholder": long(121)}}), "widget.placeholder", "too_long"),
        (json!({"widget": {"avatar_url": "javascript:alert(1)"}}), "widget.avatar_url", "format"),
        (json!({"widget": {"logo_url": "https://"}}), "widget.logo_url", "format"),
        (json!({"widget": {"brand_color": "red"}}), "widget.brand_color", "format"),
        (json!({"widget": {"text_color": "#FFF"}}), "widget.text_color", "format"),
        (json!({"widget": {"theme": "dim"}}), "widget.theme", "format"),
        (json!({"widget": {"position": "top"}}), "widget.position", "format"),
        (json!({"widget": {"auto_open_secs": 601}}), "widget.auto_open_secs", "out_of_range"),
        (
            json!({"widget": {"suggested": ["a", "b", "c", "d", "e", "f", "g", "h", "i"]}}),
            "widget.suggested",
            "too_long",
        ),
        (json!({"widget": {"suggested": ["a", ""]}}), "widget.suggested[1]", "too_short"),
        (json!({"widget": {"card_fields": ["title", "weight"]}}), "widget.card_fields[1]", "format"),
        (json!({"widget": {"card_fields": ["title", "title"]}}), "widget.card_fields[1]", "conflict"),
        (json!({"widget": {"max_cards": 11}}), "widget.max_cards", "out_of_range"),
        (json!({"widget": {"card_cta": ""}}), "widget.card_cta", "too_short"),
        (json!({"widget": {"card_cta": long(31)}}), "widget.card_cta", "too_long"),
        (json!({"widget": {"utm": {"source": "x"}}}), "widget.utm", "format"),
        (json!({"widget": {"utm": {"utm_source": long(201)}}}), "widget.utm.utm_source", "too_long"),
        (json!({"widget": {"translations": {"german": {}}}}), "widget.translations", "format"),
        (json!({"widget": {"translations": {"de": {"title": ""}}}}), "widget.translations.de.title", "too_short"),
        (json!({"widget": {"translations": {"de": {"titel": "x"}}}}), "widget.translations.de.titel", "unknown"),
        (json!({"support": {"handoff_mode": "fax"}}), "support.handoff_mode", "format"),
        (json!({"support": {"handoff_mode": "email"}}), "support.contact_email", "required"),
        (json!({"support": {"handoff_mode": "url"}}), "support.contact_url", "required"),
        (json!({"support": {"handoff_mode": "webhook"}}), "support.webhook_url", "required"),
        (json!({"support": {"contact_email": "nobody"}}), "support.contact_email", "format"),
        (json!({"support": {"contact_email": format!("a@{}", long(254))}}), "support.contact_email", "too_long"),
        (json!({"support": {"contact_phone": "030 123456"}}), "support.contact_phone", "format"),
        (json!({"support": {"contact_url": "http://shop.example"}}), "support.contact_url", "format"),
        (json!({"support": {"webhook_url": "http://shop.example"}}), "support.webhook_url", "format"),
        (json!({"support": {"prechat_fields": ["iban"]}}), "support.prechat_fields[0]", "format"),
        (json!({"support": {"trigger_phrases": [""]}}), "support.trigger_phrases[0]", "too_short"),
        (json!({"support": {"after_refusals": 0}}), "support.after_refusals", "out_of_range"),
        (json!({"support": {"after_refusals": 11}}), "support.after_refusals", "out_of_range"),
        (json!({"support": {"after_hours": "sleep"}}), "support.after_hours", "format"),
        (json!({"support": {"offline_message": long(1001)}}), "support.offline_message", "too_long"),
        (
            json!({"support": {"business_hours": {"weekly": [["monday", "09:00", "18:00"]]}}}),
            "support.business_hours.weekly[0]",
            "type",
        ),
        (json!({"extra": {"a": long(16 * 1024)}}), "extra", "too_long"),
        (json!({"extra": {"a": ["\u{0}"]}}), "extra", "format"),
        (json!({"extra": {"a": 1e300}}), "extra", "format"),
        (json!({"extra": 7}), "extra", "type"),
    ] {
        let found = wrong(members.clone());
        assert!(found.contains(&(field.to_owned(), code)), "{field} {code}: {found:?} for {members}");
    }
}

#[test]
fn hours_name_their_faults_within_the_support() {
    let hours = json!({"timezone": "Mars", "weekly": [{"day": "monday", "opens": "18:00", "closes": "09:00"}]});
    let found = wrong(json!({"support": {"business_hours": hours}}));
    let fields: Vec<_> = found.iter().map(|(field, _)| field.as_str()).collect();
    assert!(fields.contains(&"support.business_hours.timezone"), "{fields:?}");
    assert!(fields.iter().any(|field| field.starts_with("support.business_hours.weekly[0]")), "{fields:?}");
}

#[test]
fn all_faults_are_told_at_once() {
    let found = wrong(json!({
        "name": "", "settings": {"top_n": 0, "currency": "X"}, "widget": {"title": ""}, "support": {"after_refusals": 99}
    }));
    let fields: Vec<_> = found.iter().map(|(field, _)| field.as_str()).collect();
    assert_eq!(fields, ["name", "settings.top_n", "settings.currency", "widget.title", "support.after_refusals"]);
}

#[test]
fn what_is_malformed_hides_nothing_else_that_is_wrong() {
    let mut found = wrong(json!({
        "settings": {
            "default_locale": "german", "locales": ["de", "xx-", ""], "currency": "EURO", "country": "Germany",
            "timezone": "Berlin", "top_n": 0
        },
        "widget": {
            "brand_color": "red", "text_color": "#FFF",
            "translations": {"german": {}, "DE": {"title": ""}, "de": {}}
        },
        "support": {
            "contact_phone": "030 123456", "handoff_mode": "email",
            "business_hours": {"timezone": "Mars", "exceptions": [{"date": "2026-02-30", "label": ""}]}
        }
    }));
    found.sort();
    let wanted = [
        ("settings.country", "format"),
        ("settings.currency", "format"),
        ("settings.default_locale", "format"),
        ("settings.locales[1]", "format"),
        ("settings.locales[2]", "format"),
        ("settings.locales[2]", "too_short"),
        ("settings.timezone", "format"),
        ("settings.top_n", "out_of_range"),
        ("support.business_hours.exceptions[0].date", "format"),
        ("support.business_hours.exceptions[0].label", "too_short"),
        ("support.business_hours.timezone", "format"),
        ("support.contact_email", "required"),
        ("support.contact_phone", "format"),
        ("widget.brand_color", "format"),
        ("widget.text_color", "format"),
        ("widget.translations", "format"),
        ("widget.translations.de", "conflict"),
        ("widget.translations.de.title", "too_short"),
    ];
    assert_eq!(found, wanted.map(|(field, code)| (field.to_owned(), code)));
    // Of another type, or unknown, one is told alone, as of any body.
    assert_eq!(
        wrong(json!({"settings": {"currency": 5, "country": "Germany"}})),
        [("settings.currency".to_owned(), "type")]
    );
}

#[test]
fn what_has_several_spellings_is_kept_in_one() {
    let content = WorkspaceContent::read(json!({
        "name": "  Shop  ",
        "settings": {"default_locale": "DE-de", "locales": ["EN"], "currency": "eur", "country": "at", "timezone": "europe/vienna"},
        "widget": {"brand_color": "#abcdef", "translations": {"PT-br": {"title": "Conversa"}}},
    }))
    .unwrap();
    assert_eq!(content.name, "Shop");
    let settings = &content.settings;
    assert_eq!((settings.default_locale.as_str(), settings.locales[0].as_str()), ("de-DE", "en"));
    assert_eq!((settings.currency.as_str(), settings.country.as_ref().map(Country::as_str)), ("EUR", Some("AT")));
    assert_eq!(settings.timezone.as_str(), "Europe/Vienna");
    assert_eq!(content.widget.brand_color.as_str(), "#ABCDEF");
    assert!(content.widget.translations.keys().any(|locale| locale.as_str() == "pt-BR"));
}

proptest! {
    #[test]
    fn any_json_is_refused_or_becomes_a_content_that_stays_as_it_is(
        members in prop::collection::btree_map("name|settings|widget|support|extra|status", free(), 0..6)
    ) {
        let value = Value::Object(members.into_iter().collect());
        if let Ok(content) = WorkspaceContent::read(value) {
            prop_assert_eq!(content.clone().checked(), Ok(content));
        }
    }
}

/// Any JSON, often with the names of our fields.
fn free() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (0_u32..30).prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,30}".prop_map(Value::from),
        "de|en-US|EUR|query|#1f6feb|https://shop.example/|Europe/Berlin".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(
                "top_n|currency|locales|title|brand_color|translations|utm|contact_email|business_hours|weekly|.{0,8}",
                inner,
                0..5
            )
            .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}
