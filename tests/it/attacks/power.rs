//! Giving more than one has: to oneself, to a key that one makes, to a user.

use super::{Attack, How, shot};
use How::Sent;

/// The shop's key that may make keys, with an end, addresses and quotas.
const BOUNDED: &str = "authorization: Bearer <sk_bounded>";

pub(super) const ATTACKS: &[Attack] = &[
    Attack {
        name: "a key that widens itself",
        does: "a key with an end, addresses, rates and quotas lifts each of them, and all at once, with its own `keys:write`",
        how: Sent(&[
            shot("PATCH /api/v1/keys/<bounded_id>", &[BOUNDED], r#"{"expires_at":null}"#),
            shot("PATCH /api/v1/keys/<bounded_id>", &[BOUNDED], r#"{"expires_at":"2999-01-01T00:00:00Z"}"#),
            shot("PATCH /api/v1/keys/<bounded_id>", &[BOUNDED], r#"{"allowed_ips":[]}"#),
            shot("PATCH /api/v1/keys/<bounded_id>", &[BOUNDED], r#"{"allowed_ips":null}"#),
            shot("PATCH /api/v1/keys/<bounded_id>", &[BOUNDED], r#"{"allowed_ips":["0.0.0.0/0"]}"#),
            shot("PATCH /api/v1/keys/<bounded_id>", &[BOUNDED], r#"{"limits":null}"#),
            shot("PATCH /api/v1/keys/<bounded_id>", &[BOUNDED], r#"{"limits":{"messages_per_day":null}}"#),
            shot("PATCH /api/v1/keys/<bounded_id>", &[BOUNDED], r#"{"limits":{"messages_per_day":2000000}}"#),
            shot("PATCH /api/v1/keys/<bounded_id>", &[BOUNDED], r#"{"limits":{"tokens_per_month":null}}"#),
            shot("PATCH /api/v1/keys/<bounded_id>", &[BOUNDED], r#"{"limits":{"per_minute":1000000}}"#),
            shot("PATCH /api/v1/keys/<bounded_id>", &[BOUNDED], r#"{"limits":{"burst":1000000}}"#),
            shot("PATCH /api/v1/keys/<bounded_id>", &[BOUNDED], r#"{"limits":{"max_streams":1000000}}"#),
            shot("PATCH /api/v1/keys/<bounded_id>", &[BOUNDED], r#"{"limits":{"per_visitor_per_minute":1000000}}"#),
            shot(
                "PATCH /api/v1/keys/<bounded_id>",
                &[BOUNDED],
                r#"{"expires_at":null,"allowed_ips":[],"limits":null}"#,
            ),
        ]),
        expected: "403 forbidden -> nothing",
    },
    Attack {
        name: "a key that takes scopes",
        does: "the same key gives itself another scope",
        how: Sent(&[
            shot("PATCH /api/v1/keys/<bounded_id>", &[BOUNDED], r#"{"scopes":["keys:write","usage:read"]}"#),
            shot(
                "PATCH /api/v1/keys/<bounded_id>",
                &[BOUNDED],
                r#"{"scopes":["keys:write","privacy:erase"],"expires_at":null}"#,
            ),
        ]),
        expected: "403 insufficient_scope -> nothing",
    },
    Attack {
        name: "a child that is more than its parent",
        does: "the same key makes one without its end, from other addresses, without its quotas, a live one, and one for web pages, which works from anywhere",
        how: Sent(&[
            shot(
                "POST /api/v1/keys",
                &[BOUNDED],
                r#"{"kind":"secret","name":"mine","allowed_ips":["127.0.0.1"],"limits":{"per_minute":60,"burst":60,"messages_per_day":10,"tokens_per_month":1000},"env":"test","scopes":["chat:write"]}"#,
            ),
            shot(
                "POST /api/v1/keys",
                &[BOUNDED],
                r#"{"kind":"secret","name":"mine","expires_at":"2999-01-01T00:00:00Z","allowed_ips":["127.0.0.1"],"limits":{"per_minute":60,"burst":60,"messages_per_day":10,"tokens_per_month":1000},"env":"test","scopes":["chat:write"]}"#,
            ),
            shot(
                "POST /api/v1/keys",
                &[BOUNDED],
                r#"{"kind":"secret","name":"mine","expires_at":"<in_time>","limits":{"per_minute":60,"burst":60,"messages_per_day":10,"tokens_per_month":1000},"env":"test","scopes":["chat:write"]}"#,
            ),
            shot(
                "POST /api/v1/keys",
                &[BOUNDED],
                r#"{"kind":"secret","name":"mine","expires_at":"<in_time>","allowed_ips":["127.0.0.1","198.51.100.7"],"limits":{"per_minute":60,"burst":60,"messages_per_day":10,"tokens_per_month":1000},"env":"test","scopes":["chat:write"]}"#,
            ),
            shot(
                "POST /api/v1/keys",
                &[BOUNDED],
                r#"{"kind":"secret","name":"mine","expires_at":"<in_time>","allowed_ips":["0.0.0.0/0","::/0"],"limits":{"per_minute":60,"burst":60,"messages_per_day":10,"tokens_per_month":1000},"env":"test","scopes":["chat:write"]}"#,
            ),
            shot(
                "POST /api/v1/keys",
                &[BOUNDED],
                r#"{"kind":"secret","name":"mine","expires_at":"<in_time>","allowed_ips":["127.0.0.1"],"env":"test","scopes":["chat:write"]}"#,
            ),
            shot(
                "POST /api/v1/keys",
                &[BOUNDED],
                r#"{"kind":"secret","name":"mine","expires_at":"<in_time>","allowed_ips":["127.0.0.1"],"limits":{"per_minute":60,"burst":60,"messages_per_day":101,"tokens_per_month":1000},"env":"test","scopes":["chat:write"]}"#,
            ),
            shot(
                "POST /api/v1/keys",
                &[BOUNDED],
                r#"{"kind":"secret","name":"mine","expires_at":"<in_time>","allowed_ips":["127.0.0.1"],"limits":{"per_minute":60,"burst":60,"messages_per_day":10},"env":"test","scopes":["chat:write"]}"#,
            ),
            shot(
                "POST /api/v1/keys",
                &[BOUNDED],
                r#"{"kind":"secret","name":"mine","expires_at":"<in_time>","allowed_ips":["127.0.0.1"],"limits":{"per_minute":60,"burst":60,"messages_per_day":10,"tokens_per_month":1000},"env":"live","scopes":["chat:write"]}"#,
            ),
            shot(
                "POST /api/v1/keys",
                &[BOUNDED],
                r#"{"kind":"publishable","name":"mine","env":"test","scopes":["chat:write"],"allowed_origins":["https://evil.example"],"expires_at":"<in_time>","limits":{"per_minute":60,"burst":60,"messages_per_day":10,"tokens_per_month":1000}}"#,
            ),
        ]),
        expected: "403 forbidden -> nothing",
    },
    Attack {
        name: "a stronger key in a weaker one's hands",
        does: "the same key switches one on that has no end, changes it, narrows it to itself, and has its successor told",
        how: Sent(&[
            shot("PATCH /api/v1/keys/<endless_id>", &[BOUNDED], r#"{"enabled":true}"#),
            shot("PATCH /api/v1/keys/<endless_id>", &[BOUNDED], r#"{"name":"mine"}"#),
            shot(
                "PATCH /api/v1/keys/<endless_id>",
                &[BOUNDED],
                r#"{"expires_at":"<in_time>","allowed_ips":["127.0.0.1"],"limits":{"per_minute":60,"messages_per_day":1,"tokens_per_month":1}}"#,
            ),
            shot("POST /api/v1/keys/<endless_id>/rotate", &[BOUNDED], r#"{"grace_seconds":0}"#),
        ]),
        expected: "403 forbidden -> nothing",
    },
    Attack {
        name: "what is good for ever, from a key that ends",
        does: "the same key assigns its workspace to a user, and has itself told the secret that says who a visitor is",
        how: Sent(&[
            shot("PUT /api/v1/workspaces/shop/members/<eve_id>", &[BOUNDED], ""),
            shot("POST /api/v1/workspaces/shop/identity/rotate-secret", &[BOUNDED], "{}"),
            shot("PUT /api/v1/workspaces/shop/identity", &[BOUNDED], r#"{"enabled":true,"enforced":false}"#),
        ]),
        expected: "403 forbidden -> nothing",
    },
    Attack {
        name: "where hand-overs go, from a key that may not read them",
        does: "the same key, which has `workspaces:write` and no `conversations:read`, has the words of every hand-over sent to \
               an address of its own, by a change of the workspace",
        how: Sent(&[
            shot(
                "PATCH /api/v1/workspaces/shop",
                &[BOUNDED, "if-match: *"],
                r#"{"support":{"handoff_mode":"webhook","webhook_url":"https://mine.example/in"}}"#,
            ),
            shot(
                "PATCH /api/v1/workspaces/shop",
                &[BOUNDED, "if-match: *"],
                r#"{"support":{"webhook_url":"https://mine.example/in"}}"#,
            ),
        ]),
        expected: "403 insufficient_scope -> nothing",
    },
];
