//! What one transaction of the usage writer does: records of one tenant from one segment, what follows from them for
//! keys and conversations, and the mark that says that they are written.

use crate::domain::exchange::Exchange;
use crate::domain::ids::TenantId;
use crate::domain::quota::Settlement;
use crate::domain::usage::UsageEvent;
use crate::domain::usage::unfinished::Correction;
use crate::storage::usage::corrections::Met;
use crate::storage::usage::entry::{Entry, Message};
use crate::storage::usage::spool::reader::Placed;
use crate::storage::usage::{events, marks};
use crate::storage::{Database, StorageError, api_keys, conversations, quotas, transcripts};
use chrono::{DateTime, Utc};
use std::collections::BTreeMap;
use uuid::Uuid;

#[derive(Debug)]
pub(super) struct Batch {
    tenant: TenantId,
    segment: Uuid,
    /// Each with where it ends, in the order of the segment: a mark says that all before it is written.
    entries: Vec<(u64, Entry)>,
}

#[derive(Debug, Default)]
struct Records<'a> {
    events: Vec<&'a UsageEvent>,
    exchanges: Vec<&'a Exchange>,
    messages: Vec<&'a Message>,
    settlements: Vec<Settlement>,
    corrections: Vec<&'a Correction>,
}

impl Batch {
    /// One batch a tenant, because a transaction has one tenant, and a segment, because a mark has one.
    pub(super) fn by_segment(entries: Vec<Placed>) -> impl Iterator<Item = Self> {
        let mut batches = BTreeMap::<(Uuid, TenantId), Vec<(u64, Entry)>>::new();
        for Placed { segment, end, entry } in entries {
            batches.entry((segment, entry.tenant())).or_default().push((end, entry));
        }
        batches.into_iter().map(|((segment, tenant), entries)| Self { tenant, segment, entries })
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn segment(&self) -> Uuid {
        self.segment
    }

    /// Writes everything that is not written yet, or nothing.
    #[tracing::instrument(name = "db.usage_events.insert", level = "debug", skip_all)]
    pub(super) async fn write(&self, database: &Database) -> Result<(), StorageError> {
        let Some((last, _)) = self.entries.last() else { return Ok(()) };
        database
            .tenant(self.tenant, async |tx| {
                let written = marks::hold(tx, self.segment).await?;
                let Records { events, exchanges, messages, settlements, corrections } = self.after(written);
                let met = Met::of(tx, &events, &corrections).await?;
                let events = met.written(&events);
                if !events.is_empty() {
                    events::insert(tx, &events).await?;
                    quotas::learn(tx, events.iter().filter_map(|event| Some((event.workspace?.0, event.tokens?))))
                        .await?;
                    let (keys, used_at) = last_uses(&events);
                    if !keys.is_empty() {
                        api_keys::touch(tx, &keys, &used_at).await?;
                    }
                }
                if !messages.is_empty() {
                    let (ids, counts, last_at) = counted(&messages);
                    conversations::bump(tx, &ids, &counts, &last_at).await?;
                }
                if !exchanges.is_empty() {
                    transcripts::insert(tx, &exchanges).await?;
                }
                if !settlements.is_empty() {
                    quotas::settle(tx, &settlements).await?;
                }
                met.apply(tx, self.tenant).await?;
                if *last > written { marks::advance(tx, self.segment, *last).await } else { Ok(()) }
            })
            .await
    }

    /// The records that end behind `written`.
    fn after(&self, written: u64) -> Records<'_> {
        let mut records = Records::default();
        for (_, entry) in self.entries.iter().filter(|(end, _)| *end > written) {
            match entry {
                Entry::Event(event) => records.events.push(event),
                Entry::Exchange(exchange) => records.exchanges.push(exchange),
                Entry::Message(message) => records.messages.push(message),
                Entry::Settlement(settlement) => records.settlements.push(*settlement),
                Entry::Correction(correction) => records.corrections.push(correction),
                Entry::Unfinished(_) => {}
            }
        }
        records
    }

    /// Each record as a batch of its own.
    pub(super) fn singles(self) -> impl Iterator<Item = Self> {
        let Self { tenant, segment, entries } = self;
        entries.into_iter().map(move |entry| Self { tenant, segment, entries: vec![entry] })
    }
}

/// Ordered by id, also below: two replicas that lock the same rows must do it in the same order.
fn last_uses(events: &[&UsageEvent]) -> (Vec<Uuid>, Vec<DateTime<Utc>>) {
    let mut uses = BTreeMap::<Uuid, DateTime<Utc>>::new();
    for event in events {
        if let Some(key) = event.key {
            let last = uses.entry(key.0).or_insert(event.at);
            *last = event.at.max(*last);
        }
    }
    uses.into_iter().unzip()
}

fn counted(messages: &[&Message]) -> (Vec<Uuid>, Vec<i32>, Vec<DateTime<Utc>>) {
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
