//! Ending sessions for somebody: one's own, or as an admin those of others, which is written down. Logging out is
//! nobody else's business.

use super::Sessions;
use crate::domain::audit::{AuditEntry, Author};
use crate::domain::auth_session::SessionEnd;
use crate::domain::ids::{AuthSessionId, RequestId};
use crate::domain::user::{User, UserId};
use crate::rejection::Rejection;
use serde_json::json;

impl Sessions {
    /// Ends a session of `whose`. Says whether there was one that was not over.
    ///
    /// # Errors
    /// `service_unavailable` without PostgreSQL; it may have ended all the same.
    pub async fn end_for(
        &self,
        user: &User,
        whose: UserId,
        session: AuthSessionId,
        by: &Author,
        request_id: &RequestId,
    ) -> Result<bool, Rejection> {
        let ended = self.end(user.tenant, whose, session, reason(whose, user), request_id).await?;
        if ended {
            self.write_down(user, whose, "session.ended", format!("session:{session}"), by, request_id).await?;
        }
        Ok(ended)
    }

    /// Ends all sessions of `whose`.
    ///
    /// # Errors
    /// As [`Self::end_for`].
    pub async fn end_all_for(
        &self,
        user: &User,
        whose: UserId,
        by: &Author,
        request_id: &RequestId,
    ) -> Result<(), Rejection> {
        self.end_all(user.tenant, whose, reason(whose, user), request_id).await?;
        self.write_down(user, whose, "sessions.ended", format!("user:{whose}"), by, request_id).await
    }

    async fn write_down(
        &self,
        user: &User,
        whose: UserId,
        action: &'static str,
        target: String,
        by: &Author,
        request_id: &RequestId,
    ) -> Result<(), Rejection> {
        if whose == user.id {
            return Ok(());
        }
        let entry = AuditEntry::removed(action, target, json!({"user_id": whose}));
        let log = self.parts.database.audit_log();
        let noted = log.append(user.tenant, by, &entry, &self.parts.ambient).await;
        noted.map_err(|error| error.to_rejection(request_id))
    }
}

fn reason(whose: UserId, user: &User) -> SessionEnd {
    if whose == user.id { SessionEnd::Logout } else { SessionEnd::Admin }
}
