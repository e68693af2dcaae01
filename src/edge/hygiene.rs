//! Which parts of a request head are believed, refused or rebuilt, before and after the gate.

use crate::domain::origin::Origin;
use crate::edge::hops;
use crate::endpoints::{as_routed, is_of_console};
use crate::rejection::Rejection;
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Version, header};
use ipnet::IpNet;
use std::net::{IpAddr, Ipv6Addr};

/// Proxies in front of us whose `X-Forwarded-*` headers are believed.
#[derive(Debug, Clone)]
pub(super) struct TrustedProxies(Vec<IpNet>);

impl TrustedProxies {
    pub(super) fn new(networks: Vec<IpNet>) -> Self {
        Self(networks)
    }

    pub(super) fn contains(&self, ip: IpAddr) -> bool {
        let ip = ip.to_canonical();
        self.0.iter().any(|network| network.contains(&ip))
    }

    /// The client's address: the socket's, or behind trusted proxies the last address of `X-Forwarded-For` that is not
    /// one of theirs. What stands left of that may be forged.
    pub(super) fn client_ip(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let peer = peer.to_canonical();
        if !self.contains(peer) {
            return peer;
        }
        let mut client = peer;
        for value in headers.get_all("x-forwarded-for").iter().rev() {
            let Ok(text) = value.to_str() else { return client };
            for hop in text.rsplit(',') {
                let Some(ip) = parse_hop(hop.trim()) else { return client };
                client = ip;
                if !self.contains(ip) {
                    return client;
                }
            }
        }
        client
    }
}

/// An address as proxies write it: with or without a port, IPv6 with or without brackets.
fn parse_hop(hop: &str) -> Option<IpAddr> {
    let bare = hop.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(hop);
    bare.parse()
        .ok()
        .or_else(|| hop.parse::<std::net::SocketAddr>().ok().map(|a| a.ip()))
        .map(|ip: IpAddr| ip.to_canonical())
}

/// Refuses targets that are neither a path nor an address of the web (RFC 9110 section 7.4). Pingora keeps the path of
/// whatever address it is.
///
/// # Errors
/// `bad_request`
pub(super) fn check_target(raw: &[u8]) -> Result<(), Rejection> {
    let begins = |with: &[u8]| raw.get(..with.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(with));
    if raw == b"*" || [&b"/"[..], b"http://", b"https://"].into_iter().any(begins) {
        return Ok(());
    }
    Err(Rejection::BadRequest("The request target is neither a path nor an address of `http` or `https`."))
}

/// Refuses heads that pingora lets pass and that we or AnythingLLM could read in two ways.
///
/// # Errors
/// `bad_request`
pub(super) fn check_head(head: &Parts) -> Result<(), Rejection> {
    hops::check_connection(&head.headers)?;
    // In HTTP/2 the scheme stands by itself.
    if head
        .uri
        .scheme_str()
        .is_some_and(|scheme| !scheme.eq_ignore_ascii_case("http") && !scheme.eq_ignore_ascii_case("https"))
    {
        return Err(Rejection::BadRequest("The request target is neither of `http` nor of `https`."));
    }
    match head.headers.get(header::HOST) {
        // RFC 9112 section 3.2: one that is no host is refused. Who we are is concluded from it.
        Some(host) if !host.to_str().is_ok_and(is_host) => return Err(Rejection::BadRequest("`Host` is not a host.")),
        None if head.uri.authority().is_none() && head.version != Version::HTTP_10 => {
            return Err(Rejection::BadRequest("`Host` is missing."));
        }
        // RFC 9112 section 3.2.2, RFC 9113 section 8.3.1: of two hosts one would be checked, and the other believed.
        Some(host) if !is_same_as_target(host, &head.uri) => {
            return Err(Rejection::BadRequest("`Host` is another than the request is for."));
        }
        _ => {}
    }
    if head.uri.authority().is_some_and(|target| !is_host(target.as_str())) {
        return Err(Rejection::BadRequest("The request is for no host."));
    }
    if head.version <= Version::HTTP_11 {
        let codings = head.headers.get_all(header::TRANSFER_ENCODING);
        // RFC 9112 section 6.1: codings we would have to undo are refused, or they would be forwarded unnamed. Several
        // lines are one list, and chunks within chunks are no coding.
        let is_chunked = |coding: &HeaderValue| coding.as_bytes().eq_ignore_ascii_case(b"chunked");
        if !codings.iter().all(is_chunked) || codings.iter().nth(1).is_some() {
            return Err(Rejection::BadRequest("The only transfer coding accepted is `chunked`."));
        }
    }
    // RFC 9110 section 8.6 lets a list of equal lengths pass; whoever stands in front of us may have read another
    // number.
    let is_number = |value: &HeaderValue| !value.is_empty() && value.as_bytes().iter().all(u8::is_ascii_digit);
    if !head.headers.get_all(header::CONTENT_LENGTH).iter().all(is_number) {
        return Err(Rejection::BadRequest("`Content-Length` is not a number."));
    }
    if head.headers.get_all("x-request-id").iter().nth(1).is_some() {
        return Err(Rejection::BadRequest("Send one `X-Request-Id`, not several."));
    }
    Ok(())
}

fn is_same_as_target(host: &HeaderValue, target: &http::Uri) -> bool {
    let Some(authority) = target.authority() else { return true };
    host.to_str().is_ok_and(|host| is_same_host(target.scheme_str().unwrap_or_default(), authority.as_str(), host))
}

/// Whether two hosts are one, where those of this scheme are meant: letters are what they are in whatever size, and the
/// default port need not be told (RFC 9110 section 4.2.3).
pub(super) fn is_same_host(scheme: &str, one: &str, other: &str) -> bool {
    let port = match scheme {
        _ if scheme.eq_ignore_ascii_case("http") => ":80",
        _ if scheme.eq_ignore_ascii_case("https") => ":443",
        _ => return false,
    };
    bare(one, port).eq_ignore_ascii_case(bare(other, port))
}

fn bare<'a>(host: &'a str, port: &str) -> &'a str {
    host.strip_suffix(port).or_else(|| host.strip_suffix(':')).unwrap_or(host)
}

/// A host with or without a port, and nothing else that an address may have. RFC 3986 lets a name hold nearly any sign;
/// those that exist hold these, and `a,b` is two hosts for whoever splits lists.
pub(super) fn is_host(text: &str) -> bool {
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, port),
        _ => (text, ""),
    };
    let is_v6 =
        || host.strip_prefix('[').and_then(|h| h.strip_suffix(']')).is_some_and(|h| h.parse::<Ipv6Addr>().is_ok());
    let is_name = || !host.is_empty() && host.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b));
    (is_name() || is_v6())
        && (port.is_empty() || port.bytes().all(|b| b.is_ascii_digit()) && port.parse::<u16>().is_ok())
}

/// Scheme and host under which the client reaches us, by the socket or, from trusted proxies, as forwarded.
fn outside_address(head: &Parts, tls: bool, from_trusted: bool) -> (&'static str, Option<&str>) {
    let text = |name: &str| {
        let value = head.headers.get(name).filter(|_| from_trusted)?;
        value.to_str().ok()?.split(',').next().map(str::trim)
    };
    let https = text("x-forwarded-proto").map_or(tls, |scheme| scheme.eq_ignore_ascii_case("https"));
    let host = text("x-forwarded-host")
        .or_else(|| head.headers.get(header::HOST).and_then(|h| h.to_str().ok()))
        .or_else(|| head.uri.authority().map(http::uri::Authority::as_str));
    (if https { "https" } else { "http" }, host)
}

/// See [`outside_address`].
pub(super) fn outside_scheme(head: &Parts, tls: bool, from_trusted: bool) -> &'static str {
    outside_address(head, tls, from_trusted).0
}

/// The origin of the listener as the client sees it, for same-origin GETs (browsers leave `Origin` out on those) and for
/// the console, whose forms come from nowhere else.
pub(super) fn own_origin(head: &Parts, tls: bool, from_trusted: bool) -> Option<Origin> {
    let same_origin_get = *as_routed(&head.method) == Method::GET
        && head.headers.get("sec-fetch-site").is_some_and(|v| v == "same-origin");
    if !same_origin_get && !is_of_console(head.uri.path()) {
        return None;
    }
    let (scheme, host) = outside_address(head, tls, from_trusted);
    Origin::parse(&format!("{scheme}://{}", host?)).ok()
}

/// The host that the client has reached over TLS, as far as it is told; none without TLS.
pub(super) fn host_over_tls(head: &Parts, tls: bool, from_trusted: bool) -> Option<&str> {
    let (scheme, host) = outside_address(head, tls, from_trusted);
    host.filter(|_| scheme == "https")
}

/// Whether the client speaks TLS, with us or with a trusted proxy before us.
pub(super) fn is_tls_outside(head: &Parts, tls: bool, from_trusted: bool) -> bool {
    outside_address(head, tls, from_trusted).0 == "https"
}

/// Headers that say which way a request has come, and those of a trace that is continued under our own name. Never
/// passed on: AnythingLLM believes some of them.
const REBUILT: [&str; 13] = [
    "forwarded",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-port",
    "x-forwarded-prefix",
    "x-forwarded-proto",
    "x-forwarded-server",
    "x-original-url",
    "x-real-ip",
    "x-rewrite-url",
    "traceparent",
    "tracestate",
    "baggage",
];

/// Whether what the client says under this name is dropped on the way to AnythingLLM.
pub(super) fn is_rebuilt(name: &HeaderName) -> bool {
    REBUILT.contains(&name.as_str())
}

/// What AnythingLLM is told instead of what the client said.
pub(super) fn forwarded(
    head: &Parts,
    client_ip: IpAddr,
    tls: bool,
    from_trusted: bool,
) -> impl Iterator<Item = (HeaderName, HeaderValue)> {
    let (scheme, host) = outside_address(head, tls, from_trusted);
    let host = host.and_then(|host| HeaderValue::from_str(host).ok());
    let ip = HeaderValue::try_from(client_ip.to_string()).ok();
    [("x-forwarded-for", ip), ("x-forwarded-proto", Some(HeaderValue::from_static(scheme))), ("x-forwarded-host", host)]
        .into_iter()
        .filter_map(|(name, value)| Some((HeaderName::from_static(name), value?)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn trusted() -> TrustedProxies {
        TrustedProxies::new(vec!["10.0.0.0/8".parse().unwrap(), "2001:db8:ffff::/48".parse().unwrap()])
    }

    fn headers(values: &[&str]) -> HeaderMap {
        values.iter().map(|v| (HeaderName::from_static("x-forwarded-for"), HeaderValue::from_str(v).unwrap())).collect()
    }

    fn seen(peer: &str, values: &[&str]) -> String {
        trusted().client_ip(peer.parse().unwrap(), &headers(values)).to_string()
    }

    #[test]
    fn a_stranger_cannot_say_who_he_is() {
        assert_eq!(seen("192.0.2.1", &["198.51.100.7"]), "192.0.2.1");
    }

    #[test]
    fn behind_trusted_proxies_the_last_untrusted_hop_counts() {
        assert_eq!(seen("10.0.0.1", &["198.51.100.7"]), "198.51.100.7");
        assert_eq!(seen("10.0.0.1", &["1.1.1.1, 198.51.100.7, 10.2.2.2"]), "198.51.100.7");
        assert_eq!(seen("10.0.0.1", &["1.1.1.1", "198.51.100.7, 10.2.2.2"]), "198.51.100.7");
        assert_eq!(seen("::ffff:10.0.0.1", &["[2001:db8::5]:443"]), "2001:db8::5");
        assert_eq!(seen("2001:db8:ffff::1", &["198.51.100.7:55"]), "198.51.100.7");
    }

    #[test]
    fn rubbish_in_the_header_leaves_the_nearest_known_hop() {
        assert_eq!(seen("10.0.0.1", &["unknown"]), "10.0.0.1");
        assert_eq!(seen("10.0.0.1", &["evil, 10.0.0.9"]), "10.0.0.9");
        assert_eq!(seen("10.0.0.1", &[]), "10.0.0.1");
    }

    fn head(build: http::request::Builder) -> Parts {
        build.body(()).unwrap().into_parts().0
    }

    #[test]
    fn ambiguous_framing_and_a_missing_host_are_refused() {
        let request = || http::Request::builder().uri("/").header("host", "a");
        check_head(&head(request())).unwrap();
        check_head(&head(http::Request::builder().uri("/"))).unwrap_err();
        check_head(&head(http::Request::builder().uri("/").version(Version::HTTP_10))).unwrap();
        check_head(&head(request().header("transfer-encoding", "gzip, chunked"))).unwrap_err();
        check_head(&head(request().header("transfer-encoding", "Chunked"))).unwrap();
        check_head(&head(request().header("content-length", "17"))).unwrap();
        for bad in ["2, 2", "", "+2", "2 ", "0x2", "-1", "2.0"] {
            check_head(&head(request().header("content-length", bad))).unwrap_err();
        }
        for bad in [
            "", "a b", "a/b", "a\\b", "name@a", "a:port", "a?b", "a,b", "a;b", "a:1,b:2", "a:80:80", "a:65536", "a:+1",
            ":80", "[::1", "[a]", "::1", "a%2eb", "a*", "(a)", "a#b", "a'b", "~",
        ] {
            check_head(&head(http::Request::builder().uri("/").header("host", bad))).unwrap_err();
        }
        for good in ["a", "a:8080", "a:", "[::1]:8080", "[::1]", "192.0.2.1", "a_b.example.", "xn--bcher-kva.example"] {
            check_head(&head(http::Request::builder().uri("/").header("host", good))).unwrap();
        }
    }

    #[test]
    fn a_request_is_for_one_host() {
        let told = |uri: &str, host: &str| check_head(&head(http::Request::builder().uri(uri).header("host", host)));
        let same = [("http://a/x", "a"), ("http://A:8080/x", "a:8080"), ("/x", "a"), ("http://a:80/x", "a")];
        for (uri, host) in same.into_iter().chain([("https://a/x", "a:443"), ("http://[::1]/x", "[::1]:80")]) {
            told(uri, host).unwrap();
        }
        for (uri, host) in [
            ("http://b/x", "a"),
            ("https://a:80/x", "a"),
            ("http://[::80]/x", "[:]"),
            ("http://a@b/x", "b"),
            ("http://a.b/x", "a"),
        ] {
            told(uri, host).unwrap_err();
        }
    }

    #[test]
    fn a_target_is_of_the_web() {
        let told = |uri: &str| check_head(&head(http::Request::builder().uri(uri).header("host", "a")));
        for uri in ["http://a/x", "HTTPS://a/x"] {
            told(uri).unwrap();
        }
        for uri in ["ftp://a/x", "ws://a/x", "file://a/x", "gopher://a/x"] {
            told(uri).unwrap_err();
        }
        for raw in ["/", "*", "/x:y", "http://a", "HTTPS://a/x"] {
            check_target(raw.as_bytes()).unwrap();
        }
        for raw in ["", "ftp://a/x", "a:443", "http:/a", "httpx://a", "x"] {
            check_target(raw.as_bytes()).unwrap_err();
        }
        let lone = http::Request::builder().version(Version::HTTP_2);
        check_head(&head(lone.uri("http://a,b/x"))).unwrap_err();
    }

    #[test]
    fn the_own_origin_is_only_asked_for_on_same_origin_gets() {
        let get = |site: &str| {
            head(http::Request::builder().uri("/").header("host", "shop.example").header("sec-fetch-site", site))
        };
        assert_eq!(own_origin(&get("same-origin"), true, false).unwrap().as_str(), "https://shop.example");
        assert!(own_origin(&get("cross-site"), true, false).is_none());
    }

    proptest! {
        #[test]
        fn no_header_makes_a_trusted_address_out_of_a_stranger(text in "[ -~]{0,40}") {
            let stranger: IpAddr = "192.0.2.1".parse().unwrap();
            prop_assert_eq!(trusted().client_ip(stranger, &headers(&[&text])), stranger);
        }
    }
}
