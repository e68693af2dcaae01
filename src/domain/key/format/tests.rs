use super::*;
use proptest::prelude::*;
use std::collections::HashSet;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Keys made by another implementation of the format, with their hashes under the pepper 0, 1, 2, … 31.
const PUBLISHABLE: &str = "vst_pk_live_0123456789AB_0123456789ABCDEFGHIJKLMNOPQRSTUV1L6neR";
const PUBLISHABLE_HASH: &str = "5debcea4f1c2235b7993293e267fda5bb5702257391a0aa07e385e67e4ef1615";
const SECRET: &str = "vst_sk_test_zzzzzzzzzzzz_abcdefghijklmnopqrstuvwxyzABCDEF1xcVCk";
const SECRET_HASH: &str = "7865a6c39fd1846c7ef0953d8632da9a3a34f254722500227439abd3d0720b53";
const LEADING_ZEROS_IN_CHECKSUM: &str = "vst_pk_test_000000000606_0000000000000000000000000000060600JTFP";

/// Bytes that repeat from a list.
#[derive(Debug)]
struct Bytes(Vec<u8>, AtomicUsize);

impl Bytes {
    fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self(bytes.into(), AtomicUsize::new(0))
    }
}

impl Randomness for Bytes {
    fn fill(&self, bytes: &mut [u8]) {
        for byte in bytes {
            *byte = self.0[self.1.fetch_add(1, Ordering::Relaxed) % self.0.len()];
        }
    }
}

fn pepper() -> Pepper {
    Pepper::new(std::array::from_fn(|i| u8::try_from(i).unwrap()))
}

fn hex(hash: &KeyHash) -> String {
    let mut text = String::new();
    for byte in hash.as_bytes() {
        write!(text, "{byte:02x}").unwrap();
    }
    text
}

fn fault(text: &str) -> KeyFormatError {
    ApiKey::parse(text).unwrap_err()
}

#[test]
fn keys_made_elsewhere_are_read() {
    let key = ApiKey::parse(PUBLISHABLE).unwrap();
    assert_eq!((key.kind(), key.env()), (KeyKind::Publishable, KeyEnv::Live));
    assert_eq!(key.public_id().to_string(), "0123456789AB");
    assert_eq!(key.expose(), PUBLISHABLE);
    assert_eq!(key.last_four(), "6neR");

    let key = ApiKey::parse(SECRET).unwrap();
    assert_eq!((key.kind(), key.env()), (KeyKind::Secret, KeyEnv::Test));
    assert_eq!(key.public_id().as_str(), "zzzzzzzzzzzz");
    assert!(ApiKey::parse(LEADING_ZEROS_IN_CHECKSUM).is_ok());
}

#[test]
fn hashes_are_hmac_sha_256_of_the_whole_key() {
    for (key, hash) in [(PUBLISHABLE, PUBLISHABLE_HASH), (SECRET, SECRET_HASH)] {
        assert_eq!(hex(&ApiKey::parse(key).unwrap().hash(&pepper())), hash);
    }
}

#[test]
fn a_hash_matches_itself_and_nothing_else() {
    let hash = ApiKey::parse(PUBLISHABLE).unwrap().hash(&pepper());
    assert!(hash.matches(&KeyHash::from_bytes(*hash.as_bytes())));
    for bit in 0..256 {
        let mut bytes = *hash.as_bytes();
        bytes[bit / 8] ^= 1 << (bit % 8);
        assert!(!hash.matches(&KeyHash::from_bytes(bytes)), "bit {bit}");
        assert_ne!(hash, KeyHash::from_bytes(bytes));
    }
}

#[test]
fn another_pepper_gives_another_hash_and_has_another_id() {
    let (one, other) = (pepper(), Pepper::new([7; 32]));
    let key = ApiKey::parse(SECRET).unwrap();
    assert!(!key.hash(&one).matches(&key.hash(&other)));
    assert_eq!(one.id(), "81913a6bb7dbda74");
    assert_ne!(one.id(), other.id());
    assert!(key.hash(&one.clone()).matches(&key.hash(&one)));
}

#[test]
fn a_generated_key_is_a_key() {
    let randomness = Bytes::new((0..=255).collect::<Vec<u8>>());
    let mut seen = HashSet::new();
    for kind in [KeyKind::Publishable, KeyKind::Secret] {
        for env in [KeyEnv::Live, KeyEnv::Test] {
            let key = ApiKey::generate(kind, env, &randomness);
            let read = ApiKey::parse(key.expose()).unwrap();
            assert_eq!((read.kind(), read.env(), read.public_id()), (kind, env, key.public_id()));
            assert_eq!(key.expose().len(), KEY_CHARS);
            assert!(seen.insert(key.expose().to_owned()));
        }
    }
}

#[test]
fn public_id_and_secret_are_drawn_apart() {
    let key = ApiKey::generate(KeyKind::Secret, KeyEnv::Live, &Bytes::new((0..62).collect::<Vec<u8>>()));
    // The second draw begins with fresh bytes instead of what the first left over.
    assert!(key.expose().starts_with("vst_sk_live_0123456789AB_23456789ABCDEFGHIJKLMNOPQRSTUVWX"));
}

#[test]
fn every_character_is_equally_likely() {
    let mut counts = [0_usize; 62];
    let mut drawn = [0; 248];
    draw_base62(&mut drawn, &Bytes::new((0..=255).collect::<Vec<u8>>()));
    for character in drawn {
        counts[ALPHABET.iter().position(|&c| c == character).unwrap()] += 1;
    }
    assert_eq!(counts, [4; 62]);
}

#[test]
fn biased_bytes_are_drawn_again() {
    let mut drawn = [0; 3];
    draw_base62(&mut drawn, &Bytes::new([248, 255, 0, 250, 61, 247]));
    assert_eq!(&drawn, b"0zz");
}

#[test]
fn what_is_no_key_says_why() {
    use KeyFormatError::{BadAlphabet, BadChecksum, BadLength, NotAKey};
    let cases = [
        (String::new(), NotAKey),
        ("XAZBKD0-3JFM6ED-PRDTK9A-YNTQ5PB".into(), NotAKey),
        ("vst_".into(), NotAKey),
        ("vst_pk_".into(), NotAKey),
        ("vst_pk_live".into(), NotAKey),
        (PUBLISHABLE.replace("vst_pk", "vst_ak"), NotAKey),
        (PUBLISHABLE.replace("live", "prod"), NotAKey),
        (PUBLISHABLE.replace("vst", "VST"), NotAKey),
        (format!(" {PUBLISHABLE}"), NotAKey),
        (format!("Bearer {PUBLISHABLE}"), NotAKey),
        ("vst_pk_live_".into(), BadLength { found: 12 }),
        (PUBLISHABLE[..62].into(), BadLength { found: 62 }),
        (format!("{PUBLISHABLE}R"), BadLength { found: 64 }),
        (format!("{PUBLISHABLE}\n"), BadLength { found: 64 }),
        (format!("{}é", &PUBLISHABLE[..62]), BadLength { found: 63 }),
        (format!("{}é", &PUBLISHABLE[..61]), BadAlphabet),
        (PUBLISHABLE.replace("AB_0", "AB-0"), BadAlphabet),
        (PUBLISHABLE.replace("AB_0", "A_B0"), BadAlphabet),
        (PUBLISHABLE.replace("EFG", "E_G"), BadAlphabet),
        (PUBLISHABLE.replace("EFG", "E G"), BadAlphabet),
        (PUBLISHABLE.replace("1L6neR", "1L6ne="), BadAlphabet),
        (PUBLISHABLE.replace("EFG", "FEG"), BadChecksum),
        (PUBLISHABLE.replace("vst_pk", "vst_sk"), BadChecksum),
        (PUBLISHABLE.replace("live", "test"), BadChecksum),
        (PUBLISHABLE.replace("1L6neR", "1L6ner"), BadChecksum),
        (PUBLISHABLE.to_uppercase().replace("VST_PK_LIVE", "vst_pk_live"), BadChecksum),
    ];
    for (text, error) in cases {
        assert_eq!(fault(&text), error, "{text:?}");
    }
}

#[test]
fn one_wrong_or_two_swapped_characters_are_always_found() {
    for at in "vst_pk_live_".len()..KEY_CHARS {
        let mut bytes = PUBLISHABLE.as_bytes().to_vec();
        bytes[at] = if bytes[at] == b'x' { b'y' } else { b'x' };
        assert!(ApiKey::parse(std::str::from_utf8(&bytes).unwrap()).is_err(), "{at}");

        let mut bytes = PUBLISHABLE.as_bytes().to_vec();
        bytes.swap(at, at - 1);
        assert!(ApiKey::parse(std::str::from_utf8(&bytes).unwrap()).is_err(), "{at}");
    }
}

#[test]
fn nothing_prints_a_secret() {
    let key = ApiKey::parse(SECRET).unwrap();
    let printed = format!(
        "{key:?} {:?} {:?} {:?} {}",
        key.hash(&pepper()),
        pepper(),
        key.public_id(),
        fault(&SECRET.replace("abc", "abd"))
    );
    assert!(printed.starts_with("ApiKey(zzzzzzzzzzzz) KeyHash(..) Pepper(81913a6bb7dbda74) PublicId(zzzzzzzzzzzz)"));
    for secret in ["abcdef", "1xcVCk", "7865a6", "00010203"] {
        assert!(!printed.contains(secret), "{printed}");
    }
}

#[test]
fn shape_is_told_by_the_beginning() {
    for text in [PUBLISHABLE, SECRET, "vst_pk_", "vst_sk_x"] {
        assert!(looks_like_a_key(text));
    }
    for text in ["", "vst_", "vst_ak_live_x", "VST_PK_live", " vst_pk_live", "eyJhbGciOi.x.y"] {
        assert!(!looks_like_a_key(text), "{text}");
    }
}

#[test]
fn kinds_and_environments_have_one_spelling() {
    for kind in [KeyKind::Publishable, KeyKind::Secret] {
        assert_eq!(kind.as_str().parse(), Ok(kind));
        assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
    }
    for env in [KeyEnv::Live, KeyEnv::Test] {
        assert_eq!(env.as_str().parse(), Ok(env));
        assert_eq!(serde_json::to_value(env).unwrap(), env.as_str());
    }
    assert!("Secret".parse::<KeyKind>().is_err());
    assert_eq!("prod".parse::<KeyEnv>().unwrap_err().to_string(), "expected `live` or `test`");
}

#[test]
fn a_public_id_is_twelve_letters_and_digits() {
    let id: PublicId = "0aZ3456789AB".parse().unwrap();
    assert_eq!(format!("{id:>14}"), "  0aZ3456789AB");
    assert_eq!(serde_json::to_string(&id).unwrap(), "\"0aZ3456789AB\"");
    assert_eq!(serde_json::from_str::<PublicId>("\"0aZ3456789AB\"").unwrap(), id);
    for text in ["", "0aZ3456789A", "0aZ3456789ABC", "0aZ3456789A_", "0aZ3456789é", "0aZ3456789A ", "0aZ34567890é"] {
        assert_eq!(text.parse::<PublicId>(), Err(KeyFormatError::BadPublicId), "{text}");
        assert!(serde_json::from_value::<PublicId>(text.into()).is_err());
    }
}

proptest! {
    #[test]
    fn generated_keys_are_read_back(seed in prop::collection::vec(0_u8..248, 1..200), test in any::<bool>()) {
        let env = if test { KeyEnv::Test } else { KeyEnv::Live };
        let key = ApiKey::generate(KeyKind::Publishable, env, &Bytes::new(seed));
        let read = ApiKey::parse(key.expose()).unwrap();
        prop_assert_eq!(read.public_id(), key.public_id());
        prop_assert!(read.hash(&pepper()).matches(&key.hash(&pepper())));
        prop_assert_eq!(key.public_id().to_string().parse(), Ok(key.public_id()));
    }

    #[test]
    fn no_text_panics(text in "\\PC*", head in "vst_(pk|sk)_(live|test)_|", cut in 0_usize..80) {
        let text = format!("{head}{text}");
        let _ = ApiKey::parse(&text);
        let _ = ApiKey::parse(&text.chars().chain(PUBLISHABLE.chars()).skip(cut).take(63).collect::<String>());
    }

    #[test]
    fn what_is_read_is_what_was_written(text in "vst_pk_live_[0-9A-Za-z_]{51}") {
        // Random texts all but never have the right checksum.
        prop_assert!(ApiKey::parse(&text).is_err());
    }
}
