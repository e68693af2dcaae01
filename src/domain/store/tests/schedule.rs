//! When a store is read: by the clock on its wall, in one spelling, not too often.

use super::*;
use proptest::prelude::*;

#[test]
fn a_schedule_keeps_to_the_clock_on_the_wall() {
    let next = |cron: &str, zone: &str, after: &str| {
        let input = ScheduleInput { cron: cron.into(), timezone: Some(zone.into()) };
        let next = Schedule::check(&input).unwrap().next_after(after.parse().unwrap()).unwrap();
        next.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
    };
    // Winter and summer.
    assert_eq!(next("0 4 * * *", "Europe/Berlin", "2026-01-10T12:00:00Z"), "2026-01-11T03:00:00Z");
    assert_eq!(next("0 4 * * *", "Europe/Berlin", "2026-07-10T12:00:00Z"), "2026-07-11T02:00:00Z");
    // 2026-03-29 has no 02:30 in Berlin: as soon as there is a time again.
    assert_eq!(next("30 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z"), "2026-03-29T01:00:00Z");
    // 2026-10-25 has two: once is enough.
    assert_eq!(next("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z"), "2026-10-25T00:30:00Z");
    assert_eq!(next("30 2 * * *", "Europe/Berlin", "2026-10-25T00:30:00Z"), "2026-10-26T01:30:00Z");
    assert_eq!(next("0 12 31 12 *", "UTC", "2026-06-01T00:00:00Z"), "2026-12-31T12:00:00Z");
}

#[test]
fn a_schedule_is_kept_in_one_spelling() {
    let input = ScheduleInput { cron: "  30\t4 *  * 1-5 ".into(), timezone: Some("europe/berlin".into()) };
    let schedule = Schedule::check(&input).unwrap();
    assert_eq!((schedule.cron(), schedule.timezone()), ("30 4 * * 1-5", "Europe/Berlin"));
    assert_eq!(Schedule::check(&ScheduleInput { cron: "0 4 * * *".into(), timezone: None }).unwrap().timezone(), "UTC");
}

#[test]
fn a_schedule_is_due_every_quarter_of_an_hour_at_most() {
    let wanted = |cron: &str| Schedule::wanted(&ScheduleInput { cron: cron.into(), timezone: None });
    for good in
        ["*/15 * * * *", "0 * * * *", "30 4 * * 1", "0,30 9-17 * * 1-5", "0 0 29 2 *", "0 0 31 2 *", "59 23 1 1 *"]
    {
        assert!(wanted(good).is_ok(), "{good}");
    }
    for bad in ["* * * * *", "*/14 * * * *", "0,5 4 * * *", "0,59 * * * *", "59,0 0,23 * * *", "*/10 4 29 2 *"] {
        let faults = wanted(bad).unwrap_err();
        assert!(faults.has("cron") && faults.told()[0].code == "out_of_range", "{bad}: {faults:?}");
        // One from before the rule goes on.
        assert!(Schedule::check(&ScheduleInput { cron: bad.into(), timezone: None }).is_ok(), "{bad}");
    }
}

proptest! {
    #[test]
    fn a_schedule_only_ever_names_the_future(minute in 0_u32..60, hour in 0_u32..24, at in 1_700_000_000_i64..1_900_000_000) {
        let input = ScheduleInput { cron: format!("{minute} {hour} * * *"), timezone: Some("America/New_York".into()) };
        let after = chrono::DateTime::from_timestamp(at, 0).unwrap();
        let next = Schedule::check(&input).unwrap().next_after(after).unwrap();
        prop_assert!(next > after && next - after <= chrono::TimeDelta::hours(25) + chrono::TimeDelta::minutes(1));
    }
}
