//! What an erasure would remove, with the question whether it is meant.

use super::{Typed, place};
use crate::api::console::parts::{Field, Tone, check, faults_summary, foreign, nothing, notice, stat};
use crate::api::console::texts::{PrivacyTexts, put};
use crate::api::console::visit::Visit;
use crate::domain::faults::Faults;
use crate::storage::Affected;
use chrono::{DateTime, Utc};
use maud::{Markup, html};

pub(super) fn page(
    visit: &Visit,
    slug: &str,
    typed: &Typed,
    before: Option<DateTime<Utc>>,
    affected: &Affected,
    faults: &Faults,
) -> Markup {
    let (all, t, locale) = (visit.texts(), &visit.texts().privacy, visit.locale());
    let (what, whose) = meant(typed, t);
    html! {
        p { a href=(place(slug)) { "← " (t.title) } }
        h1 { (t.found_title) }
        (faults_summary(faults, all))
        p {
            (what) " "
            @match before {
                Some(before) => strong { (locale.time(before)) },
                None => code { (foreign(whose)) },
            }
        }
        @if affected.is_nothing() { (notice(Tone::Warn, html! { (t.nothing_found) })) }
        (counts(visit, affected))
        section {
            p { (t.goes) }
            p { strong { (t.no_undo) } }
            (visit.form(&format!("{}/erasures", place(slug)), html! {
                @for (name, value) in typed.fields() {
                    @if !value.is_empty() { input type="hidden" name=(name) value=(value); }
                }
                (check(Field::text("sure", t.sure, "", "yes"), false, faults, all))
                div.actions { button.danger { (t.erase) } a.button href=(place(slug)) { (all.common.cancel) } }
            }))
        }
    }
}

/// In words whose words are meant, and how they were called.
fn meant<'a>(typed: &'a Typed, t: &'static PrivacyTexts) -> (&'static str, &'a str) {
    match typed {
        Typed { visitor_id, .. } if !visitor_id.is_empty() => (t.of_visitor, visitor_id),
        Typed { subject, .. } if !subject.is_empty() => (t.of_subject, subject),
        Typed { conversation_id, .. } if !conversation_id.is_empty() => (t.of_conversation, conversation_id),
        Typed { before, .. } => (t.of_before, before),
    }
}

fn counts(visit: &Visit, affected: &Affected) -> Markup {
    let (t, locale) = (&visit.texts().privacy, visit.locale());
    let number = |count| {
        let count = locale.number(count);
        if affected.and_more { put(t.at_least, &count) } else { count }
    };
    html! {
        dl.stats {
            (stat(t.conversations, &number(affected.conversations), nothing()))
            (stat(t.exchanges, &number(affected.exchanges), nothing()))
            @if affected.former_sessions > 0 { (stat(t.former, &number(affected.former_sessions), nothing())) }
            @if affected.left_over > 0 { (stat(t.left_over, &number(affected.left_over), nothing())) }
            @if let Some(oldest) = affected.oldest { (stat(t.oldest, &locale.day(oldest), nothing())) }
            @if let Some(newest) = affected.newest { (stat(t.newest, &locale.day(newest), nothing())) }
        }
    }
}
