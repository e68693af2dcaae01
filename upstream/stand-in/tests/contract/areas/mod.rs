//! The recordings by area: set-up, order, and which of them are replayed.

pub(crate) mod admin;
pub(crate) mod auth;
pub(crate) mod chat;
pub(crate) mod documents;
pub(crate) mod embed;
pub(crate) mod history;
pub(crate) mod http;
pub(crate) mod malformed;
pub(crate) mod pgvector;
pub(crate) mod roles;
pub(crate) mod search;
mod settled;
pub(crate) mod single_user;
pub(crate) mod websocket;
pub(crate) mod workspaces;

/// Every recording some test replays.
pub(crate) fn replayed() -> Vec<&'static str> {
    [
        admin::REPLAYED,
        auth::REPLAYED,
        chat::REPLAYED,
        documents::REPLAYED,
        embed::REPLAYED,
        history::REPLAYED,
        http::REPLAYED,
        malformed::REPLAYED,
        pgvector::REPLAYED,
        roles::REPLAYED,
        search::REPLAYED,
        single_user::REPLAYED,
        websocket::REPLAYED,
        workspaces::REPLAYED,
    ]
    .iter()
    .flat_map(|lists| lists.iter().flat_map(|list| list.iter().copied()))
    .collect()
}
