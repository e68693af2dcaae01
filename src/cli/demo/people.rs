//! The demo's people: a manager, and a user of the shop's workspace alone.

use super::file::Before;
use crate::anythingllm::Client;
use crate::cli::failure::Failure;
use crate::domain::clock::Ambient;
use crate::domain::user::Role;
use secrecy::{ExposeSecret as _, SecretString};
use std::fmt::Write as _;

const MANAGER: &str = "demo-manager";
const USER: &str = "demo-user";

/// A name and a password to log in with.
pub(super) struct Login {
    pub(super) username: &'static str,
    pub(super) password: SecretString,
}

/// Both of them.
pub(super) struct People {
    pub(super) manager: Login,
    pub(super) user: Login,
}

/// Makes who is missing, with the passwords of an earlier run where there are any, and assigns the workspace.
pub(super) async fn ensure(
    client: &Client,
    before: &Before,
    workspace: &str,
    ambient: &Ambient,
) -> Result<People, Failure> {
    let manager =
        person(client, MANAGER, Role::Manager, before.manager_password.as_deref(), workspace, ambient).await?;
    let user = person(client, USER, Role::Default, before.user_password.as_deref(), workspace, ambient).await?;
    Ok(People { manager, user })
}

async fn person(
    client: &Client,
    username: &'static str,
    role: Role,
    before: Option<&str>,
    workspace: &str,
    ambient: &Ambient,
) -> Result<Login, Failure> {
    let password = before.map_or_else(|| password(ambient), SecretString::from);
    let there = match client.find_user_named(username).await? {
        Some(there) => {
            if before.is_none() {
                client.set_password(there.id, &password).await?;
            }
            there
        }
        None => client.create_user(username, &password, role).await?,
    };
    client.assign(workspace, there.id, None).await?;
    Ok(Login { username, password })
}

fn password(ambient: &Ambient) -> SecretString {
    let mut random = [0; 8];
    ambient.randomness.fill(&mut random);
    let mut text = String::new();
    for byte in random {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
    }
    text.into()
}

impl Login {
    pub(super) fn told(&self) -> (String, String) {
        (self.username.to_owned(), self.password.expose_secret().to_owned())
    }
}
