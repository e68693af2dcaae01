//! What the caller of an endpoint has, and so can give at most: with keys, and with whatever else lets somebody in.

use crate::api::ApiState;
use crate::domain::access::Principal;
use crate::domain::audit::Author;
use crate::domain::ids::{KeyId, TenantId};
use crate::domain::key::{KeyKind, KeyLimits};
use crate::domain::power::{Configured, Power};
use crate::gate::Admitted;
use crate::keys::Caller;
use crate::rejection::Rejection;

/// Who manages, with what they have themselves.
pub(super) struct Managing {
    tenant: TenantId,
    author: Author,
    power: Power,
    configured: Configured,
    key: Option<KeyId>,
}

impl Managing {
    pub(super) fn of(state: &ApiState, admitted: &Admitted) -> Result<Self, Rejection> {
        let (principal, configured) = (admitted.principal(), configured(state));
        let key = match principal {
            Principal::Key(key) => Some(key.id),
            Principal::Anonymous | Principal::Visitor(_) | Principal::User(_) => None,
        };
        let power = Power::of_principal(principal, &configured);
        Ok(Self { tenant: admitted.tenant()?, author: admitted.author()?, power, configured, key })
    }

    pub(super) fn caller(&self) -> Caller<'_> {
        let Self { tenant, author, power, configured, key } = self;
        Caller { tenant: *tenant, author, power, configured: *configured, key: *key }
    }
}

/// Refuses to give what the caller does not have.
///
/// # Errors
/// `insufficient_scope` or `forbidden`, with every field in which it would be more; of the database.
pub(super) async fn gives(state: &ApiState, admitted: &Admitted, given: &Power) -> Result<(), Rejection> {
    let own = state.keys.own_power(Managing::of(state, admitted)?.caller()).await;
    let own = own.map_err(|error| error.to_rejection(admitted.request_id()))?;
    given.within(&own).map_err(Rejection::BeyondOwnPower)
}

/// What holds for keys without limits of their own.
fn configured(state: &ApiState) -> Configured {
    let of = |kind| {
        let in_force = state.rates.of_key(kind, &KeyLimits::default());
        KeyLimits {
            per_minute: Some(in_force.key.units),
            burst: Some(in_force.key.burst),
            per_ip_per_minute: in_force.per_ip.map(|rate| rate.units),
            per_visitor_per_minute: Some(in_force.per_visitor_per_minute),
            max_streams: Some(in_force.streams.all),
            ..KeyLimits::default()
        }
    };
    Configured { publishable: of(KeyKind::Publishable), secret: of(KeyKind::Secret) }
}
