//! The canonical form of a request path, which is all that routing and forwarding ever look at.
//!
//! AnythingLLM's router forgives: letters of its routes in any case, doubled slashes, a trailing slash, percent-encoded
//! characters. If we matched the client's bytes and passed the same bytes on, one of those spellings would sooner or
//! later be read differently on the two sides. So a path is decoded once, everything ambiguous is refused, and what is
//! forwarded is written by us from the decoded form (RFC 3986 sections 3.3 and 6.2.2).
//!
//! The case of letters is kept, because workspace slugs are case-sensitive. The public listener compares its routes
//! case-sensitively: a route spelled in other letters is not found there, though AnythingLLM would have answered it.
//!
//! This module knows no routes and decides no access. It must not guess: what it cannot represent exactly, it refuses.

use std::fmt;
use std::ops::Deref;
use thiserror::Error;

/// The longest path accepted, in bytes as sent. AnythingLLM itself refuses request heads over 16 KiB.
pub const MAX_PATH_BYTES: usize = 8 * 1024;

/// A path decoded once, without repeated or trailing slashes and without dot segments.
///
/// Starts with `/` and never contains `%`, `?`, `#`, `;`, a backslash or a control character, so that nothing
/// downstream can decode it a second time or read parameters into it. Two spellings of a path that AnythingLLM takes
/// for the same have equal canonical paths, except for the case of letters.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CanonicalPath(String);

/// Why a path has no canonical form. Messages name the fault, never the path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Error)]
#[non_exhaustive]
pub enum PathError {
    /// Longer than [`MAX_PATH_BYTES`].
    #[error("the path is longer than {MAX_PATH_BYTES} bytes")]
    TooLong,
    /// Does not begin with a slash (also `*` and the empty path).
    #[error("the path does not begin with a slash")]
    NotAbsolute,
    /// `%2F`: one segment for us, two for whoever decodes first and splits later.
    #[error("the path contains an encoded slash")]
    EncodedSlash,
    /// A backslash, plain or as `%5C`: some software takes it for a slash.
    #[error("the path contains a backslash")]
    Backslash,
    /// NUL, another C0 or C1 control character, or DEL, plain or encoded.
    #[error("the path contains a control character")]
    Control,
    /// A `.` or `..` segment, plain or encoded.
    #[error("the path contains a dot segment")]
    DotSegment,
    /// `%` without two hexadecimal digits after it.
    #[error("the path contains an incomplete percent-encoding")]
    InvalidEncoding,
    /// `%25`: the decoded path would itself look percent-encoded.
    #[error("the path contains an encoded percent sign")]
    DoubleEncoding,
    /// The decoded bytes are not UTF-8 (overlong forms and surrogates among them).
    #[error("the path is not valid UTF-8")]
    NotUtf8,
    /// `;`, `?` or `#`, plain or encoded: they start something that is not path.
    #[error("the path contains a `;`, `?` or `#`")]
    Delimiter,
}

/// Brings a request path (without the query) to its canonical form.
///
/// Takes what stands in the request line as well as a [`CanonicalPath`]'s own text, which it leaves alone.
///
/// # Errors
/// [`PathError`] if the path could mean different things to different readers.
pub fn canonicalise(raw_path: &str) -> Result<CanonicalPath, PathError> {
    if raw_path.len() > MAX_PATH_BYTES {
        return Err(PathError::TooLong);
    }
    if !raw_path.starts_with('/') {
        return Err(PathError::NotAbsolute);
    }
    let mut path = String::with_capacity(raw_path.len());
    // Split before decoding: an encoded slash must never become a separator.
    for raw in raw_path.split('/').filter(|segment| !segment.is_empty()) {
        path.push('/');
        let start = path.len();
        push_decoded(raw, &mut path)?;
        let segment = path.get(start..).unwrap_or_default();
        if segment == "." || segment == ".." {
            return Err(PathError::DotSegment);
        }
    }
    if path.is_empty() {
        path.push('/');
    }
    Ok(CanonicalPath(path))
}

/// Decodes one segment onto `path`.
fn push_decoded(raw: &str, path: &mut String) -> Result<(), PathError> {
    if !raw.contains('%') {
        check(raw)?;
        path.push_str(raw);
        return Ok(());
    }
    let mut decoded = Vec::with_capacity(raw.len());
    let mut bytes = raw.bytes();
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            decoded.push(byte);
            continue;
        }
        let high = bytes.next().and_then(hex_value).ok_or(PathError::InvalidEncoding)?;
        let low = bytes.next().and_then(hex_value).ok_or(PathError::InvalidEncoding)?;
        match high << 4 | low {
            b'/' => return Err(PathError::EncodedSlash),
            b'%' => return Err(PathError::DoubleEncoding),
            byte => decoded.push(byte),
        }
    }
    let segment = String::from_utf8(decoded).map_err(|_| PathError::NotUtf8)?;
    check(&segment)?;
    path.push_str(&segment);
    Ok(())
}

/// Refuses the characters that no canonical path has. `/` and `%` cannot occur here any more.
fn check(segment: &str) -> Result<(), PathError> {
    for c in segment.chars() {
        match c {
            '\\' => return Err(PathError::Backslash),
            ';' | '?' | '#' => return Err(PathError::Delimiter),
            c if c.is_control() => return Err(PathError::Control),
            _ => {}
        }
    }
    Ok(())
}

fn hex_value(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

impl CanonicalPath {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The decoded segments; none for `/`.
    pub fn segments(&self) -> impl Iterator<Item = &str> {
        self.0.split('/').filter(|segment| !segment.is_empty())
    }

    /// The path as it belongs into a request line: everything but RFC 3986's `pchar` encoded, in upper-case digits.
    pub fn to_forward(&self) -> String {
        const HEX: [char; 16] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F'];
        let mut out = String::with_capacity(self.0.len());
        for byte in self.0.bytes() {
            if byte == b'/' || is_pchar(byte) {
                out.push(char::from(byte));
            } else {
                out.push('%');
                out.extend([byte >> 4, byte & 15].iter().filter_map(|&nibble| HEX.get(usize::from(nibble))));
            }
        }
        out
    }

    /// Whether this is `path`, letters of ASCII in any case, as AnythingLLM compares its routes.
    pub fn eq_ignore_case(&self, path: &str) -> bool {
        self.0.eq_ignore_ascii_case(path)
    }

    /// Whether this is `prefix` or lies below it, letters of ASCII in any case.
    ///
    /// Whole segments only: `/api/embedded` does not lie below `/api/embed`.
    pub fn starts_with_ignore_case(&self, prefix: &str) -> bool {
        let prefix = prefix.trim_end_matches('/').as_bytes();
        let path = self.0.as_bytes();
        path.get(..prefix.len()).is_some_and(|head| head.eq_ignore_ascii_case(prefix))
            && matches!(path.get(prefix.len()), None | Some(b'/'))
    }
}

/// What RFC 3986 lets stand unencoded in a segment, less `;`, which a canonical path does not have.
fn is_pchar(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,=:@".contains(&byte)
}

impl Deref for CanonicalPath {
    type Target = str;

    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl AsRef<str> for CanonicalPath {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl fmt::Display for CanonicalPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests;
