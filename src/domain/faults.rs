//! What is wrong with an input, field by field. All faults are collected, so that one answer names them together.
//!
//! An answer must not grow faster than what it answers: only the first faults are kept, the others are counted, and of
//! a name that somebody sent no more is repeated than anybody can read.

use serde::Serialize;
use std::fmt;

/// Faults that are told one by one; of the others the number is told.
pub const MOST_FAULTS: usize = 20;

/// Characters of a field's path. Ours are shorter; a name that was sent may be as long as a request.
const MOST_PATH_CHARS: usize = 128;

/// One broken rule of a request body, a query or a setting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldError {
    /// Path of the field, such as `visitor.id`; empty for the input as a whole.
    pub field: String,
    /// Stable word: `required`, `unknown`, `type`, `too_long`, `too_short`, `out_of_range`, `format`, `conflict`,
    /// `exceeds`.
    pub code: &'static str,
    pub message: String,
}

impl FieldError {
    /// A broken rule of `field`.
    pub fn new(field: impl Into<String>, code: &'static str, message: impl Into<String>) -> Self {
        Self { field: shortened(field.into()), code, message: message.into() }
    }
}

fn shortened(mut field: String) -> String {
    if let Some((at, _)) = field.char_indices().nth(MOST_PATH_CHARS) {
        field.truncate(at);
        field.push('…');
    }
    field
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Faults {
    /// The first ones.
    told: Vec<FieldError>,
    /// How many more were found.
    more: usize,
}

impl Faults {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    pub fn push(&mut self, field: impl Into<String>, code: &'static str, message: impl Into<String>) {
        self.add(FieldError::new(field, code, message));
    }

    pub fn add(&mut self, fault: FieldError) {
        if self.told.len() < MOST_FAULTS {
            self.told.push(fault);
        } else {
            self.more += 1;
        }
    }

    /// Takes over the faults of a part, which does not know where it stands: their fields get `parent` before them.
    pub fn within(&mut self, parent: &str, part: Self) {
        for fault in part.told {
            let field = match fault.field.as_str() {
                "" => parent.to_owned(),
                name if parent.is_empty() => name.to_owned(),
                name if name.starts_with('[') => format!("{parent}{name}"),
                name => format!("{parent}.{name}"),
            };
            self.add(FieldError { field, ..fault });
        }
        self.more += part.more;
    }

    /// The same faults at the fields that somebody has typed in: `name` gives another name, or none for the same. What
    /// is told of one field twice then is told once.
    #[must_use]
    pub fn renamed(&self, name: impl Fn(&str) -> Option<String>) -> Self {
        let told = self.told.iter().map(|fault| {
            let field = name(&fault.field).map_or_else(|| fault.field.clone(), shortened);
            FieldError { field, ..fault.clone() }
        });
        let mut told: Vec<_> = told.collect();
        told.dedup();
        Self { told, more: self.more }
    }

    pub fn is_empty(&self) -> bool {
        self.told.is_empty()
    }

    /// Whether something is told to be wrong with this field.
    pub fn has(&self, field: &str) -> bool {
        self.told.iter().any(|fault| fault.field == field)
    }

    /// Those that are told, in the order in which they were found.
    pub fn told(&self) -> &[FieldError] {
        &self.told
    }

    /// How many there are besides those that are told.
    pub fn more(&self) -> usize {
        self.more
    }

    pub fn into_vec(self) -> Vec<FieldError> {
        self.told
    }

    /// For people: a line for each that is told, in words of the caller's, and how many there are besides.
    pub fn lines(&self, line: impl Fn(&FieldError) -> String) -> String {
        let mut lines: Vec<String> = self.told.iter().map(line).collect();
        if self.more > 0 {
            lines.push(format!("and {} more", self.more));
        }
        lines.join("\n")
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

    /// A text that somebody must be able to read: with so many letters or digits at least. Blanks, signs that are not
    /// seen, and those that only change others are not counted.
    pub fn legible(&mut self, field: &str, text: &str, least: usize) {
        // Letters by their category, and seen by nobody.
        let is_filler = |c| matches!(c, '\u{115F}' | '\u{1160}' | '\u{3164}' | '\u{FFA0}');
        if text.chars().filter(|c| c.is_alphanumeric() && !is_filler(*c)).count() < least && !self.has(field) {
            self.push(field, "format", format!("must have at least {least} letters or digits"));
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
        for (index, fault) in self.told.iter().enumerate() {
            let separator = if index == 0 { "" } else { "; " };
            write!(f, "{separator}{}: {}", fault.field, fault.message)?;
        }
        if self.more > 0 { write!(f, "; and {} more", self.more) } else { Ok(()) }
    }
}

impl From<FieldError> for Faults {
    fn from(fault: FieldError) -> Self {
        Self { told: vec![fault], more: 0 }
    }
}

impl FromIterator<FieldError> for Faults {
    fn from_iter<I: IntoIterator<Item = FieldError>>(all: I) -> Self {
        let mut faults = Self::new();
        all.into_iter().for_each(|fault| faults.add(fault));
        faults
    }
}

impl IntoIterator for Faults {
    type Item = FieldError;
    type IntoIter = std::vec::IntoIter<FieldError>;

    fn into_iter(self) -> Self::IntoIter {
        self.told.into_iter()
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
    fn the_first_faults_are_told_and_the_others_are_counted() {
        let part: Faults = (0..30).map(|n| FieldError::new(format!("[{n}]"), "type", "must be a string")).collect();
        assert_eq!((part.told().len(), part.more()), (MOST_FAULTS, 10));
        let mut all = Faults::new();
        all.push("name", "required", "must be given");
        all.within("list", part);
        assert_eq!((all.told().len(), all.more()), (MOST_FAULTS, 11));
        assert_eq!(all.told().last().map(|fault| fault.field.as_str()), Some("list[18]"));
        assert!(all.to_string().ends_with("; and 11 more"));
        assert!(all.lines(|fault| fault.field.clone()).ends_with("list[18]\nand 11 more"));
    }

    #[test]
    fn a_name_that_was_sent_is_not_repeated_at_length() {
        let fault = FieldError::new("ü".repeat(60_000), "unknown", "there is no such field");
        assert_eq!(fault.field.chars().count(), MOST_PATH_CHARS + 1);
        let fault = FieldError::new("ü".repeat(MOST_PATH_CHARS), "unknown", "there is no such field");
        assert!(fault.field.ends_with('ü'));
    }

    #[test]
    fn what_nobody_sees_is_not_legible() {
        for text in ["KI", "機械が答えます", "A machine."] {
            let mut faults = Faults::new();
            faults.legible("a", text, 2);
            assert!(faults.is_empty(), "{text}");
        }
        let unseen =
            "\u{200B}\u{2800}\u{3164}\u{AD}\u{180E}\u{34F}\u{FE0F}\u{E0020}\u{301}\u{202E}\u{FEFF}\u{115F}.\u{A0} \n";
        for one in unseen.chars() {
            let mut faults = Faults::new();
            faults.legible("a", &one.to_string().repeat(25), 2);
            assert!(faults.has("a"), "{one:?}");
        }
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
