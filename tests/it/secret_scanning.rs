//! The patterns for secret scanners find the keys that we make, and nothing that only looks like one gets by the
//! checksum.

use regex::Regex;
use std::process::Command;
use vestibule::domain::clock::SystemRandomness;
use vestibule::domain::key::{ApiKey, KeyEnv, KeyKind};

fn read(path: &str) -> String {
    std::fs::read_to_string(format!("{}/docs/security/{path}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// The rules of gitleaks' configuration.
fn rules() -> Vec<(String, Regex)> {
    let config: toml::Table = toml::from_str(&read("secret-scanning.toml")).unwrap();
    let rules = config["rules"].as_array().unwrap();
    rules
        .iter()
        .map(|r| (r["id"].as_str().unwrap().to_owned(), Regex::new(r["regex"].as_str().unwrap()).unwrap()))
        .collect()
}

/// GitHub's pattern, put together of its three fields.
fn github() -> Regex {
    let page = read("secret-scanning.md");
    let field = |name: &str| {
        let row = page.lines().find(|line| line.starts_with(&format!("| {name} |"))).unwrap();
        row.split('`').nth(1).unwrap().replace("\\|", "|")
    };
    Regex::new(&format!("(?:{})({})(?:{})", field("before secret"), field("secret format"), field("after secret")))
        .unwrap()
}

fn found<'a>(pattern: &Regex, text: &'a str) -> Option<&'a str> {
    pattern.captures(text).map(|captures| captures.get(1).unwrap().as_str())
}

/// What the scanner reports and the checksum confirms.
fn confirmed<'a>(pattern: &Regex, text: &'a str) -> Option<&'a str> {
    found(pattern, text).filter(|key| ApiKey::parse(key).is_ok())
}

#[test]
fn a_key_is_found_and_a_mistyped_one_is_not() {
    let rules = rules();
    let names: Vec<_> = rules.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["vestibule-secret-key", "vestibule-publishable-key"]);
    let (secret, publishable, github) = (&rules[0].1, &rules[1].1, github());
    for env in [KeyEnv::Live, KeyEnv::Test].into_iter().cycle().take(40) {
        let key = ApiKey::generate(KeyKind::Secret, env, &SystemRandomness);
        let key = key.expose();
        for text in [
            key.to_owned(),
            format!("VESTIBULE_KEY={key}\n"),
            format!("Authorization: Bearer {key}"),
            format!("{{\"key\": \"{key}\"}}"),
            format!("https://chat.shop.example/?key={key}&x=1"),
        ] {
            for pattern in [secret, &github] {
                assert_eq!(found(pattern, &text), Some(key), "{text}");
            }
            assert_eq!(found(publishable, &text), None, "{text}");
        }
        let page = ApiKey::generate(KeyKind::Publishable, env, &SystemRandomness);
        assert_eq!(found(publishable, page.expose()), Some(page.expose()));
        assert_eq!((found(secret, page.expose()), found(&github, page.expose())), (None, None));

        // Of another shape: the pattern alone is enough.
        let (short, long) = (&key[..key.len() - 1], format!("{key}x"));
        let cased = key.replacen("vst_sk", "VST_SK", 1);
        let odd = key.replacen("_live_", "_prod_", 1).replacen("_test_", "_prod_", 1);
        let glued = format!("x{key}");
        for other in [short, &long, &cased, &odd, &glued, &key.replace('_', "-")] {
            for pattern in [secret, &github] {
                assert_eq!(found(pattern, other), None, "{other}");
            }
        }
        // One character wrong, wherever: the checksum tells.
        for at in "vst_sk_live_".len()..key.len() {
            let mut wrong = key.to_owned();
            let other = if &key[at..=at] == "0" { "1" } else { "0" };
            wrong.replace_range(at..=at, other);
            for pattern in [secret, &github] {
                assert_eq!(confirmed(pattern, &wrong), None, "{wrong}");
            }
        }
    }
}

#[test]
fn the_checksum_is_what_the_page_says() {
    let page = read("secret-scanning.md");
    let program = page.split("```python\n").nth(1).unwrap().split("```").next().unwrap();
    let program = format!("{program}\nimport sys\nprint([is_genuine(key) for key in sys.argv[1:]])");
    let key = ApiKey::generate(KeyKind::Secret, KeyEnv::Live, &SystemRandomness);
    let key = key.expose();
    let wrong = key.replacen(&key[20..22], if &key[20..22] == "00" { "11" } else { "00" }, 1);
    let made_up = page.lines().find(|line| line.starts_with("vst_sk_live_")).unwrap();
    let told = Command::new("python3").args(["-c", &program, key, &wrong, made_up]).output().unwrap();
    assert_eq!(String::from_utf8(told.stdout).unwrap().trim(), "[True, False, False]");
    for (_, pattern) in rules() {
        assert_eq!(found(&pattern, &page), None, "an example must not set scanners off");
    }
}
