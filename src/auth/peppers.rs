//! What API keys are hashed with: the pepper of the root key, and those of earlier root keys, so that keys outlive a
//! change of it. Keys are made under the first only.

use crate::crypto::seal::{Resealed, SealError, Sealer};
use crate::domain::clock::Ambient;
use crate::domain::key::{ApiKey, KeyHash, Pepper};
use crate::storage::{Database, FormerPepper, StorageError};
use secrecy::ExposeSecret as _;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::Instant;

/// How long stored peppers are remembered: they change when an operator changes the root key.
const REMEMBERED: Duration = Duration::from_secs(60);

type Remembered = (Instant, Arc<[Pepper]>);

/// Compares keys with hashes. Clones share what is remembered.
#[derive(Debug, Clone)]
pub struct Peppers {
    /// Of the root keys of the configuration, the present one first.
    configured: Arc<[Pepper]>,
    stored: Arc<Mutex<Option<Remembered>>>,
    database: Database,
    sealer: Sealer,
}

impl Peppers {
    /// With the pepper of the root key, that of the one before it, and the sealer of
    /// [`Purpose::FormerPepper`](crate::crypto::seal::Purpose::FormerPepper).
    pub fn new(present: Pepper, former: Option<Pepper>, database: Database, sealer: Sealer) -> Self {
        let configured = [present].into_iter().chain(former).collect();
        Self { configured, stored: Arc::default(), database, sealer }
    }

    /// Whether `hash` is of `key`. The database is asked only for a key that none of the configured peppers explains,
    /// and once a minute at most.
    ///
    /// # Errors
    /// If it would have to be asked and cannot.
    pub async fn match_key(&self, key: &ApiKey, hash: &KeyHash) -> Result<bool, StorageError> {
        let explains = |pepper: &Pepper| hash.matches(&key.hash(pepper));
        if self.configured.iter().any(explains) {
            return Ok(true);
        }
        Ok(self.stored().await?.iter().any(explains))
    }

    /// Keeps the pepper of the root key before this one for good, and seals all that are kept under the present root
    /// key.
    ///
    /// # Errors
    /// If the database cannot be asked; what was done stays done.
    pub async fn keep(&self, ambient: &Ambient) -> Result<Resealed, StorageError> {
        let mut done = Resealed::default();
        let stored = self.database.former_peppers();
        for pepper in self.configured.iter().skip(1) {
            let sealed = self.sealer.seal(pepper.id(), pepper.expose(), &*ambient.randomness);
            let sealed = sealed.map_err(|SealError| StorageError::Corrupt("a pepper could not be sealed".into()))?;
            let former = FormerPepper { id: pepper.id().to_owned(), sealed };
            done.add(stored.insert(&former, ambient.now()).await?);
        }
        for former in stored.list().await? {
            match self.sealer.reseal(&former.id, &former.sealed, &*ambient.randomness) {
                Ok(None) => {}
                Ok(Some(new)) => done.add(stored.reseal(&former, &new).await?),
                Err(why) => done.lose(&format!("former pepper {}", former.id), &why),
            }
        }
        Ok(done)
    }

    async fn stored(&self) -> Result<Arc<[Pepper]>, StorageError> {
        // Held while the database is asked: others wait for the same answer.
        let mut stored = self.stored.lock().await;
        if let Some((since, peppers)) = &*stored
            && since.elapsed() < REMEMBERED
        {
            return Ok(Arc::clone(peppers));
        }
        let listed = match (Box::pin(self.database.former_peppers().list()).await, &*stored) {
            (Err(StorageError::Away), Some((since, peppers)))
                if since.elapsed() < REMEMBERED + self.database.stale_for() =>
            {
                return Ok(Arc::clone(peppers));
            }
            (listed, _) => listed?,
        };
        let peppers: Arc<[Pepper]> = listed.iter().filter_map(|former| self.open(former)).collect();
        *stored = Some((Instant::now(), Arc::clone(&peppers)));
        Ok(peppers)
    }

    fn open(&self, former: &FormerPepper) -> Option<Pepper> {
        match self.sealer.open(&former.id, &former.sealed) {
            Ok(secret) => secret.expose_secret().try_into().ok().map(Pepper::new),
            Err(error) => {
                tracing::error!(pepper = former.id, %error, "a former pepper cannot be opened; keys made under it do not work");
                None
            }
        }
    }
}
