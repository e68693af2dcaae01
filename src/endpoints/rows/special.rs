//! Not rows: they stand for what the gate matches by itself, on the admin listener or for AnythingLLM's own embeds.

use super::OPEN_PAGE;
use crate::endpoints::table::{Access, Answer, BodyCap, Cost, Endpoint, Listeners};
use crate::rejection::ErrorShape;
use http::Method;

/// Stands for everything of AnythingLLM on the admin listener: its UI, its API, its files. Not a row: it matches what
/// no row does, after the deny-list of `edge::admin`.
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
