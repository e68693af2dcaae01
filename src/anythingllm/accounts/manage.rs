//! Making users. For the operator's commands, not for requests.

use super::{UpstreamUser, UserRow, Users};
use crate::anythingllm::client::{Ask, Client};
use crate::anythingllm::error::{Said, UpstreamError};
use crate::domain::user::{Role, UserId};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
struct Made {
    user: Option<UserRow>,
    #[serde(default)]
    error: Option<String>,
}

#[derive(Deserialize)]
struct Done {
    success: bool,
    #[serde(default)]
    error: Option<String>,
}

impl Done {
    /// AnythingLLM answers 200 also when it has not done it (`admin/v1_user_update_missing`).
    fn checked(self) -> Result<(), UpstreamError> {
        if self.success { Ok(()) } else { Err(refused(self.error)) }
    }
}

fn refused(words: Option<String>) -> UpstreamError {
    UpstreamError::Refused(Said::new(&words.unwrap_or_default()))
}

impl Client {
    /// The user of this name, if there is one.
    ///
    /// # Errors
    /// No answer, or none that can be understood.
    pub async fn find_user_named(&self, username: &str) -> Result<Option<UpstreamUser>, UpstreamError> {
        let all: Users = self.json(Ask::get("/api/v1/admin/users")).await?;
        all.users.into_iter().find(|row| row.username == username).map(UpstreamUser::try_from).transpose()
    }

    /// Makes a user (`admin/v1_users_new_default`).
    ///
    /// # Errors
    /// No answer, or it was refused: a name that is taken, a password that is too weak
    /// (`admin/v1_users_new_weak_password`).
    pub async fn create_user(
        &self,
        username: &str,
        password: &SecretString,
        role: Role,
    ) -> Result<UpstreamUser, UpstreamError> {
        #[derive(Serialize)]
        struct New<'a> {
            username: &'a str,
            password: &'a str,
            role: Role,
        }
        let new = New { username, password: password.expose_secret(), role };
        let made: Made = self.json(Ask::post("/api/v1/admin/users/new", &new)?).await?;
        made.user.ok_or_else(|| refused(made.error))?.try_into()
    }

    /// Removes a user (`admin/v1_user_delete`).
    ///
    /// # Errors
    /// No answer, or it was refused.
    pub async fn remove_user(&self, id: UserId) -> Result<(), UpstreamError> {
        self.json::<Done>(Ask::delete(format!("/api/v1/admin/users/{id}"))).await?.checked()
    }

    /// Gives a user another password (`admin/v1_user_change_password`). Their sessions in AnythingLLM go on.
    ///
    /// # Errors
    /// No answer, or it was refused.
    pub async fn set_password(&self, id: UserId, password: &SecretString) -> Result<(), UpstreamError> {
        #[derive(Serialize)]
        struct Change<'a> {
            password: &'a str,
        }
        let change = Change { password: password.expose_secret() };
        self.json::<Done>(Ask::post(format!("/api/v1/admin/users/{id}"), &change)?).await?.checked()
    }
}
