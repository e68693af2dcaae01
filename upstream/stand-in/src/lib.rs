//! A stand-in for AnythingLLM 1.16.0: an HTTP server that speaks its recorded contract.
//!
//! For tests and for trying the product without the real thing. It keeps everything in memory,
//! answers from the documents it was given and misbehaves on request. It must never be used to
//! protect anything: passwords and keys are kept in plain text.
//!
//! ```no_run
//! # async fn example() -> std::io::Result<()> {
//! use vestibule_stand_in::{Failure, Options, StandIn};
//!
//! let upstream = StandIn::start(Options::default()).await?;
//! let slug = upstream.control().add_workspace("Shop");
//! upstream.control().add_document(&slug, "Drill CD-18", "A cordless drill with 18 V.");
//! upstream.control().fail_times(Failure::DropMidStream { after_frames: 3 }, 1);
//! # Ok(())
//! # }
//! ```

mod admin;
mod answer;
mod call;
mod changed_settings;
mod chat;
mod chats;
mod clock;
mod control;
mod control_http;
mod documents;
mod embed;
mod embeds;
mod failure;
mod frames;
mod library;
mod login;
mod newer;
mod plan;
mod reply;
mod routes;
mod search;
mod server;
mod service;
mod session;
mod shortcuts;
mod slow;
mod speak;
mod statics;
mod stream;
mod system;
mod ui;
mod ui_admin;
mod upload;
mod users;
mod vector_database;
mod websocket;
mod wire;
mod workspace;
mod workspaces;
mod world;

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

pub use control::{Control, ReceivedRequest};
pub use failure::Failure;
use server::Running;
pub use slow::Slowness;
use tokio::sync::Mutex;
pub use vector_database::VectorDatabase;

/// How a stand-in starts.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// A key of the developer API that is valid from the start; empty for none, as in a fresh container.
    pub api_key: String,
    /// Who may use the UI endpoints.
    pub mode: Mode,
    /// The first account in multi-user mode.
    pub admin: Credentials,
    /// Pause before each token of an answer.
    pub token_delay: Duration,
    /// Whether simple single sign-on is switched on.
    pub simple_sso: bool,
    /// Whether single sign-on is the only way in (`SIMPLE_SSO_NO_LOGIN`).
    pub no_passwords: bool,
    /// The vector database that is imitated.
    pub vector_database: VectorDatabase,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            api_key: "TESTKEY-0000000-0000000-0000001".to_owned(),
            mode: Mode::MultiUser,
            admin: Credentials { username: "admin".to_owned(), password: "Admin-pass-1".to_owned() },
            token_delay: Duration::from_millis(15),
            simple_sso: true,
            no_passwords: false,
            vector_database: VectorDatabase::default(),
        }
    }
}

/// Who may use the UI endpoints.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Accounts with roles.
    MultiUser,
    /// Anybody.
    SingleUserOpen,
    /// Whoever knows this password.
    SingleUserPassword(String),
}

/// A user name with its password.
#[derive(Clone)]
pub struct Credentials {
    /// The user name.
    pub username: String,
    /// The password.
    pub password: String,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials").field("username", &self.username).finish_non_exhaustive()
    }
}

/// A running stand-in. Dropping it stops the server and closes every connection.
pub struct StandIn {
    addr: SocketAddr,
    api_key: String,
    control: Control,
    running: Mutex<Option<Running>>,
}

impl StandIn {
    /// Starts listening.
    pub async fn start(options: Options) -> io::Result<Self> {
        let (listen, api_key) = (options.listen, options.api_key.clone());
        let control = Control::new(options);
        let running = Running::start(listen, control.clone()).await?;
        Ok(Self { addr: running.addr(), api_key, control, running: Mutex::new(Some(running)) })
    }

    /// The address it listens on.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The address as a base URL, without a slash at the end.
    pub fn url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// The key that is valid from the start.
    pub fn api_key(&self) -> &str {
        &self.api_key
    }

    /// The switchboard of this stand-in.
    pub fn control(&self) -> &Control {
        &self.control
    }

    /// Stops listening and cuts every connection, as if the process had been killed.
    pub async fn stop(&self) {
        if let Some(running) = self.running.lock().await.take() {
            running.stop(&self.control).await;
        }
    }

    /// Listens again on the same port, with the same data.
    pub async fn restart(&self) -> io::Result<()> {
        self.stop().await;
        let running = Running::start(self.addr, self.control.clone()).await?;
        *self.running.lock().await = Some(running);
        Ok(())
    }
}

impl std::fmt::Debug for StandIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StandIn").field("addr", &self.addr).finish_non_exhaustive()
    }
}
