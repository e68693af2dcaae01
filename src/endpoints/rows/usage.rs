//! How much was used.

use super::API_CALL;
use crate::domain::scope::Scope;
use crate::endpoints::handler::Handler;
use crate::endpoints::table::{Access, Answer, Endpoint};

pub(super) static ROWS: &[Endpoint] = &[
    Endpoint {
        name: "usage.show",
        path: "/api/v1/usage",
        access: Access::Scope(Scope::UsageRead),
        answer: Answer::Service(Handler::ShowUsage),
        ..API_CALL
    },
    Endpoint {
        name: "usage.key",
        path: "/api/v1/keys/{id}/usage",
        access: Access::Scope(Scope::UsageRead),
        answer: Answer::Service(Handler::ShowKeyUsage),
        ..API_CALL
    },
];
