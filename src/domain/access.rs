//! Who is asking, what a row of the endpoint table asks for, and the decision whether they may.

mod matrix;
mod reach;
mod shopper;

pub use matrix::{Holder, MATRIX, Permission, Right, allows};
pub use reach::Reached;

use crate::domain::ids::TenantId;
use crate::domain::key::KeyKind;
use crate::domain::key::KeyRecord;
use crate::domain::origin::Origin;
use crate::domain::owner::Owner;
use crate::domain::scope::Scope;
use crate::domain::user::User;
use crate::domain::visitor::Visitor;
use crate::domain::workspace::Workspace;
use std::net::IpAddr;
use std::sync::Arc;

/// Who may use a row of the endpoint table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Anyone: documentation, health, the widget's own files.
    Open,
    /// A key with this scope, or a user whose role has it.
    Scope(Scope),
    /// A user whose role has this right; no key.
    User(Right),
    /// Whoever calls from a program and not from a web page: a secret key with this scope, or a user whose role has it.
    /// None: what is asked for has its own scope ([`Permit::require`]).
    Program(Option<Scope>),
    /// A web page that wants a visitor token: a publishable key, also one that asks for visitor tokens elsewhere, or
    /// the token to be renewed.
    VisitorSession,
    /// AnythingLLM decides by its own credentials (admin listener only).
    Upstream,
}

#[derive(Debug, Clone)]
pub enum Principal {
    /// Nobody in particular, on an open row.
    Anonymous,
    Key(Arc<KeyRecord>),
    /// A browser with a visitor token: what its key may do, and its own conversations.
    Visitor(Arc<Visitor>),
    User(Arc<User>),
}

impl Principal {
    /// The tenant whose data it may touch.
    pub fn tenant(&self) -> Option<TenantId> {
        match self {
            Self::Anonymous => None,
            Self::Key(key) => Some(key.tenant),
            Self::Visitor(visitor) => Some(visitor.key().tenant),
            Self::User(user) => Some(user.tenant),
        }
    }

    /// The key, if a key is asking or a visitor who was given a token for it: its limits hold and its usage is counted.
    pub fn key(&self) -> Option<&Arc<KeyRecord>> {
        match self {
            Self::Anonymous | Self::User(_) => None,
            Self::Key(key) => Some(key),
            Self::Visitor(visitor) => Some(visitor.key()),
        }
    }

    /// The visitor, if one is asking.
    pub fn visitor(&self) -> Option<&Arc<Visitor>> {
        match self {
            Self::Anonymous | Self::Key(_) | Self::User(_) => None,
            Self::Visitor(visitor) => Some(visitor),
        }
    }

    /// The user, if a user is asking.
    pub fn user(&self) -> Option<&Arc<User>> {
        match self {
            Self::Anonymous | Self::Key(_) | Self::Visitor(_) => None,
            Self::User(user) => Some(user),
        }
    }
}

/// Where the request says it comes from.
#[derive(Debug, Clone, Default)]
pub struct Provenance {
    /// The parsed `Origin` header.
    pub origin: Option<Origin>,
    /// `Sec-Fetch-Site: same-origin` together with the listener's own origin: browsers leave `Origin` out on
    /// same-origin GETs.
    pub same_origin: Option<Origin>,
    /// The address it comes from, behind trusted proxies the forwarded one.
    pub client_ip: Option<IpAddr>,
}

/// Why a known principal may not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Forbidden {
    /// The row wants a credential and there is none.
    Unauthenticated,
    Scope(Scope),
    /// The page's origin is not on the key's list.
    Origin,
    /// A publishable key without any origin.
    OriginMissing,
    /// The row is not for web pages, of whatever origin.
    PageOrigin,
    /// The address is not among those the key may be used from.
    Address,
    /// A secret key sent by a browser.
    SecretKeyInBrowser,
    /// The key asks for a visitor token and came alone.
    VisitorTokenMissing,
    /// The visitor token was given to another page.
    TokenOrigin,
    /// The row is for publishable keys and visitor tokens.
    PagesOnly,
    /// The row is for secret keys and users.
    ProgramsOnly,
    /// The key's workspace is gone or not active.
    WorkspaceInactive,
    /// The user's role does not have it.
    Role,
    /// The row is for people, and a key is asking.
    UsersOnly,
}

/// Proof that the principal may use the row. Only [`authorize`] makes one.
#[derive(Debug, Clone)]
pub struct Permit {
    principal: Principal,
    /// Of the web page, where one was asked for.
    origin: Option<Origin>,
    _proof: (),
}

impl Permit {
    pub fn principal(&self) -> &Principal {
        &self.principal
    }

    /// The origin of the web page that is asking, checked against the key's list; none for servers and people.
    pub fn origin(&self) -> Option<&Origin> {
        self.origin.as_ref()
    }

    /// The workspace the key is bound to.
    pub fn bound_workspace(&self) -> Option<&Arc<Workspace>> {
        self.principal.key().and_then(|key| key.workspace.as_ref())
    }

    /// Whose conversations this principal has.
    pub fn owner(&self) -> Option<Owner> {
        match &self.principal {
            Principal::Anonymous => None,
            Principal::Key(key) => Some(Owner::Key(key.id)),
            Principal::Visitor(visitor) => Some(visitor.owner()),
            Principal::User(user) => Some(Owner::User(user.id)),
        }
    }

    /// Asks for a scope that the row does not ask for by itself.
    ///
    /// # Errors
    /// [`Forbidden::Scope`] for a key, [`Forbidden::Role`] for a user.
    pub fn require(&self, scope: Scope) -> Result<(), Forbidden> {
        match &self.principal {
            Principal::Anonymous => Err(Forbidden::Unauthenticated),
            Principal::Key(key) => holds(key, Some(Permission::Scope(scope))),
            Principal::Visitor(visitor) => holds(visitor.key(), Some(Permission::Scope(scope))),
            Principal::User(user) if allows(Holder::User(user.role), Permission::Scope(scope)) => Ok(()),
            Principal::User(_) => Err(Forbidden::Role),
        }
    }

    /// Whether the user's role also has this right, for what a row lets some do more of than others.
    pub fn has_right(&self, right: Right) -> bool {
        self.principal.user().is_some_and(|user| allows(Holder::User(user.role), Permission::Right(right)))
    }
}

/// Decides whether `principal` may use a row that asks for `access`.
///
/// # Errors
/// The first rule that is broken, most telling first: a secret key in a browser is said before a missing scope,
/// because it must be revoked.
pub fn authorize(access: Access, principal: Principal, provenance: &Provenance) -> Result<Permit, Forbidden> {
    let permission = match access {
        Access::Open | Access::Upstream => {
            return Ok(Permit { principal: Principal::Anonymous, origin: None, _proof: () });
        }
        Access::Scope(scope) => Some(Permission::Scope(scope)),
        Access::User(right) => Some(Permission::Right(right)),
        Access::Program(scope) => return authorize_program(principal, scope.map(Permission::Scope), provenance),
        Access::VisitorSession => None,
    };
    let origin = match &principal {
        Principal::Anonymous => return Err(Forbidden::Unauthenticated),
        Principal::Key(key) => authorize_key(key, permission, provenance)?,
        Principal::Visitor(visitor) => Some(authorize_visitor(visitor, permission, provenance)?),
        Principal::User(user) => match permission {
            Some(permission) if allows(Holder::User(user.role), permission) => None,
            Some(_) => return Err(Forbidden::Role),
            None => return Err(Forbidden::PagesOnly),
        },
    };
    Ok(Permit { principal, origin: origin.cloned(), _proof: () })
}

/// A page is refused whoever asks, so that none can make somebody's browser call what is on its own machine or network.
fn authorize_program(
    principal: Principal,
    permission: Option<Permission>,
    provenance: &Provenance,
) -> Result<Permit, Forbidden> {
    match &principal {
        Principal::Anonymous => return Err(Forbidden::Unauthenticated),
        Principal::Visitor(_) => return Err(Forbidden::ProgramsOnly),
        Principal::Key(key) => match key.kind {
            KeyKind::Publishable => return Err(Forbidden::ProgramsOnly),
            KeyKind::Secret if provenance.origin.is_some() => return Err(Forbidden::SecretKeyInBrowser),
            KeyKind::Secret if !key.may_come_from(provenance.client_ip) => return Err(Forbidden::Address),
            KeyKind::Secret => holds(key, permission)?,
        },
        Principal::User(_) if provenance.origin.is_some() => return Err(Forbidden::PageOrigin),
        Principal::User(user) => {
            if permission.is_some_and(|permission| !allows(Holder::User(user.role), permission)) {
                return Err(Forbidden::Role);
            }
        }
    }
    Ok(Permit { principal, origin: None, _proof: () })
}

/// Gives the page's origin, if it is a page.
fn authorize_key<'a>(
    key: &KeyRecord,
    permission: Option<Permission>,
    provenance: &'a Provenance,
) -> Result<Option<&'a Origin>, Forbidden> {
    let origin = match key.kind {
        KeyKind::Secret if provenance.origin.is_some() => return Err(Forbidden::SecretKeyInBrowser),
        KeyKind::Secret if !key.may_come_from(provenance.client_ip) => return Err(Forbidden::Address),
        KeyKind::Secret if permission.is_none() => return Err(Forbidden::PagesOnly),
        KeyKind::Secret => None,
        // Also before the origin, so that the key's owner learns of it wherever they try.
        KeyKind::Publishable if key.visitor_token_required && permission.is_some() => {
            return Err(Forbidden::VisitorTokenMissing);
        }
        KeyKind::Publishable => Some(page_of(key, provenance)?),
    };
    holds(key, permission)?;
    Ok(origin)
}

/// A visitor may do what its key may, on the page that the token was given to. Gives that page's origin.
fn authorize_visitor<'a>(
    visitor: &Visitor,
    permission: Option<Permission>,
    provenance: &'a Provenance,
) -> Result<&'a Origin, Forbidden> {
    let origin = page_of(visitor.key(), provenance)?;
    if *origin != visitor.token().origin {
        return Err(Forbidden::TokenOrigin);
    }
    holds(visitor.key(), permission)?;
    Ok(origin)
}

/// The page a request comes from, if it is on the key's list.
fn page_of<'a>(key: &KeyRecord, provenance: &'a Provenance) -> Result<&'a Origin, Forbidden> {
    let from = provenance.origin.as_ref().or(provenance.same_origin.as_ref()).ok_or(Forbidden::OriginMissing)?;
    if key.origins.allows(from) { Ok(from) } else { Err(Forbidden::Origin) }
}

/// Whether the key has the permission, and its workspace answers.
fn holds(key: &KeyRecord, permission: Option<Permission>) -> Result<(), Forbidden> {
    match permission {
        Some(Permission::Right(_)) => return Err(Forbidden::UsersOnly),
        Some(permission @ Permission::Scope(scope))
            if !key.scopes.contains(scope) || !allows(Holder::Key(key.kind), permission) =>
        {
            return Err(Forbidden::Scope(scope));
        }
        Some(Permission::Scope(_)) | None => {}
    }
    if key.workspace.as_ref().is_some_and(|w| !w.is_active()) {
        return Err(Forbidden::WorkspaceInactive);
    }
    Ok(())
}
