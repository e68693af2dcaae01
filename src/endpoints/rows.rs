//! The rows of the endpoint table, one file an area. A row too many is a breach: see `table`.

/// The service rows of an area, each with the function in `api` that answers it, as a path from there:
///
/// ```text
/// "chat.create" => chat::create { method: Method::POST, path: "/api/v1/chat", ..API_CALL }
/// ```
///
/// Makes `ROWS` and the macro `handlers`, which calls another macro with all names and functions: so nothing here names
/// `api`, and no row is without a handler. `($)` stands first because a macro that makes a macro needs that sign.
macro_rules! service_rows {
    (($d:tt) $($name:literal => $($segment:ident)::+ { $($field:tt)* })*) => {
        pub(super) static ROWS: &[$crate::endpoints::Endpoint] = &[$(
            $crate::endpoints::Endpoint {
                name: $name,
                answer: $crate::endpoints::Answer::Service,
                $($field)*
            }
        ),*];

        macro_rules! handlers {
            ($d then:ident) => { $d then! { $($name => $($segment)::+),* } };
        }
        pub(crate) use handlers;
    };
}

mod auth;
mod catalog;
mod chat;
mod console;
mod conversations;
mod keys;
mod members;
mod operation;
mod pages;
mod programs;
mod special;
mod store;
mod usage;
mod visitors;
mod webhooks;
mod widget;
mod workspaces;

pub use special::{LEGACY_EMBED, LOGIN, PASSTHROUGH, WEBSOCKET};

use super::table::{Access, Answer, BodyCap, Cost, Credential, Endpoint, Listeners, OpenedAs};
use crate::domain::access::Right;
use crate::rejection::ErrorShape;
use http::Method;

/// The areas, in the order in which they are shown.
static AREAS: &[&[Endpoint]] = &[
    chat::ROWS,
    conversations::ROWS,
    widget::ROWS,
    widget::FILES,
    programs::ROWS,
    auth::ROWS,
    keys::ROWS,
    workspaces::ROWS,
    store::ROWS,
    catalog::ROWS,
    visitors::ROWS,
    webhooks::ROWS,
    members::ROWS,
    usage::ROWS,
    operation::ROWS,
    pages::ROWS,
    console::ROWS,
];

/// Every row of the public listener, and those of the console; the admin listener serves them all.
pub fn endpoints() -> impl Iterator<Item = &'static Endpoint> {
    AREAS.iter().copied().flatten()
}

pub(super) const OPEN_PAGE: Endpoint = Endpoint {
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
    answer: Answer::Service,
};

pub(super) const API_CALL: Endpoint = Endpoint {
    listeners: Listeners::Both,
    credential: Credential::Header,
    cost: Cost::Request,
    cors: true,
    ..OPEN_PAGE
};

pub(super) const WIDGET_CALL: Endpoint =
    Endpoint { credential: Credential::Path, errors: ErrorShape::WidgetFrame, ..API_CALL };

/// What people call before they have a token; also from web pages of other origins, because no cookie is involved.
pub(super) const LOGIN_CALL: Endpoint = Endpoint { method: Method::POST, body: BodyCap::Json, cors: true, ..OPEN_PAGE };

pub(super) const USER_CALL: Endpoint = Endpoint { access: Access::User(Right::OwnSessions), ..API_CALL };

/// A page of the console, for everybody who is logged in there.
pub(super) const CONSOLE_PAGE: Endpoint = Endpoint {
    listeners: Listeners::Console,
    access: Access::User(Right::OwnSessions),
    credential: Credential::Cookie(OpenedAs::Document),
    cost: Cost::Request,
    errors: ErrorShape::Page,
    ..OPEN_PAGE
};

/// What a form of the console is sent to.
pub(super) const CONSOLE_FORM: Endpoint = Endpoint { method: Method::POST, body: BodyCap::Form, ..CONSOLE_PAGE };

/// What of the console is there for everybody.
pub(super) const CONSOLE_OPEN: Endpoint =
    Endpoint { listeners: Listeners::Console, errors: ErrorShape::Page, ..OPEN_PAGE };

/// The handlers of the service rows, by area: `chat!(then)` calls `then!` with `"name" => path::of::function`, and so
/// on.
pub(crate) mod handlers {
    pub(crate) use super::auth::handlers as auth;
    pub(crate) use super::catalog::handlers as catalog;
    pub(crate) use super::chat::handlers as chat;
    pub(crate) use super::console::handlers as console;
    pub(crate) use super::conversations::handlers as conversations;
    pub(crate) use super::keys::handlers as keys;
    pub(crate) use super::members::handlers as members;
    pub(crate) use super::operation::handlers as operation;
    pub(crate) use super::pages::handlers as pages;
    pub(crate) use super::programs::handlers as programs;
    pub(crate) use super::store::handlers as store;
    pub(crate) use super::usage::handlers as usage;
    pub(crate) use super::visitors::handlers as visitors;
    pub(crate) use super::webhooks::handlers as webhooks;
    pub(crate) use super::widget::handlers as widget;
    pub(crate) use super::workspaces::handlers as workspaces;
}
