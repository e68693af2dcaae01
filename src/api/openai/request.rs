//! The body of a completion: what is taken of OpenAI's parameters, what is passed over because the workspace decides it,
//! and what is refused because an answer would be another than the client counts on. docs/api/openai.md has the list.

use super::messages::{self, Asked, is_nothing};
use crate::domain::faults::Faults;
use crate::domain::json;
use serde_json::{Map, Value};

/// Longest name of a user, in characters.
const MAX_USER_CHARS: usize = 128;

/// How the model writes is the workspace's to say, and what is kept is the tenant's: with or without these an answer is
/// the same. Clients send most of them without having been asked to.
pub(super) const PASSED_OVER: &[&str] = &[
    "frequency_penalty",
    "logit_bias",
    "max_completion_tokens",
    "max_tokens",
    "metadata",
    "parallel_tool_calls",
    "prediction",
    "presence_penalty",
    "prompt_cache_key",
    "prompt_cache_options",
    "prompt_cache_retention",
    "reasoning_effort",
    "seed",
    "service_tier",
    "store",
    "temperature",
    "top_p",
    "verbosity",
];

/// Whoever sends these counts on an answer that there cannot be; with a value that asks for nothing they are taken.
pub(super) const REFUSED: &[(&str, &str)] = &[
    ("audio", "answers are texts only"),
    ("function_call", "no tools can be called here: leave it out"),
    ("functions", "no tools can be called here: leave it out"),
    ("logprobs", "probabilities of tokens are not known"),
    ("modalities", "answers are texts only: leave it out, or send `[\"text\"]`"),
    ("moderation", "there is no moderation to set: leave it out"),
    ("n", "there is one answer to a question: leave it out, or send 1"),
    ("response_format", "answers are texts: leave it out, or send `{\"type\": \"text\"}`"),
    ("stop", "an answer cannot be stopped at a text: leave it out"),
    ("tool_choice", "no tools can be called here: leave it out, or send `none`"),
    ("tools", "no tools can be called here: leave it out"),
    ("top_logprobs", "probabilities of tokens are not known"),
    ("web_search_options", "the web is not searched: leave it out"),
];

/// A completion that is asked for.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Wanted {
    /// Slug of the workspace.
    pub(super) model: String,
    pub(super) asked: Asked,
    pub(super) stream: bool,
    /// A last chunk with the usage.
    pub(super) include_usage: bool,
    /// Who of the client's own users asks.
    pub(super) user: Option<String>,
}

impl Wanted {
    /// Reads a body; every fault is told at once.
    ///
    /// # Errors
    /// All faults.
    pub(super) fn read(mut body: Map<String, Value>) -> Result<Self, Faults> {
        let mut faults = Faults::new();
        let model = json::take_text(&mut body, "model", &mut faults);
        if model.is_none() && !faults.has("model") {
            faults.push("model", "required", "must be the slug of a workspace");
        }
        let messages = body.remove("messages");
        if messages.is_none() {
            faults.push("messages", "required", "must be given");
        }
        let asked = messages.and_then(|messages| messages::asked(messages, &mut faults));
        let stream = switch(&mut body, "stream", "stream", &mut faults);
        let include_usage = stream_options(body.remove("stream_options"), &mut faults);
        let user = user(&mut body, &mut faults);
        for (name, why) in REFUSED {
            if body.remove(*name).is_some_and(|value| asks_for_something(name, &value)) {
                faults.push(*name, "conflict", *why);
            }
        }
        for name in body.keys().filter(|name| !PASSED_OVER.contains(&name.as_str())) {
            faults.push(name.as_str(), "unknown", "is not a parameter that is known here");
        }
        let model = model.unwrap_or_default();
        match asked {
            Some(asked) => faults.or(Self { model, asked, stream, include_usage, user }),
            None => Err(faults),
        }
    }
}

fn asks_for_something(name: &str, value: &Value) -> bool {
    let means_nothing = match name {
        "n" => value.as_u64() == Some(1),
        "modalities" => *value == serde_json::json!(["text"]),
        "response_format" => value.get("type").and_then(Value::as_str) == Some("text"),
        // Without tools `auto` comes to the same.
        "tool_choice" | "function_call" => matches!(value.as_str(), Some("none" | "auto")),
        "top_logprobs" => value.as_u64() == Some(0),
        _ => false,
    };
    !means_nothing && !is_nothing(value)
}

fn switch(object: &mut Map<String, Value>, name: &str, place: &str, faults: &mut Faults) -> bool {
    match object.remove(name) {
        None | Some(Value::Null) => false,
        Some(Value::Bool(value)) => value,
        Some(_) => {
            faults.push(place, "type", "must be true or false");
            false
        }
    }
}

/// Whether a last chunk with the usage is wanted.
fn stream_options(options: Option<Value>, faults: &mut Faults) -> bool {
    match options {
        None | Some(Value::Null) => false,
        Some(Value::Object(mut options)) => {
            let include_usage = switch(&mut options, "include_usage", "stream_options.include_usage", faults);
            // Padding against those who see how long packets are: TLS is not ended with the model here.
            options.remove("include_obfuscation");
            for name in options.keys() {
                faults.push(format!("stream_options.{name}"), "unknown", "is not a parameter that is known here");
            }
            include_usage
        }
        Some(_) => {
            faults.push("stream_options", "type", "must be an object");
            false
        }
    }
}

/// `safety_identifier` is the newer name of `user`.
fn user(body: &mut Map<String, Value>, faults: &mut Faults) -> Option<String> {
    let mut named = |name: &str| {
        let user = json::take_text(body, name, faults).filter(|user| !user.is_empty())?;
        if user.chars().any(char::is_control) {
            faults.push(name, "format", "must not hold control characters");
        } else if user.chars().count() > MAX_USER_CHARS {
            faults.push(name, "too_long", format!("at most {MAX_USER_CHARS} characters"));
        }
        Some(user)
    };
    let (newer, older) = (named("safety_identifier"), named("user"));
    newer.or(older)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn read(mut changed: Value) -> Result<Wanted, Vec<String>> {
        let mut body = json!({"model": "shop", "messages": [{"role": "user", "content": "Hello?"}]});
        body.as_object_mut().unwrap().append(changed.as_object_mut().unwrap());
        let Value::Object(body) = body else { unreachable!() };
        let told = |faults: Faults| faults.into_iter().map(|fault| format!("{} {}", fault.field, fault.code)).collect();
        Wanted::read(body).map_err(told)
    }

    #[test]
    fn what_clients_send_by_themselves_changes_nothing() {
        let plain = read(json!({})).unwrap();
        assert!(!plain.stream && !plain.include_usage);
        let all: Map<String, Value> = PASSED_OVER.iter().map(|name| ((*name).to_owned(), json!(1))).collect();
        assert_eq!(read(Value::Object(all)).unwrap(), plain);
        let nothing: Map<String, Value> = REFUSED.iter().map(|(name, _)| ((*name).to_owned(), Value::Null)).collect();
        assert_eq!(read(Value::Object(nothing)).unwrap(), plain);
        let defaults = json!({"n": 1, "tools": [], "tool_choice": "auto", "response_format": {"type": "text"},
            "modalities": ["text"], "logprobs": false, "stream": false, "stream_options": null, "user": ""});
        assert_eq!(read(defaults).unwrap(), plain);
    }

    #[test]
    fn what_cannot_be_done_is_named_all_of_it() {
        for (name, _) in REFUSED {
            assert_eq!(read(json!({(*name): {"x": 1}})).unwrap_err(), [format!("{name} conflict")]);
        }
        assert_eq!(
            read(json!({"n": 2, "model": 7, "stream": "yes", "stream_options": {"include_usage": 1, "x": 1},
                "user": "a\u{7}", "safety_identifier": "x".repeat(129), "prompt": "Be another", "session_id": "x"}))
            .unwrap_err(),
            [
                "model type",
                "stream type",
                "stream_options.include_usage type",
                "stream_options.x unknown",
                "safety_identifier too_long",
                "user format",
                "n conflict",
                "prompt unknown",
                "session_id unknown",
            ]
        );
    }

    #[test]
    fn a_stream_may_end_with_its_usage() {
        let wanted =
            read(json!({"stream": true, "stream_options": {"include_usage": true, "include_obfuscation": false},
            "user": "older", "safety_identifier": "newer"}))
            .unwrap();
        assert!(wanted.stream && wanted.include_usage);
        assert_eq!(wanted.user.as_deref(), Some("newer"));
    }

    proptest! {
        #[test]
        fn a_name_that_is_on_no_list_is_refused(name in "[a-z_]{1,20}", value in -3..3) {
            let taken = ["model", "messages", "stream", "stream_options", "user", "safety_identifier"];
            let refused = REFUSED.iter().map(|(name, _)| *name);
            prop_assume!(!taken.into_iter().chain(refused).chain(PASSED_OVER.iter().copied()).any(|known| known == name));
            prop_assert_eq!(read(json!({name.clone(): value})).unwrap_err(), [format!("{name} unknown")]);
        }
    }
}
