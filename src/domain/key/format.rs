//! The format of API keys, and the hash that is all we keep of one.
//!
//! `vst_<pk|sk>_<live|test>_<12 public><32 secret + 6 checksum>`, the two groups of base62 with an underscore between:
//! 63 characters that a double click selects as one word, and that the regular expression
//! `\bvst_(pk|sk)_(live|test)_[0-9A-Za-z]{12}_[0-9A-Za-z]{38}\b` finds in source code. The checksum is the CRC-32 (ISO
//! HDLC, as in RFC 1952 section 8) of everything before it, so that a typo is told from an unknown key without a
//! look-up; it proves nothing.
//!
//! A key's secret part carries 190 bits, so a fast keyed hash protects it as well as a slow one would, without letting
//! strangers burn our CPU. This module does no look-ups and must not print a key: types that hold one have no `Display`
//! and a `Debug` that shows the public id at most.

use super::{KeyHash, Pepper};
use crate::domain::clock::Randomness;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use thiserror::Error;

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const PUBLIC_CHARS: usize = 12;
const SECRET_CHARS: usize = 32;
const CHECKSUM_CHARS: usize = 6;

pub const KEY_CHARS: usize = "vst_pk_live_".len() + PUBLIC_CHARS + 1 + SECRET_CHARS + CHECKSUM_CHARS;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyKind {
    /// Stands in web pages for all to read (`vst_pk_`).
    Publishable,
    /// Stays on servers (`vst_sk_`).
    Secret,
}

impl KeyKind {
    /// The word for it in the API and the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Publishable => "publishable",
            Self::Secret => "secret",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyEnv {
    Live,
    Test,
}

impl KeyEnv {
    /// The word for it in keys, the API and the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Test => "test",
        }
    }
}

/// A word that names no kind or no environment of keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("expected {0}")]
pub struct UnknownWord(&'static str);

impl FromStr for KeyKind {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        [Self::Publishable, Self::Secret]
            .into_iter()
            .find(|kind| kind.as_str() == text)
            .ok_or(UnknownWord("`publishable` or `secret`"))
    }
}

impl FromStr for KeyEnv {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        [Self::Live, Self::Test].into_iter().find(|env| env.as_str() == text).ok_or(UnknownWord("`live` or `test`"))
    }
}

/// The part of a key that names it: 12 base62 characters, drawn apart from the secret, safe to log and to show.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PublicId([u8; PUBLIC_CHARS]);

impl PublicId {
    pub fn as_str(&self) -> &str {
        // Only base62 gets in, so this is always text.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Display for PublicId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for PublicId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicId({})", self.as_str())
    }
}

impl FromStr for PublicId {
    type Err = KeyFormatError;

    fn from_str(text: &str) -> Result<Self, KeyFormatError> {
        let bytes = text.as_bytes().try_into().map_err(|_| KeyFormatError::BadPublicId)?;
        if is_base62(text) { Ok(Self(bytes)) } else { Err(KeyFormatError::BadPublicId) }
    }
}

impl TryFrom<String> for PublicId {
    type Error = KeyFormatError;

    fn try_from(text: String) -> Result<Self, KeyFormatError> {
        text.parse()
    }
}

impl From<PublicId> for String {
    fn from(id: PublicId) -> Self {
        id.as_str().to_owned()
    }
}

/// Why a text is no key. The messages are meant for whoever typed it, and never contain any of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum KeyFormatError {
    /// Does not begin like a key.
    #[error("a key begins with `vst_pk_live_`, `vst_sk_live_`, `vst_pk_test_` or `vst_sk_test_`")]
    NotAKey,
    /// Begins like a key but is too short or too long; usually a part was lost or doubled while copying.
    #[error("a key has {KEY_CHARS} characters, this has {found}; was all of it copied?")]
    BadLength { found: usize },
    /// Has a character that keys never have, or an underscore where none belongs.
    #[error("a key has only letters, digits and underscores, as it was shown when it was made")]
    BadAlphabet,
    /// The last six characters do not fit the others.
    #[error("the key's checksum does not fit: a character is wrong or two are swapped")]
    BadChecksum,
    /// Not a public id, when only that was asked for.
    #[error("a public id has {PUBLIC_CHARS} letters and digits")]
    BadPublicId,
}

/// A key as its holder has it: well-formed, but not known to exist.
#[derive(Clone)]
pub struct ApiKey {
    text: SecretString,
    kind: KeyKind,
    env: KeyEnv,
    public_id: PublicId,
}

impl ApiKey {
    /// Draws a new key. All its characters are equally likely.
    pub fn generate(kind: KeyKind, env: KeyEnv, randomness: &dyn Randomness) -> Self {
        let mut public = [0; PUBLIC_CHARS];
        let mut secret = [0; SECRET_CHARS];
        draw_base62(&mut public, randomness);
        draw_base62(&mut secret, randomness);
        let public_id = PublicId(public);

        // Room for all of it at once: growing would leave copies of the secret behind.
        let mut text = String::with_capacity(KEY_CHARS);
        for part in [prefix(kind), env.as_str(), "_", public_id.as_str(), "_"] {
            text.push_str(part);
        }
        text.extend(secret.map(char::from));
        let checksum = checksum(&text);
        text.extend(checksum.map(char::from));
        Self { text: text.into(), kind, env, public_id }
    }

    /// Reads a key without any look-up.
    ///
    /// # Errors
    /// [`KeyFormatError`], the first fault found; surrounding white space is one, for the caller to strip or not.
    pub fn parse(text: &str) -> Result<Self, KeyFormatError> {
        let (kind, rest) = [KeyKind::Publishable, KeyKind::Secret]
            .into_iter()
            .find_map(|kind| Some((kind, text.strip_prefix(prefix(kind))?)))
            .ok_or(KeyFormatError::NotAKey)?;
        let (env, rest) = [KeyEnv::Live, KeyEnv::Test]
            .into_iter()
            .find_map(|env| Some((env, rest.strip_prefix(env.as_str())?.strip_prefix('_')?)))
            .ok_or(KeyFormatError::NotAKey)?;
        if text.len() != KEY_CHARS {
            return Err(KeyFormatError::BadLength { found: text.chars().count() });
        }
        let (public, rest) = rest.split_once('_').ok_or(KeyFormatError::BadAlphabet)?;
        let public_id = public.parse().map_err(|_| KeyFormatError::BadAlphabet)?;
        if !is_base62(rest) {
            return Err(KeyFormatError::BadAlphabet);
        }
        let (unchecked, found) =
            text.split_at_checked(KEY_CHARS - CHECKSUM_CHARS).ok_or(KeyFormatError::BadAlphabet)?;
        if found.as_bytes() != checksum(unchecked) {
            return Err(KeyFormatError::BadChecksum);
        }
        Ok(Self { text: text.into(), kind, env, public_id })
    }

    pub fn kind(&self) -> KeyKind {
        self.kind
    }

    pub fn env(&self) -> KeyEnv {
        self.env
    }

    pub fn public_id(&self) -> PublicId {
        self.public_id
    }

    /// What is stored of it, and compared when it is presented.
    pub fn hash(&self, pepper: &Pepper) -> KeyHash {
        pepper.hash(self.text.expose_secret())
    }

    /// The key itself, to be shown once, to whoever made it.
    pub fn expose(&self) -> &str {
        self.text.expose_secret()
    }

    /// The last four characters, by which people tell keys apart. They belong to the checksum and so tell some 20 bits
    /// of 190 about the secret, which nobody misses.
    pub fn last_four(&self) -> &str {
        self.text.expose_secret().get(KEY_CHARS - 4..).unwrap_or_default()
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ApiKey({})", self.public_id)
    }
}

/// Whether a text begins like one of our keys: for choosing how to read a credential, and for redaction. Far from a
/// check that it is one.
pub fn looks_like_a_key(text: &str) -> bool {
    text.starts_with(prefix(KeyKind::Publishable)) || text.starts_with(prefix(KeyKind::Secret))
}

const fn prefix(kind: KeyKind) -> &'static str {
    match kind {
        KeyKind::Publishable => "vst_pk_",
        KeyKind::Secret => "vst_sk_",
    }
}

fn is_base62(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_alphanumeric())
}

/// Fills `out` with characters of the alphabet. Bytes from 248 on are drawn again: 256 is no multiple of 62, and the
/// remainder would favour the first eight characters.
fn draw_base62(out: &mut [u8], randomness: &dyn Randomness) {
    let mut pool = [0; 64];
    let mut unused: &[u8] = &[];
    for place in out {
        loop {
            let Some((&byte, rest)) = unused.split_first() else {
                randomness.fill(&mut pool);
                unused = &pool;
                continue;
            };
            unused = rest;
            if byte < 248
                && let Some(&character) = ALPHABET.get(usize::from(byte % 62))
            {
                *place = character;
                break;
            }
        }
    }
}

/// The CRC-32 of the text in base62, most significant digit first.
fn checksum(text: &str) -> [u8; CHECKSUM_CHARS] {
    let mut rest = crc32fast::hash(text.as_bytes());
    let mut digits = [b'0'; CHECKSUM_CHARS];
    for digit in digits.iter_mut().rev() {
        let value = usize::try_from(rest % 62).unwrap_or_default();
        *digit = ALPHABET.get(value).copied().unwrap_or(b'0');
        rest /= 62;
    }
    digits
}

#[cfg(test)]
mod tests;
