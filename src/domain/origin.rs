//! Web origins: what a browser says a page comes from, and which pages a key may be used in.
//!
//! Both sides are brought to the form browsers serialise (WHATWG HTML "ASCII serialisation of an origin", RFC 6454
//! section 6.2): scheme and host in lower case, the host in A-labels (UTS #46 as WHATWG URL section 3.3 applies it), a
//! default port left out. After that comparing is comparing text, and everything that has no such form is refused.
//!
//! This stops other people's web pages, not programs: those send the `Origin` they like. A host with a trailing dot is
//! refused rather than stripped, because for browsers it is another origin than the one without.

mod pattern;

pub use pattern::{OriginPattern, OriginRules};

use std::fmt;
use std::str::FromStr;
use thiserror::Error;
use url::Host;

/// The longest text read as an origin, in bytes; a host name in A-labels has at most 253.
const MAX_BYTES: usize = 1024;

/// What the pages of an app have as their origin, which Capacitor and Ionic serve within it: on iOS, with Ionic's older
/// web view, and on Android. Every app that is made with them has the same ones.
const APPS: [&str; 2] = ["capacitor://localhost", "ionic://localhost"];
const ANDROID_APP: &str = "https://localhost";

/// Why a text is no origin, or no pattern for origins. The messages tell a shop's developer what to write instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Error)]
#[non_exhaustive]
pub enum OriginError {
    #[error("an origin is empty; write one like `https://shop.example`")]
    Empty,
    #[error("an origin is too long")]
    TooLong,
    #[error("several origins in one; list them one by one")]
    Several,
    /// White space, a control character, a backslash or the like.
    #[error("an origin contains a character that none has, such as a space or a backslash")]
    BadCharacter,
    /// No `https://`.
    #[error("an origin begins with its scheme; write `https://shop.example`, not `shop.example`")]
    MissingScheme,
    /// A scheme whose pages have no comparable origin, such as `file:` or a browser extension's.
    #[error(
        "only `https://` and `http://` origins can be used; other apps than those of `allow_app_origins` and browser extensions need a secret key on a server"
    )]
    UnsupportedScheme,
    /// `capacitor://localhost` as a pattern.
    #[error("apps are not listed but switched on with `allow_app_origins`")]
    App,
    /// A user name or password before the host.
    #[error("an origin has no user name or password; remove everything up to the `@`")]
    UserInfo,
    /// A path, a query or a fragment, be it only the final slash.
    #[error("an origin ends after the host and port; remove the slash and everything after it")]
    NotBare,
    #[error("an origin needs a host after `://`")]
    MissingHost,
    /// No host name and no IP address.
    #[error("the origin's host is neither a host name nor an IP address (IPv6 in brackets)")]
    BadHost,
    /// `shop.example.`
    #[error("the origin's host ends with a dot; remove it")]
    TrailingDot,
    /// No number from 1 to 65535.
    #[error("the origin's port is not a number from 1 to 65535")]
    BadPort,
    /// `*` where it means nothing.
    #[error("`*` can only stand for whole labels in front of a domain, as in `https://*.shop.example`")]
    Wildcard,
    /// `*` in front of an IP address.
    #[error("`*` can only stand in front of a domain, not of an IP address")]
    WildcardAddress,
    /// `https://*.com`, `https://*.myshopify.com`
    #[error("anybody can get a name below this domain, so `*` would let strangers in; name your own domain")]
    PublicSuffix,
    /// `:*` after a host that is not this computer.
    #[error("`:*` is for `localhost`, `127.0.0.1` and `[::1]` only; name the port")]
    AnyPort,
    /// `null` as a pattern.
    #[error("`null` is not listed but switched on with `allow_null_origin`")]
    Null,
    /// `*` as a pattern.
    #[error("`*` would allow every web page; list the shop's origins")]
    Any,
}

/// Where a page comes from, in canonical form.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Origin(Kind);

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Kind {
    /// Sandboxed frames, `data:` documents, some redirects: a page that says nothing about where it comes from.
    Opaque,
    /// A page that an app brings along: one of [`APPS`].
    App(&'static str),
    Tuple {
        text: String,
        scheme: Scheme,
        host: String,
        port: u16,
        loopback: bool,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Scheme {
    Http,
    Https,
}

impl Scheme {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }

    const fn default_port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}

impl Origin {
    /// Reads the value of an `Origin` header.
    ///
    /// # Errors
    /// [`OriginError`] if it is not exactly one `http` or `https` origin, nor that of an app, nor `null`.
    pub fn parse(header: &str) -> Result<Self, OriginError> {
        if header == "null" {
            return Ok(Self(Kind::Opaque));
        }
        if let Some(app) = APPS.into_iter().find(|app| *app == header) {
            return Ok(Self(Kind::App(app)));
        }
        let pieces = Pieces::of(header)?;
        let port = pieces.port.map_or(Ok(pieces.scheme.default_port()), parse_port)?;
        if is_canonical_domain(pieces.host) {
            let (host, scheme) = (pieces.host.to_owned(), pieces.scheme);
            let (text, loopback) = (serialised(scheme, &host, Some(port)), is_loopback_name(&host));
            return Ok(Self(Kind::Tuple { text, scheme, host, port, loopback }));
        }
        let host = canonical_host(pieces.host)?;
        let text = serialised(pieces.scheme, &host.to_string(), Some(port));
        let loopback = is_loopback(&host);
        Ok(Self(Kind::Tuple { text, scheme: pieces.scheme, host: host.to_string(), port, loopback }))
    }

    /// Whether it is the opaque origin `null`.
    pub fn is_null(&self) -> bool {
        matches!(self.0, Kind::Opaque)
    }

    /// Whether it is what the pages of an app have, on one system or another.
    pub fn is_app(&self) -> bool {
        matches!(self.0, Kind::App(_)) || self.as_str() == ANDROID_APP
    }

    /// Whether the page comes from the browser's own computer: `localhost` and names below it (RFC 6761 section 6.3),
    /// 127.0.0.0/8, `[::1]`.
    pub fn is_loopback(&self) -> bool {
        matches!(self.0, Kind::Tuple { loopback: true, .. })
    }

    /// Whether the page was loaded without TLS. `null` is not known to have been.
    pub fn is_cleartext(&self) -> bool {
        matches!(self.0, Kind::Tuple { scheme: Scheme::Http, .. })
    }

    /// The canonical form, as a browser writes it.
    pub fn as_str(&self) -> &str {
        match &self.0 {
            Kind::Opaque => "null",
            Kind::App(text) => text,
            Kind::Tuple { text, .. } => text,
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Origin {
    type Err = OriginError;

    fn from_str(text: &str) -> Result<Self, OriginError> {
        Self::parse(text)
    }
}

/// `scheme://host[:port]`, taken apart but not yet understood.
struct Pieces<'a> {
    scheme: Scheme,
    host: &'a str,
    port: Option<&'a str>,
}

impl<'a> Pieces<'a> {
    fn of(text: &'a str) -> Result<Self, OriginError> {
        if text.is_empty() {
            return Err(OriginError::Empty);
        }
        if text.len() > MAX_BYTES {
            return Err(OriginError::TooLong);
        }
        if text.matches("://").count() > 1 && text.contains([' ', ',', ';', '\t', '\r', '\n']) {
            return Err(OriginError::Several);
        }
        if text.chars().any(|c| c.is_whitespace() || c.is_control() || matches!(c, '\\' | ',')) {
            return Err(OriginError::BadCharacter);
        }
        let (scheme, rest) = text.split_once("://").ok_or(OriginError::MissingScheme)?;
        let scheme = [Scheme::Https, Scheme::Http]
            .into_iter()
            .find(|known| scheme.eq_ignore_ascii_case(known.as_str()))
            .ok_or(OriginError::UnsupportedScheme)?;
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        if authority.contains('@') {
            return Err(OriginError::UserInfo);
        }
        if authority.len() != rest.len() {
            return Err(OriginError::NotBare);
        }
        // The colons inside an IPv6 address do not begin a port.
        let address_end = authority.rfind(']').map_or(0, |bracket| bracket + 1);
        let (host, port) = match authority.get(address_end..).and_then(|tail| tail.find(':')) {
            Some(colon) => {
                let (host, port) = authority.split_at(address_end + colon);
                (host, port.strip_prefix(':'))
            }
            None => (authority, None),
        };
        // A second colon: an IPv6 address without its brackets.
        if port.is_some_and(|port| port.contains(':')) {
            return Err(OriginError::BadHost);
        }
        if host.is_empty() {
            return Err(OriginError::MissingHost);
        }
        Ok(Self { scheme, host, port })
    }
}

/// Reads a port as browsers write it: without leading zeros.
fn parse_port(text: &str) -> Result<u16, OriginError> {
    if text.starts_with('0') || !text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(OriginError::BadPort);
    }
    text.parse().map_err(|_| OriginError::BadPort)
}

/// Whether a host is a name that [`canonical_host`] would give back unchanged, as nearly all are: telling costs a hundredth
/// of what the algorithms for internationalised names do.
fn is_canonical_domain(text: &str) -> bool {
    let is_plain = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with("xn--")
            && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    // What ends in a number is an IPv4 address or none (WHATWG URL section 3.5).
    let ends_in_a_letter =
        text.rsplit('.').next().is_some_and(|last| last.starts_with(|c: char| c.is_ascii_lowercase()));
    text.len() <= 253 && ends_in_a_letter && text.split('.').all(is_plain)
}

/// The host as browsers write it.
fn canonical_host(text: &str) -> Result<Host, OriginError> {
    if text.contains('%') {
        // The URL parser would decode it; in an origin nothing is ever encoded.
        return Err(OriginError::BadHost);
    }
    let host = Host::parse(text).map_err(|_| OriginError::BadHost)?;
    // The URL parser drops the one behind an IPv4 address, and browsers with it: none ever sends it.
    if matches!(host, Host::Ipv4(_)) && text.ends_with('.') {
        return Err(OriginError::TrailingDot);
    }
    if let Host::Domain(name) = &host {
        if name.ends_with('.') {
            return Err(OriginError::TrailingDot);
        }
        // WHATWG lets through what no host is called; RFC 1035 section 2.3.4 has the lengths.
        let is_label = |label: &str| {
            (1..=63).contains(&label.len())
                && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_')
        };
        if name.len() > 253 || !name.split('.').all(is_label) {
            return Err(OriginError::BadHost);
        }
    }
    Ok(host)
}

fn is_loopback(host: &Host) -> bool {
    match host {
        Host::Domain(name) => is_loopback_name(name),
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}

fn is_loopback_name(name: &str) -> bool {
    name == "localhost" || name.ends_with(".localhost")
}

/// The text of an origin, or of a pattern; `None` stands for any port.
fn serialised(scheme: Scheme, host: &str, port: Option<u16>) -> String {
    let name = scheme.as_str();
    match port {
        Some(port) if port == scheme.default_port() => format!("{name}://{host}"),
        Some(port) => format!("{name}://{host}:{port}"),
        None => format!("{name}://{host}:*"),
    }
}

#[cfg(test)]
mod tests;
