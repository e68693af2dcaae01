//! The import rule of `src/lib.rs`, read from the sources.

mod sources;

use sources::{Sources, folder_of};
use std::collections::{BTreeMap, BTreeSet};

/// Layers from the outside in; a module imports only from layers below its own. `SHARED` may be imported by all but
/// `domain` and `crypto`.
const LAYERS: &[&[&str]] = &[
    &["main", "cli", "fuzzing"],
    &["app"],
    &["edge", "api"],
    &["gate"],
    &[
        "auth",
        "people",
        "visitors",
        "keys",
        "workspaces",
        "store",
        "conversations",
        "idempotency",
        "reports",
        "unfinished",
        "webhooks",
        "transcripts",
        "privacy",
        "bootstrap",
    ],
    &["catalog", "tokens", "endpoints", "limits"],
    &["cache"],
    &["anythingllm", "storage", "outbound", "redis_client"],
    &["crypto"],
    &["domain"],
];
const SHARED: &[&str] = &["config", "rejection", "telemetry"];
/// Within a layer these may be imported.
const SIBLINGS: &[(&str, &str)] = &[("main", "cli")];
/// Frameworks, each with the only modules that may name it.
const FRAMEWORKS: &[(&str, &[&str])] = &[
    ("pingora", &["edge"]),
    ("axum", &["api"]),
    ("rmcp", &["api"]),
    ("sqlx", &["storage"]),
    ("redis", &["redis_client", "limits", "cache", "cli"]),
];

fn layer(module: &str) -> Option<usize> {
    LAYERS.iter().position(|layer| layer.contains(&module))
}

/// The room at the top that a file is in.
fn room(file: &str) -> &str {
    file.split('/').next().unwrap().trim_end_matches(".rs")
}

fn may_import(here: &str, there: &str) -> bool {
    let shared = SHARED.contains(&there);
    match (layer(here), layer(there)) {
        _ if here == there => true,
        (Some(_), None) if shared => !matches!(here, "domain" | "crypto"),
        (Some(above), Some(below)) => below > above || SIBLINGS.contains(&(here, there)),
        // Shared rooms build on the domain, the cryptography and each other.
        (None, _) => matches!(there, "domain" | "crypto") || shared,
        _ => false,
    }
}

#[test]
fn rooms_import_only_what_lies_below_them() {
    let sources = Sources::read();
    assert!(sources.len() > 200, "the sources were not found");
    let mut broken = BTreeSet::new();
    for (file, imported) in sources.imports() {
        let here = room(file);
        let known = here == "lib" || SHARED.contains(&here) || layer(here).is_some();
        assert!(known, "src/{file} is in a room that no layer names");
        let wrong = imported.into_iter().filter(|there| here != "lib" && !may_import(here, room(there)));
        broken.extend(wrong.map(|there| format!("{file} imports {there}")));
    }
    assert!(broken.is_empty(), "the import rule is broken: {broken:#?}");
}

#[test]
fn frameworks_are_named_in_their_own_rooms_only() {
    let mut broken = BTreeSet::new();
    for (file, code) in Sources::read().code().map(|(file, code)| (file.to_owned(), code.to_owned())) {
        for (framework, allowed) in FRAMEWORKS {
            let names_it = code.match_indices(&format!("{framework}::")).any(|(at, _)| {
                let before = code[..at].chars().next_back();
                before.is_none_or(|c| !c.is_alphanumeric() && !matches!(c, '_' | ':'))
            });
            if names_it && !allowed.contains(&room(&file)) {
                broken.insert(format!("{file} names {framework}"));
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn no_circle_of_imports_leaves_its_folder() {
    let sources = Sources::read();
    let imports = sources.imports();
    let mut reached: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for file in imports.keys() {
        let (mut seen, mut next) = (BTreeSet::new(), vec![*file]);
        while let Some(one) = next.pop() {
            next.extend(imports[one].iter().filter(|there| seen.insert(**there)));
        }
        reached.insert(file, seen);
    }
    let mut circles = BTreeSet::new();
    for (file, imported) in &imports {
        for there in imported {
            if folder_of(file) != folder_of(there) && reached[there].contains(file) {
                circles.insert(format!("{file} -> {there}"));
            }
        }
    }
    assert!(circles.is_empty(), "these imports are part of a circle between folders: {circles:#?}");
}
