//! The address of AnythingLLM, taken apart once and put together for each call.

use super::BadUpstreamConfig;
use crate::anythingllm::error::{Said, UpstreamError};
use http::{Uri, uri};

/// The address of AnythingLLM, taken apart once.
#[derive(Debug)]
pub(super) struct Base {
    scheme: uri::Scheme,
    authority: uri::Authority,
    /// Without a trailing slash; empty for the root.
    prefix: String,
}

impl Base {
    pub(super) fn parse(url: &str) -> Result<Self, BadUpstreamConfig> {
        let parts = url.parse::<Uri>().map_err(|_| BadUpstreamConfig::Url)?.into_parts();
        let scheme = parts.scheme.filter(|s| *s == uri::Scheme::HTTP || *s == uri::Scheme::HTTPS);
        let path = parts.path_and_query;
        if path.as_ref().is_some_and(|p| p.query().is_some()) {
            return Err(BadUpstreamConfig::Url);
        }
        Ok(Self {
            scheme: scheme.ok_or(BadUpstreamConfig::Url)?,
            authority: parts.authority.ok_or(BadUpstreamConfig::Url)?,
            prefix: path.map_or_else(String::new, |p| p.path().trim_end_matches('/').to_owned()),
        })
    }

    pub(super) fn join(&self, path: &str) -> Result<Uri, UpstreamError> {
        Uri::builder()
            .scheme(self.scheme.clone())
            .authority(self.authority.clone())
            .path_and_query(format!("{}{path}", self.prefix))
            .build()
            .map_err(|error| UpstreamError::Contract(Said::of(&error)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_may_have_a_path_but_no_query() {
        assert_eq!(Base::parse("http://a:3001").unwrap().join("/api/ping").unwrap(), "http://a:3001/api/ping");
        assert_eq!(Base::parse("https://a/llm/").unwrap().join("/api/ping").unwrap(), "https://a/llm/api/ping");
        for bad in ["", "a:3001", "ftp://a", "http://a/?x=1", "/api"] {
            assert!(Base::parse(bad).is_err(), "{bad}");
        }
    }
}
