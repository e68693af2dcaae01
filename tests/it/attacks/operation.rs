//! What an operator, or somebody in their place, might get wrong without anybody noticing: another secret key, a
//! stranger's certificate, a shop that hides that an AI answers.

use super::scene::{PASSWORD, Scene};
use super::{Attack, How, OWNER, shot};
use crate::harness::{Authority, Http, TlsFront, World};
use How::{Sent, Steps};
use futures_util::FutureExt as _;
use serde_json::json;
use url::Url;

const HOST: &str = "127.0.0.1";
const MERGE: &str = "content-type: application/merge-patch+json";
const ANY_VERSION: &str = "if-match: *";

pub(super) const ATTACKS: &[Attack] = &[
    Attack {
        name: "another secret key",
        does: "the gateway is started with a root key that the database is not sealed under; keys, tokens and logins, on both listeners",
        how: Steps(|scene| another_secret_key(scene).boxed()),
        expected: "503 service_unavailable, not ready -> nothing",
    },
    Attack {
        name: "a stranger's certificate before AnythingLLM",
        does: "somebody on the way shows a certificate of another authority, of another host, or one that has expired; what the gateway asks itself, and what it passes through",
        how: Steps(|scene| strangers_certificate(scene).boxed()),
        expected: "502 upstream_unavailable, no handshake -> nothing",
    },
    Attack {
        name: "the disclosure taken away",
        does: "a shop hides that an AI answers: an empty sentence, no reason, blanks for a reason, a word for a reason",
        how: Sent(&[
            shot("PATCH /api/v1/workspaces/shop", &[OWNER, MERGE, ANY_VERSION], r#"{"settings":{"ai_disclosure":""}}"#),
            shot(
                "PATCH /api/v1/workspaces/shop",
                &[OWNER, MERGE, ANY_VERSION],
                r#"{"settings":{"ai_disclosure_waiver":""}}"#,
            ),
            shot(
                "PATCH /api/v1/workspaces/shop",
                &[OWNER, MERGE, ANY_VERSION],
                r#"{"settings":{"ai_disclosure_waiver":"because"}}"#,
            ),
            shot(
                "PATCH /api/v1/workspaces/shop",
                &[OWNER, MERGE, ANY_VERSION],
                r#"{"settings":{"ai_disclosure_waiver":"                              "}}"#,
            ),
            shot(
                "PATCH /api/v1/workspaces/shop",
                &[OWNER, MERGE, ANY_VERSION],
                r#"{"settings":{"ai_disclosure_waiver":true}}"#,
            ),
            shot(
                "PATCH /api/v1/workspaces/shop",
                &[OWNER, MERGE, ANY_VERSION],
                r#"{"widget":{"translations":{"de":{"ai_disclosure":""}}}}"#,
            ),
        ]),
        expected: "422 validation_failed -> nothing",
    },
];

async fn another_secret_key(scene: &Scene) -> String {
    let other = [("SECRET_KEY", "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE="), ("PREVIOUS_SECRET_KEY", "")];
    let gateway = scene.world.replica_with(&other).await;
    let mut seen = Vec::new();
    for client in [gateway.public(), gateway.admin()] {
        let question = json!({"message": "hello"});
        let login = json!({"username": "mona", "password": PASSWORD});
        let page = client.with("origin", crate::harness::ORIGIN);
        for answer in [
            client.bearer(&scene.word("sk")).post("/api/v1/chat", &question).await,
            client.bearer(&scene.word("sk_all")).get("/api/v1/keys").await,
            page.bearer(&scene.word("pk")).post("/api/v1/widget/session", &json!({})).await,
            page.get(&format!("/api/embed/{}/{}", scene.word("pk"), uuid::Uuid::new_v4())).await,
            client.bearer(&scene.word("jwt")).get("/api/v1/auth/me").await,
            client.post("/api/v1/auth/login", &login).await,
            client.post("/api/v1/auth/refresh", &json!({"refresh_token": scene.word("refresh")})).await,
        ] {
            let body = answer.json();
            let code = body["code"].as_str().or(body["error"].as_str()).unwrap_or_default().to_owned();
            seen.push(format!("{} {code}", answer.status.as_u16()));
        }
    }
    let ready = gateway.ops().get("/readyz").await;
    seen.dedup();
    let ready = if ready.status == 503 && ready.text().contains("secret_key no") { "not ready" } else { "ready" };
    format!("{}, {ready}", seen.join(" or "))
}

async fn strangers_certificate(scene: &Scene) -> String {
    let (own, stranger) = (Authority::new(), Authority::new());
    let now = scene.world.ambient.now();
    let days = chrono::TimeDelta::days;
    let port = scene.world.upstream.url().parse::<Url>().unwrap().port().unwrap();
    let mut seen = Vec::new();
    let mut handshakes = 0;
    for leaf in
        [stranger.leaf(HOST), own.leaf("anythingllm.internal"), own.leaf_within(HOST, now - days(60), now - days(30))]
    {
        let front = TlsFront::before(HOST, port, &leaf).await;
        let (url, file) = (format!("https://{HOST}:{}", front.port), own.file(&leaf));
        let gateway = scene.world.replica_with(&[("UPSTREAM_URL", &url), ("UPSTREAM_CA_FILE", &file)]).await;
        seen.extend(asked(&gateway, scene).await);
        handshakes += front.encrypted();
    }
    seen.dedup();
    let handshakes = if handshakes == 0 { "no handshake" } else { "a handshake" };
    format!("{}, {handshakes}", seen.join(" or "))
}

async fn asked(gateway: &World, scene: &Scene) -> Vec<String> {
    let server: Http = gateway.public().bearer(&scene.word("sk"));
    let mut seen = Vec::new();
    for answer in [
        server.post("/api/v1/chat", &json!({"message": "hello"})).await,
        server.post("/api/v1/knowledge/query", &json!({"query": "drill"})).await,
        gateway.public().get("/embed/anythingllm-chat-widget.min.js").await,
        gateway.admin().get("/api/ping").await,
        gateway.admin().post("/api/request-token", &json!({"username": "mona", "password": PASSWORD})).await,
    ] {
        seen.push(format!("{} {}", answer.status.as_u16(), answer.code()));
    }
    seen
}
