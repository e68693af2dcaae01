//! Emptying sessions of AnythingLLM. It is done with an account that lives as long as the erasure: made with the API
//! key, with a random password that nobody keeps, and removed at the end. So no account of power lies anywhere.

use crate::anythingllm::{ChatNumber, Client, Login, OnBehalf, UpstreamError};
use crate::domain::clock::Ambient;
use crate::domain::conversation::UpstreamSession;
use crate::domain::ids::{ErasureId, RequestId};
use crate::domain::user::{Role, UserId};
use crate::telemetry::RequestFacts;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::SecretString;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Questions with their answers that are read at once.
const PAIRS: usize = 100;
/// A session with more than so many times that is not emptied in one go.
const ROUNDS: usize = 100;

/// Somebody who may remove chats, until [`Self::remove`].
#[derive(Debug)]
pub(super) struct Account {
    id: UserId,
    session: SecretString,
}

/// Why chats cannot be removed at all.
#[derive(Debug, thiserror::Error)]
pub(super) enum NoAccount {
    #[error("AnythingLLM has no accounts: it is not in multi-user mode")]
    SingleUser,
    #[error("AnythingLLM takes no passwords: it runs with SIMPLE_SSO_NO_LOGIN")]
    PasswordsOff,
    #[error("AnythingLLM did not let the account in that it has just made")]
    Refused,
    #[error(transparent)]
    Upstream(#[from] UpstreamError),
}

impl Account {
    /// The account of an erasure: made anew, or taken over from whoever worked on it before.
    pub(super) async fn of(client: &Client, erasure: ErasureId, ambient: &Ambient) -> Result<Self, NoAccount> {
        let username = format!("vestibule-erasure-{}", erasure.0.simple());
        let password = password(ambient);
        let user = match client.find_user_named(&username).await {
            Ok(Some(user)) => {
                client.set_password(user.id, &password).await?;
                user
            }
            Ok(None) => client.create_user(&username, &password, Role::Manager).await?,
            Err(UpstreamError::Refused(_)) => return Err(NoAccount::SingleUser),
            Err(error) => return Err(error.into()),
        };
        match client.log_in(&username, &password, None).await? {
            Login::Valid(login) => Ok(Self { id: user.id, session: login.session }),
            Login::NoAccounts => Err(NoAccount::SingleUser),
            Login::PasswordsOff => Err(NoAccount::PasswordsOff),
            Login::Refused | Login::Suspended => Err(NoAccount::Refused),
        }
    }

    pub(super) async fn remove(&self, client: &Client) {
        if let Err(error) = client.remove_user(self.id).await {
            tracing::warn!(%error, user = %self.id, "the account of an erasure could not be removed from AnythingLLM");
        }
    }
}

/// What AnythingLLM asks of a password: of every kind of character some, and not too short.
fn password(ambient: &Ambient) -> SecretString {
    let mut random = [0; 32];
    ambient.randomness.fill(&mut random);
    format!("aA1!{}", URL_SAFE_NO_PAD.encode(random)).into()
}

/// Removes everything that is stored of a session, and reads it back until nothing is found. Says how much it was.
pub(super) async fn empty(
    client: &Client,
    workspace: &str,
    session: &UpstreamSession,
    account: &Account,
    request_id: &RequestId,
) -> Result<u64, UpstreamError> {
    let mut removed = 0;
    for _ in 0..ROUNDS {
        let facts = Arc::new(RequestFacts::default());
        let on_behalf = OnBehalf { request_id, facts: &facts };
        let stored = match client.history(workspace, session, PAIRS, on_behalf).await {
            Ok(stored) => stored,
            // With the workspace all that was said in it is gone.
            Err(UpstreamError::NotFound) => return Ok(removed),
            Err(error) => return Err(error),
        };
        if stored.is_empty() {
            return Ok(removed);
        }
        let numbers: BTreeSet<_> = stored.iter().filter_map(|message| ChatNumber::of(message.chat_id)).collect();
        if numbers.is_empty() {
            return Err(UpstreamError::contract("stored messages without a number"));
        }
        for number in numbers {
            client.remove_chat(number, &account.session).await?;
            removed += 1;
        }
    }
    Err(UpstreamError::contract("a session that does not get empty"))
}
