//! Setting up the AnythingLLM behind us: an API key of our own, and accounts instead of one shared password.
//!
//! Safe to repeat and safe with any number of replicas: one at a time does it, under a lock in PostgreSQL, and the
//! others find it done. The key is stored sealed; every replica hears of a new one and uses it from its next call on.
//! Logs in with the admin's password only when a key must be made, and never tells a secret to the log.

mod error;
mod follow;
mod rotate;
mod setup;
mod store;

pub use error::BootstrapError;
pub use rotate::Rotated;
pub use store::{KeptKey, KeyStore, KeyStoreError};

use crate::anythingllm::Client;
use crate::config;
use crate::crypto::seal::Sealer;
use crate::domain::clock::Ambient;
use crate::storage::{BootstrapLock, Database};
use secrecy::{ExposeSecret as _, SecretString};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Between the first two looks at something that is not there yet.
const SHORTEST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// Where our API key comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ApiKeyOrigin {
    /// `upstream.api_key`
    Configured,
    /// Stored by an earlier bootstrap, and still good.
    Kept,
    Made,
}

/// What the bootstrap found and did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Report {
    /// Where the API key comes from.
    pub api_key: ApiKeyOrigin,
    /// Multi-user mode was switched on now; otherwise it was on before.
    pub accounts_made: bool,
    /// The admin's recovery codes wait to be seen ([`KeyStore::recovery_codes`]).
    pub recovery_codes: bool,
}

/// Sets AnythingLLM up. The client it is given gets the key.
#[derive(Debug, Clone)]
pub struct Bootstrap {
    settings: config::Upstream,
    client: Client,
    store: KeyStore,
}

impl Bootstrap {
    /// With the section `[upstream]`, a client made of it, and the sealer of
    /// [`Purpose::UpstreamApiKey`](crate::crypto::seal::Purpose::UpstreamApiKey).
    pub fn new(
        settings: config::Upstream,
        client: Client,
        database: Database,
        sealer: Sealer,
        ambient: Ambient,
    ) -> Self {
        Self { settings, client, store: KeyStore::new(database, sealer, ambient) }
    }

    /// The stored key and recovery codes.
    pub fn store(&self) -> &KeyStore {
        &self.store
    }

    /// Waits until AnythingLLM answers.
    async fn wait(&self) -> Result<(), BootstrapError> {
        let waited = self.settings.bootstrap_seconds;
        let mut patience = self.patience();
        while let Err(error) = self.client.ping().await {
            let error = BootstrapError::Away { waited, error };
            if !error.may_pass() || !patience.pause().await {
                return Err(error);
            }
        }
        Ok(())
    }

    /// Waits until no other replica is at it.
    async fn lock(&self) -> Result<BootstrapLock, BootstrapError> {
        let mut patience = self.patience();
        loop {
            if let Some(lock) = self.store.lock().await? {
                return Ok(lock);
            }
            if !patience.pause().await {
                return Err(BootstrapError::Busy { waited: self.settings.bootstrap_seconds });
            }
        }
    }

    fn patience(&self) -> Patience {
        let whole = Duration::from_secs(self.settings.bootstrap_seconds);
        Patience { end: Instant::now() + whole, next: SHORTEST_PAUSE }
    }
}

/// How long something that is not there yet is looked for, with pauses that grow.
struct Patience {
    end: Instant,
    next: Duration,
}

impl Patience {
    /// Waits before another look; false when there is no time for one.
    async fn pause(&mut self) -> bool {
        if Instant::now() + self.next > self.end {
            return false;
        }
        sleep(self.next).await;
        self.next = (self.next * 2).min(LONGEST_PAUSE);
        true
    }
}

fn is_set(secret: &SecretString) -> bool {
    !secret.expose_secret().is_empty()
}
