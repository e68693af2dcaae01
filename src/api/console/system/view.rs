//! The installation as a page.

use crate::anythingllm::MissingModel;
use crate::api::console::locale::Language;
use crate::api::console::parts::{Tone, badge, foreign, notice, table};
use crate::api::console::texts::{SystemTexts, fill, put};
use crate::api::console::visit::Visit;
use crate::config::ToldSetting;
use crate::reports::{HealthPart, SigningKeyState, SystemFacts, SystemState};
use maud::{Markup, html};

pub(super) fn page(visit: &Visit, seen: &SystemState, facts: &SystemFacts) -> Markup {
    let t = &visit.texts().system;
    html! {
        h1 { (t.title) }
        p { (t.lead) }
        @if !facts.warnings.is_empty() {
            h2 { (t.warnings) }
            @for warning in &facts.warnings { (notice(Tone::Warn, html! { span lang="en" { (foreign(warning)) } })) }
        }
        h2 { (t.health) }
        p.quiet { (t.health_lead) }
        (health(t, &seen.parts))
        h2 { (t.versions) }
        (versions(t, seen))
        h2 { (t.replicas) }
        p { (replicas(visit, seen.replicas)) }
        h2 { (t.signing_keys) }
        p.quiet { (t.signing_lead) }
        (signing_keys(visit, seen.signing_keys.as_deref()))
        h2 { (t.open) }
        p { (t.open_lead) }
        (visit.form("/console/anythingllm", html! { button { (t.open_button) } }))
        h2 { (t.left_off) }
        p.quiet { (t.left_off_lead) }
        @if facts.left_off.is_empty() { p { (t.nothing_left_off) } }
        @else {
            ul {
                @for off in &facts.left_off {
                    li {
                        @match visit.locale().language {
                            Language::English => { (off.english) }
                            Language::German => { (off.german) }
                        }
                    }
                }
            }
        }
        h2 { (t.settings) }
        p.quiet { (t.settings_lead) }
        (settings(t, &facts.settings))
    }
}

/// The link, once it was made.
pub(super) fn link(visit: &Visit, url: &str) -> Markup {
    let t = &visit.texts().system;
    html! {
        h1 { (t.open) }
        p { (t.open_ready) }
        p { a.button.primary href=(url) rel="noreferrer noopener" target="_blank" { (t.open_link) } }
    }
}

pub(super) fn no_link(visit: &Visit) -> Markup {
    let t = &visit.texts().system;
    html! { h1 { (t.open) } (notice(Tone::Warn, html! { (t.open_off) })) }
}

fn health(t: &SystemTexts, parts: &[HealthPart]) -> Markup {
    let rows = html! {
        @for part in parts {
            tr {
                th scope="row" { (part_name(t, part.name)) div.quiet { code { (part.name) } } }
                td {
                    @if part.is_there { (badge(Tone::Good, t.good)) }
                    @else if part.is_needed { (badge(Tone::Bad, t.bad)) }
                    @else { (badge(Tone::Warn, t.bad)) " " span.quiet { (t.optional) } }
                }
            }
        }
    };
    table(t.health, &[t.part, t.state], rows)
}

/// A background task that fails has only its name.
fn part_name<'a>(t: &SystemTexts, name: &'a str) -> &'a str {
    match name {
        "database" => t.part_database,
        "writable" => t.part_writable,
        "schema" => t.part_schema,
        "secret_key" => t.part_secret_key,
        "tasks" => t.part_tasks,
        "known_keys" => t.part_known_keys,
        "upstream_llm" => t.part_upstream_llm,
        "changes_heard" => t.part_changes_heard,
        "upstream_embedder" => t.part_upstream_embedder,
        other => other,
    }
}

fn versions(t: &SystemTexts, seen: &SystemState) -> Markup {
    let schema = seen.schema.map(|schema| {
        let applied = schema.applied.unwrap_or_default().to_string();
        fill(t.schema_state, &[("applied", &applied), ("expected", &schema.expected.to_string())])
    });
    let database = seen.database_version.map(|version| format!("{}.{}", version / 10_000, version % 10_000));
    let models = seen.models.as_ref();
    let missing = |why: MissingModel| match why {
        MissingModel::NoProvider => t.missing_provider,
        MissingModel::NoKey => t.missing_key,
        MissingModel::NoModel => t.missing_model,
    };
    let named = |model: Option<&Result<String, MissingModel>>| match model {
        None => t.unknown.to_owned(),
        Some(Ok(model)) => model.clone(),
        Some(Err(why)) => missing(*why).to_owned(),
    };
    let line = |part: &str, version: &str| html! { tr { th scope="row" { (part) } td { (foreign(version)) } } };
    let rows = html! {
        (line("Vestibule", env!("CARGO_PKG_VERSION")))
        (line(t.schema, schema.as_deref().unwrap_or(t.unknown)))
        (line(t.database, database.as_deref().unwrap_or(t.unknown)))
        (line(t.upstream, if seen.upstream_answers { t.answers } else { t.silent }))
        (line(t.llm, &named(models.map(|models| &models.llm))))
        (line(t.embedder, &named(models.map(|models| &models.embedder))))
        (line(t.vector_database, models.and_then(|models| models.vector_database.as_deref()).unwrap_or(t.unknown)))
    };
    table(t.versions, &[t.part, t.version], rows)
}

fn replicas(visit: &Visit, replicas: Option<usize>) -> String {
    let t = &visit.texts().system;
    match replicas {
        None => t.unknown.to_owned(),
        Some(1) => t.replica_seen.to_owned(),
        Some(many) => put(t.replicas_seen, &visit.locale().number(many as u64)),
    }
}

fn signing_keys(visit: &Visit, keys: Option<&[SigningKeyState]>) -> Markup {
    let (t, locale) = (&visit.texts().system, visit.locale());
    let Some(keys) = keys else { return html! { p { (t.unknown) } } };
    if keys.is_empty() {
        return html! { p { (t.no_signing_keys) } };
    }
    let rows = html! {
        @for key in keys {
            tr {
                th scope="row" { code { (key.kid) } @if key.is_signing { " " (badge(Tone::Good, t.signing_now)) } }
                td { (locale.time(key.created_at)) }
                td { (locale.time(key.signs_from)) }
                td { @match key.verifies_until { Some(until) => { (locale.time(until)) } None => { (t.no_end) } } }
            }
        }
    };
    table(t.signing_keys, &[t.kid, t.created, t.signs_from, t.verifies_until], rows)
}

/// What somebody has set first: the defaults are many.
fn settings(t: &SystemTexts, settings: &[ToldSetting]) -> Markup {
    let (own, usual): (Vec<_>, Vec<_>) = settings.iter().partition(|setting| !setting.place.is_empty());
    html! {
        h3 { (t.changed_settings) }
        @if own.is_empty() { p { (t.nothing_changed) } } @else { (setting_table(t, t.changed_settings, &own)) }
        details { summary { (t.all_settings) } (setting_table(t, t.all_settings, &usual)) }
    }
}

fn setting_table(t: &SystemTexts, caption: &str, settings: &[&ToldSetting]) -> Markup {
    let rows = html! {
        @for setting in settings {
            tr {
                th scope="row" { code { (setting.key) } }
                td {
                    @match setting.value.as_deref() {
                        None => { span.quiet { (t.secret_set) } }
                        Some("") => { span.quiet { (t.empty_value) } }
                        Some(value) => { code { (foreign(value)) } }
                    }
                }
                td { @if setting.place.is_empty() { (t.by_default) } @else { code { (foreign(&setting.place)) } } }
            }
        }
    };
    table(caption, &[t.key, t.value, t.source], rows)
}
