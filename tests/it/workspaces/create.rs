//! Making workspaces, also when something gives way in between.

use super::{WORKSPACES, faults, make, manager, named, show, upstream, upstream_slug, upstream_slugs};
use crate::harness::{Http, World, eventually};
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::task::JoinHandle;
use vestibule::domain::key::KeyKind;
use vestibule::domain::scope::Scope;
use vestibule_stand_in::Failure;

#[tokio::test]
async fn a_workspace_is_made_on_both_sides_with_the_defaults_of_its_platform() {
    let world = World::start().await;
    let manager = manager(&world).await;
    let answer = make(
        &manager,
        &json!({
            "name": "Alpine Store",
            "platform": "feed",
            "settings": {"currency": "chf", "timezone": "Europe/Zurich", "temperature": 0.1},
            "widget": {"brand_color": "#aa0000"},
            "extra": {"erp": {"id": 7}},
        }),
    )
    .await;
    assert_eq!(answer.header("etag"), Some("\"2\""));
    assert_eq!(answer.header("location"), Some("/api/v1/workspaces/alpine-store"));
    let body = answer.json();
    assert_eq!(
        (&body["slug"], &body["status"], &body["platform"]),
        (&json!("alpine-store"), &json!("active"), &json!("feed"))
    );
    assert_eq!(body["settings"]["currency"], "CHF");
    assert_eq!((&body["settings"]["chat_mode"], &body["settings"]["top_n"]), (&json!("query"), &json!(8)));
    assert_eq!(body["widget"]["brand_color"], "#AA0000");
    assert_eq!(body["widget"]["title"], "Alpine Store");
    assert_eq!(body["extra"]["erp"]["id"], 7);
    assert!(body["upstream"]["written"].as_array().unwrap().contains(&json!("settings.prompt")));

    let there = upstream(&world, &upstream_slug(&body)).await;
    assert_eq!(there["name"], "Alpine Store");
    assert_eq!((&there["chatMode"], &there["topN"], &there["openAiTemp"]), (&json!("query"), &json!(8), &json!(0.1)));
    assert!(there["openAiPrompt"].as_str().unwrap().contains("the shopping assistant of Alpine Store"));
    assert_eq!(there["queryRefusalResponse"], body["settings"]["refusal_message"]);

    let seen = show(&manager, "alpine-store").await;
    assert_eq!((&seen["upstream"]["state"], &seen["settings"]["drift"]), (&json!("ready"), &json!([])));
}

#[tokio::test]
async fn a_new_workspace_answers_at_once() {
    let world = World::start().await;
    let manager = manager(&world).await;
    let body = make(&manager, &named("Quick")).await.json();
    world.upstream.control().add_document(&upstream_slug(&body), "Kettle", "The kettle K-1 costs 29 euros.");
    let answer =
        manager.post("/api/v1/chat", &json!({"workspace": "quick", "message": "What does the kettle cost?"})).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert!(answer.json()["answer"].as_str().unwrap().contains("29 euros"));
}

#[tokio::test]
async fn a_workspace_that_anythingllm_has_is_adopted_with_its_settings() {
    let world = World::start().await;
    let manager = manager(&world).await;
    let theirs = world.upstream.control().add_workspace("Grown Over Years");
    super::change_upstream(
        &world,
        &theirs,
        &json!({"topN": 3, "openAiPrompt": "Ours since 2019.", "chatMode": "automatic"}),
    )
    .await;
    let body = json!({"slug": "grown", "upstream_slug": theirs, "settings": {"temperature": 0.4}});
    let answer = make(&manager, &body).await.json();
    assert_eq!((&answer["name"], &answer["upstream"]["slug"]), (&json!("Grown Over Years"), &json!(theirs)));
    let settings = &answer["settings"];
    assert_eq!(
        (&settings["top_n"], &settings["prompt"], &settings["chat_mode"]),
        (&json!(3), &json!("Ours since 2019."), &json!("query"))
    );
    let there = upstream(&world, &theirs).await;
    // The mode that runs agents is not left on.
    assert_eq!((&there["chatMode"], &there["openAiTemp"], &there["topN"]), (&json!("query"), &json!(0.4), &json!(3)));

    let again = manager.post(WORKSPACES, &json!({"slug": "second", "upstream_slug": theirs})).await;
    assert_eq!((again.status.as_u16(), again.code().as_str()), (409, "conflict"));
    let missing = manager.post(WORKSPACES, &json!({"slug": "third", "upstream_slug": "nowhere"})).await;
    assert_eq!(faults(&missing), [("upstream_slug".into(), "unknown".into())]);
}

#[tokio::test]
async fn a_slug_is_made_of_the_name_and_taken_once() {
    let world = World::start().await;
    let manager = manager(&world).await;
    let first = make(&manager, &named("Müller & Söhne")).await.json();
    assert_eq!(first["slug"], "mueller-soehne");
    let again = manager.post(WORKSPACES, &named("Müller & Söhne")).await;
    assert_eq!((again.status.as_u16(), again.code().as_str()), (409, "conflict"));
    let nameless = manager.post(WORKSPACES, &named("日本")).await;
    assert_eq!(faults(&nameless), [("slug".into(), "required".into())]);
    assert_eq!(make(&manager, &json!({"name": "日本", "slug": "nihon"})).await.json()["slug"], "nihon");
    assert_eq!(upstream_slugs(&world).await.iter().filter(|slug| slug.starts_with("mueller")).count(), 1);
}

#[tokio::test]
async fn every_fault_of_a_new_workspace_is_named_and_nothing_is_made() {
    let world = World::start().await;
    let manager = manager(&world).await;
    let before = upstream_slugs(&world).await;
    let answer = manager
        .post(
            WORKSPACES,
            &json!({"name": "", "settings": {"top_n": 99, "currency": "EURO"}, "widget": {"max_cards": 11}}),
        )
        .await;
    let fields: Vec<_> = faults(&answer).into_iter().map(|(field, _)| field).collect();
    assert_eq!(fields, ["name", "settings.top_n", "settings.currency", "widget.max_cards"]);
    for (body, field, code) in [
        (json!({}), "name", "required"),
        (json!({"name": 7}), "name", "type"),
        (json!({"name": "x", "slug": "No"}), "slug", "format"),
        (json!({"name": "x", "slug": 7}), "slug", "type"),
        (json!({"name": "x", "platform": "shopyfy"}), "platform", "format"),
        (json!({"name": "x", "upstream": {}}), "upstream", "unknown"),
        (json!({"name": "x", "settings": {"drift": []}}), "settings.drift", "unknown"),
        (json!({"name": "x", "settings": "query"}), "settings", "type"),
    ] {
        assert_eq!(faults(&manager.post(WORKSPACES, &body).await), [(field.into(), code.into())], "{body}");
    }
    for rubbish in ["", "[]", "{", r#"{"name":"a","name":"b"}"#, r#"{"name":"a","settings":{"top_n":1,"top_n":2}}"#] {
        let client = manager.with("content-type", "application/json");
        let answer = client.send(http::Method::POST, WORKSPACES, rubbish.to_owned()).await;
        assert!([400, 422].contains(&answer.status.as_u16()), "{rubbish}: {}", answer.text());
    }
    assert_eq!(upstream_slugs(&world).await, before);
    assert_eq!(world.query::<i64>("SELECT count(*) FROM vestibule.workspaces").await, [1]);
}

#[tokio::test]
async fn only_those_who_manage_workspaces_make_them() {
    let world = World::start().await;
    let bound = {
        let mut spec = world.spec(KeyKind::Secret);
        spec.scopes = Scope::ALL.into_iter().collect();
        world.public().bearer(&world.key(spec).await)
    };
    let answer = bound.post(WORKSPACES, &named("x")).await;
    assert_eq!((answer.status.as_u16(), answer.code().as_str()), (403, "forbidden"));
    let reader = {
        let mut spec = world.spec(KeyKind::Secret);
        spec.workspace = None;
        spec.scopes = [Scope::WorkspacesRead].into_iter().collect();
        world.public().bearer(&world.key(spec).await)
    };
    let answer = reader.post(WORKSPACES, &named("x")).await;
    assert_eq!((answer.status.as_u16(), answer.code().as_str()), (403, "insufficient_scope"));
    assert_eq!(world.public().post(WORKSPACES, &named("x")).await.status, 401);
    assert_eq!(world.browser().await.post(WORKSPACES, &named("x")).await.status, 403);
}

/// Sends the request in the background. Aborted, it takes the handler with it wherever that stands, as a killed process
/// does.
fn send(manager: &Http, body: Value) -> JoinHandle<()> {
    let manager = manager.clone();
    tokio::spawn(async move {
        manager.post(WORKSPACES, &body).await;
    })
}

async fn received(world: &World, path: &str) {
    eventually(async || {
        let seen: Vec<_> = world.upstream.control().requests().into_iter().map(|r| r.path_and_query).collect();
        if seen.iter().any(|seen| seen.starts_with(path)) { Ok(()) } else { Err(seen) }
    })
    .await;
}

/// Exactly one workspace of this name on both sides, complete and answering.
async fn is_whole(world: &World, manager: &Http, slug: &str) {
    let seen = show(manager, slug).await;
    assert_eq!((&seen["upstream"]["state"], &seen["status"]), (&json!("ready"), &json!("active")), "{seen}");
    assert_eq!(seen["settings"]["drift"], json!([]));
    let there: Vec<_> = upstream_slugs(world).await.into_iter().filter(|there| there.starts_with(slug)).collect();
    assert_eq!(there, [upstream_slug(&seen)]);
}

#[tokio::test]
async fn killed_before_anythingllm_had_it_the_same_request_completes_it() {
    let mut world = World::start().await;
    let first = manager(&world).await;
    world.upstream.control().fail_on("/api/v1/workspace/", Failure::Hang);
    let call = send(&first, named("cut short"));
    received(&world, "/api/v1/workspace/cut-short").await;
    call.abort();
    // Without the grace of a stop.
    drop(world.gateway.take());
    world.upstream.control().heal();
    let replica = world.replica().await;
    let manager = manager(&replica).await;
    assert_eq!(show(&manager, "cut-short").await["upstream"]["state"], "pending");
    eventually(async || {
        let answer = manager.post(WORKSPACES, &named("cut short")).await;
        // The lock of the one that was killed ends with its connection.
        if answer.status == 201 { Ok(()) } else { Err(answer.status) }
    })
    .await;
    is_whole(&replica, &manager, "cut-short").await;
}

#[tokio::test]
async fn killed_after_anythingllm_had_made_it_the_same_request_finds_it_again() {
    let mut world = World::start().await;
    let first = manager(&world).await;
    world.upstream.control().fail_on("/api/v1/workspace/", Failure::Hang);
    let call = send(&first, named("half made"));
    received(&world, "/api/v1/workspace/half-made").await;
    call.abort();
    drop(world.gateway.take());
    world.upstream.control().heal();
    // What the killed one would have done next, and nobody has recorded.
    let planned =
        world.query::<String>("SELECT upstream_slug FROM vestibule.workspaces WHERE slug = 'half-made'").await;
    assert_eq!(world.upstream.control().add_workspace(&planned[0]), planned[0]);
    let replica = world.replica().await;
    let manager = manager(&replica).await;
    eventually(async || {
        let answer = manager.post(WORKSPACES, &named("half made")).await;
        if answer.status == 201 { Ok(()) } else { Err(answer.status) }
    })
    .await;
    is_whole(&replica, &manager, "half-made").await;
}

#[tokio::test]
async fn a_database_that_fails_at_the_end_is_made_up_for_by_the_same_request() {
    let world = World::start().await;
    let manager = manager(&world).await;
    world
        .sql(
            "CREATE FUNCTION vestibule.fail() RETURNS trigger LANGUAGE plpgsql AS \
             $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '53100'; END $$",
        )
        .await;
    world
        .sql(
            "CREATE TRIGGER fail BEFORE UPDATE ON vestibule.workspaces FOR EACH ROW \
             WHEN (NEW.upstream_state = 'ready') EXECUTE FUNCTION vestibule.fail()",
        )
        .await;
    let answer = manager.post(WORKSPACES, &named("unlucky")).await;
    assert_eq!((answer.status.as_u16(), answer.code().as_str()), (503, "service_unavailable"), "{}", answer.text());
    assert_eq!(show(&manager, "unlucky").await["upstream"]["state"], "pending");
    world.sql("DROP TRIGGER fail ON vestibule.workspaces").await;
    make(&manager, &named("unlucky")).await;
    is_whole(&world, &manager, "unlucky").await;
}

#[tokio::test]
async fn what_anythingllm_does_not_take_is_undone_and_can_be_tried_again() {
    let world = World::builder().set("UPSTREAM_RESPONSE_MILLIS", 1000).start().await;
    let manager = manager(&world).await;
    for (failure, status, code) in [
        (Failure::Refuse, 502, "upstream_error"),
        (Failure::Status500, 502, "upstream_error"),
        (Failure::Html, 502, "upstream_contract"),
        (Failure::Hang, 504, "upstream_timeout"),
    ] {
        world.upstream.control().fail_on("/api/v1/workspace/", failure.clone());
        let answer = manager.post(WORKSPACES, &named("later")).await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (status, code), "{failure:?} {}", answer.text());
        world.upstream.control().heal();
    }
    make(&manager, &named("later")).await;
    is_whole(&world, &manager, "later").await;
}

#[tokio::test]
async fn of_many_who_make_the_same_at_once_one_does() {
    let world = Arc::new(World::start().await);
    let manager = manager(&world).await;
    let calls = (0..6).map(|_| {
        let manager = manager.clone();
        tokio::spawn(async move { manager.post(WORKSPACES, &named("contested")).await.status.as_u16() })
    });
    let mut statuses = Vec::new();
    for call in calls.collect::<Vec<_>>() {
        statuses.push(call.await.unwrap());
    }
    assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 1, "{statuses:?}");
    assert!(statuses.iter().all(|status| [201, 409].contains(status)), "{statuses:?}");
    is_whole(&world, &manager, "contested").await;
}
