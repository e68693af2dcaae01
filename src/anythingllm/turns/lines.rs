//! Who is served and who stands in which line: data and rules, without waiting or time.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

/// This part of the places, one in so many, is for workspaces that have less than that part: one that has filled the
/// rest with calls that take long does not keep the others out.
const RESERVE: usize = 5;

/// So many calls in progress, and lines of those that wait with their `W`.
#[derive(Debug)]
pub(super) struct Lines<W> {
    limit: usize,
    reserve: usize,
    room: usize,
    running: usize,
    running_of: HashMap<Arc<str>, usize>,
    waiting: HashMap<Arc<str>, VecDeque<(u64, W)>>,
    /// Workspaces that have a line, in the order in which they are served.
    rotation: VecDeque<Arc<str>>,
    next_number: u64,
}

impl<W> Lines<W> {
    pub(super) fn new(limit: usize, room: usize) -> Self {
        let limit = limit.max(1);
        Self {
            limit,
            reserve: limit / RESERVE,
            room,
            running: 0,
            running_of: HashMap::new(),
            waiting: HashMap::new(),
            rotation: VecDeque::new(),
            next_number: 0,
        }
    }

    /// Begins a call, if one of this workspace may begin. Nobody of its own line is passed: they could have begun, too.
    pub(super) fn begin(&mut self, workspace: &str) -> Option<Arc<str>> {
        if !self.may_begin(workspace) {
            return None;
        }
        let name = match self.running_of.get_key_value(workspace) {
            Some((name, _)) => Arc::clone(name),
            None => workspace.into(),
        };
        *self.running_of.entry(Arc::clone(&name)).or_default() += 1;
        self.running += 1;
        Some(name)
    }

    fn may_begin(&self, workspace: &str) -> bool {
        let own = || self.running_of.get(workspace).copied().unwrap_or_default();
        self.running < self.limit.saturating_sub(self.reserve) || self.running < self.limit && own() < self.reserve
    }

    /// A place in the workspace's line, by its number; none when the line is full.
    pub(super) fn stand(&mut self, workspace: &str, waiter: W) -> Option<u64> {
        let length = self.waiting.get(workspace).map_or(0, VecDeque::len);
        if length >= self.room {
            return None;
        }
        let number = self.next_number;
        self.next_number += 1;
        if let Some(line) = self.waiting.get_mut(workspace) {
            line.push_back((number, waiter));
        } else {
            let name: Arc<str> = workspace.into();
            self.rotation.push_back(Arc::clone(&name));
            self.waiting.insert(name, VecDeque::from([(number, waiter)]));
        }
        Some(number)
    }

    /// Leaves the line, for who is still in it.
    pub(super) fn leave(&mut self, workspace: &str, number: u64) {
        let Some(line) = self.waiting.get_mut(workspace) else { return };
        if let Ok(at) = line.binary_search_by_key(&number, |(number, _)| *number) {
            line.remove(at);
        }
        if line.is_empty() {
            self.waiting.remove(workspace);
            self.rotation.retain(|name| **name != *workspace);
        }
    }

    /// A call is over. Returns those whose calls begin in its place.
    pub(super) fn end(&mut self, workspace: &Arc<str>) -> Vec<(Arc<str>, W)> {
        self.running = self.running.saturating_sub(1);
        if let Some(own) = self.running_of.get_mut(workspace) {
            *own -= 1;
            if *own == 0 {
                self.running_of.remove(workspace);
            }
        }
        std::iter::from_fn(|| self.next()).collect()
    }

    /// The first of the next workspace that may begin; it stands behind all others then.
    fn next(&mut self) -> Option<(Arc<str>, W)> {
        let at = self.rotation.iter().position(|workspace| self.may_begin(workspace))?;
        let workspace = self.rotation.remove(at)?;
        let line = self.waiting.get_mut(&workspace)?;
        let (_, waiter) = line.pop_front()?;
        if line.is_empty() {
            self.waiting.remove(&workspace);
        } else {
            self.rotation.push_back(Arc::clone(&workspace));
        }
        Some((self.begin(&workspace)?, waiter))
    }
}

#[cfg(test)]
impl<W> Lines<W> {
    /// Calls in progress, those that wait, and in how many lines.
    pub(super) fn counts(&self) -> (usize, usize, usize) {
        (self.running, self.waiting.values().map(VecDeque::len).sum(), self.rotation.len())
    }

    pub(super) fn could_begin(&self, workspace: &str) -> bool {
        self.may_begin(workspace)
    }
}
