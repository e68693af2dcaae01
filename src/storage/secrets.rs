//! Secrets that Vestibule keeps for itself and for workspaces, sealed: what they protect lies elsewhere.

mod former_peppers;
mod identity_secrets;
mod root_key;
mod signing_keys;
mod upstream_api_key;

pub use former_peppers::FormerPepper;
pub use identity_secrets::{IdentitySecret, ResealedIdentity};
pub use upstream_api_key::{BootstrapLock, StoredApiKey};
