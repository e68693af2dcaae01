//! Whose allowance it is. Each kind of name is a variant of its own, so that names of different kinds never meet,
//! whatever a client calls itself.

use crate::domain::address::Address;
use crate::domain::ids::{KeyId, TenantId};
use crate::domain::owner::Owner;
use crate::domain::user::UserId;
use sha2::{Digest as _, Sha256};
use std::fmt;

/// Who counts, and for a key's users the key that they share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Subject {
    /// All of a key's users together.
    Key(KeyId),
    /// Whoever sends the key itself from one address.
    KeyAtAddress(KeyId, Address),
    /// All visitors with a token of the key at one address.
    VisitorsAtAddress(KeyId, Address),
    /// A visitor with a token of the key, or a customer that the shop has named in it.
    Visitor(KeyId, Owner),
    /// A visitor as whoever holds the key names them.
    Named(KeyId, Label),
    /// A session as whoever holds the key names it, where no visitor is named.
    Session(KeyId, Label),
    /// A person who has logged in; their numbers are unique within their tenant.
    User(TenantId, UserId),
    /// An address, whatever it sends.
    Address(Address),
}

/// What clients call something: of any length, so that 128 bits of a hash stand for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Label([u8; 16]);

impl Label {
    pub fn of(text: &str) -> Self {
        Self(Sha256::digest(text.as_bytes()).first_chunk().copied().unwrap_or_default())
    }
}

/// In hexadecimal.
impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::clock::{Ambient, SystemRandomness};
    use crate::domain::visitor::VisitorId;
    use std::collections::HashSet;

    #[test]
    fn whatever_a_client_calls_itself_it_is_nobody_else() {
        let key = KeyId::new(&Ambient::system());
        let (visitor, address) = (VisitorId::new(&SystemRandomness), Address::of("127.80.1.1".parse().unwrap()));
        let owner = Owner::Visitor(visitor);
        let mut subjects = vec![
            Subject::Key(key),
            Subject::KeyAtAddress(key, address),
            Subject::VisitorsAtAddress(key, address),
            Subject::Visitor(key, owner),
            Subject::Address(address),
            Subject::User(TenantId::DEFAULT, UserId(7)),
        ];
        let texts = [address.to_string(), owner.storage_key(), visitor.to_string(), key.to_string(), "7".to_owned()];
        for label in texts.iter().map(|text| Label::of(text)) {
            subjects.extend([Subject::Named(key, label), Subject::Session(key, label)]);
        }
        assert_eq!(subjects.iter().collect::<HashSet<_>>().len(), subjects.len());
    }
}
