//! The audit log: who changed what, with filters, and what was before and after.

mod differences;
mod view;

use super::layout::{Nav, Page};
use super::refused::with_faults;
use super::visit::Visit;
use crate::api::Shared;
use crate::api::page::{PageEnd, Paging};
use crate::api::query::Query;
use crate::api::response::{OrReject as _, Refusal};
use crate::domain::audit::ActorKind;
use crate::domain::faults::Faults;
use crate::storage::AuditFilter;
use axum::extract::State;
use axum::response::Response;
use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use http::StatusCode;

const PATH: &str = "/console/audit";
/// Longest value of a filter.
const LONGEST: usize = 300;

/// What somebody looks for, as they wrote it.
#[derive(Debug, Clone, Default)]
struct Asked {
    actor_kind: String,
    actor: String,
    action: String,
    target: String,
    from: String,
    to: String,
}

/// The log.
pub(crate) async fn show(State(state): State<Shared>, visit: Visit) -> Result<Response, Refusal> {
    let mut query = visit.query();
    let asked = Asked::of(&mut query);
    let paging = Paging::of(&mut query);
    query.end()?;
    let (filter, faults) = asked.filter();
    let mut found = if faults.is_empty() {
        let found = state.reports.changes(visit.tenant()?, &filter, paging.after, paging.wanted()).await;
        found.or_reject(visit.admitted())?
    } else {
        Vec::new()
    };
    let PageEnd { next_cursor, .. } = paging.cut(&mut found, |record| record.id);
    let next = next_cursor.map(|cursor| asked.address(Some(&cursor.to_string())));
    let body = view::page(&visit, &asked, &found, next.as_deref(), &faults);
    let title = visit.texts().audit.title.into();
    let status = if faults.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let page = visit.page_with(status, &state, Page { title, nav: Nav::Audit, workspace: None }, body).await?;
    Ok(if faults.is_empty() { page } else { with_faults(page) })
}

impl Asked {
    fn of(query: &mut Query<'_>) -> Self {
        let mut text = |name| query.text(name).unwrap_or_default().trim().to_owned();
        Self {
            actor_kind: text("actor_kind"),
            actor: text("actor"),
            action: text("action"),
            target: text("target"),
            from: text("from"),
            to: text("to"),
        }
    }

    fn is_empty(&self) -> bool {
        self.pairs().all(|(_, value)| value.is_empty())
    }

    fn pairs(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let Self { actor_kind, actor, action, target, from, to } = self;
        let all = [actor_kind, actor, action, target, from, to].map(String::as_str);
        ["actor_kind", "actor", "action", "target", "from", "to"].into_iter().zip(all)
    }

    fn filter(&self) -> (AuditFilter, Faults) {
        let mut faults = Faults::new();
        for (name, value) in self.pairs() {
            if value.len() > LONGEST {
                faults.push(name, "too_long", format!("must not have more than {LONGEST} characters"));
            }
        }
        let actor_kind = ActorKind::ALL.into_iter().find(|kind| kind.as_str() == self.actor_kind);
        let (from, to) = (day(&self.from, "from", &mut faults), day(&self.to, "to", &mut faults));
        let given = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
        let filter = AuditFilter {
            actor_kind,
            actor: given(&self.actor),
            action: given(&self.action),
            target: given(&self.target),
            from,
            // The day is part of it.
            to: to.map(|to| to + TimeDelta::days(1)),
        };
        (filter, faults)
    }

    fn address(&self, cursor: Option<&str>) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(self.pairs().filter(|(_, value)| !value.is_empty()));
        query.extend_pairs(cursor.map(|cursor| ("cursor", cursor)));
        format!("{PATH}?{}", query.finish())
    }
}

/// The beginning of a day of UTC, which the log's times are of.
fn day(text: &str, name: &'static str, faults: &mut Faults) -> Option<DateTime<Utc>> {
    if text.is_empty() {
        return None;
    }
    let date = text.parse::<NaiveDate>().ok().filter(|date| (2000..2200).contains(&chrono::Datelike::year(date)));
    if date.is_none() {
        faults.push(name, "format", "must be a day such as 2026-11-23");
    }
    Some(date?.and_time(NaiveTime::MIN).and_utc())
}
