//! Pure types and rules: no I/O, no frameworks, nothing of the rest of the crate.

pub mod access;
pub mod api_key;
pub mod clock;
pub mod conversation;
pub mod ids;
pub mod key;
pub mod message;
pub mod origin;
pub mod seal;
pub mod usage;
pub mod user;
pub mod workspace;
