//! The audit log as a page.

use super::differences::{Difference, differences};
use super::{Asked, PATH};
use crate::api::console::parts::{
    Field, Kind, empty, faults_of_question, field, filled, foreign, nothing, pager, select, table,
};
use crate::api::console::texts::put;
use crate::api::console::visit::Visit;
use crate::domain::audit::{ActorKind, AuditRecord};
use crate::domain::faults::Faults;
use crate::domain::ids::RequestId;
use maud::{Markup, html};

pub(super) fn page(visit: &Visit, asked: &Asked, found: &[AuditRecord], next: Option<&str>, faults: &Faults) -> Markup {
    let (all, t) = (visit.texts(), &visit.texts().audit);
    let is_bare = asked.is_empty();
    html! {
        h1 { (t.title) }
        p { (t.lead) }
        (faults_of_question(faults, all))
        @if found.is_empty() && is_bare {
            (empty(t.empty_title, t.empty_help, nothing()))
        } @else {
            (filters(visit, asked, faults))
            @if found.is_empty() { p { (t.empty_filtered) } } @else { (entries(visit, found)) }
            (pager(next, t.older))
        }
    }
}

fn filters(visit: &Visit, asked: &Asked, faults: &Faults) -> Markup {
    let (all, t) = (visit.texts(), &visit.texts().audit);
    let kinds = [
        ("", t.anybody),
        (ActorKind::User.as_str(), t.user),
        (ActorKind::ApiKey.as_str(), t.api_key),
        (ActorKind::System.as_str(), t.system),
        (ActorKind::Cli.as_str(), t.cli),
    ];
    let date = |name, label, value| field(Field::text(name, label, "", value).kind(Kind::Date), faults, all);
    html! {
        form.filter method="get" action=(PATH) role="search" aria-label=(t.filters) {
            (select(Field::text("actor_kind", t.actor_kind, "", &asked.actor_kind), &kinds, faults, all))
            (field(Field::text("actor", t.actor, "", &asked.actor), faults, all))
            (field(Field::text("action", t.action, t.action_help, &asked.action), faults, all))
            (field(Field::text("target", t.target, t.target_help, &asked.target), faults, all))
            (date("from", t.from, &asked.from))
            (date("to", t.to, &asked.to))
            p { button { (t.show) } " " a href=(PATH) { (t.reset) } }
        }
    }
}

fn entries(visit: &Visit, found: &[AuditRecord]) -> Markup {
    let (t, locale) = (&visit.texts().audit, visit.locale());
    let rows = html! {
        @for record in found {
            @let changes = changes(visit, record);
            tr.goes-on[changes.is_some()] {
                td { (locale.time(record.at)) }
                td { (who(visit, record)) }
                td { code { (record.action) } div.quiet { code { (foreign(&record.target)) } } }
            }
            // On a row of its own: a long value leaves room to the others.
            @if let Some(changes) = changes { tr.more { td colspan="3" { (changes) } } }
        }
    };
    table(t.title, &[t.when, t.who, t.what], rows)
}

fn who(visit: &Visit, record: &AuditRecord) -> Markup {
    let t = &visit.texts().audit;
    let author = &record.author;
    let kind = match author.kind {
        ActorKind::User => t.user,
        ActorKind::ApiKey => t.api_key,
        ActorKind::System => t.system,
        ActorKind::Cli => t.cli,
    };
    html! {
        (foreign(&author.name)) " " code.quiet { (foreign(&author.id)) }
        div.quiet {
            (kind)
            @if let Some(prefix) = author.ip_prefix { " " (put(t.from_address, &prefix.to_string())) }
        }
        @if let Some(id) = author.request_id.as_ref().map(RequestId::as_str) { div.quiet { (filled(t.request, &[("", foreign(id))])) } }
    }
}

fn changes(visit: &Visit, record: &AuditRecord) -> Option<Markup> {
    let t = &visit.texts().audit;
    let (found, more) = differences(record.before.as_ref(), record.after.as_ref());
    if found.is_empty() {
        return None;
    }
    Some(html! {
        details open[found.len() <= 2] {
            summary { (foreign(&found.iter().map(|one| one.field.as_str()).take(3).collect::<Vec<_>>().join(", ")))
                @if found.len() > 3 { "…" } }
            (beside(visit, record, &found))
            @if more > 0 { p.quiet { (put(t.more_fields, &more.to_string())) } }
        }
    })
}

fn beside(visit: &Visit, record: &AuditRecord, found: &[Difference]) -> Markup {
    let t = &visit.texts().audit;
    // A page has several: each by its own name.
    let caption = format!("{}: {} {} {}", t.changes, record.action, record.at.to_rfc3339(), record.id);
    let value = |value: &Option<String>| {
        html! { @match value { Some(value) => { code { (foreign(value)) } } None => { span.quiet { (t.nothing) } } } }
    };
    let rows = html! {
        @for one in found {
            tr { th scope="row" { code { (foreign(&one.field)) } } td { (value(&one.before)) } td { (value(&one.after)) } }
        }
    };
    table(&caption, &[t.field, t.before, t.after], rows)
}
