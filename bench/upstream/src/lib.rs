//! What the fast upstream and the load client agree on: the mark in each token of an answer, and how an answer is to be
//! sent.
//!
//! The upstream answers like AnythingLLM, as far as the benchmarks call it, checks nothing and stores nothing. Frames
//! have the shape of the recordings in `upstream/recordings/chat`.

pub mod frames;
mod mark;
mod plan;

pub use mark::{Mark, monotonic_nanos};
pub use plan::Plan;
