//! What is told of what happened, and of the installation: usage and what it costs, who changed what, and how the parts
//! are.

mod costs;
mod system;

pub use costs::{Costs, Expense, ModelNow, Prices, Tokens};
pub use system::{Health, HealthPart, LeftOff, SigningKeyState, SystemFacts, SystemReports, SystemState};

use crate::domain::audit::AuditRecord;
use crate::domain::clock::Ambient;
use crate::domain::ids::{KeyId, TenantId, WorkspaceId};
use crate::domain::usage::rollup::{Dimension, Endings, Granularity, LevelKind, Measures, RollupLevel};
use crate::endpoints::{Cost, endpoints};
use crate::storage::{
    AuditFilter, Database, Division, KeysOf, Named, QuestionsOf, RollupQuery, Rollups, StorageError, WorryingKey,
};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

/// Keys whose hours are told at once at most: those with the most requests.
const MOST_KEYS: usize = 1000;

/// Pages that a key was used in that are told of at most.
const MOST_ORIGINS: usize = 200;

/// A page that a key was used in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenOrigin {
    /// As browsers name it; `(other)` stands for those that are not told apart.
    pub origin: String,
    /// The first day, of UTC.
    pub first: DateTime<Utc>,
    /// The last day, of UTC.
    pub last: DateTime<Utc>,
    pub requests: u64,
    /// Of these were refused.
    pub refused: u64,
}

/// How the questions of a workspace ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Asked {
    pub today: Endings,
    /// Of all days that were asked for.
    pub all: Endings,
}

#[derive(Debug)]
pub struct Reports {
    database: Database,
    ambient: Ambient,
}

impl Reports {
    pub fn new(database: Database, ambient: Ambient) -> Self {
        Self { database, ambient }
    }

    /// Changes, the newest first, from before the entry `after`.
    ///
    /// # Errors
    /// If the database cannot be asked.
    pub async fn changes(
        &self,
        tenant: TenantId,
        filter: &AuditFilter,
        after: Option<Uuid>,
        limit: u16,
    ) -> Result<Vec<AuditRecord>, StorageError> {
        self.database.audit_log().list(tenant, filter, after, limit).await
    }

    /// What was used.
    ///
    /// # Errors
    /// If the database cannot be asked.
    pub async fn usage(&self, tenant: TenantId, query: &RollupQuery) -> Result<Rollups, StorageError> {
        self.database.usage_rollups().read(tenant, query).await
    }

    /// What the keys are called that usage is told of.
    ///
    /// # Errors
    /// If the database cannot be asked.
    pub async fn names_of_keys(&self, tenant: TenantId, ids: &[Uuid]) -> Result<Vec<Named>, StorageError> {
        self.database.usage_names().keys(tenant, ids).await
    }

    /// What the workspaces are called that usage is told of.
    ///
    /// # Errors
    /// If the database cannot be asked.
    pub async fn names_of_workspaces(&self, tenant: TenantId, ids: &[Uuid]) -> Result<Vec<Named>, StorageError> {
        self.database.usage_names().workspaces(tenant, ids).await
    }

    /// Questions of shoppers, today and the days before, `days` in all, day by day; of a workspace, or of all.
    ///
    /// # Errors
    /// If the database cannot be asked.
    pub async fn questions(
        &self,
        tenant: TenantId,
        workspace: Option<WorkspaceId>,
        days: u32,
    ) -> Result<Vec<(DateTime<Utc>, Measures)>, StorageError> {
        let to = Granularity::Day.floor(self.ambient.now()) + TimeDelta::days(1);
        let from = to - TimeDelta::days(days.into());
        let scope = LevelKind::telling_apart(workspace, None);
        let question = RollupQuery {
            granularity: Granularity::Day,
            workspace,
            key: None,
            from,
            to,
            divided: Some(Division { scope, dimension: Dimension::Route, most: usize::MAX }),
        };
        let starts = Granularity::Day.periods(from, to);
        let mut sums: BTreeMap<DateTime<Utc>, Measures> = starts.map(|start| (start, Measures::default())).collect();
        for (cell, measures) in self.usage(tenant, &question).await?.parts {
            if let Some(sum) = sums.get_mut(&cell.starts_at).filter(|_| is_question(&cell.value)) {
                sum.add(&measures);
            }
        }
        Ok(sums.into_iter().collect())
    }

    /// Questions of shoppers in each of these workspaces: today, and today with the days before, `days` in all.
    ///
    /// # Errors
    /// If the database cannot be asked.
    pub async fn questions_in(
        &self,
        tenant: TenantId,
        workspaces: &[WorkspaceId],
        days: u32,
    ) -> Result<HashMap<WorkspaceId, Asked>, StorageError> {
        let today = Granularity::Day.floor(self.ambient.now());
        let to = today + TimeDelta::days(1);
        let routes: Vec<_> = endpoints().map(|row| row.name).filter(|name| is_question(name)).collect();
        let wanted = QuestionsOf { workspaces, routes: &routes, from: to - TimeDelta::days(days.into()), to };
        let mut asked = HashMap::<WorkspaceId, Asked>::new();
        for (cell, measures) in self.database.usage_rollups().read_workspaces(tenant, wanted).await? {
            let Some(workspace) = cell.scope.workspace() else { continue };
            let sum = asked.entry(workspace).or_default();
            sum.all.add(measures.endings());
            if cell.starts_at == today {
                sum.today.add(measures.endings());
            }
        }
        Ok(asked)
    }

    /// Keys that end before `within` is over and into whose place none has come, and those that have used most of a
    /// quota; so many of each at most.
    ///
    /// # Errors
    /// If the database cannot be asked.
    pub async fn worrying_keys(
        &self,
        tenant: TenantId,
        of: KeysOf<'_>,
        within: TimeDelta,
        most: u16,
    ) -> Result<Vec<WorryingKey>, StorageError> {
        let (now, keys) = (self.ambient.now(), self.database.api_keys());
        let mut worrying = keys.ending(tenant, of, (now, now + within), most).await?;
        worrying.extend(self.database.api_keys().nearly_used_up(tenant, of, now, most).await?);
        Ok(worrying)
    }

    /// The requests of each key in the last 24 hours, hour by hour, the oldest first; of a workspace, or of all. Keys
    /// that nobody has used are left out.
    ///
    /// # Errors
    /// If the database cannot be asked.
    pub async fn last_day_of_keys(
        &self,
        tenant: TenantId,
        workspace: Option<WorkspaceId>,
        key: Option<KeyId>,
    ) -> Result<HashMap<KeyId, Vec<u64>>, StorageError> {
        let to = Granularity::Hour.ceil(self.ambient.now());
        let from = to - TimeDelta::hours(24);
        let question = RollupQuery {
            granularity: Granularity::Hour,
            workspace,
            key,
            from,
            to,
            divided: Some(Division { scope: LevelKind::Key, dimension: Dimension::None, most: MOST_KEYS }),
        };
        let mut keys = HashMap::<KeyId, Vec<u64>>::new();
        for (cell, measures) in self.usage(tenant, &question).await?.parts {
            let (RollupLevel::Key(_, Some(key)), hour) = (cell.scope, (cell.starts_at - from).num_hours()) else {
                continue;
            };
            let hours = keys.entry(key).or_insert_with(|| vec![0; 24]);
            if let Some(sum) = usize::try_from(hour).ok().and_then(|hour| hours.get_mut(hour)) {
                *sum += measures.requests;
            }
        }
        Ok(keys)
    }

    /// The pages that a key was used in, today and the `days` before, those with the most requests first. Also those
    /// that were refused.
    ///
    /// # Errors
    /// If the database cannot be asked.
    pub async fn origins_seen(&self, tenant: TenantId, key: KeyId, days: u32) -> Result<Vec<SeenOrigin>, StorageError> {
        let mut seen = HashMap::<String, SeenOrigin>::new();
        for (cell, measures) in self.origins_of(tenant, key, days).await?.parts {
            // Servers, and requests that name none.
            if cell.value.is_empty() {
                continue;
            }
            let day = cell.starts_at;
            let one = seen.entry(cell.value).or_insert_with_key(|origin| SeenOrigin {
                origin: origin.clone(),
                first: day,
                last: day,
                requests: 0,
                refused: 0,
            });
            (one.first, one.last) = (one.first.min(day), one.last.max(day));
            one.requests += measures.requests;
            one.refused += measures.refused;
        }
        let mut seen: Vec<_> = seen.into_values().collect();
        seen.sort_by(|a, b| b.requests.cmp(&a.requests).then_with(|| a.origin.cmp(&b.origin)));
        seen.truncate(MOST_ORIGINS);
        Ok(seen)
    }

    /// A key's requests of today and the `days` before, by the page they came from.
    ///
    /// # Errors
    /// If the database cannot be asked.
    pub async fn origins_of(&self, tenant: TenantId, key: KeyId, days: u32) -> Result<Rollups, StorageError> {
        let today = Granularity::Day.floor(self.ambient.now());
        let question = RollupQuery {
            granularity: Granularity::Day,
            workspace: None,
            key: Some(key),
            from: today - TimeDelta::days(days.into()),
            to: today + TimeDelta::days(1),
            divided: Some(Division { scope: LevelKind::Key, dimension: Dimension::Origin, most: usize::MAX }),
        };
        self.usage(tenant, &question).await
    }
}

/// Whether a route is one that shoppers' questions come by: the playground's are not.
fn is_question(route: &str) -> bool {
    endpoints().any(|row| row.name == route && row.cost == Cost::Chat && !route.starts_with("console."))
}
