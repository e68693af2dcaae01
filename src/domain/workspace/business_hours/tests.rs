use super::*;
use chrono::{DateTime, TimeDelta, Utc};
use jiff::civil::DateTime as Wall;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use proptest::prelude::*;
use serde_json::json;

fn hours(value: impl Into<serde_json::Value>) -> BusinessHours {
    serde_json::from_value(value.into()).expect("business hours")
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().expect(text)
}

fn zone(name: &str) -> Zone {
    name.parse().expect(name)
}

fn shop() -> BusinessHours {
    hours(json!({
        "timezone": "Europe/Berlin",
        "weekly": [
            {"day": "monday", "opens": "09:00", "closes": "12:30"},
            {"day": "monday", "opens": "14:00", "closes": "18:00"},
            {"day": "friday", "opens": "18:00", "closes": "24:00"},
            {"day": "saturday", "opens": "00:00", "closes": "02:00"},
        ],
        "exceptions": [
            {"date": "2026-12-21", "label": "Stocktaking", "intervals": []},
            {"date": "2026-12-24", "label": "Christmas Eve", "intervals": [{"opens": "09:00", "closes": "12:00"}]},
        ],
    }))
}

#[test]
fn a_shop_opens_and_closes_at_the_times_on_its_wall() {
    use HoursReason::{Exception, Weekly};
    // (now, open, reason, next change)
    for (now, open, reason, change) in [
        ("2026-06-01T06:59:59Z", false, Weekly, "2026-06-01T07:00:00Z"),
        ("2026-06-01T07:00:00Z", true, Weekly, "2026-06-01T10:30:00Z"),
        ("2026-06-01T10:30:00Z", false, Weekly, "2026-06-01T12:00:00Z"),
        ("2026-06-01T16:00:00Z", false, Weekly, "2026-06-05T16:00:00Z"),
        // Friday night until Saturday morning is one period.
        ("2026-06-05T21:59:59Z", true, Weekly, "2026-06-06T00:00:00Z"),
        ("2026-06-05T22:00:00Z", true, Weekly, "2026-06-06T00:00:00Z"),
        ("2026-06-06T00:00:00Z", false, Weekly, "2026-06-08T07:00:00Z"),
        // Winter time.
        ("2026-12-14T07:59:00Z", false, Weekly, "2026-12-14T08:00:00Z"),
        // An exception closes, or opens otherwise, on its date and no other.
        ("2026-12-21T10:00:00Z", false, Exception, "2026-12-24T08:00:00Z"),
        ("2026-12-24T08:00:00Z", true, Exception, "2026-12-24T11:00:00Z"),
        ("2026-12-24T11:00:00Z", false, Exception, "2026-12-25T17:00:00Z"),
    ] {
        let state = shop().state_at(at(now), &Zone::utc());
        assert_eq!((state.open, state.reason, state.changes_at()), (open, reason, Some(at(change))), "{now}");
        assert_eq!(state.opens_at.is_some(), !open, "{now}");
    }
    let eve = shop().state_at(at("2026-12-24T10:00:00Z"), &Zone::utc());
    assert_eq!(eve.label.as_deref(), Some("Christmas Eve"));
}

#[test]
fn without_hours_a_shop_is_always_open() {
    for none in [BusinessHours::default(), hours(json!({})), hours(json!({"timezone": "Asia/Tokyo", "weekly": []}))] {
        let state = none.state_at(at("2026-06-01T03:00:00Z"), &Zone::utc());
        assert_eq!((state.open, state.reason, state.changes_at()), (true, HoursReason::NotConfigured, None));
    }
}

#[test]
fn without_weekly_hours_only_exceptions_close_it() {
    let closed = hours(json!({"exceptions": [{"date": "2026-12-25"}]}));
    let before = closed.state_at(at("2026-12-20T00:00:00Z"), &Zone::utc());
    assert_eq!((before.open, before.closes_at), (true, Some(at("2026-12-25T00:00:00Z"))));
    let on = closed.state_at(at("2026-12-25T00:00:00Z"), &Zone::utc());
    assert_eq!((on.open, on.opens_at), (false, Some(at("2026-12-26T00:00:00Z"))));
    let after = closed.state_at(at("2026-12-26T00:00:00Z"), &Zone::utc());
    assert_eq!((after.open, after.closes_at), (true, None));
}

#[test]
fn hours_without_a_time_zone_take_the_workspaces() {
    let plain = hours(json!({"weekly": [{"day": "monday", "opens": "09:00", "closes": "10:00"}]}));
    let now = at("2026-06-01T00:00:00Z");
    for (name, opens) in [("Asia/Tokyo", "2026-06-01T00:00:00Z"), ("America/New_York", "2026-06-01T13:00:00Z")] {
        let state = plain.state_at(now, &zone(name));
        assert_eq!(state.open, name == "Asia/Tokyo");
        assert_eq!(if state.open { now } else { state.opens_at.expect("an opening") }, at(opens));
    }
}

#[test]
fn changed_clocks_lengthen_and_shorten_hours() {
    let night = |opens: &str, closes: &str| {
        hours(json!({"timezone": "Europe/Berlin", "weekly": [{"day": "sunday", "opens": opens, "closes": closes}]}))
    };
    for (opens, closes, from, until) in [
        // 2026-03-29: 02:00 to 03:00 does not exist.
        ("01:00", "02:30", "2026-03-29T00:00:00Z", "2026-03-29T01:00:00Z"),
        ("02:30", "04:00", "2026-03-29T01:00:00Z", "2026-03-29T02:00:00Z"),
        // 2026-10-25: 02:00 to 03:00 occurs twice.
        ("01:00", "02:30", "2026-10-24T23:00:00Z", "2026-10-25T01:30:00Z"),
        ("02:30", "04:00", "2026-10-25T00:30:00Z", "2026-10-25T03:00:00Z"),
    ] {
        let sunday = night(opens, closes);
        let before = sunday.state_at(at(from) - TimeDelta::hours(5), &Zone::utc());
        assert_eq!(before.opens_at, Some(at(from)), "{opens} to {closes}");
        assert_eq!(sunday.state_at(at(from), &Zone::utc()).closes_at, Some(at(until)), "{opens} to {closes}");
    }
    let within_the_gap = night("02:10", "02:50").state_at(at("2026-03-28T12:00:00Z"), &Zone::utc());
    assert_eq!(within_the_gap.opens_at, Some(at("2026-04-05T00:10:00Z")), "not on the day that lacks them");
}

#[test]
fn every_broken_field_is_named() {
    let input = |value| serde_json::from_value::<BusinessHoursInput>(value).expect("well-formed hours");
    let broken = input(json!({
        "timezone": "Mars/Olympus",
        "weekly": [
            {"day": "Montag", "opens": "9:00", "closes": "25:00"},
            {"day": "monday", "opens": "09:00", "closes": "18:00"},
            {"day": "monday", "opens": "10:00", "closes": "11:00"},
            {"day": "monday", "opens": "17:59", "closes": "20:00"},
            {"day": "tuesday", "opens": "18:00", "closes": "09:00"},
            {"day": "tuesday", "opens": "24:00", "closes": "24:00"},
        ],
        "exceptions": [
            {"date": "2026-02-30"},
            {"date": "2026-12-24", "label": "x".repeat(101)},
            {"date": "2026-12-24", "label": ""},
            {"date": "2026-12-25", "intervals": [{"opens": "08:00", "closes": "8.30"}]},
        ],
    }));
    let faults = BusinessHours::check(&broken).expect_err("broken hours");
    let faults = faults.into_vec();
    let found: Vec<_> = faults.iter().map(|fault| (fault.field.as_str(), fault.code)).collect();
    assert_eq!(
        found,
        [
            ("timezone", "format"),
            ("weekly[0].day", "format"),
            ("weekly[0].opens", "format"),
            ("weekly[0].closes", "format"),
            ("weekly[4].closes", "out_of_range"),
            ("weekly[5].closes", "out_of_range"),
            ("weekly[2].opens", "conflict"),
            ("weekly[3].opens", "conflict"),
            ("exceptions[0].date", "format"),
            ("exceptions[1].label", "too_long"),
            ("exceptions[2].label", "too_short"),
            ("exceptions[2].date", "conflict"),
            ("exceptions[3].intervals[0].closes", "format"),
        ]
    );
    let many = input(json!({"weekly": vec![json!({"day": "monday", "opens": "x", "closes": "y"}); 101]}));
    let faults = BusinessHours::check(&many).expect_err("too many").into_vec();
    assert_eq!(faults.len(), 1, "a list that is too long is not gone through");
    assert_eq!((faults[0].field.as_str(), faults[0].code), ("weekly", "too_long"));
}

#[test]
fn json_that_is_not_hours_is_refused() {
    for value in [
        json!({"weekdays": []}),
        json!({"weekly": [{"day": "monday", "opens": "09:00", "closes": "18:00", "note": "x"}]}),
        json!({"weekly": [{"day": "monday", "opens": "18:00", "closes": "09:00"}]}),
        json!({"exceptions": [{"date": "24.12.2026"}]}),
        json!({"timezone": ""}),
    ] {
        assert!(serde_json::from_value::<BusinessHours>(value.clone()).is_err(), "{value}");
    }
    let touching = json!({"weekly": [
        {"day": "monday", "opens": "12:00", "closes": "18:00"}, {"day": "monday", "opens": "09:00", "closes": "12:00"},
    ]});
    let state = hours(touching).state_at(at("2026-06-01T10:00:00Z"), &Zone::utc());
    assert_eq!(state.closes_at, Some(at("2026-06-01T18:00:00Z")), "intervals that touch are one");
}

proptest! {
    #[test]
    fn a_time_is_read_as_it_is_written(text in "[0-9a:+ ]{0,6}|[0-2][0-9]:[0-6][0-9]") {
        if let Ok(time) = text.parse::<TimeOfDay>() {
            prop_assert_eq!(time.to_string(), text);
        }
    }

    #[test]
    fn hours_are_what_they_were_after_json(hours in some_hours(2026), name in "\\PC{0,20}") {
        let text = serde_json::to_string(&hours).expect("JSON");
        prop_assert_eq!(serde_json::from_str::<BusinessHours>(&text).expect("hours"), hours);
        // And no text makes the parsers fail in another way than by refusing it.
        let _ = (name.parse::<TimeOfDay>(), name.parse::<Zone>());
    }
}

/// Zones with clock changes of an hour, of half an hour, at midnight, in Ramadan, of a whole day, and none.
const ZONES: [&str; 10] = [
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Beirut",
    "America/Santiago",
    "America/Havana",
    "Africa/Casablanca",
    "Pacific/Apia",
    "Asia/Kathmandu",
    "UTC",
];

/// A few intervals of one day; most times lie in the small hours, where clocks are changed.
fn some_intervals() -> impl Strategy<Value = Vec<Interval>> {
    let minute = prop_oneof![3 => (0_u16..=20).prop_map(|quarter| quarter * 15), 1 => 0_u16..=1440, 1 => Just(1440)];
    proptest::collection::btree_set(minute, 0..6).prop_map(|minutes| {
        let times: Vec<_> = minutes.into_iter().map(|minutes| TimeOfDay { minutes }).collect();
        times.chunks_exact(2).map(|pair| Interval { opens: pair[0], closes: pair[1] }).collect()
    })
}

/// Hours with exceptions in one year.
fn some_hours(year: i16) -> impl Strategy<Value = BusinessHours> {
    let date = (1_i16..=365).prop_map(move |day| Date::new(year, 1, 1).expect("a date") + i64::from(day - 1).days());
    let exception = some_intervals().prop_map(|intervals| ExceptionalDay { label: None, intervals });
    let weekly = proptest::collection::btree_map(proptest::sample::select(&Day::ALL[..]), some_intervals(), 0..=7);
    (weekly, proptest::collection::btree_map(date, exception, 0..8)).prop_map(|(mut weekly, exceptions)| {
        weekly.retain(|_, intervals| !intervals.is_empty());
        BusinessHours { timezone: None, weekly, exceptions }
    })
}

/// What the definition says, minute by minute: the clock is read at each, and nothing is known of how it is changed.
struct Oracle {
    begins: i64,
    open: Vec<bool>,
}

impl Oracle {
    const DAYS: i64 = 4;

    fn of(hours: &BusinessHours, zone: &TimeZone, around: i64) -> Self {
        let begins = around - around.rem_euclid(60) - Self::DAYS * 86_400;
        let walls: Vec<Wall> = (0..2 * Self::DAYS * 1440)
            .map(|minute| zone.to_datetime(Timestamp::from_second(begins + minute * 60).expect("an instant")))
            .collect();
        let mut open = vec![false; walls.len()];
        let (first, last) = (walls[0].date(), walls[walls.len() - 1].date());
        for date in std::iter::successors(Some(first), |date| date.tomorrow().ok().filter(|next| *next <= last)) {
            for interval in oracle_intervals(hours, date) {
                let (opens, closes) = (wall(date, interval.opens), wall(date, interval.closes));
                let reached = |time: Wall| walls.iter().position(|wall| *wall >= time);
                let from = reached(opens).unwrap_or(walls.len());
                let shown = walls.iter().rposition(|wall| *wall == closes);
                let until = shown.or_else(|| reached(closes)).unwrap_or(walls.len());
                open[from..until.max(from)].fill(true);
            }
        }
        Self { begins, open }
    }

    fn instant(&self, minute: usize) -> DateTime<Utc> {
        let seconds = self.begins + i64::try_from(minute).expect("a small number") * 60;
        DateTime::from_timestamp(seconds, 0).expect("an instant")
    }
}

fn oracle_intervals(hours: &BusinessHours, date: Date) -> Vec<Interval> {
    let all_day = vec![Interval { opens: TimeOfDay { minutes: 0 }, closes: TimeOfDay::END_OF_DAY }];
    match (hours.exceptions.get(&date), hours.weekly.is_empty()) {
        (Some(day), _) => day.intervals.clone(),
        (None, true) => all_day,
        (None, false) => hours.weekly.get(&Day::of(date)).cloned().unwrap_or_default(),
    }
}

fn wall(date: Date, time: TimeOfDay) -> Wall {
    date.at(0, 0, 0, 0) + i64::from(time.minutes).minutes()
}

/// An instant near the `n`th clock change of a zone after 2005, or any where there is none.
fn near_a_change(name: &str, n: usize) -> i64 {
    let zone = TimeZone::get(name).expect(name);
    let start = Timestamp::from_second(1_104_537_600).expect("2005");
    zone.following(start).nth(n).map_or(1_400_000_000, |change| change.timestamp().as_second())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn the_state_is_what_a_minute_by_minute_reading_of_the_clock_gives(
        name in proptest::sample::select(&ZONES[..]),
        change in 0_usize..40,
        hours in some_hours(2026),
        moved in 0_i32..=8,
    ) {
        let around = near_a_change(name, change);
        let zone: Zone = name.parse().expect(name);
        // The exceptions fall on the days around the change.
        let middle = zone.date_at(DateTime::from_timestamp(around, 0).expect("an instant"));
        let mut hours = hours;
        hours.exceptions = (-2 + moved..).zip(hours.exceptions.into_values().take(2))
            .map(|(day, exception)| (middle + day.days(), exception)).collect();
        let oracle = Oracle::of(&hours, &TimeZone::get(name).expect(name), around);
        // Not too near the ends of what the oracle saw.
        let (from, to) = (2 * 1440 + 720, oracle.open.len() - 720);
        let edges = (from..to).filter(|minute| oracle.open[*minute] != oracle.open[minute - 1]);
        let probes: Vec<usize> = edges.flat_map(|edge| [edge - 1, edge]).chain((from..to).step_by(97)).collect();
        for minute in probes {
            let now = oracle.instant(minute);
            let state = hours.state_at(now, &zone);
            let expected = oracle.open[minute];
            prop_assert_eq!(state.open, expected, "{} at {}", name, now);
            let flip = (minute..to).find(|later| oracle.open[*later] != expected);
            if let Some(flip) = flip {
                prop_assert_eq!(state.changes_at(), Some(oracle.instant(flip)), "{} at {}", name, now);
            }
        }
    }

    #[test]
    fn the_state_changes_at_the_announced_instant_and_not_before(
        name in proptest::sample::select(&ZONES[..]),
        hours in some_hours(2027),
        seconds in 0_i64..(400 * 86_400),
    ) {
        let zone: Zone = name.parse().expect(name);
        let now = at("2026-11-01T00:00:00Z") + TimeDelta::seconds(seconds);
        let state = hours.state_at(now, &zone);
        if let Some(change) = state.changes_at() {
            prop_assert!(change > now);
            for instant in [now + (change - now) / 2, change - TimeDelta::seconds(1)] {
                let before = hours.state_at(instant.max(now), &zone);
                prop_assert_eq!((before.open, before.changes_at()), (state.open, Some(change)));
            }
            prop_assert_eq!(hours.state_at(change, &zone).open, !state.open);
        }
    }
}
