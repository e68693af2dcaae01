//! PostgreSQL's own programs: found in PATH, looked at for their version, run with an address in their environment. What
//! they say is passed on without the password.
//!
//! None has a time to be done by: a large database takes hours. Each connects within seconds or gives up, and none waits
//! long for a lock.

use super::address::Address;
use crate::cli::failure::Failure;
use std::ffi::OsStr;
use std::io::{ErrorKind, Write as _};
use std::process::{Command, Stdio};

/// The most of what a program said that is passed on.
const TOLD: usize = 2_000;

/// One of them.
#[derive(Debug, Clone)]
pub(super) struct Program {
    name: &'static str,
    /// Its version, such as `15.20`.
    pub(super) version: String,
    /// The first number of it.
    pub(super) major: u32,
}

impl Program {
    /// Looks for it.
    pub(super) fn find(name: &'static str) -> Result<Self, Failure> {
        let asked = Command::new(name).arg("--version").stdin(Stdio::null()).output();
        let said = match asked {
            Ok(output) if output.status.success() => String::from_utf8_lossy(&output.stdout).into_owned(),
            Ok(output) => {
                return Err(Failure::unavailable(format!(
                    "`{name} --version` fails: {}",
                    String::from_utf8_lossy(&output.stderr).trim()
                )));
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Err(Failure::unavailable(format!(
                    "there is no `{name}` in PATH: install PostgreSQL's client programs (Debian: postgresql-client). \
                     Vestibule's container image has none; docs/operations.md, Backups, says how it is done there"
                )));
            }
            Err(error) => return Err(Failure::unavailable(format!("`{name}` cannot be run: {error}"))),
        };
        let (version, major) = version(&said)
            .ok_or_else(|| Failure::unavailable(format!("`{name} --version` says no version: {}", said.trim())))?;
        Ok(Self { name, version, major })
    }

    /// Whether it is as new as the server; none of them works with a newer one.
    pub(super) fn for_server(&self, server_version: i32) -> Result<(), Failure> {
        let server = major_of(server_version);
        if self.major >= server {
            return Ok(());
        }
        Err(Failure::unavailable(format!(
            "`{}` is of PostgreSQL {}, and the server of {server}: it works with no server newer than itself. Install \
             the client programs of {server} or newer, and put them first in PATH",
            self.name, self.version
        )))
    }

    /// Whether it is as new as the program that wrote a dump: an older one may not know its form.
    pub(super) fn reads(&self, written_by: &str) -> Result<(), Failure> {
        match first_number(written_by) {
            Some(major) if major > self.major => Err(Failure::unavailable(format!(
                "`{}` is of PostgreSQL {}, and the dump was written by {written_by}: install the client programs of {major} \
                 or newer, and put them first in PATH",
                self.name, self.version
            ))),
            _ => Ok(()),
        }
    }

    /// Runs it to its end, with a text on its standard input. `secret` is kept out of what is passed on.
    pub(super) async fn run(&self, arguments: &[&OsStr], at: &Address, input: String) -> Result<(), Failure> {
        let mut command = Command::new(self.name);
        // What the environment says of another server is not meant.
        for variable in ["PGSERVICE", "PGOPTIONS", "PGHOSTADDR", "PGPASSFILE"] {
            command.env_remove(variable);
        }
        command.args(arguments).envs(at.environment()).env("LC_MESSAGES", "C");
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
        let name = self.name;
        let ended = tokio::task::spawn_blocking(move || {
            let mut child = command.spawn()?;
            if let Some(mut stdin) = child.stdin.take() {
                // Whoever ends early says why.
                let _ = stdin.write_all(input.as_bytes());
            }
            child.wait_with_output()
        });
        let output = ended.await.map_err(|error| Failure::new(error.to_string()))?;
        let output = output.map_err(|error| Failure::new(format!("`{name}` cannot be run: {error}")))?;
        if output.status.success() {
            return Ok(());
        }
        let mut said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        if let Some(password) = at.password() {
            said = said.replace(password, "…");
        }
        Err(Failure::new(format!("`{name}` failed ({}): {}", output.status, shortened(&said))))
    }
}

/// The first number of a server's version as it counts itself.
pub(super) fn major_of(server_version: i32) -> u32 {
    u32::try_from(server_version / 10_000).unwrap_or_default()
}

/// `pg_dump (PostgreSQL) 15.20 (Debian 15.20-0)`: 15.20, and 15.
fn version(said: &str) -> Option<(String, u32)> {
    let version = said.split("(PostgreSQL)").nth(1)?.split_whitespace().next()?;
    Some((version.to_owned(), first_number(version)?))
}

fn first_number(version: &str) -> Option<u32> {
    let digits = version.find(|character: char| !character.is_ascii_digit()).unwrap_or(version.len());
    version.get(..digits)?.parse().ok()
}

fn shortened(said: &str) -> &str {
    said.char_indices().nth(TOLD).map_or(said, |(end, _)| said.get(..end).unwrap_or(said))
}

#[cfg(test)]
mod tests {
    use super::{major_of, version};

    #[test]
    fn versions_are_read_as_the_programs_say_them() {
        for (said, expected) in [
            ("pg_dump (PostgreSQL) 15.20 (Debian 15.20-0+deb12u1)\n", Some(("15.20", 15))),
            ("psql (PostgreSQL) 18beta1\n", Some(("18beta1", 18))),
            ("pg_restore (PostgreSQL) 17\n", Some(("17", 17))),
            ("pg_dump of something else", None),
            ("", None),
        ] {
            assert_eq!(version(said), expected.map(|(version, major)| (version.to_owned(), major)), "{said}");
        }
        assert_eq!(major_of(150_004), 15);
    }
}
