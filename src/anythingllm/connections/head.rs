//! The head of an answer: its status, its media type, and where its body ends. Does no I/O.

use super::Broken;
use super::framing::Framing;
use bytes::{Buf as _, BytesMut};
use http::{HeaderValue, StatusCode};
use httparse::{EMPTY_HEADER, Header, Status};

const MOST_HEADERS: usize = 100;
/// In bytes.
const LONGEST_HEAD: usize = 64 * 1024;

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) status: StatusCode,
    pub(super) content_type: Option<HeaderValue>,
    pub(super) framing: Framing,
    /// The connection can be used again behind the body.
    pub(super) keeps_alive: bool,
}

/// Takes the head off what has arrived; none while it is not whole. What comes before it (1xx) is passed over.
///
/// # Errors
/// [`Broken::Malformed`]
pub(super) fn take(arrived: &mut BytesMut) -> Result<Option<Head>, Broken> {
    loop {
        let mut headers = [EMPTY_HEADER; MOST_HEADERS];
        let mut parsed = httparse::Response::new(&mut headers);
        let length = match parsed.parse(arrived) {
            Ok(Status::Complete(length)) => length,
            Ok(Status::Partial) if arrived.len() < LONGEST_HEAD => return Ok(None),
            Ok(Status::Partial) => return Err(Broken::Malformed("the head of the answer is too large")),
            Err(_) => return Err(Broken::Malformed("the head of the answer is not HTTP")),
        };
        let status = parsed.code.and_then(|code| StatusCode::from_u16(code).ok());
        let status = status.ok_or(Broken::Malformed("the answer has no status"))?;
        if status.is_informational() {
            if status == StatusCode::SWITCHING_PROTOCOLS {
                return Err(Broken::Malformed("another protocol was not asked for"));
            }
            arrived.advance(length);
            continue;
        }
        let head = head(status, parsed.version == Some(1), parsed.headers)?;
        arrived.advance(length);
        return Ok(Some(head));
    }
}

fn head(status: StatusCode, is_11: bool, headers: &[Header<'_>]) -> Result<Head, Broken> {
    let (mut length, mut is_chunked, mut keeps_alive, mut content_type) = (None, false, is_11, None);
    for Header { name, value } in headers {
        if name.eq_ignore_ascii_case("content-length") {
            let told = number(value).ok_or(Broken::Malformed("the length of the answer is no number"))?;
            if length.is_some_and(|length| length != told) {
                return Err(Broken::Malformed("the answer has two lengths"));
            }
            length = Some(told);
        } else if name.eq_ignore_ascii_case("transfer-encoding") {
            if is_chunked || !is_11 || !value.trim_ascii().eq_ignore_ascii_case(b"chunked") {
                return Err(Broken::Malformed("the answer is coded in a way that was not asked for"));
            }
            is_chunked = true;
        } else if name.eq_ignore_ascii_case("connection") {
            let mut options = value.split(|byte| *byte == b',');
            keeps_alive &= !options.any(|option| option.trim_ascii().eq_ignore_ascii_case(b"close"));
        } else if name.eq_ignore_ascii_case("content-type") && content_type.is_none() {
            content_type = HeaderValue::from_bytes(value).ok();
        }
    }
    let framing = match (is_chunked, length) {
        _ if status == StatusCode::NO_CONTENT || status == StatusCode::NOT_MODIFIED => Framing::NONE,
        // RFC 9112 section 6.3: whoever says both may be trying to smuggle something.
        (true, Some(_)) => return Err(Broken::Malformed("the answer has a length and is in chunks")),
        (true, None) => Framing::CHUNKED,
        (false, Some(length)) => Framing::Length(length),
        (false, None) => Framing::ToTheEnd,
    };
    Ok(Head { status, content_type, framing, keeps_alive: keeps_alive && framing != Framing::ToTheEnd })
}

fn number(value: &[u8]) -> Option<u64> {
    let value = value.trim_ascii();
    let is_number = !value.is_empty() && value.iter().all(u8::is_ascii_digit);
    str::from_utf8(value).ok().filter(|_| is_number)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> Result<Option<Head>, Broken> {
        take(&mut BytesMut::from(text))
    }

    #[test]
    fn a_head_says_where_its_body_ends() {
        for (headers, framing, keeps_alive) in [
            ("content-length: 2\r\n", Framing::Length(2), true),
            ("Content-Length: 2\r\ncontent-length:2\r\n", Framing::Length(2), true),
            ("Transfer-Encoding: Chunked\r\nConnection: keep-alive\r\n", Framing::CHUNKED, true),
            ("transfer-encoding: chunked\r\nconnection: x, CLOSE\r\n", Framing::CHUNKED, false),
            ("server: x\r\n", Framing::ToTheEnd, false),
        ] {
            let head = read(&format!("HTTP/1.1 200 OK\r\n{headers}\r\n")).unwrap().unwrap();
            assert_eq!((head.framing, head.keeps_alive), (framing, keeps_alive), "{headers:?}");
        }
        let head = read("HTTP/1.1 204 No Content\r\ncontent-length: 5\r\n\r\n").unwrap().unwrap();
        assert_eq!((head.framing, head.keeps_alive), (Framing::NONE, true));
        let head = read("HTTP/1.0 200 OK\r\ncontent-length: 5\r\n\r\n").unwrap().unwrap();
        assert_eq!((head.framing, head.keeps_alive), (Framing::Length(5), false));
    }

    #[test]
    fn what_could_be_read_in_two_ways_is_not_read() {
        for headers in [
            "content-length: 2\r\ntransfer-encoding: chunked\r\n",
            "content-length: 2\r\ncontent-length: 3\r\n",
            "content-length: 2, 2\r\n",
            "content-length: +2\r\n",
            "content-length:\r\n",
            "content-length: 99999999999999999999\r\n",
            "transfer-encoding: gzip, chunked\r\n",
            "transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n",
            "transfer-encoding: identity\r\n",
            "a b\r\n",
        ] {
            let read = read(&format!("HTTP/1.1 200 OK\r\n{headers}\r\n"));
            assert!(matches!(read, Err(Broken::Malformed(_))), "{headers:?}: {read:?}");
        }
        for start in [
            "HTTP/1.0 200 OK\r\ntransfer-encoding: chunked\r\n\r\n",
            "HTTP/2 200\r\n\r\n",
            "<html>",
            "HTTP/1.1 99 x\r\n\r\n",
        ] {
            assert!(matches!(read(start), Err(Broken::Malformed(_))), "{start:?}");
        }
        let endless = format!("HTTP/1.1 200 OK\r\nx: {}", "x".repeat(LONGEST_HEAD));
        assert!(matches!(read(&endless), Err(Broken::Malformed(_))));
    }

    #[test]
    fn what_comes_before_the_answer_is_passed_over() {
        let mut arrived = BytesMut::from(
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 404 Not Found\r\ncontent-type: text/html\r\ncontent-length: 1\r\n\r\nx",
        );
        let head = take(&mut arrived).unwrap().unwrap();
        assert_eq!(head.status, StatusCode::NOT_FOUND);
        assert_eq!(head.content_type.unwrap(), "text/html");
        assert_eq!(arrived, "x");
        assert!(matches!(read("HTTP/1.1 101 x\r\n\r\n"), Err(Broken::Malformed(_))));
    }

    proptest! {
        #[test]
        fn a_head_that_is_not_whole_is_waited_for(cut in 0..60_usize) {
            let head = "HTTP/1.1 200 OK\r\ncontent-type: a/b\r\ncontent-length: 12\r\n\r\n";
            prop_assert_eq!(read(&head[..cut.min(head.len() - 1)]).unwrap(), None);
        }

        #[test]
        fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), text in "HTTP/1.1 [0-9]{1,3}[ -~\r\n]{0,80}") {
            let _ = take(&mut BytesMut::from(&bytes[..]));
            let _ = read(&text);
        }
    }
}
