//! How long a client may take to send a body that passes to AnythingLLM: a time for any body, and more for each piece
//! that has arrived. So a large upload takes as long as its line needs, and one that drips does not.

use std::time::Duration;

#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    pub(super) any: Duration,
    pub(super) bytes_per_second: u64,
}

impl Pace {
    /// What is left of the time, when so much has arrived after so long; none when it is up.
    pub(super) fn left(&self, received: u64, after: Duration) -> Option<Duration> {
        let millis = u128::from(received) * 1000 / u128::from(self.bytes_per_second.max(1));
        let allowed = self.any.saturating_add(Duration::from_millis(u64::try_from(millis).unwrap_or(u64::MAX)));
        allowed.checked_sub(after).filter(|left| !left.is_zero())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_earns_its_time() {
        let pace = Pace { any: Duration::from_secs(30), bytes_per_second: 1000 };
        let seconds = Duration::from_secs;
        assert_eq!(pace.left(0, seconds(0)), Some(seconds(30)));
        assert_eq!(pace.left(0, seconds(30)), None);
        assert_eq!(pace.left(10_000, seconds(30)), Some(seconds(10)));
        // One byte a second is not enough, however long it goes on.
        assert_eq!(pace.left(31, seconds(31)), None);
        assert!(pace.left(u64::MAX, seconds(1)).is_some());
    }
}
