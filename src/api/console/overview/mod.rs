//! How it goes: questions and answers of one workspace or of all, and what is wrong at this moment.

mod troubles;

use super::chart::{self, Bar};
use super::layout::{Nav, Page};
use super::parts::{Tone, empty, foreign, nothing, notice, pager, stat, table};
use super::texts::{Texts, fill};
use super::visit::Visit;
use crate::api::page::Paging;
use crate::api::response::{OrReject as _, Refusal};
use crate::api::{ApiState, Shared};
use crate::domain::ids::WorkspaceId;
use crate::domain::scope::Scope;
use crate::domain::usage::rollup::Measures;
use crate::domain::workspace::{ManagedWorkspace, WorkspaceStatus};
use crate::reports::Asked;
use axum::extract::State;
use axum::response::Response;
use chrono::{DateTime, Utc};
use maud::{Markup, html};
use troubles::Trouble;

/// Days that are looked back on.
const DAYS: u32 = 30;
/// Days that the table of workspaces counts.
const WEEK: u32 = 7;

/// All workspaces, page by page; for members, what they may do.
///
/// # Errors
/// Of the database.
pub(crate) async fn of_all(State(state): State<Shared>, visit: Visit) -> Result<Response, Refusal> {
    let mut query = visit.query();
    let paging = Paging::of(&mut query);
    query.end()?;
    let t = &visit.texts().overview;
    if !visit.may(Scope::WorkspacesRead) {
        let body = html! { h1 { (t.title) } (empty(t.member_title, t.member_what, nothing())) };
        return visit.page(&state, Page { title: t.title.into(), nav: Nav::Overview, workspace: None }, body).await;
    }
    let after = paging.after.map(WorkspaceId);
    let listed = state.workspaces.list(visit.tenant()?, None, false, after, paging.wanted()).await;
    let mut workspaces = listed.or_reject(visit.admitted())?;
    let end = paging.cut(&mut workspaces, |workspace| workspace.id.0);
    let make = html! {
        @if visit.may(Scope::WorkspacesWrite) { a.button.primary href="/console/new-workspace" { (t.make_workspace) } }
    };
    let body = if workspaces.is_empty() {
        html! { h1 { (t.title) } (empty(t.empty_title, t.empty_what, make)) }
    } else {
        let days = questions(&state, &visit, None).await?;
        let troubles = troubles::of_page(&state, &visit, &workspaces).await?;
        let ids: Vec<_> = workspaces.iter().map(|workspace| workspace.id).collect();
        let asked = state.reports.questions_in(visit.tenant()?, &ids, WEEK).await.or_reject(visit.admitted())?;
        let is_all = after.is_none() && !end.has_more;
        let next = end.next_cursor.map(|cursor| format!("/console?cursor={cursor}"));
        html! {
            div.head { h1 { (t.title) } (make) }
            (troubles_told(&troubles.of_all))
            @if troubles.is_empty() { (notice(Tone::Good, html! { (if is_all { t.all_well } else { t.page_well }) })) }
            (numbers(&visit, &days))
            section {
                h2 { (visit.texts().layout.all_workspaces) }
                (table(t.caption, &heads(visit.texts()), html! {
                    @for workspace in &workspaces {
                        (row(&visit, workspace, asked.get(&workspace.id).copied().unwrap_or_default(),
                            troubles.of(workspace.id)))
                    }
                }))
                (pager(next.as_deref(), t.more))
            }
        }
    };
    visit.page(&state, Page { title: t.title.into(), nav: Nav::Overview, workspace: None }, body).await
}

/// The heads of the table of workspaces; those of endings are of seven days.
fn heads(texts: &Texts) -> [&'static str; 7] {
    let (t, words) = (&texts.overview, &texts.inbox);
    [t.name, t.today, t.seven_days, words.answered, words.refused, words.failed, t.troubles]
}

fn row(visit: &Visit, workspace: &ManagedWorkspace, asked: Asked, troubles: &[Trouble]) -> Markup {
    let (t, locale, week) = (&visit.texts().overview, visit.locale(), asked.all);
    html! {
        tr {
            th scope="row" { (link(workspace, visit.texts())) }
            td.number { (locale.number(asked.today.asked())) }
            td.number { (locale.number(week.asked())) }
            td.number { (locale.number(week.answered)) }
            td.number { (locale.number(week.nothing_found)) }
            td.number { (locale.number(week.failed)) }
            td {
                @if troubles.is_empty() { span.quiet { (t.none) } } @else {
                    ul.troubles {
                        @for trouble in troubles {
                            li { (trouble.words) " " a href=(trouble.place) { (trouble.remedy) } }
                        }
                    }
                }
            }
        }
    }
}

/// One workspace.
///
/// # Errors
/// `not_found`; of the database.
pub(crate) async fn of_one(State(state): State<Shared>, mut visit: Visit) -> Result<Response, Refusal> {
    visit.query().end()?;
    let reached = state.reach.managed(visit.admitted()).await?;
    let workspace = state.workspaces.find(visit.tenant()?, &reached.slug).await.or_reject(visit.admitted())?;
    visit.in_zone(&workspace.content.settings.timezone);
    let seen = visit.look_at(&state, workspace).await;
    let days = questions(&state, &visit, Some(seen.workspace.id)).await?;
    let troubles = troubles::of_one(&state, &visit, &reached, &seen).await?;
    let slug = seen.workspace.slug.as_str();
    let name = seen.workspace.content.name.as_str();
    let body = html! {
        div.head { h1 { (foreign(name)) } }
        (troubles_told(&troubles))
        @if troubles.is_empty() { (notice(Tone::Good, html! { (visit.texts().overview.all_well) })) }
        (numbers(&visit, &days))
    };
    visit.page(&state, Page { title: name.into(), nav: Nav::Overview, workspace: Some(slug) }, body).await
}

fn link(workspace: &ManagedWorkspace, texts: &Texts) -> Markup {
    let t = &texts.overview;
    html! {
        a href={ "/console/workspaces/" (workspace.slug) } { (foreign(&workspace.content.name)) }
        " " span.quiet {
            @match workspace.content.status {
                WorkspaceStatus::Active => "",
                WorkspaceStatus::Draft => (t.draft),
                WorkspaceStatus::Paused => (t.paused),
                WorkspaceStatus::Archived => (t.archived),
            }
        }
    }
}

type Days = Vec<(DateTime<Utc>, Measures)>;

async fn questions(state: &ApiState, visit: &Visit, workspace: Option<WorkspaceId>) -> Result<Days, Refusal> {
    let asked = state.reports.questions(visit.tenant()?, workspace, DAYS).await;
    Ok(asked.or_reject(visit.admitted())?)
}

fn troubles_told(troubles: &[Trouble]) -> Markup {
    html! {
        @for trouble in troubles {
            (notice(Tone::Warn, html! { (trouble.words) " " a href=(trouble.place) { (trouble.remedy) } }))
        }
    }
}

/// The last days in numbers, as a chart and as a table.
fn numbers(visit: &Visit, days: &Days) -> Markup {
    let (texts, locale) = (visit.texts(), visit.locale());
    // The same words as in the inbox for the same thing.
    let (t, words) = (&texts.overview, &texts.inbox);
    let last = |count: usize| {
        let mut sum = Measures::default();
        days.iter().rev().take(count).for_each(|(_, measures)| sum.add(measures));
        sum
    };
    let (today, week, month) = (last(1), last(7), last(30));
    let parts = |measures: &Measures| {
        let ended = measures.endings();
        [ended.answered, ended.nothing_found, ended.failed]
    };
    let share = |measures: &Measures| {
        let ended = measures.endings();
        fill(t.answered_of, &[("share", &locale.percent(ended.answered, ended.asked()))])
    };
    let count = |label, measures: &Measures| {
        stat(label, &locale.number(measures.endings().asked()), html! { (share(measures)) })
    };
    #[expect(clippy::cast_precision_loss, reason = "microseconds of a request are far below 2^52")]
    let first =
        |percent| month.first_byte.percentile(percent).map_or("–".into(), |time| locale.millis(time as f64 / 1000.0));
    let cached = month.cache_hits + month.cache_misses;
    let bars: Vec<Bar> =
        days.iter().map(|(day, measures)| Bar { label: locale.day(*day), parts: parts(measures) }).collect();
    let ended = month.endings();
    html! {
        dl.stats {
            (count(t.today, &today))
            (count(t.week, &week))
            (count(t.month, &month))
            (stat(words.refused, &locale.number(ended.nothing_found), html! { (t.in_month) }))
            (stat(words.failed, &locale.number(ended.failed), html! { (t.in_month) }))
            (stat(words.left, &locale.number(ended.left), html! { (t.in_month) }))
            (stat(texts.usage.refused, &locale.number(ended.refused), html! { (t.in_month) }))
            (stat(t.first_words, &first(50), html! { (fill(t.slowest, &[("time", &first(95))])) }))
            (stat(t.tokens, &locale.number(month.prompt_tokens + month.completion_tokens), html! { (t.in_month) }))
            (stat(t.cache, &locale.percent(month.cache_hits, cached), html! { (t.in_month) }))
        }
        section {
            h2 { (t.chart) }
            @if ended.all() == 0 { p.quiet { (t.no_questions) } } @else {
                (chart::bars(t.chart, &bars, [words.answered, words.refused, words.failed], t.day, t.as_table, locale))
            }
            p.quiet { (t.utc_days) }
        }
    }
}
