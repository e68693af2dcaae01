//! The files of the web interface, and the page that answers everything else.
//!
//! Small replacements of the real files, enough to see a page and to use the widget.

use bytes::Bytes;
use http::header::{self, HeaderName, HeaderValue};
use http::{Method, StatusCode};

use crate::call::Call;
use crate::reply::Reply;

/// The icon, also the logo.
pub(crate) const FAVICON: &[u8] = include_bytes!("assets/favicon.png");
const PAGE: &str = include_str!("assets/index.html");

/// Files by path, with type.
const FILES: &[(&str, &str, &[u8])] = &[
    ("/index.js", "application/javascript; charset=UTF-8", include_bytes!("assets/index.js")),
    ("/index.css", "text/css; charset=UTF-8", include_bytes!("assets/index.css")),
    ("/favicon.png", "image/png", FAVICON),
    ("/robots.txt", "text/plain; charset=UTF-8", b"User-agent: *\nDisallow: /"),
    ("/manifest.json", "application/json; charset=UTF-8", include_bytes!("assets/manifest.json")),
    (
        "/embed/anythingllm-chat-widget.min.js",
        "application/javascript; charset=UTF-8",
        include_bytes!("assets/widget.js"),
    ),
    ("/embed/anythingllm-chat-widget.min.css", "text/css; charset=UTF-8", include_bytes!("assets/widget.css")),
];

/// The page of the web interface.
pub(crate) fn page() -> Reply {
    Reply::html(StatusCode::OK, PAGE)
}

/// Answers whatever no endpoint is there for.
pub(crate) fn answer(call: &Call, path: &str) -> Reply {
    if matches!(call.method, Method::GET | Method::HEAD)
        && let Some((_, content_type, bytes)) = FILES.iter().find(|(name, _, _)| *name == path)
    {
        return file(call, content_type, bytes);
    }
    page()
}

fn file(call: &Call, content_type: &'static str, bytes: &'static [u8]) -> Reply {
    let value = |text: String| HeaderValue::try_from(text).unwrap_or_else(|_| HeaderValue::from_static(""));
    let mut extra: Vec<(HeaderName, HeaderValue)> = vec![
        (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
        (header::ACCEPT_RANGES, HeaderValue::from_static("bytes")),
        (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=0")),
        (header::LAST_MODIFIED, HeaderValue::from_static("Thu, 13 Aug 2026 12:00:00 GMT")),
        (header::ETAG, value(format!("W/\"{:x}-1a207357562\"", bytes.len()))),
    ];
    let range = call.header("range").map(|range| parse_range(range, bytes.len()));
    let (status, body) = match range {
        None | Some(Range::Whole) => (StatusCode::OK, bytes),
        Some(Range::Part(first, last)) => {
            let total = bytes.len();
            extra.push((header::CONTENT_RANGE, value(format!("bytes {first}-{last}/{total}"))));
            (StatusCode::PARTIAL_CONTENT, &bytes[first..=last])
        }
        Some(Range::Beyond) => {
            extra.push((header::CONTENT_RANGE, value(format!("bytes */{}", bytes.len()))));
            (StatusCode::RANGE_NOT_SATISFIABLE, &bytes[..0])
        }
    };
    Reply::Full { status, content_type: Some(content_type), body: Bytes::from_static(body), extra, etag: false }
}

#[derive(Debug, PartialEq, Eq)]
enum Range {
    /// No range that is understood.
    Whole,
    /// From the first to the last byte, both included.
    Part(usize, usize),
    /// Behind the end.
    Beyond,
}

/// Single ranges only; anything else gets the whole file.
fn parse_range(range: &str, length: usize) -> Range {
    let Some((from, to)) = range.strip_prefix("bytes=").and_then(|range| range.trim().split_once('-')) else {
        return Range::Whole;
    };
    let (first, last) = match (from.parse::<usize>(), to.parse::<usize>()) {
        (Ok(first), Ok(last)) => (first, last.min(length.saturating_sub(1))),
        (Ok(first), Err(_)) if to.is_empty() => (first, length.saturating_sub(1)),
        (Err(_), Ok(count)) if from.is_empty() && count > 0 => (length.saturating_sub(count), length.saturating_sub(1)),
        _ => return Range::Whole,
    };
    if first >= length {
        Range::Beyond
    } else if first > last {
        Range::Whole
    } else {
        Range::Part(first, last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_like_upstream_reads_them() {
        assert_eq!(parse_range("bytes=0-3", 10), Range::Part(0, 3));
        assert_eq!(parse_range("bytes=4-", 10), Range::Part(4, 9));
        assert_eq!(parse_range("bytes=-2", 10), Range::Part(8, 9));
        assert_eq!(parse_range("bytes=10-", 10), Range::Beyond);
        assert_eq!(parse_range("bytes=0-1,3-4", 10), Range::Whole);
        assert_eq!(parse_range("lines=1", 10), Range::Whole);
    }
}
