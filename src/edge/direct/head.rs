//! Heads of requests that are plain: HTTP/1.1 with a path, one host and a body of a known length, or none. Does no I/O.
//!
//! Says of no head that it is wrong: whatever is another one is not taken, and Pingora reads it.

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Version, header};
use httparse::{EMPTY_HEADER, Status};
use pingora::http::RequestHeader;

const MOST_HEADERS: usize = 64;
/// Digits of a length; more than anything we would take.
const MOST_DIGITS: usize = 15;

/// A head, and where its request ends.
#[derive(Debug)]
pub(super) struct Taken {
    pub(super) head: RequestHeader,
    /// Of the head, in bytes.
    pub(super) length: usize,
    /// Of the body, in bytes.
    pub(super) body: u64,
}

/// Takes a whole head from the beginning of what was read; none when it is not plain.
pub(super) fn take(read: &Bytes) -> Option<Taken> {
    let mut lines = [EMPTY_HEADER; MOST_HEADERS];
    let mut parsed = httparse::Request::new(&mut lines);
    let Ok(Status::Complete(length)) = parsed.parse(read) else { return None };
    let target = parsed.path.filter(|target| target.starts_with('/'))?;
    if parsed.version != Some(1) {
        return None;
    }
    let mut head = RequestHeader::build_no_case(parsed.method?, target.as_bytes(), Some(parsed.headers.len())).ok()?;
    head.set_version(Version::HTTP_11);
    let (mut body, mut hosts) = (None, 0);
    for line in parsed.headers.iter() {
        let name = HeaderName::from_bytes(line.name.as_bytes()).ok()?;
        let value = line.value;
        match name {
            // RFC 9112 section 3.2. Of several Pingora says that they are malformed; and no host has such a sign.
            header::HOST if hosts > 0 || value.contains(&b'@') => return None,
            header::HOST => hosts += 1,
            header::CONTENT_LENGTH if body.is_none() => body = Some(number(value)?),
            // Chunks, another protocol, permission to send: seldom, and each with rules of its own.
            header::CONTENT_LENGTH | header::TRANSFER_ENCODING | header::UPGRADE | header::EXPECT => return None,
            _ => {}
        }
        let value = HeaderValue::from_maybe_shared(read.slice_ref(value)).ok()?;
        head.append_header(name, value).ok()?;
    }
    (hosts == 1 && head.method != http::Method::CONNECT).then_some(Taken { head, length, body: body.unwrap_or(0) })
}

/// RFC 9110 section 8.6, in its plainest form.
fn number(value: &[u8]) -> Option<u64> {
    let is_number = (1..=MOST_DIGITS).contains(&value.len()) && value.iter().all(u8::is_ascii_digit);
    str::from_utf8(value).ok().filter(|_| is_number)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn taken(text: &str) -> Option<Taken> {
        take(&Bytes::copy_from_slice(text.as_bytes()))
    }

    #[test]
    fn a_plain_head_is_taken_with_all_it_says() {
        let head = "POST /api/v1/chat?a=b HTTP/1.1\r\nHost: a\r\nX-A: 1\r\nx-a: 2\r\nContent-Length: 2\r\n\r\n";
        let taken = taken(&format!("{head}{{}}GET /")).unwrap();
        assert_eq!((taken.length, taken.body), (head.len(), 2));
        assert_eq!((taken.head.method.as_str(), taken.head.uri.path()), ("POST", "/api/v1/chat"));
        assert_eq!((taken.head.uri.query(), taken.head.version), (Some("a=b"), Version::HTTP_11));
        let values: Vec<_> = taken.head.headers.get_all("x-a").iter().collect();
        assert_eq!(values, ["1", "2"]);
    }

    #[test]
    fn whatever_else_there_is_is_left_to_pingora() {
        let with = |line: &str, headers: &str| taken(&format!("{line}\r\nhost: a\r\n{headers}\r\n"));
        assert!(with("GET / HTTP/1.1", "").is_some());
        for line in [
            "GET / HTTP/1.0",
            "GET / HTTP/2.0",
            "PRI * HTTP/2.0",
            "GET http://a/ HTTP/1.1",
            "OPTIONS * HTTP/1.1",
            "CONNECT a:443 HTTP/1.1",
            "CONNECT / HTTP/1.1",
            "GET  / HTTP/1.1",
            "GET /",
        ] {
            assert!(with(line, "").is_none(), "{line}");
        }
        for headers in [
            "Host: a\r\n",
            "transfer-encoding: chunked\r\n",
            "Upgrade: websocket\r\n",
            "expect: 100-continue\r\n",
            "content-length: 1\r\ncontent-length: 1\r\n",
            "content-length: +1\r\n",
            "content-length: 1, 1\r\n",
            "content-length:\r\n",
            "content-length: 0000000000000001\r\n",
            "a b: c\r\n",
        ] {
            assert!(with("GET / HTTP/1.1", headers).is_none(), "{headers}");
        }
        for none_or_odd in ["", "host: a@b\r\n", "host : a\r\n"] {
            assert!(taken(&format!("GET / HTTP/1.1\r\n{none_or_odd}\r\n")).is_none(), "{none_or_odd}");
        }
        assert!(with("GET / HTTP/1.1", &"a: b\r\n".repeat(MOST_HEADERS)).is_none());
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), text in "GET /[ -~]{0,20} HTTP/1.1\r\nhost: a\r\n[ -~\r\n]{0,80}") {
            let _ = take(&Bytes::from(bytes));
            let _ = taken(&text);
        }

        #[test]
        fn a_head_that_is_not_whole_is_not_taken(cut in 0..50_usize) {
            let head = "GET /healthz HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n\r\n";
            prop_assert!(taken(&head[..cut.min(head.len() - 1)]).is_none());
        }
    }
}
