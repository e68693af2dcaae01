//! Access tokens that somebody made, changed, kept or misplaced.

use super::{CHEAP, Person, part, populated, told};
use crate::harness::{Http, World};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use ring::signature::Ed25519KeyPair;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use sha2::Sha256;
use vestibule::crypto::seal::Purpose;
use vestibule::domain::sealed::Sealed;

/// A gateway, somebody who is logged in, and the private key their token is signed with: what an attacker has at best,
/// and more.
struct Scene {
    world: World,
    person: Person,
    pair: Ed25519KeyPair,
    public_key: Vec<u8>,
}

impl Scene {
    async fn new() -> Self {
        let world = populated().await;
        let person = Person::log_in(&world.public(), "dora").await;
        assert_eq!(person.client().get(CHEAP).await.status, 200);
        let kid = part(&person.access, 0)["kid"].as_str().unwrap().to_owned();
        let bytes: Vec<Vec<u8>> = world.query("SELECT private_key FROM vestibule.signing_keys").await;
        let root = world.config.root_key().unwrap();
        let sealed = Sealed { key_id: root.id(), bytes: bytes[0].clone() };
        let seed = root.sealer(Purpose::SigningKey).open(&kid, &sealed).unwrap();
        let pair = Ed25519KeyPair::from_seed_unchecked(seed.expose_secret()).unwrap();
        let public_key: Vec<Vec<u8>> = world.query("SELECT public_key FROM vestibule.signing_keys").await;
        Self { world, person, pair, public_key: public_key[0].clone() }
    }

    fn header(&self) -> Value {
        part(&self.person.access, 0)
    }

    /// The token's claims with some changed; null removes one.
    fn claims(&self, changes: &Value) -> Value {
        changed(self.person.claims(), changes)
    }

    fn signed(&self, header: &Value, claims: &Value) -> String {
        let message = message(header, claims);
        let signature = URL_SAFE_NO_PAD.encode(self.pair.sign(message.as_bytes()));
        format!("{message}.{signature}")
    }

    async fn told(&self, token: &str) -> (u16, String) {
        told(&self.world.public().bearer(token).get(CHEAP).await)
    }

    async fn refused(&self, what: &str, token: &str) {
        assert_eq!(self.told(token).await, (401, "invalid_token".into()), "{what}");
    }
}

fn changed(mut object: Value, changes: &Value) -> Value {
    for (name, value) in changes.as_object().unwrap() {
        if value.is_null() {
            object.as_object_mut().unwrap().remove(name);
        } else {
            object[name] = value.clone();
        }
    }
    object
}

fn message(header: &Value, claims: &Value) -> String {
    let encode = |part: &Value| URL_SAFE_NO_PAD.encode(part.to_string());
    format!("{}.{}", encode(header), encode(claims))
}

#[tokio::test]
async fn the_attackers_tools_work_on_a_good_token() {
    let scene = Scene::new().await;
    // Or every refusal below would prove nothing.
    let again = scene.signed(&scene.header(), &scene.claims(&json!({"jti": uuid::Uuid::new_v4()})));
    assert_eq!(scene.told(&again).await, (200, String::new()));
}

#[tokio::test]
async fn a_token_cannot_choose_how_it_is_checked() {
    let scene = Scene::new().await;
    let claims = scene.claims(&json!({}));
    for algorithm in ["none", "None", "nOnE", ""] {
        let message = message(&changed(scene.header(), &json!({"alg": algorithm})), &claims);
        scene.refused(algorithm, &format!("{message}.")).await;
        let (_, signature) = scene.person.access.rsplit_once('.').unwrap();
        scene.refused(algorithm, &format!("{message}.{signature}")).await;
    }
    // The public key, which everybody has, as the secret of a symmetric algorithm.
    let keys = [
        scene.public_key.clone(),
        URL_SAFE_NO_PAD.encode(&scene.public_key).into_bytes(),
        scene.world.public().get("/.well-known/jwks.json").await.body.to_vec(),
    ];
    for key in keys {
        let message = message(&changed(scene.header(), &json!({"alg": "HS256"})), &claims);
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
        mac.update(message.as_bytes());
        let signature = URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes());
        scene.refused("HS256", &format!("{message}.{signature}")).await;
    }
    for algorithm in ["RS256", "ES256", "PS256", "HS512", "EdDSA2", "Ed25519"] {
        let header = changed(scene.header(), &json!({"alg": algorithm}));
        scene.refused(algorithm, &scene.signed(&header, &claims)).await;
    }
}

#[tokio::test]
async fn a_token_cannot_bring_its_own_key() {
    let scene = Scene::new().await;
    let own = Ed25519KeyPair::from_seed_unchecked(&[5; 32]).unwrap();
    let claims = scene.claims(&json!({"role": "admin"}));
    let public = ring::signature::KeyPair::public_key(&own).as_ref().to_vec();
    let jwk = json!({"kty": "OKP", "crv": "Ed25519", "x": URL_SAFE_NO_PAD.encode(public)});
    for extra in [
        json!({}),
        json!({"kid": "mine"}),
        json!({"kid": ""}),
        json!({"kid": null}),
        json!({"kid": "../../etc/passwd"}),
        json!({"kid": "' OR true --"}),
        json!({"jwk": jwk}),
        json!({"kid": null, "jwk": jwk}),
        json!({"jku": "https://evil.example/jwks.json"}),
        json!({"x5u": "https://evil.example/cert.pem"}),
        json!({"crit": ["exp"]}),
    ] {
        let message = message(&changed(scene.header(), &extra), &claims);
        let signature = URL_SAFE_NO_PAD.encode(own.sign(message.as_bytes()));
        scene.refused(&extra.to_string(), &format!("{message}.{signature}")).await;
    }
}

#[tokio::test]
async fn other_types_of_tokens_are_not_access_tokens() {
    let scene = Scene::new().await;
    for kind in [json!("JWT"), json!("jwt"), json!("id+jwt"), json!("visitor+jwt"), json!("AT+JWT"), Value::Null] {
        let header = changed(scene.header(), &json!({"typ": kind}));
        scene.refused(&kind.to_string(), &scene.signed(&header, &scene.claims(&json!({})))).await;
    }
}

#[tokio::test]
async fn a_token_is_for_its_time_with_half_a_minute_of_grace() {
    let scene = Scene::new().await;
    let now = chrono::DateTime::timestamp(&scene.world.ambient.now());
    let at = |nbf: i64, exp: i64| {
        scene.signed(&scene.header(), &scene.claims(&json!({"iat": now + nbf, "nbf": now + nbf, "exp": now + exp})))
    };
    assert_eq!(scene.told(&at(-1000, -10)).await, (200, String::new()));
    assert_eq!(scene.told(&at(10, 900)).await, (200, String::new()));
    let expired = at(-1000, -40);
    assert_eq!(scene.told(&expired).await, (401, "expired_token".into()));
    assert_eq!(scene.told(&expired).await, (401, "expired_token".into()), "also when it is known");
    scene.refused("not yet valid", &at(120, 900)).await;
    for (claim, odd) in [("exp", json!("tomorrow")), ("exp", Value::Null), ("nbf", Value::Null), ("exp", json!(1e300))]
    {
        let claims = scene.claims(&json!({ claim: odd }));
        scene.refused(claim, &scene.signed(&scene.header(), &claims)).await;
    }
}

#[tokio::test]
async fn a_token_is_for_this_gateway_and_its_own_session() {
    let scene = Scene::new().await;
    let other = Person::log_in(&scene.world.public(), "anna").await;
    for changes in [
        json!({"iss": "https://evil.example"}),
        json!({"iss": "https://chat.example/"}),
        json!({"iss": null}),
        json!({"aud": "another"}),
        json!({"aud": ["vestibule", "another"]}),
        json!({"aud": null}),
        json!({"sub": other.user_id().to_string()}),
        json!({"sub": "0"}),
        json!({"sub": "3 "}),
        json!({"sub": null}),
        json!({"sid": uuid::Uuid::new_v4()}),
        json!({"sid": "x"}),
        json!({"sid": null}),
        json!({"tid": uuid::Uuid::new_v4()}),
        json!({"tid": null}),
        json!({"role": "root"}),
    ] {
        scene.refused(&changes.to_string(), &scene.signed(&scene.header(), &scene.claims(&changes))).await;
    }
    // A role that a token claims is not what counts.
    let admin = scene.signed(&scene.header(), &scene.claims(&json!({"role": "admin"})));
    let answer = scene.world.public().bearer(&admin).get(&format!("{CHEAP}?user_id={}", other.user_id())).await;
    assert_eq!(told(&answer), (403, "forbidden".into()));
}

#[tokio::test]
async fn what_is_cut_stretched_or_changed_is_refused() {
    let scene = Scene::new().await;
    let token = &scene.person.access;
    for keep in [token.len() - 1, token.len() / 2, 20, 4] {
        scene.refused("cut", &token[..keep]).await;
    }
    let parts: Vec<&str> = token.split('.').collect();
    let stretched = scene.signed(&scene.header(), &scene.claims(&json!({"pad": "x".repeat(3000)})));
    for (what, odd) in [
        ("no signature", format!("{}.{}.", parts[0], parts[1])),
        ("no claims", format!("{}..{}", parts[0], parts[2])),
        ("four parts", format!("{token}.{}", parts[2])),
        ("two tokens", format!("{token} {token}")),
        ("padding", format!("{token}=")),
        ("stretched", stretched),
        ("30 KB", format!("{}.{}.{}", parts[0], "A".repeat(30_000), parts[2])),
    ] {
        scene.refused(what, &odd).await;
    }
    for index in (0..token.len()).step_by(7) {
        let mut bytes = token.clone().into_bytes();
        bytes[index] = if bytes[index] == b'A' { b'B' } else { b'A' };
        let odd = String::from_utf8(bytes).unwrap();
        let status = scene.told(&odd).await.0;
        assert_eq!(status, 401, "character {index} changed");
    }
    // More than a request head may have.
    let huge = scene.world.public().bearer(&format!("{}.{}.{}", parts[0], "A".repeat(100_000), parts[2]));
    assert_eq!(huge.get(CHEAP).await.status, 431);
    assert_eq!(scene.told(token).await, (200, String::new()));
}

#[tokio::test]
async fn a_token_of_a_session_that_is_gone_is_refused() {
    let scene = Scene::new().await;
    scene.world.sql("DELETE FROM vestibule.auth_sessions").await;
    crate::harness::eventually(async || {
        let told = scene.told(&scene.person.access).await;
        if told == (401, "invalid_token".into()) { Ok(()) } else { Err(told) }
    })
    .await;
    assert_eq!(told(&scene.person.try_refresh().await), (401, "invalid_token".into()));
}

#[tokio::test]
async fn a_token_counts_in_its_one_place_only() {
    let scene = Scene::new().await;
    let (public, token) = (scene.world.public(), &scene.person.access);
    for query in ["access_token", "token", "authorization", "bearer", "jwt"] {
        let answer = public.get(&format!("{CHEAP}?{query}={token}")).await;
        assert_eq!(told(&answer), (401, "unauthenticated".into()), "{query}");
    }
    let cookie = public.with("cookie", &format!("access_token={token}; session={token}")).get(CHEAP).await;
    assert_eq!(told(&cookie), (401, "unauthenticated".into()));
    let twice: [Http; 3] = [
        public.bearer(token).also("authorization", &format!("Bearer {token}")),
        public.bearer(token).also("authorization", "Basic dXNlcjpwYXNz"),
        public.bearer(token).with("x-widget-key", token),
    ];
    for http in twice {
        assert_eq!(told(&http.get(CHEAP).await), (400, "bad_request".into()));
    }
    for scheme in ["Basic", "JWT", "Token"] {
        let http = public.with("authorization", &format!("{scheme} {token}"));
        assert_eq!(told(&http.get(CHEAP).await), (401, "invalid_token".into()), "{scheme}");
    }
}

#[tokio::test]
async fn anythingllms_own_tokens_and_keys_are_strangers_here() {
    let scene = Scene::new().await;
    let own = json!({"id": 1, "username": "admin", "iat": 1, "exp": 9_999_999_999_i64});
    let foreign = format!("{}.c2lnbmF0dXJl", message(&json!({"alg": "HS256", "typ": "JWT"}), &own));
    scene.refused("a session token", &foreign).await;
    scene.refused("an API key", scene.world.upstream.api_key()).await;
}
