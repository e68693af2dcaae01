//! The second phase: product by product, storing and embedding what is new or changed.

use super::retry::may_have_worked;
use super::{Attempt, Stop, SyncFailure};
use crate::anythingllm::{RawText, RawTextMetadata, UpstreamError};
use crate::catalog::product::{Document, Item, MAX_VARIANTS};
use crate::domain::sync::{OutcomeKind, SyncError, SyncOutcome, SyncPhase};
use crate::storage::{Intent, SyncProduct};
use chrono::{DateTime, Utc};
use futures_util::future::BoxFuture;
use futures_util::{FutureExt as _, StreamExt as _, stream};
use uuid::Uuid;

/// Products looked at at once. Each may have a hundred variants.
const PAGE: u16 = 50;
/// Begins the author of every document of ours; then follow the workspace and the attempt to store it.
const AUTHOR: &str = "vestibule-catalog";
/// Documents of a folder that are looked at at once.
const SWEEP_PAGE: u16 = 1000;

/// A document that is to be embedded.
struct Job {
    key: String,
    is_new: bool,
    hash: [u8; 32],
    document: Document,
    /// Where an earlier attempt has stored it; perhaps it is embedded already.
    stored: Option<String>,
    /// Where it stands in the feed.
    place: Option<(u64, u64, u64)>,
}

type StoreCall<'a, 'j> = BoxFuture<'a, Result<(&'j Job, Result<String, SyncError>), Stop>>;

/// Documents that are embedded together, and what was seen on the way to them.
#[derive(Default)]
struct Batch {
    jobs: Vec<Job>,
    unchanged: Vec<String>,
    errors: Vec<SyncError>,
    outcomes: Vec<SyncOutcome>,
    /// When the first of all of them is told otherwise.
    next_change: Option<DateTime<Utc>>,
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
        self.flush(&mut batch).await
    }

    /// Decides what a product needs.
    fn look_at(&mut self, product: SyncProduct, batch: &mut Batch) {
        batch.cursor.clone_from(&product.key);
        let now = self.engine.ambient.now();
        let items: Vec<Item> = product.items.into_iter().filter_map(|item| serde_json::from_value(item).ok()).collect();
        let change = items.iter().filter_map(|item| item.next_change(now)).min();
        batch.next_change = [batch.next_change, change].into_iter().flatten().min();
        let items: Vec<Item> = items.into_iter().map(|item| item.at(now)).collect();
        let more = usize::try_from(product.more).unwrap_or(usize::MAX);
        let Some(document) = Document::of(&items, more, &self.plan.source) else {
            // Its records are broken, which was counted when they were read; what is known of it stays.
            self.counts.products_done += 1;
            batch.unchanged.push(product.key);
            return;
        };
        let hash = document.hash();
        if product.content_hash.as_deref() == Some(&hash[..]) && product.pending_hash.is_none() {
            self.counts.products_done += 1;
            self.counts.unchanged += 1;
            batch.outcomes.push(outcome(&product.key, product.place, OutcomeKind::Unchanged));
            batch.unchanged.push(product.key);
            return;
        }
        let stored = product.pending_location.filter(|_| product.pending_hash.as_deref() == Some(&hash[..]));
        let is_new = product.content_hash.is_none();
        batch.jobs.push(Job { key: product.key, is_new, hash, document, stored, place: product.place });
    }

    /// Stores and embeds a batch, and writes down that it is done.
    async fn flush(&mut self, batch: &mut Batch) -> Result<(), Stop> {
        let Batch { jobs, unchanged, mut errors, mut outcomes, next_change, cursor } = std::mem::take(batch);
        if cursor.is_empty() {
            return Ok(());
        }
        let runs = self.engine.database.sync_runs();
        let claim = &self.claimed.claim;
        runs.seen(claim, &unchanged).await?;
        if self.claimed.run.dry_run {
            return self.foresee(&jobs, outcomes, &cursor).await;
        }
        if let Some(at) = next_change {
            runs.note_change(claim, at).await?;
        }
        runs.keep_outcomes(claim, &std::mem::take(&mut outcomes)).await?;
        if jobs.is_empty() {
            return Ok(runs.advance(claim, SyncPhase::Embedding, Some(&cursor), &self.counts).await?);
        }
        let (again, fresh): (Vec<&Job>, Vec<&Job>) = jobs.iter().partition(|job| job.stored.is_some());
        let (stored, mut failed) = self.store(&fresh, &mut errors).await?;
        let mut adds: Vec<(&Job, String)> = stored;
        // What an earlier attempt stored may be embedded already, and AnythingLLM would embed it a second time.
        let twice: Vec<String> = again.iter().filter_map(|job| job.stored.clone()).collect();
        adds.extend(again.into_iter().zip(twice.iter().cloned()));
        let locations: Vec<String> = adds.iter().map(|(_, location)| location.clone()).collect();
        let slug = &self.plan.upstream_slug;
        let found = if locations.is_empty() {
            std::collections::HashSet::new()
        } else {
            self.embed_patiently(slug, &locations, &twice).await?
        };
        let mut embedded = Vec::new();
        for (job, location) in adds {
            let kind = if job.is_new { OutcomeKind::Added } else { OutcomeKind::Updated };
            if found.contains(&location) {
                embedded.push(job.key.clone());
                let counter = if job.is_new { &mut self.counts.added } else { &mut self.counts.updated };
                *counter += 1;
                outcomes.push(outcome(&job.key, job.place, kind));
            } else {
                failed.push(job.key.clone());
                errors.push(error(job, "not_embedded", "AnythingLLM stored the document but did not embed it"));
            }
        }
        outcomes.extend(jobs.iter().filter(|job| failed.contains(&job.key)).map(|job| {
            let why = errors.iter().find(|error| error.product.as_deref() == Some(name_of(&job.key)));
            let failed = outcome(&job.key, job.place, OutcomeKind::Failed);
            SyncOutcome { code: why.map(|e| e.code.clone()), message: why.map(|e| e.message.clone()), ..failed }
        }));
        runs.keep_outcomes(claim, &outcomes).await?;
        self.counts.failed += u32::try_from(failed.len()).unwrap_or(u32::MAX);
        self.counts.products_done += u32::try_from(embedded.len() + failed.len()).unwrap_or(u32::MAX);
        let progress = (cursor.as_str(), &self.counts);
        let now = self.engine.ambient.now();
        runs.embedded(claim, (&embedded, &failed), &errors, progress, now).await?;
        self.engine.metrics.catalog_products(embedded.len(), failed.len());
        self.drain().await
    }

    /// What storing and embedding these would come to.
    async fn foresee(&mut self, jobs: &[Job], mut outcomes: Vec<SyncOutcome>, cursor: &str) -> Result<(), Stop> {
        let runs = self.engine.database.sync_runs();
        let claim = &self.claimed.claim;
        for job in jobs {
            let (counter, kind) = if job.is_new {
                (&mut self.counts.added, OutcomeKind::Added)
            } else {
                (&mut self.counts.updated, OutcomeKind::Updated)
            };
            *counter += 1;
            outcomes.push(outcome(&job.key, job.place, kind));
        }
        self.counts.products_done += u32::try_from(jobs.len()).unwrap_or(u32::MAX);
        let keys: Vec<String> = jobs.iter().map(|job| job.key.clone()).collect();
        runs.seen(claim, &keys).await?;
        runs.keep_outcomes(claim, &outcomes).await?;
        Ok(runs.advance(claim, SyncPhase::Embedding, Some(cursor), &self.counts).await?)
    }

    /// After a call whose end was not seen some may be embedded: each is taken out before it is put in again.
    async fn embed_patiently(
        &self,
        slug: &str,
        locations: &[String],
        twice: &[String],
    ) -> Result<std::collections::HashSet<String>, Stop> {
        let again = std::sync::atomic::AtomicBool::new(false);
        let call = || {
            let deletes = if again.swap(true, std::sync::atomic::Ordering::Relaxed) { locations } else { twice };
            self.engine.client.embed(slug, locations, deletes)
        };
        Ok(self.ask(call).await?)
    }

    /// Stores documents, a few at a time. Gives their locations, and the keys of those that AnythingLLM does not take.
    async fn store<'j>(
        &self,
        jobs: &[&'j Job],
        errors: &mut Vec<SyncError>,
    ) -> Result<(Vec<(&'j Job, String)>, Vec<String>), Stop> {
        let runs = self.engine.database.sync_runs();
        let intents: Vec<Intent> = jobs
            .iter()
            .map(|job| Intent { product_key: job.key.clone(), pending_id: self.engine.ambient.uuid(), hash: job.hash })
            .collect();
        runs.intend(&self.claimed.claim, &intents, self.engine.ambient.now()).await?;
        let calls: Vec<StoreCall<'_, 'j>> =
            jobs.iter().zip(&intents).map(|(job, intent)| self.store_one(job, intent).boxed()).collect();
        let mut done = stream::iter(calls).buffer_unordered(self.engine.settings.parallel_uploads);
        let (mut stored, mut failed) = (Vec::new(), Vec::new());
        while let Some(one) = done.next().await {
            match one? {
                (job, Ok(location)) => stored.push((job, location)),
                (job, Err(told)) => {
                    errors.push(told);
                    failed.push(job.key.clone());
                }
            }
        }
        // When nothing of a batch is taken, it is not the products' fault.
        if stored.is_empty() && failed.len() > 2 {
            let message = "AnythingLLM stores no documents; its document processor may be down";
            return Err(SyncFailure::new("upstream_unavailable", message).into());
        }
        Ok((stored, failed))
    }

    async fn store_one<'j>(&self, job: &'j Job, intent: &Intent) -> Result<(&'j Job, Result<String, SyncError>), Stop> {
        let text = raw_text(&job.document, self.claimed.run.workspace.0, intent.pending_id);
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
                Ok((job, Ok(location)))
            }
            Err(cause @ (UpstreamError::Refused(_) | UpstreamError::Failed { .. })) => {
                tracing::info!(run = %self.claimed.run.id, error = %cause, "AnythingLLM did not take a product's document");
                Ok((job, Err(error(job, "not_stored", "AnythingLLM did not take the document"))))
            }
            Err(error) => Err(SyncFailure::upstream(&error).into()),
        }
    }

    /// Removes from AnythingLLM what nobody needs any more.
    pub(super) async fn drain(&self) -> Result<(), Stop> {
        let runs = self.engine.database.sync_runs();
        loop {
            let limit = u16::try_from(self.engine.settings.batch).unwrap_or(u16::MAX);
            let gone = runs.discarded(&self.claimed.claim, limit).await?;
            if gone.is_empty() {
                return Ok(());
            }
            // From the workspace first, so that no answer rests on them while the files go.
            self.ask(|| self.engine.client.embed(&self.plan.upstream_slug, &[], &gone)).await?;
            self.ask(|| self.engine.client.remove_documents(&gone)).await?;
            runs.removed_upstream(&self.claimed.claim, &gone).await?;
        }
    }

    /// Finds documents of this workspace that an attempt has stored without seeing it, and removes them.
    pub(super) async fn sweep(&self) -> Result<(), Stop> {
        let runs = self.engine.database.sync_runs();
        if !runs.sweep_needed(&self.claimed.claim).await? {
            return self.drain().await;
        }
        let ours = format!("{AUTHOR}/{}/", self.claimed.run.workspace);
        let mut offset = 0;
        let mut found = 0;
        loop {
            let page = self.ask(|| self.engine.client.list_stored_texts(offset, SWEEP_PAGE)).await?;
            offset += u64::from(SWEEP_PAGE);
            let candidates: Vec<String> = page
                .documents
                .into_iter()
                .filter(|listed| listed.author.starts_with(&ours))
                .map(|listed| listed.location)
                .collect();
            if !candidates.is_empty() {
                found += runs.discard_unknown(&self.claimed.claim, &candidates).await?;
            }
            if !page.has_more {
                break;
            }
        }
        if found > 0 {
            tracing::info!(run = %self.claimed.run.id, found, "documents of an interrupted sync were found and are removed");
        }
        runs.set_sweep_needed(&self.claimed.claim, false).await?;
        self.drain().await
    }
}

/// The shop's id of a product or of its group.
fn name_of(key: &str) -> &str {
    key.split_once(':').map_or(key, |(_, id)| id)
}

fn outcome(key: &str, place: Option<(u64, u64, u64)>, outcome: OutcomeKind) -> SyncOutcome {
    SyncOutcome {
        key: Some(key.to_owned()),
        outcome,
        product: Some(name_of(key).to_owned()),
        record_number: place.map(|(number, ..)| number),
        line: place.map(|(_, line, _)| line),
        byte: place.map(|(.., byte)| byte),
        code: None,
        message: None,
    }
}

fn error(job: &Job, code: &str, message: &str) -> SyncError {
    SyncError {
        record_number: job.place.map(|(number, ..)| number),
        product: Some(name_of(&job.key).to_owned()),
        code: code.to_owned(),
        message: message.to_owned(),
    }
}

fn raw_text(document: &Document, workspace: Uuid, pending: Uuid) -> RawText {
    RawText {
        text: document.text.clone(),
        metadata: RawTextMetadata {
            title: document.title.clone(),
            url: document.url.clone(),
            doc_author: Some(format!("{AUTHOR}/{workspace}/{pending}")),
            description: Some(document.description.clone()),
            doc_source: Some(document.source.clone()),
            chunk_source: document.url.as_ref().map(|url| format!("link://{url}")),
        },
    }
}
