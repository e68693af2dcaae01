//! The gate: route, authenticate, authorise, limit. The security-relevant order stands in [`Gate::admit`], as
//! straight-line code over proof types.
//!
//! [`Admitted`] can only be built here, from a [`Matched`], a [`Permit`] and a [`Grant`]; handlers and the proxy
//! refuse to work without one. It sees `http::request::Parts`, never a socket.

mod console;
mod grant;
mod rates;
mod reach;
mod refusal;
mod shopper;
mod wants;

pub use console::Console;
pub use grant::Grant;
pub use rates::{InForce, Rates, Shares};
pub use reach::{RESOLVING, Reach, managed_slug};
pub use wants::Asking;

use crate::auth::{Authenticator, carries_our_credential};
use crate::domain::access::{Access, Permit, Principal, Provenance, Right, authorize};
use crate::domain::address::Address;
use crate::domain::audit::Author;
use crate::domain::ids::{RequestId, TenantId};
use crate::domain::key::KeyRecord;
use crate::domain::key::looks_like_a_key;
use crate::domain::origin::Origin;
use crate::domain::owner::Owner;
use crate::domain::scope::Scope;
use crate::domain::user::User;
use crate::domain::workspace::Workspace;
use crate::endpoints::path::{CanonicalPath, canonicalise};
use crate::endpoints::{Credential, Endpoint, Listener, Matched, Matcher, NoMatch, as_routed, is_of_console};
use crate::limits::{Exceeded, LimitState, Limiter};
use crate::rejection::{ErrorShape, Rejection, ShopperLanguage};
use crate::telemetry::RequestFacts;
use http::request::Parts;
use http::{HeaderMap, Method};
use parking_lot::Mutex;
use refusal::{forbidden, provenance, rate_limited};
use secrecy::SecretString;
use std::net::IpAddr;
use std::sync::Arc;
use tokio::time::Instant;
use wants::wants;

/// What the edge knows about a request besides its head.
#[derive(Debug, Clone)]
pub struct Arrival {
    pub listener: Listener,
    /// The client's address, behind trusted proxies the forwarded one.
    pub client_ip: IpAddr,
    pub request_id: RequestId,
    /// The origin under which this listener is reached, for same-origin requests.
    pub own_origin: Option<Origin>,
    /// Whether the client speaks TLS, with us or with a trusted proxy before us.
    pub is_tls: bool,
}

/// A request that may be answered.
#[derive(Debug)]
pub struct Admitted {
    matched: Matched,
    permit: Permit,
    grant: Grant,
    arrival: Arrival,
    language: ShopperLanguage,
    facts: Arc<RequestFacts>,
    /// What the browser is to keep of its session of the console from now on.
    renewed: Option<SecretString>,
    /// Since when it is being looked at.
    since: Instant,
}

impl Admitted {
    /// The row of the endpoint table.
    pub fn endpoint(&self) -> &'static Endpoint {
        self.matched.endpoint()
    }

    /// Since when the request is being looked at.
    pub fn since(&self) -> Instant {
        self.since
    }

    /// What `{name}` of the path captured.
    pub fn param(&self, name: &str) -> Option<&str> {
        self.matched.param(name)
    }

    pub fn query(&self) -> Option<&str> {
        self.matched.query()
    }

    pub fn path(&self) -> &CanonicalPath {
        self.matched.path()
    }

    pub fn principal(&self) -> &Principal {
        self.permit.principal()
    }

    /// Whether the user's role also has this right.
    pub fn has_right(&self, right: Right) -> bool {
        self.permit.has_right(right)
    }

    /// Asks for a scope that the row does not ask for by itself.
    ///
    /// # Errors
    /// `insufficient_scope`, or `forbidden` for a role.
    pub fn require(&self, scope: Scope) -> Result<(), Rejection> {
        self.permit.require(scope).map_err(forbidden)
    }

    /// The workspace the key is bound to.
    pub fn bound_workspace(&self) -> Option<&Arc<Workspace>> {
        self.permit.bound_workspace()
    }

    /// The origin of the web page that is asking, checked against the key's list; none for servers and people.
    pub fn origin(&self) -> Option<&Origin> {
        self.permit.origin()
    }

    /// Whose conversations are meant.
    ///
    /// # Errors
    /// `internal` on a row that lets anonymous callers in and yet asks for conversations.
    pub fn owner(&self) -> Result<Owner, Rejection> {
        self.permit.owner().ok_or(Rejection::Internal)
    }

    /// Who makes a change, for the audit log.
    ///
    /// # Errors
    /// `internal` on a row that lets anonymous callers in and yet changes something.
    pub fn author(&self) -> Result<Author, Rejection> {
        let (request_id, ip) = (self.request_id(), self.client_ip());
        match self.principal() {
            Principal::Anonymous => Err(Rejection::Internal),
            Principal::Key(key) => Ok(Author::api_key(key, request_id, ip)),
            Principal::Visitor(visitor) => Ok(Author::api_key(visitor.key(), request_id, ip)),
            Principal::User(user) => Ok(Author::user(user, request_id, ip)),
        }
    }

    /// The tenant whose data is meant.
    ///
    /// # Errors
    /// `internal` on a row that lets anonymous callers in and yet asks for somebody's data.
    pub fn tenant(&self) -> Result<TenantId, Rejection> {
        self.principal().tenant().ok_or(Rejection::Internal)
    }

    pub fn request_id(&self) -> &RequestId {
        &self.arrival.request_id
    }

    pub fn client_ip(&self) -> IpAddr {
        self.arrival.client_ip
    }

    /// Whether the client speaks TLS, with us or with a trusted proxy before us.
    pub fn is_tls(&self) -> bool {
        self.arrival.is_tls
    }

    /// The cookie that takes the place of the one that was sent, if the session of the console was refreshed.
    pub fn renewed(&self) -> Option<&SecretString> {
        self.renewed.as_ref()
    }

    /// The language to tell a shopper of refusals in, and in which the console speaks.
    pub fn language(&self) -> ShopperLanguage {
        self.language
    }

    /// What the handler learns for the record.
    pub fn facts(&self) -> &Arc<RequestFacts> {
        &self.facts
    }
}

/// A refusal, with as much as was known by then: how to tell it and what to record.
#[derive(Debug)]
pub struct Refused {
    pub rejection: Rejection,
    pub endpoint: Option<&'static Endpoint>,
    /// Who, once recognised; also the holder of a key that may not be used any more.
    pub key: Option<Arc<KeyRecord>>,
    pub user: Option<Arc<User>>,
    /// The page it comes from, once read.
    pub origin: Option<Origin>,
    /// Where the limits stand, once asked.
    pub limits: Vec<LimitState>,
}

impl From<Rejection> for Refused {
    fn from(rejection: Rejection) -> Self {
        Self { rejection, endpoint: None, key: None, user: None, origin: None, limits: Vec::new() }
    }
}

/// The row that a request is for, or why there is none.
pub type Routed = Result<Matched, Rejection>;

/// Decides which requests may be answered.
#[derive(Debug)]
pub struct Gate {
    matcher: Matcher,
    authenticator: Authenticator,
    limiter: Arc<dyn Limiter>,
    rates: Rates,
    special: Box<dyn SpecialRows>,
    console: Console,
}

/// Rows outside the table: what the admin listener lets through to AnythingLLM, and legacy embeds.
pub trait SpecialRows: std::fmt::Debug + Send + Sync {
    /// The row for a request that the table does not list, or for a widget row whose `{key}` is no key of ours. `method`
    /// is the one that decides, never `HEAD`.
    ///
    /// # Errors
    /// Why it may not pass.
    fn find(
        &self,
        listener: Listener,
        method: &Method,
        path: &CanonicalPath,
        query: Option<&str>,
        headers: &HeaderMap,
    ) -> Option<Result<&'static Endpoint, Rejection>>;
}

impl Gate {
    /// A gate over the endpoint table.
    pub fn new(
        matcher: Matcher,
        authenticator: Authenticator,
        limiter: Arc<dyn Limiter>,
        rates: Rates,
        special: Box<dyn SpecialRows>,
        console: Console,
    ) -> Self {
        Self { matcher, authenticator, limiter, rates, special, console }
    }

    pub fn matcher(&self) -> &Matcher {
        &self.matcher
    }

    /// The whole way from a request head to the right to be answered; `routed`: what [`Self::route`] says of it.
    ///
    /// # Errors
    /// [`Refused`], at the first stage that says no: 400/404/405, then 401, then 403, then 429.
    pub async fn admit(&self, arrival: Arrival, head: &Parts, routed: Routed) -> Result<Admitted, Refused> {
        let since = Instant::now();
        let matched = routed?;
        let endpoint = matched.endpoint();
        let refused = |rejection| Refused { endpoint: Some(endpoint), ..Refused::from(rejection) };

        if endpoint.errors == ErrorShape::Page {
            console::check_sender(head, &arrival).map_err(refused)?;
            console::check_opener(head, endpoint.credential).map_err(refused)?;
        }
        // Rows that are open, or AnythingLLM's own, do not ask where a page is from; the console has asked already.
        let provenance = match endpoint.access {
            _ if matches!(endpoint.credential, Credential::Cookie(_)) => Provenance::default(),
            Access::Scope(_) | Access::User(_) | Access::Program(_) | Access::VisitorSession => {
                provenance(head, &arrival).map_err(refused)?
            }
            Access::Open | Access::Upstream => Provenance::default(),
        };
        let known = |rejection, key, user| {
            let origin = provenance.origin.clone();
            Refused { key, user, origin, ..refused(rejection) }
        };
        let principal = self.authenticator.principal(&matched, &head.headers).await;
        let principal = principal.map_err(|unrecognised| known(unrecognised.rejection, unrecognised.key, None))?;
        let facts = Arc::new(RequestFacts::default());
        let (principal, renewed) = match endpoint.credential {
            Credential::Cookie(_) => Box::pin(self.console.recognise(head, &arrival, &facts)).await.map_err(refused)?,
            Credential::None | Credential::Header | Credential::Path => (principal, None),
        };
        let (key, user) = (principal.key().cloned(), principal.user().cloned());
        let permit = authorize(endpoint.access, principal, &provenance)
            .map_err(|why| known(forbidden(why), key.clone(), user.clone()))?;
        let grant = self.limit(endpoint, &permit, arrival.client_ip).await.map_err(|mut exceeded| {
            let limits = std::mem::take(&mut exceeded.states);
            Refused { limits, ..known(rate_limited(exceeded), key, user) }
        })?;

        if let Principal::Key(key) = permit.principal()
            && key.grace_pending
        {
            Box::pin(self.authenticator.begin_grace(key)).await;
        }
        if let Some(visitor) = permit.principal().visitor() {
            facts.set_visitor(&visitor.owner().storage_key());
        }
        let language = endpoint.errors.language(&head.headers);
        Ok(Admitted { matched, permit, grant, arrival, language, facts, renewed, since })
    }

    /// Returns when the right to be answered has ended, with what a new request would now be told: the key was revoked,
    /// expired or switched off, the visitor's token was withdrawn, the session is over. Never returns for callers
    /// without a credential.
    pub async fn until_withdrawn(&self, admitted: &Admitted) -> Rejection {
        match admitted.principal() {
            Principal::Key(key) => self.authenticator.until_unusable(key).await,
            Principal::Visitor(visitor) => self.authenticator.until_withdrawn(visitor).await,
            Principal::User(user) => self.authenticator.until_session_over(user).await,
            Principal::Anonymous => std::future::pending().await,
        }
    }

    /// The row that a request is for. Nobody is let in by it.
    ///
    /// # Errors
    /// There is none: 400, 404 or 405.
    pub fn route(&self, listener: Listener, head: &Parts) -> Routed {
        let path = canonicalise(head.uri.path())
            .map_err(|_| Rejection::BadRequest("The path is ambiguous; send it in its plain form."))?;
        if listener == Listener::Public && !self.console.is_public && is_of_console(path.as_str()) {
            return Err(NOTHING_HERE);
        }
        let query = head.uri.query();
        let method = as_routed(&head.method);
        let (path, no_match) = match self.matcher.find(method, path.clone(), query) {
            Ok(matched) if listener == Listener::Admin && is_upstreams(&matched, &head.headers) => {
                (path, NoMatch::Path)
            }
            Ok(matched) if !names_an_embed(&matched) => return Ok(matched),
            Ok(_) => (path, NoMatch::Path),
            // AnythingLLM's own management calls share the widget's paths, with methods of their own.
            Err(NoMatch::Method(_)) if path.starts_with_ignore_case("/api/embed/") => (path, NoMatch::Path),
            Err(no_match) => (path, no_match),
        };
        match no_match {
            NoMatch::Method(methods) => Err(Rejection::MethodNotAllowed {
                allow: methods.iter().map(Method::as_str).collect::<Vec<_>>().join(", "),
            }),
            NoMatch::Path => match self.special.find(listener, method, &path, query, &head.headers) {
                Some(special) => special.map(|endpoint| Matched::special(endpoint, path, query)),
                None => Err(NOTHING_HERE),
            },
        }
    }

    async fn limit(&self, endpoint: &Endpoint, permit: &Permit, client_ip: IpAddr) -> Result<Grant, Exceeded> {
        let wants = wants(&self.rates, endpoint.cost, permit.principal(), Address::of(client_ip));
        let states = if wants.is_empty() { Vec::new() } else { self.limiter.take(&wants).await? };
        Ok(Grant { wants, states: Mutex::new(states), limiter: Arc::clone(&self.limiter), rates: self.rates })
    }
}

const NOTHING_HERE: Rejection = Rejection::NotFound("There is nothing at this path.");

/// A widget row whose `{key}` is no key of ours: AnythingLLM's own embed id, or its management of embeds.
fn names_an_embed(matched: &Matched) -> bool {
    matched.endpoint().credential == Credential::Path && !matched.param("key").is_some_and(looks_like_a_key)
}

/// The one path that AnythingLLM's developer API has as well (source study 7). There the credential says who is meant;
/// only the admin listener has both.
fn is_upstreams(matched: &Matched, headers: &HeaderMap) -> bool {
    matched.endpoint().name == "workspaces.list" && !carries_our_credential(headers)
}
