use super::*;
use proptest::prelude::*;
use std::fmt::Write as _;

fn canonical(raw: &str) -> String {
    canonicalise(raw).unwrap_or_else(|error| panic!("{raw}: {error}")).as_str().to_owned()
}

#[test]
fn ordinary_paths_stay_as_they_are() {
    for path in [
        "/",
        "/api/v1/chat",
        "/api/v1/workspaces/My-Shop",
        "/api/embed/vst_pk_live_x/3f0c9c1e-2b1a-4d51-8c4f-0d0c1a2b3c4d",
        "/embed/anythingllm-chat-widget.min.js",
        "/.well-known/jwks.json",
        "/a/...",
        "/a/..b/.c/d./e..",
        "/a~b/!$&'()*+,=:@",
    ] {
        assert_eq!(canonical(path), path);
        assert_eq!(canonicalise(path).unwrap().to_forward(), path);
    }
}

#[test]
fn spellings_that_anythingllm_takes_for_the_same_are_equal() {
    for (spelling, meaning) in [
        ("//", "/"),
        ("///api", "/api"),
        ("//api/v1/auth", "/api/v1/auth"),
        ("/api//v1/auth", "/api/v1/auth"),
        ("/api/v1/auth/", "/api/v1/auth"),
        ("/api/v1/auth///", "/api/v1/auth"),
        ("/api/%76%31/auth", "/api/v1/auth"),
        ("/%61pi/v1/auth", "/api/v1/auth"),
        ("/api/v1/workspace/contract%2Ddocs", "/api/v1/workspace/contract-docs"),
        ("/api/v1/workspace/contract%2ddocs", "/api/v1/workspace/contract-docs"),
        ("/shop/caf%C3%A9", "/shop/café"),
        ("/shop/caf%c3%a9", "/shop/café"),
        ("/shop/café", "/shop/café"),
        ("/a%20b", "/a b"),
        ("/a+b", "/a+b"),
        ("/a%2Bb", "/a+b"),
        ("/%2E%2E%2E", "/..."),
        ("/%F0%9F%98%80", "/😀"),
    ] {
        assert_eq!(canonical(spelling), meaning, "{spelling}");
    }
}

#[test]
fn ambiguous_paths_are_refused() {
    use PathError::{
        Backslash, Control, Delimiter, DotSegment, DoubleEncoding, EncodedSlash, InvalidEncoding, NotAbsolute, NotUtf8,
    };
    for (path, error) in [
        ("", NotAbsolute),
        ("*", NotAbsolute),
        ("api/v1", NotAbsolute),
        ("%2Fapi", NotAbsolute),
        ("http://host/api", NotAbsolute),
        (" /api", NotAbsolute),
        ("/a%2Fb", EncodedSlash),
        ("/a%2fb", EncodedSlash),
        ("/%2F", EncodedSlash),
        ("/%2e%2e%2fb", EncodedSlash),
        ("/a\\b", Backslash),
        ("/a%5Cb", Backslash),
        ("/a%5cb", Backslash),
        ("/..\\..\\b", Backslash),
        ("/a%00", Control),
        ("/a\0", Control),
        ("/a%0d%0aX:%20y", Control),
        ("/a\r\n", Control),
        ("/a%09b", Control),
        ("/a%1Fb", Control),
        ("/a%7Fb", Control),
        ("/a%C2%85b", Control),
        ("/a%C2%80b", Control),
        ("/.", DotSegment),
        ("/..", DotSegment),
        ("/a/../b", DotSegment),
        ("/a/./b", DotSegment),
        ("/a/..", DotSegment),
        ("/a/../", DotSegment),
        ("/a/%2e%2e/b", DotSegment),
        ("/a/.%2E/b", DotSegment),
        ("/a/%2E./b", DotSegment),
        ("/a/%2e", DotSegment),
        ("/a//..//b", DotSegment),
        ("/%", InvalidEncoding),
        ("/%2", InvalidEncoding),
        ("/%2/", InvalidEncoding),
        ("/%zz", InvalidEncoding),
        ("/%+1", InvalidEncoding),
        ("/%-1", InvalidEncoding),
        ("/% 1", InvalidEncoding),
        ("/%u0041", InvalidEncoding),
        ("/%%32%35", InvalidEncoding),
        ("/%E0%A4%A", InvalidEncoding),
        ("/%2\u{e9}", InvalidEncoding),
        ("/%25", DoubleEncoding),
        ("/%252e%252e", DoubleEncoding),
        ("/%252Fetc", DoubleEncoding),
        ("/100%25", DoubleEncoding),
        ("/%25%32%66", DoubleEncoding),
        ("/%C0%AF", NotUtf8),
        ("/%C0%AE%C0%AE", NotUtf8),
        ("/%E0%80%AF", NotUtf8),
        ("/%F0%80%80%AF", NotUtf8),
        ("/%FF", NotUtf8),
        ("/%80", NotUtf8),
        ("/%ED%A0%80", NotUtf8),
        ("/%F4%90%80%80", NotUtf8),
        ("/%C3", NotUtf8),
        // A character whose bytes stand on both sides of a slash is no character.
        ("/%C3/%A9", NotUtf8),
        ("/api/v1;x/auth", Delimiter),
        ("/api/v1%3Bx/auth", Delimiter),
        ("/api/..;/auth", Delimiter),
        ("/api?x", Delimiter),
        ("/api%3Fx", Delimiter),
        ("/api#x", Delimiter),
        ("/api%23x", Delimiter),
    ] {
        assert_eq!(canonicalise(path), Err(error), "{path:?}");
    }
}

#[test]
fn length_is_limited_as_sent() {
    let longest = format!("/{}", "a".repeat(MAX_PATH_BYTES - 1));
    assert_eq!(canonical(&longest), longest);
    assert_eq!(canonicalise(&format!("{longest}a")), Err(PathError::TooLong));
    assert_eq!(canonicalise(&"/".repeat(MAX_PATH_BYTES + 1)), Err(PathError::TooLong));
}

#[test]
fn case_is_kept_and_can_be_ignored() {
    let path = canonicalise("/API/V1/Workspace/Shop").unwrap();
    assert_eq!(path.as_str(), "/API/V1/Workspace/Shop");
    assert!(path.eq_ignore_case("/api/v1/workspace/shop"));
    assert!(!path.eq_ignore_case("/api/v1/workspace"));
    assert_ne!(path, canonicalise("/api/v1/workspace/Shop").unwrap());
}

#[test]
fn a_prefix_is_whole_segments() {
    let path = canonicalise("/Api/Embed/key").unwrap();
    for prefix in ["/api/embed", "/api/embed/", "/api", "/", "", "/API/EMBED/KEY"] {
        assert!(path.starts_with_ignore_case(prefix), "{prefix}");
    }
    for prefix in ["/api/emb", "/api/embed/key/x", "/api/embed/ke", "/other"] {
        assert!(!path.starts_with_ignore_case(prefix), "{prefix}");
    }
    assert!(!canonicalise("/api/embedded").unwrap().starts_with_ignore_case("/api/embed"));
    assert!(canonicalise("/").unwrap().starts_with_ignore_case("/"));
}

#[test]
fn a_prefix_that_ends_inside_a_character_does_not_match() {
    assert!(!canonicalise("/é").unwrap().starts_with_ignore_case("/e"));
}

#[test]
fn segments_are_decoded_and_never_empty() {
    let path = canonicalise("//a//b%20c/").unwrap();
    assert_eq!(path.segments().collect::<Vec<_>>(), ["a", "b c"]);
    assert_eq!(canonicalise("/").unwrap().segments().count(), 0);
}

#[test]
fn what_is_forwarded_is_encoded_by_us() {
    for (raw, forwarded) in [
        ("/caf%c3%a9", "/caf%C3%A9"),
        ("/café", "/caf%C3%A9"),
        ("/a b", "/a%20b"),
        ("/a\"<>`{|}^[]", "/a%22%3C%3E%60%7B%7C%7D%5E%5B%5D"),
        ("/%41", "/A"),
    ] {
        assert_eq!(canonicalise(raw).unwrap().to_forward(), forwarded, "{raw}");
    }
}

/// Paths made of the pieces that matter, so that most properties are tried on more than refusals.
fn pathlike() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => "[a-zA-Z0-9._~-]{1,4}",
        3 => Just("/".to_owned()),
        1 => prop::sample::select(vec!["%41", "%2e", "%2E", "%2f", "%25", "%C3%A9", "%5c", "%00", "%20", "%7E", "%", "%ff"])
            .prop_map(str::to_owned),
        1 => prop::sample::select(vec!["..", ".", "\\", ";", "?", "#", " ", "é", "\u{85}", "+", "\""])
            .prop_map(str::to_owned),
    ];
    prop::collection::vec(piece, 0..8).prop_map(|pieces| format!("/{}", pieces.concat()))
}

/// Another spelling of the same path.
fn respelled(path: &CanonicalPath, choices: &[u8]) -> String {
    let mut choices = choices.iter().copied().cycle();
    let mut choice = || choices.next().unwrap_or(0);
    let mut out = String::new();
    for byte in path.bytes() {
        match (byte, choice() % 3) {
            (b'/', 0) => out.push_str("//"),
            (b'/', _) => out.push('/'),
            (byte, 0) => write!(out, "%{byte:02x}").unwrap(),
            (byte, 1) if byte.is_ascii() => out.push(char::from(byte)),
            (byte, _) => write!(out, "%{byte:02X}").unwrap(),
        }
    }
    if choice() % 2 == 0 {
        out.push('/');
    }
    out
}

proptest! {
    #[test]
    fn canonical_means_canonical(raw in pathlike()) {
        if let Ok(path) = canonicalise(&raw) {
            prop_assert_eq!(canonicalise(path.as_str()), Ok(path.clone()));
            prop_assert_eq!(canonicalise(&path.to_forward()), Ok(path.clone()));
            prop_assert!(path.starts_with('/'));
            prop_assert!(path.as_str() == "/" || !path.ends_with('/'));
            prop_assert!(!path.contains("//"));
            prop_assert!(!path.contains(['%', '\\', ';', '?', '#']));
            prop_assert!(!path.chars().any(char::is_control));
            prop_assert!(path.segments().all(|s| s != "." && s != ".."));
        }
    }

    #[test]
    fn what_is_forwarded_is_a_plain_request_target(raw in pathlike()) {
        if let Ok(path) = canonicalise(&raw) {
            let forward = path.to_forward();
            prop_assert!(forward.bytes().all(|b| b == b'/' || b == b'%' || is_pchar(b)));
            prop_assert_eq!(forward.matches('/').count(), path.matches('/').count());
        }
    }

    #[test]
    fn every_spelling_of_a_path_is_that_path(raw in pathlike(), choices in prop::collection::vec(any::<u8>(), 1..40)) {
        if let Ok(path) = canonicalise(&raw) {
            prop_assert_eq!(canonicalise(&respelled(&path, &choices)), Ok(path));
        }
    }

    #[test]
    fn no_text_panics(raw in "\\PC*", slash in any::<bool>()) {
        let raw = if slash { format!("/{raw}") } else { raw };
        let _ = canonicalise(&raw);
    }

    #[test]
    fn any_bytes_encoded_are_their_text_or_refused(bytes in prop::collection::vec(any::<u8>(), 1..12)) {
        let raw: String = std::iter::once("/".to_owned()).chain(bytes.iter().map(|b| format!("%{b:02x}"))).collect();
        if let Ok(path) = canonicalise(&raw) {
            prop_assert_eq!(path.as_str().as_bytes().get(1..), Some(bytes.as_slice()));
        }
    }
}
