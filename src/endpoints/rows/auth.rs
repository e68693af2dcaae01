//! Logins and sessions of people.

use super::{LOGIN_CALL, OPEN_PAGE, USER_CALL};
use crate::endpoints::table::{BodyCap, Cost};
use http::Method;

service_rows! {
    ($)
    "auth.login" => auth::login {
        path: "/api/v1/auth/login",
        cost: Cost::Login,
        ..LOGIN_CALL
    }
    "auth.refresh" => auth::refresh {
        path: "/api/v1/auth/refresh",
        ..LOGIN_CALL
    }
    "auth.logout" => auth::logout {
        method: Method::POST,
        path: "/api/v1/auth/logout",
        // None is asked for, but many clients send `{}` with every POST.
        body: BodyCap::Json,
        ..USER_CALL
    }
    "auth.me" => auth::me {
        path: "/api/v1/auth/me",
        ..USER_CALL
    }
    "auth.ui_link" => auth::ui_link::create {
        method: Method::POST,
        path: "/api/v1/auth/ui-link",
        body: BodyCap::Json,
        ..USER_CALL
    }
    "auth.sessions.list" => auth::sessions::list {
        path: "/api/v1/auth/sessions",
        ..USER_CALL
    }
    "auth.sessions.end_all" => auth::sessions::end_all {
        method: Method::DELETE,
        path: "/api/v1/auth/sessions",
        ..USER_CALL
    }
    "auth.sessions.end" => auth::sessions::end {
        method: Method::DELETE,
        path: "/api/v1/auth/sessions/{id}",
        ..USER_CALL
    }
    "auth.keys" => auth::keys::show {
        path: "/.well-known/jwks.json",
        cors: true,
        ..OPEN_PAGE
    }
}
