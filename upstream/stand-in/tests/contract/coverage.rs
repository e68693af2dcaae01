//! Every copied recording is replayed by some test, or listed with the reason why not.

use std::collections::BTreeSet;

use crate::areas;
use crate::recording::folder;

fn copied() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for area in std::fs::read_dir(folder()).expect("the recordings").flatten() {
        if !area.path().is_dir() {
            continue;
        }
        for file in std::fs::read_dir(area.path()).expect("an area").flatten() {
            let file = file.file_name().to_string_lossy().into_owned();
            if let Some(name) = file.strip_suffix(".json") {
                // One of a certain vector database is replayed under the name of the one that holds for all.
                let name = name.strip_suffix(".pgvector").unwrap_or(name);
                names.insert(format!("{}/{name}", area.file_name().to_string_lossy()));
            }
        }
    }
    names
}

/// The names in the first column of the tables of `NOT-REPLAYED.md`.
fn listed() -> BTreeSet<String> {
    let text = std::fs::read_to_string(folder().join("NOT-REPLAYED.md")).expect("the list");
    text.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`')).map(|(name, _)| name.to_owned()).collect()
}

#[test]
fn every_copied_recording_is_replayed_or_listed() {
    let (copied, listed) = (copied(), listed());
    let replayed: BTreeSet<String> = areas::replayed().into_iter().map(str::to_owned).collect();
    println!("{} copied, {} replayed, {} listed", copied.len(), replayed.len(), listed.len());
    let known: BTreeSet<String> = replayed.union(&listed).cloned().collect();
    let forgotten: Vec<_> = copied.difference(&known).collect();
    assert!(forgotten.is_empty(), "neither replayed nor listed: {forgotten:#?}");
    let gone: Vec<_> = known.difference(&copied).collect();
    assert!(gone.is_empty(), "no such recording: {gone:#?}");
    let twice: Vec<_> = replayed.intersection(&listed).collect();
    assert!(twice.is_empty(), "replayed and yet listed: {twice:#?}");
}
