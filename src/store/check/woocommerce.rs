//! WooCommerce: the REST API with a consumer key, and the Store API without
//! (woocommerce.github.io/woocommerce-rest-api-docs, developer.woocommerce.com "Store API").
//!
//! A wrong pair is answered with 401 and `woocommerce_rest_authentication_error`; a request whose `Authorization` the
//! web server has dropped looks anonymous to WooCommerce and gets 401 with `woocommerce_rest_cannot_view`; without
//! pretty permalinks or without WooCommerce there is `rest_no_route`, or a web page.

use super::reply::{Reply, get, send};
use super::{Checked, Finding, MISSING};
use crate::outbound::OutboundError;
use crate::store::headers;

pub(super) async fn rest_api(checked: Checked<'_>) -> Result<Finding, OutboundError> {
    let Some(credentials) = checked.credentials else { return Ok(MISSING) };
    let url = checked.below_store("wp-json/wc/v3/products?per_page=1&_fields=id")?;
    let reply = send(checked.outbound, get(url, headers::authorization(credentials))).await?;
    Ok(match (reply.status.as_u16(), reply.text("/code")) {
        (401 | 403, "woocommerce_rest_cannot_view") => Finding::auth_failed(
            "authorization_not_seen",
            "WooCommerce saw no key: the web server drops the `Authorization` header, or the key's user may not see \
                products. Let the server pass the header on (Apache: `CGIPassAuth On`).",
        ),
        (401 | 403, "woocommerce_rest_authentication_error") => Finding::auth_failed(
            "credentials_refused",
            "WooCommerce does not accept the consumer key and secret; make a pair with read permission under WooCommerce > \
                Settings > Advanced > REST API.",
        ),
        (401, _) => Finding::auth_failed("credentials_refused", "The shop refuses the consumer key and secret."),
        _ => products(&reply),
    })
}

pub(super) async fn store_api(checked: Checked<'_>) -> Result<Finding, OutboundError> {
    let url = checked.below_store("wp-json/wc/store/v1/products?per_page=1&_fields=id")?;
    let reply = send(checked.outbound, get(url, None)).await?;
    Ok(products(&reply))
}

fn products(reply: &Reply) -> Finding {
    if reply.status.is_success() && reply.json.as_ref().is_some_and(serde_json::Value::is_array) {
        return Finding::healthy("WooCommerce answers and products can be read.");
    }
    match (reply.status.as_u16(), reply.text("/code")) {
        (200..=299 | 404, _) => Finding::degraded(
            "rest_disabled",
            "There is no WooCommerce interface at this address. `store_url` must be the address of the WordPress site, \
                WooCommerce must be active, and Settings > Permalinks must be other than \"Plain\".",
        ),
        (401 | 403, _) => Finding::degraded(
            "rest_blocked",
            "The site does not let programs use its REST interface; a security plugin or a firewall must let it through.",
        ),
        _ => Finding::of_status(reply.status),
    }
}
