//! What the gate says when it does not let a request through, and what it reads of a request's page.

use super::Arrival;
use crate::domain::access::{Forbidden, Provenance};
use crate::domain::origin::Origin;
use crate::endpoints::as_routed;
use crate::limits::{Exceeded, Policy};
use crate::rejection::Rejection;
use http::request::Parts;
use http::{Method, header};

/// What the headers say about the page a browser request comes from.
pub(super) fn provenance(head: &Parts, arrival: &Arrival) -> Result<Provenance, Rejection> {
    let mut origins = head.headers.get_all(header::ORIGIN).iter();
    let origin = match (origins.next(), origins.next()) {
        (None, _) => None,
        (Some(value), None) => {
            let text = value.to_str().map_err(|_| Rejection::BadRequest("`Origin` is not an origin."))?;
            Some(Origin::parse(text).map_err(|_| Rejection::ForbiddenOrigin("`Origin` is not an origin."))?)
        }
        (Some(_), Some(_)) => return Err(Rejection::BadRequest("Send one `Origin`, not several.")),
    };
    // Browsers leave `Origin` out on same-origin GETs; pages cannot forge `Sec-Fetch-Site`.
    let same_origin_get = origin.is_none()
        && *as_routed(&head.method) == Method::GET
        && head.headers.get("sec-fetch-site").is_some_and(|v| v == "same-origin");
    let same_origin = if same_origin_get { arrival.own_origin.clone() } else { None };
    Ok(Provenance { origin, same_origin, client_ip: Some(arrival.client_ip) })
}

pub(super) fn forbidden(why: Forbidden) -> Rejection {
    match why {
        Forbidden::Unauthenticated => Rejection::Unauthenticated,
        Forbidden::Scope(scope) => Rejection::InsufficientScope(scope),
        Forbidden::Origin => {
            Rejection::ForbiddenOrigin("This page's origin is not on the key's list of allowed origins.")
        }
        Forbidden::OriginMissing => Rejection::ForbiddenOrigin(
            "A publishable key works only in web pages, which send an `Origin`; use a secret key on servers.",
        ),
        Forbidden::Address => Rejection::ForbiddenIp,
        Forbidden::SecretKeyInBrowser => Rejection::InvalidToken(
            "A browser sent this secret key (there is an `Origin`), so it has leaked: revoke it and use a publishable key.",
        ),
        Forbidden::VisitorTokenMissing => Rejection::Forbidden(
            "This key works only with a visitor token: get one from `POST /api/v1/widget/session` and send it instead.",
        ),
        Forbidden::TokenOrigin => {
            Rejection::ForbiddenOrigin("This visitor token was given to a page of another origin; get one of your own.")
        }
        Forbidden::PagesOnly => Rejection::Forbidden(
            "Visitor tokens are for web pages: send a publishable key, or the visitor token to be renewed.",
        ),
        Forbidden::ProgramsOnly => Rejection::Forbidden(
            "This is for secret keys and people who have logged in; publishable keys and visitor tokens cannot use it.",
        ),
        Forbidden::PageOrigin => Rejection::ForbiddenOrigin("This is for programs; web pages cannot call it."),
        Forbidden::Role => Rejection::Forbidden("Your role does not allow this."),
        Forbidden::UsersOnly => Rejection::Forbidden("This is for people who have logged in; a key cannot do it."),
        Forbidden::WorkspaceInactive => Rejection::WORKSPACE_INACTIVE,
    }
}

pub(super) fn rate_limited(exceeded: Exceeded) -> Rejection {
    if exceeded.policies == [Policy::LoginMinute.as_str()] {
        return Rejection::LoginThrottled { retry_after: exceeded.retry_after };
    }
    Rejection::RateLimited { retry_after: exceeded.retry_after, policies: exceeded.policies }
}
