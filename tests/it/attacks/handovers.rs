//! What shoppers write to people: words that would do something where they are read, other people's conversations, and
//! an inbox that somebody floods (`shares.rs`).

use super::scene::Scene;
use super::{Attack, How, PAGE, SERVER, shot};
use crate::harness::ORIGIN;
use How::{Sent, Steps};
use futures_util::FutureExt as _;
use serde_json::json;

const HANDOVER: &str = "/api/v1/widget/handover";
const LIST: &str = "/api/v1/workspaces/shop/conversations";

pub(super) const ATTACKS: &[Attack] = &[
    Attack {
        name: "lines in a contact",
        does: "line ends of every kind in each field, which a mail's head would take for another line of its own",
        how: Sent(&[
            shot(
                "POST /api/v1/widget/handover",
                &[PAGE],
                r#"{"session_id":"a","message":"x","email":"a@b.example\r\nBcc: all@b.example"}"#,
            ),
            shot(
                "POST /api/v1/widget/handover",
                &[PAGE],
                r#"{"session_id":"a","message":"x","email":"a@b","name":"x\nBcc: y"}"#,
            ),
            shot(
                "POST /api/v1/widget/handover",
                &[PAGE],
                r#"{"session_id":"a","message":"x","email":"a@b","company":"x\u2028y"}"#,
            ),
            shot(
                "POST /api/v1/widget/handover",
                &[PAGE],
                r#"{"session_id":"a","message":"x","phone":"+49\r\n30 1234"}"#,
            ),
            shot(
                "POST /api/v1/widget/handover",
                &[PAGE],
                r#"{"session_id":"a","message":"x","email":"a@b","order_number":"1\t2\u0000"}"#,
            ),
            shot("POST /api/v1/widget/handover", &[SERVER], r#"{"session_id":"a","message":"x","email":"a@b c@d"}"#),
        ]),
        expected: "422 validation_failed -> nothing",
    },
    Attack {
        name: "a hand-over that is already dealt with",
        does: "fields that only staff sets, another conversation's id, another time, another address to be told",
        how: Sent(&[
            shot(
                "POST /api/v1/widget/handover",
                &[PAGE],
                r#"{"session_id":"a","message":"x","email":"a@b","solved":true}"#,
            ),
            shot(
                "POST /api/v1/widget/handover",
                &[PAGE],
                r#"{"session_id":"a","message":"x","email":"a@b","conversation":"<victim>"}"#,
            ),
            shot(
                "POST /api/v1/widget/handover",
                &[PAGE],
                r#"{"session_id":"a","message":"x","email":"a@b","created_at":"2020-01-01T00:00:00Z"}"#,
            ),
            shot(
                "POST /api/v1/widget/handover",
                &[PAGE],
                r#"{"session_id":"a","message":"x","email":"a@b","webhook_url":"https://evil.example"}"#,
            ),
        ]),
        expected: "422 validation_failed -> nothing",
    },
    Attack {
        name: "a hand-over to another shop",
        does: "a page's key, and a back end's, name a workspace that is not theirs",
        how: Sent(&[
            shot(
                "POST /api/v1/widget/handover",
                &[PAGE],
                r#"{"session_id":"a","message":"x","email":"a@b","workspace":"other"}"#,
            ),
            shot(
                "POST /api/v1/widget/handover",
                &[SERVER],
                r#"{"session_id":"a","message":"x","email":"a@b","workspace":"other"}"#,
            ),
            shot(
                "POST /api/v1/widget/handover",
                &["authorization: Bearer <sk_foreign>"],
                r#"{"session_id":"a","message":"x","email":"a@b","workspace":"shop"}"#,
            ),
        ]),
        expected: "404 not_found -> nothing",
    },
    Attack {
        name: "a hand-over in somebody else's conversation",
        does: "a visitor names the session of another one, so that their words stand in the other's transcript",
        how: Steps(|scene| foreign(scene).boxed()),
        expected: "201, in a conversation of their own -> nothing",
    },
    Attack {
        name: "a hand-over that is a formula, or markup",
        does: "in every field, then staff takes all along as a table",
        how: Steps(|scene| formulas(scene).boxed()),
        expected: "201, no cell is a formula -> nothing",
    },
];

async fn foreign(scene: &Scene) -> String {
    let page = scene.bearer("pk").with("origin", ORIGIN);
    let session = page.post("/api/v1/widget/session", &json!({})).await.json();
    let visitor = page.bearer(session["token"].as_str().unwrap());
    let letter = json!({"session_id": scene.word("victim"), "message": "I was never here", "email": "eve@example.com"});
    let answer = visitor.post(HANDOVER, &letter).await;
    let staff = scene.bearer("sk");
    let found = staff.get(&format!("{LIST}?q=never")).await.json();
    let found = found["data"].as_array().unwrap();
    match &found[..] {
        [one] if one["exchanges"] == 0 => format!("{}, in a conversation of their own", answer.status.as_u16()),
        other => format!("{}, IN {other:?}", answer.status.as_u16()),
    }
}

async fn formulas(scene: &Scene) -> String {
    let page = scene.bearer("pk").with("origin", ORIGIN);
    let formula = "=HYPERLINK(\"https://evil.example\")<script>alert(1)</script>";
    let letter = json!({
        "session_id": "formulas", "message": formula, "name": formula, "email": "=1@evil.example", "phone": "+1-900-1234",
        "order_number": formula, "company": format!("@{formula}"),
    });
    let answer = page.post(HANDOVER, &letter).await;
    let table = scene.bearer("sk").get(&format!("{LIST}/export?format=csv&handed_over=true")).await;
    let cells = table.text().split([',', '\n']).map(|cell| cell.trim_matches('"'));
    let formulas: Vec<_> = cells.filter(|cell| cell.starts_with(['=', '+', '@'])).collect();
    match &formulas[..] {
        [] => format!("{}, no cell is a formula", answer.status.as_u16()),
        some => format!("{}, FORMULAS {some:?}", answer.status.as_u16()),
    }
}
