//! From sums to the lines of an answer.

use super::question::{GroupBy, Question};
use crate::domain::usage::rollup::{Cell, Granularity, Measures, OTHER};
use crate::storage::{Named, Rollups};
use chrono::{DateTime, Utc};
use std::collections::HashMap;
use std::collections::btree_map::{BTreeMap, Entry};
use uuid::Uuid;

/// What a group is.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(in crate::api) enum GroupId {
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
pub(in crate::api) struct Group {
    pub(in crate::api) id: GroupId,
    pub(in crate::api) named: Option<Named>,
    pub(in crate::api) total: Measures,
}

/// A period, of a group if there are any.
#[derive(Debug, Clone)]
pub(in crate::api) struct Line {
    pub(in crate::api) start: DateTime<Utc>,
    /// Which of the report's groups.
    pub(in crate::api) group: Option<usize>,
    pub(in crate::api) measures: Measures,
}

/// An answer about usage.
#[derive(Debug, Clone)]
pub(in crate::api) struct Report {
    pub(in crate::api) from: DateTime<Utc>,
    pub(in crate::api) to: DateTime<Utc>,
    pub(in crate::api) granularity: Granularity,
    pub(in crate::api) group_by: Option<GroupBy>,
    pub(in crate::api) complete_until: DateTime<Utc>,
    pub(in crate::api) total: Measures,
    /// Those with the most requests first; `(other)` last.
    pub(in crate::api) groups: Vec<Group>,
    /// By time, then in the order of groups.
    pub(in crate::api) lines: Vec<Line>,
}

impl Report {
    pub(in crate::api) fn new(question: &Question, rollups: Rollups, now: DateTime<Utc>) -> Self {
        // A chart needs the empty periods, too.
        let starts = question.granularity.periods(question.from, question.to);
        let mut whole: BTreeMap<DateTime<Utc>, Measures> = starts.map(|start| (start, Measures::default())).collect();
        let mut total = Measures::default();
        for (cell, measures) in rollups.whole {
            total.add(&measures);
            whole.entry(cell.starts_at).or_default().add(&measures);
        }
        let (groups, lines) = if let Some(by) = question.group_by {
            grouped(by, question.most_groups(), &total, whole, rollups.parts)
        } else {
            let line = |(start, measures)| Line { start, group: None, measures };
            (Vec::new(), whole.into_iter().map(line).collect())
        };
        Self {
            from: question.from,
            to: question.to,
            granularity: question.granularity,
            group_by: question.group_by,
            complete_until: rollups.complete_until.unwrap_or(now),
            total,
            groups,
            lines,
        }
    }

    /// The rows whose names are wanted.
    pub(in crate::api) fn ids(&self) -> Vec<Uuid> {
        let ids = self.groups.iter().filter_map(|group| match group.id {
            GroupId::Row(id) => Some(id),
            GroupId::None | GroupId::Word(_) | GroupId::Other => None,
        });
        ids.collect()
    }

    /// Takes the names of rows.
    pub(in crate::api) fn name(&mut self, named: Vec<Named>) {
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
        GroupBy::Outcome | GroupBy::Route | GroupBy::Origin | GroupBy::Model => match cell.value.as_str() {
            "" => GroupId::None,
            OTHER => GroupId::Other,
            word => GroupId::Word(word.to_owned()),
        },
    }
}

/// The largest groups, and in each period what the whole has besides as one more.
fn grouped(
    by: GroupBy,
    most: usize,
    total: &Measures,
    mut whole: BTreeMap<DateTime<Utc>, Measures>,
    parts: Vec<(Cell, Measures)>,
) -> (Vec<Group>, Vec<Line>) {
    let mut totals = HashMap::<GroupId, Measures>::new();
    for (cell, measures) in &parts {
        totals.entry(group_of(by, cell)).or_default().add(measures);
    }
    totals.remove(&GroupId::Other);
    let mut groups: Vec<Group> = totals.into_iter().map(|(id, total)| Group { id, named: None, total }).collect();
    groups.sort_by(|a, b| b.total.requests.cmp(&a.total.requests).then_with(|| a.id.cmp(&b.id)));
    groups.truncate(most);
    let places: HashMap<GroupId, usize> =
        groups.iter().enumerate().map(|(place, group)| (group.id.clone(), place)).collect();
    let mut rest = total.clone();
    for group in &groups {
        rest.remove(&group.total);
    }
    let others = groups.len();
    groups.push(Group { id: GroupId::Other, named: None, total: rest });

    let mut lines = BTreeMap::<(DateTime<Utc>, usize), Measures>::new();
    for (cell, measures) in parts {
        let Some(place) = places.get(&group_of(by, &cell)) else { continue };
        if let Some(rest) = whole.get_mut(&cell.starts_at) {
            rest.remove(&measures);
        }
        match lines.entry((cell.starts_at, *place)) {
            Entry::Vacant(line) => drop(line.insert(measures)),
            Entry::Occupied(line) => line.into_mut().add(&measures),
        }
    }
    lines.extend(whole.into_iter().map(|(start, rest)| ((start, others), rest)));
    let lines = lines.into_iter().filter(|(_, measures)| measures.requests > 0);
    let lines = lines.map(|((start, place), measures)| Line { start, group: Some(place), measures }).collect();
    groups.retain(|group| group.total.requests > 0);
    (groups, lines)
}

#[cfg(test)]
mod tests;
