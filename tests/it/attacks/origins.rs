//! Origins. Every way of writing one is in `origin_table.rs`; here are the ways around them.

use super::scene::Scene;
use super::{Attack, How, get, shot};
use How::{Sent, Steps};
use futures_util::FutureExt as _;

const KEY: &str = "authorization: Bearer <pk>";

pub(super) const ATTACKS: &[Attack] = &[
    Attack {
        name: "another shop's page",
        does: "the key was copied into a page elsewhere",
        how: Sent(&[
            shot("POST /api/v1/chat", &[KEY, "origin: https://evil.example"], r#"{"message":"hello"}"#),
            shot("POST /api/v1/knowledge/query", &[KEY, "origin: https://evil.example"], r#"{"query":"drill"}"#),
            get("GET /api/v1/messages?session_id=<victim>", &[KEY, "origin: https://evil.example"]),
            shot("DELETE /api/v1/messages?session_id=<victim>", &[KEY, "origin: https://evil.example"], ""),
            shot(
                "POST /api/embed/<pk>/stream-chat",
                &["origin: https://evil.example"],
                r#"{"sessionId":"<session>","message":"hello"}"#,
            ),
            shot("DELETE /api/embed/<pk>/<victim>", &["origin: https://evil.example"], ""),
        ]),
        expected: "403 forbidden_origin -> nothing",
    },
    Attack {
        name: "a page that looks like the shop's",
        does: "names that begin, end or read alike, other ports, a trailing dot",
        how: Sent(&[
            get("GET /api/v1/messages?session_id=x", &[KEY, "origin: https://shop.example.evil.example"]),
            get("GET /api/v1/messages?session_id=x", &[KEY, "origin: https://evilshop.example"]),
            get("GET /api/v1/messages?session_id=x", &[KEY, "origin: https://shop.example@evil.example"]),
            get("GET /api/v1/messages?session_id=x", &[KEY, "origin: https://xn--shp-ted.example"]),
            get("GET /api/v1/messages?session_id=x", &[KEY, "origin: https://shop.example:8443"]),
            get("GET /api/v1/messages?session_id=x", &[KEY, "origin: http://shop.example"]),
            get("GET /api/v1/messages?session_id=x", &[KEY, "origin: https://shop.example."]),
        ]),
        expected: "403 forbidden_origin -> nothing",
    },
    Attack {
        name: "a sandboxed frame",
        does: "any page can make a frame whose origin is `null`",
        how: Sent(&[shot("POST /api/v1/chat", &[KEY, "origin: null"], r#"{"message":"hello"}"#)]),
        expected: "403 forbidden_origin -> nothing",
    },
    Attack {
        name: "a referrer instead of an origin",
        does: "a program, or a page with `Referer` alone",
        how: Sent(&[
            get("GET /api/v1/messages?session_id=x", &[KEY]),
            get("GET /api/v1/messages?session_id=x", &[KEY, "referer: https://shop.example/"]),
            shot("POST /api/v1/chat", &[KEY, "referer: https://shop.example/"], r#"{"message":"hello"}"#),
        ]),
        expected: "403 forbidden_origin -> nothing",
    },
    Attack {
        name: "a shopper's history on another page",
        does: "the widget's history is read from a page elsewhere, from a sandboxed frame, and with a referrer alone",
        how: Steps(|scene| histories(scene).boxed()),
        expected: "200, an empty history -> nothing",
    },
    Attack {
        name: "two origins",
        does: "one that is allowed beside one that is not, in two headers",
        how: Sent(&[
            get(
                "GET /api/v1/messages?session_id=x",
                &[KEY, "origin: https://shop.example", "origin: https://evil.example"],
            ),
            get(
                "GET /api/v1/messages?session_id=x",
                &[KEY, "origin: https://evil.example", "origin: https://shop.example"],
            ),
        ]),
        expected: "400 bad_request -> nothing",
    },
    Attack {
        name: "a page that claims to be the gateway's own",
        does: "`Sec-Fetch-Site: same-origin` where browsers send an `Origin`, with a forged `Host`, with forged forwarding headers",
        how: Sent(&[
            shot("POST /api/v1/chat", &[KEY, "sec-fetch-site: same-origin"], r#"{"message":"hello"}"#),
            get("GET /api/v1/messages?session_id=x", &[KEY, "sec-fetch-site: same-origin"]),
            get(
                "GET /api/v1/messages?session_id=x",
                &[KEY, "sec-fetch-site: same-origin", "x-forwarded-host: shop.example", "x-forwarded-proto: https"],
            ),
            get(
                "GET /api/v1/messages?session_id=x",
                &[KEY, "sec-fetch-site: same-origin", "origin: https://evil.example"],
            ),
        ]),
        expected: "403 forbidden_origin -> nothing",
    },
    Attack {
        name: "a preflight as an oracle",
        does: "whether a key exists is asked for with preflights, which carry none",
        how: Steps(|scene| preflights(scene).boxed()),
        expected: "204, the same for every key -> nothing",
    },
];

async fn histories(scene: &Scene) -> String {
    let path = format!("/api/embed/{}/{}", scene.word("pk"), scene.word("victim"));
    let mut told = Vec::new();
    for (name, value) in [("origin", "https://evil.example"), ("origin", "null"), ("referer", "https://shop.example/")]
    {
        let answer = scene.process.public().with(name, value).get(&path).await;
        told.push((answer.status.as_u16(), answer.text().to_owned()));
    }
    told.dedup();
    match told.as_slice() {
        [(status, body)] if body == r#"{"history":[]}"# => format!("{status}, an empty history"),
        _ => format!("told: {told:?}"),
    }
}

async fn preflights(scene: &Scene) -> String {
    let page =
        scene.process.public().with("origin", "https://evil.example").with("access-control-request-method", "GET");
    let mut told = Vec::new();
    for word in ["pk", "unknown", "mistyped", "pk_revoked", "sk"] {
        let answer = page.options(&format!("/api/embed/{}/{}", scene.word(word), scene.word("victim"))).await;
        let methods = answer.header("access-control-allow-methods").map(str::to_owned);
        told.push((answer.status.as_u16(), methods, answer.body.is_empty()));
    }
    told.dedup();
    match told.as_slice() {
        [(status, _, true)] => format!("{status}, the same for every key"),
        _ => format!("told apart: {told:?}"),
    }
}
