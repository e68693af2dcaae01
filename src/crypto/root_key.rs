//! The root key and what is derived from it, one key a purpose, so that none of them tells anything of another.

use crate::crypto::proof_of_work::ProofKeys;
use crate::crypto::seal::{Purpose, Sealer};
use crate::domain::key::Pepper;
use crate::domain::visitor::VisitorKeys;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use std::fmt;

/// 32 secret bytes that everything kept at rest depends on, and perhaps those that were in their place before.
#[derive(Clone)]
pub struct RootKey {
    bytes: [u8; 32],
    former: Option<[u8; 32]>,
}

impl RootKey {
    /// Wraps the bytes.
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self { bytes, former: None }
    }

    /// The same, with the key that was in its place before: what that one sealed can be opened, and keys that were
    /// hashed with it are recognised.
    #[must_use]
    pub const fn after(self, former: &Self) -> Self {
        Self { former: Some(former.bytes), ..self }
    }

    /// The key that was in its place before, if it is another one.
    pub fn former(&self) -> Option<Self> {
        self.former.filter(|former| *former != self.bytes).map(Self::new)
    }

    /// The key that API keys are hashed with.
    pub fn pepper(&self) -> Pepper {
        Pepper::new(self.derive("vestibule api key pepper v1"))
    }

    /// What the ids of visitors are authenticated with.
    pub fn visitor_keys(&self) -> VisitorKeys {
        let derive = |key: &Self| key.derive("vestibule visitor id v1");
        VisitorKeys::new(derive(self), self.former().as_ref().map(derive))
    }

    /// What proofs of work are signed with: of this root key, and of the one before it.
    pub fn proof_keys(&self) -> ProofKeys {
        let derive = |key: &Self| key.derive("vestibule proof of work v1");
        ProofKeys::new(derive(self), self.former().as_ref().map(derive))
    }

    /// Seals secrets of this purpose for the database.
    pub fn sealer(&self, purpose: Purpose) -> Sealer {
        let sealer = Sealer::new(purpose, self.derive(purpose.as_str()), &self.id());
        match self.former() {
            Some(former) => sealer.also_opening(former.derive(purpose.as_str()), &former.id()),
            None => sealer,
        }
    }

    /// A name for the root key, stored beside what is sealed. Tells nothing about the key.
    pub fn id(&self) -> String {
        let name = self.derive("vestibule root key id v1");
        let head = name.first_chunk().copied().unwrap_or_default();
        format!("{:016x}", u64::from_be_bytes(head))
    }

    /// The names of this key and of the one before it.
    pub fn ids(&self) -> Vec<String> {
        std::iter::once(self.id()).chain(self.former().as_ref().map(Self::id)).collect()
    }

    /// The key of one purpose: HMAC-SHA-256 of its name. The root is uniformly random, so this is HKDF's expand step
    /// (RFC 5869 section 2.3) for one block; extracting first would add nothing (section 3.3).
    ///
    /// A purpose is a constant that is never used for two things, and gets a new version when what it keys changes.
    pub fn derive(&self, purpose: &'static str) -> [u8; 32] {
        // HMAC fills a short key up with zeros (RFC 2104 section 2); doing it here leaves no error to handle.
        let mut block = [0; 64];
        block[..32].copy_from_slice(&self.bytes);
        let mut mac = Hmac::<Sha256>::new(&block.into());
        mac.update(purpose.as_bytes());
        mac.finalize().into_bytes().into()
    }
}

impl fmt::Debug for RootKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RootKey(..)")
    }
}

/// The text is not 32 bytes in base64.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadSecretKey {
    /// Not base64 at all.
    #[error("not base64; make one with `openssl rand -base64 32`")]
    NotBase64,
    /// Too few or too many bytes.
    #[error("holds {0} bytes and must hold exactly 32; make one with `openssl rand -base64 32`")]
    Length(usize),
}

/// Reads standard base64 (RFC 4648 section 4) with padding, as `openssl rand -base64 32` writes it.
pub(crate) fn decode(text: &str) -> Result<RootKey, BadSecretKey> {
    let bytes = base64(text.trim()).ok_or(BadSecretKey::NotBase64)?;
    let length = bytes.len();
    bytes.try_into().map(RootKey::new).map_err(|_| BadSecretKey::Length(length))
}

fn base64(text: &str) -> Option<Vec<u8>> {
    let digits = text.trim_end_matches('=');
    if !text.len().is_multiple_of(4) || text.len() - digits.len() > 2 {
        return None;
    }
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut held) = (0_u32, 0_u32);
    for digit in digits.bytes() {
        let value = match digit {
            b'A'..=b'Z' => digit - b'A',
            b'a'..=b'z' => digit - b'a' + 26,
            b'0'..=b'9' => digit - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(value);
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push((bits >> held & 0xff) as u8);
            bits &= (1 << held) - 1;
        }
    }
    // Bits that belong to no byte must be zero, or two texts would be the same key.
    (bits == 0).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::{BadSecretKey, RootKey, base64, decode};
    use crate::crypto::seal::{Purpose, UnsealError};
    use crate::domain::clock::SystemRandomness;

    #[test]
    fn base64_follows_the_vectors_of_rfc_4648() {
        for (text, bytes) in [
            ("", ""),
            ("Zg==", "f"),
            ("Zm8=", "fo"),
            ("Zm9v", "foo"),
            ("Zm9vYg==", "foob"),
            ("Zm9vYmE=", "fooba"),
            ("Zm9vYmFy", "foobar"),
        ] {
            assert_eq!(base64(text).as_deref(), Some(bytes.as_bytes()), "{text}");
        }
        for text in ["Zg", "Zg=", "Zh==", "Z===", "====", "Zm9v\n", "Zm-v", "Zm9vYg==Zg==", "ä=="] {
            assert_eq!(base64(text), None, "{text:?}");
        }
    }

    #[test]
    fn the_key_has_32_bytes() {
        assert!(decode(&("A".repeat(43) + "=")).is_ok());
        assert!(decode(&(" ".to_owned() + &"A".repeat(43) + "=\n")).is_ok());
        assert_eq!(decode("AAAA").unwrap_err(), BadSecretKey::Length(3));
        assert_eq!(decode(&"A".repeat(44)).unwrap_err(), BadSecretKey::Length(33));
        assert_eq!(decode("secret").unwrap_err(), BadSecretKey::NotBase64);
    }

    #[test]
    fn purposes_have_keys_of_their_own() {
        let root = decode(&("A".repeat(43) + "=")).unwrap();
        assert_ne!(root.derive("one"), root.derive("two"));
        assert_eq!(root.derive("one"), root.derive("one"));
        assert_eq!(format!("{root:?}"), "RootKey(..)");
    }

    #[test]
    fn what_one_root_key_sealed_another_does_not_open() {
        let (one, two) = (RootKey::new([1; 32]), RootKey::new([2; 32]));
        let seal = |root: &RootKey| root.sealer(Purpose::RefreshKey);
        let sealed = seal(&one).seal("row", b"secret", &SystemRandomness).unwrap();
        assert_eq!(sealed.key_id, one.id());
        assert!(seal(&one).open("row", &sealed).is_ok());
        assert_eq!(seal(&two).open("row", &sealed).unwrap_err(), UnsealError::OtherKey(one.id()));
    }
}
