//! When a sale price holds: `2025-11-24T00:00+0100/2025-12-01T23:59+0100`, or its two ends by themselves.

use crate::domain::workspace::timezone::Zone;
use chrono::{DateTime, Utc};
use jiff::civil;
use jiff::{Span, Timestamp};

/// Longest text that is looked at, in bytes.
const MAX_TEXT: usize = 100;

/// From a moment to just before another; an end that is not there is open.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Period {
    pub(super) from: Option<DateTime<Utc>>,
    pub(super) until: Option<DateTime<Utc>>,
}

/// Which end of a period a date is. The last one counts whole: until the 24th is until the 25th begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    First,
    Last,
}

impl Period {
    /// Reads `first/last`. None: it cannot be told when that is.
    pub(super) fn read(text: &str, zone: &Zone) -> Option<Self> {
        let text = text.trim();
        let (first, last) = if text.contains('/') { text.split_once('/')? } else { text.split_once(" - ")? };
        Self::of_ends(Some(first), Some(last), zone)
    }

    /// Reads both ends. None: it cannot be told when that is.
    pub(super) fn of_ends(first: Option<&str>, last: Option<&str>, zone: &Zone) -> Option<Self> {
        let end = |text: Option<&str>, end: End| match text.map(str::trim).filter(|text| !text.is_empty()) {
            None => Some(None),
            Some(text) => moment(text, end, zone).map(Some),
        };
        let period = Self { from: end(first, End::First)?, until: end(last, End::Last)? };
        let is_some = period.from.is_some() || period.until.is_some();
        let is_ordered = period.from.zip(period.until).is_none_or(|(from, until)| from < until);
        (is_some && is_ordered).then_some(period)
    }
}

fn moment(text: &str, end: End, zone: &Zone) -> Option<DateTime<Utc>> {
    if text.len() > MAX_TEXT || !text.is_ascii() {
        return None;
    }
    let text = iso(text);
    let time = text.split_once(['T', 't', ' ']).map(|(_, time)| time);
    let clock = time.map(|time| time.split(['Z', 'z', '+', '-']).next().unwrap_or_default());
    let after = match (end, clock) {
        (End::First, _) => Span::new(),
        (End::Last, None) => Span::new().days(1),
        (End::Last, Some(clock)) if clock.matches(':').count() < 2 => Span::new().minutes(1),
        (End::Last, Some(_)) => Span::new().seconds(1),
    };
    let at = if let Ok(at) = text.parse::<Timestamp>() {
        at.checked_add(after).ok()?
    } else {
        let local = text.parse::<civil::DateTime>().ok()?.checked_add(after).ok()?;
        zone.time_zone().to_ambiguous_timestamp(local).compatible().ok()?
    };
    DateTime::from_timestamp(at.as_second(), 0)
}

/// `24.11.2025 08:00` as `2025-11-24 08:00`, and no blank before the difference from UTC.
fn iso(text: &str) -> String {
    let text = text.replace(" +", "+").replace(" -", "-").replace(" Z", "Z");
    let (date, time) = text.split_at_checked(text.find(['T', ' ']).unwrap_or(text.len())).unwrap_or((&text, ""));
    let parts: Vec<&str> = date.split('.').collect();
    match parts.as_slice() {
        [day, month, year] if year.len() == 4 => format!("{year}-{month:0>2}-{day:0>2}{time}"),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::{Period, Zone};

    fn read(text: &str) -> Option<(String, String)> {
        let berlin: Zone = "Europe/Berlin".parse().unwrap();
        let period = Period::read(text, &berlin)?;
        let told = |at: Option<chrono::DateTime<chrono::Utc>>| at.map_or_else(String::new, |at| at.to_rfc3339());
        Some((told(period.from).replace("+00:00", ""), told(period.until).replace("+00:00", "")))
    }

    #[test]
    fn periods_are_read_as_shops_write_them() {
        for (text, from, until) in [
            ("2025-11-24T00:00+0100/2025-12-01T23:59+0100", "2025-11-23T23:00:00", "2025-12-01T23:00:00"),
            ("2025-11-24T00:00:00+01:00/2025-12-01T23:59:59+01:00", "2025-11-23T23:00:00", "2025-12-01T23:00:00"),
            ("2025-11-24T00:00:00Z/2025-12-01T00:00:00Z", "2025-11-24T00:00:00", "2025-12-01T00:00:01"),
            // In the time of the store, which is not the same in summer.
            ("2025-07-01T00:00/2025-12-01T12:00", "2025-06-30T22:00:00", "2025-12-01T11:01:00"),
            ("2025-11-24/2025-12-01", "2025-11-23T23:00:00", "2025-12-01T23:00:00"),
            ("24.11.2025/1.12.2025", "2025-11-23T23:00:00", "2025-12-01T23:00:00"),
            ("24.11.2025 08:00 / 01.12.2025 18:00", "2025-11-24T07:00:00", "2025-12-01T17:01:00"),
            ("2025-11-24 00:00:00 +0100 / 2025-12-01 00:00:00 +0100", "2025-11-23T23:00:00", "2025-11-30T23:00:01"),
            ("2025-11-24/", "2025-11-23T23:00:00", ""),
            ("/2025-12-01", "", "2025-12-01T23:00:00"),
        ] {
            assert_eq!(read(text), Some((from.to_owned(), until.to_owned())), "{text}");
        }
    }

    #[test]
    fn what_cannot_be_told_is_no_period() {
        for text in [
            "",
            "/",
            "soon",
            "2025-11-24",
            "2025-13-01/2025-12-01",
            "2025-12-01/2025-11-24",
            "11/24/2025",
            "a/b/c",
            "24. Nov/1. Dez",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
