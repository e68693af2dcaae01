//! The signing keys at work: which one signs, which are believed, how one follows another, and the public key set.
//!
//! A private key is opened for each signature and forgotten again. Nothing here is sent but public keys.

use crate::cache::SigningKeyDirectory;
use crate::crypto::seal::{Resealed, SealError, Sealer, UnsealError};
use crate::domain::clock::Ambient;
use crate::domain::signing_key::{SigningKey, signer};
use crate::storage::{Database, StorageError};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use secrecy::SecretSlice;
use secrecy::zeroize::Zeroize as _;
use serde::Serialize;
use std::sync::Arc;
use thiserror::Error;

#[derive(Debug, Clone, Copy)]
pub struct Succession {
    /// A new key is published this long before it signs, so that everyone who verifies has fetched it.
    pub overlap: TimeDelta,
    /// What a key signed is believed this long after it has stopped signing: the life of an access token, and some.
    pub afterlife: TimeDelta,
}

/// Why there is no key to sign with.
#[derive(Debug, Error)]
pub enum KeyRingError {
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The stored key does not open.
    #[error("the signing key {kid} cannot be opened: {why}")]
    Sealed { kid: String, why: UnsealError },
    /// A key could not be made.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// None of the keys is believed any more: somebody changed them by hand.
    #[error("no signing key is left that is believed; `vestibule keys rotate-signing` makes one")]
    NotReady,
}

/// A private key, ready to sign.
pub(super) struct Signing {
    pub(super) kid: String,
    pub(super) seed: SecretSlice<u8>,
}

/// Public keys as RFC 7517 and RFC 8037 write them.
#[derive(Debug, Serialize)]
pub struct KeySet {
    keys: Vec<PublicKey>,
}

#[derive(Debug, Serialize)]
struct PublicKey {
    kty: &'static str,
    crv: &'static str,
    #[serde(rename = "use")]
    usage: &'static str,
    alg: &'static str,
    kid: String,
    x: String,
}

/// The installation's signing keys.
#[derive(Debug, Clone)]
pub struct KeyRing {
    directory: Arc<SigningKeyDirectory>,
    database: Database,
    sealer: Sealer,
    ambient: Ambient,
}

impl KeyRing {
    /// Keys of this database, sealed for `Purpose::SigningKey`.
    pub fn new(directory: Arc<SigningKeyDirectory>, database: Database, sealer: Sealer, ambient: Ambient) -> Self {
        Self { directory, database, sealer, ambient }
    }

    /// The key of this id, if what it signed is believed.
    pub(super) async fn believed(&self, kid: &str) -> Result<Option<[u8; 32]>, StorageError> {
        let now = self.ambient.now();
        let keys = self.directory.all().await?;
        Ok(keys.iter().find(|key| key.kid == kid && key.verifies(now)).map(|key| key.public_key))
    }

    /// The key to sign with; makes the first one.
    pub(super) async fn signing(&self) -> Result<Signing, KeyRingError> {
        let keys = self.ready().await?;
        let key = signer(&keys, self.ambient.now()).ok_or(KeyRingError::NotReady)?;
        let opened = self.sealer.open(&key.kid, &key.private_key);
        let seed = opened.map_err(|why| KeyRingError::Sealed { kid: key.kid.clone(), why })?;
        Ok(Signing { kid: key.kid.clone(), seed })
    }

    /// The public keys that are believed now or will be; makes the first one.
    ///
    /// # Errors
    /// If they are not in memory and the database cannot be asked.
    pub async fn key_set(&self) -> Result<KeySet, KeyRingError> {
        let now = self.ambient.now();
        let keys = self.ready().await?;
        let believed = keys.iter().filter(|key| key.verifies(now));
        Ok(KeySet {
            keys: believed
                .map(|key| PublicKey {
                    kty: "OKP",
                    crv: "Ed25519",
                    usage: "sig",
                    alg: "EdDSA",
                    kid: key.kid.clone(),
                    x: URL_SAFE_NO_PAD.encode(key.public_key),
                })
                .collect(),
        })
    }

    /// The keys that there are, for those who look after them. Their private halves are sealed.
    ///
    /// # Errors
    /// If they are not in memory and the database cannot be asked.
    pub async fn all(&self) -> Result<Arc<[SigningKey]>, StorageError> {
        self.directory.all().await
    }

    /// Makes a successor. It signs after the overlap, or `at_once`: then nothing that was signed before is believed any
    /// more, as it must be when a key has leaked; people refresh and go on.
    ///
    /// # Errors
    /// If the database cannot be asked; either everything has changed then or nothing.
    pub async fn rotate(&self, succession: Succession, at_once: bool) -> Result<SigningKey, KeyRingError> {
        let now = self.ambient.now();
        let (signs_from, others_until) = if at_once {
            (now, now)
        } else {
            (now + succession.overlap, now + succession.overlap + succession.afterlife)
        };
        let successor = SigningKey { signs_from, ..self.make()? };
        self.database.signing_keys().rotate(&successor, others_until, now).await?;
        self.directory.forget().await;
        Ok(successor)
    }

    /// Seals all private keys under the present root key.
    ///
    /// # Errors
    /// If the database cannot be asked; what was done stays done.
    pub async fn reseal(&self) -> Result<Resealed, StorageError> {
        let mut done = Resealed::default();
        let stored = self.database.signing_keys();
        for key in stored.list().await? {
            match self.sealer.reseal(&key.kid, &key.private_key, &*self.ambient.randomness) {
                Ok(None) => {}
                Ok(Some(new)) => done.add(stored.reseal(&key.kid, &key.private_key, &new).await?),
                Err(why) => done.lose(&format!("signing key {}", key.kid), &why),
            }
        }
        Ok(done)
    }

    async fn ready(&self) -> Result<Arc<[SigningKey]>, KeyRingError> {
        let keys = self.directory.all().await?;
        if !keys.is_empty() {
            return Ok(keys);
        }
        // Of replicas that get here together one stores its key, and all of them use that.
        self.database.signing_keys().insert_first(&self.make()?).await?;
        self.directory.forget().await;
        Ok(self.directory.all().await?)
    }

    /// A key that signs from now on.
    fn make(&self) -> Result<SigningKey, KeyRingError> {
        let mut seed = [0; 32];
        self.ambient.randomness.fill(&mut seed);
        let pair = Ed25519KeyPair::from_seed_unchecked(&seed).map_err(|_| SealError)?;
        let public_key: [u8; 32] = pair.public_key().as_ref().try_into().map_err(|_| SealError)?;
        let mut name = [0; 12];
        self.ambient.randomness.fill(&mut name);
        let kid = URL_SAFE_NO_PAD.encode(name);
        let private_key = self.sealer.seal(&kid, &seed, &*self.ambient.randomness);
        seed.zeroize();
        let now = self.ambient.now();
        Ok(SigningKey {
            kid,
            public_key,
            private_key: private_key?,
            created_at: now,
            signs_from: now,
            verifies_until: None,
        })
    }
}
