//! One integration binary: the harness and one file per behaviour.

#![cfg(test)]
#![expect(
    clippy::format_collect,
    clippy::items_after_statements,
    clippy::large_futures,
    clippy::manual_assert,
    clippy::match_wild_err_arm,
    clippy::needless_pass_by_value,
    clippy::result_large_err,
    clippy::type_complexity,
    reason = "tests read better this way, and nobody waits for their memory"
)]

mod accounts;
mod admin;
mod architecture;
mod attacks;
mod auth;
mod away;
mod backup;
mod behind_haproxy;
mod behind_nginx;
mod bodies;
mod bootstrap;
mod bootstrap_serving;
mod catalog;
mod certificate;
mod chaos;
mod chat;
mod cli;
mod config;
mod console;
mod conversations;
mod disclosure;
mod docs;
mod edge;
mod field_reference;
mod first_answers;
mod fixed_answers;
mod harness;
mod head_requests;
mod http2;
mod idempotency;
mod in_pieces;
mod keys;
mod knowledge;
mod limits;
mod managing_keys;
mod mcp;
mod metrics;
mod models;
mod newer_version;
mod openai;
mod openapi;
mod origin_table;
mod origins;
mod outbound;
mod passing_back;
mod passing_slowly;
mod postman;
mod private_ca;
mod process;
mod proxies;
mod quotas;
mod records;
mod refusals;
mod relevance;
mod rewrap;
mod root_key;
mod secret_scanning;
mod secrets;
mod shared_knowledge;
mod shared_limits;
mod shares;
mod shutdown;
mod sigterm;
mod snapshots;
mod storage;
mod stores;
mod streaming;
mod supervision;
mod tenants;
mod traces;
mod transcripts;
mod transport_security;
mod turns;
mod two_ways;
mod unfinished;
mod upstream_failures;
mod usage;
mod usage_kept;
mod visitors;
mod webhooks;
mod well_known;
mod widget;
mod widget_config;
mod withdrawn;
mod workspaces;
