//! Headers that are for one hop only (RFC 9110 section 7.6.1), in both directions, and which of AnythingLLM's headers a
//! shopper may see.

use crate::rejection::Rejection;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};

/// More than anybody has a use for. Pingora breaks off at ten.
const MAX_NAMED: usize = 9;

/// What every hop must see, because it says who asks, of whom, and where the body ends: who names one of these in
/// `Connection` wants it removed on the way.
const NOT_OF_ONE_HOP: [&str; 12] = [
    "authorization",
    "content-encoding",
    "content-length",
    "content-type",
    "cookie",
    "forwarded",
    "host",
    "origin",
    "transfer-encoding",
    "x-real-ip",
    "x-request-id",
    "x-widget-key",
];

/// What `Connection` names, as it stands there.
pub(super) fn named_by_connection(headers: &HeaderMap) -> impl Iterator<Item = &[u8]> {
    let values = headers.get_all(header::CONNECTION).iter();
    values
        .flat_map(|value| value.as_bytes().split(|byte| *byte == b','))
        .map(<[u8]>::trim_ascii)
        .filter(|n| !n.is_empty())
}

/// # Errors
/// `bad_request` when `Connection` names what no header can be called, what all must see, or too much.
pub(super) fn check_connection(headers: &HeaderMap) -> Result<(), Rejection> {
    for (count, name) in named_by_connection(headers).enumerate() {
        let name = HeaderName::from_bytes(name).ok().filter(|_| name.iter().all(|byte| is_token(*byte)));
        let Some(name) = name.filter(|_| count < MAX_NAMED) else {
            return Err(Rejection::BadRequest("`Connection` is not a short list of header names."));
        };
        if NOT_OF_ONE_HOP.contains(&name.as_str()) || name.as_str().starts_with("x-forwarded-") {
            return Err(Rejection::BadRequest("`Connection` names a header that is not for one hop alone."));
        }
    }
    Ok(())
}

/// RFC 9110 section 5.6.2.
pub(crate) fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// The length of a body as far as the head tells it; none when it is sent in chunks or in frames.
pub(super) fn length_of_body(headers: &HeaderMap) -> Option<u64> {
    match headers.get(header::CONTENT_LENGTH) {
        Some(length) => length.to_str().ok()?.parse().ok(),
        None => (!headers.contains_key(header::TRANSFER_ENCODING)).then_some(0),
    }
}

/// AnythingLLM's headers that shoppers get, besides those that are set here.
const FOR_SHOPPERS: [&str; 14] = [
    "accept-ranges",
    "age",
    "cache-control",
    "content-encoding",
    "content-language",
    "content-length",
    "content-range",
    "content-type",
    "date",
    "etag",
    "expires",
    "last-modified",
    "transfer-encoding",
    "vary",
];

/// For whom an answer of AnythingLLM is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reader {
    Shopper,
    Staff,
    /// Whose connection becomes a websocket with this answer.
    StaffUpgrading,
}

/// Which of AnythingLLM's headers end here.
pub(super) fn not_passed_back(answer: &HeaderMap, reader: Reader) -> Vec<HeaderName> {
    let is_named = |name: &str| named_by_connection(answer).any(|named| named.eq_ignore_ascii_case(name.as_bytes()));
    let ends_here = |name: &&HeaderName| match name.as_str() {
        // How long the body is, is said by whoever sends it.
        "content-length" | "transfer-encoding" => false,
        "connection" | "upgrade" => reader != Reader::StaffUpgrading,
        // Whether the host is reached over TLS is ours to say: it is ours.
        "keep-alive" | "strict-transport-security" | "te" | "trailer" | "x-powered-by" => true,
        name if name.starts_with("proxy-") || is_named(name) => true,
        name => reader == Reader::Shopper && !FOR_SHOPPERS.contains(&name),
    };
    answer.keys().filter(ends_here).cloned().collect()
}

/// What every stream of events says, whoever wrote it; nothing for other answers. A proxy that compresses holds the
/// events back, which `no-transform` forbids (RFC 9110 section 7.7); nginx holds them back even so. Not `no-store`:
/// Chromium then reports an answer as aborted whose reader ends the request once it has read it all, as AnythingLLM's
/// widget does.
pub(super) fn said_by_streams(answer: &HeaderMap) -> &'static [(&'static str, &'static str)] {
    let is_stream = |value: &HeaderValue| {
        let essence = value.as_bytes().split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
        essence.eq_ignore_ascii_case(b"text/event-stream")
    };
    if !answer.get(header::CONTENT_TYPE).is_some_and(is_stream) {
        return &[];
    }
    &[
        ("content-type", "text/event-stream; charset=utf-8"),
        ("cache-control", "private, no-cache, no-transform"),
        ("x-accel-buffering", "no"),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[(&'static str, &str)]) -> HeaderMap {
        lines.iter().map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap())).collect()
    }

    #[test]
    fn connection_names_only_what_is_of_one_hop() {
        let told = |values: &[&str]| {
            let lines: HeaderMap = values.iter().map(|v| (header::CONNECTION, v.parse().unwrap())).collect();
            check_connection(&lines).is_ok()
        };
        for good in
            [&["close"][..], &["keep-alive, Upgrade"], &["TE", "x-drop"], &[" ,, close"], &["a,b,c,d,e,f,g,h,i"]]
        {
            assert!(told(good), "{good:?}");
        }
        for bad in [
            &["host"][..],
            &["close", "X-Forwarded-For"],
            &["x-forwarded-anything"],
            &["Content-Length"],
            &["authorization"],
            &[":authority"],
            &["\"host\""],
            &["a b"],
            &["a,b,c,d,e,f,g,h,i,j"],
        ] {
            assert!(!told(bad), "{bad:?}");
        }
    }

    #[test]
    fn an_answer_of_anythingllm_keeps_its_hop_to_itself() {
        let answer = headers(&[
            ("connection", "close, x-internal"),
            ("x-internal", "1"),
            ("keep-alive", "timeout=5"),
            ("proxy-authenticate", "Basic"),
            ("trailer", "x"),
            ("upgrade", "h2c"),
            ("content-type", "text/plain"),
            ("content-length", "2"),
            ("set-cookie", "a=b"),
            ("server", "x"),
            ("strict-transport-security", "max-age=1"),
            ("etag", "\"1\""),
        ]);
        let left = |reader| {
            let mut left = answer.clone();
            for name in not_passed_back(&answer, reader) {
                left.remove(name);
            }
            let mut names: Vec<_> = left.keys().map(|name| name.as_str().to_owned()).collect();
            names.sort();
            names.join(" ")
        };
        assert_eq!(left(Reader::Shopper), "content-length content-type etag");
        assert_eq!(left(Reader::Staff), "content-length content-type etag server set-cookie");
        assert_eq!(
            left(Reader::StaffUpgrading),
            "connection content-length content-type etag server set-cookie upgrade"
        );
    }

    #[test]
    fn a_stream_is_known_by_its_type() {
        let said = |content_type| said_by_streams(&headers(&[("content-type", content_type)])).len();
        for yes in ["text/event-stream", "Text/Event-Stream; charset=utf-8", "text/event-stream;x"] {
            assert_eq!(said(yes), 3, "{yes}");
        }
        assert_eq!((said("text/event-streams"), said_by_streams(&HeaderMap::new()).len()), (0, 0));
    }
}
