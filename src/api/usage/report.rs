//! From sums to the lines of an answer.

use super::question::{GroupBy, Question};
use crate::domain::usage::rollup::{Cell, Granularity, Measures, OTHER};
use crate::storage::{Named, Rollups};
use chrono::{DateTime, Utc};
use std::collections::HashMap;
use std::collections::btree_map::{BTreeMap, Entry};
use uuid::Uuid;

/// Lines of an answer at most, if its groups are more than [`LEAST_GROUPS`].
const MOST_LINES: usize = 10_000;
/// So many groups are told apart at most; the others are one group.
const MOST_GROUPS: usize = 100;
/// So many in any case.
const LEAST_GROUPS: usize = 10;

/// What a group is.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum GroupId {
    /// Requests that have no such thing.
    None,
    /// A key or workspace.
    Row(Uuid),
    /// An outcome, a route, an origin.
    Word(String),
    /// What is not told apart.
    Other,
}

/// A group with its names and its sum over the whole span.
#[derive(Debug, Clone)]
pub(super) struct Group {
    pub(super) id: GroupId,
    pub(super) named: Option<Named>,
    pub(super) total: Measures,
}

/// A period, of a group if there are any.
#[derive(Debug, Clone)]
pub(super) struct Line {
    pub(super) start: DateTime<Utc>,
    /// Which of the report's groups.
    pub(super) group: Option<usize>,
    pub(super) measures: Measures,
}

/// An answer about usage.
#[derive(Debug, Clone)]
pub(super) struct Report {
    pub(super) from: DateTime<Utc>,
    pub(super) to: DateTime<Utc>,
    pub(super) granularity: Granularity,
    pub(super) group_by: Option<GroupBy>,
    pub(super) complete_until: DateTime<Utc>,
    pub(super) total: Measures,
    /// Those with the most requests first; `(other)` last.
    pub(super) groups: Vec<Group>,
    /// By time, then in the order of groups.
    pub(super) lines: Vec<Line>,
}

impl Report {
    pub(super) fn new(question: &Question, rollups: Rollups, now: DateTime<Utc>) -> Self {
        let mut totals = HashMap::<GroupId, Measures>::new();
        for (cell, measures) in &rollups.cells {
            let group = question.group_by.map_or(GroupId::None, |by| group_of(by, cell));
            totals.entry(group).or_default().add(measures);
        }
        let mut total = Measures::default();
        totals.values().for_each(|group| total.add(group));
        let groups = question.group_by.map(|_| ranked(totals, question.periods())).unwrap_or_default();
        let places: HashMap<GroupId, usize> =
            groups.iter().enumerate().map(|(place, group)| (group.id.clone(), place)).collect();
        let mut lines = BTreeMap::<(DateTime<Utc>, Option<usize>), Measures>::new();
        if question.group_by.is_none() {
            // A chart needs the empty periods, too.
            let mut start = question.from;
            while start < question.to {
                lines.insert((start, None), Measures::default());
                start += question.granularity.length();
            }
        }
        for (cell, measures) in rollups.cells {
            let place = question.group_by.map(|by| {
                let found = places.get(&group_of(by, &cell)).or_else(|| places.get(&GroupId::Other));
                found.copied().unwrap_or_default()
            });
            match lines.entry((cell.starts_at, place)) {
                Entry::Vacant(line) => drop(line.insert(measures)),
                Entry::Occupied(line) => line.into_mut().add(&measures),
            }
        }
        Self {
            from: question.from,
            to: question.to,
            granularity: question.granularity,
            group_by: question.group_by,
            complete_until: rollups.complete_until.unwrap_or(now),
            total,
            groups,
            lines: lines.into_iter().map(|((start, group), measures)| Line { start, group, measures }).collect(),
        }
    }

    /// The rows whose names are wanted.
    pub(super) fn ids(&self) -> Vec<Uuid> {
        let ids = self.groups.iter().filter_map(|group| match group.id {
            GroupId::Row(id) => Some(id),
            GroupId::None | GroupId::Word(_) | GroupId::Other => None,
        });
        ids.collect()
    }

    /// Takes the names of rows.
    pub(super) fn name(&mut self, named: Vec<Named>) {
        let mut by_id: HashMap<Uuid, Named> = named.into_iter().map(|named| (named.id, named)).collect();
        for group in &mut self.groups {
            if let GroupId::Row(id) = group.id {
                group.named = by_id.remove(&id);
            }
        }
    }
}

fn group_of(by: GroupBy, cell: &Cell) -> GroupId {
    let row = |id: Option<Uuid>| id.map_or(GroupId::None, GroupId::Row);
    match by {
        GroupBy::Key => row(cell.scope.key().map(|key| key.0)),
        GroupBy::Workspace => row(cell.scope.workspace().map(|workspace| workspace.0)),
        GroupBy::Outcome | GroupBy::Route | GroupBy::Origin => match cell.value.as_str() {
            "" => GroupId::None,
            OTHER => GroupId::Other,
            word => GroupId::Word(word.to_owned()),
        },
    }
}

fn ranked(totals: HashMap<GroupId, Measures>, periods: usize) -> Vec<Group> {
    let most = (MOST_LINES / periods.max(1)).clamp(LEAST_GROUPS, MOST_GROUPS);
    let mut groups: Vec<Group> = totals.into_iter().map(|(id, total)| Group { id, named: None, total }).collect();
    groups.sort_by(|a, b| {
        let rank = |group: &Group| (group.id == GroupId::Other, std::cmp::Reverse(group.total.requests));
        rank(a).cmp(&rank(b)).then_with(|| a.id.cmp(&b.id))
    });
    if groups.len() > most {
        let mut other = Group { id: GroupId::Other, named: None, total: Measures::default() };
        for group in groups.drain(most..) {
            other.total.add(&group.total);
        }
        groups.push(other);
    }
    groups
}

#[cfg(test)]
mod tests;
