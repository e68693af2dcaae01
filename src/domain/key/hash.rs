//! Keyed hashes of API keys. A stolen database is of no use without the pepper, which is never in it.
//!
//! Must not print either, nor compare hashes in a time that tells how much of them agrees.

use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::zeroize::Zeroize as _;
use secrecy::{ExposeSecret as _, SecretBox};
use sha2::Sha256;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;
use subtle::ConstantTimeEq as _;

/// HMAC-SHA-256 (RFC 2104, FIPS 180-4) of a whole key under the pepper: what is stored instead of the key.
#[derive(Clone, Copy)]
pub struct KeyHash([u8; 32]);

impl KeyHash {
    /// A hash as stored.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The hash, to be stored.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Whether both are the hash of one key, in a time that does not depend on the answer.
    pub fn matches(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl PartialEq for KeyHash {
    fn eq(&self, other: &Self) -> bool {
        self.matches(other)
    }
}

impl Eq for KeyHash {}

impl Hash for KeyHash {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl fmt::Debug for KeyHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyHash(..)")
    }
}

/// The secret that keys are hashed with. Clones share it; the last one wipes it from memory.
#[derive(Clone)]
pub struct Pepper {
    secret: Arc<SecretBox<[u8; 32]>>,
    id: Arc<str>,
}

impl Pepper {
    /// Takes the secret, 32 bytes nobody can guess.
    pub fn new(mut bytes: [u8; 32]) -> Self {
        let secret = SecretBox::init_with_mut(|kept: &mut [u8; 32]| kept.copy_from_slice(&bytes));
        bytes.zeroize();
        let name = mac(&secret, b"vestibule pepper id v1");
        let head = name.first_chunk().copied().unwrap_or_default();
        let id = format!("{:016x}", u64::from_be_bytes(head));
        Self { secret: Arc::new(secret), id: id.into() }
    }

    /// A name for the secret, stored beside hashes so that one made under another pepper is recognised. Tells nothing
    /// about the secret.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The secret itself, to be sealed and kept when another takes its place.
    pub fn expose(&self) -> &[u8; 32] {
        self.secret.expose_secret()
    }

    pub(super) fn hash(&self, key: &str) -> KeyHash {
        KeyHash(mac(&self.secret, key.as_bytes()))
    }
}

impl fmt::Debug for Pepper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pepper({})", self.id)
    }
}

fn mac(secret: &SecretBox<[u8; 32]>, message: &[u8]) -> [u8; 32] {
    // RFC 2104 section 2 pads keys shorter than a block with zeros. Done here because then no length can be wrong.
    let mut block = [0; 64];
    let (head, _) = block.split_at_mut(32);
    head.copy_from_slice(secret.expose_secret());
    let mut mac = Hmac::<Sha256>::new((&block).into());
    block.zeroize();
    mac.update(message);
    mac.finalize().into_bytes().into()
}
