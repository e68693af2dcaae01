//! Health, documentation and the demo.

use super::OPEN_PAGE;
use crate::endpoints::handler::Handler;
use crate::endpoints::table::{Answer, Endpoint};

pub(super) static ROWS: &[Endpoint] = &[
    Endpoint { name: "health", path: "/healthz", ..OPEN_PAGE },
    Endpoint {
        name: "docs.openapi",
        path: "/api/v1/openapi.json",
        cors: true,
        answer: Answer::Service(Handler::OpenApi),
        ..OPEN_PAGE
    },
    Endpoint { name: "docs.index", path: "/docs", answer: Answer::Service(Handler::Docs), ..OPEN_PAGE },
    Endpoint {
        name: "docs.asset",
        path: "/docs/assets/{file}",
        answer: Answer::Service(Handler::DocsAsset),
        ..OPEN_PAGE
    },
    Endpoint {
        name: "docs.error",
        path: "/docs/errors/{code}",
        answer: Answer::Service(Handler::DocsError),
        ..OPEN_PAGE
    },
    Endpoint { name: "demo.page", path: "/demo", answer: Answer::Service(Handler::Demo), ..OPEN_PAGE },
    Endpoint {
        name: "demo.asset",
        path: "/demo/assets/{file}",
        answer: Answer::Service(Handler::DemoAsset),
        ..OPEN_PAGE
    },
];
