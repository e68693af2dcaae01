//! When a catalogue is read by itself: a cron expression in a time zone.

use crate::domain::faults::Faults;
use crate::domain::workspace::timezone::Zone;
use chrono::{DateTime, FixedOffset, LocalResult, NaiveDate, NaiveDateTime, Offset, TimeDelta, TimeZone, Utc};
use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};
use serde::Deserialize;
use std::fmt;
use utoipa::ToSchema;

/// Longest expression, in characters.
const LONGEST: usize = 100;
/// Between two readings of a catalogue lie so many minutes at least: a run takes a feed and AnythingLLM's embedder.
const LEAST_MINUTES: i64 = 15;

/// When a catalogue is read by itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = StoreSchedule)]
pub struct ScheduleInput {
    /// Minute, hour, day of month, month, day of week; due every 15 minutes at most.
    #[schema(example = "30 4 * * *")]
    pub cron: String,
    /// IANA name of the time zone; UTC when absent.
    #[schema(example = "Europe/Berlin")]
    pub timezone: Option<String>,
}

#[derive(Clone)]
pub struct Schedule {
    cron: Cron,
    text: String,
    zone: Zone,
}

impl Schedule {
    /// Takes what somebody wrote.
    ///
    /// # Errors
    /// Faults of `cron` and `timezone`.
    pub fn check(input: &ScheduleInput) -> Result<Self, Faults> {
        let mut faults = Faults::default();
        let text = input.cron.split_ascii_whitespace().collect::<Vec<_>>().join(" ");
        let cron = parse_cron(&text);
        if cron.is_none() {
            faults.push(
                "cron",
                "format",
                "must be five fields: minute, hour, day of month, month, day of week, such as `30 4 * * *`",
            );
        }
        let zone = input.timezone.as_deref().map_or(Some(Zone::utc()), |name| name.parse().ok());
        if zone.is_none() {
            faults.push("timezone", "format", "must be the name of a time zone, such as `Europe/Berlin`");
        }
        match (cron, zone) {
            (Some(cron), Some(zone)) => Ok(Self { cron, text, zone }),
            _ => Err(faults),
        }
    }

    /// As [`Self::check`], for a schedule that somebody wants from now on: not more often than every 15
    /// minutes. One that was stored before there was such a rule goes on.
    ///
    /// # Errors
    /// Faults of `cron` and `timezone`.
    pub fn wanted(input: &ScheduleInput) -> Result<Self, Faults> {
        let schedule = Self::check(input)?;
        if schedule.is_too_frequent() {
            let mut faults = Faults::default();
            let message = "must not be due more often than every 15 minutes, such as `*/15 * * * *`";
            faults.push("cron", "out_of_range", message);
            return Err(faults);
        }
        Ok(schedule)
    }

    /// Whether two moments that it names lie too close together. Minutes and hours are the same on every day that it
    /// names, so its first day and the beginning of the next show it; they are looked at in UTC, which has no gaps.
    fn is_too_frequent(&self) -> bool {
        let least = TimeDelta::minutes(LEAST_MINUTES);
        let next = |after: &DateTime<Utc>| self.cron.find_next_occurrence(after, false).ok();
        let Some(first) = next(&DateTime::UNIX_EPOCH) else { return false };
        let mut before = first;
        while before - first <= TimeDelta::days(1) {
            match next(&before) {
                Some(after) if after - before < least => return true,
                Some(after) => before = after,
                None => return false,
            }
        }
        false
    }

    /// The expression, its fields separated by one space each.
    pub fn cron(&self) -> &str {
        &self.text
    }

    /// The IANA name of the time zone it is meant in.
    pub fn timezone(&self) -> &str {
        self.zone.as_str()
    }

    /// The first moment after `after` that it names. A local time that a change to summer time skips is taken as soon
    /// as it is over; one that comes twice is taken once.
    pub fn next_after(&self, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let local = after.with_timezone(&InZone(self.zone.time_zone().clone()));
        self.cron.find_next_occurrence(&local, false).ok().map(|next| next.with_timezone(&Utc))
    }
}

impl PartialEq for Schedule {
    fn eq(&self, other: &Self) -> bool {
        (&self.text, &self.zone) == (&other.text, &other.zone)
    }
}

impl Eq for Schedule {}

impl fmt::Debug for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Schedule({} {})", self.text, self.zone)
    }
}

fn parse_cron(text: &str) -> Option<Cron> {
    if text.len() > LONGEST || text.split(' ').count() != 5 || !text.is_ascii() {
        return None;
    }
    let parser = CronParser::builder().seconds(Seconds::Disallowed).year(Year::Disallowed).build();
    parser.parse(text).ok()
}

/// Shows jiff's time zone to chrono, which is what the cron library calculates with: one time zone database for all.
#[derive(Clone)]
struct InZone(jiff::tz::TimeZone);

/// A difference from UTC that remembers its zone.
#[derive(Clone)]
struct ZoneOffset {
    zone: InZone,
    offset: FixedOffset,
}

impl fmt::Debug for InZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.iana_name().unwrap_or_default())
    }
}

impl fmt::Debug for ZoneOffset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.offset.fmt(f)
    }
}

impl fmt::Display for ZoneOffset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.offset, f)
    }
}

impl Offset for ZoneOffset {
    fn fix(&self) -> FixedOffset {
        self.offset
    }
}

impl InZone {
    fn wrap(&self, offset: jiff::tz::Offset) -> Option<ZoneOffset> {
        let offset = FixedOffset::east_opt(offset.seconds())?;
        Some(ZoneOffset { zone: self.clone(), offset })
    }

    fn utc(&self) -> ZoneOffset {
        ZoneOffset { zone: self.clone(), offset: Utc.fix() }
    }
}

fn to_jiff(local: &NaiveDateTime) -> Option<jiff::civil::DateTime> {
    use chrono::{Datelike as _, Timelike as _};
    let small = |value: u32| i8::try_from(value).ok();
    jiff::civil::DateTime::new(
        i16::try_from(local.year()).ok()?,
        small(local.month())?,
        small(local.day())?,
        small(local.hour())?,
        small(local.minute())?,
        small(local.second())?,
        0,
    )
    .ok()
}

impl TimeZone for InZone {
    type Offset = ZoneOffset;

    fn from_offset(offset: &ZoneOffset) -> Self {
        offset.zone.clone()
    }

    fn offset_from_local_date(&self, local: &NaiveDate) -> LocalResult<ZoneOffset> {
        local.and_hms_opt(0, 0, 0).map_or(LocalResult::None, |local| self.offset_from_local_datetime(&local))
    }

    fn offset_from_local_datetime(&self, local: &NaiveDateTime) -> LocalResult<ZoneOffset> {
        use jiff::tz::AmbiguousOffset as Found;
        let Some(local) = to_jiff(local) else { return LocalResult::None };
        match self.0.to_ambiguous_zoned_datetime(local).offset() {
            Found::Unambiguous { offset } => self.wrap(offset).map_or(LocalResult::None, LocalResult::Single),
            Found::Gap { .. } => LocalResult::None,
            Found::Fold { before, after } => match (self.wrap(before), self.wrap(after)) {
                (Some(earlier), Some(later)) => LocalResult::Ambiguous(earlier, later),
                _ => LocalResult::None,
            },
        }
    }

    fn offset_from_utc_date(&self, utc: &NaiveDate) -> ZoneOffset {
        utc.and_hms_opt(0, 0, 0).map_or_else(|| self.utc(), |utc| self.offset_from_utc_datetime(&utc))
    }

    fn offset_from_utc_datetime(&self, utc: &NaiveDateTime) -> ZoneOffset {
        let moment = jiff::Timestamp::from_second(utc.and_utc().timestamp()).ok();
        // Only moments thousands of years away are none of jiff's.
        moment.and_then(|moment| self.wrap(self.0.to_offset(moment))).unwrap_or_else(|| self.utc())
    }
}
