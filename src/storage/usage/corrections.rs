//! Corrections of usage events. An event of an answer that broke off is written with an estimate, and the figures that
//! AnythingLLM has may come before it, with it or after it, from this process or another, and several times. Both meet
//! in a row of `usage_corrections`: whoever comes second sees what the first has left, so that each correction counts
//! exactly once in the event, in the sums and in the quota.

use crate::domain::ids::{EventId, KeyId, TenantId, WorkspaceId};
use crate::domain::quota::Recharge;
use crate::domain::usage::rollup::{Amounts, Counted, TokensChange};
use crate::domain::usage::unfinished::Correction;
use crate::domain::usage::{TokenUsage, UsageEvent};
use crate::storage::columns::{count, int};
use crate::storage::usage::rollups;
use crate::storage::{StorageError, TenantTx, quotas};
use chrono::{DateTime, Utc};
use std::collections::{BTreeMap, HashSet};
use uuid::Uuid;

/// What follows from unfinished answers and corrections that are written together.
#[derive(Debug, Default)]
pub(super) struct Met<'a> {
    /// To be written in the place of those with the same id: their figures are known already.
    instead: BTreeMap<EventId, UsageEvent>,
    /// Corrections that nobody has recorded before.
    first: Vec<&'a Correction>,
    /// Of these the ones whose event is written already, with an estimate.
    late: Vec<&'a Correction>,
}

/// What is known of an unfinished answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Known {
    is_written: bool,
    counted: Option<TokenUsage>,
}

/// What one transaction has of an unfinished answer.
#[derive(Debug, Clone, Copy, Default)]
struct Brought<'a> {
    event: Option<&'a UsageEvent>,
    correction: Option<&'a Correction>,
}

/// What is to be done about it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Verdict {
    /// What is known afterwards.
    known: Known,
    /// The event is written with these figures instead of its own.
    instead: Option<TokenUsage>,
    /// The correction is the first.
    is_first: bool,
    /// The event is written already, and is to be changed.
    is_late: bool,
}

impl Known {
    fn meets(self, brings_event: bool, correction: Option<TokenUsage>) -> Verdict {
        let counted = self.counted.or(correction);
        let is_first = self.counted.is_none() && correction.is_some();
        Verdict {
            known: Self { is_written: self.is_written || brings_event, counted },
            instead: counted.filter(|_| brings_event && !self.is_written),
            is_first,
            is_late: is_first && self.is_written,
        }
    }
}

impl<'a> Met<'a> {
    /// Of a transaction's records; to be asked before its events are written.
    pub(super) async fn of(
        tx: &mut TenantTx,
        events: &[&'a UsageEvent],
        corrections: &[&'a Correction],
    ) -> Result<Self, StorageError> {
        let mut brought = BTreeMap::<EventId, Brought<'a>>::new();
        for event in events.iter().filter(|event| event.unfinished) {
            brought.entry(event.id).or_default().event = Some(event);
        }
        for correction in corrections {
            brought.entry(correction.event).or_default().correction.get_or_insert(correction);
        }
        let mut met = Self::default();
        if brought.is_empty() {
            return Ok(met);
        }
        let known = lock(tx, brought.keys()).await?;
        let mut changed = BTreeMap::new();
        for (id, Brought { event, correction }) in brought {
            let before = known.get(&id).copied().unwrap_or_default();
            let verdict = before.meets(event.is_some(), correction.map(|correction| correction.tokens));
            if let (Some(event), Some(tokens)) = (event, verdict.instead) {
                met.instead.insert(id, UsageEvent { tokens: Some(tokens), ..event.clone() });
            }
            met.first.extend(correction.filter(|_| verdict.is_first));
            met.late.extend(correction.filter(|_| verdict.is_late));
            if verdict.known != before {
                changed.insert(id, verdict.known);
            }
        }
        note(tx, &changed).await?;
        Ok(met)
    }

    /// The events as they are to be written.
    pub(super) fn written<'b>(&'b self, events: &[&'b UsageEvent]) -> Vec<&'b UsageEvent> {
        events.iter().map(|event| self.instead.get(&event.id).unwrap_or(event)).collect()
    }

    /// To be called at the end of the transaction: it may wait for whoever adds up this tenant's usage.
    pub(super) async fn apply(&self, tx: &mut TenantTx, tenant: TenantId) -> Result<(), StorageError> {
        let charged = self.first.iter().filter_map(|first| {
            let tokens = u64::from(first.tokens.prompt) + u64::from(first.tokens.completion);
            Some(Recharge { charged: first.charged?, tokens })
        });
        quotas::recharge(tx, charged).await?;
        if self.late.is_empty() {
            return Ok(());
        }
        let known = rows(tx, &self.late).await?;
        write(tx, &self.late).await?;
        let found = known.iter().filter_map(|(row, tokens)| Some((row.workspace?, *tokens)));
        quotas::learn(tx, found).await?;
        let waiting = correct_waiting(tx, tenant, &self.late).await?;
        let added =
            known.into_iter().filter(|(row, _)| !waiting.contains(&row.id)).map(Row::changed).collect::<Vec<_>>();
        if added.is_empty() { Ok(()) } else { rollups::correct(tx, tenant, &added).await }
    }
}

/// What is known of these, which nobody else can change until the transaction ends. In the order of their ids, so that
/// two writers cannot wait for each other.
async fn lock(
    tx: &mut TenantTx,
    ids: impl Iterator<Item = &EventId>,
) -> Result<BTreeMap<EventId, Known>, StorageError> {
    let ids: Vec<Uuid> = ids.map(|id| id.0).collect();
    sqlx::query!(
        r#"
        INSERT INTO vestibule.usage_corrections (tenant_id, event_id)
        SELECT vestibule.current_tenant(), answer.id
        FROM UNNEST($1::uuid[]) AS answer(id)
        ORDER BY answer.id
        ON CONFLICT (tenant_id, event_id) DO NOTHING
        "#,
        &ids,
    )
    .execute(tx.connection())
    .await?;
    let rows = sqlx::query!(
        r#"
        SELECT event_id, is_written, prompt_tokens, completion_tokens
        FROM vestibule.usage_corrections
        WHERE tenant_id = vestibule.current_tenant()
          AND event_id = ANY ($1)
        ORDER BY event_id
        FOR UPDATE
        "#,
        &ids,
    )
    .fetch_all(tx.connection())
    .await?;
    let known = rows.into_iter().map(|row| {
        let counted = row.prompt_tokens.zip(row.completion_tokens).map(|(prompt, completion)| TokenUsage {
            prompt: count(prompt),
            completion: count(completion),
            estimated: false,
        });
        (EventId(row.event_id), Known { is_written: row.is_written, counted })
    });
    Ok(known.collect())
}

async fn note(tx: &mut TenantTx, changed: &BTreeMap<EventId, Known>) -> Result<(), StorageError> {
    if changed.is_empty() {
        return Ok(());
    }
    let ids: Vec<Uuid> = changed.keys().map(|id| id.0).collect();
    let written: Vec<bool> = changed.values().map(|known| known.is_written).collect();
    let (prompts, completions): (Vec<_>, Vec<_>) = changed
        .values()
        .map(|known| (known.counted.map(|counted| int(counted.prompt)), known.counted.map(|c| int(c.completion))))
        .unzip();
    sqlx::query!(
        r#"
        UPDATE vestibule.usage_corrections AS answer
        SET is_written = new.is_written,
            prompt_tokens = new.prompt,
            completion_tokens = new.completion,
            moved_at = now()
        FROM UNNEST($1::uuid[], $2::boolean[], $3::integer[], $4::integer[])
          AS new(event_id, is_written, prompt, completion)
        WHERE answer.tenant_id = vestibule.current_tenant()
          AND answer.event_id = new.event_id
        "#,
        &ids,
        &written,
        &prompts as &[Option<i32>],
        &completions as &[Option<i32>],
    )
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// An event as it is written, with the estimate.
struct Row {
    id: Uuid,
    at: DateTime<Utc>,
    workspace: Option<Uuid>,
    key: Option<Uuid>,
    route: String,
    outcome: String,
    origin: Option<String>,
    model: Option<String>,
    prompt: Option<i32>,
    completion: Option<i32>,
    estimated: Option<bool>,
}

impl Row {
    /// By how much its sums change.
    fn changed((row, tokens): (Self, TokenUsage)) -> (Counted, TokensChange) {
        let before = TokensChange {
            prompt: row.prompt.map_or(0, i64::from),
            completion: row.completion.map_or(0, i64::from),
            estimated: row.estimated.map_or(0, i64::from),
        };
        let change = TokensChange {
            prompt: i64::from(tokens.prompt) - before.prompt,
            completion: i64::from(tokens.completion) - before.completion,
            estimated: i64::from(tokens.estimated) - before.estimated,
        };
        let event = Counted {
            at: row.at,
            workspace: row.workspace.map(WorkspaceId),
            key: row.key.map(KeyId),
            route: row.route,
            outcome: row.outcome,
            origin: row.origin,
            model: row.model,
            amounts: Amounts::default(),
        };
        (event, change)
    }
}

/// The events of these, each with what it really took. One whose day is gone is not among them.
async fn rows(tx: &mut TenantTx, late: &[&Correction]) -> Result<Vec<(Row, TokenUsage)>, StorageError> {
    let (ids, ats) = names(late);
    let rows = sqlx::query_as!(
        Row,
        r#"
        SELECT
          id, at, workspace_id AS workspace, api_key_id AS key, route, outcome, origin, model,
          prompt_tokens AS prompt, completion_tokens AS completion, tokens_estimated AS estimated
        FROM vestibule.usage_events
        JOIN UNNEST($1::uuid[], $2::timestamptz[]) AS answer(id, at) USING (id, at)
        WHERE tenant_id = vestibule.current_tenant()
        "#,
        &ids,
        &ats,
    )
    .fetch_all(tx.connection())
    .await?;
    let took = |row: &Row| late.iter().find(|late| late.event.0 == row.id).map(|late| late.tokens);
    Ok(rows.into_iter().filter_map(|row| took(&row).map(|tokens| (row, tokens))).collect())
}

fn names(late: &[&Correction]) -> (Vec<Uuid>, Vec<DateTime<Utc>>) {
    late.iter().map(|late| (late.event.0, late.at)).unzip()
}

fn figures(late: &[&Correction]) -> (Vec<i32>, Vec<i32>) {
    late.iter().map(|late| (int(late.tokens.prompt), int(late.tokens.completion))).unzip()
}

async fn write(tx: &mut TenantTx, late: &[&Correction]) -> Result<(), StorageError> {
    let ((ids, ats), (prompts, completions)) = (names(late), figures(late));
    sqlx::query!(
        r#"
        UPDATE vestibule.usage_events AS event
        SET prompt_tokens = new.prompt, completion_tokens = new.completion, tokens_estimated = false
        FROM UNNEST($1::uuid[], $2::timestamptz[], $3::integer[], $4::integer[]) AS new(id, at, prompt, completion)
        WHERE event.tenant_id = vestibule.current_tenant()
          AND event.id = new.id
          AND event.at = new.at
        "#,
        &ids,
        &ats,
        &prompts,
        &completions,
    )
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// Of what waits to be added up; whoever adds up waits meanwhile. Says which: the others are in the sums.
async fn correct_waiting(
    tx: &mut TenantTx,
    tenant: TenantId,
    late: &[&Correction],
) -> Result<HashSet<Uuid>, StorageError> {
    rollups::hold(tx, tenant).await?;
    let ((ids, ats), (prompts, completions)) = (names(late), figures(late));
    let corrected = sqlx::query_scalar!(
        r#"
        UPDATE vestibule.usage_pending AS event
        SET prompt_tokens = new.prompt, completion_tokens = new.completion, tokens_estimated = false
        FROM UNNEST($1::uuid[], $2::timestamptz[], $3::integer[], $4::integer[]) AS new(id, at, prompt, completion)
        WHERE event.tenant_id = vestibule.current_tenant()
          AND event.id = new.id
          AND event.at = new.at
        RETURNING event.id
        "#,
        &ids,
        &ats,
        &prompts,
        &completions,
    )
    .fetch_all(tx.connection())
    .await?;
    Ok(corrected.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What an event says and what its sums and its quota were changed by.
    #[derive(Debug, Default)]
    struct Account {
        known: Known,
        event: Option<TokenUsage>,
        corrected: u32,
        first: u32,
    }

    impl Account {
        /// A transaction with the event, the correction, or both, in whatever order they stand in it.
        fn write(&mut self, event: Option<TokenUsage>, correction: Option<TokenUsage>) {
            let verdict = self.known.meets(event.is_some(), correction);
            if self.event.is_none() {
                self.event = event.map(|own| verdict.instead.unwrap_or(own));
            }
            if let (true, Some(tokens)) = (verdict.is_late, correction) {
                self.event = Some(tokens);
                self.corrected += 1;
            }
            self.first += u32::from(verdict.is_first);
            self.known = verdict.known;
        }
    }

    proptest! {
        #[test]
        fn whatever_comes_first_and_how_often_the_figures_stand_and_count_once(
            steps in prop::collection::vec((any::<bool>(), any::<bool>()), 0..8),
        ) {
            let estimate = TokenUsage { prompt: 1_000, completion: 3, estimated: true };
            let real = TokenUsage { prompt: 210, completion: 20, estimated: false };
            let mut account = Account::default();
            for (event, correction) in &steps {
                account.write(event.then_some(estimate), correction.then_some(real));
            }
            let has_event = steps.iter().any(|(event, _)| *event);
            let has_correction = steps.iter().any(|(_, correction)| *correction);
            let expected = has_event.then_some(if has_correction { real } else { estimate });
            prop_assert_eq!(account.event, expected);
            prop_assert_eq!(account.first, u32::from(has_correction));
            prop_assert!(account.corrected <= account.first);
        }
    }
}
