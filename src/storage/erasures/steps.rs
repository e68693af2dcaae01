//! The steps of an erasure. Each is one transaction of whoever holds the erasure, counts what it removed in the same
//! transaction, and finds nothing more to do when it is done again.

use super::{ErasureClaim, Removed, Whose};
use crate::domain::conversation::UpstreamSession;
use crate::domain::ids::WorkspaceId;
use crate::storage::workspaces::knowledge::changed_by_sync;
use crate::storage::{Erasures, StorageError, TenantTx};
use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use serde_json::json;

/// Conversations that are removed in one transaction.
const BATCH: i64 = 200;

impl Erasures<'_> {
    /// Removes some of the conversations, with everything that hangs on them and with idempotent answers that tell of
    /// them. Their sessions in AnythingLLM are kept for [`Self::take_sessions`]. Says how many; none when all are gone.
    #[tracing::instrument(name = "db.erasures.remove_conversations", level = "debug", skip_all)]
    pub async fn remove_conversations(
        self,
        claim: &ErasureClaim,
        workspace: WorkspaceId,
        whose: &Whose,
        ordered_at: DateTime<Utc>,
    ) -> Result<u64, StorageError> {
        self.erasing(claim, async |tx| {
            let ids = sqlx::query_scalar!(
                r#"
                SELECT c.id
                FROM vestibule.conversations c
                WHERE c.tenant_id = $1
                  AND c.workspace_id = $2
                  AND c.started_at <= $6
                  AND (c.owner = ANY ($3) OR c.visitor = ANY ($3) OR c.id = $4 OR c.last_at < $5)
                ORDER BY c.id
                LIMIT $7
                FOR UPDATE OF c
                "#,
                claim.tenant.0,
                workspace.0,
                whose.names() as Option<&[String]>,
                whose.conversation(),
                whose.before(),
                ordered_at,
                BATCH,
            )
            .fetch_all(tx.connection())
            .await?;
            if ids.is_empty() {
                return Ok(0);
            }
            let answers = sqlx::query!(
                r#"
                DELETE FROM vestibule.idempotency_keys i
                USING vestibule.conversations c
                WHERE c.id = ANY ($2)
                  AND i.tenant_id = $1
                  AND (i.principal = c.owner OR starts_with(i.principal, c.owner || '@'))
                  AND i.state = 'done'
                  AND position(convert_to('"session_id":"' || c.session_id || '"', 'UTF8') IN i.body) > 0
                "#,
                claim.tenant.0,
                &ids,
            )
            .execute(tx.connection())
            .await?
            .rows_affected();
            let exchanges = sqlx::query!(
                "DELETE FROM vestibule.exchanges WHERE tenant_id = $1 AND conversation_id = ANY ($2)",
                claim.tenant.0,
                &ids,
            )
            .execute(tx.connection())
            .await?
            .rows_affected();
            let handovers = sqlx::query!(
                "DELETE FROM vestibule.handovers WHERE tenant_id = $1 AND conversation_id = ANY ($2)",
                claim.tenant.0,
                &ids,
            )
            .execute(tx.connection())
            .await?
            .rows_affected();
            let conversations = sqlx::query!(
                "DELETE FROM vestibule.conversations WHERE tenant_id = $1 AND id = ANY ($2)",
                claim.tenant.0,
                &ids,
            )
            .execute(tx.connection())
            .await?
            .rows_affected();
            let removed =
                Removed { conversations, exchanges, handovers, idempotent_answers: answers, ..Removed::default() };
            add(tx, claim, removed).await?;
            Ok(conversations)
        })
        .await
    }

    /// Takes over the sessions of AnythingLLM that have no conversation any more, to be looked into one by one, and those
    /// that earlier erasures in the workspace had to leave.
    #[tracing::instrument(name = "db.erasures.take_sessions", level = "debug", skip_all)]
    pub async fn take_sessions(
        self,
        claim: &ErasureClaim,
        workspace: WorkspaceId,
        whose: &Whose,
        ordered_at: DateTime<Utc>,
    ) -> Result<u64, StorageError> {
        self.erasing(claim, async |tx| {
            let taken = sqlx::query!(
                r#"
                WITH former AS (
                  DELETE FROM vestibule.former_sessions f
                  WHERE f.tenant_id = $1
                    AND f.workspace_id = $2
                    AND f.last_at <= $6
                    AND (f.owner = ANY ($3) OR f.visitor = ANY ($3) OR f.conversation_id = $4 OR f.last_at < $5)
                  RETURNING f.upstream_session, f.tenant_id
                )
                INSERT INTO vestibule.erasure_sessions (upstream_session, tenant_id, erasure_id)
                SELECT upstream_session, tenant_id, $7
                FROM former
                ON CONFLICT ON CONSTRAINT erasure_sessions_pkey DO NOTHING
                "#,
                claim.tenant.0,
                workspace.0,
                whose.names() as Option<&[String]>,
                whose.conversation(),
                whose.before(),
                // A message that was on its way moves the time of a conversation on.
                ordered_at + TimeDelta::hours(1),
                claim.id.0,
            )
            .execute(tx.connection())
            .await?
            .rows_affected();
            let left = sqlx::query!(
                r#"
                UPDATE vestibule.erasure_sessions s
                SET erasure_id = $3,
                    attempts = 0
                FROM vestibule.erasures e
                WHERE e.tenant_id = $1
                  AND e.workspace_id = $2
                  AND e.status = 'incomplete'
                  AND s.tenant_id = e.tenant_id
                  AND s.erasure_id = e.id
                "#,
                claim.tenant.0,
                workspace.0,
                claim.id.0,
            )
            .execute(tx.connection())
            .await?
            .rows_affected();
            Ok(taken + left)
        })
        .await
    }

    /// Lets records of usage of a day forget whose they are. `names` are of visitors and customers; without them, of
    /// everybody. Says how many.
    #[tracing::instrument(name = "db.erasures.forget_visitors", level = "debug", skip_all)]
    pub async fn forget_visitors(
        self,
        claim: &ErasureClaim,
        workspace: WorkspaceId,
        names: Option<&[String]>,
        (day, until): (NaiveDate, DateTime<Utc>),
    ) -> Result<u64, StorageError> {
        let from = day.and_time(NaiveTime::MIN).and_utc();
        self.erasing(claim, async |tx| {
            let forgotten = sqlx::query!(
                r#"
                UPDATE vestibule.usage_events
                SET visitor = NULL
                WHERE tenant_id = $1
                  AND workspace_id = $2
                  AND at >= $3
                  AND at < $4
                  AND visitor IS NOT NULL
                  AND ($5::text[] IS NULL OR visitor = ANY ($5))
                "#,
                claim.tenant.0,
                workspace.0,
                from,
                until.min(from + TimeDelta::days(1)),
                names as Option<&[String]>,
            )
            .execute(tx.connection())
            .await?
            .rows_affected();
            add(tx, claim, Removed { usage_events: forgotten, ..Removed::default() }).await?;
            Ok(forgotten)
        })
        .await
    }

    /// What is remembered of the workspace's answers counts no longer, on any replica.
    #[tracing::instrument(name = "db.erasures.forget_kept_answers", level = "debug", skip_all)]
    pub async fn forget_kept_answers(self, claim: &ErasureClaim, workspace: WorkspaceId) -> Result<(), StorageError> {
        self.erasing(claim, async |tx| changed_by_sync(tx, claim.tenant, workspace).await).await
    }

    /// Sessions of AnythingLLM that were not found empty yet, those first that were tried least.
    #[tracing::instrument(name = "db.erasures.list_sessions", level = "debug", skip_all)]
    pub async fn list_sessions(
        self,
        claim: &ErasureClaim,
        attempts_below: u16,
        limit: u16,
    ) -> Result<Vec<UpstreamSession>, StorageError> {
        self.read_of(claim.tenant, async |tx| {
            let sessions = sqlx::query_scalar!(
                r#"
                SELECT upstream_session
                FROM vestibule.erasure_sessions
                WHERE tenant_id = $1
                  AND erasure_id = $2
                  AND attempts < $3
                ORDER BY attempts, upstream_session
                LIMIT $4
                "#,
                claim.tenant.0,
                claim.id.0,
                i32::from(attempts_below),
                i64::from(limit),
            )
            .fetch_all(tx.connection())
            .await?;
            Ok(sessions.iter().map(|session| UpstreamSession::new(session)).collect())
        })
        .await
    }

    /// A session was read back and is empty.
    #[tracing::instrument(name = "db.erasures.session_gone", level = "debug", skip_all)]
    pub async fn session_gone(
        self,
        claim: &ErasureClaim,
        session: &UpstreamSession,
        chats: u64,
    ) -> Result<(), StorageError> {
        self.erasing(claim, async |tx| {
            let gone = sqlx::query!(
                r#"
                DELETE FROM vestibule.erasure_sessions
                WHERE tenant_id = $1
                  AND erasure_id = $2
                  AND upstream_session = $3
                "#,
                claim.tenant.0,
                claim.id.0,
                session.expose(),
            )
            .execute(tx.connection())
            .await?
            .rows_affected();
            add(tx, claim, Removed { upstream_sessions: gone, upstream_chats: chats, ..Removed::default() }).await
        })
        .await
    }

    /// A session could not be emptied this time.
    #[tracing::instrument(name = "db.erasures.session_failed", level = "debug", skip_all)]
    pub async fn session_failed(self, claim: &ErasureClaim, session: &UpstreamSession) -> Result<(), StorageError> {
        self.erasing(claim, async |tx| {
            sqlx::query!(
                r#"
                UPDATE vestibule.erasure_sessions
                SET attempts = attempts + 1
                WHERE tenant_id = $1
                  AND erasure_id = $2
                  AND upstream_session = $3
                "#,
                claim.tenant.0,
                claim.id.0,
                session.expose(),
            )
            .execute(tx.connection())
            .await?;
            Ok(())
        })
        .await
    }

    /// How many sessions are left, however often they were tried.
    #[tracing::instrument(name = "db.erasures.count_sessions", level = "debug", skip_all)]
    pub async fn count_sessions(self, claim: &ErasureClaim) -> Result<u64, StorageError> {
        self.sessions_left(claim.tenant, claim.id).await
    }
}

async fn add(tx: &mut TenantTx, claim: &ErasureClaim, more: Removed) -> Result<(), StorageError> {
    let mut removed = super::one(tx, claim.id).await?.ok_or(StorageError::Lost)?.removed;
    removed.conversations += more.conversations;
    removed.exchanges += more.exchanges;
    removed.handovers += more.handovers;
    removed.idempotent_answers += more.idempotent_answers;
    removed.usage_events += more.usage_events;
    removed.upstream_sessions += more.upstream_sessions;
    removed.upstream_chats += more.upstream_chats;
    sqlx::query!(
        "UPDATE vestibule.erasures SET removed = $3 WHERE tenant_id = $1 AND id = $2",
        claim.tenant.0,
        claim.id.0,
        json!(removed),
    )
    .execute(tx.connection())
    .await?;
    Ok(())
}
