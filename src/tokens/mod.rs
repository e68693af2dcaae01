//! Signed tokens: what we sign with our own key ring and believe again (access and visitor tokens), and what a shop's
//! back end signs (identity tokens).
//!
//! A token says what was true when it was made; whether it still is, is for `auth` to ask. Must not print a token.

mod access;
mod identity;
mod jwt;
mod key_ring;
mod signed;
mod visitor;

pub(crate) use access::AccessClaims;
pub use access::{AccessTokens, TokenRules};
pub(crate) use identity::{IdentityRules, subject_of};
pub use key_ring::{KeyRing, KeyRingError, KeySet, Succession};
pub use signed::SignedToken;
pub(crate) use signed::{is_of_type, looks_like_a_token};
pub(crate) use visitor::VisitorClaims;
pub use visitor::{VisitorRules, VisitorTokens};
