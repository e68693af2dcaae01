//! The stand-in as a program.
//!
//! Settings come from flags or the environment. Never prints a key or a password.

use std::io::Write;
use std::net::SocketAddr;
use std::time::Duration;

use clap::{Parser, ValueEnum};
use tokio::signal::unix::{SignalKind, signal};
use vestibule_stand_in::{Credentials, Mode, Options, Slowness, StandIn, VectorDatabase};

/// Stands in for AnythingLLM 1.16.0, for development and tests only.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Where to listen; with port 0 the address is printed.
    #[arg(long, env = "STAND_IN_LISTEN", default_value = "127.0.0.1:3001")]
    listen: SocketAddr,
    /// A key of the developer API that is valid from the start; empty for none, as in a fresh container.
    #[arg(long, env = "STAND_IN_API_KEY", hide_env_values = true)]
    api_key: Option<String>,
    /// Name of the first account.
    #[arg(long, env = "STAND_IN_ADMIN_USERNAME")]
    admin_username: Option<String>,
    /// Password of the first account, and of single-user mode with a password.
    #[arg(long, env = "STAND_IN_ADMIN_PASSWORD", hide_env_values = true)]
    admin_password: Option<String>,
    /// Pause before each token of an answer; 0 sends them in one burst.
    #[arg(long, env = "STAND_IN_TOKEN_DELAY_MS", default_value_t = 15)]
    token_delay_ms: u64,
    /// Who may use the UI endpoints.
    #[arg(long, env = "STAND_IN_MODE", value_enum, default_value_t = ModeName::MultiUser)]
    mode: ModeName,
    /// Switches simple single sign-on off.
    #[arg(long)]
    no_simple_sso: bool,
    /// Takes no passwords, as with `SIMPLE_SSO_NO_LOGIN`.
    #[arg(long)]
    no_passwords: bool,
    /// The vector database that is imitated.
    #[arg(long, env = "STAND_IN_VECTOR_DATABASE", value_enum, default_value_t)]
    vector_database: VectorDatabase,
    /// Takes the time for documents that the real server was measured to take, so many times as fast.
    #[arg(long, env = "STAND_IN_SLOWNESS", value_name = "TIMES_AS_FAST")]
    slowness: Option<std::num::NonZeroU32>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum ModeName {
    MultiUser,
    SingleUserOpen,
    SingleUserPassword,
}

impl Arguments {
    fn options(self) -> Options {
        let defaults = Options::default();
        let password = self.admin_password.unwrap_or(defaults.admin.password);
        Options {
            listen: self.listen,
            api_key: self.api_key.unwrap_or(defaults.api_key),
            mode: match self.mode {
                ModeName::MultiUser => Mode::MultiUser,
                ModeName::SingleUserOpen => Mode::SingleUserOpen,
                ModeName::SingleUserPassword => Mode::SingleUserPassword(password.clone()),
            },
            admin: Credentials { username: self.admin_username.unwrap_or(defaults.admin.username), password },
            token_delay: Duration::from_millis(self.token_delay_ms),
            simple_sso: !self.no_simple_sso,
            no_passwords: self.no_passwords,
            vector_database: self.vector_database,
        }
    }
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let arguments = Arguments::parse();
    let slowness = arguments.slowness;
    let options = arguments.options();
    let announce = options.listen.port() == 0;
    // Before the address is announced: whoever reads it may send the signal at once.
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let server = StandIn::start(options).await?;
    if let Some(faster) = slowness {
        server.control().set_slowness(Slowness::MEASURED.divided(faster.get()));
    }
    if announce {
        let mut stdout = std::io::stdout().lock();
        writeln!(stdout, "listening on {}", server.addr())?;
        stdout.flush()?;
    }
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    // Dropped, not drained: a killed upstream does not say goodbye.
    drop(server);
    Ok(())
}
