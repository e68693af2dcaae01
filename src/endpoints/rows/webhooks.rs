//! What is told to addresses of a workspace's own.

use super::API_CALL;
use crate::domain::scope::Scope;
use crate::endpoints::table::{Access, BodyCap, Endpoint};
use http::Method;

const ALL: &str = "/api/v1/workspaces/{slug}/webhooks";
const ONE: &str = "/api/v1/workspaces/{slug}/webhooks/{id}";

const READ: Endpoint = Endpoint { access: Access::Scope(Scope::WorkspacesRead), ..API_CALL };
const WRITE: Endpoint =
    Endpoint { method: Method::POST, access: Access::Scope(Scope::WorkspacesWrite), body: BodyCap::Json, ..API_CALL };

service_rows! {
    ($)
    "webhooks.list" => webhooks::list { path: ALL, ..READ }
    "webhooks.create" => webhooks::create { path: ALL, ..WRITE }
    "webhooks.show" => webhooks::show { path: ONE, ..READ }
    "webhooks.change" => webhooks::change { method: Method::PATCH, path: ONE, ..WRITE }
    "webhooks.delete" => webhooks::delete { method: Method::DELETE, path: ONE, body: BodyCap::None, ..WRITE }
    "webhooks.rotate" => webhooks::rotate { path: "/api/v1/workspaces/{slug}/webhooks/{id}/rotate-secret", ..WRITE }
    "webhooks.test" => webhooks::test { path: "/api/v1/workspaces/{slug}/webhooks/{id}/test", ..WRITE }
    "webhooks.deliveries" => webhooks::deliveries { path: "/api/v1/workspaces/{slug}/webhooks/{id}/deliveries", ..READ }
    "webhooks.replay" => webhooks::replay {
        path: "/api/v1/workspaces/{slug}/webhooks/{id}/deliveries/{delivery}/replay",
        ..WRITE
    }
}
