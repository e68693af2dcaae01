//! What a key can give: at most what it has itself, in everything.

use super::{KEYS, faults, make, manager, patch, path, publishable, secret, server, show, text, with};
use crate::harness::{Answer, Http, World};
use chrono::TimeDelta;
use http::Method;
use serde_json::{Value, json};
use vestibule::domain::audit::Author;
use vestibule::domain::ids::{KeyId, TenantId};
use vestibule::domain::key::{KeyEnv, KeyKind};
use vestibule::domain::power::{Configured, Power};
use vestibule::domain::scope::Scope;
use vestibule::keys::{Caller, KeyError, KeyRequest, KeyService};

/// A key that is bound in everything a secret key can be bound in, and may make keys.
struct Bounded {
    http: Http,
    key: Value,
    end: String,
}

const SCOPES: [&str; 6] =
    ["keys:read", "keys:write", "workspaces:read", "workspaces:write", "chat:write", "messages:read"];

async fn bounded(world: &World, manager: &Http) -> Bounded {
    let end = in_days(world, 30);
    let body = json!({
        "workspace": world.workspace.slug, "scopes": SCOPES, "expires_at": end,
        "allowed_ips": ["127.0.0.0/9", "127.128.0.0/9"],
        "limits": {
            "per_minute": 300, "burst": 100, "max_streams": 5, "messages_per_day": 100, "tokens_per_month": 50_000,
        },
    });
    let key = make(manager, &with(secret(), &body)).await;
    Bounded { http: server(world, &key), key, end }
}

fn in_days(world: &World, days: i64) -> String {
    (world.ambient.now() + TimeDelta::days(days)).to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}

/// A child that lies within the bounded key.
fn child(bounded: &Bounded) -> Value {
    let within = json!({
        "name": "child", "scopes": ["chat:write", "keys:write", "keys:read"], "expires_at": bounded.end,
        "allowed_ips": ["127.0.0.0/8"],
        "limits": {
            "per_minute": 60, "burst": 10, "max_streams": 5, "messages_per_day": 100, "tokens_per_month": 50_000,
        },
    });
    with(secret(), &within)
}

/// Code and fields of a refusal to give more than one has.
fn beyond(answer: &Answer) -> (String, Vec<String>) {
    assert_eq!(answer.status, 403, "{}", answer.text());
    let body = answer.json();
    let errors = body["errors"].as_array().unwrap();
    assert!(errors.iter().all(|error| error["code"] == "exceeds"), "{body}");
    let fields: Vec<String> = errors.iter().map(|error| text(error, "field").to_owned()).collect();
    assert!(fields.iter().all(|field| text(&body, "detail").contains(field)), "{body}");
    (answer.code(), fields)
}

fn forbidden(fields: &[&str]) -> (String, Vec<String>) {
    ("forbidden".to_owned(), fields.iter().map(|field| (*field).to_owned()).collect())
}

/// Each thing that would be more than a bounded key has, and the field that is named.
fn wider(world: &World) -> Vec<(Value, &'static str)> {
    vec![
        (json!({"expires_at": null}), "expires_at"),
        (json!({"expires_at": in_days(world, 31)}), "expires_at"),
        (json!({"allowed_ips": []}), "allowed_ips"),
        (json!({"allowed_ips": null}), "allowed_ips"),
        (json!({"allowed_ips": ["127.0.0.0/8", "192.0.2.7"]}), "allowed_ips"),
        (json!({"allowed_ips": ["0.0.0.0/0"]}), "allowed_ips"),
        (json!({"limits": {"per_minute": null, "burst": 1}}), "limits.per_minute"),
        (json!({"limits": {"per_minute": 301}}), "limits.per_minute"),
        (json!({"limits": {"burst": 101}}), "limits.burst"),
        (json!({"limits": {"max_streams": null}}), "limits.max_streams"),
        (json!({"limits": {"messages_per_day": null}}), "limits.messages_per_day"),
        (json!({"limits": {"messages_per_day": 101}}), "limits.messages_per_day"),
        (json!({"limits": {"tokens_per_month": null}}), "limits.tokens_per_month"),
        // The key has no such limit, but an installation does.
        (json!({"limits": {"per_visitor_per_minute": 1_000_000}}), "limits.per_visitor_per_minute"),
    ]
}

fn merged(mut body: Value, patch: &Value) -> Value {
    vestibule::domain::json::merge_patch(&mut body, patch.clone());
    body
}

#[tokio::test]
async fn a_key_never_widens_itself() {
    let world = World::start().await;
    let manager = manager(&world).await;
    let bounded = bounded(&world, &manager).await;
    for (patched, field) in wider(&world) {
        let answer = patch(&bounded.http, &bounded.key, &patched).await;
        assert_eq!(beyond(&answer), forbidden(&[field]), "{patched}");
    }
    let scopes = json!({"scopes": ["keys:write", "privacy:erase", "usage:read"]});
    let answer = patch(&bounded.http, &bounded.key, &scopes).await;
    assert_eq!(beyond(&answer), ("insufficient_scope".to_owned(), vec!["scopes".to_owned()]));
    let challenge = answer.header("www-authenticate").unwrap();
    assert!(challenge.contains("scope=\"usage:read\""), "{challenge}");
    // Everything at once is named at once.
    let all = json!({"scopes": ["usage:read"], "expires_at": null, "allowed_ips": [], "limits": null});
    let (code, named) = beyond(&patch(&bounded.http, &bounded.key, &all).await);
    assert_eq!(code, "insufficient_scope");
    let wanted = [
        "scopes",
        "expires_at",
        "allowed_ips",
        "limits.per_minute",
        "limits.burst",
        "limits.max_streams",
        "limits.messages_per_day",
        "limits.tokens_per_month",
    ];
    assert_eq!(named, wanted);
    assert_eq!(show(&manager, &bounded.key).await["version"], 1);

    // Narrower it may make itself, and then not as wide as it was.
    let narrow = json!({"limits": {"messages_per_day": 10}, "allowed_ips": ["127.0.0.0/8"]});
    let narrowed = patch(&bounded.http, &bounded.key, &narrow).await;
    assert_eq!(narrowed.status, 200, "{}", narrowed.text());
    let back = patch(&bounded.http, &bounded.key, &json!({"limits": {"messages_per_day": 100}})).await;
    assert_eq!(beyond(&back), forbidden(&["limits.messages_per_day"]));
}

#[tokio::test]
async fn a_key_makes_no_key_that_is_more_than_itself() {
    let world = World::start().await;
    let manager = manager(&world).await;
    let bounded = bounded(&world, &manager).await;
    let good = child(&bounded);
    for (other, field) in wider(&world) {
        let answer = bounded.http.post(KEYS, &merged(good.clone(), &other)).await;
        assert_eq!(beyond(&answer), forbidden(&[field]), "{other}");
    }
    let live = bounded.http.post(KEYS, &with(good.clone(), &json!({"env": "live"}))).await;
    assert_eq!(beyond(&live), forbidden(&["env"]));
    // Shoppers come from everywhere.
    let ends = json!({"expires_at": bounded.end, "scopes": ["chat:write"], "limits": good["limits"]});
    let page = bounded.http.post(KEYS, &with(publishable(&world), &ends)).await;
    assert_eq!(beyond(&page), forbidden(&["allowed_ips"]));
    // What is broken is told before what is not allowed.
    let broken = bounded.http.post(KEYS, &with(good.clone(), &json!({"expires_at": "2020-01-01T00:00:00Z"}))).await;
    assert_eq!(faults(&broken), [("expires_at".to_owned(), "out_of_range".to_owned())]);

    // A child that lies within it is made, and so is that one's child, which is bound by both.
    let made = make(&bounded.http, &good).await;
    let grandchild = with(good.clone(), &json!({"scopes": ["chat:write"], "allowed_ips": ["127.0.0.1"]}));
    make(&server(&world, &made), &grandchild).await;
    let back = merged(grandchild, &json!({"limits": {"per_minute": 300}}));
    assert_eq!(beyond(&server(&world, &made).post(KEYS, &back).await), forbidden(&["limits.per_minute"]));
}

#[tokio::test]
async fn a_stronger_key_is_not_changed_switched_on_or_rotated_by_a_weaker_one() {
    let world = World::start().await;
    let manager = manager(&world).await;
    let bounded = bounded(&world, &manager).await;
    let endless = json!({"workspace": world.workspace.slug, "scopes": ["chat:write"], "enabled": false});
    let strong = make(&manager, &with(secret(), &endless)).await;
    let fields = [
        "expires_at",
        "allowed_ips",
        "limits.per_minute",
        "limits.max_streams",
        "limits.messages_per_day",
        "limits.tokens_per_month",
    ];
    for answer in [
        patch(&bounded.http, &strong, &json!({"enabled": true})).await,
        patch(&bounded.http, &strong, &json!({"name": "mine"})).await,
        bounded.http.post(&path(&strong, "/rotate"), &json!({"grace_seconds": 0})).await,
    ] {
        let (code, named) = beyond(&answer);
        assert_eq!(code, "forbidden");
        assert!(fields.iter().all(|field| named.contains(&(*field).to_owned())), "{named:?}");
    }
    // Not even to what it could have made itself: then it would have had it in its hands.
    let within = child(&bounded);
    let narrower = json!({"scopes": ["chat:write"], "expires_at": within["expires_at"],
        "allowed_ips": within["allowed_ips"], "limits": within["limits"]});
    assert_eq!(patch(&bounded.http, &strong, &narrower).await.status, 403);
    assert_eq!(show(&manager, &strong).await["version"], 1);
    // What takes away needs no power.
    assert_eq!(patch(&manager, &strong, &json!({"enabled": true})).await.status, 200);
    assert_eq!(patch(&bounded.http, &strong, &json!({"enabled": false})).await.status, 200);
    assert_eq!(bounded.http.post(&path(&strong, "/revoke"), &json!({})).await.status, 200);
}

#[tokio::test]
async fn a_key_that_was_rotated_gives_nothing_beyond_its_grace() {
    let world = World::start().await;
    let manager = manager(&world).await;
    let bounded = bounded(&world, &manager).await;
    let rotated = manager.post(&path(&bounded.key, "/rotate"), &json!({"grace_seconds": 3600})).await;
    assert_eq!(rotated.status, 201, "{}", rotated.text());
    let answer = bounded.http.post(KEYS, &child(&bounded)).await;
    assert_eq!(beyond(&answer), forbidden(&["expires_at"]));
    // Its successor has what it had, and can be rotated by itself.
    let next = server(&world, &rotated.json());
    make(&next, &child(&bounded)).await;
    let own = next.post(&path(&rotated.json(), "/rotate"), &json!({"grace_seconds": 0})).await;
    assert_eq!(own.status, 201, "{}", own.text());
    assert_eq!(own.json()["expires_at"], rotated.json()["expires_at"]);
}

#[tokio::test]
async fn what_a_replica_remembers_of_a_key_is_not_given() {
    let world = World::start().await;
    let manager = manager(&world).await;
    let bounded = bounded(&world, &manager).await;
    let pepper = world.config.root_key().unwrap().pepper();
    let keys = KeyService::new(world.database.clone(), pepper, None, world.ambient.clone());
    let (author, remembered) = (Author::cli("test"), Power::whole());
    let caller = Caller {
        tenant: TenantId::DEFAULT,
        author: &author,
        power: &remembered,
        configured: Configured::default(),
        key: Some(KeyId(text(&bounded.key, "id").parse().unwrap())),
    };
    let given = json!({"name": "endless", "scopes": ["chat:write"]});
    let refused = async || {
        let request = KeyRequest {
            kind: KeyKind::Secret,
            env: KeyEnv::Test,
            workspace: Some(world.workspace.id),
            given: given.as_object().unwrap().clone(),
        };
        match keys.create(caller, request).await {
            Err(KeyError::Beyond(excess)) => (excess.scope, excess.faults.has("expires_at")),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(refused().await, (None, true));
    // Revoked, it gives nothing at all.
    assert_eq!(manager.post(&path(&bounded.key, "/revoke"), &json!({})).await.status, 200);
    assert_eq!(refused().await.0, Some(Scope::ChatWrite));
}

#[tokio::test]
async fn what_is_given_for_good_is_not_given_by_a_key_that_is_bound() {
    let world = World::start().await;
    world.upstream.control().add_user("eve", "User-pass-1", "default");
    let manager = manager(&world).await;
    let bounded = bounded(&world, &manager).await;
    let put = async |http: &Http, path: &str, body: &Value| {
        http.with("content-type", "application/json").send(Method::PUT, path, body.to_string()).await
    };
    let (members, identity) = ("/api/v1/workspaces/shop/members/1", "/api/v1/workspaces/shop/identity");
    let rotate = format!("{identity}/rotate-secret");
    let member = bounded.http.send(Method::PUT, members, "").await;
    let quotas = ["expires_at", "allowed_ips", "limits.messages_per_day", "limits.tokens_per_month"];
    assert_eq!(beyond(&member), forbidden(&quotas));
    let place_and_time = ["expires_at", "allowed_ips"];
    assert_eq!(beyond(&bounded.http.post(&rotate, &json!({})).await), forbidden(&place_and_time));

    assert_eq!(manager.post(&rotate, &json!({})).await.status, 200);
    let (off, on, must) = (
        json!({"enabled": false, "enforced": false}),
        json!({"enabled": true, "enforced": false}),
        json!({"enabled": true, "enforced": true}),
    );
    assert_eq!(beyond(&put(&bounded.http, identity, &on).await), forbidden(&place_and_time));
    assert_eq!(put(&manager, identity, &on).await.status, 200);
    // Narrower, it may be made by whoever manages the workspace.
    assert_eq!(put(&bounded.http, identity, &must).await.status, 200);
    assert_eq!(beyond(&put(&bounded.http, identity, &on).await), forbidden(&place_and_time));
    assert_eq!(put(&manager, identity, &off).await.status, 200);
    assert_eq!(put(&bounded.http, identity, &off).await.status, 200, "as it is already");
    // A key that is not bound may.
    let free = json!({"workspace": world.workspace.slug, "scopes": ["workspaces:write"]});
    let free = server(&world, &make(&manager, &with(secret(), &free)).await);
    assert_eq!(free.post(&rotate, &json!({})).await.status, 200);
    assert_ne!(free.send(Method::PUT, members, "").await.status, 403);
}
