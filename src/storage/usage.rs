//! Usage: records on their way to PostgreSQL, events with their partitions, and the sums made of them.

mod corrections;
mod entry;
pub(super) mod events;
mod exchange;
mod marks;
mod names;
mod partitions;
mod rollups;
mod spool;
mod unfinished;
mod writer;

pub use names::Named;
pub use partitions::PartitionsMade;
pub use rollups::{Division, QuestionsOf, RollUp, RollupQuery, Rollups};
pub use spool::Spool;
pub use writer::{UsageRecorder, UsageState, UsageWriter};

#[cfg(any(test, feature = "fuzzing"))]
pub(crate) use spool::fuzzing::replay_spool;
