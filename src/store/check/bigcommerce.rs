//! BigCommerce: the catalogue of the v3 API with a store-level token (developer.bigcommerce.com, "API status codes").
//!
//! 401 is a wrong token, 403 "You don't have a required scope to access the endpoint" or another store's hash.

use super::reply::{address, get, send};
use super::{Checked, Finding, MISSING};
use crate::outbound::OutboundError;
use crate::store::headers;
use http::HeaderName;

const TOKEN: HeaderName = HeaderName::from_static("x-auth-token");

pub(super) async fn rest_api(checked: Checked<'_>) -> Result<Finding, OutboundError> {
    let Some(credentials) = checked.credentials else { return Ok(MISSING) };
    let hash = checked.settings.store_ref.as_deref().unwrap_or_default();
    let url =
        address(&format!("https://api.bigcommerce.com/stores/{hash}/v3/catalog/products?limit=1&include_fields=id"))?;
    let reply = send(checked.outbound, get(url, headers::token(TOKEN, credentials))).await?;
    Ok(match reply.status.as_u16() {
        200..=299 if reply.has("/data") => Finding::healthy("BigCommerce answers and products can be read."),
        200..=299 => Finding::degraded("unexpected_answer", "BigCommerce's answer has no products in it."),
        401 => Finding::auth_failed(
            "credentials_refused",
            "BigCommerce does not accept the access token; make an API account under Settings > Store-level API accounts.",
        ),
        403 => Finding::auth_failed(
            "scope_missing",
            "The API account may not read products, or it is of another store: give it Products > read-only, and check \
                `store_ref`.",
        ),
        404 => Finding::degraded("shop_not_found", "BigCommerce knows no such store; check `store_ref`."),
        _ => Finding::of_status(reply.status),
    })
}
