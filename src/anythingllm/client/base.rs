//! The address of AnythingLLM, taken apart once and put together for each call.

use super::BadUpstreamConfig;
use crate::anythingllm::error::{Said, UpstreamError};
use http::{HeaderValue, Uri};

/// The address of AnythingLLM, taken apart once.
#[derive(Debug)]
pub(super) struct Base {
    address: Uri,
    host: HeaderValue,
    /// Without a trailing slash; empty for the root.
    prefix: String,
}

impl Base {
    pub(super) fn parse(url: &str) -> Result<Self, BadUpstreamConfig> {
        let url = url.parse::<Uri>().map_err(|_| BadUpstreamConfig::Url)?;
        let authority = url.authority().ok_or(BadUpstreamConfig::Url)?;
        if !matches!(url.scheme_str(), Some("http" | "https")) || url.query().is_some() {
            return Err(BadUpstreamConfig::Url);
        }
        // Not the authority as it stands: it may begin with a name and a password.
        let host = match authority.port_u16() {
            Some(port) => HeaderValue::try_from(format!("{}:{port}", authority.host())),
            None => HeaderValue::try_from(authority.host()),
        };
        let host = host.map_err(|_| BadUpstreamConfig::Url)?;
        let prefix = url.path().trim_end_matches('/').to_owned();
        Ok(Self { address: url, host, prefix })
    }

    /// What to connect to: scheme, host and port.
    pub(super) fn address(&self) -> &Uri {
        &self.address
    }

    /// The `Host` of each request.
    pub(super) fn host(&self) -> &HeaderValue {
        &self.host
    }

    /// The target of a request for `path` (RFC 9112 section 3.2.1).
    pub(super) fn join(&self, path: &str) -> Result<Uri, UpstreamError> {
        let path = format!("{}{path}", self.prefix);
        Uri::try_from(path).map_err(|error| UpstreamError::Contract(Said::of(&error)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_may_have_a_path_but_no_query() {
        for (url, host, path) in [
            ("http://a:3001", "a:3001", "/api/ping"),
            ("https://a/llm/", "a", "/llm/api/ping"),
            ("http://name:word@[::1]:3001/", "[::1]:3001", "/api/ping"),
        ] {
            let base = Base::parse(url).unwrap();
            assert_eq!((base.host().to_str().unwrap(), base.join("/api/ping").unwrap().path()), (host, path));
        }
        for bad in ["", "a:3001", "ftp://a", "http://a/?x=1", "/api"] {
            assert!(Base::parse(bad).is_err(), "{bad}");
        }
    }
}
