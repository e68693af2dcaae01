//! Identifiers, each its own type, so that one cannot be passed where another is meant.

use crate::domain::clock::Ambient;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;
use uuid::Uuid;

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// A fresh identifier (UUIDv7).
            pub fn new(ambient: &Ambient) -> Self {
                Self(ambient.uuid())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

uuid_id!(
    /// A customer of the operator; single-tenant installations have exactly one.
    TenantId
);
uuid_id!(WorkspaceId);
uuid_id!(
    /// An API key's row; safe to show, unlike the key.
    KeyId
);
uuid_id!(
    /// A login: a user's session here, and the family of its refresh tokens.
    AuthSessionId
);
uuid_id!(StoreConnectionId);
uuid_id!(
    /// A run of the catalogue sync; later runs have greater ones.
    SyncRunId
);
uuid_id!(EventId);
uuid_id!(WebhookId);
uuid_id!(
    /// A message to a webhook; later messages have greater ones.
    DeliveryId
);
uuid_id!(
    /// A question with its answer: the answer's id, as its client knows it.
    ExchangeId
);
uuid_id!(
    /// What a shopper wrote to people; later ones have greater ones.
    HandoverId
);
uuid_id!(
    /// A document that staff wrote.
    DocumentId
);
uuid_id!(
    /// An order to remove what was said.
    ErasureId
);

impl TenantId {
    /// The tenant that single-tenant installations use, created by the first migration.
    pub const DEFAULT: Self = Self(Uuid::from_u128(0x0000_0000_0000_7000_8000_0000_0000_0001));
}

/// The id that a request carries through logs, answers and usage events.
///
/// A client's own is kept when it is 8 to 64 of `[A-Za-z0-9_-]`; anything else is replaced, because it ends up
/// in log lines and headers.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RequestId(Arc<str>);

impl RequestId {
    /// Takes the client's `X-Request-Id` if it is well formed, else makes one.
    pub fn accept(offered: Option<&str>, ambient: &Ambient) -> Self {
        match offered {
            Some(text) if Self::well_formed(text) => Self(text.into()),
            _ => Self(ambient.uuid().to_string().into()),
        }
    }

    fn well_formed(text: &str) -> bool {
        (8..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
    }

    /// One that was written down earlier.
    pub fn stored(text: String) -> Self {
        Self(text.into())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
