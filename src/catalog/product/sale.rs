//! When a sale price holds: `2025-11-24T00:00+0100/2025-12-01T23:59+0100`, or its two ends by themselves.

use crate::domain::workspace::timezone::Zone;
use chrono::{DateTime, Utc};
use jiff::civil;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

/// Longest text that is looked at, in bytes.
const MAX_TEXT: usize = 100;
/// Ways to cut a period in two that are tried.
const MOST_SPLITS: usize = 16;

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

/// What stands between the two ends of a period; a bar last, because it stands in dates, too.
const BETWEEN: [&str; 10] = [" / ", " - ", " – ", " — ", "--", " to ", " bis ", "–", ", ", "/"];
/// How an end is written that is not set: `0000-00-00` is `MySQL`'s.
const UNSET: [&str; 6] = ["null", "none", "nil", "-", "n/a", "0000-00-00"];
/// Names of differences from UTC that mean one wherever they are written, in hours.
const ZONES: [(&str, &str); 11] = [
    ("UTC", "+00:00"),
    ("GMT", "+00:00"),
    ("WET", "+00:00"),
    ("WEST", "+01:00"),
    ("CET", "+01:00"),
    ("MEZ", "+01:00"),
    ("CEST", "+02:00"),
    ("MESZ", "+02:00"),
    ("EET", "+02:00"),
    ("EEST", "+03:00"),
    ("Z", "+00:00"),
];

impl Period {
    /// Reads `first/last`. None: it cannot be told when that is.
    pub(super) fn read(text: &str, zone: &Zone) -> Option<Self> {
        let text = text.trim();
        if text.len() > 2 * MAX_TEXT {
            return None;
        }
        let splits = BETWEEN.iter().flat_map(|between| {
            text.match_indices(between).filter_map(|(at, _)| Some((text.get(..at)?, text.get(at + between.len()..)?)))
        });
        splits.take(MOST_SPLITS).find_map(|(first, last)| Self::of_ends(Some(first), Some(last), zone))
    }

    /// Reads both ends; neither of them, where somebody has written so. None: it cannot be told when that is.
    pub(super) fn of_ends(first: Option<&str>, last: Option<&str>, zone: &Zone) -> Option<Self> {
        let is_set = |text: &&str| {
            let unset = UNSET.iter().any(|unset| text.eq_ignore_ascii_case(unset)) || text.starts_with("0000-00-00");
            !text.is_empty() && !unset
        };
        let (first, last) = (first.map(str::trim), last.map(str::trim));
        let has_text = first.or(last).is_some_and(|_| [first, last].iter().flatten().any(|text| !text.is_empty()));
        let end = |text: Option<&str>, end: End| match text.filter(is_set) {
            None => Some(None),
            Some(text) => moment(text, end, zone).map(Some),
        };
        let from = end(first, End::First)?;
        let until = match (from, last) {
            // As long as that: `P30D`.
            (Some(from), Some(span)) if span.starts_with('P') => Some(after(from, span, zone)?),
            _ => end(last, End::Last)?,
        };
        let period = Self { from, until };
        let is_ordered = from.zip(until).is_none_or(|(from, until)| from < until);
        (has_text && is_ordered).then_some(period)
    }
}

fn after(from: DateTime<Utc>, span: &str, zone: &Zone) -> Option<DateTime<Utc>> {
    let from = Timestamp::from_second(from.timestamp()).ok()?.to_zoned_datetime(zone.time_zone().clone());
    let until = from.checked_add(span.parse::<Span>().ok()?).ok()?;
    DateTime::from_timestamp(until.timestamp().as_second(), 0)
}

fn moment(text: &str, end: End, zone: &Zone) -> Option<DateTime<Utc>> {
    if text.len() > MAX_TEXT || !text.is_ascii() {
        return None;
    }
    let at = match (text.len(), text.bytes().all(|byte| byte.is_ascii_digit())) {
        // Seconds or milliseconds since 1970.
        (9..=10, true) => Timestamp::from_second(text.parse().ok()?).ok()?,
        (13, true) => Timestamp::from_millisecond(text.parse().ok()?).ok()?,
        _ => match jiff::fmt::rfc2822::parse(text) {
            Ok(zoned) => zoned.timestamp(),
            Err(_) => written(text, end, zone)?,
        },
    };
    DateTime::from_timestamp(at.as_second(), 0)
}

/// A date with or without a time of day and with or without a difference from UTC.
fn written(text: &str, end: End, zone: &Zone) -> Option<Timestamp> {
    let (text, named) = in_brackets(text)?;
    let text = iso(&with_difference(text))?;
    let clock = text.split_once('T').map(|(_, time)| time.split(['Z', '+', '-']).next().unwrap_or_default());
    // The end of a day is the beginning of the next one, however it is written.
    let (text, is_midnight) = match clock {
        Some("24:00" | "24:00:00") => (text.replacen("T24:", "T00:", 1), true),
        _ => (text.clone(), false),
    };
    let after = match (end, clock) {
        _ if is_midnight => Span::new().days(1),
        (End::First, _) => Span::new(),
        (End::Last, None) => Span::new().days(1),
        (End::Last, Some(clock)) if clock.matches(':').count() < 2 && clock.contains(':') => Span::new().minutes(1),
        (End::Last, Some(_)) => Span::new().seconds(1),
    };
    let own = named.unwrap_or_else(|| zone.time_zone().clone());
    if let Ok(at) = text.parse::<Timestamp>() {
        // A day of a moment with a difference from UTC has 24 hours.
        let after = if is_midnight { Span::new().hours(24) } else { after };
        return at.checked_add(after).ok();
    }
    let local = text.parse::<civil::DateTime>().ok()?.checked_add(after).ok()?;
    own.to_ambiguous_timestamp(local).compatible().ok()
}

/// A text and the time zone that stands in brackets behind it: `2026-01-01T00:00[Europe/Berlin]`. None: there is no such
/// zone.
fn in_brackets(text: &str) -> Option<(&str, Option<TimeZone>)> {
    let Some((text, name)) = text.strip_suffix(']').and_then(|text| text.rsplit_once('[')) else {
        return Some((text, None));
    };
    Some((text, Some(TimeZone::get(name).ok()?)))
}

/// `2026-01-01 00:00 CET` as `2026-01-01 00:00+01:00`, and no blank before the difference from UTC.
fn with_difference(text: &str) -> String {
    let text = text.trim().to_ascii_uppercase().replace(" +", "+").replace(" -", "-");
    let is_letter = |c: char| c.is_ascii_alphabetic();
    let name = text.rsplit(|c: char| !is_letter(c)).next().unwrap_or_default();
    let Some((_, difference)) = ZONES.iter().find(|(zone, _)| *zone == name) else { return text };
    format!("{}{difference}", text.strip_suffix(name).unwrap_or_default().trim_end())
}

/// With the date as ISO 8601 has it, and a T before the time: `24.11.2025 08:00` as `2025-11-24T08:00`. None: it may be
/// two days, or none.
fn iso(text: &str) -> Option<String> {
    let (date, time) = text.split_at_checked(text.find(['T', ' ']).unwrap_or(text.len()))?;
    let time = time.trim_start_matches(['T', ' ']);
    let mark = date.chars().find(|c| matches!(c, '.' | '/' | '-'));
    let parts: Vec<&str> = mark.map(|mark| date.split(mark).collect()).unwrap_or_default();
    let is_small = |part: &str| (1..=2).contains(&part.len());
    let date = match (mark, parts.as_slice()) {
        (_, [year, month, day]) if year.len() == 4 && is_small(month) && is_small(day) => {
            format!("{year}-{month:0>2}-{day:0>2}")
        }
        (Some('.'), [day, month, year]) if is_small(day) && is_small(month) && year.len() == 4 => {
            format!("{year}-{month:0>2}-{day:0>2}")
        }
        (Some('.'), [day, month, year]) if is_small(day) && is_small(month) && year.len() == 2 => {
            format!("20{year}-{month:0>2}-{day:0>2}")
        }
        // Days first in Europe, months first in America: only what can be one of them is read.
        (Some('/'), [one, two, year]) if is_small(one) && is_small(two) && year.len() == 4 => {
            let (day, month) = match (one.parse::<u8>().ok()?, two.parse::<u8>().ok()?) {
                (day, month) if day > 12 || day == month => (day, month),
                (month, day) if day > 12 => (day, month),
                _ => return None,
            };
            format!("{year}-{month:02}-{day:02}")
        }
        (Some('/'), _) => return None,
        _ => date.to_owned(),
    };
    Some(if time.is_empty() { date } else { format!("{date}T{time}") })
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
            ("2025/11/24 - 2025/12/01", "2025-11-23T23:00:00", "2025-12-01T23:00:00"),
            ("24/11/2025 - 31/12/2025", "2025-11-23T23:00:00", "2025-12-31T23:00:00"),
            ("11/24/2025 - 12/31/2025", "2025-11-23T23:00:00", "2025-12-31T23:00:00"),
            ("24.11.25/1.12.25", "2025-11-23T23:00:00", "2025-12-01T23:00:00"),
            ("2025-11-24 to 2025-12-1", "2025-11-23T23:00:00", "2025-12-01T23:00:00"),
            ("2025-11-24 bis 2025-12-01", "2025-11-23T23:00:00", "2025-12-01T23:00:00"),
            ("2025-11-24T00:00+0100 – 2025-12-01T23:59+0100", "2025-11-23T23:00:00", "2025-12-01T23:00:00"),
            ("2025-11-24T00:00+01:00--2025-12-01T23:59+01:00", "2025-11-23T23:00:00", "2025-12-01T23:00:00"),
            ("2025-11-24T00:00/2025-12-01T24:00", "2025-11-23T23:00:00", "2025-12-01T23:00:00"),
            ("2025-11-24 00:00 CET / 2025-12-01 23:59 CET", "2025-11-23T23:00:00", "2025-12-01T23:00:00"),
            ("2025-07-01 00:00 UTC/2025-12-01 23:59 GMT", "2025-07-01T00:00:00", "2025-12-02T00:00:00"),
            (
                "2025-11-24T00:00[America/New_York]/2025-12-01T23:59[America/New_York]",
                "2025-11-24T05:00:00",
                "2025-12-02T05:00:00",
            ),
            (
                "Mon, 24 Nov 2025 00:00:00 +0100/Mon, 1 Dec 2025 23:00:00 GMT",
                "2025-11-23T23:00:00",
                "2025-12-01T23:00:00",
            ),
            ("1763938800/1764630000", "2025-11-23T23:00:00", "2025-12-01T23:00:00"),
            ("2025-11-24/P8D", "2025-11-23T23:00:00", "2025-12-01T23:00:00"),
            ("2025-11-24T00:00:00/0000-00-00 00:00:00", "2025-11-23T23:00:00", ""),
            ("0000-00-00/0000-00-00", "", ""),
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
            "01/02/2025 - 03/04/2025",
            "2025-11-24T00:00[Mars/Olympus]/2025-12-01T23:59[Mars/Olympus]",
            "2025-12-01/P-8D",
            "2025-11-24 00:00 IST/2025-12-01 23:59 IST",
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
