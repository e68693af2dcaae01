//! The settings that AnythingLLM knows as well, and how both sides are compared.

use super::WorkspaceContent;
use crate::domain::faults::Faults;
use serde::Serialize;
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
#[derive(Debug, Clone, Default, PartialEq)]
pub struct UpstreamValues {
    /// For people.
    pub name: Option<String>,
    /// As text, because AnythingLLM has a mode that a shop never has.
    pub chat_mode: Option<String>,
    /// Passages.
    pub top_n: Option<u32>,
    /// Least similarity.
    pub score_threshold: Option<f64>,
    /// The system prompt.
    pub prompt: Option<String>,
    /// What is said when nothing is found.
    pub refusal_message: Option<String>,
    /// Randomness.
    pub temperature: Option<f64>,
    /// Earlier pairs.
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

    fn values(&self) -> [Value; 8] {
        [
            Value::from(self.name.clone()),
            Value::from(self.chat_mode.clone()),
            Value::from(self.top_n),
            Value::from(self.score_threshold),
            Value::from(self.prompt.clone()),
            Value::from(self.refusal_message.clone()),
            Value::from(self.temperature),
            Value::from(self.history_messages),
        ]
    }

    /// Where `there` differs from these. What is not set here cannot differ.
    pub fn drift(&self, there: &Self) -> Vec<Drift> {
        let pairs = KNOWN_UPSTREAM.into_iter().zip(self.values().into_iter().zip(there.values()));
        pairs
            .filter(|(_, (ours, theirs))| !ours.is_null() && !alike(ours, theirs))
            .map(|(field, (vestibule, upstream))| Drift { field, vestibule, upstream })
            .collect()
    }

    /// The paths of what is set.
    pub fn fields(&self) -> Vec<&'static str> {
        KNOWN_UPSTREAM
            .into_iter()
            .zip(self.values())
            .filter(|(_, value)| !value.is_null())
            .map(|(field, _)| field)
            .collect()
    }

    /// Only those that differ from `there`.
    #[must_use]
    pub fn only_different(self, there: &Self) -> Self {
        let keep = |here: Value, there: Value| !here.is_null() && !alike(&here, &there);
        let [name, mode, top_n, threshold, prompt, refusal, temperature, history]: [bool; 8] = {
            let mut there = there.values().into_iter();
            self.values().map(|here| keep(here, there.next().unwrap_or_default()))
        };
        Self {
            name: self.name.filter(|_| name),
            chat_mode: self.chat_mode.filter(|_| mode),
            top_n: self.top_n.filter(|_| top_n),
            score_threshold: self.score_threshold.filter(|_| threshold),
            prompt: self.prompt.filter(|_| prompt),
            refusal_message: self.refusal_message.filter(|_| refusal),
            temperature: self.temperature.filter(|_| temperature),
            history_messages: self.history_messages.filter(|_| history),
        }
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
        assert_eq!(ours.clone().only_different(&theirs), UpstreamValues { top_n: Some(4), ..Default::default() });
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
