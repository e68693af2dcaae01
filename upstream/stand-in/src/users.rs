//! Accounts: creating, changing, deleting, and the tokens of simple single sign-on.
//!
//! Passwords are kept in plain text, this server protects nothing.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::clock::{self, Moment, iso};
use crate::world::World;

/// A single sign-on token lives this long.
const SSO_TOKEN_MINUTES: i64 = 6;

/// An account.
#[derive(Clone, Debug)]
pub(crate) struct User {
    pub(crate) id: u64,
    pub(crate) username: String,
    pub(crate) password: String,
    pub(crate) role: String,
    pub(crate) suspended: bool,
    pub(crate) seen_recovery_codes: bool,
    pub(crate) daily_message_limit: Option<u64>,
    pub(crate) bio: String,
    pub(crate) created_at: Moment,
}

/// A single-use token which turns into a session.
#[derive(Clone, Debug)]
pub(crate) struct SsoToken {
    pub(crate) token: String,
    pub(crate) user_id: u64,
    pub(crate) expires_at: Moment,
}

impl User {
    /// The account as every endpoint shows it.
    pub(crate) fn to_json(&self) -> Value {
        json!({
            "id": self.id,
            "username": self.username,
            "pfpFilename": null,
            "role": self.role,
            "suspended": u8::from(self.suspended),
            "seen_recovery_codes": self.seen_recovery_codes,
            "createdAt": iso(self.created_at),
            "lastUpdatedAt": iso(self.created_at),
            "dailyMessageLimit": self.daily_message_limit,
            "bio": self.bio,
        })
    }
}

impl World {
    /// Adds an account without checking anything.
    pub(crate) fn insert_user(&mut self, username: &str, password: &str, role: &str) -> User {
        let user = User {
            id: self.next_id("users"),
            username: username.to_owned(),
            password: password.to_owned(),
            role: role.to_owned(),
            suspended: false,
            seen_recovery_codes: false,
            daily_message_limit: None,
            bio: String::new(),
            created_at: clock::now(),
        };
        self.users.push(user.clone());
        user
    }

    /// Creates an account from a request body.
    pub(crate) fn create_user(&mut self, body: &Value) -> Result<User, String> {
        let username = check_username(body.get("username").and_then(Value::as_str).unwrap_or(""))?;
        let role = match body.get("role") {
            None | Some(Value::Null) => "default",
            Some(role) => check_role(role)?,
        };
        let password = check_password(body.get("password").and_then(Value::as_str).unwrap_or(""))?;
        if self.user_named(username).is_some() {
            // The column is missing from the message upstream too.
            return Err("A user with that undefined already exists".to_owned());
        }
        let user = self.insert_user(username, password, role);
        let index = self.users.len() - 1;
        self.users[index].daily_message_limit = body.get("dailyMessageLimit").and_then(Value::as_u64);
        if let Some(bio) = body.get("bio").and_then(Value::as_str) {
            bio.clone_into(&mut self.users[index].bio);
        }
        Ok(self.user(user.id).cloned().unwrap_or(user))
    }

    pub(crate) fn user(&self, id: u64) -> Option<&User> {
        self.users.iter().find(|user| user.id == id)
    }

    pub(crate) fn user_mut(&mut self, id: u64) -> Option<&mut User> {
        self.users.iter_mut().find(|user| user.id == id)
    }

    pub(crate) fn user_named(&self, username: &str) -> Option<&User> {
        self.users.iter().find(|user| user.username == username)
    }

    /// Changes an account as the body says.
    pub(crate) fn update_user(&mut self, id: u64, body: &Value) -> Result<(), String> {
        let admins = self.users.iter().filter(|user| user.role == "admin").count();
        let taken = |world: &Self, name: &str| world.user_named(name).is_some_and(|other| other.id != id);
        let username = match body.get("username").and_then(Value::as_str) {
            Some(name) => Some(check_username(name)?.to_owned()),
            None => None,
        };
        if username.as_deref().is_some_and(|name| taken(self, name)) {
            return Err("A user with that undefined already exists".to_owned());
        }
        let user = self.user_mut(id).ok_or_else(|| "User not found".to_owned())?;
        if let Some(role) = body.get("role") {
            let role = check_role(role)?;
            if user.role == "admin" && role != "admin" && admins < 2 {
                return Err("No system admins will remain if you do this. Update failed.".to_owned());
            }
            role.clone_into(&mut user.role);
        }
        if let Some(password) = body.get("password").and_then(Value::as_str) {
            check_password(password)?.clone_into(&mut user.password);
        }
        if let Some(username) = username {
            user.username = username;
        }
        if let Some(suspended) = body.get("suspended") {
            user.suspended = truthy(suspended);
        }
        if let Some(limit) = body.get("dailyMessageLimit") {
            user.daily_message_limit = limit.as_u64();
        }
        if let Some(bio) = body.get("bio").and_then(Value::as_str) {
            bio.clone_into(&mut user.bio);
        }
        Ok(())
    }

    /// Deletes an account and everything that hangs on it.
    pub(crate) fn delete_user(&mut self, id: u64) -> bool {
        let before = self.users.len();
        self.users.retain(|user| user.id != id);
        self.memberships.retain(|membership| membership.user_id != id);
        self.sso_tokens.retain(|token| token.user_id != id);
        self.users.len() < before
    }

    /// Issues a single sign-on token; earlier ones of the same user die.
    pub(crate) fn issue_sso_token(&mut self, user_id: u64) -> String {
        self.sso_tokens.retain(|token| token.user_id != user_id);
        let token = format!("allm-tat-{}", crate::world::new_api_key());
        self.sso_tokens.push(SsoToken {
            token: token.clone(),
            user_id,
            expires_at: clock::now() + chrono::Duration::minutes(SSO_TOKEN_MINUTES),
        });
        token
    }

    /// Redeems a single sign-on token.
    pub(crate) fn redeem_sso_token(&mut self, token: &str) -> Result<User, &'static str> {
        if token.is_empty() {
            return Err("Public token is required to validate a temporary auth token.");
        }
        let position = self.sso_tokens.iter().position(|known| known.token == token).ok_or("Invalid token.")?;
        let known = self.sso_tokens.remove(position);
        if known.expires_at < clock::now() {
            return Err("Token expired.");
        }
        let user = self.user(known.user_id).cloned().ok_or("Invalid token.")?;
        if user.suspended {
            return Err("User account suspended.");
        }
        Ok(user)
    }

    /// Marks the recovery codes as seen and hands them out, the first time only.
    pub(crate) fn take_recovery_codes(&mut self, id: u64) -> Option<Vec<String>> {
        let user = self.user_mut(id)?;
        if user.seen_recovery_codes {
            return None;
        }
        user.seen_recovery_codes = true;
        Some((0..4).map(|_| Uuid::new_v4().to_string()).collect())
    }
}

/// Truth as JavaScript sees it.
pub(crate) fn truthy(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(value) => *value,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(_) | Value::Object(_) => true,
    }
}

pub(crate) fn check_username(name: &str) -> Result<&str, String> {
    let mut chars = name.chars();
    let starts_well = chars.next().is_some_and(|c| c.is_ascii_lowercase());
    let goes_on = chars.all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '_' | '@' | '-'));
    if name.chars().count() < 2 {
        Err("Username must be at least 2 characters".to_owned())
    } else if name.chars().count() > 64 {
        Err("Username cannot be longer than 64 characters".to_owned())
    } else if starts_well && goes_on {
        Ok(name)
    } else {
        Err("Username must start with a lowercase letter and only contain lowercase letters, numbers, underscores, hyphens, and periods".to_owned())
    }
}

pub(crate) fn check_password(password: &str) -> Result<&str, String> {
    if password.chars().count() < 8 {
        Err("password should be at least 8 characters long".to_owned())
    } else if password.chars().count() > 250 {
        Err("password should not be longer than 250 characters".to_owned())
    } else {
        Ok(password)
    }
}

fn check_role(role: &Value) -> Result<&str, String> {
    role.as_str()
        .filter(|role| matches!(*role, "default" | "admin" | "manager"))
        .ok_or_else(|| "Invalid role. Allowed roles are: default, admin, manager".to_owned())
}
