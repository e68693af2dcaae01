//! Setting AnythingLLM up: API keys, and the step from one shared password to accounts. Used by the bootstrap only.
//!
//! An API key can neither make nor list nor end API keys, so all of this goes through the interface's API: with a
//! user's session, or with none while there are no accounts.

use crate::anythingllm::client::{Ask, Client, Credential, UpstreamAnswer};
use crate::anythingllm::error::{Said, UpstreamError};
use http::StatusCode;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};

/// The name that keys made here have in AnythingLLM's list.
const KEY_NAME: &str = "vestibule";

/// An API key that AnythingLLM has just made.
#[derive(Debug)]
pub struct NewApiKey {
    /// Its number there, to delete it by.
    pub id: i64,
    pub secret: SecretString,
}

/// What the password of an instance without accounts gives.
#[derive(Debug)]
pub enum InstanceLogin {
    /// A session (`auth/request_token_single_good`).
    Session(SecretString),
    /// Not its password (`auth/request_token_single_bad`).
    Refused,
    /// The instance has no password (`auth/request_token_single_nopassword`), or accounts by now.
    NotAsked,
}

/// What came of switching accounts on.
#[derive(Debug)]
pub enum Enabled {
    /// The instance has accounts now, and this admin (`auth/enable_multi_user`).
    Done,
    /// AnythingLLM will not have this name or password (`auth/enable_multi_user_bad_password`).
    Refused(Said),
    /// Somebody else was first (`auth/enable_multi_user_again`), or the session is not good for it.
    Closed,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Generated {
    api_key: Option<GeneratedKey>,
    #[serde(default)]
    error: Option<String>,
}

#[derive(Deserialize)]
struct GeneratedKey {
    id: i64,
    secret: SecretString,
}

#[derive(Deserialize)]
struct InstanceToken {
    valid: bool,
    #[serde(default)]
    token: Option<SecretString>,
}

#[derive(Deserialize)]
struct Outcome {
    success: bool,
    #[serde(default)]
    error: Option<String>,
}

#[derive(Serialize)]
struct Named {
    name: &'static str,
}

impl Client {
    /// Logs in to an instance without accounts.
    ///
    /// # Errors
    /// No answer, or none that can be understood.
    pub async fn log_in_to_instance(&self, password: &SecretString) -> Result<InstanceLogin, UpstreamError> {
        #[derive(Serialize)]
        struct Password<'a> {
            password: &'a str,
        }
        let body = Password { password: password.expose_secret() };
        let answer = self.answer(Ask::post("/api/request-token", &body)?.with(Credential::None)).await?;
        match answer.status {
            StatusCode::OK => {
                let said: InstanceToken = answer.json()?;
                // With accounts, 200 and not valid: the name is missing (`auth/request_token_empty`).
                Ok(said.token.filter(|_| said.valid).map_or(InstanceLogin::NotAsked, InstanceLogin::Session))
            }
            StatusCode::UNAUTHORIZED => Ok(InstanceLogin::Refused),
            StatusCode::INTERNAL_SERVER_ERROR => Ok(InstanceLogin::NotAsked),
            _ => Err(answer.refusal()),
        }
    }

    /// Makes an API key on an instance without accounts; none if it asks for another credential
    /// (`auth/generate_api_key_single`, `auth/generate_api_key_single_password_no_token`).
    ///
    /// # Errors
    /// No answer, or none that can be understood.
    pub async fn create_first_api_key(
        &self,
        session: Option<&SecretString>,
    ) -> Result<Option<NewApiKey>, UpstreamError> {
        self.generate("/api/system/generate-api-key", session).await
    }

    /// Makes an API key as an admin; none if the session is not an admin's.
    ///
    /// # Errors
    /// No answer, or none that can be understood.
    pub async fn create_api_key(&self, admin: &SecretString) -> Result<Option<NewApiKey>, UpstreamError> {
        self.generate("/api/admin/generate-api-key", Some(admin)).await
    }

    async fn generate(
        &self,
        path: &'static str,
        session: Option<&SecretString>,
    ) -> Result<Option<NewApiKey>, UpstreamError> {
        let ask = Ask::post(path, &Named { name: KEY_NAME })?.with(credential(session));
        let answer = self.answer(ask).await?;
        if answer.status == StatusCode::UNAUTHORIZED {
            return Ok(None);
        }
        let made: Generated = good(&answer)?;
        let Some(key) = made.api_key else {
            let words = made.error.unwrap_or_else(|| "the API key was not made".to_owned());
            return Err(UpstreamError::Refused(Said::new(&words)));
        };
        if key.secret.expose_secret().is_empty() {
            return Err(UpstreamError::Contract(Said::new("an API key without a secret")));
        }
        Ok(Some(NewApiKey { id: key.id, secret: key.secret }))
    }

    /// Ends an API key at once (`auth/delete_api_key`, `auth/v1_auth_key2_after_delete`). One that is gone already is
    /// no error.
    ///
    /// # Errors
    /// No answer, or the session is not an admin's.
    pub async fn delete_api_key(&self, admin: &SecretString, id: i64) -> Result<(), UpstreamError> {
        let ask = Ask::delete(format!("/api/admin/delete-api-key/{id}")).with(Credential::Session(admin));
        let answer = self.answer(ask).await?;
        // An unknown path would be answered with 200 too, and a web page.
        if answer.status == StatusCode::OK && answer.is_empty() { Ok(()) } else { Err(answer.refusal()) }
    }

    /// Gives an instance accounts, the first of them this admin. It cannot be undone.
    ///
    /// # Errors
    /// No answer, or none that can be understood.
    pub async fn enable_accounts(
        &self,
        session: Option<&SecretString>,
        username: &str,
        password: &SecretString,
    ) -> Result<Enabled, UpstreamError> {
        #[derive(Serialize)]
        struct Admin<'a> {
            username: &'a str,
            password: &'a str,
        }
        let admin = Admin { username, password: password.expose_secret() };
        let ask = Ask::post("/api/system/enable-multi-user", &admin)?.with(credential(session));
        let answer = self.answer(ask).await?;
        let said: Outcome = match answer.status {
            StatusCode::UNAUTHORIZED => return Ok(Enabled::Closed),
            StatusCode::BAD_REQUEST => answer.json()?,
            _ => good(&answer)?,
        };
        if said.success {
            return Ok(Enabled::Done);
        }
        let words = said.error.unwrap_or_default();
        Ok(if words.contains("already enabled") { Enabled::Closed } else { Enabled::Refused(Said::new(&words)) })
    }
}

fn credential(session: Option<&SecretString>) -> Credential<'_> {
    session.map_or(Credential::None, Credential::Session)
}

fn good<T: serde::de::DeserializeOwned>(answer: &UpstreamAnswer) -> Result<T, UpstreamError> {
    if answer.status.is_success() { answer.json() } else { Err(answer.refusal()) }
}
