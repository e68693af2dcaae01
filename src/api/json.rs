//! Reading JSON bodies: strict about what is in them, and never repeating to the sender what it sent.

use crate::api::response::Refusal;
use crate::rejection::{FieldError, Rejection};
use axum::extract::{FromRequest, Request};
use bytes::Bytes;
use http::{HeaderMap, header};
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, DeserializeOwned, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::error::Category;
use std::fmt;
use std::marker::PhantomData;

/// A body that must be called JSON. Unknown fields are refused by the target type (`deny_unknown_fields`).
#[derive(Debug)]
pub(crate) struct Json<T> {
    /// The body.
    pub(crate) value: T,
    /// As it was sent.
    pub(crate) raw: Bytes,
}

/// A body that is JSON whatever it is called: AnythingLLM's widget says `text/plain`, which spares it a preflight.
#[derive(Debug)]
pub(crate) struct PlainJson<T>(pub(crate) T);

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

/// For fields of bodies that are objects themselves and may be null or missing.
pub(super) fn object_or_null<'de, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    Ok(Option::<Object<T>>::deserialize(deserializer)?.map(|object| object.0))
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, state: &S) -> Result<Self, Refusal> {
        let called_json = essence(request.headers()).is_some_and(|e| e.eq_ignore_ascii_case("application/json"));
        if !called_json || !is_utf8(request.headers()) {
            return Err(Refusal(Rejection::UnsupportedMediaType("Send `Content-Type: application/json`, in UTF-8.")));
        }
        let raw = bytes(request, state).await?;
        Ok(Self { value: parse(&raw)?, raw })
    }
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for PlainJson<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, state: &S) -> Result<Self, Refusal> {
        let known = essence(request.headers())
            .is_none_or(|e| e.eq_ignore_ascii_case("application/json") || e.eq_ignore_ascii_case("text/plain"));
        if !known || !is_utf8(request.headers()) {
            return Err(Refusal(Rejection::UnsupportedMediaType("Send JSON in UTF-8.")));
        }
        Ok(Self(parse(&bytes(request, state).await?)?))
    }
}

async fn bytes<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, Refusal> {
    // The edge has read and capped the body, so this takes it out of its wrapping.
    Bytes::from_request(request, state).await.map_err(|_| Refusal(Rejection::Internal))
}

fn essence(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    value.split(';').next().map(str::trim)
}

fn is_utf8(headers: &HeaderMap) -> bool {
    let value = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let mut parameters = value.split(';').skip(1).filter_map(|p| p.split_once('='));
    let charset = parameters.find(|(name, _)| name.trim().eq_ignore_ascii_case("charset"));
    charset.is_none_or(|(_, value)| {
        let value = value.trim().trim_matches('"');
        value.eq_ignore_ascii_case("utf-8") || value.eq_ignore_ascii_case("utf8")
    })
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Rejection> {
    if body.trim_ascii().is_empty() {
        return Err(Rejection::InvalidBody("The body is empty; a JSON object is needed.".into()));
    }
    let body = std::str::from_utf8(body).map_err(|error| not_utf8(body, error.valid_up_to()))?;
    let mut json = serde_json::Deserializer::from_str(body);
    let Object(value) = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        refused(&path, error.inner(), body)
    })?;
    json.end().map_err(|error| unreadable(&error))?;
    Ok(value)
}

fn not_utf8(body: &[u8], at: usize) -> Rejection {
    let before = body.get(..at).unwrap_or_default();
    let lines = before.split(|byte| *byte == b'\n');
    let column = lines.clone().next_back().map_or(0, <[u8]>::len) + 1;
    Rejection::InvalidBody(format!("The body is not UTF-8: line {}, column {column}.", lines.count()))
}

fn unreadable(error: &serde_json::Error) -> Rejection {
    Rejection::InvalidBody(format!("The body is not JSON: line {}, column {}.", error.line(), error.column()))
}

/// serde's messages name the fault in words of its own and may hold what was sent; only the words that are ours, the
/// names of fields and what was expected of them, are let through.
fn refused(path: &str, error: &serde_json::Error, body: &str) -> Rejection {
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
        return Rejection::InvalidBody(format!(
            "The body is not acceptable: `{}` stands in it twice.",
            field(parent, name)
        ));
    }
    let expected = message.rsplit_once(", expected ").map_or("", |(_, expected)| expected);
    let expected = expected.split(" at line ").next().unwrap_or_default();
    if message.starts_with("unknown variant") {
        return one(parent.to_owned(), "format", format!("must be {expected}"));
    }
    let code = if message.starts_with("invalid value") { "out_of_range" } else { "type" };
    one(parent.to_owned(), code, format!("must be {}", in_json_words(expected)))
}

fn one(field: String, code: &'static str, message: impl Into<String>) -> Rejection {
    Rejection::ValidationFailed(vec![FieldError::new(field, code, message)])
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

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only parsed")]
    struct Body {
        message: String,
        top_n: Option<u8>,
        mode: Option<Mode>,
        #[serde(default, deserialize_with = "object_or_null")]
        visitor: Option<Who>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only parsed")]
    struct Who {
        id: Option<String>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Mode {
        Query,
        Chat,
    }

    fn refusal(body: &str) -> (String, &'static str, String) {
        match parse::<Body>(body.as_bytes()).unwrap_err() {
            Rejection::ValidationFailed(errors) => {
                let error = errors.into_iter().next().unwrap();
                (error.field, error.code, error.message)
            }
            other => panic!("{body}: {other:?}"),
        }
    }

    #[test]
    fn broken_rules_name_their_field() {
        for (body, field, code) in [
            (r#"{"mesage":"x"}"#, "mesage", "unknown"),
            (r#"{"message":"x","visitor":{"name":"y"}}"#, "visitor.name", "unknown"),
            (r#"{"top_n":1}"#, "message", "required"),
            (r#"{"message":7}"#, "message", "type"),
            (r#"{"message":"x","visitor":{"id":["secret"]}}"#, "visitor.id", "type"),
            (r#"{"message":"x","top_n":300}"#, "top_n", "out_of_range"),
            (r#"{"message":"x","top_n":-1}"#, "top_n", "out_of_range"),
            (r#"{"message":"x","top_n":1.5}"#, "top_n", "type"),
            (r#"{"message":"x","mode":"automatic"}"#, "mode", "format"),
            (r#"{"message":"x","mode":7}"#, "mode", "type"),
            (r#"{"message":"x","visitor":["secret"]}"#, "visitor", "type"),
            (r#"{"message":"secret \ud800"}"#, "message", "format"),
            (r#"{"message":"\ud800\u0041"}"#, "message", "format"),
            (r#""secret""#, "", "type"),
            (r#"["secret"]"#, "", "type"),
            (r#"["secret",1,"query",null]"#, "", "type"),
        ] {
            let (got_field, got_code, message) = refusal(body);
            assert_eq!((got_field.as_str(), got_code), (field, code), "{body}: {message}");
            assert!(!message.contains("secret") && !message.contains("automatic"), "{message}");
        }
        assert_eq!(refusal(r#"{"message":"x","mode":"automatic"}"#).2, "must be `query` or `chat`");
    }

    #[test]
    fn what_is_not_json_is_told_by_its_place_only() {
        for body in ["", "  ", "{", "secret", r#"{"message":"x"} secret"#, r#"{"message":"x","message":"y"}"#] {
            let Err(Rejection::InvalidBody(why)) = parse::<Body>(body.as_bytes()) else { panic!("{body}") };
            assert!(!why.contains("secret"), "{why}");
        }
    }

    #[test]
    fn what_is_not_utf8_is_told_as_that() {
        for (body, place) in [
            (&b"{\"message\":\"\xff\"}"[..], "line 1, column 13"),
            (b"{\n\"message\":\"\xc0\xaf\"}", "line 2, column 12"),
            (b"\xff", "line 1, column 1"),
        ] {
            let why = format!("The body is not UTF-8: {place}.");
            assert_eq!(parse::<Body>(body).unwrap_err(), Rejection::InvalidBody(why));
        }
    }

    #[test]
    fn charsets_other_than_utf8_are_refused() {
        let is_utf8 = |value: &str| is_utf8(&[(header::CONTENT_TYPE, value.parse().unwrap())].into_iter().collect());
        assert!(
            is_utf8("application/json") && is_utf8("text/plain;charset=UTF-8") && is_utf8("a/b; charset=\"utf-8\"")
        );
        assert!(!is_utf8("application/json; charset=latin1"));
    }
}
