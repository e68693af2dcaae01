//! One integration binary: the harness and one file per behaviour.

#![cfg(test)]

mod architecture;
mod chat;
mod cli;
mod config;
mod edge;
mod harness;
mod keys;
mod origins;
mod storage;
