//! Watches a body in chunks (RFC 9112 section 7.1) before pingora reads it, for what pingora lets pass and whoever stands
//! in front of us may read otherwise: a size without a digit, trailer lines without a colon, extensions without end.
//!
//! Pure: it is given bytes and says where the first fault is.

use crate::edge::hops::is_token;

/// Bytes of a size with its extensions.
const SIZE_LINE: usize = 1024;
/// Bytes of all trailer lines.
const TRAILERS: usize = 8 * 1024;
/// Digits of a size, as many as fit 64 bits.
const DIGITS: usize = 16;

/// A body that no two readers need agree on; `at` bytes of those given were still well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ChunkFault {
    pub(crate) at: usize,
}

/// The scanner of one body.
#[derive(Debug, Clone)]
pub(crate) struct ChunkGuard {
    state: State,
    /// Bytes of the size's line, or of the trailers, so far.
    column: usize,
    size: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Size,
    /// Blanks between a size and its extension or end.
    Blank,
    Extension,
    SizeEnd,
    Data(u64),
    DataCr,
    DataLf,
    TrailerBegin,
    TrailerName,
    TrailerValue,
    TrailerEnd,
    LastLf,
    Done,
}

impl ChunkGuard {
    pub(crate) fn new() -> Self {
        Self { state: State::Size, column: 0, size: 0 }
    }

    /// Takes the next bytes. What follows the end of the body is not looked at.
    ///
    /// # Errors
    /// Where the first fault is. What comes then is nothing that can be read.
    pub(crate) fn scan(&mut self, bytes: &[u8]) -> Result<(), ChunkFault> {
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            match self.state {
                State::Done => return Ok(()),
                State::Data(left) => {
                    let here = (bytes.len() - at) as u64;
                    let taken = left.min(here);
                    self.state = if taken == left { State::DataCr } else { State::Data(left - taken) };
                    // No more than the slice is long.
                    at += usize::try_from(taken).unwrap_or(bytes.len());
                }
                _ => {
                    self.state = self.after(byte).ok_or(ChunkFault { at })?;
                    at += 1;
                }
            }
        }
        Ok(())
    }

    fn after(&mut self, byte: u8) -> Option<State> {
        self.column += 1;
        let next = match (self.state, byte) {
            (State::Size, _) if byte.is_ascii_hexdigit() && self.column <= DIGITS => {
                self.size = self.size << 4 | u64::from(char::from(byte).to_digit(16)?);
                State::Size
            }
            (State::Size, _) if self.column == 1 => return None,
            (State::Size | State::Blank | State::Extension, b'\r') => State::SizeEnd,
            (State::Size | State::Blank, b' ' | b'\t') => State::Blank,
            (State::Size | State::Blank, b';') => State::Extension,
            (State::Extension, _) if is_text(byte) => State::Extension,
            (State::SizeEnd, b'\n') => {
                self.column = 0;
                match std::mem::take(&mut self.size) {
                    0 => State::TrailerBegin,
                    size => State::Data(size),
                }
            }
            (State::DataCr, b'\r') => State::DataLf,
            (State::DataLf, b'\n') => {
                self.column = 0;
                State::Size
            }
            (State::TrailerBegin, b'\r') => State::LastLf,
            (State::TrailerBegin | State::TrailerName, _) if is_token(byte) => State::TrailerName,
            (State::TrailerName, b':') => State::TrailerValue,
            (State::TrailerValue, b'\r') => State::TrailerEnd,
            (State::TrailerValue, _) if is_text(byte) => State::TrailerValue,
            (State::TrailerEnd, b'\n') => State::TrailerBegin,
            (State::LastLf, b'\n') => State::Done,
            _ => return None,
        };
        let limit = match next {
            State::Size | State::Blank | State::Extension => SIZE_LINE,
            _ => TRAILERS,
        };
        (self.column <= limit).then_some(next)
    }
}

/// What may stand in a value: no control character but the tab.
fn is_text(byte: u8) -> bool {
    byte == b'\t' || byte >= b' ' && byte != 0x7f
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn scan(bytes: &[u8]) -> Result<(), ChunkFault> {
        ChunkGuard::new().scan(bytes)
    }

    #[test]
    fn bodies_as_they_should_be() {
        for good in [
            "0\r\n\r\n",
            "5\r\nhello\r\n0\r\n\r\n",
            "A\r\n0123456789\r\n00\r\n\r\nGET / anything \0\n",
            "1;name=\"a b\";x\r\nx\r\n0 ;y\r\n\r\n",
            "1 \t\r\nx\r\n0\r\nX-Sum: 1\r\nY:\r\n\r\n",
            "000000000000000f\r\n0123456789abcde\r\n0\r\n\r\n",
            "5\r\nhe",
        ] {
            scan(good.as_bytes()).unwrap_or_else(|fault| panic!("{good:?}: {fault:?}"));
        }
    }

    #[test]
    fn what_is_no_chunk_is_told_by_its_place() {
        for (bad, at) in [
            ("\r\n\r\n", 0),
            (" 5\r\n", 0),
            (";x\r\n", 0),
            ("-2\r\n", 0),
            ("zz\r\n", 0),
            ("0x2\r\n", 1),
            ("2_\r\n", 1),
            ("2\nab\r\n", 1),
            ("2\rab", 2),
            ("2 2\r\nab\r\n", 2),
            ("2;\nab\r\n", 2),
            ("2;a\0\r\n", 3),
            ("10000000000000002\r\n", 16),
            ("2\r\nabc\r\n", 5),
            ("2\r\nab\n0\r\n", 5),
            ("2\r\nab\r\n\r\n", 7),
            ("0\r\nno colon\r\n\r\n", 5),
            ("0\r\nword\r\n\r\n", 7),
            ("0\r\n: x\r\n\r\n", 3),
            ("0\r\na : x\r\n\r\n", 4),
            ("0\r\na: x\r\n folded\r\n\r\n", 9),
            ("0\r\na: x\n\r\n", 7),
            ("0\r\n\n", 3),
            ("0\r\n\rx", 4),
        ] {
            assert_eq!(scan(bad.as_bytes()), Err(ChunkFault { at }), "{bad:?}");
        }
    }

    #[test]
    fn sizes_and_trailers_end_somewhere() {
        assert!(scan(format!("1;{}\r\nx\r\n", "x".repeat(1000)).as_bytes()).is_ok());
        assert!(scan(format!("1;{}\r\n", "x".repeat(1100)).as_bytes()).is_err());
        assert!(scan(format!("0\r\n{}", "a: b\r\n".repeat(1000)).as_bytes()).is_ok());
        assert!(scan(format!("0\r\n{}", "a: b\r\n".repeat(2000)).as_bytes()).is_err());
    }

    proptest! {
        #[test]
        fn the_verdict_does_not_depend_on_how_the_bytes_arrive(
            pieces in proptest::collection::vec(
                prop_oneof![
                    Just(b"\r\n".to_vec()),
                    Just(b"3\r\nabc\r\n".to_vec()),
                    Just(b"0\r\n".to_vec()),
                    Just(b"a: b\r\n".to_vec()),
                    any::<u8>().prop_map(|byte| vec![byte]),
                ],
                0..20,
            ),
            cut in 0usize..100,
        ) {
            let bytes = pieces.concat();
            let cut = cut.min(bytes.len());
            let mut guard = ChunkGuard::new();
            let split = guard.scan(&bytes[..cut])
                .and_then(|()| guard.scan(&bytes[cut..]).map_err(|fault| ChunkFault { at: fault.at + cut }));
            prop_assert_eq!(scan(&bytes), split);
        }
    }
}
