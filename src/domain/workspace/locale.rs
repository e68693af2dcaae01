//! Languages and regions (BCP 47), and which of a workspace's a visitor is shown (RFC 4647). What a browser sends is
//! read leniently and up to a bound: a broken header means the default language, never a refusal.

use super::market::formatted_text;
use std::borrow::Borrow;
use std::str::FromStr;

formatted_text!(
    /// A language with, optionally, a script and a region: `de`, `de-AT`, `zh-Hant-TW`, `es-419`. Kept in the usual
    /// spelling (RFC 5646 section 2.1.1).
    Locale,
    NotALocale,
    "must be a language with an optional script and region, as in de, de-AT or zh-Hant-TW"
);

impl Locale {
    /// English, the language of the defaults.
    pub fn english() -> Self {
        Self("en".to_owned())
    }

    pub fn language(&self) -> &str {
        self.0.split('-').next().unwrap_or_default()
    }

    /// The script, where one is named.
    fn script(&self) -> Option<&str> {
        self.0.split('-').nth(1).filter(|part| part.len() == 4)
    }

    /// The country, where one is named by its two letters.
    pub fn country(&self) -> Option<&str> {
        self.0.split('-').skip(1).find(|part| part.len() == 2)
    }

    /// It, and then with one part less each: `zh-Hant-TW`, `zh-Hant`, `zh` (RFC 4647 section 3.4).
    pub(crate) fn fallbacks(&self) -> impl Iterator<Item = &str> {
        let text = self.0.as_str();
        std::iter::successors(Some(text), |text| text.rfind('-').and_then(|end| text.get(..end)))
    }
}

impl Borrow<str> for Locale {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl FromStr for Locale {
    type Err = NotALocale;

    /// Takes any case and keeps the usual one.
    fn from_str(text: &str) -> Result<Self, NotALocale> {
        let alphabetic = |part: &str| part.bytes().all(|byte| byte.is_ascii_alphabetic());
        let mut parts = text.split('-').peekable();
        let language =
            parts.next().filter(|part| (2..=3).contains(&part.len()) && alphabetic(part)).ok_or(NotALocale)?;
        let mut locale = language.to_ascii_lowercase();
        if let Some(script) = parts.next_if(|part| part.len() == 4 && alphabetic(part)) {
            let (first, rest) = script.split_at(1);
            locale.push('-');
            locale.push_str(&first.to_ascii_uppercase());
            locale.push_str(&rest.to_ascii_lowercase());
        }
        let region = |part: &&str| match part.len() {
            2 => alphabetic(part),
            3 => part.bytes().all(|byte| byte.is_ascii_digit()),
            _ => false,
        };
        if let Some(region) = parts.next_if(region) {
            locale.push('-');
            locale.push_str(&region.to_ascii_uppercase());
        }
        if parts.next().is_some() { Err(NotALocale) } else { Ok(Self(locale)) }
    }
}

/// The languages a workspace speaks.
#[derive(Debug, Clone, Copy)]
pub struct Offered<'a> {
    /// Shown when nothing else is wanted.
    pub default: &'a Locale,
    /// The others, in the shop's order; may name the default too.
    pub others: &'a [Locale],
}

impl<'a> Offered<'a> {
    /// The locale to show.
    ///
    /// `explicit` is what the page asked for by name and goes before `accept_language`, the browser's header. Each
    /// wish is looked up with one part less at a time (RFC 4647 section 3.4); if the shop has none of these, any of
    /// its locales in that language and script will do, so that `de` finds `de-DE`. What is not understood is
    /// skipped; the default is the last resort.
    pub fn negotiate(self, explicit: Option<&str>, accept_language: Option<&str>) -> &'a Locale {
        let explicit = explicit.and_then(|text| text.trim().parse::<Locale>().ok());
        if let Some(found) = explicit.and_then(|wish| self.lookup(&wish, &[])) {
            return found;
        }
        let wishes = accept_language.map(Wishes::parse).unwrap_or_default();
        wishes.ranges.iter().find_map(|range| self.serve(range.as_ref(), &wishes.refused)).unwrap_or(self.default)
    }

    fn all(self) -> impl Iterator<Item = &'a Locale> {
        std::iter::once(self.default).chain(self.others)
    }

    /// Gives what matches a range; `None` is `*`.
    fn serve(self, range: Option<&Locale>, refused: &[Locale]) -> Option<&'a Locale> {
        match range {
            Some(wish) => self.lookup(wish, refused),
            None => self.all().find(|offered| !is_refused(offered, refused)),
        }
    }

    fn lookup(self, wish: &Locale, refused: &[Locale]) -> Option<&'a Locale> {
        let fitting = || self.all().filter(|offered| !is_refused(offered, refused));
        let exact = wish.fallbacks().find_map(|text| fitting().find(|offered| offered.as_str() == text));
        exact.or_else(|| {
            fitting().find(|offered| {
                let same_script = match (wish.script(), offered.script()) {
                    (Some(wanted), Some(has)) => wanted == has,
                    _ => true,
                };
                offered.language() == wish.language() && same_script
            })
        })
    }
}

/// Whether a range with `q=0` covers the locale (RFC 9110 section 12.5.4).
fn is_refused(locale: &Locale, refused: &[Locale]) -> bool {
    locale.fallbacks().any(|text| refused.iter().any(|range| range.as_str() == text))
}

/// An `Accept-Language` header, understood.
#[derive(Debug, Default, PartialEq, Eq)]
struct Wishes {
    /// Most wanted first; `None` is `*`.
    ranges: Vec<Option<Locale>>,
    /// Named with `q=0`.
    refused: Vec<Locale>,
}

impl Wishes {
    /// More of a header is not read.
    const MAX_BYTES: usize = 1024;
    /// More ranges are not read; browsers send fewer than ten.
    const MAX_RANGES: usize = 32;

    fn parse(header: &str) -> Self {
        let end = header.len().min(Self::MAX_BYTES);
        // A header cut within a range loses that range.
        let read = match header.get(..end) {
            Some(all) if end == header.len() => all,
            Some(part) => part.rsplit_once(',').map_or("", |(whole, _)| whole),
            None => "",
        };
        let mut weighed: Vec<(u16, Option<Locale>)> = Vec::new();
        let mut refused = Vec::new();
        for item in read.split(',').take(Self::MAX_RANGES) {
            let (range, weight) = item.split_once(';').map_or((item, None), |(range, rest)| (range, Some(rest)));
            let Some(weight) = weight.map_or(Some(1000), quality) else { continue };
            let range = range.trim();
            match (range, known(range), weight) {
                ("*", _, 1..) => weighed.push((weight, None)),
                (_, Some(locale), 0) => refused.push(locale),
                (_, Some(locale), _) => weighed.push((weight, Some(locale))),
                _ => {}
            }
        }
        // Stable: ranges of the same weight keep the order they were sent in.
        weighed.sort_by_key(|(weight, _)| std::cmp::Reverse(*weight));
        Self { ranges: weighed.into_iter().map(|(_, range)| range).collect(), refused }
    }
}

/// The part of a range that is a locale here: `de-DE-1996` is `de-DE`, and `x-klingon` is nothing.
fn known(range: &str) -> Option<Locale> {
    let shortened = std::iter::successors(Some(range), |text| text.rfind('-').and_then(|end| text.get(..end)));
    shortened.take(8).find_map(|text| text.parse().ok())
}

/// `q=0.8` in thousandths (RFC 9110 section 12.4.2).
fn quality(text: &str) -> Option<u16> {
    let (name, value) = text.split_once('=')?;
    if !name.trim().eq_ignore_ascii_case("q") {
        return None;
    }
    let value = value.trim();
    let (whole, fraction) = value.split_once('.').unwrap_or((value, ""));
    let digits = fraction.len() <= 3 && fraction.bytes().all(|byte| byte.is_ascii_digit());
    let thousandths: u16 = format!("{fraction:0<3}").parse().ok().filter(|_| digits)?;
    match whole {
        "0" => Some(thousandths),
        "1" if thousandths == 0 => Some(1000),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
