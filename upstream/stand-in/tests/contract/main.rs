//! Replays recordings of a real AnythingLLM against the stand-in, or against a real one.
//!
//! Set-up goes through the HTTP API alone, so the same tests run against the server named by
//! `CONTRACT_UPSTREAM_URL` with the key in `CONTRACT_UPSTREAM_API_KEY`.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "tests fail loudly and say what they skip; clippy exempts test functions, not their helpers"
)]

mod areas;
mod behaviour;
mod bench;
mod client;
mod coverage;
mod keep;
mod recording;
mod shape;
