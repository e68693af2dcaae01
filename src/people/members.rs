//! Which workspaces a user reaches: those AnythingLLM assigns them, asked for with their own session there.
//!
//! Remembered for a short while. Whoever is not let in by what is remembered is asked for anew, so a new assignment
//! works at once; one that was taken away ends when the memory does.

use crate::anythingllm::{Assignments, Client, OnBehalf};
use crate::cache::{AuthSessionDirectory, MemberDirectory};
use crate::crypto::seal::Sealer;
use crate::domain::auth_session::SessionEnd;
use crate::domain::clock::Ambient;
use crate::domain::ids::AuthSessionId;
use crate::domain::user::User;
use crate::domain::workspace::Workspace;
use crate::rejection::Rejection;
use crate::storage::{Database, StorageError};
use secrecy::{ExposeSecret as _, SecretString};
use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;

/// A memory younger than this is not doubted.
const FRESH: Duration = Duration::from_secs(1);

/// A workspace that a user reaches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReachableWorkspaces(pub Vec<(String, String)>);

#[derive(Clone)]
pub struct Members {
    pub(super) client: Client,
    pub(super) database: Database,
    sessions: Arc<AuthSessionDirectory>,
    pub(super) assigned: Arc<MemberDirectory>,
    memory: Duration,
    sealer: Sealer,
    /// Held while this replica changes members: one connection to PostgreSQL is enough for it.
    pub(super) changing: Arc<Mutex<()>>,
    pub(super) ambient: Ambient,
}

impl fmt::Debug for Members {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Members")
    }
}

impl Members {
    /// `sealer` opens upstream session tokens; what is learned is kept in `assigned` for `memory`.
    pub fn new(
        client: Client,
        database: Database,
        sessions: Arc<AuthSessionDirectory>,
        assigned: Arc<MemberDirectory>,
        sealer: Sealer,
        memory: Duration,
        ambient: Ambient,
    ) -> Self {
        Self { client, database, sessions, assigned, memory, sealer, changing: Arc::default(), ambient }
    }

    /// Whether the user reaches this workspace.
    ///
    /// # Errors
    /// `invalid_token` when AnythingLLM has ended the user's session there; 502 to 504 when it cannot say; 503 without
    /// PostgreSQL.
    pub async fn reaches(&self, user: &User, workspace: &Workspace, request: OnBehalf<'_>) -> Result<bool, Rejection> {
        if user.role.sees_every_workspace() {
            return Ok(true);
        }
        if let Some(known) = self.assigned.find(user.session, self.memory) {
            let member = known.slugs.contains(&workspace.upstream_slug);
            if member || known.asked.elapsed() < FRESH {
                return Ok(member);
            }
        }
        Ok(self.ask(user, request).await?.contains(&workspace.upstream_slug))
    }

    /// The active workspaces that the user reaches, by slug and name, a thousand at most.
    ///
    /// # Errors
    /// As [`Self::reaches`].
    pub async fn reachable(&self, user: &User, request: OnBehalf<'_>) -> Result<ReachableWorkspaces, Rejection> {
        let upstream: Option<Vec<String>> = if user.role.sees_every_workspace() {
            None
        } else {
            Some(self.ask(user, request).await?.iter().cloned().collect())
        };
        let found = self.database.workspaces().list_active(user.tenant, upstream.as_deref()).await;
        Ok(ReachableWorkspaces(found.map_err(|error| unavailable(&error, request))?))
    }

    /// The user may have other workspaces now.
    pub(super) fn forget(&self, session: AuthSessionId) {
        self.assigned.forget(session);
    }

    async fn ask(&self, user: &User, request: OnBehalf<'_>) -> Result<Arc<BTreeSet<String>>, Rejection> {
        let asking = self.assigned.ask();
        let token = self.upstream_token(user, request).await?;
        let answer = self.client.assigned_workspaces(&token, Some(request)).await;
        match answer.map_err(|error| error.to_rejection(request.request_id))? {
            Assignments::Workspaces(workspaces) => {
                let slugs = Arc::new(workspaces.into_iter().map(|workspace| workspace.slug).collect::<BTreeSet<_>>());
                self.assigned.remember(asking, user.session, (user.tenant, user.id), Arc::clone(&slugs));
                Ok(slugs)
            }
            Assignments::SessionOver => {
                self.end(user, request).await?;
                Err(SESSION_OVER)
            }
        }
    }

    async fn upstream_token(&self, user: &User, request: OnBehalf<'_>) -> Result<SecretString, Rejection> {
        let session = self.sessions.find(user.tenant, user.session).await.map_err(|e| unavailable(&e, request))?;
        let sealed = session.as_ref().and_then(|session| session.upstream_token.as_ref()).ok_or(SESSION_OVER)?;
        let opened = self.sealer.open(&user.session.to_string(), sealed).map_err(|error| {
            tracing::error!(request_id = %request.request_id, %error, "a session's upstream token does not open");
            SESSION_OVER
        })?;
        let text = std::str::from_utf8(opened.expose_secret()).map_err(|_| SESSION_OVER)?;
        Ok(SecretString::from(text))
    }

    /// Without AnythingLLM's session ours cannot do its work, and the user may be suspended or gone.
    async fn end(&self, user: &User, request: OnBehalf<'_>) -> Result<(), Rejection> {
        tracing::warn!(request_id = %request.request_id, session = %user.session, user = %user.id,
            "AnythingLLM does not accept the user's session any more: ours ends too");
        let sessions = self.database.auth_sessions();
        let now = self.ambient.now();
        let ended = sessions.end(user.tenant, user.session, None, SessionEnd::UpstreamEnded, now).await;
        ended.map_err(|error| unavailable(&error, request))?;
        self.sessions.forget(user.session).await;
        self.forget(user.session);
        Ok(())
    }
}

const SESSION_OVER: Rejection =
    Rejection::InvalidToken("AnythingLLM has ended the session behind this one; log in again.");

pub(super) fn unavailable(error: &StorageError, request: OnBehalf<'_>) -> Rejection {
    tracing::error!(request_id = %request.request_id, %error, "PostgreSQL did not do what a request needs");
    Rejection::ServiceUnavailable { retry_after: Duration::from_secs(1) }
}
