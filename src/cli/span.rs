//! Spans of time as people write them: `90d`, `12h`, `30m`, `2w`.

use chrono::TimeDelta;
use std::str::FromStr;

/// A span of time, at least a minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span(pub(super) TimeDelta);

/// The text is no span of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected a number and a unit (m, h, d or w), such as 90d, and at most 10 years")]
pub(super) struct BadSpan;

impl FromStr for Span {
    type Err = BadSpan;

    fn from_str(text: &str) -> Result<Self, BadSpan> {
        let minutes = |unit| match unit {
            'm' => Some(1),
            'h' => Some(60),
            'd' => Some(24 * 60),
            'w' => Some(7 * 24 * 60),
            _ => None,
        };
        let unit = text.chars().last().ok_or(BadSpan)?;
        let number: i64 = text.strip_suffix(unit).and_then(|n| n.parse().ok()).ok_or(BadSpan)?;
        let span = minutes(unit).and_then(|m| number.checked_mul(m)).and_then(TimeDelta::try_minutes).ok_or(BadSpan)?;
        let longest = TimeDelta::try_days(3653).ok_or(BadSpan)?;
        if number < 1 || span > longest { Err(BadSpan) } else { Ok(Self(span)) }
    }
}

#[cfg(test)]
mod tests {
    use super::{BadSpan, Span};

    #[test]
    fn spans_have_a_number_and_a_unit() {
        for (text, minutes) in [("1m", 1), ("12h", 720), ("90d", 129_600), ("2w", 20_160)] {
            assert_eq!(text.parse::<Span>().unwrap().0.num_minutes(), minutes);
        }
        for text in
            ["", "d", "90", "0d", "-1d", "1y", "99999999999999999999d", "9223372036854775807w", "4000d", "1.5h", "5ä"]
        {
            assert_eq!(text.parse::<Span>(), Err(BadSpan), "{text}");
        }
    }
}
