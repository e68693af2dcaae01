//! The stored API key, opened and sealed. The only place that sees it outside the client.

use crate::anythingllm::NewApiKey;
use crate::crypto::seal::{Resealed, SealError, Sealer, UnsealError};
use crate::domain::clock::Ambient;
use crate::domain::sealed::Sealed;
use crate::storage::{BootstrapLock, Database, StorageError, StoredApiKey};
use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret, SecretString};

/// What the two secrets of the one row are sealed for.
const KEY_ROW: &str = "upstream_api_key.api_key";
const CODES_ROW: &str = "upstream_api_key.recovery_codes";

/// Why the key cannot be kept or read.
#[derive(Debug, thiserror::Error)]
pub enum KeyStoreError {
    #[error("{0}")]
    Storage(#[from] StorageError),
    /// It does not open.
    #[error(
        "the stored one cannot be read: {0}. Was secret_key changed? With an admin's credentials `vestibule bootstrap` makes another"
    )]
    Unseal(#[from] UnsealError),
    /// It could not be sealed.
    #[error("{0}")]
    Seal(#[from] SealError),
}

/// The key that Vestibule keeps itself.
#[derive(Debug)]
pub struct KeptKey {
    pub upstream_id: i64,
    pub secret: SecretString,
    /// Since when.
    pub created_at: DateTime<Utc>,
}

/// Reads and writes the stored key.
#[derive(Debug, Clone)]
pub struct KeyStore {
    database: Database,
    sealer: Sealer,
    ambient: Ambient,
}

impl KeyStore {
    /// With the sealer of [`Purpose::UpstreamApiKey`](crate::crypto::seal::Purpose::UpstreamApiKey).
    pub fn new(database: Database, sealer: Sealer, ambient: Ambient) -> Self {
        Self { database, sealer, ambient }
    }

    /// The key, if one was made.
    ///
    /// # Errors
    /// The database cannot be asked, or the key was sealed under another root key.
    pub async fn load(&self) -> Result<Option<KeptKey>, KeyStoreError> {
        let Some(stored) = self.database.upstream_api_key().find().await? else { return Ok(None) };
        Ok(Some(KeptKey {
            upstream_id: stored.upstream_id,
            secret: self.open(KEY_ROW, &stored.api_key)?,
            created_at: stored.created_at,
        }))
    }

    /// AnythingLLM's number of the stored key, whether or not it can be opened.
    pub(super) async fn upstream_id(&self) -> Result<Option<i64>, KeyStoreError> {
        Ok(self.database.upstream_api_key().find().await?.map(|stored| stored.upstream_id))
    }

    /// Keeps a new key, and what the admin's first login has told with it.
    pub(super) async fn save(&self, key: &NewApiKey, recovery_codes: &[SecretString]) -> Result<(), KeyStoreError> {
        let recovery_codes = if recovery_codes.is_empty() {
            None
        } else {
            let codes: Vec<_> = recovery_codes.iter().map(ExposeSecret::expose_secret).collect();
            Some(self.seal(CODES_ROW, &codes.join("\n"))?)
        };
        let stored = StoredApiKey {
            upstream_id: key.id,
            api_key: self.seal(KEY_ROW, key.secret.expose_secret())?,
            recovery_codes,
            created_at: self.ambient.now(),
        };
        Ok(self.database.upstream_api_key().store(&stored).await?)
    }

    /// The recovery codes that nobody has seen yet, one a line.
    ///
    /// # Errors
    /// As [`Self::load`].
    pub async fn recovery_codes(&self) -> Result<Option<SecretString>, KeyStoreError> {
        let stored = self.database.upstream_api_key().find().await?.and_then(|stored| stored.recovery_codes);
        Ok(stored.map(|sealed| self.open(CODES_ROW, &sealed)).transpose()?)
    }

    /// Forgets them: the operator has them now.
    ///
    /// # Errors
    /// The database cannot be asked.
    pub async fn forget_recovery_codes(&self) -> Result<(), KeyStoreError> {
        Ok(self.database.upstream_api_key().forget_recovery_codes().await?)
    }

    /// Seals what is stored under the present root key.
    ///
    /// # Errors
    /// The database cannot be asked; nothing has changed then.
    pub async fn reseal(&self) -> Result<Resealed, StorageError> {
        let mut done = Resealed::default();
        let stored = self.database.upstream_api_key();
        let Some(old) = stored.find().await? else { return Ok(done) };
        let random = &*self.ambient.randomness;
        let codes = old.recovery_codes.as_ref().map(|codes| self.sealer.reseal(CODES_ROW, codes, random));
        match (self.sealer.reseal(KEY_ROW, &old.api_key, random), codes.transpose()) {
            (Ok(Some(api_key)), Ok(codes)) => {
                done.add(stored.reseal(&old, &api_key, codes.flatten().as_ref()).await?);
            }
            (Ok(None), Ok(_)) => {}
            (Err(why), _) | (_, Err(why)) => done.lose("AnythingLLM's API key", &why),
        }
        Ok(done)
    }

    pub(super) async fn lock(&self) -> Result<Option<BootstrapLock>, StorageError> {
        self.database.upstream_api_key().lock().await
    }

    fn seal(&self, row: &str, secret: &str) -> Result<Sealed, SealError> {
        self.sealer.seal(row, secret.as_bytes(), &*self.ambient.randomness)
    }

    fn open(&self, row: &str, sealed: &Sealed) -> Result<SecretString, UnsealError> {
        let opened = self.sealer.open(row, sealed)?;
        let text = std::str::from_utf8(opened.expose_secret()).map_err(|_| UnsealError::Damaged)?;
        Ok(text.into())
    }
}
