//! Access tokens: JWTs (RFC 7519) signed with Ed25519, in the profile of RFC 9068, which live for minutes.
//!
//! A token says who somebody was when it was made. Whether the session still lives, and who its user is now, is asked of
//! the session with every request; see the module above. Must not print a token.

use crate::auth::jwt;
use crate::auth::key_ring::{KeyRing, KeyRingError};
use crate::domain::auth_session::AuthSession;
use crate::domain::clock::Ambient;
use crate::domain::ids::{AuthSessionId, TenantId};
use crate::domain::user::{Role, UserId};
use crate::rejection::Rejection;
use chrono::TimeDelta;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, decode_header, encode};
use moka::sync::Cache;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// RFC 9068 section 2.1.
const TYPE: &str = "at+jwt";
/// Clocks of machines differ a little.
const LEEWAY_SECONDS: i64 = 30;
/// Ours have about 500 characters; what is longer is not looked at.
const MAX_CHARS: usize = 2048;
/// Tokens whose signature need not be checked again; about 200 bytes each.
const REMEMBERED: u64 = 50_000;

/// How tokens are made.
#[derive(Debug, Clone)]
pub struct TokenRules {
    /// `iss`: this gateway.
    pub issuer: String,
    /// `aud`: whom they are for.
    pub audience: String,
    /// How long they live.
    pub lifetime: TimeDelta,
}

/// What a token says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: String,
    sid: AuthSessionId,
    tid: TenantId,
    role: Role,
    jti: Uuid,
    iat: i64,
    nbf: i64,
    exp: i64,
}

/// A token that is ours and whose time is now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Genuine {
    pub(super) session: AuthSessionId,
    pub(super) tenant: TenantId,
    pub(super) user: UserId,
}

/// A token and how long it lives.
#[derive(Debug)]
pub struct AccessToken {
    /// The token.
    pub token: SecretString,
    /// From now on.
    pub expires_in: TimeDelta,
}

/// What was found out about a token once: its signature does not change.
#[derive(Debug)]
struct Checked {
    genuine: Genuine,
    kid: String,
    nbf: i64,
    exp: i64,
}

/// Makes and reads access tokens.
#[derive(Clone)]
pub struct AccessTokens {
    keys: KeyRing,
    rules: Arc<TokenRules>,
    validation: Arc<Validation>,
    checked: Cache<[u8; 32], Arc<Checked>>,
    ambient: Ambient,
}

impl fmt::Debug for AccessTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessTokens").field("rules", &self.rules).finish_non_exhaustive()
    }
}

impl AccessTokens {
    /// Tokens by these rules, signed with these keys.
    pub fn new(keys: KeyRing, rules: TokenRules, ambient: Ambient) -> Self {
        jwt::install();
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_issuer(&[&rules.issuer]);
        validation.set_audience(&[&rules.audience]);
        validation.set_required_spec_claims(&["exp", "nbf", "iss", "aud", "sub"]);
        // The library asks the operating system for the time; ours is a parameter, and asked again with each use.
        validation.validate_exp = false;
        validation.validate_nbf = false;
        let keep = rules.lifetime.to_std().unwrap_or_default() + Duration::from_secs(LEEWAY_SECONDS.unsigned_abs());
        let checked = Cache::builder().max_capacity(REMEMBERED).time_to_live(keep).build();
        Self { keys, rules: Arc::new(rules), validation: Arc::new(validation), checked, ambient }
    }

    /// The keys behind them.
    pub fn keys(&self) -> &KeyRing {
        &self.keys
    }

    /// A token for the user of this session. It never outlives the session.
    ///
    /// # Errors
    /// If there is no key to sign with.
    pub async fn issue(&self, session: &AuthSession) -> Result<AccessToken, KeyRingError> {
        let now = self.ambient.now();
        let expires_in = self.rules.lifetime.min(session.family.absolute_expires_at - now);
        let claims = Claims {
            iss: self.rules.issuer.clone(),
            aud: self.rules.audience.clone(),
            sub: session.user.to_string(),
            sid: session.id,
            tid: session.tenant,
            role: session.role,
            jti: self.ambient.uuid(),
            iat: now.timestamp(),
            nbf: now.timestamp(),
            exp: (now + expires_in).timestamp(),
        };
        let signing = self.keys.signing().await?;
        let mut header = Header::new(Algorithm::EdDSA);
        header.typ = Some(TYPE.to_owned());
        header.kid = Some(signing.kid);
        let key = EncodingKey::from_ed_der(signing.seed.expose_secret());
        let token = encode(&header, &claims, &key).map_err(|_| KeyRingError::NotReady)?;
        Ok(AccessToken { token: SecretString::from(token), expires_in })
    }

    /// Whether `text` is one of ours, and its time is now.
    ///
    /// # Errors
    /// `invalid_token`, `expired_token`; `service_unavailable` when keys cannot be looked up.
    pub(super) async fn verify(&self, text: &str) -> Result<Genuine, Rejection> {
        const NOT_OURS: Rejection = Rejection::InvalidToken("This is not a valid access token.");
        if text.len() > MAX_CHARS {
            return Err(NOT_OURS);
        }
        let digest: [u8; 32] = Sha256::digest(text.as_bytes()).into();
        let known = self.checked.get(&digest);
        let kid = match &known {
            Some(checked) => checked.kid.clone(),
            None => kid_of(text).ok_or(NOT_OURS)?,
        };
        // Also for tokens seen before: their key may have been withdrawn.
        let key = self.keys.believed(&kid).await.map_err(|error| {
            tracing::error!(%error, "signing keys cannot be looked up");
            Rejection::ServiceUnavailable { retry_after: Duration::from_secs(1) }
        })?;
        let key = key.ok_or(NOT_OURS)?;
        let checked = if let Some(checked) = known {
            checked
        } else {
            let checked = Arc::new(self.check(text, kid, &key).ok_or(NOT_OURS)?);
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
        Ok(checked.genuine)
    }

    fn check(&self, text: &str, kid: String, key: &[u8; 32]) -> Option<Checked> {
        let claims = decode::<Claims>(text, &DecodingKey::from_ed_der(key), &self.validation).ok()?.claims;
        let user = claims.sub.parse().ok()?;
        let genuine = Genuine { session: claims.sid, tenant: claims.tid, user };
        Some(Checked { genuine, kid, nbf: claims.nbf, exp: claims.exp })
    }
}

/// Whether the text looks like a JWT rather than like a key: three parts, the first of them JSON in base64.
pub(super) fn looks_like_a_token(text: &str) -> bool {
    text.starts_with("eyJ") && text.bytes().filter(|b| *b == b'.').count() == 2
}

/// Whether the token's header says that it is an access token; AnythingLLM's session tokens are JWTs, too.
pub(super) fn is_of_our_type(text: &str) -> bool {
    looks_like_a_token(text) && decode_header(text).is_ok_and(|header| header.typ.as_deref() == Some(TYPE))
}

/// The key that the token says it is signed with, if its header is exactly as ours are: another type of token, another
/// algorithm, or a header that brings a key along or asks for extensions (RFC 7515 section 4.1.11) is none of ours.
fn kid_of(text: &str) -> Option<String> {
    let header = decode_header(text).ok()?;
    let ours = Header { typ: Some(TYPE.to_owned()), kid: header.kid.clone(), ..Header::new(Algorithm::EdDSA) };
    if header == ours { header.kid } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use proptest::prelude::*;

    fn token(header: &str) -> String {
        format!("{}.e30.AAAA", URL_SAFE_NO_PAD.encode(header))
    }

    #[test]
    fn a_header_that_is_not_exactly_ours_is_refused() {
        let ours = r#"{"typ":"at+jwt","alg":"EdDSA","kid":"one"}"#;
        assert_eq!(kid_of(&token(ours)).as_deref(), Some("one"));
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
            assert_eq!(kid_of(&token(header)), None, "{header}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_survived(text in ".{0,300}") {
            prop_assert_eq!(kid_of(&text), None);
        }
    }
}
