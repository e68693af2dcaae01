//! `/api/v1/store-webhooks/{connection}`: what shops send of themselves when a product changes.

use crate::api::Shared;
use crate::api::admitted::Gated;
use crate::api::response::{self, Refusal};
use crate::domain::ids::StoreConnectionId;
use crate::rejection::{Code, Rejection};
use crate::store::{Delivery, DeliveryError};
use axum::extract::{Request, State};
use axum::response::Response;
use http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// One answer for a connection that is not there, one without a secret, and a wrong signature.
const REFUSED: Rejection = Rejection::InvalidToken("The delivery is not signed by the shop of this connection.");

/// What became of a delivery.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StoreDelivery)]
pub(crate) struct DeliveryView {
    /// `noted`: the product is read from the shop within seconds. `again`: the delivery was here before. `ignored`: it
    /// is about no product.
    #[schema(example = "noted")]
    result: &'static str,
}

/// Takes a delivery of a shop's webhook.
///
/// For Shopify and WooCommerce, not for people. Signed with the `webhook_secret` of the connection's credentials over
/// the bytes of the body: `X-Shopify-Hmac-Sha256`, or `X-WC-Webhook-Signature`. The product is then read anew from the
/// shop; nothing that the delivery says of it is believed. A delivery counts once, however often it is sent.
#[utoipa::path(
    post,
    path = "/api/v1/store-webhooks/{connection}",
    tag = "Stores",
    summary = "Take a shop's webhook",
    params(
        ("connection" = Uuid, Path, description = "The connection; its `webhook_path` is this path."),
        ("X-Shopify-Hmac-Sha256" = Option<String>, Header, description = "Shopify's signature."),
        ("X-Shopify-Webhook-Id" = Option<String>, Header, description = "Shopify's id of the delivery."),
        ("X-Shopify-Topic" = Option<String>, Header, description = "`products/create`, `products/update` or `products/delete`."),
        ("X-WC-Webhook-Signature" = Option<String>, Header, description = "WooCommerce's signature."),
        ("X-WC-Webhook-Delivery-ID" = Option<String>, Header, description = "WooCommerce's id of the delivery."),
        ("X-WC-Webhook-Topic" = Option<String>, Header, description = "`product.created`, `product.updated`, `product.deleted` or `product.restored`.")
    ),
    request_body(content = Object, description = "The product as the platform sends it."),
    responses((status = 200, description = "It was taken.", body = DeliveryView)),
    extensions(("x-refusals" = json!([Code::BadRequest, Code::InvalidToken]))),
)]
pub(crate) async fn take(
    State(state): State<Shared>,
    Gated(admitted): Gated,
    request: Request,
) -> Result<Response, Refusal> {
    let (parts, body) = request.into_parts();
    // The edge has read and capped it.
    let body = axum::body::to_bytes(body, usize::MAX).await.map_err(|_| Rejection::Internal)?;
    let connection = admitted.param("connection").and_then(|id| Uuid::try_parse(id).ok());
    let taken = match connection {
        Some(id) => state.stores.take_delivery(StoreConnectionId(id), &parts.headers, &body).await,
        None => Err(DeliveryError::Refused),
    };
    let result = match taken {
        Ok(Delivery::Noted) => {
            state.catalog.product_noted();
            "noted"
        }
        Ok(Delivery::Again) => "again",
        Ok(Delivery::Ignored) => "ignored",
        Err(DeliveryError::Refused) => {
            state.metrics.store_delivery("refused");
            return Err(REFUSED.into());
        }
        Err(DeliveryError::Malformed(why)) => {
            state.metrics.store_delivery("malformed");
            return Err(Rejection::BadRequest(why).into());
        }
        Err(DeliveryError::Store(error)) => return Err(error.to_rejection(admitted.request_id()).into()),
    };
    state.metrics.store_delivery(result);
    response::json(StatusCode::OK, &DeliveryView { result })
}
