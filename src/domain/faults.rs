//! What is wrong with an input, field by field. All faults are collected, so that one answer names every one of them.

use serde::Serialize;
use std::fmt;

/// One broken rule of a request body, a query or a setting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldError {
    /// Path of the field, such as `visitor.id`; empty for the input as a whole.
    pub field: String,
    /// Stable word: `required`, `unknown`, `type`, `too_long`, `too_short`, `out_of_range`, `format`, `conflict`.
    pub code: &'static str,
    pub message: String,
}

impl FieldError {
    /// A broken rule of `field`.
    pub fn new(field: impl Into<String>, code: &'static str, message: impl Into<String>) -> Self {
        Self { field: field.into(), code, message: message.into() }
    }
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Faults(Vec<FieldError>);

impl Faults {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    pub fn push(&mut self, field: impl Into<String>, code: &'static str, message: impl Into<String>) {
        self.0.push(FieldError::new(field, code, message));
    }

    /// Takes over the faults of a part, which does not know where it stands: their fields get `parent` before them.
    pub fn within(&mut self, parent: &str, part: Self) {
        self.0.extend(part.0.into_iter().map(|fault| {
            let field = match fault.field.as_str() {
                "" => parent.to_owned(),
                name if parent.is_empty() => name.to_owned(),
                name if name.starts_with('[') => format!("{parent}{name}"),
                name => format!("{parent}.{name}"),
            };
            FieldError { field, ..fault }
        }));
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether something is wrong with this field.
    pub fn has(&self, field: &str) -> bool {
        self.0.iter().any(|fault| fault.field == field)
    }

    /// All of them, in the order in which they were found.
    pub fn into_vec(self) -> Vec<FieldError> {
        self.0
    }

    /// The value, if nothing is wrong with it.
    ///
    /// # Errors
    /// All faults, if there are any.
    pub fn or<T>(self, value: T) -> Result<T, Self> {
        if self.is_empty() { Ok(value) } else { Err(self) }
    }

    /// A text's rules: its length in characters, and no control characters besides line breaks and tabs, which no place
    /// that shows it could bear (PostgreSQL cannot hold NUL at all).
    pub fn text(&mut self, field: &str, text: &str, characters: std::ops::RangeInclusive<usize>) {
        let length = text.chars().count();
        if length < *characters.start() {
            let message = match characters.start() {
                1 => "must not be empty".to_owned(),
                least => format!("must have at least {least} characters"),
            };
            self.push(field, "too_short", message);
        } else if length > *characters.end() {
            self.push(field, "too_long", format!("must not have more than {} characters", characters.end()));
        }
        if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
            self.push(field, "format", "must not have control characters");
        }
    }

    pub fn number<N: PartialOrd + std::fmt::Display>(
        &mut self,
        field: &str,
        number: &N,
        range: &std::ops::RangeInclusive<N>,
    ) {
        if !range.contains(number) {
            self.push(field, "out_of_range", format!("must be {} to {}", range.start(), range.end()));
        }
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, fault) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { "; " };
            write!(f, "{separator}{}: {}", fault.field, fault.message)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_of_a_part_are_told_where_the_part_stands() {
        let mut part = Faults::new();
        part.push("opens", "format", "must be a time");
        part.push("[2].date", "format", "must be a date");
        part.push("", "required", "must be given");
        let mut all = Faults::new();
        all.within("support.hours", part);
        let fields: Vec<_> = all.into_vec().into_iter().map(|fault| fault.field).collect();
        assert_eq!(fields, ["support.hours.opens", "support.hours[2].date", "support.hours"]);
    }

    #[test]
    fn texts_are_counted_in_characters() {
        let mut faults = Faults::new();
        faults.text("a", "äöü", 1..=3);
        faults.text("b", "line\nbreak", 1..=20);
        assert!(faults.is_empty());
        faults.text("c", "", 1..=3);
        faults.text("d", "äöüß", 1..=3);
        faults.text("e", "a\0", 1..=3);
        let found: Vec<_> = faults.into_vec().into_iter().map(|fault| (fault.field, fault.code)).collect();
        let wanted = [("c", "too_short"), ("d", "too_long"), ("e", "format")];
        assert_eq!(found, wanted.map(|(field, code)| (field.to_owned(), code)));
    }
}
