//! What can be called: the endpoint table, the canonical path and the matcher. Nothing here answers a request.

mod matcher;
pub mod path;
mod rows;
mod table;

pub use matcher::{Matched, Matcher, NoMatch};
pub(crate) use rows::handlers;
pub use rows::{LEGACY_EMBED, LOGIN, PASSTHROUGH, WEBSOCKET, endpoints};
pub use table::{
    Access, Answer, BodyCap, Cost, Credential, Endpoint, Listener, Listeners, OpenedAs, as_routed, is_of_console,
};
