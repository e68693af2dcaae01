//! Log lines on standard error, and traces where an OpenTelemetry collector is named.
//!
//! One JSON object a line with flat fields, so that a log store needs no rules to find `request_id`.

use crate::config::{Log, LogFormat, Telemetry};
use crate::telemetry::access_log::{self, AccessLog, Levels};
use crate::telemetry::line_writer::{self, LineGuard, LineWriter};
use crate::telemetry::metrics::TraceExports;
use crate::telemetry::otlp::ExporterError;
use crate::telemetry::repeats::{Once, Repeats};
use crate::telemetry::traces::Traces;
use std::io;
use tokio::task::JoinHandle;
use tracing::subscriber::Interest;
use tracing::{Level, Metadata, Subscriber};
use tracing_subscriber::filter::{FilterExt as _, LevelFilter, ParseError};
use tracing_subscriber::layer::{Context, Filter, SubscriberExt as _};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::{SubscriberInitExt as _, TryInitError};
use tracing_subscriber::{EnvFilter, Layer, fmt};

/// What libraries say that no operator can act on, unless `log.level` names them: each client that leaves in the middle
/// of a request head (pingora calls it an error), each table that a migration finds in its place, each message
/// of an agent with what the client calls itself (rmcp). Requests that fail have a line of ours, with their id.
const QUIET: &str = "pingora_proxy=off,rmcp=off,sqlx=warn";

#[derive(Debug, thiserror::Error)]
pub enum LoggingError {
    /// `log.level`
    #[error("log.level: {0}")]
    Level(#[from] ParseError),
    #[error("the thread that writes log lines cannot be started: {0}")]
    Thread(#[from] io::Error),
    /// `telemetry.otlp_endpoint`
    #[error("telemetry.otlp_endpoint: {0}")]
    Exporter(#[from] ExporterError),
    #[error(transparent)]
    Installed(#[from] TryInitError),
}

/// Keeps logging and tracing alive; writes out what waits when it is dropped. Drop it last.
#[derive(Debug)]
pub struct LoggingGuard {
    // In this order: what ends the traces may still say something.
    _traces: Option<Traces>,
    _repeated: Repeated,
    _lines: LineGuard,
    access_log: AccessLog,
    exports: TraceExports,
}

/// Says how often lines were left out, the last time when it is dropped.
#[derive(Debug)]
struct Repeated {
    repeats: Repeats,
    telling: JoinHandle<()>,
}

impl Drop for Repeated {
    fn drop(&mut self) {
        self.telling.abort();
        self.repeats.tell(None);
    }
}

/// Where the gateway tells of its requests, and what it is told of its traces.
#[derive(Debug, Clone, Default)]
pub struct Reporting {
    /// Where requests have their lines.
    pub access_log: AccessLog,
    /// What became of the spans.
    pub exports: TraceExports,
}

impl LoggingGuard {
    pub fn reporting(&self) -> Reporting {
        Reporting { access_log: self.access_log.clone(), exports: self.exports.clone() }
    }
}

/// Starts logging for the whole process. Call it inside the tokio runtime: the exporter of traces works there.
///
/// # Errors
/// [`LoggingError`]
pub fn init(log: &Log, telemetry: &Telemetry) -> Result<LoggingGuard, LoggingError> {
    let (writer, lines) = line_writer::spawn(io::stderr())?;
    let exports = TraceExports::default();
    let access_log = access_log(log, writer.clone())?;
    let repeats = Repeats::default();
    let registry = tracing_subscriber::registry().with(lines_layer(log, writer, repeats.clone())?);
    // Not a layer that may be none: it would make every span be asked about, each time.
    let traces = if telemetry.otlp_endpoint.is_empty() {
        registry.try_init()?;
        None
    } else {
        let traces = Traces::start(telemetry, exports.clone())?;
        registry.with(traces.layer()).try_init()?;
        Some(traces)
    };
    let repeated = Repeated { telling: tokio::spawn(repeats.clone().tell_in_time()), repeats };
    Ok(LoggingGuard { _traces: traces, _repeated: repeated, _lines: lines, access_log, exports })
}

/// The layer that formats lines, with its filter. The filter is its own: traces see spans that are not logged.
fn lines_layer<S>(log: &Log, writer: LineWriter, repeats: Repeats) -> Result<impl Layer<S> + use<S>, ParseError>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    let filter = filter(log)?;
    // Without this hint everything that libraries say is formatted, only to be thrown away.
    let fit = Fit(filter.max_level_hint().unwrap_or(LevelFilter::TRACE));
    let layer = fmt::layer().with_writer(writer);
    let layer = match log.format {
        LogFormat::Json => layer.json().flatten_event(true).with_current_span(false).with_span_list(false).boxed(),
        LogFormat::Pretty => layer.with_ansi(io::IsTerminal::is_terminal(&io::stderr())).boxed(),
    };
    Ok(Once { lines: layer, repeats }.with_filter(filter.and(fit)))
}

fn filter(log: &Log) -> Result<EnvFilter, ParseError> {
    EnvFilter::builder().parse(format!("{QUIET},{}", log.level))
}

/// Requests' lines go their own way where lines are JSON, if their level is written at all.
fn access_log(log: &Log, writer: LineWriter) -> Result<AccessLog, ParseError> {
    if log.format != LogFormat::Json {
        return Ok(AccessLog::default());
    }
    let subscriber = tracing_subscriber::registry().with(filter(log)?);
    let levels = tracing::subscriber::with_default(subscriber, || Levels {
        info: tracing::enabled!(target: access_log::TARGET, Level::INFO),
        warn: tracing::enabled!(target: access_log::TARGET, Level::WARN),
        error: tracing::enabled!(target: access_log::TARGET, Level::ERROR),
    });
    Ok(AccessLog::json(writer, levels))
}

/// Libraries tell their details only to those who debug them: Pingora prints the heads of requests, and with them every
/// credential. Spans are for traces: a line tells what it has to tell in its own fields, and where no traces are exported
/// no span is to be made.
fn is_fit_to_print(line: &Metadata<'_>) -> bool {
    !line.is_span() && (*line.level() <= Level::INFO || line.target().starts_with("vestibule"))
}

/// Asks about every line anew. What is asked of the filters of a layer is kept until the line is written; of one that is
/// not written, such as a record of a library's that is too quiet, it would be the answer for the next line, if that was
/// not asked about because it is always wanted.
struct Fit(LevelFilter);

impl<S> Filter<S> for Fit {
    fn enabled(&self, line: &Metadata<'_>, _: &Context<'_, S>) -> bool {
        is_fit_to_print(line)
    }

    fn callsite_enabled(&self, line: &'static Metadata<'static>) -> Interest {
        if is_fit_to_print(line) { Interest::sometimes() } else { Interest::never() }
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(self.0)
    }
}

/// The layer of lines, which nobody reads.
#[cfg(test)]
pub(super) fn lines_for_tests<S>(level: &str) -> impl Layer<S> + use<S>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    let (writer, _) = line_writer::spawn(io::sink()).unwrap();
    lines_layer(&Log { format: LogFormat::Json, level: level.into() }, writer, Repeats::default()).unwrap()
}

#[cfg(test)]
mod tests {
    use super::{Repeats, line_writer, lines_layer};
    use crate::config::{Log, LogFormat};
    use parking_lot::Mutex;
    use std::io::{self, Write};
    use std::sync::Arc;
    use tracing_subscriber::layer::SubscriberExt as _;

    #[derive(Clone, Default)]
    struct Sink(Arc<Mutex<Vec<u8>>>);

    impl Write for Sink {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn logged(format: LogFormat, level: &str, say: impl FnOnce()) -> String {
        let sink = Sink::default();
        let (writer, guard) = line_writer::spawn(sink.clone()).unwrap();
        let layer = lines_layer(&Log { format, level: level.into() }, writer, Repeats::default()).unwrap();
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), say);
        drop(guard);
        String::from_utf8(sink.0.lock().clone()).unwrap()
    }

    #[test]
    fn json_lines_have_flat_fields() {
        let text = logged(LogFormat::Json, "info", || {
            let _span = tracing::info_span!("outer", secret = "x").entered();
            tracing::info!(request_id = "r-1", status = 200, key = None::<&str>, "request");
            tracing::debug!("not seen");
        });
        let lines: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines.len(), 1);
        let line = lines[0].as_object().unwrap();
        assert_eq!(line["message"], "request");
        assert_eq!((&line["request_id"], &line["status"]), (&"r-1".into(), &200.into()));
        let mut names: Vec<_> = line.keys().map(String::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["level", "message", "request_id", "status", "target", "timestamp"]);
    }

    #[test]
    fn what_clients_make_libraries_say_is_logged_on_demand_only() {
        let say = || {
            tracing::error!(target: "pingora_proxy", "a client left");
            tracing::info!(target: "sqlx", "it is there already");
            tracing::info!("of ours");
        };
        let text = logged(LogFormat::Pretty, "info", say);
        assert!(text.contains("of ours") && !text.contains("client left") && !text.contains("already"), "{text}");
        assert!(logged(LogFormat::Pretty, "info,pingora_proxy=error", say).contains("client left"));
    }

    #[test]
    fn what_fails_again_and_again_is_said_once_and_counted() {
        let repeats = Repeats::default();
        let sink = Sink::default();
        let (writer, guard) = line_writer::spawn(sink.clone()).unwrap();
        let log = Log { format: LogFormat::Json, level: "info".into() };
        let layer = lines_layer(&log, writer, repeats.clone()).unwrap();
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
            for number in 0..5 {
                tracing::warn!(request_id = number, error = "refused", "AnythingLLM did not answer");
                tracing::info!("of no interest to this");
            }
            tracing::warn!(request_id = 9, error = "another", "AnythingLLM did not answer");
            repeats.tell(None);
        });
        drop(guard);
        let text = String::from_utf8(sink.0.lock().clone()).unwrap();
        let lines: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let of = |message: &str| lines.iter().filter(|line| line["message"] == message).collect::<Vec<_>>();
        let told = of("AnythingLLM did not answer");
        assert_eq!(
            (told.len(), &told[0]["request_id"], &told[1]["error"]),
            (2, &0.into(), &"another".into()),
            "{text}"
        );
        assert_eq!(of("of no interest to this").len(), 5);
        let again = of("said again within a minute");
        assert_eq!((again.len(), &again[0]["times"]), (1, &4.into()), "{text}");
        assert_eq!(again[0]["line"], "AnythingLLM did not answer");
    }

    #[test]
    fn a_line_that_nobody_wants_costs_no_other() {
        let text = logged(LogFormat::Json, "info", || {
            for number in 0..2 {
                // As records of other logging libraries are asked about.
                assert!(!tracing::enabled!(target: "pingora_proxy", tracing::Level::INFO));
                tracing::info!(number, "of ours");
            }
        });
        assert_eq!(text.lines().count(), 2, "{text}");
    }

    #[test]
    fn levels_are_set_by_module() {
        let text = logged(LogFormat::Pretty, "warn,vestibule=debug", || {
            tracing::debug!("of ours");
            tracing::info!(target: "hyper", "of others");
        });
        assert!(text.contains("of ours") && !text.contains("of others"), "{text}");
    }

    #[test]
    fn details_of_libraries_are_never_printed() {
        let text = logged(LogFormat::Json, "trace", || {
            tracing::trace!("of ours");
            tracing::debug!(target: "pingora_core::protocols", "authorization: Bearer canary");
            tracing::info!(target: "pingora_core::protocols", "of others");
        });
        assert!(text.contains("of ours") && text.contains("of others") && !text.contains("canary"), "{text}");
    }
}
