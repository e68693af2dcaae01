//! Logins and sessions of people.

use super::{LOGIN_CALL, OPEN_PAGE, USER_CALL};
use crate::endpoints::handler::Handler;
use crate::endpoints::table::{Answer, BodyCap, Cost, Endpoint};
use http::Method;

pub(super) static ROWS: &[Endpoint] = &[
    Endpoint {
        name: "auth.login",
        path: "/api/v1/auth/login",
        cost: Cost::Login,
        answer: Answer::Service(Handler::Login),
        ..LOGIN_CALL
    },
    Endpoint {
        name: "auth.refresh",
        path: "/api/v1/auth/refresh",
        answer: Answer::Service(Handler::Refresh),
        ..LOGIN_CALL
    },
    Endpoint {
        name: "auth.logout",
        method: Method::POST,
        path: "/api/v1/auth/logout",
        // None is asked for, but many clients send `{}` with every POST.
        body: BodyCap::Json,
        answer: Answer::Service(Handler::Logout),
        ..USER_CALL
    },
    Endpoint { name: "auth.me", path: "/api/v1/auth/me", answer: Answer::Service(Handler::Me), ..USER_CALL },
    Endpoint {
        name: "auth.ui_link",
        method: Method::POST,
        path: "/api/v1/auth/ui-link",
        body: BodyCap::Json,
        answer: Answer::Service(Handler::UiLink),
        ..USER_CALL
    },
    Endpoint {
        name: "auth.sessions.list",
        path: "/api/v1/auth/sessions",
        answer: Answer::Service(Handler::ListSessions),
        ..USER_CALL
    },
    Endpoint {
        name: "auth.sessions.end_all",
        method: Method::DELETE,
        path: "/api/v1/auth/sessions",
        answer: Answer::Service(Handler::EndSessions),
        ..USER_CALL
    },
    Endpoint {
        name: "auth.sessions.end",
        method: Method::DELETE,
        path: "/api/v1/auth/sessions/{id}",
        answer: Answer::Service(Handler::EndSession),
        ..USER_CALL
    },
    Endpoint {
        name: "auth.keys",
        path: "/.well-known/jwks.json",
        cors: true,
        answer: Answer::Service(Handler::KeySet),
        ..OPEN_PAGE
    },
];
