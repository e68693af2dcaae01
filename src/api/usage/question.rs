//! What a request about usage asks for.

use crate::api::query::Query;
use crate::config;
use crate::domain::ids::{KeyId, WorkspaceId};
use crate::domain::usage::rollup::{Dimension, Granularity, LevelKind};
use crate::storage::{Division, RollupQuery};
use chrono::{DateTime, Datelike as _, TimeDelta, Utc};
use http::{HeaderMap, header};
use uuid::Uuid;

/// Of hours at most so many days; fewer in groups, because each hour has a line for each of them.
const MOST_DAYS_OF_HOURS: i64 = 31;
const MOST_DAYS_OF_GROUPED_HOURS: i64 = 7;
/// Of days at most so many.
const MOST_DAYS: i64 = 400;
/// A span up to this is shown in hours when the request does not say.
const HOURS_BY_DEFAULT: TimeDelta = TimeDelta::hours(48);

/// Lines of an answer at most, if its groups are more than [`LEAST_GROUPS`].
const MOST_LINES: usize = 5_000;
/// So many groups are told apart at most; the others are one group.
const MOST_GROUPS: usize = 100;
/// So many in any case.
const LEAST_GROUPS: usize = 10;

/// What the lines of an answer are told apart by, besides time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::api) enum GroupBy {
    Key,
    Workspace,
    Outcome,
    Route,
    Origin,
    Model,
}

impl GroupBy {
    pub(in crate::api) const ALL: [Self; 6] =
        [Self::Key, Self::Workspace, Self::Outcome, Self::Route, Self::Origin, Self::Model];

    pub(in crate::api) const fn as_str(self) -> &'static str {
        match self {
            Self::Key => "key",
            Self::Workspace => "workspace",
            Self::Outcome => "outcome",
            Self::Route => "route",
            Self::Origin => "origin",
            Self::Model => "model",
        }
    }
}

/// How the answer is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::api) enum Format {
    Json,
    Csv,
}

/// A request about usage, with its defaults filled in.
#[derive(Debug, Clone)]
pub(in crate::api) struct Question {
    pub(in crate::api) granularity: Granularity,
    pub(in crate::api) from: DateTime<Utc>,
    pub(in crate::api) to: DateTime<Utc>,
    pub(in crate::api) group_by: Option<GroupBy>,
    pub(in crate::api) format: Format,
    pub(in crate::api) workspace: Option<Uuid>,
    pub(in crate::api) key: Option<Uuid>,
}

impl Question {
    /// Reads it; faults are noted in `query`.
    pub(in crate::api) fn of(
        query: &mut Query<'_>,
        headers: &HeaderMap,
        group_by: Option<GroupBy>,
        now: DateTime<Utc>,
        kept: &config::Usage,
    ) -> Self {
        let to = moment(query, "to").unwrap_or(now);
        let from = moment(query, "from").unwrap_or(to - TimeDelta::hours(24));
        let granularity = granularity(query).unwrap_or(if to - from <= HOURS_BY_DEFAULT {
            Granularity::Hour
        } else {
            Granularity::Day
        });
        if from >= to {
            query.fault("from", "out_of_range", "must be before `to`");
        }
        let (from, to) = (granularity.floor(from), granularity.ceil(to));
        let most = match (granularity, group_by) {
            (Granularity::Hour, None) => MOST_DAYS_OF_HOURS,
            (Granularity::Hour, Some(_)) => MOST_DAYS_OF_GROUPED_HOURS,
            (Granularity::Day, _) => MOST_DAYS,
        };
        if to - from > TimeDelta::days(most) {
            let grouped = if granularity == Granularity::Hour && group_by.is_some() { " with `group_by`" } else { "" };
            let message = format!("by {}{grouped} at most {most} days can be asked for", granularity.as_str());
            query.fault("from", "out_of_range", message);
        }
        if granularity == Granularity::Hour && from < now - TimeDelta::days(i64::from(kept.retention_days) + 1) {
            let message = format!("hours are kept for {} days; ask for days", kept.retention_days);
            query.fault("from", "out_of_range", message);
        }
        Self { granularity, from, to, group_by, format: format_of(query, headers), workspace: None, key: None }
    }

    /// The sums that answer it.
    pub(in crate::api) fn rollups(&self) -> RollupQuery {
        RollupQuery {
            granularity: self.granularity,
            workspace: self.workspace.map(WorkspaceId),
            key: self.key.map(KeyId),
            from: self.from,
            to: self.to,
            divided: self.group_by.map(|by| Division {
                scope: self.scope(by),
                dimension: match by {
                    GroupBy::Key | GroupBy::Workspace => Dimension::None,
                    GroupBy::Outcome => Dimension::Outcome,
                    GroupBy::Route => Dimension::Route,
                    GroupBy::Origin => Dimension::Origin,
                    GroupBy::Model => Dimension::Model,
                },
                most: self.most_groups(),
            }),
        }
    }

    /// The widest scope that tells apart what is asked for.
    fn scope(&self, by: GroupBy) -> LevelKind {
        let groups = match by {
            GroupBy::Key => LevelKind::Key,
            GroupBy::Workspace => LevelKind::Workspace,
            GroupBy::Outcome | GroupBy::Route | GroupBy::Origin | GroupBy::Model => LevelKind::Tenant,
        };
        groups.max(LevelKind::telling_apart(self.workspace.map(WorkspaceId), self.key.map(KeyId)))
    }

    /// So many groups are told apart at most.
    pub(in crate::api) fn most_groups(&self) -> usize {
        (MOST_LINES / self.granularity.periods(self.from, self.to).count().max(1)).clamp(LEAST_GROUPS, MOST_GROUPS)
    }
}

pub(in crate::api) fn group_by(query: &mut Query<'_>) -> Option<GroupBy> {
    let word = query.text("group_by")?;
    let found = GroupBy::ALL.into_iter().find(|group| group.as_str() == word);
    if found.is_none() {
        query.fault("group_by", "format", "must be key, workspace, outcome, route, origin or model");
    }
    found
}

fn granularity(query: &mut Query<'_>) -> Option<Granularity> {
    let word = query.text("granularity")?;
    let found = Granularity::ALL.into_iter().find(|granularity| granularity.as_str() == word);
    if found.is_none() {
        query.fault("granularity", "format", "must be hour or day");
    }
    found
}

fn moment(query: &mut Query<'_>, name: &'static str) -> Option<DateTime<Utc>> {
    let text = query.text(name)?;
    let moment = DateTime::parse_from_rfc3339(&text).ok().map(|moment| moment.with_timezone(&Utc));
    let Some(moment) = moment else {
        query.fault(name, "format", "must be a time as in 2026-11-23T09:00:00Z");
        return None;
    };
    if !(2000..2200).contains(&moment.year()) {
        query.fault(name, "out_of_range", "must be a time of this century or the next");
        return None;
    }
    Some(moment)
}

fn format_of(query: &mut Query<'_>, headers: &HeaderMap) -> Format {
    match query.text("format").as_deref() {
        Some("json") => Format::Json,
        Some("csv") => Format::Csv,
        Some(_) => {
            query.fault("format", "format", "must be json or csv");
            Format::Json
        }
        None if wants_csv(headers) => Format::Csv,
        None => Format::Json,
    }
}

/// Whoever takes JSON too gets that.
fn wants_csv(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(header::ACCEPT).iter().filter_map(|v| v.to_str().ok()).flat_map(|v| v.split(','));
    let types: Vec<_> = accepted.map(|range| range.split(';').next().unwrap_or_default().trim()).collect();
    let takes = |wanted: &str| types.iter().any(|media_type| media_type.eq_ignore_ascii_case(wanted));
    takes("text/csv") && !takes("application/json")
}

#[cfg(test)]
mod tests;
