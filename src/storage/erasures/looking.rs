//! Looking at erasures: what one would remove before it is ordered, how far one is, and which there were.

use super::{Erasure, ErasureRow, Whose};
use crate::domain::ids::{ErasureId, TenantId, WorkspaceId};
use crate::storage::columns::count;
use crate::storage::{Erasures, StorageError};
use chrono::{DateTime, TimeDelta, Utc};

/// Counts end here: nobody decides otherwise for one more, and a look must not cost what the erasure does.
const MOST_COUNTED: u16 = 10_000;

/// What an order would remove, as far as this database knows. What is in AnythingLLM is counted by conversations.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Affected {
    pub conversations: u64,
    /// Questions with their answers in their transcripts.
    pub exchanges: u64,
    /// Conversations in AnythingLLM that were begun anew or forgotten here.
    pub former_sessions: u64,
    /// Conversations in AnythingLLM that earlier erasures in the workspace had to leave: they go with every one.
    pub left_over: u64,
    /// There are more of something: counting has ended.
    pub and_more: bool,
    /// When the oldest of the conversations was begun.
    pub oldest: Option<DateTime<Utc>>,
    /// When the newest question was asked in one.
    pub newest: Option<DateTime<Utc>>,
}

impl Affected {
    /// Whether nothing of it is known here.
    pub const fn is_nothing(&self) -> bool {
        self.conversations == 0 && self.former_sessions == 0
    }
}

impl Erasures<'_> {
    /// What an order that is given now would remove.
    #[tracing::instrument(name = "db.erasures.preview", level = "debug", skip_all)]
    pub async fn preview(
        self,
        tenant: TenantId,
        workspace: WorkspaceId,
        whose: &Whose,
        now: DateTime<Utc>,
    ) -> Result<Affected, StorageError> {
        self.read_of(tenant, async |tx| {
            let found = sqlx::query!(
                r#"
                WITH meant AS (
                  SELECT c.id, c.started_at, c.last_at
                  FROM vestibule.conversations c
                  WHERE c.tenant_id = $1
                    AND c.workspace_id = $2
                    AND c.started_at <= $6
                    AND (c.owner = ANY ($3) OR c.visitor = ANY ($3) OR c.id = $4 OR c.last_at < $5)
                  LIMIT $8
                ), former AS (
                  SELECT f.upstream_session
                  FROM vestibule.former_sessions f
                  WHERE f.tenant_id = $1
                    AND f.workspace_id = $2
                    AND f.last_at <= $7
                    AND (f.owner = ANY ($3) OR f.visitor = ANY ($3) OR f.conversation_id = $4 OR f.last_at < $5)
                  LIMIT $8
                ), left_over AS (
                  SELECT s.upstream_session
                  FROM vestibule.erasures e
                  JOIN vestibule.erasure_sessions s ON s.tenant_id = e.tenant_id AND s.erasure_id = e.id
                  WHERE e.tenant_id = $1
                    AND e.workspace_id = $2
                    AND e.status = 'incomplete'
                  LIMIT $8
                )
                SELECT
                  count(*) AS "conversations!",
                  coalesce(sum(n.exchanges), 0)::bigint AS "exchanges!",
                  min(m.started_at) AS oldest,
                  max(m.last_at) AS newest,
                  (SELECT count(*) FROM former) AS "former!",
                  (SELECT count(*) FROM left_over) AS "left_over!"
                FROM meant m
                CROSS JOIN LATERAL (
                  SELECT count(*) AS exchanges
                  FROM vestibule.exchanges e
                  WHERE e.tenant_id = $1
                    AND e.conversation_id = m.id
                ) AS n
                "#,
                tenant.0,
                workspace.0,
                whose.names() as Option<&[String]>,
                whose.conversation(),
                whose.before(),
                now,
                now + TimeDelta::hours(1),
                i64::from(MOST_COUNTED) + 1,
            )
            .fetch_one(tx.connection())
            .await?;
            let most = u64::from(MOST_COUNTED);
            let (conversations, former): (u64, u64) = (count(found.conversations), count(found.former));
            let left_over: u64 = count(found.left_over);
            Ok(Affected {
                conversations: conversations.min(most),
                exchanges: count(found.exchanges),
                former_sessions: former.min(most),
                left_over: left_over.min(most),
                and_more: conversations.max(former).max(left_over) > most,
                oldest: found.oldest,
                newest: found.newest,
            })
        })
        .await
    }

    /// The workspace's orders, the newest first.
    #[tracing::instrument(name = "db.erasures.list", level = "debug", skip_all)]
    pub async fn list(
        self,
        tenant: TenantId,
        workspace: WorkspaceId,
        before: Option<ErasureId>,
        limit: u16,
    ) -> Result<Vec<Erasure>, StorageError> {
        self.read_of(tenant, async |tx| {
            let rows = sqlx::query_as!(
                ErasureRow,
                r#"
                SELECT id, workspace_id, kind, person, conversation_id, before, status, removed, remaining, made_at,
                       made_by, finished_at
                FROM vestibule.erasures
                WHERE tenant_id = $1
                  AND workspace_id = $2
                  AND ($3::uuid IS NULL OR id < $3)
                ORDER BY id DESC
                LIMIT $4
                "#,
                tenant.0,
                workspace.0,
                before.map(|before| before.0),
                i64::from(limit),
            )
            .fetch_all(tx.connection())
            .await?;
            rows.into_iter().map(ErasureRow::into_erasure).collect()
        })
        .await
    }

    /// How many conversations of an order are still to be emptied in AnythingLLM.
    #[tracing::instrument(name = "db.erasures.sessions_left", level = "debug", skip_all)]
    pub async fn sessions_left(self, tenant: TenantId, id: ErasureId) -> Result<u64, StorageError> {
        self.read_of(tenant, async |tx| {
            let left = sqlx::query_scalar!(
                r#"
                SELECT count(*) AS "left!"
                FROM vestibule.erasure_sessions
                WHERE tenant_id = $1
                  AND erasure_id = $2
                "#,
                tenant.0,
                id.0,
            )
            .fetch_one(tx.connection())
            .await?;
            Ok(count(left))
        })
        .await
    }
}
