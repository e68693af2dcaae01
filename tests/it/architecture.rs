//! The import rule of `src/lib.rs`, read from the sources.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Layers from the outside in; a module imports only from layers below its own. `SHARED` may be imported by all but `domain`
/// and `crypto`.
const LAYERS: &[&[&str]] = &[
    &["main", "cli"],
    &["app"],
    &["edge", "api"],
    &["gate"],
    &["auth", "people", "visitors", "keys", "workspaces", "store", "bootstrap"],
    &["catalog", "tokens", "endpoints", "limits"],
    &["cache"],
    &["anythingllm", "storage", "outbound"],
    &["crypto"],
    &["domain"],
];
const SHARED: &[&str] = &["config", "rejection", "telemetry"];
/// Within a layer these may be imported.
const SIBLINGS: &[(&str, &str)] = &[("main", "cli"), ("people", "auth"), ("openapi", "api"), ("api", "openapi")];
/// Frameworks, each with the only modules that may name it.
const FRAMEWORKS: &[(&str, &[&str])] = &[
    ("pingora", &["edge"]),
    ("axum", &["api", "openapi"]),
    ("sqlx", &["storage"]),
    ("redis", &["limits", "cache", "cli"]),
];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

fn module_of(path: &Path, root: &Path) -> String {
    let first = path.strip_prefix(root).unwrap().components().next().unwrap();
    first.as_os_str().to_str().unwrap().trim_end_matches(".rs").to_owned()
}

fn layer(module: &str) -> Option<usize> {
    LAYERS.iter().position(|layer| layer.contains(&module))
}

/// The first segments of every `crate::…` and `vestibule::…` path in code lines.
fn imports(line: &str) -> Vec<String> {
    let mut found = Vec::new();
    for start in ["crate::", "vestibule::"] {
        for (at, _) in line.match_indices(start) {
            let rest = &line[at + start.len()..];
            if line[..at].ends_with('"') {
                continue; // a log target
            }
            let names = rest.strip_prefix('{').map_or_else(|| vec![rest], |list| list.split(',').collect());
            for name in names {
                let name: String = name.trim().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                if !name.is_empty() {
                    found.push(name);
                }
            }
        }
    }
    found
}

#[test]
fn modules_import_only_what_lies_below_them() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    assert!(files.len() > 30, "the sources were not found");
    let mut broken: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for file in &files {
        let module = module_of(file, &root);
        if module == "lib" {
            continue;
        }
        let text = std::fs::read_to_string(file).unwrap();
        for line in text.lines().map(str::trim).filter(|l| !l.starts_with("//")) {
            for (framework, allowed) in FRAMEWORKS {
                let names_it = line.contains(&format!("{framework}::")) || line.contains(&format!("use {framework}"));
                let is_ours =
                    line.contains(&format!("crate::{framework}")) || line.contains(&format!("_{framework}::"));
                if names_it && !is_ours && !allowed.contains(&module.as_str()) {
                    broken.entry(module.clone()).or_default().push(format!("names {framework}: {line}"));
                }
            }
            for import in imports(line) {
                let shared = SHARED.contains(&import.as_str());
                let allowed = match (layer(&module), layer(&import)) {
                    _ if import == module => true,
                    (Some(_), None) if shared => !matches!(module.as_str(), "domain" | "crypto"),
                    (Some(here), Some(there)) => there > here || SIBLINGS.contains(&(module.as_str(), import.as_str())),
                    // Shared modules build on the domain and on each other.
                    (None, _) => matches!(import.as_str(), "domain" | "crypto") || shared,
                    _ => true,
                };
                if !allowed {
                    broken.entry(module.clone()).or_default().push(format!("imports {import}: {line}"));
                }
            }
        }
    }
    assert!(broken.is_empty(), "the import rule is broken: {broken:#?}");
}
