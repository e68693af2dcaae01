//! One integration binary: the harness and one file per behaviour.

#![expect(clippy::missing_panics_doc, reason = "tests panic")]

mod architecture;
mod chat;
mod config;
mod harness;
mod storage;
