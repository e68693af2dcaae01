//! The settings of a workspace as fields of a form. Which there are and what a field may hold is decided by the structs
//! in `domain/workspace`; here stands how each is typed.

use crate::api::console::form::Form;
use crate::api::console::keys::number;
use crate::api::console::parts::{self, Field, area, check, faults_of, field, field_id, select};
use crate::api::console::texts::{Texts, choice_word};
use crate::domain::faults::Faults;
use maud::{Markup, html};
use serde_json::{Map, Value, json};

/// How a setting is typed.
#[derive(Debug, Clone, Copy)]
pub(super) enum Typed {
    Text,
    Email,
    Address,
    Color,
    Area(u8),
    /// An entry a line.
    Lines(u8),
    /// `name = value` a line.
    Pairs,
    /// As JSON, for what has parts of its own.
    Json(u8),
    Number(f64, f64, &'static str),
    Flag,
    Choice(&'static [&'static str]),
    Many(&'static [&'static str]),
}

/// A setting by its path.
pub(super) type Setting = (&'static str, Typed);

use Typed::{Address, Area, Choice, Color, Email, Flag, Json, Lines, Many, Number, Pairs, Text};

pub(super) const ANSWERS: &[Setting] = &[
    ("name", Text),
    ("status", Choice(&["active", "paused", "draft"])),
    ("settings.prompt", Area(10)),
    ("settings.chat_mode", Choice(&["query", "chat"])),
    ("settings.refusal_message", Area(3)),
    ("settings.score_threshold", Number(0.0, 1.0, "0.01")),
    ("settings.top_n", Number(1.0, 20.0, "1")),
    ("settings.temperature", Number(0.0, 2.0, "0.1")),
    ("settings.history_messages", Number(0.0, 100.0, "1")),
    ("settings.max_message_chars", Number(1.0, 32_000.0, "1")),
    ("settings.max_stream_secs", Number(5.0, 900.0, "1")),
    ("settings.cache_ttl_secs", Number(0.0, 86_400.0, "1")),
    ("settings.answer_cache_ttl_secs", Number(0.0, 86_400.0, "1")),
];

pub(super) const MARKET: &[Setting] = &[
    ("settings.default_locale", Text),
    ("settings.locales", Lines(3)),
    ("settings.currency", Text),
    ("settings.country", Text),
    ("settings.timezone", Text),
    ("settings.prices_include_tax", Flag),
];

pub(super) const PRIVACY: &[Setting] = &[
    ("settings.ai_disclosure", Area(2)),
    ("settings.ai_disclosure_waiver", Area(2)),
    ("settings.store_transcripts", Flag),
    ("settings.retention_days", Number(1.0, 3650.0, "1")),
    ("settings.redact_pii_in_logs", Flag),
    ("settings.consent_required", Flag),
    ("settings.privacy_url", Address),
];

pub(super) const WIDGET: &[Setting] = &[
    ("widget.title", Text),
    ("widget.tagline", Text),
    ("widget.greeting", Area(3)),
    ("widget.placeholder", Text),
    ("widget.suggested", Lines(4)),
    ("widget.brand_color", Color),
    ("widget.text_color", Color),
    ("widget.theme", Choice(&["auto", "light", "dark"])),
    ("widget.position", Choice(&["bottom-right", "bottom-left", "inline"])),
    ("widget.auto_open_secs", Number(0.0, 600.0, "1")),
    ("widget.avatar_url", Address),
    ("widget.logo_url", Address),
    ("widget.show_sources", Flag),
    ("widget.show_powered_by", Flag),
    (
        "widget.card_fields",
        Many(&["title", "image", "price", "sale_price", "availability", "rating", "brand", "variant", "sku", "url"]),
    ),
    ("widget.max_cards", Number(0.0, 10.0, "1")),
    ("widget.card_cta", Text),
    ("widget.utm", Pairs),
    ("widget.translations", Json(6)),
];

pub(super) const SUPPORT: &[Setting] = &[
    ("support.handoff_mode", Choice(&["off", "contact_form", "email", "webhook", "url"])),
    ("support.contact_email", Email),
    ("support.contact_phone", Text),
    ("support.contact_url", Address),
    ("support.webhook_url", Address),
    ("support.prechat_fields", Many(&["name", "email", "phone", "order_number", "company"])),
    ("support.trigger_phrases", Lines(3)),
    ("support.after_refusals", Number(1.0, 10.0, "1")),
    ("support.after_hours", Choice(&["chat", "contact_form", "hide"])),
    ("support.offline_message", Area(2)),
];

/// All, in the order of the page.
pub(super) const GROUPS: [&[Setting]; 5] = [ANSWERS, MARKET, PRIVACY, WIDGET, SUPPORT];

/// The value at a path of a content.
pub(super) fn at<'a>(content: &'a Value, path: &str) -> &'a Value {
    path.split('.').fold(content, |value, name| value.get(name).unwrap_or(&Value::Null))
}

/// A value as it is typed.
pub(super) fn as_typed(value: &Value, typed: Typed) -> String {
    match (value, typed) {
        (Value::Null, _) => String::new(),
        (Value::String(text), _) => text.clone(),
        (Value::Array(entries), _) => entries.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("\n"),
        (Value::Object(members), Pairs) => {
            let line = |(name, value): (&String, &Value)| format!("{name} = {}", value.as_str().unwrap_or_default());
            members.iter().map(line).collect::<Vec<_>>().join("\n")
        }
        (Value::Object(members), _) if members.is_empty() => String::new(),
        (Value::Object(_), _) => format!("{value:#}"),
        (value, _) => value.to_string(),
    }
}

/// What was typed, as the API takes it: what is empty is the default. Of what has members those that are left out are
/// said to be gone, or a merge would keep them.
pub(super) fn sent(form: &Form, (path, typed): Setting, before: &Value) -> Value {
    match typed {
        Flag => form.flag(path).into(),
        Lines(_) => form.lines(path).into(),
        Many(_) => Value::Array(form.all(path).map(Value::from).collect()),
        Number(..) => form.text(path).map_or(Value::Null, number),
        Pairs => {
            let pair = |line: &String| {
                let (name, value) = line.split_once('=').unwrap_or((line, ""));
                (name.trim().to_owned(), value.trim().into())
            };
            replacing(at(before, path), form.lines(path).iter().map(pair).collect())
        }
        Json(_) => match form.text(path).map(serde_json::from_str::<Value>) {
            None => replacing(at(before, path), Map::new()),
            Some(Ok(Value::Object(members))) => replacing(at(before, path), members),
            // For the rules to refuse, and to be seen again.
            Some(Ok(_) | Err(_)) => form.text(path).into(),
        },
        // Its line breaks are part of what was written.
        Area(_) => form.sent(path).filter(|text| !text.trim().is_empty()).into(),
        Text | Email | Address | Color | Choice(_) => form.text(path).into(),
    }
}

fn replacing(before: &Value, mut members: Map<String, Value>) -> Value {
    for name in before.as_object().into_iter().flat_map(Map::keys) {
        members.entry(name.clone()).or_insert(Value::Null);
    }
    Value::Object(members)
}

/// What is put over a content for a setting to be so.
pub(super) fn put(over: &mut Map<String, Value>, path: &str, value: Value) {
    match path.split_once('.') {
        None => drop(over.insert(path.to_owned(), value)),
        Some((group, name)) => {
            let group = over.entry(group).or_insert_with(|| json!({}));
            if let Value::Object(members) = group {
                members.insert(name.to_owned(), value);
            }
        }
    }
}

/// A setting's field, with what the page holds of it.
pub(super) fn drawn((path, typed): Setting, content: &Value, faults: &Faults, t: &'static Texts) -> Markup {
    let value = at(content, path);
    let text = as_typed(value, typed);
    let (label, help) = words(path, t);
    let of = |kind| Field { name: path, label, help, value: &text, kind, required: path == "name", form: "" };
    let line = |kind| field(of(kind), faults, t);
    match typed {
        Text => line(parts::Kind::Text),
        Email => line(parts::Kind::Email),
        Address => line(parts::Kind::Address),
        Color => line(parts::Kind::Color),
        Number(min, max, step) => line(parts::Kind::Number { min, max, step }),
        Area(rows) | Lines(rows) | Json(rows) => area(of(parts::Kind::Text), rows, faults, t),
        Pairs => area(of(parts::Kind::Text), 3, faults, t),
        Flag => {
            let field = Field { value: "", ..of(parts::Kind::Text) };
            check(field, value.as_bool().unwrap_or(false), faults, t)
        }
        Choice(choices) => {
            let word = |choice: &'static str| (choice, choice_word(path, choice, t).unwrap_or(choice));
            let options: Vec<_> = choices.iter().map(|choice| word(choice)).collect();
            select(of(parts::Kind::Text), &options, faults, t)
        }
        Many(choices) => {
            let chosen = |choice: &str| value.as_array().is_some_and(|all| all.iter().any(|one| one == choice));
            html! {
                fieldset id=(field_id(path)) {
                    legend { (label) }
                    p.help { (help) }
                    @for choice in choices {
                        @let id = format!("{}-{choice}", field_id(path));
                        div.field.check {
                            input id=(id) type="checkbox" name=(path) value=(choice) checked[chosen(choice)];
                            label for=(id) { (choice_word(path, choice, t).unwrap_or(choice)) }
                        }
                    }
                    (faults_of(path, faults, t))
                }
            }
        }
    }
}

/// A setting's label and its help.
pub(super) fn words(path: &str, t: &Texts) -> (&'static str, &'static str) {
    let own = t.settings.iter().find(|(own, ..)| *own == path);
    own.map_or(("", ""), |(_, label, help)| (*label, *help))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::console::locale::Language;
    use crate::domain::workspace::WorkspaceContent;

    #[test]
    fn every_setting_can_be_typed_and_has_words_in_both_languages() {
        let content = serde_json::to_value(WorkspaceContent::named("Shop")).unwrap();
        let typed: Vec<_> = GROUPS.concat();
        for (group, members) in content.as_object().unwrap() {
            let Some(members) = members.as_object().filter(|_| group != "extra") else { continue };
            for name in members.keys().filter(|name| *name != "business_hours") {
                let path = format!("{group}.{name}");
                assert!(typed.iter().any(|(own, _)| *own == path), "{path} has no field");
            }
        }
        for (path, typed) in typed {
            if let Choice(choices) | Many(choices) = typed {
                let en = Texts::of(Language::English);
                assert!(choices.iter().all(|choice| choice_word(path, choice, en).is_some()), "{path} has no words");
            }
            for language in [Language::English, Language::German] {
                let (label, help) = words(path, Texts::of(language));
                assert!(!label.is_empty(), "{path} has no label in {language:?}");
                assert!(!help.is_empty(), "{path} has no help in {language:?}");
            }
        }
    }

    #[test]
    fn what_is_drawn_and_sent_again_changes_nothing() {
        let content = serde_json::to_value(WorkspaceContent::named("Shop")).unwrap();
        for (path, typed) in GROUPS.concat() {
            let value = at(&content, path);
            let again = as_typed(value, typed);
            if let Number(..) = typed {
                assert_eq!(if again.is_empty() { Value::Null } else { number(&again) }, *value, "{path}");
            }
        }
    }
}
