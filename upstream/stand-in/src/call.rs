//! A request in the form in which the endpoints see it: path segments, query, parsed body.
//!
//! Mirrors what express and its body parsers do, oddities included. Decides nothing.

use std::io::Read;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, Method, Uri, header};
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use crate::reply::Reply;

/// A request on its way to an endpoint.
pub(crate) struct Call {
    pub(crate) method: Method,
    /// Path segments as sent, empty ones dropped where express drops them.
    raw: Vec<String>,
    /// The same in lower case, for matching literals.
    pub(crate) lower: Vec<String>,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Body,
}

/// What the body parsers made of the body.
#[derive(Debug)]
pub(crate) enum Body {
    /// No body, or one of a type nobody parses: endpoints see an empty object.
    Absent,
    /// A parsed JSON or form body.
    Parsed(Value),
    /// A text body, which the endpoints parse themselves.
    Text(String),
}

impl Call {
    pub(crate) fn new(method: Method, uri: &Uri, headers: HeaderMap) -> Self {
        let mut raw: Vec<String> = uri.path().split('/').skip(1).map(str::to_owned).collect();
        if raw.len() > 1 && raw.last().is_some_and(String::is_empty) {
            raw.pop();
        }
        // Only the doubled slash behind the mount point is forgiven.
        if raw.len() > 2 && raw[0].eq_ignore_ascii_case("api") && raw[1].is_empty() {
            raw.remove(1);
        }
        let lower = raw.iter().map(|segment| segment.to_lowercase()).collect();
        Self { method, raw, lower, query: form_pairs(uri.query().unwrap_or_default()), headers, body: Body::Absent }
    }

    /// A path parameter. Decoding was checked by `decodes` before.
    pub(crate) fn param(&self, index: usize) -> String {
        self.raw
            .get(index)
            .map(|segment| percent_decode_str(segment).decode_utf8_lossy().into_owned())
            .unwrap_or_default()
    }

    /// Whether every segment is valid percent-encoding of UTF-8.
    pub(crate) fn decodes(&self) -> bool {
        self.raw.iter().all(|segment| {
            let well_formed = segment
                .split('%')
                .skip(1)
                .all(|rest| rest.as_bytes().get(..2).is_some_and(|hex| hex.iter().all(u8::is_ascii_hexdigit)));
            well_formed && percent_decode_str(segment).decode_utf8().is_ok()
        })
    }

    /// The first value of a query parameter.
    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The second word of the Authorization header, whatever the first one is.
    pub(crate) fn credential(&self) -> Option<&str> {
        self.headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok())?
            .split(' ')
            .nth(1)
            .filter(|token| !token.is_empty())
    }

    /// The body as an object. A text body that is not JSON makes the endpoint throw.
    pub(crate) fn json(&self) -> Result<Value, Reply> {
        match &self.body {
            Body::Absent => Ok(Value::Object(Map::new())),
            Body::Parsed(value) => Ok(value.clone()),
            Body::Text(text) => serde_json::from_str(text).map_err(|_| Reply::error()),
        }
    }
}

/// Splits a query string or form body.
pub(crate) fn form_pairs(text: &str) -> Vec<(String, String)> {
    text.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            let decode = |part: &str| percent_decode_str(&part.replace('+', " ")).decode_utf8_lossy().into_owned();
            (decode(key), decode(value))
        })
        .collect()
}

/// Runs the body parsers over a complete body.
pub(crate) fn parse_body(headers: &HeaderMap, body: &Bytes) -> Result<Body, Reply> {
    let content_type = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
        .to_ascii_lowercase();
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    if body.is_empty() || !matches!(essence, "application/json" | "application/x-www-form-urlencoded" | "text/plain") {
        return Ok(Body::Absent);
    }
    let charset = content_type
        .split(';')
        .filter_map(|part| part.trim().strip_prefix("charset="))
        .map(|name| name.trim_matches('"').to_owned())
        .next();
    let charset = charset.as_deref().unwrap_or("utf-8");
    let plain = inflate(headers, body)?;
    let text = match charset {
        "utf-16" | "utf-16le" => from_utf16(&plain),
        name if name.starts_with("utf-") || essence == "text/plain" => String::from_utf8_lossy(&plain).into_owned(),
        _ => return Err(Reply::unsupported_media_type()),
    };
    match essence {
        "text/plain" => Ok(Body::Text(text)),
        "application/json" => parse_json(text.trim_start_matches('\u{feff}')),
        _ => Ok(Body::Parsed(Value::Object(
            form_pairs(&text).into_iter().map(|(key, value)| (key, Value::String(value))).collect(),
        ))),
    }
}

/// Strict mode of the parser: only objects and arrays are bodies.
fn parse_json(text: &str) -> Result<Body, Reply> {
    let strict = text.trim_start().starts_with(['{', '[']);
    if !strict {
        return Err(Reply::bad_request_page());
    }
    // The real parser accepts any depth; here a body nested beyond the limit counts as present
    // but useless, which ends in the same answer.
    match serde_json::from_str(text) {
        Ok(value) => Ok(Body::Parsed(value)),
        Err(error) if error.to_string().contains("recursion limit") => Ok(Body::Text("nested too deeply".to_owned())),
        Err(_) => Err(Reply::bad_request_page()),
    }
}

fn inflate(headers: &HeaderMap, body: &Bytes) -> Result<Vec<u8>, Reply> {
    let encoding = headers
        .get(header::CONTENT_ENCODING)
        .and_then(|value| value.to_str().ok())
        .unwrap_or("identity")
        .to_ascii_lowercase();
    let mut plain = Vec::new();
    let read = match encoding.as_str() {
        "identity" => return Ok(body.to_vec()),
        "gzip" => flate2::read::MultiGzDecoder::new(body.as_ref()).read_to_end(&mut plain),
        "deflate" => flate2::read::ZlibDecoder::new(body.as_ref()).read_to_end(&mut plain),
        _ => return Err(Reply::unsupported_media_type()),
    };
    read.map(|_| plain).map_err(|_| Reply::bad_request_page())
}

fn from_utf16(bytes: &[u8]) -> String {
    let units: Vec<u16> = bytes.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
    String::from_utf16_lossy(&units).trim_start_matches('\u{feff}').to_owned()
}

/// The bytes of a `data:` URI.
pub(crate) fn data_uri(uri: &str) -> Option<Vec<u8>> {
    STANDARD.decode(uri.split_once(";base64,")?.1).ok()
}
