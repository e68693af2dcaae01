//! Magento and Adobe Commerce: REST with an integration's token, GraphQL without (developer.adobe.com/commerce/webapi).
//!
//! A token that is wrong, inactive or short of a resource is answered with 401 and "The consumer isn't authorized to
//! access %resources."; a store view that is not there with "The store that was requested wasn't found" (REST) and
//! "Requested store is not found" (GraphQL, header `Store`).

use super::reply::{Reply, get, post, send, with};
use super::{Checked, Finding, MISSING};
use crate::outbound::OutboundError;
use crate::store::headers;
use http::HeaderName;
use serde_json::json;

const STORE: HeaderName = HeaderName::from_static("store");

pub(super) async fn rest_api(checked: Checked<'_>) -> Result<Finding, OutboundError> {
    let Some(credentials) = checked.credentials else { return Ok(MISSING) };
    let view = view(checked);
    let path = format!("rest/{view}/V1/products?searchCriteria%5BpageSize%5D=1&fields=total_count");
    let reply = send(checked.outbound, get(checked.below_store(&path)?, headers::authorization(credentials))).await?;
    if reply.status.is_success() {
        return Ok(if reply.has("/total_count") { healthy() } else { no_magento() });
    }
    Ok(match reply.status.as_u16() {
        401 | 403 => Finding::auth_failed(
            "credentials_refused",
            "Magento does not accept the token for reading products: the integration must be active, have the resource \
                Catalog > Inventory > Products, and since 2.4.4 \"Allow OAuth Access Tokens to be used as standalone Bearer \
                tokens\" must be on.",
        ),
        400 | 404 if store_is_unknown(&reply) => unknown_view(),
        404 => no_magento(),
        _ => Finding::of_status(reply.status),
    })
}

pub(super) async fn graphql(checked: Checked<'_>) -> Result<Finding, OutboundError> {
    let query = json!({ "query": "{ storeConfig { code } }" });
    let token = checked.credentials.and_then(headers::authorization);
    let ask = with(post(checked.below_store("graphql")?, token, &query), STORE, view(checked))?;
    let reply = send(checked.outbound, ask).await?;
    if reply.has_graphql_error(|_, message| is_about_the_store(message)) || store_is_unknown(&reply) {
        return Ok(unknown_view());
    }
    Ok(match reply.status.as_u16() {
        200..=299 if reply.has("/data/storeConfig") => healthy(),
        200..=299 | 404 => no_magento(),
        _ => Finding::of_status(reply.status),
    })
}

fn view(checked: Checked<'_>) -> &str {
    checked.settings.store_ref.as_deref().unwrap_or_default()
}

fn store_is_unknown(reply: &Reply) -> bool {
    is_about_the_store(reply.text("/message"))
}

fn is_about_the_store(message: &str) -> bool {
    message.contains("store that was requested") || message.contains("Requested store is not found")
}

fn healthy() -> Finding {
    Finding::healthy("Magento answers and products can be read.")
}

fn unknown_view() -> Finding {
    Finding::degraded(
        "store_view_unknown",
        "Magento knows no such store view; check `store_ref` (Stores > All Stores).",
    )
}

fn no_magento() -> Finding {
    Finding::degraded("rest_disabled", "There is no interface of Magento at this address; check `store_url`.")
}
