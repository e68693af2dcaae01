//! What can be called: the endpoint table, the canonical path and the matcher. Nothing here answers a request.

mod matcher;
pub mod path;
mod table;

pub use matcher::{Matched, Matcher, NoMatch};
pub use table::{
    Access, Answer, BodyCap, Cost, Credential, ENDPOINTS, Endpoint, Handler, LEGACY_EMBED, LOGIN, Listener, Listeners,
    PASSTHROUGH, WEBSOCKET,
};
