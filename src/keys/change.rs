//! Changing a key by a JSON Merge Patch (RFC 7396).

use super::create::read;
use super::{Caller, KeyError, KeyService};
use crate::domain::key::{KeyContent, StoredKey};
use crate::domain::power::Power;
use crate::storage::{KeyName, StoreKeyError};
use serde_json::{Map, Value};

/// A change that knows no version is tried this often against others that come in between.
const ATTEMPTS: usize = 3;

impl KeyService {
    /// Changes a key if `expected` matches its version. Every replica follows as soon as it is told.
    ///
    /// # Errors
    /// All faults of the input; more power than the caller has, before or after; another version; a key that is
    /// revoked.
    pub async fn change(
        &self,
        caller: Caller<'_>,
        name: KeyName,
        expected: &(dyn Fn(i64) -> bool + Sync),
        patch: &Map<String, Value>,
    ) -> Result<StoredKey, KeyError> {
        for _ in 0..ATTEMPTS {
            let before = self.find(caller, name).await?;
            if !expected(before.version) {
                return Err(KeyError::Changed);
            }
            if before.revoked.is_some() {
                return Err(KeyError::Conflict("The key is revoked for good and cannot be changed."));
            }
            let content = read(before.content.clone(), patch.clone()).map_err(KeyError::Faults)?;
            let content = content.checked(before.nature(), self.ambient.now()).map_err(KeyError::Faults)?;
            self.allow(caller, &before, &content).await?;
            if content == before.content {
                return Ok(before);
            }
            match self.database.api_keys().update(&before, &content, caller.author, &self.ambient).await {
                Ok(()) => {
                    self.forget(&before.public_id).await;
                    return self.find(caller, name).await;
                }
                Err(StoreKeyError::Changed) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(KeyError::Conflict("Somebody else is changing this key at this moment; try again."))
    }

    /// Whoever changes a key must have all that it may do afterwards, and all that it may do already: what is theirs to
    /// change is theirs to give. Switching one off is ending it for now, and needs nothing.
    async fn allow(&self, caller: Caller<'_>, before: &StoredKey, content: &KeyContent) -> Result<(), KeyError> {
        let switched_off = KeyContent { enabled: false, ..before.content.clone() };
        if *content == switched_off {
            return Ok(());
        }
        // After the key was read: so what a key that changes itself has is no more than what would be changed.
        let own = self.own_power(caller).await?;
        for content in [content, &before.content] {
            Power::of_stored(before, content, &caller.configured).within(&own)?;
        }
        Ok(())
    }
}
