//! Pure types and rules: no I/O, no frameworks, nothing of the rest of the crate.

pub mod access;
pub mod api_key;
pub mod audit;
pub mod auth_session;
pub mod business_hours;
pub mod clock;
pub mod conversation;
pub mod faults;
pub mod ids;
pub mod json;
pub mod key;
pub mod locale;
pub mod market;
pub mod message;
pub mod origin;
pub mod public_address;
pub mod refresh_token;
pub mod seal;
pub mod shop;
pub mod signing_key;
pub mod store;
pub mod sync;
pub mod timezone;
pub mod usage;
pub mod user;
pub mod workspace;
