//! API keys, for those who manage them.

use super::API_CALL;
use crate::domain::scope::Scope;
use crate::endpoints::handler::Handler;
use crate::endpoints::table::{Access, Answer, BodyCap, Endpoint};
use http::Method;

pub(super) static ROWS: &[Endpoint] = &[
    Endpoint {
        name: "keys.list",
        path: "/api/v1/keys",
        access: Access::Scope(Scope::KeysRead),
        answer: Answer::Service(Handler::ListKeys),
        ..API_CALL
    },
    Endpoint {
        name: "keys.create",
        method: Method::POST,
        path: "/api/v1/keys",
        access: Access::Scope(Scope::KeysWrite),
        body: BodyCap::Json,
        answer: Answer::Service(Handler::CreateKey),
        ..API_CALL
    },
    Endpoint {
        name: "keys.show",
        path: "/api/v1/keys/{id}",
        access: Access::Scope(Scope::KeysRead),
        answer: Answer::Service(Handler::ShowKey),
        ..API_CALL
    },
    Endpoint {
        name: "keys.change",
        method: Method::PATCH,
        path: "/api/v1/keys/{id}",
        access: Access::Scope(Scope::KeysWrite),
        body: BodyCap::Json,
        answer: Answer::Service(Handler::ChangeKey),
        ..API_CALL
    },
    Endpoint {
        name: "keys.rotate",
        method: Method::POST,
        path: "/api/v1/keys/{id}/rotate",
        access: Access::Scope(Scope::KeysWrite),
        body: BodyCap::Json,
        answer: Answer::Service(Handler::RotateKey),
        ..API_CALL
    },
    Endpoint {
        name: "keys.revoke",
        method: Method::POST,
        path: "/api/v1/keys/{id}/revoke",
        access: Access::Scope(Scope::KeysWrite),
        body: BodyCap::Json,
        answer: Answer::Service(Handler::RevokeKey),
        ..API_CALL
    },
    Endpoint {
        name: "keys.limits",
        path: "/api/v1/keys/{id}/limits",
        access: Access::Scope(Scope::KeysRead),
        answer: Answer::Service(Handler::ShowKeyLimits),
        ..API_CALL
    },
    Endpoint {
        name: "keys.snippet",
        path: "/api/v1/keys/{id}/snippet",
        access: Access::Scope(Scope::KeysRead),
        answer: Answer::Service(Handler::ShowSnippet),
        ..API_CALL
    },
    Endpoint {
        name: "keys.preview_origins",
        method: Method::POST,
        path: "/api/v1/keys/{id}/origins/preview",
        access: Access::Scope(Scope::KeysRead),
        body: BodyCap::Json,
        answer: Answer::Service(Handler::PreviewOrigins),
        ..API_CALL
    },
];
