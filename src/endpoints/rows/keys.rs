//! API keys, for those who manage them.

use super::API_CALL;
use crate::domain::scope::Scope;
use crate::endpoints::table::{Access, BodyCap};
use http::Method;

service_rows! {
    ($)
    "keys.list" => keys::list {
        path: "/api/v1/keys",
        access: Access::Scope(Scope::KeysRead),
        ..API_CALL
    }
    "keys.create" => keys::create {
        method: Method::POST,
        path: "/api/v1/keys",
        access: Access::Scope(Scope::KeysWrite),
        body: BodyCap::Json,
        ..API_CALL
    }
    "keys.show" => keys::show {
        path: "/api/v1/keys/{id}",
        access: Access::Scope(Scope::KeysRead),
        ..API_CALL
    }
    "keys.change" => keys::change {
        method: Method::PATCH,
        path: "/api/v1/keys/{id}",
        access: Access::Scope(Scope::KeysWrite),
        body: BodyCap::Json,
        ..API_CALL
    }
    "keys.rotate" => keys::life::rotate {
        method: Method::POST,
        path: "/api/v1/keys/{id}/rotate",
        access: Access::Scope(Scope::KeysWrite),
        body: BodyCap::Json,
        ..API_CALL
    }
    "keys.revoke" => keys::life::revoke {
        method: Method::POST,
        path: "/api/v1/keys/{id}/revoke",
        access: Access::Scope(Scope::KeysWrite),
        body: BodyCap::Json,
        ..API_CALL
    }
    "keys.limits" => keys::limits::show {
        path: "/api/v1/keys/{id}/limits",
        access: Access::Scope(Scope::KeysRead),
        ..API_CALL
    }
    "keys.snippet" => keys::snippet::show {
        path: "/api/v1/keys/{id}/snippet",
        access: Access::Scope(Scope::KeysRead),
        ..API_CALL
    }
    "keys.preview_origins" => keys::preview::show {
        method: Method::POST,
        path: "/api/v1/keys/{id}/origins/preview",
        access: Access::Scope(Scope::KeysRead),
        body: BodyCap::Json,
        ..API_CALL
    }
}
