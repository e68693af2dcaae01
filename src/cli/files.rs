//! How many files and sockets the process may have open. Shells allow 1,024 and let every process have many more that
//! asks for them.

use crate::config::Config;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// What the process has open besides connections of clients and of their answers: listeners, idle connections to
/// AnythingLLM, files.
const OTHERS: u64 = 200;

/// Raises the limit to the most that is allowed; what it is then. None: there is no limit.
pub(super) fn raise() -> Option<u64> {
    let limit = getrlimit(Resource::Nofile);
    // Refused, as in some sandboxes, it stays as it is.
    let _ = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum });
    getrlimit(Resource::Nofile).current
}

/// The most that [`raise`] gives here. None: there is no limit.
pub(super) fn allowed() -> Option<u64> {
    getrlimit(Resource::Nofile).maximum
}

/// A connection takes one, and a second one while AnythingLLM answers. All listeners share one count of connections; the
/// ops listener's few are not in it.
pub(super) fn wanted(config: &Config) -> u64 {
    u64::from(config.edge.max_connections) * 2 + u64::from(config.database.max_connections) + OTHERS
}

#[cfg(test)]
mod tests {
    use super::{allowed, raise};

    #[test]
    fn what_is_allowed_is_taken() {
        assert_eq!(raise(), allowed());
    }
}
