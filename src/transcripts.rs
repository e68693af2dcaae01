//! What shoppers asked, for those who run a shop: transcripts with what staff notes of them, questions that nobody
//! could answer, what readers think of answers, and what shoppers wrote to people.
//!
//! Who reads a transcript stands in the audit log, and it is there before anything is shown. Nothing of the words goes
//! to a log.

use crate::domain::audit::{AuditEntry, Author};
use crate::domain::clock::Ambient;
use crate::domain::exchange::Thumb;
use crate::domain::handover::Handover;
use crate::domain::ids::{TenantId, WorkspaceId};
use crate::storage::{
    After, ConversationId, Database, ExchangeFilter, Gap, HandedOver, HandoverNews, KeptExchange, KeptHandover, Mark,
    Marked, Rated, Rating, StorageError, TranscriptRow,
};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use std::collections::HashMap;
use std::time::Duration;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

/// Exchanges of one transcript that are shown, the newest.
pub const SHOWN: u16 = 500;
/// An answer that was given this recently may not be written yet.
const RECENT: TimeDelta = TimeDelta::minutes(2);
/// For so long is looked for it again.
const PATIENCE: Duration = Duration::from_secs(3);
const PAUSE: Duration = Duration::from_millis(100);

/// A workspace of a tenant's.
pub type Place = (TenantId, WorkspaceId);

/// Transcripts of an installation. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Transcripts {
    database: Database,
    ambient: Ambient,
}

/// A conversation with what was said in it.
#[derive(Debug, Clone)]
pub struct Transcript {
    pub row: TranscriptRow,
    /// The newest, oldest first.
    pub exchanges: Vec<KeptExchange>,
    /// What was written to people in it, oldest first.
    pub handovers: Vec<KeptHandover>,
    /// There are older ones.
    pub has_more: bool,
}

impl Transcripts {
    pub fn new(database: Database, ambient: Ambient) -> Self {
        Self { database, ambient }
    }

    /// A page of the workspace's conversations, the one that was asked in last first.
    ///
    /// # Errors
    /// Of the database.
    pub async fn list(
        &self,
        (tenant, workspace): Place,
        filter: &ExchangeFilter,
        after: Option<After>,
        limit: u16,
    ) -> Result<Vec<TranscriptRow>, StorageError> {
        self.database.transcripts().list(tenant, workspace, filter, after, limit).await
    }

    /// A conversation with what was said in it. That `by` has read it stands in the audit log.
    ///
    /// # Errors
    /// Of the database, also when it cannot be noted who reads.
    pub async fn read(
        &self,
        (tenant, workspace): Place,
        conversation: Uuid,
        by: &Author,
    ) -> Result<Option<Transcript>, StorageError> {
        let transcripts = self.database.transcripts();
        let Some(row) = transcripts.find(tenant, workspace, conversation).await? else { return Ok(None) };
        let entry = AuditEntry::done("conversation.read", format!("conversation:{conversation}"));
        self.database.audit_log().append(tenant, by, &entry, &self.ambient).await?;
        let all = ExchangeFilter::default();
        let exchanges = transcripts.exchanges(tenant, workspace, Some(conversation), &all, None, SHOWN + 1).await;
        let mut exchanges = exchanges?;
        let has_more = exchanges.len() > usize::from(SHOWN);
        exchanges.truncate(usize::from(SHOWN));
        exchanges.reverse();
        let handovers = self.database.handovers().list_of(tenant, workspace, conversation).await?;
        Ok(Some(Transcript { row, exchanges, handovers, has_more }))
    }

    /// Notes that `by` takes everything that the filter means, before they get it.
    ///
    /// # Errors
    /// Of the database.
    pub async fn note_export(
        &self,
        (tenant, workspace): Place,
        slug: &str,
        filter: &ExchangeFilter,
        by: &Author,
    ) -> Result<(), StorageError> {
        let transcripts = self.database.transcripts();
        // So that a database that cannot read them says so before the file begins.
        transcripts.exchanges(tenant, workspace, None, filter, None, 1).await?;
        let after = json!({"from": filter.from, "to": filter.to});
        let entry = AuditEntry::created("conversations.exported", format!("workspace:{slug}"), after);
        self.database.audit_log().append(tenant, by, &entry, &self.ambient).await
    }

    /// Some exchanges that the filter means, the newest first.
    ///
    /// # Errors
    /// Of the database.
    pub async fn exchanges(
        &self,
        (tenant, workspace): Place,
        filter: &ExchangeFilter,
        after: Option<After>,
        limit: u16,
    ) -> Result<Vec<KeptExchange>, StorageError> {
        self.database.transcripts().exchanges(tenant, workspace, None, filter, after, limit).await
    }

    /// Some hand-overs that the filter means, the newest first.
    ///
    /// # Errors
    /// Of the database.
    pub async fn handovers(
        &self,
        (tenant, workspace): Place,
        filter: &ExchangeFilter,
        after: Option<After>,
        limit: u16,
    ) -> Result<Vec<KeptHandover>, StorageError> {
        self.database.handovers().list(tenant, workspace, filter, after, limit).await
    }

    /// Keeps what a shopper writes to people, and tells webhooks of it.
    ///
    /// # Errors
    /// Of the database.
    pub async fn hand_over(
        &self,
        handover: &Handover,
        news: &HandoverNews,
        by: &Author,
    ) -> Result<HandedOver, StorageError> {
        self.database.handovers().insert(handover, news, by, &self.ambient).await
    }

    /// Notes something of a conversation.
    ///
    /// # Errors
    /// Of the database.
    pub async fn mark(
        &self,
        place: Place,
        conversation: Uuid,
        mark: &Mark,
        expected: impl Fn(i64) -> bool,
        by: &Author,
    ) -> Result<Marked, StorageError> {
        self.database.transcripts().mark(place, conversation, mark, expected, by, &self.ambient).await
    }

    /// Questions that were refused or disliked, in groups.
    ///
    /// # Errors
    /// Of the database.
    pub async fn gaps(
        &self,
        (tenant, workspace): Place,
        between: (DateTime<Utc>, DateTime<Utc>),
        limit: u16,
    ) -> Result<Vec<Gap>, StorageError> {
        self.database.transcripts().gaps(tenant, workspace, between, limit).await
    }

    /// Notes that a gap is dealt with, by its example; whether there is such a gap.
    ///
    /// # Errors
    /// Of the database.
    pub async fn settle_gap(&self, place: Place, example: Uuid, by: &Author) -> Result<bool, StorageError> {
        self.database.transcripts().settle_gap(place, example, by, &self.ambient).await
    }

    /// The words of a question, where they are kept.
    ///
    /// # Errors
    /// Of the database.
    pub async fn question(&self, (tenant, workspace): Place, exchange: Uuid) -> Result<Option<String>, StorageError> {
        self.database.transcripts().question(tenant, workspace, exchange).await
    }

    /// What a reader thinks of answers in the conversation's history, by what an answer's id there ends with. It is
    /// told beside the history and is no reason to go without that: none while the database cannot tell.
    pub async fn thumbs(&self, tenant: TenantId, conversation: ConversationId) -> HashMap<[u8; 10], Thumb> {
        let read = self.database.transcripts().thumbs(tenant, conversation).await;
        if let Err(error) = &read {
            tracing::warn!(%error, "what readers think of answers could not be read for a history");
        }
        read.unwrap_or_default().into_iter().collect()
    }

    /// Keeps what a reader thinks of an answer of theirs. An answer of a moment ago may be on its way to the database,
    /// and is waited for. None if there is none.
    ///
    /// # Errors
    /// Of the database.
    pub async fn rate(&self, rating: &Rating<'_>) -> Result<Option<Rated>, StorageError> {
        let until = Instant::now() + PATIENCE;
        loop {
            let rated = self.database.transcripts().rate(rating).await?;
            if rated.is_some() || !is_recent(rating.answer, rating.at) || Instant::now() >= until {
                return Ok(rated);
            }
            sleep(PAUSE).await;
        }
    }
}

/// Whether an id was made a moment ago.
fn is_recent(id: Uuid, now: DateTime<Utc>) -> bool {
    let made = id.get_timestamp().and_then(|made| {
        let (seconds, nanos) = made.to_unix();
        DateTime::from_timestamp(i64::try_from(seconds).ok()?, nanos)
    });
    made.is_some_and(|made| (now - made).abs() < RECENT)
}
