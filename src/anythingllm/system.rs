//! Whether AnythingLLM is there, and what state it is in.

use crate::anythingllm::client::{Ask, Client};
use crate::anythingllm::error::{Said, UpstreamError};
use serde::Deserialize;

#[derive(Deserialize)]
struct Ping {
    online: bool,
}

#[derive(Deserialize)]
struct Authenticated {
    authenticated: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct MultiUser {
    is_multi_user: bool,
}

impl Client {
    /// Whether AnythingLLM answers at all. Needs no key.
    ///
    /// # Errors
    /// It does not, or something else answers at its address.
    pub async fn ping(&self) -> Result<(), UpstreamError> {
        expect(self.json::<Ping>(Ask::get("/api/ping")).await?.online, "it says that it is not online")
    }

    /// Whether AnythingLLM accepts the API key.
    ///
    /// # Errors
    /// [`UpstreamError::BadKey`] when it does not.
    pub async fn check_key(&self) -> Result<(), UpstreamError> {
        expect(self.json::<Authenticated>(Ask::get("/api/v1/auth")).await?.authenticated, "it does not authenticate")
    }

    /// Whether people have accounts there. Before that its UI is open to everyone who reaches it.
    ///
    /// # Errors
    /// No answer, or none that can be understood.
    pub async fn is_multi_user(&self) -> Result<bool, UpstreamError> {
        Ok(self.json::<MultiUser>(Ask::get("/api/v1/admin/is-multi-user-mode")).await?.is_multi_user)
    }
}

fn expect(so: bool, otherwise: &str) -> Result<(), UpstreamError> {
    if so { Ok(()) } else { Err(UpstreamError::Contract(Said::new(otherwise))) }
}
