//! Where a server is and who logs in there, for PostgreSQL's own programs: they get it in their environment, which no
//! other user of the machine can see, and never as arguments, which everybody can.

use crate::cli::failure::Failure;
use crate::config;
use percent_encoding::percent_decode_str;
use secrecy::{ExposeSecret as _, SecretString};
use std::fmt;
use std::io::Read as _;
use std::path::Path;
use url::Url;

/// The most that is read of a file with an address.
const LONGEST: u64 = 64 * 1024;
/// What a program waits for a connection.
const CONNECT_SECONDS: &str = "10";
/// Parameters of addresses, and the variables in which PostgreSQL's programs look for the same.
const PARAMETERS: &[(&str, &str)] = &[
    ("sslmode", "PGSSLMODE"),
    ("ssl-mode", "PGSSLMODE"),
    ("sslrootcert", "PGSSLROOTCERT"),
    ("ssl-root-cert", "PGSSLROOTCERT"),
    ("ssl-ca", "PGSSLROOTCERT"),
    ("sslcert", "PGSSLCERT"),
    ("ssl-cert", "PGSSLCERT"),
    ("sslkey", "PGSSLKEY"),
    ("ssl-key", "PGSSLKEY"),
];

/// A `[database]` taken apart.
pub(super) struct Address {
    url: Url,
    config: config::Database,
    /// Who logs in; empty: as the system calls whoever runs this.
    pub(super) user: String,
    pub(super) database: String,
    host: String,
    port: String,
    password: SecretString,
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Address").field("user", &self.user).field("database", &self.database).finish_non_exhaustive()
    }
}

impl Address {
    /// `database.url` and what stands beside it.
    pub(super) fn of(config: &config::Database) -> Result<Self, Failure> {
        let url = Url::parse(config.url.expose_secret().trim())
            .ok()
            .filter(|url| matches!(url.scheme(), "postgres" | "postgresql"))
            .ok_or_else(|| Failure::usage("`database.url` is not the address of a PostgreSQL database"))?;
        let parameter = |names: &[&str]| {
            let found = url.query_pairs().find(|(name, _)| names.contains(&name.as_ref()));
            found.map(|(_, value)| value.into_owned())
        };
        let or = |given: Option<String>, text: &str| given.unwrap_or_else(|| decoded(text));
        let host = or(parameter(&["host", "hostaddr"]), url.host_str().unwrap_or_default());
        let port = url.port().map(|port| port.to_string());
        let user = or(parameter(&["user"]), url.username());
        let database = or(parameter(&["dbname"]), url.path().trim_start_matches('/'));
        let password = match config.password.expose_secret() {
            "" => or(parameter(&["password"]), url.password().unwrap_or_default()),
            password => password.to_owned(),
        };
        Ok(Self {
            config: config.clone(),
            host: host.trim_matches(['[', ']']).to_owned(),
            port: port.or_else(|| parameter(&["port"])).unwrap_or_default(),
            database: if database.is_empty() { user.clone() } else { database },
            user,
            password: password.into(),
            url,
        })
    }

    /// The address in a file, in the place of `database.url`; `-` is standard input.
    pub(super) fn in_file(file: &Path, config: &config::Database) -> Result<Self, Failure> {
        let failed = |error: std::io::Error| Failure::usage(format!("--admin-url-file {}: {error}", file.display()));
        let mut text = String::new();
        let read = if file.as_os_str() == "-" {
            std::io::stdin().take(LONGEST).read_to_string(&mut text)
        } else {
            std::fs::File::open(file).and_then(|opened| opened.take(LONGEST).read_to_string(&mut text))
        };
        read.map_err(failed)?;
        let config = config::Database {
            url: text.trim().to_owned().into(),
            password: SecretString::default(),
            ..config.clone()
        };
        Self::of(&config).map_err(|_| {
            Failure::usage(format!(
                "--admin-url-file {}: it must hold the address of a database, `postgres://…`",
                file.display()
            ))
        })
    }

    /// Another database of the same server, for the same login.
    pub(super) fn of_database(&self, database: &str) -> Result<Self, Failure> {
        let mut url = self.url.clone();
        let kept: Vec<_> = self
            .url
            .query_pairs()
            .filter(|(name, _)| name != "dbname")
            .map(|(name, value)| (name.into_owned(), value.into_owned()))
            .collect();
        url.set_query(None);
        if !kept.is_empty() {
            url.query_pairs_mut().extend_pairs(kept);
        }
        url.set_path(database);
        let config = config::Database { url: String::from(url).into(), ..self.config.clone() };
        Self::of(&config)
    }

    /// For our own connections.
    pub(super) fn config(&self) -> &config::Database {
        &self.config
    }

    /// The password, if one is given.
    pub(super) fn password(&self) -> Option<&str> {
        Some(self.password.expose_secret()).filter(|password| !password.is_empty())
    }

    /// For PostgreSQL's programs.
    pub(super) fn environment(&self) -> Vec<(&'static str, String)> {
        let mut variables = vec![
            ("PGHOST", self.host.clone()),
            ("PGPORT", self.port.clone()),
            ("PGUSER", self.user.clone()),
            ("PGDATABASE", self.database.clone()),
            ("PGPASSWORD", self.password.expose_secret().to_owned()),
        ];
        variables.retain(|(_, value)| !value.is_empty());
        for (name, value) in self.url.query_pairs() {
            if let Some((_, variable)) = PARAMETERS.iter().find(|(parameter, _)| *parameter == name) {
                variables.push((variable, value.into_owned()));
            }
        }
        let authorities = &self.config.ca_file;
        if !authorities.as_os_str().is_empty() {
            variables.push(("PGSSLROOTCERT", authorities.display().to_string()));
            if !variables.iter().any(|(name, value)| *name == "PGSSLMODE" && value == "verify-ca") {
                variables.push(("PGSSLMODE", "verify-full".to_owned()));
            }
        }
        variables.push(("PGCONNECT_TIMEOUT", CONNECT_SECONDS.to_owned()));
        variables.push(("PGAPPNAME", "vestibule-backup".to_owned()));
        variables
    }
}

fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::Address;
    use crate::config::{Config, ProcessEnvironment, Sources};
    use crate::config;
    use std::collections::BTreeMap;

    fn address(url: &str) -> Address {
        let config = Config::load_for(&Sources { file: None, environment: &ProcessEnvironment }, &[]).unwrap();
        Address::of(&config::Database { url: url.to_owned().into(), ..config.database }).unwrap()
    }

    fn environment(url: &str) -> BTreeMap<&'static str, String> {
        address(url).environment().into_iter().collect()
    }

    #[test]
    fn programs_are_told_what_stands_in_an_address() {
        let told = environment("postgres://own%40er:p%2Fw%25@db.example:5433/shop%20s?sslmode=verify-ca&sslrootcert=/ca");
        for (name, value) in [
            ("PGHOST", "db.example"),
            ("PGPORT", "5433"),
            ("PGUSER", "own@er"),
            ("PGPASSWORD", "p/w%"),
            ("PGDATABASE", "shop s"),
            ("PGSSLMODE", "verify-ca"),
            ("PGSSLROOTCERT", "/ca"),
        ] {
            assert_eq!(told[name], value, "{name}");
        }
        assert_eq!(environment("postgres://a@%2Frun%2Fpg/b")["PGHOST"], "/run/pg");
        assert_eq!(environment("postgres://a@/b?host=/run/pg&port=5")["PGHOST"], "/run/pg");
        assert_eq!(environment("postgres://a@[::1]:5/b")["PGHOST"], "::1");
        assert_eq!(environment("postgres://a@db")["PGDATABASE"], "a", "as PostgreSQL has it");
        assert!(!environment("postgres://a@db").contains_key("PGPASSWORD"));
    }

    #[test]
    fn another_database_of_the_same_server_is_only_that() {
        let other = address("postgres://a:secret@db:5/b?dbname=c&sslmode=require").of_database("d/e").unwrap();
        let told: BTreeMap<_, _> = other.environment().into_iter().collect();
        assert_eq!((told["PGDATABASE"].as_str(), told["PGSSLMODE"].as_str()), ("d/e", "require"));
        assert_eq!(other.password(), Some("secret"));
        assert!(!format!("{other:?}").contains("secret"));
    }
}
