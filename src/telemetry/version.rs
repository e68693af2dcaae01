//! Which program this is. What a build knows of its sources comes from its environment, so that the same sources make the
//! same program wherever they lie.

/// The version, as in `Cargo.toml`.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The commit it was built from, as `VESTIBULE_BUILD_REVISION` named it; `unknown` where nobody did.
pub const REVISION: &str = match option_env!("VESTIBULE_BUILD_REVISION") {
    Some(revision) if !revision.is_empty() => revision,
    _ => "unknown",
};

/// The day of that commit, as `VESTIBULE_BUILD_DATE` named it. Not the day of the build: that would make each another.
pub const DATE: &str = match option_env!("VESTIBULE_BUILD_DATE") {
    Some(date) if !date.is_empty() => date,
    _ => "unknown",
};

/// All of it, for `--version`.
pub fn long() -> String {
    format!("{VERSION} (commit {REVISION}, {DATE})")
}
