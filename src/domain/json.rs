//! Reading JSON strictly: unknown and repeated fields are faults, an object is never taken for a list of its values,
//! and no message repeats what was sent. All faults are told at once (`json/faults.rs`).

mod faults;

use crate::domain::faults::{Faults, FieldError};
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, DeserializeOwned, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::error::Category;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

/// Levels of lists and objects in one another. What people write has a handful; the parser itself stops at 128.
const MAX_DEPTH: usize = 64;

/// Why a text could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unreadable {
    /// It is no JSON, or not UTF-8, or a name stands twice in an object. A sentence for the sender.
    Text(String),
    /// It is JSON, but fields are not what they must be.
    Fields(Faults),
}

/// What must be an object: serde would as well take a list of the fields' values in their order.
#[derive(Debug)]
struct Object<T>(T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ObjectVisitor(PhantomData))
    }
}

struct ObjectVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjectVisitor<T> {
    type Value = Object<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Object<T>, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(Object)
    }
}

/// Takes a text out of an object. Null is none; what is not a text is a fault.
pub fn take_text(object: &mut Map<String, Value>, name: &str, faults: &mut Faults) -> Option<String> {
    match object.remove(name)? {
        Value::Null => None,
        Value::String(text) => Some(text),
        _ => {
            faults.push(name, "type", "must be a string");
            None
        }
    }
}

/// For fields of bodies that are objects themselves and may be null or missing.
pub fn object_or_null<'de, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    Ok(Option::<Object<T>>::deserialize(deserializer)?.map(|object| object.0))
}

/// For fields that are objects and cannot be null.
///
/// # Errors
/// If it is something else.
pub fn object<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    Object::deserialize(deserializer).map(|object| object.0)
}

/// For lists of objects.
///
/// # Errors
/// If it, or one of its entries, is something else.
pub fn objects<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    Ok(Vec::<Object<T>>::deserialize(deserializer)?.into_iter().map(|object| object.0).collect())
}

/// For objects whose members are objects.
///
/// # Errors
/// If it, or one of its members, is something else.
pub fn objects_by_name<'de, N, T, D>(deserializer: D) -> Result<BTreeMap<N, T>, D::Error>
where
    N: Deserialize<'de> + Ord,
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    let objects = BTreeMap::<N, Object<T>>::deserialize(deserializer)?;
    Ok(objects.into_iter().map(|(name, object)| (name, object.0)).collect())
}

/// Any JSON in which no name stands twice in an object: of two values, one would be lost without a word.
struct Unrepeated(Value);

impl<'de> Deserialize<'de> for Unrepeated {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(UnrepeatedVisitor).map(Self)
    }
}

struct UnrepeatedVisitor;

impl<'de> Visitor<'de> for UnrepeatedVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(Unrepeated(value)) = list.next_element()? {
            values.push(value);
        }
        Ok(values.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut members = Map::new();
        while let Some(name) = map.next_key::<String>()? {
            if members.contains_key(&name) {
                return Err(A::Error::custom("a repeated name"));
            }
            let Unrepeated(value) = map.next_value()?;
            members.insert(name, value);
        }
        Ok(members.into())
    }
}

/// Reads an object of whatever members.
///
/// # Errors
/// [`Unreadable`]
pub fn read_object(body: &[u8]) -> Result<Map<String, Value>, Unreadable> {
    let text = text(body)?;
    let read: Result<Unrepeated, _> = serde_json::from_str(text);
    match read {
        Ok(Unrepeated(Value::Object(members))) => Ok(members),
        Ok(_) => Err(one(String::new(), "type", "must be an object")),
        Err(error) if error.to_string().starts_with("a repeated name") => {
            let (line, column) = (error.line(), error.column());
            Err(Unreadable::Text(format!(
                "A name stands twice in an object of the body: line {line}, column {column}."
            )))
        }
        // A `\\u` escape that is half a character, among others; the strict reader has the words for it.
        Err(error) => Err(refused("", &error, text)),
    }
}

/// The type that a value stands for.
///
/// # Errors
/// The fields that are not what they must be.
pub fn of_value<T: DeserializeOwned>(value: &Value) -> Result<T, Faults> {
    read(value.to_string().as_bytes()).map_err(|unreadable| match unreadable {
        Unreadable::Fields(faults) => faults,
        Unreadable::Text(why) => FieldError::new("", "format", why).into(),
    })
}

/// Reads an object.
///
/// # Errors
/// [`Unreadable`]
pub fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Unreadable> {
    let body = text(body)?;
    let mut json = serde_json::Deserializer::from_str(body);
    let Object(value) = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        match refused(&path, error.inner(), body) {
            Unreadable::Fields(first) => Unreadable::Fields(every_fault::<T>(body).unwrap_or(first)),
            text @ Unreadable::Text(_) => text,
        }
    })?;
    json.end().map_err(|error| unreadable(&error))?;
    Ok(value)
}

/// The reader stops at the first fault; this looks for the others. None: they cannot be told apart.
fn every_fault<T: DeserializeOwned>(body: &str) -> Option<Faults> {
    let Unrepeated(value) = serde_json::from_str(body).ok()?;
    Some(faults::all::<T>(value)).filter(|faults| !faults.is_empty())
}

fn text(body: &[u8]) -> Result<&str, Unreadable> {
    if body.trim_ascii().is_empty() {
        return Err(Unreadable::Text("The body is empty; a JSON object is needed.".into()));
    }
    let text = std::str::from_utf8(body).map_err(|error| not_utf8(body, error.valid_up_to()))?;
    if let Some(at) = too_deep(text, MAX_DEPTH) {
        let (line, column) = place(body, at);
        return Err(Unreadable::Text(format!(
            "The body is nested too deeply, at most {MAX_DEPTH} levels: line {line}, column {column}."
        )));
    }
    Ok(text)
}

/// Where lists and objects lie in one another deeper than `most` levels, in bytes. Looked for before anything is read,
/// because fields that are passed over or unknown would be judged by other rules, or by none. In what is no JSON it
/// finds some place.
fn too_deep(text: &str, most: usize) -> Option<usize> {
    let mut depth = 0_usize;
    let (mut in_string, mut escaped) = (false, false);
    for (at, byte) in text.bytes().enumerate() {
        match (in_string, byte) {
            (true, _) if escaped => escaped = false,
            (true, b'\\') => escaped = true,
            (_, b'"') => in_string = !in_string,
            (false, b'[' | b'{') if depth == most => return Some(at),
            (false, b'[' | b'{') => depth += 1,
            (false, b']' | b'}') => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    None
}

fn not_utf8(body: &[u8], at: usize) -> Unreadable {
    let (line, column) = place(body, at);
    Unreadable::Text(format!("The body is not UTF-8: line {line}, column {column}."))
}

/// Line and column of a byte, from 1.
fn place(body: &[u8], at: usize) -> (usize, usize) {
    let before = body.get(..at).unwrap_or_default();
    let lines = before.split(|byte| *byte == b'\n');
    let column = lines.clone().next_back().map_or(0, <[u8]>::len) + 1;
    (lines.count(), column)
}

fn unreadable(error: &serde_json::Error) -> Unreadable {
    Unreadable::Text(format!("The body is not JSON: line {}, column {}.", error.line(), error.column()))
}

/// serde's messages name the fault in words of its own and may hold what was sent; only the words that are ours, the
/// names of fields and what was expected of them, are let through.
fn refused(path: &str, error: &serde_json::Error, body: &str) -> Unreadable {
    let parent = if path == "." || path == "?" { "" } else { path };
    if error.classify() != Category::Data {
        // Where one of several words is expected, serde calls every other type a fault of syntax.
        return match serde_json::from_str::<IgnoredAny>(body) {
            // `"\ud800"` is JSON by its grammar, but no text.
            Ok(_) if error.to_string().contains("hex escape") => {
                one(parent.to_owned(), "format", "has a `\\u` escape that is half a character")
            }
            Ok(_) => one(parent.to_owned(), "type", "must be of another type"),
            Err(_) => unreadable(error),
        };
    }
    let message = error.to_string();
    if let Some(name) = quoted(&message, "unknown field `") {
        return one(field(parent, name), "unknown", "there is no such field");
    }
    if let Some(name) = quoted(&message, "missing field `") {
        return one(field(parent, name), "required", "must be given");
    }
    if let Some(name) = quoted(&message, "duplicate field `") {
        return Unreadable::Text(format!("The body is not acceptable: `{}` stands in it twice.", field(parent, name)));
    }
    let expected = message.rsplit_once(", expected ").map_or("", |(_, expected)| expected);
    let expected = expected.split(" at line ").next().unwrap_or_default();
    if message.starts_with("unknown variant") {
        return one(parent.to_owned(), "format", format!("must be {expected}"));
    }
    let code = if message.starts_with("invalid value") { "out_of_range" } else { "type" };
    one(parent.to_owned(), code, format!("must be {}", in_json_words(expected)))
}

fn one(field: String, code: &'static str, message: impl Into<String>) -> Unreadable {
    Unreadable::Fields(FieldError::new(field, code, message).into())
}

fn quoted<'a>(message: &'a str, prefix: &str) -> Option<&'a str> {
    message.strip_prefix(prefix)?.split('`').next()
}

/// serde's path already ends with the field when its name is what is wrong.
fn field(parent: &str, name: &str) -> String {
    match parent {
        "" => name.to_owned(),
        _ if parent == name || parent.ends_with(&format!(".{name}")) => parent.to_owned(),
        _ => format!("{parent}.{name}"),
    }
}

fn in_json_words(expected: &str) -> &'static str {
    match expected {
        "a string" | "a borrowed string" | "string or map" => "a string",
        "a boolean" => "a boolean",
        "f32" | "f64" => "a number",
        "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number that is not negative",
        "an object" => "an object",
        e if e.starts_with("a sequence") => "a list",
        _ => "of another type",
    }
}

/// Applies a JSON Merge Patch (RFC 7396): objects are merged, null removes, everything else replaces.
pub fn merge_patch(target: &mut Value, patch: Value) {
    let Value::Object(patch) = patch else {
        *target = patch;
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Value::Object(members) = target else { return };
    for (name, value) in patch {
        if value.is_null() {
            members.remove(&name);
        } else {
            merge_patch(members.entry(name).or_insert(Value::Null), value);
        }
    }
}

/// Members of a merge patch that are null and of which `target` knows nothing: merged, they would vanish without a word.
/// For targets that have all of their members.
pub fn unknown_nulls(target: &Value, patch: &Map<String, Value>) -> Faults {
    let mut faults = Faults::new();
    for (name, value) in patch {
        match (target.get(name), value) {
            (None, Value::Null) => faults.push(name, "unknown", "there is no such field"),
            (Some(inner @ Value::Object(_)), Value::Object(patch)) => faults.within(name, unknown_nulls(inner, patch)),
            _ => {}
        }
    }
    faults
}

#[cfg(test)]
mod tests;
