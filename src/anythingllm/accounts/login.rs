//! Logging in with name and password: `POST /api/request-token`.
//!
//! AnythingLLM answers wrong credentials with status 200, and its messages tell an unknown name from a wrong password.
//! Here they are one outcome, so that no caller can give the difference away.

use super::{UpstreamUser, UserRow};
use crate::anythingllm::client::{Ask, Client, Credential, OnBehalf, UpstreamAnswer};
use crate::anythingllm::error::{Said, UpstreamError};
use http::StatusCode;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};

#[derive(Debug)]
pub enum Login {
    /// Name and password are right (`auth/request_token_admin_good`).
    Valid(LoggedIn),
    /// No such user or not their password (`auth/request_token_unknown_user`, `auth/request_token_bad_password`).
    Refused,
    /// The right password of a suspended user; with a wrong one it is [`Self::Refused`]
    /// (`auth/request_token_suspended`, `auth/request_token_suspended_bad_password`).
    Suspended,
    /// AnythingLLM takes no passwords at all: it runs with `SIMPLE_SSO_NO_LOGIN`.
    PasswordsOff,
    /// AnythingLLM has no accounts: it is not in multi-user mode (`auth/request_token_single_bad`,
    /// `auth/request_token_single_good`, `auth/request_token_single_nopassword`).
    NoAccounts,
}

#[derive(Debug)]
pub struct LoggedIn {
    pub user: UpstreamUser,
    /// Their session in AnythingLLM: a bearer token of its interface's API. It cannot be revoked there.
    pub session: SecretString,
    /// To recover the account with. AnythingLLM tells them with the first login and never again
    /// (`auth/request_token_first_login_recovery_codes`); otherwise empty.
    pub recovery_codes: Vec<SecretString>,
}

#[derive(Serialize)]
struct Credentials<'a> {
    username: &'a str,
    password: &'a str,
}

/// The answer to both kinds of login: with a password, and with the token of simple single sign-on.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TokenAnswer {
    valid: bool,
    #[serde(default)]
    user: Option<UserRow>,
    #[serde(default)]
    token: Option<SecretString>,
    #[serde(default)]
    message: Option<String>,
    #[serde(default)]
    recovery_codes: Vec<SecretString>,
}

/// What the answer says by itself.
#[derive(Debug)]
enum Meaning {
    Outcome(Login),
    /// `Internal Server Error`, which is also what an AnythingLLM without accounts and without a password says
    /// (`auth/request_token_single_nopassword`).
    Failure(UpstreamError),
}

impl Client {
    /// Logs a user in. A wrong password costs AnythingLLM 100 ms during which it does nothing else, a first login half
    /// a second: bound how many run at once.
    ///
    /// # Errors
    /// No answer, or none that can be understood; never for credentials that are wrong.
    pub async fn log_in(
        &self,
        username: &str,
        password: &SecretString,
        request: Option<OnBehalf<'_>>,
    ) -> Result<Login, UpstreamError> {
        let credentials = Credentials { username, password: password.expose_secret() };
        let ask = Ask::post("/api/request-token", &credentials)?.with(Credential::None).on_behalf(request);
        match meaning(&self.answer(ask).await?)? {
            Meaning::Outcome(login) => Ok(login),
            Meaning::Failure(failure) => match self.has_accounts().await {
                Ok(false) => Ok(Login::NoAccounts),
                Ok(true) | Err(_) => Err(failure),
            },
        }
    }
}

fn meaning(answer: &UpstreamAnswer) -> Result<Meaning, UpstreamError> {
    match answer.status {
        StatusCode::OK => read(answer.json()?).map(Meaning::Outcome),
        StatusCode::UNAUTHORIZED => refused(&answer.json()?).map(Meaning::Outcome),
        // Not `UpstreamAnswer::refusal`, for which 403 is a bad API key: none was sent.
        StatusCode::FORBIDDEN => match answer.json() {
            Ok(said) => refused(&said).map(Meaning::Outcome),
            Err(_) => Err(UpstreamError::Contract(Said::new("a login refused with status 403"))),
        },
        StatusCode::INTERNAL_SERVER_ERROR => Ok(Meaning::Failure(answer.refusal())),
        _ => Err(answer.refusal()),
    }
}

fn read(answer: TokenAnswer) -> Result<Login, UpstreamError> {
    if !answer.valid {
        return refused(&answer);
    }
    // The password of a whole instance was right: there is nobody it could be.
    let Some(row) = answer.user else { return Ok(Login::NoAccounts) };
    let user = UpstreamUser::try_from(row)?;
    if user.suspended {
        return Ok(Login::Suspended);
    }
    let session = answer.token.filter(|token| !token.expose_secret().is_empty());
    let session = session.ok_or_else(|| UpstreamError::Contract(Said::new("a valid login without a token")))?;
    Ok(Login::Valid(LoggedIn { user, session, recovery_codes: answer.recovery_codes }))
}

/// The reason is a number in brackets before the words.
fn refused(answer: &TokenAnswer) -> Result<Login, UpstreamError> {
    let message = answer.message.as_deref().unwrap_or_default();
    match message.get(..5) {
        Some("[001]" | "[002]") => Ok(Login::Refused),
        Some("[003]") => Ok(Login::NoAccounts),
        Some("[004]") => Ok(Login::Suspended),
        Some("[005]") => Ok(Login::PasswordsOff),
        _ => Err(UpstreamError::Contract(Said::new(&format!("a login refused for an unknown reason: {message}")))),
    }
}

#[cfg(test)]
mod tests;
