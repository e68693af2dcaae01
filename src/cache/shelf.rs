//! A Redis in which nobody can read what is kept: values are sealed, names tell nothing. Knows nothing of what it is.

use crate::crypto::RootKey;
use crate::crypto::seal::{Purpose, Sealer};
use crate::domain::clock::Ambient;
use crate::domain::sealed::Sealed;
use crate::redis_client::Redis;
use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::{ExposeSecret as _, SecretBox, SecretSlice};
use sha2::Sha256;
use std::fmt::{self, Write as _};
use std::sync::Arc;

/// Larger values are not kept there.
const MOST_BYTES: usize = 256 * 1024;

/// The values of one purpose. Cheap to clone.
#[derive(Clone)]
pub(super) struct Shelf {
    pub(super) redis: Redis,
    sealer: Sealer,
    /// What names are made with.
    name_key: Arc<SecretBox<[u8; 32]>>,
    ambient: Ambient,
}

impl fmt::Debug for Shelf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shelf").field("redis", &self.redis).field("sealer", &self.sealer).finish_non_exhaustive()
    }
}

impl Shelf {
    /// `names`: the purpose of the names' key.
    pub(super) fn new(
        redis: Redis,
        root_key: &RootKey,
        purpose: Purpose,
        names: &'static str,
        ambient: Ambient,
    ) -> Self {
        let name_key = Arc::new(SecretBox::new(Box::new(root_key.derive(names))));
        Self { redis, sealer: root_key.sealer(purpose), name_key, ambient }
    }

    /// The name of what these bytes describe.
    pub(super) fn name(&self, described: &[u8]) -> String {
        name(self.name_key.expose_secret(), described)
    }

    /// The key in Redis of something that has this name. All of a name hold the same text in braces, so that a cluster
    /// keeps them in one place.
    pub(super) fn key(&self, name: &str, what: &str) -> String {
        format!("{}:{{{name}}}:{what}", self.redis.prefix())
    }

    /// Seals a value for its name; none if it is too large.
    pub(super) fn seal(&self, name: &str, value: &[u8]) -> Option<Vec<u8>> {
        let sealed = self.sealer.seal(name, value, &*self.ambient.randomness).ok()?;
        let bytes = [sealed.key_id.as_bytes(), b":", &sealed.bytes].concat();
        (bytes.len() <= MOST_BYTES).then_some(bytes)
    }

    /// Opens what [`Self::seal`] made for the same name; none for everything else.
    pub(super) fn open(&self, name: &str, bytes: &[u8]) -> Option<SecretSlice<u8>> {
        let at = bytes.iter().position(|byte| *byte == b':')?;
        let (key_id, bytes) = bytes.split_at_checked(at)?;
        let sealed = Sealed { key_id: str::from_utf8(key_id).ok()?.to_owned(), bytes: bytes.get(1..)?.to_vec() };
        self.sealer.open(name, &sealed).ok()
    }
}

/// Tells nothing of what is described to whoever has not the key, not even by guessing.
pub(super) fn name(key: &[u8; 32], described: &[u8]) -> String {
    // As in `RootKey::derive`: filled up here, so that no error is left to handle.
    let mut block = [0; 64];
    block[..32].copy_from_slice(key);
    let mut mac = Hmac::<Sha256>::new(&block.into());
    mac.update(described);
    let mut name = String::with_capacity(64);
    for byte in mac.finalize().into_bytes() {
        let _ = write!(name, "{byte:02x}");
    }
    name
}
