//! Which usage a page shows: what the visitor has chosen, with the defaults filled in.
//!
//! Sums are kept by hours and days of UTC. Days of another zone are made by adding hours up, where hours are kept and
//! are not too many; else the days are those of UTC, and the page says so.

use crate::api::query::Query;
use crate::api::usage::{Format, GroupBy, Question};
use crate::config;
use crate::domain::usage::rollup::Granularity;
use crate::domain::workspace::timezone::Zone;
use chrono::{DateTime, Datelike as _, NaiveDate, TimeDelta, Utc};
use jiff::civil;
use uuid::Uuid;

/// Of hours at most so many days; fewer in groups, because each hour has a line for each of them.
const MOST_DAYS_OF_HOURS: i64 = 31;
const MOST_DAYS_OF_GROUPED_HOURS: i64 = 7;
const MOST_DAYS: i64 = 400;
/// Up to this much is shown by hour when nobody says otherwise.
const HOURS_BY_DEFAULT: TimeDelta = TimeDelta::hours(48);

/// The spans that are offered, by their word and their days; `own` is from one date to another.
pub(super) const PERIODS: [&str; 5] = ["24h", "7d", "30d", "90d", "own"];

/// What somebody has chosen, as they wrote it, so that the form can show it again.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub(super) period: String,
    pub(super) from: String,
    pub(super) to: String,
    pub(super) by: String,
    pub(super) zone: String,
    pub(super) group: String,
    pub(super) workspace: String,
    pub(super) key: String,
    /// Dates were sent beside a period that they are not of.
    pub(super) left_out_dates: bool,
}

/// The same, understood.
#[derive(Debug, Clone)]
pub(super) struct Span {
    pub(super) zone: Zone,
    pub(super) from: DateTime<Utc>,
    pub(super) to: DateTime<Utc>,
    /// How the chart divides it.
    pub(super) shown_by: Granularity,
    /// The sums that are read.
    pub(super) read_by: Granularity,
    pub(super) group: Option<GroupBy>,
}

/// Why nothing can be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unusable {
    Zone,
    Period,
    /// No date, or none that can be meant.
    Date,
    TooLong,
}

impl Asked {
    pub(super) fn of(query: &mut Query<'_>, usual_zone: &str) -> Self {
        let mut text = |name| query.text(name).unwrap_or_default();
        let or = |text: String, usual: &str| if text.is_empty() { usual.to_owned() } else { text };
        // Dates alone are a period, too; beside another one they would not count, and must not look as if they did.
        let (from, to) = (text("from"), text("to"));
        let has_dates = !from.is_empty() || !to.is_empty();
        let period = or(text("period"), if has_dates { "own" } else { "24h" });
        let left_out_dates = has_dates && period != "own";
        let dates = if left_out_dates { [String::new(), String::new()] } else { [from, to] };
        let [from, to] = dates;
        Self {
            period,
            from,
            to,
            left_out_dates,
            by: text("by"),
            zone: or(text("zone"), usual_zone),
            group: text("group"),
            workspace: text("workspace"),
            key: text("key"),
        }
    }

    /// # Errors
    /// Why it cannot be understood, with the field.
    pub(super) fn span(&self, now: DateTime<Utc>, kept: &config::Usage) -> Result<Span, Unusable> {
        let zone: Zone = self.zone.parse().map_err(|_| Unusable::Zone)?;
        let group = GroupBy::ALL.into_iter().find(|group| group.as_str() == self.group);
        let (from, to) = self.moments(&zone, now)?;
        if to - from > TimeDelta::days(MOST_DAYS) {
            return Err(Unusable::TooLong);
        }
        let shown_by = match self.by.as_str() {
            "hour" => Granularity::Hour,
            "day" => Granularity::Day,
            _ if to - from <= HOURS_BY_DEFAULT => Granularity::Hour,
            _ => Granularity::Day,
        };
        let most = if group.is_some() { MOST_DAYS_OF_GROUPED_HOURS } else { MOST_DAYS_OF_HOURS };
        let are_kept = from >= now - TimeDelta::days(kept.retention_days.into());
        let hours_will_do = are_kept && to - from <= TimeDelta::days(most) + TimeDelta::hours(25);
        let needs_hours = shown_by == Granularity::Hour || zone != Zone::utc();
        let (shown_by, read_by) = match (hours_will_do, needs_hours) {
            (true, true) => (shown_by, Granularity::Hour),
            (false, _) | (true, false) => (Granularity::Day, Granularity::Day),
        };
        Ok(Span { zone, from: read_by.floor(from), to: read_by.ceil(to), shown_by, read_by, group })
    }

    fn moments(&self, zone: &Zone, now: DateTime<Utc>) -> Result<(DateTime<Utc>, DateTime<Utc>), Unusable> {
        let today = zone.date_at(now);
        let days = match self.period.as_str() {
            "7d" => 7,
            "30d" => 30,
            "90d" => 90,
            "own" => {
                let (from, to) = (date(&self.from)?, date(&self.to)?);
                if to < from {
                    return Err(Unusable::Period);
                }
                let end = to.tomorrow().map_err(|_| Unusable::Period)?;
                return Ok((midnight(zone, from)?, midnight(zone, end)?.min(now + TimeDelta::days(1))));
            }
            _ => return Ok((now - TimeDelta::hours(24), now)),
        };
        let first = today.checked_sub(jiff::Span::new().days(days - 1)).map_err(|_| Unusable::Period)?;
        Ok((midnight(zone, first)?, now))
    }

    /// The same question as a query of an address, with other values of some names.
    pub(super) fn address(&self, path: &str) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in [
            ("workspace", &self.workspace),
            ("key", &self.key),
            ("period", &self.period),
            ("from", &self.from),
            ("to", &self.to),
            ("by", &self.by),
            ("zone", &self.zone),
            ("group", &self.group),
        ] {
            if !value.is_empty() {
                query.append_pair(name, value);
            }
        }
        format!("{path}?{}", query.finish())
    }
}

impl Span {
    pub(super) fn question(&self, workspace: Option<Uuid>, key: Option<Uuid>) -> Question {
        Question {
            granularity: self.read_by,
            from: self.from,
            to: self.to,
            group_by: self.group,
            format: Format::Json,
            workspace,
            key,
        }
    }

    /// Whether its days are those of UTC although another zone was asked for.
    pub(super) fn falls_back_to_utc(&self) -> bool {
        self.read_by == Granularity::Day && self.zone != Zone::utc()
    }

    /// The period on the chart that the sum of one that began at `start` belongs to: for days its date, for hours the
    /// moment.
    pub(super) fn place(&self, start: DateTime<Utc>) -> Place {
        match (self.shown_by, self.read_by) {
            (Granularity::Hour, _) => Place::Hour(start),
            (Granularity::Day, Granularity::Hour) => {
                let date = self.zone.date_at(start);
                let days = NaiveDate::from_ymd_opt(date.year().into(), u32_of(date.month()), u32_of(date.day()));
                Place::Day(days.unwrap_or_default())
            }
            (Granularity::Day, Granularity::Day) => Place::Day(start.date_naive()),
        }
    }
}

/// A period on the chart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    Hour(DateTime<Utc>),
    Day(NaiveDate),
}

fn u32_of(number: i8) -> u32 {
    u32::try_from(number).unwrap_or(1)
}

/// As an input of type `date` sends it.
fn date(text: &str) -> Result<civil::Date, Unusable> {
    let date: NaiveDate = text.parse().map_err(|_| Unusable::Date)?;
    if !(2000..2200).contains(&date.year()) {
        return Err(Unusable::Date);
    }
    let small = |number: u32| i8::try_from(number).map_err(|_| Unusable::Period);
    let year = i16::try_from(date.year()).map_err(|_| Unusable::Period)?;
    civil::Date::new(year, small(date.month())?, small(date.day())?).map_err(|_| Unusable::Period)
}

fn midnight(zone: &Zone, date: civil::Date) -> Result<DateTime<Utc>, Unusable> {
    zone.first(date.at(0, 0, 0, 0)).ok_or(Unusable::Period)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(query: &str) -> Asked {
        Asked::of(&mut Query::parse(query), "UTC")
    }

    fn kept() -> config::Usage {
        let mut settings: toml::Table = config::DEFAULT_TOML.parse().unwrap();
        settings.remove("usage").unwrap().try_into().unwrap()
    }

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn without_a_word_the_last_day_is_shown_by_hour() {
        let now = at("2026-11-23T09:30:00Z");
        let span = asked("").span(now, &kept()).unwrap();
        assert_eq!((span.from, span.to), (at("2026-11-22T09:00:00Z"), at("2026-11-23T10:00:00Z")));
        assert_eq!((span.shown_by, span.read_by), (Granularity::Hour, Granularity::Hour));
    }

    #[test]
    fn days_of_a_zone_are_made_of_hours() {
        let now = at("2026-11-23T09:30:00Z");
        let span = asked("period=7d&zone=Europe%2FBerlin").span(now, &kept()).unwrap();
        // Midnight in Berlin.
        assert_eq!(span.from, at("2026-11-16T23:00:00Z"));
        assert_eq!((span.shown_by, span.read_by), (Granularity::Day, Granularity::Hour));
        let date = |text: &str| Place::Day(text.parse().unwrap());
        assert_eq!(span.place(at("2026-11-16T23:00:00Z")), date("2026-11-17"));
        assert_eq!(span.place(at("2026-11-17T22:00:00Z")), date("2026-11-17"));
        assert_eq!(span.place(at("2026-11-17T23:00:00Z")), date("2026-11-18"));
        assert!(!span.falls_back_to_utc());
    }

    #[test]
    fn what_hours_are_too_many_for_is_shown_by_days_of_utc() {
        let now = at("2026-11-23T09:30:00Z");
        for query in ["period=90d&zone=Europe%2FBerlin&by=hour", "period=30d&zone=Europe%2FBerlin&group=key"] {
            let span = asked(query).span(now, &kept()).unwrap();
            assert_eq!((span.shown_by, span.read_by), (Granularity::Day, Granularity::Day), "{query}");
            assert!(span.falls_back_to_utc());
        }
        let ungrouped = asked("period=30d&zone=Europe%2FBerlin").span(now, &kept()).unwrap();
        assert_eq!(ungrouped.read_by, Granularity::Hour);
    }

    #[test]
    fn what_cannot_be_understood_is_said() {
        let now = at("2026-11-23T09:30:00Z");
        let why = |query: &str| asked(query).span(now, &kept()).unwrap_err();
        assert_eq!(why("zone=Mars%2FOlympus"), Unusable::Zone);
        assert_eq!(why("period=own"), Unusable::Date);
        assert_eq!(why("period=own&from=1900-01-01&to=2100-01-01"), Unusable::Date);
        assert_eq!(why("period=own&from=2026-11-02&to=2026-11-01"), Unusable::Period);
        assert_eq!(why("period=own&from=2020-01-01&to=2026-11-01"), Unusable::TooLong);
    }

    #[test]
    fn the_form_is_filled_with_what_was_asked() {
        let asked = asked("workspace=shop&group=key&period=7d&zone=Europe%2FBerlin");
        let again = asked.address("/console/usage");
        assert_eq!(again, "/console/usage?workspace=shop&period=7d&zone=Europe%2FBerlin&group=key");
    }
}
