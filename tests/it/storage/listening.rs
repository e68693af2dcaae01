//! What happens to memory when the connection that hears of changes, or the database, goes away and comes back.

use super::fixture::{Fixture, Replica, within};
use std::sync::Arc;
use std::time::Duration;
use vestibule::cache::CacheRules;
use vestibule::storage::{Change, Heard, KeyName, ListenState, ListenTimes};

/// Ends the backends that listen, as an administrator or a failover would.
async fn end_listeners(fixture: &Fixture) -> i64 {
    sqlx::query_scalar(
        r"
        SELECT count(pg_terminate_backend(pid))
        FROM pg_stat_activity
        WHERE datname = current_database() AND application_name LIKE 'vestibule-listen%'
        ",
    )
    .fetch_one(&mut fixture.owner(None).await)
    .await
    .unwrap()
}

#[tokio::test]
async fn a_lost_connection_is_noticed_and_made_anew() {
    let fixture = Fixture::new().await;
    let key = fixture.insert_key().await;
    let replica = Replica::listening(&fixture.database, &fixture.ambient).await;
    let remembered = replica.keys.find(&key.public_id).await.unwrap().unwrap();
    let mut state = replica.state.clone();
    state.mark_unchanged();
    replica.told(end_listeners(&fixture)).await;
    within(state.changed()).await.unwrap();
    within(state.wait_for(|state| *state == ListenState::Up)).await.unwrap();
    let found = replica.keys.find(&key.public_id).await.unwrap().unwrap();
    assert!(!Arc::ptr_eq(&found, &remembered), "nothing outlives a new connection");
    replica
        .told(async {
            let name = KeyName::Id(key.id);
            fixture.revoke(&key, name).await
        })
        .await;
    assert!(replica.keys.find(&key.public_id).await.unwrap().unwrap().revoked_at.is_some(), "heard again");
}

#[tokio::test]
async fn a_change_that_nobody_heard_is_known_after_reconnecting() {
    let fixture = Fixture::new().await;
    let key = fixture.insert_key().await;
    let proxy = fixture.proxy().await;
    let mut replica = Replica::listening(&fixture.through(&proxy), &fixture.ambient).await;
    assert!(replica.keys.find(&key.public_id).await.unwrap().unwrap().revoked_at.is_none());
    proxy.cut();
    replica.reaches(ListenState::Down).await;
    let name = KeyName::Id(key.id);
    fixture.revoke(&key, name).await;
    assert!(
        replica.keys.find(&key.public_id).await.unwrap().unwrap().revoked_at.is_none(),
        "remembered for a few seconds, also without a database"
    );
    proxy.open();
    replica.reaches(ListenState::Up).await;
    assert!(replica.keys.find(&key.public_id).await.unwrap().unwrap().revoked_at.is_some());
}

#[tokio::test]
async fn unheard_for_too_long_memory_is_not_believed() {
    let fixture = Fixture::new().await;
    let key = fixture.insert_key().await;
    let proxy = fixture.proxy().await;
    let rules = CacheRules { unheard: Duration::from_millis(300), ..CacheRules::of_capacity(10) };
    let mut replica = Replica::with_rules(&fixture.through(&proxy), &fixture.ambient, rules);
    replica.reaches(ListenState::Up).await;
    replica.keys.find(&key.public_id).await.unwrap().unwrap();
    proxy.cut();
    let error = within(async {
        loop {
            match replica.keys.find(&key.public_id).await {
                Ok(found) => assert!(found.is_some(), "away is not missing"),
                Err(error) => return error,
            }
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert!(error.is_unavailable(), "{error}");
    proxy.open();
    replica.reaches(ListenState::Up).await;
    replica.keys.find(&key.public_id).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_listener_can_be_asked_before_there_is_a_database() {
    let fixture = Fixture::new().await;
    let mut proxy = fixture.proxy().await;
    proxy.cut();
    let mut replica = Replica::with_rules(&fixture.through(&proxy), &fixture.ambient, CacheRules::of_capacity(10));
    within(proxy.has_refused()).await;
    assert_eq!(*replica.state.borrow(), ListenState::Down);
    proxy.open();
    replica.reaches(ListenState::Up).await;
}

#[tokio::test]
async fn signs_of_life_come_after_everything_told_before() {
    let fixture = Fixture::new().await;
    let key = fixture.insert_key().await;
    let mut listener =
        fixture.database.listen_with(ListenTimes { heartbeat: Duration::from_millis(1), ..ListenTimes::default() });
    assert!(matches!(within(listener.next()).await, Heard::Connected(_)));
    let name = KeyName::Id(key.id);
    fixture.revoke(&key, name).await;
    let committed = tokio::time::Instant::now();
    let mut told = false;
    within(async {
        loop {
            match listener.next().await {
                Heard::Change(Change::Key { id: public_id, .. }) => {
                    assert_eq!(public_id, key.public_id);
                    told = true;
                }
                // One heartbeat may have been on its way already.
                Heard::Alive(moment) if moment > committed => break,
                Heard::Alive(_) => {}
                other => panic!("{other:?}"),
            }
        }
    })
    .await;
    assert!(told);
    assert_eq!(*listener.state().borrow(), ListenState::Up);
}

#[tokio::test]
async fn what_cannot_be_read_makes_everything_forgotten() {
    let fixture = Fixture::new().await;
    let key = fixture.insert_key().await;
    let replica = Replica::listening(&fixture.database, &fixture.ambient).await;
    let remembered = replica.keys.find(&key.public_id).await.unwrap().unwrap();
    let mut owner = fixture.owner(None).await;
    let garble = sqlx::query("SELECT pg_notify('vestibule_changes', 'garbled')");
    replica.told(async { garble.execute(&mut owner).await.unwrap() }).await;
    let found = replica.keys.find(&key.public_id).await.unwrap().unwrap();
    assert!(!Arc::ptr_eq(&found, &remembered));
}
