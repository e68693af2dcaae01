//! API keys: their text ([`mod@format`]) and the hash that is kept of it, what the gate needs of one ([`record`]), what its
//! owner set ([`content`]) and how it begins and ends ([`life`]).

pub mod content;
pub mod format;
pub mod hash;
pub mod life;
pub mod limits;
pub mod record;

pub use content::{KeyContent, KeyNature, VisitorTokenUse, origin, origins};
pub use format::{ApiKey, KEY_CHARS, KeyEnv, KeyFormatError, KeyKind, PublicId, looks_like_a_key};
pub use hash::{KeyHash, Pepper};
pub use life::{GraceFrom, KeyStatus, MOST_GRACE_SECONDS, Revoked, Rotation, StoredKey, audit_target, audited};
pub use limits::KeyLimits;
pub use record::{KeyRecord, KeyUnusable};
