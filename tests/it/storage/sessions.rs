//! Sessions of people and signing keys in PostgreSQL: rotation under a lock, what is told of a change, and what is
//! kept.

use super::fixture::{Fixture, within};
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::join_all;
use std::sync::Arc;
use vestibule::cache::{self, AuthSessionDirectory, CacheRules, Directories};
use vestibule::domain::auth_session::{AuthSession, SessionEnd};
use vestibule::domain::ids::{AuthSessionId, TenantId};
use vestibule::domain::rotation::{Counter, Family, Refused, Rules, rotate};
use vestibule::domain::sealed::Sealed;
use vestibule::domain::signing_key::SigningKey;
use vestibule::domain::user::{Role, UserId};
use vestibule::storage::{Change, Database, Heard, ListenState, Refreshed, SessionChange};

const RULES: Rules = Rules { reuse: TimeDelta::seconds(10), idle: TimeDelta::days(7), most_rotations: 32 };

/// Now, in the microseconds that PostgreSQL keeps.
fn now(fixture: &Fixture) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(fixture.ambient.now().timestamp_micros()).unwrap()
}

fn session(fixture: &Fixture, user: i64) -> AuthSession {
    let now = now(fixture);
    let sealed = |byte| Sealed { key_id: "one".into(), bytes: vec![byte; 40] };
    AuthSession {
        id: AuthSessionId::new(&fixture.ambient),
        tenant: TenantId::DEFAULT,
        tenant_active: true,
        user: UserId(user),
        username: "jane".into(),
        role: Role::Manager,
        family: Family::begin(now, TimeDelta::days(30), &RULES),
        refresh_key: sealed(1),
        upstream_token: Some(sealed(2)),
        device: "Firefox on Linux".into(),
        ip_prefix: "203.0.113.0/24".parse().unwrap(),
        created_at: now,
        last_used_at: now,
        user_checked_at: now,
        revoked: None,
    }
}

async fn stored(fixture: &Fixture, user: i64) -> AuthSession {
    let session = session(fixture, user);
    fixture.database.auth_sessions().insert(&session).await.unwrap();
    session
}

async fn find(database: &Database, session: &AuthSession) -> AuthSession {
    database.auth_sessions().find(session.tenant, session.id).await.unwrap().expect("it is stored")
}

/// Presents a token of this counter; what came of it.
async fn present(
    database: &Database,
    session: &AuthSession,
    counter: Counter,
    now: DateTime<Utc>,
) -> Result<Counter, Refused> {
    let decide = |locked: &AuthSession| match rotate(&locked.family, counter, now, &RULES) {
        Ok(rotated) => {
            let newest = rotated.family.counter;
            let refreshed = Refreshed { family: rotated.family, user: Some(("joan".into(), Role::Default)) };
            (SessionChange::Refreshed(Box::new(refreshed)), Ok(newest))
        }
        Err(Refused::Replayed) => (SessionChange::Ended(SessionEnd::Replayed), Err(Refused::Replayed)),
        Err(refused) => (SessionChange::Unchanged, Err(refused)),
    };
    database.auth_sessions().change(session.tenant, session.id, now, decide).await.unwrap().expect("it is stored")
}

#[tokio::test]
async fn a_session_comes_back_as_it_was_stored() {
    let fixture = Fixture::new().await;
    let session = stored(&fixture, 7).await;
    assert_eq!(format!("{:?}", find(&fixture.database, &session).await), format!("{session:?}"));
    let sessions = fixture.database.auth_sessions();
    let unknown = AuthSessionId::new(&fixture.ambient);
    assert!(sessions.find(TenantId::DEFAULT, unknown).await.unwrap().is_none());
    let second = fixture.second_tenant().await;
    assert!(sessions.find(second.tenant, session.id).await.unwrap().is_none());
    assert!(!sessions.end(second.tenant, session.id, None, SessionEnd::Admin, now(&fixture)).await.unwrap());
    let ended = sessions.end_all(second.tenant, session.user, SessionEnd::Admin, now(&fixture)).await.unwrap();
    assert!(ended.is_empty());
    assert!(find(&fixture.database, &session).await.revoked.is_none());
}

#[tokio::test]
async fn tokens_that_arrive_together_are_decided_one_after_the_other() {
    let fixture = Fixture::new().await;
    let session = stored(&fixture, 7).await;
    let at = now(&fixture);
    for round in 0..3 {
        let answers = join_all((0..8).map(|_| present(&fixture.database, &session, round, at))).await;
        assert_eq!(answers, vec![Ok(round + 1); 8], "one rotation, told to all");
    }
    let after = find(&fixture.database, &session).await;
    assert_eq!(after.family.counter, 3);
    assert_eq!((after.username.as_str(), after.role), ("joan", Role::Default));
    // Everything between is recent, so it is answered; all of it at once.
    let answers = join_all((0..4).map(|counter| present(&fixture.database, &session, counter, at))).await;
    let newest = answers.iter().filter_map(|answer| answer.ok()).max();
    assert!(answers.iter().all(Result::is_ok) && newest == Some(4), "{answers:?}");
    let later = at + TimeDelta::seconds(11);
    assert_eq!(present(&fixture.database, &session, 0, later).await, Err(Refused::Replayed));
    let over = find(&fixture.database, &session).await;
    assert_eq!(over.revoked, Some((later, SessionEnd::Replayed)));
    assert!(over.upstream_token.is_none());
}

#[tokio::test]
async fn an_end_is_final_and_only_for_whom_it_is_meant() {
    let fixture = Fixture::new().await;
    let (mine, other, stranger) = (stored(&fixture, 7).await, stored(&fixture, 7).await, stored(&fixture, 8).await);
    let sessions = fixture.database.auth_sessions();
    let at = now(&fixture);
    let end = |session: &AuthSession, user| {
        sessions.end(TenantId::DEFAULT, session.id, Some(UserId(user)), SessionEnd::Logout, at)
    };
    assert!(!end(&stranger, 7).await.unwrap());
    assert!(end(&mine, 7).await.unwrap());
    assert!(!end(&mine, 7).await.unwrap());
    let listed = |user| sessions.list(TenantId::DEFAULT, UserId(user), None, 10, at);
    let ids: Vec<_> = listed(7).await.unwrap().iter().map(|session| session.id).collect();
    assert_eq!(ids, [other.id]);
    let ended = sessions.end_all(TenantId::DEFAULT, UserId(7), SessionEnd::Admin, at + TimeDelta::seconds(1)).await;
    assert_eq!(ended.unwrap(), [other.id]);
    assert_eq!(find(&fixture.database, &mine).await.revoked, Some((at, SessionEnd::Logout)), "the first reason stays");
    assert_eq!(listed(8).await.unwrap().len(), 1);
    assert!(listed(7).await.unwrap().is_empty());
}

#[tokio::test]
async fn sessions_are_removed_a_while_after_their_end() {
    let fixture = Fixture::new().await;
    let (live, out, idle) = (stored(&fixture, 7).await, stored(&fixture, 7).await, stored(&fixture, 7).await);
    let at = now(&fixture);
    let sessions = fixture.database.auth_sessions();
    sessions.end(TenantId::DEFAULT, out.id, None, SessionEnd::Logout, at).await.unwrap();
    let sql = format!(
        "UPDATE vestibule.auth_sessions SET idle_expires_at = now() - interval '1 day' WHERE id = '{}'",
        idle.id
    );
    fixture.test_database.run(TenantId::DEFAULT, &sql).await;
    assert_eq!(sessions.delete_ended(TenantId::DEFAULT, at).await.unwrap(), 1);
    assert_eq!(sessions.delete_ended(TenantId::DEFAULT, at + TimeDelta::seconds(1)).await.unwrap(), 1);
    assert_eq!(find(&fixture.database, &live).await.id, live.id);
}

#[tokio::test]
async fn what_the_gate_looks_at_is_told_and_what_every_refresh_changes_is_not() {
    let fixture = Fixture::new().await;
    let session = stored(&fixture, 7).await;
    let mut listener = fixture.database.listen();
    assert!(matches!(within(listener.next()).await, Heard::Connected(_)));
    let sessions = fixture.database.auth_sessions();
    let at = now(&fixture);
    // Told: the user's name and role. Not told: the next one.
    present(&fixture.database, &session, 0, at).await.unwrap();
    present(&fixture.database, &session, 1, at).await.unwrap();
    sessions.end(TenantId::DEFAULT, session.id, None, SessionEnd::Logout, at).await.unwrap();
    fixture.test_database.run(TenantId::DEFAULT, "DELETE FROM vestibule.auth_sessions").await;
    fixture.database.signing_keys().insert_first(&signing_key("one", at)).await.unwrap();
    let mut heard = Vec::new();
    while heard.last() != Some(&Change::SigningKeys) {
        if let Heard::Change(change) = within(listener.next()).await {
            heard.push(change);
        }
    }
    let told = Change::AuthSession(session.id);
    assert_eq!(heard, [told.clone(), told.clone(), told, Change::SigningKeys]);
}

fn signing_key(kid: &str, signs_from: DateTime<Utc>) -> SigningKey {
    SigningKey {
        kid: kid.into(),
        public_key: [3; 32],
        private_key: Sealed { key_id: "one".into(), bytes: vec![4; 73] },
        created_at: signs_from,
        signs_from,
        verifies_until: None,
    }
}

#[tokio::test]
async fn of_first_keys_made_together_one_is_stored() {
    let fixture = Fixture::new().await;
    let at = now(&fixture);
    let kids: Vec<String> = (0..6).map(|n| format!("key{n}")).collect();
    let keys = fixture.database.signing_keys();
    let all: Vec<_> = kids.iter().map(|kid| signing_key(kid, at)).collect();
    let done = join_all(all.iter().map(|key| keys.insert_first(key))).await;
    assert_eq!(done.into_iter().filter(|stored| *stored == Ok(true)).count(), 1);
    assert_eq!(keys.list().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_rotation_ends_the_keys_before_it_and_removes_those_that_have_ended() {
    let fixture = Fixture::new().await;
    let at = now(&fixture);
    let keys = fixture.database.signing_keys();
    keys.insert_first(&signing_key("one", at)).await.unwrap();
    let hour = TimeDelta::hours(1);
    keys.rotate(&signing_key("two", at + hour), at + hour * 2, at).await.unwrap();
    keys.rotate(&signing_key("three", at + hour * 3), at + hour * 4, at + hour).await.unwrap();
    let until = |keys: &[SigningKey]| -> Vec<_> { keys.iter().map(|k| (k.kid.clone(), k.verifies_until)).collect() };
    let expected = [("one", Some(at + hour * 2)), ("two", Some(at + hour * 4)), ("three", None)];
    assert_eq!(until(&keys.list().await.unwrap()), expected.map(|(kid, end)| (kid.to_owned(), end)));
    keys.rotate(&signing_key("four", at + hour * 3), at + hour * 3, at + hour * 3).await.unwrap();
    assert_eq!(until(&keys.list().await.unwrap()), [("four".to_owned(), None)]);
}

#[tokio::test]
async fn an_ended_session_is_known_when_listening_begins_again_and_not_believed_unheard() {
    let fixture = Fixture::new().await;
    let session = stored(&fixture, 7).await;
    let proxy = fixture.proxy().await;
    let through = fixture.through(&proxy);
    let rules = CacheRules { unheard: std::time::Duration::from_millis(300), ..CacheRules::of_capacity(10) };
    let directory = Arc::new(AuthSessionDirectory::with_rules(through.clone(), rules));
    let directories =
        Directories { auth_sessions: Arc::clone(&directory), ..Directories::new(&through, &fixture.ambient) };
    let listener = through.listen();
    let mut state = listener.state();
    let following = tokio::spawn(cache::follow_changes(listener, directories, Arc::default(), |_| ()));
    within(state.wait_for(|state| *state == ListenState::Up)).await.unwrap();
    let seen = async || directory.find(TenantId::DEFAULT, session.id).await;
    assert!(seen().await.unwrap().unwrap().revoked.is_none());

    proxy.cut();
    within(state.wait_for(|state| *state == ListenState::Down)).await.unwrap();
    let sessions = fixture.database.auth_sessions();
    sessions.end(TenantId::DEFAULT, session.id, None, SessionEnd::Logout, now(&fixture)).await.unwrap();
    within(async {
        while seen().await.is_ok() {
            tokio::task::yield_now().await;
        }
    })
    .await;
    proxy.open();
    within(state.wait_for(|state| *state == ListenState::Up)).await.unwrap();
    assert!(seen().await.unwrap().unwrap().revoked.is_some());
    following.abort();
}
