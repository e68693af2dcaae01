//! Whether requests should be sent here.

use super::models::ModelCheck;
use super::supervisor::Supervisor;
use crate::auth::RootKeyCheck;
use crate::edge::{Check, Readiness};
use crate::reports::{Health, HealthPart};
use crate::storage::{Database, ListenState, ServerState, StorageError};
use async_trait::async_trait;
use parking_lot::Mutex;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, timeout};

/// A probe is answered within a second.
const PATIENCE: Duration = Duration::from_millis(700);
/// With a pool that everybody waits for, what was seen this short a time ago still counts.
const SEEN_LATELY: Duration = Duration::from_secs(10);

/// While the schema is not what this version needs.
const SOON: Duration = Duration::from_secs(1);
/// Nothing takes a migration back.
const LATER: Duration = Duration::from_secs(30);

/// Looks whether the schema is as new as this version needs. Clones share what was seen last.
#[derive(Debug, Clone)]
pub(super) struct SchemaCheck {
    database: Database,
    is_current: watch::Sender<bool>,
    /// The roles that requests need are there.
    has_roles: watch::Sender<bool>,
}

impl SchemaCheck {
    pub(super) fn new(database: &Database) -> Self {
        Self { database: database.clone(), is_current: watch::Sender::new(false), has_roles: watch::Sender::new(true) }
    }

    /// Looks; without the database what was seen last stays. Told to the log when it is too old.
    pub(super) async fn look(&self) -> Result<(), StorageError> {
        let version = self.database.schema_version().await?;
        let was_current = self.is_current.send_replace(version.is_current());
        if was_current && !version.is_current() {
            tracing::error!(?version, "the schema is older than this version needs: run `vestibule migrate`");
        }
        let roles = self.database.roles().await?;
        let had_roles = self.has_roles.send_replace(roles.are_there());
        if let (true, Some(fault)) = (had_roles, roles.fault()) {
            tracing::error!(remedy = roles.remedy(), "no request can be answered: {fault}");
        }
        Ok(())
    }

    fn has_roles(&self) -> bool {
        *self.has_roles.borrow()
    }

    pub(super) fn is_current(&self) -> bool {
        *self.is_current.borrow()
    }

    /// When to look again.
    pub(super) fn pause(&self) -> Duration {
        if self.is_current() && self.has_roles() { LATER } else { SOON }
    }
}

/// Ready means: requests can read and write, the schema is there and new enough, the secret key is the one that the
/// database is sealed under, and no background task keeps failing. AnythingLLM may be away: that is told request by
/// request, and a gateway that leaves the load balancer for it would turn a clear answer into none.
#[derive(Debug, Clone)]
pub(super) struct Ready {
    pub(super) database: Database,
    pub(super) schema: SchemaCheck,
    pub(super) root_key: RootKeyCheck,
    pub(super) supervisor: Supervisor,
    pub(super) models: Option<ModelCheck>,
    pub(super) seen: Seen,
}

/// What was seen last, and when.
pub(super) type Seen = Arc<Mutex<Option<(Instant, ServerState)>>>;

impl Ready {
    async fn session(&self) -> Option<ServerState> {
        match timeout(PATIENCE, self.database.server_state()).await {
            Ok(Ok(state)) => {
                *self.seen.lock() = Some((Instant::now(), state));
                Some(state)
            }
            Ok(Err(_)) => None,
            // Away it is known to be long before.
            Err(_) => (*self.seen.lock()).filter(|(at, _)| at.elapsed() < SEEN_LATELY).map(|(_, state)| state),
        }
    }

    /// Whether known keys go on without the database; none while it is there.
    fn known_keys(&self) -> Option<bool> {
        let away = self.database.availability().borrow().away_since()?;
        Some(away.elapsed() < self.database.stale_for())
    }
}

#[async_trait]
impl Readiness for Ready {
    async fn check(&self) -> Vec<Check> {
        let session = self.session().await;
        let failing = self.supervisor.failing();
        let mut checks = vec![
            Check::of_database("database", session.is_some()),
            Check::of_database("writable", session.is_some_and(|session| !session.read_only)),
            Check::new("schema", self.schema.is_current() && session.is_none_or(|session| session.has_schema)),
            Check::new("secret_key", self.root_key.is_right()),
            Check::new("tasks", failing.is_empty()),
            // Told apart from the rest, because without it all else holds and goes wrong later.
            Check::told("changes_heard", self.database.listens() == ListenState::Up),
        ];
        if !self.schema.has_roles() {
            checks.push(Check::of_database("roles", false));
        }
        if self.database.wrong_role().is_some() {
            checks.push(Check::of_database("role_vestibule_app", false));
        }
        if let Some(go_on) = self.known_keys() {
            checks.push(Check::without_database("known_keys", go_on));
        }
        if let Some(models) = self.models.as_ref().and_then(ModelCheck::seen) {
            checks.push(Check::told("upstream_llm", models.llm.is_ok()));
            checks.push(Check::told("upstream_embedder", models.embedder.is_ok()));
        }
        checks.extend(failing.into_iter().map(|task| Check::new(task, false)));
        checks
    }
}

#[async_trait]
impl Health for Ready {
    async fn parts(&self) -> Vec<HealthPart> {
        let part =
            |check: &Check| HealthPart { name: check.name(), is_there: check.is_there(), is_needed: check.is_needed() };
        self.check().await.iter().map(part).collect()
    }
}
