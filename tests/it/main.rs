//! One integration binary: the harness and one file per behaviour.

#![cfg(test)]

mod admin;
mod architecture;
mod bodies;
mod chat;
mod cli;
mod config;
mod conversations;
mod edge;
mod harness;
mod idempotency;
mod keys;
mod knowledge;
mod limits;
mod origins;
mod process;
mod records;
mod secrets;
mod shutdown;
mod snapshots;
mod storage;
mod streaming;
mod upstream_failures;
mod widget;
