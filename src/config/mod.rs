//! Configuration: what can be set. `config/default.toml` is the lowest layer and documents every key.
//!
//! Layers, later ones win: the compiled-in default, the file of `--config`, `VESTIBULE_*` variables. Unknown keys are
//! errors everywhere. Reading it opens no port and asks no service; that is for whoever uses it, and for
//! `vestibule doctor`.

mod authorities;
mod checks;
mod declare;
mod key;
mod load;
mod problem;
mod settings;
mod sources;
mod told;
mod values;

pub use authorities::{BadAuthorities, authorities, trusted};
pub use checks::{Finding, Need};
pub use problem::{ConfigError, Problem};
pub use settings::{
    Admin, Auth, Cache, Catalog, Chat, Config, Database, Demo, Edge, Limits, Log, LogFormat, Ops, OtlpProtocol,
    Outbound, Prices, Public, Redis, SecurityTxt, Shutdown, Telemetry, Upstream, Usage, Visitor, Webhooks, Widget,
    Workspaces,
};
pub use sources::{DEFAULT_TOML, Environment, ProcessEnvironment, Sources};
pub use told::ToldSetting;
