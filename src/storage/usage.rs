//! Usage: events as they are recorded, their partitions, and the sums made of them.

pub(super) mod events;
mod names;
mod partitions;
mod rollups;
mod writer;

pub use names::{Named, UsageNames};
pub use partitions::{PartitionsMade, UsagePartitions};
pub use rollups::{Division, RollUp, RollupQuery, Rollups, UsageRollups};
pub use writer::{UsageRecorder, UsageWriter};
