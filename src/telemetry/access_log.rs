//! The access log: one line a request, written straight into the buffer of lines, because the way through `tracing`
//! costs as much as a tenth of the request.
//!
//! It looks like every other line and obeys `log.level`; what stands in it is its caller's to say.

use crate::telemetry::line_writer::LineWriter;
use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;
use serde_json::Value;
use std::fmt::Write as _;
use tracing::Level;

/// The target of all its lines.
pub(super) const TARGET: &str = "vestibule::access";

/// Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct AccessLog(To);

#[derive(Debug, Clone, Default)]
enum To {
    /// Through `tracing`: lines for people, and whatever a program that embeds the gateway listens with.
    #[default]
    Tracing,
    Json(LineWriter, Levels),
}

/// The levels that are written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Levels {
    pub(super) info: bool,
    pub(super) warn: bool,
    pub(super) error: bool,
}

#[derive(Serialize)]
struct Line<'a, F: Serialize> {
    timestamp: String,
    level: &'a str,
    message: &'a str,
    #[serde(flatten)]
    fields: &'a F,
    target: &'a str,
}

impl AccessLog {
    pub(super) fn json(writer: LineWriter, levels: Levels) -> Self {
        Self(To::Json(writer, levels))
    }

    /// Writes a line about an answer with this status: `info` below 400, `warn` below 500, else `error`.
    ///
    /// `fields` serialises as one flat object.
    pub fn write(&self, now: DateTime<Utc>, status: Option<u16>, message: &str, fields: &impl Serialize) {
        let level = match status {
            Some(500..) => Level::ERROR,
            Some(400..=499) => Level::WARN,
            _ => Level::INFO,
        };
        match &self.0 {
            To::Json(writer, levels) if levels.has(level) => {
                let timestamp = now.to_rfc3339_opts(SecondsFormat::Micros, true);
                let line = Line { timestamp, level: level.as_str(), message, fields, target: TARGET };
                let mut bytes = Vec::with_capacity(640);
                if serde_json::to_writer(&mut bytes, &line).is_ok() {
                    bytes.push(b'\n');
                    writer.push(&bytes);
                }
            }
            To::Json(..) => {}
            To::Tracing => trace(level, message, fields),
        }
    }
}

impl Levels {
    fn has(self, level: Level) -> bool {
        match level {
            Level::ERROR => self.error,
            Level::WARN => self.warn,
            _ => self.info,
        }
    }
}

fn trace(level: Level, message: &str, fields: &impl Serialize) {
    // One macro call a level: tracing fixes the level where the line is written.
    macro_rules! line {
        ($level:expr) => {
            if tracing::enabled!(target: TARGET, $level) {
                tracing::event!(target: TARGET, $level, "{message}{}", told(fields));
            }
        };
    }
    match level {
        Level::ERROR => line!(Level::ERROR),
        Level::WARN => line!(Level::WARN),
        _ => line!(Level::INFO),
    }
}

/// ` name=value` for each field.
fn told(fields: &impl Serialize) -> String {
    let mut text = String::new();
    if let Ok(Value::Object(fields)) = serde_json::to_value(fields) {
        for (name, value) in fields {
            let _ = write!(text, " {name}={value}");
        }
    }
    text
}
