//! Usage: of others, and more of it than anybody needs.

use super::scene::Scene;
use super::{Attack, How, OWNER, PAGE, SERVER, get};
use crate::harness::{ORIGIN, PATIENCE};
use How::{Sent, Steps};
use futures_util::FutureExt as _;
use serde_json::json;
use std::time::Instant;

const CSV: &str = "/api/v1/usage?group_by=key&format=csv";

pub(super) const ATTACKS: &[Attack] = &[
    Attack {
        name: "usage from the page",
        does: "the key that stands in the page asks how busy the shop is",
        how: Sent(&[
            get("GET /api/v1/usage", &[PAGE]),
            get("GET /api/v1/usage?group_by=key&format=csv", &[PAGE]),
            get("GET /api/v1/keys/<public_id>/usage", &[PAGE]),
            get("GET /api/v1/keys/<public_id>/limits", &[PAGE]),
        ]),
        expected: "403 insufficient_scope -> nothing",
    },
    Attack {
        name: "another workspace's usage",
        does: "a key of one workspace, and one of another tenant, name another workspace or a key of it",
        how: Sent(&[
            get("GET /api/v1/usage?workspace=other", &[SERVER]),
            get("GET /api/v1/usage?key=<public_id_other>", &[SERVER]),
            get("GET /api/v1/keys/<public_id_other>/usage", &[SERVER]),
            get("GET /api/v1/usage?workspace=shop", &["authorization: Bearer <sk_foreign>"]),
            get("GET /api/v1/usage?key=<public_id>", &["authorization: Bearer <sk_foreign>"]),
            get("GET /api/v1/keys/<public_id>/usage", &["authorization: Bearer <sk_foreign>"]),
        ]),
        expected: "404 not_found -> nothing",
    },
    Attack {
        name: "usage of all time",
        does: "spans that end before they begin, of thousands of years, of hours nobody keeps, and words for numbers",
        how: Sent(&[
            get("GET /api/v1/usage?from=0001-01-01T00:00:00Z", &[OWNER]),
            get("GET /api/v1/usage?from=2020-01-01T00:00:00Z&granularity=hour&group_by=origin", &[OWNER]),
            get("GET /api/v1/usage?from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z", &[OWNER]),
            get("GET /api/v1/usage?from=<nines>", &[OWNER]),
            get("GET /api/v1/usage?granularity=second", &[OWNER]),
            get("GET /api/v1/usage?group_by=key;DROP%20TABLE%20x", &[OWNER]),
            get("GET /api/v1/usage?key=%27%20OR%201=1", &[OWNER]),
        ]),
        expected: "422 validation_failed -> nothing",
    },
    Attack {
        name: "a formula in a spreadsheet",
        does: "a page of anybody's choosing sends an origin, and somebody names a key, for whoever opens the CSV",
        how: Steps(|scene| formula(scene).boxed()),
        expected: "text -> nothing",
    },
];

async fn formula(scene: &Scene) -> String {
    let named = json!({
        "kind": "publishable", "env": "test", "name": "=HYPERLINK(\"https://evil.example\")", "workspace": "shop",
        "allowed_origins": [ORIGIN],
    });
    let owner = scene.process.public().bearer(&scene.word("sk_all"));
    let made = owner.post("/api/v1/keys", &named).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let page = scene.process.public().bearer(made.json()["key"].as_str().unwrap()).with("origin", ORIGIN);
    assert_eq!(page.get("/api/v1/messages?session_id=x").await.status, 200);
    // A record is written a moment after the answer.
    let until = Instant::now() + PATIENCE;
    let text = loop {
        let text = owner.get(CSV).await.text().to_owned();
        if text.contains("HYPERLINK") || Instant::now() > until {
            break text;
        }
    };
    let mut named = text.lines().filter(|line| line.contains("HYPERLINK")).peekable();
    let harmless = named.peek().is_some() && named.all(|line| line.contains("\"'=HYPERLINK"));
    if harmless { "text".to_owned() } else { text }
}
