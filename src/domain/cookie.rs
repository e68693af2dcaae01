//! Cookies as browsers send them (RFC 6265 section 5.4). What is in ours is not said here.

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

    proptest! {
        #[test]
        fn what_browsers_send_is_found(before in "[b-z]{1,8}=[0-9a-z]{0,8}", own in "[!-:<-~]{0,40}") {
            let header = format!("{before}; a={own}");
            prop_assert_eq!(value(std::iter::once(header.as_str()), "a"), Some(own.trim()));
        }
    }
}
