//! The first phase: from the feed's bytes to rows in the database.

use super::{Attempt, Stop, SyncFailure};
use crate::catalog::feed::{Entry, Feed, PIECE};
use crate::catalog::product::{Availability, Item};
use crate::domain::sync::{SyncCounts, SyncError, SyncPhase};
use crate::storage::SyncItem;
use bytes::Bytes;
use futures_util::future::BoxFuture;
use futures_util::{Stream, StreamExt as _};
use std::pin::Pin;

const ROWS: usize = 200;
/// Bytes of the feed after which what was read is written, however few rows it is.
const BYTES: usize = 2 * 1024 * 1024;

/// A feed's bytes as they arrive.
pub type FeedStream = Pin<Box<dyn Stream<Item = Result<Bytes, ReadError>> + Send>>;

/// The feed could not be opened, or broke off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadError {
    pub code: &'static str,
    /// For whoever asked for the run.
    pub message: String,
}

/// Rows that are still to be written.
#[derive(Default)]
struct Waiting {
    items: Vec<SyncItem>,
    errors: Vec<SyncError>,
    bytes: usize,
}

impl Attempt<'_> {
    pub(super) async fn read(&mut self, open: BoxFuture<'_, Result<FeedStream, ReadError>>) -> Result<(), Stop> {
        let runs = self.engine.database.sync_runs();
        runs.begin_reading(&self.claimed.claim).await?;
        self.counts = SyncCounts::default();
        let mut stream = open.await.map_err(|error| SyncFailure::read(&error))?;
        let mut feed = Feed::new(self.plan.format);
        let mut entries = Vec::new();
        let mut waiting = Waiting::default();
        while let Some(bytes) = stream.next().await {
            let bytes = bytes.map_err(|error| SyncFailure::read(&error))?;
            self.counts.bytes_read += u64::try_from(bytes.len()).unwrap_or(0);
            for piece in bytes.chunks(PIECE) {
                feed.push(piece, &mut entries).map_err(|error| SyncFailure::feed(&error))?;
                self.take(&mut entries, &mut waiting);
                waiting.bytes += piece.len();
                if waiting.items.len() >= ROWS || waiting.errors.len() >= ROWS || waiting.bytes >= BYTES {
                    self.write(&mut waiting).await?;
                }
            }
        }
        feed.finish(&mut entries).map_err(|error| SyncFailure::feed(&error))?;
        self.take(&mut entries, &mut waiting);
        self.write(&mut waiting).await
    }

    fn take(&mut self, entries: &mut Vec<Entry>, waiting: &mut Waiting) {
        for entry in entries.drain(..) {
            self.counts.records_read += 1;
            match entry {
                Ok(record) => self.item(&record, waiting),
                Err(bad) => {
                    self.counts.failed += 1;
                    self.counts.unknown_failed += 1;
                    waiting.errors.push(SyncError {
                        record_number: Some(bad.number),
                        product: None,
                        code: bad.fault.code().to_owned(),
                        message: bad.fault.message().to_owned(),
                    });
                }
            }
        }
    }

    fn item(&mut self, record: &crate::catalog::feed::Record, waiting: &mut Waiting) {
        match Item::read(record, self.plan.currency.as_deref()) {
            Ok(item) if !self.plan.include_out_of_stock && item.availability == Some(Availability::OutOfStock) => {}
            Ok(item) => waiting.items.push(SyncItem {
                product_key: item.product_key(),
                item_id: item.id.clone(),
                number: record.number,
                item: serde_json::to_value(&item).ok(),
            }),
            Err(bad) => {
                self.counts.failed += 1;
                waiting.errors.push(SyncError {
                    record_number: Some(record.number),
                    product: bad.group.clone().or_else(|| bad.id.clone()),
                    code: format!("bad_{}", bad.attribute),
                    message: bad.message.to_owned(),
                });
                match bad.product_key() {
                    // The product is in the feed: its document stays as it is.
                    Some(product_key) => waiting.items.push(SyncItem {
                        product_key,
                        item_id: format!("#{}", record.number),
                        number: record.number,
                        item: None,
                    }),
                    None => self.counts.unknown_failed += 1,
                }
            }
        }
    }

    async fn write(&mut self, waiting: &mut Waiting) -> Result<(), Stop> {
        let Waiting { items, mut errors, .. } = std::mem::take(waiting);
        let runs = self.engine.database.sync_runs();
        let twice = runs.keep_items(&self.claimed.claim, &items, &errors, &self.counts).await?;
        if twice.is_empty() {
            return Ok(());
        }
        errors.clear();
        for item in items.iter().filter(|item| twice.contains(&item.number)) {
            self.counts.failed += 1;
            errors.push(SyncError {
                record_number: Some(item.number),
                product: Some(item.item_id.clone()),
                code: "duplicate_id".to_owned(),
                message: "the id stands in the feed before; the first one counts".to_owned(),
            });
        }
        runs.keep_items(&self.claimed.claim, &[], &errors, &self.counts).await?;
        Ok(())
    }

    /// Decides whether what was read may be acted upon, and begins the next phase.
    pub(super) async fn judge_feed(&mut self) -> Result<(), Stop> {
        let runs = self.engine.database.sync_runs();
        let plan = runs.plan(&self.claimed.claim).await?;
        self.counts.products_total = plan.products;
        if plan.products == 0 && plan.known == 0 && self.counts.failed == 0 {
            return Err(SyncFailure::new("feed_empty", "the feed has no products").into());
        }
        self.judge_failures()?;
        if plan.missing * 2 > plan.known && !self.claimed.run.allow_mass_removal {
            let message = format!(
                "the feed lacks {} of {} products, and a sync removes more than half of them only if that is allowed",
                plan.missing, plan.known
            );
            return Err(SyncFailure::new("mass_removal", message).into());
        }
        let (phase, now) = (SyncPhase::Embedding, self.engine.ambient.now());
        Ok(runs.begin_phase(&self.claimed.claim, phase, &self.counts, now).await?)
    }

    /// A feed of which too much is broken is not trusted with removing anything.
    pub(super) fn judge_failures(&self) -> Result<(), Stop> {
        let (failed, all) = (u64::from(self.counts.failed), self.counts.records_read.max(1));
        let threshold = self.plan.failure_threshold_percent;
        if failed * 100 > all * u64::from(threshold) {
            let message = format!("{failed} of {all} records failed, which is more than {threshold} percent");
            return Err(SyncFailure::new("too_many_errors", message).into());
        }
        Ok(())
    }
}
