//! How a feed is meant where it does not say it itself.

use crate::domain::words::words;
use encoding_rs::Encoding;
use serde::{Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

words! {
    /// What stands before the decimals of a feed's prices.
    DecimalSeparator {
        Point = ".",
        Comma = ",",
    }
}

impl DecimalSeparator {
    pub const fn as_char(self) -> char {
        match self {
            Self::Point => '.',
            Self::Comma => ',',
        }
    }
}

/// An encoding by one of its names in the Encoding Standard, such as `windows-1252`, `ISO-8859-15` or `utf-16le`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct FeedEncoding(&'static Encoding);

/// The text is not the name of an encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not the name of an encoding")]
pub struct UnknownEncoding;

impl FromStr for FeedEncoding {
    type Err = UnknownEncoding;

    fn from_str(label: &str) -> Result<Self, UnknownEncoding> {
        Encoding::for_label_no_replacement(label.as_bytes()).map(Self).ok_or(UnknownEncoding)
    }
}

impl FeedEncoding {
    /// Its name in the Encoding Standard.
    pub fn as_str(self) -> &'static str {
        self.0.name()
    }

    /// What decodes it.
    pub fn encoding(self) -> &'static Encoding {
        self.0
    }

    /// What the `charset` of a content type says, if it is known.
    pub fn of_content_type(value: &str) -> Option<Self> {
        let parameter = |part: &str| {
            let (name, value) = part.split_once('=')?;
            name.trim().eq_ignore_ascii_case("charset").then(|| value.trim().trim_matches(['"', '\'']).to_owned())
        };
        value.split(';').skip(1).find_map(parameter)?.parse().ok()
    }
}

impl Serialize for FeedEncoding {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl fmt::Debug for FeedEncoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::FeedEncoding;

    #[test]
    fn a_content_type_tells_the_encoding() {
        let name = |value: &str| FeedEncoding::of_content_type(value).map(FeedEncoding::as_str);
        assert_eq!(name("text/csv; charset=ISO-8859-1"), Some("windows-1252"));
        assert_eq!(name("text/csv;header=present; Charset=\"iso-8859-15\""), Some("ISO-8859-15"));
        assert_eq!(name("text/xml; charset=utf-8"), Some("UTF-8"));
        for unknown in ["text/csv", "text/csv; charset=", "text/csv; charset=klingon", "charset=utf-8"] {
            assert_eq!(name(unknown), None, "{unknown}");
        }
    }
}
