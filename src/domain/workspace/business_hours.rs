//! When a shop's people are there: weekly hours, and dates on which others apply. What is open at an instant is in
//! `state`. Pure: knows neither the clock nor where hours are kept.

mod input;
mod state;

pub use input::{BusinessHoursInput, ExceptionInput, IntervalInput, WeeklyInput};
pub use state::{HoursReason, HoursState};

use crate::domain::words::words;
use crate::domain::workspace::timezone::Zone;
use jiff::civil::{self, Date};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

words! {
    /// A day of the week; weeks begin on Monday (ISO 8601).
    #[derive(PartialOrd, Ord)]
    Day {
        Monday = "monday",
        Tuesday = "tuesday",
        Wednesday = "wednesday",
        Thursday = "thursday",
        Friday = "friday",
        Saturday = "saturday",
        Sunday = "sunday",
    }
}

impl Day {
    fn of(date: Date) -> Self {
        match date.weekday() {
            civil::Weekday::Monday => Self::Monday,
            civil::Weekday::Tuesday => Self::Tuesday,
            civil::Weekday::Wednesday => Self::Wednesday,
            civil::Weekday::Thursday => Self::Thursday,
            civil::Weekday::Friday => Self::Friday,
            civil::Weekday::Saturday => Self::Saturday,
            civil::Weekday::Sunday => Self::Sunday,
        }
    }
}

/// A time on the wall, to the minute, from `00:00` to `24:00`: the end of a day is not the beginning of the next one
/// when clocks are changed in between.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimeOfDay {
    /// Since midnight, 0 to 1440.
    minutes: u16,
}

impl TimeOfDay {
    /// `24:00`.
    pub const END_OF_DAY: Self = Self { minutes: 24 * 60 };

    /// This time on the wall of `date`; none at the end of time.
    fn on(self, date: Date) -> Option<civil::DateTime> {
        if self == Self::END_OF_DAY {
            return Some(date.tomorrow().ok()?.at(0, 0, 0, 0));
        }
        let (hour, minute) = (i8::try_from(self.minutes / 60).ok()?, i8::try_from(self.minutes % 60).ok()?);
        Some(date.at(hour, minute, 0, 0))
    }
}

/// The text is not a time of day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a time from 00:00 to 24:00, as in 09:30")]
pub struct NotATime;

impl FromStr for TimeOfDay {
    type Err = NotATime;

    fn from_str(text: &str) -> Result<Self, NotATime> {
        let &[h1, h2, b':', m1, m2] = text.as_bytes() else { return Err(NotATime) };
        let digit = |byte: u8| if byte.is_ascii_digit() { Ok(u16::from(byte - b'0')) } else { Err(NotATime) };
        let (hours, minutes) = (digit(h1)? * 10 + digit(h2)?, digit(m1)? * 10 + digit(m2)?);
        let time = Self { minutes: hours * 60 + minutes };
        if minutes > 59 || time > Self::END_OF_DAY { Err(NotATime) } else { Ok(time) }
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.minutes / 60, self.minutes % 60)
    }
}

impl fmt::Debug for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Open from one time of a day to a later one of the same day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interval {
    opens: TimeOfDay,
    closes: TimeOfDay,
}

/// What applies on one date instead of the weekly hours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExceptionalDay {
    /// Why, for people: `Christmas Eve`.
    pub label: Option<String>,
    /// In order and without overlap; none = closed all day.
    pub intervals: Vec<Interval>,
}

/// Hours that were checked: in order, without overlap.
///
/// Without weekly hours every day is open around the clock, except the dates that say otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "BusinessHoursInput", into = "BusinessHoursInput")]
pub struct BusinessHours {
    timezone: Option<Zone>,
    weekly: BTreeMap<Day, Vec<Interval>>,
    exceptions: BTreeMap<Date, ExceptionalDay>,
}

impl BusinessHours {
    pub const MAX_WEEKLY: usize = 100;
    pub const MAX_EXCEPTIONS: usize = 366;
    pub const MAX_INTERVALS: usize = 24;
    /// Longest label of an exception, in characters.
    pub const MAX_LABEL_CHARS: usize = 100;

    /// Their own time zone; none = the workspace's.
    pub const fn timezone(&self) -> Option<&Zone> {
        self.timezone.as_ref()
    }

    /// Whether any hours are configured at all.
    pub fn is_configured(&self) -> bool {
        !self.weekly.is_empty() || !self.exceptions.is_empty()
    }
}

#[cfg(test)]
mod tests;
