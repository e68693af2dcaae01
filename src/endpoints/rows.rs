//! The rows of the endpoint table, one file an area. A row too many is a breach: see `table`.

mod auth;
mod catalog;
mod chat;
mod keys;
mod members;
mod pages;
mod special;
mod store;
mod usage;
mod visitors;
mod widget;
mod workspaces;

pub use special::{LEGACY_EMBED, LOGIN, PASSTHROUGH, WEBSOCKET};

use super::handler::Handler;
use super::table::{Access, Answer, BodyCap, Cost, Credential, Endpoint, Listeners};
use crate::domain::access::Right;
use crate::rejection::ErrorShape;
use http::Method;

/// The areas, in the order in which they are shown.
static AREAS: &[&[Endpoint]] = &[
    chat::ROWS,
    widget::ROWS,
    auth::ROWS,
    keys::ROWS,
    workspaces::ROWS,
    store::ROWS,
    catalog::ROWS,
    visitors::ROWS,
    members::ROWS,
    usage::ROWS,
    pages::ROWS,
];

/// Every row of the public listener; the admin listener serves them too.
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
    answer: Answer::Service(Handler::Health),
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
