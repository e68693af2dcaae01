//! Why a call to an address of a customer's was not made or not answered.
//!
//! Every text may be shown to the shop that named the address: none holds an IP address, what was resolved, or what the
//! other side said. What a name leads to inside the operator's network is not told either, not even that it leads
//! anywhere.

use crate::config::BadAuthorities;
use tokio_rustls::rustls;

/// `[outbound]` cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BadOutboundConfig {
    #[error("{0}")]
    Authorities(#[from] BadAuthorities),
    #[error("TLS cannot be set up: {0}")]
    Tls(#[from] rustls::Error),
}

/// A closed list, so that every case has a stable code and a sentence that helps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OutboundError {
    /// Not an address that can be called: another scheme, a user name in it, a port of another service.
    #[error("the address {0}")]
    Address(&'static str),
    /// Plain http outside `outbound.allowed_networks`.
    #[error("the address must begin with https://")]
    NotHttps,
    /// No such host, or one that is neither on the public internet nor in `outbound.allowed_networks`. Told apart, the
    /// two would say which names there are inside.
    #[error("there is no such host on the public internet")]
    NoPublicHost,
    #[error("no connection could be made to the server")]
    Connect,
    /// The certificate is not valid for the host, or not from an authority that browsers or `outbound.ca_file` trust.
    #[error("the server's TLS certificate is not valid for this host")]
    Tls,
    /// Not in time.
    #[error("the server did not answer in time")]
    Timeout,
    /// The connection ended in the middle.
    #[error("the server closed the connection before its answer was complete")]
    Reset,
    /// What came is not HTTP.
    #[error("the server's answer is not HTTP")]
    NotHttp,
    /// More redirects than anybody needs, or in a circle.
    #[error("the server redirects too many times")]
    TooManyRedirects,
    /// A redirect without an address, or to one that may not be called.
    #[error("the server redirects to an address that may not be called")]
    BadRedirect,
    #[error("the answer is larger than {limit} bytes")]
    TooLarge {
        /// In bytes.
        limit: u64,
    },
    /// Compressed in a way that is not understood, or damaged.
    #[error("the answer is compressed in a way that cannot be read")]
    Encoding,
}

impl OutboundError {
    /// Stable: stored with the connection and shown to programs.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Address(_) => "address_not_callable",
            Self::NotHttps => "https_required",
            Self::NoPublicHost => "host_not_public",
            Self::Connect => "connect_failed",
            Self::Tls => "tls_failed",
            Self::Timeout => "timeout",
            Self::Reset => "connection_lost",
            Self::NotHttp => "not_http",
            Self::TooManyRedirects => "too_many_redirects",
            Self::BadRedirect => "redirect_not_allowed",
            Self::TooLarge { .. } => "answer_too_large",
            Self::Encoding => "encoding_not_readable",
        }
    }

    /// Whether the same call may succeed later without anybody changing the address.
    pub const fn may_pass(self) -> bool {
        matches!(self, Self::NoPublicHost | Self::Connect | Self::Timeout | Self::Reset)
    }
}
