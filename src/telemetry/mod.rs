//! What the operator sees: log lines, metrics, traces. Nothing here decides anything, and nothing here may slow a
//! request down or fail it.

pub mod logging;
pub mod metrics;
pub mod spans;
pub mod trace_context;
pub mod version;

mod access_log;
mod facts;
mod line_writer;
mod otlp;
mod repeats;
mod traces;

pub use access_log::AccessLog;
pub use facts::RequestFacts;
