//! Syncs of a workspace's catalogue.

use super::API_CALL;
use crate::domain::scope::Scope;
use crate::endpoints::table::{Access, BodyCap};
use http::Method;

service_rows! {
    ($)
    "catalog.sync" => catalog::start {
        method: Method::POST,
        path: "/api/v1/workspaces/{slug}/store/sync",
        access: Access::Scope(Scope::WorkspacesWrite),
        body: BodyCap::Json,
        ..API_CALL
    }
    "catalog.runs.list" => catalog::list {
        path: "/api/v1/workspaces/{slug}/store/runs",
        access: Access::Scope(Scope::WorkspacesRead),
        ..API_CALL
    }
    "catalog.runs.show" => catalog::show {
        path: "/api/v1/workspaces/{slug}/store/runs/{id}",
        access: Access::Scope(Scope::WorkspacesRead),
        ..API_CALL
    }
    "catalog.runs.report" => catalog::report {
        path: "/api/v1/workspaces/{slug}/store/runs/{id}/report",
        access: Access::Scope(Scope::WorkspacesRead),
        ..API_CALL
    }
    "catalog.runs.cancel" => catalog::cancel {
        method: Method::POST,
        path: "/api/v1/workspaces/{slug}/store/runs/{id}/cancel",
        access: Access::Scope(Scope::WorkspacesWrite),
        // None is asked for, but many clients send `{}` with every POST.
        body: BodyCap::Json,
        ..API_CALL
    }
}
