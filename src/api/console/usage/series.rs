//! A report as the chart and the tables show it: periods over all groups, and groups over all periods.

use super::asked::{Place, Span};
use crate::api::usage::{GroupId, GroupView, Report};
use crate::domain::usage::rollup::{Endings, Measures};
use std::collections::BTreeMap;

/// A line of the table of groups.
#[derive(Debug)]
pub(super) struct GroupLine<'a> {
    pub(super) id: &'a GroupId,
    pub(super) name: GroupName<'a>,
    pub(super) measures: &'a Measures,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum GroupName<'a> {
    /// Requests without such a thing.
    None,
    /// What is not told apart.
    Other,
    Named {
        name: Option<&'a str>,
        value: &'a str,
    },
}

/// Every period of the span, also those without a request.
pub(super) fn periods(report: &Report, span: &Span) -> Vec<(Place, Endings)> {
    let mut periods: BTreeMap<Place, Endings> = BTreeMap::new();
    for start in span.read_by.periods(span.from, span.to) {
        periods.entry(span.place(start)).or_default();
    }
    for line in &report.lines {
        periods.entry(span.place(line.start)).or_default().add(line.measures.endings());
    }
    periods.into_iter().collect()
}

pub(super) fn groups(report: &Report) -> impl Iterator<Item = GroupLine<'_>> {
    report.groups.iter().map(|group| {
        let view = GroupView::of(group);
        let name = match (&group.id, view.value) {
            (GroupId::Other, _) => GroupName::Other,
            (_, Some(value)) => GroupName::Named { name: view.name, value },
            (_, None) => GroupName::None,
        };
        GroupLine { id: &group.id, name, measures: &group.total }
    })
}
