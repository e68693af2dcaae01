//! Headers, in and out, and log lines: whatever a client can write somewhere.

use super::scene::Scene;
use super::{Attack, How, OWNER, PAGE, SERVER, exchange, get, shot};
use How::{Sent, Steps};
use futures_util::FutureExt as _;
use serde_json::json;
use vestibule::endpoints::Listener;

pub(super) const ATTACKS: &[Attack] = &[
    Attack {
        name: "a malformed request id",
        does: "line ends, markup, terminal codes, too long, several: never repeated",
        how: Steps(|scene| request_ids(scene).boxed()),
        expected: "each replaced, several refused with 400 -> nothing",
    },
    Attack {
        name: "line ends in values that become headers",
        does: "names, origins, entity tags and languages with CR LF, plain and encoded: no answer has a header of the client's making",
        how: Steps(|scene| split_answers(scene).boxed()),
        expected: "no header of theirs -> nothing",
    },
    Attack {
        name: "line ends in credentials of a shop",
        does: "tokens that would go into a header of a call to the shop",
        how: Sent(&[
            shot(
                "PUT /api/v1/workspaces/shop/store",
                &[OWNER],
                r#"{"platform":"shopify","store_url":"https://shop.example","store_ref":"x.myshopify.com","credentials":{"type":"access_token","access_token":"a\r\nX-Evil: b"}}"#,
            ),
            shot(
                "PUT /api/v1/workspaces/shop/store",
                &[OWNER],
                r#"{"platform":"custom","store_url":"https://shop.example","credentials":{"type":"bearer","token":"a\nHost: evil.example"}}"#,
            ),
            shot(
                "PUT /api/v1/workspaces/shop/store",
                &[OWNER],
                r#"{"platform":"feed","store_url":"https://shop.example","feed_url":"https://shop.example/a\r\nb.xml","feed_format":"csv"}"#,
            ),
        ]),
        expected: "422 validation_failed -> nothing",
    },
    Attack {
        name: "addresses of shops inside the house",
        does: "the metadata service, this computer, private networks, other schemes and spellings",
        how: Sent(&[
            shot(
                "PUT /api/v1/workspaces/shop/store",
                &[OWNER],
                r#"{"platform":"custom","store_url":"http://169.254.169.254/latest/meta-data"}"#,
            ),
            shot(
                "PUT /api/v1/workspaces/shop/store",
                &[OWNER],
                r#"{"platform":"custom","store_url":"https://127.0.0.1"}"#,
            ),
            shot(
                "PUT /api/v1/workspaces/shop/store",
                &[OWNER],
                r#"{"platform":"custom","store_url":"https://[::ffff:169.254.169.254]"}"#,
            ),
            shot(
                "PUT /api/v1/workspaces/shop/store",
                &[OWNER],
                r#"{"platform":"custom","store_url":"https://2130706433"}"#,
            ),
            shot(
                "PUT /api/v1/workspaces/shop/store",
                &[OWNER],
                r#"{"platform":"custom","store_url":"https://user:pw@shop.example"}"#,
            ),
            shot(
                "PUT /api/v1/workspaces/shop/store",
                &[OWNER],
                r#"{"platform":"custom","store_url":"file:///etc/passwd"}"#,
            ),
            shot(
                "PUT /api/v1/workspaces/shop/store",
                &[OWNER],
                r#"{"platform":"custom","store_url":"gopher://shop.example"}"#,
            ),
        ]),
        expected: "422 validation_failed -> nothing",
    },
    Attack {
        name: "scripts in what a widget shows",
        does: "`javascript:` and `data:` for pictures and links, markup for colours",
        how: Sent(&[
            shot(
                "PATCH /api/v1/workspaces/shop",
                &[OWNER, "if-match: *"],
                r#"{"widget":{"logo_url":"javascript:alert(1)"}}"#,
            ),
            shot(
                "PATCH /api/v1/workspaces/shop",
                &[OWNER, "if-match: *"],
                r#"{"widget":{"logo_url":"data:text/html,<script>alert(1)</script>"}}"#,
            ),
            shot(
                "PATCH /api/v1/workspaces/shop",
                &[OWNER, "if-match: *"],
                r#"{"settings":{"privacy_url":"javascript:alert(1)"}}"#,
            ),
            shot(
                "PATCH /api/v1/workspaces/shop",
                &[OWNER, "if-match: *"],
                r#"{"widget":{"primary_color":"red;background:url(https://evil.example)"}}"#,
            ),
            shot(
                "PATCH /api/v1/workspaces/shop",
                &[OWNER, "if-match: *"],
                r#"{"settings":{"default_locale":"de\"><script>"}}"#,
            ),
        ]),
        expected: "422 validation_failed -> nothing",
    },
    Attack {
        name: "a malformed idempotency key",
        does: "blanks, control characters, too long, several, none",
        how: Sent(&[
            shot("POST /api/v1/chat", &[PAGE, "idempotency-key: a b"], r#"{"message":"hello"}"#),
            shot("POST /api/v1/chat", &[PAGE, "idempotency-key: <x1100>"], r#"{"message":"hello"}"#),
            shot("POST /api/v1/chat", &[PAGE, "idempotency-key: a<ff>"], r#"{"message":"hello"}"#),
            shot("POST /api/v1/chat", &[PAGE, "idempotency-key: a", "idempotency-key: b"], r#"{"message":"hello"}"#),
        ]),
        expected: "400 bad_request -> nothing",
    },
    Attack {
        name: "a change without looking",
        does: "a workspace is changed or removed without its entity tag, or with one of an earlier version",
        how: Sent(&[
            shot("PATCH /api/v1/workspaces/shop", &[OWNER, "if-match: \"999999\""], r#"{"name":"mine"}"#),
            shot("DELETE /api/v1/workspaces/shop?purge=true", &[OWNER, "if-match: \"999999\""], ""),
            shot("PATCH /api/v1/workspaces/shop", &[SERVER, "if-match: W/\"1\""], r#"{"name":"mine"}"#),
        ]),
        expected: "412 precondition_failed -> nothing",
    },
    Attack {
        name: "lines of the log by what a client sends",
        does: "line ends, terminal codes and JSON in names, agents, referrers, paths, methods, trace headers; each in a log line's way",
        how: Steps(|scene| log_lines(scene).boxed()),
        expected: "no line of theirs -> a login",
    },
    Attack {
        name: "keys and tokens into the log",
        does: "secrets where they do not belong: paths, queries, names, other headers; at every level of the log",
        how: Sent(&[
            get("GET /<sk>", &[]),
            get("GET /api/v1/workspaces/<sk>/x", &["user-agent: <sk>", "referer: https://x.example/?k=<sk>"]),
            get("GET /nothing?key=<sk>&token=<jwt>", &["cookie: <sk>", "x-api-key: <sk>"]),
            shot("DELETE /api/v1/nothing/<refresh>", &[], ""),
        ]),
        expected: "404 not_found -> nothing",
    },
];

async fn request_ids(scene: &Scene) -> String {
    let public = scene.process.public();
    for odd in [
        "short",
        "with a blank in it",
        "<script>alert(1)</script>",
        "a\tb-tab-in-the-middle",
        "../../etc/passwd",
        "${jndi:ldap://x}",
    ] {
        let answer = public.with("x-request-id", odd).get("/healthz").await;
        if answer.header("x-request-id").is_none_or(|id| id.contains(odd) || id.len() != 36) {
            return format!("{odd:?} came back: {answer:?}");
        }
    }
    for odd in [vec![0x1b; 9], vec![0xff; 9], b"abcdefgh\x7f".to_vec()] {
        let mut bytes = b"GET /healthz HTTP/1.1\r\nhost: a\r\nconnection: close\r\nx-request-id: ".to_vec();
        bytes.extend(&odd);
        bytes.extend(b"\r\n\r\n");
        let answer = exchange(scene.address(Listener::Public), &bytes).await;
        if answer.as_bytes().windows(odd.len()).any(|window| window == odd) {
            return format!("{odd:?} came back");
        }
    }
    let several = public.with("x-request-id", "aaaaaaaa").also("x-request-id", "bbbbbbbb").get("/healthz").await;
    format!("each replaced, several refused with {}", several.status.as_u16())
}

async fn split_answers(scene: &Scene) -> String {
    let lines = [
        "GET /api/v1/workspaces/shop%0d%0ax-evil:%20y HTTP/1.1\r\nauthorization: Bearer <sk_all>",
        "GET /docs/errors/a%0d%0ax-evil:%20y HTTP/1.1",
        "GET /api/v1/messages?session_id=a%0d%0ax-evil:%20y HTTP/1.1\r\nauthorization: Bearer <sk>",
        "GET /healthz HTTP/1.1\r\norigin: https://shop.example%0d%0ax-evil:%20y",
        "GET /healthz HTTP/1.1\r\nx-request-id: aaaaaaaa%0d%0ax-evil:%20y",
        "GET /api/v1/widget/config HTTP/1.1\r\nauthorization: Bearer <pk>\r\norigin: https://shop.example\r\nif-none-match: \"a%0d%0ax-evil: y",
        "OPTIONS /api/v1/chat HTTP/1.1\r\norigin: https://shop.example\r\naccess-control-request-method: POST%0d%0ax-evil: y\r\naccess-control-request-headers: x%0d%0ax-evil: y",
        "GET /healthz HTTP/1.1\r\ntraceparent: 00-%0d%0ax-evil: y-01",
    ];
    for line in lines {
        let bytes = scene.fill(&format!("{line}\r\nhost: a\r\nconnection: close\r\n\r\n"));
        let answer = exchange(scene.address(Listener::Public), &bytes).await;
        let head = answer.split("\r\n\r\n").next().unwrap_or_default().to_ascii_lowercase();
        if !head.starts_with("http/1.1 ") || head.contains("x-evil") {
            return format!("{line:?}: {head}");
        }
    }
    "no header of theirs".to_owned()
}

const FORGED: &str = "{\"level\":\"INFO\",\"message\":\"FORGED\"}";

async fn log_lines(scene: &Scene) -> String {
    let public = scene.process.public();
    for name in
        [format!("anna\n{FORGED}"), format!("anna\r\n{FORGED}\u{1b}[2J"), "\u{202e}anna\u{85}\u{2028}FORGED".to_owned()]
    {
        public.post("/api/v1/auth/login", &json!({"username": name, "password": "x"})).await;
    }
    for line in [
        "GET /FORGED%0a%7b%22message%22%3a%22FORGED%22%7d HTTP/1.1",
        "GET /healthz HTTP/1.1\r\nuser-agent: <esc>[31mFORGED",
        "GET /healthz HTTP/1.1\r\nreferer: {\"message\":\"FORGED\"}",
        "FORGED /healthz HTTP/1.1",
        "GET /healthz?x=FORGED HTTP/1.1",
        "GET /healthz HTTP/1.1\r\ntraceparent: FORGED\r\ntracestate: FORGED=1\r\nbaggage: FORGED=1",
        "GET /healthz HTTP/1.1\r\nx-forwarded-for: FORGED",
    ] {
        let bytes = scene.fill(&format!("{line}\r\nhost: a\r\nconnection: close\r\n\r\n"));
        exchange(scene.address(Listener::Public), &bytes).await;
    }
    // A request of our own marks the place in the log behind all of theirs.
    public.with("x-request-id", "after-the-forgers").get("/healthz").await;
    scene.process.line(|line| line["request_id"] == "after-the-forgers").await;
    let log = scene.process.log();
    let theirs = log.lines().find(|line| {
        let message = serde_json::from_str::<serde_json::Value>(line).map(|line| line["message"].clone());
        message.map_or(true, |message| message == "FORGED")
    });
    theirs.map_or_else(|| "no line of theirs".to_owned(), str::to_owned)
}
