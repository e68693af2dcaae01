//! Business hours as they are written in JSON, and the check that makes [`BusinessHours`] of them. It names every
//! broken field, not only the first.

use super::{BusinessHours, Day, ExceptionalDay, Interval, NotATime, TimeOfDay};
use crate::domain::faults::Faults;
use crate::domain::json;
use crate::domain::workspace::timezone::UnknownZone;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// [`BusinessHours`] as JSON has them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct BusinessHoursInput {
    /// An IANA name; none = the workspace's time zone.
    pub timezone: Option<String>,
    /// Intervals of each week, in any order. One past midnight is two: until `24:00`, and from `00:00`.
    #[serde(deserialize_with = "json::objects")]
    pub weekly: Vec<WeeklyInput>,
    /// Dates on which other hours apply.
    #[serde(deserialize_with = "json::objects")]
    pub exceptions: Vec<ExceptionInput>,
}

/// An interval of each week.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WeeklyInput {
    /// The weekday's English name, in lower case.
    pub day: String,
    /// `HH:MM`.
    pub opens: String,
    /// `HH:MM`, at most `24:00`.
    pub closes: String,
}

/// Other hours on one date.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = BusinessHoursExceptionInput)]
pub struct ExceptionInput {
    /// `YYYY-MM-DD`.
    pub date: String,
    /// Why, for people.
    #[serde(default)]
    pub label: Option<String>,
    /// None = closed all day.
    #[serde(default, deserialize_with = "json::objects")]
    #[schema(default = json!([]))]
    pub intervals: Vec<IntervalInput>,
}

/// An interval of a date.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct IntervalInput {
    /// `HH:MM`.
    pub opens: String,
    /// `HH:MM`, at most `24:00`.
    pub closes: String,
}

impl TryFrom<BusinessHoursInput> for BusinessHours {
    type Error = Faults;

    fn try_from(input: BusinessHoursInput) -> Result<Self, Faults> {
        Self::check(&input)
    }
}

impl From<BusinessHours> for BusinessHoursInput {
    fn from(hours: BusinessHours) -> Self {
        let weekly = hours.weekly.into_iter().flat_map(|(day, intervals)| {
            intervals.into_iter().map(move |interval| WeeklyInput {
                day: day.as_str().to_owned(),
                opens: interval.opens.to_string(),
                closes: interval.closes.to_string(),
            })
        });
        let exceptions = hours.exceptions.into_iter().map(|(date, day)| ExceptionInput {
            date: date.to_string(),
            label: day.label,
            intervals: day
                .intervals
                .into_iter()
                .map(|interval| IntervalInput {
                    opens: interval.opens.to_string(),
                    closes: interval.closes.to_string(),
                })
                .collect(),
        });
        Self { timezone: hours.timezone.map(String::from), weekly: weekly.collect(), exceptions: exceptions.collect() }
    }
}

impl BusinessHours {
    /// Checks hours as they were written.
    ///
    /// # Errors
    /// Every field that is wrong, by its path within the hours.
    pub fn check(input: &BusinessHoursInput) -> Result<Self, Faults> {
        let mut found = FoundFaults::default();
        let timezone = input.timezone.as_ref().and_then(|name| {
            name.parse().map_err(|error: UnknownZone| found.0.push("timezone", "format", error.to_string())).ok()
        });
        let weekly = found.weekly(&input.weekly);
        let exceptions = found.exceptions(&input.exceptions);
        found.0.or(Self { timezone, weekly, exceptions })
    }
}

/// What was found wrong so far.
#[derive(Default)]
struct FoundFaults(Faults);

impl FoundFaults {
    /// Whether a list is short enough to be looked at.
    fn bounded(&mut self, field: &str, length: usize, most: usize) -> bool {
        if length > most {
            self.0.push(field, "too_long", format!("must not have more than {most} entries"));
        }
        length <= most
    }

    fn weekly(&mut self, input: &[WeeklyInput]) -> BTreeMap<Day, Vec<Interval>> {
        let mut days: BTreeMap<Day, Vec<(String, Interval)>> = BTreeMap::new();
        if self.bounded("weekly", input.len(), BusinessHours::MAX_WEEKLY) {
            for (index, entry) in input.iter().enumerate() {
                let path = format!("weekly[{index}]");
                let day = entry.day.parse::<Day>().ok();
                if day.is_none() {
                    self.0.push(format!("{path}.day"), "format", "must be a weekday's English name, as in monday");
                }
                let interval = self.interval(&path, &entry.opens, &entry.closes);
                if let (Some(day), Some(interval)) = (day, interval) {
                    days.entry(day).or_default().push((path, interval));
                }
            }
        }
        days.into_iter().map(|(day, intervals)| (day, self.in_order(intervals))).collect()
    }

    fn exceptions(&mut self, input: &[ExceptionInput]) -> BTreeMap<Date, ExceptionalDay> {
        let mut days = BTreeMap::new();
        if !self.bounded("exceptions", input.len(), BusinessHours::MAX_EXCEPTIONS) {
            return days;
        }
        for (index, entry) in input.iter().enumerate() {
            let path = format!("exceptions[{index}]");
            let date = date(&entry.date);
            if date.is_none() {
                let expected = "must be a date from 2000-01-01 to 2199-12-31, as in 2026-12-24";
                self.0.push(format!("{path}.date"), "format", expected);
            }
            if let Some(label) = &entry.label {
                self.0.text(&format!("{path}.label"), label, 1..=BusinessHours::MAX_LABEL_CHARS);
            }
            let field = format!("{path}.intervals");
            let mut intervals = Vec::new();
            if self.bounded(&field, entry.intervals.len(), BusinessHours::MAX_INTERVALS) {
                for (place, interval) in entry.intervals.iter().enumerate() {
                    let path = format!("{field}[{place}]");
                    if let Some(interval) = self.interval(&path, &interval.opens, &interval.closes) {
                        intervals.push((path, interval));
                    }
                }
            }
            let day = ExceptionalDay { label: entry.label.clone(), intervals: self.in_order(intervals) };
            if date.is_some_and(|date| days.insert(date, day).is_some()) {
                self.0.push(format!("{path}.date"), "conflict", "is named twice");
            }
        }
        days
    }

    fn interval(&mut self, path: &str, opens: &str, closes: &str) -> Option<Interval> {
        let mut time = |name: &str, text: &str| {
            text.parse::<TimeOfDay>()
                .map_err(|error: NotATime| self.0.push(format!("{path}.{name}"), "format", error.to_string()))
                .ok()
        };
        let (opens, closes) = (time("opens", opens), time("closes", closes));
        let (opens, closes) = (opens?, closes?);
        if closes <= opens {
            let expected = "must be later than `opens`; hours past midnight are two intervals";
            self.0.push(format!("{path}.closes"), "out_of_range", expected);
            return None;
        }
        Some(Interval { opens, closes })
    }

    /// The intervals of one day by time; those that reach into another are faults, those that touch are not.
    fn in_order(&mut self, mut intervals: Vec<(String, Interval)>) -> Vec<Interval> {
        intervals.sort_by_key(|(_, interval)| interval.opens);
        let mut taken_until = None;
        for (path, interval) in &intervals {
            if taken_until.is_some_and(|until| interval.opens < until) {
                self.0.push(format!("{path}.opens"), "conflict", "lies within another interval of the same day");
            }
            taken_until = taken_until.max(Some(interval.closes));
        }
        intervals.into_iter().map(|(_, interval)| interval).collect()
    }
}

/// Reads `YYYY-MM-DD` and nothing else; jiff's own parser takes much more for a date.
fn date(text: &str) -> Option<Date> {
    let bytes = text.as_bytes();
    let shaped = bytes.len() == 10
        && bytes.iter().enumerate().all(|(place, byte)| match place {
            4 | 7 => *byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    if !shaped {
        return None;
    }
    let year: i16 = text.get(..4)?.parse().ok()?;
    let date = Date::new(year, text.get(5..7)?.parse().ok()?, text.get(8..)?.parse().ok()?).ok()?;
    (2000..2200).contains(&year).then_some(date)
}
