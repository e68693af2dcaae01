//! The keys behind access tokens: published, rotated without logging anybody out, taken up by every replica.

use super::{CHEAP, PASSWORD, Person, expect, part, populated, told, world};
use crate::harness::{Http, World, environment, eventually, run};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{ED25519, UnparsedPublicKey};
use serde_json::Value;

const KEYS: &str = "/.well-known/jwks.json";

async fn kids(http: &Http) -> Vec<String> {
    let answer = http.get(KEYS).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

/// `vestibule keys rotate-signing`
async fn rotate(world: &World, arguments: &[&str]) -> Value {
    let variables = environment(world);
    let variables: Vec<(&str, &str)> = variables.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let told = run(&[&["keys", "rotate-signing", "--json"], arguments].concat(), &variables).await;
    assert_eq!(told.code, Some(0), "{}", told.stderr);
    serde_json::from_str(&told.stdout).unwrap()
}

fn kid(person: &Person) -> String {
    part(&person.access, 0)["kid"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn anybody_can_verify_a_token_with_the_published_keys() {
    let world = populated().await;
    let person = Person::log_in(&world.public(), "dora").await;
    let answer = world.public().get(KEYS).await;
    assert_eq!(answer.header("content-type"), Some("application/jwk-set+json"));
    assert_eq!(answer.header("cache-control"), Some("public, max-age=300"));
    let set = answer.json();
    let key = &set["keys"][0];
    let fields: Vec<_> = key.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(fields.len(), 6, "nothing private: {fields:?}");
    assert_eq!((&key["kty"], &key["crv"], &key["alg"]), (&"OKP".into(), &"Ed25519".into(), &"EdDSA".into()));
    assert_eq!(key["kid"], kid(&person).as_str());
    let decode = |text: &str| URL_SAFE_NO_PAD.decode(text).unwrap();
    let (message, signature) = person.access.rsplit_once('.').unwrap();
    let public = UnparsedPublicKey::new(&ED25519, decode(key["x"].as_str().unwrap()));
    assert!(public.verify(message.as_bytes(), &decode(signature)).is_ok());
    assert!(public.verify(b"something else", &decode(signature)).is_err());
}

#[tokio::test]
async fn replicas_that_start_together_share_one_key() {
    let world = populated().await;
    let replica = world.replica().await;
    let (here, there) = (world.public(), replica.public());
    let (one, two) = tokio::join!(here.get(KEYS), there.get(KEYS));
    assert_eq!((one.status.as_u16(), two.status.as_u16()), (200, 200));
    eventually(async || {
        let (one, two) = (kids(&world.public()).await, kids(&replica.public()).await);
        if one == two && one.len() == 1 { Ok(()) } else { Err((one, two)) }
    })
    .await;
    let person = Person::log_in(&world.public(), "dora").await;
    assert_eq!(replica.public().bearer(&person.access).get(CHEAP).await.status, 200);
}

#[tokio::test]
async fn a_new_key_is_published_before_it_signs_and_nobody_notices() {
    let world = populated().await;
    let replica = world.replica().await;
    let before = Person::log_in(&world.public(), "dora").await;
    assert_eq!(kids(&replica.public()).await, [kid(&before)]);
    let rotated = rotate(&world, &[]).await;
    let new = rotated["kid"].as_str().unwrap().to_owned();
    for http in [world.public(), replica.public()] {
        eventually(async || {
            let kids = kids(&http).await;
            if kids.len() == 2 && kids.contains(&new) { Ok(()) } else { Err(kids) }
        })
        .await;
    }
    assert_eq!(kid(&before.refreshed().await), kid(&before), "its time has not come");

    // Its time comes.
    world.sql(&format!("UPDATE vestibule.signing_keys SET signs_from = now() WHERE kid = '{new}'")).await;
    let mut person = before.clone();
    eventually(async || {
        // The same token again, which gives another access token each time.
        person = before.refreshed().await;
        if kid(&person) == new { Ok(()) } else { Err(kid(&person)) }
    })
    .await;
    for access in [&before.access, &person.access] {
        for http in [world.public(), replica.public()] {
            assert_eq!(http.bearer(access).get(CHEAP).await.status, 200);
        }
    }
    // The old one's time is over.
    let old = kid(&before);
    world
        .sql(&format!(
            "UPDATE vestibule.signing_keys SET verifies_until = now() - interval '1 second' WHERE kid = '{old}'"
        ))
        .await;
    for http in [world.public(), replica.public()] {
        eventually(async || expect(&http.bearer(&before.access), CHEAP, 401).await).await;
        assert_eq!(http.bearer(&person.access).get(CHEAP).await.status, 200);
    }
    assert_eq!(kids(&world.public()).await, [new]);
}

#[tokio::test]
async fn after_a_leak_the_old_keys_are_believed_no_more_and_sessions_go_on() {
    let world = populated().await;
    let person = Person::log_in(&world.public(), "dora").await;
    // Remembered as genuine.
    assert_eq!(person.client().get(CHEAP).await.status, 200);
    let new = rotate(&world, &["--now"]).await["kid"].as_str().unwrap().to_owned();
    eventually(async || expect(&person.client(), CHEAP, 401).await).await;
    assert_eq!(kids(&world.public()).await, std::slice::from_ref(&new));
    let refreshed = person.refreshed().await;
    assert_eq!(kid(&refreshed), new);
    assert_eq!(refreshed.client().get(CHEAP).await.status, 200);
}

#[tokio::test]
async fn private_keys_and_session_secrets_are_stored_sealed() {
    let world = populated().await;
    Person::log_in(&world.public(), "dora").await;
    let key_id = world.config.root_key().unwrap().id();
    for column in ["signing_keys", "auth_sessions"] {
        let ids: Vec<String> = world.query(&format!("SELECT seal_key_id FROM vestibule.{column}")).await;
        assert_eq!(ids, std::slice::from_ref(&key_id), "{column}");
    }
    let lengths: Vec<i32> = world.query("SELECT octet_length(private_key) FROM vestibule.signing_keys").await;
    assert_eq!(lengths, [1 + 24 + 32 + 16]);
}

#[tokio::test]
async fn a_signing_key_of_another_root_key_says_how_to_mend_it() {
    let world = world().start().await;
    world.upstream.control().add_user("dora", PASSWORD, "manager");
    assert_eq!(kids(&world.public()).await.len(), 1);
    world.sql("UPDATE vestibule.signing_keys SET seal_key_id = 'another'").await;
    eventually(async || {
        let answer = super::try_log_in(&world.public(), "dora", PASSWORD).await;
        if told(&answer) == (500, "internal".into()) { Ok(()) } else { Err(answer.status) }
    })
    .await;
    rotate(&world, &["--now"]).await;
    eventually(async || {
        let answer = super::try_log_in(&world.public(), "dora", PASSWORD).await;
        if answer.status == 200 { Ok(()) } else { Err(answer.status) }
    })
    .await;
}
