//! Whether a shop is open at an instant, and until when. Counts in instants, so that hours are right on the days when
//! clocks are changed.

use super::{BusinessHours, Day, ExceptionalDay, Interval, TimeOfDay};
use crate::domain::workspace::timezone::Zone;
use chrono::{DateTime, TimeDelta, Utc};
use jiff::ToSpan as _;
use jiff::civil::Date;
use serde::Serialize;
use utoipa::ToSchema;

/// How far ahead the next change is looked for, in days: a year, and enough to tell a closing from the end of the
/// search.
const HORIZON_DAYS: i32 = 400;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum HoursReason {
    /// No hours are configured: always open.
    NotConfigured,
    Weekly,
    /// Today's date has hours of its own.
    Exception,
}

/// Whether people are there.
// At an instant; it holds until the next change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = WidgetBusinessHours)]
pub struct HoursState {
    /// Now.
    pub open: bool,
    /// `not_configured` (then always open), `weekly` or `exception`.
    #[schema(value_type = String, example = "weekly")]
    pub reason: HoursReason,
    /// Why today is an exception.
    #[schema(example = "Christmas Eve")]
    pub label: Option<String>,
    /// When it opens next; null when it is open, or does not open within a year.
    pub opens_at: Option<DateTime<Utc>>,
    /// When it closes; null when it is closed, or does not close within a year.
    pub closes_at: Option<DateTime<Utc>>,
}

impl HoursState {
    /// The instant at which `open` changes.
    pub fn changes_at(&self) -> Option<DateTime<Utc>> {
        self.opens_at.or(self.closes_at)
    }
}

impl BusinessHours {
    /// The state at `now`, in their own time zone or else in the workspace's.
    ///
    /// A time that the clock skips stands for the end of the gap. Of a time that the clock shows twice, the first
    /// opens and the second closes.
    pub fn state_at(&self, now: DateTime<Utc>, workspace: &Zone) -> HoursState {
        if !self.is_configured() {
            let reason = HoursReason::NotConfigured;
            return HoursState { open: true, reason, label: None, opens_at: None, closes_at: None };
        }
        let zone = self.timezone().unwrap_or(workspace);
        let today = zone.date_at(now);
        let exception = self.exceptions.get(&today);
        let mut state = HoursState {
            open: false,
            reason: if exception.is_some() { HoursReason::Exception } else { HoursReason::Weekly },
            label: exception.and_then(|day| day.label.clone()),
            opens_at: None,
            closes_at: None,
        };
        if let Some(period) = self.period_after(now, today, zone) {
            state.open = period.begins <= now;
            if !state.open {
                state.opens_at = Some(period.begins);
            } else if period.ends < now + TimeDelta::days(i64::from(HORIZON_DAYS) - 2) {
                state.closes_at = Some(period.ends);
            }
        }
        state
    }

    /// The first open period that ends after `now`. Intervals that touch or overlap, across midnight too, are one.
    fn period_after(&self, now: DateTime<Utc>, today: Date, zone: &Zone) -> Option<Period> {
        let mut found: Option<Period> = None;
        // Two days back: where a whole day is repeated, yesterday's hours may still run.
        for day in (-2..=HORIZON_DAYS).filter_map(|days| today.checked_add(days.days()).ok()) {
            for period in self.on(day).iter().filter_map(|interval| Period::of(*interval, day, zone)) {
                match &mut found {
                    Some(open) if period.begins <= open.ends => open.ends = open.ends.max(period.ends),
                    Some(open) if open.ends > now => return found,
                    _ => found = Some(period),
                }
            }
        }
        found.filter(|open| open.ends > now)
    }

    fn on(&self, date: Date) -> &[Interval] {
        const ALL_DAY: [Interval; 1] = [Interval { opens: TimeOfDay { minutes: 0 }, closes: TimeOfDay::END_OF_DAY }];
        match self.exceptions.get(&date) {
            Some(ExceptionalDay { intervals, .. }) => intervals,
            None if self.weekly.is_empty() => &ALL_DAY,
            None => self.weekly.get(&Day::of(date)).map_or(&[], Vec::as_slice),
        }
    }
}

/// Open from one instant to another.
#[derive(Debug, Clone, Copy)]
struct Period {
    begins: DateTime<Utc>,
    ends: DateTime<Utc>,
}

impl Period {
    /// An interval of a date; none when it lies in a gap.
    fn of(interval: Interval, date: Date, zone: &Zone) -> Option<Self> {
        let begins = zone.first(interval.opens.on(date)?)?;
        let ends = zone.last(interval.closes.on(date)?)?;
        (begins < ends).then_some(Self { begins, ends })
    }
}
