//! Percentiles, and what the kernel says of a process.

use anyhow::Context as _;
use std::time::Duration;

/// Values of one kind, sorted on the first question.
#[derive(Debug, Default)]
pub(crate) struct Sample {
    values: Vec<f64>,
    sorted: bool,
}

impl Sample {
    pub(crate) fn add(&mut self, value: f64) {
        self.values.push(value);
        self.sorted = false;
    }

    pub(crate) fn extend(&mut self, other: Self) {
        self.values.extend(other.values);
        self.sorted = false;
    }

    /// The smallest value that so many percent do not exceed; 0 of nothing.
    #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, clippy::cast_sign_loss, reason = "counts")]
    pub(crate) fn percentile(&mut self, percent: f64) -> f64 {
        if !self.sorted {
            self.values.sort_by(f64::total_cmp);
            self.sorted = true;
        }
        let rank = (percent / 100.0 * self.values.len() as f64).ceil() as usize;
        self.values.get(rank.saturating_sub(1)).copied().unwrap_or(0.0)
    }
}

/// Thousandths of a second.
pub(crate) fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1_000.0
}

/// Resident memory of these processes together, in KiB.
pub(crate) fn resident_kib(pids: &[u32]) -> anyhow::Result<f64> {
    let mut sum = 0.0;
    for pid in pids {
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).context("the measured process is gone")?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
        sum += line.trim().trim_end_matches(" kB").parse::<f64>().context("VmRSS")?;
    }
    Ok(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_that_were_seen() {
        let mut sample = Sample::default();
        assert!(sample.percentile(50.0).abs() < f64::EPSILON);
        for value in (1..=100).rev() {
            sample.add(f64::from(value));
        }
        assert!((sample.percentile(50.0) - 50.0).abs() < f64::EPSILON);
        assert!((sample.percentile(99.0) - 99.0).abs() < f64::EPSILON);
        assert!((sample.percentile(100.0) - 100.0).abs() < f64::EPSILON);
    }
}
