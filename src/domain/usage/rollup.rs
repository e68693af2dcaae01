//! Adding events up: which sums each of them belongs to, and what a sum holds.
//!
//! Every event is counted once in each combination of granularity, scope and dimension, so that an answer reads the
//! rows of one combination and no others. Periods are those of UTC.

mod corrected;
mod measures;

pub use corrected::{TokensChange, corrected};
pub use measures::{Endings, Measures};

use crate::domain::ids::{KeyId, WorkspaceId};
use crate::domain::words::words;
use chrono::{DateTime, DurationRound as _, TimeDelta, Utc};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

/// What stands for the origins that are not told apart.
pub const OTHER: &str = "(other)";

/// The outcome of a request that was answered.
pub const OK: &str = "ok";

/// The outcome of a question that was answered by saying that the documents hold nothing about it.
pub const NOTHING_FOUND: &str = "nothing_found";

/// The outcomes of a request whose answer did not reach the client whole.
const LEFT: [&str; 2] = ["client_left", "broken"];

words! {
    /// How long the periods of a series are.
    #[derive(PartialOrd, Ord)]
    Granularity {
        /// Hours of UTC.
        Hour = "hour",
        /// Days of UTC.
        Day = "day",
    }
}

impl Granularity {
    pub const fn length(self) -> TimeDelta {
        match self {
            Self::Hour => TimeDelta::hours(1),
            Self::Day => TimeDelta::days(1),
        }
    }

    /// When the period of `at` began.
    pub fn floor(self, at: DateTime<Utc>) -> DateTime<Utc> {
        at.duration_trunc(self.length()).unwrap_or(at)
    }

    /// The beginnings of all periods from the one of `from` on that begin before `to`.
    pub fn periods(self, from: DateTime<Utc>, to: DateTime<Utc>) -> impl Iterator<Item = DateTime<Utc>> {
        let next = move |start: &DateTime<Utc>| start.checked_add_signed(self.length());
        std::iter::successors(Some(self.floor(from)), next).take_while(move |start| *start < to)
    }

    /// When the first period begins that begins at `at` or later.
    pub fn ceil(self, at: DateTime<Utc>) -> DateTime<Utc> {
        let floor = self.floor(at);
        if floor < at { floor + self.length() } else { floor }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RollupLevel {
    Tenant,
    /// Those of a workspace, or those of none.
    Workspace(Option<WorkspaceId>),
    /// Those of a key in a workspace, or those without a key.
    Key(Option<WorkspaceId>, Option<KeyId>),
}

words! {
    /// A scope without saying whose, from wide to narrow.
    #[derive(PartialOrd, Ord)]
    LevelKind {
        /// See [`RollupLevel::Tenant`].
        Tenant = "tenant",
        /// See [`RollupLevel::Workspace`].
        Workspace = "workspace",
        /// See [`RollupLevel::Key`].
        Key = "key",
    }
}

impl LevelKind {
    /// The widest one that tells these apart from others.
    pub const fn telling_apart(workspace: Option<WorkspaceId>, key: Option<KeyId>) -> Self {
        match (workspace, key) {
            (_, Some(_)) => Self::Key,
            (Some(_), None) => Self::Workspace,
            (None, None) => Self::Tenant,
        }
    }

    /// The scope of this kind that a request belongs to.
    pub const fn of(self, workspace: Option<WorkspaceId>, key: Option<KeyId>) -> RollupLevel {
        match self {
            Self::Tenant => RollupLevel::Tenant,
            Self::Workspace => RollupLevel::Workspace(workspace),
            Self::Key => RollupLevel::Key(workspace, key),
        }
    }
}

impl RollupLevel {
    pub const fn kind(self) -> LevelKind {
        match self {
            Self::Tenant => LevelKind::Tenant,
            Self::Workspace(_) => LevelKind::Workspace,
            Self::Key(..) => LevelKind::Key,
        }
    }

    pub const fn workspace(self) -> Option<WorkspaceId> {
        match self {
            Self::Tenant => None,
            Self::Workspace(workspace) | Self::Key(workspace, _) => workspace,
        }
    }

    pub const fn key(self) -> Option<KeyId> {
        match self {
            Self::Tenant | Self::Workspace(_) => None,
            Self::Key(_, key) => key,
        }
    }

    /// How many origins of a day are told apart: of admitted requests, and of refused ones, which a stranger chooses.
    const fn origins(self) -> Origins {
        match self {
            Self::Key(..) => Origins { all: 50, refused: 20 },
            Self::Workspace(_) => Origins { all: 200, refused: 50 },
            Self::Tenant => Origins { all: 500, refused: 100 },
        }
    }
}

words! {
    /// What the requests of a scope are divided by.
    #[derive(PartialOrd, Ord)]
    Dimension {
        None = "none",
        Outcome = "outcome",
        Route = "route",
        /// The page they came from; empty for none.
        Origin = "origin",
        /// The model that answered. What none has answered is in no sum of it.
        Model = "model",
    }
}

#[derive(Debug, Clone, Copy)]
struct Origins {
    all: usize,
    refused: usize,
}

/// What the sums need of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    pub at: DateTime<Utc>,
    pub workspace: Option<WorkspaceId>,
    pub key: Option<KeyId>,
    pub route: String,
    pub outcome: String,
    /// The page it came from, if any.
    pub origin: Option<String>,
    /// The model that answered, if any.
    pub model: Option<String>,
    pub amounts: Amounts,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Amounts {
    /// HTTP status sent.
    pub http_status: u16,
    /// Prompt and completion tokens, and whether they were counted here.
    pub tokens: Option<(u32, u32, bool)>,
    /// Whether the answer came from memory, where that was possible.
    pub cache_hit: Option<bool>,
    /// Time to the first byte.
    pub first_byte: Option<Duration>,
    pub total: Duration,
    pub gateway: Duration,
    /// Body bytes sent.
    pub bytes_out: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Cell {
    pub granularity: Granularity,
    pub scope: RollupLevel,
    pub dimension: Dimension,
    pub starts_at: DateTime<Utc>,
    /// The value of the dimension; empty for none.
    pub value: String,
}

/// The origins that have sums of their own already, by day and scope.
pub type KnownOrigins = HashMap<(DateTime<Utc>, RollupLevel), Named>;

/// Those of one scope on one day.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Named {
    /// Those that are asked for.
    pub origins: HashSet<String>,
    /// How many there are besides.
    pub others: usize,
}

/// What events have in common that are in the same sums.
#[derive(PartialEq, Eq, Hash)]
struct Group<'a> {
    hour: DateTime<Utc>,
    workspace: Option<WorkspaceId>,
    key: Option<KeyId>,
    route: &'a str,
    outcome: &'a str,
    origin: Option<&'a str>,
    model: Option<&'a str>,
    /// In which scopes the origin is told apart, from wide to narrow.
    told_apart: [bool; LevelKind::ALL.len()],
}

/// Adds events up to sums in every combination, ordered, so that everybody who locks the same rows does so in the same
/// order. Of origins no more are told apart in `known` than their scope allows; it learns the new ones.
///
/// Each event is counted once, with those that are in the same sums; there are few such groups, and each is then added
/// to its sums.
pub fn add_up(events: &[Counted], known: &mut KnownOrigins) -> BTreeMap<Cell, Measures> {
    let mut sums = BTreeMap::<Cell, Measures>::new();
    for (group, measures) in grouped(events, known) {
        for (kind, told_apart) in LevelKind::ALL.into_iter().zip(group.told_apart) {
            let scope = kind.of(group.workspace, group.key);
            for dimension in Dimension::ALL {
                let value = match (dimension, group.model) {
                    (Dimension::None, _) => "",
                    (Dimension::Outcome, _) => group.outcome,
                    (Dimension::Route, _) => group.route,
                    (Dimension::Origin, _) if told_apart => group.origin.unwrap_or_default(),
                    (Dimension::Origin, _) => OTHER,
                    (Dimension::Model, Some(model)) => model,
                    (Dimension::Model, None) => continue,
                };
                for granularity in Granularity::ALL {
                    let starts_at = granularity.floor(group.hour);
                    let cell = Cell { granularity, scope, dimension, starts_at, value: value.to_owned() };
                    sums.entry(cell).or_default().add(&measures);
                }
            }
        }
    }
    sums
}

fn grouped<'a>(events: &'a [Counted], known: &mut KnownOrigins) -> HashMap<Group<'a>, Measures> {
    let mut groups = HashMap::<Group<'a>, Measures>::new();
    for event in events {
        let mut group = Group {
            hour: Granularity::Hour.floor(event.at),
            workspace: event.workspace,
            key: event.key,
            route: &event.route,
            outcome: &event.outcome,
            origin: event.origin.as_deref(),
            model: event.model.as_deref(),
            told_apart: [true; LevelKind::ALL.len()],
        };
        // Whatever is told apart everywhere stays so.
        if let Some(measures) = groups.get_mut(&group) {
            measures.count(&event.outcome, &event.amounts);
            continue;
        }
        for (kind, told_apart) in LevelKind::ALL.into_iter().zip(&mut group.told_apart) {
            *told_apart = is_told_apart(event, kind.of(event.workspace, event.key), known);
        }
        groups.entry(group).or_default().count(&event.outcome, &event.amounts);
    }
    groups
}

/// The same in one combination only, and with all origins told apart: for events that have not been added up yet.
pub fn add_up_in(
    events: &[Counted],
    granularity: Granularity,
    kind: LevelKind,
    dimension: Dimension,
) -> BTreeMap<Cell, Measures> {
    let mut sums = BTreeMap::<Cell, Measures>::new();
    for event in events {
        let Some(value) = value_of(event, dimension) else { continue };
        let scope = kind.of(event.workspace, event.key);
        let (starts_at, value) = (granularity.floor(event.at), value.to_owned());
        let cell = Cell { granularity, scope, dimension, starts_at, value };
        sums.entry(cell).or_default().count(&event.outcome, &event.amounts);
    }
    sums
}

/// An event's value of a dimension; empty for none. `None`: it is in no sum of it.
fn value_of(event: &Counted, dimension: Dimension) -> Option<&str> {
    match dimension {
        Dimension::None => Some(""),
        Dimension::Outcome => Some(&event.outcome),
        Dimension::Route => Some(&event.route),
        Dimension::Origin => Some(event.origin.as_deref().unwrap_or_default()),
        Dimension::Model => event.model.as_deref(),
    }
}

fn is_told_apart(event: &Counted, scope: RollupLevel, known: &mut KnownOrigins) -> bool {
    let Some(origin) = event.origin.as_deref() else { return true };
    let named = known.entry((Granularity::Day.floor(event.at), scope)).or_default();
    if named.origins.contains(origin) {
        return true;
    }
    let room = if event.outcome == "forbidden_origin" { scope.origins().refused } else { scope.origins().all };
    let has_room = named.origins.len() + named.others < room;
    if has_room {
        named.origins.insert(origin.to_owned());
    }
    has_room
}

#[cfg(test)]
mod tests;
