//! Whose a conversation is.

use crate::domain::ids::KeyId;
use crate::domain::user::UserId;
use crate::domain::visitor::{SubjectRef, VisitorId};

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
