//! How a shop's visitors are told apart.

use super::API_CALL;
use crate::domain::scope::Scope;
use crate::endpoints::handler::Handler;
use crate::endpoints::table::{Access, Answer, BodyCap, Endpoint};
use http::Method;

const IDENTITY: &str = "/api/v1/workspaces/{slug}/identity";

pub(super) static ROWS: &[Endpoint] = &[
    Endpoint {
        name: "identity.show",
        path: IDENTITY,
        access: Access::Scope(Scope::WorkspacesRead),
        answer: Answer::Service(Handler::ShowIdentity),
        ..API_CALL
    },
    Endpoint {
        name: "identity.put",
        method: Method::PUT,
        path: IDENTITY,
        access: Access::Scope(Scope::WorkspacesWrite),
        body: BodyCap::Json,
        answer: Answer::Service(Handler::PutIdentity),
        ..API_CALL
    },
    Endpoint {
        name: "identity.rotate",
        method: Method::POST,
        path: "/api/v1/workspaces/{slug}/identity/rotate-secret",
        access: Access::Scope(Scope::WorkspacesWrite),
        body: BodyCap::Json,
        answer: Answer::Service(Handler::RotateIdentitySecret),
        ..API_CALL
    },
    Endpoint {
        name: "visitor_tokens.revoke",
        method: Method::POST,
        path: "/api/v1/workspaces/{slug}/visitor-tokens/revoke",
        access: Access::Scope(Scope::WorkspacesWrite),
        body: BodyCap::Json,
        answer: Answer::Service(Handler::RevokeVisitorTokens),
        ..API_CALL
    },
];
