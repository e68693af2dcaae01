//! Deliveries of shops' webhooks: whether they are the shop's, and which product they are about.
//!
//! What a delivery says of a product is never believed: its id is noted, and the product is read anew from the shop. So
//! whoever replays one, or sends one late, makes a product be read once more and nothing else. Signatures are compared
//! in constant time. Documents: shopify.dev, "Verify webhook deliveries"; woocommerce.com, "Using webhooks".

use super::{StoreError, StoreService};
use crate::domain::ids::StoreConnectionId;
use crate::domain::store::Platform;
use crate::storage::{Delivered, StorageError};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;
use ring::hmac;
use secrecy::ExposeSecret as _;
use serde::Deserialize;

/// Longest name of a delivery, in bytes.
const LONGEST_ID: usize = 128;

/// What became of a delivery that is the shop's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// Its product is going to be read.
    Noted,
    /// It was here before.
    Again,
    /// It is about nothing that products are made of.
    Ignored,
}

/// Why a delivery was not taken.
#[derive(Debug, thiserror::Error)]
pub enum DeliveryError {
    /// No such connection, none that takes webhooks, no secret, or the signature is wrong: all look alike.
    #[error("the delivery is not signed by this shop")]
    Refused,
    /// It is the shop's and cannot be read.
    #[error("{0}")]
    Malformed(&'static str),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<StorageError> for DeliveryError {
    fn from(error: StorageError) -> Self {
        Self::Store(error.into())
    }
}

/// All headers of deliveries that are looked at.
pub const DELIVERY_HEADERS: [&str; 7] = [
    SHOPIFY.signature,
    SHOPIFY.delivery,
    SHOPIFY.topic,
    SHOPIFY_SHOP,
    WOOCOMMERCE.signature,
    WOOCOMMERCE.delivery,
    WOOCOMMERCE.topic,
];
const SHOPIFY_SHOP: &str = "x-shopify-shop-domain";

/// Names of a platform's headers.
struct Names {
    signature: &'static str,
    delivery: &'static str,
    topic: &'static str,
}

const SHOPIFY: Names =
    Names { signature: "x-shopify-hmac-sha256", delivery: "x-shopify-webhook-id", topic: "x-shopify-topic" };
const WOOCOMMERCE: Names =
    Names { signature: "x-wc-webhook-signature", delivery: "x-wc-webhook-delivery-id", topic: "x-wc-webhook-topic" };

/// Of a product all that is looked at.
#[derive(Deserialize)]
struct Product {
    id: u64,
    /// WooCommerce: the product of a variation.
    #[serde(default)]
    parent_id: u64,
}

impl StoreService {
    /// Takes a delivery for a connection.
    ///
    /// # Errors
    /// [`DeliveryError`]
    pub async fn take_delivery(
        &self,
        id: StoreConnectionId,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<Delivery, DeliveryError> {
        let stored = self.database.store_connections();
        let (tenant, workspace) = stored.owner(id).await?.ok_or(DeliveryError::Refused)?;
        let connection = stored.find(tenant, workspace).await?.filter(|connection| connection.id == id);
        let connection = connection.filter(|connection| connection.settings.reads_changes());
        let connection = connection.ok_or(DeliveryError::Refused)?;
        let names = match connection.settings.platform {
            Platform::Shopify => SHOPIFY,
            Platform::WooCommerce => WOOCOMMERCE,
            _ => return Err(DeliveryError::Refused),
        };
        let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        if connection.settings.platform == Platform::WooCommerce && header(names.signature).is_empty() && is_ping(body)
        {
            return Ok(Delivery::Ignored);
        }
        let credentials = self.credentials(&connection).await?;
        let secret = credentials.as_ref().and_then(|credentials| credentials.webhook_secret());
        let is_signed = secret.is_some_and(|secret| {
            let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose_secret().as_bytes());
            STANDARD.decode(header(names.signature)).is_ok_and(|given| hmac::verify(&key, body, &given).is_ok())
        });
        // One app's secret signs for every shop that has the app.
        let of_shop = header(SHOPIFY_SHOP);
        let is_own = connection.settings.platform != Platform::Shopify
            || connection.settings.store_ref.as_deref().is_some_and(|own| own.eq_ignore_ascii_case(of_shop));
        if !is_signed || !is_own {
            stored.tell_refused(tenant, id, &self.ambient).await?;
            return Err(DeliveryError::Refused);
        }
        let delivery = header(names.delivery);
        if !(1..=LONGEST_ID).contains(&delivery.len()) || !delivery.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(DeliveryError::Malformed("The delivery has no id."));
        }
        if !is_about_products(header(names.topic)) {
            return Ok(Delivery::Ignored);
        }
        let product: Product = serde_json::from_slice(body)
            .map_err(|_| DeliveryError::Malformed("The delivery is about a product and does not say which."))?;
        let product = if product.parent_id > 0 { product.parent_id } else { product.id }.to_string();
        let now = self.ambient.now();
        Ok(match stored.note_delivery((tenant, workspace), id, delivery, &product, now).await? {
            Delivered::Noted => Delivery::Noted,
            Delivered::Again => Delivery::Again,
        })
    }
}

/// `products/update` of Shopify, `product.updated` of WooCommerce, and so on.
fn is_about_products(topic: &str) -> bool {
    matches!(
        topic,
        "products/create"
            | "products/update"
            | "products/delete"
            | "product.created"
            | "product.updated"
            | "product.deleted"
            | "product.restored"
    )
}

/// What WooCommerce sends, unsigned, when somebody makes a webhook: it wants to see a good answer and says nothing.
fn is_ping(body: &[u8]) -> bool {
    body.strip_prefix(b"webhook_id=")
        .is_some_and(|id| (1..=20).contains(&id.len()) && id.iter().all(u8::is_ascii_digit))
}

#[cfg(test)]
mod tests {
    use super::{Product, is_about_products, is_ping};

    #[test]
    fn a_ping_is_nothing_but_a_ping() {
        assert!(is_ping(b"webhook_id=12"));
        for body in [&b"webhook_id="[..], b"webhook_id=1&x=2", b"{\"id\":1}", b"", b"webhook_id=123456789012345678901"]
        {
            assert!(!is_ping(body));
        }
    }

    #[test]
    fn other_topics_are_no_products() {
        assert!(is_about_products("products/update") && is_about_products("product.deleted"));
        assert!(!is_about_products("orders/create") && !is_about_products(""));
    }

    #[test]
    fn the_id_is_read_of_whatever_else_is_said() {
        let product: Product =
            serde_json::from_str(r#"{"id": 788032119674292922, "title": [1, {"x": null}]}"#).unwrap();
        assert_eq!((product.id, product.parent_id), (788_032_119_674_292_922, 0));
        assert!(serde_json::from_str::<Product>(r#"{"id": "1"}"#).is_err());
    }
}
