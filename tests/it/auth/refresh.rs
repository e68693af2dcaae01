//! Staying logged in: rotation, lost replies, tabs, thieves, and what AnythingLLM says of the user meanwhile.

use super::{CHEAP, PASSWORD, Person, expect, populated, told, try_refresh, world};
use crate::harness::{Http, World, eventually};
use futures_util::future::join_all;
use serde_json::json;
use std::collections::HashSet;
use vestibule::crypto::refresh_token::RefreshKey;
use vestibule::domain::ids::AuthSessionId;
use vestibule_stand_in::Failure;

/// Lets time pass for what a session remembers of its tokens.
async fn later(world: &World, seconds: i64) {
    world
        .sql(&format!(
            "UPDATE vestibule.auth_sessions SET superseded_at =
               (SELECT coalesce(array_agg(t - interval '{seconds} seconds' ORDER BY n), '{{}}')
                FROM unnest(superseded_at) WITH ORDINALITY AS u (t, n))"
        ))
        .await;
}

async fn metric(world: &World, series: &str) -> String {
    let text = world.ops().get("/metrics").await.text().to_owned();
    text.lines().find_map(|line| line.strip_prefix(series)).unwrap_or(" 0").trim().to_owned()
}

#[tokio::test]
async fn a_refresh_gives_new_tokens_in_the_same_session() {
    let world = populated().await;
    let first = Person::log_in(&world.public(), "dora").await;
    let answer = first.try_refresh().await;
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let second = Person::of(&world.public(), &answer);
    assert_ne!(first.refresh, second.refresh);
    assert_ne!(first.access, second.access);
    assert_eq!(first.session(), second.session());
    assert_eq!(second.body["user"], first.body["user"]);
    // The first one's access token goes on until it expires.
    for person in [&first, &second, &second.refreshed().await] {
        assert_eq!(person.client().get(CHEAP).await.status, 200);
    }
    let rows: Vec<i64> = world.query("SELECT count(*) FROM vestibule.auth_sessions").await;
    assert_eq!(rows, [1]);
}

#[tokio::test]
async fn a_lost_reply_is_given_again_also_much_later() {
    let world = populated().await;
    let person = Person::log_in(&world.public(), "dora").await;
    let lost = person.refreshed().await;
    assert_eq!(person.refreshed().await.refresh, lost.refresh);
    later(&world, 7200).await;
    let again = person.refreshed().await;
    assert_eq!(again.refresh, lost.refresh);
    assert_eq!(again.refreshed().await.client().get(CHEAP).await.status, 200);
    assert_eq!(metric(&world, "vestibule_refreshes_total{outcome=\"repeated\"}").await, "2");
}

#[tokio::test]
async fn a_token_that_was_traded_long_ago_ends_the_session_on_every_replica() {
    let world = populated().await;
    let replica = world.replica().await;
    let stolen = Person::log_in(&world.public(), "dora").await;
    let newest = stolen.refreshed().await.refreshed().await;
    let elsewhere = replica.public().bearer(&newest.access);
    assert_eq!(elsewhere.get(CHEAP).await.status, 200);
    // Tabs may be as late as this.
    assert_eq!(stolen.refreshed().await.refresh, newest.refresh);
    later(&world, 11).await;
    let answer = stolen.try_refresh().await;
    assert_eq!(told(&answer), (401, "invalid_token".into()));
    assert_eq!(told(&newest.try_refresh().await), (401, "invalid_token".into()));
    assert_eq!(told(&newest.client().get(CHEAP).await), (401, "invalid_token".into()));
    eventually(async || expect(&elsewhere, CHEAP, 401).await).await;
    let reasons: Vec<String> = world.query("SELECT revoke_reason FROM vestibule.auth_sessions").await;
    assert_eq!(reasons, ["replayed"]);
    assert_eq!(metric(&world, "vestibule_sessions_ended_total{reason=\"replayed\"}").await, "1");
    // The user is not locked out.
    Person::log_in(&world.public(), "dora").await;
}

#[tokio::test]
async fn many_tabs_on_several_replicas_that_refresh_at_once_all_stay() {
    let world = populated().await;
    let replica = world.replica().await;
    let mut person = Person::log_in(&world.public(), "dora").await;
    for _ in 0..3 {
        let tabs = (0..6).map(|n| {
            let http = if n % 2 == 0 { world.public() } else { replica.public() };
            let token = person.refresh.clone();
            async move { try_refresh(&http, &token).await }
        });
        let answers = join_all(tabs).await;
        let mut tokens = HashSet::new();
        for answer in &answers {
            assert_eq!(answer.status, 200, "{}", answer.text());
            tokens.insert(answer.json()["refresh_token"].as_str().unwrap().to_owned());
        }
        assert_eq!(tokens.len(), 1, "one rotation, told to all");
        person = Person::of(&world.public(), &answers[0]);
    }
    let counters: Vec<i64> = world.query("SELECT refresh_counter FROM vestibule.auth_sessions").await;
    assert_eq!(counters, [3]);
}

#[tokio::test]
async fn what_is_not_a_token_of_a_session_that_lives_gets_one_answer() {
    let world = populated().await;
    let person = Person::log_in(&world.public(), "dora").await;
    let over = Person::log_in(&world.public(), "mona").await;
    assert_eq!(over.log_out("").await.status, 204);
    let strange = RefreshKey::new([1; 32]);
    let unknown = strange.issue(AuthSessionId(uuid::Uuid::now_v7()), 0);
    let forged = strange.issue(AuthSessionId(person.session().parse().unwrap()), 0);
    let known = world.public().with("x-request-id", "request-1");
    let texts: HashSet<String> = {
        use secrecy::ExposeSecret as _;
        let tokens = [unknown.expose_secret(), forged.expose_secret(), &over.refresh];
        let answers = join_all(tokens.map(|token| try_refresh(&known, token))).await;
        for answer in &answers {
            assert_eq!(told(answer), (401, "invalid_token".into()));
        }
        answers.iter().map(|answer| answer.text().to_owned()).collect()
    };
    assert_eq!(texts.len(), 1, "{texts:?}");
    for text in ["", "x", &person.access, &person.refresh[1..], &format!("{}A", person.refresh), &"x".repeat(40_000)] {
        assert_eq!(told(&try_refresh(&world.public(), text).await), (401, "invalid_token".into()), "{text}");
    }
    for body in [json!({}), json!({"refresh_token": 7}), json!({"refresh_token": "x", "more": 1})] {
        let answer = world.public().post("/api/v1/auth/refresh", &body).await;
        assert_eq!(told(&answer), (422, "validation_failed".into()), "{body}");
    }
    assert_eq!(person.refreshed().await.client().get(CHEAP).await.status, 200, "nothing of this harmed the session");
}

#[tokio::test]
async fn a_refresh_token_is_no_access_token_and_the_other_way_round() {
    let world = populated().await;
    let person = Person::log_in(&world.public(), "dora").await;
    let answer = world.public().bearer(&person.refresh).get(CHEAP).await;
    assert_eq!(told(&answer), (401, "invalid_token".into()));
}

#[tokio::test]
async fn a_session_ends_when_it_is_idle_and_at_its_absolute_end() {
    let world = populated().await;
    for set in [
        "idle_expires_at = now() - interval '1 second'",
        "idle_expires_at = now() - interval '1 second', absolute_expires_at = now() - interval '1 second'",
    ] {
        let person = Person::log_in(&world.public(), "dora").await;
        world.sql(&format!("UPDATE vestibule.auth_sessions SET {set} WHERE id = '{}'", person.session())).await;
        assert_eq!(told(&person.try_refresh().await), (401, "expired_token".into()), "{set}");
    }
    let short = super::world().set("AUTH_SESSION_IDLE_HOURS", 1).set("AUTH_SESSION_ABSOLUTE_HOURS", 1).start().await;
    short.upstream.control().add_user("dora", PASSWORD, "manager");
    let person = Person::log_in(&short.public(), "dora").await;
    let ends = "absolute_expires_at = now() + interval '2 minutes', idle_expires_at = now() + interval '2 minutes'";
    short.sql(&format!("UPDATE vestibule.auth_sessions SET {ends}")).await;
    let refreshed = person.refreshed().await;
    let expires_in = refreshed.body["expires_in"].as_i64().unwrap();
    assert!((100..=120).contains(&expires_in), "no access token outlives its session: {expires_in}");
}

#[tokio::test]
async fn a_user_who_is_suspended_or_deleted_is_out_with_the_next_refresh_and_in_all_sessions() {
    for suspended in [true, false] {
        let world = populated().await;
        let replica = world.replica().await;
        let (here, there) =
            (Person::log_in(&world.public(), "mona").await, Person::log_in(&replica.public(), "mona").await);
        assert_eq!(there.client().get(CHEAP).await.status, 200);
        let control = world.upstream.control();
        if suspended {
            control.suspend_user("mona", true);
        } else {
            control.delete_user("mona");
        }
        assert_eq!(told(&here.try_refresh().await), (401, "invalid_token".into()));
        assert_eq!(told(&here.client().get(CHEAP).await), (401, "invalid_token".into()));
        eventually(async || expect(&there.client(), CHEAP, 401).await).await;
        assert_eq!(told(&there.try_refresh().await), (401, "invalid_token".into()));
        let reasons: HashSet<String> =
            world.query("SELECT revoke_reason FROM vestibule.auth_sessions").await.into_iter().collect();
        let expected = if suspended { "user_suspended" } else { "user_deleted" };
        assert_eq!(reasons, HashSet::from([expected.to_owned()]));
        let kept: Vec<i64> =
            world.query("SELECT count(*) FROM vestibule.auth_sessions WHERE upstream_token IS NOT NULL").await;
        assert_eq!(kept, [0], "what is over can do nothing in AnythingLLM's name");
    }
}

#[tokio::test]
async fn another_role_or_name_counts_from_the_next_refresh_on_and_for_older_tokens_too() {
    let world = populated().await;
    let person = Person::log_in(&world.public(), "anna").await;
    let admin = world.upstream.api_key().to_owned();
    let others = format!("{CHEAP}?user_id=1");
    assert_eq!(person.client().get(&others).await.status, 200);
    let change = Http::new(world.upstream.addr()).bearer(&admin);
    let path = format!("/api/v1/admin/users/{}", person.user_id());
    let changed = change.post(&path, &json!({"role": "default", "username": "anna2"})).await;
    assert_eq!(changed.status, 200, "{}", changed.text());
    let demoted = person.refreshed().await;
    assert_eq!(demoted.body["user"]["role"], "default");
    assert_eq!(demoted.body["user"]["username"], "anna2");
    assert_eq!(demoted.claims()["role"], "default");
    for client in [demoted.client(), person.client()] {
        assert_eq!(told(&client.get(&others).await), (403, "forbidden".into()));
    }
}

#[tokio::test]
async fn while_anythingllm_is_away_sessions_go_on_for_the_time_that_is_set() {
    let world = world().set("AUTH_UPSTREAM_GRACE_SECONDS", 600).set("AUTH_USER_CHECK_MILLIS", 2000).start().await;
    world.upstream.control().add_user("mona", PASSWORD, "manager");
    let person = Person::log_in(&world.public(), "mona").await;
    world.upstream.control().fail_on("/api/v1/admin/users", Failure::Hang);
    let person = person.refreshed().await;
    world.upstream.control().heal();
    world.upstream.control().fail_on("/api/v1/admin/users", Failure::Status500);
    let person = person.refreshed().await;
    world.sql("UPDATE vestibule.auth_sessions SET user_checked_at = now() - interval '601 seconds'").await;
    let answer = person.try_refresh().await;
    assert_eq!(told(&answer), (503, "service_unavailable".into()));
    assert!(answer.header("retry-after").is_some());
    world.upstream.control().heal();
    let person = person.refreshed().await;
    assert_eq!(person.client().get(CHEAP).await.status, 200);
}

#[tokio::test]
async fn workspaces_are_null_when_anythingllm_cannot_be_asked_just_now() {
    let world = populated().await;
    let person = Person::log_in(&world.public(), "dora").await;
    world.upstream.control().fail_on("/api/workspaces", Failure::Status500);
    let refreshed = person.refreshed().await;
    assert_eq!(refreshed.body["user"]["workspaces"], json!(null));
    assert_eq!(told(&refreshed.client().get("/api/v1/auth/me").await), (502, "upstream_error".into()));
}

#[tokio::test]
async fn refreshing_in_a_loop_is_slowed_down() {
    let world = world().set("LIMITS_FLOOD_BURST", 1000).start().await;
    world.upstream.control().add_user("mona", PASSWORD, "manager");
    let mut person = Person::log_in(&world.public(), "mona").await;
    let refused = loop {
        let answer = person.try_refresh().await;
        if answer.status != 200 {
            break answer;
        }
        person = Person::of(&world.public(), &answer);
    };
    assert_eq!(told(&refused), (429, "rate_limited".into()));
    assert!(refused.header("retry-after").is_some());
    later(&world, 11).await;
    person.refreshed().await;
}
