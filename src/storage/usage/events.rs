//! Usage events, written in batches only.

use crate::domain::usage::UsageEvent;
use crate::storage::columns::{int, long, small};
use crate::storage::{StorageError, TenantTx};
use chrono::{DateTime, Utc};
use std::time::Duration;
use uuid::Uuid;

/// Writes the events of one tenant; those that are there already are left as they are.
pub(super) async fn insert(tx: &mut TenantTx, events: &[&UsageEvent]) -> Result<(), StorageError> {
    let mut columns = Columns::default();
    for event in events {
        columns.push(event);
    }
    sqlx::query!(
        r#"
        INSERT INTO vestibule.usage_events (
          id, at, tenant_id, request_id, workspace_id, api_key_id, user_id, visitor, origin, cache, route, outcome,
          http_status, prompt_tokens, completion_tokens, tokens_estimated, first_byte_us, total_us, gateway_us,
          bytes_out, model
        )
        SELECT *
        FROM UNNEST(
          $1::uuid[], $2::timestamptz[], $3::uuid[], $4::text[], $5::uuid[], $6::uuid[], $7::bigint[], $8::text[],
          $9::text[], $10::text[], $11::text[], $12::text[], $13::smallint[], $14::integer[], $15::integer[],
          $16::boolean[], $17::bigint[], $18::bigint[], $19::bigint[], $20::bigint[], $21::text[]
        )
        ON CONFLICT (at, id) DO NOTHING
        "#,
        &columns.id,
        &columns.at,
        &columns.tenant,
        &columns.request_id,
        &columns.workspace as &[Option<Uuid>],
        &columns.key as &[Option<Uuid>],
        &columns.user as &[Option<i64>],
        &columns.visitor as &[Option<String>],
        &columns.origin as &[Option<String>],
        &columns.cache as &[Option<String>],
        &columns.route,
        &columns.outcome,
        &columns.http_status,
        &columns.prompt_tokens as &[Option<i32>],
        &columns.completion_tokens as &[Option<i32>],
        &columns.tokens_estimated as &[Option<bool>],
        &columns.first_byte as &[Option<i64>],
        &columns.total,
        &columns.gateway,
        &columns.bytes_out,
        &columns.model as &[Option<String>],
    )
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// One array a column, as UNNEST takes them.
#[derive(Default)]
struct Columns {
    id: Vec<Uuid>,
    at: Vec<DateTime<Utc>>,
    tenant: Vec<Uuid>,
    request_id: Vec<String>,
    workspace: Vec<Option<Uuid>>,
    key: Vec<Option<Uuid>>,
    user: Vec<Option<i64>>,
    visitor: Vec<Option<String>>,
    origin: Vec<Option<String>>,
    cache: Vec<Option<String>>,
    route: Vec<String>,
    outcome: Vec<String>,
    http_status: Vec<i16>,
    prompt_tokens: Vec<Option<i32>>,
    completion_tokens: Vec<Option<i32>>,
    tokens_estimated: Vec<Option<bool>>,
    first_byte: Vec<Option<i64>>,
    total: Vec<i64>,
    gateway: Vec<i64>,
    bytes_out: Vec<i64>,
    model: Vec<Option<String>>,
}

impl Columns {
    fn push(&mut self, event: &UsageEvent) {
        self.id.push(event.id.0);
        self.at.push(event.at);
        self.tenant.push(event.tenant.0);
        self.request_id.push(event.request_id.as_str().to_owned());
        self.workspace.push(event.workspace.map(|w| w.0));
        self.key.push(event.key.map(|k| k.0));
        self.user.push(event.user.map(|u| u.0));
        self.visitor.push(event.visitor.clone());
        self.origin.push(event.origin.clone());
        self.cache.push(event.cache.map(|cache| cache.as_str().to_owned()));
        self.route.push(event.route.to_string());
        self.outcome.push(event.outcome.to_string());
        self.http_status.push(small(event.http_status.into()));
        self.prompt_tokens.push(event.tokens.map(|t| int(t.prompt)));
        self.completion_tokens.push(event.tokens.map(|t| int(t.completion)));
        self.tokens_estimated.push(event.tokens.map(|t| t.estimated));
        self.first_byte.push(event.first_byte.map(micros));
        self.total.push(micros(event.total));
        self.gateway.push(micros(event.gateway));
        self.bytes_out.push(long(event.bytes_out));
        self.model.push(event.model.clone());
    }
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}
