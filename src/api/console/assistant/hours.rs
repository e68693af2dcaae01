//! Opening hours: a week as a picture, and as text that is typed.

use crate::api::console::form::Form;
use crate::api::console::parts::{Field, Kind, area, faults_of, field, field_id};
use crate::api::console::texts::Texts;
use crate::domain::faults::Faults;
use crate::domain::workspace::business_hours::{BusinessHoursInput, Day, ExceptionInput, IntervalInput, WeeklyInput};
use maud::{Markup, html};
use serde_json::Value;

const PATH: &str = "support.business_hours";

fn day_word(day: Day, t: &Texts) -> &'static str {
    let h = &t.hours;
    match day {
        Day::Monday => h.monday,
        Day::Tuesday => h.tuesday,
        Day::Wednesday => h.wednesday,
        Day::Thursday => h.thursday,
        Day::Friday => h.friday,
        Day::Saturday => h.saturday,
        Day::Sunday => h.sunday,
    }
}

/// The hours of a content.
pub(super) fn of(content: &Value) -> BusinessHoursInput {
    let hours = content.get("support").and_then(|support| support.get("business_hours"));
    hours.and_then(|hours| serde_json::from_value(hours.clone()).ok()).unwrap_or_default()
}

/// What was typed. What cannot be read is left for the rules to refuse.
pub(super) fn sent(form: &Form) -> Value {
    let weekly = Day::ALL.into_iter().flat_map(|day| {
        intervals(form.text(&format!("hours.{day}")).unwrap_or_default()).into_iter().map(move |span| WeeklyInput {
            day: day.as_str().to_owned(),
            opens: span.opens,
            closes: span.closes,
        })
    });
    let exceptions = form.lines("hours.exceptions").into_iter().map(|line| exception(&line));
    let hours = BusinessHoursInput {
        timezone: form.text("hours.timezone").map(str::to_owned),
        weekly: weekly.collect(),
        exceptions: exceptions.collect(),
    };
    serde_json::to_value(hours).unwrap_or_default()
}

/// A line such as `24.12.2026 9-12 Heiligabend`.
fn exception(line: &str) -> ExceptionInput {
    let (day, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let is_time = |c: char| c.is_ascii_digit() || [':', '.', '-', '–', ',', ' '].contains(&c);
    let end = rest.find(|c| !is_time(c)).unwrap_or(rest.len());
    let (times, label) = rest.split_at(end);
    let label = label.trim();
    ExceptionInput {
        date: date(day),
        label: (!label.is_empty()).then(|| label.to_owned()),
        intervals: intervals(times),
    }
}

fn intervals(text: &str) -> Vec<IntervalInput> {
    let spans = text.split(',').map(str::trim).filter(|span| !span.is_empty());
    let span = |span: &str| {
        let (opens, closes) = span.split_once(['-', '–']).unwrap_or((span, ""));
        IntervalInput { opens: time(opens.trim()), closes: time(closes.trim()) }
    };
    spans.map(span).collect()
}

/// `9`, `9:00`, `9.30` and `09:30` as the rules have them; anything else as it is.
fn time(text: &str) -> String {
    let (hours, minutes) = text.split_once([':', '.']).unwrap_or((text, "00"));
    let is_number = |part: &str, digits: std::ops::RangeInclusive<usize>| {
        digits.contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    if is_number(hours, 1..=2) && is_number(minutes, 2..=2) {
        format!("{hours:0>2}:{minutes}")
    } else {
        text.to_owned()
    }
}

/// `24.12.2026` as the rules have it; anything else as it is.
fn date(text: &str) -> String {
    let parts: Vec<_> = text.split('.').collect();
    let is_number = |part: &str, most| (1..=most).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
    match parts[..] {
        [day, month, year] if is_number(day, 2) && is_number(month, 2) && year.len() == 4 && is_number(year, 4) => {
            format!("{year}-{month:0>2}-{day:0>2}")
        }
        _ => text.to_owned(),
    }
}

fn text_of(intervals: impl Iterator<Item = (String, String)>) -> String {
    // What had no end is shown as it was typed.
    let span = |(opens, closes): (String, String)| if closes.is_empty() { opens } else { format!("{opens}-{closes}") };
    intervals.map(span).collect::<Vec<_>>().join(", ")
}

/// The faults with those of hours at the fields that they were typed in: the rules name places of a list.
pub(super) fn at_their_fields(faults: &Faults, content: &Value) -> Faults {
    let hours = of(content);
    let field = |rest: &str| -> Option<String> {
        let (list, place) = rest.trim_start_matches('.').split_once('[').unwrap_or((rest.trim_start_matches('.'), ""));
        let index = || place.split(']').next()?.parse::<usize>().ok();
        match list {
            "weekly" => Some(format!("hours.{}", hours.weekly.get(index()?)?.day)),
            "exceptions" => Some(index().map_or("hours.exceptions".into(), |at| format!("hours.exceptions[{at}]"))),
            "timezone" => Some("hours.timezone".into()),
            _ => None,
        }
    };
    faults.renamed(|path| path.strip_prefix(PATH).and_then(field))
}

fn on(hours: &BusinessHoursInput, day: Day) -> impl Iterator<Item = (String, String)> {
    let own = hours.weekly.iter().filter(move |entry| entry.day == day.as_str());
    own.map(|entry| (entry.opens.clone(), entry.closes.clone()))
}

/// The fields, with the picture of what is typed in them.
pub(super) fn fields(hours: &BusinessHoursInput, faults: &Faults, t: &Texts) -> Markup {
    let exceptions = hours.exceptions.iter().map(|day| {
        let times = text_of(day.intervals.iter().map(|span| (span.opens.clone(), span.closes.clone())));
        format!("{} {times} {}", day.date, day.label.as_deref().unwrap_or_default()).trim_end().to_owned()
    });
    let exceptions = exceptions.collect::<Vec<_>>().join("\n");
    let zone = hours.timezone.clone().unwrap_or_default();
    html! {
        fieldset id=(field_id(PATH)) {
            legend { (t.hours.title) }
            p.help { (t.hours.help) }
            (picture(hours, t))
            (faults_of(PATH, faults, t))
            div.columns {
                @for day in Day::ALL {
                    @let name = format!("hours.{day}");
                    @let typed = text_of(on(hours, day));
                    (field(Field::optional(&name, day_word(day, t), "", &typed, Kind::Text), faults, t))
                }
            }
            @let (label, help) = (t.hours.exceptions, t.hours.exceptions_help);
            (area(Field::optional("hours.exceptions", label, help, &exceptions, Kind::Text), 4, faults, t))
            (field(Field::optional("hours.timezone", t.hours.zone, t.hours.zone_help, &zone, Kind::Text), faults, t))
        }
    }
}

const LEFT: f64 = 90.0;
const WIDTH: f64 = 570.0;
const ROW: f64 = 18.0;

/// The week: a row for each day, a bar where somebody is there.
fn picture(hours: &BusinessHoursInput, t: &Texts) -> Markup {
    let x = |minutes: f64| LEFT + (WIDTH - LEFT) * minutes / 1440.0;
    let height = ROW * 7.0 + 18.0;
    html! {
        @if !hours.weekly.is_empty() {
            div.wide-picture tabindex="0" role="region" aria-label=(t.hours.picture) {
                svg.chart.week role="img" aria-label=(t.hours.picture) viewBox={ "0 0 " (WIDTH) " " (height) }
                    width=(WIDTH) height=(height) {
                    @for hour in [0.0, 6.0, 12.0, 18.0, 24.0] {
                        line.grid x1=(x(hour * 60.0)) x2=(x(hour * 60.0)) y1="0" y2=(ROW * 7.0) {}
                        @let anchor = if hour > 23.0 { "end" } else { "middle" };
                        text x=(x(hour * 60.0)) y=(height - 4.0) text-anchor=(anchor) { (hour) }
                    }
                    @for (at, day) in (0_u32..).zip(Day::ALL) {
                        text x="0" y=(ROW * f64::from(at) + 13.0) { (day_word(day, t)) }
                        @for (opens, closes) in on(hours, day) {
                            @if let (Some(from), Some(to)) = (minutes(&opens), minutes(&closes)) {
                                @if to > from {
                                    rect.ok x=(x(from)) width=(x(to) - x(from)) y=(ROW * f64::from(at) + 3.0)
                                        height=(ROW - 6.0) rx="2" {
                                        title { (day_word(day, t)) " " (opens) "–" (closes) }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn minutes(text: &str) -> Option<f64> {
    let (hours, minutes) = text.split_once(':')?;
    let (hours, minutes): (u16, u16) = (hours.parse().ok()?, minutes.parse().ok()?);
    (hours <= 24 && minutes < 60).then(|| f64::from(hours) * 60.0 + f64::from(minutes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn again(text: &str) -> String {
        text_of(intervals(text).into_iter().map(|span| (span.opens, span.closes)))
    }

    #[test]
    fn hours_are_read_as_people_write_them() {
        assert_eq!(again("09:00-12:00, 13:00–18:00"), "09:00-12:00, 13:00-18:00");
        assert_eq!(again("9-18"), "09:00-18:00");
        assert_eq!(again("9:00 - 12.30"), "09:00-12:30");
        assert!(intervals(" , ").is_empty());
        assert_eq!(again("closed"), "closed", "it is left for the rules");
        assert_eq!(again("9:5-123"), "9:5-123");
    }

    #[test]
    fn days_are_read_as_people_write_them() {
        let read = exception("24.12.2026 9-12, 13:30-15 Heiligabend");
        assert_eq!((read.date.as_str(), read.label.as_deref()), ("2026-12-24", Some("Heiligabend")));
        assert_eq!(read.intervals.len(), 2);
        assert_eq!(exception("1.5.2027 Tag der Arbeit").date, "2027-05-01");
        assert_eq!(exception("24.12. 10-12").date, "24.12.", "no year, so the rules refuse it");
    }

    #[test]
    fn faults_stand_at_the_day_they_were_typed_at() {
        let content = serde_json::json!({"support": {"business_hours": {"weekly": [
            {"day": "monday", "opens": "09:00", "closes": "12:00"}, {"day": "saturday", "opens": "x", "closes": ""},
        ]}}});
        let mut faults = Faults::new();
        faults.push("support.business_hours.weekly[1].opens", "format", "must be a time");
        faults.push("support.business_hours.weekly[1].closes", "format", "must be a time");
        faults.push("support.business_hours.exceptions[2].date", "format", "must be a date");
        faults.push("name", "required", "must be given");
        let fields: Vec<_> = at_their_fields(&faults, &content).into_vec().into_iter().map(|one| one.field).collect();
        assert_eq!(fields, ["hours.saturday", "hours.exceptions[2]", "name"]);
    }
}
