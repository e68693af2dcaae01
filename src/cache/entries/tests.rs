use super::*;
use std::sync::Mutex;
use tokio::sync::oneshot;
use tokio::task::yield_now;
use tokio::time::advance;

type Numbers = Entries<&'static str, u32>;

const SECOND: Duration = Duration::from_secs(1);

fn entries() -> Numbers {
    Entries::new(CacheRules::of_capacity(100))
}

/// Loads `value`; says whether it was asked to.
async fn load(entries: &Numbers, key: &'static str, value: Option<u32>) -> (Option<u32>, bool) {
    let loads = AtomicU64::new(0);
    let found = entries
        .get_or_load(key, || {
            loads.fetch_add(1, Ordering::SeqCst);
            Box::pin(async move { Ok(value) })
        })
        .await
        .unwrap();
    (found, loads.into_inner() > 0)
}

#[tokio::test(start_paused = true)]
async fn lives_ten_minutes_while_changes_are_heard() {
    let entries = entries();
    entries.heard_until(Instant::now());
    assert_eq!(load(&entries, "a", Some(1)).await, (Some(1), true));
    for _ in 0..299 {
        advance(2 * SECOND).await;
        entries.heard_until(Instant::now());
        assert_eq!(entries.get(&"a").await, Some(Some(1)));
    }
    advance(2 * SECOND).await;
    entries.heard_until(Instant::now());
    assert_eq!(entries.get(&"a").await, None);
}

#[tokio::test(start_paused = true)]
async fn lives_a_few_seconds_after_the_last_sign_of_life() {
    let entries = entries();
    load(&entries, "a", Some(1)).await;
    advance(60 * SECOND).await;
    entries.heard_until(Instant::now());
    advance(3 * SECOND).await;
    load(&entries, "later", Some(2)).await;
    assert_eq!(entries.get(&"a").await, Some(Some(1)));
    advance(SECOND).await;
    assert_eq!(entries.get(&"a").await, None, "four seconds unheard");
    assert_eq!(entries.get(&"later").await, Some(Some(2)), "loaded since");
    advance(3 * SECOND).await;
    assert_eq!(entries.get(&"later").await, None);
}

#[tokio::test(start_paused = true)]
async fn without_ever_hearing_lives_a_few_seconds() {
    let entries = entries();
    load(&entries, "a", Some(1)).await;
    advance(Duration::from_millis(3499)).await;
    assert_eq!(load(&entries, "a", Some(2)).await, (Some(1), false));
    advance(Duration::from_millis(1)).await;
    assert_eq!(load(&entries, "a", Some(2)).await, (Some(2), true), "replaces the old one");
}

#[tokio::test(start_paused = true)]
async fn streams_look_often_while_changes_are_not_heard() {
    let entries = entries();
    assert_eq!(entries.look_again(), SECOND, "never heard");
    entries.heard_until(Instant::now());
    assert_eq!(entries.look_again(), 4 * SECOND);
    advance(4 * SECOND).await;
    assert_eq!(entries.look_again(), SECOND, "no longer heard");
}

#[tokio::test(start_paused = true)]
async fn that_nothing_is_there_is_believed_for_a_second() {
    let entries = entries();
    assert_eq!(load(&entries, "a", None).await, (None, true));
    assert_eq!(load(&entries, "a", Some(1)).await, (None, false));
    advance(SECOND).await;
    assert_eq!(load(&entries, "a", Some(1)).await, (Some(1), true));
}

#[tokio::test(start_paused = true)]
async fn forgetting_one_keeps_the_others() {
    let entries = entries();
    load(&entries, "a", Some(1)).await;
    load(&entries, "b", Some(2)).await;
    load(&entries, "c", Some(3)).await;
    entries.forget(&"a").await;
    assert_eq!(entries.get(&"a").await, None);
    assert_eq!(entries.get(&"b").await, Some(Some(2)));
    entries.forget_if(|value| *value == 2);
    assert_eq!(entries.get(&"b").await, None);
    assert_eq!(entries.get(&"c").await, Some(Some(3)));
    assert_eq!(load(&entries, "b", Some(2)).await, (Some(2), true), "what comes later is not affected");
    assert_eq!(load(&entries, "b", Some(2)).await, (Some(2), false));
    entries.forget_all();
    assert_eq!(entries.get(&"b").await, None);
    assert_eq!(entries.get(&"c").await, None);
    assert_eq!(load(&entries, "c", Some(4)).await, (Some(4), true));
}

#[tokio::test]
async fn a_failed_load_is_told_and_not_kept() {
    let entries = entries();
    let away = StorageError::Unavailable("away".into());
    let failed = entries.get_or_load("a", || Box::pin(async { Err(away.clone()) })).await;
    assert_eq!(failed, Err(away));
    assert_eq!(load(&entries, "a", Some(1)).await, (Some(1), true));
}

#[tokio::test]
async fn many_that_ask_at_once_load_once() {
    let entries = Arc::new(entries());
    let loads = Arc::new(AtomicU64::new(0));
    let asking: Vec<_> = (0..100)
        .map(|_| {
            let (entries, loads) = (Arc::clone(&entries), Arc::clone(&loads));
            tokio::spawn(async move {
                let load = || -> Loading<'_, u32> {
                    Box::pin(async {
                        loads.fetch_add(1, Ordering::SeqCst);
                        yield_now().await;
                        Ok(Some(7))
                    })
                };
                entries.get_or_load("a", load).await
            })
        })
        .collect();
    for asked in asking {
        assert_eq!(asked.await.unwrap(), Ok(Some(7)));
    }
    assert_eq!(loads.load(Ordering::SeqCst), 1);
}

/// A load that reads its row, and is then held up while the row changes and the change is told.
async fn change_while_loading(tell: impl FnOnce(&Numbers)) -> (Option<u32>, Arc<Numbers>) {
    let entries = Arc::new(entries());
    let row = Arc::new(AtomicU64::new(1));
    let (has_read, reading) = oneshot::channel();
    let (go_on, told) = oneshot::channel();
    let held_up = Mutex::new(Some((has_read, told)));
    let asking = tokio::spawn({
        let (entries, row) = (Arc::clone(&entries), Arc::clone(&row));
        async move {
            let load = || -> Loading<'_, u32> {
                Box::pin(async {
                    let value = row.load(Ordering::SeqCst);
                    let held_up = held_up.lock().unwrap().take();
                    if let Some((has_read, told)) = held_up {
                        has_read.send(()).unwrap();
                        told.await.unwrap();
                    }
                    Ok(u32::try_from(value).ok())
                })
            };
            entries.get_or_load("a", load).await.unwrap()
        }
    });
    reading.await.unwrap();
    row.store(2, Ordering::SeqCst);
    tell(&entries);
    go_on.send(()).unwrap();
    (asking.await.unwrap(), entries)
}

#[tokio::test]
async fn a_change_told_while_loading_is_not_missed() {
    let (found, entries) = change_while_loading(|entries| {
        futures_util::FutureExt::now_or_never(entries.forget(&"a")).unwrap();
    })
    .await;
    assert_eq!(found, Some(2));
    assert_eq!(entries.get(&"a").await, Some(Some(2)));
}

#[tokio::test]
async fn a_wide_change_told_while_loading_is_not_missed() {
    let (found, entries) = change_while_loading(|entries| entries.forget_if(|value| *value == 1)).await;
    assert_eq!((found, entries.get(&"a").await), (Some(2), Some(Some(2))));
    let (found, entries) = change_while_loading(Entries::forget_all).await;
    assert_eq!((found, entries.get(&"a").await), (Some(2), Some(Some(2))));
}

#[tokio::test]
async fn under_unending_changes_the_answer_is_given_but_not_kept() {
    let entries = entries();
    let loads = AtomicU64::new(0);
    let load = || -> Loading<'_, u32> {
        Box::pin(async {
            entries.forget(&"other").await;
            Ok(u32::try_from(loads.fetch_add(1, Ordering::SeqCst)).ok())
        })
    };
    assert_eq!(entries.get_or_load("a", load).await, Ok(Some(3)));
    assert_eq!(entries.get(&"a").await, None);
}

/// What is remembered beside a database that goes away when it is told to.
fn beside(stale: Duration) -> (Numbers, watch::Sender<Availability>) {
    let (sender, availability) = watch::channel(Availability::Available);
    (Entries::new(CacheRules::of_capacity(100).believed_for(stale)).beside(availability), sender)
}

/// Asks a database that is known to be away; says whether it was asked.
async fn ask_in_vain(entries: &Numbers, key: &'static str) -> (Result<Option<u32>, StorageError>, bool) {
    let loads = AtomicU64::new(0);
    let found = entries.get_or_load(key, || {
        loads.fetch_add(1, Ordering::SeqCst);
        Box::pin(async { Err(StorageError::Away) })
    });
    (found.await, loads.into_inner() > 0)
}

#[tokio::test(start_paused = true)]
async fn what_was_good_when_the_database_went_away_is_believed_for_a_while() {
    let (entries, state) = beside(60 * SECOND);
    load(&entries, "a", Some(1)).await;
    load(&entries, "none", None).await;
    entries.heard_until(Instant::now());
    advance(10 * SECOND).await;
    // It turns out while it is asked.
    assert_eq!(ask_in_vain(&entries, "a").await, (Ok(Some(1)), true));
    state.send_replace(Availability::Away(Instant::now()));
    assert_eq!(ask_in_vain(&entries, "a").await, (Ok(Some(1)), false));
    assert_eq!(entries.get(&"a").await, None, "it counts for nothing else");
    assert_eq!(
        ask_in_vain(&entries, "none").await,
        (Err(StorageError::Away), true),
        "that there is none is not believed"
    );
    assert_eq!(entries.stale_answers(), 2);
    advance(49 * SECOND).await;
    assert_eq!(ask_in_vain(&entries, "a").await.0, Ok(Some(1)));
    advance(2 * SECOND).await;
    assert_eq!(ask_in_vain(&entries, "a").await.0, Err(StorageError::Away), "a minute after the last sign of life");
}

#[tokio::test(start_paused = true)]
async fn what_has_changed_or_is_too_old_is_not_believed() {
    let (entries, state) = beside(3600 * SECOND);
    for key in ["told", "old", "good"] {
        load(&entries, key, Some(1)).await;
        entries.heard_until(Instant::now());
        advance(400 * SECOND).await;
    }
    entries.heard_until(Instant::now());
    entries.forget(&"told").await;
    state.send_replace(Availability::Away(Instant::now()));
    assert_eq!(ask_in_vain(&entries, "told").await.0, Err(StorageError::Away));
    assert_eq!(ask_in_vain(&entries, "old").await.0, Err(StorageError::Away), "it was past its ten minutes before");
    assert_eq!(ask_in_vain(&entries, "good").await.0, Ok(Some(1)));
    entries.forget_all();
    assert_eq!(ask_in_vain(&entries, "good").await.0, Err(StorageError::Away), "something was not heard");
}

#[tokio::test(start_paused = true)]
async fn a_database_that_is_slow_or_that_is_back_is_believed_alone() {
    let (entries, state) = beside(60 * SECOND);
    load(&entries, "a", Some(1)).await;
    state.send_replace(Availability::Away(Instant::now()));
    advance(10 * SECOND).await;
    assert_eq!(ask_in_vain(&entries, "a").await.0, Ok(Some(1)));
    state.send_replace(Availability::Available);
    let slow = StorageError::Unavailable("no answer in time".into());
    let asked = entries.get_or_load("a", || Box::pin(async { Err(slow.clone()) })).await;
    assert_eq!(asked, Err(slow));
    assert_eq!(load(&entries, "a", Some(2)).await, (Some(2), true));
}

#[tokio::test(start_paused = true)]
async fn nothing_is_believed_where_that_is_off() {
    let (entries, state) = beside(Duration::ZERO);
    load(&entries, "a", Some(1)).await;
    advance(10 * SECOND).await;
    state.send_replace(Availability::Away(Instant::now()));
    assert_eq!(ask_in_vain(&entries, "a").await.0, Err(StorageError::Away));
}
