//! Numbers on their way to SQL and back. Those of the domain have no sign, those of the schema have; what is written is
//! checked before, and the schema lets nothing be negative, so that neither way loses anything.

use super::StorageError;
use std::num::TryFromIntError;

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

/// Of a setting.
///
/// # Errors
/// For one that cannot be: it is not guessed at.
pub(super) fn setting<S, N: TryFrom<S, Error = TryFromIntError>>(
    column: &'static str,
    number: S,
) -> Result<N, StorageError> {
    N::try_from(number).map_err(|error| StorageError::corrupt(column, error))
}
