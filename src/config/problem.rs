//! What is wrong with a configuration: everything at once, each with the place where it stands.

use std::fmt;

/// One thing that is wrong. Never holds the value of a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// `FILE:LINE`, the name of a variable, or empty where nothing is set.
    pub place: String,
    /// The key, such as `public.listen`; empty where there is none.
    pub key: String,
    /// What is wrong, and what would be right.
    pub what: String,
}

impl Problem {
    pub(crate) fn new(place: impl Into<String>, key: impl Into<String>, what: impl Into<String>) -> Self {
        Self { place: place.into(), key: key.into(), what: what.into() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for part in [&self.place, &self.key] {
            if !part.is_empty() {
                write!(f, "{part}: ")?;
            }
        }
        f.write_str(&self.what)
    }
}

/// The configuration cannot be used. Displays one problem a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    /// At least one.
    pub problems: Vec<Problem>,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.problems.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            problem.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigError {}

/// `; did you mean X?` for the candidate that is close to `word`, or nothing.
pub(crate) fn did_you_mean(word: &str, candidates: impl IntoIterator<Item = impl AsRef<str>>) -> String {
    let near = word.len() / 4 + 1;
    let last = |path: &str| path.rsplit('.').next().unwrap_or_default().to_owned();
    let best = candidates
        .into_iter()
        .map(|candidate| {
            let candidate = candidate.as_ref();
            // The right key in the wrong section counts as near, but less so than a slip of the finger.
            let same_key = candidate.contains('.') && last(candidate) == last(word);
            let distance = distance(word, candidate).min(if same_key { near } else { usize::MAX });
            (distance, candidate.to_owned())
        })
        .min();
    match best {
        Some((distance, candidate)) if distance <= near => format!("; did you mean `{candidate}`?"),
        _ => String::new(),
    }
}

/// Edits (insert, delete, replace) between two words, after Wagner and Fischer.
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, a) in from.chars().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        for (cell, b) in row.iter_mut().skip(1).zip(&to) {
            let replaced = diagonal + usize::from(a != *b);
            diagonal = *cell;
            left = replaced.min(left + 1).min(*cell + 1);
            *cell = left;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{did_you_mean, distance};

    #[test]
    fn distance_counts_edits() {
        for (from, to, edits) in [
            ("", "", 0),
            ("", "abc", 3),
            ("abc", "", 3),
            ("kitten", "sitting", 3),
            ("listen", "listen", 0),
            ("ab", "ba", 2),
        ] {
            assert_eq!(distance(from, to), edits, "{from} {to}");
        }
    }

    #[test]
    fn near_names_are_suggested_and_far_ones_are_not() {
        let keys = ["public.listen", "public.url", "edge.max_header_bytes", "secret_key"];
        assert_eq!(did_you_mean("public.listn", keys), "; did you mean `public.listen`?");
        assert_eq!(did_you_mean("secretkey", keys), "; did you mean `secret_key`?");
        assert_eq!(did_you_mean("edge.url", keys), "; did you mean `public.url`?");
        assert_eq!(did_you_mean("colour", keys), "");
    }
}
