//! Which headers may be sent with a feed's key, and what may stand in them.
//!
//! What steers a request, a connection or a session is no credential: `Host`, `Cookie`, what is only for the next hop,
//! what the program sets itself, and what proxies believe of where a request comes from. So a name is one of a kind that
//! holds keys, and never one that is only not forbidden.

use super::LONGEST;
use crate::domain::faults::Faults;

/// Longest name, in bytes.
const LONGEST_NAME: usize = 64;
/// Names without `X-` under which keys are sent.
const USUAL: [&str; 9] = [
    "api-key",
    "apikey",
    "api-token",
    "auth-token",
    "access-token",
    "private-token",
    "token",
    "ocp-apim-subscription-key",
    // Of other schemes than basic and bearer, such as `Token …`.
    "authorization",
];
/// What proxies and programs take for something else than a key, by how it begins.
const STEERING: [&str; 14] = [
    "x-forwarded",
    "x-real-ip",
    "x-original-",
    "x-rewrite-",
    "x-http-method",
    "x-method-override",
    "x-host",
    "x-client-ip",
    "x-cluster-client-ip",
    "x-remote-",
    "x-proxy",
    "x-accel-",
    "x-sendfile",
    "x-request-id",
];

pub(super) fn check_name(faults: &mut Faults, name: &str) {
    if name.is_empty() {
        return faults.push("header_name", "too_short", "must not be empty");
    }
    if name.len() > LONGEST_NAME {
        return faults.push("header_name", "too_long", format!("must not have more than {LONGEST_NAME} characters"));
    }
    if !is_allowed(&name.to_ascii_lowercase()) {
        let message = "must begin with `X-` and not be one that proxies believe, or be a usual one for keys, such as \
                       `Api-Key`";
        faults.push("header_name", "format", message);
    }
}

fn is_allowed(name: &str) -> bool {
    let is_plain = |rest: &str| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    let is_own = name.strip_prefix("x-").is_some_and(is_plain);
    USUAL.contains(&name) || (is_own && !STEERING.iter().any(|steering| name.starts_with(steering)))
}

pub(super) fn check_value(faults: &mut Faults, value: &str) {
    if value.is_empty() {
        return faults.push("header_value", "too_short", "must not be empty");
    }
    if value.len() > LONGEST {
        return faults.push("header_value", "too_long", format!("must not have more than {LONGEST} characters"));
    }
    // RFC 9110 section 5.5: spaces stand between other characters only.
    if value.trim() != value || !value.bytes().all(|b| b.is_ascii_graphic() || b == b' ') {
        let message = "must not begin or end with a space, or have line breaks or letters outside ASCII";
        faults.push("header_value", "format", message);
    }
}

#[cfg(test)]
mod tests {
    use super::is_allowed;

    #[test]
    fn only_headers_that_hold_keys_may_be_set() {
        for name in ["x-api-key", "x-shop-token", "x-auth-token", "api-key", "authorization", "x-1"] {
            assert!(is_allowed(name), "{name}");
        }
        for name in [
            "",
            "x-",
            "x",
            "host",
            "cookie",
            "connection",
            "transfer-encoding",
            "content-length",
            "te",
            "upgrade",
            "proxy-authorization",
            "expect",
            "range",
            "accept-encoding",
            "user-agent",
            "signature",
            "forwarded",
            "via",
            "x-forwarded-for",
            "x-forwarded-host",
            "x-real-ip",
            "x-original-url",
            "x-http-method-override",
            "x-api key",
            "x-api:key",
            "x-käse",
            "x-a\r\nhost",
        ] {
            assert!(!is_allowed(name), "{name}");
        }
    }
}
