//! The settings that AnythingLLM knows as well, and how both sides are compared.

use super::WorkspaceContent;
use crate::domain::faults::Faults;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// Their paths in a shop's content, in the order in which they are told.
pub const KNOWN_UPSTREAM: [&str; 8] = [
    "name",
    "settings.chat_mode",
    "settings.top_n",
    "settings.score_threshold",
    "settings.prompt",
    "settings.refusal_message",
    "settings.temperature",
    "settings.history_messages",
];

/// Their values on one side. `None`: not set here, or not told there.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct UpstreamValues {
    pub name: Option<String>,
    /// As text, because AnythingLLM has a mode that a shop never has.
    pub chat_mode: Option<String>,
    pub top_n: Option<u32>,
    pub score_threshold: Option<f64>,
    pub prompt: Option<String>,
    pub refusal_message: Option<String>,
    pub temperature: Option<f64>,
    pub history_messages: Option<u32>,
}

/// A setting that has another value in AnythingLLM.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = SettingDrift)]
pub struct Drift {
    /// Its path.
    #[schema(example = "settings.top_n")]
    pub field: &'static str,
    /// What it is here.
    pub vestibule: Value,
    /// What it is there.
    pub upstream: Value,
}

impl UpstreamValues {
    /// What a shop wants them to be.
    pub fn wanted(content: &WorkspaceContent) -> Self {
        let settings = &content.settings;
        Self {
            name: Some(content.name.clone()),
            chat_mode: Some(settings.chat_mode.as_str().to_owned()),
            top_n: settings.top_n,
            score_threshold: settings.score_threshold,
            prompt: settings.prompt.clone(),
            refusal_message: settings.refusal_message.clone(),
            temperature: settings.temperature,
            history_messages: settings.history_messages,
        }
    }

    /// Each with its path; null for what is not set.
    fn values(&self) -> impl Iterator<Item = (&'static str, Value)> {
        let mut values = serde_json::to_value(self).unwrap_or_default();
        KNOWN_UPSTREAM.into_iter().map(move |path| (path, values[name_of(path)].take()))
    }

    /// Where `there` differs from these. What is not set here cannot differ.
    pub fn drift(&self, there: &Self) -> Vec<Drift> {
        let pairs = self.values().zip(there.values());
        pairs
            .filter(|((_, ours), (_, theirs))| !ours.is_null() && !alike(ours, theirs))
            .map(|((field, vestibule), (_, upstream))| Drift { field, vestibule, upstream })
            .collect()
    }

    /// The paths of what is set.
    pub fn fields(&self) -> Vec<&'static str> {
        self.values().filter(|(_, value)| !value.is_null()).map(|(field, _)| field).collect()
    }

    /// Only those that differ from `there`.
    #[must_use]
    pub fn only_different(&self, there: &Self) -> Self {
        let different = self.drift(there).into_iter().map(|drift| (name_of(drift.field).to_owned(), drift.vestibule));
        serde_json::from_value(Value::Object(different.collect())).unwrap_or_default()
    }

    /// Takes these fields over into a shop's content, also that something is not set. A mode that a shop cannot have is
    /// a fault.
    ///
    /// # Errors
    /// A chat mode that runs agents.
    pub fn take(&self, fields: &[&'static str], content: &mut WorkspaceContent) -> Result<(), Faults> {
        let settings = &mut content.settings;
        let mut faults = Faults::new();
        for field in fields {
            match *field {
                "name" => content.name = self.name.clone().unwrap_or_default(),
                "settings.chat_mode" => match self.chat_mode.as_deref().map(str::parse) {
                    Some(Ok(mode)) => settings.chat_mode = mode,
                    _ => faults.push(
                        *field,
                        "format",
                        "is a mode in AnythingLLM that runs agents; take `vestibule` instead",
                    ),
                },
                "settings.top_n" => settings.top_n = self.top_n,
                "settings.score_threshold" => settings.score_threshold = self.score_threshold,
                "settings.prompt" => settings.prompt.clone_from(&self.prompt),
                "settings.refusal_message" => settings.refusal_message.clone_from(&self.refusal_message),
                "settings.temperature" => settings.temperature = self.temperature,
                "settings.history_messages" => settings.history_messages = self.history_messages,
                _ => {}
            }
        }
        faults.or(())
    }

    /// Puts these in the place of a shop's own; a mode that a shop cannot have is left out.
    pub fn replace(&self, content: &mut WorkspaceContent) {
        for field in KNOWN_UPSTREAM {
            // Faults are modes that a shop cannot have.
            let _ = self.take(&[field], content);
        }
    }
}

/// The last word of a path.
fn name_of(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or(path)
}

/// Numbers travel through single precision, and AnythingLLM's form trims texts.
fn alike(ours: &Value, theirs: &Value) -> bool {
    match (ours, theirs) {
        (Value::Number(a), Value::Number(b)) => match (a.as_f64(), b.as_f64()) {
            (Some(a), Some(b)) => (a - b).abs() < 1e-6,
            _ => false,
        },
        (Value::String(a), Value::String(b)) => a.trim() == b.trim(),
        (a, b) => a == b,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_what_is_set_here_can_drift() {
        let ours = UpstreamValues { top_n: Some(4), score_threshold: Some(0.7), ..Default::default() };
        let theirs = UpstreamValues {
            top_n: Some(6),
            score_threshold: Some(f64::from(0.7_f32)),
            prompt: Some("theirs".into()),
            ..Default::default()
        };
        let wanted = Drift { field: "settings.top_n", vestibule: json!(4), upstream: json!(6) };
        assert_eq!(ours.drift(&theirs), [wanted]);
        assert_eq!(ours.only_different(&theirs), UpstreamValues { top_n: Some(4), ..Default::default() });
        assert_eq!(ours.fields(), ["settings.top_n", "settings.score_threshold"]);
    }

    #[test]
    fn a_mode_that_runs_agents_is_never_taken_over() {
        let mut content = WorkspaceContent::named("Shop");
        let theirs = UpstreamValues {
            name: Some("Theirs".into()),
            chat_mode: Some("automatic".into()),
            top_n: Some(9),
            ..Default::default()
        };
        theirs.replace(&mut content);
        assert_eq!(content.settings.chat_mode.as_str(), "query");
        assert_eq!(content.settings.top_n, Some(9));
        assert!(theirs.take(&["settings.chat_mode"], &mut content).is_err());
        content.settings.prompt = Some("ours".into());
        assert!(theirs.take(&["settings.prompt"], &mut content).is_ok());
        assert_eq!(content.settings.prompt, None);
    }
}
