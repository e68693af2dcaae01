use super::*;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use proptest::prelude::*;
use ring::hmac;
use serde_json::{Value, json};

const NOW: i64 = 1_795_417_540;
const SECRET: &str = "the secret of the workspace";

fn message(header: &Value, claims: &Value) -> String {
    let encode = |part: &Value| URL_SAFE_NO_PAD.encode(part.to_string());
    format!("{}.{}", encode(header), encode(claims))
}

fn signed(header: &Value, claims: &Value, secret: &str) -> String {
    let message = message(header, claims);
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()), message.as_bytes());
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(tag))
}

fn header() -> Value {
    json!({"alg": "HS256", "typ": "JWT"})
}

fn read(text: &str) -> Result<String, BadIdentity> {
    let secrets = [SecretString::from(SECRET), SecretString::from("the one before")];
    subject_of(
        text,
        &IdentityRules {
            secrets: &secrets,
            audience: "shop",
            longest: TimeDelta::seconds(600),
            now: DateTime::from_timestamp(NOW, 0).unwrap(),
        },
    )
}

/// What is said of these claims, laid over good ones; null removes one.
fn told(changes: &Value) -> Result<String, BadIdentity> {
    let mut claims = json!({"sub": "customer-4711", "exp": NOW + 300});
    for (name, value) in changes.as_object().unwrap() {
        if value.is_null() {
            claims.as_object_mut().unwrap().remove(name);
        } else {
            claims[name] = value.clone();
        }
    }
    read(&signed(&header(), &claims, SECRET))
}

#[test]
fn a_good_token_names_its_subject() {
    let good = Ok("customer-4711".to_owned());
    for changes in [
        json!({}),
        json!({"iat": NOW, "nbf": NOW - 5, "aud": "shop", "name": "passed over"}),
        json!({"aud": ["other", "shop"], "exp": NOW + 600}),
        json!({"exp": 1_795_417_540.5}),
        // Clocks differ by as much as half a minute.
        json!({"exp": NOW - 30}),
        json!({"exp": NOW + 629, "iat": NOW + 29, "nbf": NOW + 29}),
    ] {
        assert_eq!(told(&changes), good, "{changes}");
    }
    let claims = json!({"sub": "customer-4711", "exp": NOW + 300});
    assert_eq!(read(&signed(&header(), &claims, "the one before")), good, "the secret before still counts");
    assert_eq!(read(&signed(&json!({"alg": "HS256"}), &claims, SECRET)), good);
    assert_eq!(read(&signed(&json!({"alg": "HS256", "typ": "jwt", "kid": "7"}), &claims, SECRET)), good);
}

#[test]
fn what_a_claim_must_be_it_is() {
    use BadIdentity::{Audience, Claims, Expired, NotYet, Subject, TooLong};
    for (changes, fault) in [
        (json!({"sub": null}), Claims),
        (json!({"sub": 4711}), Claims),
        (json!({"exp": null}), Claims),
        (json!({"exp": "soon"}), Claims),
        (json!({"iat": "now"}), Claims),
        (json!({"aud": 1}), Claims),
        (json!({"exp": NOW - 31}), Expired),
        (json!({"exp": -1}), Expired),
        (json!({"exp": NOW + 631}), TooLong),
        (json!({"exp": 1e300}), TooLong),
        (json!({"iat": NOW + 31}), NotYet),
        (json!({"nbf": NOW + 31}), NotYet),
        (json!({"aud": "other"}), Audience),
        (json!({"aud": []}), Audience),
        (json!({"sub": ""}), Subject),
        (json!({"sub": "x".repeat(129)}), Subject),
        (json!({"sub": "a\u{0}b"}), Subject),
    ] {
        assert_eq!(told(&changes), Err(fault), "{changes}");
    }
    assert_eq!(told(&json!({"sub": "ü".repeat(128)})), Ok("ü".repeat(128)));
}

#[test]
fn no_algorithm_but_one_and_no_other_key_is_taken() {
    let claims = json!({"sub": "customer-4711", "exp": NOW + 300});
    let none = format!("{}.", message(&json!({"alg": "none"}), &claims));
    assert_eq!(read(&none), Err(BadIdentity::Form));
    for header in [
        json!({"alg": "none"}),
        json!({"alg": "HS384"}),
        json!({"alg": "hs256"}),
        json!({"alg": "EdDSA"}),
        json!({"alg": "HS256", "typ": "at+jwt"}),
        json!({"alg": "HS256", "crit": ["b64"], "b64": false}),
        json!({"alg": "HS256", "jwk": {"kty": "oct", "k": "AAAA"}}),
        json!({"alg": "HS256", "jku": "https://evil.example/keys"}),
        json!({}),
    ] {
        assert_eq!(read(&signed(&header, &claims, SECRET)), Err(BadIdentity::Form), "{header}");
    }
    assert_eq!(read(&signed(&header(), &claims, "another secret")), Err(BadIdentity::Signature));
    assert_eq!(read(&signed(&header(), &claims, "")), Err(BadIdentity::Signature));
    let unsigned = format!("{}.", message(&header(), &claims));
    assert_eq!(read(&unsigned), Err(BadIdentity::Signature));
    let good = signed(&header(), &claims, SECRET);
    let (head, tag) = good.rsplit_once('.').unwrap();
    assert_eq!(read(&format!("{head}.{}", &tag[..42])), Err(BadIdentity::Signature), "a signature that is cut short");
}

proptest! {
    #[test]
    fn any_text_is_survived_and_names_nobody(text in ".{0,300}", payload in "[A-Za-z0-9_-]{0,200}") {
        prop_assert!(read(&text).is_err());
        let head = URL_SAFE_NO_PAD.encode(header().to_string());
        let token = format!("{head}.{payload}.{payload}");
        prop_assert!(read(&token).is_err());
    }

    #[test]
    fn any_signed_claims_are_survived(subject in ".{0,200}", exp in any::<f64>()) {
        let claims = json!({"sub": subject, "exp": exp});
        let read = read(&signed(&header(), &claims, SECRET));
        prop_assert!(read.is_err() || read == Ok(subject));
    }
}
