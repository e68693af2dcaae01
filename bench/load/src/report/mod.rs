//! Turns what a run collected into tables: on the terminal, and in `bench/RESULTS.md`.

mod goals;
mod raw;
mod rows;
mod table;

use anyhow::Context as _;
use clap::Args;
use raw::Raw;
use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// What stands below this line in the results is written by hand and kept.
const KEPT: &str = "## What was tried";

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// `row<TAB>metric<TAB>value` lines; a row left out has the metric `skipped` and a reason.
    #[arg(long)]
    raw: PathBuf,
    /// `name<TAB>value` lines on the machine and the versions.
    #[arg(long)]
    facts: PathBuf,
    /// The page to write.
    #[arg(long)]
    results: PathBuf,
}

pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    let raw = Raw::parse(&std::fs::read_to_string(&options.raw)?).context("the collected numbers")?;
    let tables = tables(&raw);
    writeln!(io::stdout(), "{tables}")?;
    let mut page = String::from(
        "# Benchmark results\n\nWritten by `make bench`; [README.md](README.md) says how it is measured and what it does not say.\n\n",
    );
    for line in std::fs::read_to_string(&options.facts)?.lines() {
        let (name, value) = line.split_once('\t').context("a fact without a value")?;
        writeln!(page, "- {name}: {value}")?;
    }
    write!(page, "\n{tables}\n{}", kept(&options.results))?;
    std::fs::write(&options.results, page)?;
    Ok(())
}

fn tables(raw: &Raw) -> String {
    let sections = [
        ("Requests", rows::requests(raw)),
        ("Streams", rows::streams(raw)),
        ("Keys and start", rows::others(raw)),
        ("Goals", goals::table(raw)),
    ];
    sections.map(|(title, table)| format!("## {title}\n\n{table}")).join("\n")
}

fn kept(results: &Path) -> String {
    let old = std::fs::read_to_string(results).unwrap_or_default();
    match old.find(KEPT) {
        Some(start) => old[start..].to_owned(),
        None => format!("{KEPT}\n\nKept by hand: a run leaves this section as it is.\n"),
    }
}
