//! Watches the bytes of an HTTP/1 request head before pingora parses them, for what pingora lets pass: line feeds
//! without carriage return and two framings of one body (which front ends disagree on: request smuggling), and heads of
//! up to 1 MiB.
//!
//! Pure: it is given bytes and says what it saw. Of headers it knows the names of the two that frame a body.

use crate::rejection::Rejection;

/// What the bytes so far amount to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    More,
    /// The head is complete; what follows is the body.
    Complete,
    Fault(HeadFault),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HeadFault {
    /// A line does not end in CR LF (RFC 9112 section 2.2 lets a server refuse that).
    BareLineEnd,
    /// A NUL byte.
    Nul,
    /// `Content-Length` twice, or beside `Transfer-Encoding`. RFC 9112 section 6.1 lets a server choose one; pingora
    /// drops the length without a word, and whoever stands in front of us may have gone by it.
    TwoFramings,
    /// The request line has not two blanks, each between two of its parts (RFC 9112 section 3). Pingora takes what is
    /// in between for the target, whatever it is, and others do not.
    RequestLine,
    /// A `#` in the request line. Fragments are not for servers (RFC 9110 section 7.1); pingora drops them without a
    /// word, and others take them for a part of the path.
    Fragment,
    TooLarge,
}

/// What the target of a request is, by its first byte.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Target {
    /// It may still be anything.
    #[default]
    Unknown,
    /// It may name a host.
    Host,
    /// A path, or something else; or the method is none that requests have.
    Other,
}

impl HeadFault {
    /// What the client is told.
    pub(super) fn rejection(self, limit: usize) -> Rejection {
        Rejection::BadRequest(match self {
            Self::TooLarge => return Rejection::HeadersTooLarge { limit },
            Self::BareLineEnd => "Lines of the request head must end in CR LF.",
            Self::TwoFramings => "Send `Content-Length` or `Transfer-Encoding`, once and not both.",
            Self::RequestLine => "The request line is a method, a target and a version, with one blank each.",
            Self::Fragment => "The request target has a fragment (`#`), which is not for servers.",
            Self::Nul => "The request head has a NUL byte.",
        })
    }
}

/// The headers that frame a body, in lower case, with the colon that ends their names.
const LENGTH: &[u8] = b"content-length:";
const CODING: &[u8] = b"transfer-encoding:";

/// A method is no longer, in bytes; none of HTTP's is.
const MOST_METHOD: usize = 16;

/// The scanner of one request head.
#[derive(Debug, Clone)]
pub(crate) struct HeadGuard {
    limit: usize,
    seen: usize,
    after_cr: bool,
    has_line: bool,
    blanks: usize,
    target: Target,
    /// Bytes of the current line so far.
    column: usize,
    /// Whether they are the beginning of [`LENGTH`] or of [`CODING`].
    may_be: [bool; 2],
    /// Whether a line before named the one or the other.
    has: [bool; 2],
}

impl HeadGuard {
    /// For a head of at most `limit` bytes.
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            limit,
            seen: 0,
            after_cr: false,
            has_line: false,
            blanks: 0,
            target: Target::Unknown,
            column: 0,
            may_be: [true; 2],
            has: [false; 2],
        }
    }

    /// Whether a part of a head has been seen.
    pub(super) fn has_begun(&self) -> bool {
        self.seen > 0
    }

    /// Bytes of the head so far; all of it, once it is complete.
    pub(super) fn seen(&self) -> usize {
        self.seen
    }

    /// What the request is for, as far as that is known.
    pub(super) fn target(&self) -> Target {
        self.target
    }

    /// Whether a line so far says that the body comes in chunks, or in a coding that will be refused.
    pub(super) fn is_coded(&self) -> bool {
        let [_, has_coding] = self.has;
        has_coding
    }

    /// Takes the next bytes. After [`Verdict::Complete`] the rest of `bytes` is not looked at.
    pub(crate) fn scan(&mut self, bytes: &[u8]) -> Verdict {
        let mut rest = bytes;
        while let Some((&byte, after)) = rest.split_first() {
            let plain = self.plain(rest);
            if plain > 0 {
                self.seen += plain;
                if self.seen > self.limit {
                    return Verdict::Fault(HeadFault::TooLarge);
                }
                self.column += plain;
                rest = rest.get(plain..).unwrap_or_default();
                continue;
            }
            rest = after;
            self.seen += 1;
            if self.seen > self.limit {
                return Verdict::Fault(HeadFault::TooLarge);
            }
            match (byte, self.after_cr) {
                (b'\n', true) => {
                    self.after_cr = false;
                    if self.column == 0 && self.has_line {
                        return Verdict::Complete;
                    }
                    if !self.has_line && self.column > 0 && self.blanks != 2 {
                        return Verdict::Fault(HeadFault::RequestLine);
                    }
                    // An empty line before the request line is ignored (RFC 9112 section 2.2).
                    self.has_line |= self.column > 0;
                    self.column = 0;
                    self.may_be = [true; 2];
                }
                (b'\n', false) | (_, true) => return Verdict::Fault(HeadFault::BareLineEnd),
                (b'\r', false) => self.after_cr = true,
                (0, false) => return Verdict::Fault(HeadFault::Nul),
                (b'#', false) if !self.has_line => return Verdict::Fault(HeadFault::Fragment),
                (byte, false) => {
                    if self.may_be != [false; 2] && self.frames_twice(byte) {
                        return Verdict::Fault(HeadFault::TwoFramings);
                    }
                    if !self.has_line && self.target == Target::Unknown {
                        self.target = self.target_with(byte);
                    }
                    self.column += 1;
                    self.blanks += usize::from(!self.has_line && byte == b' ');
                }
            }
        }
        Verdict::More
    }

    /// What the target is known to be with the next byte of the request line.
    fn target_with(&self, byte: u8) -> Target {
        match (self.blanks, byte) {
            (0, b' ' | b'A'..=b'Z') if self.column < MOST_METHOD => Target::Unknown,
            (1, b'h' | b'H') => Target::Host,
            _ => Target::Other,
        }
    }

    /// How many of the next bytes change nothing: a header line that frames no body, up to what may end it.
    fn plain(&self, bytes: &[u8]) -> usize {
        if !self.has_line || self.after_cr || self.column == 0 || self.may_be != [false; 2] {
            return 0;
        }
        memchr::memchr3(b'\r', b'\n', 0, bytes).unwrap_or(bytes.len())
    }

    /// Compares the next byte of a line with the names, and says whether it ends one too many.
    fn frames_twice(&mut self, byte: u8) -> bool {
        for (name, may_be) in [LENGTH, CODING].into_iter().zip(&mut self.may_be) {
            *may_be &= name.get(self.column).is_some_and(|expected| byte.eq_ignore_ascii_case(expected));
        }
        if byte != b':' {
            return false;
        }
        let ([is_length, is_coding], [has_length, has_coding]) = (self.may_be, self.has);
        self.has = [has_length || is_length, has_coding || is_coding];
        (is_length && has_length) || self.has == [true; 2]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn verdict(bytes: &[u8]) -> Verdict {
        HeadGuard::new(64).scan(bytes)
    }

    #[test]
    fn a_head_ends_at_its_empty_line() {
        assert_eq!(verdict(b"GET / HTTP/1.1\r\nHost: a\r\n"), Verdict::More);
        assert_eq!(verdict(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"), Verdict::Complete);
        assert_eq!(verdict(b"\r\nGET / HTTP/1.1\r\n\r\nbody\nwith\0bytes"), Verdict::Complete);
    }

    #[test]
    fn line_ends_must_be_whole() {
        for bad in
            [&b"GET / HTTP/1.1\nHost: a\n\n"[..], b"GET / HTTP/1.1\r\nA: b\n\r\n", b"GET / HTTP/1.1\rHost: a\r\n\r\n"]
        {
            assert_eq!(verdict(bad), Verdict::Fault(HeadFault::BareLineEnd));
        }
    }

    #[test]
    fn a_request_line_has_three_parts() {
        for bad in ["GET / x HTTP/1.1\r\n", "GET  / HTTP/1.1\r\n", "GET /\r\n", "\r\nGET\r\n", " GET / HTTP/1.1\r\n"] {
            assert_eq!(verdict(bad.as_bytes()), Verdict::Fault(HeadFault::RequestLine), "{bad:?}");
        }
        assert_eq!(verdict(b"\r\n\r\nGET / HTTP/1.1\r\na: b c d\r\n"), Verdict::More);
    }

    #[test]
    fn a_target_has_no_fragment() {
        for bad in ["GET /healthz#x HTTP/1.1\r\n", "GET /?a=#b HTTP/1.1\r\n", "\r\nGET # HTTP/1.1\r\n"] {
            assert_eq!(verdict(bad.as_bytes()), Verdict::Fault(HeadFault::Fragment), "{bad:?}");
        }
        assert_eq!(verdict(b"GET / HTTP/1.1\r\na: b#c\r\n"), Verdict::More);
    }

    #[test]
    fn nul_and_size_are_refused() {
        assert_eq!(verdict(b"GET /\0 HTTP/1.1\r\n"), Verdict::Fault(HeadFault::Nul));
        assert_eq!(verdict(&[b'a'; 65]), Verdict::Fault(HeadFault::TooLarge));
    }

    #[test]
    fn a_body_is_framed_once() {
        let framed = |headers: &str| HeadGuard::new(999).scan(format!("POST / HTTP/1.1\r\n{headers}\r\n").as_bytes());
        for once in [
            "Content-Length: 1\r\n",
            "transfer-encoding: chunked\r\n",
            "X-Content-Length: 1\r\nContent-Length: 1\r\nContent-Length-X: 1\r\nA: Content-Length:\r\n",
            "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n",
        ] {
            assert_eq!(framed(once), Verdict::Complete, "{once}");
        }
        for twice in [
            "Content-Length: 1\r\ncontent-length: 1\r\n",
            "Content-Length: 1\r\nA: b\r\nTRANSFER-ENCODING: chunked\r\n",
            "Transfer-Encoding: chunked\r\nContent-Length:1\r\n",
        ] {
            assert_eq!(framed(twice), Verdict::Fault(HeadFault::TwoFramings), "{twice}");
        }
    }

    proptest! {
        #[test]
        fn the_verdict_does_not_depend_on_how_the_bytes_arrive(
            pieces in proptest::collection::vec(
                prop_oneof![
                    Just(b"\r\n".to_vec()),
                    Just(b"Content-Length: 1\r\n".to_vec()),
                    Just(b"transfer-encoding: x\r\n".to_vec()),
                    any::<u8>().prop_map(|byte| vec![byte]),
                ],
                0..20,
            ),
            cut in 0usize..200,
        ) {
            let bytes = pieces.concat();
            let cut = cut.min(bytes.len());
            let whole = HeadGuard::new(128).scan(&bytes);
            let mut guard = HeadGuard::new(128);
            let split = match guard.scan(&bytes[..cut]) {
                Verdict::More => guard.scan(&bytes[cut..]),
                decided => decided,
            };
            prop_assert_eq!(whole, split);
        }
    }
}
