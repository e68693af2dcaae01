//! One integration binary: the harness and one file per behaviour.

#![cfg(test)]

mod admin;
mod architecture;
mod chat;
mod config;
mod edge;
mod harness;
mod process;
mod records;
mod secrets;
mod shutdown;
mod storage;
mod streaming;
mod upstream_failures;
