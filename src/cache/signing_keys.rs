//! The keys that access tokens are signed with, in memory: all of them, because there are few.

use super::entries::{CacheRules, Entries, Loading};
use crate::domain::signing_key::SigningKey;
use crate::storage::{Database, StorageError};
use std::sync::Arc;
use tokio::time::Instant;

/// The installation's signing keys.
#[derive(Debug)]
pub struct SigningKeyDirectory {
    database: Database,
    entries: Entries<(), Arc<[SigningKey]>>,
}

impl SigningKeyDirectory {
    /// A directory that follows the product's rules.
    pub fn new(database: Database) -> Self {
        let rules = CacheRules::of_capacity(1).believed_for(database.stale_for());
        let entries = Entries::new(rules).beside(database.availability());
        Self { database, entries }
    }

    /// All keys, from memory or from PostgreSQL; none before the first login.
    ///
    /// # Errors
    /// If they are not in memory and the database cannot be asked.
    pub async fn all(&self) -> Result<Arc<[SigningKey]>, StorageError> {
        let load = || -> Loading<'_, _> {
            Box::pin(async {
                let keys: Arc<[SigningKey]> = self.database.signing_keys().list().await?.into();
                // That there is none is forgotten soon.
                Ok((!keys.is_empty()).then_some(keys))
            })
        };
        Ok(self.entries.get_or_load((), load).await?.unwrap_or_default())
    }

    /// The keys have changed. Whoever changes them here need not wait for the notice.
    pub async fn forget(&self) {
        self.entries.forget(&()).await;
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
