//! Privacy as a page: what is kept, the form that finds, and the erasures so far.

use super::{Shown, Typed, place, receipt_place};
use crate::api::console::parts::{
    Field, Kind, Tone, badge, disclosure, empty, faults_summary, field, foreign, nothing, pager, table,
};
use crate::api::console::texts::{PrivacyTexts, put};
use crate::api::console::visit::Visit;
use crate::domain::faults::Faults;
use crate::domain::scope::Scope;
use crate::domain::workspace::WorkspaceSettings;
use crate::storage::{Erasure, ErasureStatus, TranscriptRow, Whose};
use maud::{Markup, html};

pub(super) fn page(
    visit: &Visit,
    shown: &Shown<'_>,
    usage_days: u32,
    (erasures, next): (&[Erasure], Option<&str>),
) -> Markup {
    let (t, slug) = (&visit.texts().privacy, shown.workspace.slug.as_str());
    html! {
        h1 { (t.title) }
        p { (t.lead) }
        h2 { (t.kept) }
        (kept(visit, shown.settings, usage_days))
        @if visit.may(Scope::WorkspacesWrite) {
            p { a href={ "/console/workspaces/" (slug) "/assistant#f-settings-store_transcripts" } { (t.change_kept) } }
        }
        (faults_summary(shown.faults, visit.texts()))
        section #find {
            h2 { (t.find_title) }
            (finding(visit, slug, shown.typed, shown.faults))
        }
        h2 { (t.erasures) }
        @if erasures.is_empty() { (empty(t.no_erasures, t.no_erasures_help, nothing())) }
        @else { (list(visit, slug, erasures)) (pager(next, t.older)) }
    }
}

fn kept(visit: &Visit, settings: &WorkspaceSettings, usage_days: u32) -> Markup {
    let (t, locale) = (&visit.texts().privacy, visit.locale());
    let days = |days: u32| put(t.days, &locale.number(days.into()));
    let until = settings.retention_days.map_or_else(|| t.for_good.to_owned(), days);
    let what = if settings.store_transcripts { t.words_what } else { t.no_words_what };
    let rows = [
        (t.at_anythingllm, t.at_anythingllm_what, t.at_anythingllm_until.to_owned()),
        (t.at_here, what, until),
        (t.at_usage, t.usage_what, days(usage_days)),
        (t.at_logs, t.logs_what, t.logs_until.to_owned()),
    ];
    let rows = html! {
        @for (place, what, until) in rows { tr { th scope="row" { (place) } td { (what) } td { (until) } } }
    };
    table(t.kept, &[t.kept_where, t.kept_what, t.kept_until], rows)
}

fn finding(visit: &Visit, slug: &str, typed: &Typed, faults: &Faults) -> Markup {
    let (all, t) = (visit.texts(), &visit.texts().privacy);
    visit.form(
        &format!("{}/find", place(slug)),
        html! {
            p { (t.find_lead) }
            (field(Field::text("visitor_id", t.visitor, t.visitor_help, &typed.visitor_id), faults, all))
            (field(Field::text("subject", t.subject, t.subject_help, &typed.subject), faults, all))
            @let conversation = &typed.conversation_id;
            (field(Field::text("conversation_id", t.conversation, t.conversation_help, conversation), faults, all))
            (field(Field::text("before", t.before, t.before_help, &typed.before).kind(Kind::Date), faults, all))
            p { button.primary { (t.find) } }
        },
    )
}

fn list(visit: &Visit, slug: &str, erasures: &[Erasure]) -> Markup {
    let (t, locale) = (&visit.texts().privacy, visit.locale());
    let rows = html! {
        @for erasure in erasures {
            tr {
                th scope="row" { a href=(receipt_place(slug, erasure.id)) { (locale.time(erasure.made_at)) } }
                td { (kind(&erasure.whose, t)) }
                td { (state(erasure.status, t)) }
                td { (locale.number(erasure.removed.conversations)) }
                td { (locale.number(erasure.removed.exchanges)) }
                td { code { (foreign(&erasure.made_by)) } }
            }
        }
    };
    table(t.caption, &[t.ordered, t.kind, t.status, t.conversations, t.exchanges, t.by], rows)
}

pub(super) const fn kind(whose: &Whose, t: &PrivacyTexts) -> &'static str {
    match whose {
        Whose::Visitor(_) => t.kind_visitor,
        Whose::Subject(_) => t.kind_subject,
        Whose::Conversation(_) => t.kind_conversation,
        Whose::Before(_) => t.kind_before,
    }
}

pub(super) fn state(status: ErasureStatus, t: &PrivacyTexts) -> Markup {
    match status {
        ErasureStatus::Queued => badge(Tone::Neutral, t.queued),
        ErasureStatus::Running => badge(Tone::Neutral, t.running),
        ErasureStatus::Done => badge(Tone::Good, t.done),
        ErasureStatus::Incomplete => badge(Tone::Warn, t.incomplete),
    }
}

/// The ways from a conversation to erasing it, and everything else that its visitor or customer said.
pub(in crate::api::console) fn from_conversation(visit: &Visit, slug: &str, row: &TranscriptRow) -> Markup {
    if !visit.may(Scope::PrivacyErase) {
        return nothing();
    }
    let t = &visit.texts().privacy;
    let id = row.id.to_string();
    let way = |name: &str, value: &str, words: &str| {
        visit.form(
            &format!("{}/find", place(slug)),
            html! { input type="hidden" name=(name) value=(value); button.danger { (words) } },
        )
    };
    disclosure(
        t.from_conversation,
        false,
        html! {
            p { (t.from_conversation_help) }
            div.actions {
                (way("conversation_id", &id, t.this_conversation))
                @if let Some(visitor) = row.seen_visitor() { (way("visitor_id", visitor, t.this_visitor)) }
                @if let Some(customer) = row.customer() { (way("subject", customer, t.this_customer)) }
            }
        },
    )
}
