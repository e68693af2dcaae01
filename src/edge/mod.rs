//! The sockets: listeners, HTTP hygiene, pass-through proxying, the hand-over to the api, and the record of each
//! request.
//!
//! The only place, with `app`, that names pingora. It decides nothing about who may do what: that is the gate's.

mod absolute_form;
mod admin;
mod answer;
mod certificate;
pub(crate) mod chunk_guard;
mod client;
mod connection;
mod connections;
mod context;
mod cors;
pub(crate) mod direct;
mod gateway;
mod guard_settings;
mod guarded_stream;
pub(crate) mod head_guard;
mod heads;
mod hooks;
mod hops;
mod hsts;
mod hygiene;
mod knowledge;
mod leash;
mod listener;
mod ops;
mod pace;
mod pass;
mod patience;
mod protocol;
mod record;
mod service;
#[cfg(test)]
mod sizes;
mod steps;
mod transport;
mod unbelieved;
mod upstream;

pub use admin::AdminRows;
pub use certificate::TlsFiles;
pub use gateway::{Edge, EdgeConfig};
pub use listener::{DrainTimes, Listening};
pub use ops::{Check, Ops, Readiness};
pub use record::Recorder;
pub use service::{Answerer, ServiceBody};
