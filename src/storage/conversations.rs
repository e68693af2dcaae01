//! Conversations: whose session id stands for which session of AnythingLLM.
//!
//! Opening, finding and resetting are one round trip each, by functions of the schema that set the tenant themselves.

mod openings;
mod owned;

pub use openings::StoredOpening;
pub use owned::{OwnedBy, OwnedConversation};

use super::{Conversations, StorageError, TenantTx};
use crate::domain::clock::Ambient;
use crate::domain::conversation::{ChatSessionId, UpstreamSession};
use crate::domain::ids::{TenantId, WorkspaceId};
use crate::domain::owner::Owner;
use crate::storage::retention::delete_beyond_retention;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use std::fmt::{self, Write as _};
use uuid::Uuid;

/// A conversation's row id. Never shown: clients know their session id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ConversationId(pub Uuid);

/// What names a conversation: the client's session id means something only within its owner.
#[derive(Debug, Clone, Copy)]
pub struct ConversationKey<'a> {
    pub tenant: TenantId,
    pub workspace: WorkspaceId,
    pub owner: Owner,
    /// The client's name for it.
    pub session: &'a ChatSessionId,
}

/// A conversation's name as notifications and caches use it: tells nothing of the session id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(try_from = "String")]
pub struct ConversationDigest([u8; 32]);

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conversation {
    /// Row id, for counting messages.
    pub id: ConversationId,
    /// What AnythingLLM knows it by.
    pub upstream: UpstreamSession,
}

/// What a conversation begins as.
#[derive(Clone)]
pub struct BeginConversation {
    id: Uuid,
    upstream: UpstreamSession,
    at: DateTime<Utc>,
}

impl fmt::Debug for BeginConversation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BeginConversation").field("id", &self.id).finish_non_exhaustive()
    }
}

impl BeginConversation {
    pub fn new(ambient: &Ambient) -> Self {
        Self::known_as(UpstreamSession::new(&fresh_session(ambient)), ambient)
    }

    /// One with an opening.
    pub fn opened(ambient: &Ambient) -> Self {
        Self::known_as(UpstreamSession::opened(&fresh_session(ambient)), ambient)
    }

    fn known_as(upstream: UpstreamSession, ambient: &Ambient) -> Self {
        Self { id: ambient.uuid(), upstream, at: ambient.now() }
    }

    /// What AnythingLLM is to know it by.
    pub fn upstream(&self) -> &UpstreamSession {
        &self.upstream
    }

    /// Whether this is what has begun, and not one that was there.
    pub fn is(&self, conversation: &Conversation) -> bool {
        conversation.id.0 == self.id
    }

    /// What it is once it has begun.
    pub fn conversation(&self) -> Conversation {
        Conversation { id: ConversationId(self.id), upstream: self.upstream.clone() }
    }
}

impl ConversationKey<'_> {
    /// As the schema's `tell_conversation` makes it.
    pub fn digest(&self) -> ConversationDigest {
        let mut hash = Sha256::new();
        hash.update(self.workspace.to_string());
        hash.update("/");
        hash.update(self.owner.storage_key());
        hash.update("/");
        hash.update(self.session.as_str());
        ConversationDigest(hash.finalize().into())
    }
}

impl TryFrom<String> for ConversationDigest {
    type Error = &'static str;

    fn try_from(hex: String) -> Result<Self, Self::Error> {
        const NOT_A_DIGEST: &str = "not 64 hexadecimal digits";
        let mut bytes = [0; 32];
        let (pairs, rest) = hex.as_bytes().as_chunks::<2>();
        if pairs.len() != bytes.len() || !rest.is_empty() {
            return Err(NOT_A_DIGEST);
        }
        for (byte, pair) in bytes.iter_mut().zip(pairs) {
            let digit = |c: u8| char::from(c).to_digit(16).and_then(|d| u8::try_from(d).ok());
            let [high, low] = pair.map(digit);
            *byte = high.zip(low).map(|(high, low)| high << 4 | low).ok_or(NOT_A_DIGEST)?;
        }
        Ok(Self(bytes))
    }
}

impl Conversations<'_> {
    /// The conversation of this name; begins it if there is none. However many ask at once, all get the same one.
    /// If the workspace is gone, [`StorageError::Conflict`] names `conversations_workspace_fkey`.
    #[tracing::instrument(name = "db.conversations.open", level = "debug", skip_all)]
    pub async fn open(
        self,
        key: &ConversationKey<'_>,
        visitor: Option<&str>,
        ambient: &Ambient,
    ) -> Result<Conversation, StorageError> {
        self.open_as(key, visitor, &BeginConversation::new(ambient)).await
    }

    /// As [`Self::open`]; a new one begins like this.
    pub async fn open_as(
        self,
        key: &ConversationKey<'_>,
        visitor: Option<&str>,
        begin: &BeginConversation,
    ) -> Result<Conversation, StorageError> {
        // Twice it comes to the same: the second time it is found.
        self.read(async |connection| {
            let row = sqlx::query!(
                r#"
                SELECT
                  id AS "id!",
                  upstream_session AS "upstream_session!"
                FROM vestibule.open_conversation($1, $2, $3, $4, $5, $6, $7, $8)
                "#,
                key.tenant.0,
                key.workspace.0,
                key.owner.storage_key(),
                visitor,
                key.session.as_str(),
                begin.id,
                begin.upstream.expose(),
                begin.at,
            )
            .fetch_one(connection)
            .await?;
            Ok(Conversation { id: ConversationId(row.id), upstream: UpstreamSession::new(&row.upstream_session) })
        })
        .await
    }

    #[tracing::instrument(name = "db.conversations.find", level = "debug", skip_all)]
    pub async fn find(self, key: &ConversationKey<'_>) -> Result<Option<Conversation>, StorageError> {
        self.read(async |connection| {
            let row = sqlx::query!(
                r#"
                SELECT
                  id AS "id!",
                  upstream_session AS "upstream_session!"
                FROM vestibule.find_conversation($1, $2, $3, $4)
                "#,
                key.tenant.0,
                key.workspace.0,
                key.owner.storage_key(),
                key.session.as_str(),
            )
            .fetch_optional(connection)
            .await?;
            Ok(row.map(|row| Conversation {
                id: ConversationId(row.id),
                upstream: UpstreamSession::new(&row.upstream_session),
            }))
        })
        .await
    }

    /// Starts the conversation anew: the same name, another session upstream. Says whether there was one.
    #[tracing::instrument(name = "db.conversations.reset", level = "debug", skip_all)]
    pub async fn reset(self, key: &ConversationKey<'_>, ambient: &Ambient) -> Result<bool, StorageError> {
        // Twice it comes to the same: nobody has seen the session in between.
        self.read(async |connection| {
            let existed = sqlx::query_scalar!(
                r#"SELECT vestibule.reset_conversation($1, $2, $3, $4, $5, $6) AS "existed!""#,
                key.tenant.0,
                key.workspace.0,
                key.owner.storage_key(),
                key.session.as_str(),
                fresh_session(ambient),
                ambient.now(),
            )
            .fetch_one(connection)
            .await?;
            Ok(existed)
        })
        .await
    }

    /// Forgets conversations in which nothing was said for longer than their workspace's retention; the same session id
    /// then begins a new one. A thousand at most at a time; tells how many. What was said stays in AnythingLLM, where
    /// nobody can reach it through us any more.
    #[tracing::instrument(name = "db.conversations.delete_beyond_retention", level = "debug", skip_all)]
    pub async fn delete_beyond_retention(self, tenant: TenantId, now: DateTime<Utc>) -> Result<u64, StorageError> {
        delete_beyond_retention!(self, tenant, now, "vestibule.conversations", "last_at")
    }
}

/// Counts messages and notes when the last one came. One entry a conversation: of several, UPDATE would take one.
pub(super) async fn bump(
    tx: &mut TenantTx,
    ids: &[Uuid],
    messages: &[i32],
    last_at: &[DateTime<Utc>],
) -> Result<(), StorageError> {
    sqlx::query!(
        r#"
        UPDATE vestibule.conversations c
        SET message_count = c.message_count + new.messages,
            last_at = greatest(c.last_at, new.at)
        FROM UNNEST($1::uuid[], $2::integer[], $3::timestamptz[]) AS new (id, messages, at)
        WHERE c.id = new.id
        "#,
        ids,
        messages,
        last_at,
    )
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// 192 random bits: cannot be guessed, and tells nothing of whose it is.
fn fresh_session(ambient: &Ambient) -> String {
    let mut random = [0; 24];
    ambient.randomness.fill(&mut random);
    random.iter().fold(String::with_capacity(48), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digest_reads_what_the_schema_writes() {
        let hex = "00ff10".repeat(10) + "abcd";
        let digest = ConversationDigest::try_from(hex).unwrap();
        assert_eq!(digest.0[..3], [0, 255, 16]);
        assert_eq!(digest.0[30..], [0xab, 0xcd]);
    }

    #[test]
    fn anything_else_is_no_digest() {
        for text in ["", "00", &"0".repeat(63), &"0".repeat(65), &"0".repeat(66), &"g0".repeat(32), &"+1".repeat(32)] {
            assert!(ConversationDigest::try_from(text.to_owned()).is_err(), "{text}");
        }
    }
}
