//! What a refresh token looks like. What happens when one is presented is [`crate::domain::rotation`].
//!
//! `vst_rt_` and 61 bytes in base64url: version, session, counter, HMAC-SHA-256 of these under the session's own key,
//! and the CRC-32 of all of it, so that what is mistyped or cut is told from what is wrong without a look-up. No token
//! is ever stored: a session keeps the counter of the newest one, and the same counter always gives the same token.
//!
//! Must not print a token, nor compare one in a time that tells how much of it agrees.

use crate::domain::ids::AuthSessionId;
use crate::domain::rotation::Counter;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::zeroize::Zeroize as _;
use secrecy::{ExposeSecret as _, SecretBox, SecretString};
use sha2::Sha256;
use std::fmt;
use subtle::ConstantTimeEq as _;
use thiserror::Error;
use uuid::Uuid;

/// What every refresh token begins with.
pub const PREFIX: &str = "vst_rt_";

const VERSION: u8 = 1;
const HEAD: usize = 1 + 16 + 8;
const TAG: usize = 32;
const BYTES: usize = HEAD + TAG + 4;
pub const CHARS: usize = PREFIX.len() + (BYTES * 4).div_ceil(3);

/// The text has not the form of a refresh token, or its checksum does not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("this is not a refresh token")]
pub struct NotARefreshToken;

/// A token that was presented: it has the right form, and nothing else is known of it.
#[derive(Clone, Copy)]
pub struct Presented {
    session: AuthSessionId,
    counter: Counter,
    tag: [u8; TAG],
}

impl Presented {
    /// Reads a token.
    ///
    /// # Errors
    /// [`NotARefreshToken`] for whatever is not exactly what [`RefreshKey::issue`] writes.
    pub fn parse(text: &str) -> Result<Self, NotARefreshToken> {
        let encoded = text.strip_prefix(PREFIX).filter(|_| text.len() == CHARS).ok_or(NotARefreshToken)?;
        let mut bytes = [0; BYTES];
        let read = URL_SAFE_NO_PAD.decode_slice(encoded, &mut bytes).map_err(|_| NotARefreshToken)?;
        let (body, checksum) = bytes.split_last_chunk::<4>().ok_or(NotARefreshToken)?;
        if read != BYTES || crc32fast::hash(body).to_be_bytes() != *checksum {
            return Err(NotARefreshToken);
        }
        let (&version, rest) = body.split_first().ok_or(NotARefreshToken)?;
        let (session, rest) = rest.split_first_chunk::<16>().ok_or(NotARefreshToken)?;
        let (counter, tag) = rest.split_first_chunk::<8>().ok_or(NotARefreshToken)?;
        if version != VERSION {
            return Err(NotARefreshToken);
        }
        Ok(Self {
            session: AuthSessionId(Uuid::from_bytes(*session)),
            counter: Counter::from_be_bytes(*counter),
            tag: tag.try_into().map_err(|_| NotARefreshToken)?,
        })
    }

    /// The session it names; believe it only once [`RefreshKey::verify`] has.
    pub fn session(&self) -> AuthSessionId {
        self.session
    }
}

impl fmt::Debug for Presented {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Presented({}, {})", self.session, self.counter)
    }
}

/// The key that one session's tokens are made with.
pub struct RefreshKey(SecretBox<[u8; 32]>);

impl RefreshKey {
    /// Takes 32 bytes that nobody can guess.
    pub fn new(mut bytes: [u8; 32]) -> Self {
        let kept = SecretBox::init_with_mut(|kept: &mut [u8; 32]| kept.copy_from_slice(&bytes));
        bytes.zeroize();
        Self(kept)
    }

    /// The token of this counter; always the same.
    pub fn issue(&self, session: AuthSessionId, counter: Counter) -> SecretString {
        let head = head(session, counter);
        let mut bytes = Vec::with_capacity(BYTES);
        bytes.extend_from_slice(&head);
        bytes.extend_from_slice(&self.tag(&head));
        let checksum = crc32fast::hash(&bytes);
        bytes.extend_from_slice(&checksum.to_be_bytes());
        let mut text = String::with_capacity(CHARS);
        text.push_str(PREFIX);
        URL_SAFE_NO_PAD.encode_string(&bytes, &mut text);
        SecretString::from(text)
    }

    /// The counter of a token that this key has made; none for any other.
    pub fn verify(&self, presented: &Presented) -> Option<Counter> {
        let expected = self.tag(&head(presented.session, presented.counter));
        bool::from(expected.ct_eq(&presented.tag)).then_some(presented.counter)
    }

    fn tag(&self, head: &[u8; HEAD]) -> [u8; TAG] {
        // RFC 2104 section 2 pads keys shorter than a block with zeros. Done here because then no length can be wrong.
        let mut block = [0; 64];
        let (start, _) = block.split_at_mut(32);
        start.copy_from_slice(self.0.expose_secret());
        let mut mac = Hmac::<Sha256>::new((&block).into());
        block.zeroize();
        mac.update(head);
        mac.finalize().into_bytes().into()
    }
}

impl fmt::Debug for RefreshKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RefreshKey(..)")
    }
}

fn head(session: AuthSessionId, counter: Counter) -> [u8; HEAD] {
    let mut head = [0; HEAD];
    head[0] = VERSION;
    head[1..17].copy_from_slice(session.0.as_bytes());
    head[17..].copy_from_slice(&counter.to_be_bytes());
    head
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn key() -> RefreshKey {
        RefreshKey::new([9; 32])
    }

    fn with_fitting_checksum(mut bytes: Vec<u8>) -> String {
        let body = bytes.len() - 4;
        let checksum = crc32fast::hash(&bytes[..body]);
        bytes[body..].copy_from_slice(&checksum.to_be_bytes());
        format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(&bytes))
    }

    proptest! {
        #[test]
        fn a_token_is_read_as_it_was_issued(session in any::<u128>(), counter in any::<u64>()) {
            let session = AuthSessionId(Uuid::from_u128(session));
            let token = key().issue(session, counter);
            prop_assert_eq!(token.expose_secret().len(), CHARS);
            let presented = Presented::parse(token.expose_secret()).unwrap();
            prop_assert_eq!(presented.session(), session);
            prop_assert_eq!(key().verify(&presented), Some(counter));
            prop_assert_eq!(RefreshKey::new([8; 32]).verify(&presented), None);
        }

        #[test]
        fn no_single_bit_may_change(bit in 0..(HEAD + TAG) * 8) {
            let token = key().issue(AuthSessionId(Uuid::from_u128(7)), 3);
            let mut bytes = URL_SAFE_NO_PAD.decode(token.expose_secret().strip_prefix(PREFIX).unwrap()).unwrap();
            bytes[bit / 8] ^= 1 << (bit % 8);
            let plain = format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(&bytes));
            prop_assert!(Presented::parse(&plain).is_err());
            // Whoever computes the checksum anew is caught by the key.
            let counter = Presented::parse(&with_fitting_checksum(bytes)).ok().and_then(|p| key().verify(&p));
            prop_assert_eq!(counter, None);
        }

        #[test]
        fn whatever_is_read_is_exactly_what_would_be_issued(text in "(vst_rt_)?[A-Za-z0-9_=-]{70,90}") {
            prop_assert!(Presented::parse(&text).is_err());
        }

        #[test]
        fn any_text_is_survived(text in ".{0,200}") {
            let _ = Presented::parse(&text);
        }
    }

    #[test]
    fn spellings_of_the_same_bytes_are_not_tokens() {
        let token = key().issue(AuthSessionId(Uuid::from_u128(7)), 3);
        let text = token.expose_secret();
        assert!(Presented::parse(text).is_ok());
        for other in [format!("{text}="), format!(" {text}"), text.to_uppercase(), text.replace("vst_rt_", "vst_sk_")] {
            assert_eq!(Presented::parse(&other).unwrap_err(), NotARefreshToken, "{other}");
        }
    }

    #[test]
    fn nothing_of_it_is_printed() {
        let token = key().issue(AuthSessionId(Uuid::nil()), 3);
        let presented = Presented::parse(token.expose_secret()).unwrap();
        assert_eq!(format!("{:?} {presented:?}", key()), format!("RefreshKey(..) Presented({}, 3)", Uuid::nil()));
    }
}
