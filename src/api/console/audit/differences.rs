//! What is different before and after, field by field, for people.

use serde_json::Value;
use std::collections::BTreeMap;

/// Fields that are shown of one change; of the others the number is told.
pub(super) const MOST: usize = 50;
/// More of a value is not shown, in characters.
const LONGEST: usize = 1000;

/// A field with its values; none where it is not there on that side.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Difference {
    pub(super) field: String,
    pub(super) before: Option<String>,
    pub(super) after: Option<String>,
}

/// The first fields by name, and how many there are besides.
pub(super) fn differences(before: Option<&Value>, after: Option<&Value>) -> (Vec<Difference>, usize) {
    let mut fields = BTreeMap::<String, Difference>::new();
    each(before, "", &mut |field, value| fields.entry(field).or_default().before = Some(value));
    each(after, "", &mut |field, value| fields.entry(field).or_default().after = Some(value));
    let more = fields.len().saturating_sub(MOST);
    let shown = fields.into_iter().take(MOST).map(|(field, difference)| Difference { field, ..difference });
    (shown.collect(), more)
}

/// Objects are gone through, everything else is a value.
fn each(value: Option<&Value>, path: &str, told: &mut dyn FnMut(String, String)) {
    match value {
        None | Some(Value::Null) => {}
        Some(Value::Object(members)) => {
            for (name, value) in members {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                match value {
                    Value::Object(inner) if !inner.is_empty() => each(Some(value), &path, told),
                    _ => told(path, text(value)),
                }
            }
        }
        Some(value) => told(path.to_owned(), text(value)),
    }
}

fn text(value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    match text.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn fields_stand_beside_each_other() {
        let before = json!({"name": "Shop", "settings": {"top_n": 4}, "gone": [1]});
        let after = json!({"name": "Laden", "settings": {"top_n": 8}, "new": null});
        let (found, more) = differences(Some(&before), Some(&after));
        let told: Vec<_> = found.iter().map(|d| (d.field.as_str(), d.before.as_deref(), d.after.as_deref())).collect();
        assert_eq!(
            told,
            [
                ("gone", Some("[1]"), None),
                ("name", Some("Shop"), Some("Laden")),
                ("new", None, Some("null")),
                ("settings.top_n", Some("4"), Some("8")),
            ]
        );
        assert_eq!(more, 0);
        assert_eq!(differences(None, None), (Vec::new(), 0));
    }

    #[test]
    fn a_huge_change_is_shown_in_part() {
        let many: serde_json::Map<_, _> = (0..500).map(|n| (format!("f{n:03}"), json!("x".repeat(5000)))).collect();
        let (found, more) = differences(None, Some(&Value::Object(many)));
        assert_eq!((found.len(), more), (MOST, 450));
        assert!(found.iter().all(|d| d.after.as_ref().unwrap().chars().count() == 1001));
    }
}
