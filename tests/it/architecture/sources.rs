//! The sources as modules: which file a path in the code means, and so which file imports which.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Segments of a module's path, without `crate`.
pub(super) type Module = Vec<String>;

/// All modules under `src`.
pub(super) struct Sources {
    modules: BTreeMap<Module, Source>,
}

struct Source {
    /// From `src` on.
    file: String,
    /// Without comments, literals and test modules.
    code: String,
    /// Names handed on by `pub use`, and what they stand for.
    handed_on: BTreeMap<String, Module>,
}

impl Sources {
    pub(super) fn read() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let mut files = Vec::new();
        find(&root, &mut files);
        let mut modules = BTreeMap::new();
        for path in files {
            let file = path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
            let module = module_of(&file);
            if module.last().is_some_and(|last| last == "tests") {
                continue;
            }
            let code = code_of(&std::fs::read_to_string(&path).unwrap());
            let handed_on = handed_on(&code, &module);
            modules.insert(module, Source { file, code, handed_on });
        }
        Self { modules }
    }

    /// How many files there are.
    pub(super) fn len(&self) -> usize {
        self.modules.len()
    }

    /// Each file with the code in it.
    pub(super) fn code(&self) -> impl Iterator<Item = (&str, &str)> {
        self.modules.values().map(|source| (source.file.as_str(), source.code.as_str()))
    }

    /// Which file names something of which.
    pub(super) fn imports(&self) -> BTreeMap<&str, BTreeSet<&str>> {
        let imported = |module: &Module, source: &Source| {
            let mut paths = paths(&source.code, module);
            paths.extend(self.through_modules(&source.code, &paths));
            let files = paths.iter().filter_map(|path| self.file_meant(path, 0));
            files.filter(|file| *file != source.file).collect()
        };
        self.modules.iter().map(|(module, source)| (source.file.as_str(), imported(module, source))).collect()
    }

    /// Paths that begin at a module that was imported itself: `use crate::api;`, then `api::chat::create`.
    fn through_modules(&self, code: &str, imported: &[Module]) -> Vec<Module> {
        let mut found = Vec::new();
        for module in imported.iter().filter(|path| self.modules.contains_key(*path)) {
            let begin = format!("{}::", module.last().map_or("", String::as_str));
            for (at, _) in code.match_indices(&begin) {
                if code[..at].chars().next_back().is_none_or(|c| !c.is_alphanumeric() && !matches!(c, '_' | ':')) {
                    tree(&code[at + begin.len()..], &mut module.clone(), &mut found);
                }
            }
        }
        found
    }

    /// The file in which what a path names is defined, as far as that is written down.
    fn file_meant(&self, path: &[String], depth: usize) -> Option<&str> {
        let module = (0..=path.len()).rev().map(|end| &path[..end]).find(|part| self.modules.contains_key(*part))?;
        let source = &self.modules[module];
        match path.get(module.len()).and_then(|name| source.handed_on.get(name)) {
            Some(there) if depth < 8 && there != module => self.file_meant(there, depth + 1),
            _ => Some(&source.file),
        }
    }
}

/// The folder that a file is part of: `a/b.rs` opens the folder `a/b` where there is one.
pub(super) fn folder_of(file: &str) -> String {
    let without = file.trim_end_matches(".rs");
    let opens = Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(without).is_dir();
    let folder = if opens { without } else { without.rsplit_once('/').map_or("", |(folder, _)| folder) };
    folder.to_owned()
}

fn find(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            find(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

fn module_of(file: &str) -> Module {
    let mut module: Module = file.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
    if module.last().is_some_and(|last| last == "mod") || module == ["lib"] {
        module.pop();
    }
    module
}

/// Without line comments, without the text of literals, and up to the tests.
fn code_of(text: &str) -> String {
    let text = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
    let mut code = String::with_capacity(text.len());
    for line in text.lines().filter(|line| !line.trim_start().starts_with("//")) {
        for (at, part) in line.split('"').enumerate() {
            code.push_str(if at % 2 == 0 { part } else { "\"\"" });
        }
        code.push('\n');
    }
    code
}

/// Every path in the code that begins at the crate or at the module itself.
fn paths(code: &str, module: &Module) -> Vec<Module> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        let before = code[..at].chars().next_back();
        if before.is_none_or(|c| !c.is_alphanumeric() && !matches!(c, '_' | '$' | ':')) {
            tree(&code[at + "crate::".len()..], &mut Vec::new(), &mut found);
        }
    }
    for (at, _) in code.match_indices("super::") {
        if code[..at].ends_with("super::") {
            continue;
        }
        let mut rest = &code[at..];
        let mut base = module.clone();
        while let Some(further) = rest.strip_prefix("super::") {
            base.pop();
            rest = further;
        }
        tree(rest, &mut base, &mut found);
    }
    found
}

/// Reads a use tree: `a::{b, c::d}` is `a::b` and `a::c::d`. Gives what stands behind it.
fn tree<'a>(text: &'a str, base: &mut Module, found: &mut Vec<Module>) -> &'a str {
    let text = text.trim_start();
    if let Some(mut rest) = text.strip_prefix('{') {
        while !rest.trim_start().starts_with('}') && !rest.is_empty() {
            rest = tree(rest, &mut base.clone(), found).trim_start();
            rest = rest.find([',', '}']).map_or("", |at| rest[at..].strip_prefix(',').unwrap_or(&rest[at..]));
        }
        return rest.trim_start().strip_prefix('}').unwrap_or(rest);
    }
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
    if end == 0 {
        return text;
    }
    if &text[..end] != "self" {
        base.push(text[..end].to_owned());
    }
    if let Some(rest) = text[end..].strip_prefix("::") {
        return tree(rest, base, found);
    }
    found.push(base.clone());
    &text[end..]
}

fn handed_on(code: &str, module: &Module) -> BTreeMap<String, Module> {
    let mut names = BTreeMap::new();
    for (at, _) in code.match_indices("use ") {
        let line = &code[code[..at].rfind('\n').map_or(0, |end| end + 1)..at];
        if !line.trim_start().starts_with("pub") {
            continue;
        }
        let rest = &code[at + "use ".len()..];
        let (mut base, rest) = match rest.strip_prefix("crate::") {
            Some(rest) => (Vec::new(), rest),
            None => (module.clone(), rest.trim_start_matches("self::")),
        };
        let mut found = Vec::new();
        tree(rest, &mut base, &mut found);
        names.extend(found.into_iter().filter_map(|path| Some((path.last()?.clone(), path))));
    }
    names
}
