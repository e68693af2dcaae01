//! Our own widget (`clients/widget`): its script under a short address that stays the same, and under one that names its
//! bytes, with the words of its languages. Compiled in; the same for everybody, on every page, without a key.

use crate::api::admitted::Gated;
use crate::api::fixed::Fixed;
use crate::api::response::Refusal;
use crate::rejection::Rejection;
use axum::response::Response;
use http::{HeaderMap, HeaderName, header};
use serde::Deserialize;
use std::collections::HashMap;
use std::sync::LazyLock;

const SCRIPT: &str = include_str!("../../../clients/widget/dist/widget.js");
const MANIFEST: &str = include_str!("../../../clients/widget/dist/manifest.json");

macro_rules! languages {
    ($($name:literal),*) => {
        [$(($name, include_str!(concat!("../../../clients/widget/dist/languages/", $name, ".json")))),*]
    };
}
const LANGUAGES: [(&str, &str); 12] =
    languages!["ar", "de", "en", "es", "fr", "it", "ja", "nl", "pl", "pt", "sv", "tr"];

/// What the build of the widget says of itself.
#[derive(Deserialize, Default)]
struct Manifest {
    /// Names the script's bytes.
    hash: String,
    /// For the attribute `integrity` of the address that names them.
    integrity: String,
    languages: Edition,
}

#[derive(Deserialize, Default)]
struct Edition {
    /// Names the bytes of all languages together.
    edition: String,
}

static PARTS: LazyLock<Manifest> = LazyLock::new(|| serde_json::from_str(MANIFEST).unwrap_or_default());

/// A page that has it asks again after this, and uses it for a day while it does.
const FOR_NOW: &str = "public, max-age=300, stale-while-revalidate=86400";
const FOR_EVER: &str = "public, max-age=31536000, immutable";
const CODE: &str = "text/javascript; charset=utf-8";
const WORDS: &str = "application/json";
const NOTHING: Rejection = Rejection::NotFound("There is nothing at this path.");

static CURRENT: LazyLock<Fixed> = LazyLock::new(|| fixed(CODE, SCRIPT, FOR_NOW));
static PINNED: LazyLock<Fixed> = LazyLock::new(|| fixed(CODE, SCRIPT, FOR_EVER));
static WORDS_FOR_NOW: LazyLock<HashMap<&str, Fixed>> = LazyLock::new(|| words(FOR_NOW));
static WORDS_FOR_EVER: LazyLock<HashMap<&str, Fixed>> = LazyLock::new(|| words(FOR_EVER));

/// Pages of any origin load it, and may time it. No cookie and no key is involved.
fn fixed(media_type: &'static str, text: &'static str, caching: &'static str) -> Fixed {
    let headers = [
        (header::CONTENT_TYPE, media_type),
        (header::CACHE_CONTROL, caching),
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (HeaderName::from_static("cross-origin-resource-policy"), "cross-origin"),
        (HeaderName::from_static("timing-allow-origin"), "*"),
    ];
    Fixed::new(text, &headers)
}

fn words(caching: &'static str) -> HashMap<&'static str, Fixed> {
    LANGUAGES.map(|(name, text)| (name, fixed(WORDS, text, caching))).into()
}

/// The path of the script that names its bytes, and what they must be (Subresource Integrity).
pub(in crate::api) fn pinned_path() -> (String, &'static str) {
    (format!("/widget/widget.{}.js", PARTS.hash), &PARTS.integrity)
}

pub(crate) async fn current(asked: HeaderMap) -> Response {
    CURRENT.answer(&asked)
}

pub(crate) async fn pinned(Gated(admitted): Gated, asked: HeaderMap) -> Result<Response, Refusal> {
    let file = admitted.param("file").ok_or(Rejection::Internal)?;
    let hash = file.strip_prefix("widget.").and_then(|rest| rest.strip_suffix(".js"));
    if hash.is_none_or(|hash| hash.is_empty() || hash != PARTS.hash) {
        return Err(NOTHING.into());
    }
    Ok(PINNED.answer(&asked))
}

/// `LANGUAGE.EDITION.json`. Of another edition than the widget's here today's words are given, for now: the script puts
/// English in the place of what it misses.
pub(crate) async fn language(Gated(admitted): Gated, asked: HeaderMap) -> Result<Response, Refusal> {
    let file = admitted.param("file").ok_or(Rejection::Internal)?;
    let parts = file.strip_suffix(".json").and_then(|name| name.split_once('.'));
    let (name, edition) = parts.ok_or(NOTHING)?;
    let known = if edition == PARTS.languages.edition { &*WORDS_FOR_EVER } else { &*WORDS_FOR_NOW };
    Ok(known.get(name).ok_or(NOTHING)?.answer(&asked))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_build_says_what_its_files_are() {
        assert!(!PARTS.hash.is_empty() && !PARTS.languages.edition.is_empty());
        assert!(PARTS.integrity.starts_with("sha384-"), "{}", PARTS.integrity);
        assert!(SCRIPT.contains(&PARTS.languages.edition), "the script asks for today's words");
        let (path, _) = pinned_path();
        assert_eq!(path, format!("/widget/widget.{}.js", PARTS.hash));
    }
}
