//! Visitor tokens: what a browser trades a publishable key for. They say which key, workspace, page and visitor they
//! are for; the key is looked up with every use, see the module above.

use crate::domain::clock::Ambient;
use crate::domain::ids::{TenantId, WorkspaceId};
use crate::domain::key::PublicId;
use crate::domain::origin::Origin;
use crate::domain::visitor::{SubjectRef, VisitorId, VisitorToken};
use crate::rejection::Rejection;
use crate::tokens::key_ring::{KeyRing, KeyRingError};
use crate::tokens::signed::{Claims, SignedToken, SignedTokens};
use chrono::{DateTime, TimeDelta};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// `aud`: for this gateway, and never taken for an access token's.
const AUDIENCE: &str = "vestibule-visitor";

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct VisitorClaims {
    iss: String,
    aud: String,
    sub: VisitorId,
    key: PublicId,
    tid: TenantId,
    wid: WorkspaceId,
    org: String,
    /// The workspace's token generation.
    #[serde(rename = "gen")]
    generation: u32,
    #[serde(rename = "ref", default, skip_serializing_if = "Option::is_none")]
    subject: Option<SubjectRef>,
    sst: i64,
    iat: i64,
    nbf: i64,
    exp: i64,
}

impl Claims for VisitorClaims {
    type Meaning = Arc<VisitorToken>;
    const TYPE: &'static str = "vst-visitor+jwt";
    const NOT_OURS: Rejection = Rejection::InvalidToken("This is not a valid visitor token.");

    fn times(&self) -> (i64, i64) {
        (self.nbf, self.exp)
    }

    fn meaning(self) -> Option<Arc<VisitorToken>> {
        Some(Arc::new(VisitorToken {
            key: self.key,
            tenant: self.tid,
            workspace: self.wid,
            origin: Origin::parse(&self.org).ok()?,
            generation: self.generation,
            visitor: self.sub,
            subject: self.subject,
            session_began: DateTime::from_timestamp(self.sst, 0)?,
        }))
    }
}

#[derive(Debug, Clone)]
pub struct VisitorRules {
    /// `iss`: this gateway.
    pub issuer: String,
    pub lifetime: TimeDelta,
    /// How long a session can be renewed.
    pub session: TimeDelta,
}

/// Makes and reads visitor tokens.
#[derive(Debug, Clone)]
pub struct VisitorTokens {
    signed: SignedTokens<VisitorClaims>,
    rules: Arc<VisitorRules>,
    ambient: Ambient,
}

impl VisitorTokens {
    /// Tokens by these rules, signed with these keys.
    pub fn new(keys: KeyRing, rules: VisitorRules, ambient: Ambient) -> Self {
        let signed = SignedTokens::new(keys, &rules.issuer, AUDIENCE, rules.lifetime, ambient.clone());
        Self { signed, rules: Arc::new(rules), ambient }
    }

    /// A token that says this. It never outlives the session: `Ok(None)` when that is over.
    ///
    /// # Errors
    /// If there is no key to sign with.
    pub async fn issue(&self, token: &VisitorToken) -> Result<Option<SignedToken>, KeyRingError> {
        let now = self.ambient.now();
        let left = token.session_began + self.rules.session - now;
        let expires_in = self.rules.lifetime.min(left);
        if expires_in.num_seconds() < 1 {
            return Ok(None);
        }
        let claims = VisitorClaims {
            iss: self.rules.issuer.clone(),
            aud: AUDIENCE.to_owned(),
            sub: token.visitor,
            key: token.key,
            tid: token.tenant,
            wid: token.workspace,
            org: token.origin.as_str().to_owned(),
            generation: token.generation,
            subject: token.subject,
            sst: token.session_began.timestamp(),
            iat: now.timestamp(),
            nbf: now.timestamp(),
            exp: (now + expires_in).timestamp(),
        };
        Ok(Some(SignedToken { token: self.signed.sign(&claims).await?, expires_in }))
    }

    /// What `text` says, if it is one of ours and its time is now.
    ///
    /// # Errors
    /// `invalid_token`, `expired_token`; `service_unavailable` when keys cannot be looked up.
    pub(crate) async fn verify(&self, text: &str) -> Result<Arc<VisitorToken>, Rejection> {
        Ok(Arc::clone(&*self.signed.verify(text).await?))
    }
}
