//! Events of answers that broke off, which are written with an estimate and corrected later: whatever comes first, and
//! however often, the event, its sums and its quota are right, and each correction counts once.

use super::fixture::{Fixture, Writing, within};
use chrono::{DateTime, Utc};
use std::time::Duration;
use uuid::Uuid;
use vestibule::config;
use vestibule::domain::ids::{EventId, KeyId, RequestId, TenantId};
use vestibule::domain::quota::{Reservation, Settlement};
use vestibule::domain::usage::rollup::{Dimension, Granularity, LevelKind, Measures};
use vestibule::domain::usage::unfinished::{Charged, Correction};
use vestibule::domain::usage::{TokenUsage, UsageEvent};
use vestibule::storage::{Division, RollupQuery, UsageRecorder, UsageWriter};

const AT: &str = "2026-03-29T10:30:00Z";
const ESTIMATE: TokenUsage = TokenUsage { prompt: 1_000, completion: 3, estimated: true };
const REAL: TokenUsage = TokenUsage { prompt: 210, completion: 20, estimated: false };
const LESS_REAL: TokenUsage = TokenUsage { prompt: 1, completion: 1, estimated: false };
const RESERVED: u64 = 900;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Event,
    Settlement,
    Correction,
    /// Found out a second time, by somebody else.
    CorrectionAgain,
    AddUp,
}

/// A chat that broke off, with a key of its own.
struct Broken<'a> {
    fixture: &'a Fixture,
    id: EventId,
    at: DateTime<Utc>,
    reservation: Reservation,
}

impl<'a> Broken<'a> {
    async fn begin(fixture: &'a Fixture) -> Self {
        let key = fixture.insert_key().await;
        let at: DateTime<Utc> = AT.parse().unwrap();
        let reservation = Reservation { tenant: key.tenant, key: key.id, day: at.date_naive(), tokens: RESERVED };
        let mut owner = fixture.owner(Some(TenantId::DEFAULT)).await;
        sqlx::query(
            "INSERT INTO vestibule.quota_days (tenant_id, api_key_id, day, messages, tokens, reserved)
             VALUES ($1, $2, $3, 1, $4, $4)",
        )
        .bind(key.tenant.0)
        .bind(key.id.0)
        .bind(reservation.day)
        .bind(i64::try_from(RESERVED).unwrap())
        .execute(&mut owner)
        .await
        .unwrap();
        Self { fixture, id: EventId::new(&fixture.ambient), at, reservation }
    }

    fn event(&self) -> UsageEvent {
        UsageEvent {
            id: self.id,
            at: self.at,
            tenant: TenantId::DEFAULT,
            request_id: RequestId::accept(None, &self.fixture.ambient),
            workspace: Some(self.fixture.workspace.id),
            key: Some(self.reservation.key),
            user: None,
            visitor: None,
            origin: Some("https://shop.example".to_owned()),
            cache: None,
            route: "chat.create".into(),
            outcome: "client_left".into(),
            http_status: 200,
            tokens: Some(ESTIMATE),
            unfinished: true,
            model: Some("small".to_owned()),
            first_byte: None,
            total: Duration::from_millis(12),
            gateway: Duration::from_micros(34),
            bytes_out: 56,
        }
    }

    fn settlement(&self) -> Settlement {
        self.reservation.settled(true, Some(ESTIMATE))
    }

    fn correction(&self, tokens: TokenUsage) -> Correction {
        let Reservation { key, day, .. } = self.reservation;
        let charged = Some(Charged { key, day, tokens: self.settlement().tokens });
        Correction { event: self.id, at: self.at, tenant: TenantId::DEFAULT, tokens, charged }
    }

    fn record(&self, recorder: &UsageRecorder, step: Step) {
        match step {
            Step::Event => recorder.record(self.event()),
            Step::Settlement => recorder.record_settlement(self.settlement()),
            Step::Correction => recorder.record_correction(self.correction(REAL)),
            // What comes second is not believed, whatever it says.
            Step::CorrectionAgain => recorder.record_correction(self.correction(LESS_REAL)),
            Step::AddUp => {}
        }
    }

    /// Tokens of its event, and whether they are estimated.
    async fn said(&self) -> Option<(i32, i32, bool)> {
        let mut app = self.fixture.app(Some(TenantId::DEFAULT)).await;
        sqlx::query_as(
            "SELECT prompt_tokens, completion_tokens, tokens_estimated FROM vestibule.usage_events WHERE id = $1",
        )
        .bind(self.id.0)
        .fetch_optional(&mut app)
        .await
        .unwrap()
    }

    /// Messages, tokens and reserved tokens of its quota.
    async fn charged(&self) -> (i64, i64, i64) {
        let mut app = self.fixture.app(Some(TenantId::DEFAULT)).await;
        sqlx::query_as("SELECT messages::bigint, tokens, reserved FROM vestibule.quota_days WHERE api_key_id = $1")
            .bind(self.reservation.key.0)
            .fetch_one(&mut app)
            .await
            .unwrap()
    }

    /// What the sums of its key say, in every combination: requests, tokens, and those that are estimated.
    async fn summed(&self) -> Vec<(u64, u64, u64, u64)> {
        let mut found = Vec::new();
        for (granularity, dimension) in Granularity::ALL
            .into_iter()
            .flat_map(|granularity| Dimension::ALL.map(|dimension| (granularity, dimension)))
        {
            let query = RollupQuery {
                granularity,
                workspace: None,
                key: Some(self.reservation.key),
                from: "2026-03-29T00:00:00Z".parse().unwrap(),
                to: "2026-03-30T00:00:00Z".parse().unwrap(),
                divided: Some(Division { scope: LevelKind::Key, dimension, most: 10 }),
            };
            let read = self.fixture.database.usage_rollups().read(TenantId::DEFAULT, &query).await.unwrap();
            for sums in [&read.whole, &read.parts] {
                let mut sum = Measures::default();
                for (_, measures) in sums {
                    sum.add(measures);
                }
                found.push((sum.requests, sum.prompt_tokens, sum.completion_tokens, sum.tokens_estimated));
            }
        }
        found
    }

    /// Event and sums say the same.
    async fn agrees(&self) {
        let said = self.said().await;
        let expected = said.map_or((0, 0, 0, 0), |(prompt, completion, estimated)| {
            (1, u64::try_from(prompt).unwrap(), u64::try_from(completion).unwrap(), u64::from(estimated))
        });
        for sum in self.summed().await {
            assert_eq!(sum, expected, "{said:?}");
        }
    }
}

fn writer(fixture: &Fixture) -> UsageWriter {
    let config = config::Usage {
        batch: 50,
        flush_millis: 5,
        queue: 1_000,
        spool_dir: std::path::PathBuf::new(),
        spool_bytes: 1 << 20,
        spool_sync_millis: 10,
        rollup_millis: 1000,
        retention_days: 90,
        rollup_retention_days: 400,
    };
    UsageWriter::new(fixture.database.clone(), &config, None, fixture.ambient.clone())
}

/// Writes what is recorded, in one transaction.
async fn write(fixture: &Fixture, record: impl Fn(&UsageRecorder)) {
    let writer = writer(fixture);
    record(&writer.recorder());
    let writing = Writing::start(writer);
    let recorder = writing.recorder();
    within(writing.close()).await;
    assert_eq!(recorder.dropped(), 0);
}

async fn add_up(fixture: &Fixture) {
    fixture.database.usage_rollups().roll_up(TenantId::DEFAULT, 10_000).await.unwrap();
}

fn orders(steps: &[Step]) -> Vec<Vec<Step>> {
    let [first, rest @ ..] = steps else { return vec![Vec::new()] };
    let mut all = Vec::new();
    for order in orders(rest) {
        for at in 0..=order.len() {
            let mut order = order.clone();
            order.insert(at, *first);
            all.push(order);
        }
    }
    all
}

#[tokio::test]
async fn in_whatever_order_they_come_the_figures_stand_and_count_once() {
    let fixture = Fixture::new().await;
    let steps = [Step::Event, Step::Settlement, Step::Correction, Step::AddUp];
    for (n, order) in orders(&steps).into_iter().enumerate() {
        let broken = Broken::begin(&fixture).await;
        // Some of them in one transaction, and the correction again somewhere behind itself.
        let batches = order.chunk_by(|a, b| n % 2 == 0 && *a != Step::AddUp && *b != Step::AddUp);
        for batch in batches {
            if batch == [Step::AddUp] {
                add_up(&fixture).await;
            } else {
                write(&fixture, |recorder| batch.iter().for_each(|step| broken.record(recorder, *step))).await;
            }
            broken.agrees().await;
        }
        write(&fixture, |recorder| broken.record(recorder, Step::CorrectionAgain)).await;
        add_up(&fixture).await;
        write(&fixture, |recorder| broken.record(recorder, Step::CorrectionAgain)).await;
        broken.agrees().await;
        assert_eq!(broken.said().await, Some((210, 20, false)), "{order:?}");
        assert_eq!(broken.charged().await, (1, 230, 0), "{order:?}");
    }
}

#[tokio::test]
async fn an_event_and_its_correction_that_are_written_at_the_same_time_meet() {
    let fixture = Fixture::new().await;
    for round in 0..20 {
        let broken = Broken::begin(&fixture).await;
        let one = write(&fixture, |recorder| broken.record(recorder, Step::Event));
        let other = write(&fixture, |recorder| broken.record(recorder, Step::Correction));
        let third = async {
            if round % 2 == 0 {
                add_up(&fixture).await;
            }
        };
        tokio::join!(one, other, third);
        add_up(&fixture).await;
        assert_eq!(broken.said().await, Some((210, 20, false)), "round {round}");
        broken.agrees().await;
    }
}

#[tokio::test]
async fn without_a_correction_the_estimate_stands_and_no_more_is_charged_than_was_reserved() {
    let fixture = Fixture::new().await;
    let broken = Broken::begin(&fixture).await;
    write(&fixture, |recorder| {
        for step in [Step::Event, Step::Settlement] {
            broken.record(recorder, step);
        }
    })
    .await;
    add_up(&fixture).await;
    assert_eq!(broken.said().await, Some((1_000, 3, true)));
    assert_eq!(broken.charged().await, (1, i64::try_from(RESERVED).unwrap(), 0));
    broken.agrees().await;
}

#[tokio::test]
async fn what_answers_took_is_learned_from_corrections_too_and_they_are_forgotten_with_the_marks() {
    let fixture = Fixture::new().await;
    let broken = Broken::begin(&fixture).await;
    write(&fixture, |recorder| broken.record(recorder, Step::Event)).await;
    write(&fixture, |recorder| broken.record(recorder, Step::Correction)).await;
    let mut app = fixture.app(Some(TenantId::DEFAULT)).await;
    let learned: (i64, i64) =
        sqlx::query_as("SELECT prompt, completion FROM vestibule.answer_tokens").fetch_one(&mut app).await.unwrap();
    assert_eq!(learned, (210, 20));
    // Of an event that is not there nothing follows.
    let stranger = Correction { event: EventId(Uuid::from_u128(9)), charged: None, ..broken.correction(REAL) };
    write(&fixture, |recorder| recorder.record_correction(stranger)).await;
    let charged_elsewhere = Charged { key: KeyId(Uuid::from_u128(9)), day: broken.reservation.day, tokens: 7 };
    let other = Correction { event: EventId(Uuid::from_u128(10)), charged: Some(charged_elsewhere), ..stranger };
    write(&fixture, |recorder| recorder.record_correction(other)).await;
    let rows = "SELECT count(*) FROM vestibule.usage_corrections";
    assert_eq!(sqlx::query_scalar::<_, i64>(rows).fetch_one(&mut app).await.unwrap(), 3);
    let later = fixture.ambient.now() + chrono::TimeDelta::days(1);
    fixture.database.usage_marks().delete_before(TenantId::DEFAULT, later).await.unwrap();
    assert_eq!(sqlx::query_scalar::<_, i64>(rows).fetch_one(&mut app).await.unwrap(), 0);
}
