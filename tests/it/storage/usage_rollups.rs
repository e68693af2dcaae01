//! Sums of usage: every event in them once, whoever writes, adds and dies meanwhile.

use super::fixture::{Fixture, Writing, set_tenant, within};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use uuid::Uuid;
use vestibule::config;
use vestibule::domain::ids::{EventId, KeyId, RequestId, TenantId};
use vestibule::domain::usage::rollup::{Cell, Dimension, Granularity, LevelKind, Measures};
use vestibule::domain::usage::{CacheUse, TokenUsage, UsageEvent};
use vestibule::storage::{Database, Division, RollUp, RollupQuery, UsageWriter};

const DAY: &str = "2026-03-29T00:00:00Z";

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn event(fixture: &Fixture, moment: DateTime<Utc>) -> UsageEvent {
    UsageEvent {
        id: EventId::new(&fixture.ambient),
        at: moment,
        tenant: TenantId::DEFAULT,
        request_id: RequestId::accept(None, &fixture.ambient),
        workspace: Some(fixture.workspace.id),
        key: Some(KeyId(Uuid::from_u128(7))),
        user: None,
        visitor: None,
        origin: Some("https://shop.example".to_owned()),
        cache: Some(CacheUse::Hit),
        route: "chat.create".into(),
        outcome: "ok".into(),
        http_status: 200,
        tokens: Some(TokenUsage { prompt: 10, completion: 3, estimated: true }),
        unfinished: false,
        model: Some("small".to_owned()),
        first_byte: Some(Duration::from_millis(3)),
        total: Duration::from_millis(12),
        gateway: Duration::from_micros(34),
        bytes_out: 56,
    }
}

async fn write(fixture: &Fixture, events: impl IntoIterator<Item = UsageEvent>) {
    let config = config::Usage { batch: 50, flush_millis: 5, queue: 100_000, ..settings() };
    let writer = Writing::start(UsageWriter::new(fixture.database.clone(), &config, None, fixture.ambient.clone()));
    for event in events {
        writer.recorder().record(event);
    }
    let recorder = writer.recorder();
    within(writer.close()).await;
    assert_eq!(recorder.dropped(), 0);
}

fn settings() -> config::Usage {
    config::Usage {
        batch: 500,
        flush_millis: 5,
        queue: 10_000,
        spool_dir: std::path::PathBuf::new(),
        spool_bytes: 1 << 20,
        spool_sync_millis: 10,
        rollup_millis: 1000,
        retention_days: 90,
        rollup_retention_days: 400,
    }
}

/// All that these tests write.
fn all(granularity: Granularity, scope: LevelKind, dimension: Dimension) -> RollupQuery {
    let (from, to) = (at("2026-01-01T00:00:00Z"), at("2026-05-01T00:00:00Z"));
    let divided = Some(Division { scope, dimension, most: usize::MAX });
    RollupQuery { granularity, workspace: None, key: None, from, to, divided }
}

async fn read(database: &Database, query: &RollupQuery) -> BTreeMap<Cell, Measures> {
    let read = database.usage_rollups().read(TenantId::DEFAULT, query).await.unwrap();
    let mut sums = BTreeMap::<Cell, Measures>::new();
    for (cell, measures) in read.parts {
        sums.entry(cell).or_default().add(&measures);
    }
    let whole: u64 = read.whole.iter().map(|(_, measures)| measures.requests).sum();
    assert_eq!(sums.values().map(|measures| measures.requests).sum::<u64>(), whole, "the parts are the whole");
    sums
}

async fn requests(database: &Database) -> u64 {
    let query = all(Granularity::Day, LevelKind::Tenant, Dimension::None);
    read(database, &query).await.values().map(|measures| measures.requests).sum()
}

async fn waiting(fixture: &Fixture) -> i64 {
    let mut app = fixture.app(Some(TenantId::DEFAULT)).await;
    sqlx::query_scalar("SELECT count(*) FROM vestibule.usage_pending").fetch_one(&mut app).await.unwrap()
}

async fn roll_up(fixture: &Fixture) -> RollUp {
    fixture.database.usage_rollups().roll_up(TenantId::DEFAULT, 10_000).await.unwrap()
}

#[tokio::test]
async fn an_event_is_added_whole_to_every_combination() {
    let fixture = Fixture::new().await;
    write(&fixture, [event(&fixture, at("2026-03-29T10:30:00Z"))]).await;
    for added in [false, true] {
        if added {
            assert_eq!(roll_up(&fixture).await, RollUp::Done(1));
        }
        for granularity in Granularity::ALL {
            for scope in LevelKind::ALL {
                for (dimension, value) in
                    Dimension::ALL.into_iter().zip(["", "ok", "chat.create", "https://shop.example", "small"])
                {
                    let sums = read(&fixture.database, &all(granularity, scope, dimension)).await;
                    let [(cell, measures)] = sums.iter().collect::<Vec<_>>()[..] else { panic!("{sums:?}") };
                    assert_eq!((cell.value.as_str(), cell.scope.kind()), (value, scope), "added: {added}");
                    let starts_at = granularity.floor(at("2026-03-29T10:30:00Z"));
                    assert_eq!((cell.starts_at, cell.granularity, cell.dimension), (starts_at, granularity, dimension));
                    assert_eq!((measures.requests, measures.endings().answered, measures.refused), (1, 1, 0));
                    assert_eq!((measures.prompt_tokens, measures.completion_tokens), (10, 3));
                    assert_eq!((measures.tokens_estimated, measures.cache_hits, measures.cache_misses), (1, 1, 0));
                    assert_eq!(measures.bytes_out, 56);
                    assert_eq!(measures.gateway.percentile(50), Some(34));
                    let first_byte = measures.first_byte.percentile(99).unwrap();
                    assert!(first_byte.abs_diff(3000) <= 3000 / 64, "{first_byte}");
                    assert_eq!((measures.first_byte.count(), measures.total.count()), (1, 1));
                }
            }
        }
    }
    assert_eq!(waiting(&fixture).await, 0);
}

#[tokio::test]
async fn writers_and_rollers_at_once_lose_nothing_and_count_nothing_twice() {
    let fixture = Arc::new(Fixture::new().await);
    let written = Arc::new(AtomicBool::new(false));
    let mut writers = Vec::new();
    let mut expected = BTreeMap::<(String, &str), u64>::new();
    for writer in 0..4_u64 {
        let mut events = Vec::new();
        for n in 0..200_u64 {
            // Late ones, too.
            let moment = at(DAY) + TimeDelta::minutes(i64::try_from(n * 37 % 2880).unwrap());
            let key = KeyId(Uuid::from_u128(u128::from(n % 5) + 1));
            let outcome = if n % 3 == 0 { "rate_limited" } else { "ok" };
            *expected.entry((key.to_string(), outcome)).or_default() += 1;
            let event = UsageEvent { key: Some(key), outcome: outcome.into(), ..event(&fixture, moment) };
            events.push(event.clone());
            if n % 10 == writer {
                events.push(event); // a batch whose fate was not known is written again
            }
        }
        let fixture = Arc::clone(&fixture);
        writers.push(tokio::spawn(async move { write(&fixture, events).await }));
    }
    let roller = |fixture: Arc<Fixture>, written: Arc<AtomicBool>| async move {
        let mut added = 0;
        loop {
            let last = written.load(Ordering::SeqCst);
            match fixture.database.usage_rollups().roll_up(TenantId::DEFAULT, 30).await.unwrap() {
                RollUp::Done(0) if last => return added,
                RollUp::Done(events) => added += events,
                RollUp::Elsewhere => tokio::task::yield_now().await,
            }
        }
    };
    let rollers: Vec<_> = (0..3).map(|_| tokio::spawn(roller(Arc::clone(&fixture), Arc::clone(&written)))).collect();
    let reader = {
        let (fixture, written) = (Arc::clone(&fixture), Arc::clone(&written));
        tokio::spawn(async move {
            let mut seen = 0;
            while !written.load(Ordering::SeqCst) {
                let now = requests(&fixture.database).await;
                assert!(now >= seen, "{now} after {seen}: an event was neither waiting nor added");
                seen = now;
            }
        })
    };
    for writer in writers {
        within(writer).await.unwrap();
    }
    written.store(true, Ordering::SeqCst);
    let mut added = 0;
    for roller in rollers {
        added += within(roller).await.unwrap();
    }
    within(reader).await.unwrap();
    assert_eq!(added, 800);
    assert_eq!(waiting(&fixture).await, 0);
    for granularity in Granularity::ALL {
        let sums = read(&fixture.database, &all(granularity, LevelKind::Key, Dimension::None)).await;
        let mut found = BTreeMap::<(String, &str), u64>::new();
        for (cell, measures) in &sums {
            for (outcome, count) in &measures.outcomes {
                let outcome = if outcome == "ok" { "ok" } else { "rate_limited" };
                *found.entry((cell.scope.key().unwrap().to_string(), outcome)).or_default() += count;
            }
        }
        assert_eq!(found, expected, "{granularity:?}");
    }
}

#[tokio::test]
async fn a_late_event_goes_to_its_own_hour() {
    let fixture = Fixture::new().await;
    write(&fixture, [event(&fixture, at("2026-03-29T12:00:00Z"))]).await;
    roll_up(&fixture).await;
    write(&fixture, [event(&fixture, at("2026-03-28T23:59:59.999999Z")), event(&fixture, at("2026-03-29T12:59:00Z"))])
        .await;
    roll_up(&fixture).await;
    let hours = |sums: BTreeMap<Cell, Measures>| -> Vec<(String, u64)> {
        sums.iter().map(|(cell, sum)| (cell.starts_at.format("%dT%H").to_string(), sum.requests)).collect()
    };
    let by_hour = read(&fixture.database, &all(Granularity::Hour, LevelKind::Tenant, Dimension::None)).await;
    assert_eq!(hours(by_hour), [("28T23".to_owned(), 1), ("29T12".to_owned(), 2)]);
    let by_day = read(&fixture.database, &all(Granularity::Day, LevelKind::Tenant, Dimension::None)).await;
    assert_eq!(hours(by_day), [("28T00".to_owned(), 1), ("29T00".to_owned(), 2)]);
}

#[tokio::test]
async fn a_roller_that_is_killed_leaves_the_events_waiting() {
    let fixture = Fixture::new().await;
    write(&fixture, (0..5).map(|_| event(&fixture, at(DAY)))).await;
    // As far as a roller gets before it commits.
    let mut killed = fixture.app(None).await;
    sqlx::query("BEGIN").execute(&mut killed).await.unwrap();
    set_tenant(&mut killed, TenantId::DEFAULT).await;
    let lock = "SELECT pg_try_advisory_xact_lock(hashtextextended('vestibule.usage ' || $1, 0))";
    let locked: bool =
        sqlx::query_scalar(lock).bind(TenantId::DEFAULT.to_string()).fetch_one(&mut killed).await.unwrap();
    assert!(locked);
    let taken = sqlx::query("DELETE FROM vestibule.usage_pending").execute(&mut killed).await.unwrap();
    assert_eq!(taken.rows_affected(), 5);
    assert_eq!(roll_up(&fixture).await, RollUp::Elsewhere, "one at a time");
    assert_eq!(requests(&fixture.database).await, 5, "answers are whole meanwhile");
    let pid: i32 = sqlx::query_scalar("SELECT pg_backend_pid()").fetch_one(&mut killed).await.unwrap();
    sqlx::query("SELECT pg_terminate_backend($1)").bind(pid).execute(&mut fixture.owner(None).await).await.unwrap();
    let mut done = roll_up(&fixture).await;
    while done == RollUp::Elsewhere {
        done = roll_up(&fixture).await; // until the server has noticed
    }
    assert_eq!(done, RollUp::Done(5));
    assert_eq!(requests(&fixture.database).await, 5);
}

#[tokio::test]
async fn events_of_the_version_before_are_counted() {
    let fixture = Fixture::new().await;
    let mut app = fixture.app(Some(TenantId::DEFAULT)).await;
    let statement = r"
        INSERT INTO vestibule.usage_events
          (id, at, tenant_id, request_id, workspace_id, api_key_id, visitor, route, outcome, http_status, prompt_tokens,
           completion_tokens, tokens_estimated, first_byte_us, total_us, gateway_us, bytes_out)
        VALUES ('00000000-0000-7000-8000-000000000001', '2026-03-29T10:00:00Z', vestibule.current_tenant(), 'request-1',
                NULL, NULL, NULL, 'r', 'ok', 200, NULL, NULL, NULL, NULL, 1, 1, 1)
        ON CONFLICT (at, id) DO NOTHING";
    for _ in 0..2 {
        sqlx::query(statement).execute(&mut app).await.unwrap();
    }
    assert_eq!((waiting(&fixture).await, requests(&fixture.database).await), (1, 1));
    assert_eq!(roll_up(&fixture).await, RollUp::Done(1));
    sqlx::query(statement).execute(&mut app).await.unwrap();
    assert_eq!((waiting(&fixture).await, requests(&fixture.database).await), (0, 1), "the same event later");
}

#[tokio::test]
async fn only_the_scope_that_is_asked_for_is_read() {
    let fixture = Fixture::new().await;
    let (one, other) = (KeyId(Uuid::from_u128(1)), KeyId(Uuid::from_u128(2)));
    let moment = at("2026-03-29T10:00:00Z");
    let events = [
        UsageEvent { key: Some(one), ..event(&fixture, moment) },
        UsageEvent { key: Some(other), ..event(&fixture, moment) },
        UsageEvent { key: Some(one), workspace: None, ..event(&fixture, moment) },
        UsageEvent { key: None, workspace: None, ..event(&fixture, moment + TimeDelta::hours(1)) },
    ];
    write(&fixture, events).await;
    for added in [false, true] {
        if added {
            roll_up(&fixture).await;
        }
        let asked = async |query: RollupQuery| -> u64 {
            read(&fixture.database, &query).await.values().map(|sum| sum.requests).sum()
        };
        let keys = all(Granularity::Hour, LevelKind::Key, Dimension::None);
        let workspaces = all(Granularity::Hour, LevelKind::Workspace, Dimension::Route);
        assert_eq!(asked(keys).await, 4, "added: {added}");
        assert_eq!(asked(RollupQuery { key: Some(one), ..keys }).await, 2);
        assert_eq!(asked(RollupQuery { key: Some(one), workspace: Some(fixture.workspace.id), ..keys }).await, 1);
        assert_eq!(asked(RollupQuery { workspace: Some(fixture.workspace.id), ..workspaces }).await, 2);
        assert_eq!(asked(RollupQuery { from: moment, to: moment + TimeDelta::hours(1), ..workspaces }).await, 3);
        assert_eq!(asked(RollupQuery { from: moment + TimeDelta::hours(1), ..workspaces }).await, 1);
    }
}

#[tokio::test]
async fn of_many_parts_the_largest_are_read() {
    let fixture = Fixture::new().await;
    let key = |n: u128| Some(KeyId(Uuid::from_u128(n)));
    let of = |n: u128, hour: i64| UsageEvent { key: key(n), ..event(&fixture, at(DAY) + TimeDelta::hours(hour)) };
    // Key n has n requests, of which one is in the second hour.
    let events: Vec<_> = (1..=5).flat_map(|n| (0..n).map(move |i| of(n, i64::from(i == 0)))).collect();
    write(&fixture, events).await;
    roll_up(&fixture).await;
    // These wait: of one that is read, of one that is not, and of one that nothing was known of.
    write(&fixture, [of(5, 1), of(1, 1), of(9, 1)]).await;
    let division = |most| Some(Division { scope: LevelKind::Key, dimension: Dimension::None, most });
    let query = all(Granularity::Hour, LevelKind::Key, Dimension::None);
    let rollups = fixture.database.usage_rollups();
    let cut = rollups.read(TenantId::DEFAULT, &RollupQuery { divided: division(2), ..query }).await.unwrap();
    let requests = |cells: &[(Cell, Measures)], key: Option<KeyId>| -> u64 {
        cells.iter().filter(|(cell, _)| cell.scope.key() == key).map(|(_, measures)| measures.requests).sum()
    };
    assert_eq!((requests(&cut.parts, key(5)), requests(&cut.parts, key(4))), (6, 4));
    assert_eq!(cut.parts.iter().map(|(_, measures)| measures.requests).sum::<u64>(), 10, "and no others");
    assert_eq!(requests(&cut.whole, None), 18);

    let all = rollups.read(TenantId::DEFAULT, &RollupQuery { divided: division(6), ..query }).await.unwrap();
    assert_eq!((requests(&all.parts, key(1)), requests(&all.parts, key(9))), (2, 1));
}

#[tokio::test]
async fn origins_of_strangers_are_bounded_over_rounds() {
    let fixture = Fixture::new().await;
    for round in 0..3 {
        let strangers = (0..20).map(|n| UsageEvent {
            origin: Some(format!("https://{round}-{n}.evil.example")),
            outcome: "forbidden_origin".into(),
            http_status: 403,
            ..event(&fixture, at("2026-03-29T10:00:00Z"))
        });
        write(&fixture, strangers).await;
        roll_up(&fixture).await;
    }
    let sums = read(&fixture.database, &all(Granularity::Day, LevelKind::Key, Dimension::Origin)).await;
    let other: u64 = sums.iter().filter(|(cell, _)| cell.value == "(other)").map(|(_, sum)| sum.requests).sum();
    assert_eq!((sums.len(), other), (21, 40));
}

#[tokio::test]
async fn old_sums_are_forgotten_hours_first() {
    let fixture = Fixture::new().await;
    let moments = ["2026-01-01T10:00:00Z", "2026-02-01T10:00:00Z", "2026-03-01T10:00:00Z"];
    write(&fixture, moments.map(|moment| event(&fixture, at(moment)))).await;
    roll_up(&fixture).await;
    let repository = fixture.database.usage_rollups();
    let (hours, days) = (at("2026-02-15T00:00:00Z"), at("2026-01-15T00:00:00Z"));
    assert_eq!(repository.delete_before(TenantId::DEFAULT, hours, days).await.unwrap(), 45, "15 cells a period");
    let left = async |granularity| read(&fixture.database, &all(granularity, LevelKind::Tenant, Dimension::None)).await;
    assert_eq!((left(Granularity::Hour).await.len(), left(Granularity::Day).await.len()), (1, 2));
    assert_eq!(repository.delete_before(TenantId::DEFAULT, hours, days).await.unwrap(), 0);
}

#[tokio::test]
async fn how_long_events_wait_is_known() {
    let fixture = Fixture::new().await;
    let oldest = async || fixture.database.usage_rollups().oldest_pending(TenantId::DEFAULT).await.unwrap();
    assert_eq!(oldest().await, None);
    write(&fixture, [event(&fixture, at("2026-03-29T10:00:00Z")), event(&fixture, at(DAY))]).await;
    assert_eq!(oldest().await, Some(at(DAY)));
    roll_up(&fixture).await;
    assert_eq!(oldest().await, None);
}
