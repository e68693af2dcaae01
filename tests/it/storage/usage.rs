//! Usage: written behind the requests' back, once each, through the absence of the database.

use super::fixture::{Fixture, Writing, within};
use crate::harness::eventually;
use chrono::{DateTime, TimeDelta, Utc};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use vestibule::config;
use vestibule::domain::clock::{Ambient, Randomness};
use vestibule::domain::conversation::ChatSessionId;
use vestibule::domain::ids::{EventId, KeyId, RequestId, TenantId};
use vestibule::domain::owner::Owner;
use vestibule::domain::usage::{CacheUse, TokenUsage, UsageEvent};
use vestibule::domain::user::UserId;
use vestibule::storage::{ConversationKey, Database, KeyFilter, UsageWriter};

fn writer(fixture: &Fixture, database: &Database, batch: usize, queue: usize) -> Writing {
    Writing::start(UsageWriter::new(database.clone(), &settings(batch, queue), None, fixture.ambient.clone()))
}

fn settings(batch: usize, queue: usize) -> config::Usage {
    config::Usage {
        batch,
        flush_millis: 5,
        queue,
        spool_dir: PathBuf::new(),
        spool_bytes: 1 << 20,
        spool_sync_millis: 10,
        rollup_millis: 1000,
        retention_days: 90,
        rollup_retention_days: 400,
    }
}

fn event(fixture: &Fixture, tenant: TenantId) -> UsageEvent {
    UsageEvent {
        id: EventId::new(&fixture.ambient),
        at: fixture.ambient.now(),
        tenant,
        request_id: RequestId::accept(None, &fixture.ambient),
        workspace: Some(fixture.workspace.id),
        key: None,
        user: None,
        visitor: None,
        origin: None,
        cache: None,
        route: "chat.create".into(),
        outcome: "ok".into(),
        http_status: 200,
        tokens: None,
        unfinished: false,
        model: None,
        first_byte: None,
        total: Duration::from_millis(12),
        gateway: Duration::from_micros(34),
        bytes_out: 56,
    }
}

async fn count(fixture: &Fixture, tenant: TenantId) -> i64 {
    sqlx::query_scalar("SELECT count(*) FROM vestibule.usage_events")
        .fetch_one(&mut fixture.app(Some(tenant)).await)
        .await
        .unwrap()
}

#[tokio::test]
async fn an_event_is_written_whole() {
    let fixture = Fixture::new().await;
    let writer = writer(&fixture, &fixture.database, 10, 10);
    let event = UsageEvent {
        key: Some(KeyId::new(&fixture.ambient)),
        user: Some(UserId(9)),
        visitor: Some("v".to_owned()),
        origin: Some("https://shop.example".to_owned()),
        cache: Some(CacheUse::Miss),
        tokens: Some(TokenUsage { prompt: 1, completion: 2, estimated: true }),
        unfinished: false,
        model: Some("gpt-4o-mini".to_owned()),
        first_byte: Some(Duration::from_millis(3)),
        ..event(&fixture, TenantId::DEFAULT)
    };
    writer.recorder().record(event.clone());
    within(writer.close()).await;
    type Row = (String, i16, Option<i32>, Option<i32>, Option<bool>, Option<i64>, i64, i64, i64);
    let row: Row = sqlx::query_as(
        r"
        SELECT
          concat_ws(' ', id, request_id, workspace_id, api_key_id, user_id, visitor, origin, cache, route, outcome, model),
          http_status, prompt_tokens, completion_tokens, tokens_estimated, first_byte_us, total_us, gateway_us, bytes_out
        FROM vestibule.usage_events
        ",
    )
    .fetch_one(&mut fixture.app(Some(TenantId::DEFAULT)).await)
    .await
    .unwrap();
    let words = [
        event.id.to_string(),
        event.request_id.to_string(),
        fixture.workspace.id.to_string(),
        event.key.unwrap().to_string(),
        "9 v https://shop.example miss chat.create ok gpt-4o-mini".to_owned(),
    ];
    assert_eq!(row, (words.join(" "), 200, Some(1), Some(2), Some(true), Some(3000), 12_000, 34, 56));
}

#[tokio::test]
async fn an_event_written_twice_is_one_event() {
    let fixture = Fixture::new().await;
    let twice = event(&fixture, TenantId::DEFAULT);
    for _ in 0..2 {
        let writer = writer(&fixture, &fixture.database, 2, 10);
        writer.recorder().record(twice.clone());
        writer.recorder().record(twice.clone());
        writer.recorder().record(event(&fixture, TenantId::DEFAULT));
        within(writer.close()).await;
    }
    assert_eq!(count(&fixture, TenantId::DEFAULT).await, 3);
}

#[tokio::test]
async fn each_tenant_gets_its_own() {
    let fixture = Fixture::new().await;
    let second = fixture.second_tenant().await;
    let writer = writer(&fixture, &fixture.database, 100, 100);
    for i in 0..30 {
        let tenant = if i % 3 == 0 { second.tenant } else { TenantId::DEFAULT };
        writer.recorder().record(event(&fixture, tenant));
    }
    within(writer.close()).await;
    assert_eq!((count(&fixture, TenantId::DEFAULT).await, count(&fixture, second.tenant).await), (20, 10));
}

#[tokio::test]
async fn nothing_is_lost_while_the_database_is_away() {
    let fixture = Fixture::new().await;
    let mut proxy = fixture.proxy().await;
    let writer = writer(&fixture, &fixture.through(&proxy), 5, 100);
    let recorder = writer.recorder();
    recorder.record(event(&fixture, TenantId::DEFAULT));
    proxy.cut();
    for _ in 0..49 {
        recorder.record(event(&fixture, TenantId::DEFAULT));
    }
    within(proxy.has_refused()).await;
    proxy.open();
    within(writer.close()).await;
    assert_eq!((count(&fixture, TenantId::DEFAULT).await, recorder.dropped()), (50, 0));
}

/// Randomness that makes whoever asks for one byte panic, as the writer does for its pauses.
#[derive(Debug)]
struct Broken;

impl Randomness for Broken {
    fn fill(&self, bytes: &mut [u8]) {
        assert!(bytes.len() > 1, "no randomness");
        bytes.fill(7);
    }
}

#[tokio::test]
async fn a_writer_that_panicked_goes_on_where_it_was() {
    let fixture = Fixture::new().await;
    // After the third panic records are written one by one.
    for panics in [1, 3] {
        let proxy = fixture.proxy().await;
        proxy.cut();
        let ambient = Ambient { randomness: Arc::new(Broken), ..fixture.ambient.clone() };
        let database = fixture.through(&proxy);
        let writer = UsageWriter::new(database.clone(), &settings(2, 100), None, ambient);
        let recorder = writer.recorder();
        let before = count(&fixture, TenantId::DEFAULT).await;
        for _ in 0..5 {
            recorder.record(event(&fixture, TenantId::DEFAULT));
        }
        for _ in 0..panics {
            assert!(within(tokio::spawn(writer.run())).await.unwrap_err().is_panic());
        }
        proxy.open();
        // Where it is still known to be away, the writer pauses, and panics once more.
        eventually(async || database.ping().await.map_err(|error| error.to_string())).await;
        within(Writing::start(writer).close()).await;
        assert_eq!((count(&fixture, TenantId::DEFAULT).await - before, recorder.dropped()), (5, 0), "{panics}");
    }
}

#[tokio::test]
async fn beyond_the_queue_events_are_counted_and_dropped() {
    let fixture = Fixture::new().await;
    let mut proxy = fixture.proxy().await;
    proxy.cut();
    let writer = writer(&fixture, &fixture.through(&proxy), 1, 10);
    let recorder = writer.recorder();
    recorder.record(event(&fixture, TenantId::DEFAULT));
    within(proxy.has_refused()).await; // that one is in the writer's hands now
    for _ in 0..15 {
        recorder.record(event(&fixture, TenantId::DEFAULT));
    }
    assert_eq!(recorder.dropped(), 5);
    proxy.open();
    within(writer.close()).await;
    assert_eq!((count(&fixture, TenantId::DEFAULT).await, recorder.dropped()), (11, 5));
    recorder.record(event(&fixture, TenantId::DEFAULT));
    assert_eq!(recorder.dropped(), 6, "after closing");
}

#[tokio::test]
async fn closing_without_a_database_ends() {
    let fixture = Fixture::new().await;
    let mut proxy = fixture.proxy().await;
    proxy.cut();
    let writer = writer(&fixture, &fixture.through(&proxy), 10, 10);
    let recorder = writer.recorder();
    for _ in 0..3 {
        recorder.record(event(&fixture, TenantId::DEFAULT));
    }
    within(proxy.has_refused()).await;
    within(writer.close()).await;
    assert_eq!(recorder.dropped(), 3);
}

#[tokio::test]
async fn one_bad_event_does_not_take_the_others_with_it() {
    let fixture = Fixture::new().await;
    let writer = writer(&fixture, &fixture.database, 3, 10);
    let recorder = writer.recorder();
    recorder.record(event(&fixture, TenantId::DEFAULT));
    recorder.record(UsageEvent { visitor: Some("\0".to_owned()), ..event(&fixture, TenantId::DEFAULT) });
    recorder.record(event(&fixture, TenantId::DEFAULT));
    within(writer.close()).await;
    assert_eq!((count(&fixture, TenantId::DEFAULT).await, recorder.dropped()), (2, 1));
}

/// Refuses usage events with the SQLSTATE that stands in their route, and counts in sequences, which no rollback takes
/// back.
const REFUSING: &str = "
    CREATE FUNCTION vestibule.refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      PERFORM nextval('vestibule.refused_' || lower(NEW.route));
      RAISE EXCEPTION 'no' USING ERRCODE = NEW.route;
    END $$;
    CREATE TRIGGER refuse BEFORE INSERT ON vestibule.usage_events
      FOR EACH ROW EXECUTE FUNCTION vestibule.refuse()";

#[tokio::test]
async fn only_an_error_that_is_the_datas_costs_a_record() {
    // Read-only after a failover, a full disk, a failing disk, locked, cancelled, no right, no table, and one that
    // nobody knows.
    let cases = [
        ("25006", 0),
        ("53100", 0),
        ("58030", 0),
        ("55P03", 0),
        ("57014", 0),
        ("42501", 0),
        ("42P01", 0),
        ("ZZ999", 0),
        ("22P05", 3),
        ("23514", 3),
    ];
    let fixture = Fixture::new().await;
    let mut owner = fixture.owner(None).await;
    for (code, _) in cases {
        let name = format!("vestibule.refused_{}", code.to_lowercase());
        let sql = format!("CREATE SEQUENCE {name}; GRANT USAGE ON SEQUENCE {name} TO vestibule_app");
        sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut owner).await.unwrap();
    }
    sqlx::raw_sql(REFUSING).execute(&mut owner).await.unwrap();
    let mut writers = Vec::new();
    for (code, lost) in cases {
        let writer = writer(&fixture, &fixture.database, 3, 10);
        for _ in 0..3 {
            writer.recorder().record(UsageEvent { route: code.into(), ..event(&fixture, TenantId::DEFAULT) });
        }
        writers.push((code, lost, writer));
    }
    for (code, lost, writer) in &writers {
        eventually(async || {
            let sql = format!("SELECT last_value FROM vestibule.refused_{}", code.to_lowercase());
            let tries: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_one(&mut owner).await.unwrap();
            // Once together and once for each alone, if they are tried alone.
            if tries >= 4 && writer.recorder().dropped() >= *lost { Ok(()) } else { Err((tries, *code)) }
        })
        .await;
        assert_eq!(writer.recorder().dropped(), *lost, "{code}");
    }
    sqlx::raw_sql("DROP TRIGGER refuse ON vestibule.usage_events").execute(&mut owner).await.unwrap();
    for (code, lost, writer) in writers {
        let recorder = writer.recorder();
        within(writer.close()).await;
        assert_eq!(recorder.dropped(), lost, "{code}");
    }
    assert_eq!(count(&fixture, TenantId::DEFAULT).await, 8 * 3);
}

#[tokio::test]
async fn last_use_goes_forward_to_the_minute() {
    let fixture = Fixture::new().await;
    let key = fixture.insert_key().await;
    let at: DateTime<Utc> = "2026-03-01T12:34:56Z".parse().unwrap();
    let mut last_used = Vec::new();
    for minutes in [0, 5, -5] {
        let writer = writer(&fixture, &fixture.database, 10, 10);
        for seconds in [0, 1, -90] {
            let at = at + TimeDelta::minutes(minutes) + TimeDelta::seconds(seconds);
            writer.recorder().record(UsageEvent { at, key: Some(key.id), ..event(&fixture, key.tenant) });
        }
        within(writer.close()).await;
        let listed = fixture
            .database
            .api_keys()
            .list(key.tenant, &KeyFilter::default(), fixture.ambient.now(), None, 1)
            .await
            .unwrap();
        last_used.push(listed[0].last_used_at.unwrap().to_rfc3339());
    }
    assert_eq!(last_used, ["2026-03-01T12:34:00+00:00", "2026-03-01T12:39:00+00:00", "2026-03-01T12:39:00+00:00"]);
}

#[tokio::test]
async fn messages_are_counted() {
    let fixture = Fixture::new().await;
    let session = ChatSessionId::parse("s").unwrap();
    let key = ConversationKey {
        tenant: TenantId::DEFAULT,
        workspace: fixture.workspace.id,
        owner: Owner::Key(KeyId::new(&fixture.ambient)),
        session: &session,
    };
    let opened = fixture.database.conversations().open(&key, None, &fixture.ambient).await.unwrap();
    let writer = writer(&fixture, &fixture.database, 10, 10);
    let later = fixture.ambient.now() + TimeDelta::minutes(1);
    for earlier in [0, 30, 90] {
        writer.recorder().record_message(TenantId::DEFAULT, opened.id, later - TimeDelta::seconds(earlier));
    }
    within(writer.close()).await;
    let (messages, last_at): (i32, DateTime<Utc>) =
        sqlx::query_as("SELECT message_count, last_at FROM vestibule.conversations")
            .fetch_one(&mut fixture.app(Some(TenantId::DEFAULT)).await)
            .await
            .unwrap();
    assert_eq!((messages, last_at.timestamp_micros()), (3, later.timestamp_micros()));
}
