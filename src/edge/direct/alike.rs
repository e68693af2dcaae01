//! Whether the direct way understands a head as Pingora does, who reads it by itself. For tests and the fuzz target.

use super::head;
use crate::edge::client::content_length;
use crate::edge::head_guard::{HeadGuard, Verdict};
use bytes::Bytes;
use futures_util::FutureExt as _;
use http::header;
use pingora::http::RequestHeader;
use pingora::protocols::http::v1::server::HttpSession;
use std::io::Cursor;

/// More than any head of a corpus.
const LIMIT: usize = 64 * 1024;

/// Looks at what a connection begins with. Whatever the guard lets pass and the direct way takes must be a request of
/// Pingora's with the same method, target, version, headers, body and end.
pub(crate) fn is_read_alike(read: &[u8]) -> bool {
    let taken = head::take(&Bytes::copy_from_slice(read));
    let mut guard = HeadGuard::new(LIMIT);
    let (Some(taken), Verdict::Complete) = (taken, guard.scan(read)) else { return true };
    let Some((length, theirs)) = by_pingora(read) else { return false };
    let ours = &taken.head;
    let is_framed_alike = !theirs.headers.contains_key(header::TRANSFER_ENCODING)
        && content_length(&theirs).unwrap_or_default() == taken.body;
    [taken.length, guard.seen()] == [length; 2]
        && is_framed_alike
        && ours.method == theirs.method
        && ours.raw_path() == theirs.raw_path()
        && ours.uri == theirs.uri
        && ours.version == theirs.version
        && ours.headers == theirs.headers
}

/// A head and its length; none when Pingora refuses it.
fn by_pingora(read: &[u8]) -> Option<(usize, RequestHeader)> {
    let mut session = HttpSession::new(Box::new(Cursor::new(read.to_vec())));
    // Everything is there, so nothing waits.
    let length = session.read_request().now_or_never()?.ok()??;
    Some((length, session.req_header().clone()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_difference_is_seen() {
        let head = "GET /a?b HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\n{}";
        assert!(is_read_alike(head.as_bytes()));
        let (length, theirs) = by_pingora(head.as_bytes()).unwrap();
        assert_eq!((length, theirs.raw_path()), (head.len() - 2, &b"/a?b"[..]));
        assert!(by_pingora(head.replace("host: a", "host: a@b").as_bytes()).is_none());
    }

    proptest! {
        #[test]
        fn whatever_is_taken_is_read_alike(
            method in "[A-Z]{1,7}|[!-~]{1,5}",
            target in "/[!-~]{0,30}|[!-~\u{80}-\u{ff}]{1,20}",
            lines in prop::collection::vec(
                prop_oneof![
                    Just("host: a".to_owned()),
                    "[Hh]ost:[ \t]?[!-~ ]{0,12}[ \t]?",
                    "[Cc]ontent-[Ll]ength:[ \t]{0,2}[0-9]{1,4}[ \t]{0,2}",
                    "[!-~]{1,12}:[ -~\t\u{80}-\u{ff}]{0,20}",
                    "[ \t]?[ -~]{0,12}",
                ],
                1..6,
            ),
        ) {
            let head = format!("{method} {target} HTTP/1.1\r\n{}\r\n\r\n", lines.join("\r\n"));
            prop_assert!(is_read_alike(head.as_bytes()), "{head}");
        }
    }
}
