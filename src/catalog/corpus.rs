//! Feeds as shops really send them, each small and with one oddity, which its name says; beside each what is read of
//! it.
//!
//! `INSTA_UPDATE=always make test ARGS="-E 'test(/corpus/)'"` writes the snapshots anew: read them before they are
//! kept.

mod differential;

use super::feed::{Entry, Feed, FeedEncoding, FeedError, Format, PIECE};
use super::product::{Item, Rules, offer};
use crate::domain::store::DecimalSeparator;
use chrono::{DateTime, Utc};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/catalog/corpus/feeds")
}

/// What is set on the connection of a feed: what its name says.
fn settings(name: &str) -> (Rules, Option<FeedEncoding>) {
    let rules = Rules {
        currency: Some("EUR".to_owned()),
        decimal_separator: name.starts_with("decimal-comma").then_some(DecimalSeparator::Comma),
        zone: "Europe/Berlin".parse().unwrap(),
    };
    let told = name.split_once("-is-told").map(|(encoding, _)| encoding.parse().unwrap());
    (rules, told)
}

fn format(name: &str) -> Format {
    match name.trim_end_matches(".gz").trim_end_matches(".zip").rsplit('.').next() {
        Some("xml") => Format::GoogleXml,
        Some("tsv") => Format::GoogleTsv,
        Some("csv") => Format::Csv,
        Some("jsonl") => Format::Jsonl,
        _ => panic!("{name} says no format"),
    }
}

fn read(name: &str, bytes: &[u8], piece: usize) -> (Vec<Entry>, Result<(), FeedError>) {
    let mut feed = Feed::encoded(format(name), settings(name).1);
    let mut entries = Vec::new();
    let pushed = bytes.chunks(piece).try_for_each(|piece| feed.push(piece, &mut entries));
    let end = pushed.and_then(|()| feed.finish(&mut entries));
    (entries, end)
}

fn told(name: &str, entries: &[Entry], end: &Result<(), FeedError>) -> String {
    let rules = settings(name).0;
    let now: DateTime<Utc> = "2026-03-01T12:00:00Z".parse().unwrap();
    let mut told = String::new();
    for entry in entries {
        let place = match entry {
            Ok(record) => record.place,
            Err(bad) => bad.place,
        };
        write!(told, "{} (line {}, byte {}): ", place.number, place.line, place.byte).unwrap();
        match entry {
            Ok(record) => match Item::read(record, &rules) {
                Ok(item) => {
                    let notes: Vec<&str> = item.notes.iter().map(|note| note.code).collect();
                    let next = item.next_change(now);
                    let item = item.at(now);
                    writeln!(told, "{}", serde_json::to_string(&item).unwrap()).unwrap();
                    if let Some(offer) = offer(std::slice::from_ref(&item)) {
                        writeln!(told, "    offer: {offer}").unwrap();
                    }
                    if !notes.is_empty() {
                        writeln!(told, "    {}", notes.join(", ")).unwrap();
                    }
                    if let Some(next) = next {
                        writeln!(told, "    told otherwise from {next}").unwrap();
                    }
                }
                Err(bad) => {
                    writeln!(told, "bad_{} of {:?}: {}", bad.attribute, bad.product_key(), bad.message).unwrap();
                }
            },
            Err(bad) => {
                let owner = bad.owner.as_ref().map(|owner| (owner.id.as_str(), owner.group.as_deref()));
                writeln!(told, "{} of {owner:?}: {}", bad.fault.code(), bad.fault.message()).unwrap();
            }
        }
    }
    if let Err(error) = end {
        writeln!(told, "{error}").unwrap();
    }
    told
}

#[test]
fn every_feed_of_the_corpus_is_read_as_its_snapshot_says() {
    let mut names: Vec<String> =
        std::fs::read_dir(folder()).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    assert!(names.len() >= 60, "{} feeds", names.len());
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("corpus/snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        for name in &names {
            let bytes = std::fs::read(folder().join(name)).unwrap();
            let (entries, end) = read(name, &bytes, PIECE);
            for piece in [1, 2, 3, 7, 64] {
                assert_eq!(read(name, &bytes, piece), (entries.clone(), end.clone()), "{name} in pieces of {piece}");
            }
            insta::assert_snapshot!(name.as_str(), told(name, &entries, &end));
        }
    });
}
