//! What the documentation says of the source, held against the source: names, links, tables, codes, endpoints, metrics,
//! commands. Whether a sentence is true only a reader can tell; whether the thing is there can be looked up.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use vestibule::domain::scope::Scope;
use vestibule::endpoints::endpoints;

/// Written by tests of their own, which hold them against the source.
const GENERATED: &[&str] = &["docs/workspace-fields.md", "docs/security/attack-matrix.md"];
/// What says that something is missing.
const MISSING: &[&str] = &["not yet", "not in this release", "nothing yet", "as they come"];
/// Widest line of prose, in characters.
const WIDTH: usize = 100;
/// A code span that begins with one of these names a path of the repository.
const ROOTS: &[&str] = &[
    "src/",
    "tests/",
    "migrations/",
    "config/",
    "scripts/",
    "upstream/",
    "bench/",
    "fuzz/",
    "docs/",
    "deploy/",
    "clients/",
];

/// A page: its path in the repository, and its text.
struct Page {
    path: String,
    text: String,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The files below a folder, as paths of the repository, in order.
fn files(folder: &str, extension: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == extension) {
                found.insert(path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    found
}

fn pages() -> Vec<Page> {
    let mut paths = files("docs", "md");
    paths.extend(["README.md", "CONTRIBUTING.md", "SECURITY.md", "migrations/README.md"].map(str::to_owned));
    paths.into_iter().map(|path| Page { text: read(&path), path }).collect()
}

impl Page {
    /// The lines outside of fenced code, by their numbers.
    fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        let mut fenced = false;
        self.text.lines().enumerate().filter_map(move |(index, line)| {
            let fence = line.trim_start().starts_with("```");
            fenced ^= fence;
            (!fenced && !fence).then_some((index + 1, line))
        })
    }

    /// Paragraphs, list items and rows of tables, each on one line.
    fn passages(&self) -> Vec<String> {
        let mut passages = vec![String::new()];
        for (_, line) in self.lines() {
            let line = line.trim().trim_start_matches('#').trim();
            if line.is_empty() || line.starts_with(['|', '-']) {
                passages.push(String::new());
            }
            let last = passages.last_mut().unwrap();
            *last = format!("{last} {line}");
        }
        passages
    }

    fn prose(&self) -> String {
        self.lines().map(|(_, line)| line).collect::<Vec<_>>().join("\n")
    }
}

/// What stands between single backticks.
fn spans(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn has_word(text: &str, word: &str) -> bool {
    let bare = |c: Option<char>| !c.is_some_and(is_word);
    text.match_indices(word)
        .any(|(at, _)| bare(text[..at].chars().next_back()) && bare(text[at + word.len()..].chars().next()))
}

fn codes() -> BTreeSet<String> {
    let pages = files("docs/errors", "md").into_iter();
    let codes = pages.filter_map(|path| Some(Path::new(&path).file_stem()?.to_str()?.to_owned()));
    codes.filter(|code| code != "README").collect()
}

/// The names under which metrics are registered.
fn metrics() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for path in files("src/telemetry", "rs") {
        let text = read(&path);
        for call in [".register(", ".register_with_unit("] {
            let after = text.match_indices(call).map(|(at, _)| text[at + call.len()..].trim_start());
            names.extend(after.filter_map(|rest| Some(rest.strip_prefix('"')?.split('"').next()?.to_owned())));
        }
    }
    assert!(names.len() > 20, "the metrics were not found: {names:?}");
    names
}

/// The tables that the migrations make and do not drop again.
fn tables() -> BTreeSet<String> {
    let mut tables = BTreeSet::new();
    for path in files("migrations", "sql") {
        for line in read(&path).lines().map(str::trim) {
            let name = |start: &str| {
                let rest = line.strip_prefix(start)?.trim_start_matches("IF EXISTS ").strip_prefix("vestibule.")?;
                Some(rest.chars().take_while(|c| is_word(*c)).collect::<String>()).filter(|name| !name.is_empty())
            };
            tables.extend(name("CREATE TABLE "));
            if let Some(gone) = name("DROP TABLE ") {
                tables.remove(&gone);
            }
        }
    }
    assert!(tables.len() > 20, "the tables were not found: {tables:?}");
    tables
}

/// The rooms: what lies in `src`, without `lib.rs`.
fn rooms() -> BTreeSet<String> {
    let names = std::fs::read_dir(root().join("src")).unwrap().map(|entry| entry.unwrap().file_name());
    let names = names.map(|name| name.to_str().unwrap().trim_end_matches(".rs").to_owned());
    names.filter(|name| name != "lib").collect()
}

/// The first block of fenced text in it.
fn map_of(text: &str) -> String {
    let start = text.find("```text\n").unwrap() + "```text\n".len();
    text[start..].split("```").next().unwrap().trim_end().to_owned()
}

fn assert_none(what: &str, found: &[String]) {
    assert!(found.is_empty(), "{what}:\n  {}", found.join("\n  "));
}

#[test]
fn nothing_that_exists_is_called_missing() {
    let (codes, metrics) = (codes(), metrics());
    let areas: BTreeSet<&str> = endpoints().filter_map(|row| row.name.split('.').next()).collect();
    let areas: Vec<&str> = areas.into_iter().filter(|area| !matches!(*area, "docs" | "demo" | "health")).collect();
    let existing = |passage: &str| {
        let words: String = passage.split('`').step_by(2).collect();
        let area = areas.iter().find(|area| has_word(&words, area)).map(|area| (*area).to_owned());
        let code = || spans(passage).find(|span| codes.contains(*span)).map(str::to_owned);
        let scope =
            || Scope::ALL.into_iter().map(Scope::as_str).find(|scope| passage.contains(scope)).map(str::to_owned);
        let path = || endpoints().map(|row| row.path).find(|path| has_word(passage, path)).map(str::to_owned);
        let metric = || metrics.iter().find(|name| passage.contains(&format!("vestibule_{name}"))).cloned();
        area.or_else(code).or_else(scope).or_else(path).or_else(metric)
    };
    let mut wrong = Vec::new();
    let settings = Page { path: "config/default.toml".to_owned(), text: read("config/default.toml") };
    for page in pages().iter().chain([&settings]) {
        for passage in page.passages() {
            let lower = passage.to_lowercase();
            let Some(phrase) = MISSING.iter().find(|phrase| lower.contains(**phrase)) else { continue };
            if let Some(thing) = existing(&passage) {
                wrong.push(format!("{}: \"{phrase}\" beside {thing}:{passage}", page.path));
            }
        }
    }
    assert_none("told as missing, and there", &wrong);
}

#[test]
fn links_lead_somewhere() {
    let mut broken = Vec::new();
    let mut anchors = BTreeMap::<PathBuf, Vec<String>>::new();
    let others = ["CHANGELOG.md", "upstream/README.md", "bench/README.md", "fuzz/README.md"];
    let others = others.map(|path| Page { path: path.to_owned(), text: read(path) });
    for page in pages().iter().chain(&others) {
        let prose = page.prose();
        for link in prose.match_indices("](").map(|(at, _)| prose[at + 2..].split(')').next().unwrap()) {
            if link.contains("://") || link.starts_with("mailto:") {
                continue;
            }
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            let here = root().join(&page.path);
            let target = if file.is_empty() { here } else { here.parent().unwrap().join(file) };
            let there = if anchor.is_empty() {
                target.exists()
            } else {
                let known = anchors.entry(target.clone()).or_insert_with(|| headings(&target));
                known.iter().any(|heading| heading == anchor)
            };
            if !there {
                broken.push(format!("{}: {link}", page.path));
            }
        }
    }
    assert_none("links that lead nowhere", &broken);
}

/// The anchors of a page's headings, as forges make them.
fn headings(path: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let page = Page { path: String::new(), text };
    let lines =
        page.lines().filter(|(_, line)| line.starts_with('#')).map(|(_, line)| line.trim_start_matches('#').trim());
    let kept = |c: &char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_');
    lines.map(|heading| heading.to_lowercase().chars().filter(kept).collect::<String>().replace(' ', "-")).collect()
}

#[test]
fn files_and_what_is_named_in_them_exist() {
    let mut missing = Vec::new();
    for page in pages() {
        for span in spans(&page.prose()).filter(|span| ROOTS.iter().any(|root| span.starts_with(root))) {
            let (path, name) = span.split_once("::").unwrap_or((span, ""));
            if !path.chars().all(|c| is_word(c) || matches!(c, '/' | '.' | '-')) {
                continue;
            }
            let there = if name.is_empty() {
                root().join(path).exists()
            } else {
                std::fs::read_to_string(root().join(path)).is_ok_and(|text| has_word(&text, name))
            };
            if !there {
                missing.push(format!("{}: {span}", page.path));
            }
        }
    }
    assert_none("named and not there", &missing);
}

#[test]
fn the_map_and_the_glossary_have_every_room() {
    let (page, lib) = (read("docs/architecture.md"), read("src/lib.rs"));
    let comments = lib.lines().filter_map(|line| line.strip_prefix("//! ").or(line.strip_prefix("//!")));
    let comments = comments.collect::<Vec<_>>().join("\n");
    let map = map_of(&page);
    assert_eq!(map, map_of(&comments), "docs/architecture.md and src/lib.rs draw different maps");
    let glossary = read("docs/README.md").to_lowercase();
    let rooms = rooms();
    let lower = map.to_lowercase();
    let lost = |text: &str| rooms.iter().filter(|room| !has_word(text, room)).cloned().collect::<Vec<_>>();
    assert_none("rooms that are not on the map", &lost(&lower));
    assert_none("rooms that are not in the glossary", &lost(&glossary));
    let named = map.lines().flat_map(|line| line.get(4..24).unwrap_or_default().split(|c| !is_word(c)));
    let gone: Vec<_> = named.filter(|word| !word.is_empty() && !rooms.contains(*word)).map(str::to_owned).collect();
    assert_none("on the map and not there", &gone);
}

#[test]
fn every_table_is_described_and_has_its_word() {
    let tables = tables();
    let page = read("docs/architecture.md");
    let listed = page.split("| table | holds |").nth(1).unwrap().trim_start().split("\n\n").next().unwrap();
    let listed: BTreeSet<String> =
        listed.lines().filter_map(|row| row.split('|').nth(1)).flat_map(spans).map(str::to_owned).collect();
    assert_eq!(listed, tables, "the tables of docs/architecture.md (left) are not those of the migrations (right)");
    let glossary = read("docs/README.md");
    let words: BTreeSet<&str> = spans(&glossary).collect();
    let lost: Vec<_> = tables.into_iter().filter(|table| !words.contains(table.as_str())).collect();
    assert_none("tables that are not in the glossary", &lost);
}

#[test]
fn every_error_code_has_its_page_and_its_rows() {
    let (index, reference) = (read("docs/errors/README.md"), read("docs/api/errors.md"));
    let codes = codes();
    assert!(codes.len() > 20, "the pages of errors were not found");
    let mut wrong = Vec::new();
    for code in &codes {
        let page = read(&format!("docs/errors/{code}.md"));
        if !page.contains(&format!("`{code}`, HTTP ")) || !page.contains(&format!("\"code\": \"{code}\"")) {
            wrong.push(format!("docs/errors/{code}.md says something else"));
        }
        let row = |text: &str| text.lines().any(|line| line.starts_with('|') && line.contains(&format!("`{code}`")));
        for (name, text) in [("docs/errors/README.md", &index), ("docs/api/errors.md", &reference)] {
            if !row(text) {
                wrong.push(format!("{name} has no row for {code}"));
            }
        }
    }
    assert_none("error codes", &wrong);
    let rows = index.lines().filter(|line| line.starts_with("| [`")).count();
    assert_eq!(rows, codes.len(), "docs/errors/README.md has rows for codes that are not there");
}

#[test]
fn every_endpoint_and_metric_is_described() {
    let reference: String = files("docs/api", "md").iter().map(|path| read(path)).collect();
    let rows = endpoints().filter(|row| row.path.starts_with("/api/"));
    let lost: Vec<_> = rows.filter(|row| !reference.contains(row.path)).map(|row| row.path.to_owned()).collect();
    assert_none("endpoints that docs/api does not describe", &lost);

    let operations = read("docs/operations.md");
    let rows = operations.lines().filter_map(|line| line.strip_prefix("| `vestibule_")?.split('`').next());
    let told: BTreeSet<String> = rows
        .map(|name| ["_total", "_info"].iter().fold(name, |name, end| name.strip_suffix(end).unwrap_or(name)))
        .map(|name| name.strip_suffix("_seconds").unwrap_or(name).to_owned())
        .collect();
    let registered: BTreeSet<String> =
        metrics().iter().map(|name| name.strip_suffix("_seconds").unwrap_or(name).to_owned()).collect();
    assert_eq!(told, registered, "the metrics of docs/operations.md (left) are not those of src/telemetry (right)");
}

#[test]
fn every_command_that_is_named_can_be_typed() {
    let mut commands = BTreeMap::<Vec<String>, String>::new();
    for page in pages() {
        for line in page.text.lines() {
            for (at, start) in line.match_indices("vestibule ") {
                if line[..at].chars().next_back().is_some_and(|c| !matches!(c, ' ' | '`')) {
                    continue;
                }
                let is_code = line[..at].matches('`').count() % 2 == 1 || line.trim_start().starts_with(start);
                let words = line[at + start.len()..].split('`').next().unwrap_or_default().split(' ').take(2);
                let words: Vec<String> = words
                    .take_while(|word| word.starts_with(|c: char| c.is_ascii_lowercase()))
                    .map(|word| word.chars().take_while(|c| c.is_ascii_lowercase() || *c == '-').collect())
                    .collect();
                if is_code && !words.is_empty() && words[0] != "vestibule" {
                    commands.entry(words).or_insert_with(|| page.path.clone());
                }
            }
        }
    }
    assert!(commands.len() > 20, "the commands were not found: {commands:?}");
    let mut wrong = Vec::new();
    for (words, page) in commands {
        let help = Command::new(env!("CARGO_BIN_EXE_vestibule")).args(&words).arg("--help").output().unwrap();
        if !help.status.success() {
            wrong.push(format!("{page}: vestibule {}", words.join(" ")));
        }
    }
    assert_none("commands that cannot be typed", &wrong);
}

#[test]
fn prose_is_wrapped() {
    let mut wide = Vec::new();
    for page in pages().iter().filter(|page| !GENERATED.contains(&page.path.as_str())) {
        for (number, line) in page.lines() {
            let text = line.trim_start();
            let code = line.starts_with("    ") && !line.starts_with("      ");
            let rest: String = text.split('`').step_by(2).collect();
            if line.chars().count() > WIDTH && !text.starts_with(['|', '#']) && !code && rest.trim().contains(' ') {
                wide.push(format!("{}:{number}", page.path));
            }
        }
    }
    assert_none("lines of more than 100 columns", &wide);
}
