//! The audit log's words: who changed what, before and after. Entries are written with the change, in one transaction,
//! and never altered.
//!
//! No secret may stand in an entry: what has secrets writes [`REDACTED`] in their place.

use crate::domain::address::Address;
use crate::domain::ids::RequestId;
use crate::domain::key::KeyRecord;
use crate::domain::user::User;
use crate::domain::words::words;
use chrono::{DateTime, Utc};
use ipnet::IpNet;
use serde_json::{Map, Value};
use std::net::IpAddr;
use uuid::Uuid;

/// Stands in an entry where a secret was.
pub const REDACTED: &str = "[redacted]";

words! {
    /// What kind of caller made a change.
    ActorKind {
        /// A person, by AnythingLLM's number of them.
        User = "user",
        ApiKey = "api_key",
        /// Vestibule itself: schedules and sweeps.
        System = "system",
        /// An operator on the command line.
        Cli = "cli",
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Author {
    pub kind: ActorKind,
    /// Which one: a user's number, a key's public id, the system user of the command line, or a part of Vestibule.
    pub id: String,
    /// Its name at that time, for people.
    pub name: String,
    pub request_id: Option<RequestId>,
    /// The neighbourhood of the address it came from.
    pub ip_prefix: Option<IpNet>,
}

impl Author {
    pub fn user(user: &User, request_id: &RequestId, ip: IpAddr) -> Self {
        Self {
            kind: ActorKind::User,
            id: user.id.to_string(),
            name: user.username.clone(),
            request_id: Some(request_id.clone()),
            ip_prefix: Some(Address::of(ip).neighbourhood()),
        }
    }

    pub fn api_key(key: &KeyRecord, request_id: &RequestId, ip: IpAddr) -> Self {
        Self {
            kind: ActorKind::ApiKey,
            id: key.public_id.to_string(),
            name: key.name.clone(),
            request_id: Some(request_id.clone()),
            ip_prefix: Some(Address::of(ip).neighbourhood()),
        }
    }

    /// A part of Vestibule that works by itself.
    pub fn system(part: &str) -> Self {
        Self { kind: ActorKind::System, id: part.to_owned(), name: part.to_owned(), request_id: None, ip_prefix: None }
    }

    /// Kind and id in one word, `user:7`, for what remembers its maker by a text.
    pub fn label(&self) -> String {
        format!("{}:{}", self.kind.as_str(), self.id)
    }

    pub fn cli(user: &str) -> Self {
        Self { kind: ActorKind::Cli, id: user.to_owned(), name: user.to_owned(), request_id: None, ip_prefix: None }
    }
}

#[derive(Debug, Clone)]
pub struct AuditEntry {
    /// What was done, `thing.verb`, such as `workspace.updated`. Stable words, listed in `docs/api/audit.md`.
    pub action: &'static str,
    /// What it was done to, `thing:name`, such as `workspace:alpine-store`.
    pub target: String,
    /// The values that are different afterwards, as they were.
    pub before: Option<Value>,
    /// The same values as they are now.
    pub after: Option<Value>,
}

impl AuditEntry {
    pub fn created(action: &'static str, target: String, after: Value) -> Self {
        Self { action, target, before: None, after: Some(after) }
    }

    pub fn removed(action: &'static str, target: String, before: Value) -> Self {
        Self { action, target, before: Some(before), after: None }
    }

    /// Something done that changed no value.
    pub fn done(action: &'static str, target: String) -> Self {
        Self { action, target, before: None, after: None }
    }

    /// A change: only what differs is kept of both.
    pub fn changed(action: &'static str, target: String, before: Value, after: Value) -> Self {
        let (before, after) = differences(before, after);
        Self { action, target, before: Some(before), after: Some(after) }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct AuditRecord {
    /// Its id; later entries have greater ones.
    pub id: Uuid,
    pub at: DateTime<Utc>,
    pub author: Author,
    /// See [`AuditEntry`].
    pub action: String,
    /// See [`AuditEntry`].
    pub target: String,
    /// See [`AuditEntry`].
    pub before: Option<Value>,
    /// See [`AuditEntry`].
    pub after: Option<Value>,
}

/// The members that differ, of both. Objects are compared member by member, everything else as a whole.
fn differences(before: Value, after: Value) -> (Value, Value) {
    let (Value::Object(before), Value::Object(mut after)) = (before, after) else {
        return (Value::Null, Value::Null);
    };
    let (mut old, mut new) = (Map::new(), Map::new());
    for (name, was) in before {
        match after.remove(&name) {
            Some(is) if is == was => {}
            Some(is) if is.is_object() && was.is_object() => {
                let (was, is) = differences(was, is);
                old.insert(name.clone(), was);
                new.insert(name, is);
            }
            Some(is) => {
                old.insert(name.clone(), was);
                new.insert(name, is);
            }
            None => {
                old.insert(name, was);
            }
        }
    }
    new.extend(after);
    (Value::Object(old), Value::Object(new))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_change_keeps_only_what_differs() {
        let before = json!({"name": "Shop", "settings": {"mode": "query", "top_n": 4}, "tags": ["a"], "gone": 1});
        let after = json!({"name": "Shop", "settings": {"mode": "chat", "top_n": 4}, "tags": ["a", "b"], "new": 2});
        let entry = AuditEntry::changed("workspace.updated", "workspace:shop".into(), before, after);
        assert_eq!(entry.before, Some(json!({"settings": {"mode": "query"}, "tags": ["a"], "gone": 1})));
        assert_eq!(entry.after, Some(json!({"settings": {"mode": "chat"}, "tags": ["a", "b"], "new": 2})));
    }
}
