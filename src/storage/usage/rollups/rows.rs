//! Rows of `usage_rollups` and `usage_pending`, read and written.

use crate::domain::ids::{KeyId, WorkspaceId};
use crate::domain::usage::histogram::Histogram;
use crate::domain::usage::rollup::{Amounts, Cell, Counted, LevelKind, Measures, RollupLevel};
use crate::storage::StorageError;
use crate::storage::columns::{count, long, word};
use chrono::{DateTime, Utc};
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::Duration;
use uuid::Uuid;

pub(super) struct PendingRow {
    pub(super) at: DateTime<Utc>,
    pub(super) workspace_id: Option<Uuid>,
    pub(super) api_key_id: Option<Uuid>,
    pub(super) route: String,
    pub(super) outcome: String,
    pub(super) http_status: i16,
    pub(super) origin: Option<String>,
    pub(super) cache: Option<String>,
    pub(super) prompt_tokens: Option<i32>,
    pub(super) completion_tokens: Option<i32>,
    pub(super) tokens_estimated: Option<bool>,
    pub(super) first_byte_us: Option<i64>,
    pub(super) total_us: i64,
    pub(super) gateway_us: i64,
    pub(super) bytes_out: i64,
    pub(super) model: Option<String>,
}

/// Asks for whole rows: the columns of [`PendingRow`], between what stands before and behind them. A macro, because
/// checked queries are made of literals.
macro_rules! pending_rows {
    ($before:tt, $behind:tt, $($value:expr),+ $(,)?) => {
        sqlx::query_as!(
            PendingRow,
            $before + r#"
              at, workspace_id, api_key_id, route, outcome, http_status, origin, cache, prompt_tokens,
              completion_tokens, tokens_estimated, first_byte_us, total_us, gateway_us, bytes_out, model
            "# + $behind,
            $($value),+
        )
    };
}
pub(super) use pending_rows;

impl PendingRow {
    pub(super) fn into_counted(self) -> Counted {
        let tokens = self.prompt_tokens.zip(self.completion_tokens).zip(self.tokens_estimated);
        Counted {
            at: self.at,
            workspace: self.workspace_id.map(WorkspaceId),
            key: self.api_key_id.map(KeyId),
            route: self.route,
            outcome: self.outcome,
            origin: self.origin,
            model: self.model,
            amounts: Amounts {
                http_status: u16::try_from(self.http_status).unwrap_or(0),
                tokens: tokens.map(|((prompt, completion), estimated)| (count(prompt), count(completion), estimated)),
                cache_hit: self.cache.and_then(|word| match word.as_str() {
                    "hit" | "stale" => Some(true),
                    "miss" => Some(false),
                    _ => None,
                }),
                first_byte: self.first_byte_us.map(micros),
                total: micros(self.total_us),
                gateway: micros(self.gateway_us),
                bytes_out: count(self.bytes_out),
            },
        }
    }
}

fn micros(number: i64) -> Duration {
    Duration::from_micros(count(number))
}

pub(super) struct RollupRow {
    pub(super) granularity: String,
    pub(super) scope: String,
    pub(super) dimension: String,
    pub(super) starts_at: DateTime<Utc>,
    pub(super) workspace_id: Uuid,
    pub(super) api_key_id: Uuid,
    pub(super) value: String,
    pub(super) requests: i64,
    pub(super) refused: i64,
    pub(super) outcomes: Value,
    pub(super) prompt_tokens: i64,
    pub(super) completion_tokens: i64,
    pub(super) tokens_estimated: i64,
    pub(super) cache_hits: i64,
    pub(super) cache_misses: i64,
    pub(super) bytes_out: i64,
    pub(super) first_byte: Vec<u8>,
    pub(super) total: Vec<u8>,
    pub(super) gateway: Vec<u8>,
}

/// As [`pending_rows`], for the columns of [`RollupRow`] and what stands behind them; the table is called `sums` there.
macro_rules! rollup_rows {
    ($behind:tt, $($value:expr),+ $(,)?) => {
        sqlx::query_as!(
            RollupRow,
            r#"
            SELECT
              granularity, scope, dimension, sums.starts_at, sums.workspace_id, sums.api_key_id, sums.value, requests,
              refused, outcomes, prompt_tokens, completion_tokens, tokens_estimated, cache_hits, cache_misses,
              bytes_out, first_byte, total, gateway
            "# + $behind,
            $($value),+
        )
    };
}
pub(super) use rollup_rows;

impl RollupRow {
    pub(super) fn into_cell(self) -> Result<(Cell, Measures), StorageError> {
        let cell = Cell {
            granularity: word("granularity", &self.granularity)?,
            scope: scope(&self.scope, self.workspace_id, self.api_key_id)?,
            dimension: word("dimension", &self.dimension)?,
            starts_at: self.starts_at,
            value: self.value,
        };
        let measures = Measures {
            requests: count(self.requests),
            refused: count(self.refused),
            outcomes: outcomes(self.outcomes)?,
            prompt_tokens: count(self.prompt_tokens),
            completion_tokens: count(self.completion_tokens),
            tokens_estimated: count(self.tokens_estimated),
            cache_hits: count(self.cache_hits),
            cache_misses: count(self.cache_misses),
            bytes_out: count(self.bytes_out),
            first_byte: histogram("first_byte", &self.first_byte)?,
            total: histogram("total", &self.total)?,
            gateway: histogram("gateway", &self.gateway)?,
        };
        Ok((cell, measures))
    }
}

fn outcomes(value: Value) -> Result<BTreeMap<String, u64>, StorageError> {
    serde_json::from_value(value).map_err(|error| StorageError::corrupt("outcomes", error))
}

fn histogram(column: &'static str, bytes: &[u8]) -> Result<Histogram, StorageError> {
    let mut histogram = Histogram::default();
    histogram.add_stored(bytes).map_err(|error| StorageError::corrupt(column, error))?;
    Ok(histogram)
}

/// The nil UUID stands for none.
pub(super) fn scope(kind: &str, workspace: Uuid, key: Uuid) -> Result<RollupLevel, StorageError> {
    let kind: LevelKind = word("scope", kind)?;
    let some = |id: Uuid| (!id.is_nil()).then_some(id);
    Ok(kind.of(some(workspace).map(WorkspaceId), some(key).map(KeyId)))
}

/// The primary keys of cells without the tenant, one array a column, as UNNEST takes them.
#[derive(Default)]
pub(super) struct Keys {
    pub(super) granularity: Vec<String>,
    pub(super) scope: Vec<String>,
    pub(super) dimension: Vec<String>,
    pub(super) starts_at: Vec<DateTime<Utc>>,
    pub(super) workspace: Vec<Uuid>,
    pub(super) key: Vec<Uuid>,
    pub(super) value: Vec<String>,
}

impl Keys {
    pub(super) fn of<'a>(cells: impl Iterator<Item = &'a Cell>) -> Self {
        let mut keys = Self::default();
        for cell in cells {
            keys.granularity.push(cell.granularity.as_str().to_owned());
            keys.scope.push(cell.scope.kind().as_str().to_owned());
            keys.dimension.push(cell.dimension.as_str().to_owned());
            keys.starts_at.push(cell.starts_at);
            keys.workspace.push(cell.scope.workspace().map_or(Uuid::nil(), |workspace| workspace.0));
            keys.key.push(cell.scope.key().map_or(Uuid::nil(), |key| key.0));
            keys.value.push(cell.value.clone());
        }
        keys
    }

    /// Those of all origins of these scopes on these days: without granularity, dimension and value.
    pub(super) fn of_origins(scopes: impl IntoIterator<Item = (DateTime<Utc>, RollupLevel)>) -> Self {
        let mut keys = Self::default();
        for (day, scope) in scopes {
            keys.scope.push(scope.kind().as_str().to_owned());
            keys.starts_at.push(day);
            keys.workspace.push(scope.workspace().map_or(Uuid::nil(), |workspace| workspace.0));
            keys.key.push(scope.key().map_or(Uuid::nil(), |key| key.0));
        }
        keys
    }
}

/// The sums of the same cells.
#[derive(Default)]
pub(super) struct Sums {
    pub(super) requests: Vec<i64>,
    pub(super) refused: Vec<i64>,
    pub(super) outcomes: Vec<Value>,
    pub(super) prompt_tokens: Vec<i64>,
    pub(super) completion_tokens: Vec<i64>,
    pub(super) tokens_estimated: Vec<i64>,
    pub(super) cache_hits: Vec<i64>,
    pub(super) cache_misses: Vec<i64>,
    pub(super) bytes_out: Vec<i64>,
    pub(super) first_byte: Vec<Vec<u8>>,
    pub(super) total: Vec<Vec<u8>>,
    pub(super) gateway: Vec<Vec<u8>>,
}

impl Sums {
    pub(super) fn of<'a>(sums: impl Iterator<Item = &'a Measures>) -> Self {
        let mut columns = Self::default();
        for sum in sums {
            columns.requests.push(long(sum.requests));
            columns.refused.push(long(sum.refused));
            let outcomes = sum.outcomes.iter().map(|(outcome, count)| (outcome.clone(), Value::from(*count)));
            columns.outcomes.push(Value::Object(outcomes.collect()));
            columns.prompt_tokens.push(long(sum.prompt_tokens));
            columns.completion_tokens.push(long(sum.completion_tokens));
            columns.tokens_estimated.push(long(sum.tokens_estimated));
            columns.cache_hits.push(long(sum.cache_hits));
            columns.cache_misses.push(long(sum.cache_misses));
            columns.bytes_out.push(long(sum.bytes_out));
            columns.first_byte.push(sum.first_byte.to_bytes());
            columns.total.push(sum.total.to_bytes());
            columns.gateway.push(sum.gateway.to_bytes());
        }
        columns
    }
}
