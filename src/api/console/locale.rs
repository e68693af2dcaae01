//! How numbers, times and dates are written: in the reader's language and, where a page is of one workspace, in its
//! time zone.

use crate::domain::workspace::timezone::Zone;
use crate::rejection::ShopperLanguage;
use chrono::{DateTime, TimeDelta, Utc};
use jiff::Timestamp;
use maud::{Markup, html};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    English,
    German,
}

impl Language {
    pub(super) fn of(language: ShopperLanguage) -> Self {
        if language == ShopperLanguage::German { Self::German } else { Self::English }
    }

    /// Its BCP 47 tag.
    pub(crate) const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
        }
    }

    const fn months(self) -> [&'static str; 12] {
        match self {
            Self::English => ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"],
            Self::German => {
                ["Jan.", "Feb.", "März", "Apr.", "Mai", "Juni", "Juli", "Aug.", "Sep.", "Okt.", "Nov.", "Dez."]
            }
        }
    }
}

/// Language and time zone of a page.
#[derive(Debug, Clone)]
pub(crate) struct Locale {
    pub(crate) language: Language,
    pub(crate) zone: Zone,
}

impl Locale {
    /// A whole number, in groups of three.
    pub(crate) fn number(&self, number: u64) -> String {
        let separator = match self.language {
            Language::English => ',',
            Language::German => '.',
        };
        let digits = number.to_string();
        let mut grouped = String::with_capacity(digits.len() * 4 / 3);
        for (at, digit) in digits.chars().enumerate() {
            if at > 0 && (digits.len() - at).is_multiple_of(3) {
                grouped.push(separator);
            }
            grouped.push(digit);
        }
        grouped
    }

    /// A number with so many digits after the point.
    pub(crate) fn decimal(&self, number: f64, digits: usize) -> String {
        let text = format!("{:.digits$}", number.abs());
        let (whole, rest) = text.split_once('.').unwrap_or((&text, ""));
        let sign = if number < 0.0 { "−" } else { "" };
        let whole = whole.parse().map_or_else(|_| whole.to_owned(), |whole| self.number(whole));
        let point = match self.language {
            Language::English => '.',
            Language::German => ',',
        };
        if rest.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}{point}{rest}") }
    }

    /// How much of the whole it is; a dash of nothing.
    #[expect(clippy::cast_precision_loss, reason = "a share in whole percent")]
    pub(crate) fn percent(&self, part: u64, whole: u64) -> String {
        if whole == 0 {
            return "–".into();
        }
        let percent = self.decimal(part as f64 * 100.0 / whole as f64, 0);
        match self.language {
            Language::English => format!("{percent}%"),
            Language::German => format!("{percent}\u{a0}%"),
        }
    }

    /// A time that something takes, from milliseconds.
    pub(crate) fn millis(&self, millis: f64) -> String {
        if millis < 1000.0 {
            format!("{}\u{a0}ms", self.decimal(millis, 0))
        } else {
            format!("{}\u{a0}s", self.decimal(millis / 1000.0, 1))
        }
    }

    /// Day and time.
    pub(crate) fn time(&self, at: DateTime<Utc>) -> Markup {
        let text = self
            .civil(at)
            .map_or_else(String::new, |at| format!("{}, {:02}:{:02}", self.day_of(at.date()), at.hour(), at.minute()));
        self.element(at, &text)
    }

    /// The day.
    pub(crate) fn date(&self, at: DateTime<Utc>) -> Markup {
        self.element(at, &self.day(at))
    }

    /// The day, as text.
    pub(crate) fn day(&self, at: DateTime<Utc>) -> String {
        self.civil(at).map_or_else(String::new, |at| self.day_of(at.date()))
    }

    /// The hour, as text.
    pub(crate) fn hour(&self, at: DateTime<Utc>) -> String {
        self.civil(at).map_or_else(String::new, |at| format!("{:02}:{:02}", at.hour(), at.minute()))
    }

    /// How long ago, roughly; the moment itself is told by a pointer that rests on it.
    pub(crate) fn ago(&self, at: DateTime<Utc>, now: DateTime<Utc>) -> Markup {
        let text = self.span(now - at);
        let text = match self.language {
            Language::English => format!("{text} ago"),
            Language::German => format!("vor {text}"),
        };
        self.element(at, if now - at < TimeDelta::minutes(1) { self.just_now() } else { &text })
    }

    /// How long it is until then, roughly.
    pub(crate) fn until(&self, at: DateTime<Utc>, now: DateTime<Utc>) -> Markup {
        let text = self.span(at - now);
        self.element(at, &format!("in {text}"))
    }

    const fn just_now(&self) -> &'static str {
        match self.language {
            Language::English => "just now",
            Language::German => "gerade eben",
        }
    }

    fn span(&self, span: TimeDelta) -> String {
        let minutes = span.num_minutes().max(0);
        // In German after "vor" and "in", which both take the dative.
        let (count, [one, many]) = match (minutes, self.language) {
            (0..60, Language::English) => (minutes, ["minute", "minutes"]),
            (0..60, Language::German) => (minutes, ["Minute", "Minuten"]),
            (60..2880, Language::English) => (minutes / 60, ["hour", "hours"]),
            (60..2880, Language::German) => (minutes / 60, ["Stunde", "Stunden"]),
            (_, Language::English) => (minutes / 1440, ["day", "days"]),
            (_, Language::German) => (minutes / 1440, ["Tag", "Tagen"]),
        };
        format!("{} {}", self.number(count.unsigned_abs()), if count == 1 { one } else { many })
    }

    fn element(&self, at: DateTime<Utc>, text: &str) -> Markup {
        let exact = self.civil(at).map_or_else(String::new, |civil| {
            let (date, zone) = (self.day_of(civil.date()), self.zone.as_str());
            format!("{date}, {:02}:{:02}:{:02} {zone}", civil.hour(), civil.minute(), civil.second())
        });
        html! { time datetime=(at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)) title=(exact) { (text) } }
    }

    fn day_of(&self, date: jiff::civil::Date) -> String {
        let months = self.language.months();
        let month = usize::try_from(date.month() - 1).ok().and_then(|month| months.get(month)).unwrap_or(&"");
        match self.language {
            Language::English => format!("{} {month} {}", date.day(), date.year()),
            Language::German => format!("{}. {month} {}", date.day(), date.year()),
        }
    }

    fn civil(&self, at: DateTime<Utc>) -> Option<jiff::civil::DateTime> {
        let at = Timestamp::from_second(at.timestamp()).ok()?;
        Some(self.zone.time_zone().to_datetime(at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn locale(language: Language) -> Locale {
        Locale { language, zone: "Europe/Berlin".parse().unwrap() }
    }

    #[test]
    fn numbers_are_written_as_the_language_does() {
        let (en, de) = (locale(Language::English), locale(Language::German));
        assert_eq!([en.number(0), en.number(999), en.number(1_234_567)], ["0", "999", "1,234,567"]);
        assert_eq!((de.number(1000), de.decimal(1234.5, 2)), ("1.000".into(), "1.234,50".into()));
        assert_eq!(
            (en.percent(1, 3), de.percent(1, 3), en.percent(0, 0)),
            ("33%".into(), "33\u{a0}%".into(), "–".into())
        );
        assert_eq!((en.millis(412.7), de.millis(1530.0)), ("413\u{a0}ms".into(), "1,5\u{a0}s".into()));
    }

    #[test]
    fn times_are_those_of_the_zone() {
        let at = "2026-03-01T23:30:00Z".parse().unwrap();
        assert_eq!(locale(Language::English).day(at), "2 Mar 2026");
        assert_eq!(locale(Language::German).day(at), "2. März 2026");
        let text = locale(Language::German).time(at).into_string();
        assert!(text.contains("2. März 2026, 00:30<") && text.contains("datetime=\"2026-03-01T23:30:00Z\""), "{text}");
    }

    #[test]
    fn spans_are_told_roughly() {
        let at: DateTime<Utc> = "2026-03-01T23:30:00Z".parse().unwrap();
        let ago = |language, span| locale(language).ago(at, at + span).into_string();
        assert!(ago(Language::English, TimeDelta::seconds(30)).contains(">just now<"));
        assert!(ago(Language::English, TimeDelta::minutes(1)).contains(">1 minute ago<"));
        assert!(ago(Language::German, TimeDelta::days(3)).contains(">vor 3 Tagen<"));
        assert!(locale(Language::German).until(at + TimeDelta::hours(5), at).into_string().contains(">in 5 Stunden<"));
    }
}
