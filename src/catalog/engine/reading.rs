//! The first phase: from the feed's bytes to rows in the database.

use super::parsing::{Message, Parsed, Parser};
use super::{Attempt, Stop, SyncFailure};
use crate::catalog::feed::FeedEncoding;
use crate::domain::sync::{FeedValidators, OutcomeKind, SyncCounts, SyncError, SyncOutcome, SyncPhase, SyncScope};
use bytes::Bytes;
use futures_util::future::BoxFuture;
use futures_util::{Stream, StreamExt as _};
use std::fmt;
use std::pin::Pin;
use tokio::sync::mpsc;

/// Pieces of the feed, and batches of what they say, that wait for whoever is slower.
const WAITING: usize = 2;

/// A feed's bytes as they arrive.
pub struct FeedStream {
    /// The encoding that its server says.
    encoding: Option<FeedEncoding>,
    /// What its server says to know it by.
    validators: Option<FeedValidators>,
    /// None: its server says that it is what the catalogue was made of.
    bytes: Option<FeedBytes>,
}

/// A feed piece by piece.
type FeedBytes = Pin<Box<dyn Stream<Item = Result<Bytes, ReadError>> + Send>>;

/// The feed could not be opened, or broke off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadError {
    pub code: &'static str,
    /// For whoever asked for the run.
    pub message: String,
}

impl FeedStream {
    /// A feed of which nobody has said what it is encoded in.
    pub fn new(bytes: impl Stream<Item = Result<Bytes, ReadError>> + Send + 'static) -> Self {
        Self { encoding: None, validators: None, bytes: Some(Box::pin(bytes)) }
    }

    /// A feed that has not changed since the catalogue was made of it.
    pub const fn unchanged() -> Self {
        Self { encoding: None, validators: None, bytes: None }
    }

    /// The same with what its server says to know it by.
    #[must_use]
    pub fn known_by(self, validators: FeedValidators) -> Self {
        Self { validators: Some(validators).filter(FeedValidators::is_some), ..self }
    }

    /// The same with the encoding that its server says.
    #[must_use]
    pub fn encoded(self, encoding: Option<FeedEncoding>) -> Self {
        Self { encoding, ..self }
    }
}

impl fmt::Debug for FeedStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FeedStream").field("encoding", &self.encoding).finish_non_exhaustive()
    }
}

impl Attempt<'_> {
    pub(super) async fn read(&mut self, open: BoxFuture<'_, Result<FeedStream, ReadError>>) -> Result<(), Stop> {
        let runs = self.engine.database.sync_runs();
        self.counts = SyncCounts::default();
        // Opened first: what the catalogue is made of is forgotten only when it is going to be made of something else.
        let FeedStream { encoding, validators, bytes } = open.await.map_err(|error| SyncFailure::read(&error))?;
        let Some(mut bytes) = bytes else {
            self.is_unchanged = true;
            let known = runs.count_products(self.claimed.run.tenant, self.claimed.run.workspace).await?;
            let known = u32::try_from(known).unwrap_or(u32::MAX);
            self.counts =
                SyncCounts { products_total: known, products_done: known, unchanged: known, ..SyncCounts::default() };
            return Ok(());
        };
        runs.begin_reading(&self.claimed.claim, self.engine.ambient.now()).await?;
        self.validators = validators;
        let parser = Parser::new(self.plan, self.claimed.run.scope, encoding);
        let (pieces, arriving) = mpsc::channel(WAITING);
        let (parsed, mut batches) = mpsc::channel(WAITING);
        // Ends with its channels, whatever becomes of this attempt.
        tokio::task::spawn_blocking(move || parser.run(arriving, &parsed));
        let feeding = async move {
            while let Some(bytes) = bytes.next().await {
                let bytes = bytes.map_err(|error| SyncFailure::read(&error))?;
                if pieces.send(bytes).await.is_err() {
                    // It has said why.
                    break;
                }
            }
            Ok::<(), Stop>(())
        };
        let writing = async {
            while let Some(message) = batches.recv().await {
                match message {
                    Message::Parsed(parsed) => self.write(parsed).await?,
                    Message::End(end) => return end.map_err(|error| SyncFailure::feed(&error).into()),
                }
            }
            Err(SyncFailure::new("internal", "the feed could not be read").into())
        };
        tokio::try_join!(feeding, writing).map(|_| ())
    }

    async fn write(&mut self, parsed: Parsed) -> Result<(), Stop> {
        let Parsed {
            items, mut errors, mut outcomes, bytes, records, failed, unknown_failed, noted, ends_open, ..
        } = parsed;
        self.ends_open |= ends_open;
        self.counts.bytes_read += bytes;
        self.counts.records_read += records;
        self.counts.failed += failed;
        self.counts.unknown_failed += unknown_failed;
        self.counts.noted += noted;
        let runs = self.engine.database.sync_runs();
        let twice = runs.keep_items(&self.claimed.claim, &items, &errors, &self.counts).await?;
        if !twice.is_empty() {
            errors.clear();
            for item in items.iter().filter(|item| twice.contains(&item.number)) {
                let (code, message) = ("duplicate_id", "the id stands in the feed before; the first one counts");
                self.counts.failed += 1;
                errors.push(SyncError {
                    record_number: Some(item.number),
                    product: Some(item.item_id.clone()),
                    code: code.to_owned(),
                    message: message.to_owned(),
                });
                outcomes.push(SyncOutcome {
                    key: None,
                    outcome: OutcomeKind::Refused,
                    product: Some(item.item_id.clone()),
                    record_number: Some(item.number),
                    line: Some(item.line),
                    byte: Some(item.byte),
                    code: Some(code.to_owned()),
                    message: Some(message.to_owned()),
                });
            }
            runs.keep_items(&self.claimed.claim, &[], &errors, &self.counts).await?;
        }
        Ok(runs.keep_outcomes(&self.claimed.claim, &outcomes).await?)
    }

    /// Decides whether what was read may be acted upon, and begins the next phase.
    pub(super) async fn judge_feed(&mut self) -> Result<(), Stop> {
        let runs = self.engine.database.sync_runs();
        let plan = runs.plan(&self.claimed.claim).await?;
        self.counts.products_total = plan.products;
        let is_full = self.claimed.run.scope == SyncScope::Full;
        if is_full && plan.products == 0 && plan.known == 0 && self.counts.failed == 0 {
            return Err(SyncFailure::new("feed_empty", "the feed has no products").into());
        }
        self.judge_failures()?;
        if is_full && self.ends_open && plan.missing > 0 && self.counts.unknown_failed == 0 {
            self.judge_end().await?;
        }
        if is_full && plan.missing * 2 > plan.known && !self.claimed.run.allow_mass_removal {
            let message = format!(
                "the feed lacks {} of {} products, and a sync removes more than half of them only if that is allowed",
                plan.missing, plan.known
            );
            return Err(SyncFailure::new("mass_removal", message).into());
        }
        let (phase, now) = (SyncPhase::Embedding, self.engine.ambient.now());
        Ok(runs.begin_phase(&self.claimed.claim, phase, &self.counts, now).await?)
    }

    /// A feed whose last line has no end may be cut off, and then the products are missing that stood behind it before.
    async fn judge_end(&mut self) -> Result<(), Stop> {
        let runs = self.engine.database.sync_runs();
        if !runs.lacks_an_end(&self.claimed.claim, self.counts.records_read).await? {
            return Ok(());
        }
        let (code, message) =
            ("cut_off", "the feed's last line has no end, and the products that stood behind it are missing");
        self.counts.failed += 1;
        self.counts.unknown_failed += 1;
        let error =
            SyncError { record_number: None, product: None, code: code.to_owned(), message: message.to_owned() };
        runs.keep_items(&self.claimed.claim, &[], &[error], &self.counts).await?;
        let outcome = SyncOutcome {
            key: None,
            outcome: OutcomeKind::Refused,
            product: None,
            record_number: None,
            line: None,
            byte: None,
            code: Some(code.to_owned()),
            message: Some(message.to_owned()),
        };
        Ok(runs.keep_outcomes(&self.claimed.claim, &[outcome]).await?)
    }

    /// A feed of which too much is broken is not trusted with removing anything. One record is not too much, however few
    /// there are, unless there is no other.
    pub(super) fn judge_failures(&self) -> Result<(), Stop> {
        if self.claimed.run.scope == SyncScope::Products {
            // A single product that is of no use says nothing of the shop, and it is told.
            return Ok(());
        }
        let (failed, all) = (u64::from(self.counts.failed), self.counts.records_read.max(1));
        let threshold = self.plan.failure_threshold_percent;
        if (failed > 1 || failed >= all) && failed * 100 > all * u64::from(threshold) {
            let message = format!("{failed} of {all} records failed, which is more than {threshold} percent");
            return Err(SyncFailure::new("too_many_errors", message).into());
        }
        Ok(())
    }
}
