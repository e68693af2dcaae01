//! Giving out visitor tokens: to a page with a publishable key, and again for one that is running out.
//!
//! A page is believed nothing but its origin, which the gate has checked: the visitor's id proves that it was made
//! here, the identity token that the shop has signed it, the proof of work that it was done.

mod identity_vault;
mod names;
mod staff;

pub use identity_vault::{IdentityError, IdentityVault, NewIdentitySecret, OpenIdentity};
pub use staff::{NoStaffVisitor, staff_visitor};

use crate::crypto::proof_of_work::{Challenge, ProofKeys, Solved};
use crate::domain::access::Principal;
use crate::domain::clock::Ambient;
use crate::domain::faults::Faults;
use crate::domain::ids::RequestId;
use crate::domain::key::KeyRecord;
use crate::domain::origin::Origin;
use crate::domain::owner::Owner;
use crate::domain::visitor::{SubjectRef, VisitorId, VisitorKeys, VisitorToken};
use crate::domain::workspace::Workspace;
use crate::rejection::Rejection;
use crate::storage::{Database, OwnedBy};
use crate::tokens::VisitorTokens;
use crate::tokens::{IdentityRules, subject_of};
use crate::tokens::{KeyRingError, SignedToken};
use chrono::TimeDelta;
use std::sync::Arc;

#[derive(Debug, Clone, Copy)]
pub struct VisitRules {
    /// `exp` of an identity token may be this far ahead.
    pub longest_identity: TimeDelta,
    /// The greatest number that a proof of work may have to find.
    pub proof_maxnumber: u32,
    /// How long a challenge can be solved.
    pub proof_lifetime: TimeDelta,
}

#[derive(Debug)]
pub struct VisitorsParts {
    pub tokens: VisitorTokens,
    /// What ids are authenticated with.
    pub keys: VisitorKeys,
    /// What challenges are signed with.
    pub proofs: ProofKeys,
    /// What shops sign identity tokens with.
    pub identity_vault: IdentityVault,
    /// For spent proofs and for conversations.
    pub database: Database,
    pub rules: VisitRules,
    pub ambient: Ambient,
}

/// Lets visitors in. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Visitors(Arc<VisitorsParts>);

/// What a page says about its visitor. Not to be printed: an id with its proof and an identity token are secrets.
#[derive(Clone, Copy, Default)]
pub struct Visit<'a> {
    pub visitor_id: Option<&'a str>,
    pub identity_token: Option<&'a str>,
    pub proof: Option<&'a str>,
}

/// A visit whose parts have been read, and which breaks no rule that can be told without asking anybody. Not to be
/// printed, as [`Visit`].
pub struct Arriving<'a> {
    key: &'a KeyRecord,
    workspace: &'a Workspace,
    origin: &'a Origin,
    current: Option<&'a VisitorToken>,
    returning: Option<VisitorId>,
    identity_token: Option<&'a str>,
    solved: Option<Solved>,
}

#[derive(Debug)]
pub struct VisitorSession {
    pub token: SignedToken,
    /// The visitor's id, for the next visit.
    pub visitor_id: String,
    /// Whose conversations are theirs.
    pub owner: Owner,
}

impl Arriving<'_> {
    /// Whose limit the visit counts against, if the visitor brings an id back. A renewal was counted by the gate.
    pub fn returning(&self) -> Option<Owner> {
        self.returning.filter(|_| self.current.is_none()).map(Owner::Visitor)
    }
}

impl Visitors {
    pub fn new(parts: VisitorsParts) -> Self {
        Self(Arc::new(parts))
    }

    /// The identity secrets.
    pub fn identity_vault(&self) -> &IdentityVault {
        &self.0.identity_vault
    }

    /// A challenge for a key that asks for proofs of work.
    ///
    /// # Errors
    /// `not_found` for any other key.
    pub fn challenge(&self, principal: &Principal) -> Result<Challenge, Rejection> {
        let Visitors(parts) = self;
        let key = principal.key().ok_or(Rejection::Internal)?;
        if !key.proof_of_work {
            return Err(Rejection::NotFound("This key asks for no proof of work."));
        }
        let expires_at = parts.ambient.now() + parts.rules.proof_lifetime;
        Ok(parts.proofs.challenge(&key.public_id, parts.rules.proof_maxnumber, expires_at, &*parts.ambient.randomness))
    }

    /// Reads what a page says. `principal` is a publishable key, or the visitor whose token is to be renewed.
    ///
    /// # Errors
    /// `validation_failed` with every fault; `forbidden` when a proof or an identity is missing.
    pub fn read<'a>(
        &self,
        principal: &'a Principal,
        origin: &'a Origin,
        visit: &Visit<'a>,
    ) -> Result<Arriving<'a>, Rejection> {
        let Visitors(parts) = self;
        let key = principal.key().ok_or(Rejection::Internal)?;
        let workspace = key.workspace.as_deref().ok_or(Rejection::Internal)?;
        let current = principal.visitor().map(|visitor| visitor.token());
        let mut faults = Faults::new();

        let returning = visit.visitor_id.and_then(|text| match parts.keys.read(workspace.id, text) {
            Ok(id) if current.is_none_or(|current| current.visitor == id) => Some(id),
            Ok(_) => {
                faults.push("visitor_id", "conflict", "is not the visitor of the token that is to be renewed");
                None
            }
            Err(error) => {
                faults.push("visitor_id", "format", error.to_string());
                None
            }
        });

        let asked = key.proof_of_work && current.is_none();
        let solved = match visit.proof {
            Some(_) if !asked => {
                faults.push("proof", "unknown", "is not asked for: leave it out");
                None
            }
            Some(proof) => match parts.proofs.check(&key.public_id, proof, parts.ambient.now()) {
                Ok(solved) => Some(solved),
                Err(error) => {
                    faults.push("proof", "format", error.to_string());
                    None
                }
            },
            None if asked => {
                return Err(Rejection::Forbidden(
                    "This key asks for a proof of work: solve the challenge of `GET /api/v1/widget/challenge` and send \
                     it as `proof`.",
                ));
            }
            None => None,
        };

        let rules = &workspace.visitors;
        match visit.identity_token {
            Some(_) if !rules.identity_enabled => {
                faults.push("identity_token", "unknown", "this workspace has identified visitors switched off");
            }
            // Who renews has shown before who they are.
            None if rules.identity_enforced && current.is_none() => {
                return Err(Rejection::Forbidden(
                    "This workspace serves customers who are logged in: its page must send an `identity_token`.",
                ));
            }
            Some(_) | None => {}
        }
        let identity_token = visit.identity_token;
        Ok(faults.or(Arriving { key, workspace, origin, current, returning, identity_token, solved })?)
    }

    /// Lets the visitor in.
    ///
    /// # Errors
    /// `validation_failed` for an identity token that is no good or a proof that was spent, `expired_token` when the
    /// session has lasted as long as it may, `service_unavailable` without PostgreSQL.
    pub async fn admit(&self, arriving: &Arriving<'_>, request_id: &RequestId) -> Result<VisitorSession, Rejection> {
        let Visitors(parts) = self;
        let Arriving { key, workspace, origin, current, .. } = arriving;
        let identified = match arriving.identity_token {
            Some(text) => Some(self.subject(workspace, text, request_id).await?),
            None => None,
        };
        if let Some(solved) = &arriving.solved {
            let fresh = parts.database.spent_proofs().insert(workspace.tenant, solved).await;
            if !fresh.map_err(|error| error.to_rejection(request_id))? {
                return Err(fault("proof", "conflict", "was used before: each challenge is good for one token"));
            }
        }
        let now = parts.ambient.now();
        let visitor = current.map(|token| token.visitor).or(arriving.returning);
        let token = VisitorToken {
            key: key.public_id,
            tenant: workspace.tenant,
            workspace: workspace.id,
            origin: (*origin).clone(),
            generation: workspace.visitors.token_generation,
            visitor: visitor.unwrap_or_else(|| VisitorId::new(&*parts.ambient.randomness)),
            subject: identified.or(current.and_then(|token| token.subject)),
            session_began: current.map_or(now, |token| token.session_began),
        };
        let issued = parts.tokens.issue(&token).await.map_err(|error| match error {
            KeyRingError::Storage(error) => error.to_rejection(request_id),
            error => {
                tracing::error!(%request_id, %error, "a visitor token cannot be signed");
                Rejection::Internal
            }
        })?;
        let issued = issued.ok_or(Rejection::ExpiredToken)?;
        // What an anonymous visitor has said is theirs as a customer, too; a customer's are theirs already.
        let anonymous = current.is_none_or(|token| token.subject.is_none());
        if let (Some(subject), Some(visitor), true) = (identified, visitor, anonymous) {
            let by = OwnedBy { tenant: workspace.tenant, workspace: workspace.id, owner: Owner::Visitor(visitor) };
            let done = parts.database.conversations().pass_on(by, Owner::Subject(subject)).await;
            done.map_err(|error| error.to_rejection(request_id))?;
        }
        let visitor_id = parts.keys.text(workspace.id, token.visitor);
        Ok(VisitorSession { token: issued, visitor_id, owner: token.owner() })
    }

    async fn subject(
        &self,
        workspace: &Workspace,
        text: &str,
        request_id: &RequestId,
    ) -> Result<SubjectRef, Rejection> {
        let Visitors(parts) = self;
        let open = parts.identity_vault.open(workspace).await.map_err(|error| {
            tracing::error!(%request_id, %error, "an identity token cannot be checked");
            match error {
                IdentityError::Storage(error) => error.to_rejection(request_id),
                _ => Rejection::Internal,
            }
        })?;
        // It cannot be switched on without one.
        let open = open.ok_or(Rejection::Internal)?;
        let rules = IdentityRules {
            secrets: &open.secrets,
            audience: &workspace.slug,
            longest: parts.rules.longest_identity,
            now: parts.ambient.now(),
        };
        let subject = subject_of(text, &rules).map_err(|error| fault("identity_token", "format", error.to_string()))?;
        Ok(open.subject_key.subject_ref(&subject))
    }
}

fn fault(field: &str, code: &'static str, message: impl Into<String>) -> Rejection {
    let mut faults = Faults::new();
    faults.push(field, code, message);
    faults.into()
}
