//! What AnythingLLM answers and embeds with, as far as its settings say (`admin/v1_system_multi`).
//!
//! Without a model it takes every chat and fails at it, with a provider's words that nobody is shown. The settings name
//! the provider and its model and tell whether a key is there, never the key.

use crate::anythingllm::client::{Ask, Client};
use crate::anythingllm::error::UpstreamError;
use serde::Deserialize;
use serde_json::{Map, Value};

/// What it uses, by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpstreamModels {
    /// What answers.
    pub llm: Result<String, MissingModel>,
    /// What embeds documents and questions.
    pub embedder: Result<String, MissingModel>,
    /// Where embedded documents are.
    pub vector_database: Option<String>,
}

/// Why there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MissingModel {
    #[error("no provider is chosen")]
    NoProvider,
    #[error("the provider has no API key")]
    NoKey,
    #[error("no model is chosen")]
    NoModel,
}

/// Providers that do nothing without a key, with what tells whether one is there.
const LLM_KEYS: [(&str, &str); 14] = [
    ("openai", "OpenAiKey"),
    ("azure", "AzureOpenAiKey"),
    ("anthropic", "AnthropicApiKey"),
    ("gemini", "GeminiLLMApiKey"),
    ("mistral", "MistralApiKey"),
    ("groq", "GroqApiKey"),
    ("openrouter", "OpenRouterApiKey"),
    ("togetherai", "TogetherAiApiKey"),
    ("fireworksai", "FireworksAiLLMApiKey"),
    ("perplexity", "PerplexityApiKey"),
    ("cohere", "CohereApiKey"),
    ("deepseek", "DeepSeekApiKey"),
    ("xai", "XAIApiKey"),
    ("novita", "NovitaLLMApiKey"),
];
const EMBEDDER_KEYS: [(&str, &str); 7] = [
    ("openai", "OpenAiKey"),
    ("azure", "AzureOpenAiKey"),
    ("gemini", "GeminiEmbeddingApiKey"),
    ("mistral", "MistralApiKey"),
    ("cohere", "CohereApiKey"),
    ("openrouter", "OpenRouterApiKey"),
    ("voyageai", "VoyageAiApiKey"),
];
/// Servers of one's own, which have no model by default.
const OWN_SERVERS: [&str; 5] = ["generic-openai", "ollama", "lmstudio", "localai", "litellm"];

#[derive(Deserialize)]
struct SystemAnswer {
    settings: Map<String, Value>,
}

impl Client {
    /// What AnythingLLM answers and embeds with.
    ///
    /// # Errors
    /// No answer, or none that can be understood.
    pub async fn models(&self) -> Result<UpstreamModels, UpstreamError> {
        Ok(models(&self.json::<SystemAnswer>(Ask::get("/api/v1/system")).await?.settings))
    }
}

fn models(settings: &Map<String, Value>) -> UpstreamModels {
    let text = |name: &str| settings.get(name).and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty());
    // A key that nothing is said of may be there.
    let has_key = |keys: &[(&str, &str)], provider: &str| {
        let flag = keys.iter().find(|(name, _)| *name == provider).and_then(|(_, flag)| settings.get(*flag));
        flag.is_none_or(|flag| !matches!(flag, Value::Null | Value::Bool(false)))
    };
    let named = |keys: &[(&str, &str)], provider: &str, model: Option<&str>| {
        if !has_key(keys, provider) {
            return Err(MissingModel::NoKey);
        }
        match model {
            Some(model) => Ok(format!("{provider}, {model}")),
            None if OWN_SERVERS.contains(&provider) => Err(MissingModel::NoModel),
            None => Ok(provider.to_owned()),
        }
    };
    // Where nothing is chosen OpenAI is asked, without a key as a rule; embedded is with the model in the image.
    let llm = match text("LLMProvider") {
        Some(provider) => named(&LLM_KEYS, provider, text("LLMModel")),
        None => named(&LLM_KEYS, "openai", text("LLMModel")).map_err(|_| MissingModel::NoProvider),
    };
    let embedder = match text("EmbeddingEngine") {
        Some("native") | None => Ok("native, in the image".to_owned()),
        Some(engine) => named(&EMBEDDER_KEYS, engine, text("EmbeddingModelPref")),
    };
    UpstreamModels { llm, embedder, vector_database: text("VectorDB").map(str::to_owned) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn said(settings: Value) -> (Result<String, MissingModel>, Result<String, MissingModel>) {
        let Value::Object(settings) = settings else { panic!("an object") };
        let UpstreamModels { llm, embedder, .. } = models(&settings);
        (llm, embedder)
    }

    #[test]
    fn what_the_recorded_settings_say() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/upstream/recordings/admin/v1_system_multi.json");
        let recording: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        let (llm, embedder) = said(recording["response"]["body"]["settings"].clone());
        assert_eq!(
            (llm.unwrap(), embedder.unwrap()),
            ("generic-openai, stub-model".into(), "generic-openai, stub-embed".into())
        );
    }

    #[test]
    fn what_cannot_answer_is_missing() {
        use MissingModel::{NoKey, NoModel, NoProvider};
        for (settings, llm) in [
            (json!({"OpenAiKey": false, "OpenAiModelPref": "gpt-4.1-nano"}), Err(NoProvider)),
            (json!({"LLMProvider": null, "OpenAiKey": false}), Err(NoProvider)),
            (json!({"LLMProvider": "openai", "LLMModel": "gpt", "OpenAiKey": false}), Err(NoKey)),
            (json!({"LLMProvider": "openai", "LLMModel": "gpt", "OpenAiKey": true}), Ok("openai, gpt")),
            (json!({"LLMProvider": "ollama", "LLMModel": ""}), Err(NoModel)),
            (json!({"LLMProvider": "of-a-later-version", "LLMModel": 7}), Ok("of-a-later-version")),
        ] {
            assert_eq!(said(settings.clone()).0, llm.map(str::to_owned), "{settings}");
        }
        for (settings, embedder) in [
            (json!({}), Ok("native, in the image")),
            (json!({"EmbeddingEngine": "openai", "OpenAiKey": false}), Err(NoKey)),
            (json!({"EmbeddingEngine": "lmstudio", "EmbeddingModelPref": null}), Err(NoModel)),
            (
                json!({"EmbeddingEngine": "voyageai", "VoyageAiApiKey": true, "EmbeddingModelPref": "v"}),
                Ok("voyageai, v"),
            ),
        ] {
            assert_eq!(said(settings.clone()).1, embedder.map(str::to_owned), "{settings}");
        }
    }
}
