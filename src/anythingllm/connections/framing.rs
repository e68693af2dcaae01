//! Where the body of an answer ends (RFC 9112 section 6), and what of it has arrived. Does no I/O.
//!
//! Pieces are handed out as they are chunked, without copying them. What is malformed is an error and never guessed at:
//! the connection is then closed, so that no answer is ever taken for another one.

use super::Broken;
use bytes::{Buf as _, Bytes, BytesMut};
use memchr::memchr;

/// The line before a chunk, with extensions, and each line behind the last one, in bytes.
const LONGEST_LINE: usize = 4 * 1024;
/// Lines behind the last chunk; nobody reads them.
const MOST_TRAILERS: usize = 64;

/// What is left of a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Framing {
    /// So many bytes.
    Length(u64),
    /// Chunks, and where among them we are.
    Chunks(Place),
    /// Everything until the connection is closed.
    ToTheEnd,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// Before a chunk: the line that says how large it is.
    Size,
    /// Within one, so many bytes before its end.
    Data(u64),
    /// Behind one: the end of its line.
    DataEnd,
    /// Behind the last one, so many lines of trailers on.
    Trailers(usize),
    End,
}

/// What can be taken of the body now.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    Piece(Bytes),
    /// More has to arrive.
    More,
    End,
}

impl Framing {
    pub(super) const NONE: Self = Self::Length(0);
    pub(super) const CHUNKED: Self = Self::Chunks(Place::Size);

    /// Takes the next piece off what has arrived.
    ///
    /// # Errors
    /// [`Broken::Malformed`]; nothing behind it means anything.
    pub(super) fn next(&mut self, arrived: &mut BytesMut) -> Result<Next, Broken> {
        match self {
            Self::Length(0) => Ok(Next::End),
            Self::Length(left) => Ok(piece(left, arrived)),
            Self::Chunks(place) => place.next(arrived),
            Self::ToTheEnd if arrived.is_empty() => Ok(Next::More),
            Self::ToTheEnd => Ok(Next::Piece(arrived.split().freeze())),
        }
    }

    /// Whether the end of the connection is the end of the body.
    ///
    /// # Errors
    /// [`Broken::Closed`]
    pub(super) fn closed(self) -> Result<(), Broken> {
        if self == Self::ToTheEnd { Ok(()) } else { Err(Broken::Closed) }
    }

    /// Its bytes, if they are known.
    pub(super) fn left(self) -> Option<u64> {
        match self {
            Self::Length(left) => Some(left),
            Self::Chunks(Place::End) => Some(0),
            Self::Chunks(_) | Self::ToTheEnd => None,
        }
    }
}

impl Place {
    fn next(&mut self, arrived: &mut BytesMut) -> Result<Next, Broken> {
        loop {
            *self = match self {
                Self::Size => match take_line(arrived, size)? {
                    None => return Ok(Next::More),
                    Some(0) => Self::Trailers(0),
                    Some(size) => Self::Data(size),
                },
                Self::Data(left) => {
                    let next = piece(left, arrived);
                    if *left == 0 {
                        *self = Self::DataEnd;
                    }
                    return Ok(next);
                }
                Self::DataEnd => match &arrived[..] {
                    [b'\r', b'\n', ..] => {
                        arrived.advance(2);
                        Self::Size
                    }
                    [] | [b'\r'] => return Ok(Next::More),
                    _ => return Err(Broken::Malformed("a chunk is longer than it says")),
                },
                Self::Trailers(lines) => match take_line(arrived, |line| Ok(line.is_empty()))? {
                    None => return Ok(Next::More),
                    Some(true) => Self::End,
                    Some(false) if *lines == MOST_TRAILERS => return Err(Broken::Malformed("too many trailers")),
                    Some(false) => Self::Trailers(*lines + 1),
                },
                Self::End => return Ok(Next::End),
            };
        }
    }
}

/// As much of what is left as has arrived.
fn piece(left: &mut u64, arrived: &mut BytesMut) -> Next {
    if arrived.is_empty() {
        return Next::More;
    }
    let length = usize::try_from(*left).unwrap_or(usize::MAX).min(arrived.len());
    *left -= length as u64;
    Next::Piece(arrived.split_to(length).freeze())
}

/// What a whole line says, without its end; none while that has not arrived.
fn take_line<T>(arrived: &mut BytesMut, read: impl FnOnce(&[u8]) -> Result<T, Broken>) -> Result<Option<T>, Broken> {
    let searched = arrived.get(..LONGEST_LINE).unwrap_or(arrived);
    let Some(end) = memchr(b'\n', searched) else {
        let too_long = arrived.len() >= LONGEST_LINE;
        return if too_long { Err(Broken::Malformed("a line without end among chunks")) } else { Ok(None) };
    };
    let Some((b'\r', line)) = searched.get(..end).and_then(<[u8]>::split_last) else {
        return Err(Broken::Malformed("a line among chunks does not end as it must"));
    };
    let said = read(line)?;
    arrived.advance(end + 1);
    Ok(Some(said))
}

/// What the line before a chunk says (RFC 9112 section 7.1): hexadecimal digits, and perhaps extensions.
fn size(line: &[u8]) -> Result<u64, Broken> {
    let digits = line.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
    let (digits, rest) = line.split_at(digits);
    let is_size = (1..=15).contains(&digits.len()) && matches!(rest.first(), None | Some(b';' | b' ' | b'\t'));
    let size = str::from_utf8(digits).ok().filter(|_| is_size).and_then(|digits| u64::from_str_radix(digits, 16).ok());
    size.ok_or(Broken::Malformed("a chunk does not say how large it is"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What a body comes to that arrives in these pieces: its bytes, what is left over, and whether it ended.
    fn read(mut framing: Framing, pieces: &[&[u8]]) -> Result<(Vec<u8>, Vec<u8>, bool), Broken> {
        let (mut arrived, mut body, mut ended) = (BytesMut::new(), Vec::new(), false);
        for piece in pieces {
            arrived.extend_from_slice(piece);
            loop {
                match framing.next(&mut arrived)? {
                    Next::Piece(piece) => body.extend_from_slice(&piece),
                    Next::More => break,
                    Next::End => {
                        ended = true;
                        break;
                    }
                }
            }
        }
        Ok((body, arrived.to_vec(), ended))
    }

    fn chunks(text: &str) -> Result<(Vec<u8>, Vec<u8>, bool), Broken> {
        read(Framing::CHUNKED, &[text.as_bytes()])
    }

    #[test]
    fn chunks_are_put_together_and_end_where_they_say() {
        for (text, body, left) in [
            ("0\r\n\r\n", "", ""),
            ("1\r\na\r\n0\r\n\r\n", "a", ""),
            (
                "0a\r\n0123456789\r\nB;x=1\r\n0123456789a\r\n0\r\nexpires: now\r\n\r\nHTTP",
                "01234567890123456789a",
                "HTTP",
            ),
            ("2 \r\n\r\n\r\n000\r\n\r\n", "\r\n", ""),
        ] {
            assert_eq!(chunks(text).unwrap(), (body.into(), left.into(), true), "{text:?}");
        }
    }

    #[test]
    fn what_is_malformed_is_never_guessed_at() {
        for text in [
            "\r\n",
            "g\r\n",
            "-1\r\n",
            "+1\r\na",
            "0x1\r\na",
            "1\na",
            "1\r\nab\r\n",
            "1\r\na\n",
            "1x\r\n",
            "1\r\na\rb",
            "1000000000000000\r\n",
            "0\r\na\n\r\n",
            "é\r\n",
        ] {
            assert!(matches!(chunks(text), Err(Broken::Malformed(_))), "{text:?}");
        }
        let endless = format!("1;{}", "x".repeat(LONGEST_LINE));
        assert!(matches!(chunks(&endless), Err(Broken::Malformed(_))));
        let trailers = format!("0\r\n{}", "a: b\r\n".repeat(MOST_TRAILERS + 1));
        assert!(matches!(chunks(&trailers), Err(Broken::Malformed(_))));
    }

    #[test]
    fn only_a_body_without_a_length_ends_with_its_connection() {
        assert!(Framing::ToTheEnd.closed().is_ok());
        assert!(matches!(Framing::Length(1).closed(), Err(Broken::Closed)));
        assert!(matches!(Framing::Chunks(Place::Data(3)).closed(), Err(Broken::Closed)));
        assert!(matches!(Framing::CHUNKED.closed(), Err(Broken::Closed)));
    }

    proptest! {
        #[test]
        fn how_a_body_is_cut_makes_no_difference(
            parts in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..40), 0..6),
            cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..8),
        ) {
            let mut wire = Vec::new();
            for part in &parts {
                wire.extend_from_slice(format!("{:x}\r\n", part.len()).as_bytes());
                wire.extend_from_slice(part);
                wire.extend_from_slice(b"\r\n");
            }
            wire.extend_from_slice(b"0\r\n\r\nnext");
            let mut places: Vec<usize> = cuts.iter().map(|cut| cut.index(wire.len() + 1)).collect();
            places.sort_unstable();
            let (mut pieces, mut start) = (Vec::new(), 0);
            for place in places.into_iter().chain([wire.len()]) {
                pieces.push(&wire[start..place]);
                start = place;
            }
            let expected = (parts.concat(), b"next".to_vec(), true);
            prop_assert_eq!(read(Framing::CHUNKED, &pieces).unwrap(), expected.clone());
            let single: Vec<&[u8]> = wire.chunks(1).collect();
            prop_assert_eq!(read(Framing::CHUNKED, &single).unwrap(), expected);
        }

        #[test]
        fn no_bytes_panic_and_no_more_comes_out_than_went_in(wire in prop_oneof![
            prop::collection::vec(any::<u8>(), 0..200),
            "[0-9a-f;\\r\\n]{0,60}".prop_map(String::into_bytes),
        ], length in 0..100_u64) {
            for framing in [Framing::CHUNKED, Framing::Length(length), Framing::ToTheEnd] {
                if let Ok((body, left, _)) = read(framing, &[&wire]) {
                    prop_assert!(body.len() + left.len() <= wire.len());
                }
            }
        }
    }
}
