//! Pure types and rules: no I/O, no shared state, nothing of the rest of the crate. Types that the API takes or shows
//! derive their schema (utoipa) and their JSON (serde) here, so that neither is written twice.

pub mod access;
pub mod address;
pub mod audit;
pub mod auth_session;
pub mod clock;
pub mod conversation;
pub mod cookie;
pub mod exchange;
pub mod faults;
pub mod gist;
pub mod handover;
pub mod ids;
pub mod json;
pub mod key;
pub mod message;
pub mod nul;
pub mod origin;
pub mod owner;
pub mod power;
pub mod product;
pub mod public_address;
pub mod quota;
pub mod rotation;
pub mod scope;
pub mod sealed;
pub mod signing_key;
pub mod store;
pub mod sync;
pub mod tenant;
pub mod usage;
pub mod user;
pub mod visitor;
pub mod webhook;
pub mod words;
pub mod workspace;
