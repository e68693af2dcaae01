//! Workspaces, their settings, and who changed what.

use super::API_CALL;
use crate::domain::access::Right;
use crate::domain::scope::Scope;
use crate::endpoints::handler::Handler;
use crate::endpoints::table::{Access, Answer, BodyCap, Endpoint};
use http::Method;

pub(super) static ROWS: &[Endpoint] = &[
    Endpoint {
        name: "workspaces.list",
        path: "/api/v1/workspaces",
        access: Access::Scope(Scope::WorkspacesRead),
        answer: Answer::Service(Handler::ListWorkspaces),
        ..API_CALL
    },
    Endpoint {
        name: "workspaces.create",
        method: Method::POST,
        path: "/api/v1/workspaces",
        access: Access::Scope(Scope::WorkspacesWrite),
        body: BodyCap::Json,
        answer: Answer::Service(Handler::CreateWorkspace),
        ..API_CALL
    },
    Endpoint {
        name: "workspaces.show",
        path: "/api/v1/workspaces/{slug}",
        access: Access::Scope(Scope::WorkspacesRead),
        answer: Answer::Service(Handler::ShowWorkspace),
        ..API_CALL
    },
    Endpoint {
        name: "workspaces.change",
        method: Method::PATCH,
        path: "/api/v1/workspaces/{slug}",
        access: Access::Scope(Scope::WorkspacesWrite),
        body: BodyCap::Json,
        answer: Answer::Service(Handler::ChangeWorkspace),
        ..API_CALL
    },
    Endpoint {
        name: "workspaces.remove",
        method: Method::DELETE,
        path: "/api/v1/workspaces/{slug}",
        access: Access::Scope(Scope::WorkspacesWrite),
        answer: Answer::Service(Handler::RemoveWorkspace),
        ..API_CALL
    },
    Endpoint {
        name: "workspaces.sync",
        method: Method::POST,
        path: "/api/v1/workspaces/{slug}/sync",
        access: Access::Scope(Scope::WorkspacesWrite),
        body: BodyCap::Json,
        answer: Answer::Service(Handler::SyncWorkspace),
        ..API_CALL
    },
    Endpoint {
        name: "audit.list",
        path: "/api/v1/audit",
        access: Access::User(Right::Audit),
        answer: Answer::Service(Handler::ListAudit),
        ..API_CALL
    },
];
