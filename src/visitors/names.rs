//! The names by which visitors and customers are stored, for those who look for what they said.

use super::{IdentityError, Visitors};
use crate::domain::owner::Owner;
use crate::domain::workspace::Workspace;

impl Visitors {
    /// What a visitor is stored as: by the id that their browser has, or else by what the client called them, which is
    /// stored as it is.
    pub fn stored_visitor(&self, workspace: &Workspace, said: &str) -> String {
        let Visitors(parts) = self;
        match parts.keys.read(workspace.id, said) {
            Ok(id) => Owner::Visitor(id).storage_key(),
            Err(_) => said.to_owned(),
        }
    }

    /// What a customer is stored as, by the shop's own name for them, or by the pseudonym that is stored. None where the
    /// workspace has never known customers.
    ///
    /// # Errors
    /// [`IdentityError`]
    pub async fn stored_customer(&self, workspace: &Workspace, said: &str) -> Result<Option<String>, IdentityError> {
        let Visitors(parts) = self;
        if said.strip_prefix("subject:").is_some_and(|rest| uuid::Uuid::try_parse(rest).is_ok()) {
            return Ok(Some(said.to_owned()));
        }
        let open = parts.identity_vault.open(workspace).await?;
        Ok(open.map(|open| Owner::Subject(open.subject_key.subject_ref(said)).storage_key()))
    }
}
