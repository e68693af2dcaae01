//! Trading a refresh token for the next one.

use super::{Granted, Sessions};
use crate::anythingllm::OnBehalf;
use crate::crypto::refresh_token::Presented;
use crate::domain::auth_session::{AuthSession, SessionEnd};
use crate::domain::ids::RequestId;
use crate::domain::rotation::{Counter, Family, Refused, Rules, rotate};
use crate::domain::user::Role;
use crate::rejection::Rejection;
use crate::storage::{Refreshed, SessionChange};
use crate::telemetry::RequestFacts;
use chrono::{DateTime, Utc};
use std::sync::Arc;
use std::time::Duration;

/// The same for a session that never was, one that is over and a token somebody made up.
const NOT_VALID: Rejection = Rejection::InvalidToken("This refresh token is not valid, or not any more; log in again.");

#[derive(Debug, Clone)]
enum Standing {
    Known(String, Role),
    /// AnythingLLM cannot be asked, and was lately.
    Trusted,
    /// AnythingLLM does not let them in any more.
    Out(SessionEnd),
}

/// What became of a session whose row was locked.
#[derive(Debug)]
enum Outcome {
    Granted { session: Box<AuthSession>, is_new: bool },
    Over,
    Replayed,
    Expired,
    TooOften(Duration),
}

impl Sessions {
    /// Trades a refresh token for the next one and an access token. The user is looked up in AnythingLLM first.
    ///
    /// # Errors
    /// `invalid_token` for whatever is not a token of a session that lives; `expired_token` for a session that came to
    /// its end; `rate_limited` for clients in a loop; `service_unavailable` without PostgreSQL, and without AnythingLLM
    /// once its last word about the user is too old.
    pub async fn refresh(
        &self,
        token: &str,
        request_id: &RequestId,
        facts: &Arc<RequestFacts>,
    ) -> Result<Granted, Rejection> {
        let request = OnBehalf { request_id, facts };
        let mut granted = self.counted(self.go_on(token, request, self.parts.rules.user_check).await)?;
        granted.workspaces = self.reachable(&granted.user, request).await;
        Ok(granted)
    }

    /// As [`Self::refresh`], for a page of the console: AnythingLLM is waited for no longer than `patience`, and is not
    /// asked where the user can work.
    ///
    /// # Errors
    /// As [`Self::refresh`].
    pub async fn refresh_within(
        &self,
        patience: Duration,
        token: &str,
        request_id: &RequestId,
        facts: &Arc<RequestFacts>,
    ) -> Result<Granted, Rejection> {
        let patience = patience.min(self.parts.rules.user_check);
        self.counted(self.go_on(token, OnBehalf { request_id, facts }, patience).await)
    }

    fn counted(&self, result: Result<Granted, Rejection>) -> Result<Granted, Rejection> {
        if let Err(rejection) = &result {
            self.parts.metrics.refresh(rejection.code());
        }
        result
    }

    /// Without the workspaces.
    async fn go_on(&self, token: &str, request: OnBehalf<'_>, patience: Duration) -> Result<Granted, Rejection> {
        let request_id = request.request_id;
        let presented = Presented::parse(token).map_err(|_| Rejection::InvalidToken("This is not a refresh token."))?;
        let sessions = self.parts.database.auth_sessions();
        let found = sessions.find(Self::TENANT, presented.session()).await;
        let session = found.map_err(|error| error.to_rejection(request_id))?.ok_or(NOT_VALID)?;
        let key = self.refresh_key(&session, request_id).ok_or(NOT_VALID)?;
        let counter = key.verify(&presented).ok_or(NOT_VALID)?;
        if session.revoked.is_some() || !session.tenant_active {
            return Err(NOT_VALID);
        }

        // Whoever would be refused anyway costs AnythingLLM nothing.
        let now = self.parts.ambient.now();
        let standing = match rotate(&session.family, counter, now, &self.parts.rules.refresh) {
            Ok(_) => self.standing(&session, now, request, patience).await?,
            Err(_) => Standing::Trusted,
        };
        if let Standing::Out(why) = standing {
            // All of them: in AnythingLLM it is the user who is out, not the session.
            self.end_all(session.tenant, session.user, why, request_id).await?;
            return Err(NOT_VALID);
        }

        let now = self.parts.ambient.now();
        let rules = self.parts.rules.refresh;
        let decide = |locked: &AuthSession| decide(locked, counter, &standing, now, &rules);
        let changed = sessions.change(session.tenant, session.id, now, decide).await;
        match changed.map_err(|error| error.to_rejection(request_id))?.ok_or(NOT_VALID)? {
            Outcome::Granted { session: after, is_new } => {
                if (after.role, &after.username) != (session.role, &session.username) {
                    self.parts.directory.forget(session.id).await;
                }
                self.parts.members.forget(session.id);
                self.parts.metrics.refresh(if is_new { "ok" } else { "repeated" });
                self.grant(&after, &key, Vec::new(), request).await
            }
            Outcome::Over => Err(NOT_VALID),
            Outcome::Replayed => {
                self.forget(session.id).await;
                self.ended(SessionEnd::Replayed, session.user, session.id, request_id);
                Err(NOT_VALID)
            }
            Outcome::Expired => Err(Rejection::ExpiredToken),
            Outcome::TooOften(retry_after) => {
                Err(Rejection::RateLimited { retry_after, policies: vec!["session-refresh"] })
            }
        }
    }

    /// Asks AnythingLLM who the user is.
    async fn standing(
        &self,
        session: &AuthSession,
        now: DateTime<Utc>,
        request: OnBehalf<'_>,
        patience: Duration,
    ) -> Result<Standing, Rejection> {
        let rules = &self.parts.rules;
        let asking = self.parts.client.find_user(session.user, Some(request));
        let cause = match tokio::time::timeout(patience, asking).await {
            Ok(Ok(Some(user))) if user.suspended => return Ok(Standing::Out(SessionEnd::UserSuspended)),
            Ok(Ok(Some(user))) => return Ok(Standing::Known(user.username, user.role)),
            Ok(Ok(None)) => return Ok(Standing::Out(SessionEnd::UserDeleted)),
            Ok(Err(error)) => error.to_string(),
            Err(_) => "no answer in time".to_owned(),
        };
        let request_id = request.request_id;
        let trusted = now - session.user_checked_at <= rules.upstream_grace;
        tracing::warn!(%request_id, user = %session.user, %cause, trusted, "AnythingLLM cannot say who a user is");
        if trusted {
            Ok(Standing::Trusted)
        } else {
            Err(Rejection::ServiceUnavailable { retry_after: Duration::from_secs(5) })
        }
    }
}

/// Decides about a session whose row is locked.
fn decide(
    locked: &AuthSession,
    counter: Counter,
    standing: &Standing,
    now: DateTime<Utc>,
    rules: &Rules,
) -> (SessionChange, Outcome) {
    if locked.revoked.is_some() {
        return (SessionChange::Unchanged, Outcome::Over);
    }
    match rotate(&locked.family, counter, now, rules) {
        Ok(rotated) => {
            let user = match standing {
                Standing::Known(username, role) => Some((username.clone(), *role)),
                Standing::Trusted | Standing::Out(_) => None,
            };
            let after = after(locked, rotated.family.clone(), user.clone());
            let refreshed = Refreshed { family: rotated.family, user };
            let outcome = Outcome::Granted { session: Box::new(after), is_new: rotated.is_new };
            (SessionChange::Refreshed(Box::new(refreshed)), outcome)
        }
        Err(Refused::Replayed) => (SessionChange::Ended(SessionEnd::Replayed), Outcome::Replayed),
        Err(Refused::Expired) => (SessionChange::Unchanged, Outcome::Expired),
        Err(Refused::TooOften { retry_after }) => {
            let retry_after = retry_after.to_std().unwrap_or(Duration::from_secs(1));
            (SessionChange::Unchanged, Outcome::TooOften(retry_after))
        }
    }
}

/// The session as it will be stored.
fn after(locked: &AuthSession, family: Family, user: Option<(String, Role)>) -> AuthSession {
    let (username, role) = user.unwrap_or_else(|| (locked.username.clone(), locked.role));
    AuthSession { username, role, family, ..locked.clone() }
}
