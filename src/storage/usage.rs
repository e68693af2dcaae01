//! Usage: events as they are recorded, their partitions, and the sums made of them.

pub(super) mod events;
mod names;
mod partitions;
mod rollups;
mod writer;

pub use names::Named;
pub use partitions::PartitionsMade;
pub use rollups::{Division, RollUp, RollupQuery, Rollups};
pub use writer::{UsageRecorder, UsageWriter};
