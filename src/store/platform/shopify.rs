//! Shopify's Admin API (shopify.dev: "Perform bulk operations with the GraphQL Admin API", "GraphQL Admin API rate
//! limits"): all products, or those that have changed, by a bulk operation, which costs nothing of the limit; single
//! ones by a query each.
//!
//! A bulk operation is started, looked at until it is done, and its file is read from an address that Shopify signs.
//! That address is one of many hosts and may be anything: it is called as an address that a customer has named, without
//! the token. Partial results of an operation that failed are never read: what they lack would be removed.

mod queries;
mod told;

use super::bulk::{Grouping, Product};
use super::call::{Calls, Reply, refused};
use super::line::withdrawn;
use super::{contract, fault};
use crate::catalog::engine::ReadError;
use crate::catalog::source::Wanted;
use crate::domain::store::StoreSettings;
use crate::outbound::{Ask, Body};
use crate::store::check::SHOPIFY_VERSION;
use bytes::Bytes;
use http::HeaderName;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::time::Duration;
use tokio::time::Instant;
use url::Url;

pub(super) const TOKEN: HeaderName = HeaderName::from_static("x-shopify-access-token");
/// Until a bulk operation must be done, and until another one of the app must be, so that ours can begin.
const LONGEST: Duration = Duration::from_secs(2 * 3600);
/// Times that a query which costs more than is left is asked again.
const THROTTLED: u32 = 12;
/// Bulk operations that are started when they fail by no fault of ours.
const OPERATIONS: u32 = 2;
/// Times that the file of one is asked for: its address ends.
const DOWNLOADS: u32 = 3;
/// Variants of a page, where products are asked for one by one.
const VARIANTS: u32 = 100;
/// Pages of them; Shopify allows 2,048 variants.
const MOST_PAGES: u32 = 30;

pub(super) struct Reader {
    calls: Calls,
    url: Url,
    /// As shoppers see it, without a slash at its end.
    shop: String,
    /// Whose prices are told; none: those of the shop's own market.
    country: Option<String>,
    /// The sales channel in which products must be published; none: the online store.
    publication: Option<String>,
    currency: Option<String>,
    wanted: Wanted,
    file: Option<File>,
    at_end: bool,
    waiting: VecDeque<Bytes>,
}

/// The file of a bulk operation that is being read.
struct File {
    body: Body,
    grouping: Grouping,
    /// Products that it must have.
    count: Option<u64>,
}

/// A bulk operation that is done.
struct Done {
    /// None: it has found nothing.
    url: Option<Url>,
    count: Option<u64>,
}

impl Reader {
    pub(super) fn new(calls: Calls, settings: &StoreSettings, wanted: Wanted) -> Result<Self, ReadError> {
        let host = settings.store_ref.as_deref().unwrap_or_default();
        let version = settings.api_version.as_deref().unwrap_or(SHOPIFY_VERSION);
        let url = Url::parse(&format!("https://{host}/admin/api/{version}/graphql.json"));
        let publication =
            settings.channel_ref.clone().filter(|channel| channel.starts_with("gid://shopify/Publication/"));
        Ok(Self {
            calls,
            url: url.map_err(|_| contract("the shop's address cannot be put together"))?,
            shop: settings.store_url.as_str().trim_end_matches('/').to_owned(),
            country: settings.locale.as_ref().and_then(|locale| locale.country()).map(str::to_owned),
            publication,
            currency: None,
            wanted,
            file: None,
            at_end: false,
            waiting: VecDeque::new(),
        })
    }

    /// The lines of the next product; none at the end.
    pub(super) async fn next(&mut self) -> Result<Option<Bytes>, ReadError> {
        if self.currency.is_none() {
            let data = self.ask("{ shop { currencyCode } }", &json!({})).await?;
            let code = text(&data, "/shop/currencyCode");
            self.currency = Some(code.to_owned()).filter(|code| code.len() == 3);
            if self.currency.is_none() {
                return Err(contract("Shopify does not say the shop's currency"));
            }
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
            match self.file.take() {
                Some(file) => self.read_on(file).await?,
                None => self.open().await?,
            }
        }
    }

    /// Reads the next piece of the file.
    async fn read_on(&mut self, mut file: File) -> Result<(), ReadError> {
        let mut products = Vec::new();
        let piece = file.body.chunk().await;
        let piece = piece.map_err(|error| fault(error.code(), format!("Shopify's file broke off: {error}")))?;
        if let Some(piece) = piece {
            file.grouping.push(&piece, &mut products)?;
            self.file = Some(file);
        } else {
            file.grouping.finish(&mut products)?;
            if file.count.is_some_and(|count| count != file.grouping.products) {
                return Err(contract("Shopify's file has not as many products as Shopify says"));
            }
            self.at_end = true;
        }
        let read: Vec<Bytes> = products.into_iter().map(|product| self.lines(product)).collect();
        self.waiting.extend(read);
        Ok(())
    }

    /// Has a bulk operation done and opens its file.
    async fn open(&mut self) -> Result<(), ReadError> {
        let end = Instant::now() + LONGEST;
        let query = self.bulk_query();
        for nth in 1..=OPERATIONS {
            let id = self.start(&query, end).await?;
            for _ in 0..DOWNLOADS {
                let Some(done) = self.until_done(&id, end).await? else { break };
                let Some(url) = done.url else {
                    if done.count.unwrap_or(0) > 0 {
                        return Err(contract("Shopify gives no address of its file"));
                    }
                    self.at_end = true;
                    return Ok(());
                };
                // No token: whoever serves the file is not the shop.
                let answer = self.calls.outbound.send(Ask { resumes: true, ..Ask::get(url) }).await;
                let answer =
                    answer.map_err(|error| fault(error.code(), format!("Shopify's file cannot be read: {error}")))?;
                match answer.status.as_u16() {
                    200 => {
                        self.file = Some(File { body: answer.body, grouping: Grouping::default(), count: done.count });
                        return Ok(());
                    }
                    // Its address has ended; the operation has a new one.
                    400 | 401 | 403 | 404 | 410 => self.calls.wait(None, 0).await?,
                    _ => return Err(refused(answer.status)),
                }
            }
            if nth < OPERATIONS {
                self.calls.wait(None, nth).await?;
            }
        }
        Err(fault("platform_failed", "Shopify could not prepare the products; the next sync asks again"))
    }

    /// Starts a bulk operation, once those that the app has running allow one more.
    async fn start(&self, query: &str, end: Instant) -> Result<String, ReadError> {
        const START: &str = "mutation Start($query: String!) { bulkOperationRunQuery(query: $query, groupObjects: true) \
            { bulkOperation { id status } userErrors { code field message } } }";
        loop {
            let data = self.ask(START, &json!({ "query": query })).await?;
            let started = text(&data, "/bulkOperationRunQuery/bulkOperation/id");
            if !started.is_empty() {
                return Ok(started.to_owned());
            }
            let errors = data.pointer("/bulkOperationRunQuery/userErrors").and_then(Value::as_array);
            // Older versions have no codes.
            let is_busy = errors.into_iter().flatten().any(|error| {
                text(error, "/code") == "OPERATION_IN_PROGRESS"
                    || text(error, "/message").contains("already in progress")
            });
            if !is_busy {
                return Err(fault("platform_refused", "Shopify does not start a bulk operation with this query"));
            }
            if Instant::now() >= end {
                return Err(fault("platform_busy", "another bulk operation of the app did not end in time"));
            }
            self.calls.wait(None, 1).await?;
        }
    }

    /// Looks at an operation until it is done. None: it has failed, and another one may not.
    async fn until_done(&self, id: &str, end: Instant) -> Result<Option<Done>, ReadError> {
        const LOOK: &str = "query Look($id: ID!) { node(id: $id) { ... on BulkOperation \
            { status errorCode url rootObjectCount } } }";
        let mut nth = 0;
        loop {
            let data = self.ask(LOOK, &json!({ "id": id })).await?;
            match (text(&data, "/node/status"), text(&data, "/node/errorCode")) {
                ("COMPLETED", _) => {
                    let url = text(&data, "/node/url");
                    let url = if url.is_empty() { None } else { Some(Url::parse(url)) };
                    let url = url.transpose().map_err(|_| contract("Shopify gives an address that is none"))?;
                    // As text: it may be larger than JSON's numbers.
                    let count = text(&data, "/node/rootObjectCount").parse().ok();
                    return Ok(Some(Done { url, count }));
                }
                ("CREATED" | "RUNNING", _) if Instant::now() < end => {
                    self.calls.wait(None, nth).await?;
                    nth = (nth + 1).min(2);
                }
                ("CREATED" | "RUNNING", _) => {
                    return Err(fault("platform_busy", "Shopify's bulk operation did not end in time"));
                }
                ("FAILED", "ACCESS_DENIED") => return Err(scope_missing()),
                ("FAILED" | "CANCELED" | "CANCELING" | "EXPIRED", _) => return Ok(None),
                _ => return Err(contract("Shopify does not know its own bulk operation")),
            }
        }
    }

    /// A product by its id; one that is not there is gone.
    async fn single(&self, id: &str) -> Result<Bytes, ReadError> {
        let query = format!(
            "query One($id: ID!, $after: String) {{ product(id: $id) {{ {} variants(first: {VARIANTS}, after: $after) \
             {{ nodes {{ {} }} pageInfo {{ hasNextPage endCursor }} }} }} }}",
            self.product_fields(),
            self.variant_fields(),
        );
        let gid = format!("gid://shopify/Product/{id}");
        let (mut after, mut variants) = (Value::Null, Vec::new());
        for _ in 0..MOST_PAGES {
            let mut data = self.ask(&query, &json!({ "id": gid, "after": after })).await?;
            let Some(product) = data.get_mut("product").filter(|product| product.is_object()) else {
                return if data.get("product").is_some_and(Value::is_null) {
                    Ok(withdrawn(id))
                } else {
                    Err(contract("Shopify's answer has no product in it"))
                };
            };
            if let Some(Value::Array(found)) = product.pointer_mut("/variants/nodes").map(Value::take) {
                variants.extend(found);
            }
            if product.pointer("/variants/pageInfo/hasNextPage").and_then(Value::as_bool) != Some(true) {
                return Ok(self.lines(Product { fields: product.take(), variants }));
            }
            after = product.pointer("/variants/pageInfo/endCursor").cloned().unwrap_or_default();
        }
        Err(contract("a product has more variants than Shopify allows"))
    }

    /// Asks, and waits where the query costs more than is left of the limit.
    async fn ask(&self, query: &str, variables: &Value) -> Result<Value, ReadError> {
        for _ in 0..THROTTLED {
            let mut reply = self.calls.post(&self.url, &json!({ "query": query, "variables": variables })).await?;
            if !reply.status.is_success() {
                return Err(told(&reply));
            }
            let errors = reply.json.get("errors").and_then(Value::as_array);
            let has =
                |code: &str| errors.is_some_and(|all| all.iter().any(|one| text(one, "/extensions/code") == code));
            if has("THROTTLED") {
                let wait = until_affordable(&reply.json);
                self.calls.wait(wait, 1).await?;
                continue;
            }
            if has("ACCESS_DENIED") {
                return Err(scope_missing());
            }
            if errors.is_some_and(|errors| !errors.is_empty()) {
                return Err(fault("platform_refused", "Shopify does not accept the query; check `api_version`"));
            }
            return match reply.json.get_mut("data").map(Value::take) {
                Some(data) if data.is_object() => Ok(data),
                _ => Err(contract("Shopify's answer has no data in it")),
            };
        }
        Err(fault("platform_throttled", "the shop asks for fewer requests"))
    }
}

/// How long it takes until the limit has as much as the query costs.
fn until_affordable(json: &Value) -> Option<Duration> {
    let of = |pointer: &str| json.pointer(pointer).and_then(Value::as_f64);
    let cost = of("/extensions/cost/requestedQueryCost")?;
    let left = of("/extensions/cost/throttleStatus/currentlyAvailable")?;
    let rate = of("/extensions/cost/throttleStatus/restoreRate").filter(|rate| *rate > 0.0)?;
    Duration::try_from_secs_f64(((cost - left) / rate).clamp(0.0, 60.0)).ok()
}

fn told(reply: &Reply) -> ReadError {
    match reply.status.as_u16() {
        402 => fault("shop_frozen", "Shopify has frozen this shop; its owner must settle the bill"),
        404 => fault("shop_not_found", "Shopify knows no such shop; check `store_ref`"),
        423 => fault("shop_locked", "Shopify has locked this shop"),
        _ => refused(reply.status),
    }
}

fn scope_missing() -> ReadError {
    fault("scope_missing", "the access token may not read products; give its app the scope `read_products`")
}

/// The number in `gid://shopify/Product/1`.
fn number(gid: &str) -> &str {
    gid.rsplit('/').next().unwrap_or_default()
}

fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}
