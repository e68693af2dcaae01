use super::*;
use proptest::prelude::*;
use serde_json::json;

fn nested(levels: usize) -> Value {
    (1..levels).fold(json!({}), |inner, level| if level % 2 == 0 { json!({"a": inner}) } else { json!([inner, "]}"]) })
}

#[test]
fn a_body_is_nested_so_deep_and_no_deeper() {
    let body = |levels: usize| format!("{{\"a\":{}}}", nested(levels - 1));
    assert!(read_object(body(MAX_DEPTH).as_bytes()).is_ok());
    for levels in [MAX_DEPTH + 1, 1_000, 20_000] {
        let text = format!("{}1{}", "{\"a\":".repeat(levels), "}".repeat(levels));
        for refused in [read_object(text.as_bytes()).unwrap_err(), read::<Value>(text.as_bytes()).unwrap_err()] {
            assert!(matches!(&refused, Unreadable::Text(why) if why.contains("too deeply")), "{refused:?}");
        }
    }
    let unclosed = "[".repeat(50_000);
    assert!(matches!(read_object(unclosed.as_bytes()), Err(Unreadable::Text(_))));
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![any::<bool>().prop_map(Value::from), "[\\[\\]{}\"\\\\a]{0,6}".prop_map(Value::from)];
    leaf.prop_recursive(6, 40, 3, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            proptest::collection::btree_map("[\\[\\]{}\"\\\\a]{0,3}", inner, 0..3)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

fn levels(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(levels).max().unwrap_or(0),
        Value::Object(members) => 1 + members.values().map(levels).max().unwrap_or(0),
        _ => 0,
    }
}

proptest! {
    #[test]
    fn depth_is_that_of_the_value(value in value()) {
        let (text, levels) = (value.to_string(), levels(&value));
        prop_assert_eq!(too_deep(&text, levels), None);
        if let Some(fewer) = levels.checked_sub(1) {
            let opened = too_deep(&text, fewer).map(|at| text.as_bytes()[at]);
            prop_assert!(matches!(opened, Some(0x5B | 0x7B)), "a bracket or a brace: {:?}", opened);
        }
    }

    #[test]
    fn no_text_is_deeper_than_long(text in "\\PC*") {
        prop_assert_eq!(too_deep(&text, text.len()), None);
    }
}

#[test]
fn merging_follows_the_examples_of_the_standard() {
    // RFC 7396 appendix A.
    for (target, patch, result) in [
        (json!({"a": "b"}), json!({"a": "c"}), json!({"a": "c"})),
        (json!({"a": "b"}), json!({"b": "c"}), json!({"a": "b", "b": "c"})),
        (json!({"a": "b"}), json!({"a": null}), json!({})),
        (json!({"a": "b", "b": "c"}), json!({"a": null}), json!({"b": "c"})),
        (json!({"a": ["b"]}), json!({"a": "c"}), json!({"a": "c"})),
        (json!({"a": "c"}), json!({"a": ["b"]}), json!({"a": ["b"]})),
        (json!({"a": {"b": "c"}}), json!({"a": {"b": "d", "c": null}}), json!({"a": {"b": "d"}})),
        (json!({"a": [{"b": "c"}]}), json!({"a": [1]}), json!({"a": [1]})),
        (json!(["a", "b"]), json!(["c", "d"]), json!(["c", "d"])),
        (json!({"a": "b"}), json!(["c"]), json!(["c"])),
        (json!({"a": "foo"}), json!(null), json!(null)),
        (json!({"a": "foo"}), json!("bar"), json!("bar")),
        (json!({"e": null}), json!({"a": 1}), json!({"e": null, "a": 1})),
        (json!([1, 2]), json!({"a": "b", "c": null}), json!({"a": "b"})),
        (json!({}), json!({"a": {"bb": {"ccc": null}}}), json!({"a": {"bb": {}}})),
    ] {
        let mut merged = target.clone();
        merge_patch(&mut merged, patch.clone());
        assert_eq!(merged, result, "{target} {patch}");
    }
}

#[test]
fn a_name_that_stands_twice_is_refused_at_any_depth() {
    assert!(read_object(br#"{"a": {"b": [{"c": 1}, {"c": 2}]}, "b": 1}"#).is_ok());
    for twice in [r#"{"a": 1, "a": 2}"#, r#"{"a": {"b": [{"c": 1, "c": 2}]}}"#] {
        let refused = read_object(twice.as_bytes()).unwrap_err();
        assert!(matches!(&refused, Unreadable::Text(why) if why.contains("twice")), "{refused:?}");
    }
    for no_object in ["[]", "1", "null"] {
        assert!(matches!(read_object(no_object.as_bytes()), Err(Unreadable::Fields(_))), "{no_object}");
    }
}

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only parsed")]
struct Outer {
    name: String,
    count: Option<u8>,
    #[serde(default, deserialize_with = "object_or_null")]
    inner: Option<Inner>,
    #[serde(default, deserialize_with = "objects")]
    list: Vec<Inner>,
}

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only parsed")]
struct Inner {
    id: String,
}

/// Fields and codes, in the order of their names, and how many there are besides.
fn every(body: &str) -> (Vec<String>, usize) {
    let Err(Unreadable::Fields(faults)) = read::<Outer>(body.as_bytes()) else { panic!("{body}") };
    let mut told: Vec<_> = faults.told().iter().map(|fault| format!("{} {}", fault.field, fault.code)).collect();
    told.sort();
    (told, faults.more())
}

#[test]
fn all_that_is_wrong_is_told_at_once() {
    for (body, told) in [
        (r#"{"name":"x","b":1,"a":2}"#, &["a unknown", "b unknown"][..]),
        (r#"{"count":300,"b":1}"#, &["b unknown", "count out_of_range", "name required"]),
        (
            r#"{"name":7,"x":1,"inner":{"y":1,"z":2}}"#,
            &["inner.id required", "inner.y unknown", "inner.z unknown", "name type", "x unknown"],
        ),
        (
            r#"{"name":"x","list":[{"id":"a"},{"id":1,"q":2},{"id":"b","r":1}]}"#,
            &["list[1].id type", "list[1].q unknown", "list[2].r unknown"],
        ),
        (r#"{"name":"x","inner":[]}"#, &["inner type"]),
        (
            r#"{"list":[{}, {"id":"a","q":1}, 7],"z":1}"#,
            &["list[0].id required", "list[1].q unknown", "list[2] type", "name required", "z unknown"],
        ),
        // Names that look like the reader's own words.
        (r#"{"name":"x","a`, expected `a":1,"`":2}"#, &["` unknown", "a`, expected `a unknown"]),
    ] {
        assert_eq!(every(body), (told.iter().map(|fault| (*fault).to_owned()).collect(), 0), "{body}");
    }
}

#[test]
fn faults_beyond_the_first_twenty_are_counted() {
    let many: Map<String, Value> = (0..4_000).map(|n| (format!("f{n}"), json!({"g": []}))).collect();
    let (told, more) = every(&Value::Object(many).to_string());
    // With the one that is missing.
    assert_eq!((told.len(), more), (20, 3_981));
    // Each of these costs a reading, so at some point no more are looked for.
    let (told, more) = every(&json!({"list": vec![json!({"id": 1}); 4_000], "name": "x"}).to_string());
    assert_eq!((told.len(), more), (20, 20));
}
