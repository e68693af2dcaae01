//! Time zones by their IANA names, from the database compiled into the program: containers without `tzdata` know them
//! too, and every replica knows the same rules. Nothing here asks what time it is.

use chrono::{DateTime, Utc};
use jiff::Timestamp;
use jiff::civil;
use jiff::tz::{AmbiguousOffset, TimeZone, TimeZoneDatabase};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

/// The bundled database. It remembers each zone it has read, so looking one up again is cheap.
static BUNDLED: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

/// Names of the database which are no place's time.
const NOT_A_ZONE: [&str; 3] = ["Factory", "Etc/Unknown", "posixrules"];

/// A time zone of the IANA database, as in `Europe/Berlin`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Zone(TimeZone);

impl Zone {
    pub fn utc() -> Self {
        Self(TimeZone::UTC)
    }

    /// The name as the database spells it.
    pub fn as_str(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }

    /// What jiff calculates with.
    pub fn time_zone(&self) -> &TimeZone {
        &self.0
    }

    /// The date a clock on the wall shows at `instant`.
    pub fn date_at(&self, instant: DateTime<Utc>) -> civil::Date {
        self.0.to_datetime(timestamp(instant)).date()
    }

    /// When a clock on the wall shows `time`: the first such instant when it shows it twice, and the end of the gap
    /// when it skips it.
    pub(crate) fn first(&self, time: civil::DateTime) -> Option<DateTime<Utc>> {
        self.instant(time, Which::First)
    }

    /// Like [`Self::first`], but the second instant when the clock shows `time` twice.
    pub(crate) fn last(&self, time: civil::DateTime) -> Option<DateTime<Utc>> {
        self.instant(time, Which::Last)
    }

    fn instant(&self, time: civil::DateTime, which: Which) -> Option<DateTime<Utc>> {
        let found = self.0.to_ambiguous_timestamp(time);
        let instant = match (found.offset(), which) {
            (AmbiguousOffset::Gap { .. }, _) => {
                // The earlier reading lies before the gap, and the next transition after it is the gap itself.
                let before = found.earlier().ok()?;
                self.0.following(before).next()?.timestamp()
            }
            (_, Which::First) => found.earlier().ok()?,
            (_, Which::Last) => found.later().ok()?,
        };
        DateTime::from_timestamp(instant.as_second(), 0)
    }
}

/// Which of two instants with the same time on the wall.
#[derive(Clone, Copy)]
enum Which {
    First,
    Last,
}

/// The instant, to the second; the ends of time stand for what lies beyond them.
fn timestamp(instant: DateTime<Utc>) -> Timestamp {
    let seconds = instant.timestamp();
    Timestamp::from_second(seconds).unwrap_or(if seconds < 0 { Timestamp::MIN } else { Timestamp::MAX })
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Zone({})", self.as_str())
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text is not the name of a time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be the name of an IANA time zone, such as Europe/Berlin")]
pub struct UnknownZone;

impl FromStr for Zone {
    type Err = UnknownZone;

    /// Names are compared without case and kept as the database spells them.
    fn from_str(name: &str) -> Result<Self, UnknownZone> {
        // Longer than any name there is; the lookup need not see it.
        if name.len() > 64 || NOT_A_ZONE.iter().any(|not| not.eq_ignore_ascii_case(name)) {
            return Err(UnknownZone);
        }
        let zone = BUNDLED.get(name).map_err(|_| UnknownZone)?;
        if zone.iana_name().is_none() { Err(UnknownZone) } else { Ok(Self(zone)) }
    }
}

impl TryFrom<String> for Zone {
    type Error = UnknownZone;

    fn try_from(name: String) -> Result<Self, UnknownZone> {
        name.parse()
    }
}

impl From<Zone> for String {
    fn from(zone: Zone) -> Self {
        zone.as_str().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn zone(name: &str) -> Zone {
        name.parse().unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    fn instant(text: &str) -> DateTime<Utc> {
        text.parse().expect(text)
    }

    #[test]
    fn names_are_those_of_the_bundled_database_in_its_spelling() {
        for (name, spelling) in [
            ("Europe/Berlin", "Europe/Berlin"),
            ("europe/berlin", "Europe/Berlin"),
            ("UTC", "UTC"),
            ("utc", "UTC"),
            ("Etc/GMT+5", "Etc/GMT+5"),
            ("America/Argentina/Buenos_Aires", "America/Argentina/Buenos_Aires"),
        ] {
            assert_eq!(zone(name).as_str(), spelling);
            assert_eq!(serde_json::from_value::<Zone>(name.into()).expect("a zone"), zone(spelling));
        }
        assert_eq!(serde_json::to_value(zone("asia/tokyo")).expect("JSON"), "Asia/Tokyo");
        assert_eq!(Zone::utc(), zone("UTC"));
    }

    #[test]
    fn what_is_no_zone_is_refused() {
        for name in
            ["", "Berlin", "CEST-2", "+02:00", "UTC+2", "Factory", "Etc/Unknown", "Europe/", "../etc/passwd", "Local"]
        {
            assert!(name.parse::<Zone>().is_err(), "{name}");
        }
        assert!("A".repeat(65).parse::<Zone>().is_err());
    }

    #[test]
    fn a_skipped_time_stands_for_the_end_of_the_gap() {
        let berlin = zone("Europe/Berlin");
        for (hour, minute) in [(2, 0), (2, 30), (2, 59), (3, 0)] {
            let wall = date(2026, 3, 29).at(hour, minute, 0, 0);
            assert_eq!(berlin.first(wall), Some(instant("2026-03-29T01:00:00Z")), "{wall}");
            assert_eq!(berlin.last(wall), Some(instant("2026-03-29T01:00:00Z")), "{wall}");
        }
        // Samoa went without the 30th of December 2011.
        let apia = zone("Pacific/Apia");
        assert_eq!(apia.first(date(2011, 12, 30).at(12, 0, 0, 0)), Some(instant("2011-12-30T10:00:00Z")));
    }

    #[test]
    fn a_time_that_occurs_twice_has_a_first_and_a_last_instant() {
        let berlin = zone("Europe/Berlin");
        let wall = date(2026, 10, 25).at(2, 30, 0, 0);
        assert_eq!(berlin.first(wall), Some(instant("2026-10-25T00:30:00Z")));
        assert_eq!(berlin.last(wall), Some(instant("2026-10-25T01:30:00Z")));
        let unique = date(2026, 10, 25).at(3, 0, 0, 0);
        assert_eq!(berlin.first(unique), berlin.last(unique));
    }

    #[test]
    fn the_date_is_that_of_the_place() {
        let now = "2026-07-01T23:30:00Z".parse().expect("an instant");
        assert_eq!(zone("Europe/Berlin").date_at(now), date(2026, 7, 2));
        assert_eq!(zone("America/New_York").date_at(now), date(2026, 7, 1));
    }
}
