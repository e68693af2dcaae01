//! `POST /openai/v1/embeddings`: vectors of texts, of AnythingLLM's embedder. It is the installation's, so the workspace
//! that is named says only who may ask.

use super::models::workspace_of;
use crate::anythingllm::OnBehalf;
use crate::api::Shared;
use crate::api::admitted::Gated;
use crate::api::json::JsonObject;
use crate::api::response::{self, OrReject as _, Refusal};
use crate::domain::faults::Faults;
use crate::domain::json;
use crate::domain::message;
use crate::domain::nul::{NO_NUL, has_nul};
use crate::rejection::Rejection;
use axum::extract::State;
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::StatusCode;
use serde::Serialize;
use serde_json::{Map, Value};

/// Texts at most: an answer has some kilobytes for each, however short it is.
const MAX_TEXTS: usize = 32;
/// Longest text, in characters: as long as a query.
const MAX_CHARS: usize = 2000;

#[derive(Debug, PartialEq, Eq)]
struct Wanted {
    model: String,
    texts: Vec<String>,
    as_base64: bool,
}

#[derive(Serialize)]
struct List<'a> {
    object: &'static str,
    data: Vec<Entry<'a>>,
    model: &'a str,
    usage: Usage,
}

#[derive(Serialize)]
struct Entry<'a> {
    object: &'static str,
    index: usize,
    embedding: Vector<'a>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Vector<'a> {
    Numbers(&'a [f32]),
    /// Of 32-bit numbers, little-endian.
    Base64(String),
}

/// AnythingLLM does not tell; clients want numbers.
#[derive(Serialize)]
struct Usage {
    prompt_tokens: u64,
    total_tokens: u64,
}

/// Embeds texts.
pub(crate) async fn create(
    State(state): State<Shared>,
    Gated(admitted): Gated,
    JsonObject(body): JsonObject,
) -> Result<Response, Refusal> {
    let wanted = Wanted::read(body).map_err(Rejection::from)?;
    workspace_of(&state, &admitted, &wanted.model).await?;
    let on_behalf = OnBehalf { request_id: admitted.request_id(), facts: admitted.facts() };
    let embeddings = state.client.embeddings(&wanted.texts, on_behalf).await.or_reject(&admitted)?;
    let vector = |numbers| if wanted.as_base64 { Vector::Base64(base64(numbers)) } else { Vector::Numbers(numbers) };
    let data = embeddings.vectors.iter().enumerate();
    let data = data.map(|(index, numbers)| Entry { object: "embedding", index, embedding: vector(numbers) }).collect();
    let model = embeddings.model.as_deref().unwrap_or(&wanted.model);
    let usage = Usage { prompt_tokens: 0, total_tokens: 0 };
    response::json(StatusCode::OK, &List { object: "list", data, model, usage })
}

fn base64(numbers: &[f32]) -> String {
    STANDARD.encode(numbers.iter().flat_map(|number| number.to_le_bytes()).collect::<Vec<u8>>())
}

impl Wanted {
    fn read(mut body: Map<String, Value>) -> Result<Self, Faults> {
        let mut faults = Faults::new();
        let model = json::take_text(&mut body, "model", &mut faults).unwrap_or_default();
        if model.is_empty() && !faults.has("model") {
            faults.push("model", "required", "must be the slug of a workspace");
        }
        let texts = texts(body.remove("input"), &mut faults);
        let format = json::take_text(&mut body, "encoding_format", &mut faults);
        if !matches!(format.as_deref(), None | Some("float" | "base64")) {
            faults.push("encoding_format", "format", "must be `float` or `base64`");
        }
        if body.remove("dimensions").is_some_and(|wanted| !wanted.is_null()) {
            faults.push("dimensions", "conflict", "the embedder has its own: leave it out");
        }
        // Nothing here is counted or kept by it.
        body.remove("user");
        for name in body.keys() {
            faults.push(name.as_str(), "unknown", "is not a parameter that is known here");
        }
        faults.or(Self { model, texts, as_base64: format.as_deref() == Some("base64") })
    }
}

/// A text or a list of texts.
fn texts(input: Option<Value>, faults: &mut Faults) -> Vec<String> {
    let texts = match input {
        None | Some(Value::Null) => {
            faults.push("input", "required", "must be a text, or a list of texts");
            return Vec::new();
        }
        Some(Value::Array(list)) => list,
        Some(one) => vec![one],
    };
    if texts.is_empty() || texts.len() > MAX_TEXTS {
        faults.push("input", "out_of_range", format!("must hold 1 to {MAX_TEXTS} texts"));
        return Vec::new();
    }
    let mut read = Vec::with_capacity(texts.len());
    for (at, text) in texts.into_iter().enumerate() {
        match text {
            Value::String(text) if text.trim().is_empty() => {
                faults.push(format!("input[{at}]"), "too_short", "must not be empty");
            }
            Value::String(text) if has_nul(&text) => faults.push(format!("input[{at}]"), "format", NO_NUL),
            Value::String(text) if message::normalised_length(&text) > MAX_CHARS => {
                faults.push(format!("input[{at}]"), "too_long", format!("at most {MAX_CHARS} characters"));
            }
            Value::String(text) => read.push(text),
            // LangChain cuts texts into numbers of OpenAI's tokens unless it is told not to.
            _ => faults.push(format!("input[{at}]"), "type", "must be a text; numbers of tokens are not understood"),
        }
    }
    read
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(body: Value) -> Result<Wanted, Vec<String>> {
        let Value::Object(body) = body else { unreachable!() };
        let told = |faults: Faults| faults.into_iter().map(|fault| format!("{} {}", fault.field, fault.code)).collect();
        Wanted::read(body).map_err(told)
    }

    #[test]
    fn a_text_is_a_list_of_one() {
        let one = read(json!({"model": "shop", "input": "drill", "encoding_format": "base64", "user": "x"})).unwrap();
        assert_eq!(one, Wanted { model: "shop".into(), texts: vec!["drill".into()], as_base64: true });
    }

    #[test]
    fn every_fault_is_named() {
        assert_eq!(read(json!({})).unwrap_err(), ["model required", "input required"]);
        assert_eq!(
            read(json!({"model": "shop", "input": [" ", "a\u{0}", "x".repeat(2001), 7, [1, 2]], "dimensions": 64,
                "encoding_format": "int8", "prompt": "x"}))
            .unwrap_err(),
            [
                "input[0] too_short",
                "input[1] format",
                "input[2] too_long",
                "input[3] type",
                "input[4] type",
                "encoding_format format",
                "dimensions conflict",
                "prompt unknown",
            ]
        );
        assert_eq!(read(json!({"model": "shop", "input": []})).unwrap_err(), ["input out_of_range"]);
        assert_eq!(read(json!({"model": "shop", "input": vec!["x"; 33]})).unwrap_err(), ["input out_of_range"]);
    }

    #[test]
    fn base64_is_of_little_endian_numbers() {
        assert_eq!(base64(&[1.0, -0.5]), "AACAPwAAAL8=");
    }
}
