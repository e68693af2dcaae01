//! Which addresses may be called: what can be said of a URL alone, and what can be said once its host is resolved.

use super::OutboundError;
use crate::domain::public_address::{is_public, plain};
use ipnet::IpNet;
use std::net::IpAddr;
use url::{Host, Url};

/// Networks of the operator's own that are exempt from the rules.
#[derive(Debug, Clone)]
pub(super) struct Rules {
    allowed: Vec<IpNet>,
}

/// A URL whose parts are in order. Its host still has to be resolved and judged.
#[derive(Debug, Clone)]
pub(super) struct Target<'a> {
    pub(super) host: Host<&'a str>,
    pub(super) port: u16,
    pub(super) tls: bool,
}

impl Rules {
    pub(super) fn new(allowed: Vec<IpNet>) -> Self {
        Self { allowed }
    }

    /// Takes a URL apart and judges what can be judged without DNS.
    ///
    /// The URL parser has already made one form of every spelling of an IPv4 address (decimal, octal, hexadecimal, with
    /// parts left out; WHATWG URL section 3.5), so a literal here is what will be connected to.
    pub(super) fn target<'a>(&self, url: &'a Url) -> Result<Target<'a>, OutboundError> {
        let tls = match url.scheme() {
            "https" => true,
            "http" if self.allowed.is_empty() => return Err(OutboundError::NotHttps),
            "http" => false,
            _ => return Err(OutboundError::NotHttps),
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err(OutboundError::Address("must not hold a user name or password"));
        }
        let host = url.host().ok_or(OutboundError::Address("has no host"))?;
        let port = url.port_or_known_default().ok_or(OutboundError::Address("has no port"))?;
        let target = Target { host, port, tls };
        match &target.host {
            Host::Ipv4(address) => self.judge(&target, IpAddr::V4(*address))?,
            Host::Ipv6(address) => self.judge(&target, IpAddr::V6(*address))?,
            Host::Domain(name) if name.trim_end_matches('.').is_empty() => {
                return Err(OutboundError::Address("has no host"));
            }
            // The operator's own network may have a service on any port.
            Host::Domain(_) if self.allowed.is_empty() => usual_port(port)?,
            Host::Domain(_) => {}
        }
        Ok(target)
    }

    /// Judges one of the addresses that the host of `target` has.
    pub(super) fn judge(&self, target: &Target<'_>, address: IpAddr) -> Result<(), OutboundError> {
        let address = plain(address);
        if self.allowed.iter().any(|network| network.contains(&address)) {
            return Ok(());
        }
        if !is_public(address) {
            return Err(OutboundError::NoPublicHost);
        }
        if !target.tls {
            return Err(OutboundError::NotHttps);
        }
        usual_port(target.port)
    }
}

/// Below 1024 live services that speak something else and might be made to misunderstand a request.
fn usual_port(port: u16) -> Result<(), OutboundError> {
    match port {
        443 | 1024.. => Ok(()),
        _ => Err(OutboundError::Address("must not have a port below 1024 other than 443")),
    }
}
