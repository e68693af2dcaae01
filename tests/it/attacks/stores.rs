//! Webhooks of shops: open to all, and only what the shop has signed does anything.

use super::scene::Scene;
use super::{Attack, How, shot};
use crate::harness::Http;
use How::{Sent, Steps};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::FutureExt as _;
use http::Method;
use ring::hmac;
use serde_json::json;

const SECRET: &str = "a-secret-of-the-shops-webhooks";
const BODY: &str = r#"{"id": 1}"#;
const NOWHERE: &str = "POST /api/v1/store-webhooks/018f3c1e-7a2b-7c3d-9e4f-5a6b7c8d9e0f";
const SIGNED: &str = "x-wc-webhook-signature: AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
const TOPIC: &str = "x-wc-webhook-topic: product.deleted\r\nx-wc-webhook-delivery-id: 1";

pub(super) const ATTACKS: &[Attack] = &[
    Attack {
        name: "a webhook for a connection made up",
        does: "a delivery that removes a product, for a connection that is not there, or for what is no id of one",
        how: Sent(&[
            shot(NOWHERE, &[SIGNED, TOPIC], BODY),
            shot(NOWHERE, &[TOPIC], BODY),
            shot("POST /api/v1/store-webhooks/x", &[SIGNED, TOPIC], BODY),
            shot(NOWHERE, &["authorization: Bearer <sk_all>", TOPIC], BODY),
        ]),
        expected: "401 invalid_token -> nothing",
    },
    Attack {
        name: "a forged webhook",
        does: "for a real connection: without a signature, with one of another secret, of another body, of nothing, cut short, in hex, and under the other platform's names",
        how: Steps(|scene| forged(scene).boxed()),
        expected: "401 invalid_token -> nothing",
    },
    Attack {
        name: "a webhook sent again",
        does: "a delivery that the shop has signed, once more, and once more under another id with another price: it is said once, and nothing that it says is believed",
        how: Steps(|scene| replayed(scene).boxed()),
        expected: "noted, again, noted -> nothing",
    },
];

fn sign(secret: &str, body: &str) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()), body.as_bytes()).as_ref().to_vec()
}

/// A connection to a shop that nobody answers for, and where its webhooks go.
async fn connected(scene: &Scene) -> (Http, String) {
    let store = json!({
        "platform": "woocommerce", "store_url": "https://shop.invalid", "currency": "EUR",
        "credentials": {
            "type": "consumer_key", "consumer_key": "ck_0123456789abcdef", "consumer_secret": "cs_0123456789abcdef",
            "webhook_secret": SECRET
        }
    });
    let owner = scene.bearer("sk_all").with("content-type", "application/json");
    let answer = owner.send(Method::PUT, "/api/v1/workspaces/shop/store", store.to_string()).await;
    assert!(answer.status.is_success(), "{}", answer.text());
    let path = answer.json()["webhook_path"].as_str().unwrap().to_owned();
    let public = scene.process.public().with("x-wc-webhook-topic", "product.updated");
    (public.with("content-type", "application/json"), path)
}

async fn forged(scene: &Scene) -> String {
    let (shop, path) = connected(scene).await;
    let good = STANDARD.encode(sign(SECRET, BODY));
    let hex = sign(SECRET, BODY).iter().fold(String::new(), |all, byte| format!("{all}{byte:02x}"));
    let mut told = Vec::new();
    for (header, signature, body) in [
        ("x-other", good.as_str(), BODY),
        ("x-wc-webhook-signature", &STANDARD.encode(sign("another", BODY)), BODY),
        ("x-wc-webhook-signature", &good, r#"{"id": 2}"#),
        ("x-wc-webhook-signature", &STANDARD.encode(sign(SECRET, "")), BODY),
        ("x-wc-webhook-signature", &STANDARD.encode(sign("", BODY)), BODY),
        ("x-wc-webhook-signature", &good[..8], BODY),
        ("x-wc-webhook-signature", &hex, BODY),
        ("x-shopify-hmac-sha256", &good, BODY),
    ] {
        let sent = shop.with(header, signature).with("x-wc-webhook-delivery-id", "forged");
        let answer = sent.send(Method::POST, &path, body).await;
        told.push(format!("{} {}", answer.status.as_u16(), answer.code()));
    }
    told.dedup();
    told.join(", then ")
}

async fn replayed(scene: &Scene) -> String {
    let (shop, path) = connected(scene).await;
    let mut told = Vec::new();
    for (delivery, body) in [("d1", BODY), ("d1", BODY), ("d2", r#"{"id": 1, "price": "0.01"}"#)] {
        let signature = STANDARD.encode(sign(SECRET, body));
        let sent = shop.with("x-wc-webhook-signature", &signature).with("x-wc-webhook-delivery-id", delivery);
        let answer = sent.send(Method::POST, &path, body).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        told.push(answer.json()["result"].as_str().unwrap().to_owned());
    }
    told.join(", ")
}
