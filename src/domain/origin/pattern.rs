//! What a shop writes down about its origins, and whether a page's origin is among them.
//!
//! Must not let a pattern match more than its author can see in it: `*` stands for whole labels only, never reaches up
//! to a domain where strangers can have names, and never stands for the domain itself.

use super::{APPS, Kind, Origin, OriginError, Pieces, Scheme, canonical_host, is_loopback, parse_port, serialised};
use std::fmt;
use std::str::FromStr;
use url::Host;

/// An entry of a key's list of origins, in canonical form.
///
/// - `https://shop.example`, `https://shop.example:8443`, `http://192.0.2.1`: this origin.
/// - `https://*.shop.example`: every origin with one or more labels before `shop.example`, but not `shop.example`.
/// - `http://localhost:*`: any port of this computer.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct OriginPattern {
    text: String,
    scheme: Scheme,
    host: HostPattern,
    /// `None` is any port.
    port: Option<u16>,
    loopback: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum HostPattern {
    Exactly(String),
    Below(String),
}

impl OriginPattern {
    /// Reads an entry as a shop's developer wrote it.
    ///
    /// # Errors
    /// [`OriginError`], with words for that developer.
    pub fn parse(text: &str) -> Result<Self, OriginError> {
        match text {
            "null" => return Err(OriginError::Null),
            "*" => return Err(OriginError::Any),
            app if APPS.contains(&app) => return Err(OriginError::App),
            _ => {}
        }
        let Pieces { scheme, host, port } = Pieces::of(text)?;
        let (host, base) = match host.strip_prefix("*.") {
            Some(base) => {
                let base = wildcard_base(base)?;
                (HostPattern::Below(base.to_string()), base)
            }
            None if host.contains('*') => return Err(OriginError::Wildcard),
            None => {
                let host = canonical_host(host)?;
                (HostPattern::Exactly(host.to_string()), host)
            }
        };
        let loopback = is_loopback(&base);
        let port = match port {
            None => Some(scheme.default_port()),
            Some("*") if loopback => None,
            Some("*") => return Err(OriginError::AnyPort),
            Some(port) => Some(parse_port(port)?),
        };
        let text = match &host {
            HostPattern::Exactly(name) => serialised(scheme, name, port),
            HostPattern::Below(name) => serialised(scheme, &format!("*.{name}"), port),
        };
        Ok(Self { text, scheme, host, port, loopback })
    }

    /// Whether the origin is one of those meant. `null` never is.
    pub fn matches(&self, origin: &Origin) -> bool {
        let Kind::Tuple { scheme, host, port, .. } = &origin.0 else {
            return false;
        };
        *scheme == self.scheme
            && self.port.is_none_or(|own| own == *port)
            && match &self.host {
                HostPattern::Exactly(name) => host == name,
                HostPattern::Below(name) => is_below(host, name),
            }
    }

    /// Whether every origin that `other` means is meant by this one, too.
    pub fn covers(&self, other: &Self) -> bool {
        self.scheme == other.scheme
            && self.port.is_none_or(|own| other.port == Some(own))
            && match (&self.host, &other.host) {
                (HostPattern::Exactly(own), HostPattern::Exactly(host)) => own == host,
                (HostPattern::Exactly(_), HostPattern::Below(_)) => false,
                (HostPattern::Below(own), HostPattern::Exactly(host)) => is_below(host, own),
                (HostPattern::Below(own), HostPattern::Below(base)) => own == base || is_below(base, own),
            }
    }

    /// The canonical form, to be stored and shown.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it means pages of the browser's own computer, on which only developers look at a shop.
    pub fn needs_test_key(&self) -> bool {
        self.loopback
    }

    /// Whether it means pages loaded without TLS, which anyone on the way can change to use the key as they like.
    pub fn is_cleartext(&self) -> bool {
        self.scheme == Scheme::Http
    }
}

/// Whether `host` has labels before `base` and belongs to the same owner.
///
/// A provider's domain can have public suffixes deeper down, such as `s3.amazonaws.com` below `amazonaws.com`: what
/// strangers have there has a registrable domain of its own.
fn is_below(host: &str, base: &str) -> bool {
    // What is before the dot cannot be empty: no canonical host begins with one.
    host.strip_suffix(base).is_some_and(|rest| rest.ends_with('.')) && psl::domain_str(host) == psl::domain_str(base)
}

/// The domain after `*.`, if names below it belong to one owner.
fn wildcard_base(text: &str) -> Result<Host, OriginError> {
    if text.contains('*') {
        return Err(OriginError::Wildcard);
    }
    let base = canonical_host(text)?;
    let Host::Domain(name) = &base else {
        return Err(OriginError::WildcardAddress);
    };
    // No registrable domain: the name is a public suffix itself (https://publicsuffix.org), including those of hosting
    // providers, or a bare top-level name. Or every name right below it is one, as with `kawasaki.jp`.
    if psl::domain_str(name).is_none() || psl::domain_str(&format!("x.{name}")).is_none() {
        return Err(OriginError::PublicSuffix);
    }
    Ok(base)
}

impl fmt::Display for OriginPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

impl FromStr for OriginPattern {
    type Err = OriginError;

    fn from_str(text: &str) -> Result<Self, OriginError> {
        Self::parse(text)
    }
}

/// Which pages a key may be used in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OriginRules {
    patterns: Vec<OriginPattern>,
    allow_null: bool,
    allow_any: bool,
    allow_apps: bool,
}

impl OriginRules {
    /// The origins that any of `patterns` means; with `allow_any` every origin but `null`; `null` with `allow_null`
    /// only.
    pub fn new(patterns: Vec<OriginPattern>, allow_null: bool, allow_any: bool) -> Self {
        Self { patterns, allow_null, allow_any, allow_apps: false }
    }

    /// The same, and with `allow_apps` the pages of apps.
    #[must_use]
    pub fn with_apps(self, allow_apps: bool) -> Self {
        Self { allow_apps, ..self }
    }

    /// Whether a page of this origin may use the key.
    pub fn allows(&self, origin: &Origin) -> bool {
        if origin.is_null() {
            return self.allow_null;
        }
        if origin.is_app() && self.allow_apps {
            return true;
        }
        // An app is no web page: `any` does not mean it.
        !matches!(origin.0, Kind::App(_)) && self.allow_any
            || self.patterns.iter().any(|pattern| pattern.matches(origin))
    }

    /// Whether these allow every page that `other` allows, pages of apps and pages without an origin left aside.
    pub fn cover(&self, other: &Self) -> bool {
        let covered = |pattern: &OriginPattern| self.patterns.iter().any(|own| own.covers(pattern));
        self.allow_any || !other.allow_any && other.patterns.iter().all(covered)
    }

    /// Whether pages without an origin are among them.
    pub fn allow_null(&self) -> bool {
        self.allow_null
    }

    /// Whether pages of apps are among them.
    pub fn allow_apps(&self) -> bool {
        self.allow_apps
    }

    pub fn is_empty(&self) -> bool {
        self.patterns.is_empty() && !self.allow_null && !self.allow_any && !self.allow_apps
    }

    pub fn patterns(&self) -> &[OriginPattern] {
        &self.patterns
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use proptest::sample::select;

    /// Also names below which strangers have theirs (`s3.amazonaws.com`).
    const BASES: [&str; 5] = ["shop.example", "eu.shop.example", "other.example", "amazonaws.com", "s3.amazonaws.com"];

    fn place() -> impl Strategy<Value = (&'static str, String, &'static str)> {
        let labels = prop::collection::vec(select(vec!["a", "b", "eu", "s3"]), 0..3);
        let host = (labels, select(BASES.to_vec())).prop_map(|(labels, base)| {
            let labels: String = labels.iter().flat_map(|label| [label, "."]).collect();
            format!("{labels}{base}")
        });
        (select(vec!["https", "http"]), host, select(vec!["", ":8443"]))
    }

    fn pattern() -> impl Strategy<Value = Option<OriginPattern>> {
        (place(), any::<bool>()).prop_map(|((scheme, host, port), below)| {
            let below = if below { "*." } else { "" };
            OriginPattern::parse(&format!("{scheme}://{below}{host}{port}")).ok()
        })
    }

    proptest! {
        #[test]
        fn what_a_pattern_covers_means_no_other_origins(
            (own, other) in (pattern(), pattern()),
            (scheme, host, port) in place(),
        ) {
            let (Some(own), Some(other)) = (own, other) else { return Ok(()) };
            prop_assert!(own.covers(&own));
            let origin: Origin = format!("{scheme}://{host}{port}").parse().unwrap();
            if own.covers(&other) && other.matches(&origin) {
                prop_assert!(own.matches(&origin), "{own} covers {other}, which means {origin}");
            }
        }
    }

    #[test]
    fn patterns_cover_what_lies_below_them() {
        let covers = |own: &str, other: &str| own.parse::<OriginPattern>().unwrap().covers(&other.parse().unwrap());
        for (own, other, yes) in [
            ("https://*.shop.example", "https://a.shop.example", true),
            ("https://*.shop.example", "https://*.a.shop.example", true),
            ("https://*.shop.example", "https://shop.example", false),
            ("https://a.shop.example", "https://*.a.shop.example", false),
            ("https://*.a.shop.example", "https://*.shop.example", false),
            ("https://*.shop.example", "http://a.shop.example", false),
            ("https://*.shop.example", "https://a.shop.example:8443", false),
            ("http://localhost:*", "http://localhost:3000", true),
            ("http://localhost:3000", "http://localhost:*", false),
            // Strangers' names.
            ("https://*.amazonaws.com", "https://*.bucket.s3.amazonaws.com", false),
        ] {
            assert_eq!(covers(own, other), yes, "{own} and {other}");
        }
    }
}
