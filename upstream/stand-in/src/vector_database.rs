//! What differs between the vector databases behind AnythingLLM.
//!
//! Only the differences that its HTTP contract shows. How passages are found is no business of this module.

use clap::ValueEnum;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::search::Hit;

/// The vector database that is imitated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum VectorDatabase {
    /// PostgreSQL with pgvector, as the image that Vestibule ships with uses it.
    #[default]
    Pgvector,
    /// The database inside of the image without PostgreSQL.
    #[value(name = "lancedb")]
    LanceDb,
}

impl VectorDatabase {
    /// Its name in settings and metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pgvector => "pgvector",
            Self::LanceDb => "lancedb",
        }
    }

    /// The cosine distance of a hit, which only one of them tells.
    pub(crate) fn distance(self, hit: &Hit) -> Option<Value> {
        (self == Self::LanceDb).then(|| json!(hit.distance))
    }

    /// What a new passage is called: as its document, which is forgotten where the vectors come from the cache, or by a
    /// name of its own.
    pub(crate) fn passage_id(self, document: Uuid, cached: bool) -> Option<Uuid> {
        match self {
            Self::Pgvector => (!cached).then_some(document),
            Self::LanceDb => Some(Uuid::new_v4()),
        }
    }

    /// The number of vectors: PostgreSQL's counts are too long for a number of JavaScript and come as text, but where
    /// nothing was ever embedded there is no table to count.
    pub(crate) fn count(self, vectors: usize, table_exists: bool) -> Value {
        match self {
            Self::Pgvector if table_exists => json!(vectors.to_string()),
            Self::Pgvector => json!(0),
            Self::LanceDb => json!(vectors),
        }
    }

    /// Whether a search for this many passages is refused: PostgreSQL's `LIMIT` takes no fractions.
    pub(crate) fn refuses_limit(self, limit: f64) -> bool {
        self == Self::Pgvector && limit.fract() != 0.0
    }

    /// What a chat says when the question could not be embedded.
    pub(crate) fn embedder_error(self) -> &'static str {
        match self {
            // The error is caught, and what takes its place is not looked at.
            Self::Pgvector => "vectorSearchResults.sources is not iterable",
            Self::LanceDb => "GenericOpenAI Failed to embed: 500 stub embedder failure",
        }
    }
}
