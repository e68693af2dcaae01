//! The endpoint table: the allow-list of the public listener and the one place where a route is declared.
//!
//! AnythingLLM's API key opens everything upstream, so a row too many is a breach. A snapshot test prints the table, so
//! that a new row always shows in review.

pub use crate::domain::access::Access;
use crate::domain::access::{Right, Scope};
use crate::rejection::ErrorShape;
use http::Method;

/// The sockets, by who may reach them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Listener {
    /// Faces the internet.
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

/// Where a row is served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listeners {
    /// On both.
    Both,
    /// On the admin listener only.
    AdminOnly,
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
}

/// How large a body may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyCap {
    /// No body is read.
    None,
    /// `edge.json_body_bytes`
    Json,
    /// `edge.chat_body_bytes`
    Chat,
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
    /// Logins and AnythingLLM's recovery: throttled by address, capped in concurrency.
    Login,
}

/// Who answers a row in the `api` module. Each needs a handler there, or the router does not compile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Handler {
    /// `POST /api/v1/chat`
    Chat,
    /// `GET /api/v1/messages`
    ListMessages,
    /// `DELETE /api/v1/messages`
    ResetMessages,
    /// `POST /api/v1/knowledge/query`
    QueryKnowledge,
    /// The widget's chat.
    WidgetChat,
    /// The widget's history.
    WidgetHistory,
    /// The widget's "reset chat".
    WidgetReset,
    /// `POST /api/v1/auth/login`
    Login,
    /// `POST /api/v1/auth/refresh`
    Refresh,
    /// `POST /api/v1/auth/logout`
    Logout,
    /// `GET /api/v1/auth/me`
    Me,
    /// `POST /api/v1/auth/ui-link`
    UiLink,
    /// `GET /api/v1/auth/sessions`
    ListSessions,
    /// `DELETE /api/v1/auth/sessions`
    EndSessions,
    /// `DELETE /api/v1/auth/sessions/{id}`
    EndSession,
    /// The public keys of access tokens.
    KeySet,
    /// `GET /healthz`
    Health,
    /// The OpenAPI document.
    OpenApi,
    /// The documentation's start page, a reader of the OpenAPI document.
    Docs,
    /// A file of the documentation reader.
    DocsAsset,
    /// The page of an error code.
    DocsError,
    /// The demo storefront.
    Demo,
    /// A file of the demo storefront.
    DemoAsset,
}

/// How a row is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Streamed from AnythingLLM, bytes untouched, under this upstream path (`None` = the canonical path itself).
    Proxy(Option<&'static str>),
    /// By the `api` module.
    Service(Handler),
}

/// One row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// Name in metrics, logs and usage events.
    pub name: &'static str,
    /// Method; `HEAD` comes with `GET`.
    pub method: Method,
    /// Path pattern, `{name}` for one segment.
    pub path: &'static str,
    /// Where it is served.
    pub listeners: Listeners,
    /// Who may call it.
    pub access: Access,
    /// Where the credential stands.
    pub credential: Credential,
    /// What it counts against.
    pub cost: Cost,
    /// How large a body may be.
    pub body: BodyCap,
    /// Whether web pages on other origins may call it.
    pub cors: bool,
    /// How errors look.
    pub errors: ErrorShape,
    /// Who answers.
    pub answer: Answer,
}

const OPEN_PAGE: Endpoint = Endpoint {
    name: "",
    method: Method::GET,
    path: "",
    listeners: Listeners::Both,
    access: Access::Open,
    credential: Credential::None,
    cost: Cost::Free,
    body: BodyCap::None,
    cors: false,
    errors: ErrorShape::Problem,
    answer: Answer::Service(Handler::Health),
};

const API_CALL: Endpoint = Endpoint {
    listeners: Listeners::Both,
    credential: Credential::Header,
    cost: Cost::Request,
    cors: true,
    ..OPEN_PAGE
};

const WIDGET_CALL: Endpoint = Endpoint { credential: Credential::Path, errors: ErrorShape::WidgetFrame, ..API_CALL };

/// What people call before they have a token; also from web pages of other origins, because no cookie is involved.
const LOGIN_CALL: Endpoint = Endpoint { method: Method::POST, body: BodyCap::Json, cors: true, ..OPEN_PAGE };

const USER_CALL: Endpoint = Endpoint { access: Access::User(Right::OwnSessions), ..API_CALL };

/// Every row of the public listener; the admin listener serves them too.
pub static ENDPOINTS: &[Endpoint] = &[
    Endpoint {
        name: "chat.create",
        method: Method::POST,
        path: "/api/v1/chat",
        access: Access::Scope(Scope::ChatWrite),
        cost: Cost::Chat,
        body: BodyCap::Chat,
        answer: Answer::Service(Handler::Chat),
        ..API_CALL
    },
    Endpoint {
        name: "messages.list",
        path: "/api/v1/messages",
        access: Access::Scope(Scope::MessagesRead),
        answer: Answer::Service(Handler::ListMessages),
        ..API_CALL
    },
    Endpoint {
        name: "messages.reset",
        method: Method::DELETE,
        path: "/api/v1/messages",
        access: Access::Scope(Scope::ChatWrite),
        answer: Answer::Service(Handler::ResetMessages),
        ..API_CALL
    },
    Endpoint {
        name: "knowledge.query",
        method: Method::POST,
        path: "/api/v1/knowledge/query",
        access: Access::Scope(Scope::KnowledgeQuery),
        body: BodyCap::Json,
        answer: Answer::Service(Handler::QueryKnowledge),
        ..API_CALL
    },
    Endpoint {
        name: "widget.chat",
        method: Method::POST,
        path: "/api/embed/{key}/stream-chat",
        access: Access::Scope(Scope::ChatWrite),
        cost: Cost::Chat,
        body: BodyCap::Chat,
        answer: Answer::Service(Handler::WidgetChat),
        ..WIDGET_CALL
    },
    Endpoint {
        name: "widget.history",
        path: "/api/embed/{key}/{session}",
        access: Access::Scope(Scope::MessagesRead),
        answer: Answer::Service(Handler::WidgetHistory),
        ..WIDGET_CALL
    },
    Endpoint {
        name: "widget.reset",
        method: Method::DELETE,
        path: "/api/embed/{key}/{session}",
        access: Access::Scope(Scope::ChatWrite),
        answer: Answer::Service(Handler::WidgetReset),
        ..WIDGET_CALL
    },
    Endpoint {
        name: "widget.script",
        path: "/embed/anythingllm-chat-widget.min.js",
        answer: Answer::Proxy(Some("/embed/anythingllm-chat-widget.min.js")),
        ..OPEN_PAGE
    },
    Endpoint {
        name: "widget.style",
        path: "/embed/anythingllm-chat-widget.min.css",
        answer: Answer::Proxy(Some("/embed/anythingllm-chat-widget.min.css")),
        ..OPEN_PAGE
    },
    Endpoint {
        name: "auth.login",
        path: "/api/v1/auth/login",
        cost: Cost::Login,
        answer: Answer::Service(Handler::Login),
        ..LOGIN_CALL
    },
    Endpoint {
        name: "auth.refresh",
        path: "/api/v1/auth/refresh",
        answer: Answer::Service(Handler::Refresh),
        ..LOGIN_CALL
    },
    Endpoint {
        name: "auth.logout",
        method: Method::POST,
        path: "/api/v1/auth/logout",
        // None is asked for, but many clients send `{}` with every POST.
        body: BodyCap::Json,
        answer: Answer::Service(Handler::Logout),
        ..USER_CALL
    },
    Endpoint { name: "auth.me", path: "/api/v1/auth/me", answer: Answer::Service(Handler::Me), ..USER_CALL },
    Endpoint {
        name: "auth.ui_link",
        method: Method::POST,
        path: "/api/v1/auth/ui-link",
        body: BodyCap::Json,
        answer: Answer::Service(Handler::UiLink),
        ..USER_CALL
    },
    Endpoint {
        name: "auth.sessions.list",
        path: "/api/v1/auth/sessions",
        answer: Answer::Service(Handler::ListSessions),
        ..USER_CALL
    },
    Endpoint {
        name: "auth.sessions.end_all",
        method: Method::DELETE,
        path: "/api/v1/auth/sessions",
        answer: Answer::Service(Handler::EndSessions),
        ..USER_CALL
    },
    Endpoint {
        name: "auth.sessions.end",
        method: Method::DELETE,
        path: "/api/v1/auth/sessions/{id}",
        answer: Answer::Service(Handler::EndSession),
        ..USER_CALL
    },
    Endpoint {
        name: "auth.keys",
        path: "/.well-known/jwks.json",
        cors: true,
        answer: Answer::Service(Handler::KeySet),
        ..OPEN_PAGE
    },
    Endpoint { name: "health", path: "/healthz", ..OPEN_PAGE },
    Endpoint {
        name: "docs.openapi",
        path: "/api/v1/openapi.json",
        cors: true,
        answer: Answer::Service(Handler::OpenApi),
        ..OPEN_PAGE
    },
    Endpoint { name: "docs.index", path: "/docs", answer: Answer::Service(Handler::Docs), ..OPEN_PAGE },
    Endpoint {
        name: "docs.asset",
        path: "/docs/assets/{file}",
        answer: Answer::Service(Handler::DocsAsset),
        ..OPEN_PAGE
    },
    Endpoint {
        name: "docs.error",
        path: "/docs/errors/{code}",
        answer: Answer::Service(Handler::DocsError),
        ..OPEN_PAGE
    },
    Endpoint { name: "demo.page", path: "/demo", answer: Answer::Service(Handler::Demo), ..OPEN_PAGE },
    Endpoint {
        name: "demo.asset",
        path: "/demo/assets/{file}",
        answer: Answer::Service(Handler::DemoAsset),
        ..OPEN_PAGE
    },
];

/// Stands for everything of AnythingLLM on the admin listener: its UI, its API, its files. Not a row: it matches what no
/// row does, after the deny-list of `edge::admin`.
pub static PASSTHROUGH: Endpoint = Endpoint {
    name: "admin.passthrough",
    path: "/{*rest}",
    listeners: Listeners::AdminOnly,
    access: Access::Upstream,
    body: BodyCap::Upload,
    answer: Answer::Proxy(None),
    ..OPEN_PAGE
};

/// AnythingLLM's login and recovery on the admin listener: throttled, and few at a time.
pub static LOGIN: Endpoint = Endpoint {
    name: "admin.login",
    path: "/api/request-token",
    method: Method::POST,
    listeners: Listeners::AdminOnly,
    access: Access::Upstream,
    cost: Cost::Login,
    body: BodyCap::Json,
    answer: Answer::Proxy(None),
    ..OPEN_PAGE
};

/// The websocket of a running agent on the admin listener.
pub static WEBSOCKET: Endpoint = Endpoint {
    name: "admin.agent_websocket",
    path: "/api/agent-invocation/{uuid}",
    listeners: Listeners::AdminOnly,
    access: Access::Upstream,
    answer: Answer::Proxy(None),
    ..OPEN_PAGE
};

/// Stands for AnythingLLM's own embeds on the public listener, only when `widget.legacy_embeds` is set: the widget rows
/// with an embed's UUID in place of a key.
pub static LEGACY_EMBED: Endpoint = Endpoint {
    name: "widget.legacy_embed",
    path: "/api/embed/{uuid}/{*rest}",
    access: Access::Open,
    body: BodyCap::Chat,
    cors: true,
    errors: ErrorShape::WidgetFrame,
    answer: Answer::Proxy(None),
    ..OPEN_PAGE
};
