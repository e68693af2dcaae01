//! From sources to a [`Config`], with every problem reported at once.

use crate::config::Config;
use crate::config::checks::{self, Finding, Need};
use crate::config::problem::{ConfigError, Problem};
use crate::config::sources::{Settings, Sources};
use crate::crypto::root_key::{self, BadSecretKey, RootKey};
use secrecy::ExposeSecret as _;
use serde::Deserialize as _;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

impl Config {
    /// Reads all layers and checks what came out, for serving.
    ///
    /// # Errors
    /// Everything that is wrong.
    pub fn load(sources: &Sources<'_>) -> Result<Self, ConfigError> {
        Self::load_for(sources, &Need::ALL)
    }

    /// The same for a command that needs less: only what is in `needs` must be set.
    ///
    /// # Errors
    /// Everything that is wrong.
    pub fn load_for(sources: &Sources<'_>, needs: &[Need]) -> Result<Self, ConfigError> {
        let settings = Settings::read(sources);
        let mut problems = settings.problems.clone();
        let mut config = match Self::deserialize(toml::Value::Table(settings.table())) {
            Ok(config) => config,
            Err(_) if !problems.is_empty() => return Err(ConfigError { problems }),
            // The schema lets nothing through that the structs refuse, and a test holds them together. Not the error's
            // own text: it may quote a secret.
            Err(_) => {
                let what = "the schema and the structs disagree; this is a defect of Vestibule";
                return Err(ConfigError { problems: vec![Problem::new("", "", what)] });
            }
        };
        config.told = settings.told().into();
        for url in [&mut config.public.url, &mut config.admin.url, &mut config.upstream.url] {
            let trimmed = url.trim_end_matches('/').len();
            url.truncate(trimmed);
        }

        // A key that could not be read has the value of a lower layer: no further word about it.
        let unread: Vec<String> = problems.iter().map(|problem| problem.key.clone()).collect();
        let read = |key: &str| !unread.iter().any(|unread| unread == key);
        for need in needs.iter().filter(|need| read(need.key())) {
            if let Some(what) = need.missing(&config) {
                problems.push(Problem::new("", need.key(), what));
            }
        }
        for finding in config.validate() {
            if !finding.tolerable && finding.keys.iter().all(|key| read(key)) {
                let key = finding.keys.first().copied().unwrap_or_default();
                let set = finding.keys.iter().map(|key| settings.place(key)).find(|place| !place.is_empty());
                problems.push(Problem::new(set.unwrap_or_default(), key, finding.what));
            }
        }
        if problems.is_empty() { Ok(config) } else { Err(ConfigError { problems }) }
    }

    /// Variables whose names begin as those of settings do and that this version does not know, with what they may have
    /// meant. They are no reason not to start: the next version's variables are there before it is, and stay when it is
    /// taken back.
    pub fn unknown_variables(sources: &Sources<'_>) -> Vec<String> {
        Settings::read(sources).unknown.iter().map(ToString::to_string).collect()
    }

    /// Everything that does not fit together, and everything that works but looks like a mistake.
    pub fn validate(&self) -> Vec<Finding> {
        checks::findings(self)
    }

    /// The tolerable findings, one line each, to be told at start-up.
    pub fn warnings(&self) -> Vec<String> {
        let tolerable = self.validate().into_iter().filter(|finding| finding.tolerable);
        tolerable
            .map(|Finding { keys, what, .. }| format!("{}: {what}", keys.first().copied().unwrap_or_default()))
            .collect()
    }

    /// The root of all keys used at rest, with the one before it.
    ///
    /// # Errors
    /// When one of them is not 32 bytes in base64, which a loaded configuration that needed it has been checked for.
    pub fn root_key(&self) -> Result<RootKey, BadSecretKey> {
        let root_key = root_key::decode(self.secret_key.expose_secret())?;
        match self.previous_secret_key.expose_secret() {
            "" => Ok(root_key),
            previous => Ok(root_key.after(&root_key::decode(previous)?)),
        }
    }

    /// The address clients use, without a trailing slash: `public.url`, or what can be said from `public.listen`.
    pub fn public_url(&self) -> String {
        if !self.public.url.is_empty() {
            return self.public.url.clone();
        }
        let tls = !self.public.tls_certificate_file.as_os_str().is_empty();
        local_url(if tls { "https" } else { "http" }, self.public.listen)
    }

    /// The address staff use for the admin listener, without a trailing slash: `admin.url`, or what can be said from
    /// `admin.listen`.
    pub fn admin_url(&self) -> String {
        if !self.admin.url.is_empty() {
            return self.admin.url.clone();
        }
        local_url("http", self.admin.listen)
    }

    /// The address of the ops listener from this machine.
    pub fn ops_url(&self) -> String {
        local_url("http", self.ops.listen)
    }
}

/// How a program or browser on this machine reaches a listener. `localhost` where possible: browsers treat it as a
/// secure place, and keys for testing name it as their origin.
fn local_url(scheme: &str, listen: SocketAddr) -> String {
    let port = listen.port();
    match listen.ip() {
        ip if ip.is_unspecified() || ip == IpAddr::V4(Ipv4Addr::LOCALHOST) => format!("{scheme}://localhost:{port}"),
        _ => format!("{scheme}://{listen}"),
    }
}
