//! What every test stands on: a gateway of its own with a database of its own, in front of a stand-in of its own, all in
//! this process and on free ports. Tests share nothing, so they run in any order and in parallel.

mod database;
mod eventually;
mod http;
mod process;
mod sse;
mod world;

pub use database::TestDatabase;
pub use eventually::eventually;
pub use http::{Answer, Http, PATIENCE, RawConnection};
pub use process::{Process, Told, environment, run};
pub use sse::{Event, EventStream, events_of, text_of};
pub use world::{KeySpec, ORIGIN, SECRET_KEY, World, WorldBuilder};
