//! WooCommerce's REST interface (woocommerce.github.io/woocommerce-rest-api-docs: "Products", "Product variations",
//! "Data: currencies"): pages of products in the order of their ids, and the variations of each variable one.
//!
//! Pages are places in a list, and a list from which something is removed while it is read moves up: whatever then
//! stands across the end of a page would be passed over and taken for gone. So each page begins with the last product of
//! the one before, and where it does not, reading goes back until it meets it.

use super::call::{Calls, Reply, refused};
use super::line::{Line, lines, withdrawn};
use super::{contract, fault};
use crate::catalog::engine::ReadError;
use crate::catalog::source::Wanted;
use crate::domain::store::StoreSettings;
use bytes::Bytes;
use chrono::SecondsFormat;
use futures_util::future::BoxFuture;
use futures_util::{FutureExt as _, StreamExt as _, TryStreamExt as _, stream};
use serde_json::Value;
use std::collections::VecDeque;
use url::Url;

/// Products of a page; WooCommerce gives no more.
const PAGE: u64 = 100;
/// Pages in a row that may have nothing new: reading goes back half a page at a time.
const MOST_STUCK: u32 = 1000;
/// Products whose variations are asked for at the same time.
const PARALLEL: usize = 4;
/// Pages of a product's variations at most.
const MOST_VARIATION_PAGES: u64 = 50;
/// What is asked of a product. Shops add a lot of their own to each.
const FIELDS: &str = "id,parent_id,name,type,status,catalog_visibility,description,short_description,sku,\
    global_unique_id,price,regular_price,sale_price,date_on_sale_from_gmt,date_on_sale_to_gmt,stock_status,permalink,\
    categories,brands,attributes,images";
const VARIATION_FIELDS: &str = "id,status,sku,global_unique_id,price,regular_price,sale_price,date_on_sale_from_gmt,\
    date_on_sale_to_gmt,stock_status,attributes,menu_order";

pub(super) struct Reader {
    calls: Calls,
    /// With a slash at its end.
    base: String,
    currency: Option<String>,
    wanted: Wanted,
    /// The last product that was read of the list.
    last: u64,
    /// Where the next page begins.
    offset: u64,
    at_end: bool,
    /// Pages in a row that had nothing new.
    stuck: u32,
    waiting: VecDeque<Bytes>,
}

impl Reader {
    pub(super) fn new(calls: Calls, settings: &StoreSettings, wanted: Wanted) -> Self {
        let base = format!("{}/wp-json/wc/v3/", settings.store_url.as_str().trim_end_matches('/'));
        let (currency, waiting) = (settings.currency.clone(), VecDeque::new());
        Self { calls, base, currency, wanted, last: 0, offset: 0, at_end: false, stuck: 0, waiting }
    }

    /// The lines of the next product; none at the end.
    pub(super) async fn next(&mut self) -> Result<Option<Bytes>, ReadError> {
        if self.currency.is_none() {
            self.currency = Some(self.ask_currency().await?);
        }
        loop {
            if let Some(lines) = self.waiting.pop_front() {
                return Ok(Some(lines));
            }
            if let Wanted::Products(ids) = &mut self.wanted {
                let Some(id) = ids.pop() else { return Ok(None) };
                return self.single(&id).await.map(Some);
            }
            if self.at_end {
                return Ok(None);
            }
            self.page().await?;
        }
    }

    async fn ask_currency(&self) -> Result<String, ReadError> {
        let reply = self.calls.get(&self.url("data/currencies/current")?).await?;
        let code = reply.json.get("code").and_then(Value::as_str).filter(|code| code.len() == 3);
        match (reply.status.as_u16(), code) {
            (200..=299, Some(code)) => Ok(code.to_owned()),
            // Keys that may read products only, and versions that do not have it.
            (403 | 404, _) if reply.code() != "rest_no_route" || reply.status.as_u16() == 403 => {
                Err(fault("currency_unknown", "the shop does not say its currency; set `currency` on the connection"))
            }
            _ => Err(told(&reply)),
        }
    }

    /// Reads the next page of the list.
    async fn page(&mut self) -> Result<(), ReadError> {
        let mut url = self.url("products")?;
        {
            let mut query = url.query_pairs_mut();
            query.append_pair("per_page", &PAGE.to_string());
            query.append_pair("offset", &self.offset.to_string());
            query.append_pair("orderby", "id").append_pair("order", "asc").append_pair("_fields", FIELDS);
            if let Wanted::ChangedSince(since) = &self.wanted {
                // Of every status: what is no longer shown has changed, too.
                query.append_pair("status", "any");
                query.append_pair("modified_after", &since.to_rfc3339_opts(SecondsFormat::Secs, true));
                query.append_pair("dates_are_gmt", "true");
            } else {
                query.append_pair("status", "publish");
            }
        }
        let reply = self.calls.get(&url).await?;
        let Some(products) = reply.json.as_array().filter(|_| reply.status.is_success()) else {
            return Err(told(&reply));
        };
        let ids: Vec<u64> = products.iter().filter_map(id_of).collect();
        if ids.len() != products.len() || !ids.is_sorted_by(|a, b| a < b) {
            return Err(contract("the shop's list of products is not in the order of their ids"));
        }
        self.stuck += 1;
        if self.stuck > MOST_STUCK {
            return Err(contract("the shop's list of products changes faster than it can be read"));
        }
        let meets = self.offset == 0 || ids.first().is_some_and(|first| *first <= self.last);
        if !meets {
            // The list has moved up.
            self.offset = self.offset.saturating_sub(PAGE / 2);
            return Ok(());
        }
        let new: Vec<&Value> =
            products.iter().filter(|product| id_of(product).is_some_and(|id| id > self.last)).collect();
        if !new.is_empty() {
            self.stuck = 0;
        }
        let calls: Vec<BoxFuture<'_, Result<Bytes, ReadError>>> =
            new.into_iter().map(|product| self.lines(product).boxed()).collect();
        let read: Vec<Bytes> = stream::iter(calls).buffered(PARALLEL).try_collect().await?;
        self.waiting.extend(read);
        let count = u64::try_from(ids.len()).unwrap_or(PAGE);
        self.last = ids.last().copied().unwrap_or(self.last).max(self.last);
        self.at_end = count < PAGE;
        // With the last one again.
        self.offset += count.saturating_sub(1);
        Ok(())
    }

    /// A product by its id; one that is not there is gone.
    async fn single(&self, id: &str) -> Result<Bytes, ReadError> {
        let reply = self.calls.get(&self.url(&format!("products/{id}?_fields={FIELDS}"))?).await?;
        if reply.status.as_u16() == 404 && reply.code() == "woocommerce_rest_product_invalid_id" {
            return Ok(withdrawn(id));
        }
        if !reply.status.is_success() || id_of(&reply.json).is_none_or(|own| own.to_string() != id) {
            return Err(told(&reply));
        }
        self.lines(&reply.json).await
    }

    async fn lines(&self, product: &Value) -> Result<Bytes, ReadError> {
        let id = id_of(product).unwrap_or_default().to_string();
        let is_shown = text(product, "/status") == "publish" && text(product, "/catalog_visibility") != "hidden";
        if !is_shown {
            return Ok(withdrawn(&id));
        }
        let currency = self.currency.as_deref().unwrap_or_default();
        let base = common(&id, product);
        if !text(product, "/type").starts_with("variable") {
            let mut line = base;
            properties(&mut line, product);
            offer(&mut line, product, currency);
            return Ok(lines([(line, text(product, "/sku").to_owned(), id)]));
        }
        let mut variations = self.variations(&id).await?;
        variations.retain(|variation| text(variation, "/status") == "publish");
        // The same order whoever asks.
        variations.sort_by_key(|variation| (variation.get("menu_order").and_then(Value::as_i64), id_of(variation)));
        if variations.is_empty() {
            let mut line = base;
            // Nobody can put it into a cart.
            line.text("availability", "out_of_stock");
            return Ok(lines([(line, text(product, "/sku").to_owned(), id)]));
        }
        Ok(lines(variations.iter().map(|variation| {
            let mut line = base.clone();
            for attribute in variation.get("attributes").and_then(Value::as_array).into_iter().flatten() {
                line.option(text(attribute, "/name"), text(attribute, "/option"));
            }
            line.text("gtin", text(variation, "/global_unique_id"));
            offer(&mut line, variation, currency);
            (line, text(variation, "/sku").to_owned(), id_of(variation).unwrap_or_default().to_string())
        })))
    }

    async fn variations(&self, product: &str) -> Result<Vec<Value>, ReadError> {
        let mut all = Vec::new();
        for page in 1..=MOST_VARIATION_PAGES {
            let path = format!(
                "products/{product}/variations?per_page={PAGE}&page={page}&orderby=id&order=asc&_fields={VARIATION_FIELDS}"
            );
            let mut reply = self.calls.get(&self.url(&path)?).await?;
            // Removed since its product was read.
            if reply.status.as_u16() == 404 && page == 1 {
                break;
            }
            let Some(found) = reply.json.as_array_mut().filter(|_| reply.status.is_success()) else {
                return Err(told(&reply));
            };
            let count = found.len();
            all.append(found);
            if u64::try_from(count).is_ok_and(|count| count < PAGE) {
                return Ok(all);
            }
        }
        Ok(all)
    }

    fn url(&self, path: &str) -> Result<Url, ReadError> {
        Url::parse(&format!("{}{path}", self.base)).map_err(|_| contract("the shop's address cannot be put together"))
    }
}

/// What all items of a product have.
fn common(id: &str, product: &Value) -> Line {
    let mut line = Line::of(id);
    line.text("title", text(product, "/name"));
    let about = [text(product, "/short_description"), text(product, "/description")];
    line.text("description", about.join("\n").trim());
    line.text("link", text(product, "/permalink"));
    line.text("image_link", text(product, "/images/0/src"));
    line.text("brand", text(product, "/brands/0/name"));
    line.text("gtin", text(product, "/global_unique_id"));
    let categories = product.get("categories").and_then(Value::as_array).into_iter().flatten();
    let names: Vec<&str> = categories.map(|category| text(category, "/name")).collect();
    line.text("product_type", &names.join("; "));
    line
}

/// The attributes of a product without variations.
fn properties(line: &mut Line, product: &Value) {
    for attribute in product.get("attributes").and_then(Value::as_array).into_iter().flatten() {
        let options = attribute.get("options").and_then(Value::as_array).into_iter().flatten();
        let options: Vec<&str> = options.filter_map(Value::as_str).collect();
        if !options.is_empty() && attribute.get("visible").and_then(Value::as_bool) != Some(false) {
            line.option(text(attribute, "/name"), &options.join(", "));
        }
    }
}

/// What it costs, when, and whether there is one.
fn offer(line: &mut Line, item: &Value, currency: &str) {
    let regular = text(item, "/regular_price");
    // Some kinds of products have no regular price.
    let price = if regular.is_empty() { text(item, "/price") } else { regular };
    if !price.is_empty() {
        line.money("price", price, currency);
    }
    let sale = text(item, "/sale_price");
    if !sale.is_empty() {
        line.money("sale_price", sale, currency);
        for (name, field) in
            [("sale_price_start_date", "/date_on_sale_from_gmt"), ("sale_price_end_date", "/date_on_sale_to_gmt")]
        {
            let date = text(item, field);
            if !date.is_empty() {
                line.text(name, &format!("{}Z", date.trim_end_matches('Z')));
            }
        }
    }
    line.text("availability", text(item, "/stock_status"));
}

fn told(reply: &Reply) -> ReadError {
    match (reply.status.as_u16(), reply.code()) {
        (200..=299, _) | (404, "rest_no_route") => {
            fault("rest_disabled", "there is no WooCommerce interface at this address; check `store_url`")
        }
        (401 | 403, "woocommerce_rest_cannot_view") => {
            fault("authorization_not_seen", "WooCommerce saw no key, or the key's user may not see products")
        }
        _ => refused(reply.status),
    }
}

fn id_of(product: &Value) -> Option<u64> {
    product.get("id").and_then(Value::as_u64)
}

fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}
