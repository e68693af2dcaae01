//! The public keys of signed requests.

use crate::harness::World;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::signature::{ED25519, UnparsedPublicKey};
use sha2::{Digest as _, Sha256};

const PATH: &str = "/.well-known/http-message-signatures-directory";

#[tokio::test]
async fn shops_find_the_keys_of_signed_requests_and_that_they_are_meant() {
    let world =
        World::builder().set("PUBLIC_URL", "https://bot.example").set("OUTBOUND_SIGN_REQUESTS", true).start().await;
    let answer = world.public().get(PATH).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let header = |name: &str| answer.headers[name].to_str().unwrap().to_owned();
    assert_eq!(header("content-type"), "application/http-message-signatures-directory+json");
    let body = answer.text();
    let keys = answer.json();
    let key = &keys["keys"][0];
    assert_eq!((&key["kty"], &key["crv"]), (&"OKP".into(), &"Ed25519".into()));
    let x = key["x"].as_str().unwrap();
    let thumbprint = Sha256::digest(format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#));
    assert_eq!(key["kid"].as_str().unwrap(), URL_SAFE_NO_PAD.encode(thumbprint));
    let digest = format!("sha-256=:{}:", STANDARD.encode(Sha256::digest(body.as_bytes())));
    assert_eq!(header("content-digest"), digest);
    let input = header("signature-input");
    let input = input.strip_prefix("sig0=").unwrap();
    assert!(input.ends_with("tag=\"http-message-signatures-directory\""), "{input}");
    let base = format!("\"@authority\";req: bot.example\n\"content-digest\": {digest}\n\"@signature-params\": {input}");
    let signature = header("signature");
    let signature = STANDARD.decode(signature.strip_prefix("sig0=:").unwrap().trim_end_matches(':')).unwrap();
    let public = UnparsedPublicKey::new(&ED25519, URL_SAFE_NO_PAD.decode(x).unwrap());
    assert!(public.verify(base.as_bytes(), &signature).is_ok());
}

#[tokio::test]
async fn there_are_no_keys_where_nothing_is_signed() {
    let answer = World::start().await.public().get(PATH).await;
    assert_eq!((answer.status.as_u16(), answer.code().as_str()), (404, "not_found"));
}
