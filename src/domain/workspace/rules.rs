//! Rules that several groups of settings share.

use crate::domain::faults::Faults;
use crate::domain::nul::has_nul;
use serde_json::{Map, Value};
use std::fmt::Display;
use std::str::FromStr;
use url::Url;

/// Longest address, in bytes.
const MAX_URL: usize = 2000;

/// An address that a shopper's browser is sent to: https, without a password.
pub(super) fn web_address(faults: &mut Faults, field: &str, address: Option<&str>) {
    let Some(address) = address else { return };
    if address.len() > MAX_URL {
        faults.push(field, "too_long", format!("must not have more than {MAX_URL} bytes"));
        return;
    }
    // The schema looks at the text itself, and so do browsers that are given it.
    let parsed = address.starts_with("https://").then(|| Url::parse(address).ok()).flatten();
    let fine = parsed.is_some_and(|url| url.has_host() && url.username().is_empty() && url.password().is_none());
    if !fine || address.chars().any(|c| c.is_control() || c.is_whitespace()) {
        faults.push(field, "format", "must be an https:// address, without user and password");
    }
}

/// Looks at the member of a group that has this name before serde reads it, which would stop at the first text that its
/// parser refuses. What is malformed is taken out and told; what is of another type is left for serde.
pub(super) type Format = fn(&mut Map<String, Value>, &str) -> Faults;

/// A text with a parser.
pub(super) fn text_of<T: FromStr<Err: Display>>(group: &mut Map<String, Value>, name: &str) -> Faults {
    let mut faults = Faults::new();
    if let Some(Err(error)) = group.get(name).and_then(Value::as_str).map(str::parse::<T>) {
        faults.push(name, "format", error.to_string());
        group.remove(name);
    }
    faults
}

/// Takes out of a group what is malformed, and tells what was wrong.
pub(super) fn take_malformed(content: &mut Value, group: &str, formats: &[(&str, Format)]) -> Faults {
    let mut faults = Faults::new();
    if let Some(Value::Object(group)) = content.get_mut(group) {
        for (name, format) in formats {
            faults.within("", format(group, name));
        }
    }
    faults
}

/// Texts of a list, each with the same rules, none twice.
pub(super) fn texts(faults: &mut Faults, field: &str, texts: &[String], most: usize, characters: usize) {
    if texts.len() > most {
        faults.push(field, "too_long", format!("must not have more than {most} entries"));
    }
    for (index, text) in texts.iter().enumerate().take(most) {
        let place = format!("{field}[{index}]");
        if texts.get(..index).is_some_and(|before| before.contains(text)) {
            faults.push(place, "conflict", "stands in the list twice");
        } else {
            faults.text(&place, text, 1..=characters);
        }
    }
}

/// Words of a closed list, none twice.
pub(super) fn words<T: PartialEq>(faults: &mut Faults, field: &str, words: &[T]) {
    for (index, word) in words.iter().enumerate() {
        if words.get(..index).is_some_and(|before| before.contains(word)) {
            faults.push(format!("{field}[{index}]"), "conflict", "stands in the list twice");
        }
    }
}

/// JSON that PostgreSQL can hold: no NUL in any text, no number that it would write out in hundreds of digits.
pub(super) fn free_json(object: &Map<String, Value>, bytes: usize) -> Faults {
    let mut faults = Faults::new();
    let size = serde_json::to_vec(object).map_or(usize::MAX, |json| json.len());
    if size > bytes {
        faults.push("", "too_long", format!("must not have more than {bytes} bytes of JSON"));
    }
    if object.iter().any(|(name, value)| has_nul(name) || !storable(value)) {
        faults.push("", "format", "must not have NUL characters, nor numbers beyond 1e15 that are not whole");
    }
    faults
}

fn storable(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(_) => true,
        Value::Number(number) => {
            number.as_i64().is_some()
                || number.as_f64().is_some_and(|n| n.abs() <= 1e15 && (n == 0.0 || n.abs() >= 1e-15))
        }
        Value::String(text) => !has_nul(text),
        Value::Array(values) => values.iter().all(storable),
        Value::Object(members) => members.iter().all(|(name, value)| !has_nul(name) && storable(value)),
    }
}
