//! A visitor's id: random, and authenticated, so that a browser may keep it and bring it back while nobody can make one
//! up or carry one into another workspace.

use crate::domain::clock::Randomness;
use crate::domain::ids::{TenantId, WorkspaceId};
use crate::domain::user::UserId;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::hmac;
use serde::{Deserialize, Serialize};
use std::fmt;
use thiserror::Error;
use uuid::Uuid;

/// What every visitor id begins with.
const PREFIX: &str = "vis_";
const BYTES: usize = 16 + 32;

/// A browser. What is stored: without the proof it is worth nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct VisitorId(Uuid);

/// The text is not a visitor id of this workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("is not a visitor id that was given out for this workspace")]
pub struct NotAVisitorId;

/// What visitor ids are authenticated with: the present root key's, and that of the one before.
#[derive(Debug, Clone)]
pub struct VisitorKeys {
    present: hmac::Key,
    former: Option<hmac::Key>,
}

impl VisitorId {
    /// A new visitor: 122 random bits.
    pub fn new(randomness: &dyn Randomness) -> Self {
        let mut bytes = [0; 16];
        randomness.fill(&mut bytes);
        Self(uuid::Builder::from_random_bytes(bytes).into_uuid())
    }

    /// The visitor as which a person tries out what shoppers are answered: always the same one, and nobody else's. No
    /// browser can bring it back, because its proof is given to none.
    pub fn of_staff(tenant: TenantId, user: UserId) -> Self {
        let name = format!("vestibule:playground:{tenant}:{user}");
        let hash = ring::digest::digest(&ring::digest::SHA256, name.as_bytes());
        let mut bytes = [0; 16];
        bytes.iter_mut().zip(hash.as_ref()).for_each(|(to, from)| *to = *from);
        Self(uuid::Builder::from_custom_bytes(bytes).into_uuid())
    }
}

impl fmt::Display for VisitorId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl VisitorKeys {
    /// Keys derived from the root key, and from the one before it.
    pub fn new(present: [u8; 32], former: Option<[u8; 32]>) -> Self {
        let key = |bytes: [u8; 32]| hmac::Key::new(hmac::HMAC_SHA256, &bytes);
        Self { present: key(present), former: former.map(key) }
    }

    pub fn text(&self, workspace: WorkspaceId, id: VisitorId) -> String {
        let tag = hmac::sign(&self.present, &message(workspace, id));
        let mut bytes = Vec::with_capacity(BYTES);
        bytes.extend_from_slice(id.0.as_bytes());
        bytes.extend_from_slice(tag.as_ref());
        format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes))
    }

    /// The id that a browser brings back.
    ///
    /// # Errors
    /// [`NotAVisitorId`] for everything that [`Self::text`] has not made for this workspace.
    pub fn read(&self, workspace: WorkspaceId, text: &str) -> Result<VisitorId, NotAVisitorId> {
        let encoded =
            text.strip_prefix(PREFIX).filter(|encoded| encoded.len() == BYTES / 3 * 4).ok_or(NotAVisitorId)?;
        let bytes = URL_SAFE_NO_PAD.decode(encoded).map_err(|_| NotAVisitorId)?;
        let (id, tag) = bytes.split_first_chunk::<16>().ok_or(NotAVisitorId)?;
        let id = VisitorId(Uuid::from_bytes(*id));
        let message = message(workspace, id);
        // Compared in constant time.
        let genuine = |key: &hmac::Key| hmac::verify(key, &message, tag).is_ok();
        if genuine(&self.present) || self.former.as_ref().is_some_and(genuine) { Ok(id) } else { Err(NotAVisitorId) }
    }
}

/// Two ids of fixed length: no other pair is the same bytes.
fn message(workspace: WorkspaceId, id: VisitorId) -> [u8; 32] {
    let mut message = [0; 32];
    message[..16].copy_from_slice(workspace.0.as_bytes());
    message[16..].copy_from_slice(id.0.as_bytes());
    message
}
