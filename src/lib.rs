//! Vestibule: the gateway in front of an unmodified AnythingLLM.
//!
//! The rooms, from the outside in. A room imports only from rooms with a greater number, and `edge` and `api` never
//! from each other. Pingora is named only in `edge`, axum only in `api`, sqlx only in `storage`. A test
//! (`tests/it/architecture`) fails on a violation, and on a circle of imports between folders.
//!
//! ```text
//!  1  main, cli           commands: arguments, what is printed, doctor; fuzzing: rules of fuzz/
//!  2  app                 builds every part from the settings, starts and stops it
//!  3  edge                sockets, request heads, pass-through, record; answers' headers, such as
//!                         RateLimit (answer.rs)
//!     api                 a handler and its JSON for each endpoint; the OpenAPI document; console/:
//!                         pages for staff over the same services
//!  4  gate                route, authenticate, authorise, limit: the order, and the proof Admitted
//!  5  auth, people        credential to principal; logins, sessions and members
//!     visitors, keys      giving out visitor tokens; making and changing keys
//!     workspaces, store   workspaces, here and in AnythingLLM; connections to shops
//!     conversations       beginning them, reading them back, starting them anew
//!     idempotency         answering the same request once
//!     reports, bootstrap  usage, costs, audit log, health, read; setting AnythingLLM up
//!     unfinished          what answers took that broke off, read from AnythingLLM's history
//!     webhooks            telling addresses of workspaces what happened, signed and again
//!     transcripts         what shoppers asked, for those who run a shop; what readers think of it
//!     privacy             erasing what was said, here and in AnythingLLM, with a receipt
//!  6  catalog, tokens     product feeds to documents (product/price.rs: prices); JWTs
//!     endpoints, limits   endpoint table (rows/), canonical paths; rates, places for streams
//!  7  cache               what is remembered of PostgreSQL, and how it is forgotten in time
//!  8  anythingllm         every call of AnythingLLM, one file a subject, and what it answers
//!     storage, outbound   all SQL; calls to addresses that customers name
//!     redis_client        the connection to Redis, there or away
//!  9  crypto              root key, derived keys, sealing, refresh tokens, proofs of work
//! 10  domain              pure types and rules, such as a widget's settings (workspace/widget.rs)
//!     config, rejection,  shared by all above crypto: settings; error codes and texts; logs,
//!     telemetry           metrics, traces
//! ```
//!
//! A request flows through them like this:
//!
//! ```text
//!  socket -> edge -> gate (endpoints -> auth -> domain::access -> limits) -> Admitted
//!                      |
//!                      +-- proxy row:   edge streams it to AnythingLLM
//!                      +-- service row: api answers it, calling anythingllm and storage
//!         -> edge::record: access line, metrics, usage event
//! ```
//!
//! `docs/README.md` says what the words mean, `docs/walkthrough.md` follows a chat, a key and a product through the
//! files.

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
pub mod privacy;
pub mod redis_client;
pub mod rejection;
pub mod reports;
pub mod storage;
pub mod store;
pub mod telemetry;
pub mod tokens;
pub mod transcripts;
pub mod unfinished;
pub mod visitors;
pub mod webhooks;
pub mod workspaces;
