//! What the kernel knows of this process, under the names that every exporter uses. Read when the metrics are asked for.

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Unit;
use rustix::process::{Resource, getrlimit};
use std::fmt;
use std::path::Path;

/// The collector of `process_*`.
#[derive(Debug)]
pub(super) struct ProcessMetrics;

/// A moment of the process.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Seen {
    cpu_seconds: f64,
    resident_bytes: i64,
    virtual_bytes: i64,
    open_files: i64,
    started: f64,
}

impl Seen {
    /// None on a system that does not say it as Linux does.
    #[expect(clippy::cast_precision_loss, reason = "clock ticks since a start stay far below 2^52")]
    fn now(proc: &Path) -> Option<Self> {
        let read = |name: &str| std::fs::read_to_string(proc.join(name)).ok();
        // The name of the program, in parentheses, may hold anything.
        let stat = read("self/stat")?;
        let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
        let ticks = |field: usize| fields.get(field)?.parse::<u64>().ok().map(|ticks| ticks as f64);
        let a_second = rustix::param::clock_ticks_per_second() as f64;
        // Fields 14, 15 and 22 of proc(5), counted from the third, which is the first after the name.
        let (user, system, since_boot) = (ticks(11)?, ticks(12)?, ticks(19)?);
        let boot = read("stat")?.lines().find_map(|line| line.strip_prefix("btime ")?.trim().parse::<f64>().ok())?;
        let statm = read("self/statm")?;
        let mut pages = statm.split_whitespace().map_while(|pages| pages.parse::<i64>().ok());
        let page = i64::try_from(rustix::param::page_size()).ok()?;
        Some(Self {
            cpu_seconds: (user + system) / a_second,
            virtual_bytes: pages.next()?.saturating_mul(page),
            resident_bytes: pages.next()?.saturating_mul(page),
            open_files: i64::try_from(std::fs::read_dir(proc.join("self/fd")).ok()?.count()).ok()?,
            started: boot + since_boot / a_second,
        })
    }
}

impl Collector for ProcessMetrics {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let Some(seen) = Seen::now(Path::new("/proc")) else { return Ok(()) };
        let cpu = ConstCounter::new(seen.cpu_seconds);
        let described = encoder.encode_descriptor(
            "process_cpu",
            "Time of processors that this process took",
            Some(&Unit::Seconds),
            cpu.metric_type(),
        )?;
        cpu.encode(described)?;
        let mut gauge = |name: &str, help: &str, unit: Option<&Unit>, value: i64| {
            let value = ConstGauge::new(value);
            let described = encoder.encode_descriptor(name, help, unit, value.metric_type())?;
            value.encode(described)
        };
        let bytes = Some(&Unit::Bytes);
        gauge("process_resident_memory", "Memory of this process that is in RAM", bytes, seen.resident_bytes)?;
        gauge("process_virtual_memory", "Addresses that this process uses", bytes, seen.virtual_bytes)?;
        gauge("process_open_fds", "Open files and sockets of this process", None, seen.open_files)?;
        if let Some(most) = getrlimit(Resource::Nofile).current.and_then(|most| i64::try_from(most).ok()) {
            gauge("process_max_fds", "Files and sockets that this process may have open", None, most)?;
        }
        let started = ConstGauge::new(seen.started);
        let described = encoder.encode_descriptor(
            "process_start_time",
            "When this process began, in seconds since 1970",
            Some(&Unit::Seconds),
            started.metric_type(),
        )?;
        started.encode(described)
    }
}

#[cfg(test)]
mod tests {
    use super::Seen;
    use crate::domain::clock::{Clock as _, SystemClock};
    use std::path::Path;

    #[test]
    fn this_process_is_seen() {
        let seen = Seen::now(Path::new("/proc")).unwrap();
        assert!(seen.resident_bytes > 0 && seen.virtual_bytes >= seen.resident_bytes, "{seen:?}");
        assert!(seen.open_files >= 3 && seen.cpu_seconds >= 0.0, "{seen:?}");
        let now = f64::from(u32::try_from(SystemClock.now().timestamp()).unwrap());
        assert!(seen.started > now - 86_400.0 && seen.started < now + 2.0, "{seen:?} at {now}");
    }

    #[test]
    fn another_system_is_not_guessed_at() {
        assert_eq!(Seen::now(Path::new("/nonexistent")), None);
    }
}
