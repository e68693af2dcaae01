//! Connections to shops.

use super::{API_CALL, OPEN_PAGE};
use crate::domain::scope::Scope;
use crate::endpoints::table::{Access, BodyCap, Cost};
use http::Method;

const PATH: &str = "/api/v1/workspaces/{slug}/store";

service_rows! {
    ($)
    "stores.show" => store::show {
        path: PATH,
        access: Access::Scope(Scope::WorkspacesRead),
        ..API_CALL
    }
    "stores.put" => store::put {
        method: Method::PUT,
        path: PATH,
        access: Access::Scope(Scope::WorkspacesWrite),
        body: BodyCap::Json,
        ..API_CALL
    }
    "stores.delete" => store::delete {
        method: Method::DELETE,
        path: PATH,
        access: Access::Scope(Scope::WorkspacesWrite),
        ..API_CALL
    }
    "stores.check" => store::check {
        method: Method::POST,
        path: "/api/v1/workspaces/{slug}/store/check",
        access: Access::Scope(Scope::WorkspacesWrite),
        // None is asked for, but many clients send `{}` with every POST.
        body: BodyCap::Json,
        ..API_CALL
    }
    // Open to all, and only a good signature does anything: shops have no key.
    "stores.webhook" => store::webhooks::take {
        method: Method::POST,
        path: "/api/v1/store-webhooks/{connection}",
        cost: Cost::Webhook,
        body: BodyCap::Webhook,
        ..OPEN_PAGE
    }
    "stores.bot_keys" => bot_directory::show {
        path: "/.well-known/http-message-signatures-directory",
        ..OPEN_PAGE
    }
}
