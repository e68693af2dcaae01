//! What is asked of Shopify.

use super::Reader;
use crate::catalog::source::Wanted;
use chrono::SecondsFormat;

impl Reader {
    pub(super) fn bulk_query(&self) -> String {
        let which = match &self.wanted {
            // Of every status: what is no longer shown has changed, too.
            Wanted::ChangedSince(since) => {
                format!("updated_at:>='{}'", since.to_rfc3339_opts(SecondsFormat::Secs, true))
            }
            _ => "status:active".to_owned(),
        };
        format!(
            "{{ products(query: \"{which}\") {{ edges {{ node {{ {} variants {{ edges {{ node {{ {} }} }} }} }} }} }} }}",
            self.product_fields(),
            self.variant_fields(),
        )
    }

    pub(super) fn product_fields(&self) -> String {
        let published = self.publication.as_ref().map_or_else(
            || "publishedAt".to_owned(),
            |channel| format!("isPublished: publishedOnPublication(publicationId: \"{channel}\")"),
        );
        format!(
            "id title descriptionHtml handle vendor productType status onlineStoreUrl {published} \
             featuredMedia {{ preview {{ image {{ url }} }} }}"
        )
    }

    pub(super) fn variant_fields(&self) -> String {
        let money = "price { amount currencyCode } compareAtPrice { amount currencyCode }";
        let there = self.country.as_ref().map_or_else(String::new, |country| {
            format!(" there: contextualPricing(context: {{ country: {country} }}) {{ {money} }}")
        });
        format!("id sku barcode position price compareAtPrice availableForSale selectedOptions {{ name value }}{there}")
    }
}
