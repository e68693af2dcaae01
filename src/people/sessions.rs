//! Sessions of people: logging in with the AnythingLLM account, refreshing, and ending.
//!
//! AnythingLLM checks passwords and says who somebody is; its own session token is kept sealed with ours and never sent
//! out. What is decided about a session is stored before anybody is told.

mod ending;
mod login;
mod refresh;
mod resealing;

pub use resealing::reseal_sessions;

use crate::anythingllm::{Client, OnBehalf};
use crate::cache::AuthSessionDirectory;
use crate::crypto::refresh_token::RefreshKey;
use crate::crypto::seal::Sealer;
use crate::domain::auth_session::{AuthSession, SessionEnd};
use crate::domain::clock::Ambient;
use crate::domain::ids::{AuthSessionId, RequestId, TenantId};
use crate::domain::rotation::Rules;
use crate::domain::user::{User, UserId};
use crate::limits::{FailedLogins, Places};
use crate::people::LoginThrottle;
use crate::people::{Members, ReachableWorkspaces};
use crate::rejection::Rejection;
use crate::storage::Database;
use crate::telemetry::metrics::Metrics;
use crate::tokens::AccessTokens;
use crate::tokens::KeyRingError;
use crate::tokens::SignedToken;
use chrono::TimeDelta;
use secrecy::{ExposeSecret as _, SecretString};
use std::sync::Arc;
use std::time::Duration;

pub use login::LoginAttempt;

/// Times and numbers of sessions.
#[derive(Debug, Clone, Copy)]
pub struct SessionRules {
    pub refresh: Rules,
    /// A session ends after this, however often it is refreshed.
    pub absolute: TimeDelta,
    /// Sessions go on for this long after AnythingLLM last said who the user is.
    pub upstream_grace: TimeDelta,
    /// AnythingLLM is given this long to say who a user is.
    pub user_check: Duration,
    /// Refused logins are answered at multiples of this.
    pub login_failure: Duration,
    /// Logins in flight to AnythingLLM at the same time.
    pub max_parallel_logins: u32,
    /// Of one address.
    pub max_parallel_logins_per_address: u32,
}

#[derive(Debug)]
pub struct SessionsParts {
    pub database: Database,
    pub client: Client,
    pub directory: Arc<AuthSessionDirectory>,
    pub tokens: AccessTokens,
    pub members: Members,
    /// Seals for `Purpose::RefreshKey`.
    pub refresh_sealer: Sealer,
    /// Seals for `Purpose::UpstreamSessionToken`.
    pub upstream_sealer: Sealer,
    pub rules: SessionRules,
    /// Where failed logins are counted over all replicas; none without Redis.
    pub failed_logins: Option<FailedLogins>,
    pub metrics: Arc<Metrics>,
    pub ambient: Ambient,
}

#[derive(Debug)]
pub struct Sessions {
    parts: SessionsParts,
    throttle: LoginThrottle,
    places: Places,
}

/// What a client gets for a password or a refresh token.
#[derive(Debug)]
pub struct Granted {
    pub user: User,
    pub access: SignedToken,
    /// What the next one is got with.
    pub refresh: SecretString,
    pub refresh_expires_in: TimeDelta,
    /// Where the user can work; none if AnythingLLM could not be asked.
    pub workspaces: Option<ReachableWorkspaces>,
    /// Of the first login, told this once: AnythingLLM tells them only then.
    pub recovery_codes: Vec<SecretString>,
}

impl Sessions {
    /// Sessions made of these parts.
    pub fn new(mut parts: SessionsParts) -> Self {
        let throttle = LoginThrottle::new(parts.failed_logins.take(), parts.ambient.clone());
        let places = Places::new(parts.rules.max_parallel_logins, parts.rules.max_parallel_logins_per_address);
        Self { parts, throttle, places }
    }

    /// Whom the users are of. AnythingLLM's users are those of one tenant: the others have none yet.
    pub(crate) const TENANT: TenantId = TenantId::DEFAULT;

    pub fn members(&self) -> &Members {
        &self.parts.members
    }

    pub fn tokens(&self) -> &AccessTokens {
        &self.parts.tokens
    }

    /// The session that a request was made in.
    ///
    /// # Errors
    /// `service_unavailable` without PostgreSQL; `invalid_token` if it has just ended.
    pub async fn current(&self, user: &User, request_id: &RequestId) -> Result<AuthSession, Rejection> {
        let found = self.parts.database.auth_sessions().find(user.tenant, user.session).await;
        let found = found.map_err(|error| error.to_rejection(request_id))?;
        found.ok_or(Rejection::InvalidToken("This session is over; log in again."))
    }

    /// A user's sessions that are not over, the newest first.
    ///
    /// # Errors
    /// `service_unavailable` without PostgreSQL.
    pub async fn list(
        &self,
        tenant: TenantId,
        user: UserId,
        after: Option<AuthSessionId>,
        limit: u16,
        request_id: &RequestId,
    ) -> Result<Vec<AuthSession>, Rejection> {
        let now = self.parts.ambient.now();
        let listed = self.parts.database.auth_sessions().list(tenant, user, after, limit, now).await;
        listed.map_err(|error| error.to_rejection(request_id))
    }

    /// Ends a session of this user, for its access tokens too. Says whether there was one that was not over.
    ///
    /// # Errors
    /// `service_unavailable` without PostgreSQL; it may have ended all the same.
    pub async fn end(
        &self,
        tenant: TenantId,
        user: UserId,
        session: AuthSessionId,
        why: SessionEnd,
        request_id: &RequestId,
    ) -> Result<bool, Rejection> {
        let now = self.parts.ambient.now();
        let ended = self.parts.database.auth_sessions().end(tenant, session, Some(user), why, now).await;
        self.forget(session).await;
        let ended = ended.map_err(|error| error.to_rejection(request_id))?;
        if ended {
            self.ended(why, user, session, request_id);
        }
        Ok(ended)
    }

    /// Ends all sessions of a user, for their access tokens too.
    ///
    /// # Errors
    /// `service_unavailable` without PostgreSQL; they may have ended all the same.
    pub async fn end_all(
        &self,
        tenant: TenantId,
        user: UserId,
        why: SessionEnd,
        request_id: &RequestId,
    ) -> Result<(), Rejection> {
        let now = self.parts.ambient.now();
        let ended = self.parts.database.auth_sessions().end_all(tenant, user, why, now).await;
        for session in ended.map_err(|error| error.to_rejection(request_id))? {
            self.forget(session).await;
            self.ended(why, user, session, request_id);
        }
        Ok(())
    }

    async fn forget(&self, session: AuthSessionId) {
        self.parts.directory.forget(session).await;
        self.parts.members.forget(session);
    }

    /// Writes down why a session is over.
    fn ended(&self, why: SessionEnd, user: UserId, session: AuthSessionId, request_id: &RequestId) {
        self.parts.metrics.session_ended(why.as_str());
        if why == SessionEnd::Replayed {
            tracing::warn!(%request_id, %user, %session,
                "a refresh token was used long after it was traded for another: somebody has a copy, the session ends");
        } else {
            tracing::info!(%request_id, %user, %session, reason = why.as_str(), "a session has ended");
        }
    }

    /// What a client gets for a session whose tokens stand where `session` says.
    async fn grant(
        &self,
        session: &AuthSession,
        key: &RefreshKey,
        recovery_codes: Vec<SecretString>,
        request: OnBehalf<'_>,
    ) -> Result<Granted, Rejection> {
        let request_id = request.request_id;
        let access = self.parts.tokens.issue(session).await.map_err(|error| no_token(&error, request_id))?;
        let user = session.user();
        Ok(Granted {
            refresh: key.issue(session.id, session.family.counter),
            refresh_expires_in: session.family.expires_at() - self.parts.ambient.now(),
            user,
            access,
            workspaces: None,
            recovery_codes,
        })
    }

    /// Where the user can work. Told as well as it can be: a login or refresh does not fail for it.
    async fn reachable(&self, user: &User, request: OnBehalf<'_>) -> Option<ReachableWorkspaces> {
        self.parts.members.reachable(user, request).await.ok()
    }

    /// The key of a session's refresh tokens; none if it was sealed under another root key.
    fn refresh_key(&self, session: &AuthSession, request_id: &RequestId) -> Option<RefreshKey> {
        let opened = self.parts.refresh_sealer.open(&session.id.to_string(), &session.refresh_key);
        let opened = opened.map_err(|error| {
            tracing::error!(%request_id, session = %session.id, %error, "a session's refresh key does not open");
        });
        let bytes: [u8; 32] = opened.ok()?.expose_secret().try_into().ok()?;
        Some(RefreshKey::new(bytes))
    }
}

/// Logs why there is no access token.
fn no_token(error: &KeyRingError, request_id: &RequestId) -> Rejection {
    match error {
        KeyRingError::Storage(error) => error.to_rejection(request_id),
        KeyRingError::Sealed { .. } => {
            tracing::error!(%request_id, %error, "`vestibule keys rotate-signing` makes a key under the present `secret_key`");
            Rejection::Internal
        }
        KeyRingError::Seal(_) | KeyRingError::NotReady => {
            tracing::error!(%request_id, %error, "no access token can be made");
            Rejection::Internal
        }
    }
}
