//! How an answer is to be sent, as the slug of a workspace: it passes every proxy and needs no control channel.

use std::time::Duration;

/// How an answer is to be sent.
///
/// The slug `bench-e50-f0-g0-c0` means 50 events, the first after 0 ms, 0 ms between them, written frame by frame. With
/// `c7` the stream is cut every 7 bytes instead; a large number sends all of it at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Plan {
    /// Tokens of the answer.
    pub events: u32,
    /// Time before the first.
    pub first: Duration,
    /// Time between two.
    pub gap: Duration,
    /// Bytes written at once; 0 = one frame.
    pub cut: usize,
}

impl Default for Plan {
    fn default() -> Self {
        Self { events: 50, first: Duration::ZERO, gap: Duration::ZERO, cut: 0 }
    }
}

impl Plan {
    /// The plan in the slug; what is not said is as in the default.
    pub fn of_slug(slug: &str) -> Self {
        let mut plan = Self::default();
        for part in slug.split('-') {
            let Some((name, value)) = part.split_at_checked(1) else {
                continue;
            };
            let Ok(value) = value.parse::<u32>() else {
                continue;
            };
            match name {
                "e" => plan.events = value,
                "f" => plan.first = Duration::from_millis(value.into()),
                "g" => plan.gap = Duration::from_millis(value.into()),
                "c" => plan.cut = value as usize,
                _ => {}
            }
        }
        plan
    }

    /// Whether everything can be sent at once.
    pub fn is_instant(&self) -> bool {
        self.first.is_zero() && self.gap.is_zero()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slug_says_everything() {
        let wanted = Plan { events: 40, first: Duration::from_millis(50), gap: Duration::from_millis(250), cut: 7 };
        assert_eq!(Plan::of_slug("bench-e40-f50-g250-c7"), wanted);
        assert_eq!(Plan::of_slug("a-shop"), Plan::default());
    }
}
