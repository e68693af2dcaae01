//! What a new workspace begins with: `config/workspace-defaults.toml`, merged with what the caller gives.

use crate::config;
use crate::domain::json::merge_patch;
use crate::domain::store::Platform;
use crate::domain::workspace::WorkspaceContent;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The file that is compiled in.
const COMPILED_IN: &str = include_str!("../../config/workspace-defaults.toml");

#[derive(Debug, Clone)]
pub struct Defaults {
    common: Arc<Value>,
    platforms: Arc<BTreeMap<String, Value>>,
}

/// The defaults cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadDefaults {
    #[error("{0}: {1}")]
    Unreadable(String, String),
    /// Not TOML.
    #[error("not TOML: {0}")]
    Syntax(String),
    /// A table that is neither `common` nor a platform.
    #[error("`{0}` is neither `common` nor a platform")]
    UnknownTable(String),
    /// Merged, they do not make a valid workspace.
    #[error("the defaults of {platform} are not valid: {field} {message}")]
    Invalid {
        platform: Platform,
        /// The first field that is wrong.
        field: String,
        message: String,
    },
}

impl Defaults {
    /// Those of the configured file, or else those that are compiled in.
    ///
    /// # Errors
    /// A file that cannot be read, or [`BadDefaults`] about what stands in it.
    pub fn load(config: &config::Workspaces) -> Result<Self, BadDefaults> {
        let file = &config.defaults_file;
        if file.as_os_str().is_empty() {
            return Self::compiled_in();
        }
        let unreadable = |error: std::io::Error| BadDefaults::Unreadable(file.display().to_string(), error.to_string());
        Self::parse(&std::fs::read_to_string(file).map_err(unreadable)?)
    }

    /// Those that are compiled in.
    ///
    /// # Errors
    /// A test keeps the committed file free of them.
    pub fn compiled_in() -> Result<Self, BadDefaults> {
        Self::parse(COMPILED_IN)
    }

    /// Reads a file's text and checks that every platform's defaults make a valid workspace.
    ///
    /// # Errors
    /// [`BadDefaults`]
    pub fn parse(text: &str) -> Result<Self, BadDefaults> {
        let mut tables: BTreeMap<String, Value> =
            toml::from_str(text).map_err(|error| BadDefaults::Syntax(error.message().to_owned()))?;
        let common = tables.remove("common").unwrap_or_else(|| Value::Object(Map::new()));
        if let Some(unknown) = tables.keys().find(|name| name.parse::<Platform>().is_err()) {
            return Err(BadDefaults::UnknownTable(unknown.clone()));
        }
        let defaults = Self { common: Arc::new(common), platforms: Arc::new(tables) };
        for platform in Platform::ALL.iter().copied() {
            defaults.check(platform)?;
        }
        Ok(defaults)
    }

    fn check(&self, platform: Platform) -> Result<(), BadDefaults> {
        let invalid = |field: String, message: String| BadDefaults::Invalid { platform, field, message };
        let given = Map::from_iter([("name".to_owned(), Value::from("A shop"))]);
        let content = WorkspaceContent::read(self.merged(platform, given));
        content.map(|_| ()).map_err(|faults| {
            let first = faults.into_vec().into_iter().next();
            first.map_or_else(|| invalid(String::new(), String::new()), |fault| invalid(fault.field, fault.message))
        })
    }

    /// A workspace's content: the platform's defaults, changed by what is given (RFC 7396), with the name filled in.
    pub fn merged(&self, platform: Platform, given: Map<String, Value>) -> Value {
        let mut content = (*self.common).clone();
        if let Some(own) = self.platforms.get(platform.as_str()) {
            merge_patch(&mut content, own.clone());
        }
        // Without a name there is another fault to be told than an empty text made of it.
        if let Some(name) = given.get("name").and_then(Value::as_str).filter(|name| !name.trim().is_empty()) {
            // The heading of a chat has little room.
            let short: String = name.trim().chars().take(60).collect();
            if let Some(widget) = content.get_mut("widget") {
                fill_in(widget, &short);
            }
            fill_in(&mut content, name.trim());
        }
        merge_patch(&mut content, Value::Object(given));
        content
    }
}

/// Puts the shop's name into the texts of the defaults; never into what a caller gave.
fn fill_in(value: &mut Value, name: &str) {
    match value {
        Value::String(text) if text.contains("{shop}") => *text = text.replace("{shop}", name),
        Value::Array(values) => values.iter_mut().for_each(|value| fill_in(value, name)),
        Value::Object(members) => members.values_mut().for_each(|value| fill_in(value, name)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn merged(platform: Platform, given: Value) -> Value {
        let Value::Object(given) = given else { panic!("an object") };
        Defaults::compiled_in().unwrap().merged(platform, given)
    }

    #[test]
    fn what_is_given_is_merged_into_the_defaults_and_does_not_replace_them() {
        let content =
            merged(Platform::Feed, json!({"name": "Alpine", "settings": {"top_n": 3, "prompt": "Mine {shop}."}}));
        assert_eq!(content["settings"]["top_n"], 3);
        assert_eq!(content["settings"]["prompt"], "Mine {shop}.");
        assert_eq!(content["settings"]["chat_mode"], "query");
        assert_eq!(content["widget"]["greeting"], "Hello! I am the AI assistant of Alpine. How can I help you?");
    }

    #[test]
    fn platforms_add_to_what_is_common() {
        assert_eq!(merged(Platform::Custom, json!({"name": "A"}))["settings"]["top_n"], 6);
        assert_eq!(merged(Platform::Magento, json!({"name": "A"}))["settings"]["top_n"], 8);
        assert_eq!(
            merged(Platform::Custom, json!({"name": "A", "settings": {"prompt": null}}))["settings"].get("prompt"),
            None
        );
    }

    #[test]
    fn a_file_that_makes_no_valid_workspace_is_refused() {
        let parse = |text| Defaults::parse(text).unwrap_err();
        assert!(matches!(parse("[common"), BadDefaults::Syntax(_)));
        assert_eq!(parse("[shopyfy.settings]\ntop_n = 3"), BadDefaults::UnknownTable("shopyfy".into()));
        assert!(
            matches!(parse("[common.settings]\ntop_n = 30"), BadDefaults::Invalid { field, .. } if field == "settings.top_n")
        );
        assert!(matches!(parse("[feed.settings]\ntop = 3"), BadDefaults::Invalid { platform: Platform::Feed, .. }));
    }
}
