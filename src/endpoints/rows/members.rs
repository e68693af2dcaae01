//! Who is assigned to a workspace.

use super::API_CALL;
use crate::domain::scope::Scope;
use crate::endpoints::table::Access;
use http::Method;

service_rows! {
    ($)
    "members.list" => members::list {
        path: "/api/v1/workspaces/{slug}/members",
        access: Access::Scope(Scope::WorkspacesRead),
        ..API_CALL
    }
    "members.add" => members::add {
        method: Method::PUT,
        path: "/api/v1/workspaces/{slug}/members/{user_id}",
        access: Access::Scope(Scope::WorkspacesWrite),
        ..API_CALL
    }
    "members.remove" => members::remove {
        method: Method::DELETE,
        path: "/api/v1/workspaces/{slug}/members/{user_id}",
        access: Access::Scope(Scope::WorkspacesWrite),
        ..API_CALL
    }
}
