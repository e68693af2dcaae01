//! The playground as a page.

use super::asking::Sent;
use super::collect::Collected;
use crate::anythingllm::Source;
use crate::anythingllm::source::{readable_text, web_address};
use crate::api::console::parts::{self, Field, Tone, empty, foreign, notice, select};
use crate::api::console::texts::put;
use crate::api::console::visit::Visit;
use crate::domain::access::Reached;
use crate::domain::faults::Faults;
use crate::domain::key::StoredKey;
use crate::rejection::{Code, Rejection, ShopperLanguage};
use maud::{Markup, html};
use std::collections::BTreeMap;
use std::time::Duration;

/// What came of a question.
pub(super) enum Outcome<'a> {
    Nothing,
    Refused(&'a Rejection),
    Answered { collected: &'a Collected, question: &'a str, origin: &'a str },
}

pub(super) fn page(
    visit: &Visit,
    workspace: &Reached,
    keys: &[StoredKey],
    sent: &Sent,
    result: &Outcome<'_>,
) -> Markup {
    let t = &visit.texts().playground;
    let slug = &workspace.slug;
    html! {
        h1 { (t.title) }
        p { (t.lead) }
        @if !workspace.is_active() { (notice(Tone::Warn, html! { (t.not_active) })) }
        @if keys.is_empty() {
            (empty(t.no_key_title, t.no_key_help,
                html! { a.button href={ "/console/keys?workspace=" (slug) } { (t.to_keys) } }))
        } @else {
            @if workspace.visitors.identity_enforced { (notice(Tone::Warn, html! { (t.identity_enforced) })) }
            (form(visit, workspace, keys, sent, result))
            @match result {
                Outcome::Nothing => {}
                Outcome::Refused(rejection) => { (refused(visit, rejection)) }
                Outcome::Answered { collected, question, origin } => { (answered(visit, collected, question, origin)) }
            }
            // What the script writes into while an answer comes.
            template #playground-texts
                data-answer=(t.answer) data-asking=(t.asking) data-refused=(t.refused) data-cached=(t.cached)
                data-sources=(t.sources) data-no-sources=(t.no_sources) data-first-words=(t.first_words)
                data-total=(t.total) data-model=(t.model) data-prompt-tokens=(t.prompt_tokens)
                data-completion-tokens=(t.completion_tokens) data-unknown=(t.unknown)
                data-raw-events=(t.events) data-reasons=(reasons(visit))
                data-failed=(t.failed) data-asked=(t.asked) {}
            div #playground-live aria-live="polite" {}
        }
    }
}

/// What each code means, for the script; in English the refusal says more itself.
fn reasons(visit: &Visit) -> String {
    let language = visit.admitted().language();
    if language != ShopperLanguage::German {
        return "{}".into();
    }
    let all: BTreeMap<_, _> = Code::ALL.iter().map(|code| (code.as_str(), code.said(language))).collect();
    serde_json::to_string(&all).unwrap_or_default()
}

fn form(visit: &Visit, workspace: &Reached, keys: &[StoredKey], sent: &Sent, result: &Outcome<'_>) -> Markup {
    let t = &visit.texts().playground;
    let none = Faults::new();
    let faults = match result {
        Outcome::Refused(Rejection::ValidationFailed(faults)) => faults,
        Outcome::Nothing | Outcome::Refused(_) | Outcome::Answered { .. } => &none,
    };
    let options: Vec<(String, String)> = keys
        .iter()
        .map(|key| (key.public_id.to_string(), format!("{} ({})", key.content.name, key.public_id)))
        .collect();
    let options: Vec<(&str, &str)> = options.iter().map(|(value, label)| (value.as_str(), label.as_str())).collect();
    let most = visit.locale().number(workspace.settings.max_message_chars.into());
    let action = format!("/console/workspaces/{}/playground/ask", workspace.slug);
    let all = visit.texts();
    // What was answered is not asked again by mistake.
    let unsaid = if matches!(result, Outcome::Answered { .. }) { "" } else { sent.message.as_str() };
    html! {
        (parts::faults_of_question(faults, visit.texts()))
        div data-playground {
            (visit.form(&action, html! {
                @if let Some(session) = &sent.session {
                    input type="hidden" name="session_id" value=(session.as_str());
                    p.quiet { (t.goes_on) " "
                        a href=(format!("/console/workspaces/{}/playground", workspace.slug)) { (t.again) } }
                }
                (select(Field::text("key", t.key, t.key_help, &sent.key).required(), &options, faults, all))
                (parts::area(Field::text("message", t.question, &put(t.question_help, &most), unsaid).required(), 3,
                    faults, all))
                (parts::field(Field::text("locale", t.locale, t.locale_help, &sent.locale), faults, all))
                p { button { (t.ask) } }
            }))
            p.quiet { (t.counted) }
        }
    }
}

fn refused(visit: &Visit, rejection: &Rejection) -> Markup {
    if matches!(rejection, Rejection::ValidationFailed(_)) {
        return html! {};
    }
    let t = &visit.texts().playground;
    let said = rejection.said(visit.admitted().language());
    notice(Tone::Bad, html! { strong { (t.failed) } " " (said) " " code { (rejection.code()) } })
}

fn answered(visit: &Visit, collected: &Collected, question: &str, origin: &str) -> Markup {
    let (t, locale) = (&visit.texts().playground, visit.locale());
    let millis = |time: Duration| locale.millis(time.as_secs_f64() * 1000.0);
    let count = |tokens: Option<u64>| tokens.map_or_else(|| t.unknown.to_owned(), |tokens| locale.number(tokens));
    let usage = &collected.usage;
    html! {
        section.answer {
            h2 { (t.asked) }
            p.said { (foreign(question)) }
            p.quiet { (parts::filled(t.origin, &[("", foreign(origin))])) }
            h2 { (t.answer) }
            @if let Some(rejection) = &collected.failure { (refused(visit, rejection)) }
            @if collected.refused { p { (parts::badge(Tone::Warn, t.refused)) } }
            @if usage.cached { p { (parts::badge(Tone::Neutral, t.cached)) } }
            p.said { (foreign(&collected.answer)) }
            h2 { (t.sources) }
            @if collected.sources.is_empty() { p.quiet { (t.no_sources) } }
            @else { ol.sources { @for source in &collected.sources { li { (one_source(visit, source)) } } } }
            h2 { (t.timing) }
            dl.facts {
                dt { (t.first_words) } dd { (collected.first_words.map_or_else(|| t.unknown.to_owned(), millis)) }
                dt { (t.total) } dd { (millis(collected.total)) }
                dt { (t.model_time) } dd { (millis(usage.duration)) }
                dt { (t.model) } dd { (foreign(usage.model.as_deref().unwrap_or(t.unknown))) }
                dt { (t.prompt_tokens) } dd { (count(usage.prompt_tokens)) }
                dt { (t.completion_tokens) } dd { (count(usage.completion_tokens)) }
            }
            details {
                summary { (t.events) }
                p.quiet { (t.events_help) }
                pre tabindex="0" { (foreign(&collected.events)) }
            }
        }
    }
}

fn one_source(visit: &Visit, source: &Source) -> Markup {
    let t = &visit.texts().playground;
    let title = source.title.as_deref().unwrap_or("–");
    html! {
        @match source.url.as_deref().and_then(web_address) {
            Some(address) => { a href=(address) rel="noreferrer noopener" target="_blank" { (foreign(title)) } }
            None => { strong { (foreign(title)) } }
        }
        @if let Some(score) = source.score {
            " " span.quiet { (put(t.score, &visit.locale().decimal(score, 2))) }
        }
        @if let Some(offer) = &source.offer { p { (foreign(offer)) } }
        @if let Some(text) = &source.text { details { summary { (foreign(&readable_text(text).chars().take(80).collect::<String>())) "…" }
            p.said { (foreign(readable_text(text))) } } }
    }
}
