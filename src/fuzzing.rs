//! What the fuzz targets under `fuzz/` call: each reader of bytes that strangers send, with what must hold for any
//! input. The corpora there run as ordinary tests. Part of the program only with the feature `fuzzing`.
//!
//! A function here panics when a rule is broken, and does nothing else.
#![expect(clippy::missing_panics_doc, reason = "to panic is what they are for")]

#[cfg(test)]
mod tests;

use crate::anythingllm::frames::{FrameParser, read_alike};
use crate::catalog::feed::{Entry, Fault, Feed, FeedEncoding, FeedError, Format, PIECE};
use crate::catalog::product::{Document, Item, Rules};
use crate::domain::key::{ApiKey, looks_like_a_key};
use crate::edge::chunk_guard::{ChunkFault, ChunkGuard};
use crate::edge::direct::is_read_alike;
use crate::edge::head_guard::{HeadGuard, Verdict};
use crate::endpoints::path::canonicalise;
use crate::storage::replay_spool;
use serde_json::{Value, json};

/// Looks whether what must hold does for this input.
pub type Target = fn(&[u8]);

/// Every target by its name, which is that of its file under `fuzz/fuzz_targets` and of its corpus.
pub const TARGETS: &[(&str, Target)] = &[
    ("sse_frames", sse_frames),
    ("canonical_path", canonical_path),
    ("head_guard", head_guard),
    ("plain_head", plain_head),
    ("chunk_guard", chunk_guard),
    ("api_key", api_key),
    ("feed_xml", feed_xml),
    ("feed_delimited", feed_delimited),
    ("feed_jsonl", feed_jsonl),
    ("feed_json_lists", feed_json_lists),
    ("feed_packed", feed_packed),
    ("feed_product", feed_product),
    ("usage_spool", usage_spool),
];

/// AnythingLLM's stream means the same however it is cut. The first byte says into what pieces.
pub fn sse_frames(input: &[u8]) {
    let Some((&piece, stream)) = input.split_first() else { return };
    let read = |piece: usize| {
        let (mut parser, mut frames) = (FrameParser::new(64 * 1024), Vec::new());
        let pushed = stream.chunks(piece).try_for_each(|part| parser.push(part, &mut frames));
        (frames, pushed.and_then(|()| parser.finish()))
    };
    assert_eq!(read(usize::from(piece).max(1)), read(stream.len().max(1)), "cutting changes the meaning");
    let lines = stream.split(|byte| matches!(byte, b'\n' | b'\r'));
    let data = lines.map(|line| line.strip_prefix(b"data: ").unwrap_or(line));
    assert!(read_alike(data), "the short way of reading frames means something else");
}

/// What is accepted is in its one form already: forwarding it and reading it again gives the same.
pub fn canonical_path(input: &[u8]) {
    let Ok(raw) = std::str::from_utf8(input) else { return };
    let Ok(path) = canonicalise(raw) else { return };
    let forwarded = path.to_forward();
    assert!(forwarded.starts_with('/') && !forwarded.contains("//"), "{forwarded} is not canonical");
    assert!(forwarded.bytes().all(|b| b.is_ascii_graphic()), "{forwarded} is no request target");
    assert!(path.segments().all(|segment| segment != "." && segment != ".."), "{forwarded} leaves its folder");
    assert_eq!(canonicalise(&forwarded).as_ref(), Ok(&path), "{raw} is another path when it is forwarded");
}

/// The verdict on a head does not depend on how its bytes arrive. The first byte says in what pieces.
pub fn head_guard(input: &[u8]) {
    const LIMIT: usize = 4096;
    let Some((&piece, head)) = input.split_first() else { return };
    let read = |piece: usize| {
        let mut guard = HeadGuard::new(LIMIT);
        head.chunks(piece).map(|part| guard.scan(part)).find(|verdict| *verdict != Verdict::More)
    };
    let verdict = read(1);
    assert_eq!(read(usize::from(piece).max(1)), verdict, "pieces change the verdict");
    assert!(verdict.is_some() || head.len() <= LIMIT, "a head of {} bytes goes on", head.len());
}

/// What the gateway takes for a plain request is one of Pingora's, with the same meaning.
pub fn plain_head(input: &[u8]) {
    assert!(is_read_alike(input), "Pingora reads another request");
}

/// Where a body in chunks stops being one does not depend on how its bytes arrive. The first byte says in what pieces.
pub fn chunk_guard(input: &[u8]) {
    let Some((&piece, body)) = input.split_first() else { return };
    let read = |piece: usize| {
        let (mut guard, mut before) = (ChunkGuard::new(), 0);
        body.chunks(piece).try_for_each(|part| {
            let scanned = guard.scan(part).map_err(|fault| ChunkFault { at: before + fault.at });
            before += part.len();
            scanned
        })
    };
    let verdict = read(body.len().max(1));
    assert_eq!(read(usize::from(piece).max(1)), verdict, "pieces change the verdict");
    assert!(verdict.err().is_none_or(|fault| fault.at < body.len()), "a fault behind the end");
}

/// A key that is read is the text that was given, and is recognised as one of ours.
pub fn api_key(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let Ok(key) = ApiKey::parse(text) else { return };
    assert_eq!(key.expose(), text);
    assert!(looks_like_a_key(text) && text.contains(key.public_id().as_str()));
}

fn read_feed(
    format: Format,
    encoding: Option<FeedEncoding>,
    bytes: &[u8],
    piece: usize,
) -> (Vec<Entry>, Result<(), FeedError>) {
    let (mut feed, mut entries) = (Feed::encoded(format, encoding), Vec::new());
    let pushed = bytes.chunks(piece.max(1)).try_for_each(|part| feed.push(part, &mut entries));
    let end = pushed.and_then(|()| feed.finish(&mut entries));
    (entries, end)
}

/// A feed has the same records in whatever pieces it comes, and each stands behind the one before.
fn same_in_pieces(format: Format, encoding: Option<FeedEncoding>, bytes: &[u8], piece: u8) {
    let whole = read_feed(format, encoding, bytes, PIECE);
    assert_eq!(read_feed(format, encoding, bytes, usize::from(piece)), whole, "pieces change the records");
    let places = whole.0.iter().map(|entry| entry.as_ref().map_or_else(|bad| bad.place, |record| record.place));
    let mut last = None;
    for (place, number) in places.zip(1..) {
        assert_eq!(place.number, number, "a record is left out or counted twice");
        assert!(last.is_none_or(|byte| byte < place.byte), "a record stands before the one before it");
        last = Some(place.byte);
    }
}

/// XML in any encoding. The first byte says in what pieces.
pub fn feed_xml(input: &[u8]) {
    let Some((piece, bytes)) = input.split_first() else { return };
    same_in_pieces(Format::GoogleXml, None, bytes, *piece);
}

/// Rows. The first two bytes say which format and encoding, and what pieces.
pub fn feed_delimited(input: &[u8]) {
    let [format, piece, bytes @ ..] = input else { return };
    let told = ["windows-1252", "iso-8859-15", "utf-16le"].get(usize::from(format >> 4));
    let format = if format & 1 == 0 { Format::Csv } else { Format::GoogleTsv };
    same_in_pieces(format, told.and_then(|label| label.parse().ok()), bytes, *piece);
}

/// Objects, one a line. The first byte says in what pieces.
pub fn feed_jsonl(input: &[u8]) {
    let Some((piece, bytes)) = input.split_first() else { return };
    same_in_pieces(Format::Jsonl, None, bytes, *piece);
}

/// Objects are the same records whether each stands on a line, or all in a list, alone or inside of an object, on one
/// line or on several. The first byte says in what pieces; one object a line.
pub fn feed_json_lists(input: &[u8]) {
    let Some((piece, bytes)) = input.split_first() else { return };
    let has_id = |object: &Value| object["id"].as_str().is_some_and(|id| !id.trim().is_empty());
    let objects: Vec<Value> = bytes
        .split(|byte| *byte == b'\n')
        .filter_map(|line| serde_json::from_slice(line).ok())
        .filter(|object| has_id(object) && object.get("variants").is_none())
        .collect();
    if objects.is_empty() || bytes.len() > 64 * 1024 {
        return;
    }
    let lines: Vec<String> = objects.iter().map(Value::to_string).collect();
    let records = |text: &str| {
        let (entries, end) = read_feed(Format::Jsonl, None, text.as_bytes(), usize::from(*piece));
        let said: Vec<_> = entries
            .iter()
            .map(|entry| {
                let record = entry.as_ref().map_err(|bad| bad.fault)?;
                Ok::<_, Fault>(record.values().map(|(name, texts)| (name, texts.to_vec())).collect::<Vec<_>>())
            })
            .collect();
        (said, end)
    };
    let wanted = records(&lines.join("\n"));
    let products = json!({ "products": objects });
    let inside = json!({ "count": 1, "data": { "items": objects } });
    for all in [Value::Array(objects.clone()), products, inside] {
        assert_eq!(records(&all.to_string()), wanted, "a list on one line");
        assert_eq!(records(&format!("{all:#}")), wanted, "a list on several lines");
    }
}

/// Whatever is packed as gzip or zip. The first byte says in what pieces.
pub fn feed_packed(input: &[u8]) {
    let Some((piece, bytes)) = input.split_first() else { return };
    let whole = read_feed(Format::Csv, None, bytes, PIECE);
    let parts = read_feed(Format::Csv, None, bytes, usize::from(*piece));
    // Of what is damaged more or less may come to light before that is seen.
    assert_eq!(parts.1.is_ok(), whole.1.is_ok(), "pieces change the end");
    assert!(whole.1.is_err() || parts == whole, "pieces change the records");
}

/// What is made of a record is clean, and its prices are read the same again. One object a line.
pub fn feed_product(input: &[u8]) {
    let rules = Rules { currency: Some("EUR".to_owned()), ..Rules::default() };
    for record in read_feed(Format::Jsonl, None, input, PIECE).0.iter().flatten() {
        let Ok(item) = Item::read(record, &rules) else { continue };
        for text in [&item.id, &item.title, &item.description] {
            assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{text:?} is not clean");
            assert!(!text.contains("<script>"), "{text:?} has markup");
        }
        if let (Some(price), Some(sale)) = (&item.price, &item.sale_price) {
            assert_eq!(sale.compare(price), Some(std::cmp::Ordering::Less), "a sale that is none");
        }
        assert!(Document::of(&[item], 0, "fuzz").is_some());
    }
}

/// What a killed process or a failing disk left of a segment is read to its end, in whatever pieces. The first byte says
/// how many records are read at once.
pub fn usage_spool(input: &[u8]) {
    let Some((&most, segment)) = input.split_first() else { return };
    replay_spool(segment, usize::from(most).max(1));
}
