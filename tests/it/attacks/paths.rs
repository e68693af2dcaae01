//! Paths and hosts: reaching what the public listener does not have, by whatever spelling.

use super::scene::Scene;
use super::{Attack, How, OWNER, PAGE, SERVER, get, raw, shot};
use How::{Sent, Steps};
use futures_util::FutureExt as _;
use http::{Method, Request};

pub(super) const ATTACKS: &[Attack] = &[
    Attack {
        name: "AnythingLLM's developer API from the internet",
        does: "its paths, with AnythingLLM's own key and with ours",
        how: Sent(&[
            get("GET /api/v1/auth", &["authorization: Bearer <upstream_key>"]),
            get("GET /api/v1/workspace/<upstream_slug>", &["authorization: Bearer <upstream_key>"]),
            shot(
                "POST /api/v1/workspace/<upstream_slug>/stream-chat",
                &["authorization: Bearer <upstream_key>"],
                r#"{"message":"@agent","mode":"chat"}"#,
            ),
            shot("POST /api/v1/workspace/<upstream_slug>/chat", &[SERVER], r#"{"message":"x","reset":true}"#),
            get("GET /api/v1/system/export-chats?type=json", &["authorization: Bearer <upstream_key>"]),
            shot("POST /api/v1/system/update-env", &["authorization: Bearer <upstream_key>"], "{}"),
            shot(
                "POST /api/v1/admin/users/new",
                &["authorization: Bearer <upstream_key>"],
                r#"{"username":"mallory","password":"x","role":"admin"}"#,
            ),
            get("GET /api/v1/users", &[OWNER]),
            get("GET /api/v1/documents", &[OWNER]),
            shot("POST /api/v1/document/upload", &[OWNER], "x"),
            shot("POST /api/v1/openai/chat/completions", &[OWNER], "{}"),
        ]),
        expected: "404 not_found -> nothing",
    },
    Attack {
        name: "AnythingLLM's interface from the internet",
        does: "the paths of its own UI, among them those that ask for no credential",
        how: Sent(&[
            get("GET /", &[]),
            get("GET /index.html", &[]),
            get("GET /api/ping", &[]),
            get("GET /api/setup-complete", &[]),
            get("GET /api/env-dump", &[]),
            get("GET /api/v1/system/env-dump", &[]),
            get("GET /api/migrate", &[]),
            get("GET /api/onboarding", &[]),
            get("GET /api/system/logo", &[]),
            get("GET /api/utils/metrics", &[]),
            get("GET /api/docs", &[]),
            get("GET /api/workspaces", &["authorization: Bearer <jwt_admin>"]),
            shot("POST /api/system/generate-api-key", &[], "{}"),
            shot("POST /api/system/enable-multi-user", &[], "{}"),
            shot("POST /api/workspace/<upstream_slug>/stream-chat", &[], r#"{"message":"@agent"}"#),
            get("GET /api/embed/<embed>/<victim>", &["origin: https://shop.example"]),
            shot(
                "POST /api/embed/<embed>/stream-chat",
                &["origin: https://shop.example"],
                r#"{"sessionId":"<session>","message":"x"}"#,
            ),
            get("GET /api/embeds", &[]),
        ]),
        expected: "404 not_found -> nothing",
    },
    Attack {
        name: "other spellings of a path",
        does: "AnythingLLM's router forgives case, doubled and trailing slashes and encoded letters",
        how: Sent(&[
            get("GET /API/V1/System/Env-Dump", &[]),
            get("GET /api//v1/system/env-dump", &[]),
            get("GET /api/v1/system/env-dump/", &[]),
            get("GET //api/env-dump", &[]),
            get("GET ///api///env-dump///", &[]),
            get("GET /%61pi/%65nv-dump", &[]),
            get("GET /api/env%2Ddump", &[]),
            get("GET /Api/V1/Workspaces", &[OWNER]),
            get("GET /api/v1/WORKSPACES", &[OWNER]),
            get("GET /api/v1/workspaces/SHOP", &[OWNER]),
            get("GET /api/v1/workspaces.json", &[OWNER]),
            get("GET /evil.example/api/v1/workspaces", &[OWNER]),
            get("GET //evil.example/api/v1/workspaces", &[OWNER]),
        ]),
        expected: "404 not_found -> nothing",
    },
    Attack {
        name: "paths that two readers could read differently",
        does: "dot segments, encoded and double-encoded slashes, backslashes, parameters, NUL, overlong and broken UTF-8",
        how: Sent(&[
            get("GET /docs/../api/env-dump", &[]),
            get("GET /docs/./../api/env-dump", &[]),
            get("GET /docs/%2e%2e/api/env-dump", &[]),
            get("GET /docs/.%2E/api/env-dump", &[]),
            get("GET /api%2fenv-dump", &[]),
            get("GET /docs/%2e%2e%2fapi/env-dump", &[]),
            get("GET /docs/%252e%252e/api/env-dump", &[]),
            get("GET /api%5cenv-dump", &[]),
            get("GET /docs\\..\\api\\env-dump", &[]),
            get("GET /api/v1/workspaces;x=y", &[OWNER]),
            get("GET /api;/env-dump", &[]),
            get("GET /api/v1/workspaces%00", &[OWNER]),
            get("GET /api/v1/workspaces%0d%0a", &[OWNER]),
            get("GET /api/v1/workspaces%3fx=y", &[OWNER]),
            get("GET /api/v1/workspaces%23x", &[OWNER]),
            get("GET /%c0%ae%c0%ae/api/env-dump", &[]),
            get("GET /%c0%af/api/env-dump", &[]),
            get("GET /api/v1/workspaces/%ff", &[OWNER]),
            get("GET /api/v1/workspaces/%zz", &[OWNER]),
            get("GET /api/v1/workspaces/%", &[OWNER]),
        ]),
        expected: "400 bad_request -> nothing",
    },
    Attack {
        name: "a slash in a path's parameter",
        does: "a workspace or a session that would become a longer path at AnythingLLM",
        how: Sent(&[
            get("GET /api/v1/workspaces/shop%2f..%2fother", &[OWNER]),
            get("GET /api/v1/workspaces/..", &[OWNER]),
            get("GET /api/v1/workspaces/%2e%2e", &[OWNER]),
            get("GET /api/embed/<pk>/..%2f..%2fv1%2fsystem", &["origin: https://shop.example"]),
            get("GET /api/embed/<pk>/%2e%2e", &["origin: https://shop.example"]),
        ]),
        expected: "400 bad_request -> nothing",
    },
    Attack {
        name: "a workspace that is a path",
        does: "in the body, where no router looks",
        how: Sent(&[
            shot("POST /api/v1/chat", &[OWNER], r#"{"message":"hello","workspace":"../../system/env-dump"}"#),
            shot("POST /api/v1/chat", &[OWNER], r#"{"message":"hello","workspace":"shop/../other"}"#),
            shot("POST /api/v1/knowledge/query", &[OWNER], r#"{"query":"drill","workspace":"shop%2f..%2fother"}"#),
            shot("POST /api/v1/chat", &[OWNER], r#"{"message":"hello","workspace":"' OR 1=1 --"}"#),
            shot("POST /api/v1/chat", &[OWNER], r#"{"message":"hello","workspace":"SHOP"}"#),
        ]),
        expected: "404 not_found -> nothing",
    },
    Attack {
        name: "adopting a path of AnythingLLM as a workspace",
        does: "`upstream_slug` goes into the path of calls with AnythingLLM's key",
        how: Steps(|scene| adopted(scene).boxed()),
        expected: "refused, and no such path was asked for -> nothing",
    },
    Attack {
        name: "the whole address in the request line",
        does: "a proxy's form of request, for this host; its path is routed as any other",
        how: Sent(&[
            raw("GET http://chat.example/api/env-dump HTTP/1.1\r\nhost: chat.example\r\nconnection: close\r\n\r\n"),
            raw("GET http://chat.example/api/ping HTTP/1.1\r\nhost: chat.example\r\nconnection: close\r\n\r\n"),
        ]),
        expected: "404 not_found -> nothing",
    },
    Attack {
        name: "a request for two hosts",
        does: "one in the request line, another in `Host`; two `Host`; one that is no host; none",
        how: Sent(&[
            raw("GET http://evil.example/healthz HTTP/1.1\r\nhost: chat.example\r\nconnection: close\r\n\r\n"),
            raw(
                "GET http://chat.example@evil.example/healthz HTTP/1.1\r\nhost: chat.example\r\nconnection: close\r\n\r\n",
            ),
            raw("GET http://evil.example/api/env-dump HTTP/1.1\r\nhost: chat.example\r\nconnection: close\r\n\r\n"),
            raw("GET /healthz HTTP/1.1\r\nhost: chat.example\r\nhost: evil.example\r\nconnection: close\r\n\r\n"),
            raw("GET /healthz HTTP/1.1\r\nhost: chat.example, evil.example\r\nconnection: close\r\n\r\n"),
            raw("GET /healthz HTTP/1.1\r\nhost: chat.example/api\r\nconnection: close\r\n\r\n"),
            raw("GET /healthz HTTP/1.1\r\nhost: user@chat.example\r\nconnection: close\r\n\r\n"),
            raw("GET /healthz HTTP/1.1\r\nhost:\r\nconnection: close\r\n\r\n"),
            raw("GET /healthz HTTP/1.1\r\nconnection: close\r\n\r\n"),
        ]),
        expected: "400 bad_request -> nothing",
    },
    Attack {
        name: "a request for two hosts over HTTP/2",
        does: "`:authority` is one host, `Host` another",
        how: Steps(|scene| two_hosts_over_h2(scene).boxed()),
        expected: "400 -> nothing",
    },
    Attack {
        name: "headers that move a request elsewhere",
        does: "rewriting and overriding headers that some servers follow",
        how: Sent(&[
            get("GET /api/v1/nothing", &["x-original-url: /healthz"]),
            get("GET /api/v1/nothing", &["x-rewrite-url: /healthz"]),
            get("GET /api/v1/nothing", &["x-forwarded-prefix: /healthz", "x-forwarded-path: /healthz"]),
            get("GET /api/v1/nothing", &["x-http-method-override: POST"]),
        ]),
        expected: "404 not_found -> nothing",
    },
    Attack {
        name: "a method in a header",
        does: "a read that some servers would take for a removal",
        how: Sent(&[
            get("GET /api/v1/workspaces/shop", &["authorization: Bearer <jwt>", "x-http-method-override: DELETE"]),
            get("GET /api/v1/workspaces/shop?_method=DELETE", &["authorization: Bearer <jwt>"]),
            get(
                "GET /api/v1/workspaces/shop",
                &["authorization: Bearer <jwt>", "x-method-override: DELETE", "if-match: *"],
            ),
        ]),
        expected: "403 forbidden -> nothing",
    },
    Attack {
        name: "methods that are not there",
        does: "on paths that are",
        how: Sent(&[
            shot("PUT /api/v1/chat", &[PAGE], "{}"),
            get("GET /api/v1/chat", &[PAGE]),
            shot("TRACE /api/v1/chat", &[PAGE], ""),
            shot("PROPFIND /api/v1/messages", &[PAGE], ""),
            shot("post /api/v1/chat", &[PAGE], "{}"),
            shot("OPTIONS /api/v1/chat", &[], ""),
        ]),
        expected: "405 method_not_allowed -> nothing",
    },
    Attack {
        name: "a proxy for hire",
        does: "`CONNECT`, and `OPTIONS *`",
        how: Sent(&[
            raw("CONNECT evil.example:443 HTTP/1.1\r\nhost: evil.example:443\r\nconnection: close\r\n\r\n"),
            raw("OPTIONS * HTTP/1.1\r\nhost: chat.example\r\nconnection: close\r\n\r\n"),
        ]),
        expected: "400 bad_request -> nothing",
    },
    Attack {
        name: "metrics and readiness from the internet",
        does: "the paths of the listener for operators",
        how: Sent(&[
            get("GET /metrics", &[]),
            get("GET /readyz", &[]),
            get("GET /api/v1/metrics", &[]),
            get("GET /debug/pprof", &[]),
        ]),
        expected: "404 not_found -> nothing",
    },
    Attack {
        name: "files beside the served ones",
        does: "other names where files and pages are served by name",
        how: Sent(&[
            get("GET /docs/assets/..%2e/x", &[]),
            get("GET /docs/assets/Cargo.toml", &[]),
            get("GET /demo/assets/.env", &[]),
            get("GET /docs/errors/passwd", &[]),
            get("GET /embed/anythingllm-chat-widget.min.js.map", &[]),
            get("GET /embed/", &[]),
            get("GET /.env", &[]),
            get("GET /.git/config", &[]),
            get("GET /.well-known/security.txt", &[]),
        ]),
        expected: "404 not_found -> nothing",
    },
    Attack {
        name: "a path without end",
        does: "longer than any path, and a query longer than the head may be",
        how: Sent(&[get("GET /api/v1/<x20000>", &[]), get("GET /<x20000>", &[])]),
        expected: "400 bad_request -> nothing",
    },
];

async fn adopted(scene: &Scene) -> String {
    let owner = scene.bearer("sk_all");
    for slug in [
        "../system/env-dump",
        "..%2f..%2fsystem%2fenv-dump",
        "a/../../users",
        "x?y=z",
        "x#y",
        ".",
        "..",
        "",
        "x\r\ny",
        "ｓhop",
    ] {
        let body = serde_json::json!({"name": "mine", "platform": "custom", "upstream_slug": slug});
        let answer = owner.post("/api/v1/workspaces", &body).await;
        if !matches!(answer.status.as_u16(), 404 | 409 | 422) {
            return format!("{slug:?} gave {}: {}", answer.status, answer.text());
        }
    }
    let asked: Vec<_> = scene.requests().into_iter().map(|request| request.path_and_query).collect();
    if let Some(odd) =
        asked.iter().find(|path| !path.starts_with("/api/v1/workspace/") || path.matches('/').count() != 4)
    {
        return format!("asked for {odd}");
    }
    // What is left are questions whether there is a workspace of that very name.
    scene.begin_case();
    "refused, and no such path was asked for".to_owned()
}

async fn two_hosts_over_h2(scene: &Scene) -> String {
    let tcp = tokio::net::TcpStream::connect(scene.process.public).await.unwrap();
    let (io, executor) = (hyper_util::rt::TokioIo::new(tcp), hyper_util::rt::TokioExecutor::new());
    let (mut sender, connection) = hyper::client::conn::http2::handshake(executor, io).await.unwrap();
    tokio::spawn(connection);
    let request =
        Request::builder().method(Method::GET).uri("http://chat.example/healthz").header("host", "evil.example");
    let answer = sender.send_request(request.body(http_body_util::Empty::<bytes::Bytes>::new()).unwrap()).await;
    answer.map_or_else(|_| "reset".to_owned(), |answer| answer.status().as_u16().to_string())
}
