//! What a connection speaks: changing it, naming what is for one hop only, and malformed targets and hosts. All of it
//! is decided before anything is routed, so it is the same for every row.

use super::scene::Scene;
use super::wires::{self, Way};
use super::{Attack, How, admin, get, raw, raw_admin, shot};
use crate::harness::PATIENCE;
use How::{Everywhere, Sent, Steps};
use bytes::Bytes;
use futures_util::FutureExt as _;
use h2::ext::Protocol;
use http::{Method, Request};
use vestibule::endpoints::Listener;

const UPGRADE: &str = "connection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==";
const JAVA: &str =
    "connection: Upgrade, HTTP2-Settings\r\nhttp2-settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA\r\nupgrade: h2c";
const SCRIPT: &str = "GET /embed/anythingllm-chat-widget.min.js";
const AGENT: &str = "/api/agent-invocation/5f0c8c0e-1111-4222-8333-444455556666";

pub(super) const ATTACKS: &[Attack] = &[
    Attack {
        name: "a websocket on any row",
        does: "AnythingLLM accepts one on every path and leaves it open: each would be a connection held for nothing",
        how: Everywhere(&[
            get(SCRIPT, &[UPGRADE]),
            get("GET /embed/anythingllm-chat-widget.min.css", &[UPGRADE]),
            get("GET /healthz", &[UPGRADE]),
            get("GET /docs", &[UPGRADE]),
            get("GET /api/v1/openapi.json", &[UPGRADE]),
            get("GET /api/v1/messages?session_id=x", &[UPGRADE, "authorization: Bearer <sk>"]),
            get("GET /api/embed/<pk>/<session>", &[UPGRADE, "origin: https://shop.example"]),
            shot("POST /api/v1/chat", &[UPGRADE, "authorization: Bearer <sk>"], r#"{"message":"hello"}"#),
            get(
                "OPTIONS /api/v1/chat",
                &[UPGRADE, "origin: https://shop.example", "access-control-request-method: POST"],
            ),
            get("GET /api/ping", &[UPGRADE]),
            get("GET /", &[UPGRADE]),
            get("GET /nothing", &[UPGRADE]),
            get("GET /api/agent-invocation/not-a-uuid", &[UPGRADE]),
        ]),
        expected: "400 bad_request -> nothing",
    },
    Attack {
        name: "a websocket without wanting the answer",
        does: "`HEAD`, which Pingora would pass on as well",
        how: Everywhere(&[
            get("HEAD /embed/anythingllm-chat-widget.min.js", &[UPGRADE]),
            get("HEAD /embed/anythingllm-chat-widget.min.css", &[UPGRADE]),
            get("HEAD /healthz", &[UPGRADE]),
            get("HEAD /api/agent-invocation/5f0c8c0e-1111-4222-8333-444455556666", &[UPGRADE]),
        ]),
        expected: "400 -> nothing",
    },
    Attack {
        name: "other spellings of an upgrade",
        does: "other protocols, lists, several headers, upper case, without `Connection`, with nothing in it, over HTTP/1.0",
        how: Everywhere(&[
            get(SCRIPT, &["connection: upgrade", "upgrade: WEBSOCKET"]),
            get(SCRIPT, &["connection: upgrade", "upgrade: h2c, websocket"]),
            get(SCRIPT, &["connection: upgrade", "upgrade: websocket", "upgrade: h2c"]),
            get(SCRIPT, &["CONNECTION: keep-alive, UPGRADE", "UPGRADE: websocket"]),
            get(SCRIPT, &["upgrade: websocket"]),
            get(SCRIPT, &["connection: upgrade", "upgrade: h2c"]),
            get(SCRIPT, &["connection: upgrade", "upgrade: H2C"]),
            get(SCRIPT, &["connection: upgrade, http2-settings", "upgrade: H2C", "http2-settings: AAMAAABk"]),
            get(SCRIPT, &["connection: upgrade", "upgrade: TLS/1.0"]),
            get(SCRIPT, &["connection: upgrade", "upgrade: connect-udp"]),
            get(SCRIPT, &["connection: upgrade", "upgrade:"]),
            get("GET /healthz", &["connection: upgrade", "upgrade: h2c"]),
            get(
                "GET /healthz",
                &["connection: upgrade, http2-settings", "upgrade: h2c, websocket", "http2-settings: AAMA"],
            ),
            raw(
                "GET /embed/anythingllm-chat-widget.min.js HTTP/1.0\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n",
            ),
            raw(
                "GET /api/agent-invocation/5f0c8c0e-1111-4222-8333-444455556666 HTTP/1.0\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n",
            ),
            raw("GET /healthz HTTP/1.0\r\nhost: a\r\nupgrade: h2c\r\n\r\n"),
        ]),
        expected: "400 bad_request -> nothing",
    },
    Attack {
        name: "the agent's websocket for whom it is not",
        does: "from the internet; on the listener for staff with a body, in another method, by a list",
        how: Sent(&[
            get("GET /api/agent-invocation/5f0c8c0e-1111-4222-8333-444455556666", &[UPGRADE]),
            admin("POST /api/agent-invocation/5f0c8c0e-1111-4222-8333-444455556666", &[UPGRADE], ""),
            admin(
                "GET /api/agent-invocation/5f0c8c0e-1111-4222-8333-444455556666",
                &[UPGRADE, "content-length: 2"],
                "ab",
            ),
            admin(
                "GET /api/agent-invocation/5f0c8c0e-1111-4222-8333-444455556666",
                &[UPGRADE, "transfer-encoding: chunked"],
                "0\r\n\r\n",
            ),
            admin(
                "GET /api/agent-invocation/5f0c8c0e-1111-4222-8333-444455556666",
                &["connection: upgrade", "upgrade: websocket, h2c"],
                "",
            ),
            admin("GET /api/agent-invocation/5f0c8c0e-1111-4222-8333-444455556666", &["upgrade: websocket"], ""),
            admin("GET /api/agent-invocation/5f0c8c0e-1111-4222-8333-444455556666/..%2fx", &[UPGRADE], ""),
        ]),
        expected: "400 bad_request -> nothing",
    },
    Attack {
        name: "HTTP/2 by an upgrade, to AnythingLLM",
        does: "the offer of Java's `HttpClient` on what AnythingLLM answers",
        how: Sent(&[
            get(SCRIPT, &[JAVA]),
            get("GET /embed/anythingllm-chat-widget.min.css", &[JAVA]),
            admin(SCRIPT, &[JAVA], ""),
            admin("GET /api/ping", &[JAVA], ""),
            admin("GET /", &[JAVA], ""),
            admin("POST /api/request-token", &[JAVA], "{}"),
        ]),
        expected: "400 bad_request -> nothing",
    },
    Attack {
        name: "HTTP/2 by an upgrade, to us",
        does: "no attack: the same offer, which may be passed over, so that Java's clients work; and `Connection: upgrade` \
               alone, as many proxies send it",
        how: Everywhere(&[
            get("GET /healthz", &[JAVA]),
            get("GET /api/v1/openapi.json", &[JAVA]),
            get("GET /api/v1/messages?session_id=x", &[JAVA, "authorization: Bearer <sk>"]),
            get("GET /healthz", &["connection: upgrade"]),
        ]),
        expected: "200 -> nothing",
    },
    Attack {
        name: "a tunnel",
        does: "`CONNECT`, also to ourselves",
        how: Everywhere(&[
            raw("CONNECT evil.example:443 HTTP/1.1\r\nhost: evil.example:443\r\n\r\n"),
            raw("CONNECT 127.0.0.1:80 HTTP/1.1\r\nhost: 127.0.0.1:80\r\ncontent-length: 5\r\n\r\nhello"),
            raw("CONNECT /healthz HTTP/1.1\r\nhost: a\r\n\r\n"),
            raw("CONNECT a:1 HTTP/1.0\r\nhost: a:1\r\n\r\n"),
        ]),
        expected: "400 bad_request -> nothing",
    },
    Attack {
        name: "a tunnel over HTTP/2",
        does: "`CONNECT`, plain and extended (a websocket, RFC 8441), on both listeners, in plain and over TLS",
        how: Steps(|scene| tunnels_over_http2(scene).boxed()),
        expected: "400 bad_request -> nothing",
    },
    Attack {
        name: "removing headers on the way",
        does: "`Connection` names what all must see, or what is no name, or more than anybody needs",
        how: Everywhere(&[
            get("GET /healthz", &["connection: host"]),
            get(SCRIPT, &["connection: close, Host"]),
            get(SCRIPT, &["connection: x-forwarded-for"]),
            get("GET /api/ping", &["connection: X-Forwarded-For, x-forwarded-proto"]),
            get("GET /api/ping", &["connection: close", "connection: X-Forwarded-Host"]),
            get("GET /api/ping", &["connection: x-real-ip"]),
            get("GET /api/v1/auth/me", &["authorization: Bearer <jwt>", "connection: authorization"]),
            get("GET /api/ping", &["connection: content-length"]),
            get("GET /api/ping", &["connection: transfer-encoding"]),
            get("GET /api/ping", &["connection: :authority"]),
            get("GET /api/ping", &["connection: \"host\""]),
            get("GET /api/ping", &["connection: a b"]),
            get("GET /api/ping", &["connection: a,b,c,d,e,f,g,h,i,j,k,l"]),
        ]),
        expected: "400 bad_request -> nothing",
    },
    Attack {
        name: "malformed hosts, or two",
        does: "for whoever splits lists, decodes, or stops at another sign; in HTTP/2 as `:authority`",
        how: Everywhere(&[
            get("GET /healthz", &["host: a,b"]),
            get("GET /healthz", &["host: chat.example,evil.example"]),
            get("GET /healthz", &["host: chat.example;evil.example"]),
            get("GET /healthz", &["host: chat.example:80:80"]),
            get("GET /healthz", &["host: chat.example:99999"]),
            get("GET /healthz", &["host: (chat.example)"]),
            get("GET /healthz", &["host: chat.example'"]),
            get("GET /healthz", &["host: chat%2eexample"]),
            get("GET /healthz", &["host: *"]),
            get("GET /healthz", &["host: chat.example!"]),
            get(SCRIPT, &["host: a,b"]),
            get("GET /api/ping", &["host: a,b"]),
        ]),
        expected: "400 bad_request -> nothing",
    },
    Attack {
        name: "a target for another host than `Host`",
        does: "of two hosts one would be checked, and the other believed: other names, ports, schemes, names in front",
        how: Everywhere(&[
            raw("GET http://b/healthz HTTP/1.1\r\nhost: a\r\n\r\n"),
            raw("GET http://a.b/healthz HTTP/1.1\r\nhost: a\r\n\r\n"),
            raw("GET http://a./healthz HTTP/1.1\r\nhost: a\r\n\r\n"),
            raw("GET http://a:81/healthz HTTP/1.1\r\nhost: a\r\n\r\n"),
            raw("GET http://a:443/healthz HTTP/1.1\r\nhost: a\r\n\r\n"),
            raw("GET https://a:80/healthz HTTP/1.1\r\nhost: a\r\n\r\n"),
            raw("GET http://a:080/healthz HTTP/1.1\r\nhost: a\r\n\r\n"),
            raw("GET http://a:80:80/healthz HTTP/1.1\r\nhost: a\r\n\r\n"),
            raw("GET http://b@a/healthz HTTP/1.1\r\nhost: a\r\n\r\n"),
            raw("GET http://a%2fb/healthz HTTP/1.1\r\nhost: a\r\n\r\n"),
            raw("GET http://a\\@b/healthz HTTP/1.1\r\nhost: a\r\n\r\n"),
            raw("GET http://a:80/healthz HTTP/1.1\r\nhost: a\r\nhost: a\r\n\r\n"),
            raw("GET http://a:80/healthz HTTP/1.1\r\nhost: a, a\r\n\r\n"),
        ]),
        expected: "400 bad_request -> nothing",
    },
    Attack {
        name: "a target for the same host in another spelling",
        does: "no attack: with the port that its scheme has anyway, or in other letters",
        how: Everywhere(&[
            raw("GET http://a:80/healthz HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n"),
            raw("GET http://a/healthz HTTP/1.1\r\nhost: a:80\r\nconnection: close\r\n\r\n"),
            raw("GET HTTP://A/healthz HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n"),
            raw("GET https://a:443/healthz HTTP/1.1\r\nhost: a:\r\nconnection: close\r\n\r\n"),
            raw("GET http://[::1]:80/healthz HTTP/1.1\r\nhost: [::1]\r\nconnection: close\r\n\r\n"),
        ]),
        expected: "200 -> nothing",
    },
    Attack {
        name: "a fragment in the target",
        does: "clients keep it to themselves; one reader drops it, another takes it for a part of the path. (HTTP/2's library \
               drops it before we see it, and nothing forwards it.)",
        how: Everywhere(&[
            raw("GET /healthz#x HTTP/1.1\r\nhost: a\r\n\r\n"),
            raw("GET /healthz#/../api/env-dump HTTP/1.1\r\nhost: a\r\n\r\n"),
            raw("GET /healthz?a=b#c HTTP/1.1\r\nhost: a\r\n\r\n"),
            raw("GET #/healthz HTTP/1.1\r\nhost: a\r\n\r\n"),
            raw("GET http://a/healthz#x HTTP/1.1\r\nhost: a\r\n\r\n"),
            raw("GET /embed/anythingllm-chat-widget.min.js# HTTP/1.1\r\nhost: a\r\n\r\n"),
        ]),
        expected: "400 bad_request -> nothing",
    },
    Attack {
        name: "a target of another scheme",
        does: "`ftp`, `file`, `ws` and the like, for a proxy that follows them",
        how: Everywhere(&[
            raw("GET ftp://a/healthz HTTP/1.1\r\nhost: a\r\n\r\n"),
            raw("GET FTP://a/healthz HTTP/1.1\r\nhost: a\r\n\r\n"),
            raw("GET ws://a/healthz HTTP/1.1\r\nhost: a\r\n\r\n"),
            raw("GET file://a/etc/passwd HTTP/1.1\r\nhost: a\r\n\r\n"),
            raw("GET gopher://a/healthz HTTP/1.1\r\nhost: a\r\n\r\n"),
            raw("GET ftp://a/embed/anythingllm-chat-widget.min.js HTTP/1.1\r\nhost: a\r\n\r\n"),
        ]),
        expected: "400 bad_request -> nothing",
    },
    Attack {
        name: "a target of another scheme over HTTP/2",
        does: "in `:scheme`",
        how: Steps(|scene| schemes_over_http2(scene).boxed()),
        expected: "400 bad_request -> nothing",
    },
    Attack {
        name: "malformed chunks, to us",
        does: "sizes without a digit, trailer lines without a colon, blanks and line ends where none may be, extensions \
               without end; told while there is somebody to tell",
        how: Everywhere(&[
            raw(
                "POST /api/v1/auth/login HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n\r\n{}\r\n0\r\n\r\n",
            ),
            raw(
                "POST /api/v1/auth/login HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n\r\n\r\n",
            ),
            raw(
                "POST /api/v1/auth/login HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n;x=y\r\n{}\r\n0\r\n\r\n",
            ),
            raw(
                "POST /api/v1/auth/login HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n 2\r\n{}\r\n0\r\n\r\n",
            ),
            raw(
                "POST /api/v1/auth/login HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nno colon here\r\n\r\n",
            ),
            raw(
                "POST /api/v1/auth/login HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\na : b\r\n\r\n",
            ),
            raw(
                "POST /api/v1/auth/login HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\na: b\n\r\n",
            ),
            raw(
                "POST /api/v1/auth/login HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n2;<x5000>\r\n{}\r\n0\r\n\r\n",
            ),
            raw(
                "POST /api/v1/auth/login HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n2;a<nul>\r\n{}\r\n0\r\n\r\n",
            ),
        ]),
        expected: "400 bad_request -> nothing",
    },
    Attack {
        name: "malformed chunks, to AnythingLLM",
        does: "on what passes through, where the connection used to close without a word",
        how: Sent(&[
            raw_admin(
                "POST /api/request-token HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
            ),
            raw_admin(
                "POST /api/request-token HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n\r\n{}\r\n0\r\n\r\n",
            ),
            raw_admin(
                "POST /api/system/update-env HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n-2\r\n{}\r\n0\r\n\r\n",
            ),
            raw_admin(
                "POST /api/system/update-env HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n2\n{}\n0\n\n",
            ),
            raw_admin(
                "POST /api/v1/document/upload HTTP/1.1\r\nhost: a\r\ncontent-type: multipart/form-data; boundary=b\r\ntransfer-encoding: chunked\r\n\r\n10000000000000002\r\n--b--\r\n0\r\n\r\n",
            ),
        ]),
        expected: "400 bad_request -> nothing",
    },
    Attack {
        name: "malformed chunks after a good one, to AnythingLLM",
        does: "behind a first one that is well, with which AnythingLLM was called: its call ends, too",
        how: Steps(|scene| late_faults(scene).boxed()),
        expected: "400 bad_request, 400 bad_request -> POST /api/system/update-env",
    },
    Attack {
        name: "what AnythingLLM's answers say of themselves",
        does: "the headers of its script reach a shopper only as far as they are on a short list",
        how: Steps(|scene| headers_of_the_script(scene).boxed()),
        expected: "200, nothing else -> GET /embed/anythingllm-chat-widget.min.js",
    },
];

async fn late_faults(scene: &Scene) -> String {
    let way = Way { listener: Listener::Admin, http2: false, tls: false, over: false };
    let head = "POST /api/system/update-env HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ntransfer-encoding: chunked";
    let control = scene.world.upstream.control();
    let mut seen = Vec::new();
    for (count, body) in ["2\r\n{}XX0\r\n\r\n", "2\r\n{}\r\n0\r\nno colon here\r\n\r\n"].into_iter().enumerate() {
        seen.push(wires::over_http1(scene, way, format!("{head}\r\n\r\n{body}").as_bytes()).await);
        control.until(|control| control.requests().len() > count, PATIENCE).await;
    }
    seen.join(", ")
}

async fn tunnels_over_http2(scene: &Scene) -> String {
    let plain = || Request::builder().method(Method::CONNECT).uri("chat.example:443");
    let extended = |path: &str| {
        let request = Request::builder().method(Method::CONNECT).uri(format!("http://chat.example{path}"));
        request.extension(Protocol::from_static("websocket")).header("sec-websocket-version", "13")
    };
    let mut seen = Vec::new();
    for way in Way::ALL.into_iter().filter(|way| way.http2) {
        let script = SCRIPT.split_once(' ').unwrap().1;
        for request in [plain(), extended(AGENT), extended(script), extended("/healthz"), extended("/")] {
            let told = wires::over_http2(scene, way, request.body(Bytes::new()).unwrap()).await;
            if !seen.contains(&told) {
                seen.push(told);
            }
        }
    }
    seen.join(" or ")
}

async fn schemes_over_http2(scene: &Scene) -> String {
    let mut seen = Vec::new();
    for way in Way::ALL.into_iter().filter(|way| way.http2) {
        for uri in ["ftp://chat.example/healthz", "ws://chat.example/healthz", "file://chat.example/api/ping"] {
            let told = wires::over_http2(scene, way, Request::get(uri).body(Bytes::new()).unwrap()).await;
            if !seen.contains(&told) {
                seen.push(told);
            }
        }
    }
    seen.join(" or ")
}

async fn headers_of_the_script(scene: &Scene) -> String {
    let allowed = [
        "accept-ranges",
        "access-control-allow-origin",
        "access-control-expose-headers",
        "cache-control",
        "connection",
        "content-length",
        "content-type",
        "date",
        "etag",
        "last-modified",
        "transfer-encoding",
        "vary",
        "x-content-type-options",
        "x-request-id",
    ];
    let answer = scene.process.public().get(SCRIPT.split_once(' ').unwrap().1).await;
    let others: Vec<_> = answer.headers.keys().filter(|name| !allowed.contains(&name.as_str())).collect();
    if others.is_empty() { format!("{}, nothing else", answer.status.as_u16()) } else { format!("{others:?}") }
}
