//! One integration binary: the harness and one file per behaviour.

mod config;
