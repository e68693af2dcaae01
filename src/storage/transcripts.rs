//! Transcripts: exchanges of conversations, what staff noted of them, and what readers thought of answers.
//!
//! Nothing is written of a conversation that is gone: who erases one need not fear what is still on its way.

mod asking;
mod filter;
mod finding;
mod gaps;
mod kept;
mod marks;
mod reading;
mod settling;
mod thumbs;
mod words;

pub use filter::{ExchangeFilter, PersonFilter};
pub use gaps::Gap;
pub use kept::KeptExchange;
pub use marks::{Mark, Marked};
pub use reading::{After, TranscriptRow};
pub use thumbs::{Rated, Rating};
pub(super) use words::search;

use super::{StorageError, TenantTx, Transcripts};
use crate::domain::exchange::{Exchange, Words};
use crate::domain::ids::TenantId;
use crate::storage::columns::int;
use crate::storage::retention::delete_beyond_retention;
use chrono::{DateTime, Utc};
use serde_json::Value;
use uuid::Uuid;

/// Writes exchanges of one tenant; those that are there already are left as they are, and those whose conversation is
/// gone are left out.
pub(super) async fn insert(tx: &mut TenantTx, exchanges: &[&Exchange]) -> Result<(), StorageError> {
    let mut columns = Columns::default();
    for exchange in exchanges {
        columns.push(exchange);
    }
    // In the order of the ids, so that two writers that lock the same rows do it in the same order.
    sqlx::query!(
        r#"
        WITH living AS (
          SELECT c.id, c.tenant_id, c.workspace_id
          FROM vestibule.conversations c
          WHERE c.id = ANY ($1::uuid[])
          ORDER BY c.id
          FOR KEY SHARE OF c
        )
        INSERT INTO vestibule.transcripts AS t (conversation_id, tenant_id, workspace_id, last_at, staff)
        SELECT l.id, l.tenant_id, l.workspace_id, max(new.at), bool_or(new.staff)
        FROM living l
        JOIN UNNEST($1::uuid[], $2::timestamptz[], $3::boolean[]) AS new (conversation, at, staff)
          ON new.conversation = l.id
        GROUP BY l.id, l.tenant_id, l.workspace_id
        ORDER BY l.id
        ON CONFLICT ON CONSTRAINT transcripts_pkey DO UPDATE
        SET last_at = greatest(t.last_at, excluded.last_at),
            staff = t.staff OR excluded.staff
        "#,
        &columns.conversation,
        &columns.at,
        &columns.staff,
    )
    .execute(tx.connection())
    .await?;
    sqlx::query!(
        r#"
        INSERT INTO vestibule.exchanges (
          id, tenant_id, workspace_id, conversation_id, at, outcome, code, api_key_id, user_id, origin, locale, cached,
          prompt_tokens, completion_tokens, history_tail, question, question_cut, answer, answer_cut, sources, gist
        )
        SELECT
          new.id, t.tenant_id, t.workspace_id, t.conversation_id, new.at, new.outcome, new.code, new.key, new.person,
          new.origin, new.locale, new.cached, new.prompt, new.completion, new.tail, new.question, new.question_cut,
          new.answer, new.answer_cut, new.sources, new.gist
        FROM UNNEST(
          $1::uuid[], $2::uuid[], $3::timestamptz[], $4::text[], $5::text[], $6::uuid[], $7::bigint[], $8::text[],
          $9::text[], $10::boolean[], $11::integer[], $12::integer[], $13::bytea[], $14::text[], $15::boolean[],
          $16::text[], $17::boolean[], $18::jsonb[], $19::text[]
        ) AS new (
          id, conversation, at, outcome, code, key, person, origin, locale, cached, prompt, completion, tail, question,
          question_cut, answer, answer_cut, sources, gist
        )
        JOIN vestibule.transcripts t ON t.conversation_id = new.conversation
        ON CONFLICT ON CONSTRAINT exchanges_pkey DO NOTHING
        "#,
        &columns.id,
        &columns.conversation,
        &columns.at,
        &columns.outcome,
        &columns.code as &[Option<String>],
        &columns.key as &[Option<Uuid>],
        &columns.user as &[Option<i64>],
        &columns.origin as &[Option<String>],
        &columns.locale as &[Option<String>],
        &columns.cached,
        &columns.prompt_tokens as &[Option<i32>],
        &columns.completion_tokens as &[Option<i32>],
        &columns.history_tail as &[Option<Vec<u8>>],
        &columns.question as &[Option<String>],
        &columns.question_cut,
        &columns.answer as &[Option<String>],
        &columns.answer_cut,
        &columns.sources as &[Option<Value>],
        &columns.gist as &[Option<String>],
    )
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// One array a column, as UNNEST takes them.
#[derive(Default)]
struct Columns {
    id: Vec<Uuid>,
    conversation: Vec<Uuid>,
    at: Vec<DateTime<Utc>>,
    outcome: Vec<String>,
    code: Vec<Option<String>>,
    key: Vec<Option<Uuid>>,
    user: Vec<Option<i64>>,
    origin: Vec<Option<String>>,
    locale: Vec<Option<String>>,
    cached: Vec<bool>,
    prompt_tokens: Vec<Option<i32>>,
    completion_tokens: Vec<Option<i32>>,
    history_tail: Vec<Option<Vec<u8>>>,
    question: Vec<Option<String>>,
    question_cut: Vec<bool>,
    answer: Vec<Option<String>>,
    answer_cut: Vec<bool>,
    sources: Vec<Option<Value>>,
    gist: Vec<Option<String>>,
    staff: Vec<bool>,
}

impl Columns {
    fn push(&mut self, exchange: &Exchange) {
        self.id.push(exchange.id.0);
        self.conversation.push(exchange.conversation);
        self.at.push(exchange.at);
        self.outcome.push(exchange.outcome.as_str().to_owned());
        self.code.push(exchange.code.clone());
        self.key.push(exchange.key.map(|key| key.0));
        self.user.push(exchange.user.map(|user| user.0));
        self.origin.push(exchange.origin.clone());
        self.locale.push(exchange.locale.clone());
        self.cached.push(exchange.cached);
        self.prompt_tokens.push(exchange.prompt_tokens.map(int));
        self.completion_tokens.push(exchange.completion_tokens.map(int));
        self.history_tail.push(exchange.history_tail.map(|tail| tail.to_vec()));
        let words = exchange.words.as_ref();
        self.question.push(words.map(|words| words.question.clone()));
        self.question_cut.push(words.is_some_and(|words| words.question_cut));
        self.answer.push(words.map(|words| words.answer.clone()));
        self.answer_cut.push(words.is_some_and(|words| words.answer_cut));
        self.sources.push(words.map(sources));
        self.gist.push(exchange.gist());
        // A person with a shop's key asks in the playground.
        self.staff.push(exchange.key.is_some() && exchange.user.is_some());
    }
}

fn sources(words: &Words) -> Value {
    serde_json::to_value(&words.sources).unwrap_or_default()
}

impl Transcripts<'_> {
    /// Forgets exchanges that are older than their workspace keeps. A thousand at most at a time; tells how many.
    #[tracing::instrument(name = "db.transcripts.delete_beyond_retention", level = "debug", skip_all)]
    pub async fn delete_beyond_retention(self, tenant: TenantId, now: DateTime<Utc>) -> Result<u64, StorageError> {
        delete_beyond_retention!(self, tenant, now, "vestibule.exchanges", "at")
    }
}
