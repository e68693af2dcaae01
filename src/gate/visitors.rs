//! The limits that are a visitor's own: known to the gate when a visitor token is sent, so that they are taken together
//! with those of key and address, or not at all.

use super::{Rates, digest};
use crate::domain::access::Principal;
use crate::domain::key::KeyRecord;
use crate::endpoints::Cost;
use crate::limits::{Policy, Rate, Subject, Want};
use std::net::IpAddr;

/// The limits besides those of key and address.
pub(super) fn visitor_wants(
    cost: Cost,
    principal: &Principal,
    client_ip: IpAddr,
    rates: &Rates,
) -> impl Iterator<Item = Want> {
    let key = principal.key();
    let chats = principal.visitor().filter(|_| matches!(cost, Cost::Chat | Cost::VisitorSession));
    let chats = chats.map(|visitor| visitor_want(visitor.key(), &visitor.owner().storage_key(), rates));
    let sessions = key.filter(|_| cost == Cost::VisitorSession).map(|key| {
        let per_minute = rates.visitor_sessions_per_ip_per_minute;
        Want {
            policy: Policy::VisitorSessionMinute,
            subject: Subject(key.id.0.as_u128(), Subject::of_ip(client_ip)),
            rate: Rate { per_minute, burst: per_minute },
        }
    });
    sessions.into_iter().chain(chats)
}

/// What one visitor or session wants of its allowance with a key.
pub(super) fn visitor_want(key: &KeyRecord, visitor: &str, rates: &Rates) -> Want {
    let per_minute = rates.of_key(key.kind, &key.limits).per_visitor_per_minute;
    Want {
        policy: Policy::VisitorMinute,
        subject: Subject(key.id.0.as_u128(), digest(visitor)),
        rate: Rate { per_minute, burst: per_minute },
    }
}
