//! Reading JSON bodies: strict about what is in them, and never repeating to the sender what it sent.

use crate::api::response::Refusal;
use crate::domain::json;
use crate::rejection::Rejection;
use axum::extract::{FromRequest, Request};
use bytes::Bytes;
use http::{HeaderMap, header};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

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

/// A body of whatever members, called JSON or a JSON Merge Patch (RFC 7396).
#[derive(Debug)]
pub(crate) struct JsonObject(pub(crate) Map<String, Value>);

impl<S: Send + Sync> FromRequest<S> for JsonObject {
    type Rejection = Refusal;

    async fn from_request(request: Request, state: &S) -> Result<Self, Refusal> {
        Ok(Self(json::read_object(&patch(request, state).await?).map_err(Rejection::from)?))
    }
}

/// The same, of members that the target type knows; one that is absent or null stays as it is.
#[derive(Debug)]
pub(crate) struct MergePatch<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for MergePatch<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, state: &S) -> Result<Self, Refusal> {
        Ok(Self(parse(&patch(request, state).await?)?))
    }
}

/// A body that is called JSON or a JSON Merge Patch.
async fn patch<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, Refusal> {
    let known = essence(request.headers()).is_some_and(|e| {
        e.eq_ignore_ascii_case("application/json") || e.eq_ignore_ascii_case("application/merge-patch+json")
    });
    if !known || !is_utf8(request.headers()) {
        return Err(Refusal(Rejection::UnsupportedMediaType(
            "Send `Content-Type: application/json` or `application/merge-patch+json`, in UTF-8.",
        )));
    }
    bytes(request, state).await
}

/// A body that is an object, as it was sent: for those who read it with a library of their own.
#[derive(Debug)]
pub(crate) struct RawJson(pub(crate) Bytes);

impl<S: Send + Sync> FromRequest<S> for RawJson {
    type Rejection = Refusal;

    async fn from_request(request: Request, state: &S) -> Result<Self, Refusal> {
        let called_json = essence(request.headers()).is_some_and(|e| e.eq_ignore_ascii_case("application/json"));
        if !called_json || !is_utf8(request.headers()) {
            return Err(Refusal(Rejection::UnsupportedMediaType("Send `Content-Type: application/json`, in UTF-8.")));
        }
        let raw = bytes(request, state).await?;
        json::read_object(&raw).map_err(Rejection::from)?;
        Ok(Self(raw))
    }
}

/// A byte order mark is no JSON, but some libraries cannot be kept from writing one, and RFC 8259 section 8.1 lets it be
/// passed over.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

async fn bytes<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, Refusal> {
    // The edge has read and capped the body, so this takes it out of its wrapping.
    let body = Bytes::from_request(request, state).await.map_err(|_| Refusal(Rejection::Internal))?;
    Ok(if body.starts_with(BYTE_ORDER_MARK) { body.slice(BYTE_ORDER_MARK.len()..) } else { body })
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
    Ok(json::read(body)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::json::object_or_null;
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
