//! Syncs of a workspace's catalogue.

use super::API_CALL;
use crate::domain::access::Access;
use crate::domain::scope::Scope;
use crate::endpoints::handler::Handler;
use crate::endpoints::table::{Answer, BodyCap, Endpoint};
use http::Method;

pub(super) static ROWS: &[Endpoint] = &[
    Endpoint {
        name: "catalog.sync",
        method: Method::POST,
        path: "/api/v1/workspaces/{slug}/store/sync",
        access: Access::Scope(Scope::WorkspacesWrite),
        body: BodyCap::Json,
        answer: Answer::Service(Handler::StartSync),
        ..API_CALL
    },
    Endpoint {
        name: "catalog.runs.list",
        path: "/api/v1/workspaces/{slug}/store/runs",
        access: Access::Scope(Scope::WorkspacesRead),
        answer: Answer::Service(Handler::ListSyncRuns),
        ..API_CALL
    },
    Endpoint {
        name: "catalog.runs.show",
        path: "/api/v1/workspaces/{slug}/store/runs/{id}",
        access: Access::Scope(Scope::WorkspacesRead),
        answer: Answer::Service(Handler::ShowSyncRun),
        ..API_CALL
    },
    Endpoint {
        name: "catalog.runs.cancel",
        method: Method::POST,
        path: "/api/v1/workspaces/{slug}/store/runs/{id}/cancel",
        access: Access::Scope(Scope::WorkspacesWrite),
        // None is asked for, but many clients send `{}` with every POST.
        body: BodyCap::Json,
        answer: Answer::Service(Handler::CancelSyncRun),
        ..API_CALL
    },
];
