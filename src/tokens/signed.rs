//! What access tokens and visitor tokens have in common: JWTs (RFC 7519) of one type each, signed with Ed25519 by our
//! own key ring, verified once and then remembered until they expire.
//!
//! A token says what was true when it was made; whether it still is, is for the module above to ask. Must not print a
//! token.

use crate::domain::clock::Ambient;
use crate::rejection::Rejection;
use crate::tokens::jwt;
use crate::tokens::key_ring::{KeyRing, KeyRingError};
use chrono::TimeDelta;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, decode_header, encode};
use moka::sync::Cache;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// Clocks of machines differ a little.
const LEEWAY_SECONDS: i64 = 30;
/// Ours have well below a thousand characters; what is longer is not looked at.
const MAX_CHARS: usize = 2048;
/// Tokens whose signature need not be checked again; some hundred bytes each.
const REMEMBERED: u64 = 50_000;

pub(crate) trait Claims: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// What is made of the claims; none when they make no sense.
    type Meaning: Send + Sync + 'static;
    /// `typ` of the header: tokens of another type are none of these.
    const TYPE: &'static str;
    /// For whoever sends something else.
    const NOT_OURS: Rejection;

    /// `nbf` and `exp`, in seconds since 1970.
    fn times(&self) -> (i64, i64);

    fn meaning(self) -> Option<Self::Meaning>;
}

/// A token and how long it lives.
#[derive(Debug)]
pub struct SignedToken {
    pub token: SecretString,
    pub expires_in: TimeDelta,
}

/// What was found out about a token once: its signature does not change.
struct Checked<M> {
    meaning: Arc<M>,
    kid: String,
    nbf: i64,
    exp: i64,
}

/// Makes and reads tokens of one type.
pub(super) struct SignedTokens<C: Claims> {
    keys: KeyRing,
    validation: Arc<Validation>,
    checked: Cache<[u8; 32], Arc<Checked<C::Meaning>>>,
    ambient: Ambient,
}

impl<C: Claims> Clone for SignedTokens<C> {
    fn clone(&self) -> Self {
        Self {
            keys: self.keys.clone(),
            validation: Arc::clone(&self.validation),
            checked: self.checked.clone(),
            ambient: self.ambient.clone(),
        }
    }
}

impl<C: Claims> fmt::Debug for SignedTokens<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignedTokens").field("type", &C::TYPE).finish_non_exhaustive()
    }
}

impl<C: Claims> SignedTokens<C> {
    /// Tokens of this issuer for this audience, which live no longer than `lifetime`.
    pub(super) fn new(keys: KeyRing, issuer: &str, audience: &str, lifetime: TimeDelta, ambient: Ambient) -> Self {
        jwt::install();
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_issuer(&[issuer]);
        validation.set_audience(&[audience]);
        validation.set_required_spec_claims(&["exp", "nbf", "iss", "aud", "sub"]);
        // The library asks the operating system for the time; ours is a parameter, and asked again with each use.
        validation.validate_exp = false;
        validation.validate_nbf = false;
        let keep = lifetime.to_std().unwrap_or_default() + Duration::from_secs(LEEWAY_SECONDS.unsigned_abs());
        let checked = Cache::builder().max_capacity(REMEMBERED).time_to_live(keep).build();
        Self { keys, validation: Arc::new(validation), checked, ambient }
    }

    pub(super) fn keys(&self) -> &KeyRing {
        &self.keys
    }

    /// Signs a token that says this.
    ///
    /// # Errors
    /// If there is no key to sign with.
    pub(super) async fn sign(&self, claims: &C) -> Result<SecretString, KeyRingError> {
        let signing = self.keys.signing().await?;
        let mut header = Header::new(Algorithm::EdDSA);
        header.typ = Some(C::TYPE.to_owned());
        header.kid = Some(signing.kid);
        let key = EncodingKey::from_ed_der(signing.seed.expose_secret());
        encode(&header, claims, &key).map(SecretString::from).map_err(|_| KeyRingError::NotReady)
    }

    /// What `text` says, if it is one of ours and its time is now.
    ///
    /// # Errors
    /// `invalid_token`, `expired_token`; `service_unavailable` when keys cannot be looked up.
    pub(super) async fn verify(&self, text: &str) -> Result<Arc<C::Meaning>, Rejection> {
        if text.len() > MAX_CHARS {
            return Err(C::NOT_OURS);
        }
        let digest: [u8; 32] = Sha256::digest(text.as_bytes()).into();
        let known = self.checked.get(&digest);
        let kid = match &known {
            Some(checked) => checked.kid.clone(),
            None => kid_of::<C>(text).ok_or(C::NOT_OURS)?,
        };
        // Also for tokens seen before: their key may have been withdrawn.
        let key = self.keys.believed(&kid).await.map_err(|error| {
            tracing::error!(%error, "signing keys cannot be looked up");
            Rejection::ServiceUnavailable { retry_after: Duration::from_secs(1) }
        })?;
        let key = key.ok_or(C::NOT_OURS)?;
        let checked = if let Some(checked) = known {
            checked
        } else {
            let checked = Arc::new(self.check(text, kid, &key).ok_or(C::NOT_OURS)?);
            self.checked.insert(digest, Arc::clone(&checked));
            checked
        };
        let now = self.ambient.now().timestamp();
        if now >= checked.exp.saturating_add(LEEWAY_SECONDS) {
            return Err(Rejection::ExpiredToken);
        }
        if now < checked.nbf.saturating_sub(LEEWAY_SECONDS) {
            return Err(Rejection::InvalidToken("This token is not valid yet."));
        }
        Ok(Arc::clone(&checked.meaning))
    }

    fn check(&self, text: &str, kid: String, key: &[u8; 32]) -> Option<Checked<C::Meaning>> {
        let claims = decode::<C>(text, &DecodingKey::from_ed_der(key), &self.validation).ok()?.claims;
        let (nbf, exp) = claims.times();
        Some(Checked { meaning: Arc::new(claims.meaning()?), kid, nbf, exp })
    }
}

/// Whether the text looks like a JWT rather than like a key: three parts, the first of them JSON in base64.
pub(crate) fn looks_like_a_token(text: &str) -> bool {
    text.starts_with("eyJ") && text.bytes().filter(|b| *b == b'.').count() == 2
}

/// Whether the token's header says that it is of this type; AnythingLLM's session tokens are JWTs, too.
pub(crate) fn is_of_type<C: Claims>(text: &str) -> bool {
    looks_like_a_token(text) && decode_header(text).is_ok_and(|header| header.typ.as_deref() == Some(C::TYPE))
}

/// The key that the token says it is signed with, if its header is exactly as ours are: another type of token, another
/// algorithm, or a header that brings a key along or asks for extensions (RFC 7515 section 4.1.11) is none of ours.
pub(super) fn kid_of<C: Claims>(text: &str) -> Option<String> {
    let header = decode_header(text).ok()?;
    let ours = Header { typ: Some(C::TYPE.to_owned()), kid: header.kid.clone(), ..Header::new(Algorithm::EdDSA) };
    if header == ours { header.kid } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokens::access::AccessClaims;
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use proptest::prelude::*;

    fn token(header: &str) -> String {
        format!("{}.e30.AAAA", URL_SAFE_NO_PAD.encode(header))
    }

    #[test]
    fn a_header_that_is_not_exactly_ours_is_refused() {
        let ours = r#"{"typ":"at+jwt","alg":"EdDSA","kid":"one"}"#;
        assert_eq!(kid_of::<AccessClaims>(&token(ours)).as_deref(), Some("one"));
        for header in [
            r#"{"typ":"at+jwt","alg":"none","kid":"one"}"#,
            r#"{"typ":"at+jwt","alg":"HS256","kid":"one"}"#,
            r#"{"typ":"at+jwt","alg":"eddsa","kid":"one"}"#,
            r#"{"typ":"JWT","alg":"EdDSA","kid":"one"}"#,
            r#"{"typ":"AT+JWT","alg":"EdDSA","kid":"one"}"#,
            r#"{"alg":"EdDSA","kid":"one"}"#,
            r#"{"typ":"at+jwt","alg":"EdDSA"}"#,
            r#"{"typ":"at+jwt","alg":"EdDSA","kid":"one","crit":["b64"]}"#,
            r#"{"typ":"at+jwt","alg":"EdDSA","kid":"one","jku":"https://evil.example/keys"}"#,
            r#"{"typ":"at+jwt","alg":"EdDSA","kid":"one","x5u":"https://evil.example/cert"}"#,
            r#"{"typ":"at+jwt","alg":"EdDSA","kid":"one","zzz":1}"#,
            "{}",
            "[]",
            "",
        ] {
            assert_eq!(kid_of::<AccessClaims>(&token(header)), None, "{header}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_survived(text in ".{0,300}") {
            prop_assert_eq!(kid_of::<AccessClaims>(&text), None);
        }
    }
}
