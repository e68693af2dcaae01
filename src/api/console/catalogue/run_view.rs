//! One run as a page, with its report.

use super::view::{around, status, trigger};
use super::{place, progress, run_place};
use crate::api::console::parts::{Field, Tone, badge, foreign, notice, pager, select, table};
use crate::api::console::texts::{CatalogueTexts, put};
use crate::api::console::visit::Visit;
use crate::domain::access::Reached;
use crate::domain::faults::Faults;
use crate::domain::sync::{OutcomeKind, SyncOutcome, SyncRun, Withheld, WithheldReason};
use chrono::{DateTime, Utc};
use maud::{Markup, html};
use std::collections::HashMap;

/// Withheld products that are named on the page.
const NAMED: usize = 20;

/// What is shown of the report.
pub(super) struct Report<'a> {
    pub(super) kind: Option<OutcomeKind>,
    pub(super) lines: &'a [(u64, SyncOutcome)],
    /// What products are called, by the numbers of the lines that are about them.
    pub(super) titles: &'a HashMap<u64, String>,
    pub(super) next: Option<&'a str>,
}

pub(super) fn page(
    visit: &Visit,
    workspace: &Reached,
    run: &SyncRun,
    report: &Report<'_>,
    now: DateTime<Utc>,
) -> Markup {
    let (t, locale) = (&visit.texts().catalogue, visit.locale());
    let [before, after] = around(t.run_of);
    html! {
        p { a href=(place(workspace)) { (t.back) } }
        h1 { (before) (locale.time(run.created_at)) (after) }
        p {
            // While it goes on, what is known of it is told by the part that follows it.
            @if run.status.is_over() {
                (status(t, run.status)) " "
                @if run.dry_run { (badge(Tone::Neutral, t.dry)) " " }
            }
            (trigger(t, run.trigger))
            @if run.status.is_over() && let Some(seconds) = progress::took(run, now) { " · " (t.took) ": " (progress::duration(visit, seconds)) }
        }
        @if !run.status.is_over() { (progress::live(visit, workspace, run, now)) }
        @if let Some(error) = &run.error {
            (notice(Tone::Bad, html! {
                strong { (t.why_failed) ": " } span lang="en" { (foreign(&error.message)) } " " code { (error.code) }
            }))
        }
        @if let Some(withheld) = &run.removals_withheld { (removals_withheld(visit, withheld)) }
        @if run.status.is_over() { (progress::numbers(visit, run)) }
        (lines(visit, workspace, run, report))
    }
}

fn removals_withheld(visit: &Visit, withheld: &Withheld) -> Markup {
    let t = &visit.texts().catalogue;
    let many = put(t.withheld, &visit.locale().number(withheld.count.into()));
    let why = match withheld.reason {
        WithheldReason::UnreadRecords => t.withheld_unread,
        WithheldReason::TooMany => t.withheld_too_many,
    };
    notice(
        Tone::Warn,
        html! {
            strong { (if withheld.count == 1 { t.withheld_one } else { &many }) }
            p { (why) }
            @if !withheld.products.is_empty() {
                details {
                    summary { (t.withheld_some) }
                    ul { @for product in withheld.products.iter().take(NAMED) { li { code { (foreign(product)) } } } }
                }
            }
        },
    )
}

fn lines(visit: &Visit, workspace: &Reached, run: &SyncRun, report: &Report<'_>) -> Markup {
    let (all, t) = (visit.texts(), &visit.texts().catalogue);
    let here = run_place(workspace, run.id);
    let chosen = report.kind.map(OutcomeKind::as_str).unwrap_or_default();
    let mut kinds = vec![("", t.outcomes_all)];
    kinds.extend(OutcomeKind::ALL.map(|kind| (kind.as_str(), outcome(t, kind))));
    html! {
        h2 { (t.report) }
        p.quiet { (t.report_lead) }
        form.filter method="get" action=(here) {
            (select(Field::text("outcome", t.outcome, "", chosen), &kinds, &Faults::new(), all))
            p { button { (t.show) } }
        }
        @if report.lines.is_empty() { p { (t.no_report) } }
        @else {
            p { a href={ (here) "/report.csv?outcome=" (chosen) } download="sync.csv" { (t.download) } }
            (table_of(visit, report))
            (pager(report.next, t.next))
        }
    }
}

fn table_of(visit: &Visit, report: &Report<'_>) -> Markup {
    let (t, locale) = (&visit.texts().catalogue, visit.locale());
    let number = |number: Option<u64>| number.map_or_else(|| "–".to_owned(), |number| locale.number(number));
    let rows = html! {
        @for (number_of_line, line) in report.lines {
            tr {
                td { (badge(tone(line.outcome), outcome(t, line.outcome))) }
                td {
                    @match &line.product { Some(product) => { code { (foreign(product)) } } None => { "–" } }
                    @if let Some(title) = report.titles.get(number_of_line) { div { (foreign(title)) } }
                }
                td.number { (number(line.record_number)) }
                td.number { (number(line.line)) }
                td {
                    @if let Some(message) = &line.message { span lang="en" { (foreign(message)) } " " }
                    @if let Some(code) = &line.code { code.quiet { (code) } }
                }
            }
        }
    };
    table(t.report, &[t.outcome, t.product, t.record, t.line, t.reason], rows)
}

fn outcome(t: &CatalogueTexts, kind: OutcomeKind) -> &'static str {
    match kind {
        OutcomeKind::Added => t.added,
        OutcomeKind::Updated => t.updated,
        OutcomeKind::Unchanged => t.unchanged,
        OutcomeKind::Failed => t.outcome_failed,
        OutcomeKind::Refused => t.outcome_refused,
        OutcomeKind::Noted => t.noted,
        OutcomeKind::LeftOut => t.outcome_left_out,
        OutcomeKind::Removed => t.removed,
        OutcomeKind::Withheld => t.outcome_withheld,
    }
}

const fn tone(kind: OutcomeKind) -> Tone {
    match kind {
        OutcomeKind::Failed | OutcomeKind::Refused => Tone::Bad,
        OutcomeKind::Noted | OutcomeKind::Withheld => Tone::Warn,
        OutcomeKind::Added | OutcomeKind::Updated => Tone::Good,
        OutcomeKind::Unchanged | OutcomeKind::LeftOut | OutcomeKind::Removed => Tone::Neutral,
    }
}
