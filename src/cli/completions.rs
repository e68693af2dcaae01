//! `vestibule completions` and `vestibule man`: what can be typed, for shells and for `man`, from the same definition.

use crate::cli::args::{Cli, CompletionsArgs, ManArgs};
use crate::cli::failure::{Exit, Failure};
use crate::cli::output::Output;
use clap::CommandFactory as _;

pub(super) fn completions(args: &CompletionsArgs, out: &mut Output<'_>) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "vestibule", &mut script);
    out.text(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Done)
}

pub(super) fn man(args: &ManArgs, out: &mut Output<'_>) -> Result<Exit, Failure> {
    let failed = |error: std::io::Error| Failure::new(format!("{}: {error}", args.directory.display()));
    std::fs::create_dir_all(&args.directory).map_err(failed)?;
    clap_mangen::generate_to(Cli::command(), &args.directory).map_err(failed)?;
    out.text(&format!("the manual pages are in {}", args.directory.display()))?;
    Ok(Exit::Done)
}
