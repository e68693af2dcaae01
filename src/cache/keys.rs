//! Keys in memory. A million in PostgreSQL are fine: only those in use are here.

use super::entries::{CacheRules, Entries, Loading};
use crate::domain::clock::Ambient;
use crate::domain::ids::WorkspaceId;
use crate::domain::key::KeyRecord;
use crate::domain::key::PublicId;
use crate::storage::{Database, StorageError};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Instant;

/// Finds keys by their public id.
#[derive(Debug)]
pub struct KeyDirectory {
    database: Database,
    entries: Entries<PublicId, Arc<KeyRecord>>,
}

impl KeyDirectory {
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

    /// The key, from memory or from PostgreSQL. It may be revoked or expired: ask [`KeyRecord::usable`]. It was found
    /// by its public part: compare the hash.
    ///
    /// # Errors
    /// If it is not in memory and the database cannot be asked.
    pub async fn find(&self, public_id: &PublicId) -> Result<Option<Arc<KeyRecord>>, StorageError> {
        let load = || -> Loading<'_, _> {
            Box::pin(async { Ok(self.database.api_keys().find(public_id).await?.map(Arc::new)) })
        };
        self.entries.get_or_load(*public_id, load).await
    }

    /// Begins the grace of the key that this one took over from.
    ///
    /// # Errors
    /// If the database cannot be asked.
    pub async fn begin_grace(&self, key: &KeyRecord, ambient: &Ambient) -> Result<(), StorageError> {
        let before = self.database.api_keys().begin_grace(key.tenant, key.id, ambient).await?;
        self.entries.forget(&key.public_id).await;
        // Here it ends at once; other replicas are told.
        if let Some(before) = before {
            self.entries.forget(&before).await;
        }
        Ok(())
    }

    /// Moves whenever a key may have changed, for requests that outlive their check: a running stream asks
    /// [`Self::find`] again when it moves, and every few seconds, because nothing moves while changes are not heard.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.entries.changes()
    }

    /// How soon to look again when nothing moves.
    pub fn look_again(&self) -> Duration {
        self.entries.look_again()
    }

    /// The key has changed. Whoever changes a key here need not wait for the notice.
    pub async fn forget(&self, public_id: &PublicId) {
        self.entries.forget(public_id).await;
    }

    /// The workspace that keys are bound to has changed.
    pub(super) fn forget_workspace(&self, id: WorkspaceId) {
        self.entries.forget_if(move |key| key.workspace.as_ref().is_some_and(|w| w.id == id));
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
