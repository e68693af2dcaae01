//! Usage: how much was asked, by hour and day, in groups, as a chart, a table and a file, and in money where prices are
//! set.

mod asked;
mod chart;
mod money;
mod series;
mod view;

use super::layout::{Nav, Page};
use super::refused::with_faults;
use super::visit::Visit;
use crate::api::response::Refusal;
use crate::api::usage::{self, Question, Report};
use crate::api::{ApiState, Shared, keys};
use crate::domain::faults::Faults;
use crate::rejection::Rejection;
use crate::storage::KeyName;
use asked::{Asked, Span, Unusable};
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use uuid::Uuid;

const PATH: &str = "/console/usage";
const DOWNLOAD: &str = "/console/usage/download";

/// What a page shows: the question that was understood, and its answer.
struct Shown {
    span: Span,
    question: Question,
    report: Report,
}

/// The page.
pub(crate) async fn show(State(state): State<Shared>, mut visit: Visit) -> Result<Response, Refusal> {
    let asked = asked_of(&visit)?;
    let workspaces = visit.hear(state.sessions.members().reachable(visit.user(), visit.on_behalf())).await?;
    let shown = read(&state, &visit, &asked).await?;
    let prices = state.costs.in_force().await;
    if let Ok(shown) = &shown {
        visit.in_zone(&shown.span.zone);
    }
    let is_faulty = shown.is_err();
    let status = if is_faulty { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let money = match (prices, &shown) {
        (Some(prices), Ok(shown)) => Some(money::Counted::of(&state, &visit, prices, shown).await?),
        _ => None,
    };
    let shown = shown.as_ref().map(|shown| (&shown.span, &shown.report));
    let body = view::page(&visit, &asked, &workspaces.0, shown, money.as_ref());
    let title = visit.texts().usage.title.into();
    let workspace = Some(asked.workspace.as_str()).filter(|slug| !slug.is_empty());
    let page = visit.page_with(status, &state, Page { title, nav: Nav::Usage, workspace }, body).await?;
    Ok(if is_faulty { with_faults(page) } else { page })
}

/// The same as a file.
pub(crate) async fn download(State(state): State<Shared>, visit: Visit) -> Result<Response, Refusal> {
    let asked = asked_of(&visit)?;
    match read(&state, &visit, &asked).await? {
        Ok(shown) => Ok(usage::csv::response(&shown.report)),
        Err(faults) => Err(Rejection::ValidationFailed(faults).into()),
    }
}

fn asked_of(visit: &Visit) -> Result<Asked, Rejection> {
    let mut query = visit.query();
    let asked = Asked::of(&mut query, visit.locale().zone.as_str());
    query.end()?;
    Ok(asked)
}

/// What was asked for, or why it cannot be, field by field.
async fn read(state: &ApiState, visit: &Visit, asked: &Asked) -> Result<Result<Shown, Faults>, Rejection> {
    let (admitted, t) = (visit.admitted(), &visit.texts().usage);
    let mut faults = Faults::new();
    let span = asked.span(state.ambient.now(), &state.usage_settings);
    match &span {
        Ok(_) => {}
        Err(Unusable::Zone) => faults.push("zone", "format", t.unknown_zone),
        Err(Unusable::Period) => faults.push("from", "format", t.bad_period),
        Err(Unusable::Date) => faults.push("from", "format", t.bad_date),
        Err(Unusable::TooLong) => faults.push("from", "out_of_range", t.too_long),
    }
    let workspace: Option<Uuid> = match asked.workspace.as_str() {
        "" => None,
        slug => Some(state.reach.known(admitted, slug).await?.0),
    };
    let key: Option<Uuid> = match asked.key.as_str() {
        "" => None,
        name => {
            if let Ok(name) = name.parse::<KeyName>() {
                Some(keys::find(state, admitted, name).await?.id.0)
            } else {
                faults.push("key", "format", t.unknown_key);
                None
            }
        }
    };
    match span {
        Ok(span) if faults.is_empty() => {
            let question = span.question(workspace, key);
            let report = usage::report_of(state, admitted, &question).await?;
            Ok(Ok(Shown { span, question, report }))
        }
        _ => Ok(Err(faults)),
    }
}
