//! Versions of things in HTTP's words: `ETag` and `If-Match` (RFC 9110 sections 8.8.3 and 13.1.1).

use crate::rejection::Rejection;
use http::{HeaderMap, HeaderValue, header};

/// The entity tag of a version; strong, because a version stands for every byte of the answer that a client may change.
pub(super) fn etag(version: i64) -> HeaderValue {
    HeaderValue::from_str(&format!("\"{version}\"")).unwrap_or_else(|_| HeaderValue::from_static("\"0\""))
}

/// What `If-Match` asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum IfMatch {
    /// `*`: whatever is there.
    Any,
    /// One of these versions.
    Versions(Vec<i64>),
}

impl IfMatch {
    /// What the request says, if it does.
    pub(super) fn of(headers: &HeaderMap) -> Option<Self> {
        let mut values = headers.get_all(header::IF_MATCH).iter().peekable();
        values.peek()?;
        let mut versions = Vec::new();
        for tag in values.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(',')).map(str::trim) {
            if tag == "*" {
                return Some(Self::Any);
            }
            // A weak tag never matches here, and neither does one that we have not made.
            let version =
                tag.strip_prefix('"').and_then(|tag| tag.strip_suffix('"')).and_then(|tag| tag.parse::<i64>().ok());
            versions.extend(version);
        }
        Some(Self::Versions(versions))
    }

    /// What the request says; it must.
    ///
    /// # Errors
    /// `precondition_required`
    pub(super) fn required(headers: &HeaderMap) -> Result<Self, Rejection> {
        Self::of(headers).ok_or(Rejection::PreconditionRequired)
    }

    /// Whether a thing of this version is meant.
    ///
    /// # Errors
    /// `precondition_failed`
    pub(super) fn check(&self, version: i64) -> Result<(), Rejection> {
        match self {
            Self::Any => Ok(()),
            Self::Versions(versions) if versions.contains(&version) => Ok(()),
            Self::Versions(_) => Err(Rejection::PreconditionFailed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(values: &[&'static str]) -> HeaderMap {
        let values = values.iter().map(|value| (header::IF_MATCH, HeaderValue::from_static(value)));
        let mut headers = HeaderMap::new();
        for (name, value) in values {
            headers.append(name, value);
        }
        headers
    }

    #[test]
    fn only_tags_that_we_made_match() {
        assert_eq!(IfMatch::required(&headers(&[])), Err(Rejection::PreconditionRequired));
        for good in ["\"7\"", "*", "\"6\", \"7\"", "W/\"6\", \"7\""] {
            assert_eq!(IfMatch::required(&headers(&[good])).unwrap().check(7), Ok(()), "{good}");
        }
        for bad in ["\"6\"", "7", "W/\"7\"", "\"7", "", "\"seven\"", "\"6\",,"] {
            let found = IfMatch::required(&headers(&[bad])).unwrap().check(7);
            assert_eq!(found, Err(Rejection::PreconditionFailed), "{bad}");
        }
        assert_eq!(IfMatch::of(&headers(&["\"6\"", "\"7\""])).unwrap().check(7), Ok(()));
        assert_eq!(etag(7), "\"7\"");
    }
}
