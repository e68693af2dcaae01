//! Usage as a page.

use super::asked::{Asked, PERIODS, Place, Span};
use super::chart::{self, Bar};
use super::money::{Counted, written};
use super::series::{GroupLine, GroupName, groups, periods};
use super::{DOWNLOAD, PATH};
use crate::api::console::locale::Locale;
use crate::api::console::parts::{
    self, Field, Kind, Tone, empty, field, foreign, nothing, notice, select, stat, table,
};
use crate::api::console::visit::Visit;
use crate::api::usage::{GroupBy, Report};
use crate::domain::faults::Faults;
use crate::domain::usage::histogram::Histogram;
use crate::domain::workspace::timezone::Zone;
use crate::reports::{Expense, ModelNow};
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use maud::{Markup, html};

pub(super) fn page(
    visit: &Visit,
    asked: &Asked,
    workspaces: &[(String, String)],
    shown: Result<(&Span, &Report), &Faults>,
    money: Option<&Counted>,
) -> Markup {
    let t = &visit.texts().usage;
    let none = Faults::new();
    html! {
        h1 { (t.title) }
        p { (t.lead) }
        (parts::faults_of_question(shown.err().unwrap_or(&none), visit.texts()))
        (form(visit, asked, workspaces, shown.err().unwrap_or(&none)))
        @if asked.left_out_dates { (notice(Tone::Neutral, html! { (t.dates_left_out) })) }
        @if let Ok((span, report)) = shown {
            @if report.total.requests == 0 {
                (empty(t.empty_title, t.empty_help, html! { a.button href="/console/keys" { (t.to_keys) } }))
            } @else {
                (numbers(visit, asked, span, report, money))
            }
        }
    }
}

fn form(visit: &Visit, asked: &Asked, workspaces: &[(String, String)], faults: &Faults) -> Markup {
    let t = &visit.texts().usage;
    let labels = [t.last_24_hours, t.last_7_days, t.last_30_days, t.last_90_days, t.own_period];
    let spans: Vec<_> = PERIODS.into_iter().zip(labels).collect();
    let group_labels = [t.group_key, t.group_workspace, t.group_outcome, t.group_route, t.group_origin, t.group_model];
    let mut ways = vec![("", t.not_grouped)];
    ways.extend(GroupBy::ALL.into_iter().map(GroupBy::as_str).zip(group_labels));
    let mut of = vec![("", t.all_workspaces)];
    of.extend(workspaces.iter().map(|(slug, name)| (slug.as_str(), name.as_str())));
    let all = visit.texts();
    let choice = |name, label, options: &[(&str, &str)], value| {
        select(Field::text(name, label, "", value), options, faults, all)
    };
    html! {
        form.filter method="get" action=(PATH) {
            (choice("workspace", t.workspace, &of, &asked.workspace))
            (choice("period", t.period, &spans, &asked.period))
            div.for-own-period { (field(Field::text("from", t.from, "", &asked.from).kind(Kind::Date), faults, all)) }
            div.for-own-period { (field(Field::text("to", t.to, "", &asked.to).kind(Kind::Date), faults, all)) }
            (choice("by", t.by, &[("", "–"), ("hour", t.hour), ("day", t.day)], &asked.by))
            (choice("group", t.group, &ways, &asked.group))
            (field(Field::text("key", t.key, t.key_help, &asked.key), faults, all))
            (field(Field::text("zone", t.zone, t.zone_help, &asked.zone), faults, all))
            p { button { (t.show) } }
        }
    }
}

fn numbers(visit: &Visit, asked: &Asked, span: &Span, report: &Report, money: Option<&Counted>) -> Markup {
    let (t, locale) = (&visit.texts().usage, visit.locale());
    let (total, counts) = (&report.total, report.total.endings());
    let share = |part: u64| html! { (locale.percent(part, counts.all())) };
    html! {
        p { a href=(asked.address(DOWNLOAD)) download="usage.csv" { (t.download) } }
        @if span.falls_back_to_utc() { (notice(Tone::Neutral, html! { (t.utc_days) })) }
        dl.stats {
            (stat(t.requests, &locale.number(total.requests), nothing()))
            (stat(t.answered, &locale.number(counts.answered), share(counts.answered)))
            (stat(t.nothing_found, &locale.number(counts.nothing_found), share(counts.nothing_found)))
            (stat(t.refused, &locale.number(counts.refused), share(counts.refused)))
            (stat(t.left, &locale.number(counts.left), share(counts.left)))
            (stat(t.failed, &locale.number(counts.failed), share(counts.failed)))
            (stat(t.prompt_tokens, &locale.number(total.prompt_tokens), nothing()))
            (stat(t.completion_tokens, &locale.number(total.completion_tokens), nothing()))
            (stat(t.first_words, &times(visit, &total.first_byte), nothing()))
            (stat(t.cache_hits, &locale.number(total.cache_hits), nothing()))
            @if let Some(money) = money.filter(|money| money.is_known()) {
                (stat(t.cost, &written(visit, money.cost.money, &money.prices.currency), nothing()))
            }
        }
        @if let Some(money) = money { (cost_notes(visit, money)) }
        (over_time(visit, span, report))
        @if report.group_by.is_some() { (by_group(visit, report, money)) }
        p.quiet { @let [before, after] = around(t.complete_until); (before) (locale.time(report.complete_until)) (after) }
    }
}

/// What stands before and after the place of a value in a text.
fn around(text: &'static str) -> [&'static str; 2] {
    let (before, after) = text.split_once("{}").unwrap_or((text, ""));
    [before, after]
}

/// What is in it, and what is not.
fn cost_notes(visit: &Visit, money: &Counted) -> Markup {
    let t = &visit.texts().usage;
    let Expense { unpriced, assumed, left_out, .. } = &money.cost;
    html! {
        @for model in unpriced { (notice(Tone::Neutral, html! { (parts::filled(t.no_price, &[("", foreign(model))])) })) }
        @match (&money.prices.now, left_out) {
            (ModelNow::Unpriced(model), true) if !unpriced.contains(model) => {
                (notice(Tone::Neutral, html! { (parts::filled(t.no_price, &[("", foreign(model))])) }))
            }
            (ModelNow::Unsaid, true) => { (notice(Tone::Neutral, html! { (t.no_model) })) }
            (ModelNow::Priced(price), _) if *assumed => { p.quiet { (parts::filled(t.cost_assumed, &[("", foreign(&price.model))])) } }
            _ => {}
        }
        @if money.is_known() { p.quiet { (t.cost_note) } }
    }
}

fn over_time(visit: &Visit, span: &Span, report: &Report) -> Markup {
    let (t, locale) = (&visit.texts().usage, visit.locale());
    let periods = periods(report, span);
    let bars: Vec<Bar> =
        periods.iter().map(|(place, counts)| Bar { label: place_text(visit, *place), counts: *counts }).collect();
    let legend = [
        ("answered", t.answered),
        ("nothing", t.nothing_found),
        ("refused", t.refused),
        ("left", t.left),
        ("failed", t.failed),
    ];
    let rows = html! {
        @for (place, counts) in periods.iter().filter(|(_, counts)| counts.all() > 0) {
            tr {
                th scope="row" { (place_text(visit, *place)) }
                td.number { (locale.number(counts.all())) }
                td.number { (locale.number(counts.answered)) }
                td.number { (locale.number(counts.nothing_found)) }
                td.number { (locale.number(counts.refused)) }
                td.number { (locale.number(counts.left)) }
                td.number { (locale.number(counts.failed)) }
            }
        }
    };
    html! {
        h2 { (t.chart) }
        (chart::bars(t.chart, &bars, &legend, locale))
        details {
            summary { (t.numbers) }
            (table(t.numbers, &[t.when, t.requests, t.answered, t.nothing_found, t.refused, t.left, t.failed], rows))
        }
    }
}

fn place_text(visit: &Visit, place: Place) -> String {
    let locale = visit.locale();
    match place {
        Place::Hour(start) => format!("{}, {}", locale.day(start), locale.hour(start)),
        // A date is one in every zone.
        Place::Day(date) => Locale { language: locale.language, zone: Zone::utc() }.day(begun(date)),
    }
}

fn begun(date: NaiveDate) -> DateTime<Utc> {
    date.and_time(NaiveTime::MIN).and_utc()
}

fn by_group(visit: &Visit, report: &Report, money: Option<&Counted>) -> Markup {
    let (t, locale) = (&visit.texts().usage, visit.locale());
    let heading = match report.group_by {
        Some(GroupBy::Key) => t.group_key,
        Some(GroupBy::Workspace) => t.group_workspace,
        Some(GroupBy::Outcome) => t.group_outcome,
        Some(GroupBy::Route) => t.group_route,
        Some(GroupBy::Model) => t.group_model,
        Some(GroupBy::Origin) | None => t.group_origin,
    };
    let by = report.group_by.unwrap_or(GroupBy::Origin);
    let cost = |line: &GroupLine<'_>| money.and_then(|money| money.of_group(by, line.id, line.measures));
    let has_costs = groups(report).any(|line| cost(&line).is_some());
    let mut heads = vec![heading, t.requests, t.answered, t.nothing_found, t.refused, t.left, t.failed];
    heads.extend([t.prompt_tokens, t.completion_tokens, t.first_words]);
    if has_costs {
        heads.push(t.cost);
    }
    let rows = html! {
        @for line in groups(report) {
            @let counts = line.measures.endings();
            tr {
                th scope="row" {
                    @match line.name {
                        GroupName::None => { (t.none) }
                        GroupName::Other => { (t.other) }
                        GroupName::Named { name: Some(name), value } => { (foreign(name)) " " code { (foreign(value)) } }
                        GroupName::Named { name: None, value } => { code { (foreign(value)) } }
                    }
                }
                td.number { (locale.number(line.measures.requests)) }
                td.number { (locale.number(counts.answered)) }
                td.number { (locale.number(counts.nothing_found)) }
                td.number { (locale.number(counts.refused)) }
                td.number { (locale.number(counts.left)) }
                td.number { (locale.number(counts.failed)) }
                td.number { (locale.number(line.measures.prompt_tokens)) }
                td.number { (locale.number(line.measures.completion_tokens)) }
                td.number { (times(visit, &line.measures.first_byte)) }
                @if has_costs {
                    td.number {
                        @match (cost(&line), money) {
                            (Some(cost), Some(money)) => { (written(visit, cost, &money.prices.currency)) }
                            _ => { "–" }
                        }
                    }
                }
            }
        }
    };
    html! {
        h2 { (t.group) ": " (heading) }
        (table(heading, &heads, rows))
        @if !has_costs && money.is_some_and(Counted::is_known) { p.quiet { (t.cost_by_model) } }
    }
}

/// Half of the requests and 95 %.
fn times(visit: &Visit, histogram: &Histogram) -> String {
    let locale = visit.locale();
    let millis = |percent| histogram.percentile(percent).map(|micros| locale.millis(millis_of(micros)));
    match (millis(50), millis(95)) {
        (Some(half), Some(most)) => format!("{half} / {most}"),
        _ => "–".into(),
    }
}

#[expect(clippy::cast_precision_loss, reason = "microseconds of a request are far below 2^52")]
fn millis_of(micros: u64) -> f64 {
    micros as f64 / 1000.0
}
