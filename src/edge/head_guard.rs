//! Watches the bytes of an HTTP/1 request head before pingora parses them, for what pingora lets pass: line feeds without
//! carriage return (which front ends disagree on: request smuggling) and heads of up to 1 MiB.
//!
//! Pure: it is given bytes and says what it saw. It parses no headers.

/// What the bytes so far amount to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The head goes on.
    More,
    /// The head is complete; what follows is the body.
    Complete,
    /// The head must be refused.
    Fault(HeadFault),
}

/// Why a head is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum HeadFault {
    /// A line does not end in CR LF (RFC 9112 section 2.2 lets a server refuse that).
    BareLineEnd,
    /// A NUL byte.
    Nul,
    /// Larger than allowed.
    TooLarge,
}

/// The scanner of one request head.
#[derive(Debug, Clone)]
pub(super) struct HeadGuard {
    limit: usize,
    seen: usize,
    after_cr: bool,
    line_is_empty: bool,
    has_line: bool,
}

impl HeadGuard {
    /// For a head of at most `limit` bytes.
    pub(super) fn new(limit: usize) -> Self {
        Self { limit, seen: 0, after_cr: false, line_is_empty: true, has_line: false }
    }

    /// Whether a part of a head has been seen.
    pub(super) fn has_begun(&self) -> bool {
        self.seen > 0
    }

    /// Takes the next bytes. After [`Verdict::Complete`] the rest of `bytes` is not looked at.
    pub(super) fn scan(&mut self, bytes: &[u8]) -> Verdict {
        for &byte in bytes {
            self.seen += 1;
            if self.seen > self.limit {
                return Verdict::Fault(HeadFault::TooLarge);
            }
            match (byte, self.after_cr) {
                (b'\n', true) => {
                    self.after_cr = false;
                    if self.line_is_empty && self.has_line {
                        return Verdict::Complete;
                    }
                    // An empty line before the request line is ignored (RFC 9112 section 2.2).
                    self.has_line |= !self.line_is_empty;
                    self.line_is_empty = true;
                }
                (b'\n', false) | (_, true) => return Verdict::Fault(HeadFault::BareLineEnd),
                (b'\r', false) => self.after_cr = true,
                (0, false) => return Verdict::Fault(HeadFault::Nul),
                (_, false) => self.line_is_empty = false,
            }
        }
        Verdict::More
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
    fn nul_and_size_are_refused() {
        assert_eq!(verdict(b"GET /\0 HTTP/1.1\r\n"), Verdict::Fault(HeadFault::Nul));
        assert_eq!(verdict(&[b'a'; 65]), Verdict::Fault(HeadFault::TooLarge));
    }

    proptest! {
        #[test]
        fn the_verdict_does_not_depend_on_how_the_bytes_arrive(
            bytes in proptest::collection::vec(prop_oneof![Just(b'\r'), Just(b'\n'), Just(b'a'), any::<u8>()], 0..100),
            cut in 0usize..100,
        ) {
            let cut = cut.min(bytes.len());
            let whole = HeadGuard::new(64).scan(&bytes);
            let mut guard = HeadGuard::new(64);
            let split = match guard.scan(&bytes[..cut]) {
                Verdict::More => guard.scan(&bytes[cut..]),
                decided => decided,
            };
            prop_assert_eq!(whole, split);
        }
    }
}
