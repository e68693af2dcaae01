//! OpenAI's API for secret keys and people: a workspace is a model, and answers, events and errors have the shape that
//! OpenAI's clients read. What it can do is what our own API can; its contract is OpenAI's document, so it does not
//! stand in ours.

mod chunks;
pub(crate) mod completions;
pub(crate) mod embeddings;
mod messages;
pub(crate) mod models;
mod request;
