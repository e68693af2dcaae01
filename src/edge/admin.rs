//! What of AnythingLLM passes outside the endpoint table: everything on the admin listener, minus what is dangerous;
//! and, if the operator wants it, AnythingLLM's own embeds on the public one.

use crate::auth::{carries_our_credential, looks_like_ours};
use crate::endpoints::path::CanonicalPath;
use crate::endpoints::{Endpoint, LEGACY_EMBED, LOGIN, Listener, PASSTHROUGH, WEBSOCKET};
use crate::gate::SpecialRows;
use crate::rejection::Rejection;
use http::{HeaderMap, Method, header};
use uuid::Uuid;

/// Open to anyone upstream and harmful: they rewrite AnythingLLM's `.env` or run its migrations (`upstream` recordings
/// `http/*env_dump*`, source study 1).
const BLOCKED: [&str; 4] = ["/api/env-dump", "/api/v1/system/env-dump", "/api/migrate", "/api/v"];

/// Guess-a-secret routes: each costs AnythingLLM a bcrypt check in its only thread.
const LOGINS: [(&str, Method); 5] = [
    ("/api/request-token", Method::POST),
    ("/api/system/recover-account", Method::POST),
    ("/api/system/reset-password", Method::POST),
    ("/api/system/update-password", Method::POST),
    ("/api/request-token/sso/simple", Method::GET),
];

/// The one path that AnythingLLM does something with a websocket on. On every other it accepts one and leaves it open.
const WEBSOCKET_PREFIX: &str = "/api/agent-invocation/";

/// The rules above, as rows for the gate.
#[derive(Debug, Clone, Copy)]
pub struct AdminRows {
    /// Whether AnythingLLM's own embed ids work on the public listener.
    pub legacy_embeds: bool,
}

impl SpecialRows for AdminRows {
    fn find(
        &self,
        listener: Listener,
        method: &Method,
        path: &CanonicalPath,
        query: Option<&str>,
        headers: &HeaderMap,
    ) -> Option<Result<&'static Endpoint, Rejection>> {
        match listener {
            Listener::Public => (self.legacy_embeds && is_legacy_embed(method, path)).then_some(Ok(&LEGACY_EMBED)),
            Listener::Admin if names_our_key(path, query) => Some(Err(NOT_FOR_KEYS)),
            Listener::Admin => Some(pass(method, path, headers)),
        }
    }
}

/// Ours never leave for AnythingLLM, also where both have the path (`GET /api/v1/workspaces`, `GET /api/v1/auth`).
const NOT_FOR_KEYS: Rejection = Rejection::NotFound("There is nothing for this key or token at this path.");

fn pass(method: &Method, path: &CanonicalPath, headers: &HeaderMap) -> Result<&'static Endpoint, Rejection> {
    if carries_our_credential(headers) {
        return Err(NOT_FOR_KEYS);
    }
    if BLOCKED.iter().any(|blocked| path.eq_ignore_case(blocked) || starts_below(path, blocked)) {
        return Err(Rejection::NotFound("This path of AnythingLLM is not reachable through Vestibule."));
    }
    // Whoever may not have it was refused before: see `edge::protocol`.
    if headers.contains_key(header::UPGRADE) {
        return Ok(&WEBSOCKET);
    }
    if LOGINS.iter().any(|(login, m)| m == method && path.eq_ignore_case(login)) {
        return Ok(&LOGIN);
    }
    Ok(&PASSTHROUGH)
}

fn starts_below(path: &CanonicalPath, parent: &str) -> bool {
    path.starts_with_ignore_case(&format!("{parent}/"))
}

/// In the path it is a mistaken call of the widget's; in the query a link that somebody made by hand.
fn names_our_key(path: &CanonicalPath, query: Option<&str>) -> bool {
    path.segments().any(looks_like_ours)
        || query.is_some_and(|query| query.split(['&', '=', ';', ',']).any(looks_like_ours))
}

pub(super) fn is_agent_websocket(method: &Method, path: &CanonicalPath) -> bool {
    method == Method::GET
        && path.starts_with_ignore_case(WEBSOCKET_PREFIX)
        && path.as_str().get(WEBSOCKET_PREFIX.len()..).is_some_and(|id| Uuid::try_parse(id).is_ok())
}

/// `POST /api/embed/{uuid}/stream-chat` and `GET|DELETE /api/embed/{uuid}/{session}`, nothing of its management.
fn is_legacy_embed(method: &Method, path: &CanonicalPath) -> bool {
    let segments: Vec<&str> = path.segments().collect();
    let ["api", "embed", embed, last] = segments.as_slice() else { return false };
    let is_uuid = |text: &str| text.len() == 36 && Uuid::try_parse(text).is_ok();
    is_uuid(embed)
        && match *method {
            Method::POST => *last == "stream-chat",
            Method::GET | Method::DELETE => is_uuid(last),
            _ => false,
        }
}
