//! What the caller of an endpoint has, and so can give at most: with keys, and with whatever else lets somebody in.

use crate::api::ApiState;
use crate::domain::key::{KeyKind, KeyLimits};
use crate::domain::power::{Configured, Power};
use crate::gate::Admitted;
use crate::rejection::Rejection;

/// Refuses to give what the caller does not have.
///
/// # Errors
/// `insufficient_scope` or `forbidden`, with every field in which it would be more.
pub(super) fn gives(state: &ApiState, admitted: &Admitted, given: &Power) -> Result<(), Rejection> {
    let own = Power::of_principal(admitted.principal(), &configured(state));
    given.within(&own).map_err(Rejection::BeyondOwnPower)
}

/// What holds for keys without limits of their own.
pub(super) fn configured(state: &ApiState) -> Configured {
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
