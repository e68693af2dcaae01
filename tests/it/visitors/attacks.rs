//! Visitor tokens that somebody made, changed, kept or misplaced.

use super::{CHEAP, SESSION, Visitor, message, page, part, signed, told};
use crate::harness::{Http, KeySpec, ORIGIN, World};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::Ed25519KeyPair;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use vestibule::crypto::seal::Purpose;
use vestibule::domain::key::{ApiKey, KeyKind};
use vestibule::domain::sealed::Sealed;

/// A visitor, and the private key their token is signed with: what an attacker has at best, and more.
struct Scene {
    world: World,
    visitor: Visitor,
    pair: Ed25519KeyPair,
    public_key: Vec<u8>,
}

impl Scene {
    async fn new() -> Self {
        let world = World::start().await;
        let (page, _) = page(&world).await;
        let visitor = Visitor::arrive(&page, &json!({})).await;
        assert_eq!(visitor.http.get(CHEAP).await.status, 200);
        let kid = part(&visitor.token, 0)["kid"].as_str().unwrap().to_owned();
        let bytes: Vec<Vec<u8>> = world.query("SELECT private_key FROM vestibule.signing_keys").await;
        let root = world.config.root_key().unwrap();
        let sealed = Sealed { key_id: root.id(), bytes: bytes[0].clone() };
        let seed = root.sealer(Purpose::SigningKey).open(&kid, &sealed).unwrap();
        let pair = Ed25519KeyPair::from_seed_unchecked(seed.expose_secret()).unwrap();
        let public_key: Vec<Vec<u8>> = world.query("SELECT public_key FROM vestibule.signing_keys").await;
        Self { world, visitor, pair, public_key: public_key[0].clone() }
    }

    fn client(&self, token: &str) -> Http {
        self.world.public().bearer(token).with("origin", ORIGIN)
    }

    fn sign(&self, header: &Value, claims: &Value) -> String {
        let message = message(header, claims);
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(self.pair.sign(message.as_bytes())))
    }

    /// The visitor's token with some parts changed, signed as it should be; null removes one.
    fn forged(&self, header: &Value, claims: &Value) -> String {
        self.sign(&changed(part(&self.visitor.token, 0), header), &changed(self.visitor.claims(), claims))
    }

    async fn told(&self, token: &str) -> (u16, String) {
        told(&self.client(token).get(CHEAP).await)
    }

    async fn refused(&self, what: &str, token: &str) {
        assert_eq!(self.told(token).await, (401, "invalid_token".into()), "{what}");
        let renewal = self.client(token).post(SESSION, &json!({})).await;
        assert_eq!(told(&renewal), (401, "invalid_token".into()), "{what}");
        assert!(renewal.header("www-authenticate").unwrap().contains("error=\"invalid_token\""));
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

#[tokio::test]
async fn the_attackers_tools_work_on_a_good_token() {
    let scene = Scene::new().await;
    // Or every refusal below would prove nothing.
    let again = scene.forged(&json!({}), &json!({"extra": 1}));
    assert_eq!(scene.told(&again).await, (200, String::new()));
}

#[tokio::test]
async fn a_token_cannot_choose_how_it_is_checked() {
    let scene = Scene::new().await;
    let (header, claims) = (part(&scene.visitor.token, 0), scene.visitor.claims());
    for algorithm in ["none", "None", "nOnE", ""] {
        let message = message(&changed(header.clone(), &json!({"alg": algorithm})), &claims);
        scene.refused(algorithm, &format!("{message}.")).await;
        let (_, signature) = scene.visitor.token.rsplit_once('.').unwrap();
        scene.refused(algorithm, &format!("{message}.{signature}")).await;
    }
    // The public key, which everybody has, as the secret of a symmetric algorithm: one that is known here, for identity
    // tokens.
    let symmetric = changed(header.clone(), &json!({"alg": "HS256"}));
    let text = URL_SAFE_NO_PAD.encode(&scene.public_key);
    scene.refused("HS256", &signed(&symmetric, &claims, &text)).await;
    let raw = {
        use hmac::{Hmac, KeyInit as _, Mac as _};
        let message = message(&symmetric, &claims);
        let mut mac = Hmac::<sha2::Sha256>::new_from_slice(&scene.public_key).unwrap();
        mac.update(message.as_bytes());
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
    };
    scene.refused("HS256", &raw).await;
    for header in [
        json!({"alg": "HS512"}),
        json!({"alg": "ES256"}),
        json!({"crit": ["exp"]}),
        json!({"jku": "https://evil.example/keys"}),
        json!({"kid": null}),
        json!({"kid": "other"}),
    ] {
        scene.refused(&header.to_string(), &scene.forged(&header, &json!({}))).await;
    }
}

#[tokio::test]
async fn a_token_works_for_what_it_is_bound_to_only() {
    let scene = Scene::new().await;
    let world = &scene.world;
    let other = world.add_workspace("other").await;
    let other_key = world.key(KeySpec { workspace: Some(other.id), ..world.spec(KeyKind::Publishable) }).await;
    let secret_key = world.key(world.spec(KeyKind::Secret)).await;
    let public_id = |key: &str| ApiKey::parse(key).unwrap().public_id().to_string();
    let now = world.ambient.now().timestamp();
    for (what, claims) in [
        ("the key of another workspace", json!({"key": public_id(&other_key)})),
        ("a secret key", json!({"key": public_id(&secret_key)})),
        ("a key that does not exist", json!({"key": "aaaaaaaaaaaa"})),
        ("another workspace", json!({"wid": other.id.to_string()})),
        ("another tenant", json!({"tid": uuid::Uuid::new_v4()})),
        ("another generation", json!({"gen": 2})),
        ("an earlier generation", json!({"gen": 0})),
        ("no generation", json!({"gen": null})),
        ("another issuer", json!({"iss": "https://evil.example"})),
        ("another audience", json!({"aud": "vestibule"})),
        ("no audience", json!({"aud": null})),
        ("no visitor", json!({"sub": null})),
        ("a visitor who named themselves", json!({"sub": "bob"})),
        ("a customer, where the shop names none", json!({"ref": uuid::Uuid::new_v4()})),
        ("no end", json!({"exp": null})),
        ("a beginning in the future", json!({"nbf": now + 600})),
        ("no origin", json!({"org": null})),
        ("an origin that is none", json!({"org": "shop.example"})),
    ] {
        scene.refused(what, &scene.forged(&json!({}), &claims)).await;
    }
    let expired = scene.forged(&json!({}), &json!({"exp": now - 60}));
    assert_eq!(scene.told(&expired).await, (401, "expired_token".into()));
    // The owner of both keys cannot make one key's token serve the other's workspace by naming it.
    let named = scene.visitor.http.get(&format!("{CHEAP}?workspace=other")).await;
    assert_eq!(told(&named), (404, "not_found".into()));
}

#[tokio::test]
async fn a_token_works_on_the_page_it_was_given_to_only() {
    let scene = Scene::new().await;
    let world = &scene.world;
    let origins = vec![ORIGIN.to_owned(), "https://second.example".to_owned()];
    let key = world.key(KeySpec { origins, ..world.spec(KeyKind::Publishable) }).await;
    let first = Visitor::arrive(&world.public().bearer(&key).with("origin", ORIGIN), &json!({})).await;
    let token = world.public().bearer(&first.token);
    assert_eq!(token.with("origin", ORIGIN).get(CHEAP).await.status, 200);
    for origin in ["https://second.example", "https://evil.example", "http://shop.example", "null"] {
        let there = token.with("origin", origin);
        assert_eq!(told(&there.get(CHEAP).await), (403, "forbidden_origin".into()), "{origin}");
        assert_eq!(told(&there.post(SESSION, &json!({})).await), (403, "forbidden_origin".into()), "{origin}");
    }
    assert_eq!(told(&token.get(CHEAP).await), (403, "forbidden_origin".into()), "a program without an origin");
    // And one that says it is from elsewhere does not get there, either.
    let elsewhere = scene.forged(&json!({}), &json!({"org": "https://evil.example"}));
    let answer = world.public().bearer(&elsewhere).with("origin", "https://evil.example").get(CHEAP).await;
    assert_eq!(told(&answer), (403, "forbidden_origin".into()));
}

#[tokio::test]
async fn tokens_of_one_kind_are_none_of_the_other() {
    let scene = Scene::new().await;
    let world = &scene.world;
    for kind in [json!("at+jwt"), json!("JWT"), json!("VST-VISITOR+JWT"), json!("visitor+jwt"), Value::Null] {
        scene.refused(&kind.to_string(), &scene.forged(&json!({"typ": kind}), &json!({}))).await;
    }
    world.upstream.control().add_user("anna", "User-pass-1", "admin");
    let login = json!({"username": "anna", "password": "User-pass-1"});
    let access =
        world.public().post("/api/v1/auth/login", &login).await.json()["access_token"].as_str().unwrap().to_owned();
    // An access token's claims under the header of a visitor's, and the reverse, signed with the right key.
    scene.refused("claims of an access token", &scene.sign(&part(&scene.visitor.token, 0), &part(&access, 1))).await;
    let reversed = scene.sign(&part(&access, 0), &scene.visitor.claims());
    for path in ["/api/v1/auth/me", "/api/v1/audit", CHEAP] {
        assert_eq!(told(&world.public().bearer(&reversed).get(path).await), (401, "invalid_token".into()), "{path}");
    }
    // As they are: a person gets no visitor token, and a visitor is nobody.
    let person = world.public().bearer(&access).with("origin", ORIGIN).post(SESSION, &json!({})).await;
    assert_eq!(told(&person), (403, "forbidden".into()));
    assert_eq!(told(&scene.visitor.http.get("/api/v1/auth/me").await), (403, "forbidden".into()));
    // A token stands in `Authorization`, not in the widget's header or path.
    let header = world.public().with("x-widget-key", &scene.visitor.token).with("origin", ORIGIN).get(CHEAP).await;
    assert_eq!(told(&header), (401, "invalid_token".into()));
    let path = format!("/api/embed/{}/{}", scene.visitor.token, uuid::Uuid::new_v4());
    assert!(world.public().with("origin", ORIGIN).get(&path).await.status.is_client_error());
}

#[tokio::test]
async fn a_changed_token_is_worth_nothing() {
    let scene = Scene::new().await;
    let token = &scene.visitor.token;
    for at in (0..token.len()).step_by(token.len() / 40) {
        let mut bytes = token.clone().into_bytes();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(bytes).unwrap();
        let (status, code) = scene.told(&changed).await;
        assert_eq!((status, code.as_str()), (401, "invalid_token"), "changed at {at}");
    }
    scene.refused("cut", &token[..token.len() - 1]).await;
    scene.refused("long", &format!("{token}{}", "A".repeat(4000))).await;
}

#[tokio::test]
async fn the_admin_listener_passes_no_visitor_token_on() {
    let scene = Scene::new().await;
    let before = scene.world.upstream.control().request_count();
    let answer = scene.world.admin().bearer(&scene.visitor.token).get("/api/v1/documents").await;
    assert!(answer.status.is_client_error(), "{answer:?}");
    assert_eq!(scene.world.upstream.control().request_count(), before);
}
