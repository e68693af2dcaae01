//! The wall clock and the two date formats AnythingLLM answers with.
//!
//! The only module that asks for the time of day. Delays use `tokio::time` instead.

use chrono::{DateTime, SecondsFormat, Utc};

/// A moment as upstream stores it.
pub(crate) type Moment = DateTime<Utc>;

/// The current time.
#[expect(
    clippy::disallowed_methods,
    reason = "the stand-in has no clock to inject, and this is the one place that reads it"
)]
pub(crate) fn now() -> Moment {
    Utc::now()
}

/// `2026-11-23T07:04:53.559Z`, the form of every database column.
pub(crate) fn iso(moment: Moment) -> String {
    moment.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// `11/23/2026, 7:04:54 AM`, the form the document processor writes.
pub(crate) fn locale(moment: Moment) -> String {
    moment.format("%-m/%-d/%Y, %-I:%M:%S %p").to_string()
}
