//! A change of the root key: both keys work, then everything is sealed anew, then the new one works alone.

use crate::harness::{Http, KeySpec, Reply, SECRET_KEY, Shop, Told, World, environment, run};
use crate::stores::{CHECK, STORE, custom, put, with_local_shops};
use crate::visitors::{Visitor, identified, identity_token, page};
use serde_json::{Value, json};
use vestibule::crypto::seal::Purpose;
use vestibule::domain::clock::SystemRandomness;
use vestibule::domain::key::KeyKind;
use vestibule::domain::scope::Scope;
use vestibule::storage::StoredApiKey;

const NEW_KEY: &str = "ISEhISEhISEhISEhISEhISEhISEhISEhISEhISEhISE=";
const PASSWORD: &str = "User-pass-1";
/// Every column with something sealed.
const SEALED: [&str; 5] =
    ["signing_keys", "auth_sessions", "store_credentials", "upstream_api_key", "identity_secrets"];

async fn rewrap(world: &World, secret_key: &str, previous: &str) -> Told {
    let mut variables = environment(world);
    variables.push(("VESTIBULE_SECRET_KEY".into(), secret_key.into()));
    variables.push(("VESTIBULE_PREVIOUS_SECRET_KEY".into(), previous.into()));
    let variables: Vec<_> = variables.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let told = run(&["secrets", "rewrap", "--json"], &variables).await;
    let said = format!("{}{}", told.stdout, told.stderr);
    for secret in [secret_key, previous, "canary"] {
        assert!(secret.is_empty() || !said.contains(secret), "{said}");
    }
    told
}

/// How many of each kind were sealed anew.
fn counts(told: &Told) -> Vec<u64> {
    assert_eq!(told.code, Some(0), "{told:?}");
    let lines: Value = serde_json::from_str(&told.stdout).unwrap();
    lines.as_array().unwrap().iter().map(|line| line["sealed_anew"].as_u64().unwrap()).collect()
}

async fn key_ids(world: &World) -> Vec<String> {
    let mut found = Vec::new();
    for table in SEALED {
        found.extend(world.query::<String>(&format!("SELECT seal_key_id FROM vestibule.{table}")).await);
    }
    found
}

/// A key for everything, made under the root key that the world runs with.
async fn manager_key(world: &World) -> String {
    let scopes = [Scope::WorkspacesRead, Scope::WorkspacesWrite, Scope::MessagesRead];
    world.key(KeySpec { scopes: scopes.into_iter().collect(), ..world.spec(KeyKind::Secret) }).await
}

async fn log_in(client: &Http) -> Value {
    let answer = client.post("/api/v1/auth/login", &json!({"username": "mona", "password": PASSWORD})).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

/// What came from before the change still works here. Returns the session's next refresh token.
async fn all_works(world: &World, shop: &Shop, keys: &[&String], tokens: &Value) -> Value {
    for key in keys {
        let client = world.public().bearer(key);
        assert_eq!(client.get(STORE).await.status, 200, "a key made under one of the root keys");
    }
    // The access token is verified, the refresh token is traded, and AnythingLLM's own token is opened for the user.
    let person = world.public().bearer(tokens["access_token"].as_str().unwrap());
    assert_eq!(person.get("/api/v1/auth/me").await.status, 200);
    let refreshed =
        world.public().post("/api/v1/auth/refresh", &json!({"refresh_token": tokens["refresh_token"]})).await;
    assert_eq!(refreshed.status, 200, "{}", refreshed.text());
    world
        .sql(
            "UPDATE vestibule.store_connections SET status = 'pending', last_checked_at = NULL, last_error_code = NULL",
        )
        .await;
    let checked = world.public().bearer(keys[0]).post(CHECK, &json!({})).await;
    assert_eq!(checked.json()["status"], "healthy", "{}", checked.text());
    assert_eq!(shop.asked().last().unwrap().header("authorization"), Some("Bearer canary-token"));
    refreshed.json()
}

/// A customer's visit, on a page with a new key.
async fn arrive(world: &World, body: &Value, secret: &str) -> Visitor {
    let (page, _) = page(world).await;
    let mut body = body.clone();
    body["identity_token"] = json!(identity_token(world, secret, "customer-4711"));
    Visitor::arrive(&page, &body).await
}

#[tokio::test]
async fn the_root_key_is_changed_while_everything_goes_on() {
    let world = with_local_shops().set("AUTH_LOGIN_FAILURE_MILLIS", 1).start().await;
    world.upstream.control().add_user("mona", PASSWORD, "manager");
    let old_root = world.config.root_key().unwrap();
    let shop = Shop::start(|_| Reply::new(200, "")).await;
    let old_key = manager_key(&world).await;
    let mut connection = custom(&shop.url());
    connection["credentials"] = json!({"type": "bearer", "token": "canary-token"});
    let made = put(&world.public().bearer(&old_key), STORE, &connection).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let tokens = log_in(&world.public()).await;
    let sealer = old_root.sealer(Purpose::UpstreamApiKey);
    let kept = StoredApiKey {
        upstream_id: 7,
        api_key: sealer.seal("upstream_api_key.api_key", b"canary-api-key", &SystemRandomness).unwrap(),
        recovery_codes: Some(
            sealer.seal("upstream_api_key.recovery_codes", b"canary-codes", &SystemRandomness).unwrap(),
        ),
        created_at: world.ambient.now(),
    };
    world.database.upstream_api_key().store(&kept).await.unwrap();
    let hook = json!({"url": shop.url(), "events": ["key.expiring"]});
    let hooks = "/api/v1/workspaces/shop/webhooks";
    assert_eq!(world.public().bearer(&old_key).post(hooks, &hook).await.status, 201);
    let secret = identified(&world, false).await;
    let visitor = arrive(&world, &json!({}), &secret).await;
    assert!(key_ids(&world).await.iter().all(|id| *id == old_root.id()));

    // A replica that knows both, beside one that knows the old one only.
    let both = world.replica_with(&[("SECRET_KEY", NEW_KEY), ("PREVIOUS_SECRET_KEY", SECRET_KEY)]).await;
    let new_root = both.config.root_key().unwrap();
    let new_key = manager_key(&both).await;
    let tokens = all_works(&both, &shop, &[&old_key, &new_key], &tokens).await;
    let later = log_in(&both.public()).await;
    let known = json!({"visitor_id": visitor.id});
    let moved = arrive(&both, &known, &secret).await;
    assert_eq!(
        (moved.claims()["sub"].clone(), moved.claims()["ref"].clone()),
        (visitor.claims()["sub"].clone(), visitor.claims()["ref"].clone())
    );
    assert_ne!(moved.id, visitor.id, "the id is given out anew, under the new key");

    let done = counts(&rewrap(&world, NEW_KEY, SECRET_KEY).await);
    // The old pepper, the signing key, AnythingLLM's key, the credentials, the first session, the identity secret,
    // and the secret of the webhook.
    assert_eq!(done, [1; 7]);
    assert!(key_ids(&world).await.iter().all(|id| *id == new_root.id()));
    assert_eq!(counts(&rewrap(&world, NEW_KEY, SECRET_KEY).await), [0; 7]);
    let tokens = all_works(&both, &shop, &[&old_key, &new_key], &tokens).await;

    // The new one alone.
    let after = world.replica_with(&[("SECRET_KEY", NEW_KEY)]).await;
    all_works(&after, &shop, &[&old_key, &new_key], &tokens).await;
    assert_eq!(after.public().bearer(later["access_token"].as_str().unwrap()).get("/api/v1/auth/me").await.status, 200);
    let there = arrive(&after, &json!({"visitor_id": moved.id}), &secret).await;
    assert_eq!(there.claims()["ref"], visitor.claims()["ref"], "customers stay who they are");
    let sealer = after.config.root_key().unwrap().sealer(Purpose::UpstreamApiKey);
    let stored = after.database.upstream_api_key().find().await.unwrap().unwrap();
    use secrecy::ExposeSecret as _;
    assert_eq!(sealer.open("upstream_api_key.api_key", &stored.api_key).unwrap().expose_secret(), b"canary-api-key");
    let codes = sealer.open("upstream_api_key.recovery_codes", &stored.recovery_codes.unwrap()).unwrap();
    assert_eq!(codes.expose_secret(), b"canary-codes");
    assert_eq!(counts(&rewrap(&world, NEW_KEY, "").await), [0; 7]);

    // And once more: the first pepper is carried along.
    let third = "YWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWE=";
    assert_eq!(counts(&rewrap(&world, third, NEW_KEY).await)[0], 2);
    let last = world.replica_with(&[("SECRET_KEY", third)]).await;
    for key in [&old_key, &new_key] {
        assert_eq!(last.public().bearer(key).get(STORE).await.status, 200);
    }
}

#[tokio::test]
async fn a_key_of_an_unknown_root_key_is_refused() {
    let world = World::builder().set("DATABASE_STATEMENT_MILLIS", 1000).start().await;
    let key = manager_key(&world).await;
    world.change_key(&key, "key_hash = decode(repeat('ab', 32), 'hex')").await;
    // Nobody can tell while the stored peppers cannot be read: that is not a no.
    let held = world.lock("vestibule.former_peppers").await;
    let mut wrong = world.public().bearer(&key);
    wrong = wrong.with("x-request-id", "while-it-is-locked");
    let asked = tokio::spawn(async move { wrong.get("/api/v1/messages?session_id=x").await });
    assert_eq!(asked.await.unwrap().code(), "service_unavailable");
    held.release().await;
    let refused = world.public().bearer(&key).get("/api/v1/messages?session_id=x").await;
    assert_eq!(refused.code(), "invalid_token");
}

#[tokio::test]
async fn what_no_key_opens_is_named_and_the_rest_is_done() {
    let world = with_local_shops().set("AUTH_LOGIN_FAILURE_MILLIS", 1).start().await;
    world.upstream.control().add_user("mona", PASSWORD, "manager");
    log_in(&world.public()).await;
    let told = rewrap(&world, NEW_KEY, "").await;
    assert_eq!(told.code, Some(1), "{told:?}");
    assert!(told.stderr.contains("VESTIBULE_PREVIOUS_SECRET_KEY"), "{told:?}");
    let lines: Value = serde_json::from_str(&told.stdout).unwrap();
    let lost: usize =
        lines.as_array().unwrap().iter().map(|line| line["cannot_be_opened"].as_array().unwrap().len()).sum();
    assert_eq!(lost, 2, "the session and the signing key: {lines}");
    let old = world.config.root_key().unwrap().id();
    assert!(key_ids(&world).await.iter().all(|id| *id == old));
    // Half of it broken off, and done in the second run.
    world.sql("UPDATE vestibule.signing_keys SET private_key = private_key || '\\x00'").await;
    let told = rewrap(&world, NEW_KEY, SECRET_KEY).await;
    assert_eq!(told.code, Some(1));
    let lines: Value = serde_json::from_str(&told.stdout).unwrap();
    let anew: u64 = lines.as_array().unwrap().iter().map(|line| line["sealed_anew"].as_u64().unwrap()).sum();
    assert_eq!(anew, 2, "the pepper and the session: {lines}");
}

#[tokio::test]
async fn without_the_database_nothing_is_said_to_be_done() {
    let world = World::start().await;
    world.cut_off_the_database().await;
    let told = rewrap(&world, NEW_KEY, SECRET_KEY).await;
    assert_eq!(told.code, Some(69), "{told:?}");
    assert!(told.stdout.is_empty());
}
