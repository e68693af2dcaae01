//! What whoever asks has at this moment.

use super::{Caller, KeyError, KeyService};
use crate::domain::key::KeyStatus;
use crate::domain::power::Power;
use crate::storage::KeyName;

impl KeyService {
    /// What the caller can give at most. What this replica remembers of a key that is asking may be some seconds old,
    /// and what it gives would stay: so it is looked up. A key that may not be used any more gives nothing.
    ///
    /// # Errors
    /// Of the database.
    pub async fn own_power(&self, caller: Caller<'_>) -> Result<Power, KeyError> {
        let Some(id) = caller.key else { return Ok(caller.power.clone()) };
        let now = self.ambient.now();
        let own = self.database.api_keys().get(caller.tenant, KeyName::Id(id), now).await?;
        let own = own.filter(|key| key.status(now) == KeyStatus::Active);
        Ok(own.map_or_else(Power::none, |key| Power::of_stored(&key, &key.content, &caller.configured)))
    }
}
