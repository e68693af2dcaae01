//! The endpoint table: the allow-list of the public listener and the one place where a route is declared. What a row
//! says is here.
//!
//! AnythingLLM's API key opens everything upstream, so a row too many is a breach. A snapshot test prints the table, so
//! that a new row always shows in review. The rows stand in `rows`.

pub use crate::domain::access::Access;
use crate::rejection::ErrorShape;
use http::Method;

/// The method that decides: `HEAD` is `GET` for every rule (RFC 9110 section 9.3.2), or what is forbidden, counted or
/// spent by the one is to be had by the other.
pub fn as_routed(method: &Method) -> &Method {
    if *method == Method::HEAD { &Method::GET } else { method }
}

/// Whether the path is the console's or below it: all rows of the console are, and nothing else is.
pub fn is_of_console(path: &str) -> bool {
    path.strip_prefix("/console").is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The sockets, by who may reach them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Listener {
    Public,
    /// For AnythingLLM's UI and for staff.
    Admin,
}

impl Listener {
    /// The word in logs and metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Admin => "admin",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listeners {
    Both,
    /// On the admin listener only.
    AdminOnly,
    /// On the admin listener, and on the public one too if `console.public` is set.
    Console,
}

/// Where the credential of a row may stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Credential {
    /// None is looked at.
    None,
    /// `Authorization: Bearer` or `X-Widget-Key`.
    Header,
    /// A publishable key in the path segment `{key}`, as AnythingLLM's widget sends it.
    Path,
    /// The cookie of a session of the console; only pages of the console look at it.
    Cookie(OpenedAs),
}

/// What a browser opens a page of the console as, and says so (`Sec-Fetch-Dest`, W3C Fetch Metadata): AnythingLLM's
/// interface has the same origin, and none of its scripts is to read a page or send a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OpenedAs {
    /// In a tab of its own, or as a file that is kept.
    Document,
    /// In a frame of the console's as well.
    Frame,
    /// By a script of the console's as well: a part of a page, without a form.
    Part,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyCap {
    None,
    /// `edge.json_body_bytes`
    Json,
    /// `edge.chat_body_bytes`
    Chat,
    /// A form of the console: what is too long for a field is told beside it, so a form is let in that is longer than
    /// the longest that is right.
    Form,
    /// What a shop's platform sends of itself: a product with all of its variants.
    Webhook,
    /// Streamed through, up to `admin.upload_bytes`.
    Upload,
}

/// What a request counts against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cost {
    /// Only the flood limit of the address.
    Free,
    /// The limits of key and address.
    Request,
    /// The same, and the visitor's; it may also hold a stream.
    Chat,
    /// As a request, and those of address and visitor that count visitor tokens.
    VisitorSession,
    /// Those of the address that count deliveries of shops.
    Webhook,
    /// Logins and AnythingLLM's recovery: throttled by address, capped in concurrency.
    Login,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Streamed from AnythingLLM, bytes untouched, under this upstream path (`None` = the canonical path itself).
    Proxy(Option<&'static str>),
    /// By the function in `api` that the row names.
    Service,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// Name in metrics, logs and usage events.
    pub name: &'static str,
    /// Method; `HEAD` comes with `GET`.
    pub method: Method,
    /// Path pattern, `{name}` for one segment.
    pub path: &'static str,
    pub listeners: Listeners,
    pub access: Access,
    pub credential: Credential,
    pub cost: Cost,
    pub body: BodyCap,
    /// Whether web pages on other origins may call it.
    pub cors: bool,
    pub errors: ErrorShape,
    pub answer: Answer,
}
