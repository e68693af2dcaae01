//! Rotation of refresh tokens (RFC 9700 section 4.14.2): what happens to a session when one of its refresh tokens is
//! presented.
//!
//! Three things look alike from here: a client whose last reply was lost, tabs of one browser that refresh at once, and
//! a thief with a copy. The rules tell them apart as far as that is possible:
//!
//! - the newest token is traded for the next one;
//! - the one before it gives the newest again, because its reply may have been lost. So does any token that was superseded
//!   a short while ago, because several tabs may have been on their way with it;
//! - anything older ends the session: honest clients have forgotten it.
//!
//! Pure: whoever calls this holds the session's row locked and stores what comes out.

use chrono::{DateTime, TimeDelta, Utc};

/// Which of a session's refresh tokens: the first is 0, and each rotation counts one up.
pub type Counter = u64;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// A superseded token still gives the newest one for this long. Clients that share a token among tabs must give a
    /// refresh up after half of it: one tab's answer and another tab's request fit into it one after the other.
    pub reuse: TimeDelta,
    /// A session that is not refreshed ends after this.
    pub idle: TimeDelta,
    /// Rotations within [`Self::reuse`]; each is remembered for so long.
    pub most_rotations: usize,
}

/// What a session keeps of its tokens: a few numbers, whatever happens to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Family {
    /// The counter of the newest token.
    pub counter: Counter,
    /// When the tokens before it were superseded, or last gave it again: the newest first, so that the first one
    /// belongs to `counter - 1`. Older ones than [`Rules::reuse`] are dropped.
    pub superseded_at: Vec<DateTime<Utc>>,
    /// Not refreshed until then: over.
    pub idle_expires_at: DateTime<Utc>,
    /// Over, however often it is refreshed.
    pub absolute_expires_at: DateTime<Utc>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rotated {
    /// To be stored before the answer is sent.
    pub family: Family,
    /// Whether the token was the newest, rather than one whose answer is given again.
    pub is_new: bool,
}

/// A token was not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// The session has come to its end.
    Expired,
    /// The token was superseded long ago, so somebody has a copy. The session must end.
    Replayed,
    /// The session is refreshed so often that its rotations cannot all be remembered.
    TooOften { retry_after: TimeDelta },
}

impl Family {
    /// A session that begins at `now`.
    pub fn begin(now: DateTime<Utc>, absolute: TimeDelta, rules: &Rules) -> Self {
        let absolute_expires_at = now + absolute;
        Self {
            counter: 0,
            superseded_at: Vec::new(),
            idle_expires_at: absolute_expires_at.min(now + rules.idle),
            absolute_expires_at,
        }
    }

    /// Until when the newest token can be used.
    pub fn expires_at(&self) -> DateTime<Utc> {
        self.idle_expires_at.min(self.absolute_expires_at)
    }
}

/// Decides about the token of this counter, which the session's key is known to have made.
///
/// # Errors
/// [`Refused`]
pub fn rotate(family: &Family, presented: Counter, now: DateTime<Utc>, rules: &Rules) -> Result<Rotated, Refused> {
    if now >= family.expires_at() {
        return Err(Refused::Expired);
    }
    // A counter that was never reached cannot be one of ours; only a database put back to an older state explains it.
    let behind = family.counter.checked_sub(presented).ok_or(Refused::Replayed)?;
    let mut superseded_at = family.superseded_at.clone();
    // Cut at the first that is too old, so that the places still stand for counters when clocks of replicas differ.
    let recent = superseded_at.iter().take_while(|at| now - **at < rules.reuse).count();
    superseded_at.truncate(recent);
    match behind {
        0 => {
            if superseded_at.len() >= rules.most_rotations {
                let oldest = superseded_at.last().copied().unwrap_or(now);
                return Err(Refused::TooOften { retry_after: oldest + rules.reuse - now });
            }
            superseded_at.insert(0, now);
            let family = Family {
                counter: family.counter + 1,
                superseded_at,
                idle_expires_at: family.absolute_expires_at.min(now + rules.idle),
                absolute_expires_at: family.absolute_expires_at,
            };
            Ok(Rotated { family, is_new: true })
        }
        1 => {
            // Only now does the client move on: tabs that were on their way with this token get their time from here.
            match superseded_at.first_mut() {
                Some(at) => *at = now,
                None => superseded_at.push(now),
            }
            Ok(Rotated { family: Family { superseded_at, ..family.clone() }, is_new: false })
        }
        _ => {
            let index = usize::try_from(behind - 1).map_err(|_| Refused::Replayed)?;
            if index >= superseded_at.len() {
                return Err(Refused::Replayed);
            }
            Ok(Rotated { family: Family { superseded_at, ..family.clone() }, is_new: false })
        }
    }
}

#[cfg(test)]
mod tests;
