//! Whose a conversation is.

use crate::domain::ids::KeyId;
use crate::domain::user::UserId;
use crate::domain::visitor::{SubjectRef, VisitorId};
use std::net::IpAddr;

/// The principal whose conversation it is: a visitor's by visitor, a key's by key, a user's by user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Owner {
    /// Everyone who holds this key; the session id is then what keeps shoppers apart.
    Key(KeyId),
    /// A person, through whatever session.
    User(UserId),
    /// A browser that holds a visitor token.
    Visitor(VisitorId),
    /// A customer that the shop has named, on whatever device.
    Subject(SubjectRef),
}

/// Whose `Idempotency-Key` it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Requester {
    Owner(Owner),
    /// A page with a publishable key, which all its shoppers have: `1` is a key that two of them may choose, so that
    /// their addresses keep them apart, or one would get the other's conversation. The whole address, because here
    /// neighbours are not one.
    Page(KeyId, IpAddr),
}

impl Requester {
    /// As stored. Ids hold neither `:` nor `@`, so that no two are stored alike.
    pub fn storage_key(self) -> String {
        match self {
            Self::Owner(owner) => owner.storage_key(),
            Self::Page(key, ip) => format!("{}@{}", Owner::Key(key).storage_key(), ip.to_canonical()),
        }
    }
}

impl Owner {
    /// The owner as stored: a kind and an id, so that further kinds need no new column.
    pub fn storage_key(self) -> String {
        match self {
            Self::Key(id) => format!("key:{id}"),
            Self::User(id) => format!("user:{id}"),
            Self::Visitor(id) => format!("visitor:{id}"),
            Self::Subject(subject) => format!("subject:{subject}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::clock::{Ambient, SystemRandomness};
    use std::collections::HashSet;
    use uuid::Uuid;

    #[test]
    fn no_two_are_stored_alike() {
        let id = Uuid::from_u128(7);
        let subject: SubjectRef = serde_json::from_value(serde_json::json!(id)).unwrap();
        let visitor: VisitorId = serde_json::from_value(serde_json::json!(id)).unwrap();
        let page = |ip: &str| Requester::Page(KeyId(id), ip.parse().unwrap());
        let stored: HashSet<String> = [
            Requester::Owner(Owner::Key(KeyId(id))),
            Requester::Owner(Owner::User(UserId(7))),
            Requester::Owner(Owner::Visitor(visitor)),
            Requester::Owner(Owner::Visitor(VisitorId::new(&SystemRandomness))),
            Requester::Owner(Owner::Subject(subject)),
            Requester::Owner(Owner::Key(KeyId::new(&Ambient::system()))),
            page("192.0.2.1"),
            page("192.0.2.2"),
            page("2001:db8::1"),
            page("2001:db8::2"),
        ]
        .into_iter()
        .map(Requester::storage_key)
        .collect();
        assert_eq!(stored.len(), 10);
        assert_eq!(page("::ffff:192.0.2.1").storage_key(), page("192.0.2.1").storage_key());
    }
}
