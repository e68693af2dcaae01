//! OpenAI's `messages`: the last one is the question, those before it are told with it.

use crate::conversations::told_earlier::{Earlier, Speaker};
use crate::domain::faults::Faults;
use crate::domain::nul::{NO_NUL, has_nul};
use serde_json::{Map, Value};

/// Members of a message that say nothing that counts here: who of several users says it, and what clients send back of
/// an answer of ours.
const PASSED_OVER: &[&str] = &["name", "refusal", "annotations", "reasoning_content", "tool_call_id", "vestibule"];
/// What asks for more than a text.
const REFUSED: &[(&str, &str)] =
    &[("tool_calls", NO_TOOLS), ("function_call", NO_TOOLS), ("audio", "audio is not understood: send text")];

/// A question and what was said before it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) question: String,
    pub(super) earlier: Vec<Earlier>,
}

const NO_TOOLS: &str = "no tools can be called here";

/// Reads them; all faults are noted, named as OpenAI names its fields.
pub(super) fn asked(messages: Value, faults: &mut Faults) -> Option<Asked> {
    let Value::Array(messages) = messages else {
        faults.push("messages", "type", "must be a list");
        return None;
    };
    let Some(last) = messages.len().checked_sub(1) else {
        faults.push("messages", "too_short", "must hold one message at least");
        return None;
    };
    let mut said: Vec<Earlier> = Vec::with_capacity(messages.len());
    for (at, message) in messages.into_iter().enumerate() {
        let place = format!("messages[{at}]");
        let Value::Object(message) = message else {
            faults.push(place, "type", "must be an object");
            continue;
        };
        let Some(message) = one(message, &place, faults) else { continue };
        if last == at && message.speaker != Speaker::Customer {
            faults.push(
                format!("{place}.role"),
                "conflict",
                "the last message must be the `user`'s: it is the question",
            );
        }
        said.push(message);
    }
    let question = said.pop()?;
    Some(Asked { question: question.text, earlier: said })
}

fn one(mut message: Map<String, Value>, place: &str, faults: &mut Faults) -> Option<Earlier> {
    for (name, why) in REFUSED {
        if message.remove(*name).is_some_and(|value| !is_nothing(&value)) {
            faults.push(format!("{place}.{name}"), "conflict", *why);
        }
    }
    let content = message.remove("content").unwrap_or_default();
    let role = message.remove("role");
    for name in message.keys().filter(|name| !PASSED_OVER.contains(&name.as_str())) {
        faults.push(format!("{place}.{name}"), "unknown", "is not a member of a message");
    }
    let speaker = match role.as_ref().and_then(Value::as_str) {
        Some("system" | "developer") => Speaker::Application,
        Some("user") => Speaker::Customer,
        Some("assistant") => Speaker::Assistant,
        Some("tool" | "function") => {
            faults.push(format!("{place}.role"), "conflict", NO_TOOLS);
            return None;
        }
        _ => {
            faults.push(format!("{place}.role"), "format", "must be `user`, `assistant`, `system` or `developer`");
            return None;
        }
    };
    let text = text(content, &format!("{place}.content"), faults);
    if has_nul(&text) {
        faults.push(format!("{place}.content"), "format", NO_NUL);
    }
    Some(Earlier { speaker, text })
}

/// A text, or a list of parts that are texts.
fn text(content: Value, place: &str, faults: &mut Faults) -> String {
    match content {
        Value::String(text) => text,
        Value::Null => String::new(),
        Value::Array(parts) => {
            let texts: Vec<String> = parts
                .into_iter()
                .enumerate()
                .filter_map(|(at, part)| part_text(part, &format!("{place}[{at}]"), faults))
                .collect();
            texts.join("\n")
        }
        Value::Bool(_) | Value::Number(_) | Value::Object(_) => {
            faults.push(place, "type", "must be a string, or a list of parts of type `text`");
            String::new()
        }
    }
}

fn part_text(mut part: Value, place: &str, faults: &mut Faults) -> Option<String> {
    let Some(object) = part.as_object_mut() else {
        faults.push(place, "type", "must be an object with `type` and `text`");
        return None;
    };
    match object.get("type").and_then(Value::as_str) {
        Some("text") => match object.remove("text") {
            Some(Value::String(text)) => return Some(text),
            _ => faults.push(format!("{place}.text"), "required", "must be a string"),
        },
        Some("refusal") => {
            if let Some(Value::String(text)) = object.remove("refusal") {
                return Some(text);
            }
            faults.push(format!("{place}.refusal"), "required", "must be a string");
        }
        Some("image_url") => faults.push(format!("{place}.type"), "conflict", "pictures are not understood: send text"),
        Some("input_audio") => faults.push(format!("{place}.type"), "conflict", "audio is not understood: send text"),
        Some("file") => faults.push(format!("{place}.type"), "conflict", "files are not taken: send text"),
        _ => faults.push(format!("{place}.type"), "format", "must be `text`"),
    }
    None
}

/// Null, missing or empty: many clients write out what they do not use.
pub(super) fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Array(list) => list.is_empty(),
        Value::Object(object) => object.is_empty(),
        Value::Bool(true) | Value::Number(_) | Value::String(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(messages: Value) -> (Option<Asked>, Vec<String>) {
        let mut faults = Faults::new();
        let asked = asked(messages, &mut faults);
        (asked, faults.into_iter().map(|fault| format!("{} {}", fault.field, fault.code)).collect())
    }

    #[test]
    fn the_last_message_is_the_question() {
        let (asked, faults) = read(json!([
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": [{"type": "text", "text": "Which"}, {"type": "text", "text": "drill?"}], "name": "x"},
            {"role": "assistant", "content": "NW-18", "refusal": null, "tool_calls": []},
            {"role": "user", "content": "Its price?"},
        ]));
        assert_eq!(faults, Vec::<String>::new());
        let asked = asked.unwrap();
        assert_eq!(asked.question, "Its price?");
        let earlier: Vec<_> = asked.earlier.iter().map(|said| (said.speaker, said.text.as_str())).collect();
        assert_eq!(
            earlier,
            [(Speaker::Application, "Be brief."), (Speaker::Customer, "Which\ndrill?"), (Speaker::Assistant, "NW-18")]
        );
    }

    #[test]
    fn what_cannot_be_answered_is_named() {
        assert_eq!(read(json!([])).1, ["messages too_short"]);
        assert_eq!(read(json!("Hello")).1, ["messages type"]);
        assert_eq!(
            read(json!(["Hello", {"role": "user", "content": "x", "mood": 1}])).1,
            ["messages[0] type", "messages[1].mood unknown"]
        );
        assert_eq!(
            read(json!([
                {"role": "tool", "content": "42", "tool_call_id": "x"},
                {"role": "assistant", "tool_calls": [{"id": "x"}]},
                {"role": "narrator", "content": "x"},
                {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "https://x.example/"}}]},
                {"role": "user", "content": [{"type": "input_audio"}, {"type": "file"}, {"type": "video"}, 7]},
                {"role": "user", "content": 7},
                {"role": "assistant", "content": "a\u{0}"},
            ]))
            .1,
            [
                "messages[0].role conflict",
                "messages[1].tool_calls conflict",
                "messages[2].role format",
                "messages[3].content[0].type conflict",
                "messages[4].content[0].type conflict",
                "messages[4].content[1].type conflict",
                "messages[4].content[2].type format",
                "messages[4].content[3] type",
                "messages[5].content type",
                "messages[6].content format",
                "messages[6].role conflict",
            ]
        );
    }
}
