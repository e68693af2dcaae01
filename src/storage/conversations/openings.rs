//! Openings of conversations: the exchange that AnythingLLM has not seen, sealed, kept with the upstream session.

use super::{Conversation, ConversationId, ConversationKey, Conversations, fresh_session};
use crate::domain::clock::Ambient;
use crate::domain::conversation::UpstreamSession;
use crate::domain::ids::TenantId;
use crate::domain::sealed::Sealed;
use crate::storage::{StorageError, TenantTx};

/// A sealed opening, and whether AnythingLLM has been told of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredOpening {
    pub sealed: Sealed,
    pub told: bool,
}

impl Conversations<'_> {
    /// Begins a conversation. None if there is one of that name: then somebody may have said something in it.
    #[tracing::instrument(name = "db.conversations.begin", level = "debug", skip_all)]
    pub async fn begin(
        self,
        key: &ConversationKey<'_>,
        visitor: Option<&str>,
        ambient: &Ambient,
    ) -> Result<Option<Conversation>, StorageError> {
        let upstream = UpstreamSession::new(&fresh_session(ambient));
        self.tenant(key.tenant, async |tx| inserted(tx, key, visitor, &upstream, ambient).await).await
    }

    /// Begins a conversation with an opening, `seal`ed for its upstream session. None if there is one of that name.
    #[tracing::instrument(name = "db.conversations.begin_with", level = "debug", skip_all)]
    pub async fn begin_with(
        self,
        key: &ConversationKey<'_>,
        visitor: Option<&str>,
        seal: impl FnOnce(&UpstreamSession) -> Option<Sealed>,
        ambient: &Ambient,
    ) -> Result<Option<Conversation>, StorageError> {
        let upstream = UpstreamSession::opened(&fresh_session(ambient));
        let Some(sealed) = seal(&upstream) else { return Ok(None) };
        self.tenant(key.tenant, async |tx| {
            let begun = inserted(tx, key, visitor, &upstream, ambient).await?;
            if begun.is_none() {
                return Ok(None);
            }
            sqlx::query!(
                r#"
                INSERT INTO vestibule.conversation_openings
                  (upstream_session, tenant_id, workspace_id, key_id, sealed)
                VALUES ($1, $2, $3, $4, $5)
                "#,
                upstream.expose(),
                key.tenant.0,
                key.workspace.0,
                sealed.key_id,
                sealed.bytes,
            )
            .execute(tx.connection())
            .await?;
            Ok(begun)
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

async fn inserted(
    tx: &mut TenantTx,
    key: &ConversationKey<'_>,
    visitor: Option<&str>,
    upstream: &UpstreamSession,
    ambient: &Ambient,
) -> Result<Option<Conversation>, StorageError> {
    let row = sqlx::query!(
        r#"
        INSERT INTO vestibule.conversations
          (id, tenant_id, workspace_id, owner, visitor, session_id, upstream_session, started_at, last_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)
        ON CONFLICT ON CONSTRAINT conversations_session_key DO NOTHING
        RETURNING id
        "#,
        ambient.uuid(),
        key.tenant.0,
        key.workspace.0,
        key.owner.storage_key(),
        visitor,
        key.session.as_str(),
        upstream.expose(),
        ambient.now(),
    )
    .fetch_optional(tx.connection())
    .await?;
    Ok(row.map(|row| Conversation { id: ConversationId(row.id), upstream: upstream.clone() }))
}
