//! What one transaction of the usage writer does: the events of one tenant, and what follows from them for keys and
//! conversations.

use super::{Entry, Message};
use crate::domain::ids::TenantId;
use crate::domain::quota::Settlement;
use crate::domain::usage::UsageEvent;
use crate::storage::{Database, StorageError, api_keys, conversations, quotas, usage::events};
use chrono::{DateTime, Utc};
use std::collections::BTreeMap;
use uuid::Uuid;

#[derive(Debug, Default)]
struct Records {
    events: Vec<UsageEvent>,
    messages: Vec<Message>,
    settlements: Vec<Settlement>,
}

#[derive(Debug)]
pub(super) struct Batch {
    tenant: TenantId,
    records: Records,
}

impl Batch {
    /// One batch a tenant, because a transaction has one tenant.
    pub(super) fn by_tenant(entries: Vec<Entry>) -> impl Iterator<Item = Self> {
        let mut batches = BTreeMap::<TenantId, Records>::new();
        for entry in entries {
            match entry {
                Entry::Event(event) => batches.entry(event.tenant).or_default().events.push(*event),
                Entry::Message(message) => batches.entry(message.tenant).or_default().messages.push(message),
                Entry::Settlement(settlement) => {
                    batches.entry(settlement.reservation.tenant).or_default().settlements.push(settlement);
                }
            }
        }
        batches.into_iter().map(|(tenant, records)| Self { tenant, records })
    }

    pub(super) fn len(&self) -> usize {
        self.records.events.len() + self.records.messages.len() + self.records.settlements.len()
    }

    /// Writes everything or nothing.
    pub(super) async fn write(&self, database: &Database) -> Result<(), StorageError> {
        write(database, self.tenant, &self.records).await
    }

    /// Each record as a batch of its own.
    pub(super) fn singles(self) -> impl Iterator<Item = Self> {
        let Self { tenant, records: Records { events, messages, settlements } } = self;
        let events = events.into_iter().map(|event| Records { events: vec![event], ..Records::default() });
        let messages = messages.into_iter().map(|message| Records { messages: vec![message], ..Records::default() });
        let settlements =
            settlements.into_iter().map(|settlement| Records { settlements: vec![settlement], ..Records::default() });
        events.chain(messages).chain(settlements).map(move |records| Self { tenant, records })
    }
}

#[tracing::instrument(name = "db.usage_events.insert", level = "debug", skip_all)]
async fn write(database: &Database, tenant: TenantId, records: &Records) -> Result<(), StorageError> {
    let Records { events, messages, settlements } = records;
    database
        .tenant(tenant, async |tx| {
            if !events.is_empty() {
                events::insert(tx, events).await?;
                let (keys, used_at) = last_uses(events);
                if !keys.is_empty() {
                    api_keys::touch(tx, &keys, &used_at).await?;
                }
            }
            if !messages.is_empty() {
                let (ids, counts, last_at) = counted(messages);
                conversations::bump(tx, &ids, &counts, &last_at).await?;
            }
            if !settlements.is_empty() {
                quotas::settle(tx, settlements).await?;
            }
            Ok(())
        })
        .await
}

/// Ordered by id, also below: two replicas that lock the same rows must do it in the same order.
fn last_uses(events: &[UsageEvent]) -> (Vec<Uuid>, Vec<DateTime<Utc>>) {
    let mut uses = BTreeMap::<Uuid, DateTime<Utc>>::new();
    for event in events {
        if let Some(key) = event.key {
            let last = uses.entry(key.0).or_insert(event.at);
            *last = event.at.max(*last);
        }
    }
    uses.into_iter().unzip()
}

fn counted(messages: &[Message]) -> (Vec<Uuid>, Vec<i32>, Vec<DateTime<Utc>>) {
    let mut counts = BTreeMap::<Uuid, (i32, DateTime<Utc>)>::new();
    for message in messages {
        let (count, last) = counts.entry(message.conversation.0).or_insert((0, message.at));
        *count = count.saturating_add(1);
        *last = message.at.max(*last);
    }
    let mut columns = (Vec::new(), Vec::new(), Vec::new());
    for (id, (count, last)) in counts {
        columns.0.push(id);
        columns.1.push(count);
        columns.2.push(last);
    }
    columns
}
