//! The schema, the repositories and the directories against a real PostgreSQL.

mod constraints;
mod conversations;
mod fixture;
mod idempotency;
mod isolation;
mod keys;
mod listening;
mod migrations;
mod pooler;
mod roles;
mod sessions;
mod settings;
mod tenancy;
mod usage;
mod usage_corrections;
mod usage_partitions;
mod usage_rollups;
mod usage_spool;
mod webhook_watch;
mod workspaces;
