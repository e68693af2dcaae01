//! Cookies as browsers send them (RFC 6265 section 5.4). What is in ours is not said here.

use std::borrow::Cow;

/// The value of the cookie of this name, of the values of a request's `Cookie` headers. None also if there are several:
/// whoever could plant a second one would choose which counts.
pub fn value<'a>(headers: impl Iterator<Item = &'a str>, name: &str) -> Option<&'a str> {
    let pairs = headers.flat_map(|header| header.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let mut found = pairs.filter(|(own, _)| *own == name).map(|(_, value)| value);
    match (found.next(), found.next()) {
        (Some(value), None) => Some(value),
        _ => None,
    }
}

/// What every cookie of ours is called, or begins with. With the prefix that browsers look at, too.
const OURS: &[u8] = b"vestibule_console";
const HOST_PREFIX: &[u8] = b"__host-";

/// A `Cookie` header without what is ours, for whoever shares our origin; none when nothing is left.
pub fn without_ours(header: &[u8]) -> Option<Cow<'_, [u8]>> {
    let pairs = || header.split(|byte| *byte == b';');
    if !pairs().any(is_ours) {
        return Some(Cow::Borrowed(header));
    }
    let others: Vec<&[u8]> = pairs().filter(|pair| !is_ours(pair)).map(<[u8]>::trim_ascii).collect();
    (!others.is_empty()).then(|| Cow::Owned(others.join(&b"; "[..])))
}

/// Whether a pair of a `Cookie` header, or a `Set-Cookie` header, is of a cookie of ours. The prefix counts in any case,
/// as it does for browsers (RFC 6265bis section 4.1.3).
pub fn is_ours(pair: &[u8]) -> bool {
    let name = pair.split(|byte| matches!(byte, b'=' | b';')).next().unwrap_or_default().trim_ascii();
    let has_prefix = name.get(..HOST_PREFIX.len()).is_some_and(|start| start.eq_ignore_ascii_case(HOST_PREFIX));
    name[if has_prefix { HOST_PREFIX.len() } else { 0 }..].starts_with(OURS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn one_cookie_is_found_among_others_and_of_two_none() {
        let find = |headers: &[&'static str]| value(headers.iter().copied(), "a");
        assert_eq!(find(&["a=1"]), Some("1"));
        assert_eq!(find(&["b=2; a=1;c=3"]), Some("1"));
        assert_eq!(find(&["b=2", "a=x=y"]), Some("x=y"));
        assert_eq!(find(&["a=1; a=2"]), None);
        assert_eq!(find(&["a=1", "a=1"]), None);
        assert_eq!(find(&["aa=1; A=2", "a", ""]), None);
    }

    #[test]
    fn what_is_ours_stays_here_and_all_else_goes_on_as_it_was() {
        for (sent, passed) in [
            ("a=1;b=2", Some("a=1;b=2")),
            ("", Some("")),
            ("vestibule_console=x", None),
            ("__Host-vestibule_console=x", None),
            ("__HOST-vestibule_console_done=x; vestibule_console_language=de", None),
            ("a=1; vestibule_console=x;b=2 ; vestibule_console", Some("a=1; b=2")),
            ("my_vestibule_console=x; Vestibule_console=y", Some("my_vestibule_console=x; Vestibule_console=y")),
        ] {
            let left = without_ours(sent.as_bytes());
            assert_eq!(left.as_deref(), passed.map(str::as_bytes), "{sent}");
        }
        assert!(is_ours(b" vestibule_console=tossed; Path=/") && is_ours(b"__Host-vestibule_console"));
        assert!(!is_ours(b"session=vestibule_console") && !is_ours(b"") && !is_ours(b"__Host-"));
    }

    proptest! {
        #[test]
        fn no_cookie_of_ours_is_left(sent in "[ -~]{0,80}", at in 0..81_usize) {
            let mut header = sent.clone();
            header.insert_str(at.min(sent.len()), ";vestibule_console=x;");
            let left = without_ours(header.as_bytes()).unwrap_or_default();
            prop_assert!(!left.split(|byte| *byte == b';').any(is_ours));
        }

        #[test]
        fn what_browsers_send_is_found(before in "[b-z]{1,8}=[0-9a-z]{0,8}", own in "[!-:<-~]{0,40}") {
            let header = format!("{before}; a={own}");
            prop_assert_eq!(value(std::iter::once(header.as_str()), "a"), Some(own.trim()));
        }
    }
}
