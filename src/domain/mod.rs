//! Pure types and rules: no I/O, no frameworks, nothing of the rest of the crate.

pub mod clock;
pub mod ids;
