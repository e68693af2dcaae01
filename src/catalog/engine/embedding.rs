//! The second phase: product by product, storing and embedding what is new or changed.

use super::outcomes::{self, Place, error, outcome};
use super::retry::may_have_worked;
use super::{Attempt, Stop, SyncFailure};
use crate::anythingllm::{RawText, RawTextMetadata, UpstreamError};
use crate::catalog::product::{Document, Item, MAX_VARIANTS, author, card, offer};
use crate::domain::product::Offer;
use crate::domain::sync::{OutcomeKind, SyncCounts, SyncError, SyncOutcome, SyncPhase};
use crate::storage::{Intent, SyncProduct};
use chrono::{DateTime, Utc};
use futures_util::future::BoxFuture;
use futures_util::{FutureExt as _, StreamExt as _, stream};

/// Products looked at at once. Each may have a hundred variants.
const PAGE: u16 = 50;

/// A document that is to be embedded.
pub(super) struct Job {
    pub(super) key: String,
    pub(super) is_new: bool,
    hash: [u8; 32],
    document: Document,
    offer: Offer,
    /// Where an earlier attempt has stored it; perhaps it is embedded already.
    stored: Option<String>,
    /// Where the document is whose place it takes.
    outdated: Option<String>,
    pub(super) place: Place,
}

type StoreCall<'a> = BoxFuture<'a, Result<(usize, Result<String, SyncError>), Stop>>;

/// Documents that are embedded together, and what was seen on the way to them.
#[derive(Default)]
pub(super) struct Batch {
    pub(super) jobs: Vec<Job>,
    unchanged: Vec<String>,
    /// Products of which nothing but the offer has changed.
    pub(super) offers: Vec<(String, Offer)>,
    /// Of products that need no document.
    pub(super) outcomes: Vec<SyncOutcome>,
    pub(super) settled: Settled,
    /// When the first of all of them is told otherwise.
    next_change: Option<DateTime<Utc>>,
    errors: Vec<SyncError>,
    pub(super) cursor: String,
}

/// How many products of a batch needed no document. They count once the cursor has passed them: whoever takes over
/// begins there.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Settled {
    unchanged: u32,
    updated: u32,
    /// Products whose records are broken.
    broken: u32,
    /// Products that the shop does not show any more.
    gone: u32,
}

impl Settled {
    pub(super) fn add_to(self, counts: &mut SyncCounts) {
        counts.unchanged += self.unchanged;
        counts.updated += self.updated;
        counts.products_done += self.unchanged + self.updated + self.broken + self.gone;
    }
}

/// A batch whose documents are stored and not embedded yet.
pub(super) struct StoredBatch {
    jobs: Vec<Job>,
    /// Which job's document is where.
    adds: Vec<(usize, String)>,
    /// Of these, those that may be embedded already.
    twice: Vec<String>,
    /// Products whose documents AnythingLLM did not take.
    failed: Vec<String>,
    settled: Settled,
    errors: Vec<SyncError>,
    cursor: String,
}

impl Attempt<'_> {
    /// Goes through the products that are still to be looked at.
    pub(super) async fn embed(&mut self) -> Result<(), Stop> {
        let runs = self.engine.database.sync_runs();
        let variants = u32::try_from(MAX_VARIANTS).unwrap_or(u32::MAX);
        let mut cursor = self.claimed.run.cursor.clone().unwrap_or_default();
        let mut batch = Batch::default();
        loop {
            let page = runs.products(&self.claimed.claim, &cursor, variants, PAGE).await?;
            let Some(last) = page.last() else { break };
            cursor.clone_from(&last.key);
            for product in page {
                self.look_at(product, &mut batch);
                if batch.jobs.len() >= self.engine.settings.batch {
                    self.flush(&mut batch).await?;
                }
            }
            if batch.jobs.is_empty() {
                self.flush(&mut batch).await?;
            }
        }
        self.flush(&mut batch).await?;
        self.settle().await
    }

    /// Decides what a product needs.
    fn look_at(&mut self, product: SyncProduct, batch: &mut Batch) {
        batch.cursor.clone_from(&product.key);
        let now = self.engine.ambient.now();
        let is_gone = !product.items.is_empty() && product.items.iter().all(|item| item.get("gone").is_some());
        if is_gone {
            batch.settled.gone += 1;
            return;
        }
        let items: Vec<Item> = product.items.into_iter().filter_map(|item| serde_json::from_value(item).ok()).collect();
        let change = items.iter().filter_map(|item| item.next_change(now)).min();
        batch.next_change = [batch.next_change, change].into_iter().flatten().min();
        let items: Vec<Item> = items.into_iter().map(|item| item.at(now)).collect();
        let more = usize::try_from(product.more).unwrap_or(usize::MAX);
        let Some(document) = Document::of(&items, more, &self.plan.source) else {
            // Its records are broken, which was counted when they were read; what is known of it stays.
            batch.settled.broken += 1;
            batch.unchanged.push(product.key);
            return;
        };
        let (hash, offer) = (document.hash(), Offer { words: offer(&items), card: card(&items) });
        if product.content_hash.as_deref() == Some(&hash[..]) && product.pending_hash.is_none() {
            if product.offer == offer {
                batch.settled.unchanged += 1;
                batch.outcomes.push(outcome(&product.key, product.place, OutcomeKind::Unchanged));
                batch.unchanged.push(product.key);
            } else {
                batch.settled.updated += 1;
                batch.outcomes.push(outcome(&product.key, product.place, OutcomeKind::Updated));
                batch.offers.push((product.key, offer));
            }
            return;
        }
        let stored = product.pending_location.filter(|_| product.pending_hash.as_deref() == Some(&hash[..]));
        let is_new = product.content_hash.is_none();
        let (outdated, place) = (product.location, product.place);
        batch.jobs.push(Job { key: product.key, is_new, hash, document, offer, stored, outdated, place });
    }

    /// Writes down what needs no document, and stores the documents of a batch while those of the one before are
    /// embedded: AnythingLLM does the one in another process than the other.
    async fn flush(&mut self, batch: &mut Batch) -> Result<(), Stop> {
        let batch = std::mem::take(batch);
        if batch.cursor.is_empty() {
            return Ok(());
        }
        let runs = self.engine.database.sync_runs();
        let claim = &self.claimed.claim;
        runs.seen(claim, &batch.unchanged).await?;
        if self.claimed.run.dry_run {
            return self.foresee(batch).await;
        }
        if let Some(at) = batch.next_change {
            runs.note_change(claim, at).await?;
        }
        runs.keep_outcomes(claim, &batch.outcomes).await?;
        runs.change_offers(claim, &batch.offers, self.engine.ambient.now()).await?;
        if batch.jobs.is_empty() {
            // Whoever takes over begins after the cursor.
            self.settle().await?;
            batch.settled.add_to(&mut self.counts);
            return Ok(runs.advance(claim, SyncPhase::Embedding, Some(&batch.cursor), &self.counts).await?);
        }
        let stored = match self.waiting.take() {
            None => self.store(batch).await?,
            Some(before) => {
                let outdated = std::mem::take(&mut self.outdated);
                let ((counts, outdated), stored) =
                    tokio::try_join!(self.embed_batch(before, self.counts, outdated), self.store(batch))?;
                (self.counts, self.outdated) = (counts, outdated);
                stored
            }
        };
        self.waiting = Some(stored);
        Ok(())
    }

    /// Embeds what is stored.
    async fn settle(&mut self) -> Result<(), Stop> {
        if let Some(before) = self.waiting.take() {
            let outdated = std::mem::take(&mut self.outdated);
            (self.counts, self.outdated) = self.embed_batch(before, self.counts, outdated).await?;
        }
        Ok(())
    }

    /// Embeds a batch and writes down that it is done; `outdated` is taken out of the workspace with the same call.
    /// Gives the counts, and what is outdated now.
    async fn embed_batch(
        &self,
        batch: StoredBatch,
        mut counts: SyncCounts,
        mut outdated: Vec<String>,
    ) -> Result<(SyncCounts, Vec<String>), Stop> {
        let StoredBatch { jobs, adds, twice, mut failed, settled, mut errors, cursor } = batch;
        let runs = self.engine.database.sync_runs();
        let claim = &self.claimed.claim;
        let locations: Vec<String> = adds.iter().map(|(_, location)| location.clone()).collect();
        let mut found = std::collections::HashSet::new();
        if !locations.is_empty() {
            // What an earlier attempt stored may be embedded already, and AnythingLLM would embed it a second time.
            outdated.extend(twice);
            found = self.embed_patiently(&self.plan.upstream_slug, &locations, &outdated).await?;
            outdated.clear();
        }
        let (mut embedded, mut offers, mut outcomes) = (Vec::new(), Vec::new(), Vec::new());
        for (job, location) in adds.iter().filter_map(|(at, location)| Some((jobs.get(*at)?, location))) {
            if found.contains(location) {
                embedded.push(job.key.clone());
                offers.push((job.key.clone(), job.offer.clone()));
                outcomes.push(outcomes::embedded(job));
                outdated.extend(job.outdated.clone());
                let counter = if job.is_new { &mut counts.added } else { &mut counts.updated };
                *counter += 1;
            } else {
                failed.push(job.key.clone());
                errors.push(error(job, "not_embedded", "AnythingLLM stored the document but did not embed it"));
            }
        }
        outcomes.extend(jobs.iter().filter(|job| failed.contains(&job.key)).map(|job| outcomes::failed(job, &errors)));
        settled.add_to(&mut counts);
        counts.failed += u32::try_from(failed.len()).unwrap_or(u32::MAX);
        counts.products_done += u32::try_from(embedded.len() + failed.len()).unwrap_or(u32::MAX);
        let progress = (cursor.as_str(), &counts);
        let now = self.engine.ambient.now();
        runs.keep_outcomes(claim, &outcomes).await?;
        runs.change_offers(claim, &offers, now).await?;
        runs.embedded(claim, (&embedded, &failed), &errors, progress, now).await?;
        self.engine.metrics.catalog_products(embedded.len(), failed.len());
        Ok((counts, outdated))
    }

    /// After a call whose end was not seen some may be embedded: each is taken out before it is put in again.
    async fn embed_patiently(
        &self,
        slug: &str,
        locations: &[String],
        outdated: &[String],
    ) -> Result<std::collections::HashSet<String>, Stop> {
        let again = std::sync::atomic::AtomicBool::new(false);
        let all = [locations, outdated].concat();
        let call = || {
            let deletes =
                if again.swap(true, std::sync::atomic::Ordering::Relaxed) { all.as_slice() } else { outdated };
            self.engine.client.embed(slug, locations, deletes)
        };
        Ok(self.ask(call).await?)
    }

    /// Stores the documents of a batch, a few at a time.
    async fn store(&self, batch: Batch) -> Result<StoredBatch, Stop> {
        let Batch { jobs, settled, mut errors, cursor, .. } = batch;
        let runs = self.engine.database.sync_runs();
        let fresh: Vec<(usize, &Job)> = jobs.iter().enumerate().filter(|(_, job)| job.stored.is_none()).collect();
        let intents: Vec<Intent> = fresh
            .iter()
            .map(|(_, job)| Intent {
                product_key: job.key.clone(),
                pending_id: self.engine.ambient.uuid(),
                hash: job.hash,
            })
            .collect();
        runs.intend(&self.claimed.claim, &intents, self.engine.ambient.now()).await?;
        let calls: Vec<StoreCall<'_>> =
            fresh.iter().zip(&intents).map(|((at, job), intent)| self.store_one(*at, job, intent).boxed()).collect();
        let mut done = stream::iter(calls).buffer_unordered(self.engine.settings.parallel_uploads);
        let (mut adds, mut failed) = (Vec::new(), Vec::new());
        while let Some(one) = done.next().await {
            match one? {
                (at, Ok(location)) => adds.push((at, location)),
                (at, Err(told)) => {
                    errors.push(told);
                    failed.extend(jobs.get(at).map(|job| job.key.clone()));
                }
            }
        }
        drop(done);
        // When nothing of a batch is taken, it is not the products' fault.
        if adds.is_empty() && failed.len() > 2 {
            let message = "AnythingLLM stores no documents; its document processor may be down";
            return Err(SyncFailure::new("upstream_unavailable", message).into());
        }
        let again = jobs.iter().enumerate().filter_map(|(at, job)| Some((at, job.stored.clone()?)));
        let again: Vec<(usize, String)> = again.collect();
        let twice = again.iter().map(|(_, location)| location.clone()).collect();
        adds.extend(again);
        Ok(StoredBatch { jobs, adds, twice, failed, settled, errors, cursor })
    }

    async fn store_one(
        &self,
        at: usize,
        job: &Job,
        intent: &Intent,
    ) -> Result<(usize, Result<String, SyncError>), Stop> {
        let text = raw_text(&job.document, author(self.claimed.run.workspace, intent.pending_id, &job.key));
        let runs = self.engine.database.sync_runs();
        let claim = &self.claimed.claim;
        let text = &text;
        let call = || async move {
            let answer = self.engine.client.add_raw_text(text).await;
            if let Err(error) = &answer
                && may_have_worked(error)
                && let Err(error) = runs.set_sweep_needed(claim, true).await
            {
                tracing::warn!(%error, "it could not be written down that documents may be left over");
            }
            answer
        };
        match self.patiently(call).await {
            Ok(location) => {
                runs.stored(claim, intent, &location).await?;
                Ok((at, Ok(location)))
            }
            Err(cause @ (UpstreamError::Refused(_) | UpstreamError::Failed { .. })) => {
                tracing::info!(run = %self.claimed.run.id, error = %cause, "AnythingLLM did not take a product's document");
                Ok((at, Err(error(job, "not_stored", "AnythingLLM did not take the document"))))
            }
            Err(error) => Err(SyncFailure::upstream(&error).into()),
        }
    }
}

fn raw_text(document: &Document, author: String) -> RawText {
    RawText {
        text: document.text.clone(),
        metadata: RawTextMetadata {
            title: document.title.clone(),
            url: document.url.clone(),
            doc_author: Some(author),
            description: Some(document.description.clone()),
            doc_source: Some(document.source.clone()),
            chunk_source: document.url.as_ref().map(|url| format!("link://{url}")),
        },
    }
}
