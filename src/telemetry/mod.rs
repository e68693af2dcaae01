//! What the operator sees: log lines, metrics, traces. Nothing here decides anything, and nothing here may slow a
//! request down or fail it.

pub mod logging;
pub mod metrics;
pub mod trace_context;

mod access_log;
mod facts;
mod line_writer;
mod otlp;
mod traces;

pub use access_log::AccessLog;
pub use facts::{Counting, RequestFacts};
