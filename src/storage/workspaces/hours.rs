//! Business hours: rows of minutes.

use crate::domain::workspace::SupportSettings;
use crate::domain::workspace::business_hours::{Day, ExceptionInput, IntervalInput, TimeOfDay, WeeklyInput};
use crate::storage::{StorageError, TenantTx};
use chrono::NaiveDate;
use std::collections::HashMap;
use uuid::Uuid;

/// Weekly intervals and exceptions of a workspace.
type Hours = (Vec<WeeklyInput>, Vec<ExceptionInput>);

pub(super) async fn load(tx: &mut TenantTx, ids: &[Uuid]) -> Result<HashMap<Uuid, Hours>, StorageError> {
    let mut hours: HashMap<Uuid, Hours> = HashMap::new();
    let weekly = sqlx::query!(
        r#"
        SELECT workspace_id, day_of_week, opens_minute, closes_minute
        FROM vestibule.business_hours
        WHERE workspace_id = ANY($1)
        ORDER BY workspace_id, day_of_week, opens_minute
        "#,
        ids,
    )
    .fetch_all(tx.connection())
    .await?;
    for row in weekly {
        let day = usize::try_from(row.day_of_week - 1).ok().and_then(|day| Day::ALL.get(day));
        let day = day.ok_or_else(|| StorageError::corrupt("day_of_week", "not a day"))?;
        hours.entry(row.workspace_id).or_default().0.push(WeeklyInput {
            day: day.as_str().to_owned(),
            opens: clock(row.opens_minute),
            closes: clock(row.closes_minute),
        });
    }
    let exceptions = sqlx::query!(
        r#"
        SELECT
          e.workspace_id, e.on_date, e.label, i.opens_minute AS "opens_minute?", i.closes_minute AS "closes_minute?"
        FROM vestibule.business_hours_exceptions e
        LEFT JOIN vestibule.business_hours_exception_intervals i
          ON i.tenant_id = e.tenant_id AND i.workspace_id = e.workspace_id AND i.on_date = e.on_date
        WHERE e.workspace_id = ANY($1)
        ORDER BY e.workspace_id, e.on_date, i.opens_minute
        "#,
        ids,
    )
    .fetch_all(tx.connection())
    .await?;
    for row in exceptions {
        let date = row.on_date.to_string();
        let dates = &mut hours.entry(row.workspace_id).or_default().1;
        if dates.last().is_none_or(|last| last.date != date) {
            dates.push(ExceptionInput { date, label: row.label, intervals: Vec::new() });
        }
        if let (Some(opens), Some(closes), Some(day)) = (row.opens_minute, row.closes_minute, dates.last_mut()) {
            day.intervals.push(IntervalInput { opens: clock(opens), closes: clock(closes) });
        }
    }
    Ok(hours)
}

/// Puts these hours in the place of those there were.
pub(super) async fn replace(
    tx: &mut TenantTx,
    tenant: Uuid,
    workspace: Uuid,
    support: &SupportSettings,
) -> Result<(), StorageError> {
    // Each statement removes rows of one tenant only: row-level security sees to it.
    sqlx::query!("DELETE FROM vestibule.business_hours WHERE workspace_id = $1", workspace)
        .execute(tx.connection())
        .await?;
    sqlx::query!("DELETE FROM vestibule.business_hours_exceptions WHERE workspace_id = $1", workspace)
        .execute(tx.connection())
        .await?;
    let (mut days, mut opens, mut closes) = (Vec::new(), Vec::new(), Vec::new());
    for interval in &support.business_hours.weekly {
        let day = Day::ALL.iter().position(|day| day.as_str() == interval.day);
        let day = day.and_then(|day| i16::try_from(day + 1).ok());
        days.push(day.ok_or_else(|| StorageError::corrupt("day_of_week", "not a day"))?);
        opens.push(minutes(&interval.opens)?);
        closes.push(minutes(&interval.closes)?);
    }
    sqlx::query!(
        r#"
        INSERT INTO vestibule.business_hours (workspace_id, tenant_id, day_of_week, opens_minute, closes_minute)
        SELECT $1, $2, day, opens, closes
        FROM unnest($3::smallint[], $4::smallint[], $5::smallint[]) AS interval (day, opens, closes)
        "#,
        workspace,
        tenant,
        &days,
        &opens,
        &closes,
    )
    .execute(tx.connection())
    .await?;
    replace_exceptions(tx, tenant, workspace, &support.business_hours.exceptions).await
}

async fn replace_exceptions(
    tx: &mut TenantTx,
    tenant: Uuid,
    workspace: Uuid,
    exceptions: &[ExceptionInput],
) -> Result<(), StorageError> {
    let (mut dates, mut labels) = (Vec::new(), Vec::new());
    let (mut on, mut opens, mut closes) = (Vec::new(), Vec::new(), Vec::new());
    for exception in exceptions {
        let date: NaiveDate = exception.date.parse().map_err(|error| StorageError::corrupt("on_date", error))?;
        dates.push(date);
        labels.push(exception.label.clone());
        for interval in &exception.intervals {
            on.push(date);
            opens.push(minutes(&interval.opens)?);
            closes.push(minutes(&interval.closes)?);
        }
    }
    sqlx::query!(
        r#"
        INSERT INTO vestibule.business_hours_exceptions (workspace_id, tenant_id, on_date, label)
        SELECT $1, $2, on_date, label
        FROM unnest($3::date[], $4::text[]) AS exception (on_date, label)
        "#,
        workspace,
        tenant,
        &dates,
        &labels as &[Option<String>],
    )
    .execute(tx.connection())
    .await?;
    sqlx::query!(
        r#"
        INSERT INTO vestibule.business_hours_exception_intervals
          (workspace_id, tenant_id, on_date, opens_minute, closes_minute)
        SELECT $1, $2, on_date, opens, closes
        FROM unnest($3::date[], $4::smallint[], $5::smallint[]) AS interval (on_date, opens, closes)
        "#,
        workspace,
        tenant,
        &on,
        &opens,
        &closes,
    )
    .execute(tx.connection())
    .await?;
    Ok(())
}

fn clock(minute: i16) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

fn minutes(time: &str) -> Result<i16, StorageError> {
    let time: TimeOfDay = time.parse().map_err(|error| StorageError::corrupt("opens_minute", error))?;
    i16::try_from(time.minutes()).map_err(|error| StorageError::corrupt("opens_minute", error))
}
