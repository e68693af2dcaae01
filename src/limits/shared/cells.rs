//! What this replica knows of the cells in Redis. It refuses without asking whom Redis has just refused, goes on with
//! its share of each allowance while Redis is away, and then tells Redis what it let through meanwhile. Pure but for
//! the map: the time comes in as microseconds of this replica's clock.

use super::names;
use crate::limits::{Counting, Exceeded, LimitState, Policy, Rate, Subject, Want};
use dashmap::DashMap;
use dashmap::mapref::one::RefMut;
use parking_lot::Mutex;
use std::sync::Arc;
use std::time::Duration;

/// Microseconds.
pub(super) type Micros = i64;

type Which = (Policy, Subject);

#[derive(Debug)]
struct Cell {
    name: Arc<str>,
    rate: Rate,
    /// When the allowance is full again, by this replica's clock.
    full_at: Micros,
    /// The same as Redis last said, by its clock, and when it said so.
    known: Micros,
    known_at: Micros,
    /// Redis has refused: when, and until when.
    refused: Option<(Micros, Micros)>,
    /// Units that were let through without asking.
    owed: u32,
}

/// What Redis is told of a cell.
#[derive(Debug, Clone)]
pub(super) struct Told {
    pub(super) name: Arc<str>,
    pub(super) known: Micros,
    pub(super) owed: u32,
}

/// What Redis said of all cells of a request.
#[derive(Debug)]
pub(super) struct Heard<'a> {
    pub(super) now: Micros,
    /// The number of the cell that refused, from 1; 0 if none did.
    pub(super) refused: usize,
    pub(super) full_at: &'a [Micros],
}

#[derive(Debug)]
pub(super) struct Cells {
    prefix: String,
    by_subject: DashMap<Which, Cell>,
    /// Taking shares is one step for all allowances of a request.
    step: Mutex<()>,
}

impl Cells {
    pub(super) fn new(prefix: &str) -> Self {
        Self { prefix: prefix.to_owned(), by_subject: DashMap::new(), step: Mutex::new(()) }
    }

    fn cell(&self, want: &Want) -> RefMut<'_, Which, Cell> {
        let mut cell = self.by_subject.entry((want.policy, want.subject)).or_insert_with(|| Cell {
            name: names::cell(&self.prefix, want.policy, &want.subject).into(),
            rate: want.rate,
            full_at: 0,
            known: 0,
            known_at: 0,
            refused: None,
            owed: 0,
        });
        if cell.rate != want.rate {
            // Somebody has changed the limit: what was refused under the old one may pass under the new one.
            (cell.rate, cell.refused) = (want.rate, None);
        }
        cell
    }

    /// Refuses, if Redis has refused one of the allowances and its time has not come yet.
    pub(super) fn refuse(&self, wants: &[Want], now: Micros) -> Result<(), Exceeded> {
        // A clock that was set back must not make it longer, so that the moment of the refusal counts, too.
        let refused = |want: &Want| self.cell(want).refused.is_some_and(|(at, until)| (at..until).contains(&now));
        if wants.iter().any(refused) {
            return Err(exceeded(self.look(wants, now, Counting::Shared)));
        }
        Ok(())
    }

    /// What Redis is told of these allowances; what is owed counts as told until [`Self::unheard`].
    pub(super) fn tell(&self, wants: &[Want]) -> Vec<Told> {
        let tell = |want: &Want| {
            let mut cell = self.cell(want);
            Told { name: Arc::clone(&cell.name), known: cell.known, owed: std::mem::take(&mut cell.owed) }
        };
        wants.iter().map(tell).collect()
    }

    /// The allowances of which units were let through without asking.
    pub(super) fn owing(&self) -> Vec<Want> {
        let owing = self.by_subject.iter().filter(|cell| cell.owed > 0);
        owing.map(|cell| Want { policy: cell.key().0, subject: cell.key().1, rate: cell.rate }).collect()
    }

    /// Redis may not have heard what it was told. If it has, it counts what was owed twice, which is on the safe side.
    pub(super) fn unheard(&self, wants: &[Want], told: &[Told]) {
        for (want, told) in wants.iter().zip(told) {
            let mut cell = self.cell(want);
            cell.owed = cell.owed.saturating_add(told.owed);
        }
    }

    /// Keeps what Redis said, and tells it in the form of states, or as a refusal.
    pub(super) fn hear(&self, wants: &[Want], heard: &Heard<'_>, now: Micros) -> Result<Vec<LimitState>, Exceeded> {
        for (want, full_at) in wants.iter().zip(heard.full_at) {
            let mut cell = self.cell(want);
            // Answers may come in another order than they were given in.
            if heard.now >= cell.known_at {
                (cell.known, cell.known_at) = (*full_at, heard.now);
                cell.full_at = now + (full_at - heard.now);
            }
            let gcra = Gcra::of(want.rate);
            cell.refused = match gcra.take(*full_at, heard.now) {
                Err(wait) if heard.refused > 0 => Some((now, now + wait)),
                _ => None,
            };
        }
        let states = wants.iter().zip(heard.full_at);
        let states = states.map(|(want, full_at)| state(want, want.rate, *full_at, heard.now, Counting::Shared));
        if heard.refused == 0 { Ok(states.collect()) } else { Err(exceeded(states.collect())) }
    }

    /// Takes a unit of this replica's share of each allowance, or of none.
    pub(super) fn take_share(&self, wants: &[Want], replicas: u32, now: Micros) -> Result<Vec<LimitState>, Exceeded> {
        let _step = self.step.lock();
        // From the own end: what others share stays untouched once somebody's own allowance has refused.
        for (taken, want) in wants.iter().rev().enumerate() {
            let gcra = Gcra::of(want.rate.share(replicas));
            let mut cell = self.cell(want);
            if let Ok(full_at) = gcra.take(cell.full_at, now) {
                (cell.full_at, cell.owed) = (full_at, cell.owed.saturating_add(1));
                continue;
            }
            drop(cell);
            for want in wants.iter().rev().take(taken) {
                self.give_back_share(want, replicas);
            }
            return Err(exceeded(self.look(wants, now, Counting::Share(replicas))));
        }
        Ok(self.look(wants, now, Counting::Share(replicas)))
    }

    /// Gives back a unit that Redis was not told of. False if it has been told of all.
    pub(super) fn give_back_share(&self, want: &Want, replicas: u32) -> bool {
        let mut cell = self.cell(want);
        let Some(owed) = cell.owed.checked_sub(1) else { return false };
        cell.owed = owed;
        cell.full_at -= Gcra::of(want.rate.share(replicas)).unit;
        true
    }

    /// A unit of each was given back to Redis.
    pub(super) fn given_back(&self, wants: &[Want]) {
        for want in wants {
            let unit = Gcra::of(want.rate).unit;
            let mut cell = self.cell(want);
            cell.refused = None;
            cell.full_at -= unit;
            cell.known -= unit;
        }
    }

    /// Where the allowances stand as far as this replica knows.
    pub(super) fn look(&self, wants: &[Want], now: Micros, counting: Counting) -> Vec<LimitState> {
        let look = |want: &Want| {
            let full_at = self.cell(want).full_at;
            let rate = if let Counting::Share(replicas) = counting { want.rate.share(replicas) } else { want.rate };
            state(want, rate, full_at, now, counting)
        };
        wants.iter().map(look).collect()
    }

    /// Drops what is full again.
    pub(super) fn forget_idle(&self, now: Micros) {
        self.by_subject.retain(|_, cell| cell.full_at > now);
    }
}

/// A rate as GCRA sees it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Gcra {
    /// The time after which one more unit is there.
    pub(super) unit: Micros,
    /// The time after which all are there.
    all: Micros,
}

impl Gcra {
    pub(super) fn of(rate: Rate) -> Self {
        let unit = micros(rate.unit()).max(1);
        Self { unit, all: unit.saturating_mul(rate.burst.max(1).into()) }
    }

    /// When it is full again once one more unit is taken, or how long until there is one.
    fn take(self, full_at: Micros, now: Micros) -> Result<Micros, Micros> {
        let taken = full_at.clamp(now, now + self.all) + self.unit;
        if taken - now > self.all { Err(taken - now - self.all) } else { Ok(taken) }
    }
}

fn state(want: &Want, rate: Rate, full_at: Micros, now: Micros, counting: Counting) -> LimitState {
    let gcra = Gcra::of(rate);
    let used_time = (full_at - now).clamp(0, gcra.all);
    // A unit that has come back in part is not there yet.
    let used = u32::try_from((used_time + gcra.unit - 1) / gcra.unit).unwrap_or(u32::MAX);
    let reset = Duration::from_micros(used_time.unsigned_abs());
    LimitState { policy: want.policy, rate, remaining: rate.burst.max(1).saturating_sub(used), reset, counting }
}

fn exceeded(states: Vec<LimitState>) -> Exceeded {
    Exceeded::of(states)
}

pub(super) fn micros(time: Duration) -> Micros {
    time.as_micros().try_into().unwrap_or(Micros::MAX)
}

#[cfg(test)]
mod tests;
