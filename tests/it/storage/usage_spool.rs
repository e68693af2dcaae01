//! Usage that is read again from the spool: after a crash nobody knows what of it is written, and it counts once.

use super::fixture::{Fixture, within};
use crate::harness::eventually;
use sqlx::PgConnection;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::task::JoinHandle;
use vestibule::config;
use vestibule::domain::conversation::ChatSessionId;
use vestibule::domain::ids::{EventId, RequestId, TenantId};
use vestibule::domain::owner::Owner;
use vestibule::domain::usage::{TokenUsage, UsageEvent};
use vestibule::storage::{ConversationKey, NewKey, Spool, UsageRecorder, UsageWriter};

fn settings(folder: &Path) -> config::Usage {
    config::Usage {
        batch: 100,
        flush_millis: 5,
        queue: 100,
        spool_dir: folder.to_owned(),
        spool_bytes: 1 << 20,
        spool_sync_millis: 10,
        rollup_millis: 1000,
        retention_days: 90,
        rollup_retention_days: 400,
    }
}

/// A process that writes usage, until it is killed.
struct Life {
    recorder: UsageRecorder,
    writer: UsageWriter,
    task: JoinHandle<()>,
}

impl Life {
    fn begin(fixture: &Fixture, folder: &Path) -> Self {
        let config = settings(folder);
        let spool = Spool::new(&config, &["key".to_owned()], fixture.ambient.clone());
        let writer = UsageWriter::new(fixture.database.clone(), &config, spool, fixture.ambient.clone());
        Self { recorder: writer.recorder(), task: tokio::spawn(writer.run()), writer }
    }

    async fn kill(self) {
        let Self { recorder, writer, task } = self;
        task.abort();
        let _ = task.await;
        drop((recorder, writer));
    }
}

fn event(fixture: &Fixture, key: &NewKey) -> UsageEvent {
    UsageEvent {
        id: EventId::new(&fixture.ambient),
        at: fixture.ambient.now(),
        tenant: TenantId::DEFAULT,
        request_id: RequestId::accept(None, &fixture.ambient),
        workspace: Some(fixture.workspace.id),
        key: Some(key.id),
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

async fn number(app: &mut PgConnection, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(app).await.unwrap()
}

async fn counted(app: &mut PgConnection, events: i64) {
    eventually(async || {
        let found = number(app, "SELECT count(*) FROM vestibule.usage_events").await;
        if found == events { Ok(()) } else { Err(found) }
    })
    .await;
}

fn segments(folder: &Path) -> usize {
    std::fs::read_dir(folder).map_or(0, Iterator::count)
}

fn folder(fixture: &Fixture) -> PathBuf {
    fixture.test_database.spool()
}

#[tokio::test]
async fn what_is_read_again_after_it_was_written_counts_once() {
    let fixture = Fixture::new().await;
    let folder = folder(&fixture);
    let mut app = fixture.app(Some(TenantId::DEFAULT)).await;
    let key = fixture.insert_key().await;
    let session = ChatSessionId::parse("s").unwrap();
    let owner = Owner::Key(key.id);
    let named = ConversationKey { tenant: key.tenant, workspace: fixture.workspace.id, owner, session: &session };
    let conversation = fixture.database.conversations().open(&named, None, &fixture.ambient).await.unwrap();
    let found = fixture.database.api_keys().find(&key.public_id).await.unwrap().unwrap();
    let taken = fixture.database.quotas().take(&found, fixture.workspace.id, 10, None).await.unwrap().unwrap();

    let life = Life::begin(&fixture, &folder);
    life.recorder.record(event(&fixture, &key));
    counted(&mut app, 1).await;
    let used = TokenUsage { prompt: 400, completion: 30, estimated: false };
    life.recorder.record_message(key.tenant, conversation.id, fixture.ambient.now());
    life.recorder.record_settlement(taken.reservation.settled(true, Some(used)));
    life.recorder.record(event(&fixture, &key));
    counted(&mut app, 2).await;
    life.kill().await;
    assert_eq!(segments(&folder), 1, "killed before it was removed");

    // Another process reads all of it again, before what it records itself.
    let life = Life::begin(&fixture, &folder);
    life.recorder.record(event(&fixture, &key));
    counted(&mut app, 3).await;
    assert_eq!(number(&mut app, "SELECT count(*) FROM vestibule.usage_pending").await, 3, "the sums");
    assert_eq!(number(&mut app, "SELECT message_count::bigint FROM vestibule.conversations").await, 1);
    assert_eq!(number(&mut app, "SELECT tokens FROM vestibule.quota_days").await, 430);
    assert_eq!(number(&mut app, "SELECT messages FROM vestibule.quota_days").await, 1);
    life.writer.close();
    within(async {
        while segments(&folder) > 0 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    eventually(async || {
        let marks = number(&mut app, "SELECT count(*) FROM vestibule.usage_marks").await;
        if marks == 0 { Ok(()) } else { Err(marks) }
    })
    .await;
    assert_eq!(life.recorder.dropped(), 0);
}

#[tokio::test]
async fn a_torn_record_is_passed_over_and_counted() {
    let fixture = Fixture::new().await;
    let folder = folder(&fixture);
    let mut app = fixture.app(Some(TenantId::DEFAULT)).await;
    let key = fixture.insert_key().await;
    {
        // Killed before anything is written: nobody runs the writer.
        let config = settings(&folder);
        let spool = Spool::new(&config, &["key".to_owned()], fixture.ambient.clone());
        let writer = UsageWriter::new(fixture.database.clone(), &config, spool, fixture.ambient.clone());
        for _ in 0..3 {
            writer.recorder().record(event(&fixture, &key));
        }
    }
    let file = std::fs::read_dir(&folder).unwrap().next().unwrap().unwrap().path();
    let whole = std::fs::read(&file).unwrap();
    std::fs::write(&file, &whole[..whole.len() - 7]).unwrap();
    let life = Life::begin(&fixture, &folder);
    counted(&mut app, 2).await;
    eventually(async || if life.recorder.state().damaged == 1 { Ok(()) } else { Err(life.recorder.state()) }).await;
    life.kill().await;
}

#[tokio::test]
async fn a_record_at_fault_does_not_take_others_of_its_segment_with_it() {
    let fixture = Fixture::new().await;
    let mut app = fixture.app(Some(TenantId::DEFAULT)).await;
    let key = fixture.insert_key().await;
    let life = Life::begin(&fixture, &folder(&fixture));
    life.recorder.record(event(&fixture, &key));
    life.recorder.record(UsageEvent { visitor: Some("\0".to_owned()), ..event(&fixture, &key) });
    life.recorder.record(event(&fixture, &key));
    counted(&mut app, 2).await;
    assert_eq!(life.recorder.dropped(), 1);
    life.kill().await;
}
