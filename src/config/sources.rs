//! Where settings come from: the compiled-in default, a file, variables. Turns them into one checked value a key.
//!
//! Nothing here knows what a setting is for; see `settings` for what values may be and `checks` for what must fit
//! together.

use crate::config::key::Key;
use crate::config::problem::{Problem, did_you_mean};
use crate::config::settings::{SECTIONS, keys};
use crate::config::told::ToldSetting;
use crate::config::values::{Given, Kind};
use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use toml::Value;
use toml::de::{DeTable, DeValue};

/// The lowest layer, which is also the documentation.
pub const DEFAULT_TOML: &str = include_str!("../../config/default.toml");

/// Names the file, where the command line does not.
const CONFIG_VARIABLE: &str = "VESTIBULE_CONFIG";

/// What surrounds the process, as a parameter, so that tests need not touch the real thing.
pub trait Environment: fmt::Debug {
    /// The variables, by name.
    fn variables(&self) -> BTreeMap<String, String>;

    /// The text of a file.
    ///
    /// # Errors
    /// When it cannot be read.
    fn read(&self, path: &Path) -> std::io::Result<String>;
}

/// The real environment and the real files.
#[derive(Debug, Clone, Copy, Default)]
pub struct ProcessEnvironment;

impl Environment for ProcessEnvironment {
    fn variables(&self) -> BTreeMap<String, String> {
        let lossy = |text: std::ffi::OsString| text.to_string_lossy().into_owned();
        std::env::vars_os().map(|(name, value)| (lossy(name), lossy(value))).collect()
    }

    fn read(&self, path: &Path) -> std::io::Result<String> {
        std::fs::read_to_string(path)
    }
}

/// Where to look for settings.
#[derive(Debug)]
pub struct Sources<'a> {
    /// The file of `--config`; without it `VESTIBULE_CONFIG` is asked.
    pub file: Option<PathBuf>,
    /// Variables and files.
    pub environment: &'a dyn Environment,
}

/// A value and the place it was found at, for messages.
#[derive(Debug, Clone)]
struct Setting {
    value: Value,
    place: String,
}

/// All settings, each with the value that won.
#[derive(Debug, Default)]
pub(crate) struct Settings {
    by_path: BTreeMap<&'static str, Setting>,
    /// What was wrong on the way. A key with a problem keeps the value of the layer below.
    pub(crate) problems: Vec<Problem>,
    /// Variables that look like settings and are none: of another version, or a slip of the finger.
    pub(crate) unknown: Vec<Problem>,
}

impl Settings {
    /// Reads all layers.
    pub(crate) fn read(sources: &Sources<'_>) -> Self {
        let mut settings = Self::default();
        settings.add_file("default.toml", DEFAULT_TOML);
        for setting in settings.by_path.values_mut() {
            setting.place.clear(); // not a place that an operator can change
        }
        let variables = sources.environment.variables();
        let named = || variables.get(CONFIG_VARIABLE).filter(|name| !name.is_empty()).map(PathBuf::from);
        if let Some(path) = sources.file.clone().or_else(named) {
            let name = path.display().to_string();
            match sources.environment.read(&path) {
                Ok(text) => settings.add_file(&name, &text),
                Err(error) => settings.problems.push(Problem::new(name, "", format!("cannot be read: {error}"))),
            }
        }
        settings.add_variables(&variables, sources.environment);
        settings
    }

    /// Where the value of `path` was found; empty for the default.
    pub(crate) fn place(&self, path: &str) -> &str {
        self.by_path.get(path).map_or("", |setting| &setting.place)
    }

    /// Every key for people; of a secret only whether it is set.
    pub(crate) fn told(&self) -> Vec<ToldSetting> {
        let told = |key: &'static Key| {
            let setting = self.by_path.get(key.path)?;
            let text = match &setting.value {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            let is_secret = key.kind == Kind::Secret && !text.is_empty() || holds_credentials(&text);
            let value = (!is_secret).then_some(text);
            Some(ToldSetting { key: key.path, value, place: setting.place.clone() })
        };
        keys().filter_map(told).collect()
    }

    /// The values as the structs expect them.
    pub(crate) fn table(&self) -> toml::Table {
        let mut table = toml::Table::new();
        for (path, Setting { value, .. }) in &self.by_path {
            let value = value.clone();
            match path.split_once('.') {
                None => {
                    table.insert((*path).to_owned(), value);
                }
                Some((section, key)) => {
                    let section = table.entry(section.to_owned()).or_insert_with(|| Value::Table(toml::Table::new()));
                    if let Value::Table(section) = section {
                        section.insert(key.to_owned(), value);
                    }
                }
            }
        }
        table
    }

    fn add_file(&mut self, name: &str, text: &str) {
        let file = File { name, text };
        let (document, errors) = DeTable::parse_recoverable(text);
        for error in &errors {
            // Not the error's own `Display`: it quotes the line, which may hold a secret.
            let place = error.span().map_or_else(|| name.to_owned(), |span| file.place(span.start));
            self.problems.push(Problem::new(place, "", format!("not valid TOML: {}", error.message())));
        }
        if errors.is_empty() {
            self.add_table(&file, "", document.get_ref());
        }
    }

    fn add_table(&mut self, file: &File<'_>, section: &str, table: &DeTable<'_>) {
        for (name, value) in table {
            let path =
                if section.is_empty() { name.get_ref().to_string() } else { format!("{section}.{}", name.get_ref()) };
            let place = file.place(name.span().start);
            match (keys().find(|key| key.path == path), value.get_ref()) {
                (Some(key), value) => match key.check(Given::Toml(value)) {
                    Ok(value) => {
                        self.by_path.insert(key.path, Setting { value, place });
                    }
                    Err(what) => self.problems.push(Problem::new(place, path, what)),
                },
                (None, DeValue::Table(inner)) if SECTIONS.contains(&path.as_str()) => {
                    self.add_table(file, &path, inner);
                }
                (None, _) if SECTIONS.contains(&path.as_str()) => {
                    self.problems.push(Problem::new(place, &path, format!("expected a section, written as [{path}]")));
                }
                (None, DeValue::Table(_)) => {
                    let hint = did_you_mean(&path, SECTIONS);
                    self.problems.push(Problem::new(place, path, format!("no such section{hint}")));
                }
                (None, _) => {
                    let hint = did_you_mean(&path, keys().map(|key| key.path));
                    self.problems.push(Problem::new(place, path, format!("no such key{hint}")));
                }
            }
        }
    }

    fn add_variables(&mut self, variables: &BTreeMap<String, String>, environment: &dyn Environment) {
        let mut known = vec![CONFIG_VARIABLE.to_owned()];
        for key in keys() {
            for name in key.alias().map(str::to_owned).into_iter().chain([key.variable()]) {
                self.add_variable(key, &name, variables, environment);
                known.push(format!("{name}_FILE"));
                known.push(name);
            }
        }
        for name in variables.keys().filter(|name| name.starts_with("VESTIBULE_")) {
            if !known.contains(name) && !is_service_link(name) {
                let hint = did_you_mean(name, &known);
                self.unknown.push(Problem::new(name, "", format!("no such variable{hint}")));
            }
        }
    }

    fn add_variable(
        &mut self,
        key: &'static Key,
        name: &str,
        variables: &BTreeMap<String, String>,
        environment: &dyn Environment,
    ) {
        // `NAME: ${NAME:-}` in a compose file makes empty variables: they count as not set.
        let get = |name: &str| variables.get(name).filter(|value| !value.is_empty());
        let file_variable = format!("{name}_FILE");
        let (place, text) = match (get(name), get(&file_variable)) {
            (None, None) => return,
            (Some(_), Some(_)) => {
                let what = format!("set together with {file_variable}; only one of them may be");
                self.problems.push(Problem::new(name, key.path, what));
                return;
            }
            (Some(value), None) => (name.to_owned(), value.clone()),
            (None, Some(path)) => match environment.read(Path::new(path)) {
                Ok(text) => (file_variable, value_of(text)),
                Err(error) => {
                    let what = format!("the file {path} cannot be read: {error}");
                    self.problems.push(Problem::new(file_variable, key.path, what));
                    return;
                }
            },
        };
        match key.check(Given::Text(&text)) {
            Ok(value) => {
                self.by_path.insert(key.path, Setting { value, place });
            }
            Err(what) => self.problems.push(Problem::new(place, key.path, what)),
        }
    }
}

/// A file and its text, to say which line something stands on.
struct File<'a> {
    name: &'a str,
    text: &'a str,
}

impl File<'_> {
    fn place(&self, offset: usize) -> String {
        let before = self.text.get(..offset).unwrap_or(self.text);
        format!("{}:{}", self.name, before.matches('\n').count() + 1)
    }
}

/// An address may hold a user name and password, whatever key it stands under.
fn holds_credentials(text: &str) -> bool {
    let authority = text.split_once("://").map(|(_, rest)| rest.split(['/', '?', '#']).next().unwrap_or(rest));
    authority.is_some_and(|authority| authority.contains('@'))
}

/// Kubernetes gives every pod the address of each service as variables, and a service may well be named `vestibule`.
fn is_service_link(name: &str) -> bool {
    let rest = name.trim_start_matches("VESTIBULE_");
    rest == "PORT" || rest.starts_with("PORT_") || rest == "SERVICE_HOST" || rest.starts_with("SERVICE_PORT")
}

/// What a file holds: without a line end, and without the byte order mark that editors of Windows put in front.
fn value_of(mut text: String) -> String {
    while text.ends_with(['\n', '\r']) {
        text.pop();
    }
    text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text)
}
