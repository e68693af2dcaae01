//! Openings of conversations: the exchange that AnythingLLM has not seen, sealed, kept with the upstream session.

use super::{BeginConversation, Conversation, ConversationId, ConversationKey, Conversations};
use crate::domain::conversation::UpstreamSession;
use crate::domain::ids::TenantId;
use crate::domain::sealed::Sealed;
use crate::storage::StorageError;

/// A sealed opening, and whether AnythingLLM has been told of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredOpening {
    pub sealed: Sealed,
    pub told: bool,
}

impl Conversations<'_> {
    /// As [`Conversations::open_as`]; one that begins has an opening, sealed for its upstream session. One statement, so
    /// that neither is there without the other.
    #[tracing::instrument(name = "db.conversations.open_with", level = "debug", skip_all)]
    pub async fn open_with(
        self,
        key: &ConversationKey<'_>,
        visitor: Option<&str>,
        begin: &BeginConversation,
        opening: &Sealed,
    ) -> Result<Conversation, StorageError> {
        // Twice it comes to the same: the second time both are there.
        self.read(async |connection| {
            // The function sets the tenant before the first row is there for the second part to be looked at.
            let row = sqlx::query!(
                r#"
                WITH opened AS MATERIALIZED (
                  SELECT id, upstream_session
                  FROM vestibule.open_conversation($1, $2, $3, $4, $5, $6, $7, $8)
                ), opening AS (
                  INSERT INTO vestibule.conversation_openings
                    (upstream_session, tenant_id, workspace_id, key_id, sealed)
                  SELECT opened.upstream_session, $1, $2, $9, $10
                  FROM opened
                  WHERE opened.id = $6
                  ON CONFLICT ON CONSTRAINT conversation_openings_pkey DO NOTHING
                )
                SELECT
                  id AS "id!",
                  upstream_session AS "upstream_session!"
                FROM opened
                "#,
                key.tenant.0,
                key.workspace.0,
                key.owner.storage_key(),
                visitor,
                key.session.as_str(),
                begin.id,
                begin.upstream.expose(),
                begin.at,
                opening.key_id,
                opening.bytes,
            )
            .fetch_one(connection)
            .await?;
            Ok(Conversation { id: ConversationId(row.id), upstream: UpstreamSession::new(&row.upstream_session) })
        })
        .await
    }

    /// The opening of an upstream session.
    #[tracing::instrument(name = "db.conversations.opening", level = "debug", skip_all)]
    pub async fn opening(
        self,
        tenant: TenantId,
        upstream: &UpstreamSession,
    ) -> Result<Option<StoredOpening>, StorageError> {
        self.tenant(tenant, async |tx| {
            let row = sqlx::query!(
                r#"
                SELECT key_id, sealed, told
                FROM vestibule.conversation_openings
                WHERE tenant_id = $1
                  AND upstream_session = $2
                "#,
                tenant.0,
                upstream.expose(),
            )
            .fetch_optional(tx.connection())
            .await?;
            Ok(row
                .map(|row| StoredOpening { sealed: Sealed { key_id: row.key_id, bytes: row.sealed }, told: row.told }))
        })
        .await
    }

    /// AnythingLLM has answered a question that came with the opening, and remembers it.
    #[tracing::instrument(name = "db.conversations.opening_told", level = "debug", skip_all)]
    pub async fn opening_told(self, tenant: TenantId, upstream: &UpstreamSession) -> Result<(), StorageError> {
        self.tenant(tenant, async |tx| {
            sqlx::query!(
                r#"
                UPDATE vestibule.conversation_openings
                SET told = true
                WHERE tenant_id = $1
                  AND upstream_session = $2
                "#,
                tenant.0,
                upstream.expose(),
            )
            .execute(tx.connection())
            .await?;
            Ok(())
        })
        .await
    }
}
