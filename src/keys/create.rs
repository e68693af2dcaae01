//! Making a key.

use super::{Caller, Issued, KeyError, KeyService};
use crate::domain::faults::Faults;
use crate::domain::ids::WorkspaceId;
use crate::domain::json::{self, merge_patch};
use crate::domain::key::{KeyContent, KeyNature};
use crate::domain::key::{KeyEnv, KeyKind};
use crate::domain::power::Power;
use crate::domain::scope::Scope;
use crate::storage::KeyName;
use serde_json::{Map, Value};

#[derive(Debug, Clone)]
pub struct KeyRequest {
    /// Publishable or secret.
    pub kind: KeyKind,
    pub env: KeyEnv,
    /// The workspace it is bound to; a publishable key needs one.
    pub workspace: Option<WorkspaceId>,
    /// Members of [`KeyContent`]; what is absent has the default of the kind.
    pub given: Map<String, Value>,
}

impl KeyService {
    /// Makes a key.
    ///
    /// # Errors
    /// All faults of the input; more power than the caller has; of the database.
    pub async fn create(&self, caller: Caller<'_>, request: KeyRequest) -> Result<Issued, KeyError> {
        let KeyRequest { kind, env, workspace, given } = request;
        let mut faults = Faults::new();
        if kind == KeyKind::Publishable && workspace.is_none() {
            faults.push("workspace", "required", "a publishable key is bound to a workspace; name it");
        }
        let nature = KeyNature { kind, env, any_origin: false, expires_at: None };
        let own = self.own_power(caller).await?;
        let mut usual = KeyContent::of_kind(kind);
        // A maker from before there was feedback goes on making keys as before.
        usual.scopes.retain(|scope| *scope != Scope::FeedbackWrite || own.has(*scope));
        let content = read(usual, given)
            .and_then(|content| content.checked(nature, self.ambient.now()))
            .unwrap_or_else(|found| {
                faults.within("", found);
                KeyContent::default()
            });
        let content = faults.or(content).map_err(KeyError::Faults)?;
        Power::of_new(nature, workspace, &content, &caller.configured).within(&own)?;

        let (key, new) = self.draw(caller, nature, workspace, content, None);
        self.database.api_keys().insert(&new, caller.author, &self.ambient).await?;
        let stored = self.find(caller, KeyName::Id(new.id)).await?;
        Ok(Issued { key, stored })
    }
}

/// What cannot be read of a content, whatever the kind of key: for a request that is no good already, so that all that
/// is wrong with it is told at once.
pub fn unreadable(given: Map<String, Value>) -> Faults {
    read(KeyContent::default(), given).err().unwrap_or_default()
}

/// The content with what is given put over it (RFC 7396).
pub(super) fn read(content: KeyContent, given: Map<String, Value>) -> Result<KeyContent, Faults> {
    let mut value = serde_json::to_value(content).unwrap_or_default();
    let mut faults = json::unknown_nulls(&value, &given);
    merge_patch(&mut value, Value::Object(given));
    match json::of_value(&value) {
        Ok(content) => faults.or(content),
        Err(found) => {
            faults.within("", found);
            Err(faults)
        }
    }
}
