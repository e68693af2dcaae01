//! How a shop's visitors are told apart.

use super::API_CALL;
use crate::domain::scope::Scope;
use crate::endpoints::table::{Access, BodyCap};
use http::Method;

const IDENTITY: &str = "/api/v1/workspaces/{slug}/identity";

service_rows! {
    ($)
    "identity.show" => identity::show {
        path: IDENTITY,
        access: Access::Scope(Scope::WorkspacesRead),
        ..API_CALL
    }
    "identity.put" => identity::put {
        method: Method::PUT,
        path: IDENTITY,
        access: Access::Scope(Scope::WorkspacesWrite),
        body: BodyCap::Json,
        ..API_CALL
    }
    "identity.rotate" => identity::rotate {
        method: Method::POST,
        path: "/api/v1/workspaces/{slug}/identity/rotate-secret",
        access: Access::Scope(Scope::WorkspacesWrite),
        body: BodyCap::Json,
        ..API_CALL
    }
    "visitor_tokens.revoke" => identity::revoke_tokens {
        method: Method::POST,
        path: "/api/v1/workspaces/{slug}/visitor-tokens/revoke",
        access: Access::Scope(Scope::WorkspacesWrite),
        body: BodyCap::Json,
        ..API_CALL
    }
}
