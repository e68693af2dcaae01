//! Parsing a feed on a thread of its own, so that no feed, however hostile, holds up those who answer requests.
//!
//! Bytes go in and rows come out through channels that hold little; whoever goes away ends the thread. What a record
//! costs is bounded by its size.

use super::outcomes::name_of;
use crate::catalog::feed::{BadRecord, Entry, Fault, Feed, FeedEncoding, FeedError, PIECE, Place, Record, WITHDRAWN};
use crate::catalog::product::{Availability, Item};
use crate::domain::sync::{OutcomeKind, SyncError, SyncOutcome, SyncScope};
use crate::storage::SyncItem;
use bytes::Bytes;
use tokio::sync::mpsc::{Receiver, Sender};

use super::Plan;

const ROWS: usize = 200;
/// Bytes of the feed after which what was read is written, however few rows it is.
const BYTES: usize = 2 * 1024 * 1024;

/// What some bytes of a feed say.
#[derive(Debug, Default)]
pub(super) struct Parsed {
    pub(super) items: Vec<SyncItem>,
    pub(super) errors: Vec<SyncError>,
    pub(super) outcomes: Vec<SyncOutcome>,
    pub(super) bytes: u64,
    pub(super) records: u64,
    pub(super) failed: u32,
    /// Of these, records that cannot be told to be of any product.
    pub(super) unknown_failed: u32,
    /// Things that were not taken as the feed has them.
    pub(super) noted: u32,
    /// The feed ends within its last line.
    pub(super) ends_open: bool,
    /// Bytes since the last batch.
    waiting: usize,
}

/// What the thread says.
pub(super) enum Message {
    Parsed(Parsed),
    /// The feed was read to its end, or cannot be read any further.
    End(Result<(), FeedError>),
}

/// Reads one feed.
pub(super) struct Parser {
    feed: Feed,
    entries: Vec<Entry>,
    plan: Plan,
    scope: SyncScope,
}

impl Parser {
    /// `told`: the encoding that the feed's server says.
    pub(super) fn new(plan: &Plan, scope: SyncScope, told: Option<FeedEncoding>) -> Self {
        let feed = Feed::encoded(plan.format, plan.encoding.or(told));
        Self { feed, entries: Vec::new(), plan: plan.clone(), scope }
    }

    /// Reads all pieces there are. Blocks.
    pub(super) fn run(mut self, mut pieces: Receiver<Bytes>, parsed: &Sender<Message>) {
        let mut batch = Parsed::default();
        let end = loop {
            let Some(bytes) = pieces.blocking_recv() else { break self.finish(&mut batch) };
            batch.bytes += u64::try_from(bytes.len()).unwrap_or(0);
            match self.push(&bytes, &mut batch, parsed) {
                Ok(true) => {}
                // Nobody wants to know any more.
                Ok(false) => return,
                Err(error) => break Err(error),
            }
        };
        if parsed.blocking_send(Message::Parsed(batch)).is_ok() {
            let _ = parsed.blocking_send(Message::End(end));
        }
    }

    fn push(&mut self, bytes: &[u8], batch: &mut Parsed, parsed: &Sender<Message>) -> Result<bool, FeedError> {
        for piece in bytes.chunks(PIECE) {
            let pushed = self.feed.push(piece, &mut self.entries);
            self.take(batch);
            pushed?;
            batch.waiting += piece.len();
            if batch.is_full() && parsed.blocking_send(Message::Parsed(std::mem::take(batch))).is_err() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn finish(&mut self, batch: &mut Parsed) -> Result<(), FeedError> {
        let end = self.feed.finish(&mut self.entries);
        self.take(batch);
        end
    }

    fn take(&mut self, batch: &mut Parsed) {
        for entry in self.entries.drain(..) {
            batch.records += 1;
            match entry {
                Ok(record) => batch.item(&record, &self.plan, self.scope),
                Err(bad) => batch.unread(&bad),
            }
        }
    }
}

impl Parsed {
    fn is_full(&self) -> bool {
        self.items.len() >= ROWS || self.outcomes.len() >= ROWS || self.waiting >= BYTES
    }

    fn item(&mut self, record: &Record, plan: &Plan, scope: SyncScope) {
        let place = record.place;
        if let (Some(id), true) = (record.get("id"), record.get(WITHDRAWN).is_some()) {
            if let Some(key) = Item::key_of(id, record.get("item_group_id")) {
                let id = name_of(&key).to_owned();
                self.gone(key, id, place, scope);
            }
            return;
        }
        self.ends_open |= record.ends_open;
        match Item::read(record, &plan.rules) {
            // A word that is not known, at the very end of a feed, is the half of one.
            Ok(item) if record.ends_open && !item.notes.is_empty() => {
                let name = item.group.as_ref().unwrap_or(&item.id).clone();
                self.cut_off(Some(name), place, Some(item.product_key()));
            }
            Ok(item) => {
                let name = item.group.as_ref().unwrap_or(&item.id).clone();
                for note in &item.notes {
                    self.noted += 1;
                    self.outcome(OutcomeKind::Noted, Some(name.clone()), place, Some((note.code, note.message)));
                }
                if !plan.include_out_of_stock && item.availability == Some(Availability::OutOfStock) {
                    let why = ("out_of_stock", "the product is out of stock, and those are left out");
                    self.outcome(OutcomeKind::LeftOut, Some(name), place, Some(why));
                    return self.gone(item.product_key(), item.id, place, scope);
                }
                let value = serde_json::to_value(&item).ok();
                self.items.push(row(item.product_key(), item.id, place, value));
            }
            Err(bad) => {
                let name = bad.group.clone().or_else(|| bad.id.clone());
                let code = format!("bad_{}", bad.attribute);
                if record.ends_open {
                    return self.cut_off(name, place, bad.product_key());
                }
                self.refused(name, place, &code, &bad.message, bad.product_key());
            }
        }
    }

    /// An item that nobody is to know. A run of all removes what it does not see; another one has to be told.
    fn gone(&mut self, key: String, id: String, place: Place, scope: SyncScope) {
        if scope != SyncScope::Full {
            self.items.push(row(key, id, place, Some(serde_json::json!({ "gone": true }))));
        }
    }

    /// A record that is no record.
    fn unread(&mut self, bad: &BadRecord) {
        let (code, message) = (bad.fault.code(), bad.fault.message());
        let owner = bad.owner.as_ref();
        let key = owner.and_then(|owner| Item::key_of(&owner.id, owner.group.as_deref()));
        // As it is cleaned in the key, too: what nobody has read may hold anything.
        let name = key.as_deref().map(|key| name_of(key).to_owned());
        if bad.fault == Fault::CutOff {
            return self.cut_off(name, bad.place, key);
        }
        self.refused(name, bad.place, code, message, key);
    }

    /// The last record, in which the feed ends: its product stays as it is, and nobody knows what stood behind it.
    fn cut_off(&mut self, name: Option<String>, place: Place, key: Option<String>) {
        let is_known = key.is_some();
        self.refused(name, place, Fault::CutOff.code(), Fault::CutOff.message(), key);
        self.unknown_failed += u32::from(is_known);
    }

    fn refused(&mut self, name: Option<String>, place: Place, code: &str, message: &str, key: Option<String>) {
        self.failed += 1;
        self.errors.push(SyncError {
            record_number: Some(place.number),
            product: name.clone(),
            code: code.to_owned(),
            message: message.to_owned(),
        });
        self.outcome(OutcomeKind::Refused, name, place, Some((code, message)));
        match key {
            // The product is in the feed: its document stays as it is.
            Some(key) => self.items.push(row(key, format!("#{}", place.number), place, None)),
            None => self.unknown_failed += 1,
        }
    }

    fn outcome(&mut self, outcome: OutcomeKind, product: Option<String>, place: Place, why: Option<(&str, &str)>) {
        self.outcomes.push(SyncOutcome {
            key: None,
            outcome,
            product,
            record_number: Some(place.number),
            line: Some(place.line),
            byte: Some(place.byte),
            code: why.map(|(code, _)| code.to_owned()),
            message: why.map(|(_, message)| message.to_owned()),
        });
    }
}

fn row(product_key: String, item_id: String, place: Place, item: Option<serde_json::Value>) -> SyncItem {
    SyncItem { product_key, item_id, number: place.number, line: place.line, byte: place.byte, item }
}
