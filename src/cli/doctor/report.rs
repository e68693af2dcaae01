//! What the doctor found, for people and for programs.

use serde::Serialize;
use std::fmt;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Level {
    /// As it should be.
    Ok,
    /// Works, but is probably not what was meant.
    Warn,
    /// Does not work, or is dangerous.
    Fail,
}

#[derive(Debug, Serialize)]
struct Finding {
    level: Level,
    /// What was looked at: `config`, `host`, `tls`, `proxies`, `running`, `public`, `database`, `secret_key`, `redis`, `upstream`,
    /// `documents`, `workspaces`, `question`.
    part: &'static str,
    what: String,
    /// How to mend it.
    #[serde(skip_serializing_if = "Option::is_none")]
    mend: Option<String>,
}

/// All findings, in the order they were made.
#[derive(Debug, Default, Serialize)]
pub(super) struct Report {
    findings: Vec<Finding>,
}

impl Report {
    pub(super) fn ok(&mut self, part: &'static str, what: impl Into<String>) {
        self.findings.push(Finding { level: Level::Ok, part, what: what.into(), mend: None });
    }

    pub(super) fn warn(&mut self, part: &'static str, what: impl Into<String>, mend: impl Into<String>) {
        self.findings.push(Finding { level: Level::Warn, part, what: what.into(), mend: Some(mend.into()) });
    }

    pub(super) fn fail(&mut self, part: &'static str, what: impl Into<String>, mend: impl Into<String>) {
        self.findings.push(Finding { level: Level::Fail, part, what: what.into(), mend: Some(mend.into()) });
    }

    pub(super) fn append(&mut self, other: Self) {
        self.findings.extend(other.findings);
    }

    pub(super) fn worst(&self) -> Level {
        self.findings.iter().map(|finding| finding.level).max().unwrap_or(Level::Ok)
    }

    fn count(&self, level: Level) -> usize {
        self.findings.iter().filter(|finding| finding.level == level).count()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for finding in &self.findings {
            let level = match finding.level {
                Level::Ok => "ok  ",
                Level::Warn => "warn",
                Level::Fail => "FAIL",
            };
            writeln!(f, "{level}  {:10}  {}", finding.part, finding.what)?;
            if let Some(mend) = &finding.mend {
                writeln!(f, "                  -> {mend}")?;
            }
        }
        writeln!(
            f,
            "{} failed, {} warnings, {} ok",
            self.count(Level::Fail),
            self.count(Level::Warn),
            self.count(Level::Ok)
        )
    }
}
