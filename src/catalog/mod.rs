//! A shop's catalogue as knowledge: reads product feeds, makes one document of each product, and keeps the documents of
//! a workspace in AnythingLLM as the feed has them.
//!
//! Everything the feed says is a stranger's text: it is bounded, cleaned, and never taken for a command.

#[cfg(test)]
mod corpus;
pub mod engine;
pub mod feed;
pub mod orphans;
pub mod product;
pub mod removals;
mod service;
pub mod source;
pub mod worker;

pub use service::{CatalogError, CatalogService};
