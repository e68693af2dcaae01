//! Whether a request changes what its connection speaks: the one place that decides it, before anything is routed and
//! so for every row. AnythingLLM's server accepts a websocket on any path and leaves it open.

use crate::edge::admin::is_agent_websocket;
use crate::edge::hops::{length_of_body, named_by_connection};
use crate::endpoints::Listener;
use crate::endpoints::path::canonicalise;
use crate::rejection::Rejection;
use http::request::Parts;
use http::{Method, Version, header};

/// What a request asks of its connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    Nothing,
    /// To go on in HTTP/2 (RFC 7540 section 3.2), which Java's `HttpClient` offers with its first request to every
    /// `http` address. Where we answer ourselves it is passed over (RFC 9110 section 7.8); nothing of it goes to
    /// AnythingLLM.
    H2c,
    /// The one websocket there is.
    AgentWebsocket,
}

/// For whoever may not.
pub(super) const REFUSED: Rejection =
    Rejection::BadRequest("Only the agent websocket of AnythingLLM's interface may be upgraded.");

/// # Errors
/// `bad_request` for every change that is not one of [`Asked`], however it is spelt.
pub(super) fn asked(listener: Listener, head: &Parts) -> Result<Asked, Rejection> {
    // Also the extended form of HTTP/2 (RFC 8441), which is a `CONNECT` with a `:protocol`.
    if head.method == Method::CONNECT {
        return Err(Rejection::BadRequest("`CONNECT` asks for a tunnel; there are none here."));
    }
    let mut upgrades = head.headers.get_all(header::UPGRADE).iter();
    let Some(wanted) = upgrades.next() else { return Ok(Asked::Nothing) };
    let is_plain = upgrades.next().is_none()
        && head.version == Version::HTTP_11
        && named_by_connection(&head.headers).any(|name| name.eq_ignore_ascii_case(b"upgrade"));
    if !is_plain {
        return Err(REFUSED);
    }
    if wanted == "h2c" && is_offer_of_h2c(head) {
        return Ok(Asked::H2c);
    }
    let is_websocket = listener == Listener::Admin
        && wanted.as_bytes().eq_ignore_ascii_case(b"websocket")
        && length_of_body(&head.headers) == Some(0)
        && canonicalise(head.uri.path()).is_ok_and(|path| is_agent_websocket(&head.method, &path));
    if is_websocket { Ok(Asked::AgentWebsocket) } else { Err(REFUSED) }
}

fn is_offer_of_h2c(head: &Parts) -> bool {
    head.headers.get_all("http2-settings").iter().count() == 1
        && named_by_connection(&head.headers).any(|name| name.eq_ignore_ascii_case(b"http2-settings"))
}

/// As traces name it.
pub(super) fn version(version: Version) -> &'static str {
    match version {
        Version::HTTP_10 => "1.0",
        Version::HTTP_2 => "2",
        _ => "1.1",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AGENT: &str = "/api/agent-invocation/5f0c8c0e-1111-4222-8333-444455556666";

    fn head(version: Version, path: &str, headers: &[(&str, &str)]) -> Parts {
        let mut request = http::Request::builder().uri(path).version(version);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(()).unwrap().into_parts().0
    }

    fn on(listener: Listener, path: &str, headers: &[(&str, &str)]) -> Option<Asked> {
        asked(listener, &head(Version::HTTP_11, path, headers)).ok()
    }

    const WEBSOCKET: [(&str, &str); 2] = [("connection", "keep-alive, Upgrade"), ("upgrade", "WebSocket")];
    const JAVA: [(&str, &str); 3] =
        [("connection", "Upgrade, HTTP2-Settings"), ("upgrade", "h2c"), ("http2-settings", "AAEAAEAAAAIAAAAB")];

    #[test]
    fn one_websocket_is_upgraded() {
        assert_eq!(on(Listener::Admin, AGENT, &WEBSOCKET), Some(Asked::AgentWebsocket));
        assert_eq!(on(Listener::Public, AGENT, &WEBSOCKET), None);
        for path in ["/", "/api/ping", "/healthz", "/embed/anythingllm-chat-widget.min.js", "/api/agent-invocation/x"] {
            assert_eq!(on(Listener::Admin, path, &WEBSOCKET), None, "{path}");
            assert_eq!(on(Listener::Public, path, &WEBSOCKET), None, "{path}");
        }
        for body in [("content-length", "5"), ("transfer-encoding", "chunked")] {
            assert_eq!(on(Listener::Admin, AGENT, &[WEBSOCKET[0], WEBSOCKET[1], body]), None, "{body:?}");
        }
    }

    #[test]
    fn javas_offer_is_passed_over() {
        for listener in [Listener::Public, Listener::Admin] {
            assert_eq!(on(listener, "/api/v1/chat", &JAVA), Some(Asked::H2c));
            assert_eq!(on(listener, "/api/v1/chat", &JAVA[..2]), None);
        }
        assert_eq!(
            on(Listener::Public, "/", &[("connection", "upgrade")]),
            Some(Asked::Nothing),
            "as many proxies send"
        );
    }

    #[test]
    fn no_spelling_gets_further() {
        for value in ["", "h2c, websocket", "websocket, h2c", "H2C", "h2", "TLS/1.0", "websocket/13", "\"websocket\""] {
            let headers = [("connection", "upgrade, http2-settings"), ("upgrade", value), ("http2-settings", "AAEA")];
            for listener in [Listener::Public, Listener::Admin] {
                assert_eq!(on(listener, AGENT, &headers), None, "{value}");
            }
        }
        let twice = [WEBSOCKET[0], WEBSOCKET[1], ("upgrade", "h2c")];
        assert_eq!(on(Listener::Admin, AGENT, &twice), None);
        assert_eq!(on(Listener::Admin, AGENT, &WEBSOCKET[1..]), None);
        for version in [Version::HTTP_10, Version::HTTP_2] {
            asked(Listener::Admin, &head(version, AGENT, &WEBSOCKET)).unwrap_err();
        }
    }

    #[test]
    fn there_are_no_tunnels() {
        let (mut head, ()) = http::Request::builder().uri(AGENT).body(()).unwrap().into_parts();
        head.method = Method::CONNECT;
        asked(Listener::Admin, &head).unwrap_err();
    }
}
