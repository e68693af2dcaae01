//! Reading JSON that may hold anything anywhere: a value of an unexpected type is absent, never an error.
//!
//! Must not fail on well-formed JSON, and must not build values nobody asked for.

use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

/// What a type makes of each kind of JSON value; of those it does not name, its default.
pub(super) trait Shape<'de>: Default {
    fn text(_text: Cow<'de, str>) -> Self {
        Self::default()
    }

    fn boolean(_value: bool) -> Self {
        Self::default()
    }

    fn integer(_value: i128) -> Self {
        Self::default()
    }

    fn float(_value: f64) -> Self {
        Self::default()
    }

    fn list<A: SeqAccess<'de>>(mut list: A) -> Result<Self, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Self::default())
    }

    fn object<A: MapAccess<'de>>(mut object: A) -> Result<Self, A::Error> {
        while object.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Self::default())
    }
}

/// Deserialises a [`Shape`].
pub(super) struct Any<T>(pub(super) T);

pub(super) fn next_key<'de, A: MapAccess<'de>>(object: &mut A) -> Result<Option<Cow<'de, str>>, A::Error> {
    Ok(object.next_key::<Any<Option<Cow<'de, str>>>>()?.map(|key| key.0.unwrap_or_default()))
}

/// The value that belongs to the key just read. Of a repeated key the last value counts, as in JavaScript.
pub(super) fn value<'de, T: Shape<'de>, A: MapAccess<'de>>(object: &mut A) -> Result<T, A::Error> {
    Ok(object.next_value::<Any<T>>()?.0)
}

/// Passes over the value that belongs to the key just read.
pub(super) fn skip<'de, A: MapAccess<'de>>(object: &mut A) -> Result<(), A::Error> {
    object.next_value::<IgnoredAny>().map(drop)
}

impl<'de, T: Shape<'de>> Deserialize<'de> for Any<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyVisitor(PhantomData)).map(Self)
    }
}

struct AnyVisitor<T>(PhantomData<T>);

impl<'de, T: Shape<'de>> Visitor<'de> for AnyVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<T, E> {
        Ok(T::boolean(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<T, E> {
        Ok(T::integer(value.into()))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<T, E> {
        Ok(T::integer(value.into()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<T, E> {
        Ok(T::float(value))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        Ok(T::text(Cow::Owned(text.to_owned())))
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<T, E> {
        Ok(T::text(Cow::Borrowed(text)))
    }

    fn visit_unit<E: Error>(self) -> Result<T, E> {
        Ok(T::default())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<T, A::Error> {
        T::list(list)
    }

    fn visit_map<A: MapAccess<'de>>(self, object: A) -> Result<T, A::Error> {
        T::object(object)
    }
}

impl<'de> Shape<'de> for Option<Cow<'de, str>> {
    fn text(text: Cow<'de, str>) -> Self {
        Some(text)
    }
}

impl Shape<'_> for Option<String> {
    fn text(text: Cow<'_, str>) -> Self {
        Some(text.into_owned())
    }
}

impl Shape<'_> for bool {
    fn boolean(value: bool) -> Self {
        value
    }
}

impl Shape<'_> for Option<u64> {
    fn integer(value: i128) -> Self {
        u64::try_from(value).ok()
    }
}

impl Shape<'_> for Option<i64> {
    fn integer(value: i128) -> Self {
        i64::try_from(value).ok()
    }
}

impl Shape<'_> for Option<f64> {
    fn integer(value: i128) -> Self {
        // Scores and seconds: what does not fit in 32 bits is neither.
        i32::try_from(value).ok().map(f64::from)
    }

    fn float(value: f64) -> Self {
        Some(value)
    }
}

/// The same JSON with what JavaScript writes and Rust cannot represent replaced by U+FFFD; `None` if there is no such
/// thing.
///
/// AnythingLLM cuts texts after so many UTF-16 units, so an emoji may be halved, and `JSON.stringify` then writes the
/// half as an escape (`\ud83d`). Invalid UTF-8 is replaced as WHATWG HTML section 9.2.5 demands. Only called when the
/// data does not parse as it is.
pub(super) fn repaired(data: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(data);
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_ref();
    let mut changed = matches!(text, Cow::Owned(_));
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        out.push_str(before);
        let length = match (escaped_unit(escape), escape.get(6..).and_then(escaped_unit)) {
            (Some(0xD800..=0xDBFF), Some(0xDC00..=0xDFFF)) => 12,
            (Some(0xD800..=0xDFFF), _) => {
                changed = true;
                out.push('\u{FFFD}');
                rest = escape.get(6..).unwrap_or_default();
                continue;
            }
            // The escaped character goes along, so that the second half of `\\` does not begin another escape.
            _ => 1 + escape.chars().nth(1).map_or(0, char::len_utf8),
        };
        let (kept, after) = escape.split_at(length);
        out.push_str(kept);
        rest = after;
    }
    out.push_str(rest);
    changed.then_some(out)
}

/// The UTF-16 unit that a text beginning with `\uXXXX` stands for.
fn escaped_unit(text: &str) -> Option<u16> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    digits.bytes().all(|b| b.is_ascii_hexdigit()).then(|| u16::from_str_radix(digits, 16).ok())?
}
