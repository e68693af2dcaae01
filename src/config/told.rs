//! What holds, to be shown to people.

/// A key with what holds for it, to be shown to people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToldSetting {
    pub key: &'static str,
    /// None: a secret that is set; it is not shown.
    pub value: Option<String>,
    /// The variable, or the file and its line; empty for the default.
    pub place: String,
}
