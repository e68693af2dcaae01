//! Rotating a key: a new one takes over, the old one lives on for a grace.

use super::{Caller, Issued, KeyError, KeyService};
use crate::domain::key::{GraceFrom, KeyStatus, Rotation};
use crate::domain::power::Power;
use crate::storage::KeyName;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RotateRequest {
    /// When the grace of the old key begins.
    pub grace_from: GraceFrom,
    /// How long it is, 0 to [`MOST_GRACE_SECONDS`](crate::domain::key::MOST_GRACE_SECONDS).
    pub grace_seconds: u32,
}

impl KeyService {
    /// Makes a key like this one, which takes over from it. The old key works on for its grace, never beyond its
    /// expiry.
    ///
    /// # Errors
    /// More power than the caller has; a key that is revoked, expired, or has been rotated; of the database.
    pub async fn rotate(&self, caller: Caller<'_>, name: KeyName, request: RotateRequest) -> Result<Issued, KeyError> {
        let before = self.find(caller, name).await?;
        match before.status(self.ambient.now()) {
            KeyStatus::Revoked => return Err(KeyError::Conflict("The key is revoked; make a new one instead.")),
            KeyStatus::Expired => return Err(KeyError::Conflict("The key has expired; make a new one instead.")),
            KeyStatus::Active | KeyStatus::Disabled => {}
        }
        if before.replaced_by.is_some() {
            return Err(KeyError::REPLACED);
        }
        // The new key's text is told, and with it everything the key may do.
        let workspace = before.workspace.as_ref().map(|(id, _)| *id);
        let own = self.own_power(caller).await?;
        Power::of_new(before.nature(), workspace, &before.content, &caller.configured).within(&own)?;

        let rotation = Rotation {
            from: before.id,
            grace_from: request.grace_from,
            grace_seconds: request.grace_seconds,
            pending: request.grace_from == GraceFrom::FirstUse,
        };
        let (key, new) = self.draw(caller, before.nature(), workspace, before.content.clone(), Some(rotation));
        let keys = self.database.api_keys();
        keys.rotate(&before, &new, rotation, caller.author, &self.ambient).await?;
        self.forget(&before.public_id).await;
        let stored = self.find(caller, KeyName::Id(new.id)).await?;
        Ok(Issued { key, stored })
    }
}
