//! Targets that name a host beside `Host` (RFC 9112 section 3.2.2), in the form that everybody reads alike: a path. Pure.
//!
//! Pingora compares the two byte by byte, and clients write the default port into one of them, or capital letters. Says
//! of no head that it is wrong: what is another host, or none, is left as it is, and refused by who reads it.

use crate::edge::hygiene::{is_host, is_same_host};
use bytes::BytesMut;
use httparse::{EMPTY_HEADER, Status};

const MOST_HEADERS: usize = 128;

/// What was read of a request, head and all, with the path in the place of such a target; none when the target is
/// another, or means another host than `Host`.
pub(super) fn with_a_path(read: &[u8]) -> Option<BytesMut> {
    let mut lines = [EMPTY_HEADER; MOST_HEADERS];
    let mut parsed = httparse::Request::new(&mut lines);
    let Ok(Status::Complete(_)) = parsed.parse(read) else { return None };
    let (method, target) = (parsed.method?, parsed.path?);
    let (scheme, named) = target.split_once("://")?;
    let (authority, path) = named.split_at_checked(named.find(['/', '?']).unwrap_or(named.len()))?;
    let mut hosts = parsed.headers.iter().filter(|line| line.name.eq_ignore_ascii_case("host"));
    let host = hosts.next().and_then(|line| str::from_utf8(line.value).ok())?;
    let is_meant = hosts.next().is_none() && is_host(authority) && is_host(host);
    if !is_meant || method == "CONNECT" || !is_same_host(scheme, authority, host) {
        return None;
    }
    let empty_lines = read.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
    let begin = empty_lines + method.len() + 1;
    let (before, rest) = read.split_at_checked(begin)?;
    let after = rest.strip_prefix(target.as_bytes())?;
    let mut plain = BytesMut::with_capacity(read.len() + 1);
    plain.extend_from_slice(before);
    // RFC 9112 section 3.2.4, and section 3.2.1: an empty path is sent as the root.
    match path {
        "" if method == "OPTIONS" => plain.extend_from_slice(b"*"),
        path if path.starts_with('/') => {}
        _ => plain.extend_from_slice(b"/"),
    }
    plain.extend_from_slice(path.as_bytes());
    plain.extend_from_slice(after);
    Some(plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn plain(line: &str, headers: &str) -> Option<String> {
        let read = format!("{line} HTTP/1.1\r\n{headers}\r\nbehind it");
        with_a_path(read.as_bytes()).map(|plain| {
            let plain = String::from_utf8(plain.to_vec()).unwrap();
            assert!(plain.ends_with(&format!(" HTTP/1.1\r\n{headers}\r\nbehind it")), "{plain}");
            plain.split(" HTTP/").next().unwrap().to_owned()
        })
    }

    #[test]
    fn the_same_host_written_in_another_way_is_left_out() {
        for (line, host, told) in [
            ("GET http://a/x", "a", "GET /x"),
            ("GET http://a:80/x?y=://z", "a", "GET /x?y=://z"),
            ("GET http://a/x", "a:80", "GET /x"),
            ("GET http://a:/x", "a:80", "GET /x"),
            ("GET HTTPS://A:443/x", "a", "GET /x"),
            ("GET http://[::1]:80/x", "[::1]", "GET /x"),
            ("POST http://a:8080", "a:8080", "POST /"),
            ("GET http://a?x", "A", "GET /?x"),
            ("OPTIONS http://a", "a:80", "OPTIONS *"),
            ("\r\nGET http://a:80//b/c", "a", "\r\nGET //b/c"),
        ] {
            assert_eq!(plain(line, &format!("host: {host}\r\n")).as_deref(), Some(told), "{line}");
        }
    }

    #[test]
    fn another_host_is_left_to_whoever_refuses_it() {
        for (line, host) in [
            ("GET http://b/x", "a"),
            ("GET http://a:443/x", "a"),
            ("GET https://a:80/x", "a"),
            ("GET http://a:080/x", "a"),
            ("GET http://a:8080/x", "a:8081"),
            ("GET http://a./x", "a"),
            ("GET http://b@a/x", "a"),
            ("GET http://a\\b/x", "a"),
            ("GET http://a,a/x", "a,a"),
            ("GET http:///x", "a"),
            ("GET http:/a/x", "a"),
            ("GET ftp://a/x", "a"),
            ("GET /x://a/", "a"),
            ("CONNECT http://a/", "a"),
        ] {
            assert_eq!(plain(line, &format!("host: {host}\r\n")), None, "{line}");
        }
        assert_eq!(plain("GET http://a/", ""), None);
        assert_eq!(plain("GET http://a/", "host: a\r\nhost: a\r\n"), None);
        assert_eq!(with_a_path(b"GET http://a/ HTTP/1.1\r\nhost: a\r\n"), None, "not whole");
    }

    proptest! {
        #[test]
        fn no_bytes_panic(line in "[A-Z]{0,5} (https?://)?[ -~]{0,30} HTTP/1.1", headers in "(host: [ -~]{0,9}\r\n){0,2}") {
            let _ = with_a_path(format!("{line}\r\n{headers}\r\n").as_bytes());
        }
    }
}
