//! Secrets at rest, sealed: what the database holds can be read only with the root key, and only in its place.
//!
//! Each secret is encrypted with ChaCha20-Poly1305 (RFC 8439) under a key of its own, which HKDF (RFC 5869) makes of
//! the purpose's key and of 24 random bytes kept beside it. So no nonce can ever repeat, however much is sealed.
//! Purpose and row are authenticated with it: a value copied into another row or column does not open.
//!
//! Does not store anything and must not print what it opens. Made by `RootKey::sealer`.

use crate::domain::clock::Randomness;
use crate::domain::sealed::Sealed;
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::hkdf;
use secrecy::zeroize::Zeroize as _;
use secrecy::{ExposeSecret as _, SecretBox, SecretSlice};
use std::fmt;
use std::sync::Arc;
use thiserror::Error;

const SALT_LEN: usize = 24;
/// The first byte of every sealed value; counts up when the construction changes.
const VERSION: u8 = 1;

/// What a secret is for. Each has a key of its own, so none of them can stand in for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Purpose {
    UpstreamApiKey,
    /// A user's session token of AnythingLLM.
    UpstreamSessionToken,
    /// The key that a session's refresh tokens are made with.
    RefreshKey,
    /// The private key that access tokens are signed with.
    SigningKey,
    /// What a shop's products are read with.
    StoreCredentials,
    /// An earlier key that API keys were hashed with.
    FormerPepper,
    /// What a shop's back end signs identity tokens with.
    IdentitySecret,
    /// What a workspace's customers are hashed with.
    SubjectKey,
    /// An answer to a knowledge query that replicas keep together.
    KnowledgeAnswer,
    /// An answer to a first question that replicas keep together.
    FirstAnswer,
    /// The exchange that a conversation began with, where AnythingLLM has not seen it.
    ConversationOpening,
    /// What messages to webhooks are signed with.
    WebhookSecret,
    /// What a browser keeps of a session of the console.
    ConsoleSession,
}

impl Purpose {
    /// The name that its key is derived from. Never changes: what is sealed under it could not be opened any more.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::UpstreamApiKey => "vestibule seal upstream api key v1",
            Self::UpstreamSessionToken => "vestibule seal upstream session token v1",
            Self::RefreshKey => "vestibule seal refresh key v1",
            Self::SigningKey => "vestibule seal signing key v1",
            Self::StoreCredentials => "vestibule seal store credentials v1",
            Self::FormerPepper => "vestibule seal former pepper v1",
            Self::IdentitySecret => "vestibule seal identity secret v1",
            Self::SubjectKey => "vestibule seal subject key v1",
            Self::KnowledgeAnswer => "vestibule seal knowledge answer v1",
            Self::FirstAnswer => "vestibule seal first answer v1",
            Self::ConversationOpening => "vestibule seal conversation opening v1",
            Self::WebhookSecret => "vestibule seal webhook secret v1",
            Self::ConsoleSession => "vestibule seal console session v1",
        }
    }
}

/// Why a sealed value does not open.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum UnsealError {
    /// It was sealed under another root key.
    #[error("it was sealed under the root key {0}, which is not configured")]
    OtherKey(String),
    /// It was changed, cut, or belongs to another row or purpose.
    #[error("it is damaged or belongs to something else")]
    Damaged,
}

/// The cipher could not be set up, which its fixed sizes rule out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the secret could not be sealed")]
pub struct SealError;

/// What was done with stored secrets when the root key was changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Resealed {
    /// Sealed anew.
    pub count: u64,
    /// What could not be opened, for people. Tells nothing of the secrets.
    pub lost: Vec<String>,
}

impl Resealed {
    /// One more, if it was stored: whoever changed it at the same moment sealed it under a root key of their own.
    pub fn add(&mut self, stored: bool) {
        self.count += u64::from(stored);
    }

    /// One that could not be opened.
    pub fn lose(&mut self, what: &str, why: &UnsealError) {
        self.lost.push(format!("{what}: {why}"));
    }

    pub fn merge(&mut self, other: Self) {
        self.count += other.count;
        self.lost.extend(other.lost);
    }
}

/// Seals and opens the secrets of one purpose. Clones share the key; the last one wipes it from memory.
#[derive(Clone)]
pub struct Sealer {
    purpose: Purpose,
    key: Key,
    /// Opens and never seals.
    former: Option<Key>,
}

/// A purpose's key, derived from the root key of this name.
#[derive(Clone)]
struct Key {
    secret: Arc<SecretBox<[u8; 32]>>,
    id: Arc<str>,
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealer({:?}, {})", self.purpose, self.key.id)
    }
}

impl Sealer {
    /// Takes the purpose's own key, derived from the root key that `key_id` names.
    pub fn new(purpose: Purpose, key: [u8; 32], key_id: &str) -> Self {
        Self { purpose, key: Key::new(key, key_id), former: None }
    }

    /// The same, which also opens what was sealed under another root key.
    #[must_use]
    pub fn also_opening(self, key: [u8; 32], key_id: &str) -> Self {
        Self { former: Some(Key::new(key, key_id)), ..self }
    }

    /// The name of the root key behind it, stored with everything sealed.
    pub fn key_id(&self) -> &str {
        &self.key.id
    }

    /// Seals `secret` for the row that `row` names (its table's key as text); it opens only there.
    ///
    /// # Errors
    /// [`SealError`]
    pub fn seal(&self, row: &str, secret: &[u8], randomness: &dyn Randomness) -> Result<Sealed, SealError> {
        let mut salt = [0; SALT_LEN];
        randomness.fill(&mut salt);
        let mut bytes = Vec::with_capacity(1 + SALT_LEN + secret.len() + CHACHA20_POLY1305.tag_len());
        bytes.push(VERSION);
        bytes.extend_from_slice(&salt);
        let mut text = secret.to_vec();
        let key = self.key_for(&self.key, &salt).ok_or(SealError)?;
        let tag = key.seal_in_place_separate_tag(nonce(), self.context(row), &mut text).map_err(|_| SealError)?;
        bytes.extend_from_slice(&text);
        bytes.extend_from_slice(tag.as_ref());
        Ok(Sealed { key_id: self.key.id.to_string(), bytes })
    }

    /// Opens what [`Self::seal`] made for the same row.
    ///
    /// # Errors
    /// [`UnsealError`]: the value is of no use; what depends on it must be made anew.
    pub fn open(&self, row: &str, sealed: &Sealed) -> Result<SecretSlice<u8>, UnsealError> {
        let named = [Some(&self.key), self.former.as_ref()].into_iter().flatten().find(|key| *key.id == *sealed.key_id);
        let named = named.ok_or_else(|| UnsealError::OtherKey(sealed.key_id.clone()))?;
        let (&version, rest) = sealed.bytes.split_first().ok_or(UnsealError::Damaged)?;
        let (salt, text) = rest.split_first_chunk::<SALT_LEN>().ok_or(UnsealError::Damaged)?;
        if version != VERSION {
            return Err(UnsealError::Damaged);
        }
        let mut text = text.to_vec();
        let key = self.key_for(named, salt).ok_or(UnsealError::Damaged)?;
        let opened = key.open_in_place(nonce(), self.context(row), &mut text).map_err(|_| UnsealError::Damaged)?;
        let secret = SecretSlice::from(opened.to_vec());
        text.zeroize();
        Ok(secret)
    }

    /// The same secret sealed under the present root key, if it is sealed under the one before.
    ///
    /// # Errors
    /// [`UnsealError`], also when it cannot be sealed, which the cipher's fixed sizes rule out.
    pub fn reseal(
        &self,
        row: &str,
        sealed: &Sealed,
        randomness: &dyn Randomness,
    ) -> Result<Option<Sealed>, UnsealError> {
        if *sealed.key_id == *self.key.id {
            return Ok(None);
        }
        let opened = self.open(row, sealed)?;
        self.seal(row, opened.expose_secret(), randomness).map(Some).map_err(|SealError| UnsealError::Damaged)
    }

    fn key_for(&self, key: &Key, salt: &[u8; SALT_LEN]) -> Option<LessSafeKey> {
        let prk = hkdf::Salt::new(hkdf::HKDF_SHA256, salt).extract(key.secret.expose_secret());
        let info = [self.purpose.as_str().as_bytes()];
        let okm = prk.expand(&info, &CHACHA20_POLY1305).ok()?;
        Some(LessSafeKey::new(UnboundKey::from(okm)))
    }

    fn context(&self, row: &str) -> Aad<Vec<u8>> {
        // The purpose's names hold no NUL, so no two pairs of purpose and row are the same bytes.
        Aad::from([self.purpose.as_str().as_bytes(), &[0], row.as_bytes()].concat())
    }
}

impl Key {
    fn new(mut secret: [u8; 32], id: &str) -> Self {
        let kept = SecretBox::init_with_mut(|kept: &mut [u8; 32]| kept.copy_from_slice(&secret));
        secret.zeroize();
        Self { secret: Arc::new(kept), id: id.into() }
    }
}

/// Always zero: every key is used for one message.
fn nonce() -> Nonce {
    Nonce::assume_unique_for_key([0; NONCE_LEN])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::clock::SystemRandomness;
    use proptest::prelude::*;

    fn sealer(purpose: Purpose) -> Sealer {
        Sealer::new(purpose, [7; 32], "one")
    }

    proptest! {
        #[test]
        fn what_was_sealed_opens_in_its_place_and_nowhere_else(
            secret in proptest::collection::vec(any::<u8>(), 0..200), row in ".{0,40}", other in ".{0,40}",
        ) {
            let seals = sealer(Purpose::RefreshKey);
            let sealed = seals.seal(&row, &secret, &SystemRandomness).unwrap();
            let opened = seals.open(&row, &sealed).unwrap();
            prop_assert_eq!(opened.expose_secret(), &secret[..]);
            prop_assert_eq!(seals.open(&other, &sealed).is_ok(), row == other);
        }

        #[test]
        fn a_changed_or_cut_value_does_not_open(at in 0_usize..65, bit in 0_u8..8, keep in 0_usize..65) {
            let seals = sealer(Purpose::SigningKey);
            let sealed = seals.seal("row", b"a secret of 24 characters", &SystemRandomness).unwrap();
            let mut changed = sealed.clone();
            let at = at % changed.bytes.len();
            changed.bytes[at] ^= 1 << bit;
            prop_assert_eq!(seals.open("row", &changed).unwrap_err(), UnsealError::Damaged);
            let mut cut = sealed.clone();
            cut.bytes.truncate(keep);
            prop_assert_eq!(seals.open("row", &cut).unwrap_err(), UnsealError::Damaged);
        }

        #[test]
        fn bytes_that_were_never_sealed_do_not_open(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let stranger = Sealed { key_id: "one".into(), bytes };
            prop_assert_eq!(sealer(Purpose::RefreshKey).open("", &stranger).unwrap_err(), UnsealError::Damaged);
        }
    }

    #[test]
    fn sealing_twice_gives_two_values() {
        let seals = sealer(Purpose::RefreshKey);
        let seal = || seals.seal("row", b"secret", &SystemRandomness).unwrap();
        assert_ne!(seal(), seal());
        assert!(!seal().bytes.windows(6).any(|part| part == b"secret"));
    }

    #[test]
    fn another_purpose_or_root_key_does_not_open_it() {
        let sealed = sealer(Purpose::RefreshKey).seal("row", b"secret", &SystemRandomness).unwrap();
        let purposes = [
            Purpose::UpstreamApiKey,
            Purpose::UpstreamSessionToken,
            Purpose::RefreshKey,
            Purpose::SigningKey,
            Purpose::StoreCredentials,
            Purpose::FormerPepper,
            Purpose::IdentitySecret,
            Purpose::SubjectKey,
            Purpose::KnowledgeAnswer,
            Purpose::FirstAnswer,
            Purpose::ConversationOpening,
            Purpose::WebhookSecret,
        ];
        for purpose in purposes {
            assert_eq!(sealer(purpose).open("row", &sealed).is_ok(), purpose == Purpose::RefreshKey, "{purpose:?}");
        }
        let wrong_root = Sealer::new(Purpose::RefreshKey, [8; 32], "one");
        assert_eq!(wrong_root.open("row", &sealed).unwrap_err(), UnsealError::Damaged);
        let named = Sealer::new(Purpose::RefreshKey, [7; 32], "two");
        assert_eq!(named.open("row", &sealed).unwrap_err(), UnsealError::OtherKey("one".into()));
    }

    #[test]
    fn what_a_former_key_sealed_opens_and_is_sealed_anew_under_the_new_one() {
        let (old, new) = ([7; 32], [8; 32]);
        let before = Sealer::new(Purpose::RefreshKey, old, "old");
        let between = Sealer::new(Purpose::RefreshKey, new, "new").also_opening(old, "old");
        let after = Sealer::new(Purpose::RefreshKey, new, "new");
        let sealed = before.seal("row", b"secret", &SystemRandomness).unwrap();
        let opened = between.open("row", &sealed).unwrap();
        assert_eq!(between.open("other", &sealed).unwrap_err(), UnsealError::Damaged);
        let anew = between.seal("row", opened.expose_secret(), &SystemRandomness).unwrap();
        assert_eq!(anew.key_id, "new");
        assert_eq!(after.open("row", &anew).unwrap().expose_secret(), b"secret");
        assert_eq!(after.open("row", &sealed).unwrap_err(), UnsealError::OtherKey("old".into()));
        // A name alone opens nothing.
        let renamed = Sealed { key_id: "new".into(), ..sealed };
        assert_eq!(between.open("row", &renamed).unwrap_err(), UnsealError::Damaged);
    }

    #[test]
    fn nothing_of_it_is_printed() {
        let seals = sealer(Purpose::RefreshKey);
        let value = seals.seal("row", b"secret", &SystemRandomness).unwrap();
        assert_eq!(format!("{seals:?} {value:?}"), "Sealer(RefreshKey, one) Sealed(one)");
    }
}
