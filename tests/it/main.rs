//! One integration binary: the harness and one file per behaviour.

#![cfg(test)]

mod architecture;
mod bodies;
mod chat;
mod config;
mod conversations;
mod edge;
mod harness;
mod idempotency;
mod keys;
mod knowledge;
mod limits;
mod origins;
mod snapshots;
mod storage;
mod widget;
