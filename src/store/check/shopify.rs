//! Shopify: the Admin API, the Storefront API and the storefront's MCP server (shopify.dev, "About Shopify API
//! versioning", "API response status and error codes", "Storefront MCP server").
//!
//! The Admin API answers a wrong token with 401 and `{"errors": "[API] Invalid API key or access token …"}`, a missing
//! scope with 200 and `errors[].extensions.code` `ACCESS_DENIED`, and a retired version with the oldest living one,
//! named in `X-Shopify-API-Version`.

use super::reply::{Reply, address, post, send};
use super::{Checked, Finding, MISSING};
use crate::domain::store::{Secrets, StoreCredentials};
use crate::outbound::OutboundError;
use crate::store::headers;
use http::{HeaderMap, HeaderName};
use secrecy::ExposeSecret as _;
use serde_json::json;

/// Asked for where the connection names no version; retired in July 2027 at the earliest.
pub(in crate::store) const VERSION: &str = "2026-07";

const ADMIN_TOKEN: HeaderName = HeaderName::from_static("x-shopify-access-token");
const PUBLIC_TOKEN: HeaderName = HeaderName::from_static("x-shopify-storefront-access-token");
const PRIVATE_TOKEN: HeaderName = HeaderName::from_static("shopify-storefront-private-token");
const ANSWERED_VERSION: HeaderName = HeaderName::from_static("x-shopify-api-version");

/// Needs the scope `read_products` and nothing else.
const QUERY: &str = "{ shop { name } products(first: 1) { edges { node { id } } } }";

pub(super) async fn admin_api(checked: Checked<'_>) -> Result<Finding, OutboundError> {
    let Some(credentials) = checked.credentials else { return Ok(MISSING) };
    let url = address(&format!("https://{}/admin/api/{}/graphql.json", shop(checked), version(checked)))?;
    let ask = post(url, headers::token(ADMIN_TOKEN, credentials), &json!({ "query": QUERY }));
    let reply = send(checked.outbound, ask).await?;
    Ok(graphql(checked, &reply))
}

pub(super) async fn storefront_api(checked: Checked<'_>) -> Result<Finding, OutboundError> {
    let url = address(&format!("https://{}/api/{}/graphql.json", shop(checked), version(checked)))?;
    // Products can be read without a token, too.
    let token = checked.credentials.and_then(storefront_token);
    let reply = send(checked.outbound, post(url, token, &json!({ "query": QUERY }))).await?;
    Ok(graphql(checked, &reply))
}

pub(super) async fn storefront_mcp(checked: Checked<'_>) -> Result<Finding, OutboundError> {
    let url = address(&format!("https://{}/api/mcp", shop(checked)))?;
    let call = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {} });
    let reply = send(checked.outbound, post(url, None, &call)).await?;
    if !reply.status.is_success() {
        return Ok(refused(&reply));
    }
    let tools = reply.json.as_ref().and_then(|json| json.pointer("/result/tools")).and_then(|tools| tools.as_array());
    let names = tools.into_iter().flatten().filter_map(|tool| tool.get("name")).filter_map(|name| name.as_str());
    // `search_shop_catalog`, and `search_catalog` of the newer profile.
    if names.into_iter().any(|name| name.starts_with("search_") && name.ends_with("catalog")) {
        return Ok(Finding::healthy("The storefront's MCP server answers and can search the catalogue."));
    }
    Ok(Finding::degraded(
        "mcp_without_catalog",
        "The storefront's MCP server answers and offers no search of a catalogue.",
    ))
}

fn graphql(checked: Checked<'_>, reply: &Reply) -> Finding {
    if !reply.status.is_success() {
        return refused(reply);
    }
    if reply.has_graphql_error(|code, _| matches!(code, "ACCESS_DENIED")) {
        return Finding::auth_failed(
            "scope_missing",
            "The access token may not read products; give its app the scope `read_products` and install it again.",
        );
    }
    if reply.has_graphql_error(|code, _| matches!(code, "UNAUTHORIZED")) {
        return wrong_token();
    }
    if reply.has_graphql_error(|code, _| matches!(code, "THROTTLED")) {
        return Finding::of_status(http::StatusCode::TOO_MANY_REQUESTS);
    }
    if !reply.has("/data/products") {
        return Finding::degraded("unexpected_answer", "Shopify's answer has no products in it.");
    }
    let answered = reply.headers.get(ANSWERED_VERSION).and_then(|version| version.to_str().ok());
    match (checked.settings.api_version.as_deref(), answered) {
        // The value is Shopify's: only a version's form is repeated.
        (Some(wanted), Some(answered)) if answered != wanted && is_version(answered) => Finding::degraded(
            "api_version_retired",
            format!(
                "Shopify does not serve version {wanted} any more and answered as {answered}; set `api_version` to a living one."
            ),
        ),
        _ => Finding::healthy("Shopify answers and products can be read."),
    }
}

fn refused(reply: &Reply) -> Finding {
    match reply.status.as_u16() {
        401 => wrong_token(),
        402 => Finding::degraded("shop_frozen", "Shopify has frozen this shop; its owner must settle the bill."),
        403 => Finding::auth_failed(
            "access_denied",
            "Shopify denies access: the token may belong to another shop, or its app lacks the scope `read_products`.",
        ),
        404 => Finding::degraded("shop_not_found", "Shopify knows no such shop; check `store_ref`."),
        423 => Finding::degraded("shop_locked", "Shopify has locked this shop."),
        300..=399 => Finding::degraded(
            "storefront_closed",
            "The storefront redirects, as it does while it is protected by a password; open it or use the Admin API.",
        ),
        _ => Finding::of_status(reply.status),
    }
}

fn wrong_token() -> Finding {
    Finding::auth_failed(
        "credentials_refused",
        "Shopify does not accept the access token. It is shown once, when the app is installed; an app's client secret is not it.",
    )
}

fn shop(checked: Checked<'_>) -> &str {
    checked.settings.store_ref.as_deref().unwrap_or_default()
}

fn version(checked: Checked<'_>) -> &str {
    checked.settings.api_version.as_deref().unwrap_or(VERSION)
}

fn is_version(text: &str) -> bool {
    text.len() == 7 && text.bytes().all(|b| b.is_ascii_digit() || b == b'-') || text == "unstable"
}

/// Private tokens begin like Admin tokens and stand in another header than public ones.
fn storefront_token(credentials: &StoreCredentials) -> Option<HeaderMap> {
    let Secrets::AccessToken { token, .. } = credentials.expose() else { return None };
    let private = token.expose_secret().starts_with("shpat_");
    headers::token(if private { PRIVATE_TOKEN } else { PUBLIC_TOKEN }, credentials)
}
