//! Workspaces, their settings, and who changed what.

use super::API_CALL;
use crate::domain::access::Right;
use crate::domain::scope::Scope;
use crate::endpoints::table::{Access, BodyCap};
use http::Method;

service_rows! {
    ($)
    "workspaces.list" => workspaces::list {
        path: "/api/v1/workspaces",
        access: Access::Scope(Scope::WorkspacesRead),
        ..API_CALL
    }
    "workspaces.create" => workspaces::create {
        method: Method::POST,
        path: "/api/v1/workspaces",
        access: Access::Scope(Scope::WorkspacesWrite),
        body: BodyCap::Json,
        ..API_CALL
    }
    "workspaces.show" => workspaces::show {
        path: "/api/v1/workspaces/{slug}",
        access: Access::Scope(Scope::WorkspacesRead),
        ..API_CALL
    }
    "workspaces.change" => workspaces::change {
        method: Method::PATCH,
        path: "/api/v1/workspaces/{slug}",
        access: Access::Scope(Scope::WorkspacesWrite),
        body: BodyCap::Json,
        ..API_CALL
    }
    "workspaces.remove" => workspaces::remove {
        method: Method::DELETE,
        path: "/api/v1/workspaces/{slug}",
        access: Access::Scope(Scope::WorkspacesWrite),
        ..API_CALL
    }
    "workspaces.sync" => workspaces::sync {
        method: Method::POST,
        path: "/api/v1/workspaces/{slug}/sync",
        access: Access::Scope(Scope::WorkspacesWrite),
        body: BodyCap::Json,
        ..API_CALL
    }
    "audit.list" => audit::list {
        path: "/api/v1/audit",
        access: Access::User(Right::Audit),
        ..API_CALL
    }
}
