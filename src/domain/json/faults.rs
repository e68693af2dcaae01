//! Every fault of a body that could not be read.
//!
//! serde stops at the first. So what is wrong is put right or taken out, and the body is read again: all unknown
//! members of an object go at once, because the reader says which it knows; in the place of a value of the wrong type
//! comes one of the right type, so that what stands around it is still looked at. Each round costs one reading, so
//! their number is bounded, whatever was sent.

use super::{Object, Unreadable, refused};
use crate::domain::faults::{Faults, FieldError, MOST_FAULTS};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use serde_path_to_error::{Path, Segment};
use std::collections::BTreeMap;

/// A value that is missing takes two: one to see that it is, and one to see what it should be.
const MOST_ROUNDS: usize = 2 * MOST_FAULTS;

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
    // What was said of already, and how often it was put right in vain.
    let mut tries = BTreeMap::<Way, u8>::new();
    for _ in 0..MOST_ROUNDS {
        let Err(error) = serde_path_to_error::deserialize::<_, Object<T>>(&body) else { break };
        let message = error.inner().to_string();
        let mut way = way(error.path());
        let goes_on = if message.starts_with("unknown field `") {
            take_unknown(&mut body, &way, &known(&message), &mut faults)
        } else {
            if let Some(name) = message.strip_prefix("missing field `").and_then(|rest| rest.split('`').next()) {
                way.push(Step::Member(name.to_owned()));
            }
            // Also of what is around it: a rule of the whole may be broken by what was put in.
            let is_said = tries.keys().any(|said| said.starts_with(&way));
            if !is_said && let Unreadable::Fields(found) = refused(&error.path().to_string(), error.inner(), "") {
                faults.within("", found);
            }
            let tries = tries.entry(way.clone()).or_default();
            *tries += 1;
            put_right(&mut body, &way, &message, *tries)
        };
        if !goes_on {
            break;
        }
    }
    faults
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

/// Puts what the reader expects at `way`. If it has been tried before, takes out what is there, and then what is around
/// it. False if nothing is left to be done.
fn put_right(body: &mut Value, way: &[Step], message: &str, tries: u8) -> bool {
    let Some((last, parent)) = way.split_last() else { return false };
    let stand_in = match tries {
        1 if message.starts_with("missing field") => Some(Value::Null),
        1 | 2 => stand_in(message),
        _ => None,
    };
    let Some(value) = stand_in else { return tries <= 3 && take(body, way) || take(body, parent) };
    match (at(body, parent), last) {
        (Some(Value::Object(members)), Step::Member(name)) => {
            members.insert(name.clone(), value);
            true
        }
        (Some(Value::Array(entries)), Step::Entry(index)) => {
            entries.get_mut(*index).map(|entry| *entry = value).is_some()
        }
        _ => take(body, parent),
    }
}

/// A value of the type that the reader names.
fn stand_in(message: &str) -> Option<Value> {
    let (_, expected) = message.rsplit_once(", expected ")?;
    match expected {
        "a string" | "a borrowed string" | "string or map" => Some(json!("")),
        "a boolean" => Some(json!(false)),
        "f32" | "f64" | "u8" | "u16" | "u32" | "u64" | "usize" => Some(json!(0)),
        "a sequence" => Some(json!([])),
        _ => None,
    }
}

/// Takes out what is at `way`, or the next thing around it that is a member of an object.
fn take(body: &mut Value, way: &[Step]) -> bool {
    let Some(last) = way.iter().rposition(|step| matches!(step, Step::Member(_))) else { return false };
    let (Some(Step::Member(name)), Some(parent)) = (way.get(last), way.get(..last)) else { return false };
    let Some(Value::Object(members)) = at(body, parent) else { return false };
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
