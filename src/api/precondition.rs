//! Versions of things in HTTP's words: `ETag`, `If-Match` and `If-None-Match` (RFC 9110 sections 8.8.3, 13.1.1,
//! 13.1.2).

use crate::rejection::Rejection;
use http::{HeaderMap, HeaderValue, header};
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;

/// The entity tag of a version; strong, because a version stands for every byte of the answer that a client may change.
pub(super) fn etag(version: i64) -> HeaderValue {
    HeaderValue::from_str(&format!("\"{version}\"")).unwrap_or_else(|_| HeaderValue::from_static("\"0\""))
}

/// A strong validator (RFC 9110, section 8.8.1): equal for equal bytes only.
pub(super) fn body_tag(body: &[u8]) -> String {
    let digest = Sha256::digest(body);
    let mut tag = String::from("\"");
    for byte in digest.iter().take(16) {
        let _ = write!(tag, "{byte:02x}");
    }
    tag.push('"');
    tag
}

/// A header's values, as one list.
pub(super) fn all(headers: &HeaderMap, name: &header::HeaderName) -> Option<String> {
    let values: Vec<_> = headers.get_all(name).iter().filter_map(|value| value.to_str().ok()).collect();
    (!values.is_empty()).then(|| values.join(","))
}

/// Whether the client has these bytes already: `If-None-Match` names their tag.
pub(super) fn is_known(headers: &HeaderMap, tag: &str) -> bool {
    all(headers, &header::IF_NONE_MATCH).is_some_and(|tags| names(&tags, tag))
}

/// Whether `If-None-Match` names the tag: weak comparison (RFC 9110, section 13.1.2).
fn names(tags: &str, tag: &str) -> bool {
    tags.split(',').map(str::trim).any(|one| one == "*" || one.strip_prefix("W/").unwrap_or(one) == tag)
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

    #[test]
    fn tags_are_compared_weakly_and_in_lists() {
        let tag = body_tag(b"{}");
        assert_eq!(tag.len(), 34);
        assert_ne!(tag, body_tag(b"[]"));
        for named in [tag.clone(), "*".into(), format!("W/{tag}"), format!("\"x\", {tag}"), format!("{tag},\"x\"")] {
            assert!(names(&named, &tag), "{named}");
        }
        for other in ["", "\"x\"", tag.trim_matches('"'), "W/*"] {
            assert!(!names(other, &tag), "{other}");
        }
    }
}
