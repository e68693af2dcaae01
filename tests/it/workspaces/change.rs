//! Changing workspaces by merge patches, under entity tags.

use super::{WORKSPACES, change_upstream, faults, make, manager, named, patch, show, upstream, upstream_slug};
use crate::harness::{KeySpec, World};
use http::Method;
use serde_json::json;
use vestibule::domain::key::KeyKind;
use vestibule::domain::scope::Scope;
use vestibule_stand_in::Failure;

#[tokio::test]
async fn a_patch_changes_what_it_names_and_is_written_through() {
    let world = World::start().await;
    let manager = manager(&world).await;
    let made = make(&manager, &named("Shop Two")).await;
    let etag = made.header("etag").unwrap().to_owned();
    let before = made.json();
    let answer = patch(&manager, "shop-two", &etag, &json!({
        "settings": {"top_n": 5, "refusal_message": null, "retention_days": null},
        "widget": {"suggested": ["Where is my order?"], "translations": {"de": {"greeting": "Guten Tag"}}},
        "support": {"handoff_mode": "email", "contact_email": "help@shop.example", "business_hours": {
            "weekly": [{"day": "monday", "opens": "09:00", "closes": "24:00"}],
            "exceptions": [{"date": "2026-12-24", "label": "Christmas Eve"}, {"date": "2026-12-31", "intervals": [{"opens": "10:00", "closes": "12:30"}]}],
        }},
        "extra": {"a": {"b": 1}},
    }))
    .await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.header("etag"), Some("\"3\""));
    let after = answer.json();
    assert_eq!(after["upstream"]["written"], json!(["settings.top_n"]));
    assert_eq!((&after["settings"]["top_n"], &after["settings"]["refusal_message"]), (&json!(5), &json!(null)));
    assert_eq!(after["settings"]["retention_days"], json!(null), "for ever");
    assert_eq!(after["settings"]["prompt"], before["settings"]["prompt"]);
    let hours = &after["support"]["business_hours"];
    assert_eq!(hours["weekly"], json!([{"day": "monday", "opens": "09:00", "closes": "24:00"}]));
    assert_eq!(hours["exceptions"][0], json!({"date": "2026-12-24", "label": "Christmas Eve", "intervals": []}));
    assert_eq!(hours["exceptions"][1]["intervals"], json!([{"opens": "10:00", "closes": "12:30"}]));
    assert_eq!(upstream(&world, &upstream_slug(&after)).await["topN"], 5);

    // Read anew, it is the same.
    let mut read = show(&manager, "shop-two").await;
    for (group, member) in [("settings", "drift"), ("upstream", "written")] {
        read[group][member] = after[group][member].clone();
    }
    read["updated_at"] = after["updated_at"].clone();
    assert_eq!(read, after);

    let second = patch(
        &manager,
        "shop-two",
        "\"3\"",
        &json!({"extra": {"a": {"b": null, "c": 2}}, "support": {"business_hours": null}}),
    )
    .await;
    assert_eq!(second.json()["extra"], json!({"a": {"c": 2}}));
    assert_eq!(second.json()["support"]["business_hours"]["weekly"], json!([]));
}

#[tokio::test]
async fn a_change_needs_the_version_that_was_read() {
    let world = World::start().await;
    let manager = manager(&world).await;
    make(&manager, &named("Versioned")).await;
    let without = manager
        .with("content-type", "application/json")
        .send(Method::PATCH, &format!("{WORKSPACES}/versioned"), "{}")
        .await;
    assert_eq!((without.status.as_u16(), without.code().as_str()), (428, "precondition_required"));
    for stale in ["\"1\"", "W/\"2\"", "\"99\"", "2"] {
        let answer = patch(&manager, "versioned", stale, &json!({"name": "Other"})).await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (412, "precondition_failed"), "{stale}");
    }
    assert_eq!(patch(&manager, "versioned", "*", &json!({"name": "Other"})).await.status, 200);
    // What changes nothing counts nothing up.
    let same = patch(&manager, "versioned", "\"3\"", &json!({"name": "Other"})).await;
    assert_eq!(same.header("etag"), Some("\"3\""));
}

#[tokio::test]
async fn of_two_changes_of_one_version_one_wins() {
    let world = World::start().await;
    let manager = manager(&world).await;
    make(&manager, &named("Raced")).await;
    let (a, b) = tokio::join!(
        patch_of(&manager, json!({"settings": {"top_n": 3}})),
        patch_of(&manager, json!({"settings": {"top_n": 9}})),
    );
    let mut statuses = [a, b];
    statuses.sort_unstable();
    assert_eq!(statuses[0], 200, "{statuses:?}");
    assert!([409, 412].contains(&statuses[1]), "{statuses:?}");
    // And AnythingLLM has what was stored, whichever it was.
    assert_eq!(show(&manager, "raced").await["settings"]["drift"], json!([]));
}

async fn patch_of(manager: &crate::harness::Http, change: serde_json::Value) -> u16 {
    patch(manager, "raced", "\"2\"", &change).await.status.as_u16()
}

#[tokio::test]
async fn every_fault_of_a_patch_is_named_and_nothing_changes() {
    let world = World::start().await;
    let manager = manager(&world).await;
    let made = make(&manager, &named("Careful")).await.json();
    let answer = patch(
        &manager,
        "careful",
        "\"2\"",
        &json!({
            "settings": {"max_stream_secs": 1, "locales": ["de", "deutsch"]}, "support": {"handoff_mode": "webhook"}
        }),
    )
    .await;
    let fields: Vec<_> = faults(&answer).into_iter().map(|(field, _)| field).collect();
    assert_eq!(fields, ["settings.max_stream_secs", "settings.locales[1]", "support.webhook_url"]);
    for (body, field) in [
        (json!({"name": null}), "name"),
        (json!({"slug": "other"}), "slug"),
        (json!({"version": 7}), "version"),
        (json!({"settings": {"chat_mode": "automatic"}}), "settings.chat_mode"),
        (json!({"widget": []}), "widget"),
    ] {
        assert_eq!(faults(&patch(&manager, "careful", "\"2\"", &body).await)[0].0, field, "{body}");
    }
    let now = show(&manager, "careful").await;
    assert_eq!((&now["version"], &now["settings"]["locales"]), (&json!(2), &made["settings"]["locales"]));
}

#[tokio::test]
async fn when_anythingllm_fails_nothing_is_changed_here() {
    let world = World::builder().set("UPSTREAM_RESPONSE_MILLIS", 1000).start().await;
    let manager = manager(&world).await;
    make(&manager, &named("Steady")).await;
    let change = json!({"settings": {"top_n": 2}});
    for (failure, status, code) in [
        (Failure::Status500, 502, "upstream_error"),
        (Failure::Hang, 504, "upstream_timeout"),
        (Failure::Html, 502, "upstream_contract"),
    ] {
        world.upstream.control().fail_on("/api/v1/workspace/", failure);
        let answer = patch(&manager, "steady", "\"2\"", &change).await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (status, code), "{}", answer.text());
        // What AnythingLLM does not know changes all the same.
        world.upstream.control().heal();
    }
    assert_eq!(show(&manager, "steady").await["version"], 2);
    world.upstream.control().fail(Failure::Refuse);
    let own = patch(&manager, "steady", "\"2\"", &json!({"widget": {"title": "Hi"}})).await;
    assert_eq!(own.status, 200, "{}", own.text());
    let seen = show(&manager, "steady").await;
    assert_eq!((&seen["upstream"]["state"], &seen["settings"]["drift"]), (&json!("unreachable"), &json!(null)));
}

#[tokio::test]
async fn a_patch_leaves_alone_what_was_changed_in_anythingllm() {
    let world = World::start().await;
    let manager = manager(&world).await;
    let made = make(&manager, &named("Shared Work")).await.json();
    change_upstream(&world, &upstream_slug(&made), &json!({"openAiPrompt": "Edited there."})).await;
    assert_eq!(patch(&manager, "shared-work", "\"2\"", &json!({"settings": {"top_n": 2}})).await.status, 200);
    let there = upstream(&world, &upstream_slug(&made)).await;
    assert_eq!((&there["openAiPrompt"], &there["topN"]), (&json!("Edited there."), &json!(2)));
    let drift = &show(&manager, "shared-work").await["settings"]["drift"];
    assert_eq!((drift[0]["field"].as_str(), drift.as_array().unwrap().len()), (Some("settings.prompt"), 1));
}

#[tokio::test]
async fn a_workspace_of_its_own_is_all_that_a_bound_key_sees() {
    use vestibule::domain::key::KeyKind;
    use vestibule::domain::scope::Scope;
    let world = World::start().await;
    make(&manager(&world).await, &named("Foreign")).await;
    let mut spec = world.spec(KeyKind::Secret);
    spec.scopes = Scope::ALL.into_iter().collect();
    let bound = world.public().bearer(&world.key(spec).await);
    assert_eq!(show(&bound, "shop").await["slug"], "shop");
    let listed = bound.get(WORKSPACES).await.json();
    assert_eq!(listed["data"].as_array().unwrap().len(), 1);
    for (method, path) in [(Method::GET, ""), (Method::DELETE, ""), (Method::PATCH, ""), (Method::POST, "/sync")] {
        let client = bound.with("if-match", "*").with("content-type", "application/json");
        let body = match (&method, path) {
            (_, "/sync") => r#"{"take":"vestibule"}"#,
            (&Method::PATCH, _) => "{}",
            _ => "",
        };
        let foreign = client.send(method.clone(), &format!("{WORKSPACES}/foreign{path}"), body).await;
        let missing = client.send(method.clone(), &format!("{WORKSPACES}/missing{path}"), body).await;
        assert_eq!((foreign.status.as_u16(), foreign.code().as_str()), (404, "not_found"), "{method} {path}");
        assert_eq!(foreign.json()["detail"], missing.json()["detail"]);
    }
}

#[tokio::test]
async fn who_may_not_read_what_shoppers_write_says_not_where_it_is_sent() {
    let world = World::start().await;
    let key = async |scopes: &[Scope], ends: bool| {
        let expires_at = ends.then(|| world.ambient.now() + chrono::TimeDelta::days(1));
        let scopes = scopes.iter().copied().collect();
        world
            .admin()
            .bearer(&world.key(KeySpec { scopes, expires_at, workspace: None, ..world.spec(KeyKind::Secret) }).await)
    };
    let mute = key(&[Scope::WorkspacesWrite, Scope::WorkspacesRead], false).await;
    let ending = key(&[Scope::WorkspacesWrite, Scope::ConversationsRead], true).await;
    let reader = key(&[Scope::WorkspacesWrite, Scope::ConversationsRead], false).await;
    let desk =
        |host: &str| json!({"support": {"handoff_mode": "webhook", "webhook_url": format!("https://{host}/in")}});
    for (client, code, fields) in
        [(&mute, "insufficient_scope", vec!["scopes"]), (&ending, "forbidden", vec!["expires_at"])]
    {
        let refused = patch(client, "shop", "*", &desk("mine.example")).await;
        assert_eq!((refused.status.as_u16(), refused.code().as_str()), (403, code), "{}", refused.text());
        let told: Vec<_> = refused.json()["errors"].as_array().unwrap().iter().map(|e| e["field"].clone()).collect();
        assert_eq!(told, fields);
    }
    let mut new = named("Shop Three");
    new["support"] = desk("mine.example")["support"].clone();
    assert_eq!(mute.post(WORKSPACES, &new).await.code(), "insufficient_scope");

    assert_eq!(patch(&reader, "shop", "*", &desk("desk.example")).await.status, 200);
    // What is there may be said again, and everything else is theirs to change.
    assert_eq!(patch(&mute, "shop", "*", &desk("desk.example")).await.status, 200);
    let off = json!({"support": {"handoff_mode": "off", "webhook_url": null}});
    assert_eq!(patch(&mute, "shop", "*", &off).await.status, 200);
}
