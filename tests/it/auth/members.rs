//! Who is assigned to a workspace, through Vestibule.

use super::{PASSWORD, Person, populated, told, world};
use crate::harness::{Http, World, eventually};
use http::Method;
use serde_json::{Value, json};
use vestibule::domain::key::KeyKind;
use vestibule::domain::scope::Scope;
use vestibule_stand_in::{Failure, Mode, Options};

const MEMBERS: &str = "/api/v1/workspaces/shop/members";

fn question() -> Value {
    json!({"message": "How long is the delivery of the drill?", "workspace": "shop", "session_id": "one"})
}

/// A back end with a key of the whole tenant that may read and write workspaces.
async fn back_end(world: &World) -> Http {
    let mut spec = world.spec(KeyKind::Secret);
    spec.workspace = None;
    spec.scopes = [Scope::WorkspacesRead, Scope::WorkspacesWrite].into_iter().collect();
    world.public().bearer(&world.key(spec).await)
}

async fn put(http: &Http, user: impl std::fmt::Display) -> crate::harness::Answer {
    http.send(Method::PUT, &format!("{MEMBERS}/{user}"), "").await
}

async fn names(http: &Http) -> Vec<String> {
    let answer = http.get(MEMBERS).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let page = answer.json();
    page["data"].as_array().unwrap().iter().map(|member| member["username"].as_str().unwrap().to_owned()).collect()
}

/// The calls to AnythingLLM's administration since the last clearing, without their prefix.
fn admin_calls(world: &World) -> Vec<String> {
    let calls = world.upstream.control().requests();
    let calls = calls.iter().filter(|call| call.path_and_query.contains("/admin/workspaces/"));
    calls.map(|call| call.path_and_query.rsplit('/').next().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_member_is_added_seen_and_removed() {
    let world = populated().await;
    world.upstream.control().add_user("eve", PASSWORD, "default");
    let person = Person::log_in(&world.public(), "eve").await;
    let http = back_end(&world).await;
    assert_eq!(names(&http).await, ["dora"]);
    assert_eq!(told(&person.client().post("/api/v1/chat", &question()).await), (404, "not_found".into()));

    let added = put(&http, person.user_id()).await;
    assert_eq!(added.status, 200, "{}", added.text());
    let member = added.json();
    assert_eq!(member["username"], "eve");
    assert_eq!(member["user_id"], person.user_id());
    assert_eq!((&member["role"], &member["sees_every_workspace"]), (&json!("default"), &json!(false)));
    assert!(member["assigned_at"].is_string(), "{member}");
    assert_eq!(names(&http).await, ["dora", "eve"]);
    eventually(async || {
        let answer = person.client().post("/api/v1/chat", &question()).await;
        if answer.status == 200 { Ok(()) } else { Err(answer.status) }
    })
    .await;

    let removed = http.delete(&format!("{MEMBERS}/{}", person.user_id())).await;
    assert_eq!(removed.status, 204, "{}", removed.text());
    assert_eq!(names(&http).await, ["dora"]);
    // Not after `auth.membership_seconds`: at once.
    assert_eq!(told(&person.client().post("/api/v1/chat", &question()).await), (404, "not_found".into()));
}

#[tokio::test]
async fn the_last_member_is_replaced_by_an_admin_who_sees_everything_anyway() {
    let world = populated().await;
    let dora = Person::log_in(&world.public(), "dora").await;
    let http = back_end(&world).await;
    assert_eq!(http.delete(&format!("{MEMBERS}/{}", dora.user_id())).await.status, 204);
    let left = http.get(MEMBERS).await.json();
    assert_eq!(left["data"].as_array().unwrap().len(), 1);
    assert_eq!((&left["data"][0]["role"], &left["data"][0]["sees_every_workspace"]), (&json!("admin"), &json!(true)));
    assert_eq!(told(&dora.client().post("/api/v1/chat", &question()).await), (404, "not_found".into()));
}

#[tokio::test]
async fn the_dangerous_call_is_never_made() {
    let world = populated().await;
    let (dora, mona) = (Person::log_in(&world.public(), "dora").await, Person::log_in(&world.public(), "mona").await);
    let http = back_end(&world).await;
    world.upstream.control().clear_requests();
    assert_eq!(put(&http, mona.user_id()).await.status, 200);
    assert_eq!(admin_calls(&world), ["users", "manage-users"]);
    world.upstream.control().clear_requests();
    assert_eq!(put(&http, mona.user_id()).await.status, 200);
    assert_eq!(admin_calls(&world), ["users"], "nothing to be changed");
    world.upstream.control().clear_requests();
    assert_eq!(http.delete(&format!("{MEMBERS}/{}", mona.user_id())).await.status, 204);
    assert_eq!(admin_calls(&world), ["users", "manage-users"]);
    world.upstream.control().clear_requests();
    assert_eq!(http.delete(&format!("{MEMBERS}/{}", dora.user_id())).await.status, 204);
    assert_eq!(admin_calls(&world), ["users", "manage-users"]);
}

#[tokio::test]
async fn who_is_not_there_is_not_found() {
    let world = populated().await;
    let mona = Person::log_in(&world.public(), "mona").await;
    let http = back_end(&world).await;
    for user in ["9999", "0", "-1", "01", "eve", "9223372036854775808"] {
        assert_eq!(told(&put(&http, user).await), (404, "not_found".into()), "{user}");
        assert_eq!(told(&http.delete(&format!("{MEMBERS}/{user}")).await), (404, "not_found".into()), "{user}");
    }
    let not_a_member = http.delete(&format!("{MEMBERS}/{}", mona.user_id())).await;
    assert_eq!(told(&not_a_member), (404, "not_found".into()));
    for path in ["/api/v1/workspaces/nothing/members", "/api/v1/workspaces/nothing/members/1"] {
        let method = if path.ends_with('1') { Method::PUT } else { Method::GET };
        assert_eq!(told(&http.send(method, path, "").await), (404, "not_found".into()), "{path}");
    }
    assert_eq!(names(&http).await, ["dora"], "nothing has changed");
}

#[tokio::test]
async fn members_are_listed_page_by_page() {
    let world = world().start().await;
    for number in 0..5 {
        let name = format!("user{number}");
        world.upstream.control().add_user(&name, PASSWORD, "default");
        world.upstream.control().add_member(&world.workspace.upstream_slug, &name);
    }
    let http = back_end(&world).await;
    let (mut found, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = http.get(&format!("{MEMBERS}?limit=2{cursor}")).await.json();
        let data = page["data"].as_array().unwrap();
        assert!(data.len() <= 2);
        found.extend(data.iter().map(|member| member["username"].as_str().unwrap().to_owned()));
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(found, ["user0", "user1", "user2", "user3", "user4"]);
    for query in ["limit=0", "limit=101", "cursor=x", "sort=name", "limit=1&limit=2"] {
        let answer = http.get(&format!("{MEMBERS}?{query}")).await;
        assert_eq!(told(&answer), (422, "validation_failed".into()), "{query}");
    }
    assert_eq!(put(&http, "1?force=true").await.status, 422);
}

#[tokio::test]
async fn members_are_managed_by_managers_and_by_keys_with_the_scope() {
    let world = populated().await;
    let dora = Person::log_in(&world.public(), "dora").await;
    for name in ["mona", "anna"] {
        let client = Person::log_in(&world.public(), name).await.client();
        assert_eq!(client.get(MEMBERS).await.status, 200, "{name}");
        assert_eq!(put(&client, dora.user_id()).await.status, 200, "{name}");
    }
    assert_eq!(told(&dora.client().get(MEMBERS).await), (403, "forbidden".into()));
    assert_eq!(told(&put(&dora.client(), dora.user_id()).await), (403, "forbidden".into()));
    assert_eq!(told(&world.browser().await.get(MEMBERS).await), (403, "insufficient_scope".into()));
    assert_eq!(told(&world.public().get(MEMBERS).await), (401, "unauthenticated".into()));
    let mut spec = world.spec(KeyKind::Secret);
    spec.scopes = [Scope::WorkspacesRead].into_iter().collect();
    let reader = world.public().bearer(&world.key(spec).await);
    assert_eq!(reader.get(MEMBERS).await.status, 200);
    assert_eq!(told(&put(&reader, dora.user_id()).await), (403, "insufficient_scope".into()));
    world.add_workspace("other").await;
    let answer = reader.get("/api/v1/workspaces/other/members").await;
    assert_eq!(told(&answer), (404, "not_found".into()), "a key of one workspace sees no other");
}

#[tokio::test]
async fn changes_of_members_are_in_the_audit_log_with_who_made_them() {
    let world = populated().await;
    let mona = Person::log_in(&world.public(), "mona").await;
    let dora = Person::log_in(&world.public(), "dora").await;
    assert_eq!(mona.client().delete(&format!("{MEMBERS}/{}", dora.user_id())).await.status, 204);
    assert_eq!(put(&mona.client(), dora.user_id()).await.status, 200);
    assert_eq!(put(&mona.client(), dora.user_id()).await.status, 200, "which changes nothing");
    assert_eq!(put(&mona.client(), 9999).await.status, 404);
    let found: Vec<Value> = world
        .query(
            "SELECT jsonb_build_array(action, target, actor_name, before, after, request_id IS NOT NULL) \
             FROM vestibule.audit_log WHERE action LIKE 'workspace.member%' ORDER BY id",
        )
        .await;
    let member = json!({"member": {"user_id": dora.user_id(), "username": "dora"}});
    assert_eq!(
        found,
        [
            json!(["workspace.member_removed", "workspace:shop", "mona", member, null, true]),
            json!(["workspace.member_added", "workspace:shop", "mona", null, member, true]),
        ]
    );
}

#[tokio::test]
async fn concurrent_changes_on_two_replicas_do_not_undo_one_another() {
    let world = world().start().await;
    let replica = world.replica().await;
    let mut ids = Vec::new();
    // Somebody who stays: the last member is replaced by an admin.
    world.upstream.control().add_user("stays", PASSWORD, "default");
    world.upstream.control().add_member(&world.workspace.upstream_slug, "stays");
    for number in 0..6 {
        let name = format!("user{number}");
        world.upstream.control().add_user(&name, PASSWORD, "default");
        if number % 2 == 0 {
            world.upstream.control().add_member(&world.workspace.upstream_slug, &name);
        }
        ids.push(Person::log_in(&world.public(), &name).await.user_id());
    }
    let (here, there) = (back_end(&world).await, back_end(&replica).await);
    let tasks = ids.iter().enumerate().map(|(number, id)| {
        let http = if number % 3 == 0 { here.clone() } else { there.clone() };
        let id = *id;
        tokio::spawn(async move {
            if number % 2 == 0 {
                http.delete(&format!("{MEMBERS}/{id}")).await.status.as_u16()
            } else {
                put(&http, id).await.status.as_u16()
            }
        })
    });
    let tasks: Vec<_> = tasks.collect();
    for (number, task) in tasks.into_iter().enumerate() {
        assert_eq!(task.await.unwrap(), if number % 2 == 0 { 204 } else { 200 });
    }
    assert_eq!(names(&here).await, ["stays", "user1", "user3", "user5"]);
}

#[tokio::test]
async fn a_member_removed_on_one_replica_is_out_on_the_other() {
    let world = world().set("AUTH_MEMBERSHIP_SECONDS", 600).start().await;
    let replica = world.replica().await;
    world.upstream.control().add_user("dora", PASSWORD, "default");
    world.upstream.control().add_member(&world.workspace.upstream_slug, "dora");
    let dora = Person::log_in(&replica.public(), "dora").await;
    let path = "/api/v1/messages?session_id=x&workspace=shop";
    assert_eq!(dora.client().get(path).await.status, 200);
    assert_eq!(back_end(&world).await.delete(&format!("{MEMBERS}/{}", dora.user_id())).await.status, 204);
    eventually(async || super::expect(&dora.client(), path, 404).await).await;
}

#[tokio::test]
async fn what_anythingllm_does_not_do_is_told_and_not_written_down() {
    let world = populated().await;
    let mona = Person::log_in(&world.public(), "mona").await;
    let http = back_end(&world).await;
    let control = world.upstream.control();
    let upstream = world.workspace.upstream_slug.clone();
    control.fail_on("/api/v1/admin/workspaces", Failure::Status500);
    assert_eq!(told(&http.get(MEMBERS).await), (502, "upstream_error".into()));
    control.heal();
    control.fail_on(&format!("/api/v1/admin/workspaces/{upstream}/manage-users"), Failure::Status500);
    assert_eq!(told(&put(&http, mona.user_id()).await), (502, "upstream_error".into()));
    control.heal();
    control.fail_on("/api/v1/admin/users", Failure::Status500);
    assert_eq!(told(&put(&http, mona.user_id()).await), (502, "upstream_error".into()));
    control.heal();
    world.sql("UPDATE vestibule.workspaces SET upstream_slug = 'gone'").await;
    eventually(async || super::expect(&http, MEMBERS, 502).await).await;
    assert_eq!(told(&put(&http, mona.user_id()).await), (502, "upstream_error".into()), "it is gone there");
    let written: Vec<i64> =
        world.query("SELECT count(*) FROM vestibule.audit_log WHERE action LIKE 'workspace.member%'").await;
    assert_eq!(written, [0]);
}

#[tokio::test]
async fn an_anythingllm_without_accounts_has_no_members() {
    let options = Options { mode: Mode::SingleUserOpen, ..Options::default() };
    let world = World::builder().upstream(options).start().await;
    let http = back_end(&world).await;
    assert_eq!(told(&http.get(MEMBERS).await), (502, "upstream_error".into()));
    assert_eq!(told(&put(&http, 1).await), (502, "upstream_error".into()));
}

#[tokio::test]
async fn without_the_database_nothing_is_changed_in_anythingllm() {
    let world = populated().await;
    let (dora, mona) = (Person::log_in(&world.public(), "dora").await, Person::log_in(&world.public(), "mona").await);
    let http = back_end(&world).await;
    assert_eq!(http.get(MEMBERS).await.status, 200, "the key is known");
    let held = world.lock("vestibule.audit_log").await;
    world.upstream.control().clear_requests();
    assert_eq!(told(&put(&http, mona.user_id()).await), (503, "service_unavailable".into()));
    assert_eq!(admin_calls(&world), ["users"], "no change without its entry");
    held.release().await;
    assert_eq!(http.delete(&format!("{MEMBERS}/{}", dora.user_id())).await.status, 204);
}
