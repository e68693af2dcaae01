//! Connections to shops.

use super::API_CALL;
use crate::domain::scope::Scope;
use crate::endpoints::handler::Handler;
use crate::endpoints::table::{Access, Answer, BodyCap, Endpoint};
use http::Method;

const PATH: &str = "/api/v1/workspaces/{slug}/store";

pub(super) static ROWS: &[Endpoint] = &[
    Endpoint {
        name: "stores.show",
        path: PATH,
        access: Access::Scope(Scope::WorkspacesRead),
        answer: Answer::Service(Handler::ShowStore),
        ..API_CALL
    },
    Endpoint {
        name: "stores.put",
        method: Method::PUT,
        path: PATH,
        access: Access::Scope(Scope::WorkspacesWrite),
        body: BodyCap::Json,
        answer: Answer::Service(Handler::PutStore),
        ..API_CALL
    },
    Endpoint {
        name: "stores.delete",
        method: Method::DELETE,
        path: PATH,
        access: Access::Scope(Scope::WorkspacesWrite),
        answer: Answer::Service(Handler::DeleteStore),
        ..API_CALL
    },
    Endpoint {
        name: "stores.check",
        method: Method::POST,
        path: "/api/v1/workspaces/{slug}/store/check",
        access: Access::Scope(Scope::WorkspacesWrite),
        // None is asked for, but many clients send `{}` with every POST.
        body: BodyCap::Json,
        answer: Answer::Service(Handler::CheckStore),
        ..API_CALL
    },
];
