//! The root key, what is derived from it, and what is done with that: sealing secrets, refresh tokens, proofs of work.
//!
//! Keys come in as bytes, randomness as a parameter. Nothing here is stored, asked for or sent; must not print a
//! secret.

pub mod message_signature;
pub mod proof_of_work;
pub mod refresh_token;
pub mod root_key;
pub mod seal;

pub use root_key::RootKey;
