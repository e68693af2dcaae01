//! Keys: who of a shop calls with what, made, changed and ended here.

pub(crate) mod list;
