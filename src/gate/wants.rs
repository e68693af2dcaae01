//! Which allowances and places a request takes, in the order from what most share to what is one's own.

use super::rates::{InForce, Messages, Rates};
use crate::domain::access::Principal;
use crate::domain::address::Address;
use crate::domain::key::{KeyKind, KeyRecord};
use crate::domain::owner::Owner;
use crate::domain::user::User;
use crate::endpoints::Cost;
use crate::limits::{Label, Policy, Rate, StreamPlace, StreamPolicy, Subject, Want};

/// Who is asking with a key, as far as a client can say so without a visitor token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asking<'a> {
    /// A visitor who has come back and shown it.
    Owner(Owner),
    /// The client's name for the visitor.
    Named(&'a str),
    /// The client's name for the session.
    Session(&'a str),
    /// Nobody says; the address stands in.
    Unnamed,
}

/// What the gate takes.
pub(super) fn wants(rates: &Rates, cost: Cost, principal: &Principal, address: Address) -> Vec<Want> {
    match (cost, principal) {
        (Cost::Login, _) => {
            let per_minute = rates.logins_per_ip_per_minute;
            vec![want(Policy::LoginMinute, Subject::Address(address), Rate::per_minute(per_minute, per_minute))]
        }
        (Cost::Webhook, _) => {
            let per_minute = rates.webhooks_per_ip_per_minute;
            vec![want(Policy::WebhookMinute, Subject::Address(address), Rate::per_minute(per_minute, per_minute))]
        }
        (Cost::Free, _) | (_, Principal::Anonymous) => Vec::new(),
        (Cost::Request | Cost::Chat | Cost::VisitorSession, Principal::User(user)) => {
            vec![want(Policy::UserMinute, user_subject(user), rates.user)]
        }
        (Cost::Request | Cost::Chat | Cost::VisitorSession, Principal::Key(key)) => {
            let in_force = rates.of_key(key.kind, &key.limits);
            let subject = Subject::KeyAtAddress(key.id, address);
            let mut wants = vec![in_force.of_key(key.id)];
            let mut add = |policy, rate: Option<Rate>| wants.extend(rate.map(|rate| want(policy, subject, rate)));
            add(Policy::IpMinute, in_force.per_ip);
            let is = |of| cost == of;
            add(Policy::VisitorSessionMinute, is(Cost::VisitorSession).then_some(in_force.visitor_sessions));
            if is(Cost::Chat) {
                add(Policy::IpMessagesMonth, in_force.a_month.and_then(|messages| messages.per_ip));
                add(Policy::IpMessagesDay, in_force.a_day.and_then(|messages| messages.per_ip));
            }
            wants
        }
        (Cost::Request | Cost::Chat | Cost::VisitorSession, Principal::Visitor(visitor)) => {
            let key = visitor.key();
            of_visitor(cost, key, visitor.owner(), address, &rates.of_key(key.kind, &key.limits))
        }
    }
}

/// A visitor counts for themselves. Tokens are free, so that those without a name count for their address as well, but
/// not together with those who have none; whom the shop has named, it answers for.
fn of_visitor(cost: Cost, key: &KeyRecord, owner: Owner, address: Address, in_force: &InForce) -> Vec<Want> {
    let there = Subject::VisitorsAtAddress(key.id, address);
    let own = Subject::Visitor(key.id, owner);
    let of_chats = |messages: Option<Messages>| messages.filter(|_| cost == Cost::Chat);
    let (a_day, a_month) = (of_chats(in_force.a_day), of_chats(in_force.a_month));
    let mut wants = vec![in_force.of_key(key.id)];
    let mut add = |policy, subject, rate: Option<Rate>| wants.extend(rate.map(|rate| want(policy, subject, rate)));
    if !is_customer(owner) {
        add(Policy::IpVisitorsMinute, there, in_force.visitors_per_ip);
        add(Policy::IpMessagesMonth, there, a_month.and_then(|messages| messages.per_ip));
        add(Policy::IpMessagesDay, there, a_day.and_then(|messages| messages.per_ip));
    }
    add(Policy::VisitorRequestMinute, own, in_force.visitor_requests);
    add(Policy::VisitorMessagesMonth, own, a_month.and_then(|messages| messages.per_visitor));
    add(Policy::VisitorMessagesDay, own, a_day.and_then(|messages| messages.per_visitor));
    if matches!(cost, Cost::Chat | Cost::VisitorSession) {
        wants.push(chat_want(in_force, own));
    }
    wants
}

/// What one visitor or session wants of its chats with a key, once the body is read.
pub(super) fn asking_want(key: &KeyRecord, asking: Asking<'_>, address: Address, rates: &Rates) -> Want {
    let subject = match asking {
        Asking::Owner(owner) => Subject::Visitor(key.id, owner),
        Asking::Named(name) => Subject::Named(key.id, Label::of(name)),
        Asking::Session(name) => Subject::Session(key.id, Label::of(name)),
        Asking::Unnamed => Subject::KeyAtAddress(key.id, address),
    };
    chat_want(&rates.of_key(key.kind, &key.limits), subject)
}

/// What a hand-over takes besides: it costs somebody's time, so that there are few. A back end answers for its customers,
/// and so does a shop for those whom it has named, wherever they are.
pub(super) fn handover_wants(rates: &Rates, principal: &Principal, address: Address) -> Vec<Want> {
    let per_ip = Rate::per_day(rates.handovers_per_ip_per_day);
    let at = |subject| want(Policy::IpHandoversDay, subject, per_ip);
    match principal {
        Principal::Anonymous | Principal::User(_) => Vec::new(),
        Principal::Key(key) => match key.kind {
            KeyKind::Publishable => vec![at(Subject::KeyAtAddress(key.id, address))],
            KeyKind::Secret => Vec::new(),
        },
        Principal::Visitor(visitor) => {
            let (key, owner) = (visitor.key(), visitor.owner());
            let per_visitor = Rate::per_day(rates.handovers_per_visitor_per_day);
            let own = want(Policy::VisitorHandoversDay, Subject::Visitor(key.id, owner), per_visitor);
            let there = (!is_customer(owner)).then(|| at(Subject::VisitorsAtAddress(key.id, address)));
            there.into_iter().chain([own]).collect()
        }
    }
}

fn chat_want(in_force: &InForce, subject: Subject) -> Want {
    let per_minute = in_force.per_visitor_per_minute;
    want(Policy::VisitorMinute, subject, Rate::per_minute(per_minute, per_minute))
}

/// The places that a running stream takes. `named`: a back end's name for the visitor; a page's is its own invention.
pub(super) fn stream_places(
    rates: &Rates,
    principal: &Principal,
    named: Option<&str>,
    address: Address,
) -> Vec<StreamPlace> {
    let place = |policy, holder, max| StreamPlace { policy, holder, max };
    match principal {
        Principal::Anonymous => Vec::new(),
        Principal::User(user) => vec![place(StreamPolicy::All, user_subject(user), rates.user_max_streams)],
        Principal::Key(key) => {
            let streams = rates.of_key(key.kind, &key.limits).streams;
            let mut places = vec![place(StreamPolicy::All, Subject::Key(key.id), streams.all)];
            places.extend(match key.kind {
                KeyKind::Publishable => {
                    let there = Subject::KeyAtAddress(key.id, address);
                    streams.per_ip.map(|max| place(StreamPolicy::PerIp, there, max))
                }
                KeyKind::Secret => named
                    .zip(streams.per_visitor)
                    .map(|(name, max)| place(StreamPolicy::PerVisitor, Subject::Named(key.id, Label::of(name)), max)),
            });
            places
        }
        Principal::Visitor(visitor) => {
            let (key, owner) = (visitor.key(), visitor.owner());
            let streams = rates.of_key(key.kind, &key.limits).streams;
            let (there, own) = (Subject::VisitorsAtAddress(key.id, address), Subject::Visitor(key.id, owner));
            let per_ip = streams.per_ip.filter(|_| !is_customer(owner));
            let mut places = vec![place(StreamPolicy::All, Subject::Key(key.id), streams.all)];
            places.extend(per_ip.map(|max| place(StreamPolicy::PerIp, there, max)));
            places.extend(streams.per_visitor.map(|max| place(StreamPolicy::PerVisitor, own, max)));
            places
        }
    }
}

fn is_customer(owner: Owner) -> bool {
    matches!(owner, Owner::Subject(_))
}

fn user_subject(user: &User) -> Subject {
    Subject::User(user.tenant, user.id)
}

const fn want(policy: Policy, subject: Subject, rate: Rate) -> Want {
    Want { policy, subject, rate }
}

impl InForce {
    /// One request of the key of this id.
    pub fn of_key(&self, id: crate::domain::ids::KeyId) -> Want {
        want(Policy::KeyMinute, Subject::Key(id), self.key)
    }
}
