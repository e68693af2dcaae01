//! For those who run the gateway: whether it does, and what its API is.

use super::OPEN_PAGE;

service_rows! {
    ($)
    "health" => health::show {
        path: "/healthz",
        ..OPEN_PAGE
    }
    "docs.openapi" => health::openapi {
        path: "/api/v1/openapi.json",
        cors: true,
        ..OPEN_PAGE
    }
}
