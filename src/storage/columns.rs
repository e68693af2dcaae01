//! Values on their way to SQL and back. Numbers of the domain have no sign, those of the schema have; what is written
//! is checked before, and the schema lets nothing be negative, so that neither way loses anything.

use super::StorageError;
use std::fmt::Display;
use std::num::TryFromIntError;
use std::str::FromStr;

/// For a `smallint`; beyond it, the largest.
pub(super) fn small(number: u32) -> i16 {
    i16::try_from(number).unwrap_or(i16::MAX)
}

/// For an `integer`; beyond it, the largest.
pub(super) fn int(number: u32) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

/// For a `bigint`; beyond it, the largest.
pub(super) fn long(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Of a count; a negative one is none.
pub(super) fn count<S, N: TryFrom<S> + Default>(number: S) -> N {
    N::try_from(number).unwrap_or_default()
}

/// Of a setting; one that cannot be is not guessed at.
pub(super) fn setting<S, N: TryFrom<S, Error = TryFromIntError>>(
    column: &'static str,
    number: S,
) -> Result<N, StorageError> {
    N::try_from(number).map_err(|error| StorageError::corrupt(column, error))
}

/// Of a setting that may be left out.
pub(super) fn optional<S, N: TryFrom<S, Error = TryFromIntError>>(
    column: &'static str,
    number: Option<S>,
) -> Result<Option<N>, StorageError> {
    number.map(|number| setting(column, number)).transpose()
}

/// Of a text that stands for something: one of a closed list of words, an address, an id.
pub(super) fn word<T: FromStr<Err: Display>>(column: &'static str, text: &str) -> Result<T, StorageError> {
    text.parse().map_err(|error| StorageError::corrupt(column, error))
}

/// Of a list of such texts.
pub(super) fn words<T: FromStr<Err: Display>>(column: &'static str, texts: &[String]) -> Result<Vec<T>, StorageError> {
    texts.iter().map(|text| word(column, text)).collect()
}
