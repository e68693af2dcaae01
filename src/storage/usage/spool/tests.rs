use super::super::entry::Message;
use super::reader::Reader;
use super::segment::{Piece, read};
use super::*;
use crate::domain::conversation::UpstreamSession;
use crate::domain::exchange::{Exchange, ExchangeOutcome, ExchangeSource, Words};
use crate::domain::ids::{EventId, ExchangeId, KeyId, RequestId, TenantId, WorkspaceId};
use crate::domain::quota::{Reservation, Settlement};
use crate::domain::usage::unfinished::{Charged, Correction, TextDigest, UnfinishedAnswer};
use crate::domain::usage::{CacheUse, TokenUsage, UsageEvent};
use crate::domain::user::UserId;
use crate::storage::ConversationId;
use chrono::{DateTime, NaiveDate};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use std::path::Path;
use tokio::sync::mpsc;
use uuid::Uuid;

fn id() -> impl Strategy<Value = Uuid> {
    any::<u128>().prop_map(Uuid::from_u128)
}

fn at() -> impl Strategy<Value = DateTime<chrono::Utc>> {
    (0..4_000_000_000_000_000_i64).prop_map(|micros| DateTime::from_timestamp_micros(micros).unwrap())
}

fn micros() -> impl Strategy<Value = Duration> {
    (0..10_000_000_000_u64).prop_map(Duration::from_micros)
}

fn event() -> impl Strategy<Value = Entry> {
    let who = (id(), at(), id(), "[A-Za-z0-9_-]{8,64}", option::of(id()), option::of(id()), option::of(1..i64::MAX));
    let how = (option::of(".{1,128}"), option::of("https://[a-z]{1,20}"), option::of(0..3_usize), 100..600_u16);
    let much = (option::of(any::<(u32, u32, bool)>()), option::of(micros()), micros(), micros(), any::<u64>());
    (who, how, much).prop_map(|(who, how, much)| {
        let (id, at, tenant, request_id, workspace, key, user) = who;
        let (visitor, origin, cache, http_status) = how;
        let (tokens, first_byte, total, gateway, bytes_out) = much;
        Entry::Event(Box::new(UsageEvent {
            id: EventId(id),
            at,
            tenant: TenantId(tenant),
            request_id: RequestId::stored(request_id),
            workspace: workspace.map(WorkspaceId),
            key: key.map(KeyId),
            user: user.map(UserId),
            visitor,
            origin,
            cache: cache.map(|n| [CacheUse::Hit, CacheUse::Miss, CacheUse::Bypass][n]),
            route: "chat.create".into(),
            outcome: "ok".into(),
            http_status,
            tokens: tokens.map(|(prompt, completion, estimated)| TokenUsage { prompt, completion, estimated }),
            unfinished: http_status % 2 == 0,
            first_byte,
            total,
            gateway,
            bytes_out,
            model: tokens.map(|_| "gpt-4o-mini".to_owned()),
        }))
    })
}

fn exchange() -> impl Strategy<Value = Entry> {
    let words =
        (".{0,40}", ".{0,40}", any::<[bool; 2]>()).prop_map(|(question, answer, [question_cut, answer_cut])| {
            let sources = vec![ExchangeSource::of(Some(&answer), None, Some(&question), Some(0.5))];
            Words { question, question_cut, answer, answer_cut, sources }
        });
    let ids = (id(), id(), id(), id(), at());
    (ids, option::of(words), option::of(any::<u32>()), any::<bool>(), option::of(any::<[u8; 10]>())).prop_map(
        |((id, tenant, workspace, conversation, at), words, tokens, cached, history_tail)| {
            Entry::Exchange(Box::new(Exchange {
                id: ExchangeId(id),
                tenant: TenantId(tenant),
                workspace: WorkspaceId(workspace),
                conversation,
                at,
                outcome: ExchangeOutcome::Refused,
                code: None,
                key: tokens.map(|_| KeyId(id)),
                user: None,
                origin: words.as_ref().map(|words| words.answer.clone()),
                locale: None,
                cached,
                prompt_tokens: tokens,
                completion_tokens: tokens,
                history_tail,
                words,
            }))
        },
    )
}

fn entry() -> impl Strategy<Value = Entry> {
    let message = (id(), id(), at()).prop_map(|(tenant, conversation, at)| {
        Entry::Message(Message { tenant: TenantId(tenant), conversation: ConversationId(conversation), at })
    });
    let settlement = (id(), id(), 1..3_000_000_i32, any::<[u64; 3]>()).prop_map(|(tenant, key, day, numbers)| {
        let day = NaiveDate::from_num_days_from_ce_opt(day).unwrap();
        let reservation = Reservation { tenant: TenantId(tenant), key: KeyId(key), day, tokens: numbers[0] };
        Entry::Settlement(Settlement { reservation, messages: numbers[1], tokens: numbers[2] })
    });
    prop_oneof![3 => event(), 2 => exchange(), 1 => message, 1 => settlement, 1 => unfinished(), 1 => correction()]
}

fn charged() -> impl Strategy<Value = Option<Charged>> {
    let charged = (id(), 1..3_000_000_i32, any::<u64>()).prop_map(|(key, day, tokens)| Charged {
        key: KeyId(key),
        day: NaiveDate::from_num_days_from_ce_opt(day).unwrap(),
        tokens,
    });
    option::of(charged)
}

fn unfinished() -> impl Strategy<Value = Entry> {
    ((id(), at(), id(), at()), ("[a-z-]{1,40}", ".{0,40}", ".{0,80}"), charged()).prop_map(
        |((event, at, tenant, asked_at), (upstream_slug, question, beginning), charged)| {
            Entry::Unfinished(Box::new(UnfinishedAnswer {
                event: EventId(event),
                at,
                tenant: TenantId(tenant),
                session: UpstreamSession::new(&upstream_slug),
                upstream_slug,
                question: TextDigest::of(&question),
                beginning: TextDigest::of(&beginning),
                asked_at,
                request_id: RequestId::stored("request-1".to_owned()),
                charged,
            }))
        },
    )
}

fn correction() -> impl Strategy<Value = Entry> {
    (id(), at(), id(), any::<(u32, u32, bool)>(), charged()).prop_map(
        |(event, at, tenant, (prompt, completion, estimated), charged)| {
            let tokens = TokenUsage { prompt, completion, estimated };
            Entry::Correction(Correction { event: EventId(event), at, tenant: TenantId(tenant), tokens, charged })
        },
    )
}

/// The bytes of these records, and where each ends.
fn written(entries: &[Entry]) -> (Vec<u8>, Vec<usize>) {
    let (mut bytes, mut ends) = (Vec::new(), Vec::new());
    for entry in entries {
        frame::put(&mut bytes, |out| entry.encode(out));
        ends.push(bytes.len());
    }
    (bytes, ends)
}

fn entries(piece: &Piece) -> Vec<&Entry> {
    piece.entries.iter().map(|(_, entry)| entry).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_prefix_of_a_segment_has_exactly_its_whole_records(
        records in vec(entry(), 1..6),
        cut in any::<prop::sample::Index>(),
    ) {
        let (bytes, ends) = written(&records);
        let cut = cut.index(bytes.len() + 1);
        let whole = ends.iter().filter(|end| **end <= cut).count();
        let piece = read(&bytes[..cut], 0, true, usize::MAX);
        prop_assert_eq!(entries(&piece), records[..whole].iter().collect::<Vec<_>>());
        let is_torn = cut != 0 && !ends.contains(&cut);
        prop_assert_eq!(piece.damaged, u64::from(is_torn));
        prop_assert_eq!(piece.end, cut as u64, "nothing is left to read");
    }

    #[test]
    fn a_record_that_was_damaged_costs_no_other(
        records in vec(entry(), 3..6),
        which in any::<prop::sample::Index>(),
        byte in any::<prop::sample::Index>(),
        flip in 1..=u8::MAX,
    ) {
        let (mut bytes, ends) = written(&records);
        let which = which.index(records.len());
        let start = if which == 0 { 0 } else { ends[which - 1] };
        // Behind the length, which says where the next one begins.
        let at = start + 4 + byte.index(ends[which] - start - 4);
        bytes[at] ^= flip;
        let piece = read(&bytes, 0, true, usize::MAX);
        let others: Vec<_> = records.iter().enumerate().filter(|(n, _)| *n != which).map(|(_, entry)| entry).collect();
        prop_assert_eq!(entries(&piece), others);
        prop_assert_eq!(piece.damaged, 1);
    }

    #[test]
    fn what_no_record_was_written_over_is_none(zeros in 0..4096_usize, records in vec(entry(), 0..3)) {
        // A file system may leave zeros at the end after a loss of power.
        let (mut bytes, _) = written(&records);
        bytes.resize(bytes.len() + zeros, 0);
        let piece = read(&bytes, 0, true, usize::MAX);
        prop_assert_eq!(entries(&piece), records.iter().collect::<Vec<_>>());
        prop_assert_eq!(piece.damaged, u64::from(zeros > 0));
    }
}

/// A folder that ends with the test.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        Self(std::env::temp_dir().join(format!("vestibule-spool-{}", Ambient::system().uuid())))
    }

    fn files(&self) -> usize {
        std::fs::read_dir(&self.0).map_or(0, Iterator::count)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn settings(folder: &Path, spool_bytes: u64) -> config::Usage {
    config::Usage {
        batch: 10,
        flush_millis: 5,
        queue: 10,
        spool_dir: folder.to_owned(),
        spool_bytes,
        spool_sync_millis: 10,
        rollup_millis: 1000,
        retention_days: 90,
        rollup_retention_days: 400,
    }
}

fn spool(folder: &Path, keys: &[&str]) -> Arc<Spool> {
    let keys: Vec<String> = keys.iter().map(|key| (*key).to_owned()).collect();
    Arc::new(Spool::new(&settings(folder, 1 << 30), &keys, Ambient::system()).unwrap())
}

fn reading(spool: Arc<Spool>) -> Reader {
    Reader::new(spool, mpsc::channel(8).0)
}

fn message() -> Entry {
    let ambient = Ambient::system();
    let conversation = ConversationId(ambient.uuid());
    let at = DateTime::from_timestamp_micros(ambient.now().timestamp_micros()).unwrap();
    Entry::Message(Message { tenant: TenantId::DEFAULT, conversation, at })
}

async fn all(reader: &mut Reader) -> Vec<Entry> {
    reader.read(1000).await.into_iter().map(|placed| placed.entry).collect()
}

#[tokio::test]
async fn records_are_read_once_and_their_segments_go_when_they_are_written() {
    let folder = Folder::new();
    let spool = spool(&folder.0, &["a"]);
    let mut reader = reading(Arc::clone(&spool));
    let records: Vec<_> = (0..25).map(|_| message()).collect();
    assert!(records.iter().all(|record| spool.append(record)));
    spool.sync();
    let mut read = all(&mut reader).await;
    assert_eq!((read.len(), all(&mut reader).await), (25, vec![]));
    let late = message();
    assert!(spool.append(&late));
    assert_eq!(reader.settle(true).await.len(), 0, "one is not read yet");
    read.extend(all(&mut reader).await);
    assert_eq!(read, records.into_iter().chain([late]).collect::<Vec<_>>());
    let finished = reader.settle(true).await;
    assert_eq!((finished.len(), finished[0].tenants.len(), folder.files(), spool.bytes()), (1, 1, 0, 0));
    // Whoever records afterwards begins anew.
    assert!(spool.append(&message()));
    assert_eq!((folder.files(), all(&mut reader).await.len()), (1, 1));
}

#[tokio::test]
async fn a_segment_is_taken_over_when_its_process_is_gone_and_not_before() {
    let folder = Folder::new();
    let dead = spool(&folder.0, &["a"]);
    let living = spool(&folder.0, &["b", "a"]);
    let record = message();
    assert!(dead.append(&record));
    let mut reader = reading(Arc::clone(&living));
    assert_eq!(all(&mut reader).await, []);
    drop(dead);
    let mut next = reading(Arc::clone(&living));
    assert_eq!(all(&mut next).await, [record]);
    let mut third = reading(spool(&folder.0, &["a"]));
    assert_eq!(all(&mut third).await, [], "one takes it");
    assert_eq!(next.settle(false).await.len(), 1);
}

#[tokio::test]
async fn other_installations_and_versions_are_left_alone() {
    let folder = Folder::new();
    let other = spool(&folder.0, &["other"]);
    assert!(other.append(&message()));
    drop(other);
    std::fs::write(folder.0.join(format!("{}.spool", Uuid::from_u128(1))), "vestibule usage 4 a\nwhat may it be")
        .unwrap();
    std::fs::write(folder.0.join("notes.txt"), "of the operator").unwrap();
    let mut reader = reading(spool(&folder.0, &["a"]));
    assert_eq!(all(&mut reader).await, []);
    assert_eq!(reader.settle(true).await.len(), 1, "its own");
    assert_eq!(folder.files(), 3);
}

fn unfinished_answer(n: u128) -> UnfinishedAnswer {
    UnfinishedAnswer {
        event: EventId(Uuid::from_u128(n)),
        at: DateTime::from_timestamp(1_796_001_713, 0).unwrap(),
        tenant: TenantId::DEFAULT,
        upstream_slug: "shop".to_owned(),
        session: UpstreamSession::new("s"),
        question: TextDigest::of("Returns?"),
        beginning: TextDigest::of("Within"),
        asked_at: DateTime::from_timestamp(1_796_001_713, 0).unwrap(),
        request_id: RequestId::stored("request-1".to_owned()),
        charged: None,
    }
}

/// What a process that is gone has not found out is handed to whoever takes over, and its segment stays until it is.
#[tokio::test]
async fn answers_that_broke_off_are_handed_over_once_and_kept_until_their_figures_are_there() {
    let folder = Folder::new();
    let dead = spool(&folder.0, &["a"]);
    let [open, known] = [1, 2].map(unfinished_answer);
    let took = |answer: &UnfinishedAnswer| Entry::Correction(answer.took(TokenUsage::default()));
    for answer in [&open, &known] {
        assert!(dead.append(&Entry::Unfinished(Box::new(answer.clone()))));
    }
    assert!(dead.append(&took(&known)));
    drop(dead);
    let living = spool(&folder.0, &["a"]);
    let (leaves, mut left) = mpsc::channel(8);
    let mut reader = Reader::new(Arc::clone(&living), leaves);
    // Its own are looked for already.
    assert!(living.append(&Entry::Unfinished(Box::new(unfinished_answer(3)))));
    assert_eq!(all(&mut reader).await.len(), 4);
    assert_eq!((left.try_recv(), left.try_recv()), (Ok(open.clone()), Err(mpsc::error::TryRecvError::Empty)));
    assert_eq!((reader.settle(false).await.len(), folder.files()), (0, 2), "nobody has said what it took");
    assert!(living.append(&took(&open)));
    assert_eq!(all(&mut reader).await.len(), 1);
    assert_eq!((reader.settle(false).await.len(), folder.files()), (1, 1));
    assert_eq!(left.try_recv(), Err(mpsc::error::TryRecvError::Empty));
    assert_eq!((reader.settle(true).await.len(), folder.files()), (1, 0), "at the end the estimate stands");
}

/// The last process of the version before may have been killed.
#[tokio::test]
async fn what_the_version_before_left_is_written() {
    let folder = Folder::new();
    let record = message();
    let (records, _) = written(std::slice::from_ref(&record));
    let mut segment = b"vestibule usage 1 a\n".to_vec();
    segment.extend(records);
    let living = spool(&folder.0, &["a"]);
    std::fs::write(folder.0.join(format!("{}.spool", Uuid::from_u128(1))), segment).unwrap();
    let mut reader = reading(living);
    assert_eq!(all(&mut reader).await, [record]);
}

#[tokio::test]
async fn what_does_not_fit_is_refused_and_told() {
    let folder = Folder::new();
    let config = settings(&folder.0, 400);
    let spool = Arc::new(Spool::new(&config, &["a".to_owned()], Ambient::system()).unwrap());
    let fitting = (0..100).take_while(|_| spool.append(&message())).count();
    assert!((1..10).contains(&fitting), "{fitting}");
    assert_eq!(spool.unspooled(), 1);
    let mut reader = reading(Arc::clone(&spool));
    assert_eq!(all(&mut reader).await.len(), fitting);
    assert_eq!(reader.settle(true).await.len(), 1);
    assert!(spool.append(&message()), "there is room again");
}

#[tokio::test]
async fn a_folder_that_cannot_be_used_refuses_and_harms_nobody() {
    let folder = Folder::new();
    std::fs::write(&folder.0, "a file, not a folder").unwrap();
    let spool = spool(&folder.0, &["a"]);
    assert!(!spool.append(&message()));
    assert_eq!(all(&mut reading(Arc::clone(&spool))).await, []);
    spool.sync();
    std::fs::remove_file(&folder.0).unwrap();
    spool.appending.lock().rests_until = None;
    assert!(spool.append(&message()), "it is made when it can be");
}
