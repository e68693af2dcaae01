//! Partitions of usage events: there before they are needed, gone when their time is over, closed like their parent.

use super::fixture::{Fixture, within};
use chrono::{DateTime, TimeDelta, Utc};
use sqlx::AssertSqlSafe;
use vestibule::domain::ids::TenantId;
use vestibule::storage::{PartitionsMade, StorageError};

/// Writes an event of this many days ago.
async fn write(fixture: &Fixture, tenant: TenantId, days_ago: i64) -> DateTime<Utc> {
    let at = fixture.ambient.now() - TimeDelta::days(days_ago);
    let statement = r"
        INSERT INTO vestibule.usage_events
          (id, at, tenant_id, request_id, route, outcome, http_status, total_us, gateway_us, bytes_out)
        VALUES (gen_random_uuid(), $1, vestibule.current_tenant(), 'request-1', 'r', 'ok', 200, 1, 1, 1)";
    sqlx::query(statement).bind(at).execute(&mut fixture.app(Some(tenant)).await).await.unwrap();
    at
}

async fn partitions(fixture: &Fixture) -> Vec<String> {
    let query = r"
        SELECT c.relname::text
        FROM pg_inherits i
        JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'vestibule.usage_events'::regclass
        ORDER BY 1";
    sqlx::query_scalar(query).fetch_all(&mut fixture.owner(None).await).await.unwrap()
}

fn partition(at: DateTime<Utc>) -> String {
    format!("usage_events_p{}", at.format("%Y%m%d"))
}

/// How many of a tenant's events lie where.
async fn events(fixture: &Fixture, tenant: TenantId, table: &str) -> i64 {
    let query = format!("SELECT count(*) FROM vestibule.{table}");
    sqlx::query_scalar(AssertSqlSafe(query)).fetch_one(&mut fixture.owner(Some(tenant)).await).await.unwrap()
}

#[tokio::test]
async fn they_are_made_ahead_and_take_the_events_of_their_day() {
    let fixture = Fixture::new().await;
    let now = fixture.ambient.now();
    let repository = fixture.database.usage_partitions();
    assert_eq!(repository.make(3, 90).await.unwrap(), PartitionsMade { made: 4, moved: 0 });
    assert_eq!(repository.make(3, 90).await.unwrap(), PartitionsMade { made: 0, moved: 0 });
    let mut expected: Vec<_> = (0..=3).map(|days| partition(now + TimeDelta::days(days))).collect();
    expected.insert(0, "usage_events_default".to_owned());
    assert_eq!(partitions(&fixture).await, expected);
    write(&fixture, TenantId::DEFAULT, 0).await;
    assert_eq!(events(&fixture, TenantId::DEFAULT, &expected[1]).await, 1);
    assert_eq!(events(&fixture, TenantId::DEFAULT, "usage_events_default").await, 0);
}

#[tokio::test]
async fn what_lies_in_the_default_partition_moves_into_its_day() {
    let fixture = Fixture::new().await;
    let second = fixture.second_tenant().await.tenant;
    let mut moments = Vec::new();
    for (tenant, days_ago) in [(TenantId::DEFAULT, 0), (second, 0), (TenantId::DEFAULT, 2), (second, 5)] {
        moments.push(write(&fixture, tenant, days_ago).await);
    }
    write(&fixture, second, -400).await; // a clock that is wrong
    write(&fixture, second, 95).await; // older than what is kept
    let made = fixture.database.usage_partitions().make(1, 90).await.unwrap();
    assert_eq!(made, PartitionsMade { made: 4, moved: 4 });
    assert_eq!(events(&fixture, TenantId::DEFAULT, &partition(moments[2])).await, 1);
    assert_eq!(events(&fixture, second, &partition(moments[3])).await, 1);
    assert_eq!(events(&fixture, second, "usage_events_default").await, 1, "what is not due yet waits there");
    assert_eq!(events(&fixture, TenantId::DEFAULT, "usage_events").await, 2);
    assert_eq!(events(&fixture, second, "usage_events").await, 3);
    // Moving is not writing: nothing is counted again.
    assert_eq!(events(&fixture, TenantId::DEFAULT, "usage_pending").await, 2);
    assert_eq!(events(&fixture, second, "usage_pending").await, 4);
}

#[tokio::test]
async fn they_are_dropped_when_their_time_is_over() {
    let fixture = Fixture::new().await;
    let old = write(&fixture, TenantId::DEFAULT, 31).await;
    let kept = write(&fixture, TenantId::DEFAULT, 29).await;
    let repository = fixture.database.usage_partitions();
    repository.make(1, 90).await.unwrap();
    assert_eq!(repository.drop_old(30).await.unwrap(), 1);
    assert_eq!(repository.drop_old(30).await.unwrap(), 0);
    let left = partitions(&fixture).await;
    assert!(!left.contains(&partition(old)) && left.contains(&partition(kept)), "{left:?}");
    assert_eq!(events(&fixture, TenantId::DEFAULT, "usage_events").await, 1);
    // An event that comes later than that is counted, and thrown away with the next round.
    write(&fixture, TenantId::DEFAULT, 31).await;
    assert_eq!(events(&fixture, TenantId::DEFAULT, "usage_events_default").await, 1);
    assert_eq!(repository.make(1, 30).await.unwrap(), PartitionsMade { made: 0, moved: 0 });
    assert_eq!(events(&fixture, TenantId::DEFAULT, "usage_events_default").await, 0);
    assert_eq!(events(&fixture, TenantId::DEFAULT, "usage_pending").await, 3);
}

#[tokio::test]
async fn a_partition_is_closed_like_its_parent() {
    let fixture = Fixture::new().await;
    write(&fixture, TenantId::DEFAULT, 0).await;
    fixture.database.usage_partitions().make(1, 90).await.unwrap();
    let name = partition(fixture.ambient.now());
    assert_eq!(
        sqlx::query_scalar::<_, i64>(AssertSqlSafe(format!("SELECT count(*) FROM vestibule.{name}")))
            .fetch_one(&mut fixture.owner(None).await)
            .await
            .unwrap(),
        0,
        "not even the owner sees a row without a tenant"
    );
    let closed = r"
        SELECT count(*) FROM pg_class c
        JOIN pg_policy p ON p.polrelid = c.oid AND p.polname = 'tenant_isolation' AND p.polcmd = '*'
        WHERE c.relname LIKE 'usage_events_%' AND c.relrowsecurity AND c.relforcerowsecurity";
    let closed: i64 = sqlx::query_scalar(closed).fetch_one(&mut fixture.owner(None).await).await.unwrap();
    assert_eq!(closed, 3, "the default one too, after its events were moved");
    let mut app = fixture.app(Some(TenantId::DEFAULT)).await;
    for statement in [
        format!("SELECT * FROM vestibule.{name}"),
        format!("DROP TABLE vestibule.{name}"),
        format!("INSERT INTO vestibule.{name} SELECT * FROM vestibule.usage_events"),
        "DELETE FROM vestibule.usage_events".to_owned(),
    ] {
        let error = sqlx::query(AssertSqlSafe(statement.clone())).execute(&mut app).await.expect_err(&statement);
        let code =
            error.as_database_error().and_then(sqlx::error::DatabaseError::code).unwrap_or_default().into_owned();
        assert_eq!(code, "42501", "{statement}: {error}");
    }
}

#[tokio::test]
async fn replicas_that_are_at_it_together_do_it_once() {
    let fixture = Fixture::new().await;
    for days_ago in 0..5 {
        write(&fixture, TenantId::DEFAULT, days_ago).await;
    }
    let rounds = (0..6).map(|n| {
        let database = fixture.database.clone();
        tokio::spawn(async move {
            if n % 2 == 0 {
                database.usage_partitions().make(2, 90).await.map(|done| done.made)
            } else {
                database.usage_partitions().drop_old(90).await
            }
        })
    });
    let mut made = 0;
    for round in rounds.collect::<Vec<_>>() {
        made += within(round).await.unwrap().unwrap();
    }
    made += fixture.database.usage_partitions().make(2, 90).await.unwrap().made;
    assert_eq!((made, events(&fixture, TenantId::DEFAULT, "usage_events").await), (7, 5));
}

#[tokio::test]
async fn nonsense_is_refused() {
    let fixture = Fixture::new().await;
    let repository = fixture.database.usage_partitions();
    for refused in [
        repository.make(0, 90).await.map(|_| ()),
        repository.make(32, 90).await.map(|_| ()),
        repository.make(1, 0).await.map(|_| ()),
        repository.drop_old(0).await.map(|_| ()),
    ] {
        assert!(matches!(refused, Err(StorageError::Query(_))), "{refused:?}");
    }
}
