//! Access tokens: signed tokens in the profile of RFC 9068, which live for minutes.
//!
//! A token says who somebody was when it was made. Whether the session still lives, and who its user is now, is asked
//! of the session with every request; see the module above.

use crate::domain::auth_session::AuthSession;
use crate::domain::clock::Ambient;
use crate::domain::ids::{AuthSessionId, TenantId};
use crate::domain::user::{Role, UserId};
use crate::rejection::Rejection;
use crate::tokens::key_ring::{KeyRing, KeyRingError};
use crate::tokens::signed::{Claims, SignedToken, SignedTokens};
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use uuid::Uuid;

#[derive(Debug, Clone)]
pub struct TokenRules {
    /// `iss`: this gateway.
    pub issuer: String,
    /// `aud`: whom they are for.
    pub audience: String,
    pub lifetime: TimeDelta,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AccessClaims {
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
pub(crate) struct Genuine {
    pub(crate) session: AuthSessionId,
    pub(crate) tenant: TenantId,
    pub(crate) user: UserId,
}

impl Claims for AccessClaims {
    type Meaning = Genuine;
    /// RFC 9068 section 2.1.
    const TYPE: &'static str = "at+jwt";
    const NOT_OURS: Rejection = Rejection::InvalidToken("This is not a valid access token.");

    fn times(&self) -> (i64, i64) {
        (self.nbf, self.exp)
    }

    fn meaning(self) -> Option<Genuine> {
        Some(Genuine { session: self.sid, tenant: self.tid, user: self.sub.parse().ok()? })
    }
}

/// Makes and reads access tokens.
#[derive(Debug, Clone)]
pub struct AccessTokens {
    signed: SignedTokens<AccessClaims>,
    rules: Arc<TokenRules>,
    ambient: Ambient,
}

impl AccessTokens {
    /// Tokens by these rules, signed with these keys.
    pub fn new(keys: KeyRing, rules: TokenRules, ambient: Ambient) -> Self {
        let signed = SignedTokens::new(keys, &rules.issuer, &rules.audience, rules.lifetime, ambient.clone());
        Self { signed, rules: Arc::new(rules), ambient }
    }

    pub fn keys(&self) -> &KeyRing {
        self.signed.keys()
    }

    /// A token for the user of this session. It never outlives the session.
    ///
    /// # Errors
    /// If there is no key to sign with.
    pub async fn issue(&self, session: &AuthSession) -> Result<SignedToken, KeyRingError> {
        let now = self.ambient.now();
        let expires_in = self.rules.lifetime.min(session.family.absolute_expires_at - now);
        let claims = AccessClaims {
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
        Ok(SignedToken { token: self.signed.sign(&claims).await?, expires_in })
    }

    /// Whether `text` is one of ours, and its time is now.
    ///
    /// # Errors
    /// `invalid_token`, `expired_token`; `service_unavailable` when keys cannot be looked up.
    pub(crate) async fn verify(&self, text: &str) -> Result<Genuine, Rejection> {
        Ok(*self.signed.verify(text).await?)
    }
}
