//! Sessions in memory: whether an access token's session still lives, and who its user is now.

use super::entries::{CacheRules, Entries, Loading};
use crate::domain::auth_session::AuthSession;
use crate::domain::ids::{AuthSessionId, TenantId};
use crate::storage::{Database, StorageError};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Instant;

#[derive(Debug)]
pub struct AuthSessionDirectory {
    database: Database,
    entries: Entries<AuthSessionId, Arc<AuthSession>>,
}

impl AuthSessionDirectory {
    /// A directory of the product's size.
    pub fn new(database: Database) -> Self {
        let rules = CacheRules::of_capacity(100_000).believed_for(database.stale_for());
        Self::with_rules(database, rules)
    }

    /// A directory with rules of its own.
    pub fn with_rules(database: Database, rules: CacheRules) -> Self {
        let entries = Entries::new(rules).beside(database.availability());
        Self { database, entries }
    }

    /// The tenant's session, from memory or from PostgreSQL. It may be over: ask [`AuthSession::is_live`]. Its tokens
    /// may have moved on since: only its user, its end and its sealed upstream token are to be read from it.
    ///
    /// # Errors
    /// If it is not in memory and the database cannot be asked.
    pub async fn find(&self, tenant: TenantId, id: AuthSessionId) -> Result<Option<Arc<AuthSession>>, StorageError> {
        let load = || -> Loading<'_, _> {
            Box::pin(async move { Ok(self.database.auth_sessions().find(tenant, id).await?.map(Arc::new)) })
        };
        let found = self.entries.get_or_load(id, load).await?;
        // Loaded for whatever tenant asked first.
        Ok(found.filter(|session| session.tenant == tenant))
    }

    /// Moves whenever a session may have ended, as [`super::KeyDirectory::changes`] does.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.entries.changes()
    }

    /// How soon to look again when nothing moves.
    pub fn look_again(&self) -> Duration {
        self.entries.look_again()
    }

    /// The session has changed. Whoever changes one here need not wait for the notice.
    pub async fn forget(&self, id: AuthSessionId) {
        self.entries.forget(&id).await;
    }

    pub(super) fn forget_all(&self) {
        self.entries.forget_all();
    }

    pub(super) fn stale_answers(&self) -> u64 {
        self.entries.stale_answers()
    }

    pub(super) fn heard_until(&self, moment: Instant) {
        self.entries.heard_until(moment);
    }
}
