//! Who is assigned to a workspace.

use super::API_CALL;
use crate::domain::scope::Scope;
use crate::endpoints::handler::Handler;
use crate::endpoints::table::{Access, Answer, Endpoint};
use http::Method;

pub(super) static ROWS: &[Endpoint] = &[
    Endpoint {
        name: "members.list",
        path: "/api/v1/workspaces/{slug}/members",
        access: Access::Scope(Scope::WorkspacesRead),
        answer: Answer::Service(Handler::ListMembers),
        ..API_CALL
    },
    Endpoint {
        name: "members.add",
        method: Method::PUT,
        path: "/api/v1/workspaces/{slug}/members/{user_id}",
        access: Access::Scope(Scope::WorkspacesWrite),
        answer: Answer::Service(Handler::AddMember),
        ..API_CALL
    },
    Endpoint {
        name: "members.remove",
        method: Method::DELETE,
        path: "/api/v1/workspaces/{slug}/members/{user_id}",
        access: Access::Scope(Scope::WorkspacesWrite),
        answer: Answer::Service(Handler::RemoveMember),
        ..API_CALL
    },
];
