//! The endpoints of a workspace's store connection.

use super::{CHECK, STORE, custom, faults, manager, manager_of, put, with_local_shops};
use crate::harness::{Reply, Shop, World};
use http::Method;
use serde_json::json;
use vestibule::domain::ids::TenantId;
use vestibule::domain::key::KeyKind;
use vestibule::domain::scope::Scope;

#[tokio::test]
async fn a_connection_is_made_shown_changed_and_removed() {
    let world = World::start().await;
    let client = manager(&world).await;
    assert_eq!(client.get(STORE).await.code(), "not_found");
    let body = json!({
        "platform": "shopify",
        "store_url": "https://shop.example",
        "store_ref": "alpine-store.myshopify.com",
        "api_version": "2026-07",
        "channel_ref": "gid://shopify/Publication/1234",
        "catalog_source": "admin_api",
        "locale": "de-AT",
        "currency": "EUR",
        "include_out_of_stock": false,
        "schedule": {"cron": "30  4 * * *", "timezone": "Europe/Vienna"},
        "failure_threshold_percent": 10,
        "credentials": {"type": "access_token", "access_token": "shpat_0123456789abcdef9f3c", "expires_at": "2031-01-01T00:00:00Z"}
    });
    let made = put(&client, STORE, &body).await;
    assert_eq!(made.status, 201, "{}", made.text());
    assert_eq!(made.header("etag"), Some("\"1\""));
    assert_eq!(made.header("cache-control"), Some("no-store"));
    let shown = client.get(STORE).await;
    assert_eq!((shown.status.as_u16(), shown.header("etag")), (200, Some("\"1\"")));
    assert_eq!(shown.json(), made.json());
    let view = shown.json();
    for (field, wanted) in [
        ("platform", json!("shopify")),
        ("store_url", json!("https://shop.example/")),
        ("store_ref", json!("alpine-store.myshopify.com")),
        ("catalog_source", json!("admin_api")),
        ("feed_url", json!(null)),
        ("include_out_of_stock", json!(false)),
        ("schedule", json!({"cron": "30 4 * * *", "timezone": "Europe/Vienna"})),
        ("failure_threshold_percent", json!(10)),
        ("removal_threshold_percent", json!(10)),
        ("feed_encoding", json!(null)),
        ("decimal_separator", json!(null)),
        ("timezone", json!(null)),
        ("credentials", json!({"type": "access_token", "hint": "9f3c", "expires_at": "2031-01-01T00:00:00Z"})),
        ("status", json!("pending")),
        ("last_checked_at", json!(null)),
        ("last_error_code", json!(null)),
    ] {
        assert_eq!(view[field], wanted, "{field}");
    }

    let changed = put(&client, STORE, &custom("https://other.example")).await;
    assert_eq!(faults(&changed), [("credentials".to_owned(), "required".to_owned())]);
    let mut other = custom("https://other.example");
    other["credentials"] = json!(null);
    let changed = put(&client.with("if-match", "\"1\""), STORE, &other).await;
    assert_eq!((changed.status.as_u16(), changed.header("etag")), (200, Some("\"2\"")), "{}", changed.text());
    assert_eq!(changed.json()["credentials"], json!(null));
    assert_eq!(changed.json()["catalog_source"], "rest_api");

    assert_eq!(client.with("if-match", "\"1\"").delete(STORE).await.code(), "precondition_failed");
    let gone = client.with("if-match", "\"2\"").delete(STORE).await;
    assert_eq!((gone.status.as_u16(), gone.text()), (204, ""));
    for missing in [client.get(STORE).await, client.delete(STORE).await, client.post(CHECK, &json!({})).await] {
        assert_eq!(missing.code(), "not_found");
    }
}

#[tokio::test]
async fn if_match_keeps_two_from_overwriting_each_other() {
    let world = World::start().await;
    let client = manager(&world).await;
    let body = custom("https://shop.example");
    for tag in ["*", "\"1\""] {
        assert_eq!(put(&client.with("if-match", tag), STORE, &body).await.code(), "precondition_failed", "{tag}");
    }
    assert_eq!(put(&client, STORE, &body).await.status, 201);
    assert_eq!(put(&client.with("if-match", "\"7\""), STORE, &body).await.code(), "precondition_failed");
    assert_eq!(put(&client.with("if-match", "*"), STORE, &body).await.status, 200);
    assert_eq!(put(&client.with("if-match", "\"2\""), STORE, &body).await.status, 200);
    let (one, two) = (client.with("if-match", "\"3\""), client.with("if-match", "\"3\""));
    let (one, two) = tokio::join!(put(&one, STORE, &body), put(&two, STORE, &body));
    let mut both = [one.status.as_u16(), two.status.as_u16()];
    both.sort_unstable();
    assert_eq!(both, [200, 412]);
}

#[tokio::test]
async fn two_first_ones_at_once_are_one_and_a_change() {
    let world = World::start().await;
    let client = manager(&world).await;
    let body = custom("https://shop.example");
    let (one, two) = tokio::join!(put(&client, STORE, &body), put(&client, STORE, &body));
    let mut both = [one.status.as_u16(), two.status.as_u16()];
    both.sort_unstable();
    assert_eq!(both, [200, 201]);
}

#[tokio::test]
async fn stored_credentials_stay_with_their_place() {
    let world = World::start().await;
    let client = manager(&world).await;
    let with = |url: &str, credentials: serde_json::Value| {
        let mut body = custom(url);
        body["credentials"] = credentials;
        body
    };
    let token = json!({"type": "bearer", "token": "0123456789abcdefcafe"});
    assert_eq!(put(&client, STORE, &with("https://shop.example/de", token.clone())).await.status, 201);
    // Left out: they stay, also on another path of the same host.
    for same in ["https://shop.example/de", "https://shop.example/at", "https://SHOP.example:443"] {
        let kept = put(&client, STORE, &custom(same)).await;
        assert_eq!(kept.json()["credentials"]["hint"], "cafe", "{same}: {}", kept.text());
    }
    // Another host, port, platform or kind: never.
    let mut feed = json!({"platform": "feed", "store_url": "https://shop.example", "feed_url": "https://shop.example/f",
        "feed_format": "csv"});
    let elsewhere = [custom("https://evil.example"), custom("https://shop.example:8443"), feed.clone()];
    for body in &elsewhere {
        assert_eq!(faults(&put(&client, STORE, body).await), [("credentials".to_owned(), "required".to_owned())]);
    }
    assert_eq!(client.get(STORE).await.json()["store_url"], "https://shop.example/");
    feed["credentials"] = token;
    let moved = put(&client, STORE, &feed).await;
    assert_eq!(moved.json()["credentials"]["hint"], "cafe", "{}", moved.text());
    feed["credentials"] = json!(null);
    assert_eq!(put(&client, STORE, &feed).await.json()["credentials"], json!(null));
    assert_eq!(put(&client, STORE, &custom("https://evil.example")).await.status, 200);
    assert_eq!(world.query::<i64>("SELECT count(*) FROM vestibule.store_credentials").await, [0]);
}

#[tokio::test]
async fn credentials_turned_elsewhere_in_the_database_do_not_open() {
    let world = with_local_shops().start().await;
    let client = manager(&world).await;
    let good = Shop::start(|_| Reply::new(200, "")).await;
    let evil = Shop::start(|_| Reply::new(200, "")).await;
    let mut body = custom(&good.url());
    body["credentials"] = json!({"type": "bearer", "token": "canary-token"});
    assert_eq!(put(&client, STORE, &body).await.status, 201);
    world.sql(&format!("UPDATE vestibule.store_connections SET store_url = '{}'", evil.url())).await;
    let finding = client.post(CHECK, &json!({})).await.json();
    assert_eq!((&finding["status"], &finding["code"]), (&json!("auth_failed"), &json!("credentials_unreadable")));
    assert!(evil.asked().is_empty());
}

#[tokio::test]
async fn everything_that_is_wrong_is_said_at_once() {
    let world = World::start().await;
    let client = manager(&world).await;
    let body = json!({
        "platform": "shopify",
        "store_url": "https://10.0.0.1",
        "store_ref": "shop.example",
        "api_version": "2026-02",
        "catalog_source": "rest_api",
        "feed_url": "https://[fd00::1]/feed",
        "locale": "german",
        "schedule": {"cron": "daily", "timezone": "Mars/Base"},
        "failure_threshold_percent": 0,
        "credentials": {"type": "basic", "username": "a:b"}
    });
    let answer = put(&client, STORE, &body).await;
    let fields: Vec<_> = faults(&answer).into_iter().map(|(field, _)| field).collect();
    for field in [
        "store_url",
        "store_ref",
        "api_version",
        "catalog_source",
        "feed_url",
        "locale",
        "schedule.cron",
        "schedule.timezone",
        "failure_threshold_percent",
        "credentials.type",
        "credentials.username",
        "credentials.password",
    ] {
        assert!(fields.iter().any(|found| found == field), "{field}: {fields:?}");
    }
    assert_eq!(world.query::<i64>("SELECT count(*) FROM vestibule.store_connections").await, [0]);
}

#[tokio::test]
async fn a_schedule_is_due_every_quarter_of_an_hour_at_most() {
    let world = World::start().await;
    let client = manager(&world).await;
    let with = |cron: &str| {
        let mut body = custom("https://shop.example");
        let feed = json!({
            "platform": "feed", "feed_url": "https://shop.example/f", "feed_format": "csv",
            "schedule": {"cron": cron},
        });
        body.as_object_mut().unwrap().extend(feed.as_object().unwrap().clone());
        body
    };
    for often in ["* * * * *", "*/5 * * * *", "0,10 4 * * *"] {
        let answer = put(&client, STORE, &with(often)).await;
        assert_eq!(faults(&answer), [("schedule.cron".to_owned(), "out_of_range".to_owned())], "{often}");
    }
    let answer = put(&client, STORE, &with("*/15 * * * *")).await;
    assert!(answer.status.is_success(), "{}", answer.text());
}

#[tokio::test]
async fn a_body_of_another_shape_names_its_field() {
    let world = World::start().await;
    let client = manager(&world).await;
    for (change, field, code) in [
        (json!({"platform": "magneto"}), "platform", "format"),
        (json!({"store_url": 7}), "store_url", "type"),
        (json!({"storeUrl": "x"}), "storeUrl", "unknown"),
        (json!({"feed_format": "xlsx"}), "feed_format", "format"),
        (json!({"failure_threshold_percent": "5"}), "failure_threshold_percent", "type"),
        (json!({"include_out_of_stock": "yes"}), "include_out_of_stock", "type"),
        (json!({"schedule": {"at": "x", "cron": "* * * * *"}}), "schedule.at", "unknown"),
        (json!({"credentials": {"type": "password"}}), "credentials.type", "format"),
        (json!({"credentials": {"type": "bearer", "secret": "canary"}}), "credentials.secret", "unknown"),
        (json!({"credentials": {"type": "bearer", "token": ["canary"]}}), "credentials.token", "type"),
        (json!({"credentials": "canary"}), "credentials", "type"),
    ] {
        let mut body = custom("https://shop.example");
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let answer = put(&client, STORE, &body).await;
        assert_eq!(faults(&answer), [(field.to_owned(), code.to_owned())], "{body}");
        assert!(!answer.text().contains("canary"), "{}", answer.text());
    }
    for (body, code) in [("", "invalid_body"), ("{", "invalid_body"), ("[]", "validation_failed")] {
        let json = client.with("content-type", "application/json");
        assert_eq!(json.send(Method::PUT, STORE, body).await.code(), code);
    }
    let plain = client.with("content-type", "text/plain").send(Method::PUT, STORE, "{}").await;
    assert_eq!(plain.code(), "unsupported_media_type");
}

#[tokio::test]
async fn addresses_inside_are_refused_when_they_are_given() {
    let world = World::start().await;
    let client = manager(&world).await;
    for url in [
        "http://shop.example",
        "https://127.0.0.1",
        "https://0x7f.1",
        "https://[::1]",
        "https://169.254.169.254/x",
        "https://shop.example:22",
    ] {
        assert_eq!(faults(&put(&client, STORE, &custom(url)).await), [("store_url".into(), "format".into())], "{url}");
        let feed =
            json!({"platform": "feed", "store_url": "https://shop.example", "feed_url": url, "feed_format": "csv"});
        assert_eq!(faults(&put(&client, STORE, &feed).await), [("feed_url".into(), "format".into())], "{url}");
    }
}

#[tokio::test]
async fn only_those_who_manage_the_workspace_get_through() {
    let world = World::start().await;
    world.add_workspace("other").await;
    let body = custom("https://shop.example");
    let reader = manager_of(&world, &[Scope::WorkspacesRead]).await;
    let writer = manager_of(&world, &[Scope::WorkspacesWrite]).await;
    for answer in [put(&reader, STORE, &body).await, reader.delete(STORE).await, reader.post(CHECK, &json!({})).await] {
        assert_eq!(answer.code(), "insufficient_scope");
    }
    assert_eq!(writer.get(STORE).await.code(), "insufficient_scope");
    assert_eq!(put(&writer, STORE, &body).await.status, 201);
    // Of another workspace, and of none at all: the same answer.
    for path in ["/api/v1/workspaces/other/store", "/api/v1/workspaces/nowhere/store"] {
        assert_eq!(reader.get(path).await.code(), "not_found");
        assert_eq!(put(&writer, path, &body).await.code(), "not_found");
        assert_eq!(writer.delete(path).await.code(), "not_found");
        assert_eq!(writer.post(&format!("{path}/check"), &json!({})).await.code(), "not_found");
    }
    let nobody = world.public();
    assert_eq!(nobody.get(STORE).await.code(), "unauthenticated");
    let browser = world.browser().await;
    assert_eq!(browser.get(STORE).await.code(), "insufficient_scope");
    assert_eq!(put(&browser, STORE, &body).await.code(), "insufficient_scope");
    // A key of the whole tenant names the workspace; a paused one is managed like any other.
    let spec = crate::harness::KeySpec {
        workspace: None,
        scopes: [Scope::WorkspacesRead, Scope::WorkspacesWrite].into_iter().collect(),
        ..world.spec(KeyKind::Secret)
    };
    let tenant = world.public().bearer(&world.key(spec).await);
    world.set_status(world.workspace.id, "paused").await;
    assert_eq!(put(&tenant, "/api/v1/workspaces/other/store", &body).await.status, 201);
    assert_eq!(tenant.get(STORE).await.status, 200);
}

#[tokio::test]
async fn another_tenants_shop_looks_like_none() {
    let world = World::start().await;
    let client = manager(&world).await;
    let stranger = TenantId(uuid::Uuid::new_v4());
    let found = world.database.store_connections().find(stranger, world.workspace.id).await.unwrap();
    assert!(found.is_none());
    assert_eq!(put(&client, STORE, &custom("https://shop.example")).await.status, 201);
    let own = world.database.store_connections().find(TenantId::DEFAULT, world.workspace.id).await.unwrap().unwrap();
    let stores = world.database.store_connections();
    assert!(stores.find(stranger, world.workspace.id).await.unwrap().is_none());
    assert!(stores.find_credentials(stranger, own.id).await.unwrap().is_none());
    assert!(stores.list_scheduled(stranger, None, 100).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_connection_ends_with_its_workspace() {
    let world = World::start().await;
    let client = manager(&world).await;
    let mut body = custom("https://shop.example");
    body["credentials"] = json!({"type": "bearer", "token": "x"});
    assert_eq!(put(&client, STORE, &body).await.status, 201);
    world
        .sql(&format!(
            "DELETE FROM vestibule.api_keys; DELETE FROM vestibule.workspaces WHERE id = '{}'",
            world.workspace.id
        ))
        .await;
    for table in ["store_connections", "store_credentials"] {
        assert_eq!(world.query::<i64>(&format!("SELECT count(*) FROM vestibule.{table}")).await, [0], "{table}");
    }
}

#[tokio::test]
async fn changes_are_written_down_without_secrets() {
    let world = World::start().await;
    let client = manager(&world).await;
    let feed = json!({"platform": "feed", "store_url": "https://shop.example", "feed_format": "csv",
        "feed_url": "https://shop.example/feed?token=canary-query",
        "credentials": {"type": "basic", "username": "canary-name", "password": "canary-password"}});
    assert_eq!(put(&client, STORE, &feed).await.status, 201);
    let mut changed = feed.clone();
    changed["currency"] = json!("CHF");
    changed["credentials"]["password"] = json!("canary-second");
    assert_eq!(put(&client, STORE, &changed).await.status, 200);
    assert_eq!(client.delete(STORE).await.status, 204);
    let log: Vec<serde_json::Value> =
        world.query("SELECT to_jsonb(a) FROM vestibule.audit_log a WHERE action LIKE 'store.%' ORDER BY id").await;
    let actions: Vec<_> = log.iter().map(|entry| entry["action"].as_str().unwrap()).collect();
    assert_eq!(actions, ["store.created", "store.updated", "store.removed"]);
    assert!(log.iter().all(|entry| entry["target"] == "store:shop" && entry["actor_kind"] == "api_key"), "{log:?}");
    assert_eq!(log[0]["after"]["feed_url"], "https://shop.example/feed?[redacted]");
    assert_eq!(log[0]["after"]["credentials"]["secret"], "[redacted]");
    assert_eq!((&log[1]["before"]["currency"], &log[1]["after"]["currency"]), (&json!(null), &json!("CHF")));
    // That there are other credentials shows, and nothing of them.
    assert!(log[1]["after"]["credentials"]["rotated_at"].is_string());
    assert!(!format!("{log:?}").contains("canary"));
}

#[tokio::test]
async fn without_the_database_nothing_is_promised() {
    let world = World::start().await;
    let client = manager(&world).await;
    assert_eq!(put(&client, STORE, &custom("https://shop.example")).await.status, 201);
    world.cut_off_the_database().await;
    for answer in [
        client.get(STORE).await,
        put(&client, STORE, &custom("https://shop.example")).await,
        client.delete(STORE).await,
        client.post(CHECK, &json!({})).await,
    ] {
        assert_eq!(answer.code(), "service_unavailable");
        assert!(answer.header("retry-after").is_some());
    }
    world.restore_the_database().await;
    assert_eq!(world.query::<i64>("SELECT count(*) FROM vestibule.store_connections").await, [1]);
}

#[tokio::test]
async fn managers_connect_shops_and_other_users_do_not() {
    let world = World::builder().set("AUTH_LOGIN_FAILURE_MILLIS", 1).start().await;
    let control = world.upstream.control();
    control.add_user("mona", "User-pass-1", "manager");
    control.add_user("dora", "User-pass-1", "default");
    control.add_member(&world.workspace.upstream_slug, "dora");
    let log_in = async |name: &str| {
        let answer =
            world.public().post("/api/v1/auth/login", &json!({"username": name, "password": "User-pass-1"})).await;
        world.public().bearer(answer.json()["access_token"].as_str().unwrap())
    };
    let (mona, dora) = (log_in("mona").await, log_in("dora").await);
    assert_eq!(put(&mona, STORE, &custom("https://shop.example")).await.status, 201);
    assert_eq!(mona.get(STORE).await.status, 200);
    let by: Vec<String> = world
        .query("SELECT actor_kind || ' ' || actor_name FROM vestibule.audit_log WHERE action = 'store.created'")
        .await;
    assert_eq!(by, ["user mona"]);
    for refused in [
        dora.get(STORE).await,
        put(&dora, STORE, &custom("https://evil.example")).await,
        dora.delete(STORE).await,
        dora.post(CHECK, &json!({})).await,
    ] {
        assert_eq!(refused.code(), "forbidden");
    }
}
