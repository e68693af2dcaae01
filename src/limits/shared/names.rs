//! What cells and sets are called in Redis. All names of one request hold the same text in braces, so that a cluster
//! keeps them in one place and one script can have them all.

use crate::limits::{Policy, Subject};
use std::fmt::{self, Display};

/// A cell's name: how much of an allowance a subject has used.
pub(super) fn cell(prefix: &str, policy: Policy, subject: &Subject) -> String {
    format!("{prefix}:{{{}}}:{}{}", Together(subject), policy.as_str(), Within(subject))
}

/// The name of the set of a holder's streams.
pub(super) fn streams(prefix: &str, holder: &Subject) -> String {
    format!("{prefix}:{{{}}}:streams{}", Together(holder), Within(holder))
}

/// What is kept together: everything of a key, of a user, of an address.
struct Together<'a>(&'a Subject);

impl Display for Together<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Subject::Key(key)
            | Subject::KeyAtAddress(key, _)
            | Subject::VisitorsAtAddress(key, _)
            | Subject::Visitor(key, _)
            | Subject::Named(key, _)
            | Subject::Session(key, _) => write!(f, "key:{key}"),
            Subject::User(tenant, user) => write!(f, "user:{tenant}:{user}"),
            Subject::Address(address) => write!(f, "address:{address}"),
        }
    }
}

/// Whose it is among those of a key. Each kind begins with a word of its own, so that none is taken for another.
struct Within<'a>(&'a Subject);

impl Display for Within<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Subject::Key(_) | Subject::User(..) | Subject::Address(_) => Ok(()),
            Subject::KeyAtAddress(_, address) => write!(f, ":address:{address}"),
            Subject::VisitorsAtAddress(_, address) => write!(f, ":visitors:{address}"),
            Subject::Visitor(_, owner) => write!(f, ":owner:{}", owner.storage_key()),
            Subject::Named(_, label) => write!(f, ":named:{label}"),
            Subject::Session(_, label) => write!(f, ":session:{label}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::address::Address;
    use crate::domain::clock::{Ambient, SystemRandomness};
    use crate::domain::ids::{KeyId, TenantId};
    use crate::domain::owner::Owner;
    use crate::domain::user::UserId;
    use crate::domain::visitor::VisitorId;
    use crate::limits::Label;
    use std::collections::HashSet;

    #[test]
    fn whoever_counts_has_a_name_of_their_own_and_those_of_a_key_are_kept_together() {
        let key = KeyId::new(&Ambient::system());
        let (visitor, address) = (VisitorId::new(&SystemRandomness), Address::of("2001:db8::1".parse().unwrap()));
        let label = Label::of("{x}");
        let of_key = [
            Subject::Key(key),
            Subject::KeyAtAddress(key, address),
            Subject::VisitorsAtAddress(key, address),
            Subject::Visitor(key, Owner::Visitor(visitor)),
            Subject::Named(key, label),
            Subject::Session(key, label),
        ];
        let others = [Subject::User(TenantId::DEFAULT, UserId(7)), Subject::Address(address)];
        let mut names = HashSet::new();
        for subject in of_key.iter().chain(&others) {
            assert!(names.insert(cell("vestibule", Policy::KeyMinute, subject)));
            assert!(names.insert(cell("vestibule", Policy::IpMinute, subject)));
            assert!(names.insert(streams("vestibule", subject)));
        }
        let together = |name: &str| name.split('{').nth(1).unwrap().split('}').next().unwrap().to_owned();
        let slots: HashSet<_> = of_key
            .iter()
            .flat_map(|s| [cell("v", Policy::KeyMinute, s), streams("v", s)])
            .map(|n| together(&n))
            .collect();
        assert_eq!(slots.len(), 1);
    }
}
