//! The listener for staff, which passes AnythingLLM's interface through: what of it must not pass.

use super::{Attack, How, admin, raw};
use How::Sent;

pub(super) const ATTACKS: &[Attack] = &[
    Attack {
        name: "routes of AnythingLLM that are open and do harm",
        does: "`env-dump` rewrites its settings, `migrate` its database, and neither asks who is there; in every spelling",
        how: Sent(&[
            admin("GET /api/env-dump", &[], ""),
            admin("POST /api/env-dump", &[], "{}"),
            admin("GET /API/Env-Dump/", &[], ""),
            admin("GET /api//env-dump", &[], ""),
            admin("GET /api/env%2ddump", &[], ""),
            admin("GET /%61pi/env-dump?x=y", &[], ""),
            admin("GET /api/v1/system/env-dump", &["authorization: Bearer <upstream_key>"], ""),
            admin("GET /api/V1/System/ENV-DUMP", &[], ""),
            admin("GET /api/migrate", &[], ""),
            admin("GET /api/migrate/x", &[], ""),
            admin("POST /api/v/acme", &[], "{}"),
        ]),
        expected: "404 not_found -> nothing",
    },
    Attack {
        name: "the same without wanting the answer",
        does: "AnythingLLM answers `HEAD` by doing what `GET` does",
        how: Sent(&[
            admin("HEAD /api/env-dump", &[], ""),
            admin("HEAD /api/v1/system/env-dump", &[], ""),
            admin("HEAD /api/migrate", &[], ""),
        ]),
        expected: "404 -> nothing",
    },
    Attack {
        name: "ambiguous spellings before AnythingLLM",
        does: "what is not one path for everybody goes to nobody",
        how: Sent(&[
            admin("GET /x/../api/env-dump", &[], ""),
            admin("GET /api%2fenv-dump", &[], ""),
            admin("GET /api/%65nv-dump%00", &[], ""),
            admin("GET /api/x;/../env-dump", &[], ""),
            admin("GET /api\\env-dump", &[], ""),
            admin("GET /api/%2565nv-dump", &[], ""),
        ]),
        expected: "400 bad_request -> nothing",
    },
    Attack {
        name: "our keys and tokens to AnythingLLM",
        does: "sent to its paths by mistake or by a page: they would stand in its logs",
        how: Sent(&[
            admin("GET /api/workspaces", &["authorization: Bearer <sk>"], ""),
            admin("GET /api/workspaces", &["authorization: Bearer <jwt_admin>"], ""),
            admin("GET /api/workspaces", &["authorization: Bearer <refresh>"], ""),
            admin("GET /api/v1/auth", &["authorization: Bearer <sk_all>"], ""),
            admin("GET /api/ping", &["x-widget-key: <pk>"], ""),
            admin("GET /api/ping?key=<sk>", &[], ""),
            admin("GET /api/ping?x=1&token=<jwt>", &[], ""),
            admin("GET /api/embed/<sk>/x/y", &[], ""),
            admin("GET /api/ping", &["authorization: Basic <sk>"], ""),
        ]),
        expected: "404 not_found -> nothing",
    },
    Attack {
        name: "a websocket anywhere",
        does: "AnythingLLM answers 101 on every path and keeps the connection; one path has a use for it",
        how: Sent(&[
            admin(
                "GET /api/ping",
                &[
                    "connection: upgrade",
                    "upgrade: websocket",
                    "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==",
                    "sec-websocket-version: 13",
                ],
                "",
            ),
            admin("GET /api/v1/auth", &["upgrade: websocket"], ""),
            admin("GET /", &["upgrade: h2c"], ""),
            admin("GET /api/agent-invocation/not-a-uuid", &["upgrade: websocket"], ""),
            admin("POST /api/agent-invocation/<session>", &["upgrade: websocket"], ""),
            admin("GET /api/agent-invocation/<session>/x", &["upgrade: websocket"], ""),
        ]),
        expected: "400 bad_request -> nothing",
    },
    Attack {
        name: "endpoints of ours without a credential, on this listener",
        does: "the same rows and the same gate as on the public one",
        how: Sent(&[
            admin("POST /api/v1/chat", &[], r#"{"message":"hello"}"#),
            admin("GET /api/v1/audit", &[], ""),
            admin("POST /api/v1/workspaces", &[], "{}"),
            admin("DELETE /api/v1/workspaces/shop?purge=true", &["if-match: *"], ""),
        ]),
        expected: "401 unauthenticated -> nothing",
    },
    Attack {
        name: "a body that AnythingLLM would read before it asks who is there",
        does: "beyond what the listener lets through",
        how: Sent(&[admin("POST /api/request-token", &["content-length: 3000000000"], "{")]),
        expected: "413 body_too_large -> nothing",
    },
    Attack {
        name: "readiness and metrics on the wrong listener",
        does: "AnythingLLM's page is all that is there",
        how: Sent(&[raw("GET /metrics HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")]),
        expected: "404 not_found -> nothing",
    },
];
