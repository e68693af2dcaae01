//! `Strict-Transport-Security` (RFC 6797): browsers that have reached us over TLS come back by nothing else, so that nobody
//! on the way can keep them from it. Says only what the header is and for whom; the address that a client has reached us
//! by is `hygiene`'s.

use crate::edge::context::RequestContext;
use crate::edge::hygiene;
use http::HeaderValue;
use http::request::Parts;
use std::net::{Ipv4Addr, Ipv6Addr};

/// What browsers are told, if anything.
#[derive(Debug)]
pub(super) struct Hsts(Option<HeaderValue>);

impl Hsts {
    /// To keep to TLS for so long; 0: they are told nothing.
    pub(super) fn new(seconds: u64) -> Self {
        // Of this host only: its neighbours and what is below it may be somebody else's, and without TLS.
        Self((seconds > 0).then(|| HeaderValue::try_from(format!("max-age={seconds}")).ok()).flatten())
    }

    /// What the answer to this request says. Nothing without TLS, which could be anybody's word (RFC 6797 section 7.2).
    pub(super) fn told(&self, head: &Parts, request: &RequestContext) -> Option<&HeaderValue> {
        let said = self.0.as_ref()?;
        let host = hygiene::host_over_tls(head, request.connection.tls, request.from_trusted)?;
        is_kept(host).then_some(said)
    }
}

/// Whether it is a host that browsers should remember: a name (section 8.1), and none that means this machine, on which
/// other programs are reached without TLS.
fn is_kept(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let name = name.strip_suffix('.').unwrap_or(name);
    let last = name.rsplit('.').next().unwrap_or(name);
    let is_v6 =
        || name.strip_prefix('[').and_then(|v6| v6.strip_suffix(']')).is_some_and(|v6| v6.parse::<Ipv6Addr>().is_ok());
    !name.is_empty() && !last.eq_ignore_ascii_case("localhost") && name.parse::<Ipv4Addr>().is_err() && !is_v6()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_keep_names_and_no_addresses() {
        for host in ["chat.shop.example", "chat.shop.example:8443", "chat.shop.example.", "intranet", "notlocalhost"] {
            assert!(is_kept(host), "{host}");
        }
        for host in [
            "",
            "localhost",
            "LOCALHOST:8080",
            "demo.localhost",
            "localhost.",
            "127.0.0.1",
            "192.0.2.1:443",
            "[::1]:443",
            "[2001:db8::1]",
        ] {
            assert!(!is_kept(host), "{host}");
        }
    }

    #[test]
    fn nothing_is_told_for_no_time() {
        assert!(Hsts::new(0).0.is_none());
        assert_eq!(Hsts::new(31_536_000).0.unwrap(), "max-age=31536000");
    }
}
