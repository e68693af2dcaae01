//! Heads that may name a host in their target: held back until they are whole, and handed on with a path if that means
//! the same (`absolute_form`). All others are handed on as they come.

use super::GuardedStream;
use crate::edge::absolute_form::with_a_path;
use crate::edge::head_guard::Target;
use bytes::BytesMut;
use std::io;
use std::task::{Context, Poll, ready};
use tokio::io::ReadBuf;

#[derive(Debug, Default)]
pub(super) struct Held {
    bytes: BytesMut,
    /// Nothing more is waited for.
    is_ready: bool,
    /// Of the head that was looked at last.
    pub(super) target: Target,
}

impl Held {
    pub(super) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// All that was not handed on.
    pub(super) fn take(&mut self) -> BytesMut {
        std::mem::take(self).bytes
    }

    /// Hands on what was looked at, and says whether there was something.
    pub(super) fn hand_on(&mut self, buf: &mut ReadBuf<'_>) -> bool {
        if !self.is_ready {
            return false;
        }
        let most = self.bytes.len().min(buf.remaining());
        buf.put_slice(&self.bytes.split_to(most));
        if self.bytes.is_empty() {
            *self = Self::default();
        }
        true
    }

    /// Takes what was read behind `before` out of `buf`, if it is to be held back, and says so. `is_within`: the head goes
    /// on.
    fn hold(&mut self, buf: &mut ReadBuf<'_>, before: usize, is_within: bool) -> bool {
        let fresh = buf.filled().get(before..).unwrap_or_default();
        let is_passed = self.target == Target::Other && self.bytes.is_empty();
        if is_passed || fresh.is_empty() {
            return false;
        }
        self.bytes.extend_from_slice(fresh);
        buf.set_filled(before);
        if is_within && self.target != Target::Other {
            return true;
        }
        if self.target == Target::Host
            && let Some(plain) = with_a_path(&self.bytes)
        {
            self.bytes = plain;
        }
        self.is_ready = true;
        self.hand_on(buf);
        false
    }
}

impl GuardedStream {
    /// Reads of a head what may be handed on.
    pub(super) fn poll_head(&mut self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        loop {
            let before = buf.filled().len();
            ready!(self.poll_guarded_read(cx, buf))?;
            let is_within = self.guard.has_begun();
            if !self.held.hold(buf, before, is_within) {
                return Poll::Ready(Ok(()));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edge::head_guard::{HeadGuard, Verdict};

    /// What is handed on of these pieces, by as many bytes at a time as there is space for.
    fn handed_on(pieces: &[&[u8]], space: usize) -> String {
        let (mut held, mut guard, mut all) = (Held::default(), HeadGuard::new(999), Vec::new());
        for piece in pieces {
            let is_within = guard.scan(piece) == Verdict::More;
            held.target = guard.target();
            let mut memory = vec![0; piece.len()];
            let mut buf = ReadBuf::new(&mut memory);
            buf.put_slice(piece);
            held.hold(&mut buf, 0, is_within);
            all.extend_from_slice(buf.filled());
            loop {
                let mut memory = vec![0; space];
                let mut buf = ReadBuf::new(&mut memory);
                if !held.hand_on(&mut buf) {
                    break;
                }
                all.extend_from_slice(buf.filled());
            }
        }
        assert!(held.is_empty());
        String::from_utf8(all).unwrap()
    }

    #[test]
    fn a_head_means_the_same_in_whatever_pieces_it_comes() {
        for (head, told) in [
            ("GET http://a:80/x HTTP/1.1\r\nhost: a\r\n\r\nbody", "GET /x HTTP/1.1\r\nhost: a\r\n\r\nbody"),
            ("GET http://b/x HTTP/1.1\r\nhost: a\r\n\r\n", "GET http://b/x HTTP/1.1\r\nhost: a\r\n\r\n"),
            ("\r\nGET /http://a HTTP/1.1\r\nhost: a\r\n\r\n", "\r\nGET /http://a HTTP/1.1\r\nhost: a\r\n\r\n"),
        ] {
            for space in [1, 7, 999] {
                assert_eq!(handed_on(&[head.as_bytes()], space), told);
                let end = head.find("\r\n\r\n").unwrap() + 4;
                for cut in 1..end {
                    let (begin, rest) = head.as_bytes().split_at(cut);
                    assert_eq!(handed_on(&[begin, rest], space), told, "{cut}");
                }
            }
        }
    }
}
