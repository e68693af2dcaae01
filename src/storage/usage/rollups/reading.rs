//! Reads sums, together with what waits to be added to them.
//!
//! What a question divides by has as many sums in each period as there are keys, or pages that strangers name, and each
//! holds three histograms. So the parts are ranked by the sums of whole days first, and only the largest are read; the
//! others are what the whole has besides. Each sum is then found by its full primary key.

use super::UsageRollups;
use super::rows::{self, PendingRow, RollupRow, pending_rows, rollup_rows};
use crate::domain::ids::{KeyId, TenantId, WorkspaceId};
use crate::domain::usage::rollup::{
    Cell, Counted, Dimension, Granularity, LevelKind, Measures, OTHER, RollupLevel, add_up_in,
};
use crate::storage::{StorageError, TenantTx};
use chrono::{DateTime, Utc};
use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// Waiting events that one answer takes into account at most. There are that many only when nobody has added up for
/// hours.
const MOST_PENDING: i64 = 200_000;

#[derive(Debug, Clone, Copy)]
pub struct RollupQuery {
    pub granularity: Granularity,
    pub workspace: Option<WorkspaceId>,
    pub key: Option<KeyId>,
    /// First period; the beginning of one.
    pub from: DateTime<Utc>,
    /// End of the last period.
    pub to: DateTime<Utc>,
    /// Besides the whole: its parts.
    pub divided: Option<Division>,
}

/// Into which parts the whole is divided.
#[derive(Debug, Clone, Copy)]
pub struct Division {
    /// Whose sums are the parts.
    pub scope: LevelKind,
    pub dimension: Dimension,
    /// So many are read at most: the largest.
    pub most: usize,
}

/// Sums, and up to when all events that were written are in them. A cell may come twice: what was added up already, and
/// what was not.
#[derive(Debug, Clone)]
pub struct Rollups {
    pub whole: Vec<(Cell, Measures)>,
    /// Divided, as far as was asked: parts that are left out are missing in all periods.
    pub parts: Vec<(Cell, Measures)>,
    /// None: everything that was written.
    pub complete_until: Option<DateTime<Utc>>,
}

/// The sums of one cell without its period, as it is stored.
struct Name {
    workspace_id: Uuid,
    api_key_id: Uuid,
    value: String,
    /// Over the days of the span.
    requests: i64,
}

/// What tells the parts apart: a key, a workspace or a value.
type Part = (Uuid, String);

impl UsageRollups<'_> {
    /// The sums of a span, with what waits to be added to them: every event that was written counts once.
    #[tracing::instrument(name = "db.usage_rollups.read", level = "debug", skip_all)]
    pub async fn read(self, tenant: TenantId, query: &RollupQuery) -> Result<Rollups, StorageError> {
        // Or an event could be seen twice or not at all.
        self.snapshot(tenant, async |tx| {
            let waiting = read_pending(tx, tenant, query).await?;
            let whole = read_division(tx, tenant, query, query.whole(), &waiting).await?;
            let parts = match query.divided {
                Some(division) => read_division(tx, tenant, query, division, &waiting).await?,
                None => Vec::new(),
            };
            let cut = i64::try_from(waiting.len()).unwrap_or(i64::MAX) >= MOST_PENDING;
            let complete_until = waiting.last().filter(|_| cut).map(|event| event.at);
            Ok(Rollups { whole, parts, complete_until })
        })
        .await
    }
}

/// Which questions are counted: of these workspaces, by these routes, in these days of UTC.
#[derive(Debug, Clone, Copy)]
pub struct QuestionsOf<'a> {
    pub workspaces: &'a [WorkspaceId],
    pub routes: &'a [&'static str],
    pub from: DateTime<Utc>,
    pub to: DateTime<Utc>,
}

impl UsageRollups<'_> {
    /// The days of some workspaces, by route, with what waits to be added to them. A cell may come twice.
    #[tracing::instrument(name = "db.usage_rollups.read_workspaces", level = "debug", skip_all)]
    pub async fn read_workspaces(
        self,
        tenant: TenantId,
        asked: QuestionsOf<'_>,
    ) -> Result<Vec<(Cell, Measures)>, StorageError> {
        let workspaces: Vec<Uuid> = asked.workspaces.iter().map(|id| id.0).collect();
        let routes: Vec<String> = asked.routes.iter().map(|route| (*route).to_owned()).collect();
        let days: Vec<_> = Granularity::Day.periods(asked.from, asked.to).collect();
        self.snapshot(tenant, async |tx| {
            let waiting = pending_rows!(
                "SELECT",
                r#"
                FROM vestibule.usage_pending
                WHERE tenant_id = $1
                  AND at >= $2
                  AND at < $3
                  AND workspace_id = ANY ($4)
                  AND route = ANY ($5)
                ORDER BY at, id
                LIMIT $6
                "#,
                tenant.0,
                asked.from,
                asked.to,
                &workspaces,
                &routes,
                MOST_PENDING,
            )
            .fetch_all(tx.connection())
            .await?;
            let sums = rollup_rows!(
                r#"
                FROM vestibule.usage_rollups AS sums
                WHERE tenant_id = $1
                  AND granularity = 'day'
                  AND scope = 'workspace'
                  AND dimension = 'route'
                  AND starts_at = ANY ($2)
                  AND workspace_id = ANY ($3)
                  AND value = ANY ($4)
                "#,
                tenant.0,
                &days,
                &workspaces,
                &routes,
            )
            .fetch_all(tx.connection())
            .await?;
            let mut cells = sums.into_iter().map(RollupRow::into_cell).collect::<Result<Vec<_>, _>>()?;
            let waiting: Vec<Counted> = waiting.into_iter().map(PendingRow::into_counted).collect();
            cells.extend(add_up_in(&waiting, Granularity::Day, LevelKind::Workspace, Dimension::Route));
            Ok(cells)
        })
        .await
    }
}

impl RollupQuery {
    /// The whole, as the only part.
    const fn whole(&self) -> Division {
        let scope = LevelKind::telling_apart(self.workspace, self.key);
        Division { scope, dimension: Dimension::None, most: usize::MAX }
    }
}

impl Division {
    fn part(self, scope: RollupLevel, value: &str) -> Part {
        let id = match (self.dimension, self.scope) {
            (Dimension::None, LevelKind::Key) => scope.key().map(|key| key.0),
            (Dimension::None, LevelKind::Workspace) => scope.workspace().map(|workspace| workspace.0),
            _ => None,
        };
        (id.unwrap_or_default(), value.to_owned())
    }

    /// The largest parts, if these are more than are wanted. What is not told apart is never among them.
    fn largest(self, names: &[(Part, Name)]) -> Option<HashSet<Part>> {
        let mut requests = HashMap::<&Part, i64>::new();
        for (part, name) in names {
            *requests.entry(part).or_default() += name.requests;
        }
        if requests.len() <= self.most {
            return None;
        }
        let mut ranked: Vec<_> = requests.into_iter().filter(|((_, value), _)| value != OTHER).collect();
        ranked.sort_unstable_by_key(|(part, requests)| (Reverse(*requests), *part));
        Some(ranked.into_iter().take(self.most).map(|(part, _)| part.clone()).collect())
    }
}

/// The sums of the largest parts.
async fn read_division(
    tx: &mut TenantTx,
    tenant: TenantId,
    query: &RollupQuery,
    division: Division,
    waiting: &[Counted],
) -> Result<Vec<(Cell, Measures)>, StorageError> {
    let mut names = Vec::new();
    for name in read_names(tx, tenant, query, division).await? {
        let scope = rows::scope(division.scope.as_str(), name.workspace_id, name.api_key_id)?;
        names.push((division.part(scope, &name.value), name));
    }
    let largest = division.largest(&names);
    let wanted = |part: &Part| largest.as_ref().is_none_or(|largest| largest.contains(part));
    names.retain(|(part, _)| wanted(part));
    let rows = read_sums(tx, tenant, query, division, &names).await?;
    let mut cells = rows.into_iter().map(RollupRow::into_cell).collect::<Result<Vec<_>, _>>()?;
    let pending = add_up_in(waiting, query.granularity, division.scope, division.dimension);
    cells.extend(pending.into_iter().filter(|(cell, _)| wanted(&division.part(cell.scope, &cell.value))));
    Ok(cells)
}

/// Which sums there are, by the days that the span touches.
async fn read_names(
    tx: &mut TenantTx,
    tenant: TenantId,
    query: &RollupQuery,
    division: Division,
) -> Result<Vec<Name>, StorageError> {
    let names = sqlx::query_as!(
        Name,
        r#"
        SELECT
          workspace_id, api_key_id, value,
          sum(requests)::bigint AS "requests!"
        FROM vestibule.usage_rollups
        WHERE tenant_id = $1
          AND granularity = 'day'
          AND scope = $2
          AND dimension = $3
          AND starts_at >= $4
          AND starts_at < $5
          AND ($6::uuid IS NULL OR workspace_id = $6)
          AND ($7::uuid IS NULL OR api_key_id = $7)
        GROUP BY workspace_id, api_key_id, value
        "#,
        tenant.0,
        division.scope.as_str(),
        division.dimension.as_str(),
        Granularity::Day.floor(query.from),
        query.to,
        query.workspace.map(|workspace| workspace.0) as Option<Uuid>,
        query.key.map(|key| key.0) as Option<Uuid>,
    )
    .fetch_all(tx.connection())
    .await?;
    Ok(names)
}

async fn read_sums(
    tx: &mut TenantTx,
    tenant: TenantId,
    query: &RollupQuery,
    division: Division,
    names: &[(Part, Name)],
) -> Result<Vec<RollupRow>, StorageError> {
    let workspaces: Vec<Uuid> = names.iter().map(|(_, name)| name.workspace_id).collect();
    let keys: Vec<Uuid> = names.iter().map(|(_, name)| name.api_key_id).collect();
    let values: Vec<String> = names.iter().map(|(_, name)| name.value.clone()).collect();
    let periods: Vec<_> = query.granularity.periods(query.from, query.to).collect();
    let rows = rollup_rows!(
        r#"
        FROM UNNEST($4::uuid[], $5::uuid[], $6::text[]) AS part(workspace_id, api_key_id, value)
        CROSS JOIN UNNEST($7::timestamptz[]) AS period(starts_at)
        JOIN vestibule.usage_rollups AS sums USING (starts_at, workspace_id, api_key_id, value)
        WHERE tenant_id = $1
          AND granularity = $8
          AND scope = $2
          AND dimension = $3
        "#,
        tenant.0,
        division.scope.as_str(),
        division.dimension.as_str(),
        &workspaces,
        &keys,
        &values,
        &periods,
        query.granularity.as_str(),
    )
    .fetch_all(tx.connection())
    .await?;
    Ok(rows)
}

/// What waits, the oldest first.
async fn read_pending(tx: &mut TenantTx, tenant: TenantId, query: &RollupQuery) -> Result<Vec<Counted>, StorageError> {
    let rows = pending_rows!(
        "SELECT",
        r#"
        FROM vestibule.usage_pending
        WHERE tenant_id = $1
          AND at >= $2
          AND at < $3
          AND ($4::uuid IS NULL OR workspace_id = $4)
          AND ($5::uuid IS NULL OR api_key_id = $5)
        ORDER BY at, id
        LIMIT $6
        "#,
        tenant.0,
        query.from,
        query.to,
        query.workspace.map(|workspace| workspace.0) as Option<Uuid>,
        query.key.map(|key| key.0) as Option<Uuid>,
        MOST_PENDING,
    )
    .fetch_all(tx.connection())
    .await?;
    Ok(rows.into_iter().map(PendingRow::into_counted).collect())
}
