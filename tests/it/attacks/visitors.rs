//! Visitor tokens: used on other pages, mixed, in other places, for other visitors. Forged ones have a file of
//! their own (`visitors/attacks.rs`).

use super::scene::{SAID, Scene};
use super::{Attack, How};
use crate::harness::{Answer, Http, ORIGIN};
use How::Steps;
use chrono::TimeDelta;
use futures_util::FutureExt as _;
use serde_json::json;

const CHEAP: &str = "/api/v1/messages?session_id=x";

pub(super) const ATTACKS: &[Attack] = &[
    Attack {
        name: "a visitor token on another page",
        does: "a token that was given to the shop's page, sent by a page elsewhere, and by a program without one",
        how: Steps(|scene| on_another_page(scene).boxed()),
        expected: "403 forbidden_origin -> nothing",
    },
    Attack {
        name: "visitor tokens swapped",
        does: "the words of one visitor's token under the signature of another's, and a signature changed by a letter",
        how: Steps(|scene| swapped(scene).boxed()),
        expected: "401 invalid_token -> nothing",
    },
    Attack {
        name: "a visitor token that has expired",
        does: "a token of twenty minutes ago chats, reads, and asks to be renewed",
        how: Steps(|scene| expired(scene).boxed()),
        expected: "401 expired_token -> nothing",
    },
    Attack {
        name: "a visitor token where a key belongs",
        does: "in `X-Widget-Key` and in the path of the widget",
        how: Steps(|scene| as_a_key(scene).boxed()),
        expected: "not taken for a key -> nothing",
    },
    Attack {
        name: "another visitor's session id",
        does: "a visitor of the same workspace, with the same key, reads a conversation whose id they have seen",
        how: Steps(|scene| read_by_another(scene).boxed()),
        expected: "no word of it -> a history, a plain question",
    },
];

/// A token for a new visitor of the shop's page.
async fn token(scene: &Scene) -> String {
    let answer = scene.page().post("/api/v1/widget/session", &json!({})).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["token"].as_str().unwrap().to_owned()
}

fn visitor(scene: &Scene, token: &str) -> Http {
    scene.process.public().bearer(token).with("origin", ORIGIN)
}

fn outcome(answers: &[Answer]) -> String {
    let mut told: Vec<_> = answers
        .iter()
        .map(|answer| match answer.status.as_u16() {
            200 => "200".to_owned(),
            status => format!("{status} {}", answer.code()),
        })
        .collect();
    told.dedup();
    told.join(" or ")
}

async fn on_another_page(scene: &Scene) -> String {
    let token = token(scene).await;
    // Or the refusals would prove nothing.
    assert_eq!(visitor(scene, &token).get(CHEAP).await.status, 200);
    let elsewhere = visitor(scene, &token).with("origin", "https://evil.example");
    outcome(&[
        elsewhere.get(CHEAP).await,
        elsewhere.post("/api/v1/chat", &json!({"message": "hello"})).await,
        scene.process.public().bearer(&token).get(CHEAP).await,
    ])
}

async fn swapped(scene: &Scene) -> String {
    let (one, two) = (token(scene).await, token(scene).await);
    let (words, signature) = (one.rsplit_once('.').unwrap().0, two.rsplit_once('.').unwrap().1);
    let mixed = visitor(scene, &format!("{words}.{signature}"));
    // A letter in the middle of the signature: the last one has bits that do not count.
    let at = one.len() - 20;
    let other = if one.as_bytes()[at] == b'A' { "B" } else { "A" };
    let changed = visitor(scene, &format!("{}{other}{}", &one[..at], &one[at + 1..]));
    outcome(&[mixed.get(CHEAP).await, changed.get(CHEAP).await])
}

async fn expired(scene: &Scene) -> String {
    let before = scene.world.later(TimeDelta::minutes(-20)).await;
    let page = before.public().bearer(&scene.word("pk")).with("origin", ORIGIN);
    let answer = page.post("/api/v1/widget/session", &json!({})).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    // The one of today that signs as it does.
    let today = scene.world.public().bearer(answer.json()["token"].as_str().unwrap());
    let old = today.with("origin", ORIGIN);
    outcome(&[
        old.get(CHEAP).await,
        old.post("/api/v1/chat", &json!({"message": "hello"})).await,
        old.post("/api/v1/widget/session", &json!({})).await,
    ])
}

async fn as_a_key(scene: &Scene) -> String {
    let token = token(scene).await;
    let page = scene.process.public().with("origin", ORIGIN);
    let header = page.with("x-widget-key", &token).get(CHEAP).await.status.as_u16();
    let path = page.get(&format!("/api/embed/{token}/{}", scene.word("victim"))).await.status.as_u16();
    match (header, path) {
        (401, 401 | 404) => "not taken for a key".to_owned(),
        other => format!("{other:?}"),
    }
}

async fn read_by_another(scene: &Scene) -> String {
    let (one, two) = (token(scene).await, token(scene).await);
    let said = json!({"message": SAID, "session_id": "cart-of-one", "mode": "chat"});
    assert_eq!(visitor(scene, &one).post("/api/v1/chat", &said).await.status, 200);
    let answer = visitor(scene, &two).get("/api/v1/messages?session_id=cart-of-one").await;
    let own = visitor(scene, &one).get("/api/v1/messages?session_id=cart-of-one").await;
    let heard = |answer: &Answer| answer.text().contains(SAID);
    match (answer.status.as_u16(), heard(&answer), heard(&own)) {
        (200 | 404, false, true) => "no word of it".to_owned(),
        other => format!("{other:?}"),
    }
}
