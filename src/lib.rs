//! Vestibule: the gateway in front of an unmodified AnythingLLM.
//!
//! A request flows through the modules in this order:
//!
//! ```text
//!  socket -> edge -> gate (endpoints -> auth -> domain::access -> limits) -> Admitted
//!                      |
//!                      +-- proxy row:   edge streams it to AnythingLLM
//!                      +-- service row: api answers it, calling anythingllm and storage
//!         -> edge::record: access line, metrics, usage event
//! ```
//!
//! Import rule, checked by a test: `main -> app -> {edge, api} -> gate ->
//! {endpoints, auth, limits, cache, bootstrap, catalog, keys, shops, stores} -> {anythingllm, storage, outbound} -> domain`. A module
//! imports only from
//! its right. `config`, `rejection` and `telemetry` may be imported by all but `domain`. `edge` and `api`
//! never import each other; pingora is named only in `edge`, axum only in `api`, sqlx only in `storage`.

pub mod anythingllm;
pub mod api;
pub mod app;
pub mod auth;
pub mod bootstrap;
pub mod cache;
pub mod catalog;
pub mod cli;
pub mod config;
pub mod conversations;
pub mod crypto;
pub mod domain;
pub mod edge;
pub mod endpoints;
#[cfg(any(test, feature = "fuzzing"))]
pub mod fuzzing;
pub mod gate;
pub mod idempotency;
pub mod keys;
pub mod limits;
pub mod outbound;
pub mod people;
pub mod rejection;
pub mod reports;
pub mod storage;
pub mod store;
pub mod telemetry;
pub mod tokens;
pub mod visitors;
pub mod workspaces;
