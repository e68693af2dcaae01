//! Every fault of a body that could not be read.
//!
//! serde stops at the first. So what is wrong is taken out of the body and the rest is read again: all unknown members
//! of an object at once, because the reader says which it knows. Each round costs one reading, so their number is
//! bounded, whatever was sent.

use super::{Object, Unreadable, refused};
use crate::domain::faults::{Faults, FieldError, MOST_FAULTS};
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_path_to_error::{Path, Segment};
use std::collections::BTreeSet;

/// The way to a value: names and places, from the outside in.
type Way = Vec<Step>;

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Member(String),
    Entry(usize),
}

/// What is wrong with `body` as a `T`.
pub(super) fn all<T: DeserializeOwned>(mut body: Value) -> Faults {
    let mut faults = Faults::new();
    // Taken out, so that nothing is said about their absence.
    let mut taken = BTreeSet::new();
    for _ in 0..MOST_FAULTS {
        let Err(error) = serde_path_to_error::deserialize::<_, Object<T>>(&body) else { break };
        let (path, message) = (error.path().to_string(), error.inner().to_string());
        let way = way(error.path());
        let goes_on = if let Some(expected) = message.strip_prefix("unknown field `") {
            take_unknown(&mut body, &way, &known(expected), &mut faults)
        } else if let Some(name) = message.strip_prefix("missing field `").and_then(|rest| rest.split('`').next()) {
            let missing = [way.as_slice(), &[Step::Member(name.to_owned())]].concat();
            if !taken.contains(&missing) {
                add(&mut faults, refused(&path, error.inner(), ""));
            }
            take(&mut body, &way, &mut taken)
        } else {
            add(&mut faults, refused(&path, error.inner(), ""));
            take(&mut body, &way, &mut taken)
        };
        if !goes_on {
            break;
        }
    }
    faults
}

fn add(faults: &mut Faults, unreadable: Unreadable) {
    if let Unreadable::Fields(found) = unreadable {
        faults.within("", found);
    }
}

/// As far as the reader can tell it.
fn way(path: &Path) -> Way {
    let mut way = Vec::new();
    for segment in path {
        match segment {
            Segment::Map { key } => way.push(Step::Member(key.clone())),
            Segment::Seq { index } => way.push(Step::Entry(*index)),
            Segment::Enum { .. } | Segment::Unknown => break,
        }
    }
    way
}

/// The names that the reader expected, out of its message. They stand last in it, behind a name that was sent.
fn known(message: &str) -> Vec<&str> {
    let expected = message.rsplit_once(", expected ").map_or("", |(_, expected)| expected);
    expected.split('`').skip(1).step_by(2).collect()
}

/// Takes all unknown members out of the object that the one at `way` is in. False if it is not there.
fn take_unknown(body: &mut Value, way: &[Step], known: &[&str], faults: &mut Faults) -> bool {
    let Some((_, parent)) = way.split_last() else { return false };
    let Some(Value::Object(members)) = at(body, parent) else { return false };
    let before = members.len();
    members.retain(|name, _| {
        let is_known = known.contains(&name.as_str());
        if !is_known {
            faults.add(FieldError::new(spelled(parent, name), "unknown", "there is no such field"));
        }
        is_known
    });
    members.len() < before
}

/// Takes out what is at `way`, or the next thing around it that is a member of an object.
fn take(body: &mut Value, way: &[Step], taken: &mut BTreeSet<Way>) -> bool {
    let Some(last) = way.iter().rposition(|step| matches!(step, Step::Member(_))) else { return false };
    let (Some(Step::Member(name)), Some(parent)) = (way.get(last), way.get(..last)) else { return false };
    let Some(Value::Object(members)) = at(body, parent) else { return false };
    taken.insert(way.get(..=last).unwrap_or_default().to_vec());
    members.remove(name).is_some()
}

fn at<'a>(body: &'a mut Value, way: &[Step]) -> Option<&'a mut Value> {
    way.iter().try_fold(body, |value, step| match step {
        Step::Member(name) => value.get_mut(name),
        Step::Entry(index) => value.get_mut(index),
    })
}

fn spelled(parent: &[Step], name: &str) -> String {
    let mut path = String::new();
    for step in parent {
        match step {
            Step::Member(name) if path.is_empty() => path.push_str(name),
            Step::Member(name) => path.extend([".", name]),
            Step::Entry(index) => path.extend(["[", &index.to_string(), "]"]),
        }
    }
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}
