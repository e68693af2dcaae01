//! Managing API keys: making, changing, rotating and revoking them, for the API and the command line alike.
//!
//! Whoever manages keys hands out power, so a caller comes with their own: nobody makes, changes or rotates a key that
//! does not lie within it ([`Power::within`]). Ending one needs none. The text of a key leaves this module once, with
//! [`Issued`].

mod change;
mod create;
mod error;
mod own;
mod rotate;

pub use create::{KeyRequest, unreadable};
pub use error::KeyError;
pub use rotate::RotateRequest;

use crate::cache::KeyDirectory;
use crate::domain::audit::Author;
use crate::domain::clock::Ambient;
use crate::domain::ids::{KeyId, TenantId, WorkspaceId};
use crate::domain::key::{ApiKey, KeyLimits, Pepper, PublicId};
use crate::domain::key::{KeyContent, KeyNature, KeyRecord, Rotation, StoredKey};
use crate::domain::power::{Configured, Power};
use crate::domain::quota::{QuotaUse, Reservation, Taken};
use crate::storage::{Database, KeyFilter, KeyName, NewKey, Spent, StorageError};
use std::sync::Arc;

/// Who manages which tenant's keys.
#[derive(Debug, Clone, Copy)]
pub struct Caller<'a> {
    pub tenant: TenantId,
    pub author: &'a Author,
    /// What they have themselves, as far as is remembered. It says of which keys they may know.
    pub power: &'a Power,
    /// What holds for keys without limits of their own.
    pub configured: Configured,
    /// The key that is asking, if it is one: what it can give is looked up.
    pub key: Option<KeyId>,
}

impl Caller<'_> {
    /// Whether the key is one that they may know of.
    fn knows(&self, key: &StoredKey) -> bool {
        self.power.workspace().is_none_or(|own| key.workspace.as_ref().is_some_and(|(id, _)| *id == own))
    }
}

/// A key that was just made, with its text: to be shown now or never.
#[derive(Debug, Clone)]
pub struct Issued {
    pub key: ApiKey,
    pub stored: StoredKey,
}

/// The keys of an installation. Cheap to clone.
#[derive(Debug, Clone)]
pub struct KeyService {
    database: Database,
    pepper: Pepper,
    /// So that what is changed here is seen here at once. The command line has none.
    directory: Option<Arc<KeyDirectory>>,
    ambient: Ambient,
}

impl KeyService {
    pub fn new(database: Database, pepper: Pepper, directory: Option<Arc<KeyDirectory>>, ambient: Ambient) -> Self {
        Self { database, pepper, directory, ambient }
    }

    /// A page of the keys that the caller may know of.
    ///
    /// # Errors
    /// Of the database.
    pub async fn list(
        &self,
        caller: Caller<'_>,
        filter: KeyFilter,
        after: Option<KeyId>,
        limit: u16,
    ) -> Result<Vec<StoredKey>, KeyError> {
        let workspace = match (caller.power.workspace(), filter.workspace) {
            (Some(own), Some(wanted)) if own != wanted => return Ok(Vec::new()),
            (own, wanted) => own.or(wanted),
        };
        let filter = KeyFilter { workspace, ..filter };
        Ok(self.database.api_keys().list(caller.tenant, &filter, self.ambient.now(), after, limit).await?)
    }

    /// The key of this name, if the caller may know of it.
    ///
    /// # Errors
    /// [`KeyError::NotFound`], or of the database.
    pub async fn find(&self, caller: Caller<'_>, name: KeyName) -> Result<StoredKey, KeyError> {
        let key = self.database.api_keys().get(caller.tenant, name, self.ambient.now()).await?;
        key.filter(|key| caller.knows(key)).ok_or(KeyError::NotFound)
    }

    /// The key as requests are let in with it, whether it can be used or not.
    ///
    /// # Errors
    /// Of the database.
    pub async fn record(&self, public_id: &PublicId) -> Result<Option<Arc<KeyRecord>>, StorageError> {
        match &self.directory {
            Some(directory) => directory.find(public_id).await,
            None => Ok(self.database.api_keys().find(public_id).await?.map(Arc::new)),
        }
    }

    /// Takes one message of the key's quotas and reserves tokens for its answer; what is used of them when one is used up.
    /// See [`Quotas::take`](crate::storage::Quotas::take).
    ///
    /// # Errors
    /// If the database cannot be asked: then nobody knows what is left.
    pub async fn take_quota(
        &self,
        key: &KeyRecord,
        workspace: WorkspaceId,
        question: u64,
        longest_completion: Option<u64>,
    ) -> Result<Result<Taken, Spent>, StorageError> {
        self.database.quotas().take(key, workspace, question, longest_completion).await
    }

    /// Reserves up to so many more tokens for a running answer.
    ///
    /// # Errors
    /// As [`Self::take_quota`].
    pub async fn extend_quota(
        &self,
        reservation: &Reservation,
        limits: &KeyLimits,
        more: u64,
    ) -> Result<Result<u64, Spent>, StorageError> {
        self.database.quotas().extend(reservation, limits, more).await
    }

    /// What is used of the key's quotas; nothing of one that has none.
    ///
    /// # Errors
    /// If the database cannot be asked.
    pub async fn quota_use(&self, key: &StoredKey) -> Result<Spent, StorageError> {
        if !key.content.limits.has_quota() {
            return Ok(Spent { used: QuotaUse::default(), at: self.ambient.now() });
        }
        self.database.quotas().used(key.tenant, key.id).await
    }

    /// Revokes a key for good, and cuts its running streams. The first revocation stands.
    ///
    /// # Errors
    /// A reason that is too long, [`KeyError::NotFound`], or of the database.
    pub async fn revoke(
        &self,
        caller: Caller<'_>,
        name: KeyName,
        reason: Option<&str>,
    ) -> Result<(StoredKey, bool), KeyError> {
        let mut faults = crate::domain::faults::Faults::new();
        if let Some(reason) = reason {
            faults.text("reason", reason, 1..=500);
        }
        let reason = faults.or(reason).map_err(KeyError::Faults)?;
        let key = self.find(caller, name).await?;
        let name = KeyName::Id(key.id);
        let revoked =
            self.database.api_keys().revoke(caller.tenant, name, reason, caller.author, &self.ambient).await?;
        self.forget(&key.public_id).await;
        let first = revoked.ok_or(KeyError::NotFound)?;
        Ok((self.find(caller, name).await?, first))
    }

    fn draw(
        &self,
        caller: Caller<'_>,
        nature: KeyNature,
        workspace: Option<WorkspaceId>,
        content: KeyContent,
        rotation: Option<Rotation>,
    ) -> (ApiKey, NewKey) {
        let key = ApiKey::generate(nature.kind, nature.env, &*self.ambient.randomness);
        let new = NewKey {
            id: KeyId::new(&self.ambient),
            tenant: caller.tenant,
            workspace,
            public_id: key.public_id(),
            last_four: key.last_four().to_owned(),
            hash: key.hash(&self.pepper),
            kind: nature.kind,
            env: nature.env,
            content,
            allow_any_origin: nature.any_origin,
            rotation,
            created_by: caller.author.label(),
            created_at: self.ambient.now(),
        };
        (key, new)
    }

    async fn forget(&self, public_id: &PublicId) {
        if let Some(directory) = &self.directory {
            directory.forget(public_id).await;
        }
    }
}
