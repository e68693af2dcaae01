//! Sessions: one row a login.
//!
//! Every change of a session's tokens happens with its row locked, so that refreshes which arrive together, on whatever
//! replicas, are decided one after the other.

mod listing;
mod resealing;
mod rows;

pub use resealing::SealedSession;

use super::{AuthSessions, StorageError};
use crate::domain::auth_session::{AuthSession, SessionEnd};
use crate::domain::ids::{AuthSessionId, TenantId};
use crate::domain::rotation::Family;
use crate::domain::user::{Role, UserId};
use chrono::{DateTime, Utc};
use rows::{AuthSessionRow, counter_to_sql, select_sessions};

/// What to do with a session whose row is locked.
#[derive(Debug, Clone)]
pub enum SessionChange {
    Refreshed(Box<Refreshed>),
    Ended(SessionEnd),
    Unchanged,
}

/// What a refresh leaves in a session.
#[derive(Debug, Clone)]
pub struct Refreshed {
    pub family: Family,
    /// Who AnythingLLM says the user is; none if it could not be asked.
    pub user: Option<(String, Role)>,
}

impl AuthSessions<'_> {
    #[tracing::instrument(name = "db.auth_sessions.insert", level = "debug", skip_all)]
    pub async fn insert(self, session: &AuthSession) -> Result<(), StorageError> {
        self.tenant(session.tenant, async |tx| {
            sqlx::query!(
                r#"
                INSERT INTO vestibule.auth_sessions (
                  id, tenant_id, user_id, username, role, refresh_counter, refresh_key, upstream_token,
                  seal_key_id, device, ip_prefix, created_at, last_used_at, user_checked_at, idle_expires_at,
                  absolute_expires_at
                )
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
                "#,
                session.id.0,
                session.tenant.0,
                session.user.0,
                session.username,
                session.role.as_str(),
                counter_to_sql(session.family.counter)?,
                session.refresh_key.bytes,
                session.upstream_token.as_ref().map(|sealed| sealed.bytes.as_slice()),
                session.refresh_key.key_id,
                session.device,
                session.ip_prefix as _,
                session.created_at,
                session.last_used_at,
                session.user_checked_at,
                session.family.idle_expires_at,
                session.family.absolute_expires_at,
            )
            .execute(tx.connection())
            .await?;
            Ok(())
        })
        .await
    }

    /// The session, also when it is over.
    #[tracing::instrument(name = "db.auth_sessions.find", level = "debug", skip_all)]
    pub async fn find(self, tenant: TenantId, id: AuthSessionId) -> Result<Option<AuthSession>, StorageError> {
        self.read_of(tenant, async |tx| {
            let row = select_sessions!(
                r#"
                WHERE tenant_id = $1
                  AND id = $2
                "#,
                tenant.0,
                id.0,
            )
            .fetch_optional(tx.connection())
            .await?;
            row.map(AuthSessionRow::into_session).transpose()
        })
        .await
    }

    /// Locks the session, lets `decide` say what becomes of it, and stores that before anybody is told. None if there
    /// is no such session.
    #[tracing::instrument(name = "db.auth_sessions.change", level = "debug", skip_all)]
    pub async fn change<T>(
        self,
        tenant: TenantId,
        id: AuthSessionId,
        now: DateTime<Utc>,
        decide: impl FnOnce(&AuthSession) -> (SessionChange, T),
    ) -> Result<Option<T>, StorageError> {
        self.tenant(tenant, async |tx| {
            let row = select_sessions!(
                r#"
                WHERE tenant_id = $1
                  AND id = $2
                FOR UPDATE
                "#,
                tenant.0,
                id.0,
            )
            .fetch_optional(tx.connection())
            .await?;
            let Some(session) = row.map(AuthSessionRow::into_session).transpose()? else { return Ok(None) };
            let (change, answer) = decide(&session);
            match change {
                SessionChange::Unchanged => {}
                SessionChange::Ended(why) => {
                    sqlx::query!(
                        r#"
                        UPDATE vestibule.auth_sessions
                        SET revoked_at = $2,
                            revoke_reason = $3,
                            upstream_token = NULL
                        WHERE id = $1
                          AND revoked_at IS NULL
                        "#,
                        id.0,
                        now,
                        why.as_str(),
                    )
                    .execute(tx.connection())
                    .await?;
                }
                SessionChange::Refreshed(refreshed) => {
                    let checked = refreshed.user.as_ref().map(|_| now);
                    let (username, role) = refreshed.user.unzip();
                    sqlx::query!(
                        r#"
                        UPDATE vestibule.auth_sessions
                        SET refresh_counter = $2,
                            superseded_at = $3,
                            idle_expires_at = $4,
                            last_used_at = $5,
                            user_checked_at = coalesce($6, user_checked_at),
                            username = coalesce($7, username),
                            role = coalesce($8, role)
                        WHERE id = $1
                        "#,
                        id.0,
                        counter_to_sql(refreshed.family.counter)?,
                        &refreshed.family.superseded_at,
                        refreshed.family.idle_expires_at,
                        now,
                        checked,
                        username,
                        role.map(Role::as_str),
                    )
                    .execute(tx.connection())
                    .await?;
                }
            }
            Ok(Some(answer))
        })
        .await
    }

    /// Ends a session, of this user only if one is named. Says whether there was one that was not over.
    #[tracing::instrument(name = "db.auth_sessions.end", level = "debug", skip_all)]
    pub async fn end(
        self,
        tenant: TenantId,
        id: AuthSessionId,
        user: Option<UserId>,
        why: SessionEnd,
        now: DateTime<Utc>,
    ) -> Result<bool, StorageError> {
        self.tenant(tenant, async |tx| {
            let done = sqlx::query!(
                r#"
                UPDATE vestibule.auth_sessions
                SET revoked_at = $4,
                    revoke_reason = $5,
                    upstream_token = NULL
                WHERE tenant_id = $1
                  AND id = $2
                  AND ($3::bigint IS NULL OR user_id = $3)
                  AND revoked_at IS NULL
                  AND least(idle_expires_at, absolute_expires_at) > $4
                "#,
                tenant.0,
                id.0,
                user.map(|user| user.0),
                now,
                why.as_str(),
            )
            .execute(tx.connection())
            .await?;
            Ok(done.rows_affected() > 0)
        })
        .await
    }

    /// Ends every session of a user. Gives their ids.
    #[tracing::instrument(name = "db.auth_sessions.end_all", level = "debug", skip_all)]
    pub async fn end_all(
        self,
        tenant: TenantId,
        user: UserId,
        why: SessionEnd,
        now: DateTime<Utc>,
    ) -> Result<Vec<AuthSessionId>, StorageError> {
        self.tenant(tenant, async |tx| {
            let ended = sqlx::query_scalar!(
                r#"
                UPDATE vestibule.auth_sessions
                SET revoked_at = $3,
                    revoke_reason = $4,
                    upstream_token = NULL
                WHERE tenant_id = $1
                  AND user_id = $2
                  AND revoked_at IS NULL
                RETURNING id
                "#,
                tenant.0,
                user.0,
                now,
                why.as_str(),
            )
            .fetch_all(tx.connection())
            .await?;
            Ok(ended.into_iter().map(AuthSessionId).collect())
        })
        .await
    }
}
