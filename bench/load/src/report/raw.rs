//! The collected numbers, and the middle of repeated ones.

use anyhow::Context as _;
use std::collections::BTreeMap;

/// The median of the repetitions, and how far they lie apart.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Spread {
    pub(super) median: f64,
    pub(super) min: f64,
    pub(super) max: f64,
}

impl Spread {
    fn of(mut values: Vec<f64>) -> Option<Self> {
        values.sort_by(f64::total_cmp);
        let (min, max) = (*values.first()?, *values.last()?);
        let middle = values.len() / 2;
        let median =
            if values.len() % 2 == 1 { values[middle] } else { f64::midpoint(values[middle - 1], values[middle]) };
        Some(Self { median, min, max })
    }
}

/// What is asked of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Metric {
    /// Requests a second.
    Rate,
    /// Microseconds of CPU a request, of the process under test.
    Cpu,
    /// A number as it was collected.
    Plain(&'static str),
}

/// All rows of a run.
#[derive(Debug, Default)]
pub(super) struct Raw {
    values: BTreeMap<(String, String), Vec<f64>>,
    skipped: BTreeMap<String, String>,
}

impl Raw {
    pub(super) fn parse(text: &str) -> anyhow::Result<Self> {
        let mut raw = Self::default();
        for line in text.lines() {
            let mut fields = line.splitn(3, '\t');
            let (Some(row), Some(metric), Some(value)) = (fields.next(), fields.next(), fields.next()) else {
                anyhow::bail!("not three fields: {line:?}");
            };
            if metric == "skipped" {
                raw.skipped.insert(row.to_owned(), value.to_owned());
            } else {
                let value = value.parse().with_context(|| line.to_owned())?;
                raw.values.entry((row.to_owned(), metric.to_owned())).or_default().push(value);
            }
        }
        Ok(raw)
    }

    /// Why a row has no numbers.
    pub(super) fn skipped(&self, row: &str) -> Option<&str> {
        self.skipped.get(row).map(String::as_str)
    }

    /// The middle of a row's repetitions.
    pub(super) fn spread(&self, row: &str, metric: Metric) -> Option<Spread> {
        Spread::of(self.repetitions(row, metric)?)
    }

    /// The sum over a row's repetitions.
    pub(super) fn sum(&self, row: &str, metric: &str) -> Option<f64> {
        Some(self.plain(row, metric)?.iter().sum())
    }

    /// How one row stands to another, repetition by repetition: what they share in noise falls out.
    pub(super) fn ratio(&self, row: &str, to: &str, metric: Metric) -> Option<Spread> {
        let (row, to) = (self.repetitions(row, metric)?, self.repetitions(to, metric)?);
        Spread::of(row.iter().zip(&to).map(|(row, to)| row / to).collect())
    }

    fn plain(&self, row: &str, metric: &str) -> Option<&[f64]> {
        self.values.get(&(row.to_owned(), metric.to_owned())).map(Vec::as_slice)
    }

    fn repetitions(&self, row: &str, metric: Metric) -> Option<Vec<f64>> {
        let quotients = |above: &str, below: &str| {
            let (above, below) = (self.plain(row, above)?, self.plain(row, below)?);
            Some(above.iter().zip(below).map(|(above, below)| above / below).collect())
        };
        match metric {
            Metric::Rate => quotients("requests", "seconds"),
            Metric::Cpu => quotients("cpu_us", "requests"),
            Metric::Plain(name) => self.plain(row, name).map(<[f64]>::to_vec),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repetitions_are_compared_in_pairs() {
        let text = "a\trequests\t100\na\tcpu_us\t200\na\trequests\t100\na\tcpu_us\t800\n\
                    b\trequests\t10\nb\tcpu_us\t10\nb\trequests\t10\nb\tcpu_us\t40\nc\tskipped\tnot here\n";
        let raw = Raw::parse(text).unwrap();
        assert_eq!(raw.ratio("a", "b", Metric::Cpu), Some(Spread { median: 2.0, min: 2.0, max: 2.0 }));
        assert_eq!(raw.spread("a", Metric::Cpu), Some(Spread { median: 5.0, min: 2.0, max: 8.0 }));
        assert_eq!(raw.skipped("c"), Some("not here"));
        assert_eq!(raw.spread("c", Metric::Rate), None);
    }
}
